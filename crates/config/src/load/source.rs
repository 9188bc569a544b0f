//! Where files and modules come from.

use std::collections::BTreeMap;
use std::sync::Arc;

use groma_addrs::Module;
use groma_addrs::version::{Version, VersionConstraints};
use groma_diag::{Diagnostic, Diagnostics, SourceRange};
use groma_value::Str;

use super::manifest::ModuleManifest;
use super::paths;
use crate::model::ModuleSource;

/// Why something could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// There is no such file or directory.
    #[error("it does not exist")]
    NotFound,
    /// Something else, as part of a sentence.
    #[error("{0}")]
    Other(String),
}

impl From<std::io::Error> for LoadError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::NotFound => LoadError::NotFound,
            _ => LoadError::Other(error.to_string()),
        }
    }
}

/// A module that a call asks for.
#[derive(Clone, Copy, Debug)]
pub struct ModuleRequest<'a> {
    /// Where in the tree the module belongs.
    pub path: &'a Module,
    /// The source of the call.
    pub source: &'a ModuleSource,
    /// The constraints of the call on the module's version.
    pub version: Option<&'a VersionConstraints>,
    /// The directory of the calling module.
    pub parent_dir: &'a str,
    /// The call's block.
    pub call_range: &'a SourceRange,
    /// The `source` argument.
    pub source_range: &'a SourceRange,
    /// The `version` argument.
    pub version_range: Option<&'a SourceRange>,
}

/// Where a module is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleLocation {
    /// Its directory.
    pub dir: Str,
    /// Its version, if it has one.
    pub version: Option<Version>,
}

/// Where a configuration is read from. Paths have slashes between their steps, and are relative to
/// where the loader begins.
pub trait SourceLoader {
    /// The names of the files in a directory, in any order.
    fn list(&self, dir: &str) -> Result<Vec<String>, LoadError>;

    /// Whether the query files of a directory are part of its module.
    fn reads_queries(&self, dir: &str) -> bool {
        let _ = dir;
        false
    }

    /// The content of a file.
    fn read(&self, path: &str) -> Result<Vec<u8>, LoadError>;

    /// The directory of a module. Here is where a loader may install it.
    fn locate(&self, request: &ModuleRequest<'_>) -> Result<ModuleLocation, Diagnostics>;
}

/// The location of a module that is in a directory of its own, or among the installed ones.
pub(crate) fn locate_installed(
    manifest: &ModuleManifest,
    request: &ModuleRequest<'_>,
) -> Result<ModuleLocation, Diagnostics> {
    if let ModuleSource::Local(path) = request.source {
        return Ok(ModuleLocation {
            dir: paths::join(request.parent_dir, path).into(),
            version: None,
        });
    }
    let fail = |summary: &str, detail: String, range: &SourceRange| {
        Err(Diagnostics::from(Diagnostic::error(summary, detail).at(range)))
    };
    let Some(record) = manifest.get(request.path) else {
        return fail(
            "Module not installed",
            "This module is not yet installed. Run \"groma init\" to install all modules required \
             by this configuration."
                .into(),
            request.source_range,
        );
    };
    if record.source != request.source.to_string() {
        return fail(
            "Module source has changed",
            "The source address was changed since this module was installed. Run \"groma init\" \
             to install all modules required by this configuration."
                .into(),
            request.source_range,
        );
    }
    let satisfied = match (request.version, &record.version) {
        (Some(wanted), Some(version)) => wanted.matches(version),
        _ => true,
    };
    if !satisfied {
        return fail(
            "Module version requirements have changed",
            "The version requirements have changed since this module was installed and the \
             installed version is no longer acceptable. Run \"groma init\" to install all modules \
             required by this configuration."
                .into(),
            request.version_range.unwrap_or(request.source_range),
        );
    }
    Ok(ModuleLocation { dir: paths::clean(&record.dir).into(), version: record.version.clone() })
}

/// A configuration in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryLoader {
    files: BTreeMap<Str, BTreeMap<Str, Arc<[u8]>>>,
    /// The installed modules.
    pub manifest: ModuleManifest,
}

impl MemoryLoader {
    /// A configuration of these files.
    pub fn new<P: AsRef<str>, T: AsRef<[u8]>>(
        files: impl IntoIterator<Item = (P, T)>,
    ) -> MemoryLoader {
        let mut loader = MemoryLoader::default();
        for (path, content) in files {
            loader.insert(path.as_ref(), content.as_ref());
        }
        loader
    }

    /// Adds a file, or replaces it.
    pub fn insert(&mut self, path: &str, content: &[u8]) {
        let path = paths::clean(path);
        let (dir, name) = path.rsplit_once('/').unwrap_or((".", &path));
        self.files.entry(dir.into()).or_default().insert(name.into(), content.into());
    }
}

impl SourceLoader for MemoryLoader {
    fn list(&self, dir: &str) -> Result<Vec<String>, LoadError> {
        let files = self.files.get(&*paths::clean(dir)).ok_or(LoadError::NotFound)?;
        Ok(files.keys().map(|name| name.to_string()).collect())
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, LoadError> {
        let path = paths::clean(path);
        let (dir, name) = path.rsplit_once('/').unwrap_or((".", &path));
        let content = self.files.get(dir).and_then(|files| files.get(name));
        content.map(|content| content.to_vec()).ok_or(LoadError::NotFound)
    }

    fn locate(&self, request: &ModuleRequest<'_>) -> Result<ModuleLocation, Diagnostics> {
        locate_installed(&self.manifest, request)
    }
}
