//! `aws_volume_attachment`: ties a volume to an instance.

use std::time::Duration;

use aws_sdk_ec2::types as api;
use groma_aws_core::{Aws, Outcome as _, Progress, create_once};
use groma_aws_network::ec2::{ec2, found, hash, until};
use groma_aws_network::loaders;
use groma_sdk::{
    Attr, Blocks, Context, Diagnostic, Diagnostics, Managed, Model, async_trait, timeouts,
};

/// Ties a volume to an instance.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct VolumeAttachment {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(required, replace)]
    pub(crate) device_name: Attr<String>,
    #[attr(optional)]
    pub(crate) force_detach: Attr<bool>,
    #[attr(required, replace)]
    pub(crate) instance_id: Attr<String>,
    #[attr(optional)]
    pub(crate) skip_destroy: Attr<bool>,
    #[attr(optional)]
    pub(crate) stop_instance_before_detaching: Attr<bool>,
    #[attr(required, replace)]
    pub(crate) volume_id: Attr<String>,
    #[block(single)]
    pub(crate) timeouts: Blocks<VolumeAttachmentTimeouts>,
}

timeouts! {
    /// How long operations may take.
    pub(crate) struct VolumeAttachmentTimeouts {
        create: Duration::from_secs(300),
        delete: Duration::from_secs(300),
    }
}

const WHAT: &str = "EC2 EBS Volume Attachment";

pub(crate) struct VolumeAttachmentResource;

#[async_trait]
impl Managed<Aws> for VolumeAttachmentResource {
    type Model = VolumeAttachment;

    fn name(&self) -> &'static str {
        "aws_volume_attachment"
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: VolumeAttachment,
        planned: VolumeAttachment,
    ) -> Result<VolumeAttachment, Diagnostics> {
        let id = id_for(&planned);
        let (instance, volume) = (planned.instance_id.text(), planned.volume_id.text());
        let limit = VolumeAttachmentTimeouts::create(&planned.timeouts);
        let volumes = loaders::volumes(cx.client());
        let attached =
            until(cx, &volumes, volume, "EC2 EBS Volume", "to be attachable", limit, |v| {
                let here = v.iter().flat_map(|v| v.attachments()).any(|a| is(a, &planned));
                Ok(match v.as_ref().and_then(|v| v.state()) {
                    _ if here => Progress::Ready(true),
                    Some(api::VolumeState::Available) => Progress::Ready(false),
                    Some(api::VolumeState::InUse)
                        if v.as_ref().and_then(|v| v.multi_attach_enabled()) == Some(true) =>
                    {
                        Progress::Ready(false)
                    }
                    Some(state) => Progress::pending(state),
                    None => Progress::pending("not there yet"),
                })
            })
            .await?;
        if !attached {
            runs(cx, instance, limit).await?;
            let ask = ec2(cx.client()).attach_volume().volume_id(volume).instance_id(instance);
            let request = ask.device(planned.device_name.text()).send();
            let about = format!("attaching EC2 EBS Volume ({volume}) to EC2 Instance ({instance})");
            // Whether it is ours is seen by the device below.
            create_once(request, &["VolumeInUse", "IncorrectState"]).await.during(about)?;
        }
        let attachment = VolumeAttachment { id: id.clone().into(), ..planned.clone() };
        cx.keep_model(&attachment);
        until(cx, &volumes, volume, WHAT, "to be attached", limit, |v| {
            Ok(match v.iter().flat_map(|v| v.attachments()).find(|a| is(a, &planned)) {
                Some(a) if a.state() == Some(&api::VolumeAttachmentState::Attached) => {
                    Progress::Ready(())
                }
                Some(_) => Progress::pending("attaching"),
                None => Progress::pending("not there yet"),
            })
        })
        .await?;
        found(self.read(cx, attachment).await?, WHAT, &id)
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        state: VolumeAttachment,
    ) -> Result<Option<VolumeAttachment>, Diagnostics> {
        let volume = state.volume_id.text().to_owned();
        let read = loaders::volumes(cx.client()).load(volume.clone()).await;
        let volume = read.during(format!("reading EC2 EBS Volume ({volume})"))?;
        let there = volume.iter().flat_map(|v| v.attachments()).any(|a| is(a, &state));
        Ok(there.then_some(state))
    }

    async fn update(
        &self,
        _cx: &Context<Aws>,
        _prior: VolumeAttachment,
        _config: VolumeAttachment,
        planned: VolumeAttachment,
    ) -> Result<VolumeAttachment, Diagnostics> {
        // What can change is how it will be detached.
        Ok(planned)
    }

    async fn delete(&self, cx: &Context<Aws>, prior: VolumeAttachment) -> Result<(), Diagnostics> {
        if prior.skip_destroy.is_true() {
            return Ok(());
        }
        let ec2 = ec2(cx.client());
        let (instance, volume) = (prior.instance_id.text(), prior.volume_id.text());
        let limit = VolumeAttachmentTimeouts::delete(&prior.timeouts);
        if prior.stop_instance_before_detaching.is_true() {
            let about = format!("stopping EC2 Instance ({instance})");
            let done = ec2.stop_instances().instance_ids(instance).send().await;
            done.unless(&["InvalidInstanceID.NotFound"]).during(about)?;
            let instances = loaders::instances(cx.client());
            until(cx, &instances, instance, "EC2 Instance", "to stop", limit, |i| {
                let state = i.and_then(|i| i.state).and_then(|s| s.name);
                Ok(match state {
                    Some(api::InstanceStateName::Stopped | api::InstanceStateName::Terminated)
                    | None => Progress::Ready(()),
                    Some(state) => Progress::pending(state),
                })
            })
            .await?;
        }
        let ask = ec2.detach_volume().volume_id(volume).instance_id(instance);
        let ask = ask.device(prior.device_name.text());
        let ask = ask.set_force(prior.force_detach.is_true().then_some(true));
        let gone = ["IncorrectState", "InvalidVolume.NotFound", "InvalidAttachment.NotFound"];
        let about = format!("detaching EC2 EBS Volume ({volume}) from EC2 Instance ({instance})");
        ask.send().await.unless(&gone).during(about)?;
        let volumes = loaders::volumes(cx.client());
        until(cx, &volumes, volume, WHAT, "to be detached", limit, |v| {
            Ok(match v.iter().flat_map(|v| v.attachments()).any(|a| is(a, &prior)) {
                true => Progress::pending("detaching"),
                false => Progress::Ready(()),
            })
        })
        .await
    }

    async fn import(
        &self,
        _cx: &Context<Aws>,
        id: &str,
    ) -> Result<Option<VolumeAttachment>, Diagnostics> {
        let parts: Vec<&str> = id.split(':').collect();
        let [device, volume, instance] = parts.as_slice() else {
            return Err(Diagnostic::error(
                "Unexpected import ID",
                format!(
                    "The import ID of a volume attachment is DEVICE_NAME:VOLUME_ID:INSTANCE_ID, such \
                     as \"/dev/sdh:vol-1a2b3c:i-1a2b3c\", but is {id:?}."
                ),
            )
            .into());
        };
        let attachment = VolumeAttachment {
            device_name: (*device).into(),
            volume_id: (*volume).into(),
            instance_id: (*instance).into(),
            ..VolumeAttachment::default()
        };
        Ok(Some(VolumeAttachment { id: id_for(&attachment).into(), ..attachment }))
    }
}

fn is(there: &api::VolumeAttachment, wanted: &VolumeAttachment) -> bool {
    there.instance_id() == wanted.instance_id.as_str()
        && there.device() == wanted.device_name.as_str()
        && there.state() != Some(&api::VolumeAttachmentState::Detached)
}

/// The id of an attachment: a number made of what names it.
fn id_for(attachment: &VolumeAttachment) -> String {
    let (device, instance, volume) =
        (&attachment.device_name, &attachment.instance_id, &attachment.volume_id);
    let text = format!("{}-{}-{}-", device.text(), instance.text(), volume.text());
    format!("vai-{}", hash(&text))
}

/// Waits until an instance can have a volume.
async fn runs(cx: &Context<Aws>, instance: &str, limit: Duration) -> Result<(), Diagnostics> {
    let instances = loaders::instances(cx.client());
    until(cx, &instances, instance, "EC2 Instance", "to run", limit, |i| {
        let state = i.and_then(|i| i.state).and_then(|s| s.name);
        Ok(match state {
            Some(api::InstanceStateName::Running | api::InstanceStateName::Stopped) => {
                Progress::Ready(())
            }
            Some(state) => Progress::pending(state),
            None => Progress::pending("not there yet"),
        })
    })
    .await
}

#[cfg(test)]
mod tests {
    use groma_aws_core::testing::{Answer, Fake};

    use super::*;

    fn attachment() -> VolumeAttachment {
        VolumeAttachment {
            device_name: "/dev/sdh".into(),
            instance_id: "i-1".into(),
            volume_id: "vol-1".into(),
            ..VolumeAttachment::default()
        }
    }

    /// A volume that is attached so; not at all without a device.
    fn volume(device: &str) -> Answer {
        let there = match device {
            "" => String::new(),
            device => format!(
                "<item><instanceId>i-1</instanceId><device>{device}</device>\
                 <status>attached</status></item>"
            ),
        };
        let state = if device.is_empty() { "available" } else { "in-use" };
        Answer::xml(format!(
            "<DescribeVolumesResponse><volumeSet><item><volumeId>vol-1</volumeId>\
             <status>{state}</status><attachmentSet>{there}</attachmentSet></item></volumeSet>\
             </DescribeVolumesResponse>"
        ))
    }

    fn instance(state: &'static str) -> impl Fn(&groma_aws_core::testing::Request) -> Answer {
        move |_| {
            Answer::xml(format!(
                "<DescribeInstancesResponse><reservationSet><item><instancesSet><item>\
                 <instanceId>i-1</instanceId><instanceState><name>{state}</name></instanceState>\
                 </item></instancesSet></item></reservationSet></DescribeInstancesResponse>"
            ))
        }
    }

    #[tokio::test]
    async fn what_a_lost_answer_attached_is_attached() {
        let fake = Fake::new();
        fake.once("AttachVolume", |_| Answer::lost());
        fake.on("AttachVolume", |_| {
            Answer::ec2_error(400, "VolumeInUse", "vol-1 is already attached to an instance")
        });
        fake.on("DescribeInstances", instance("running"));
        let seen = fake.clone();
        fake.on("DescribeVolumes", move |_| match seen.calls("AttachVolume") {
            0 => volume(""),
            _ => volume("/dev/sdh"),
        });
        let cx = fake.context();
        let made = VolumeAttachmentResource.create(&cx, attachment(), attachment());
        let made = made.await.map(|a| a.id.text().to_owned());
        assert!(made.is_ok_and(|id| id.starts_with("vai-")));
        assert_eq!(fake.calls("AttachVolume"), 2);
    }

    #[tokio::test]
    async fn instances_are_stopped_and_devices_forced_off_if_asked_for() {
        let fake = Fake::new();
        fake.on("StopInstances", |_| Answer::xml("<StopInstancesResponse/>"));
        fake.on("DescribeInstances", instance("stopped"));
        fake.on("DetachVolume", |request| {
            assert_eq!(request.param("Force"), Some("true"));
            Answer::xml("<DetachVolumeResponse/>")
        });
        fake.on("DescribeVolumes", |_| volume(""));
        let prior = VolumeAttachment {
            force_detach: true.into(),
            stop_instance_before_detaching: true.into(),
            ..attachment()
        };
        let cx = fake.context();
        let deleted = VolumeAttachmentResource.delete(&cx, prior.clone()).await;
        assert!(deleted.is_ok(), "{deleted:?}");
        assert_eq!((fake.calls("StopInstances"), fake.calls("DetachVolume")), (1, 1));
        // What must stay stays.
        let kept = VolumeAttachment { skip_destroy: true.into(), ..prior };
        assert!(VolumeAttachmentResource.delete(&cx, kept).await.is_ok());
        assert_eq!(fake.calls("DetachVolume"), 1);
    }
}
