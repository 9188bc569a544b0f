//! `ignore_changes`: parts of the configuration that do not count once an object exists.

use groma_config::IgnoreChanges;
use groma_hcl::{Traversal, TraversalStep};
use groma_value::{Kind, PathStep, Value};

use super::node::Target;

/// The configuration with what is to be ignored as it was.
pub(super) fn ignore_changes(target: &Target, prior: &Value, config: Value) -> Value {
    if prior.is_null() {
        return config;
    }
    let block = &target.schema.block;
    match &target.resource.lifecycle.ignore_changes {
        IgnoreChanges::All => {
            // All that the configuration could set is what it was; the rest is the provider's.
            let entries = config.as_entries().cloned().unwrap_or_default();
            let kept = entries.into_iter().map(|(name, value)| {
                let computed_only =
                    block.attributes.get(&name).is_some_and(|a| !a.optional && !a.required);
                match prior.get(&name) {
                    Some(prior) if !computed_only => (name, prior.clone()),
                    _ => (name, value),
                }
            });
            Value::object(kept.collect())
        }
        IgnoreChanges::Attributes(list) => list.iter().fold(config, |config, traversal| {
            let steps = ignore_steps(traversal);
            put_back(&config, prior, &steps)
        }),
    }
}

fn ignore_steps(traversal: &Traversal) -> Vec<PathStep> {
    let root = PathStep::Attribute(traversal.root.clone());
    let rest = traversal.steps.iter().map(|step| match step {
        TraversalStep::Attr { name, .. } => PathStep::Attribute(name.clone()),
        TraversalStep::Index { key, .. } => PathStep::Index(key.clone()),
    });
    std::iter::once(root).chain(rest).collect()
}

/// The configured value with the part at a path as it was before; where there was none, without.
fn put_back(config: &Value, prior: &Value, steps: &[PathStep]) -> Value {
    let Some((step, rest)) = steps.split_first() else { return prior.clone() };
    if config.is_null() && !prior.is_null() && rest.is_empty() && steps.len() == 1 {
        // Something within what is not configured at all any more: nothing to put it into, unless
        // the whole map is made of what is ignored.
        if let (PathStep::Index(key), Kind::Map(map)) = (step, prior.kind())
            && let Some(key) = key.as_str()
            && let Some(value) = map.entries.get(key)
        {
            let entries = [(key.clone(), value.clone())].into_iter().collect();
            return Value::map(map.element.clone(), entries);
        }
    }
    match (step, config.kind()) {
        (PathStep::Attribute(name), Kind::Object(entries)) => {
            let mut entries = (**entries).clone();
            if let (Some(old), Some(new)) = (prior.get(name), entries.get(name)) {
                let new = put_back(new, old, rest);
                entries.insert(name.clone(), new);
            }
            Value::object(entries)
        }
        (PathStep::Index(key), Kind::Map(map)) => {
            let Some(key) = key.as_str() else { return config.clone() };
            let mut entries = map.entries.clone();
            match (prior.get(key), entries.get(key)) {
                (Some(old), Some(new)) => {
                    let new = put_back(new, old, rest);
                    entries.insert(key.clone(), new);
                }
                (Some(old), None) => entries.insert(key.clone(), old.clone()),
                (None, _) => {
                    entries.remove(key);
                }
            }
            Value::map(map.element.clone(), entries)
        }
        (PathStep::Index(key), Kind::List(list)) => {
            let mut items = list.items.clone();
            let index =
                key.as_number().and_then(|n| n.as_i64()).and_then(|i| usize::try_from(i).ok());
            if let Some(i) = index
                && let (Some(new), Some(old)) =
                    (items.get(i), prior.as_sequence().and_then(|p| p.get(i)))
            {
                items[i] = put_back(new, old, rest);
            }
            Value::list(list.element.clone(), items)
        }
        _ => config.clone(),
    }
}
