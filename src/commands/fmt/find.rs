//! Which files are formatted.

use std::path::{Component, Path, PathBuf};

use groma_diag::{Diagnostic, Diagnostics};

/// What the names of files in native syntax end with.
const ENDINGS: [&str; 7] =
    [".tf", ".tofu", ".tfvars", ".tftest.hcl", ".tofutest.hcl", ".tfmock.hcl", ".tfquery.hcl"];

/// The files to format, and what could not be looked at.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) files: Vec<PathBuf>,
    pub(super) errors: Diagnostics,
}

/// The files that these targets stand for, those of a directory in the order of their names.
pub(super) fn find(targets: &[PathBuf], recursive: bool) -> Found {
    let mut found = Found::default();
    let here = [PathBuf::from(".")];
    let targets = if targets.is_empty() { &here } else { targets };
    for target in targets {
        match std::fs::metadata(target) {
            Ok(kind) if kind.is_dir() => found.directory(target, recursive),
            Ok(_) if has_ending(target) => found.files.push(shown(target)),
            Ok(_) => found.errors.error(
                "Only .tf, .tfvars, and .tftest.hcl files can be processed with groma fmt",
                format!(
                    "The name of {} ends with none of {}.",
                    target.display(),
                    ENDINGS.join(", ")
                ),
            ),
            Err(error) => {
                let summary = format!("No file or directory at {}", target.display());
                found.errors.error(summary, format!("{error}."));
                // It may have been meant as an option: better not to write to what is behind it.
                break;
            }
        }
    }
    found
}

impl Found {
    fn directory(&mut self, dir: &Path, recursive: bool) {
        let mut entries = Vec::new();
        let listed = std::fs::read_dir(dir).and_then(|all| {
            for entry in all {
                let entry = entry?;
                entries.push((entry.file_name(), entry.file_type()?.is_dir()));
            }
            Ok(())
        });
        if let Err(error) = listed {
            let summary = format!("Cannot read directory {}", shown(dir).display());
            self.errors.push(Diagnostic::error(summary, format!("{error}.")));
            return;
        }
        entries.sort();
        for (name, is_dir) in entries {
            let path = dir.join(&name);
            match is_dir {
                _ if is_ignored(&name.to_string_lossy()) => {}
                true if recursive => self.directory(&path, recursive),
                false if has_ending(&path) => self.files.push(shown(&path)),
                _ => {}
            }
        }
    }
}

fn has_ending(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Hidden files and what editors leave behind.
fn is_ignored(name: &str) -> bool {
    name.starts_with('.') || name.ends_with('~') || (name.starts_with('#') && name.ends_with('#'))
}

/// A path as it is shown: from the working directory, without detours.
fn shown(path: &Path) -> PathBuf {
    let cwd = std::env::current_dir().unwrap_or_default();
    let full = clean(&cwd.join(path));
    let mut up = PathBuf::new();
    for base in cwd.ancestors() {
        if let Ok(rest) = full.strip_prefix(base) {
            return up.join(rest);
        }
        up.push("..");
    }
    path.to_owned()
}

/// A path without `.` and `..`.
fn clean(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_from_the_working_directory() {
        let cwd = std::env::current_dir().unwrap();
        assert_eq!(shown(Path::new("./a/../b.tf")), Path::new("b.tf"));
        assert_eq!(shown(&cwd.join("x/b.tf")), Path::new("x/b.tf"));
        assert_eq!(shown(Path::new("../b.tf")), Path::new("../b.tf"));
    }

    #[test]
    fn files_are_known_by_their_names() {
        for name in ["a.tf", "a.auto.tfvars", "x/a.tofu", "a.tftest.hcl", ".tf"] {
            assert!(has_ending(Path::new(name)), "{name}");
        }
        for name in ["a.tf.json", "a.hcl", "tf", "a.tfstate"] {
            assert!(!has_ending(Path::new(name)), "{name}");
        }
        assert!(is_ignored(".a.tf") && is_ignored("#a.tf#") && is_ignored("a.tf~"));
    }
}
