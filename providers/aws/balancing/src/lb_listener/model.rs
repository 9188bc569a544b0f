//! The model of `aws_lb_listener`.

use std::collections::BTreeMap;
use std::time::Duration;

use groma_aws_core::checks::arn;
use groma_sdk::model::checks::{one_of, range};
use groma_sdk::{Attr, Blocks, Model, timeouts};

use crate::actions::of_listener::Action;
use crate::service::same_ignoring_case;

/// A port on which a load balancer listens, and what it does by default.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LbListener {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(optional, check = one_of(&["HTTP1Only", "HTTP2Only", "HTTP2Optional", "HTTP2Preferred", "None"]))]
    pub(crate) alpn_policy: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(optional, check = arn)]
    pub(crate) certificate_arn: Attr<String>,
    #[attr(required, replace, check = arn)]
    pub(crate) load_balancer_arn: Attr<String>,
    #[attr(optional, check = range(1, 65535))]
    pub(crate) port: Attr<i64>,
    #[attr(optional, computed, same = same_ignoring_case, check = one_of(&["HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP", "GENEVE"]))]
    pub(crate) protocol: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) routing_http_request_x_amzn_mtls_clientcert_header_name: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) routing_http_request_x_amzn_mtls_clientcert_issuer_header_name: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) routing_http_request_x_amzn_mtls_clientcert_leaf_header_name: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) routing_http_request_x_amzn_mtls_clientcert_serial_number_header_name: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) routing_http_request_x_amzn_mtls_clientcert_subject_header_name: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) routing_http_request_x_amzn_mtls_clientcert_validity_header_name: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) routing_http_request_x_amzn_tls_cipher_suite_header_name: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) routing_http_request_x_amzn_tls_version_header_name: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) routing_http_response_access_control_allow_credentials_header_value: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) routing_http_response_access_control_allow_headers_header_value: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) routing_http_response_access_control_allow_methods_header_value: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) routing_http_response_access_control_allow_origin_header_value: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) routing_http_response_access_control_expose_headers_header_value: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) routing_http_response_access_control_max_age_header_value: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) routing_http_response_content_security_policy_header_value: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) routing_http_response_server_enabled: Attr<bool>,
    #[attr(optional, computed)]
    pub(crate) routing_http_response_strict_transport_security_header_value: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) routing_http_response_x_content_type_options_header_value: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) routing_http_response_x_frame_options_header_value: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) ssl_policy: Attr<String>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed, check = range(60, 6000))]
    pub(crate) tcp_idle_timeout_seconds: Attr<i64>,
    #[block(list, min = 1)]
    pub(crate) default_action: Blocks<Action>,
    #[block(list, max = 1, computed)]
    pub(crate) mutual_authentication: Blocks<LbListenerMutualAuthentication>,
    #[block(single)]
    pub(crate) timeouts: Blocks<LbListenerTimeouts>,
}

/// How long a certificate may be unknown to the load balancer by default.
const USUAL: Duration = Duration::from_secs(300);

timeouts! {
    /// How long operations may take.
    pub(crate) struct LbListenerTimeouts {
        create: USUAL,
        update: USUAL,
    }
}

/// The `mutual_authentication` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LbListenerMutualAuthentication {
    #[attr(optional, computed, check = one_of(&["on", "off"]))]
    pub(crate) advertise_trust_store_ca_names: Attr<String>,
    #[attr(optional, default = false)]
    pub(crate) ignore_client_certificate_expiry: Attr<bool>,
    #[attr(required, check = one_of(&["off", "verify", "passthrough"]))]
    pub(crate) mode: Attr<String>,
    #[attr(optional, check = arn)]
    pub(crate) trust_store_arn: Attr<String>,
}

groma_aws_core::tagged!(LbListener);
