//! Saved plans: all that applying a plan later needs, in one file.
//!
//! The file is an archive. Its first member says which format it has and who wrote it, the others
//! hold the plan, the states before and after refreshing (as version 4 state files) and the texts
//! of the configuration. Values go as MessagePack beside a table of their types; what is unknown
//! stays unknown, marks are kept, and nothing ephemeral is written. A file holds secrets: whoever
//! creates it sees to it that nobody else can read it.

mod graph;
mod values;
mod wire;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::{self, Read, Seek, Write};
use std::sync::Arc;

use groma_state::file::StateFile;
use groma_value::Str;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::{BackendRecord, Plan, ProviderLock};

/// The format that is written, and the only one that is read.
const FORMAT: u32 = 1;

/// No member of an archive is larger: a plan of a million objects is not.
const MAX_MEMBER: u64 = 8 << 30;

mod member {
    pub(super) const HEADER: &str = "groma-plan";
    pub(super) const PLAN: &str = "plan";
    pub(super) const CONFIG: &str = "config";
    /// The state that the plan starts from.
    pub(super) const STATE: &str = "state";
    /// The state as it was stored, if refreshing found something else.
    pub(super) const PREVIOUS_STATE: &str = "state-previous";
    /// What Terraform's and OpenTofu's plans have.
    pub(super) const FOREIGN: &str = "tfplan";
}

/// A plan with all that applying it needs.
#[derive(Clone, Debug)]
pub struct SavedPlan {
    /// The plan.
    pub plan: Plan,
    /// Where the state is kept that it is for.
    pub backend: BackendRecord,
    /// The configuration that it was made from.
    pub config: ConfigRecord,
    /// The providers that it was made with.
    pub providers: Vec<ProviderLock>,
}

/// The texts of a configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigRecord {
    /// The places of its modules, in the form of the manifest of installed modules.
    pub manifest: String,
    /// The texts of its files by their paths.
    pub files: BTreeMap<Str, Str>,
}

/// Why a saved plan cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum PlanFileError {
    /// It is something else.
    #[error("it is not a saved plan")]
    NotAPlan,
    /// Another engine's plan.
    #[error(
        "it is a plan that Terraform or OpenTofu saved, in a form that only the very release that wrote it can read"
    )]
    Foreign,
    /// Another release's plan.
    #[error(
        "it was saved by Groma {0}, and a plan can only be applied by the release that made it. Create a new plan"
    )]
    OtherVersion(String),
    /// It is damaged.
    #[error("it is damaged: {0}")]
    Corrupt(String),
    /// It has something that must not or cannot be stored.
    #[error("it has a value that cannot be stored: {0}")]
    Unstorable(String),
    /// The file itself cannot be written or read.
    #[error("{0}")]
    Io(#[from] io::Error),
}

#[derive(Serialize, Deserialize)]
struct Header {
    format: u32,
    engine: String,
}

/// Whether a file that begins like this may be a saved plan.
pub fn may_be_plan(start: &[u8]) -> bool {
    start.starts_with(b"PK\x03\x04")
}

impl SavedPlan {
    /// Writes the file. `engine` is the version of the engine.
    pub fn write(&self, engine: &str, out: impl Write + Seek) -> Result<(), PlanFileError> {
        let mut archive = Archive { zip: ZipWriter::new(out) };
        let header = Header { format: FORMAT, engine: engine.to_string() };
        archive.add(member::HEADER, &serde_json::to_vec(&header).map_err(io::Error::from)?)?;
        archive.add(member::CONFIG, &pack(&self.config)?)?;
        let plan = &self.plan;
        archive.add_state(member::STATE, &self.state_file(plan.prior_state.as_ref()))?;
        if !Arc::ptr_eq(&plan.prior_state, &plan.previous_state)
            && plan.prior_state != plan.previous_state
        {
            let previous = self.state_file(plan.previous_state.as_ref());
            archive.add_state(member::PREVIOUS_STATE, &previous)?;
        }
        archive.add(member::PLAN, &pack(&wire::encode(self)?)?)?;
        archive.zip.finish().map_err(broken)?;
        Ok(())
    }

    fn state_file(&self, state: &groma_state::State) -> StateFile {
        StateFile {
            state: state.clone(),
            serial: self.plan.serial,
            lineage: self.plan.lineage.clone(),
            terraform_version: groma_state::file::TERRAFORM_VERSION.into(),
        }
    }

    /// Reads a file that the same version of the engine has written.
    pub fn read(engine: &str, file: impl Read + Seek) -> Result<SavedPlan, PlanFileError> {
        let mut zip = ZipArchive::new(file).map_err(|error| match error {
            ZipError::Io(error) => PlanFileError::Io(error),
            _ => PlanFileError::NotAPlan,
        })?;
        let header = match member(&mut zip, member::HEADER) {
            Ok(Some(text)) => text,
            Ok(None) if zip.index_for_name(member::FOREIGN).is_some() => {
                return Err(PlanFileError::Foreign);
            }
            Ok(None) => return Err(PlanFileError::NotAPlan),
            Err(error) => return Err(error),
        };
        let header: Header = serde_json::from_slice(&header)
            .map_err(|error| PlanFileError::Corrupt(error.to_string()))?;
        if header.format != FORMAT || header.engine != engine {
            return Err(PlanFileError::OtherVersion(header.engine));
        }
        let config = unpack(&required(&mut zip, member::CONFIG)?)?;
        let state = read_state(&required(&mut zip, member::STATE)?)?;
        let previous = match member(&mut zip, member::PREVIOUS_STATE)? {
            Some(text) => Arc::new(read_state(&text)?.state),
            None => Arc::new(state.state.clone()),
        };
        let plan: wire::Plan = unpack(&required(&mut zip, member::PLAN)?)?;
        wire::decode(plan, config, state, previous).map_err(PlanFileError::Corrupt)
    }
}

fn read_state(text: &[u8]) -> Result<StateFile, PlanFileError> {
    StateFile::read(text).map_err(|error| PlanFileError::Corrupt(error.to_string()))
}

struct Archive<W: Write + Seek> {
    zip: ZipWriter<W>,
}

impl<W: Write + Seek> Archive<W> {
    fn start(&mut self, name: &str, size: u64) -> Result<(), PlanFileError> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            // The data shrink to a tenth at any level; time matters more.
            .compression_level(Some(1))
            .large_file(size >= u64::from(u32::MAX))
            .unix_permissions(0o600);
        self.zip.start_file(name, options).map_err(broken)
    }

    fn add(&mut self, name: &str, content: &[u8]) -> Result<(), PlanFileError> {
        self.start(name, content.len() as u64)?;
        Ok(self.zip.write_all(content)?)
    }

    fn add_state(&mut self, name: &str, state: &StateFile) -> Result<(), PlanFileError> {
        self.add(name, &state.to_bytes()?)
    }
}

fn broken(error: ZipError) -> PlanFileError {
    match error {
        ZipError::Io(error) => PlanFileError::Io(error),
        error => PlanFileError::Corrupt(error.to_string()),
    }
}

fn member<R: Read + Seek>(
    zip: &mut ZipArchive<R>,
    name: &str,
) -> Result<Option<Vec<u8>>, PlanFileError> {
    let mut content = Vec::new();
    match zip.by_name(name) {
        Ok(file) => {
            file.take(MAX_MEMBER).read_to_end(&mut content).map_err(|error| {
                PlanFileError::Corrupt(format!("its member {name:?} cannot be read: {error}"))
            })?;
            Ok(Some(content))
        }
        Err(ZipError::FileNotFound) => Ok(None),
        Err(error) => Err(broken(error)),
    }
}

fn required<R: Read + Seek>(zip: &mut ZipArchive<R>, name: &str) -> Result<Vec<u8>, PlanFileError> {
    let missing = || PlanFileError::Corrupt(format!("its member {name:?} is missing"));
    member(zip, name)?.ok_or_else(missing)
}

fn pack(data: &impl Serialize) -> Result<Vec<u8>, PlanFileError> {
    rmp_serde::to_vec(data).map_err(|error| PlanFileError::Unstorable(error.to_string()))
}

fn unpack<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, PlanFileError> {
    rmp_serde::from_slice(bytes).map_err(|error| PlanFileError::Corrupt(error.to_string()))
}
