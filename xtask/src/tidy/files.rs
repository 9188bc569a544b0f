//! What the files of the repository must and must not hold.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::{Findings, world};
use crate::workspace::Workspace;

/// A source file of more lines has more than one subject.
const TOO_LONG: usize = 800;
/// One of more may have.
const LONG: usize = 500;

const LICENSE: &str = "Apache-2.0 OR MIT";

/// Checks them.
pub(super) fn check(workspace: &Workspace, findings: &mut Findings) -> Result<()> {
    packages(workspace, findings);
    let places = places_of_this_machine(&workspace.root);
    for file in tracked(&workspace.root)? {
        // What is not text has no lines; what is tracked but deleted is somebody's work.
        let Ok(text) = std::fs::read_to_string(workspace.root.join(&file)) else { continue };
        for place in &places {
            if let Some(line) = line_of(&text, place) {
                findings.errors.push(format!("{}:{line}: a path of this machine", file.display()));
            }
        }
        if file.extension().is_some_and(|e| e == "rs") {
            source(&file, &text, findings);
            world::source(&file, &text, findings);
        }
    }
    Ok(())
}

fn packages(workspace: &Workspace, findings: &mut Findings) {
    for package in &workspace.packages {
        if package.license.as_deref() != Some(LICENSE) {
            findings.errors.push(format!("{}: its licence is not \"{LICENSE}\"", package.name));
        }
        let Some(entry) = &package.entry else {
            let directory = workspace.relative(&package.directory).display();
            findings.errors.push(format!("{directory}: neither a library nor a program"));
            continue;
        };
        let text = std::fs::read_to_string(entry).unwrap_or_default();
        if !text.starts_with("//! ") {
            findings.errors.push(format!(
                "{}:1: it does not begin with what it is for (`//!`)",
                workspace.relative(entry).display()
            ));
        }
    }
    for name in ["LICENSE-APACHE", "LICENSE-MIT"] {
        if !workspace.root.join(name).is_file() {
            findings.errors.push(format!("{name} is missing"));
        }
    }
}

fn source(file: &Path, text: &str, findings: &mut Findings) {
    let count = text.lines().count();
    let shown = file.display();
    if count > TOO_LONG {
        findings.errors.push(format!("{shown}: {count} lines, more than {TOO_LONG}"));
    } else if count > LONG {
        findings.warnings.push(format!("{shown}: {count} lines"));
    }
    for unfinished in unfinished() {
        if let Some(line) = line_of(text, &unfinished) {
            findings.errors.push(format!("{shown}:{line}: {unfinished}"));
        }
    }
}

/// What must not be in a source, put together so that this file is no example of it.
fn unfinished() -> [String; 4] {
    ["todo!|(", "unimplemented!|(", "#[|ignore", "#[|allow(dead_code"].map(|s| s.replace('|', ""))
}

fn line_of(text: &str, what: &str) -> Option<usize> {
    text.find(what).map(|at| text[..at].matches('\n').count() + 1)
}

/// Folders whose names say where this working copy is, or whose it is. Names that any machine may
/// have say nothing.
fn places_of_this_machine(root: &Path) -> Vec<String> {
    const COMMON: &[&str] = &["/", "/tmp", "/var", "/usr", "/opt", "/home", "/root", "/src"];
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let folders: BTreeSet<PathBuf> =
        root.parent().map(PathBuf::from).into_iter().chain(home).collect();
    folders
        .iter()
        .filter_map(|folder| folder.to_str())
        .filter(|folder| !COMMON.contains(folder))
        .map(|folder| format!("{folder}/"))
        .collect()
}

/// The files that git knows, or would if they were added.
fn tracked(root: &Path) -> Result<Vec<PathBuf>> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .context("git could not be started")?;
    if !output.status.success() {
        bail!("git cannot list the files:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    let names = String::from_utf8_lossy(&output.stdout);
    Ok(names.split('\0').filter(|n| !n.is_empty()).map(PathBuf::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unfinished_sources_are_found() {
        for mark in unfinished() {
            let mut findings = Findings::default();
            source(Path::new("x.rs"), &format!("//! X.\n\n{mark}\n"), &mut findings);
            assert_eq!(findings.errors, [format!("x.rs:3: {mark}")]);
        }
    }

    #[test]
    fn long_sources_are_found() {
        for (lines, errors, warnings) in [(500, 0, 0), (501, 0, 1), (801, 1, 0)] {
            let mut findings = Findings::default();
            source(Path::new("x.rs"), &"\n".repeat(lines), &mut findings);
            assert_eq!((findings.errors.len(), findings.warnings.len()), (errors, warnings));
        }
    }

    #[test]
    fn places_that_any_machine_has_are_no_secret() {
        let places = places_of_this_machine(Path::new("/tmp/clone"));
        assert!(!places.contains(&"/tmp/".to_owned()));
        let places = places_of_this_machine(Path::new("/data/somebody/clone"));
        assert!(places.contains(&"/data/somebody/".to_owned()));
    }
}
