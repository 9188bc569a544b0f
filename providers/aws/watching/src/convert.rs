//! From answers to objects.

use groma_aws_core::Error;
use groma_sdk::Diagnostics;

/// What was just made, unless it is gone already.
pub(crate) fn found<M>(object: Option<M>, what: &str) -> Result<M, Diagnostics> {
    object.ok_or_else(|| {
        Error::refused("ResourceNotFound", "It is gone already.")
            .during(format_args!("reading {what}"))
    })
}
