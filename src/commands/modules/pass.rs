//! Loading the configuration once: what is installed is used, and what is missing is noted.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use groma_addrs::Module;
use groma_addrs::version::VersionConstraints;
use groma_config::{
    DiskLoader, LoadError, ModuleLocation, ModuleRequest, ModuleSource, SourceLoader,
};
use groma_diag::{Diagnostic, Diagnostics, SourceRange};
use groma_registry::{ModuleOrigin, ModuleWish, RegistryModule};

/// A module that is to be installed.
pub(super) struct Missing {
    pub(super) path: Module,
    pub(super) source: ModuleSource,
    pub(super) wish: ModuleWish,
    pub(super) call_range: SourceRange,
}

/// A loader that reads from disk.
pub(super) struct Pass<'a> {
    disk: &'a DiskLoader,
    /// What has been installed by this command.
    fresh: &'a BTreeSet<Module>,
    upgrade: bool,
    modules_dir: String,
    missing: Mutex<Vec<Missing>>,
    /// The modules that packages of their own have been got for, and what these are.
    packages: Mutex<BTreeMap<Module, String>>,
}

impl<'a> Pass<'a> {
    pub(super) fn new(
        disk: &'a DiskLoader,
        fresh: &'a BTreeSet<Module>,
        upgrade: bool,
        modules_dir: &Path,
    ) -> Pass<'a> {
        let modules_dir = modules_dir.display().to_string().replace('\\', "/");
        Pass {
            disk,
            fresh,
            upgrade,
            modules_dir,
            missing: Mutex::default(),
            packages: Mutex::default(),
        }
    }

    /// What has been asked for and is not there.
    pub(super) fn missing(self) -> Vec<Missing> {
        self.missing.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// The location of what is installed and may stay.
    fn installed(&self, request: &ModuleRequest<'_>) -> Option<ModuleLocation> {
        if self.upgrade && !self.fresh.contains(request.path) {
            return None;
        }
        let location = self.disk.locate(request).ok()?;
        Path::new(&*location.dir).is_dir().then_some(location)
    }

    fn local(&self, request: &ModuleRequest<'_>) -> Result<ModuleLocation, Diagnostics> {
        let location = self.disk.locate(request)?;
        if Path::new(&*location.dir).is_dir() {
            return Ok(location);
        }
        let packages = lock(&self.packages);
        let up = |path: &Module| path.parent().map(|(parent, _)| parent);
        let mut around = up(request.path);
        while let Some(path) = around {
            if let Some(package) = packages.get(&path) {
                let root = format!("{}/{}", self.modules_dir, path.names().join("."));
                let inside = location.dir.strip_prefix(&root);
                if inside.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
                    break;
                }
                let detail = format!(
                    "The given source directory for {} would be outside of its containing package {package:?}. Local source addresses starting with \"../\" must stay within the same package that the calling module belongs to.",
                    request.path
                );
                let error = Diagnostic::error("Local module path escapes module package", detail);
                return Err(error.at(request.source_range).into());
            }
            around = up(&path);
        }
        Ok(location)
    }
}

impl SourceLoader for Pass<'_> {
    fn list(&self, dir: &str) -> Result<Vec<String>, LoadError> {
        self.disk.list(dir)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, LoadError> {
        self.disk.read(path)
    }

    fn locate(&self, request: &ModuleRequest<'_>) -> Result<ModuleLocation, Diagnostics> {
        let Some(origin) = origin(request.source, request.version) else {
            return self.local(request);
        };
        if let Some(location) = self.installed(request) {
            let package = match &origin {
                ModuleOrigin::Registry(module, _) => module.package(),
                ModuleOrigin::Package(address) => address.package().to_owned(),
            };
            lock(&self.packages).insert(request.path.clone(), package);
            return Ok(location);
        }
        lock(&self.missing).push(Missing {
            path: request.path.clone(),
            source: request.source.clone(),
            wish: ModuleWish { key: request.path.names().join("."), origin },
            call_range: request.call_range.clone(),
        });
        // Nothing is wrong; there is just nothing to load yet.
        Err(Diagnostics::new())
    }
}

/// Where a module has to be got from; `None` for local ones.
pub(super) fn origin(
    source: &ModuleSource,
    version: Option<&VersionConstraints>,
) -> Option<ModuleOrigin> {
    match source {
        ModuleSource::Local(_) => None,
        ModuleSource::Remote(address) => Some(ModuleOrigin::Package(address.clone())),
        ModuleSource::Registry(source) => {
            let module = RegistryModule {
                host: source.hostname.to_string(),
                namespace: source.namespace.to_string(),
                name: source.name.to_string(),
                system: source.system.to_string(),
                subdir: source.subdir.as_ref().map(|subdir| subdir.to_string()),
            };
            Some(ModuleOrigin::Registry(module, version.cloned().unwrap_or_default()))
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
