//! Templates at the level of requests and answers: what emulators do not refuse, and lost answers.

use groma_aws_core::testing::{Answer, Fake};
use groma_sdk::{Model as _, Plan, PlanRequest};

use super::model::{LaunchTemplateBlockDeviceMappings, LaunchTemplateEbs};
use super::*;

#[test]
fn what_is_not_set_is_not_sent() {
    let template = LaunchTemplate {
        image_id: "ami-1".into(),
        ebs_optimized: "".into(),
        block_device_mappings: vec![LaunchTemplateBlockDeviceMappings {
            device_name: "/dev/xvda".into(),
            ebs: vec![LaunchTemplateEbs {
                delete_on_termination: "false".into(),
                iops: 0.into(),
                ..LaunchTemplateEbs::default()
            }]
            .into(),
            ..LaunchTemplateBlockDeviceMappings::default()
        }]
        .into(),
        ..LaunchTemplate::default()
    };
    let data = request::data(&template);
    assert_eq!((data.image_id(), data.ebs_optimized()), (Some("ami-1"), None));
    let ebs = data.block_device_mappings()[0].ebs();
    assert_eq!(ebs.map(|e| (e.delete_on_termination(), e.iops())), Some((Some(false), None)));
    assert!(data.metadata_options().is_none() && data.security_group_ids.is_none());
}

#[test]
fn tags_alone_make_no_version() {
    let template = LaunchTemplate { image_id: "ami-1".into(), ..LaunchTemplate::default() };
    let tags = LaunchTemplate {
        tags: Attr::Known([("a".to_owned(), "b".to_owned())].into()),
        ..template.clone()
    };
    assert_eq!(data_of(&template), data_of(&tags));
    let other = LaunchTemplate { image_id: "ami-2".into(), ..template.clone() };
    assert_ne!(data_of(&template), data_of(&other));
}

fn problems(config: &LaunchTemplate) -> String {
    let mut problems = Problems::new();
    config.check(&mut problems);
    LaunchTemplateResource.validate(config, &mut problems);
    problems.into_diagnostics().to_string()
}

fn device(name: &str, kind: &str, throughput: i64) -> LaunchTemplateBlockDeviceMappings {
    LaunchTemplateBlockDeviceMappings {
        device_name: name.into(),
        ebs: vec![LaunchTemplateEbs {
            volume_type: kind.into(),
            throughput: throughput.into(),
            ..LaunchTemplateEbs::default()
        }]
        .into(),
        ..LaunchTemplateBlockDeviceMappings::default()
    }
}

#[test]
fn what_ec2_would_refuse_is_told() {
    let with = |devices: Vec<LaunchTemplateBlockDeviceMappings>| LaunchTemplate {
        block_device_mappings: devices.into(),
        ..LaunchTemplate::default()
    };
    let (a, b) = (device("/dev/sdf", "gp3", 125), device("/dev/sdf", "gp3", 0));
    assert!(problems(&with(vec![a.clone(), b])).contains("More than one block"));
    assert_eq!(problems(&with(vec![a])), "");
    assert!(problems(&with(vec![device("/dev/sdf", "gp2", 125)])).contains("gp3"));
    let data = |data: &str| LaunchTemplate { user_data: data.into(), ..LaunchTemplate::default() };
    assert!(problems(&data("#!/bin/sh")).contains("base64"));
    assert_eq!(problems(&data("IyEvYmluL3NoCg==")), "");
    assert!(problems(&data(&"QUFB".repeat(6000))).contains("16384"));
    let named = LaunchTemplate { name: "ab".into(), ..LaunchTemplate::default() };
    assert!(problems(&named).contains('3'));
    let interfaces = |second: Attr<i64>| {
        let of = |index: Attr<i64>| model::LaunchTemplateNetworkInterfaces {
            device_index: index,
            ..model::LaunchTemplateNetworkInterfaces::default()
        };
        LaunchTemplate {
            network_interfaces: vec![of(0.into()), of(second)].into(),
            ..LaunchTemplate::default()
        }
    };
    assert!(problems(&interfaces(0.into())).contains("device_index"));
    assert_eq!(problems(&interfaces(Attr::Unknown)), "");
}

/// What is planned of the versions: the default one, and the latest.
async fn versions(prior: &LaunchTemplate, change: impl FnOnce(&mut LaunchTemplate)) -> [bool; 2] {
    let mut config = LaunchTemplate { arn: Attr::Null, id: Attr::Null, ..prior.clone() };
    config.default_version = Attr::Null;
    config.latest_version = Attr::Null;
    config.tags_all = Attr::Null;
    change(&mut config);
    let proposed = LaunchTemplate {
        id: prior.id.clone(),
        arn: prior.arn.clone(),
        default_version: prior.default_version.clone(),
        latest_version: prior.latest_version.clone(),
        tags_all: prior.tags_all.clone(),
        ..config.clone()
    };
    let request =
        PlanRequest { prior: prior.write(), config: config.write(), proposed: proposed.write() };
    let rules = LaunchTemplate::rules().steady();
    let plan = Plan::by_rules(LaunchTemplate::block(), &rules, &request);
    let mut change = Planned::<LaunchTemplate>::of(&request, &plan);
    let planned = LaunchTemplateResource.plan(&Fake::new().context(), &mut change).await;
    assert!(planned.is_ok(), "{planned:?}");
    [change.planned.default_version.is_unknown(), change.planned.latest_version.is_unknown()]
}

#[tokio::test]
async fn versions_are_planned_as_the_released_provider_plans_them() {
    let prior = LaunchTemplate {
        id: "lt-1".into(),
        arn: "arn".into(),
        name: "web".into(),
        image_id: "ami-1".into(),
        default_version: 1.into(),
        latest_version: 1.into(),
        tags_all: Attr::Known([].into()),
        ..LaunchTemplate::default()
    };
    let tags = || Attr::Known([("a".to_owned(), "b".to_owned())].into());
    assert_eq!(versions(&prior, |_| {}).await, [false, false]);
    assert_eq!(versions(&prior, |t| t.image_id = "ami-2".into()).await, [false, true]);
    assert_eq!(versions(&prior, |t| t.tags = tags()).await, [false, true]);
    assert_eq!(versions(&prior, |t| t.update_default_version = true.into()).await, [true, false]);
    let newest = LaunchTemplate { update_default_version: true.into(), ..prior };
    assert_eq!(versions(&newest, |_| {}).await, [false, false]);
    assert_eq!(versions(&newest, |t| t.image_id = "ami-2".into()).await, [true, true]);
    assert_eq!(versions(&newest, |t| t.tags = tags()).await, [true, true]);
    assert_eq!(
        versions(&newest, |t| t.update_default_version = false.into()).await,
        [false, false]
    );
}

#[tokio::test]
async fn a_template_whose_answer_gets_lost_is_made_once() {
    let fake = Fake::new();
    fake.once("CreateLaunchTemplate", |_| Answer::lost());
    fake.on("CreateLaunchTemplate", |_| {
        Answer::xml(
            "<CreateLaunchTemplateResponse><launchTemplate><launchTemplateId>lt-1</launchTemplateId>\
             </launchTemplate></CreateLaunchTemplateResponse>",
        )
    });
    fake.on("DescribeLaunchTemplates", |_| {
        Answer::xml(
            "<DescribeLaunchTemplatesResponse><launchTemplates><item>\
             <launchTemplateId>lt-1</launchTemplateId><launchTemplateName>web</launchTemplateName>\
             <defaultVersionNumber>1</defaultVersionNumber></item></launchTemplates>\
             </DescribeLaunchTemplatesResponse>",
        )
    });
    fake.on("DescribeLaunchTemplateVersions", |_| {
        Answer::xml(
            "<DescribeLaunchTemplateVersionsResponse><launchTemplateVersionSet><item>\
             <launchTemplateId>lt-1</launchTemplateId><versionNumber>1</versionNumber>\
             <launchTemplateData><imageId>ami-1</imageId></launchTemplateData></item>\
             </launchTemplateVersionSet></DescribeLaunchTemplateVersionsResponse>",
        )
    });
    fake.on("GetCallerIdentity", |_| {
        Answer::xml(
            "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>1</Account>\
             </GetCallerIdentityResult></GetCallerIdentityResponse>",
        )
    });
    let planned = LaunchTemplate {
        name: "web".into(),
        image_id: "ami-1".into(),
        tags_all: Attr::Known([].into()),
        ..LaunchTemplate::default()
    };
    let made = LaunchTemplateResource.create(&fake.context(), planned.clone(), planned).await;
    assert!(made.is_ok_and(|t| t.latest_version == 1.into() && t.id.text() == "lt-1"));
    let requests = fake.requests_of("CreateLaunchTemplate");
    assert_eq!(requests.len(), 2);
    assert!(requests[0].param("ClientToken").is_some());
    assert_eq!(requests[0].param("ClientToken"), requests[1].param("ClientToken"));
}
