//! The backends that there are.
//!
//! Each backend that needs more than the file system has a module here. [`by_name`] finds the
//! factory for the label of a `backend` block, the local backend's included.
//!
//! Invariant: nothing here knows of plans.

pub mod s3;

use groma_backend::BackendFactory;
use groma_backend::local::LocalFactory;
use groma_diag::Diagnostic;

/// The backends that exist, in the order of their names.
pub const NAMES: [&str; 2] = ["local", "s3"];

/// What makes backends of this name; `None` if there is no such backend.
pub fn by_name(name: &str) -> Option<Box<dyn BackendFactory>> {
    match name {
        "local" => Some(Box::new(LocalFactory)),
        "s3" => Some(Box::new(s3::S3Factory)),
        _ => None,
    }
}

/// What to tell somebody who asks for a backend that does not exist.
pub fn unsupported(name: &str) -> Diagnostic {
    Diagnostic::error(
        "Unsupported backend type",
        format!(
            "There is no backend type named {name:?}. Supported backend types: {}.",
            NAMES.map(|n| format!("{n:?}")).join(", ")
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_and_the_table_agree() {
        for name in NAMES {
            assert_eq!(by_name(name).map(|f| f.kind()), Some(name));
        }
        assert!(by_name("artifactory").is_none());
        assert!(unsupported("artifactory").detail.contains("\"local\", \"s3\""));
    }
}
