//! Differences that are known and open.
//!
//! `known/NAME.txt` lists what still differs in the case of that name, one difference a line, each
//! without the values that differ; lines that begin with `#` say why. A difference that is not
//! listed fails the test. One that is listed and no longer there is told, so that the list shrinks.
//!
//! `GROMA_TEST_RECORD=1` writes the lists anew.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::Result;

/// Holds what differs in a case against what is known to differ.
#[expect(clippy::print_stderr, reason = "what need not be listed any more is to be seen")]
pub(crate) fn check(name: &str, found: &[String]) -> Result<()> {
    let file = file(name);
    let keys: BTreeSet<&str> = found.iter().map(|difference| key(difference)).collect();
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error.into()),
    };
    if std::env::var_os("GROMA_TEST_RECORD").is_some() {
        return record(&file, &text, &keys);
    }
    let known: BTreeSet<&str> =
        text.lines().filter(|l| !l.is_empty() && !l.starts_with('#')).collect();
    for gone in known.difference(&keys) {
        eprintln!("{name}: no longer different: {gone}");
    }
    let new: Vec<&str> =
        found.iter().filter(|d| !known.contains(key(d))).map(String::as_str).collect();
    if new.is_empty() {
        return Ok(());
    }
    Err(format!("differences in {name}:\n* {}", new.join("\n* ")).into())
}

fn file(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential/known");
    folder.join(format!("{name}.txt"))
}

/// A difference without the values that differ.
fn key(difference: &str) -> &str {
    let line = difference.lines().next().unwrap_or_default();
    let ends = [": missing", ": unexpected", ": expected", ": from line"].into_iter();
    let end = ends.filter_map(|word| Some(line.find(word)? + word.len())).min();
    line[..end.unwrap_or(line.len())].trim_end()
}

/// Writes the list anew. What says why stays, at its head.
fn record(file: &Path, before: &str, keys: &BTreeSet<&str>) -> Result<()> {
    if keys.is_empty() {
        return match std::fs::remove_file(file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        };
    }
    std::fs::create_dir_all(file.parent().unwrap_or(file))?;
    let reasons = before.lines().filter(|line| line.starts_with('#'));
    let lines: Vec<&str> = reasons.chain(keys.iter().copied()).collect();
    Ok(std::fs::write(file, format!("{}\n", lines.join("\n")))?)
}

#[test]
fn values_are_left_out_of_what_is_known() {
    let difference = "line 3, plan: exit code: expected 2, found 0";
    assert_eq!(key(difference), "line 3, plan: exit code: expected");
    let nested = "line 3, plan: a.b[]: unexpected {\"x\": \"y: expected\"}\nmore";
    assert_eq!(key(nested), "line 3, plan: a.b[]: unexpected");
}
