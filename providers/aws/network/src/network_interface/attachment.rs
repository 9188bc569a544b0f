//! Attaching interfaces to instances, and detaching them.

use std::time::Duration;

use aws_sdk_ec2::types as api;
use groma_aws_core::{Aws, Error, Outcome as _, Progress, retry};
use groma_sdk::{Context, Diagnostics};

use super::WHAT;
use super::model::{NetworkInterface, NetworkInterfaceAttachment};
use crate::ec2::{ec2, int, until};
use crate::loaders;

const LIMIT: Duration = Duration::from_secs(600);

/// The block for an attachment.
pub(super) fn block(there: &api::NetworkInterfaceAttachment) -> NetworkInterfaceAttachment {
    NetworkInterfaceAttachment {
        attachment_id: there.attachment_id().into(),
        device_index: there.device_index().unwrap_or_default().into(),
        instance: there.instance_id().unwrap_or_default().into(),
    }
}

/// Whether an interface is attached as wanted.
fn is(there: &api::NetworkInterfaceAttachment, wanted: &NetworkInterfaceAttachment) -> bool {
    there.instance_id() == wanted.instance.filled()
        && there.device_index() == int(&wanted.device_index)
}

/// Attaches an interface to another instance than the one it is attached to. No attachment in the
/// configuration leaves it as it is.
pub(super) async fn change(
    cx: &Context<Aws>,
    id: &str,
    prior: &NetworkInterface,
    config: &NetworkInterface,
) -> Result<(), Diagnostics> {
    let Some(wanted) = config.attachment.first() else { return Ok(()) };
    let same = |a: &NetworkInterfaceAttachment| {
        a.instance == wanted.instance && a.device_index == wanted.device_index
    };
    if prior.attachment.first().is_some_and(same) {
        return Ok(());
    }
    let read = loaders::network_interfaces(cx.client()).load(id.to_owned()).await;
    let read = read.during(format_args!("reading {WHAT} ({id})"))?;
    if let Some(there) = read {
        if there.attachment().is_some_and(|a| is(a, wanted)) {
            return Ok(());
        }
        detach(cx, id, &there).await?;
    }
    attach(cx, id, wanted).await
}

/// Attaches an interface, and waits until it is.
pub(super) async fn attach(
    cx: &Context<Aws>,
    id: &str,
    wanted: &NetworkInterfaceAttachment,
) -> Result<(), Diagnostics> {
    let (ec2, instance) = (ec2(cx.client()), wanted.instance.text());
    let interfaces = loaders::network_interfaces(cx.client());
    // An instance takes interfaces when it runs, or has stopped.
    let early = |e: &Error| e.is_any(&["IncorrectState", "IncorrectInstanceState"]);
    let what = format!("instance {instance} to take interfaces");
    let done = retry(cx, what, LIMIT, early, || async {
        ec2.attach_network_interface()
            .network_interface_id(id)
            .instance_id(instance)
            .set_device_index(int(&wanted.device_index))
            .send()
            .await
            .typed()
    });
    if let Err(e) = done.await {
        // The answer to an earlier try was lost, perhaps.
        let there = interfaces.load(id.to_owned()).await.ok().flatten();
        if !there.as_ref().and_then(|i| i.attachment()).is_some_and(|a| is(a, wanted)) {
            return Err(e.during(format_args!("attaching {WHAT} ({id}) to {instance}")));
        }
    }
    until(cx, &interfaces, id, WHAT, "to be attached", LIMIT, |there| {
        let attachment = there.as_ref().and_then(|i| i.attachment()).filter(|a| is(a, wanted));
        Ok(match attachment.map(|a| a.status()) {
            Some(None | Some(api::AttachmentStatus::Attached)) => Progress::Ready(()),
            Some(Some(status)) => Progress::pending(status),
            None => Progress::pending("not attached"),
        })
    })
    .await
}

/// Detaches an interface from whatever it is attached to, and waits until it is free.
pub(super) async fn detach(
    cx: &Context<Aws>,
    id: &str,
    there: &api::NetworkInterface,
) -> Result<(), Diagnostics> {
    let attachment = there.attachment().and_then(|a| a.attachment_id());
    let Some(attachment) = attachment else { return Ok(()) };
    let ec2 = ec2(cx.client());
    // The first interface of an instance cannot be detached, but is free when the instance is gone.
    let held = |e: &Error| e.is_any(&["OperationNotPermitted", "IncorrectState"]);
    let limit = LIMIT / 2;
    let what = format!("{WHAT} ({id}) to be detachable");
    let done = retry(cx, what, limit, held, || async {
        ec2.detach_network_interface().attachment_id(attachment).force(true).send().await.typed()
    });
    match done.await {
        Ok(_) => {}
        Err(e) if e.is_any(&["InvalidAttachmentID.NotFound", "InvalidAttachment.NotFound"]) => {}
        Err(e) => {
            return Err(e.during(format_args!("detaching {WHAT} ({id}) ({attachment})")));
        }
    }
    let interfaces = loaders::network_interfaces(cx.client());
    until(cx, &interfaces, id, WHAT, "to be detached", LIMIT, |there| {
        let status = there.as_ref().and_then(|i| i.attachment()).map(|a| a.status());
        Ok(match status {
            None | Some(Some(api::AttachmentStatus::Detached)) => Progress::Ready(()),
            Some(Some(status)) => Progress::pending(status),
            Some(None) => Progress::pending("attached"),
        })
    })
    .await
}
