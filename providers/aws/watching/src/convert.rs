//! From attributes to what requests take. In the states of the released provider a zero value stands
//! for what is not set; requests leave both out.

use groma_aws_core::Error;
use groma_sdk::{Attr, Diagnostics, Set};

/// The number, unless it is zero.
pub(crate) fn number(attr: &Attr<i64>) -> Option<i32> {
    attr.get().and_then(|n| i32::try_from(*n).ok()).filter(|n| *n != 0)
}

/// The elements, unless there are none.
pub(crate) fn items(attr: &Attr<Set<String>>) -> Option<Vec<String>> {
    attr.get().filter(|set| !set.is_empty()).map(|set| set.0.clone())
}

/// A set of texts.
pub(crate) fn set_of(texts: &[String]) -> Attr<Set<String>> {
    Attr::Known(texts.iter().cloned().collect())
}

/// What was just made, unless it is gone already.
pub(crate) fn found<M>(object: Option<M>, what: &str) -> Result<M, Diagnostics> {
    object.ok_or_else(|| {
        Error::refused("ResourceNotFound", "It is gone already.")
            .during(format_args!("reading {what}"))
    })
}
