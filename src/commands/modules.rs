//! Modules: finding them for `init` and `get`, and noting where they are.

use std::collections::BTreeMap;

use groma_config::{
    Config, ConfigSnapshot, DiskLoader, LoadError, Loaded, ModuleLocation, ModuleManifest,
    ModuleRequest, ModuleSource, SourceLoader,
};
use groma_diag::{Diagnostic, Diagnostics};

use crate::configuration::load_with;
use crate::session::Session;

/// Reads from disk, and says of modules that would have to be installed that this is not possible.
struct Installer(DiskLoader);

impl SourceLoader for Installer {
    fn list(&self, dir: &str) -> Result<Vec<String>, LoadError> {
        self.0.list(dir)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, LoadError> {
        self.0.read(path)
    }

    fn locate(&self, request: &ModuleRequest<'_>) -> Result<ModuleLocation, Diagnostics> {
        let found = self.0.locate(request);
        if found.is_ok() || matches!(request.source, ModuleSource::Local(_)) {
            return found;
        }
        let detail = format!(
            "The module {} comes from {}, and installing modules from anywhere but local directories is not supported yet. Copy it into a directory and call it by a path that begins with \"./\"; modules that another engine has installed in this working directory are used as well.",
            request.path, request.source
        );
        let error = Diagnostic::error("Module source not supported", detail);
        Err(error.at(request.source_range).into())
    }
}

/// Loads the configuration for `init` and `get`.
pub(super) fn load_to_install(session: &Session, workspace: &str) -> Result<Loaded, Diagnostics> {
    let loader = Installer(DiskLoader::new(".", &session.settings.data_dir)?);
    Ok(load_with(session, &loader, workspace, &BTreeMap::new()))
}

/// Notes the modules in the data directory.
pub(super) fn record(session: &Session, config: &Config, upgrade: bool) -> Result<(), Diagnostics> {
    if config.root.children.is_empty() {
        return Ok(());
    }
    let manifest = ConfigSnapshot::of(config).manifest();
    let path = session.settings.data_dir.join(ModuleManifest::PATH);
    let known = std::fs::read(&path).ok().and_then(|text| ModuleManifest::parse(&text).ok());
    if known.as_ref() == Some(&manifest) && !upgrade {
        return Ok(());
    }
    let verb = if upgrade { "Upgrading" } else { "Initializing" };
    session.ui.line(session.ui.style().bold(format!("{verb} modules...")));
    let before: BTreeMap<_, _> = known.iter().flat_map(ModuleManifest::iter).collect();
    for (key, record) in manifest.iter().filter(|(key, _)| !key.is_empty()) {
        if upgrade || before.get(key) != Some(&record) {
            session.ui.line(format!("- {key} in {}", record.dir));
        }
    }
    write(session, &manifest)
}

fn write(session: &Session, manifest: &ModuleManifest) -> Result<(), Diagnostics> {
    let path = session.settings.data_dir.join(ModuleManifest::PATH);
    let write = || {
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(&path, manifest.to_json())
    };
    write().map_err(|error: std::io::Error| {
        let detail =
            format!("The list of modules cannot be written to {}: {error}.", path.display());
        Diagnostic::error("Failed to update module manifest", detail).into()
    })
}
