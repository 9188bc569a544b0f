//! `aws_autoscaling_traffic_source_attachment`: ties a group to a source of traffic.

use std::time::Duration;

use aws_sdk_autoscaling::types;
use groma_aws_core::checks::duration;
use groma_aws_core::{Aws, Outcome as _, timeout_of};
use groma_sdk::model::checks::length;
use groma_sdk::{Attr, Blocks, Context, Diagnostic, Diagnostics, Managed, Model, async_trait};

use crate::autoscaling_group::attach::{Kind, settled};
use crate::service::{autoscaling, group, is_gone};

/// How long it may take to add or to remove it by default.
const USUAL: Duration = Duration::from_secs(300);

/// Ties a group to a source of traffic.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct AutoscalingTrafficSourceAttachment {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(required, replace)]
    pub(crate) autoscaling_group_name: Attr<String>,
    #[block(single)]
    pub(crate) timeouts: Blocks<Timeouts>,
    #[block(list, max = 1, replace)]
    pub(crate) traffic_source: Blocks<TrafficSource>,
}

/// The `traffic_source` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct TrafficSource {
    #[attr(required, replace, check = length(1, 2048))]
    pub(crate) identifier: Attr<String>,
    #[attr(required, replace, check = length(1, 2048))]
    pub(crate) r#type: Attr<String>,
}

/// How long operations may take.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Timeouts {
    #[attr(optional, check = duration)]
    pub(crate) create: Attr<String>,
    #[attr(optional, check = duration)]
    pub(crate) delete: Attr<String>,
}

/// The resource type.
pub(crate) struct AutoscalingTrafficSourceAttachmentResource;

type Attachment = AutoscalingTrafficSourceAttachment;

impl Attachment {
    fn timeout(&self, which: impl Fn(&Timeouts) -> &Attr<String>) -> Duration {
        let configured = self.timeouts.first().map_or(Attr::Null, |t| which(t).clone());
        timeout_of(&configured, USUAL)
    }

    fn source(&self) -> TrafficSource {
        self.traffic_source.first().cloned().unwrap_or_default()
    }
}

fn to_source(source: &TrafficSource) -> types::TrafficSourceIdentifier {
    types::TrafficSourceIdentifier::builder()
        .set_identifier(source.identifier.cloned())
        .set_type(source.r#type.to_filled())
        .build()
}

#[async_trait]
impl Managed<Aws> for AutoscalingTrafficSourceAttachmentResource {
    type Model = Attachment;

    fn name(&self) -> &'static str {
        "aws_autoscaling_traffic_source_attachment"
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: Attachment,
        planned: Attachment,
    ) -> Result<Attachment, Diagnostics> {
        let (name, source) = (planned.autoscaling_group_name.text(), planned.source());
        let (kind, identifier) = (source.r#type.text(), source.identifier.text());
        let request = autoscaling(cx.client()).attach_traffic_sources();
        request
            .auto_scaling_group_name(name)
            .traffic_sources(to_source(&source))
            .send()
            .await
            .during(format!("creating Auto Scaling Traffic Source Attachment ({identifier})"))?;
        let mut model = planned.clone();
        model.id = format!("{name},{kind},{identifier}").into();
        cx.keep_model(&model);
        settled(cx, name, Kind::Sources, planned.timeout(|t| &t.create)).await?;
        Ok(model)
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        state: Attachment,
    ) -> Result<Option<Attachment>, Diagnostics> {
        let (name, source) = (state.autoscaling_group_name.text(), state.source());
        let found = group(cx.client(), name).await;
        let found = found.during(format!("reading Auto Scaling Group ({name})"))?;
        let there = found.is_some_and(|group| {
            let mut sources = group.traffic_sources().iter();
            sources.any(|one| one.identifier() == source.identifier.as_str())
        });
        Ok(there.then_some(state))
    }

    async fn update(
        &self,
        _cx: &Context<Aws>,
        _prior: Attachment,
        _config: Attachment,
        planned: Attachment,
    ) -> Result<Attachment, Diagnostics> {
        // Every change but that of a timeout makes another one.
        Ok(planned)
    }

    async fn delete(&self, cx: &Context<Aws>, prior: Attachment) -> Result<(), Diagnostics> {
        let (name, source) = (prior.autoscaling_group_name.text(), prior.source());
        let request = autoscaling(cx.client()).detach_traffic_sources();
        let request = request.auto_scaling_group_name(name).traffic_sources(to_source(&source));
        match request.send().await.typed() {
            Err(e) if is_gone(&e) || e.says("ValidationError", "Trying to remove") => Ok(()),
            Err(e) => {
                let id = prior.id.text();
                Err(e.during(format!("deleting Auto Scaling Traffic Source Attachment ({id})")))
            }
            Ok(_) => settled(cx, name, Kind::Sources, prior.timeout(|t| &t.delete)).await,
        }
    }

    async fn import(
        &self,
        _cx: &Context<Aws>,
        _id: &str,
    ) -> Result<Option<Attachment>, Diagnostics> {
        Err(Diagnostic::error(
            "resource aws_autoscaling_traffic_source_attachment doesn't support import",
            "Attaching what is attached changes nothing: create it instead.",
        )
        .into())
    }
}
