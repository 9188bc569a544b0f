//! Checks, plans and requests of groups.

use groma_aws_core::testing::{Answer, Fake};
use groma_sdk::{Attr, Blocks, Set};

use super::launch_model::{
    AcceleratorCount, InstanceRequirements, InstancesDistribution, LaunchTemplate,
    LaunchTemplateSpecification, MixedInstancesPolicy, MixedInstancesPolicyLaunchTemplate,
    Override,
};
use super::model::{
    InitialLifecycleHook, InstanceMaintenancePolicy, InstanceRefresh, Preferences, Tag,
    TrafficSource,
};
use super::*;
use crate::instances::testing::Known;

fn resource() -> AutoscalingGroupResource {
    AutoscalingGroupResource { instances: Known::leak() }
}

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
    config.check(&mut problems);
    resource().validate(config, &mut problems);
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

fn refuses(change: impl FnOnce(&mut AutoscalingGroup), words: &str) {
    let mut config = web();
    change(&mut config);
    let text = problems_of(&config);
    assert!(text.contains(words), "{words:?} is not in {text:?}");
}

fn takes(change: impl FnOnce(&mut AutoscalingGroup)) {
    let mut config = web();
    change(&mut config);
    assert_eq!(problems_of(&config), "");
}

fn texts(all: &[&str]) -> Attr<Set<String>> {
    all.iter().map(|s| (*s).to_owned()).collect::<Set<String>>().into()
}

#[test]
fn arguments_are_what_aws_takes() {
    refuses(|g| g.name = "a:b".into(), "may not have ':'");
    refuses(|g| g.health_check_type = "HTTP".into(), "VPC_LATTICE");
    takes(|g| g.health_check_type = "EC2,ELB".into());
    refuses(|g| g.max_instance_lifetime = 3600_i64.into(), "from 86400");
    takes(|g| g.max_instance_lifetime = 0_i64.into());
    refuses(|g| g.metrics_granularity = "5Minute".into(), "1Minute");
    refuses(|g| g.enabled_metrics = texts(&["CPUUtilization"]), "GroupDesiredCapacity");
    refuses(|g| g.suspended_processes = texts(&["Launching"]), "\"Launch\"");
    refuses(|g| g.termination_policies = vec!["Oldest".to_owned()].into(), "OldestInstance");
    takes(|g| {
        g.termination_policies =
            vec!["arn:aws:lambda:us-east-1:123456789012:function:f".to_owned()].into();
    });
    refuses(|g| g.vpc_zone_identifier = texts(&["vpc-1"]), "id of a subnet");
    refuses(|g| g.availability_zones = texts(&["us-east-1a"]), "vpc_zone_identifier");
    refuses(|g| g.target_group_arns = texts(&["web"]), "ARN of a target group");
    refuses(|g| g.min_size = (-1_i64).into(), "0 instances or more");
}

#[test]
fn sources_say_what_they_are() {
    let source = |identifier: &str, kind: Attr<String>| {
        Blocks::one(TrafficSource { identifier: identifier.into(), r#type: kind })
    };
    refuses(|g| g.traffic_source = source("classic", Attr::Null), "\"elb\" for a classic");
    refuses(|g| g.traffic_source = source("classic", "alb".into()), "vpc-lattice");
    takes(|g| g.traffic_source = source("classic", "elb".into()));
    takes(|g| {
        g.traffic_source = source("arn:aws:vpc-lattice:us-east-1:1:targetgroup/x", Attr::Null)
    });
    refuses(
        |g| {
            g.traffic_source = source("classic", "elb".into());
            g.load_balancers = texts(&["classic"]);
        },
        "cannot be set together",
    );
}

#[test]
fn percentages_fit_together() {
    let policy = |least: i64, most: i64| {
        Blocks::one(InstanceMaintenancePolicy {
            min_healthy_percentage: least.into(),
            max_healthy_percentage: most.into(),
        })
    };
    takes(|g| g.instance_maintenance_policy = policy(90, 120));
    takes(|g| g.instance_maintenance_policy = policy(-1, -1));
    refuses(|g| g.instance_maintenance_policy = policy(-1, 120), "for neither");
    refuses(|g| g.instance_maintenance_policy = policy(50, 200), "by 100 at most");
    refuses(|g| g.instance_maintenance_policy = policy(50, 99), "from 100 to 200");
}

fn refresh(triggers: &[&str], preferences: Preferences) -> Blocks<InstanceRefresh> {
    Blocks::one(InstanceRefresh {
        strategy: "Rolling".into(),
        triggers: texts(triggers),
        preferences: Blocks::one(preferences),
    })
}

#[test]
fn refreshes_are_what_aws_takes() {
    takes(|g| g.instance_refresh = refresh(&["tag", "desired_capacity"], Preferences::default()));
    refuses(|g| g.instance_refresh = refresh(&["arn"], Preferences::default()), "is read-only");
    refuses(|g| g.instance_refresh = refresh(&["tags"], Preferences::default()), "is no argument");
    refuses(
        |g| g.instance_refresh = refresh(&["launch_template"], Preferences::default()),
        "always triggers",
    );
    let points = |points: &[i64]| Preferences {
        checkpoint_percentages: points.to_vec().into(),
        ..Preferences::default()
    };
    takes(|g| g.instance_refresh = refresh(&[], points(&[20, 100])));
    refuses(|g| g.instance_refresh = refresh(&[], points(&[50, 20])), "more than the one before");
    refuses(|g| g.instance_refresh = refresh(&[], points(&[120])), "from 1 to 100");
    let most =
        |most: i64| Preferences { max_healthy_percentage: most.into(), ..Preferences::default() };
    takes(|g| g.instance_refresh = refresh(&[], most(190)));
    refuses(|g| g.instance_refresh = refresh(&[], most(200)), "by 100 at most");
}

#[test]
fn tags_have_a_key_each() {
    let tag = |key: &str, value: &str| Tag {
        key: key.into(),
        value: value.into(),
        propagate_at_launch: true.into(),
    };
    takes(|g| g.tag = vec![tag("a", "b"), tag("c", "b")].into());
    refuses(|g| g.tag = vec![tag("a", "b"), tag("a", "c")].into(), "with the key \"a\"");
    refuses(|g| g.tag = vec![tag("aws:x", "b")].into(), "kept for AWS itself");
    takes(|g| {
        g.tag = vec![tag("a", "b"), Tag { key: Attr::Unknown, ..tag("a", "c") }].into();
    });
}

#[test]
fn templates_are_named_once() {
    let template = |id: Attr<String>, name: Attr<String>, version: Attr<String>| {
        Blocks::one(LaunchTemplate { id, name, version })
    };
    let (none, id) = (|| Attr::Null, || Attr::from("lt-1"));
    refuses(|g| g.launch_template = template(none(), none(), none()), "by \"id\" or by \"name\"");
    refuses(|g| g.launch_template = template(id(), "web".into(), none()), "cannot be set together");
    refuses(|g| g.launch_template = template("web".into(), none(), none()), "lt-0123456789abcdef0");
    refuses(|g| g.launch_template = template(id(), none(), "latest".into()), "\"$Latest\"");
    takes(|g| g.launch_template = template(Attr::Unknown, none(), Attr::Unknown));
    takes(|g| g.launch_template = template(none(), "web".into(), "$Default".into()));
}

fn mixed(distribution: InstancesDistribution, overrides: Vec<Override>) -> AutoscalingGroup {
    let template = LaunchTemplateSpecification {
        launch_template_id: "lt-1".into(),
        ..LaunchTemplateSpecification::default()
    };
    AutoscalingGroup {
        launch_template: Blocks::none(),
        mixed_instances_policy: Blocks::one(MixedInstancesPolicy {
            instances_distribution: Blocks::one(distribution),
            launch_template: Blocks::one(MixedInstancesPolicyLaunchTemplate {
                launch_template_specification: Blocks::one(template),
                r#override: overrides.into(),
            }),
        }),
        ..web()
    }
}

fn of_type(ty: &str, weight: Attr<String>) -> Override {
    Override { instance_type: ty.into(), weighted_capacity: weight, ..Override::default() }
}

#[test]
fn instances_are_mixed_as_aws_takes_it() {
    let distribution = |pools: Attr<i64>, strategy: &str| InstancesDistribution {
        spot_instance_pools: pools,
        spot_allocation_strategy: strategy.into(),
        ..InstancesDistribution::default()
    };
    let of = |distribution| problems_of(&mixed(distribution, Vec::new()));
    assert_eq!(of(distribution(2_i64.into(), "lowest-price")), "");
    assert!(of(distribution(2_i64.into(), "capacity-optimized")).contains("alone"));
    assert!(of(distribution(21_i64.into(), "lowest-price")).contains("from 0 to 20"));
    assert!(of(distribution(Attr::Null, "cheap")).contains("price-capacity-optimized"));
    let above = InstancesDistribution {
        on_demand_percentage_above_base_capacity: 101_i64.into(),
        ..InstancesDistribution::default()
    };
    assert!(of(above).contains("from 0 to 100"));
    let price = InstancesDistribution {
        spot_max_price: "cheap".into(),
        ..InstancesDistribution::default()
    };
    assert!(of(price).contains("a price per hour"));

    let of = |overrides| problems_of(&mixed(InstancesDistribution::default(), overrides));
    assert_eq!(of(vec![of_type("t3.small", "1".into()), of_type("t3.large", "4".into())]), "");
    let text = of(vec![of_type("t3.small", "1".into()), of_type("t3.large", Attr::Null)]);
    assert!(text.contains("this one needs one"), "{text}");
    assert!(of(vec![of_type("t3.small", "1000".into())]).contains("from 1 to 999"));
}

#[test]
fn requirements_are_complete() {
    let least = |n: i64| Blocks::one(AcceleratorCount { min: n.into(), max: Attr::Null });
    let enough = || InstanceRequirements {
        memory_mib: least(1024),
        vcpu_count: least(2),
        ..InstanceRequirements::default()
    };
    let of = |requirements: InstanceRequirements, ty: Attr<String>| {
        let one = Override {
            instance_type: ty,
            instance_requirements: Blocks::one(requirements),
            ..Override::default()
        };
        problems_of(&mixed(InstancesDistribution::default(), vec![one]))
    };
    assert_eq!(of(enough(), Attr::Null), "");
    assert!(of(enough(), "t3.small".into()).contains("cannot be set together"));
    let text = of(InstanceRequirements { vcpu_count: Blocks::none(), ..enough() }, Attr::Null);
    assert!(text.contains("\"vcpu_count\" with \"min\""), "{text}");
    let range = Blocks::one(AcceleratorCount { min: 4_i64.into(), max: 2_i64.into() });
    let text = of(InstanceRequirements { vcpu_count: range, ..enough() }, Attr::Null);
    assert!(text.contains("more than \"max\", 2"), "{text}");
    let both = InstanceRequirements {
        allowed_instance_types: texts(&["m5.*"]),
        excluded_instance_types: texts(&["t3.*"]),
        ..enough()
    };
    assert!(of(both, Attr::Null).contains("cannot be set together"));
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
    let made = resource().create(&fake.context(), web(), planned).await;
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
    fake.once("DescribeAutoScalingGroups", |_| {
        described("<Instances><member><InstanceId>i-1</InstanceId></member></Instances>")
    });
    fake.once("DescribeAutoScalingGroups", |_| described(""));
    fake.on("DescribeAutoScalingGroups", |_| answered("DescribeAutoScalingGroups"));
    fake.on("UpdateAutoScalingGroup", |_| answered("UpdateAutoScalingGroup"));
    fake.on("SetInstanceProtection", |_| answered("SetInstanceProtection"));
    fake.once("DeleteAutoScalingGroup", |_| {
        Answer::error(400, "ScalingActivityInProgress", "busy")
    });
    fake.on("DeleteAutoScalingGroup", |_| answered("DeleteAutoScalingGroup"));
    assert_eq!(resource().delete(&fake.context(), web()).await, Ok(()));
    assert_eq!((fake.calls("SetInstanceProtection"), fake.calls("DeleteAutoScalingGroup")), (1, 2));
    // By force, its instances go with it.
    let fake = Fake::new();
    fake.once("DescribeAutoScalingGroups", move |_| described(instance));
    fake.on("DescribeAutoScalingGroups", |_| answered("DescribeAutoScalingGroups"));
    fake.on("DeleteAutoScalingGroup", |request| {
        assert_eq!(request.param("ForceDelete"), Some("true"));
        answered("DeleteAutoScalingGroup")
    });
    let forced = AutoscalingGroup { force_delete: true.into(), ..web() };
    assert_eq!(resource().delete(&fake.context(), forced).await, Ok(()));
    assert_eq!(fake.calls("UpdateAutoScalingGroup"), 0);
}

/// A create whose first try comes to `first`, and whose second finds a group of the name.
async fn created(first: Answer) -> (Result<AutoscalingGroup, Diagnostics>, Fake) {
    let fake = Fake::new();
    fake.once("CreateAutoScalingGroup", move |_| first.clone());
    fake.on("CreateAutoScalingGroup", |_| Answer::error(400, "AlreadyExists", "it is there"));
    fake.on("DescribeAutoScalingGroups", |_| described(""));
    let made = resource().create(&fake.context(), web(), web()).await;
    (made, fake)
}

#[tokio::test]
async fn a_group_whose_creation_was_not_answered_is_ours() {
    let (made, fake) = created(Answer::lost()).await;
    assert!(made.is_ok(), "{made:?}");
    assert_eq!(fake.calls("CreateAutoScalingGroup"), 2);
    let (made, _) = created(Answer::error(400, "AlreadyExists", "it is there")).await;
    assert!(made.is_err(), "{made:?}");
}

#[tokio::test]
async fn metrics_and_processes_come_and_go() {
    let fake = Fake::new();
    fake.on("DisableMetricsCollection", |request| {
        assert_eq!(request.param("Metrics.member.1"), Some("GroupMinSize"));
        answered("DisableMetricsCollection")
    });
    fake.on("EnableMetricsCollection", |request| {
        assert_eq!(request.param("Metrics.member.1"), Some("GroupMaxSize"));
        assert_eq!(request.param("Granularity"), Some("1Minute"));
        answered("EnableMetricsCollection")
    });
    fake.on("ResumeProcesses", |_| answered("ResumeProcesses"));
    fake.on("SuspendProcesses", |_| answered("SuspendProcesses"));
    fake.on("DescribeAutoScalingGroups", |_| described(""));
    let group = |metric: &str, process: &str| AutoscalingGroup {
        enabled_metrics: texts(&[metric, "GroupDesiredCapacity"]),
        suspended_processes: texts(&[process]),
        ..web()
    };
    let (prior, planned) = (group("GroupMinSize", "Launch"), group("GroupMaxSize", "Terminate"));
    let cx = fake.context();
    let updated = resource().update(&cx, prior, web(), planned).await;
    assert!(updated.is_ok(), "{updated:?}");
    for operation in ["DisableMetricsCollection", "EnableMetricsCollection", "ResumeProcesses"] {
        assert_eq!(fake.calls(operation), 1, "{operation}");
    }
    // Nothing was told to the group itself.
    assert_eq!(fake.calls("UpdateAutoScalingGroup"), 0);
}

#[tokio::test]
async fn sources_of_traffic_come_and_go() {
    let fake = Fake::new();
    let state = |state: &str| {
        Answer::xml(format!(
            "<DescribeTrafficSourcesResponse><DescribeTrafficSourcesResult><TrafficSources>\
             <member><State>{state}</State></member></TrafficSources></DescribeTrafficSourcesResult>\
             </DescribeTrafficSourcesResponse>"
        ))
    };
    fake.on("DetachTrafficSources", |request| {
        assert_eq!(request.param("TrafficSources.member.1.Identifier"), Some("old"));
        answered("DetachTrafficSources")
    });
    fake.once("AttachTrafficSources", |_| Answer::error(400, "ResourceContention", "busy"));
    fake.on("AttachTrafficSources", |request| {
        assert_eq!(request.param("TrafficSources.member.1.Identifier"), Some("new"));
        assert_eq!(request.param("TrafficSources.member.1.Type"), Some("elb"));
        answered("AttachTrafficSources")
    });
    fake.once("DescribeTrafficSources", move |_| state("Removing"));
    fake.on("DescribeTrafficSources", move |_| state("InService"));
    fake.on("DescribeAutoScalingGroups", |_| described(""));
    let group = |name: &str| AutoscalingGroup {
        traffic_source: Blocks::one(TrafficSource {
            identifier: name.into(),
            r#type: "elb".into(),
        }),
        ..web()
    };
    let cx = fake.context();
    let updated = resource().update(&cx, group("old"), web(), group("new")).await;
    assert!(updated.is_ok(), "{updated:?}");
    assert_eq!((fake.calls("DescribeTrafficSources"), fake.calls("AttachTrafficSources")), (3, 2));
}

#[tokio::test]
async fn a_policy_that_takes_itself_away_stays_configured() {
    let fake = Fake::new();
    fake.on("DescribeAutoScalingGroups", |_| described(""));
    let none = InstanceMaintenancePolicy {
        min_healthy_percentage: (-1_i64).into(),
        max_healthy_percentage: (-1_i64).into(),
    };
    let state = AutoscalingGroup { instance_maintenance_policy: Blocks::one(none), ..web() };
    let found = resource().read(&fake.context(), state.clone()).await;
    let found = found.ok().flatten().map(|group| group.instance_maintenance_policy);
    assert_eq!(found, Some(state.instance_maintenance_policy));
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
    let updated = resource().update(&fake.context(), web(), web(), planned).await;
    assert!(updated.is_ok(), "{updated:?}");
    assert_eq!(fake.calls("UpdateAutoScalingGroup"), 1);
}
