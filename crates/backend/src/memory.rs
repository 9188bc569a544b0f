//! What `init` remembers of the backend: `terraform.tfstate` in the data directory.
//!
//! The file has the form that Terraform gives it, so that a directory that one of the two has
//! initialised is initialised for the other.

use std::path::{Path, PathBuf};

use groma_schema::Block;
use groma_state::file::TERRAFORM_VERSION;
use groma_value::{Kind, Value, json};
use serde::{Deserialize, Serialize};

use crate::{BackendError, files};

/// The file's name in the data directory (`.terraform`).
pub const FILE_NAME: &str = "terraform.tfstate";

/// The backend that a directory was initialised with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BackendMemory {
    /// The label of the `backend` block.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its configuration as it was after all merges, every attribute of the schema.
    pub config: serde_json::Value,
    /// The [`config_hash`] of what was written in the `backend` block, before merges.
    #[serde(default)]
    pub hash: i64,
}

#[derive(Serialize, Deserialize)]
struct File {
    version: u64,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    terraform_version: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    backend: Option<BackendMemory>,
}

/// Where the memory is kept.
pub fn path(data_dir: &Path) -> PathBuf {
    data_dir.join(FILE_NAME)
}

/// What is remembered; `None` if the directory was never initialised or has no backend.
pub fn read(data_dir: &Path) -> Result<Option<BackendMemory>, BackendError> {
    let path = path(data_dir);
    let Some(bytes) = files::read(&path)? else { return Ok(None) };
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    let unreadable = |why: String| {
        BackendError::new(
            "Error loading the backend configuration",
            format!(
                "{} does not say which backend this directory was initialised with: {why}. Run \
                 \"groma init -reconfigure\" to initialise it anew; no state is kept in this \
                 file.",
                path.display()
            ),
        )
    };
    let file: File = serde_json::from_slice(&bytes).map_err(|e| unreadable(e.to_string()))?;
    if file.version != 3 {
        return Err(unreadable(format!("it has version {} instead of 3", file.version)));
    }
    Ok(file.backend.filter(|b| !b.kind.is_empty()))
}

/// Remembers a backend; `None` forgets.
pub fn write(data_dir: &Path, memory: Option<&BackendMemory>) -> Result<(), BackendError> {
    let path = path(data_dir);
    let Some(memory) = memory else {
        return files::remove(&path).map_err(|e| files::failed("remove", &path, &e));
    };
    let file = File {
        version: 3,
        terraform_version: TERRAFORM_VERSION.into(),
        backend: Some(memory.clone()),
    };
    let bytes = serde_json::to_vec_pretty(&file)
        .map_err(|e| files::failed("write", &path, &std::io::Error::other(e)))?;
    files::replace(&path, &bytes)
}

impl BackendMemory {
    /// Remembers a configuration. `hash` is the [`config_hash`] of the block as written.
    pub fn new(
        kind: &str,
        config: &Value,
        schema: &Block,
        hash: i64,
    ) -> Result<BackendMemory, BackendError> {
        let invalid = |e: String| {
            BackendError::new(
                "Invalid backend configuration",
                format!("The configuration of the {kind:?} backend cannot be remembered: {e}."),
            )
        };
        let (config, _) = config.clone().unmark_deep();
        let config =
            json::to_json(&config, schema.implied_type()).map_err(|e| invalid(e.to_string()))?;
        Ok(BackendMemory { kind: kind.into(), config, hash })
    }

    /// The configuration under the backend's schema; an attribute that the schema has and the
    /// memory lacks is null. Fails where the schema has changed since.
    pub fn config(&self, schema: &Block) -> Result<Value, String> {
        let mut config = self.config.clone();
        let members = config.as_object_mut().ok_or("the configuration is not an object")?;
        let names = schema.attributes.keys().chain(schema.blocks.keys());
        for name in names {
            members.entry(&**name).or_insert(serde_json::Value::Null);
        }
        json::from_json(&config, schema.implied_type()).map_err(|e| e.to_string())
    }

    /// Whether this is the backend that a configuration asks for, so that there is nothing to
    /// initialise.
    pub fn matches(&self, kind: &str, config: &Value, schema: &Block) -> bool {
        let (config, _) = config.clone().unmark_deep();
        self.kind == kind && self.config(schema).is_ok_and(|remembered| remembered == config)
    }
}

/// A number that changes when what is written in a `backend` block changes; the same that
/// Terraform computes. `config` is the block decoded by the schema with nothing required.
pub fn config_hash(kind: &str, config: &Value) -> i64 {
    let mut text = String::from("<");
    quote(kind, &mut text);
    text.push(';');
    hash_text(config, &mut text);
    text.push_str(";>");
    i64::from(crc32(text.as_bytes()))
}

fn hash_text(value: &Value, out: &mut String) {
    let list = |items: &[Value], open: char, close: char, out: &mut String| {
        out.push(open);
        for item in items {
            hash_text(item, out);
            out.push(';');
        }
        out.push(close);
    };
    match value.kind() {
        Kind::Null(_) => out.push('~'),
        Kind::Unknown(_) => out.push('?'),
        Kind::Bool(b) => out.push(if *b { 'T' } else { 'F' }),
        Kind::Number(n) => out.push_str(&n.to_string()),
        Kind::String(s) => quote(s, out),
        Kind::List(l) => list(&l.items, '[', ']', out),
        Kind::Set(s) => list(&s.items, '[', ']', out),
        Kind::Tuple(items) => list(items, '<', '>', out),
        Kind::Map(m) => {
            out.push('{');
            for (key, item) in m.entries.iter() {
                quote(key, out);
                out.push(':');
                hash_text(item, out);
                out.push(';');
            }
            out.push('}');
        }
        Kind::Object(entries) => {
            out.push('<');
            for item in entries.values() {
                hash_text(item, out);
                out.push(';');
            }
            out.push('>');
        }
    }
}

fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// The checksum of IEEE 802.3. Configurations are short: no table is worth its while.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 }
        })
    })
}

#[cfg(test)]
mod tests {
    use groma_schema::Attribute;
    use groma_value::Type;

    use super::*;

    fn schema() -> Block {
        Block::with_attributes([
            ("path", Attribute::optional(Type::String)),
            ("workspace_dir", Attribute::optional(Type::String)),
        ])
    }

    fn config(path: &str) -> Value {
        Value::object_of([("path", path.into()), ("workspace_dir", Value::null(Type::String))])
    }

    #[test]
    fn what_is_remembered_is_found_again() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join(".terraform");
        assert_eq!(read(&data).unwrap(), None);
        let hash = config_hash("local", &config("a"));
        let memory = BackendMemory::new("local", &config("a"), &schema(), hash).unwrap();
        write(&data, Some(&memory)).unwrap();
        let found = read(&data).unwrap().unwrap();
        assert_eq!(found, memory);
        assert!(found.matches("local", &config("a"), &schema()));
        assert!(!found.matches("local", &config("b"), &schema()));
        assert!(!found.matches("s3", &config("a"), &schema()));
        write(&data, None).unwrap();
        assert_eq!(read(&data).unwrap(), None);
    }

    #[test]
    fn hashes_are_those_of_terraform() {
        // What `terraform init` 1.11.4 wrote for backend "local" { path = "x/y.tfstate" }.
        assert_eq!(config_hash("local", &config("x/y.tfstate")), 1_293_398_979);
    }

    #[test]
    fn garbage_gets_an_error_that_says_what_to_do() {
        let dir = tempfile::tempdir().unwrap();
        files::replace(&path(dir.path()), b"{\"version\": 3, ").unwrap();
        assert!(read(dir.path()).unwrap_err().detail.contains("init -reconfigure"));
        files::replace(&path(dir.path()), b"{\"version\": 4}").unwrap();
        assert!(read(dir.path()).is_err());
    }
}
