//! The attributes of listeners that have calls of their own.

use groma_sdk::Attr;

use super::LbListener;
use super::request::usual_protocol;
use crate::service::{Kind, Values};

/// Which listeners have an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    /// Those that speak HTTP, encrypted or not.
    Http,
    /// Those that speak HTTPS.
    Tls,
    /// Those that speak TCP, or GENEVE.
    Tcp,
}

impl Of {
    fn has(self, protocol: &str) -> bool {
        match self {
            Of::Http => matches!(protocol, "HTTP" | "HTTPS"),
            Of::Tls => protocol == "HTTPS",
            Of::Tcp => matches!(protocol, "TCP" | "GENEVE"),
        }
    }
}

/// Calls a macro with all attributes: what they hold, their fields, who has them, and their keys.
macro_rules! attributes {
    ($each:ident) => {
        $each! {
            text routing_http_request_x_amzn_mtls_clientcert_header_name Tls "routing.http.request.x_amzn_mtls_clientcert.header_name",
            text routing_http_request_x_amzn_mtls_clientcert_issuer_header_name Tls "routing.http.request.x_amzn_mtls_clientcert_issuer.header_name",
            text routing_http_request_x_amzn_mtls_clientcert_leaf_header_name Tls "routing.http.request.x_amzn_mtls_clientcert_leaf.header_name",
            text routing_http_request_x_amzn_mtls_clientcert_serial_number_header_name Tls "routing.http.request.x_amzn_mtls_clientcert_serial_number.header_name",
            text routing_http_request_x_amzn_mtls_clientcert_subject_header_name Tls "routing.http.request.x_amzn_mtls_clientcert_subject.header_name",
            text routing_http_request_x_amzn_mtls_clientcert_validity_header_name Tls "routing.http.request.x_amzn_mtls_clientcert_validity.header_name",
            text routing_http_request_x_amzn_tls_cipher_suite_header_name Tls "routing.http.request.x_amzn_tls_cipher_suite.header_name",
            text routing_http_request_x_amzn_tls_version_header_name Tls "routing.http.request.x_amzn_tls_version.header_name",
            text routing_http_response_access_control_allow_credentials_header_value Http "routing.http.response.access_control_allow_credentials.header_value",
            text routing_http_response_access_control_allow_headers_header_value Http "routing.http.response.access_control_allow_headers.header_value",
            text routing_http_response_access_control_allow_methods_header_value Http "routing.http.response.access_control_allow_methods.header_value",
            text routing_http_response_access_control_allow_origin_header_value Http "routing.http.response.access_control_allow_origin.header_value",
            text routing_http_response_access_control_expose_headers_header_value Http "routing.http.response.access_control_expose_headers.header_value",
            text routing_http_response_access_control_max_age_header_value Http "routing.http.response.access_control_max_age.header_value",
            text routing_http_response_content_security_policy_header_value Http "routing.http.response.content_security_policy.header_value",
            flag routing_http_response_server_enabled Http "routing.http.response.server.enabled",
            text routing_http_response_strict_transport_security_header_value Http "routing.http.response.strict_transport_security.header_value",
            text routing_http_response_x_content_type_options_header_value Http "routing.http.response.x_content_type_options.header_value",
            text routing_http_response_x_frame_options_header_value Http "routing.http.response.x_frame_options.header_value",
            number tcp_idle_timeout_seconds Tcp "tcp.idle_timeout.seconds",
        }
    };
}

/// What a listener speaks. Those of gateway load balancers are not told, and do not tell; others that
/// are not told have been made without that being planned.
fn spoken(listener: &LbListener) -> String {
    match listener.protocol.filled() {
        Some(protocol) => protocol.to_ascii_uppercase(),
        None if Kind::of(listener.load_balancer_arn.text()) == Some(Kind::Gateway) => {
            "GENEVE".to_owned()
        }
        None => String::new(),
    }
}

/// What a listener that is being made is to have that could not be planned, because it was not known
/// what it would speak.
pub(super) fn of_config(planned: &LbListener, config: &LbListener) -> LbListener {
    let mut all = planned.clone();
    all.protocol = all.protocol.or(usual_protocol(planned).map(|protocol| protocol.to_string()));
    macro_rules! fill {
        ($($kind:ident $field:ident $of:ident $key:literal,)+) => {$(
            if all.$field.is_unknown() && config.$field.is_known() {
                all.$field = config.$field.clone();
            }
        )+};
    }
    attributes!(fill);
    all
}

fn value_of<T: ToString>(value: &Attr<T>) -> Option<String> {
    value.get().map(T::to_string)
}

/// The attributes that are wanted, of those that a listener has.
pub(super) fn wanted(listener: &LbListener) -> Values {
    let protocol = spoken(listener);
    let mut values = Values::new();
    macro_rules! put {
        ($($kind:ident $field:ident $of:ident $key:literal,)+) => {$(
            if let Some(value) = value_of(&listener.$field)
                && Of::$of.has(&protocol)
            {
                values.insert($key.to_owned(), value);
            }
        )+};
    }
    attributes!(put);
    values
}

/// What listeners of the protocol do not have stays as it is, whatever is configured.
pub(super) fn leave_what_is_of_others(prior: Option<&LbListener>, planned: &mut LbListener) {
    let protocol = spoken(planned);
    if planned.protocol.is_unknown() && protocol.is_empty() && prior.is_some() {
        return;
    }
    macro_rules! leave {
        ($($kind:ident $field:ident $of:ident $key:literal,)+) => {$(
            if !Of::$of.has(&protocol) {
                planned.$field = prior.map_or(Attr::Unknown, |prior| prior.$field.clone());
            }
        )+};
    }
    attributes!(leave);
}

/// Records what the service says; what it does not speak of stays.
pub(super) fn record(listener: &mut LbListener, values: &Values) {
    macro_rules! text {
        ($value:expr) => {
            Attr::from($value.clone())
        };
    }
    macro_rules! flag {
        ($value:expr) => {
            Attr::from(crate::service::is_true($value))
        };
    }
    macro_rules! number {
        ($value:expr) => {
            Attr::from($value.parse::<i64>().ok())
        };
    }
    macro_rules! take {
        ($($kind:ident $field:ident $of:ident $key:literal,)+) => {$(
            if let Some(value) = values.get($key) {
                listener.$field = $kind!(value);
            }
        )+};
    }
    attributes!(take);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listeners_have_the_attributes_of_their_protocol() {
        let listener = LbListener {
            protocol: "HTTPS".into(),
            tcp_idle_timeout_seconds: 90_i64.into(),
            routing_http_response_server_enabled: false.into(),
            routing_http_request_x_amzn_tls_version_header_name: "X-Version".into(),
            ..LbListener::default()
        };
        let values = wanted(&listener);
        assert_eq!(values.len(), 2);
        let version = "routing.http.request.x_amzn_tls_version.header_name";
        assert_eq!(values.get(version).map(String::as_str), Some("X-Version"));
        let mut read = LbListener::default();
        record(&mut read, &values);
        assert_eq!(read.routing_http_response_server_enabled, Attr::Known(false));
        let mut other = LbListener { protocol: "TCP".into(), ..listener.clone() };
        leave_what_is_of_others(Some(&LbListener::default()), &mut other);
        assert_eq!(other.routing_http_response_server_enabled, Attr::Null);
        assert_eq!(other.tcp_idle_timeout_seconds, Attr::Known(90));
    }

    #[test]
    fn what_was_not_known_is_planned_as_such_and_sent_all_the_same() {
        let config = LbListener {
            routing_http_response_server_enabled: false.into(),
            tcp_idle_timeout_seconds: 90_i64.into(),
            ..LbListener::default()
        };
        let mut planned = LbListener { protocol: Attr::Unknown, ..config.clone() };
        leave_what_is_of_others(None, &mut planned);
        assert_eq!(planned.routing_http_response_server_enabled, Attr::Unknown);
        let arn = "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/a/1";
        planned.load_balancer_arn = arn.into();
        let sent = wanted(&of_config(&planned, &config));
        assert_eq!(sent.keys().collect::<Vec<_>>(), ["routing.http.response.server.enabled"]);
    }

    #[test]
    fn gateways_speak_geneve() {
        let gateway = "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/gwy/g/1";
        let mut listener = LbListener {
            load_balancer_arn: gateway.into(),
            protocol: Attr::Unknown,
            tcp_idle_timeout_seconds: 90_i64.into(),
            ..LbListener::default()
        };
        assert_eq!(wanted(&listener).len(), 1);
        leave_what_is_of_others(None, &mut listener);
        assert_eq!(listener.tcp_idle_timeout_seconds, Attr::Known(90));
        listener.load_balancer_arn = Attr::Unknown;
        leave_what_is_of_others(None, &mut listener);
        assert_eq!(listener.tcp_idle_timeout_seconds, Attr::Unknown);
    }
}
