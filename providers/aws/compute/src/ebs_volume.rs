//! `aws_ebs_volume`: a block storage volume.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_ec2::primitives::DateTimeFormat;
use aws_sdk_ec2::types as api;
use groma_aws_core::{
    Aws, Outcome as _, Progress, TagChange, checks, client_token, client_token_for, plan_tags,
    record_tags, tagged, timeout_of, wait, wanted_tags,
};
use groma_aws_network::ec2::{
    arn, change_tags, ec2, found, gone, id_of, int, release, tag_specifications, tags_of, until,
};
use groma_aws_network::loaders;
use groma_aws_network::rules::{at_least_one, set};
use groma_sdk::model::checks::range;
use groma_sdk::{
    Attr, Blocks, Context, Diagnostic, Diagnostics, Managed, Model, Planned, Problems, async_trait,
};

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

/// How long operations may take.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct EbsVolumeTimeouts {
    #[attr(optional, check = checks::duration)]
    pub(crate) create: Attr<String>,
    #[attr(optional, check = checks::duration)]
    pub(crate) delete: Attr<String>,
    #[attr(optional, check = checks::duration)]
    pub(crate) update: Attr<String>,
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
        let iops = c.iops.get().is_some_and(|n| *n > 0);
        if matches!(kind, "io1" | "io2") && c.iops.is_null() {
            problems.error(
                "iops",
                "Missing required argument",
                format!("A volume of the type {kind} needs \"iops\"."),
            );
        }
        if iops && !matches!(kind, "gp3" | "io1" | "io2") {
            problems.error(
                "iops",
                "Conflicting configuration arguments",
                format!("Volumes of the type {kind} take no \"iops\"."),
            );
        }
        if c.throughput.get().is_some_and(|n| *n > 0) && kind != "gp3" {
            problems.error(
                "throughput",
                "Conflicting configuration arguments",
                format!("Only volumes of the type gp3 take \"throughput\", but this is {kind}."),
            );
        }
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<EbsVolume>,
    ) -> Result<(), Diagnostics> {
        plan_tags(cx, change)?;
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
        let some = |n: &Attr<i64>| int(n).filter(|n| *n > 0);
        let made = ec2(aws)
            .create_volume()
            .client_token(client_token(cx))
            .set_availability_zone(planned.availability_zone.to_filled())
            .set_encrypted(planned.encrypted.cloned())
            .set_iops(some(&planned.iops))
            .set_kms_key_id(planned.kms_key_id.to_filled())
            .set_multi_attach_enabled(planned.multi_attach_enabled.cloned())
            .set_outpost_arn(planned.outpost_arn.to_filled())
            .set_size(some(&planned.size))
            .set_snapshot_id(planned.snapshot_id.to_filled())
            .set_tag_specifications(tag_specifications(api::ResourceType::Volume, &tags))
            .set_throughput(some(&planned.throughput))
            .set_volume_type(planned.r#type.filled().map(api::VolumeType::from))
            .send()
            .await
            .during("creating EC2 EBS Volume")?;
        let id = id_of(made.volume_id(), WHAT)?;
        let volume = EbsVolume { id: id.clone().into(), ..planned };
        cx.keep_model(&volume);
        let limit = timeout_of(&timeouts(&volume).create, LIMIT);
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
        let made = volume.create_time().and_then(|t| t.fmt(DateTimeFormat::DateTime).ok());
        let mut now = EbsVolume {
            arn: arn(aws, None, &format!("volume/{id}")).await?.into(),
            availability_zone: volume.availability_zone().into(),
            create_time: made.into(),
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
            int(after).filter(|n| *n > 0 && Some(*n) != int(before))
        };
        let kind = planned.r#type.filled().filter(|t| Some(*t) != prior.r#type.filled());
        let (size, iops) =
            (changed(&prior.size, &planned.size), changed(&prior.iops, &planned.iops));
        let throughput = changed(&prior.throughput, &planned.throughput);
        if kind.is_some() || size.is_some() || iops.is_some() || throughput.is_some() {
            ec2(cx.client())
                .modify_volume()
                .volume_id(&id)
                .set_iops(iops)
                .set_size(size)
                .set_throughput(throughput)
                .set_volume_type(kind.map(api::VolumeType::from))
                .send()
                .await
                .during(format!("modifying {WHAT} ({id})"))?;
            let limit = timeout_of(&timeouts(&planned).update, LIMIT);
            crate::volumes::modified(cx, &id, limit).await?;
        }
        let change = TagChange::of(cx.client(), &prior, &planned);
        change_tags(cx, format!("{WHAT} ({id})"), &id, &change).await?;
        found(self.read(cx, planned).await?, WHAT, &id)
    }

    async fn delete(&self, cx: &Context<Aws>, prior: EbsVolume) -> Result<(), Diagnostics> {
        let (ec2, id) = (ec2(cx.client()), prior.id.text());
        let limit = timeout_of(&timeouts(&prior).delete, 2 * LIMIT);
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

const LIMIT: Duration = Duration::from_secs(300);

fn timeouts(volume: &EbsVolume) -> EbsVolumeTimeouts {
    volume.timeouts.first().cloned().unwrap_or_default()
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
    let made = ec2
        .create_snapshot()
        .volume_id(id)
        .description(format!("Final snapshot of {id} ({name})"))
        .set_tag_specifications(tag_specifications(
            api::ResourceType::Snapshot,
            &volume.tags_all.or_default(),
        ))
        .send()
        .await
        .during(format!("creating EBS Snapshot of {WHAT} ({id})"))?;
    let snapshot = id_of(made.snapshot_id(), "EBS Snapshot")?;
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
