//! Why a state file cannot be read.

use serde::Deserialize;

use super::TERRAFORM_VERSION;

/// Something that keeps a state file from being read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{summary}: {detail}")]
pub struct StateFileError {
    /// A short line without names.
    pub summary: String,
    /// What, where, and what to do.
    pub detail: String,
}

const UNSUPPORTED: &str = "Unsupported state file format";

impl StateFileError {
    pub(super) fn new(summary: &str, detail: impl Into<String>) -> StateFileError {
        StateFileError { summary: summary.into(), detail: detail.into() }
    }

    pub(super) fn unsupported(detail: impl Into<String>) -> StateFileError {
        StateFileError::new(UNSUPPORTED, detail)
    }
}

/// What tells a state file's version.
#[derive(Deserialize)]
struct Sniff {
    version: Option<serde_json::Number>,
    terraform_version: Option<String>,
    encrypted_data: Option<serde::de::IgnoredAny>,
}

/// Why a text is not a version 4 state. `error` is what the parser of version 4 made of it, if
/// it refused it.
pub(super) fn explain(text: &str, error: Option<serde_json::Error>) -> StateFileError {
    let sniff: Sniff = match serde_json::from_str(text) {
        Ok(sniff) => sniff,
        Err(e) => {
            return StateFileError::unsupported(format!(
                "The state file could not be parsed as JSON: {e}. It may have been cut off or \
                 edited by hand. Restore it from a backup, such as terraform.tfstate.backup or an \
                 older version of the object in its bucket."
            ));
        }
    };
    if sniff.encrypted_data.is_some() {
        return StateFileError::unsupported(
            "This state file is encrypted, as OpenTofu can do it, and cannot be read without its \
             encryption configuration. Decrypt it with OpenTofu first.",
        );
    }
    let Some(version) = sniff.version else {
        return StateFileError::unsupported(
            "The state file does not have a \"version\" attribute, which is required to identify \
             the format version.",
        );
    };
    match version.as_u64() {
        Some(0) => StateFileError::unsupported(
            "The state file uses JSON syntax but has a version number of zero. There was never \
             such a format, so this is not a state file.",
        ),
        Some(v @ 1..=3) => StateFileError::unsupported(format!(
            "The state file uses format version {v}, which only releases of Terraform before 0.12 \
             wrote. Have a newer Terraform upgrade it to version 4 first: \"terraform apply \
             -refresh-only\" does that."
        )),
        Some(4) => {
            let error = error.map(|e| e.to_string()).unwrap_or_default();
            StateFileError::new(
                "Invalid state file",
                format!(
                    "The state file is not a valid version 4 state: {error}. It may have been \
                     edited by hand. Restore it from a backup, such as terraform.tfstate.backup \
                     or an older version of the object in its bucket."
                ),
            )
        }
        Some(v) => StateFileError::unsupported(match sniff.terraform_version {
            Some(by) => format!(
                "The state file uses format version {v}, which is not supported: versions up to 4 \
                 are, as Terraform {TERRAFORM_VERSION} writes it. This state file was created by \
                 version {by}; use that or a newer Groma."
            ),
            None => format!(
                "The state file uses format version {v}, which is not supported: versions up to 4 \
                 are, as Terraform {TERRAFORM_VERSION} writes it. This state file may have been \
                 created by a newer version; use a newer Groma."
            ),
        }),
        None => StateFileError::unsupported(format!(
            "The version in the state file is {version}. A positive whole number is required."
        )),
    }
}
