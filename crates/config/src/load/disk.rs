//! Configurations on disk.

use std::path::{Path, PathBuf};

use groma_diag::{Diagnostic, Diagnostics};

use super::manifest::ModuleManifest;
use super::source::{LoadError, ModuleLocation, ModuleRequest, SourceLoader, locate_installed};

/// Reads from a directory, with the modules that are installed in its data directory.
#[derive(Clone, Debug)]
pub struct DiskLoader {
    base: PathBuf,
    /// The installed modules.
    pub manifest: ModuleManifest,
}

impl DiskLoader {
    /// Reads below `base`, which is what paths are relative to. `data_dir`, itself relative to
    /// `base`, is what is usually `.terraform`.
    pub fn new(base: impl Into<PathBuf>, data_dir: &Path) -> Result<DiskLoader, Diagnostics> {
        let base = base.into();
        let path = data_dir.join(ModuleManifest::PATH);
        let broken = |why: String| {
            let detail = format!(
                "The file {}, which says which modules are installed, cannot be used: {why}. Run \
                 \"groma init\" to install the modules again.",
                path.display()
            );
            Diagnostics::from(Diagnostic::error("Failed to read module manifest", detail))
        };
        let manifest = match std::fs::read(base.join(&path)) {
            Ok(text) => ModuleManifest::parse(&text).map_err(broken)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => ModuleManifest::default(),
            Err(error) => return Err(broken(error.to_string())),
        };
        Ok(DiskLoader { base, manifest })
    }
}

impl SourceLoader for DiskLoader {
    fn list(&self, dir: &str) -> Result<Vec<String>, LoadError> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(self.base.join(dir))? {
            let entry = entry?;
            let mut kind = entry.file_type()?;
            if kind.is_symlink() {
                match std::fs::metadata(entry.path()) {
                    Ok(metadata) => kind = metadata.file_type(),
                    // A link that leads nowhere is reported when the file is read.
                    Err(_) => {
                        names.extend(entry.file_name().into_string());
                        continue;
                    }
                }
            }
            if !kind.is_dir() {
                names.extend(entry.file_name().into_string());
            }
        }
        Ok(names)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, LoadError> {
        Ok(std::fs::read(self.base.join(path))?)
    }

    fn locate(&self, request: &ModuleRequest<'_>) -> Result<ModuleLocation, Diagnostics> {
        locate_installed(&self.manifest, request)
    }
}
