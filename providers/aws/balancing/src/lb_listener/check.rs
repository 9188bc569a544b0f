//! What must hold of a listener before it is made.

use groma_sdk::Problems;

use super::model::LbListener;
use crate::actions;
use crate::service::Kind;

/// Checks a configuration, of which not all need be known.
pub(super) fn check(config: &LbListener, problems: &mut Problems) {
    actions::check("default_action", &config.default_action, problems);
    let protocol = config.protocol.text().to_ascii_uppercase();
    actions::check_for("default_action", &config.default_action, &protocol, problems);
    check_encryption(config, &protocol, problems);
    check_mutual(config, &protocol, problems);
    if let Some(kind) = Kind::of(config.load_balancer_arn.text()) {
        check_kind(config, kind, &protocol, problems);
    }
}

/// What encrypts needs a certificate, and only what encrypts may have one.
fn check_encryption(config: &LbListener, protocol: &str, problems: &mut Problems) {
    let encrypted = matches!(protocol, "HTTPS" | "TLS");
    let certificate = &config.certificate_arn;
    if encrypted && !certificate.is_unknown() && certificate.filled().is_none() {
        problems.error(
            "certificate_arn",
            "Listener without a certificate",
            format!(
                "A listener whose \"protocol\" is {protocol:?} needs a certificate. Set \
                 \"certificate_arn\", or use another protocol."
            ),
        );
    }
    if encrypted || protocol.is_empty() {
        return;
    }
    for (name, set) in [
        ("certificate_arn", config.certificate_arn.filled()),
        ("ssl_policy", config.ssl_policy.filled()),
    ] {
        if set.is_some() {
            problems.error(
                name,
                "Listener that does not encrypt",
                format!(
                    "A listener whose \"protocol\" is {protocol:?} cannot have \"{name}\". Remove \
                     it, or use HTTPS or TLS."
                ),
            );
        }
    }
}

fn check_mutual(config: &LbListener, protocol: &str, problems: &mut Problems) {
    let negotiates = config.alpn_policy.filled().is_some_and(|policy| policy != "None");
    if negotiates && !matches!(protocol, "TLS" | "") {
        problems.error(
            "alpn_policy",
            "Invalid combination of arguments",
            format!(
                "Only listeners of the protocol \"TLS\" negotiate one, but it is {protocol:?}."
            ),
        );
    }
    let Some(mutual) = config.mutual_authentication.first() else { return };
    let mode = mutual.mode.text();
    let verifies = mode == "verify";
    if verifies && mutual.trust_store_arn.is_null() {
        problems.error(
            "mutual_authentication.0.trust_store_arn",
            "Missing required argument",
            "A listener that verifies its clients needs a \"trust_store_arn\".",
        );
    }
    if mutual.mode.is_known() && !verifies && mutual.trust_store_arn.filled().is_some() {
        problems.error(
            "mutual_authentication.0.trust_store_arn",
            "Invalid combination of arguments",
            "Only a listener whose \"mode\" is \"verify\" has a trust store.",
        );
    }
    if matches!(mode, "verify" | "passthrough") && !matches!(protocol, "HTTPS" | "") {
        problems.error(
            "mutual_authentication.0.mode",
            "Invalid combination of arguments",
            format!(
                "Only listeners of the protocol \"HTTPS\" authenticate their clients, but it is \
                 {protocol:?}."
            ),
        );
    }
}

/// What a listener must have, and may not have, is a matter of its load balancer.
fn check_kind(config: &LbListener, kind: Kind, protocol: &str, problems: &mut Problems) {
    let (name, allowed): (_, &[&str]) = match kind {
        Kind::Application => ("application", &["HTTP", "HTTPS"]),
        Kind::Network => ("network", &["TCP", "UDP", "TCP_UDP", "TLS"]),
        Kind::Gateway => {
            for (name, set) in
                [("port", config.port.is_known()), ("protocol", !protocol.is_empty())]
            {
                if set {
                    problems.error(
                        name,
                        "Invalid combination of arguments",
                        format!("The listener of a gateway load balancer cannot have \"{name}\"."),
                    );
                }
            }
            return;
        }
    };
    if !protocol.is_empty() && !allowed.contains(&protocol) {
        problems.error(
            "protocol",
            "Protocol of another kind of load balancer",
            format!(
                "A listener of an {name} load balancer speaks {}, but not {protocol}.",
                allowed.join(", ")
            )
            .replace("an network", "a network"),
        );
    }
    if kind == Kind::Network && config.protocol.is_null() {
        problems.error(
            "protocol",
            "Missing required argument",
            "A listener of a network load balancer needs a \"protocol\".",
        );
    }
    if config.port.is_null() {
        problems.error(
            "port",
            "Missing required argument",
            format!("A listener of this kind of load balancer ({name}) needs a \"port\"."),
        );
    }
}

#[cfg(test)]
mod tests {
    use groma_sdk::{Attr, Blocks};

    use super::*;
    use crate::actions::of_listener::Action;
    use crate::lb_listener::model::LbListenerMutualAuthentication;

    const CERTIFICATE: &str = "arn:aws:acm:us-east-1:123456789012:certificate/1";

    fn listener(protocol: &str) -> LbListener {
        let group = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/a/1";
        let action = Action {
            r#type: "forward".into(),
            target_group_arn: group.into(),
            ..Action::default()
        };
        LbListener {
            load_balancer_arn: Attr::Unknown,
            port: 443_i64.into(),
            protocol: protocol.into(),
            default_action: Blocks::one(action),
            ..LbListener::default()
        }
    }

    fn of(kind: &str, listener: LbListener) -> LbListener {
        let arn = format!("arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/{kind}/a/1");
        LbListener { load_balancer_arn: arn.into(), ..listener }
    }

    fn problems_of(config: &LbListener) -> String {
        let mut problems = Problems::new();
        check(config, &mut problems);
        problems.into_diagnostics().to_string()
    }

    #[test]
    fn encryption_and_certificates_go_together() {
        assert!(problems_of(&listener("HTTPS")).contains("needs a certificate"));
        assert!(problems_of(&listener("TLS")).contains("needs a certificate"));
        let empty = LbListener { certificate_arn: "".into(), ..listener("HTTPS") };
        assert!(problems_of(&empty).contains("needs a certificate"));
        let unknown = LbListener { certificate_arn: Attr::Unknown, ..listener("HTTPS") };
        assert_eq!(problems_of(&unknown), "");
        for protocol in ["HTTP", "TCP"] {
            let with = LbListener { certificate_arn: CERTIFICATE.into(), ..listener(protocol) };
            assert!(problems_of(&with).contains("cannot have \"certificate_arn\""), "{protocol}");
            let with = LbListener { ssl_policy: "p".into(), ..listener(protocol) };
            assert!(problems_of(&with).contains("cannot have \"ssl_policy\""), "{protocol}");
        }
        let later = LbListener {
            protocol: Attr::Unknown,
            certificate_arn: CERTIFICATE.into(),
            ..listener("")
        };
        assert_eq!(problems_of(&later), "");
    }

    #[test]
    fn protocols_are_of_kinds_of_load_balancers() {
        assert_eq!(problems_of(&of("app", listener("HTTP"))), "");
        assert_eq!(problems_of(&of("net", listener("TCP"))), "");
        assert!(problems_of(&of("app", listener("TCP"))).contains("HTTP, HTTPS, but not TCP"));
        assert!(problems_of(&of("net", listener("HTTP"))).contains("a network load balancer"));
        assert!(problems_of(&of("gwy", listener(""))).contains("cannot have \"port\""));
        let gateway = LbListener { port: Attr::Null, protocol: Attr::Null, ..listener("") };
        assert_eq!(problems_of(&of("gwy", gateway.clone())), "");
        assert!(problems_of(&of("net", gateway.clone())).contains("needs a \"protocol\""));
        assert!(problems_of(&of("app", gateway)).contains("needs a \"port\""));
        assert_eq!(problems_of(&listener("TCP")), "");
    }

    #[test]
    fn clients_are_authenticated_over_https() {
        let mutual = |mode: &str| LbListenerMutualAuthentication {
            mode: mode.into(),
            ..LbListenerMutualAuthentication::default()
        };
        let with = |protocol: &str, mode: &str| {
            let mutual_authentication = Blocks::one(mutual(mode));
            let certificate_arn = Attr::Unknown;
            problems_of(&LbListener {
                mutual_authentication,
                certificate_arn,
                ..listener(protocol)
            })
        };
        assert_eq!(with("HTTPS", "passthrough"), "");
        assert_eq!(with("HTTP", "off"), "");
        assert!(with("HTTP", "passthrough").contains("authenticate their clients"));
        assert!(with("HTTPS", "verify").contains("needs a \"trust_store_arn\""));
        let alpn = LbListener { alpn_policy: "HTTP2Only".into(), ..listener("TCP") };
        assert!(problems_of(&alpn).contains("negotiate"));
    }
}
