//! Where resources and data are kept.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use groma_sdk::schema::Block;
use groma_sdk::value::{Str, Value};
use serde::Serialize as _;
use serde_json::{Map, Value as Json};

use crate::stored;

/// The configured provider.
#[derive(Debug)]
pub(crate) struct Client {
    /// The folder of the resources; without one, the engine's state is all there is.
    pub(crate) resources: Option<PathBuf>,
    /// The folder of the data.
    pub(crate) data: PathBuf,
    /// The ids whose creation fails.
    pub(crate) fail_on_create: HashSet<Str>,
    /// The ids whose reading fails.
    pub(crate) fail_on_read: HashSet<Str>,
    /// The ids whose update fails.
    pub(crate) fail_on_update: HashSet<Str>,
    /// The ids whose deletion fails.
    pub(crate) fail_on_delete: HashSet<Str>,
    /// The ids whose changes are deferred.
    pub(crate) defer_changes: HashSet<Str>,
}

/// What is stored of a resource.
pub(crate) enum Found {
    /// This.
    Object(Value),
    /// Nothing: it is gone.
    Gone,
    /// Nothing ever is: what the engine knows holds.
    NotKept,
}

impl Client {
    /// Reads a resource.
    pub(crate) fn read(&self, block: &Block, id: &str) -> Result<Found, String> {
        let Some(folder) = &self.resources else { return Ok(Found::NotKept) };
        match load(block, &file_of(folder, id)?)? {
            Some(object) => Ok(Found::Object(object)),
            None => Ok(Found::Gone),
        }
    }

    /// Reads a data source.
    pub(crate) fn read_data(&self, block: &Block, id: &str) -> Result<Value, String> {
        let path = file_of(&self.data, id)?;
        load(block, &path)?
            .ok_or_else(|| format!("open {}: no such file or directory", path.display()))
    }

    /// Writes a resource that must not be there yet.
    pub(crate) fn create(&self, ty: &str, block: &Block, object: &Value) -> Result<(), String> {
        let Some(folder) = &self.resources else { return Ok(()) };
        let path = file_of(folder, id_of(object))?;
        create_folder(folder).map_err(|e| failure("create", folder, &e))?;
        let mut options = fs::OpenOptions::new();
        match options.write(true).create_new(true).open(&path) {
            Ok(mut file) => {
                let written = file.write_all(&text_of(ty, block, object));
                written.map_err(|e| failure("write", &path, &e))
            }
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                Err("resource with the specified id likely already exists".to_owned())
            }
            Err(e) => Err(failure("create", &path, &e)),
        }
    }

    /// Writes a resource that must be there.
    pub(crate) fn update(&self, ty: &str, block: &Block, object: &Value) -> Result<(), String> {
        let Some(folder) = &self.resources else { return Ok(()) };
        let path = file_of(folder, id_of(object))?;
        let mut file = fs::OpenOptions::new()
            .write(true)
            .truncate(true)
            .open(&path)
            .map_err(|e| failure("open", &path, &e))?;
        file.write_all(&text_of(ty, block, object)).map_err(|e| failure("write", &path, &e))
    }

    /// Removes a resource, and the folder with the last one.
    pub(crate) fn delete(&self, id: &str) -> Result<(), String> {
        let Some(folder) = &self.resources else { return Ok(()) };
        let path = file_of(folder, id)?;
        fs::remove_file(&path).map_err(|e| failure("remove", &path, &e))?;
        // It stays if there is something else in it.
        let _ = fs::remove_dir(folder);
        Ok(())
    }
}

/// The id of an object; empty if it has none.
pub(crate) fn id_of(object: &Value) -> &str {
    object.get("id").and_then(Value::as_str).map_or("", |id| id)
}

fn failure(what: &str, path: &Path, error: &io::Error) -> String {
    format!("{what} {}: {error}", path.display())
}

fn file_of(folder: &Path, id: &str) -> Result<PathBuf, String> {
    // An id from outside must not lead out of the folder.
    if id.is_empty() || id.contains(['/', '\\', '\0']) {
        return Err(format!("{id:?} cannot be the name of a file"));
    }
    Ok(folder.join(format!("{id}.json")))
}

#[cfg(unix)]
fn create_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn create_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

fn load(block: &Block, path: &Path) -> Result<Option<Value>, String> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(failure("open", path, &e)),
    };
    let object: Result<Value, String> = serde_json::from_str::<Json>(&text)
        .map_err(|e| e.to_string())
        .and_then(|json| match json.get("values") {
            Some(Json::Object(members)) => stored::object_from_json(block, members),
            Some(Json::Null) | None => stored::object_from_json(block, &Map::new()),
            Some(_) => Err("\"values\" is no object".to_owned()),
        });
    object.map(Some).map_err(|e| format!("{}: {e}", path.display()))
}

/// The text of a resource's file.
fn text_of(ty: &str, block: &Block, object: &Value) -> Vec<u8> {
    let whole = Json::Object(Map::from_iter([
        ("resource_type".to_owned(), Json::from(ty)),
        ("values".to_owned(), Json::Object(stored::object_to_json(block, object))),
    ]));
    let mut text = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut text, HtmlSafe::default());
    // Writing a tree with string keys into memory does not fail.
    let _ = whole.serialize(&mut serializer);
    text
}

/// Indented by two, and with the characters escaped that mean something in HTML.
#[derive(Default)]
struct HtmlSafe(serde_json::ser::PrettyFormatter<'static>);

impl serde_json::ser::Formatter for HtmlSafe {
    fn begin_array<W: ?Sized + io::Write>(&mut self, w: &mut W) -> io::Result<()> {
        self.0.begin_array(w)
    }
    fn end_array<W: ?Sized + io::Write>(&mut self, w: &mut W) -> io::Result<()> {
        self.0.end_array(w)
    }
    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        w: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_array_value(w, first)
    }
    fn end_array_value<W: ?Sized + io::Write>(&mut self, w: &mut W) -> io::Result<()> {
        self.0.end_array_value(w)
    }
    fn begin_object<W: ?Sized + io::Write>(&mut self, w: &mut W) -> io::Result<()> {
        self.0.begin_object(w)
    }
    fn end_object<W: ?Sized + io::Write>(&mut self, w: &mut W) -> io::Result<()> {
        self.0.end_object(w)
    }
    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        w: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_object_key(w, first)
    }
    fn begin_object_value<W: ?Sized + io::Write>(&mut self, w: &mut W) -> io::Result<()> {
        self.0.begin_object_value(w)
    }
    fn end_object_value<W: ?Sized + io::Write>(&mut self, w: &mut W) -> io::Result<()> {
        self.0.end_object_value(w)
    }
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        w: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let special = |c: char| matches!(c, '<' | '>' | '&' | '\u{2028}' | '\u{2029}');
        let mut rest = fragment;
        while let Some(at) = rest.find(special) {
            let (plain, tail) = rest.split_at(at);
            w.write_all(plain.as_bytes())?;
            let mut chars = tail.chars();
            if let Some(c) = chars.next() {
                write!(w, "\\u{:04x}", c as u32)?;
            }
            rest = chars.as_str();
        }
        w.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{schema, statics};

    fn client(folder: &Path) -> Client {
        Client {
            resources: Some(folder.join("r")),
            data: folder.join("d"),
            fail_on_create: HashSet::new(),
            fail_on_read: HashSet::new(),
            fail_on_update: HashSet::new(),
            fail_on_delete: HashSet::new(),
            defer_changes: HashSet::new(),
        }
    }

    const STORED: &str = r#"{
  "resource_type": "t",
  "values": {
    "float": {
      "number": "2.5e-05"
    },
    "id": {
      "string": "a\u003cb"
    },
    "list": {
      "list": []
    },
    "list_block": {
      "list": [
        {
          "object": {
            "integer": {
              "number": "1e+06"
            }
          }
        }
      ]
    },
    "set": {
      "set": [
        {
          "object": {
            "bool": {
              "boolean": true
            },
            "map": {
              "map": {
                "k": {
                  "object": {}
                }
              }
            }
          }
        }
      ]
    }
  }
}"#;

    #[test]
    fn what_is_written_is_read() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let client = client(folder.path());
        let block = schema::resource(&statics::complex()).block;
        fs::create_dir(folder.path().join("r"))?;
        let path = folder.path().join("r/a<b.json");
        fs::write(&path, STORED)?;
        let Found::Object(object) = client.read(&block, "a<b")? else { panic!("it is gone") };
        assert_eq!(object.ty(), *block.implied_type());
        fs::remove_file(&path)?;
        client.create("t", &block, &object)?;
        assert_eq!(fs::read_to_string(&path)?, STORED);
        assert!(client.create("t", &block, &object).is_err_and(|e| e.contains("already exists")));
        client.update("t", &block, &object)?;
        client.delete("a<b")?;
        assert!(!folder.path().join("r").exists());
        assert!(client.delete("a<b").is_err());
        assert!(client.update("t", &block, &object).is_err());
        assert!(matches!(client.read(&block, "a<b")?, Found::Gone));
        Ok(())
    }

    #[test]
    fn ids_stay_in_the_folder() {
        let client = client(Path::new("x"));
        let block = schema::resource(&statics::simple()).block;
        assert!(client.read(&block, "../a").is_err_and(|e| e.contains("name of a file")));
    }

    #[test]
    fn damaged_files_are_errors() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let client = client(folder.path());
        let block = schema::data_source(&statics::simple()).block;
        fs::create_dir(folder.path().join("d"))?;
        for (text, expected) in [
            ("{", "EOF"),
            (r#"{"values": []}"#, "no object"),
            (r#"{"values": {"number": {"number": "x"}}}"#, "\"x\" is no number"),
            (r#"{"values": {"string": {"string": 5}}}"#, "string: it does not hold a string"),
        ] {
            fs::write(folder.path().join("d/a.json"), text)?;
            let message = client.read_data(&block, "a").err().unwrap_or_default();
            assert!(message.contains(expected), "{text}: {message}");
        }
        assert!(client.read_data(&block, "b").is_err_and(|e| e.contains("no such file")));
        Ok(())
    }
}
