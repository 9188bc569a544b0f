//! The attributes of load balancers that have calls of their own: as they are wanted, and as they are
//! recorded.

use aws_sdk_elasticloadbalancingv2::types;
use groma_aws_core::{Aws, Outcome as _};
use groma_sdk::{Attr, Blocks, Context, Diagnostics};

use super::model::{Lb, LbAccessLogs};
use super::{APPLICATION, NETWORK, kind};
use crate::service::{Values, elb, is_true};

/// The attributes that a load balancer of the type has, as they are wanted.
pub(super) fn wanted(lb: &Lb) -> Values {
    let mut values = Values::new();
    let mut put = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            values.insert(key.to_owned(), value);
        }
    };
    let flag = |flag: &Attr<bool>| Some(flag.is_true().to_string());
    let number = |number: &Attr<i64>| number.get().map(i64::to_string);
    let (application, network) = (kind(lb) == APPLICATION, kind(lb) == NETWORK);
    put("deletion_protection.enabled", flag(&lb.enable_deletion_protection));
    if application {
        put("client_keep_alive.seconds", number(&lb.client_keep_alive));
        put("idle_timeout.timeout_seconds", number(&lb.idle_timeout));
        put("routing.http.desync_mitigation_mode", lb.desync_mitigation_mode.cloned());
        put(
            "routing.http.drop_invalid_header_fields.enabled",
            flag(&lb.drop_invalid_header_fields),
        );
        put("routing.http.preserve_host_header.enabled", flag(&lb.preserve_host_header));
        put(
            "routing.http.x_amzn_tls_version_and_cipher_suite.enabled",
            flag(&lb.enable_tls_version_and_cipher_suite_headers),
        );
        put("routing.http.xff_client_port.enabled", flag(&lb.enable_xff_client_port));
        put("routing.http.xff_header_processing.mode", lb.xff_header_processing_mode.cloned());
        put("routing.http2.enabled", flag(&lb.enable_http2));
        put("waf.fail_open.enabled", flag(&lb.enable_waf_fail_open));
    } else {
        put("load_balancing.cross_zone.enabled", flag(&lb.enable_cross_zone_load_balancing));
    }
    if network {
        put("dns_record.client_routing_policy", lb.dns_record_client_routing_policy.cloned());
    }
    if application || network {
        put("zonal_shift.config.enabled", flag(&lb.enable_zonal_shift));
        put_logs(&mut put, "access_logs.s3", &lb.access_logs);
    }
    if application {
        put_logs(&mut put, "connection_logs.s3", &lb.connection_logs);
    }
    values
}

fn put_logs(put: &mut impl FnMut(&str, Option<String>), prefix: &str, logs: &Blocks<LbAccessLogs>) {
    let on = logs.first().filter(|logs| logs.enabled.is_true());
    put(&format!("{prefix}.enabled"), Some(on.is_some().to_string()));
    if let Some(logs) = on {
        put(&format!("{prefix}.bucket"), Some(logs.bucket.or_default()));
        put(&format!("{prefix}.prefix"), Some(logs.prefix.or_default()));
    }
}

/// Sets attributes. Those that a partition or a type of load balancer does not know are left out.
pub(super) async fn set_attributes(
    cx: &Context<Aws>,
    arn: &str,
    mut values: Values,
) -> Result<(), Diagnostics> {
    while !values.is_empty() {
        let attributes = values.iter().map(|(key, value)| {
            types::LoadBalancerAttribute::builder().key(key).value(value).build()
        });
        let request = elb(cx.client()).modify_load_balancer_attributes().load_balancer_arn(arn);
        let answer = request.set_attributes(Some(attributes.collect())).send().await.typed();
        let error = match answer {
            Ok(_) => return Ok(()),
            Err(e) => e,
        };
        let unknown = unknown_key(error.message()).map(str::to_owned);
        if unknown.and_then(|key| values.remove(&key)).is_none() {
            let during = format!("modifying ELBv2 Load Balancer ({arn}) attributes");
            return Err(error.during(during));
        }
    }
    Ok(())
}

/// The attribute that a message says is not known: `attribute key 'x' is not recognized`.
pub(super) fn unknown_key(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("attribute key ")?;
    let (key, rest) = rest.split_once(" is not ")?;
    let known = rest.starts_with("recognized") || rest.starts_with("supported");
    known.then(|| key.trim_matches(['\'', '"']))
}

/// Records what the service says of attributes; those that it does not speak of stay.
pub(crate) fn record_attributes(lb: &mut Lb, values: &Values) {
    let flag = |into: &mut Attr<bool>, key: &str| {
        if let Some(value) = values.get(key) {
            *into = is_true(value).into();
        }
    };
    let number = |into: &mut Attr<i64>, key: &str| {
        if let Some(value) = values.get(key).and_then(|v| v.parse::<i64>().ok()) {
            *into = value.into();
        }
    };
    let text = |into: &mut Attr<String>, key: &str| {
        if let Some(value) = values.get(key) {
            *into = value.clone().into();
        }
    };
    number(&mut lb.client_keep_alive, "client_keep_alive.seconds");
    number(&mut lb.idle_timeout, "idle_timeout.timeout_seconds");
    text(&mut lb.desync_mitigation_mode, "routing.http.desync_mitigation_mode");
    text(&mut lb.dns_record_client_routing_policy, "dns_record.client_routing_policy");
    text(&mut lb.xff_header_processing_mode, "routing.http.xff_header_processing.mode");
    flag(&mut lb.drop_invalid_header_fields, "routing.http.drop_invalid_header_fields.enabled");
    flag(&mut lb.enable_cross_zone_load_balancing, "load_balancing.cross_zone.enabled");
    flag(&mut lb.enable_deletion_protection, "deletion_protection.enabled");
    flag(&mut lb.enable_http2, "routing.http2.enabled");
    flag(
        &mut lb.enable_tls_version_and_cipher_suite_headers,
        "routing.http.x_amzn_tls_version_and_cipher_suite.enabled",
    );
    flag(&mut lb.enable_waf_fail_open, "waf.fail_open.enabled");
    flag(&mut lb.enable_xff_client_port, "routing.http.xff_client_port.enabled");
    flag(&mut lb.enable_zonal_shift, "zonal_shift.config.enabled");
    flag(&mut lb.preserve_host_header, "routing.http.preserve_host_header.enabled");
    let logs = |prefix: &str| {
        let value = |name: &str| values.get(&format!("{prefix}.{name}"));
        Blocks::one(LbAccessLogs {
            bucket: value("bucket").into(),
            enabled: value("enabled").map(|v| is_true(v)).into(),
            prefix: value("prefix").into(),
        })
    };
    lb.access_logs = logs("access_logs.s3");
    if kind(lb) == APPLICATION {
        lb.connection_logs = logs("connection_logs.s3");
    }
}
