//! The version 4 state file format.
//!
//! What [`StateFile::write`] writes is, byte for byte, what Terraform writes for the same state, and
//! what it read is written again with nothing lost. Attributes are never decoded on the way: they
//! are kept as JSON text, compact in memory and indented in the file.

mod error;
mod json;
mod read;
mod values;
mod wire;
mod write;

#[cfg(test)]
mod tests;

use std::io;

use groma_addrs::ResourceMode;

use crate::{Object, State, StoredAttributes};

pub use error::StateFileError;
pub(crate) use json::compact;
pub(crate) use values::{from_json as values_from_json, to_json as values_to_json};

/// The version of Terraform with whose state files ours are interchangeable, and which they name
/// as their writer. Terraform itself reads any version 4 file, whichever release it names, but
/// services and tools that keep states compare this number with the releases that they know.
pub const TERRAFORM_VERSION: &str = "1.11.4";

/// A state with what is stored around it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StateFile {
    /// The state.
    pub state: State,
    /// Counts the writes of one lineage.
    pub serial: u64,
    /// What tells one state from another through its life; empty before the first write.
    pub lineage: String,
    /// The version of the engine that wrote it.
    pub terraform_version: String,
}

impl StateFile {
    /// Reads a state file. Takes time in proportion to its size.
    pub fn read(bytes: &[u8]) -> Result<StateFile, StateFileError> {
        read::read(bytes)
    }

    /// Reads a state file that may be empty, which means that there is no state yet.
    pub fn read_if_any(bytes: &[u8]) -> Result<Option<StateFile>, StateFileError> {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(None);
        }
        StateFile::read(bytes).map(Some)
    }

    /// Writes the state file in pieces; the writer needs no buffer of its own.
    pub fn write(&self, writer: impl io::Write) -> io::Result<()> {
        write::write(self, writer)
    }

    /// The whole state file. Fails for what [`StateFile::check`] refuses only.
    pub fn to_bytes(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.write(&mut bytes)?;
        Ok(bytes)
    }

    /// Whether the state is whole: what a reader would refuse or lose must not be written over a
    /// good state. The error names the object.
    pub fn check(&self) -> Result<(), String> {
        for (name, output) in &self.state.outputs {
            if !output.value.is_wholly_known() {
                return Err(format!("output {name:?} is not wholly known"));
            }
        }
        for (addr, resource) in &self.state.resources {
            if addr.resource.mode == ResourceMode::Ephemeral {
                return Err(format!("{addr} is an ephemeral resource, which must not be stored"));
            }
            for (key, instance) in &resource.instances {
                let name = || addr.instance(key.clone());
                if instance.current.is_none() && instance.deposed.is_empty() {
                    return Err(format!("{} has no object", name()));
                }
                for deposed in instance.deposed.keys() {
                    if deposed.0.len() != 8 {
                        return Err(format!(
                            "{} has the deposed key {deposed:?}, which is not 8 characters long",
                            name()
                        ));
                    }
                }
                for object in instance.current.iter().chain(instance.deposed.values()) {
                    check_object(object).map_err(|e| format!("{}: {e}", name()))?;
                }
            }
        }
        Ok(())
    }
}

fn check_object(object: &Object) -> Result<(), String> {
    let is_object = |text: &[u8]| text.starts_with(b"{") && text.ends_with(b"}");
    if object.schema_version < 0 {
        return Err("the schema version is negative".into());
    }
    if let StoredAttributes::Json(text) = &object.attributes
        && !is_object(text)
    {
        return Err("the attributes are not a JSON object".into());
    }
    if let Some((text, version)) = &object.identity
        && (!is_object(text) || *version < 0)
    {
        return Err("the identity is not a JSON object with a version".into());
    }
    Ok(())
}
