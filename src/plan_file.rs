//! Saved plans on disk.

use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use groma_config::{Config, ConfigSnapshot, LoadOptions, ModuleManifest, load};
use groma_diag::{Diagnostic, Diagnostics};
use groma_plan::file::{ConfigRecord, PlanFileError, SavedPlan, may_be_plan};

use crate::configuration::{LoadingFunctions, functions};
use crate::session::{Session, VERSION};

/// Writes a plan to a file that only its owner may read.
pub(crate) fn write(path: &Path, saved: &SavedPlan) -> Result<(), Diagnostics> {
    let failed = |why: String| {
        let detail = format!("The plan cannot be saved to {}: {why}.", path.display());
        Diagnostics::from(Diagnostic::error("Failed to write plan file", detail))
    };
    let write = || -> Result<(), PlanFileError> {
        let file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
        let mut file = BufWriter::new(file);
        saved.write(VERSION, &mut file)?;
        file.flush()?;
        Ok(())
    };
    write().map_err(|error| failed(error.to_string()))
}

/// Whether a file is, or may be, a saved plan.
pub(crate) fn is_plan(path: &Path) -> bool {
    let mut start = [0; 4];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && may_be_plan(&start)
}

/// Reads a saved plan.
pub(crate) fn read(path: &Path) -> Result<SavedPlan, Diagnostics> {
    let result = File::open(path)
        .map_err(PlanFileError::Io)
        .and_then(|file| SavedPlan::read(VERSION, BufReader::new(file)));
    result.map_err(|error| {
        let summary = format!("Failed to load {:?} as a plan file", path.display().to_string());
        Diagnostic::error(summary, format!("The file cannot be used: {error}.")).into()
    })
}

/// The texts of a configuration, for a saved plan.
pub(crate) fn record(config: &Config) -> ConfigRecord {
    let snapshot = ConfigSnapshot::of(config);
    ConfigRecord { manifest: snapshot.manifest().to_json(), files: snapshot.files().clone() }
}

/// The configuration that a plan was made from.
pub(crate) fn load_config(session: &Session, saved: &SavedPlan) -> Result<Config, Diagnostics> {
    let manifest = ModuleManifest::parse(saved.config.manifest.as_bytes()).map_err(|why| {
        let detail = format!("The list of modules in the plan cannot be used: {why}.");
        Diagnostic::error("Failed to load plan file", detail)
    })?;
    let snapshot = ConfigSnapshot::from_manifest(&manifest, saved.config.files.clone());
    let version = session.language_version();
    let variables =
        saved.plan.variables.iter().map(|(name, v)| (name.clone(), v.value.clone())).collect();
    let functions = LoadingFunctions(functions(session, None, false));
    let options = LoadOptions {
        variables: &variables,
        functions: Some(&functions),
        workspace: &saved.backend.workspace,
        ..LoadOptions::new(&version)
    };
    let loaded = load(snapshot.root_dir(), &snapshot, &options);
    session.ui.add_sources(&loaded.sources);
    // Its warnings were shown when the plan was made.
    loaded.into_result().map(|(config, _)| config)
}
