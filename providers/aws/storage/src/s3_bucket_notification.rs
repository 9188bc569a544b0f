//! `aws_s3_bucket_notification`: who is told of a bucket's events.

mod model;

use aws_sdk_s3::operation::get_bucket_notification_configuration::GetBucketNotificationConfigurationOutput;
use aws_sdk_s3::types::{EventBridgeConfiguration, NotificationConfiguration};
use groma_aws_core::{Aws, Outcome as _, client_token_for, plan_token, retry};
use groma_sdk::{Attr, Blocks, Context, Diagnostics, Managed, Planned, Problems, async_trait};

use crate::s3::{NO_SUCH_BUCKET, PROPAGATION, appeared, s3};
use model::{S3BucketNotification, S3NotifiedFunction, S3NotifiedQueue, S3NotifiedTopic};

/// The type.
pub(crate) struct NotificationResource;

#[async_trait]
impl Managed<Aws> for NotificationResource {
    type Model = S3BucketNotification;

    fn name(&self) -> &'static str {
        "aws_s3_bucket_notification"
    }

    fn validate(&self, config: &S3BucketNotification, problems: &mut Problems) {
        model::check(config, problems);
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
        // That nobody is told is a configuration, too.
        let nobody = !state.eventbridge.is_true()
            && state.lambda_function.is_empty()
            && state.queue.is_empty()
            && state.topic.is_empty();
        appeared(cx, what, || async {
            Ok(find(cx, &bucket).await?.filter(|found| nobody || tells_somebody(found)))
        })
        .await?;
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
        builder = builder.lambda_function_configurations(function.wanted()?);
    }
    for queue in &model.queue {
        builder = builder.queue_configurations(queue.wanted()?);
    }
    for topic in &model.topic {
        builder = builder.topic_configurations(topic.wanted()?);
    }
    Ok(builder.build())
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

/// The configuration; `None` if there is no bucket.
async fn find(
    cx: &Context<Aws>,
    bucket: &str,
) -> Result<Option<GetBucketNotificationConfigurationOutput>, Diagnostics> {
    let request = s3(cx.client()).get_bucket_notification_configuration().bucket(bucket);
    let found = request.send().await.unless(&[NO_SUCH_BUCKET]);
    found.map_err(|e| e.during(format!("reading S3 Bucket Notification ({bucket})")))
}

fn tells_somebody(found: &GetBucketNotificationConfigurationOutput) -> bool {
    found.event_bridge_configuration().is_some()
        || !found.lambda_function_configurations().is_empty()
        || !found.queue_configurations().is_empty()
        || !found.topic_configurations().is_empty()
}

fn record(model: &mut S3BucketNotification, found: &GetBucketNotificationConfigurationOutput) {
    model.eventbridge = found.event_bridge_configuration().is_some().into();
    let functions = found.lambda_function_configurations().iter().map(S3NotifiedFunction::recorded);
    model.lambda_function =
        in_known_order(&model.lambda_function, functions.collect(), |function| &function.id);
    let queues = found.queue_configurations().iter().map(S3NotifiedQueue::recorded);
    model.queue = in_known_order(&model.queue, queues.collect(), |queue| &queue.id);
    let topics = found.topic_configurations().iter().map(S3NotifiedTopic::recorded);
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

#[cfg(test)]
mod tests {
    use groma_aws_core::testing::{Answer, Fake};

    use super::*;

    const PUT: &str = "PUT /b/?notification";
    const GET: &str = "GET /b/?notification";
    const BUS: &str = "<NotificationConfiguration><EventBridgeConfiguration/>\
                       </NotificationConfiguration>";

    fn model(eventbridge: bool) -> S3BucketNotification {
        S3BucketNotification {
            bucket: "b".into(),
            eventbridge: eventbridge.into(),
            ..Default::default()
        }
    }

    #[tokio::test]
    async fn the_event_bus_is_told() {
        let fake = Fake::new();
        fake.on(PUT, |_| Answer::empty());
        fake.once(GET, |_| Answer::xml("<NotificationConfiguration/>"));
        fake.on(GET, |_| Answer::xml(BUS));
        let cx = fake.context();
        let made = NotificationResource.create(&cx, model(true), model(true)).await.unwrap();
        assert!(fake.requests_of(PUT)[0].text().contains("<EventBridgeConfiguration"));
        // What was put is waited for.
        assert_eq!(fake.calls(GET), 2);
        let read = NotificationResource.read(&cx, made.clone()).await.unwrap();
        assert_eq!(read, Some(made));
    }

    #[tokio::test]
    async fn nobody_may_be_told() {
        let fake = Fake::new();
        fake.on(PUT, |_| Answer::empty());
        fake.on(GET, |_| Answer::xml("<NotificationConfiguration/>"));
        let cx = fake.context();
        let made = NotificationResource.create(&cx, model(false), model(false)).await.unwrap();
        let read = NotificationResource.read(&cx, made).await.unwrap();
        assert!(!read.unwrap().eventbridge.is_true());
        fake.on(GET, |_| Answer::s3_error(404, NO_SUCH_BUCKET, "gone"));
        let state = S3BucketNotification { id: "b".into(), ..model(false) };
        assert_eq!(NotificationResource.read(&cx, state).await.unwrap(), None);
    }
}
