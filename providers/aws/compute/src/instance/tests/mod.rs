//! Instances at the level of requests and answers, for what no emulator serves: monitoring, spot
//! instances, passwords, capacity reservations, profiles of stopped instances, groups of interfaces.

mod changes;
mod launch;
mod plan;

use std::sync::{Arc, Mutex, PoisonError};

use groma_aws_core::TagMap;
use groma_aws_core::testing::{Answer, Fake, Request};
use groma_sdk::{Attr, Blocks};

use super::model::*;
use super::*;

/// The account that ARNs have.
const CALLER: &str = "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>1</Account>\
                      </GetCallerIdentityResult></GetCallerIdentityResponse>";

/// What EC2 describes of the instance `i-1`, in XML, which tests change as they go.
#[derive(Clone)]
struct Machine {
    fake: Fake,
    parts: Arc<Mutex<Vec<(&'static str, String)>>>,
}

impl Machine {
    /// A running instance with one interface and a root volume.
    fn new() -> Machine {
        let fake = Fake::new();
        let parts = vec![
            ("instanceId", "i-1".to_owned()),
            ("imageId", "ami-1".to_owned()),
            ("instanceType", "m5.large".to_owned()),
            ("vpcId", "vpc-1".to_owned()),
            ("rootDeviceName", "/dev/xvda".to_owned()),
            ("instanceState", "<code>16</code><name>running</name>".to_owned()),
            (
                "networkInterfaceSet",
                "<item><networkInterfaceId>eni-1</networkInterfaceId><subnetId>subnet-1</subnetId>\
                 <sourceDestCheck>false</sourceDestCheck><attachment><deviceIndex>0</deviceIndex>\
                 <deleteOnTermination>true</deleteOnTermination></attachment></item>"
                    .to_owned(),
            ),
            (
                "blockDeviceMapping",
                "<item><deviceName>/dev/xvda</deviceName><ebs><volumeId>vol-1</volumeId>\
                 <deleteOnTermination>true</deleteOnTermination></ebs></item>"
                    .to_owned(),
            ),
        ];
        let machine = Machine { fake, parts: Arc::new(Mutex::new(parts)) };
        machine.serve();
        machine
    }

    fn serve(&self) {
        let fake = &self.fake;
        let this = self.clone();
        fake.on("DescribeInstances", move |_| Answer::xml(this.described()));
        fake.on("GetCallerIdentity", |_| Answer::xml(CALLER));
        fake.on("DescribeVpcs", |_| {
            Answer::xml(
                "<DescribeVpcsResponse><vpcSet><item><vpcId>vpc-1</vpcId></item></vpcSet>\
                 </DescribeVpcsResponse>",
            )
        });
        fake.on("DescribeVolumes", |_| {
            Answer::xml(
                "<DescribeVolumesResponse><volumeSet><item><volumeId>vol-1</volumeId><size>8</size>\
                 <volumeType>gp3</volumeType><iops>3000</iops><throughput>125</throughput></item>\
                 </volumeSet></DescribeVolumesResponse>",
            )
        });
        fake.on("DescribeInstanceAttribute", |_| {
            Answer::xml(
                "<DescribeInstanceAttributeResponse><instanceId>i-1</instanceId>\
                 </DescribeInstanceAttributeResponse>",
            )
        });
        let this = self.clone();
        fake.on("StopInstances", move |_| {
            this.set("instanceState", "<code>80</code><name>stopped</name>");
            done("StopInstances")
        });
        let this = self.clone();
        fake.on("StartInstances", move |_| {
            this.set("instanceState", "<code>16</code><name>running</name>");
            done("StartInstances")
        });
        let this = self.clone();
        fake.on("TerminateInstances", move |_| {
            this.set("instanceState", "<code>48</code><name>terminated</name>");
            done("TerminateInstances")
        });
    }

    /// Answers an operation with success, and changes a part of the instance.
    fn on(&self, operation: &'static str, part: &'static str, value: &'static str) {
        let this = self.clone();
        self.fake.on(operation, move |_| {
            if !part.is_empty() {
                this.set(part, value);
            }
            done(operation)
        });
    }

    fn set(&self, name: &'static str, value: &str) {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts.retain(|(n, _)| *n != name);
        parts.push((name, value.to_owned()));
    }

    fn described(&self) -> String {
        let parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let parts: String = parts.iter().map(|(n, v)| format!("<{n}>{v}</{n}>")).collect();
        format!(
            "<DescribeInstancesResponse><reservationSet><item><instancesSet><item>{parts}</item>\
             </instancesSet></item></reservationSet></DescribeInstancesResponse>"
        )
    }

    /// The instance as it is recorded.
    async fn read(&self, state: Instance) -> Instance {
        let cx = self.fake.context();
        match InstanceResource.read(&cx, state).await {
            Ok(Some(instance)) => instance,
            other => panic!("{other:?}"),
        }
    }

    /// The instance as it is recorded when it is read for the first time.
    async fn fresh(&self) -> Instance {
        self.read(Instance { id: "i-1".into(), ..Instance::default() }).await
    }

    /// Changes the instance; gives the requests that were not mere questions.
    async fn change(
        &self,
        prior: &Instance,
        change: impl FnOnce(&mut Instance),
    ) -> Result<Vec<Request>, String> {
        let mut planned = prior.clone();
        change(&mut planned);
        let before = self.fake.requests().len();
        let cx = self.fake.context();
        let updated = InstanceResource.update(&cx, prior.clone(), planned.clone(), planned);
        updated.await.map_err(|e| e.to_string())?;
        let asks =
            |r: &Request| r.operation.starts_with("Describe") || r.operation == "GetCallerIdentity";
        Ok(self.fake.requests().split_off(before).into_iter().filter(|r| !asks(r)).collect())
    }
}

fn done(operation: &str) -> Answer {
    Answer::xml(format!("<{operation}Response><return>true</return></{operation}Response>"))
}

/// The operations of requests, with one parameter each.
fn told(requests: &[Request], parameter: &str) -> Vec<String> {
    let one = |r: &Request| format!("{} {}", r.operation, r.param(parameter).unwrap_or("-"));
    requests.iter().map(one).collect()
}

#[test]
fn user_data_are_hashed_as_they_are() {
    assert_eq!(user_data_hash("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
    assert_eq!(user_data_hash("YWJj"), user_data_hash("abc"));
}

#[test]
fn user_data_are_sent_in_base64() {
    let of = |data: &str| {
        request::user_data(&Instance { user_data: data.into(), ..Instance::default() })
    };
    assert_eq!(of("#!/bin/sh\n").as_deref(), Some("IyEvYmluL3NoCg=="));
    assert_eq!(of("YWJj").as_deref(), Some("YWJj"));
    assert_eq!(of(""), None);
}

#[test]
fn burstable_types_are_those_with_credits() {
    assert!(["t2.micro", "t3a.large", "t4g.nano"].into_iter().all(is_burstable));
    assert!(!["trn1.2xlarge", "m5.large", "t", ""].into_iter().any(is_burstable));
}

#[tokio::test]
async fn what_is_configured_is_recorded_and_nothing_else() {
    let machine = Machine::new();
    let interface = |index: i64, id: &str| InstanceNetworkInterface {
        device_index: index.into(),
        network_interface_id: id.into(),
        ..InstanceNetworkInterface::default()
    };
    let state = Instance {
        id: "i-1".into(),
        network_interface: vec![interface(0, "eni-0"), interface(1, "eni-gone")].into(),
        ebs_block_device: vec![InstanceEbsBlockDevice {
            device_name: "/dev/xvda".into(),
            ..InstanceEbsBlockDevice::default()
        }]
        .into(),
        ..Instance::default()
    };
    let now = machine.read(state).await;
    // What was detached is no more there; what was attached instead is.
    let ids: Vec<&str> =
        now.network_interface.iter().map(|n| n.network_interface_id.text()).collect();
    assert_eq!(ids, ["eni-1"]);
    assert!(now.source_dest_check.is_null());
    // The root device, configured as one among others, is both.
    assert_eq!(now.ebs_block_device[0].volume_id.text(), "vol-1");
    assert_eq!(now.root_block_device[0].volume_size, 8.into());
    let fresh = machine.fresh().await;
    assert!(fresh.network_interface.is_empty() && fresh.ebs_block_device.is_empty());
    assert_eq!(fresh.source_dest_check, false.into());
}

#[tokio::test]
async fn passwords_are_waited_for_and_read_once() {
    let machine = Machine::new();
    let password = |data: &str| {
        let data = format!(
            "<GetPasswordDataResponse><passwordData>{data}</passwordData></GetPasswordDataResponse>"
        );
        move |_: &Request| Answer::xml(data.clone())
    };
    machine.fake.once("GetPasswordData", password(""));
    machine.fake.on("GetPasswordData", password("\nc2VjcmV0\n"));
    let state =
        Instance { id: "i-1".into(), get_password_data: true.into(), ..Instance::default() };
    let now = machine.read(state).await;
    assert_eq!(now.password_data.text(), "c2VjcmV0");
    let again = machine.read(now).await;
    assert_eq!(again.password_data.text(), "c2VjcmV0");
    assert_eq!(machine.fake.calls("GetPasswordData"), 2);
    let without = machine.read(Instance { get_password_data: false.into(), ..again }).await;
    assert_eq!(without.password_data, Attr::Null);
}

#[tokio::test]
async fn spot_instances_tell_how_they_were_asked_for_and_end_with_their_requests() {
    let machine = Machine::new();
    machine.set("instanceLifecycle", "spot");
    machine.set("spotInstanceRequestId", "sir-1");
    machine.fake.on("DescribeSpotInstanceRequests", |request| {
        assert_eq!(request.param("SpotInstanceRequestId.1"), Some("sir-1"));
        Answer::xml(
            "<DescribeSpotInstanceRequestsResponse><spotInstanceRequestSet><item>\
             <spotInstanceRequestId>sir-1</spotInstanceRequestId><spotPrice>0.050000</spotPrice>\
             <type>persistent</type><instanceInterruptionBehavior>stop</instanceInterruptionBehavior>\
             </item></spotInstanceRequestSet></DescribeSpotInstanceRequestsResponse>",
        )
    });
    let now = machine.fresh().await;
    let options = now.instance_market_options.first().cloned().unwrap_or_default();
    assert_eq!(options.market_type.text(), "spot");
    assert_eq!(options.spot_options[0].spot_instance_type.text(), "persistent");
    assert_eq!(options.spot_options[0].max_price.text(), "0.050000");
    machine.on("CancelSpotInstanceRequests", "", "");
    let deleted = InstanceResource.delete(&machine.fake.context(), now).await;
    assert!(deleted.is_ok(), "{deleted:?}");
    let cancelled = machine.fake.requests_of("CancelSpotInstanceRequests");
    assert_eq!(told(&cancelled, "SpotInstanceRequestId.1"), ["CancelSpotInstanceRequests sir-1"]);
}

#[tokio::test]
async fn protected_instances_are_destroyed_when_that_is_planned() {
    let machine = Machine::new();
    machine.on("ModifyInstanceAttribute", "", "");
    let prior = Instance { disable_api_termination: true.into(), ..machine.fresh().await };
    let deleted = InstanceResource.delete(&machine.fake.context(), prior).await;
    assert!(deleted.is_ok(), "{deleted:?}");
    let changes = machine.fake.requests_of("ModifyInstanceAttribute");
    let off = told(&changes, "DisableApiTermination.Value");
    assert_eq!(off, ["ModifyInstanceAttribute false"]);
    assert_eq!(machine.fake.calls("TerminateInstances"), 1);
}

#[tokio::test]
async fn volume_tags_are_those_of_all_volumes() {
    let machine = Machine::new();
    machine.fake.on("DescribeVolumes", |_| {
        Answer::xml(
            "<DescribeVolumesResponse><volumeSet><item><volumeId>vol-1</volumeId><tagSet><item>\
             <key>a</key><value>b</value></item></tagSet></item></volumeSet>\
             </DescribeVolumesResponse>",
        )
    });
    let tags: TagMap = [("a".to_owned(), "old".to_owned())].into();
    let state =
        Instance { id: "i-1".into(), volume_tags: Attr::Known(tags), ..Instance::default() };
    let now = machine.read(state).await;
    assert_eq!(now.volume_tags.or_default(), [("a".to_owned(), "b".to_owned())].into());
    assert!(now.root_block_device[0].tags.is_null());
    let blocks: Blocks<InstanceRootBlockDevice> = machine.fresh().await.root_block_device;
    assert_eq!(blocks[0].tags.or_default().len(), 1);
}
