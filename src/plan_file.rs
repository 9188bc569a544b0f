//! Saved plans on disk.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Cursor, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use groma_backend::sealing::is_sealed_plan;
use groma_config::{Config, ConfigSnapshot, LoadOptions, ModuleManifest, load};
use groma_diag::{Diagnostic, Diagnostics};
use groma_plan::file::{ConfigRecord, PlanFileError, SavedPlan, may_be_plan};

use crate::configuration::{LoadingFunctions, functions};
use crate::encryption::Encryption;
use crate::session::{Session, VERSION};

/// Writes a plan to a file that only its owner may read, sealed as its configuration says.
pub(crate) fn write(
    session: &Session,
    path: &Path,
    saved: &SavedPlan,
    config: &Config,
) -> Result<(), Diagnostics> {
    let sealing = Encryption::of(session, &config.root.module)?.plan;
    let failed = |why: String| {
        let detail = format!("The plan cannot be saved to {}: {why}.", path.display());
        Diagnostics::from(Diagnostic::error("Failed to write plan file", detail))
    };
    let open = || OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    if !sealing.is_none() {
        let mut plain = Cursor::new(Vec::new());
        saved.write(VERSION, &mut plain).map_err(|error| failed(error.to_string()))?;
        let bytes = sealing.seal_plan(plain.into_inner())?;
        return open()
            .and_then(|mut file| file.write_all(&bytes))
            .map_err(|e| failed(e.to_string()));
    }
    let write = || -> Result<(), PlanFileError> {
        let mut file = BufWriter::new(open()?);
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
    read.is_ok()
        && (may_be_plan(&start)
            || start.starts_with(b"{\"me") && std::fs::read(path).is_ok_and(|b| is_sealed_plan(&b)))
}

/// Reads a saved plan.
pub(crate) fn read(session: &Session, path: &Path) -> Result<SavedPlan, Diagnostics> {
    let failed = |error: PlanFileError| {
        let summary = format!("Failed to load {:?} as a plan file", path.display().to_string());
        Diagnostics::from(Diagnostic::error(summary, format!("The file cannot be used: {error}.")))
    };
    let bytes = std::fs::read(path).map_err(|error| failed(PlanFileError::Io(error)))?;
    let sealing = Encryption::here(session)?.plan;
    let bytes = match is_sealed_plan(&bytes) || !sealing.is_none() {
        true => sealing.open_plan(bytes)?,
        false => bytes,
    };
    SavedPlan::read(VERSION, Cursor::new(bytes)).map_err(failed)
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
