//! The cases of `types/`, and what their comments ask for. `types/README.md` says how to write one.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use crate::Result;
use crate::emulator::Kind;

/// A configuration in steps.
#[derive(Debug)]
pub(crate) struct Case {
    /// `group/name`.
    pub(crate) path: String,
    pub(crate) folder: PathBuf,
    pub(crate) create: String,
    pub(crate) update: Option<String>,
    pub(crate) notes: Notes,
}

/// What the comments of a case's first step say.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Notes {
    /// What can be imported.
    pub(crate) imports: Vec<Import>,
    /// Addresses of what is there even after it was destroyed.
    pub(crate) stays: Vec<String>,
    /// Names of objects that their destruction leaves behind.
    pub(crate) leaves: Vec<String>,
    /// What it is played on.
    pub(crate) emulator: Kind,
}

/// How a resource is imported.
#[derive(Debug, PartialEq)]
pub(crate) struct Import {
    pub(crate) address: String,
    /// The attribute that is the id, or a text with attributes in braces.
    id: String,
    /// Attributes that an import cannot find out.
    pub(crate) except: Vec<String>,
}

impl Case {
    /// The cases of a group, by name.
    pub(crate) fn of_group(group: &str) -> Result<Vec<Case>> {
        let mut cases = Vec::new();
        for name in folders(&root().join(group))? {
            let path = format!("{group}/{name}");
            let wanted = std::env::var("GROMA_TEST_TYPES").unwrap_or_default();
            if path.contains(&wanted) {
                cases.push(Case::read(path)?);
            }
        }
        Ok(cases)
    }

    fn read(path: String) -> Result<Case> {
        let folder = root().join(&path);
        let step = |name: &str| fs::read_to_string(folder.join(name));
        let create = step("create.tf").map_err(|e| format!("types/{path}/create.tf: {e}"))?;
        let notes = Notes::read(&create).map_err(|e| format!("types/{path}: {}", e.0))?;
        Ok(Case { update: step("update.tf").ok(), notes, create, folder, path })
    }

    /// What the configuration needs beside its steps.
    pub(crate) fn other_files(&self) -> Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let is_step = path.file_name().is_some_and(|n| n == "create.tf" || n == "update.tf");
            if path.is_file() && !is_step {
                files.push(path);
            }
        }
        Ok(files)
    }
}

/// The folder of all cases.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/types")
}

/// The groups that there are.
pub(crate) fn groups() -> Result<Vec<String>> {
    folders(&root())
}

fn folders(parent: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    // A group that has no case yet has no folder.
    for entry in fs::read_dir(parent).into_iter().flatten() {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

impl Notes {
    fn read(text: &str) -> Result<Notes> {
        let mut notes = Notes::default();
        for line in text.lines() {
            let Some(comment) = line.trim().strip_prefix('#') else { continue };
            let Some((word, rest)) = comment.split_once(':') else { continue };
            match word.trim() {
                "import" => notes.imports.push(Import::read(rest)?),
                "leaves" => notes.leaves.push(rest.trim().to_owned()),
                "stays" => notes.stays.push(rest.trim().to_owned()),
                "emulator" if rest.trim() == "ministack" => notes.emulator = Kind::Ministack,
                "emulator" => return Err(format!("there is no emulator {rest:?}").into()),
                _ => {}
            }
        }
        Ok(notes)
    }
}

impl Import {
    fn read(text: &str) -> Result<Import> {
        let (text, except) = match text.split_once(", except ") {
            Some((text, except)) => (text, except),
            None => (text, ""),
        };
        let Some((address, id)) = text.rsplit_once('=') else {
            return Err(
                format!("an import is written \"address = attribute\", not {text:?}").into()
            );
        };
        let except = except.split(',').map(|name| name.trim().to_owned());
        Ok(Import {
            address: address.trim().to_owned(),
            id: id.trim().to_owned(),
            except: except.filter(|name| !name.is_empty()).collect(),
        })
    }

    /// The id of an object.
    pub(crate) fn id_of(&self, object: &Json) -> Result<String> {
        if !self.id.contains('{') {
            return self.attribute(object, &self.id);
        }
        let mut id = String::new();
        let mut rest = self.id.as_str();
        while let Some((text, behind)) = rest.split_once('{') {
            let (name, behind) = behind.split_once('}').ok_or("a brace is not closed")?;
            id.push_str(text);
            id.push_str(&self.attribute(object, name)?);
            rest = behind;
        }
        Ok(id + rest)
    }

    fn attribute(&self, object: &Json, name: &str) -> Result<String> {
        match &object[name] {
            Json::String(text) => Ok(text.clone()),
            value @ (Json::Number(_) | Json::Bool(_)) => Ok(value.to_string()),
            _ => Err(format!("{} has no text in {name:?}", self.address).into()),
        }
    }
}

#[test]
fn notes_are_read() -> Result<()> {
    let notes = Notes::read(
        "# A thing: with parts.\n# import: aws_a.x = id\n\
         # import: aws_b.x[\"k\"] = {zone}_{name}!, except password, final\n# stays: aws_c.x\n# leaves: /x\n",
    )?;
    let object: Json = serde_json::from_str(r#"{"id": "1", "zone": "z", "name": 5}"#)?;
    let ids: Vec<String> = notes.imports.iter().map(|i| i.id_of(&object)).collect::<Result<_>>()?;
    assert_eq!(ids, ["1", "z_5!"]);
    assert_eq!(notes.imports[1].address, "aws_b.x[\"k\"]");
    assert_eq!(notes.imports[1].except, ["password", "final"]);
    assert_eq!(notes.stays, ["aws_c.x"]);
    assert_eq!(notes.leaves, ["/x"]);
    assert_eq!(notes.emulator, Kind::Moto);
    assert_eq!(Notes::read("# emulator: ministack")?.emulator, Kind::Ministack);
    assert!(Notes::read("# emulator: none").is_err());
    assert!(Notes::read("# import: aws_a.x").is_err());
    Ok(())
}
