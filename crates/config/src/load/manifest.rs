//! The list of installed modules, `modules.json`.

use std::collections::BTreeMap;

use groma_addrs::Module;
use groma_addrs::version::Version;
use serde::{Deserialize, Serialize};

/// The modules that are installed, by the calls that lead to them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModuleManifest {
    records: BTreeMap<String, ModuleRecord>,
}

/// An installed module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleRecord {
    /// The source that it was installed from.
    pub source: String,
    /// Its version, if it has one.
    pub version: Option<Version>,
    /// Its directory, relative to that of the root module.
    pub dir: String,
}

#[derive(Deserialize, Serialize)]
struct File {
    #[serde(rename = "Modules", default)]
    modules: Option<Vec<Record>>,
}

#[derive(Deserialize, Serialize)]
struct Record {
    #[serde(rename = "Key")]
    key: String,
    #[serde(rename = "Source", default)]
    source: String,
    #[serde(rename = "Version", default, skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(rename = "Dir", default)]
    dir: String,
}

/// Characters that are written as escapes.
const ESCAPED: [(char, &str); 5] = [
    ('&', "\\u0026"),
    ('<', "\\u003c"),
    ('>', "\\u003e"),
    ('\u{2028}', "\\u2028"),
    ('\u{2029}', "\\u2029"),
];

fn key(path: &Module) -> String {
    path.names().join(".")
}

impl ModuleManifest {
    /// Where the file is within the data directory.
    pub const PATH: &'static str = "modules/modules.json";

    /// Reads the file. The error is part of a sentence.
    pub fn parse(text: &[u8]) -> Result<ModuleManifest, String> {
        let file: File = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        let mut manifest = ModuleManifest::default();
        for record in file.modules.into_iter().flatten() {
            let version = match record.version.as_deref() {
                None | Some("") => None,
                Some(text) => Some(Version::parse(text).map_err(|error| {
                    format!("{text:?}, the version of {:?}, is not one: {error}", record.key)
                })?),
            };
            let entry =
                ModuleRecord { source: record.source, version, dir: record.dir.replace('\\', "/") };
            manifest.records.insert(record.key, entry);
        }
        Ok(manifest)
    }

    /// The file's content.
    pub fn to_json(&self) -> String {
        let modules = self.records.iter().map(|(key, record)| Record {
            key: key.clone(),
            source: record.source.clone(),
            version: record.version.as_ref().map(Version::to_string),
            dir: record.dir.clone(),
        });
        let file = File { modules: Some(modules.collect()) };
        // Strings in a struct can always be written. What could be mistaken for markup is escaped,
        // as other engines do it; in this file it stands in strings only.
        let mut text = serde_json::to_string(&file).unwrap_or_default();
        for (plain, escaped) in ESCAPED {
            if text.contains(plain) {
                text = text.replace(plain, escaped);
            }
        }
        text
    }

    /// The record of a module.
    pub fn get(&self, path: &Module) -> Option<&ModuleRecord> {
        self.records.get(&key(path))
    }

    /// Adds a record, or replaces it.
    pub fn insert(&mut self, path: &Module, record: ModuleRecord) {
        self.records.insert(key(path), record);
    }

    /// Takes out the records of a module and of all below it.
    pub fn remove(&mut self, path: &Module) {
        let own = key(path);
        let below = format!("{own}.");
        self.records.retain(|key, _| *key != own && !key.starts_with(&below));
    }

    /// All records by the names of the calls, joined by dots.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &ModuleRecord)> {
        self.records.iter().map(|(key, record)| (key.as_str(), record))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_is_read_and_written() {
        let text = r#"{"Modules":[{"Key":"","Source":"","Dir":"."},{"Key":"a.b","Source":"registry.terraform.io/x/y/z","Version":"1.2.3","Dir":".terraform/modules/a.b"}]}"#;
        let manifest = ModuleManifest::parse(text.as_bytes()).unwrap();
        let path = Module::new(["a".into(), "b".into()]);
        let record = manifest.get(&path).unwrap();
        assert_eq!(record.version, Some(Version::new(1, 2, 3)));
        assert_eq!(record.dir, ".terraform/modules/a.b");
        assert_eq!(manifest.to_json(), text);
    }

    #[test]
    fn addresses_are_written_as_other_engines_write_them() {
        let text = r#"{"Modules":[{"Key":"a","Source":"git::https://h/r?ref=\u003cv1\u003e\u0026depth=1","Dir":"d"}]}"#;
        let manifest = ModuleManifest::parse(text.as_bytes()).unwrap();
        let record = manifest.get(&Module::new(["a".into()])).unwrap();
        assert_eq!(record.source, "git::https://h/r?ref=<v1>&depth=1");
        assert_eq!(manifest.to_json(), text);
    }

    #[test]
    fn a_broken_manifest_is_refused() {
        assert!(ModuleManifest::parse(b"{").is_err());
        let wrong = br#"{"Modules":[{"Key":"a","Version":"x"}]}"#;
        assert!(ModuleManifest::parse(wrong).is_err());
    }
}
