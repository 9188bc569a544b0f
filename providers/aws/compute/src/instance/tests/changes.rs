//! Changes in place.

use super::*;

#[tokio::test]
async fn groups_are_changed_at_the_first_interface() {
    let machine = Machine::new();
    machine.on("ModifyNetworkInterfaceAttribute", "", "");
    let prior =
        Instance { vpc_security_group_ids: Attr::set_of(["sg-1"]), ..machine.fresh().await };
    let made =
        machine.change(&prior, |i| i.vpc_security_group_ids = Attr::set_of(["sg-2", "sg-3"]));
    let made = made.await.unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(told(&made, "NetworkInterfaceId"), ["ModifyNetworkInterfaceAttribute eni-1"]);
    assert_eq!(made[0].params_of("SecurityGroupId."), ["sg-2", "sg-3"]);
    let none = machine.change(&prior, |i| i.vpc_security_group_ids = Attr::set_of([""; 0])).await;
    assert!(none.is_err_and(|e| e.contains("at least one security group")));
}

#[tokio::test]
async fn monitoring_is_turned_on_and_off() {
    let machine = Machine::new();
    machine.on("MonitorInstances", "monitoring", "<state>pending</state>");
    machine.on("UnmonitorInstances", "monitoring", "<state>disabled</state>");
    let off = machine.fresh().await;
    let made = machine.change(&off, |i| i.monitoring = true.into()).await.unwrap_or_default();
    assert_eq!(told(&made, "InstanceId.1"), ["MonitorInstances i-1"]);
    let on = machine.fresh().await;
    assert_eq!(on.monitoring, true.into());
    let made = machine.change(&on, |i| i.monitoring = false.into()).await.unwrap_or_default();
    assert_eq!(told(&made, "InstanceId.1"), ["UnmonitorInstances i-1"]);
}

#[tokio::test]
async fn the_type_is_changed_while_the_instance_is_stopped() {
    let machine = Machine::new();
    machine.on("ModifyInstanceAttribute", "instanceType", "m5.xlarge");
    let prior = machine.fresh().await;
    let made = machine.change(&prior, |i| i.instance_type = "m5.xlarge".into()).await;
    let made = made.unwrap_or_else(|e| panic!("{e}"));
    let expected = ["StopInstances -", "ModifyInstanceAttribute m5.xlarge", "StartInstances -"];
    assert_eq!(told(&made, "InstanceType.Value"), expected);
    // What a change that broke off left stopped runs again afterwards.
    machine.set("instanceState", "<code>80</code><name>stopped</name>");
    let prior = machine.fresh().await;
    let made = machine.change(&prior, |i| i.instance_type = "m5.large".into()).await;
    let made = made.unwrap_or_else(|e| panic!("{e}"));
    let expected = ["ModifyInstanceAttribute m5.large", "StartInstances -"];
    assert_eq!(told(&made, "InstanceType.Value"), expected);
}

#[tokio::test]
async fn user_data_are_changed_while_the_instance_is_stopped() {
    let machine = Machine::new();
    machine.on("ModifyInstanceAttribute", "", "");
    let prior = machine.fresh().await;
    let made = machine.change(&prior, |i| i.user_data = "#!/bin/sh\n".into()).await;
    let made = made.unwrap_or_else(|e| panic!("{e}"));
    let expected =
        ["StopInstances -", "ModifyInstanceAttribute IyEvYmluL3NoCg==", "StartInstances -"];
    assert_eq!(told(&made, "UserData.Value"), expected);
}

#[tokio::test]
async fn capacity_reservations_are_changed_while_the_instance_is_stopped() {
    let machine = Machine::new();
    machine.on("ModifyInstanceCapacityReservationAttributes", "", "");
    let prior = machine.fresh().await;
    let wanted = InstanceCapacityReservationSpecification {
        capacity_reservation_preference: "none".into(),
        ..InstanceCapacityReservationSpecification::default()
    };
    let made = machine.change(&prior, |i| {
        i.capacity_reservation_specification = Blocks::one(wanted);
    });
    let made = made.await.unwrap_or_else(|e| panic!("{e}"));
    let name = "CapacityReservationSpecification.CapacityReservationPreference";
    let expected =
        ["StopInstances -", "ModifyInstanceCapacityReservationAttributes none", "StartInstances -"];
    assert_eq!(told(&made, name), expected);
}

#[tokio::test]
async fn profiles_are_replaced_or_taken_off_and_put_on() {
    let profile = |name: &str| format!("<arn>arn:aws:iam::1:instance-profile/{name}</arn>");
    let machine = Machine::new();
    machine.set("iamInstanceProfile", &profile("old"));
    machine.fake.on("DescribeIamInstanceProfileAssociations", |_| {
        Answer::xml(
            "<DescribeIamInstanceProfileAssociationsResponse><iamInstanceProfileAssociationSet>\
             <item><associationId>iip-1</associationId><state>associated</state></item>\
             </iamInstanceProfileAssociationSet></DescribeIamInstanceProfileAssociationsResponse>",
        )
    });
    let now = "<arn>arn:aws:iam::1:instance-profile/new</arn>";
    machine.on("ReplaceIamInstanceProfileAssociation", "iamInstanceProfile", now);
    machine.on("AssociateIamInstanceProfile", "iamInstanceProfile", now);
    machine.on("DisassociateIamInstanceProfile", "iamInstanceProfile", "");
    let prior = machine.fresh().await;
    assert_eq!(prior.iam_instance_profile.text(), "old");
    let wanted = |i: &mut Instance| i.iam_instance_profile = "new".into();
    let made = machine.change(&prior, wanted).await.unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(told(&made, "AssociationId"), ["ReplaceIamInstanceProfileAssociation iip-1"]);
    let stopped = Instance { instance_state: "stopped".into(), ..prior.clone() };
    let made = machine.change(&stopped, wanted).await.unwrap_or_else(|e| panic!("{e}"));
    let expected = ["DisassociateIamInstanceProfile iip-1", "AssociateIamInstanceProfile -"];
    assert_eq!(told(&made, "AssociationId"), expected);
    let made = machine.change(&prior, |i| i.iam_instance_profile = Attr::Null).await;
    let made = made.unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(told(&made, "AssociationId"), ["DisassociateIamInstanceProfile iip-1"]);
}

#[tokio::test]
async fn without_its_endpoint_nothing_is_said_of_metadata() {
    let machine = Machine::new();
    machine.on(
        "ModifyInstanceMetadataOptions",
        "metadataOptions",
        "<state>applied</state><httpEndpoint>disabled</httpEndpoint>",
    );
    let options = |endpoint: &str| InstanceMetadataOptions {
        http_endpoint: endpoint.into(),
        http_protocol_ipv6: "disabled".into(),
        http_tokens: "required".into(),
        http_put_response_hop_limit: 2.into(),
        instance_metadata_tags: "enabled".into(),
    };
    let prior = machine.fresh().await;
    let of = |endpoint: &str| {
        let wanted = options(endpoint);
        machine.change(&prior, move |i| i.metadata_options = Blocks::one(wanted))
    };
    let made = of("disabled").await.unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(told(&made, "HttpEndpoint"), ["ModifyInstanceMetadataOptions disabled"]);
    assert_eq!(
        (made[0].param("HttpTokens"), made[0].param("HttpPutResponseHopLimit")),
        (None, None)
    );
    // Types that know no tags among the metadata get the rest.
    machine.fake.once("ModifyInstanceMetadataOptions", |_| {
        Answer::ec2_error(400, "UnsupportedOperation", "InstanceMetadataTags is not supported.")
    });
    let made = of("enabled").await.unwrap_or_else(|e| panic!("{e}"));
    let tags = ["ModifyInstanceMetadataOptions enabled", "ModifyInstanceMetadataOptions -"];
    assert_eq!(told(&made, "InstanceMetadataTags"), tags);
    assert_eq!(made[1].param("HttpTokens"), Some("required"));
}

#[tokio::test]
async fn options_are_changed_one_by_one() {
    let machine = Machine::new();
    machine.on("ModifyInstanceCreditSpecification", "", "");
    machine.on(
        "ModifyInstanceMaintenanceOptions",
        "maintenanceOptions",
        "<autoRecovery>disabled</autoRecovery>",
    );
    machine.on("ModifyPrivateDnsNameOptions", "", "");
    machine.set("privateDnsNameOptions", "<hostnameType>ip-name</hostnameType>");
    let prior = machine.fresh().await;
    let made = machine.change(&prior, |i| {
        i.credit_specification =
            Blocks::one(InstanceCreditSpecification { cpu_credits: "standard".into() });
        i.maintenance_options =
            Blocks::one(InstanceMaintenanceOptions { auto_recovery: "disabled".into() });
        i.private_dns_name_options = Blocks::one(InstancePrivateDnsNameOptions {
            hostname_type: "resource-name".into(),
            ..InstancePrivateDnsNameOptions::default()
        });
    });
    let made = made.await.unwrap_or_else(|e| panic!("{e}"));
    let expected = [
        "ModifyInstanceCreditSpecification -",
        "ModifyInstanceMaintenanceOptions -",
        "ModifyPrivateDnsNameOptions resource-name",
    ];
    assert_eq!(told(&made, "PrivateDnsHostnameType"), expected);
    assert_eq!(made[0].param("InstanceCreditSpecification.1.CpuCredits"), Some("standard"));
    assert!(made[0].param("ClientToken").is_some_and(|token| !token.is_empty()));
    assert_eq!(made[2].param("EnableResourceNameDnsARecord"), None);
}

#[tokio::test]
async fn addresses_come_and_go_at_the_first_interface() {
    let machine = Machine::new();
    for operation in [
        "AssignPrivateIpAddresses",
        "UnassignPrivateIpAddresses",
        "AssignIpv6Addresses",
        "UnassignIpv6Addresses",
    ] {
        machine.on(operation, "", "");
    }
    let prior = Instance {
        secondary_private_ips: Attr::set_of(["10.0.0.5"]),
        ipv6_address_count: 2.into(),
        ipv6_addresses: Attr::list_of(["fd00::1", "fd00::2"]),
        ..machine.fresh().await
    };
    let made = machine.change(&prior, |i| {
        i.secondary_private_ips = Attr::set_of(["10.0.0.6"]);
        i.ipv6_address_count = 1.into();
    });
    let made = made.await.unwrap_or_else(|e| panic!("{e}"));
    let expected = [
        "UnassignPrivateIpAddresses 10.0.0.5",
        "AssignPrivateIpAddresses 10.0.0.6",
        "UnassignIpv6Addresses -",
    ];
    assert_eq!(told(&made, "PrivateIpAddress.1"), expected);
    assert_eq!(made[2].params_of("Ipv6Addresses."), ["fd00::2"]);
    let made = machine.change(&prior, |i| i.ipv6_address_count = 3.into()).await;
    let made = made.unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(told(&made, "Ipv6AddressCount"), ["AssignIpv6Addresses 1"]);
}

#[tokio::test]
async fn interfaces_of_their_own_say_what_they_check() {
    let machine = Machine::new();
    machine.on("ModifyInstanceAttribute", "", "");
    machine.on("ModifyNetworkInterfaceAttribute", "", "");
    let prior = machine.fresh().await;
    let made = machine.change(&prior, |i| i.source_dest_check = true.into()).await;
    let made = made.unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(told(&made, "SourceDestCheck.Value"), ["ModifyInstanceAttribute true"]);
    machine.fake.once("ModifyInstanceAttribute", |_| {
        let message = "There are multiple interfaces attached to instance 'i-1'.";
        Answer::ec2_error(400, "InvalidInstanceID", message)
    });
    let made = machine.change(&prior, |i| i.source_dest_check = true.into()).await;
    let made = made.unwrap_or_else(|e| panic!("{e}"));
    let expected = ["ModifyInstanceAttribute -", "ModifyNetworkInterfaceAttribute eni-1"];
    assert_eq!(told(&made, "NetworkInterfaceId"), expected);
    let own = Instance {
        network_interface: vec![InstanceNetworkInterface {
            device_index: 0.into(),
            network_interface_id: "eni-1".into(),
            ..InstanceNetworkInterface::default()
        }]
        .into(),
        ..prior
    };
    let made = machine.change(&own, |i| i.source_dest_check = true.into()).await;
    assert_eq!(made.map(|made| made.len()), Ok(0));
}

#[tokio::test]
async fn spot_instances_have_no_protection_to_change() {
    let machine = Machine::new();
    machine.fake.on("ModifyInstanceAttribute", |_| {
        let message = "disableApiTermination is not supported for spot instances.";
        Answer::ec2_error(400, "UnsupportedOperation", message)
    });
    let prior = machine.fresh().await;
    let made = machine.change(&prior, |i| i.disable_api_termination = true.into()).await;
    assert_eq!(made.map(|made| made.len()), Ok(1));
}

#[tokio::test]
async fn volumes_are_changed_with_what_their_type_takes() {
    let machine = Machine::new();
    machine.on("ModifyVolume", "", "");
    machine.fake.on("DescribeVolumesModifications", |_| {
        Answer::xml(
            "<DescribeVolumesModificationsResponse><volumeModificationSet><item>\
             <modificationState>optimizing</modificationState></item></volumeModificationSet>\
             </DescribeVolumesModificationsResponse>",
        )
    });
    // The answer to the first request gets lost, and EC2 is at it when the second comes.
    machine.fake.once("ModifyVolume", |_| Answer::lost());
    machine.fake.once("ModifyVolume", |_| {
        Answer::ec2_error(400, "IncorrectModificationState", "Modification is in progress.")
    });
    let prior = machine.fresh().await;
    let change = |size: i64, kind: &'static str| {
        move |i: &mut Instance| {
            let mut root = i.root_block_device[0].clone();
            root.volume_size = size.into();
            root.volume_type = kind.into();
            root.iops = 4000.into();
            root.throughput = 250.into();
            i.root_block_device = Blocks::one(root);
        }
    };
    let made = machine.change(&prior, change(20, "gp3")).await.unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(told(&made, "Size"), ["ModifyVolume 20", "ModifyVolume 20"]);
    assert_eq!((made[0].param("Iops"), made[0].param("Throughput")), (Some("4000"), Some("250")));
    let made = machine.change(&prior, change(8, "gp2")).await.unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(told(&made, "VolumeType"), ["ModifyVolume gp2"]);
    assert_eq!((made[0].param("Iops"), made[0].param("Throughput")), (None, None));
}
