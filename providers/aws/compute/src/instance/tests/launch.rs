//! Launches.

use super::*;

/// Launches an instance; gives the requests to do so.
async fn launch(machine: &Machine, config: Instance) -> Result<Vec<Request>, String> {
    let planned = Instance { tags_all: Attr::Known(TagMap::new()), ..config.clone() };
    let made = InstanceResource.create(&machine.fake.context(), config, planned).await;
    made.map_err(|e| e.to_string())?;
    Ok(machine.fake.requests_of("RunInstances"))
}

fn launched() -> Answer {
    Answer::xml(
        "<RunInstancesResponse><instancesSet><item><instanceId>i-1</instanceId></item>\
         </instancesSet></RunInstancesResponse>",
    )
}

fn plain() -> Instance {
    Instance { ami: "ami-1".into(), instance_type: "m5.large".into(), ..Instance::default() }
}

#[tokio::test]
async fn a_launch_whose_answer_gets_lost_is_the_same_launch() {
    let machine = Machine::new();
    machine.fake.once("RunInstances", |_| Answer::lost());
    machine.fake.on("RunInstances", |_| launched());
    let made = launch(&machine, plain()).await.unwrap_or_else(|e| panic!("{e}"));
    let tokens: Vec<_> = made.iter().map(|r| r.param("ClientToken")).collect();
    assert_eq!(tokens.len(), 2);
    assert!(tokens[0].is_some() && tokens[0] == tokens[1], "{tokens:?}");
}

#[tokio::test]
async fn profiles_that_are_not_known_yet_are_waited_for() {
    let machine = Machine::new();
    machine.fake.once("RunInstances", |_| {
        let message = "Value (web) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name";
        Answer::ec2_error(400, "InvalidParameterValue", message)
    });
    machine.fake.on("RunInstances", |_| launched());
    let config = Instance { iam_instance_profile: "web".into(), ..plain() };
    let made = launch(&machine, config).await.unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(told(&made, "IamInstanceProfile.Name").len(), 2);
}

#[tokio::test]
async fn only_burstable_types_are_given_credits() {
    let credits = |kind: &'static str, configured: Option<&'static str>| async move {
        let machine = Machine::new();
        machine.fake.on("RunInstances", |_| launched());
        let config = Instance {
            instance_type: kind.into(),
            credit_specification: configured
                .map(|c| InstanceCreditSpecification { cpu_credits: c.into() })
                .into(),
            ..plain()
        };
        let made = launch(&machine, config).await.unwrap_or_else(|e| panic!("{e}"));
        made[0].param("CreditSpecification.CpuCredits").map(str::to_owned)
    };
    assert_eq!(credits("t3.micro", None).await.as_deref(), Some("unlimited"));
    assert_eq!(credits("t3.micro", Some("standard")).await.as_deref(), Some("standard"));
    assert_eq!(credits("t2.micro", None).await, None);
    assert_eq!(credits("m5.large", Some("standard")).await, None);
}

#[tokio::test]
async fn market_and_placement_and_the_rest_are_asked_for() {
    let machine = Machine::new();
    machine.fake.on("RunInstances", |_| launched());
    let config = Instance {
        tenancy: "host".into(),
        host_id: "h-1".into(),
        hibernation: true.into(),
        monitoring: true.into(),
        placement_group: "near".into(),
        placement_partition_number: 2.into(),
        instance_initiated_shutdown_behavior: "terminate".into(),
        disable_api_stop: true.into(),
        enclave_options: Blocks::one(InstanceEnclaveOptions { enabled: true.into() }),
        cpu_options: Blocks::one(InstanceCpuOptions {
            core_count: 2.into(),
            threads_per_core: 1.into(),
            ..InstanceCpuOptions::default()
        }),
        maintenance_options: Blocks::one(InstanceMaintenanceOptions {
            auto_recovery: "disabled".into(),
        }),
        instance_market_options: Blocks::one(InstanceInstanceMarketOptions {
            market_type: "spot".into(),
            spot_options: Blocks::one(InstanceSpotOptions {
                spot_instance_type: "persistent".into(),
                instance_interruption_behavior: "stop".into(),
                max_price: "0.05".into(),
                valid_until: "2027-01-02T03:04:05Z".into(),
            }),
        }),
        ..plain()
    };
    let made = launch(&machine, config).await.unwrap_or_else(|e| panic!("{e}"));
    for (name, value) in [
        ("Placement.Tenancy", "host"),
        ("Placement.HostId", "h-1"),
        ("Placement.GroupName", "near"),
        ("Placement.PartitionNumber", "2"),
        ("HibernationOptions.Configured", "true"),
        ("Monitoring.Enabled", "true"),
        ("InstanceInitiatedShutdownBehavior", "terminate"),
        ("DisableApiStop", "true"),
        ("EnclaveOptions.Enabled", "true"),
        ("CpuOptions.CoreCount", "2"),
        ("CpuOptions.ThreadsPerCore", "1"),
        ("MaintenanceOptions.AutoRecovery", "disabled"),
        ("InstanceMarketOptions.MarketType", "spot"),
        ("InstanceMarketOptions.SpotOptions.SpotInstanceType", "persistent"),
        ("InstanceMarketOptions.SpotOptions.InstanceInterruptionBehavior", "stop"),
        ("InstanceMarketOptions.SpotOptions.MaxPrice", "0.05"),
        ("InstanceMarketOptions.SpotOptions.ValidUntil", "2027-01-02T03:04:05Z"),
    ] {
        assert_eq!(made[0].param(name), Some(value), "{name}");
    }
}

#[tokio::test]
async fn devices_and_interfaces_are_asked_for() {
    let machine = Machine::new();
    machine.fake.on("RunInstances", |_| launched());
    // The image names a root device that it does not have: its first one it is.
    machine.fake.on("DescribeImages", |_| {
        Answer::xml(
            "<DescribeImagesResponse><imagesSet><item><imageId>ami-1</imageId>\
             <rootDeviceName>/dev/sda1</rootDeviceName><rootDeviceType>ebs</rootDeviceType>\
             <blockDeviceMapping><item><deviceName>/dev/sda</deviceName></item>\
             </blockDeviceMapping></item></imagesSet></DescribeImagesResponse>",
        )
    });
    let config = Instance {
        root_block_device: Blocks::one(InstanceRootBlockDevice {
            volume_size: 20.into(),
            volume_type: "gp3".into(),
            ..InstanceRootBlockDevice::default()
        }),
        ephemeral_block_device: vec![InstanceEphemeralBlockDevice {
            device_name: "/dev/sdb".into(),
            virtual_name: "ephemeral0".into(),
            no_device: false.into(),
        }]
        .into(),
        network_interface: vec![InstanceNetworkInterface {
            device_index: 0.into(),
            network_interface_id: "eni-1".into(),
            delete_on_termination: false.into(),
            network_card_index: 0.into(),
        }]
        .into(),
        volume_tags: Attr::Known([("a".to_owned(), "b".to_owned())].into()),
        source_dest_check: Attr::Null,
        ..plain()
    };
    let made = launch(&machine, config).await.unwrap_or_else(|e| panic!("{e}"));
    for (name, value) in [
        ("BlockDeviceMapping.1.DeviceName", "/dev/sdb"),
        ("BlockDeviceMapping.1.VirtualName", "ephemeral0"),
        ("BlockDeviceMapping.2.DeviceName", "/dev/sda"),
        ("BlockDeviceMapping.2.Ebs.VolumeSize", "20"),
        ("NetworkInterface.1.NetworkInterfaceId", "eni-1"),
        ("NetworkInterface.1.DeviceIndex", "0"),
        ("TagSpecification.1.ResourceType", "volume"),
    ] {
        assert_eq!(made[0].param(name), Some(value), "{name}");
    }
}

#[tokio::test]
async fn an_instance_that_ends_while_it_starts_says_why() {
    let machine = Machine::new();
    machine.fake.on("RunInstances", |_| launched());
    machine.set("instanceState", "<code>48</code><name>terminated</name>");
    machine.set(
        "stateReason",
        "<code>Client.InternalError</code><message>Client error on launch</message>",
    );
    let failed = launch(&machine, plain()).await;
    assert!(failed.is_err_and(|e| e.contains("Client.InternalError: Client error on launch")));
}
