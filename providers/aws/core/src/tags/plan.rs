//! Tags through the life of an object.

use groma_sdk::{Attr, Context, Diagnostic, Diagnostics, Model, Planned};

use super::{Ignored, TagMap, TagPolicy, Tagged};
use crate::{Aws, plan_token};

/// Plans `tags_all` from `tags` and the tags that the provider adds, and prepares the token of a
/// create (see [`plan_token`]). Every resource type with tags calls it when it plans.
pub fn plan_tags<M: Model + Tagged>(
    cx: &Context<Aws>,
    change: &mut Planned<M>,
) -> Result<(), Diagnostics> {
    plan_token(cx, change.is_create());
    let prior = change.prior.as_ref().map(|p| p.tags_all().clone());
    let all = planned(cx.client().tags(), change.config.tags(), prior.as_ref());
    let own = change.config.tags().or_default();
    if let Attr::Known(all) = &all {
        check_tags(&own).and_then(|()| check_tags(all)).map_err(|problem| {
            let mut problem = Diagnostic::error("Invalid tags", problem);
            problem.attribute = Some(vec![groma_sdk::AttributeStep::Attribute("tags".into())]);
            problem
        })?;
    }
    if change.planned.tags_all() != &all {
        *change.planned.tags_all_mut() = all;
    }
    Ok(())
}

fn planned(
    policy: &TagPolicy,
    configured: &Attr<TagMap>,
    prior: Option<&Attr<TagMap>>,
) -> Attr<TagMap> {
    if configured.is_unknown() || policy.default_unknown {
        return Attr::Unknown;
    }
    let all = policy.all(&configured.or_default());
    // States have none in either form, and changing that would be a change of nothing.
    match prior {
        Some(Attr::Null) if all.is_empty() => Attr::Null,
        _ => Attr::Known(all),
    }
}

/// The tags to create an object with.
pub fn wanted_tags<M: Tagged>(aws: &Aws, planned: &M) -> TagMap {
    match planned.tags_all() {
        Attr::Known(all) => all.clone(),
        // They were not known when it was planned; now all is.
        _ => aws.tags().all(&planned.tags().or_default()),
    }
}

/// Records the tags that the service returned: ours in `tags_all`, the object's own in `tags`. What
/// the model has in `tags` so far is taken for what is configured.
pub fn record_tags<M: Tagged>(aws: &Aws, model: &mut M, returned: TagMap) {
    let policy = aws.tags();
    let all = policy.ours(returned);
    let own = policy.own(&all, &model.tags().or_default());
    *model.tags_mut() = match own.is_empty() && !matches!(model.tags(), Attr::Known(_)) {
        true => Attr::Null,
        false => Attr::Known(own),
    };
    *model.tags_all_mut() = Attr::Known(all);
}

/// What an update has to do to an object's tags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagChange {
    /// Tags that are new, or have new values.
    pub put: TagMap,
    /// The keys of tags that are to go.
    pub remove: Vec<String>,
}

impl TagChange {
    /// From an object's tags to the planned ones.
    pub fn of<M: Tagged>(aws: &Aws, prior: &M, planned: &M) -> TagChange {
        let old = prior.tags_all().or_default();
        TagChange::between(&aws.tags().ignored, &old, &wanted_tags(aws, planned))
    }

    /// From some tags to others. Ignored ones are never removed.
    pub fn between(ignored: &Ignored, old: &TagMap, new: &TagMap) -> TagChange {
        let put = new.iter().filter(|(k, v)| old.get(*k) != Some(*v));
        let remove = old.keys().filter(|k| !new.contains_key(*k) && !ignored.has(k));
        TagChange {
            put: put.map(|(k, v)| (k.clone(), v.clone())).collect(),
            remove: remove.cloned().collect(),
        }
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.put.is_empty() && self.remove.is_empty()
    }
}

/// Whether services take these tags: for `#[attr(check = check_tags)]`.
pub fn check_tags(tags: &TagMap) -> Result<(), String> {
    const MOST: usize = 50;
    if tags.len() > MOST {
        return Err(format!(
            "An object may have at most {MOST} tags, but this one would have {}, those of \
             \"default_tags\" included.",
            tags.len()
        ));
    }
    for (key, value) in tags {
        let length = key.chars().count();
        if length == 0 || length > 128 {
            return Err(format!(
                "The key of a tag has 1 to 128 characters, but {key:?} has {length}."
            ));
        }
        let length = value.chars().count();
        if length > 256 {
            return Err(format!(
                "The value of a tag has at most 256 characters, but that of {key:?} has {length}."
            ));
        }
        if key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:")) {
            return Err(format!(
                "Keys that begin with \"aws:\" are kept for AWS itself, but there is {key:?}."
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tagged;

    #[derive(Clone, Debug, Default, PartialEq, Model)]
    struct Thing {
        #[attr(optional)]
        tags: Attr<TagMap>,
        #[attr(optional, computed)]
        tags_all: Attr<TagMap>,
    }

    tagged!(Thing);

    fn map(pairs: &[(&str, &str)]) -> TagMap {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    fn policy() -> TagPolicy {
        TagPolicy {
            default: map(&[("team", "roads"), ("stage", "dev")]),
            default_unknown: false,
            ignored: Ignored {
                keys: ["seen".to_owned()].into(),
                prefixes: ["kubernetes.io/".to_owned()].into(),
            },
        }
    }

    /// The plan of a change, as the engine gets it.
    fn plan(prior: Option<&Thing>, config: &Thing, cx: &Context<Aws>) -> Result<Thing, String> {
        let ty = Thing::block().implied_type().clone();
        let proposed = match prior {
            // What engines propose for a computed attribute that is not configured.
            Some(prior) => Thing { tags_all: prior.tags_all.clone(), ..config.clone() },
            None => config.clone(),
        };
        let request = groma_sdk::PlanRequest {
            prior: prior.map_or(groma_sdk::Value::null(ty), Model::write),
            config: config.write(),
            proposed: proposed.write(),
        };
        let rules = Thing::rules().steady();
        let mut plan = groma_sdk::Plan::by_rules(&Thing::block(), &rules, &request);
        let mut change = Planned::<Thing>::of(&request, &plan);
        plan_tags(cx, &mut change).map_err(|d| d.to_string())?;
        change.into_plan(&mut plan);
        Ok(Thing::read(&plan.planned))
    }

    #[test]
    fn plans_have_all_tags() {
        let fake = crate::testing::Fake::new();
        let cx = Context::new(std::sync::Arc::new(fake.aws_with(policy())));
        let config = Thing { tags: Attr::Known(map(&[("a", "b")])), ..Thing::default() };
        let all = map(&[("team", "roads"), ("stage", "dev"), ("a", "b")]);
        let planned = plan(None, &config, &cx);
        let expected = Thing { tags: config.tags.clone(), tags_all: Attr::Known(all) };
        assert_eq!(planned, Ok(expected.clone()));
        // Its create has a token that a second apply of the plan finds again.
        assert!(!cx.private().is_empty());
        // Nothing changes when nothing did, and a new default is a change.
        assert_eq!(plan(Some(&expected), &config, &cx), Ok(expected.clone()));
        let older = Thing { tags_all: config.tags.clone(), ..expected.clone() };
        assert_eq!(plan(Some(&older), &config, &cx), Ok(expected));
        let unknown = Thing { tags: Attr::Unknown, ..Thing::default() };
        assert_eq!(plan(None, &unknown, &cx).map(|p| p.tags_all), Ok(Attr::Unknown));
        let reserved = Thing { tags: Attr::Known(map(&[("aws:x", "")])), ..Thing::default() };
        // Tags of AWS itself are left alone wherever they come from.
        assert!(plan(None, &reserved, &cx).is_err());
    }

    #[test]
    fn all_tags_are_the_defaults_and_the_own() {
        let own = Attr::Known(map(&[("stage", "prod"), ("a", "b"), ("seen", "x")]));
        let expected = map(&[("team", "roads"), ("stage", "prod"), ("a", "b")]);
        assert_eq!(planned(&policy(), &own, None), Attr::Known(expected));
        assert_eq!(planned(&policy(), &Attr::Unknown, None), Attr::Unknown);
    }

    #[test]
    fn none_stay_none_in_their_form() {
        let policy = TagPolicy::default();
        assert_eq!(planned(&policy, &Attr::Null, None), Attr::Known(TagMap::new()));
        assert_eq!(planned(&policy, &Attr::Null, Some(&Attr::Null)), Attr::Null);
        let none = Attr::Known(TagMap::new());
        assert_eq!(planned(&policy, &Attr::Null, Some(&none)), none);
    }

    #[test]
    fn what_others_put_is_not_recorded() {
        let aws = Aws::for_tests(policy());
        let mut thing = Thing { tags: Attr::Known(map(&[("stage", "dev")])), ..Thing::default() };
        let returned = map(&[
            ("aws:autoscaling:groupName", "g"),
            ("kubernetes.io/cluster", "c"),
            ("team", "roads"),
            ("stage", "dev"),
            ("by", "hand"),
        ]);
        record_tags(&aws, &mut thing, returned);
        // A default that is configured as well is the object's own, too.
        assert_eq!(thing.tags, Attr::Known(map(&[("stage", "dev"), ("by", "hand")])));
        let all = map(&[("team", "roads"), ("stage", "dev"), ("by", "hand")]);
        assert_eq!(thing.tags_all, Attr::Known(all));
        let mut thing = Thing::default();
        record_tags(&aws, &mut thing, map(&[("team", "roads"), ("stage", "dev")]));
        assert_eq!(thing.tags, Attr::Null);
        // A tag that is configured and to be left alone is no change for ever.
        let mut thing = Thing { tags: Attr::Known(map(&[("seen", "no")])), ..Thing::default() };
        record_tags(&aws, &mut thing, map(&[("seen", "yes")]));
        assert_eq!(thing.tags, Attr::Known(map(&[("seen", "no")])));
    }

    #[test]
    fn changes_put_and_remove() {
        let aws = Aws::for_tests(policy());
        let of = |pairs| Thing { tags: Attr::Null, tags_all: Attr::Known(map(pairs)) };
        let change = TagChange::of(
            &aws,
            &of(&[("a", "1"), ("b", "1"), ("c", "1"), ("seen", "1")]),
            &of(&[("a", "1"), ("b", "2"), ("d", "1")]),
        );
        assert_eq!(change.put, map(&[("b", "2"), ("d", "1")]));
        assert_eq!(change.remove, ["c"]);
        assert!(TagChange::of(&aws, &of(&[("a", "1")]), &of(&[("a", "1")])).is_empty());
    }

    #[test]
    fn tags_that_no_service_takes_are_refused() {
        assert!(check_tags(&map(&[("", "x")])).is_err());
        assert!(check_tags(&map(&[("AWS:x", "x")])).is_err());
        assert!(check_tags(&map(&[("ok", "")])).is_ok());
        let many = (0..51).map(|i| (i.to_string(), String::new())).collect();
        assert!(check_tags(&many).is_err_and(|e| e.contains("51")));
        let long: TagMap = [("x".repeat(129), String::new())].into();
        assert!(check_tags(&long).is_err());
    }
}
