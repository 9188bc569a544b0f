//! Attributes and checks of target groups, without a service.

use groma_sdk::Blocks;

use super::attributes::{at_first, wanted};
use super::*;

fn web() -> LbTargetGroup {
    let cookie = LbTargetGroupStickiness {
        cookie_duration: 60_i64.into(),
        enabled: true.into(),
        r#type: "lb_cookie".into(),
        ..LbTargetGroupStickiness::default()
    };
    LbTargetGroup {
        protocol: "HTTP".into(),
        port: 80_i64.into(),
        vpc_id: "vpc-1".into(),
        target_type: "instance".into(),
        deregistration_delay: "30".into(),
        slow_start: 0_i64.into(),
        proxy_protocol_v2: false.into(),
        stickiness: Blocks::one(cookie),
        ..LbTargetGroup::default()
    }
}

#[test]
fn attributes_are_read_as_they_are_wanted() {
    let group = web();
    let values = wanted(&group);
    assert_eq!(values.get("stickiness.lb_cookie.duration_seconds").map(String::as_str), Some("60"));
    let mut read = LbTargetGroup {
        protocol: "HTTP".into(),
        target_type: "instance".into(),
        ..LbTargetGroup::default()
    };
    record_attributes(&mut read, &values);
    assert_eq!(read.stickiness, group.stickiness);
    assert_eq!(read.deregistration_delay, group.deregistration_delay);
    assert_eq!(read.slow_start, group.slow_start);
}

#[test]
fn a_new_group_is_not_told_what_it_is_by_itself() {
    let values = at_first(wanted(&web()));
    assert!(!values.contains_key("slow_start.duration_seconds"));
    assert!(!values.contains_key("proxy_protocol_v2.enabled"));
    assert!(values.contains_key("deregistration_delay.timeout_seconds"));
    let lambda = LbTargetGroup { target_type: "lambda".into(), ..web() };
    assert!(at_first(wanted(&lambda)).is_empty());
}
