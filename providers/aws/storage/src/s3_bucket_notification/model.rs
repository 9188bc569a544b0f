//! The blocks of those who are told, one like the other but for the name of what is told.

use aws_sdk_s3::types::{
    self as sdk, Event, FilterRule, FilterRuleName, NotificationConfigurationFilter, S3KeyFilter,
};
use groma_aws_core::checks;
use groma_sdk::{Attr, Blocks, Diagnostics, Model, Problems, Set};

use crate::s3::built;

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

macro_rules! notified {
    ($(#[doc = $doc:literal])* $name:ident, $target:ident $kind:ident, $sdk:ident) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, Default, PartialEq, Model)]
        pub(crate) struct $name {
            #[attr(required)]
            pub(crate) events: Attr<Set<String>>,
            #[attr(optional)]
            pub(crate) filter_prefix: Attr<String>,
            #[attr(optional)]
            pub(crate) filter_suffix: Attr<String>,
            #[attr(optional, computed)]
            pub(crate) id: Attr<String>,
            #[attr($kind, check = checks::arn)]
            pub(crate) $target: Attr<String>,
        }

        impl $name {
            /// The block as S3 wants it.
            pub(super) fn wanted(&self) -> Result<sdk::$sdk, Diagnostics> {
                let one = sdk::$sdk::builder()
                    .set_id(self.id.to_filled())
                    .$target(self.$target.text())
                    .set_events(Some(events(&self.events)))
                    .set_filter(filter(&self.filter_prefix, &self.filter_suffix));
                built(one.build())
            }

            /// The block as it is recorded.
            pub(super) fn recorded(found: &sdk::$sdk) -> $name {
                let (filter_prefix, filter_suffix) = filters(found.filter());
                let events = found.events().iter().map(|event| event.as_str().to_owned());
                $name {
                    events: Attr::Known(events.collect()),
                    filter_prefix,
                    filter_suffix,
                    id: Attr::of_filled(found.id()),
                    $target: found.$target().into(),
                }
            }

            fn watch(&self, block: &str, i: usize) -> Watch<'_> {
                Watch {
                    path: format!("{block}.{i}"),
                    events: &self.events,
                    prefix: &self.filter_prefix,
                    suffix: &self.filter_suffix,
                }
            }
        }
    };
}

notified!(
    /// The `topic` block.
    S3NotifiedTopic, topic_arn required, TopicConfiguration
);
notified!(
    /// The `queue` block.
    S3NotifiedQueue, queue_arn required, QueueConfiguration
);
notified!(
    /// The `lambda_function` block.
    S3NotifiedFunction, lambda_function_arn optional, LambdaFunctionConfiguration
);

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

fn filters(filter: Option<&NotificationConfigurationFilter>) -> (Attr<String>, Attr<String>) {
    let rules = filter.and_then(|f| f.key()).map(|key| key.filter_rules()).unwrap_or_default();
    let value = |name: &str| {
        // S3 may write them with capitals.
        let rule =
            rules.iter().find(|r| r.name().is_some_and(|n| n.as_str().eq_ignore_ascii_case(name)));
        Attr::of_filled(rule.and_then(|r| r.value()))
    };
    (value("prefix"), value("suffix"))
}

/// Which events of which objects somebody is told of.
struct Watch<'a> {
    path: String,
    events: &'a Attr<Set<String>>,
    prefix: &'a Attr<String>,
    suffix: &'a Attr<String>,
}

/// S3 tells one of an event, and refuses configurations that leave open whom.
pub(super) fn check(config: &S3BucketNotification, problems: &mut Problems) {
    for (i, function) in config.lambda_function.iter().enumerate() {
        if function.lambda_function_arn.is_null() {
            problems.error(
                &format!("lambda_function.{i}.lambda_function_arn"),
                "Missing required argument",
                "S3 has to know which function to call.",
            );
        }
    }
    let functions = config.lambda_function.iter().enumerate();
    let queues = config.queue.iter().enumerate();
    let topics = config.topic.iter().enumerate();
    let all: Vec<Watch<'_>> = functions
        .map(|(i, f)| f.watch("lambda_function", i))
        .chain(queues.map(|(i, q)| q.watch("queue", i)))
        .chain(topics.map(|(i, t)| t.watch("topic", i)))
        .collect();
    for (i, one) in all.iter().enumerate() {
        for other in all.iter().take(i) {
            if let Some(event) = shared(one, other) {
                problems.error(
                    &format!("{}.events", one.path),
                    "Notifications overlap",
                    format!(
                        "S3 tells one of an event, but of {event} for the same objects both this \
                         block and {} are to be told. Let them differ in their events, their \
                         prefixes or their suffixes, or use a topic that passes them on.",
                        other.path
                    ),
                );
            }
        }
    }
}

/// An event that both are told of for the same objects, as far as is known.
fn shared<'a>(a: &Watch<'a>, b: &Watch<'a>) -> Option<&'a String> {
    if [a.prefix, a.suffix, b.prefix, b.suffix].iter().any(|filter| filter.is_unknown()) {
        return None;
    }
    let (p, q) = (a.prefix.text(), b.prefix.text());
    let (s, t) = (a.suffix.text(), b.suffix.text());
    let same_objects = (p.starts_with(q) || q.starts_with(p)) && (s.ends_with(t) || t.ends_with(s));
    if !same_objects {
        return None;
    }
    let covers = |all: &str, one: &str| {
        all == one || all.strip_suffix('*').is_some_and(|group| one.starts_with(group))
    };
    let others = b.events.get()?;
    a.events.get()?.iter().find(|e| others.iter().any(|o| covers(e, o) || covers(o, e)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(event: &str, prefix: &str, suffix: &str) -> S3NotifiedQueue {
        S3NotifiedQueue {
            events: Attr::Known([event.to_owned()].into_iter().collect()),
            filter_prefix: prefix.into(),
            filter_suffix: suffix.into(),
            id: "q".into(),
            queue_arn: "arn:aws:sqs:us-east-1:123456789012:q".into(),
        }
    }

    fn told(queues: &[S3NotifiedQueue]) -> String {
        let config = S3BucketNotification { queue: queues.to_vec().into(), ..Default::default() };
        let mut problems = Problems::new();
        check(&config, &mut problems);
        problems.into_diagnostics().to_string()
    }

    #[test]
    fn blocks_come_back_as_they_went() {
        let queue = queue("s3:ObjectCreated:*", "in/", ".jpg");
        assert_eq!(S3NotifiedQueue::recorded(&queue.wanted().unwrap()), queue);
    }

    #[test]
    fn one_is_told_of_an_event() {
        let all = "s3:ObjectCreated:*";
        assert_eq!(told(&[queue(all, "a/", ""), queue(all, "b/", "")]), "");
        assert_eq!(told(&[queue(all, "a/", ".x"), queue(all, "a/", ".y")]), "");
        assert_eq!(told(&[queue(all, "", ""), queue("s3:ObjectRemoved:*", "", "")]), "");
        let text = told(&[queue(all, "a/", ""), queue("s3:ObjectCreated:Put", "a/b/", ".x")]);
        assert!(text.contains("Notifications overlap") && text.contains("queue.0"), "{text}");
        let unknown = S3NotifiedQueue { filter_prefix: Attr::Unknown, ..queue(all, "", "") };
        assert_eq!(told(&[queue(all, "", ""), unknown]), "");
    }

    #[test]
    fn functions_are_named() {
        let config = S3BucketNotification {
            lambda_function: Blocks::one(S3NotifiedFunction::default()),
            ..Default::default()
        };
        let mut problems = Problems::new();
        check(&config, &mut problems);
        assert!(problems.into_diagnostics().to_string().contains("which function"));
    }
}
