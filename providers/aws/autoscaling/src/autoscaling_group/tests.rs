//! Checks, plans and requests of groups.

use groma_aws_core::testing::{Answer, Fake};
use groma_sdk::Set;

use super::*;

fn web() -> AutoscalingGroup {
    let template = LaunchTemplate { id: "lt-1".into(), ..LaunchTemplate::default() };
    AutoscalingGroup {
        name: "web".into(),
        id: "web".into(),
        min_size: 1_i64.into(),
        max_size: 3_i64.into(),
        launch_template: Blocks::one(template),
        vpc_zone_identifier: Set(vec!["subnet-1".to_owned()]).into(),
        wait_for_capacity_timeout: "0".into(),
        ..AutoscalingGroup::default()
    }
}

fn problems_of(config: &AutoscalingGroup) -> String {
    let mut problems = Problems::new();
    AutoscalingGroupResource.validate(config, &mut problems);
    problems.into_diagnostics().to_string()
}

#[test]
fn sizes_are_in_order() {
    assert_eq!(problems_of(&web()), "");
    let text = problems_of(&AutoscalingGroup { min_size: 4_i64.into(), ..web() });
    assert!(text.contains("\"min_size\" is 4"), "{text}");
    let text = problems_of(&AutoscalingGroup { desired_capacity: 5_i64.into(), ..web() });
    assert!(text.contains("more than \"max_size\", 3"), "{text}");
    let text = problems_of(&AutoscalingGroup { desired_capacity: 0_i64.into(), ..web() });
    assert!(text.contains("less than \"min_size\", 1"), "{text}");
    assert_eq!(problems_of(&AutoscalingGroup { min_size: Attr::Unknown, ..web() }), "");
}

#[test]
fn a_group_launches_from_one_thing() {
    let none = AutoscalingGroup { launch_template: Blocks::none(), ..web() };
    assert!(problems_of(&none).contains("but 0 are set"));
    let two = AutoscalingGroup { launch_configuration: "old".into(), ..web() };
    assert!(problems_of(&two).contains("but 2 are set"));
}

fn answered(what: &str) -> Answer {
    Answer::xml(format!("<{what}Response><{what}Result/></{what}Response>"))
}

fn described(more: &str) -> Answer {
    Answer::xml(format!(
        "<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult><AutoScalingGroups>\
         <member><AutoScalingGroupName>web</AutoScalingGroupName><MinSize>1</MinSize>\
         <MaxSize>3</MaxSize>{more}</member></AutoScalingGroups></DescribeAutoScalingGroupsResult>\
         </DescribeAutoScalingGroupsResponse>"
    ))
}

#[tokio::test]
async fn hooks_see_the_first_instances() {
    let fake = Fake::new();
    fake.on("CreateAutoScalingGroup", |request| {
        assert_eq!((request.param("MinSize"), request.param("MaxSize")), (Some("0"), Some("0")));
        answered("CreateAutoScalingGroup")
    });
    fake.on("PutLifecycleHook", |_| answered("PutLifecycleHook"));
    fake.on("UpdateAutoScalingGroup", |request| {
        assert_eq!(request.param("MaxSize"), Some("3"));
        answered("UpdateAutoScalingGroup")
    });
    fake.on("DescribeAutoScalingGroups", |_| described(""));
    let hook = InitialLifecycleHook {
        name: "first".into(),
        lifecycle_transition: "autoscaling:EC2_INSTANCE_LAUNCHING".into(),
        ..InitialLifecycleHook::default()
    };
    let planned = AutoscalingGroup { initial_lifecycle_hook: Blocks::one(hook), ..web() };
    let made = AutoscalingGroupResource.create(&fake.context(), web(), planned).await;
    assert!(made.is_ok_and(|group| group.initial_lifecycle_hook.len() == 1));
    let calls: Vec<String> = fake.requests().into_iter().map(|r| r.operation).collect();
    assert_eq!(
        calls[..3],
        ["CreateAutoScalingGroup", "PutLifecycleHook", "UpdateAutoScalingGroup"]
    );
}

#[tokio::test]
async fn a_group_is_drained_before_it_goes() {
    let fake = Fake::new();
    let instance = "<Instances><member><InstanceId>i-1</InstanceId>\
                    <ProtectedFromScaleIn>true</ProtectedFromScaleIn></member></Instances>";
    fake.once("DescribeAutoScalingGroups", move |_| described(instance));
    fake.once("DescribeAutoScalingGroups", move |_| described(instance));
    fake.once("DescribeAutoScalingGroups", |_| described(""));
    fake.on("DescribeAutoScalingGroups", |_| answered("DescribeAutoScalingGroups"));
    fake.on("UpdateAutoScalingGroup", |_| answered("UpdateAutoScalingGroup"));
    fake.on("SetInstanceProtection", |_| answered("SetInstanceProtection"));
    fake.once("DeleteAutoScalingGroup", |_| {
        Answer::error(400, "ScalingActivityInProgress", "busy")
    });
    fake.on("DeleteAutoScalingGroup", |_| answered("DeleteAutoScalingGroup"));
    let deleted = AutoscalingGroupResource.delete(&fake.context(), web()).await;
    assert_eq!(deleted, Ok(()));
    assert_eq!((fake.calls("SetInstanceProtection"), fake.calls("DeleteAutoScalingGroup")), (1, 2));
}

#[tokio::test]
async fn only_what_changed_is_told() {
    let fake = Fake::new();
    fake.on("UpdateAutoScalingGroup", |request| {
        assert_eq!(request.param("MaxSize"), Some("5"));
        assert_eq!(request.param("MinSize"), None);
        answered("UpdateAutoScalingGroup")
    });
    fake.on("DescribeAutoScalingGroups", |_| described(""));
    let planned = AutoscalingGroup { max_size: 5_i64.into(), ..web() };
    let updated = AutoscalingGroupResource.update(&fake.context(), web(), web(), planned).await;
    assert!(updated.is_ok(), "{updated:?}");
    assert_eq!(fake.calls("UpdateAutoScalingGroup"), 1);
}
