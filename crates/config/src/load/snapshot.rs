//! All that a configuration was loaded from, to be kept in a saved plan.

use std::collections::BTreeMap;

use groma_addrs::Module;
use groma_addrs::version::Version;
use groma_diag::Diagnostics;
use groma_value::Str;

use super::manifest::{ModuleManifest, ModuleRecord};
use super::source::{
    LoadError, MemoryLoader, ModuleLocation, ModuleRequest, SourceLoader, locate_installed,
};
use crate::model::ModuleSource;
use crate::tree::Config;

/// The files of a configuration and the places of its modules. It is a [`SourceLoader`] itself:
/// the configuration can be loaded from it again.
#[derive(Clone, Debug, Default)]
pub struct ConfigSnapshot {
    modules: BTreeMap<Module, SnapshotModule>,
    files: BTreeMap<Str, Str>,
    loader: MemoryLoader,
}

/// A module of a [`ConfigSnapshot`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotModule {
    /// Its source as the manifest writes it; empty for the root.
    pub source: String,
    /// Its version, if it has one.
    pub version: Option<Version>,
    /// Its directory.
    pub dir: Str,
}

impl ConfigSnapshot {
    /// What a configuration was loaded from.
    pub fn of(config: &Config) -> ConfigSnapshot {
        let modules = config.modules().map(|node| {
            let source = node.source.as_ref().map(ModuleSource::to_string).unwrap_or_default();
            let dir = node.source_dir().clone();
            (node.path.clone(), SnapshotModule { source, version: node.version.clone(), dir })
        });
        ConfigSnapshot::new(modules.collect(), config.files())
    }

    /// A snapshot from its parts: the modules, and the texts of all files by their paths.
    pub fn new(
        modules: BTreeMap<Module, SnapshotModule>,
        files: BTreeMap<Str, Str>,
    ) -> ConfigSnapshot {
        let loader = MemoryLoader::new(files.iter().map(|(path, text)| (&**path, text.as_bytes())));
        ConfigSnapshot { modules, files, loader }
    }

    /// A snapshot from a manifest of its modules and the texts of all files by their paths.
    pub fn from_manifest(manifest: &ModuleManifest, files: BTreeMap<Str, Str>) -> ConfigSnapshot {
        let modules = manifest.iter().map(|(key, record)| {
            let path = Module::new(key.split('.').filter(|n| !n.is_empty()).map(Str::from));
            let module = SnapshotModule {
                source: record.source.clone(),
                version: record.version.clone(),
                dir: record.dir.as_str().into(),
            };
            (path, module)
        });
        ConfigSnapshot::new(modules.collect(), files)
    }

    /// The modules as a manifest, the root module included.
    pub fn manifest(&self) -> ModuleManifest {
        let mut manifest = ModuleManifest::default();
        for (path, module) in &self.modules {
            let record = ModuleRecord {
                source: module.source.clone(),
                version: module.version.clone(),
                dir: module.dir.to_string(),
            };
            manifest.insert(path, record);
        }
        manifest
    }

    /// The modules by their paths.
    pub fn modules(&self) -> &BTreeMap<Module, SnapshotModule> {
        &self.modules
    }

    /// The texts of all files by their paths.
    pub fn files(&self) -> &BTreeMap<Str, Str> {
        &self.files
    }

    /// The directory of the root module, to load from.
    pub fn root_dir(&self) -> &str {
        self.modules.get(&Module::root()).map_or(".", |root| &root.dir)
    }
}

impl SourceLoader for ConfigSnapshot {
    fn list(&self, dir: &str) -> Result<Vec<String>, LoadError> {
        match self.loader.list(dir) {
            // A module without files has left no trace but its place.
            Err(LoadError::NotFound) if self.modules.values().any(|m| &*m.dir == dir) => {
                Ok(Vec::new())
            }
            result => result,
        }
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, LoadError> {
        self.loader.read(path)
    }

    fn locate(&self, request: &ModuleRequest<'_>) -> Result<ModuleLocation, Diagnostics> {
        match self.modules.get(request.path) {
            Some(module) => {
                Ok(ModuleLocation { dir: module.dir.clone(), version: module.version.clone() })
            }
            None => locate_installed(&ModuleManifest::default(), request),
        }
    }
}
