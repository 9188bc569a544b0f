//! Changes of instances in place.

mod devices;
mod network;
mod options;

use std::time::Duration;

use aws_sdk_ec2::primitives::Blob;
use aws_sdk_ec2::types as api;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use groma_aws_core::{Aws, Error, Outcome as _, Progress, TagChange, retry, wait};
use groma_aws_network::ec2::{change_tags, ec2};
use groma_aws_network::rules::set;
use groma_sdk::{Attr, Context, Diagnostic, Diagnostics};

use super::WHAT;
use super::model::*;
use super::record::{Seen, instances};
use super::request;

pub(super) use devices::device_tags;

/// Waits until an instance is in a state.
pub(super) async fn until_state(
    cx: &Context<Aws>,
    id: &str,
    wanted: api::InstanceStateName,
    limit: Duration,
) -> Result<(), Diagnostics> {
    use api::InstanceStateName as State;
    let what = format!("{WHAT} ({id}) to be {wanted}");
    until_seen(cx, id, what, limit, |seen| {
        let Some((instance, _)) = seen else {
            return Ok(match wanted {
                State::Terminated => Progress::Ready(()),
                _ => Progress::pending("not there yet"),
            });
        };
        let state = instance.state().and_then(|s| s.name()).cloned();
        match state {
            Some(state) if state == wanted => Ok(Progress::Ready(())),
            Some(State::ShuttingDown | State::Terminated) if wanted != State::Terminated => {
                let why = instance.state_reason();
                let code = why.and_then(|r| r.code()).unwrap_or("no code");
                let why = why.and_then(|r| r.message()).unwrap_or("EC2 gives no reason");
                Err(Diagnostic::error(
                    format!("waiting for {WHAT} ({id}) to be {wanted}: it terminates"),
                    format!("{code}: {why}. Mend the cause; the instance will be replaced."),
                )
                .into())
            }
            Some(state) => Ok(Progress::pending(state)),
            None => Ok(Progress::pending("of no state")),
        }
    })
    .await
}

/// Waits until what EC2 describes of an instance is as it was changed to.
async fn until_instance(
    cx: &Context<Aws>,
    id: &str,
    what: &str,
    limit: Duration,
    is: impl Fn(&api::Instance) -> bool,
) -> Result<(), Diagnostics> {
    until_seen(cx, id, format!("{WHAT} ({id}) {what}"), limit, |seen| {
        Ok(match seen {
            Some((instance, _)) if is(&instance) => Progress::Ready(()),
            Some(_) => Progress::pending("not changed yet"),
            None => Progress::pending("gone"),
        })
    })
    .await
}

async fn until_seen(
    cx: &Context<Aws>,
    id: &str,
    what: String,
    limit: Duration,
    look: impl Fn(Option<Seen>) -> Result<Progress<()>, Diagnostics>,
) -> Result<(), Diagnostics> {
    let (instances, look) = (instances(cx.client()), &look);
    wait(cx, what, limit, || async {
        let about = format!("reading {WHAT} ({id})");
        look(instances.load(id.to_owned()).await.during(about)?)
    })
    .await
}

/// Changes what differs.
pub(super) async fn apply(
    cx: &Context<Aws>,
    prior: &Instance,
    config: &Instance,
    planned: &Instance,
    limit: Duration,
) -> Result<(), Diagnostics> {
    let id = prior.id.text();
    tags(cx, prior, planned).await?;
    profile(cx, prior, planned, limit).await?;
    network::change(cx, id, prior, planned).await?;
    stopped(cx, id, prior, config, planned, limit).await?;
    attributes(cx, id, prior, planned).await?;
    options::change(cx, id, prior, planned, limit).await?;
    devices::change(cx, prior, planned, limit).await
}

async fn tags(cx: &Context<Aws>, prior: &Instance, planned: &Instance) -> Result<(), Diagnostics> {
    let aws = cx.client();
    let id = prior.id.text();
    let change = TagChange::of(aws, prior, planned);
    change_tags(cx, format!("{WHAT} ({id})"), id, &change).await?;
    let (before, after) = (prior.volume_tags.or_default(), planned.volume_tags.or_default());
    let ignored = &aws.tags().ignored;
    let change = TagChange::between(ignored, &before, &after);
    let roots = prior.root_block_device.iter().map(|d| &d.volume_id);
    let volumes = roots.chain(prior.ebs_block_device.iter().map(|d| &d.volume_id));
    for volume in volumes.filter_map(|v| v.filled()) {
        change_tags(cx, format!("EC2 EBS Volume ({volume})"), volume, &change).await?;
    }
    Ok(())
}

async fn profile(
    cx: &Context<Aws>,
    prior: &Instance,
    planned: &Instance,
    limit: Duration,
) -> Result<(), Diagnostics> {
    if planned.iam_instance_profile.is_unknown()
        || prior.iam_instance_profile.filled() == planned.iam_instance_profile.filled()
    {
        return Ok(());
    }
    let (ec2, id) = (ec2(cx.client()), prior.id.text());
    let about = format!("updating {WHAT} ({id}) IAM instance profile");
    let ask = ec2.describe_iam_instance_profile_associations();
    let ask = ask.filters(groma_aws_network::ec2::filter("instance-id", [id]));
    let there = ask.send().await.during(&about)?;
    let mut current = there
        .iam_instance_profile_associations()
        .iter()
        .filter(|a| matches!(a.state().map(|s| s.as_str()), Some("associated" | "associating")))
        .find_map(|a| a.association_id());
    // The profile of an instance that does not run cannot be replaced, only taken off and put on.
    let runs = matches!(prior.instance_state.text(), "" | "running" | "pending");
    let wanted = planned.iam_instance_profile.filled();
    if let Some(association) = current.filter(|_| wanted.is_none() || !runs) {
        let ask = ec2.disassociate_iam_instance_profile().association_id(association);
        ask.send().await.during(&about)?;
        current = None;
    }
    if let Some(name) = wanted {
        put_profile(cx, id, current, name).await.during(&about)?;
    }
    until_instance(cx, id, "to have its IAM instance profile", limit, |i| {
        let arn = i.iam_instance_profile().and_then(|p| p.arn());
        arn.and_then(|arn| arn.rsplit('/').next()) == wanted
    })
    .await
}

async fn put_profile(
    cx: &Context<Aws>,
    id: &str,
    current: Option<&str>,
    name: &str,
) -> Result<(), Error> {
    let ec2 = ec2(cx.client());
    let profile = api::IamInstanceProfileSpecification::builder().name(name).build();
    let early = |e: &Error| e.says("InvalidParameterValue", "Invalid IAM Instance Profile");
    let known = "an IAM instance profile to be known".to_owned();
    retry(cx, known, Duration::from_secs(120), early, || async {
        match current {
            Some(association) => {
                let ask = ec2.replace_iam_instance_profile_association();
                let ask = ask.association_id(association).iam_instance_profile(profile.clone());
                ask.send().await.typed().map(drop)
            }
            None => {
                let ask = ec2.associate_iam_instance_profile().instance_id(id);
                ask.iam_instance_profile(profile.clone()).send().await.typed().map(drop)
            }
        }
    })
    .await
}

/// What can be changed only while the instance does not run.
async fn stopped(
    cx: &Context<Aws>,
    id: &str,
    prior: &Instance,
    config: &Instance,
    planned: &Instance,
    limit: Duration,
) -> Result<(), Diagnostics> {
    let ec2 = ec2(cx.client());
    let kind = planned.instance_type.filled().filter(|t| Some(*t) != prior.instance_type.filled());
    let data = (set(&config.user_data) || set(&config.user_data_base64))
        && (prior.user_data.filled() != planned.user_data.filled()
            || prior.user_data_base64.filled() != planned.user_data_base64.filled());
    let reservation = options::reservation(prior, planned);
    if kind.is_none() && !data && reservation.is_none() {
        return Ok(());
    }
    if prior.instance_state.text() != "stopped" {
        let ask = ec2.stop_instances().instance_ids(id);
        ask.send().await.during(format!("stopping {WHAT} ({id})"))?;
        until_state(cx, id, api::InstanceStateName::Stopped, limit).await?;
    }
    if let Some(kind) = kind {
        let kind = api::AttributeValue::builder().value(kind).build();
        let ask = ec2.modify_instance_attribute().instance_id(id).instance_type(kind);
        ask.send().await.during(format!("updating {WHAT} ({id}) type"))?;
    }
    if data {
        let bytes = request::user_data(config).and_then(|d| STANDARD.decode(d).ok());
        let blob = api::BlobAttributeValue::builder().value(Blob::new(bytes.unwrap_or_default()));
        let ask = ec2.modify_instance_attribute().instance_id(id).user_data(blob.build());
        ask.send().await.during(format!("updating {WHAT} ({id}) user data"))?;
    }
    if let Some(reservation) = reservation {
        let ask = ec2.modify_instance_capacity_reservation_attributes().instance_id(id);
        ask.capacity_reservation_specification(reservation)
            .send()
            .await
            .during(format!("updating {WHAT} ({id}) capacity reservation"))?;
    }
    // An instance that was stopped may be so because a change like this broke off. It is started as the
    // released provider starts it; the change may not be known everywhere yet.
    let early =
        |e: &Error| e.says("InvalidParameterValue", "LaunchPlan instance type does not match");
    let known = format!("{WHAT} ({id}) to be startable");
    let started = retry(cx, known, limit, early, || async {
        ec2.start_instances().instance_ids(id).send().await.typed()
    });
    started.await.during(format!("starting {WHAT} ({id})"))?;
    until_state(cx, id, api::InstanceStateName::Running, limit).await
}

async fn attributes(
    cx: &Context<Aws>,
    id: &str,
    prior: &Instance,
    planned: &Instance,
) -> Result<(), Diagnostics> {
    let ec2 = ec2(cx.client());
    let changed = |before: &Attr<bool>, after: &Attr<bool>| {
        let value = || api::AttributeBooleanValue::builder().value(after.is_true()).build();
        (after.is_known() && before.is_true() != after.is_true()).then(value)
    };
    let ask = || ec2.modify_instance_attribute().instance_id(id);
    let behavior = planned
        .instance_initiated_shutdown_behavior
        .filled()
        .filter(|b| Some(*b) != prior.instance_initiated_shutdown_behavior.filled());
    let stop = changed(&prior.disable_api_stop, &planned.disable_api_stop);
    let termination = changed(&prior.disable_api_termination, &planned.disable_api_termination);
    let requests = [
        stop.map(|v| ask().disable_api_stop(v)),
        termination.map(|v| ask().disable_api_termination(v)),
        behavior.map(|v| {
            ask().instance_initiated_shutdown_behavior(
                api::AttributeValue::builder().value(v).build(),
            )
        }),
    ];
    for request in requests.into_iter().flatten() {
        let about = format!("updating {WHAT} ({id}) attributes");
        unless_spot(request.send().await.typed()).during(about)?;
    }
    if planned.monitoring.is_known() && prior.monitoring.is_true() != planned.monitoring.is_true() {
        let about = format!("updating {WHAT} ({id}) monitoring");
        match planned.monitoring.is_true() {
            true => {
                ec2.monitor_instances().instance_ids(id).send().await.during(about).map(drop)?
            }
            false => {
                ec2.unmonitor_instances().instance_ids(id).send().await.during(about).map(drop)?;
            }
        }
    }
    Ok(())
}

/// Spot instances have no protection, which leaves nothing to change.
fn unless_spot<T>(done: Result<T, Error>) -> Result<(), Error> {
    match done {
        Err(e) if !e.says("UnsupportedOperation", "not supported for spot instances") => Err(e),
        _ => Ok(()),
    }
}

/// Takes the protection off an instance that is to be terminated.
pub(super) async fn unprotect(cx: &Context<Aws>, id: &str) -> Result<(), Diagnostics> {
    let off = api::AttributeBooleanValue::builder().value(false).build();
    let ask = ec2(cx.client()).modify_instance_attribute().instance_id(id);
    let done = ask.disable_api_termination(off).send().await.typed();
    match unless_spot(done) {
        Err(e) if e.is_not_found() => Ok(()),
        done => done.during(format!("taking the termination protection off {WHAT} ({id})")),
    }
}
