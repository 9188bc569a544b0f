//! Checks and plans.

use groma_sdk::{Model as _, Plan, PlanRequest, Value};

use super::*;

fn problems(config: &Instance) -> String {
    let mut problems = Problems::new();
    config.check(&mut problems);
    InstanceResource.validate(config, &mut problems);
    problems.into_diagnostics().to_string()
}

fn plain() -> Instance {
    Instance { ami: "ami-1".into(), instance_type: "m5.large".into(), ..Instance::default() }
}

/// What was planned, and what of it means a replacement.
async fn plan(
    machine: &Machine,
    prior: Option<&Instance>,
    config: &Instance,
) -> Result<(Instance, Vec<String>), String> {
    let ty = Instance::block().implied_type().clone();
    let request = PlanRequest {
        prior: prior.map_or(Value::null(ty), Instance::write),
        config: config.write(),
        proposed: proposed(prior, config).write(),
    };
    let rules = Instance::rules().steady();
    let mut plan = Plan::by_rules(Instance::block(), &rules, &request);
    let mut change = Planned::<Instance>::of(&request, &plan);
    let planned = InstanceResource.plan(&machine.fake.context(), &mut change).await;
    planned.map_err(|e| e.to_string())?;
    change.into_plan(&mut plan);
    let replaced = plan.requires_replace.iter().map(ToString::to_string).collect();
    Ok((Instance::read(&plan.planned), replaced))
}

/// What engines propose: what is computed and not configured stays.
fn proposed(prior: Option<&Instance>, config: &Instance) -> Instance {
    let Some(prior) = prior else { return config.clone() };
    let or = |config: &Attr<String>, prior: &Attr<String>| config.clone().or(prior.clone());
    Instance {
        ami: or(&config.ami, &prior.ami),
        instance_type: or(&config.instance_type, &prior.instance_type),
        get_password_data: config.get_password_data.clone(),
        launch_template: config.launch_template.clone(),
        credit_specification: config.credit_specification.clone(),
        enable_primary_ipv6: config
            .enable_primary_ipv6
            .clone()
            .or(prior.enable_primary_ipv6.clone()),
        cpu_options: match config.cpu_options.is_empty() {
            true => prior.cpu_options.clone(),
            false => config.cpu_options.clone(),
        },
        ebs_block_device: match config.ebs_block_device.is_empty() {
            true => prior.ebs_block_device.clone(),
            false => config.ebs_block_device.clone(),
        },
        ephemeral_block_device: match config.ephemeral_block_device.is_empty() {
            true => prior.ephemeral_block_device.clone(),
            false => config.ephemeral_block_device.clone(),
        },
        root_block_device: match config.root_block_device.is_empty() {
            true => prior.root_block_device.clone(),
            false => config.root_block_device.clone(),
        },
        ..prior.clone()
    }
}

#[test]
fn a_plain_instance_has_no_problems() {
    assert_eq!(problems(&plain()), "");
}

#[test]
fn what_ec2_would_refuse_is_told() {
    let persistent = InstanceInstanceMarketOptions {
        market_type: "spot".into(),
        spot_options: Blocks::one(InstanceSpotOptions {
            instance_interruption_behavior: "stop".into(),
            spot_instance_type: "one-time".into(),
            ..InstanceSpotOptions::default()
        }),
    };
    let device = |name: &str, kind: &str, iops: i64| InstanceEbsBlockDevice {
        device_name: name.into(),
        volume_type: kind.into(),
        iops: iops.into(),
        ..InstanceEbsBlockDevice::default()
    };
    let cases: Vec<(Instance, &str)> = vec![
        (Instance { ami: Attr::Null, ..plain() }, "\"ami\", \"launch_template\""),
        (Instance { user_data: "x".repeat(16_385).into(), ..plain() }, "takes at most 16384 bytes"),
        (
            Instance {
                associate_public_ip_address: true.into(),
                network_interface: vec![InstanceNetworkInterface::default()].into(),
                ..plain()
            },
            "associate_public_ip_address",
        ),
        (
            Instance {
                ebs_block_device: vec![device("/dev/sdf", "gp3", 0), device("/dev/sdf", "gp3", 0)]
                    .into(),
                ..plain()
            },
            "More than one block has the device \"/dev/sdf\"",
        ),
        (
            Instance { ebs_block_device: vec![device("/dev/sdf", "st1", 9)].into(), ..plain() },
            "st1 take no \"iops\"",
        ),
        (
            Instance {
                ephemeral_block_device: vec![InstanceEphemeralBlockDevice {
                    device_name: "/dev/sdb".into(),
                    ..InstanceEphemeralBlockDevice::default()
                }]
                .into(),
                ..plain()
            },
            "needs a \"virtual_name\"",
        ),
        (
            Instance { instance_market_options: Blocks::one(persistent), ..plain() },
            "\"persistent\"",
        ),
        (
            Instance {
                hibernation: true.into(),
                enclave_options: Blocks::one(InstanceEnclaveOptions { enabled: true.into() }),
                ..plain()
            },
            "hibernates no instance with an enclave",
        ),
        (
            Instance {
                private_ip: "10.0.0.4".into(),
                secondary_private_ips: Attr::set_of(["10.0.0.4"]),
                ..plain()
            },
            "is the first address already",
        ),
        (
            Instance { placement_partition_number: 1.into(), ..plain() },
            "placement_partition_number",
        ),
        (
            Instance {
                capacity_reservation_specification: Blocks::one(
                    InstanceCapacityReservationSpecification::default(),
                ),
                ..plain()
            },
            "capacity_reservation_preference",
        ),
        (
            Instance { instance_initiated_shutdown_behavior: "halt".into(), ..plain() },
            "\"stop\" or \"terminate\"",
        ),
        (Instance { private_ip: "fd00::1".into(), ..plain() }, "an IPv4 address"),
    ];
    for (config, expected) in cases {
        let told = problems(&config);
        assert!(told.contains(expected), "{told} is not about {expected}");
    }
}

#[test]
fn what_is_not_known_is_no_problem() {
    let config = Instance {
        ami: Attr::Unknown,
        launch_template: Blocks::unknown(),
        user_data: Attr::Unknown,
        private_ip: Attr::Unknown,
        secondary_private_ips: Attr::Unknown,
        ebs_block_device: vec![
            InstanceEbsBlockDevice {
                device_name: Attr::Unknown,
                volume_type: Attr::Unknown,
                iops: 9.into(),
                ..InstanceEbsBlockDevice::default()
            },
            InstanceEbsBlockDevice {
                device_name: Attr::Unknown,
                ..InstanceEbsBlockDevice::default()
            },
        ]
        .into(),
        ephemeral_block_device: vec![InstanceEphemeralBlockDevice {
            device_name: "/dev/sdb".into(),
            virtual_name: Attr::Unknown,
            ..InstanceEphemeralBlockDevice::default()
        }]
        .into(),
        ..plain()
    };
    assert_eq!(problems(&config), "");
}

fn types(machine: &Machine) {
    machine.fake.on("DescribeInstanceTypes", |request| {
        let item = |name: &str| {
            let architecture = if name.starts_with("m6g") { "arm64" } else { "x86_64" };
            format!(
                "<item><instanceType>{name}</instanceType><processorInfo><supportedArchitectures>\
                 <item>{architecture}</item></supportedArchitectures></processorInfo></item>"
            )
        };
        let items: String = request.params_of("InstanceType.").into_iter().map(item).collect();
        Answer::xml(format!(
            "<DescribeInstanceTypesResponse><instanceTypeSet>{items}</instanceTypeSet>\
             </DescribeInstanceTypesResponse>"
        ))
    });
}

#[tokio::test]
async fn another_architecture_is_another_instance() {
    let machine = Machine::new();
    types(&machine);
    machine.set("ipAddress", "1.2.3.4");
    let prior = machine.fresh().await;
    let of = |kind: &str| Instance { instance_type: kind.into(), ..plain() };
    let (planned, replaced) =
        plan(&machine, Some(&prior), &of("m5.xlarge")).await.unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(replaced, [""; 0]);
    // EC2 takes back the address that it lent while the instance is stopped.
    assert!(planned.public_ip.is_unknown() && planned.private_ip == prior.private_ip);
    let (_, replaced) = plan(&machine, Some(&prior), &of("m6g.large")).await.unwrap_or_default();
    assert_eq!(replaced, [".instance_type"]);
}

fn template(machine: &Machine, data: &'static str) {
    machine.fake.on("DescribeLaunchTemplateVersions", move |_| {
        Answer::xml(format!(
            "<DescribeLaunchTemplateVersionsResponse><launchTemplateVersionSet><item>\
             <launchTemplateData>{data}</launchTemplateData></item></launchTemplateVersionSet>\
             </DescribeLaunchTemplateVersionsResponse>"
        ))
    });
}

fn from_template(version: &str) -> Instance {
    Instance {
        launch_template: Blocks::one(InstanceLaunchTemplate {
            id: "lt-1".into(),
            name: Attr::Null,
            version: version.into(),
        }),
        ..Instance::default()
    }
}

#[tokio::test]
async fn a_template_must_have_what_the_instance_leaves_to_it() {
    let machine = Machine::new();
    template(&machine, "<instanceType>m5.large</instanceType>");
    let without = plan(&machine, None, &from_template("$Default")).await;
    assert!(without.is_err_and(|e| e.contains("an image (AMI) is missing")));
    let own = Instance { ami: "ami-1".into(), ..from_template("$Default") };
    assert!(plan(&machine, None, &own).await.is_ok());
    template(&machine, "<imageId>ami-1</imageId>");
    let without = plan(&machine, None, &from_template("$Default")).await;
    assert!(without.is_err_and(|e| e.contains("an instance type is missing")));
    // A template that is yet to be made can have anything.
    let mut later = from_template("$Default");
    later.launch_template = Blocks::one(InstanceLaunchTemplate {
        id: Attr::Unknown,
        ..InstanceLaunchTemplate::default()
    });
    assert!(plan(&machine, None, &later).await.is_ok());
    machine.fake.on("DescribeLaunchTemplateVersions", |_| {
        Answer::ec2_error(400, "InvalidLaunchTemplateId.NotFound", "It is not there.")
    });
    assert!(plan(&machine, None, &from_template("$Default")).await.is_ok());
}

#[tokio::test]
async fn other_words_for_the_same_version_are_no_change_of_instances() {
    let machine = Machine::new();
    template(&machine, "<imageId>ami-1</imageId><instanceType>m5.large</instanceType>");
    machine.set(
        "tagSet",
        "<item><key>aws:ec2launchtemplate:id</key><value>lt-1</value></item>\
         <item><key>aws:ec2launchtemplate:version</key><value>2</value></item>",
    );
    machine.fake.on("DescribeLaunchTemplates", |_| {
        Answer::xml(
            "<DescribeLaunchTemplatesResponse><launchTemplates><item>\
             <launchTemplateId>lt-1</launchTemplateId><launchTemplateName>web</launchTemplateName>\
             <defaultVersionNumber>1</defaultVersionNumber>\
             <latestVersionNumber>2</latestVersionNumber></item></launchTemplates>\
             </DescribeLaunchTemplatesResponse>",
        )
    });
    let prior = machine.fresh().await;
    assert_eq!(prior.launch_template[0].version.text(), "2");
    assert_eq!(prior.launch_template[0].name.text(), "web");
    for (version, expected) in [("2", 0), ("$Latest", 0), ("$Default", 1), ("3", 1)] {
        let (_, replaced) = plan(&machine, Some(&prior), &from_template(version))
            .await
            .unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(replaced.len(), expected, "{version}: {replaced:?}");
    }
}

#[tokio::test]
async fn volumes_do_not_shrink() {
    let machine = Machine::new();
    let prior = machine.fresh().await;
    let of = |size: i64| {
        let mut root = prior.root_block_device[0].clone();
        root.volume_size = size.into();
        Instance { root_block_device: Blocks::one(root), ..plain() }
    };
    assert!(plan(&machine, Some(&prior), &of(9)).await.is_ok());
    let refused = plan(&machine, Some(&prior), &of(7)).await;
    assert!(refused.is_err_and(|e| e.contains("makes no volume smaller")));
}

/// An instance with a volume beside the root one.
fn with_volume(prior: &Instance) -> Instance {
    Instance {
        ebs_block_device: vec![InstanceEbsBlockDevice {
            device_name: "/dev/sdf".into(),
            volume_id: "vol-2".into(),
            volume_size: 100.into(),
            volume_type: "gp3".into(),
            iops: 3000.into(),
            throughput: 125.into(),
            encrypted: false.into(),
            delete_on_termination: true.into(),
            tags_all: Attr::Known(TagMap::new()),
            ..InstanceEbsBlockDevice::default()
        }]
        .into(),
        ..prior.clone()
    }
}

#[tokio::test]
async fn devices_of_the_same_names_are_changed_in_place() {
    let machine = Machine::new();
    let prior = with_volume(&machine.fresh().await);
    let of = |change: fn(&mut InstanceEbsBlockDevice)| {
        let mut device = InstanceEbsBlockDevice {
            device_name: "/dev/sdf".into(),
            ..InstanceEbsBlockDevice::default()
        };
        change(&mut device);
        Instance { ebs_block_device: vec![device].into(), ..plain() }
    };
    let planned = async |change| {
        let (planned, replaced) =
            plan(&machine, Some(&prior), &of(change)).await.unwrap_or_default();
        (planned.ebs_block_device.first().cloned().unwrap_or_default(), replaced.len())
    };
    // What is not configured stays.
    assert_eq!(planned(|_| {}).await, (prior.ebs_block_device[0].clone(), 0));
    let (grown, replaced) = planned(|d| d.volume_size = 200.into()).await;
    assert_eq!((grown.volume_size, grown.iops, replaced), (200.into(), 3000.into(), 0));
    // What cannot shrink stays as it is, as with the released provider.
    let (kept, replaced) = planned(|d| d.volume_size = 50.into()).await;
    assert_eq!((kept.volume_size, replaced), (100.into(), 0));
    let (other, replaced) = planned(|d| d.volume_type = "gp2".into()).await;
    assert!(other.iops.is_unknown() && other.throughput.is_unknown() && replaced == 0);
    // Keys go by other names as well, and accounts may encrypt what did not ask for it.
    assert_eq!(planned(|d| d.kms_key_id = "alias/disks".into()).await.1, 0);
    assert_eq!(planned(|d| d.encrypted = false.into()).await.1, 0);
    for change in [
        (|d| d.encrypted = true.into()) as fn(&mut InstanceEbsBlockDevice),
        |d| d.snapshot_id = "snap-1".into(),
        |d| d.device_name = "/dev/sdg".into(),
    ] {
        assert_eq!(planned(change).await.1, 1);
    }
}

#[tokio::test]
async fn blocks_that_say_nothing_new_replace_nothing() {
    let machine = Machine::new();
    let prior = machine.fresh().await;
    let replaced = async |config: &Instance| {
        plan(&machine, Some(&prior), config).await.map(|(_, replaced)| !replaced.is_empty())
    };
    let of = |cores: Attr<i64>| Instance {
        cpu_options: Blocks::one(InstanceCpuOptions {
            core_count: cores,
            ..InstanceCpuOptions::default()
        }),
        ..plain()
    };
    assert_eq!(replaced(&of(Attr::Null)).await, Ok(false));
    assert_eq!(replaced(&of(2.into())).await, Ok(true));
    let ephemeral = Instance {
        ephemeral_block_device: vec![InstanceEphemeralBlockDevice {
            device_name: "/dev/sdb".into(),
            virtual_name: "ephemeral0".into(),
            ..InstanceEphemeralBlockDevice::default()
        }]
        .into(),
        ..plain()
    };
    assert_eq!(replaced(&ephemeral).await, Ok(true));
    let primary = Instance { enable_primary_ipv6: true.into(), ..plain() };
    assert_eq!(replaced(&primary).await, Ok(false));
}
