//! Which files of a directory make up a module, and reading them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use groma_addrs::version::Version;
use groma_diag::{Diagnostic, Diagnostics};
use groma_hcl::Body;
use groma_value::Str;

use super::paths;
use super::source::{LoadError, SourceLoader};
use crate::decode::{ParsedFile, decode_module};
use crate::model::{Module, Unread};

/// The endings of configuration files, and what a file with such an ending puts out of force.
const ENDINGS: [(&str, Option<&str>); 4] =
    [(".tofu.json", Some(".tf.json")), (".tofu", Some(".tf")), (".tf.json", None), (".tf", None)];

/// How the names of query files end.
const QUERY_ENDING: &str = ".tfquery.hcl";

/// A file of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ModuleFile {
    pub(super) name: String,
    pub(super) is_json: bool,
    pub(super) is_override: bool,
}

/// The files that make up a module, in the order in which they are read: overriding ones last.
pub(super) fn select(names: Vec<String>) -> Vec<ModuleFile> {
    let names: BTreeSet<String> = names.into_iter().filter(|n| !is_ignored(n)).collect();
    let stem_and_ending = |name: &str| {
        ENDINGS.into_iter().find_map(|(e, _)| name.strip_suffix(e).map(|s| (s.to_owned(), e)))
    };
    let replaced: BTreeSet<String> = names
        .iter()
        .filter_map(|name| {
            let (stem, ending) = stem_and_ending(name)?;
            let (_, replaces) = ENDINGS.into_iter().find(|(e, _)| *e == ending)?;
            Some(format!("{stem}{}", replaces?))
        })
        .collect();
    let mut files: Vec<ModuleFile> = names
        .difference(&replaced)
        .filter_map(|name| {
            let (stem, ending) = stem_and_ending(name)?;
            Some(ModuleFile {
                is_json: ending.ends_with(".json"),
                is_override: stem == "override" || stem.ends_with("_override"),
                name: name.clone(),
            })
        })
        .collect();
    files.sort_by_key(|file| file.is_override);
    files
}

/// The query files.
fn select_queries(names: &[String]) -> Vec<ModuleFile> {
    let names: BTreeSet<&String> =
        names.iter().filter(|n| n.ends_with(QUERY_ENDING) && !is_ignored(n)).collect();
    let file =
        |name: &String| ModuleFile { name: name.clone(), is_json: false, is_override: false };
    names.into_iter().map(file).collect()
}

/// Hidden files, and what editors leave behind.
fn is_ignored(name: &str) -> bool {
    name.starts_with('.') || name.ends_with('~') || (name.starts_with('#') && name.ends_with('#'))
}

/// A directory that has been read.
#[derive(Clone, Debug)]
pub(super) struct LoadedDir {
    pub(super) module: Arc<Module>,
    pub(super) files: Arc<BTreeMap<Str, Str>>,
}

/// Reads the module in a directory; `None` if there is no such directory.
pub(super) fn load_dir(
    dir: &str,
    loader: &dyn SourceLoader,
    running: &Version,
    diagnostics: &mut Diagnostics,
) -> Result<LoadedDir, LoadError> {
    let mut parsed = Vec::new();
    let mut texts: BTreeMap<Str, Str> = BTreeMap::new();
    let mut broken = Vec::new();
    let names = loader.list(dir)?;
    let queries = match loader.reads_queries(dir) {
        true => select_queries(&names),
        false => Vec::new(),
    };
    for file in select(names).into_iter().chain(queries) {
        let path = paths::join(dir, &file.name);
        let bytes = match loader.read(&path) {
            Ok(bytes) => bytes,
            Err(why) => {
                let detail = format!("The file {path:?} could not be read: {why}.");
                diagnostics.push(Diagnostic::error("Failed to read file", detail));
                let filename = path.as_str().into();
                broken.push(Unread { filename, bytes: 0..u32::MAX, text: None });
                continue;
            }
        };
        let (content, found) = if file.is_json {
            groma_hcl::parse_json(&path, &bytes)
        } else {
            groma_hcl::parse_native(&path, &bytes)
        };
        let errors = found.iter().filter(|d| d.is_error());
        broken.extend(errors.map(|error| unread(error, &path, &content.body, &bytes)));
        diagnostics.extend(found);
        texts.insert(path.into(), String::from_utf8_lossy(&bytes).into());
        let is_query = file.name.ends_with(QUERY_ENDING);
        parsed.push(ParsedFile { body: content.body, is_override: file.is_override, is_query });
    }
    let (mut module, found) = decode_module(dir.into(), &parsed, running);
    // What is missing or misplaced where something could not be read need be neither.
    let consequence = |d: &Diagnostic| {
        CONSEQUENCES.contains(&&*d.summary)
            && d.subject.as_ref().is_some_and(|place| broken.iter().any(|b| b.covers(place)))
    };
    diagnostics.extend(found.into_iter().filter(|d| !consequence(d)));
    module.unread = broken;
    Ok(LoadedDir { module: Arc::new(module), files: Arc::new(texts) })
}

/// What errors of syntax lead to in the blocks that they are in.
const CONSEQUENCES: [&str; 3] =
    ["Missing required argument", "Unsupported argument", "Unsupported block type"];

/// The part of a file that an error of syntax makes unreliable.
fn unread(error: &Diagnostic, filename: &str, body: &Body, bytes: &[u8]) -> Unread {
    let place = error.subject.as_ref().map_or(0, |place| place.start.byte);
    // Of JSON syntax nothing is left.
    let range = body.unreliable_around(place).unwrap_or(0..u32::MAX);
    let end = bytes.len().min(range.end as usize);
    let text = bytes.get(range.start as usize..end).unwrap_or_default();
    let text = Some(String::from_utf8_lossy(text).into());
    Unread { filename: filename.into(), bytes: range, text }
}

/// Whether there are configuration files in a directory.
pub fn is_config_dir(loader: &dyn SourceLoader, dir: &str) -> Result<bool, LoadError> {
    Ok(!select(loader.list(dir)?).is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_selected_by_their_names() {
        let names = [
            "main.tf",
            "b.tf.json",
            "main.tofu",
            "a_override.tf",
            "override.tf.json",
            "x.tftest.hcl",
            "terraform.tfvars",
            ".hidden.tf",
            "main.tf~",
            "#main.tf#",
            "README.md",
            "b.tofu.json",
            "c.tf",
        ];
        let selected = select(names.iter().map(|n| n.to_string()).collect());
        let names: Vec<&str> = selected.iter().map(|f| f.name.as_str()).collect();
        assert_eq!(
            names,
            ["b.tofu.json", "c.tf", "main.tofu", "a_override.tf", "override.tf.json"]
        );
        assert!(selected[0].is_json && !selected[2].is_json);
        assert!(selected[3].is_override && selected[4].is_override && !selected[2].is_override);
    }
}
