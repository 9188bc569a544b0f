//! Workspaces: their names, and which one is selected.

use std::path::Path;

use crate::{BackendError, files};

/// The workspace that always exists.
pub const DEFAULT: &str = "default";

/// The file in the data directory that names the selected workspace.
const SELECTED: &str = "environment";

/// Whether a workspace may have this name: characters that need no escaping in a segment of an
/// URL, and not a name that means a folder.
pub fn is_valid_name(name: &str) -> bool {
    let ok = |b: u8| b.is_ascii_alphanumeric() || b"-_.~$&+=:@".contains(&b);
    !matches!(name, "" | "." | "..") && name.bytes().all(ok)
}

/// An error for a name that no workspace may have.
pub fn check_name(name: &str) -> Result<(), BackendError> {
    if is_valid_name(name) {
        return Ok(());
    }
    Err(BackendError::new(
        "Invalid workspace name",
        format!(
            "The workspace name {name:?} is not allowed. The name must contain only URL safe \
             characters, and no path separators."
        ),
    ))
}

/// The workspace that was last selected in this data directory (`.terraform`).
pub fn selected(data_dir: &Path) -> Result<String, BackendError> {
    let name = match files::read(&data_dir.join(SELECTED))? {
        Some(bytes) => String::from_utf8_lossy(&bytes).trim().to_owned(),
        None => String::new(),
    };
    Ok(if name.is_empty() { DEFAULT.to_owned() } else { name })
}

/// Selects a workspace.
pub fn select(data_dir: &Path, name: &str) -> Result<(), BackendError> {
    check_name(name)?;
    files::replace(&data_dir.join(SELECTED), name.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_url_segments() {
        for name in ["default", "a.b", "x:y@z", "prod-eu_1"] {
            assert!(is_valid_name(name), "{name}");
        }
        for name in ["", "..", "a/b", "a b", "é", "a%20b", "a\\b"] {
            assert!(!is_valid_name(name), "{name}");
        }
    }

    #[test]
    fn a_selection_is_remembered() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join(".terraform");
        assert_eq!(selected(&data).unwrap(), "default");
        select(&data, "blue").unwrap();
        assert_eq!(selected(&data).unwrap(), "blue");
        assert!(select(&data, "../x").is_err());
    }
}
