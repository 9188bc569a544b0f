//! The `filter` blocks of data sources.

use aws_sdk_ec2::types as api;
use groma_sdk::{Attr, Blocks, Model, Set};

/// The `filter` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub struct Filter {
    /// What is looked at.
    #[attr(required)]
    pub name: Attr<String>,
    /// What it may be.
    #[attr(required)]
    pub values: Attr<Set<String>>,
}

/// The filters of blocks. Empty values, which states of old may have, are left out.
pub fn filters(blocks: &Blocks<Filter>) -> Vec<api::Filter> {
    let of = |block: &Filter| {
        let values: Vec<String> =
            block.values.or_default().0.into_iter().filter(|v| !v.is_empty()).collect();
        (!values.is_empty()).then(|| crate::ec2::filter(block.name.text(), values))
    };
    blocks.iter().filter_map(of).collect()
}

/// The filters for tags.
pub fn tag_filters(tags: &groma_aws_core::TagMap) -> impl Iterator<Item = api::Filter> + '_ {
    tags.iter().map(|(key, value)| crate::ec2::filter(&format!("tag:{key}"), [value]))
}

/// The one object that was looked for.
pub fn one<'o, T>(found: &'o [T], what: &str) -> Result<&'o T, groma_sdk::Diagnostics> {
    let (summary, detail) = match found {
        [one] => return Ok(one),
        [] => (format!("no matching {what} found"), "None passes all that it is looked for by."),
        _ => (
            format!(
                "multiple {what}s matched; use additional constraints to reduce matches to a single {what}"
            ),
            "More than one passes all that it is looked for by.",
        ),
    };
    Err(groma_sdk::Diagnostic::error(summary, detail).into())
}
