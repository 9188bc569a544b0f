//! Whole configurations, from text to tree.

mod accepted;
mod blocks;
mod modules;
mod oracle;
mod overrides;
mod providers;
mod rejected;
mod scale;

use groma_addrs::version::Version;
use groma_diag::Diagnostics;

use crate::{Config, LoadOptions, Loaded, MemoryLoader, ModuleManifest, load};

/// The files of a fixture: a line `--- path` begins a file; what is before the first is `main.tf`.
fn files(fixture: &str) -> Vec<(String, String)> {
    let mut files = vec![("main.tf".to_owned(), String::new())];
    for line in fixture.lines() {
        match line.trim().strip_prefix("--- ") {
            Some(path) => files.push((path.to_owned(), String::new())),
            None => {
                let (_, text) = files.last_mut().unwrap();
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    files.retain(|(path, text)| path != "main.tf" || !text.trim().is_empty());
    files
}

fn load_with(fixture: &str, manifest: &str) -> Loaded {
    let version = Version::new(1, 11, 4);
    let mut loader = MemoryLoader::new(files(fixture));
    loader.manifest = ModuleManifest::parse(manifest.as_bytes()).unwrap();
    load(".", &loader, &LoadOptions::new(&version))
}

fn load_fixture(fixture: &str) -> Loaded {
    load_with(fixture, "{}")
}

/// The configuration of a fixture with which nothing is wrong.
fn config(fixture: &str) -> Config {
    let loaded = load_fixture(fixture);
    assert!(loaded.diagnostics.is_empty(), "{}", loaded.diagnostics);
    loaded.config.unwrap()
}

/// Each diagnostic as `path:line summary`, warnings with a question mark.
fn found(diagnostics: &Diagnostics) -> Vec<String> {
    let shown = diagnostics.iter().map(|d| {
        let mark = if d.is_error() { "" } else { "?" };
        match &d.subject {
            Some(s) => format!("{}:{} {mark}{}", s.filename, s.start.line, d.summary),
            None => format!("{mark}{}", d.summary),
        }
    });
    let mut shown: Vec<String> = shown.collect();
    shown.sort();
    shown
}

/// Holds what is found against the annotations of a fixture: `#! summary` announces an error on
/// the next line that is not an annotation, `#? summary` a warning.
fn check(fixture: &str) {
    let mut loaded = load_fixture(fixture);
    if let Some(config) = &loaded.config {
        loaded.diagnostics.extend(config.check_links());
    }
    let mut expected = Vec::new();
    for (path, text) in files(fixture) {
        let mut pending: Vec<String> = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if let Some(summary) = line.strip_prefix("#! ") {
                pending.push(summary.to_owned());
            } else if let Some(summary) = line.strip_prefix("#? ") {
                pending.push(format!("?{summary}"));
            } else {
                expected.extend(pending.drain(..).map(|s| format!("{path}:{} {s}", number + 1)));
            }
        }
    }
    expected.sort();
    let found = found(&loaded.diagnostics);
    assert_eq!(found, expected, "\n{}", loaded.diagnostics);
}
