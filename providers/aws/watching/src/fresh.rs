//! What the types of this room share: patience with what was just made.

use std::time::Duration;

use groma_aws_core::Error;
use groma_sdk::Diagnostics;

/// How long what was just made may be missing from what the services say.
pub(crate) const SOON: Duration = Duration::from_secs(120);

/// What was just made, unless it is gone already.
pub(crate) fn found<M>(object: Option<M>, what: &str) -> Result<M, Diagnostics> {
    object.ok_or_else(|| {
        Error::refused("ResourceNotFound", "It is gone already.")
            .during(format_args!("reading {what}"))
    })
}
