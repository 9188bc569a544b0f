//! The service for load balancers: its client, gathered reads, tags, and conversions that several
//! types need.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_elasticloadbalancingv2::Client;
use aws_sdk_elasticloadbalancingv2::types;
use groma_aws_core::{
    Aws, Error, Outcome as _, Progress, TagChange, TagMap, client, sdk_tags, tag_map, wait,
};
use groma_sdk::{Context, Diagnostics};

/// How long something new may be unknown in places.
const PROPAGATION: Duration = Duration::from_secs(300);

/// How many ARNs one call takes.
const ARNS: usize = 20;

/// Values of attributes by their keys, as load balancers, target groups and listeners have them.
pub(crate) type Values = BTreeMap<String, String>;

/// The client.
pub(crate) fn elb(aws: &Aws) -> Arc<Client> {
    client!(aws, "elbv2", aws_sdk_elasticloadbalancingv2)
}

/// Asks for several objects at once, and for each by itself if one of them is missing, which the
/// service does not say of which.
async fn each_if_missing<T, F, Fut>(
    arns: Vec<String>,
    missing: &str,
    ask: F,
) -> Result<Vec<T>, Error>
where
    F: Fn(Vec<String>) -> Fut,
    Fut: Future<Output = Result<Vec<T>, Error>>,
{
    let alone = arns.len() == 1;
    match ask(arns.clone()).await {
        Err(e) if e.is(missing) && alone => return Ok(Vec::new()),
        Err(e) if e.is(missing) => {}
        answer => return answer,
    }
    let mut found = Vec::with_capacity(arns.len());
    for arn in arns {
        match ask(vec![arn]).await {
            Ok(more) => found.extend(more),
            Err(e) if e.is(missing) => {}
            Err(e) => return Err(e),
        }
    }
    Ok(found)
}

fn by<T>(found: Vec<T>, arn: impl Fn(&T) -> Option<&str>) -> HashMap<String, T> {
    let named = found.into_iter().map(|t| (arn(&t).unwrap_or_default().to_owned(), t));
    named.collect()
}

/// A load balancer as it is now.
pub(crate) async fn load_balancer(
    aws: &Aws,
    arn: &str,
) -> Result<Option<types::LoadBalancer>, Error> {
    let (one, all) = (elb(aws), elb(aws));
    let loader = aws.sweeping_loader(
        "elbv2:load-balancers",
        ARNS,
        move |arns: Vec<String>| {
            let elb = one.clone();
            async move {
                let found = each_if_missing(arns, "LoadBalancerNotFound", |arns| {
                    let ask = elb.describe_load_balancers().set_load_balancer_arns(Some(arns));
                    async move {
                        ask.into_paginator().items().send().collect::<Result<_, _>>().await.typed()
                    }
                });
                Ok(by(found.await?, types::LoadBalancer::load_balancer_arn))
            }
        },
        move || {
            let elb = all.clone();
            async move {
                let found = elb.describe_load_balancers().into_paginator().items().send();
                let found = found.collect::<Result<Vec<_>, _>>().await.typed()?;
                Ok(by(found, types::LoadBalancer::load_balancer_arn))
            }
        },
    );
    loader.load(arn.to_owned()).await
}

/// A target group as it is now.
pub(crate) async fn target_group(
    aws: &Aws,
    arn: &str,
) -> Result<Option<types::TargetGroup>, Error> {
    let (one, all) = (elb(aws), elb(aws));
    let loader = aws.sweeping_loader(
        "elbv2:target-groups",
        ARNS,
        move |arns: Vec<String>| {
            let elb = one.clone();
            async move {
                let found = each_if_missing(arns, "TargetGroupNotFound", |arns| {
                    let ask = elb.describe_target_groups().set_target_group_arns(Some(arns));
                    async move {
                        ask.into_paginator().items().send().collect::<Result<_, _>>().await.typed()
                    }
                });
                Ok(by(found.await?, types::TargetGroup::target_group_arn))
            }
        },
        move || {
            let elb = all.clone();
            async move {
                let found = elb.describe_target_groups().into_paginator().items().send();
                let found = found.collect::<Result<Vec<_>, _>>().await.typed()?;
                Ok(by(found, types::TargetGroup::target_group_arn))
            }
        },
    );
    loader.load(arn.to_owned()).await
}

/// A listener as it is now.
pub(crate) async fn listener(aws: &Aws, arn: &str) -> Result<Option<types::Listener>, Error> {
    let elb = elb(aws);
    let loader = aws.loader("elbv2:listeners", ARNS, move |arns: Vec<String>| {
        let elb = elb.clone();
        async move {
            let found = each_if_missing(arns, "ListenerNotFound", |arns| {
                let ask = elb.describe_listeners().set_listener_arns(Some(arns));
                async move {
                    ask.into_paginator().items().send().collect::<Result<_, _>>().await.typed()
                }
            });
            Ok(by(found.await?, types::Listener::listener_arn))
        }
    });
    loader.load(arn.to_owned()).await
}

/// A rule as it is now.
pub(crate) async fn rule(aws: &Aws, arn: &str) -> Result<Option<types::Rule>, Error> {
    let elb = elb(aws);
    let loader = aws.loader("elbv2:rules", ARNS, move |arns: Vec<String>| {
        let elb = elb.clone();
        async move {
            let found = each_if_missing(arns, "RuleNotFound", |arns| {
                let ask = elb.describe_rules().set_rule_arns(Some(arns));
                async move {
                    ask.into_paginator().items().send().collect::<Result<_, _>>().await.typed()
                }
            });
            Ok(by(found.await?, types::Rule::rule_arn))
        }
    });
    loader.load(arn.to_owned()).await
}

/// All rules of a listener, listed once for all who ask together; none if it is gone.
pub(crate) async fn rules_of(aws: &Aws, listener: &str) -> Result<Vec<types::Rule>, Error> {
    let elb = elb(aws);
    let loader = aws.loader("elbv2:rules-of", 1, move |listeners: Vec<String>| {
        let elb = elb.clone();
        async move {
            let mut all = HashMap::new();
            for listener in listeners {
                let ask = elb.describe_rules().listener_arn(&listener).into_paginator();
                let found = ask.items().send().collect::<Result<Vec<_>, _>>().await.typed();
                match found {
                    Ok(rules) => all.insert(listener, rules),
                    Err(e) if e.is("ListenerNotFound") => None,
                    Err(e) => return Err(e),
                };
            }
            Ok(all)
        }
    });
    Ok(loader.load(listener.to_owned()).await?.unwrap_or_default())
}

/// The tags of an object; none if it is gone.
pub(crate) async fn tags(aws: &Aws, arn: &str) -> Result<TagMap, Error> {
    let elb = elb(aws);
    let loader = aws.loader("elbv2:tags", ARNS, move |arns: Vec<String>| {
        let elb = elb.clone();
        async move {
            let ask = |arns| {
                let ask = elb.describe_tags().set_resource_arns(Some(arns)).send();
                async move { ask.await.typed().map(|a| a.tag_descriptions.unwrap_or_default()) }
            };
            let mut all = HashMap::new();
            let described = match ask(arns.clone()).await {
                Err(e) if e.is_not_found() => {
                    let mut found = Vec::new();
                    for arn in arns {
                        match ask(vec![arn]).await {
                            Ok(more) => found.extend(more),
                            Err(e) if e.is_not_found() => {}
                            Err(e) => return Err(e),
                        }
                    }
                    found
                }
                answer => answer?,
            };
            for one in described {
                let arn = one.resource_arn().unwrap_or_default().to_owned();
                all.insert(arn, tag_map(one.tags().iter().map(|t| (t.key(), t.value()))));
            }
            Ok(all)
        }
    });
    Ok(loader.load(arn.to_owned()).await?.unwrap_or_default())
}

/// Tags as the service wants them.
pub(crate) fn to_tags(tags: &TagMap) -> Option<Vec<types::Tag>> {
    (!tags.is_empty()).then(|| sdk_tags!(types::Tag, tags))
}

/// Changes the tags of an object.
pub(crate) async fn change_tags(
    aws: &Aws,
    what: &str,
    arn: &str,
    change: &TagChange,
) -> Result<(), Diagnostics> {
    let elb = elb(aws);
    let during = format!("updating tags for {what} ({arn})");
    if !change.remove.is_empty() {
        let request = elb.remove_tags().resource_arns(arn);
        request.set_tag_keys(Some(change.remove.clone())).send().await.during(&during)?;
    }
    if let Some(tags) = to_tags(&change.put) {
        elb.add_tags().resource_arns(arn).set_tags(Some(tags)).send().await.during(&during)?;
    }
    Ok(())
}

/// Waits until something that was just made is seen.
pub(crate) async fn seen<T, F, Fut>(
    cx: &Context<Aws>,
    what: &str,
    mut look: F,
) -> Result<T, Diagnostics>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<Option<T>, Diagnostics>>,
{
    wait(cx, format!("{what} to be found"), PROPAGATION, move || {
        let look = look();
        async move {
            Ok(match look.await? {
                Some(found) => Progress::Ready(found),
                None => Progress::pending("not there"),
            })
        }
    })
    .await
}

/// What differs, or is new, in values that are wanted.
pub(crate) fn changed(before: &Values, wanted: &Values) -> Values {
    let changed = wanted.iter().filter(|(key, value)| before.get(*key) != Some(*value));
    changed.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// The kinds of load balancers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Application,
    Network,
    Gateway,
}

impl Kind {
    /// The kind of a load balancer, which its ARN tells; also that of a listener or a rule.
    pub(crate) fn of(arn: &str) -> Option<Kind> {
        let resource = arn.splitn(6, ':').nth(5)?;
        match resource.split('/').nth(1)? {
            "app" => Some(Kind::Application),
            "net" => Some(Kind::Network),
            "gwy" => Some(Kind::Gateway),
            _ => None,
        }
    }
}

/// The last part of an ARN, from a word in it on.
pub(crate) fn suffix_from(arn: &str, word: &str) -> String {
    arn.find(word).and_then(|at| arn.get(at..)).unwrap_or_default().to_owned()
}

/// Whether a value is one of the texts for true.
pub(crate) fn is_true(text: &str) -> bool {
    text == "true"
}

/// Whether two texts differ in nothing but case.
#[expect(clippy::ptr_arg, reason = "attributes are compared by functions of this form")]
pub(crate) fn same_ignoring_case(a: &String, b: &String) -> bool {
    a.eq_ignore_ascii_case(b)
}

/// The name of a load balancer or a target group: letters, digits and hyphens.
#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
pub(crate) fn name_of_elb(name: &String) -> Result<(), String> {
    name_prefix_of_elb(name)?;
    if name.len() > 32 {
        return Err(format!("It must have at most 32 characters, but has {}.", name.len()));
    }
    if name.ends_with('-') {
        return Err(format!("It must not end with a hyphen, but is {name:?}."));
    }
    Ok(())
}

/// What such a name may begin with.
#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
pub(crate) fn name_prefix_of_elb(name: &String) -> Result<(), String> {
    if let Some(c) = name.chars().find(|c| !(c.is_ascii_alphanumeric() || *c == '-')) {
        return Err(format!("It may have letters, digits and hyphens, but {name:?} has {c:?}."));
    }
    if name.starts_with('-') {
        return Err(format!("It must not begin with a hyphen, but is {name:?}."));
    }
    Ok(())
}

/// That a load balancer's name does not begin like those of the service's own host names.
#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
pub(crate) fn not_internal(name: &String) -> Result<(), String> {
    match name.starts_with("internal-") {
        true => Err(format!("It must not begin with \"internal-\", but is {name:?}.")),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        let ok = |name: &str| name_of_elb(&name.to_owned()).is_ok();
        assert!(ok("web-1") && ok(&"a".repeat(32)));
        for name in ["-web", "web-", "we_b", &"a".repeat(33)] {
            assert!(!ok(name), "{name}");
        }
        assert!(name_prefix_of_elb(&"web-".to_owned()).is_ok());
        assert!(not_internal(&"internal-x".to_owned()).is_err());
    }

    #[test]
    fn only_what_differs_is_sent() {
        let values = |pairs: &[(&str, &str)]| -> Values {
            pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
        };
        let before = values(&[("a", "1"), ("b", "2")]);
        let wanted = values(&[("a", "1"), ("b", "3"), ("c", "4")]);
        assert_eq!(changed(&before, &wanted), values(&[("b", "3"), ("c", "4")]));
    }

    #[test]
    fn arns_tell_the_kind() {
        let arn = |resource: &str| format!("arn:aws:elasticloadbalancing:us-east-1:1:{resource}");
        assert_eq!(Kind::of(&arn("loadbalancer/app/web/1")), Some(Kind::Application));
        assert_eq!(Kind::of(&arn("listener/net/web/1/2")), Some(Kind::Network));
        assert_eq!(Kind::of(&arn("loadbalancer/gwy/web/1")), Some(Kind::Gateway));
        assert_eq!(Kind::of(&arn("loadbalancer/classic")), None);
        assert_eq!(Kind::of(""), None);
    }

    #[test]
    fn suffixes_name_the_object() {
        let arn = "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/web/73e2";
        assert_eq!(suffix_from(arn, "targetgroup/"), "targetgroup/web/73e2");
        assert_eq!(suffix_from("x", "targetgroup/"), "");
    }
}
