//! Tags: those of the configuration, those that the provider's configuration adds, and those that
//! others put on an object and that we leave alone.
//!
//! A model with `tags` and `tags_all` says so with [`tagged!`](crate::tagged). Its resource type calls
//! [`plan_tags`] when it plans, [`wanted_tags`] when it creates, [`TagChange::of`] when it updates,
//! and [`record_tags`] with what the service returned.

mod plan;
mod policy;

use std::collections::BTreeMap;

use groma_sdk::Attr;

pub use plan::{TagChange, check_tags, plan_tags, record_tags, wanted_tags};
pub use policy::{Ignored, TagPolicy};

/// Tags by key.
pub type TagMap = BTreeMap<String, String>;

/// A model with tags. See [`tagged!`](crate::tagged).
pub trait Tagged {
    /// The tags of the configuration.
    fn tags(&self) -> &Attr<TagMap>;
    /// The tags of the configuration, to be changed.
    fn tags_mut(&mut self) -> &mut Attr<TagMap>;
    /// All tags of the object that are ours.
    fn tags_all(&self) -> &Attr<TagMap>;
    /// All tags of the object that are ours, to be changed.
    fn tags_all_mut(&mut self) -> &mut Attr<TagMap>;
}

/// Says that models have the attributes `tags` and `tags_all`.
#[macro_export]
macro_rules! tagged {
    ($($model:ty),+ $(,)?) => {$(
        impl $crate::Tagged for $model {
            fn tags(&self) -> &groma_sdk::Attr<$crate::TagMap> {
                &self.tags
            }
            fn tags_mut(&mut self) -> &mut groma_sdk::Attr<$crate::TagMap> {
                &mut self.tags
            }
            fn tags_all(&self) -> &groma_sdk::Attr<$crate::TagMap> {
                &self.tags_all
            }
            fn tags_all_mut(&mut self) -> &mut groma_sdk::Attr<$crate::TagMap> {
                &mut self.tags_all
            }
        }
    )+};
}

/// Tags as a service wants them: a vector of its own type of tags.
///
/// `sdk_tags!(aws_sdk_ec2::types::Tag, &tags)`; for types whose builder may refuse what lacks a part,
/// which ours never do, `sdk_tags!(aws_sdk_iam::types::Tag, &tags, fallible)`.
#[macro_export]
macro_rules! sdk_tags {
    ($tag:ty, $tags:expr) => {
        $tags
            .iter()
            .map(|(key, value)| <$tag>::builder().key(key).value(value).build())
            .collect::<Vec<$tag>>()
    };
    ($tag:ty, $tags:expr, fallible) => {
        $tags
            .iter()
            .filter_map(|(key, value)| <$tag>::builder().key(key).value(value).build().ok())
            .collect::<Vec<$tag>>()
    };
}

/// Tags from pairs as services give them, of which either half may be missing.
///
/// `tag_map(vpc.tags().iter().map(|t| (t.key(), t.value())))`
pub fn tag_map<'a, K, V>(pairs: impl IntoIterator<Item = (K, V)>) -> TagMap
where
    K: Into<Option<&'a str>>,
    V: Into<Option<&'a str>>,
{
    let pairs = pairs.into_iter().filter_map(|(key, value)| {
        Some((key.into()?.to_owned(), value.into().unwrap_or_default().to_owned()))
    });
    pairs.collect()
}
