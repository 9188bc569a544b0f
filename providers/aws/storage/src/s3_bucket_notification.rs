//! `aws_s3_bucket_notification`: who is told of a bucket's events.

use aws_sdk_s3::operation::get_bucket_notification_configuration::GetBucketNotificationConfigurationOutput;
use aws_sdk_s3::types::{
    Event, EventBridgeConfiguration, FilterRule, FilterRuleName, LambdaFunctionConfiguration,
    NotificationConfiguration, NotificationConfigurationFilter, QueueConfiguration, S3KeyFilter,
    TopicConfiguration,
};
use groma_aws_core::{Aws, Outcome as _, checks, client_token_for, plan_token, retry};
use groma_sdk::{
    Attr, Blocks, Context, Diagnostics, Managed, Model, Planned, Problems, Set, async_trait,
};

use crate::s3::{NO_SUCH_BUCKET, PROPAGATION, appeared, built, s3, text};

/// Who is told of a bucket's events.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketNotification {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(required, replace)]
    pub(crate) bucket: Attr<String>,
    #[attr(optional, default = false)]
    pub(crate) eventbridge: Attr<bool>,
    #[block(list)]
    pub(crate) lambda_function: Blocks<S3NotifiedFunction>,
    #[block(list)]
    pub(crate) queue: Blocks<S3NotifiedQueue>,
    #[block(list)]
    pub(crate) topic: Blocks<S3NotifiedTopic>,
}

/// The `topic` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3NotifiedTopic {
    #[attr(required)]
    pub(crate) events: Attr<Set<String>>,
    #[attr(optional)]
    pub(crate) filter_prefix: Attr<String>,
    #[attr(optional)]
    pub(crate) filter_suffix: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(required, check = checks::arn)]
    pub(crate) topic_arn: Attr<String>,
}

/// The `queue` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3NotifiedQueue {
    #[attr(required)]
    pub(crate) events: Attr<Set<String>>,
    #[attr(optional)]
    pub(crate) filter_prefix: Attr<String>,
    #[attr(optional)]
    pub(crate) filter_suffix: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(required, check = checks::arn)]
    pub(crate) queue_arn: Attr<String>,
}

/// The `lambda_function` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3NotifiedFunction {
    #[attr(required)]
    pub(crate) events: Attr<Set<String>>,
    #[attr(optional)]
    pub(crate) filter_prefix: Attr<String>,
    #[attr(optional)]
    pub(crate) filter_suffix: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(optional, check = checks::arn)]
    pub(crate) lambda_function_arn: Attr<String>,
}

/// The type.
pub(crate) struct NotificationResource;

#[async_trait]
impl Managed<Aws> for NotificationResource {
    type Model = S3BucketNotification;

    fn name(&self) -> &'static str {
        "aws_s3_bucket_notification"
    }

    fn validate(&self, config: &S3BucketNotification, problems: &mut Problems) {
        for (i, function) in config.lambda_function.iter().enumerate() {
            if function.lambda_function_arn.is_null() {
                problems.error(
                    &format!("lambda_function.{i}.lambda_function_arn"),
                    "Missing required argument",
                    "S3 has to know which function to call.",
                );
            }
        }
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<S3BucketNotification>,
    ) -> Result<(), Diagnostics> {
        plan_token(cx, change.is_create());
        Ok(())
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: S3BucketNotification,
        planned: S3BucketNotification,
    ) -> Result<S3BucketNotification, Diagnostics> {
        let mut state = planned;
        name_all(cx, &mut state);
        let bucket = state.bucket.text().to_owned();
        set(cx, &bucket, wanted(&state)?).await?;
        state.id = bucket.clone().into();
        cx.keep_model(&state);
        let what = format!("notification of S3 Bucket ({bucket})");
        appeared(cx, what, || find(cx, &bucket)).await?;
        Ok(state)
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        mut state: S3BucketNotification,
    ) -> Result<Option<S3BucketNotification>, Diagnostics> {
        let bucket = state.id.text().to_owned();
        let Some(found) = find(cx, &bucket).await? else { return Ok(None) };
        record(&mut state, &found);
        state.bucket = bucket.into();
        Ok(Some(state))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: S3BucketNotification,
        _config: S3BucketNotification,
        planned: S3BucketNotification,
    ) -> Result<S3BucketNotification, Diagnostics> {
        let mut state = planned;
        name_all(cx, &mut state);
        set(cx, prior.id.text(), wanted(&state)?).await?;
        Ok(state)
    }

    async fn delete(
        &self,
        cx: &Context<Aws>,
        prior: S3BucketNotification,
    ) -> Result<(), Diagnostics> {
        let bucket = prior.id.text();
        let none = NotificationConfiguration::builder().build();
        let request = s3(cx.client())
            .put_bucket_notification_configuration()
            .bucket(bucket)
            .notification_configuration(none);
        let deleted = request.send().await.unless(&[NO_SUCH_BUCKET]);
        let what = format!("deleting S3 Bucket Notification ({bucket})");
        deleted.map(drop).map_err(|e| e.during(what))
    }
}

/// Gives ids to those without: the same however often a plan is applied.
fn name_all(cx: &Context<Aws>, model: &mut S3BucketNotification) {
    let name = |id: &mut Attr<String>, kind: &str, i: usize| {
        if id.filled().is_none() {
            let token = client_token_for(cx, &format!("{kind}/{i}"));
            *id = format!("tf-s3-{kind}-{token}").into();
        }
    };
    for (i, function) in model.lambda_function.iter_mut().enumerate() {
        name(&mut function.id, "lambda", i);
    }
    for (i, queue) in model.queue.iter_mut().enumerate() {
        name(&mut queue.id, "queue", i);
    }
    for (i, topic) in model.topic.iter_mut().enumerate() {
        name(&mut topic.id, "topic", i);
    }
}

fn wanted(model: &S3BucketNotification) -> Result<NotificationConfiguration, Diagnostics> {
    let mut builder = NotificationConfiguration::builder();
    if model.eventbridge.is_true() {
        builder = builder.event_bridge_configuration(EventBridgeConfiguration::builder().build());
    }
    for function in &model.lambda_function {
        let one = LambdaFunctionConfiguration::builder()
            .set_id(function.id.to_filled())
            .lambda_function_arn(function.lambda_function_arn.text())
            .set_events(Some(events(&function.events)))
            .set_filter(filter(&function.filter_prefix, &function.filter_suffix));
        builder = builder.lambda_function_configurations(built(one.build())?);
    }
    for queue in &model.queue {
        let one = QueueConfiguration::builder()
            .set_id(queue.id.to_filled())
            .queue_arn(queue.queue_arn.text())
            .set_events(Some(events(&queue.events)))
            .set_filter(filter(&queue.filter_prefix, &queue.filter_suffix));
        builder = builder.queue_configurations(built(one.build())?);
    }
    for topic in &model.topic {
        let one = TopicConfiguration::builder()
            .set_id(topic.id.to_filled())
            .topic_arn(topic.topic_arn.text())
            .set_events(Some(events(&topic.events)))
            .set_filter(filter(&topic.filter_prefix, &topic.filter_suffix));
        builder = builder.topic_configurations(built(one.build())?);
    }
    Ok(builder.build())
}

fn events(events: &Attr<Set<String>>) -> Vec<Event> {
    let events = events.get().into_iter().flat_map(|set| set.iter());
    events.map(|event| Event::from(event.as_str())).collect()
}

fn filter(prefix: &Attr<String>, suffix: &Attr<String>) -> Option<NotificationConfigurationFilter> {
    let rule = |name: FilterRuleName, value: &Attr<String>| {
        let value = value.to_filled()?;
        Some(FilterRule::builder().name(name).value(value).build())
    };
    let rules: Vec<FilterRule> =
        [rule(FilterRuleName::Prefix, prefix), rule(FilterRuleName::Suffix, suffix)]
            .into_iter()
            .flatten()
            .collect();
    if rules.is_empty() {
        return None;
    }
    let key = S3KeyFilter::builder().set_filter_rules(Some(rules)).build();
    Some(NotificationConfigurationFilter::builder().key(key).build())
}

async fn set(
    cx: &Context<Aws>,
    bucket: &str,
    configuration: NotificationConfiguration,
) -> Result<(), Diagnostics> {
    let request = s3(cx.client())
        .put_bucket_notification_configuration()
        .bucket(bucket)
        .notification_configuration(configuration);
    // S3 asks those who are to be told, and their policies may have been changed just now.
    let passes = |e: &groma_aws_core::Error| {
        e.is_any(&[NO_SUCH_BUCKET, "OperationAborted"])
            || e.says("InvalidArgument", "Unable to validate")
    };
    let sent = retry(cx, "the bucket's notifications to be accepted", PROPAGATION, passes, || {
        let request = request.clone();
        async { request.send().await.typed() }
    });
    let what = format!("putting S3 Bucket Notification ({bucket})");
    sent.await.map(drop).map_err(|e| e.during(what))
}

/// The configuration; an empty one is none.
async fn find(
    cx: &Context<Aws>,
    bucket: &str,
) -> Result<Option<GetBucketNotificationConfigurationOutput>, Diagnostics> {
    let request = s3(cx.client()).get_bucket_notification_configuration().bucket(bucket);
    let found = request.send().await.unless(&[NO_SUCH_BUCKET]);
    let found =
        found.map_err(|e| e.during(format!("reading S3 Bucket Notification ({bucket})")))?;
    Ok(found.filter(|found| {
        found.event_bridge_configuration().is_some()
            || !found.lambda_function_configurations().is_empty()
            || !found.queue_configurations().is_empty()
            || !found.topic_configurations().is_empty()
    }))
}

fn record(model: &mut S3BucketNotification, found: &GetBucketNotificationConfigurationOutput) {
    model.eventbridge = found.event_bridge_configuration().is_some().into();
    let functions = found.lambda_function_configurations().iter().map(|function| {
        let (filter_prefix, filter_suffix) = filters(function.filter());
        S3NotifiedFunction {
            events: recorded_events(function.events()),
            filter_prefix,
            filter_suffix,
            id: text(function.id()),
            lambda_function_arn: function.lambda_function_arn().into(),
        }
    });
    model.lambda_function =
        in_known_order(&model.lambda_function, functions.collect(), |function| &function.id);
    let queues = found.queue_configurations().iter().map(|queue| {
        let (filter_prefix, filter_suffix) = filters(queue.filter());
        S3NotifiedQueue {
            events: recorded_events(queue.events()),
            filter_prefix,
            filter_suffix,
            id: text(queue.id()),
            queue_arn: queue.queue_arn().into(),
        }
    });
    model.queue = in_known_order(&model.queue, queues.collect(), |queue| &queue.id);
    let topics = found.topic_configurations().iter().map(|topic| {
        let (filter_prefix, filter_suffix) = filters(topic.filter());
        S3NotifiedTopic {
            events: recorded_events(topic.events()),
            filter_prefix,
            filter_suffix,
            id: text(topic.id()),
            topic_arn: topic.topic_arn().into(),
        }
    });
    model.topic = in_known_order(&model.topic, topics.collect(), |topic| &topic.id);
}

/// S3 keeps no order; the one that the blocks were written in is as good as any.
fn in_known_order<M>(
    known: &Blocks<M>,
    mut found: Vec<M>,
    id: impl Fn(&M) -> &Attr<String>,
) -> Blocks<M> {
    let place: std::collections::HashMap<&str, usize> =
        known.iter().enumerate().map(|(i, block)| (id(block).text(), i)).collect();
    found.sort_by_key(|block| place.get(id(block).text()).copied().unwrap_or(usize::MAX));
    found.into()
}

fn recorded_events(events: &[Event]) -> Attr<Set<String>> {
    Attr::Known(events.iter().map(|event| event.as_str().to_owned()).collect())
}

fn filters(filter: Option<&NotificationConfigurationFilter>) -> (Attr<String>, Attr<String>) {
    let rules = filter.and_then(|f| f.key()).map(|key| key.filter_rules()).unwrap_or_default();
    let value = |name: &str| {
        // S3 may write them with capitals.
        let rule =
            rules.iter().find(|r| r.name().is_some_and(|n| n.as_str().eq_ignore_ascii_case(name)));
        text(rule.and_then(|r| r.value()))
    };
    (value("prefix"), value("suffix"))
}
