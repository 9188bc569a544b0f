//! `aws_autoscaling_traffic_source_attachment`: ties a group to a source of traffic.
//!
//! No emulator serves it: it is tested by requests and answers.

use std::time::Duration;

use groma_aws_core::{Aws, Outcome as _};
use groma_sdk::model::checks::length;
use groma_sdk::{
    Attr, Blocks, Context, Diagnostic, Diagnostics, Managed, Model, Problems, async_trait, timeouts,
};

use crate::autoscaling_group::attach::{Sources, to_source};
use crate::checks::source_type;
use crate::service::{group, is_gone};

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
    #[attr(required, replace, check = source_type)]
    pub(crate) r#type: Attr<String>,
}

timeouts! {
    /// How long operations may take.
    pub(crate) struct Timeouts {
        create: USUAL,
        delete: USUAL,
    }
}

/// The resource type.
pub(crate) struct AutoscalingTrafficSourceAttachmentResource;

type Attachment = AutoscalingTrafficSourceAttachment;

impl Attachment {
    fn source(&self) -> TrafficSource {
        self.traffic_source.first().cloned().unwrap_or_default()
    }

    fn sources(&self) -> Sources {
        let sources = self.traffic_source.iter();
        Sources::Any(sources.map(|one| to_source(&one.identifier, &one.r#type)).collect())
    }
}

#[async_trait]
impl Managed<Aws> for AutoscalingTrafficSourceAttachmentResource {
    type Model = Attachment;

    fn name(&self) -> &'static str {
        "aws_autoscaling_traffic_source_attachment"
    }

    fn validate(&self, config: &Attachment, problems: &mut Problems) {
        if config.traffic_source.is_empty() && !config.traffic_source.is_unknown() {
            problems.error(
                "traffic_source",
                "Missing required argument",
                "An attachment is of a source of traffic: add a block \"traffic_source\".",
            );
        }
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: Attachment,
        planned: Attachment,
    ) -> Result<Attachment, Diagnostics> {
        let (name, source) = (planned.autoscaling_group_name.text(), planned.source());
        let (kind, identifier) = (source.r#type.text(), source.identifier.text());
        let sources = planned.sources();
        let attached = sources.attach(cx, name).await;
        let during = format!("creating Auto Scaling Traffic Source Attachment ({identifier})");
        attached.during(during)?;
        let mut model = planned.clone();
        model.id = format!("{name},{kind},{identifier}").into();
        cx.keep_model(&model);
        sources.settled(cx, name, Timeouts::create(&planned.timeouts)).await?;
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
        let (name, sources) = (prior.autoscaling_group_name.text(), prior.sources());
        match sources.detach(cx, name).await {
            Err(e) if is_gone(&e) || e.says("ValidationError", "Trying to remove") => Ok(()),
            Err(e) => {
                let id = prior.id.text();
                Err(e.during(format!("deleting Auto Scaling Traffic Source Attachment ({id})")))
            }
            Ok(()) => sources.settled(cx, name, Timeouts::delete(&prior.timeouts)).await,
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

#[cfg(test)]
mod tests {
    use groma_aws_core::testing::{Answer, Fake};

    use super::*;

    fn lattice() -> Attachment {
        Attachment {
            autoscaling_group_name: "web".into(),
            traffic_source: Blocks::one(TrafficSource {
                identifier: "arn:tg".into(),
                r#type: "vpc-lattice".into(),
            }),
            ..Attachment::default()
        }
    }

    fn answered(what: &str, inside: &str) -> Answer {
        Answer::xml(format!(
            "<{what}Response><{what}Result>{inside}</{what}Result></{what}Response>"
        ))
    }

    fn sources(inside: &str) -> Answer {
        let sources = format!("<TrafficSources>{inside}</TrafficSources>");
        answered("DescribeTrafficSources", &sources)
    }

    const ADDING: &str =
        "<member><TrafficSource>arn:tg</TrafficSource><State>Adding</State></member>";
    const ADDED: &str =
        "<member><TrafficSource>arn:tg</TrafficSource><State>InService</State></member>";

    #[tokio::test]
    async fn a_source_is_attached_read_and_detached() {
        let fake = Fake::new();
        fake.on("AttachTrafficSources", |request| {
            assert_eq!(request.param("TrafficSources.member.1.Identifier"), Some("arn:tg"));
            assert_eq!(request.param("TrafficSources.member.1.Type"), Some("vpc-lattice"));
            answered("AttachTrafficSources", "")
        });
        fake.once("DescribeTrafficSources", |_| sources(ADDING));
        fake.once("DescribeTrafficSources", |_| sources(ADDED));
        fake.on("DescribeTrafficSources", |_| sources(""));
        fake.on("DetachTrafficSources", |_| answered("DetachTrafficSources", ""));
        fake.once("DescribeAutoScalingGroups", |_| {
            answered(
                "DescribeAutoScalingGroups",
                "<AutoScalingGroups><member><AutoScalingGroupName>web</AutoScalingGroupName>\
                 <TrafficSources><member><Identifier>arn:tg</Identifier></member></TrafficSources>\
                 </member></AutoScalingGroups>",
            )
        });
        fake.on("DescribeAutoScalingGroups", |_| answered("DescribeAutoScalingGroups", ""));
        let (cx, ty) = (fake.context(), AutoscalingTrafficSourceAttachmentResource);
        let made = ty.create(&cx, lattice(), lattice()).await;
        let expected = Attachment { id: "web,vpc-lattice,arn:tg".into(), ..lattice() };
        assert_eq!(made, Ok(expected.clone()));
        assert_eq!(ty.read(&cx, expected.clone()).await, Ok(Some(expected.clone())));
        assert_eq!(ty.delete(&cx, expected.clone()).await, Ok(()));
        assert_eq!(ty.read(&cx, expected).await, Ok(None));
        assert_eq!(fake.calls("DescribeTrafficSources"), 3);
    }

    #[tokio::test]
    async fn what_is_gone_with_its_group_is_gone() {
        let fake = Fake::new();
        fake.on("DetachTrafficSources", |_| {
            Answer::error(400, "ValidationError", "AutoScalingGroup name not found - null")
        });
        let (cx, ty) = (fake.context(), AutoscalingTrafficSourceAttachmentResource);
        assert_eq!(ty.delete(&cx, lattice()).await, Ok(()));
    }

    #[test]
    fn an_attachment_is_of_a_source() {
        let problems_of = |config: &Attachment| {
            let mut problems = Problems::new();
            config.check(&mut problems);
            AutoscalingTrafficSourceAttachmentResource.validate(config, &mut problems);
            problems.into_diagnostics().to_string()
        };
        assert_eq!(problems_of(&lattice()), "");
        let none = Attachment { traffic_source: Blocks::none(), ..lattice() };
        assert!(problems_of(&none).contains("add a block \"traffic_source\""));
        let unknown = Attachment { traffic_source: Blocks::unknown(), ..lattice() };
        assert_eq!(problems_of(&unknown), "");
    }
}
