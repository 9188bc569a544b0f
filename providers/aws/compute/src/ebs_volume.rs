//! `aws_ebs_volume`: a block storage volume.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_ec2::config::Config;
use aws_sdk_ec2::config::retry::RetryConfig;
use aws_sdk_ec2::types as api;
use groma_aws_core::{
    Aws, Error, Outcome as _, Progress, TagChange, checks, client_token, client_token_for, moment,
    plan_tags, record_tags, retry, tagged, wait, wanted_tags,
};
use groma_aws_network::ec2::{
    arn, change_tags, ec2, filter, found, gone, id_of, release, tag_specifications, tags_of, until,
};
use groma_aws_network::loaders;
use groma_aws_network::rules::{at_least_one, set};
use groma_sdk::model::checks::range;
use groma_sdk::{
    Attr, Blocks, Context, Diagnostic, Diagnostics, Managed, Model, Planned, Problems, async_trait,
    timeouts,
};

use crate::volumes::{Asked, modify, shrinks};

/// A block storage volume.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct EbsVolume {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(required, replace)]
    pub(crate) availability_zone: Attr<String>,
    #[attr(computed)]
    pub(crate) create_time: Attr<String>,
    #[attr(optional, computed, replace)]
    pub(crate) encrypted: Attr<bool>,
    #[attr(optional, default = false)]
    pub(crate) final_snapshot: Attr<bool>,
    #[attr(optional, computed)]
    pub(crate) iops: Attr<i64>,
    #[attr(optional, computed, replace, check = checks::arn)]
    pub(crate) kms_key_id: Attr<String>,
    #[attr(optional, replace)]
    pub(crate) multi_attach_enabled: Attr<bool>,
    #[attr(optional, replace, check = checks::arn)]
    pub(crate) outpost_arn: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) size: Attr<i64>,
    #[attr(optional, computed, replace)]
    pub(crate) snapshot_id: Attr<String>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed, check = range(125, 1000))]
    pub(crate) throughput: Attr<i64>,
    #[attr(optional, computed)]
    pub(crate) r#type: Attr<String>,
    #[block(single)]
    pub(crate) timeouts: Blocks<EbsVolumeTimeouts>,
}

timeouts! {
    /// How long operations may take.
    pub(crate) struct EbsVolumeTimeouts {
        create: Duration::from_secs(300),
        delete: Duration::from_secs(600),
        update: Duration::from_secs(300),
    }
}

tagged!(EbsVolume);

const WHAT: &str = "EC2 EBS Volume";
const ABSENT: &str = "InvalidVolume.NotFound";

pub(crate) struct EbsVolumeResource;

#[async_trait]
impl Managed<Aws> for EbsVolumeResource {
    type Model = EbsVolume;

    fn name(&self) -> &'static str {
        "aws_ebs_volume"
    }

    fn validate(&self, config: &EbsVolume, problems: &mut Problems) {
        let c = config;
        at_least_one(problems, &[("size", set(&c.size)), ("snapshot_id", set(&c.snapshot_id))]);
        let Some(kind) = c.r#type.as_str().or(c.r#type.is_null().then_some("gp2")) else { return };
        if matches!(kind, "io1" | "io2") && c.iops.is_null() {
            problems.error(
                "iops",
                "Missing required argument",
                format!("A volume of the type {kind} needs \"iops\"."),
            );
        }
        if c.multi_attach_enabled.is_true() && !matches!(kind, "io1" | "io2") {
            problems.error(
                "multi_attach_enabled",
                "Conflicting configuration arguments",
                format!("Only volumes of the types io1 and io2 have that, but this is {kind}."),
            );
        }
        if set(&c.kms_key_id) && c.encrypted.get() == Some(&false) {
            let detail = "EC2 takes a key for encrypted volumes alone. Set \"encrypted\" to true.";
            problems.error("kms_key_id", "Conflicting configuration arguments", detail);
        }
        let asked = Asked {
            kind: &c.r#type,
            usual: Some("gp2"),
            size: &c.size,
            iops: &c.iops,
            throughput: &c.throughput,
        };
        for (part, problem) in asked.problems() {
            let name = part.of_volume();
            problems.error(name, format!("Invalid value for \"{name}\""), problem);
        }
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<EbsVolume>,
    ) -> Result<(), Diagnostics> {
        plan_tags(cx, change)?;
        if let Some(prior) = change.prior.as_ref().filter(|_| !change.is_replace())
            && let Some(problem) = shrinks(&prior.size, &change.planned.size)
        {
            let mut problems = Problems::new();
            problems.error("size", "Invalid value for \"size\"", problem);
            return problems.into_result();
        }
        let (config, planned) = (&change.config, &mut change.planned);
        if let Some(prior) = &change.prior
            && prior.r#type != planned.r#type
        {
            // Another type has others.
            if !set(&config.iops) {
                planned.iops = Attr::Unknown;
            }
            if !set(&config.throughput) {
                planned.throughput = Attr::Unknown;
            }
        }
        Ok(())
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: EbsVolume,
        planned: EbsVolume,
    ) -> Result<EbsVolume, Diagnostics> {
        let aws = cx.client();
        let tags = wanted_tags(aws, &planned);
        let made = ec2(aws)
            .create_volume()
            .client_token(client_token(cx))
            .set_availability_zone(planned.availability_zone.to_filled())
            .set_encrypted(planned.encrypted.cloned())
            .set_iops(planned.iops.to_filled_i32())
            .set_kms_key_id(planned.kms_key_id.to_filled())
            .set_multi_attach_enabled(planned.multi_attach_enabled.cloned())
            .set_outpost_arn(planned.outpost_arn.to_filled())
            .set_size(planned.size.to_filled_i32())
            .set_snapshot_id(planned.snapshot_id.to_filled())
            .set_tag_specifications(tag_specifications(api::ResourceType::Volume, &tags))
            .set_throughput(planned.throughput.to_filled_i32())
            .set_volume_type(planned.r#type.filled().map(api::VolumeType::from))
            .send()
            .await
            .during("creating EC2 EBS Volume")?;
        let id = id_of(made.volume_id(), WHAT)?;
        let volume = EbsVolume { id: id.clone().into(), ..planned };
        cx.keep_model(&volume);
        let limit = EbsVolumeTimeouts::create(&volume.timeouts);
        until(cx, &loaders::volumes(aws), &id, WHAT, "to become available", limit, |volume| {
            match volume.and_then(|v| v.state) {
                Some(api::VolumeState::Available) => Ok(Progress::Ready(())),
                Some(api::VolumeState::Error) => Err(Diagnostic::error(
                    format!("creating {WHAT} ({id}): it failed"),
                    "EC2 could not create the volume, for want of a right to its KMS key as a rule.",
                )
                .into()),
                Some(state) => Ok(Progress::pending(state)),
                None => Ok(Progress::pending("not there yet")),
            }
        })
        .await?;
        found(self.read(cx, volume).await?, WHAT, &id)
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        state: EbsVolume,
    ) -> Result<Option<EbsVolume>, Diagnostics> {
        let aws = cx.client();
        let id = state.id.text().to_owned();
        let read = loaders::volumes(aws).load(id.clone()).await;
        let Some(volume) = read.during(format!("reading {WHAT} ({id})"))? else { return Ok(None) };
        let mut now = EbsVolume {
            arn: arn(aws, None, &format!("volume/{id}")).await?.into(),
            availability_zone: volume.availability_zone().into(),
            create_time: moment(volume.create_time()),
            encrypted: volume.encrypted().into(),
            iops: volume.iops().into(),
            kms_key_id: volume.kms_key_id().into(),
            multi_attach_enabled: volume.multi_attach_enabled().into(),
            outpost_arn: volume.outpost_arn().into(),
            size: volume.size().into(),
            snapshot_id: volume.snapshot_id().into(),
            throughput: volume.throughput().into(),
            r#type: volume.volume_type().map(|t| t.as_str()).into(),
            ..state
        };
        record_tags(aws, &mut now, tags_of(volume.tags()));
        Ok(Some(now))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: EbsVolume,
        _config: EbsVolume,
        planned: EbsVolume,
    ) -> Result<EbsVolume, Diagnostics> {
        let id = prior.id.text().to_owned();
        let changed = |before: &Attr<i64>, after: &Attr<i64>| {
            after.to_filled_i32().filter(|n| Some(*n) != before.to_i32())
        };
        let kind = planned.r#type.filled().filter(|t| Some(*t) != prior.r#type.filled());
        let (size, iops) =
            (changed(&prior.size, &planned.size), changed(&prior.iops, &planned.iops));
        let throughput = changed(&prior.throughput, &planned.throughput);
        if kind.is_some() || size.is_some() || iops.is_some() || throughput.is_some() {
            let request = ec2(cx.client())
                .modify_volume()
                .volume_id(&id)
                .set_iops(iops)
                .set_size(size)
                .set_throughput(throughput)
                .set_volume_type(kind.map(api::VolumeType::from));
            modify(cx, &id, request, EbsVolumeTimeouts::update(&planned.timeouts)).await?;
        }
        let change = TagChange::of(cx.client(), &prior, &planned);
        change_tags(cx, format!("{WHAT} ({id})"), &id, &change).await?;
        found(self.read(cx, planned).await?, WHAT, &id)
    }

    async fn delete(&self, cx: &Context<Aws>, prior: EbsVolume) -> Result<(), Diagnostics> {
        let (ec2, id) = (ec2(cx.client()), prior.id.text());
        let limit = EbsVolumeTimeouts::delete(&prior.timeouts);
        if prior.final_snapshot.is_true() {
            snapshot(cx, &prior, limit).await?;
        }
        release(cx, format!("{WHAT} ({id})"), limit, &["VolumeInUse"], &[ABSENT], || async {
            ec2.delete_volume().volume_id(id).send().await.typed()
        })
        .await?;
        gone(cx, &loaders::volumes(cx.client()), id, WHAT, limit, |_| true).await
    }
}

/// Keeps what is on a volume that is to go.
async fn snapshot(
    cx: &Context<Aws>,
    volume: &EbsVolume,
    limit: Duration,
) -> Result<(), Diagnostics> {
    let (ec2, id) = (ec2(cx.client()), volume.id.text());
    // Requests without a token of their own are told apart by their descriptions.
    let name = client_token_for(cx, "final snapshot");
    let description = format!("Final snapshot of {id} ({name})");
    let request = || {
        ec2.create_snapshot()
            .volume_id(id)
            .description(&description)
            .set_tag_specifications(tag_specifications(
                api::ResourceType::Snapshot,
                &volume.tags_all.or_default(),
            ))
            .customize()
            // Whoever sends it again must look first whether it is there.
            .config_override(Config::builder().retry_config(RetryConfig::disabled()))
    };
    let unsure = |e: &Error| e.is_ambiguous() || e.is_throttled();
    let what = format!("a final snapshot of {WHAT} ({id})");
    let made = retry(cx, what, limit, unsure, || async {
        let ask = ec2.describe_snapshots().filters(filter("volume-id", [id]));
        let there = ask.send().await.typed()?.snapshots.unwrap_or_default();
        match there.into_iter().find(|s| s.description() == Some(&description)) {
            Some(there) => Ok(there.snapshot_id),
            None => Ok(request().send().await.typed()?.snapshot_id),
        }
    });
    let made = made.await.during(format!("creating EBS Snapshot of {WHAT} ({id})"))?;
    let snapshot = id_of(made.as_deref(), "EBS Snapshot")?;
    wait(cx, format!("EBS Snapshot ({snapshot}) to complete"), limit, || async {
        let answer = ec2.describe_snapshots().snapshot_ids(&snapshot).send().await;
        let answer = answer.during(format!("reading EBS Snapshot ({snapshot})"))?;
        match answer.snapshots().first().and_then(|s| s.state()) {
            Some(api::SnapshotState::Completed) => Ok(Progress::Ready(())),
            Some(api::SnapshotState::Error) => Err(Diagnostic::error(
                format!("creating EBS Snapshot ({snapshot}): it failed"),
                "The volume was not deleted.",
            )
            .into()),
            Some(state) => Ok(Progress::pending(state)),
            None => Ok(Progress::pending("not there yet")),
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use groma_aws_core::testing::{Answer, Fake};

    use super::*;

    fn problems(config: &EbsVolume) -> String {
        let mut problems = Problems::new();
        config.check(&mut problems);
        EbsVolumeResource.validate(config, &mut problems);
        problems.into_diagnostics().to_string()
    }

    fn volume(kind: &str) -> EbsVolume {
        EbsVolume {
            availability_zone: "us-east-1a".into(),
            size: 10.into(),
            r#type: kind.into(),
            ..EbsVolume::default()
        }
    }

    #[test]
    fn volumes_are_asked_for_what_their_types_have() {
        assert_eq!(problems(&volume("gp3")), "");
        assert!(problems(&volume("io2")).contains("needs \"iops\""));
        let fast = EbsVolume { iops: 5001.into(), ..volume("gp3") };
        assert!(problems(&fast).contains("at most 5000 IOPS"));
        let shared = EbsVolume { multi_attach_enabled: true.into(), ..volume("gp3") };
        assert!(problems(&shared).contains("io1 and io2"));
        let key = "arn:aws:kms:us-east-1:123456789012:key/1";
        let open = EbsVolume { kms_key_id: key.into(), encrypted: false.into(), ..volume("gp3") };
        assert!(problems(&open).contains("encrypted"));
        let later = EbsVolume { iops: Attr::Unknown, r#type: Attr::Unknown, ..volume("io2") };
        assert_eq!(problems(&later), "");
        let none = EbsVolume { size: Attr::Null, ..volume("gp3") };
        assert!(problems(&none).contains("\"size\", \"snapshot_id\""));
    }

    /// Deletes a volume with a final snapshot; gives the snapshots that were made.
    async fn last_snapshots(fake: &Fake) -> (Result<(), Diagnostics>, usize) {
        fake.on("DescribeVolumes", |_| Answer::xml("<DescribeVolumesResponse/>"));
        fake.on("DeleteVolume", |_| Answer::xml("<DeleteVolumeResponse/>"));
        let prior = EbsVolume { id: "vol-1".into(), final_snapshot: true.into(), ..volume("gp3") };
        let deleted = EbsVolumeResource.delete(&fake.context(), prior).await;
        (deleted, fake.calls("CreateSnapshot"))
    }

    fn snapshots(description: &str) -> Answer {
        Answer::xml(format!(
            "<DescribeSnapshotsResponse><snapshotSet><item><snapshotId>snap-1</snapshotId>\
             <description>{description}</description><status>completed</status></item>\
             </snapshotSet></DescribeSnapshotsResponse>"
        ))
    }

    #[tokio::test]
    async fn the_last_snapshot_is_made_once_although_its_answer_gets_lost() {
        let fake = Fake::new();
        fake.once("CreateSnapshot", |_| Answer::lost());
        let made = fake.clone();
        fake.on("DescribeSnapshots", move |_| {
            // What was asked for is there, whether or not the answer came.
            let request = made.requests_of("CreateSnapshot").pop();
            snapshots(
                request
                    .and_then(|r| r.param("Description").map(str::to_owned))
                    .as_deref()
                    .unwrap_or("another"),
            )
        });
        let (deleted, calls) = last_snapshots(&fake).await;
        assert!(deleted.is_ok(), "{deleted:?}");
        assert_eq!((calls, fake.calls("DeleteVolume")), (1, 1));
    }

    #[tokio::test]
    async fn a_volume_whose_snapshot_fails_stays() {
        let fake = Fake::new();
        fake.on("CreateSnapshot", |_| {
            Answer::xml(
                "<CreateSnapshotResponse><snapshotId>snap-1</snapshotId></CreateSnapshotResponse>",
            )
        });
        fake.on("DescribeSnapshots", |_| {
            Answer::xml(
                "<DescribeSnapshotsResponse><snapshotSet><item><snapshotId>snap-1</snapshotId>\
                 <status>error</status></item></snapshotSet></DescribeSnapshotsResponse>",
            )
        });
        let (deleted, _) = last_snapshots(&fake).await;
        assert!(deleted.is_err_and(|e| e.to_string().contains("was not deleted")));
        assert_eq!(fake.calls("DeleteVolume"), 0);
    }
}
