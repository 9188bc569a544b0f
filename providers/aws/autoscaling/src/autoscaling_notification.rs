//! `aws_autoscaling_notification`: tells a topic what happens in groups.
//!
//! No emulator serves it: it is tested by requests and answers.

use std::collections::BTreeSet;

use groma_aws_core::checks::arn;
use groma_aws_core::{Aws, Outcome as _};
use groma_sdk::model::checks::{each, one_of};
use groma_sdk::{Attr, Context, Diagnostic, Diagnostics, Managed, Model, Set, async_trait};

use crate::checks::not_empty;
use crate::service::{autoscaling, is_gone, patiently};

/// What a topic can be told.
const KINDS: &[&str] = &[
    "autoscaling:EC2_INSTANCE_LAUNCH",
    "autoscaling:EC2_INSTANCE_LAUNCH_ERROR",
    "autoscaling:EC2_INSTANCE_TERMINATE",
    "autoscaling:EC2_INSTANCE_TERMINATE_ERROR",
    "autoscaling:TEST_NOTIFICATION",
];

/// Tells a topic what happens in groups.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct AutoscalingNotification {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(required, check = not_empty)]
    pub(crate) group_names: Attr<Set<String>>,
    #[attr(required, check = not_empty, check = each(one_of(KINDS)))]
    pub(crate) notifications: Attr<Set<String>>,
    #[attr(required, replace, check = arn)]
    pub(crate) topic_arn: Attr<String>,
}

/// The resource type.
pub(crate) struct AutoscalingNotificationResource;

#[async_trait]
impl Managed<Aws> for AutoscalingNotificationResource {
    type Model = AutoscalingNotification;

    fn name(&self) -> &'static str {
        "aws_autoscaling_notification"
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: AutoscalingNotification,
        planned: AutoscalingNotification,
    ) -> Result<AutoscalingNotification, Diagnostics> {
        let mut model = planned.clone();
        model.id = planned.topic_arn.clone();
        cx.keep_model(&model);
        put(cx, &model, model.group_names.elements()).await?;
        Ok(model)
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        state: AutoscalingNotification,
    ) -> Result<Option<AutoscalingNotification>, Diagnostics> {
        read(cx, state).await
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: AutoscalingNotification,
        _config: AutoscalingNotification,
        planned: AutoscalingNotification,
    ) -> Result<AutoscalingNotification, Diagnostics> {
        let (new, gone) = planned.group_names.changes_since(&prior.group_names);
        remove(cx, &prior, &gone).await?;
        // A call replaces all that a group tells a topic.
        let told = match prior.notifications == planned.notifications {
            true => new,
            false => planned.group_names.elements().to_vec(),
        };
        put(cx, &planned, &told).await?;
        Ok(planned)
    }

    async fn delete(
        &self,
        cx: &Context<Aws>,
        prior: AutoscalingNotification,
    ) -> Result<(), Diagnostics> {
        remove(cx, &prior, prior.group_names.elements()).await
    }

    async fn import(
        &self,
        _cx: &Context<Aws>,
        _id: &str,
    ) -> Result<Option<AutoscalingNotification>, Diagnostics> {
        Err(Diagnostic::error(
            "resource aws_autoscaling_notification doesn't support import",
            "Telling a topic what it is told already changes nothing: create it instead.",
        )
        .into())
    }
}

async fn put(
    cx: &Context<Aws>,
    model: &AutoscalingNotification,
    groups: &[String],
) -> Result<(), Diagnostics> {
    let topic = model.topic_arn.text();
    for group in groups {
        let client = autoscaling(cx.client());
        let put = patiently(cx, group, || {
            let request = client
                .put_notification_configuration()
                .auto_scaling_group_name(group)
                .topic_arn(topic)
                .set_notification_types(model.notifications.to_filled());
            async move { request.send().await.typed() }
        });
        let during = format!("putting Auto Scaling Group ({group}) notification to {topic}");
        put.await.map_err(|e| e.during(during))?;
    }
    Ok(())
}

async fn remove(
    cx: &Context<Aws>,
    model: &AutoscalingNotification,
    groups: &[String],
) -> Result<(), Diagnostics> {
    let topic = model.topic_arn.text();
    for group in groups {
        let client = autoscaling(cx.client());
        let deleted = patiently(cx, group, || {
            let request = client.delete_notification_configuration();
            let request = request.auto_scaling_group_name(group).topic_arn(topic);
            async move { request.send().await.typed() }
        });
        match deleted.await {
            Ok(_) => {}
            Err(e) if is_gone(&e) || e.says("ValidationError", "doesn't exist") => {}
            Err(e) => {
                let during =
                    format!("deleting Auto Scaling Group ({group}) notification to {topic}");
                return Err(e.during(during));
            }
        }
    }
    Ok(())
}

async fn read(
    cx: &Context<Aws>,
    mut model: AutoscalingNotification,
) -> Result<Option<AutoscalingNotification>, Diagnostics> {
    let topic = model.id.text().to_owned();
    let groups = model.group_names.to_filled();
    let request = autoscaling(cx.client()).describe_notification_configurations();
    let request = request.set_auto_scaling_group_names(groups).into_paginator();
    let found = request.items().send().collect::<Result<Vec<_>, _>>().await;
    let found = found.during(format!("reading Auto Scaling Notification ({topic})"))?;
    let (mut groups, mut kinds) = (BTreeSet::new(), BTreeSet::new());
    for one in found.iter().filter(|one| one.topic_arn() == Some(&topic)) {
        groups.extend(one.auto_scaling_group_name().map(str::to_owned));
        kinds.extend(one.notification_type().map(str::to_owned));
    }
    if groups.is_empty() {
        return Ok(None);
    }
    model.topic_arn = topic.into();
    model.group_names = groups.into_iter().collect::<Set<String>>().into();
    model.notifications = kinds.into_iter().collect::<Set<String>>().into();
    Ok(Some(model))
}

#[cfg(test)]
mod tests {
    use groma_aws_core::testing::{Answer, Fake};
    use groma_sdk::Problems;

    use super::*;

    fn set(all: &[&str]) -> Attr<Set<String>> {
        all.iter().map(|s| (*s).to_owned()).collect::<Set<String>>().into()
    }

    fn told(groups: &[&str]) -> AutoscalingNotification {
        AutoscalingNotification {
            id: "topic".into(),
            topic_arn: "topic".into(),
            group_names: set(groups),
            notifications: set(&["autoscaling:EC2_INSTANCE_LAUNCH"]),
        }
    }

    #[test]
    fn a_topic_is_told_what_there_is_to_tell() {
        let problems_of = |config: &AutoscalingNotification| {
            let mut problems = Problems::new();
            config.check(&mut problems);
            problems.into_diagnostics().to_string()
        };
        let topic = "arn:aws:sns:us-east-1:123456789012:news";
        let good = AutoscalingNotification { topic_arn: topic.into(), ..told(&["a"]) };
        assert_eq!(problems_of(&good), "");
        assert!(problems_of(&told(&["a"])).contains("must be an ARN"));
        let other = AutoscalingNotification { notifications: set(&["launch"]), ..good.clone() };
        assert!(problems_of(&other).contains("EC2_INSTANCE_LAUNCH_ERROR"));
        let none = AutoscalingNotification { group_names: set(&[]), ..good };
        assert!(problems_of(&none).contains("at least one element"));
    }

    #[tokio::test]
    async fn groups_come_and_go() {
        let fake = Fake::new();
        let done = |what: &str| Answer::xml(format!("<{what}Response/>"));
        fake.on("PutNotificationConfiguration", move |request| {
            assert_eq!(request.param("AutoScalingGroupName"), Some("c"));
            done("PutNotificationConfiguration")
        });
        fake.on("DeleteNotificationConfiguration", move |request| {
            assert_eq!(request.param("AutoScalingGroupName"), Some("a"));
            done("DeleteNotificationConfiguration")
        });
        let (prior, planned) = (told(&["a", "b"]), told(&["b", "c"]));
        let cx = fake.context();
        let updated =
            AutoscalingNotificationResource.update(&cx, prior, planned.clone(), planned).await;
        assert!(updated.is_ok());
        assert_eq!(fake.requests().len(), 2);
    }

    #[tokio::test]
    async fn what_begins_and_ends_is_told() {
        let fake = Fake::new();
        fake.once("PutNotificationConfiguration", |_| {
            Answer::error(400, "ResourceContention", "another change goes on")
        });
        fake.on("PutNotificationConfiguration", |request| {
            assert_eq!(request.param("TopicARN"), Some("topic"));
            let kind = request.param("NotificationTypes.member.1");
            assert_eq!(kind, Some("autoscaling:EC2_INSTANCE_LAUNCH"));
            Answer::xml("<PutNotificationConfigurationResponse/>")
        });
        fake.once("DeleteNotificationConfiguration", |_| {
            Answer::error(400, "ValidationError", "AutoScalingGroup name not found")
        });
        fake.on("DeleteNotificationConfiguration", |_| {
            Answer::xml("<DeleteNotificationConfigurationResponse/>")
        });
        let cx = fake.context();
        let planned = AutoscalingNotification { id: Attr::Unknown, ..told(&["a", "b"]) };
        let made = AutoscalingNotificationResource.create(&cx, planned.clone(), planned).await;
        assert_eq!(made, Ok(told(&["a", "b"])));
        assert_eq!(fake.calls("PutNotificationConfiguration"), 3);
        let gone = AutoscalingNotificationResource.delete(&cx, told(&["a", "b"])).await;
        assert_eq!(gone, Ok(()));
        assert_eq!(fake.calls("DeleteNotificationConfiguration"), 2);
    }

    #[tokio::test]
    async fn what_a_topic_is_told_is_read() {
        let fake = Fake::new();
        fake.on("DescribeNotificationConfigurations", |_| {
            let one = |group: &str, topic: &str| {
                format!(
                    "<member><AutoScalingGroupName>{group}</AutoScalingGroupName>\
                     <TopicARN>{topic}</TopicARN><NotificationType>autoscaling:EC2_INSTANCE_LAUNCH\
                     </NotificationType></member>"
                )
            };
            Answer::xml(format!(
                "<DescribeNotificationConfigurationsResponse>\
                 <DescribeNotificationConfigurationsResult><NotificationConfigurations>{}{}\
                 </NotificationConfigurations></DescribeNotificationConfigurationsResult>\
                 </DescribeNotificationConfigurationsResponse>",
                one("a", "topic"),
                one("b", "other")
            ))
        });
        let cx = fake.context();
        let found = read(&cx, told(&["a", "b"])).await;
        assert_eq!(found.ok().flatten().map(|f| f.group_names), Some(set(&["a"])));
        let gone = AutoscalingNotification { id: "third".into(), ..told(&["a"]) };
        assert_eq!(read(&cx, gone).await, Ok(None));
    }
}
