//! What the provider's configuration says of tags.

use std::collections::BTreeSet;

use super::TagMap;

/// The tags that the provider adds to all objects, and those that it leaves alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagPolicy {
    /// Added to every object.
    pub default: TagMap,
    /// Whether the added ones are not known yet.
    pub default_unknown: bool,
    /// Left alone.
    pub ignored: Ignored,
}

/// Tags that are none of ours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ignored {
    /// By their keys.
    pub keys: BTreeSet<String>,
    /// By what their keys begin with.
    pub prefixes: BTreeSet<String>,
}

impl Ignored {
    /// Whether a tag is left alone. Those of AWS itself always are.
    pub fn has(&self, key: &str) -> bool {
        key.starts_with("aws:")
            || self.keys.contains(key)
            || self.prefixes.iter().any(|prefix| key.starts_with(prefix))
    }
}

impl TagPolicy {
    /// All tags of an object with these tags of its own.
    pub fn all(&self, own: &TagMap) -> TagMap {
        let mut all = self.default.clone();
        all.extend(own.iter().map(|(k, v)| (k.clone(), v.clone())));
        all.retain(|key, _| !self.ignored.has(key));
        all
    }

    /// What of an object's tags is ours.
    pub fn ours(&self, mut tags: TagMap) -> TagMap {
        tags.retain(|key, _| !self.ignored.has(key));
        tags
    }

    /// What of all our tags is the object's own: those that the provider did not add, and those that
    /// it adds but that the object has in its configuration as well. Configured ones that are to be
    /// left alone stay as they are configured: nothing will ever change them.
    pub fn own(&self, all: &TagMap, configured: &TagMap) -> TagMap {
        let own = |(key, value): &(&String, &String)| {
            self.default.get(*key) != Some(*value) || configured.get(*key) == Some(*value)
        };
        let left_alone = configured.iter().filter(|(key, _)| self.ignored.has(key));
        let own = all.iter().filter(own).chain(left_alone);
        own.map(|(k, v)| (k.clone(), v.clone())).collect()
    }
}
