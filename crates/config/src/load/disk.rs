//! Configurations on disk.

use std::path::{Path, PathBuf};

use groma_diag::{Diagnostic, Diagnostics};

use super::manifest::ModuleManifest;
use super::paths;
use super::source::{LoadError, ModuleLocation, ModuleRequest, SourceLoader, locate_installed};
use crate::model::ModuleSource;

/// Reads from a directory, with the modules that are installed in its data directory.
#[derive(Clone, Debug)]
pub struct DiskLoader {
    base: PathBuf,
    /// The installed modules.
    pub manifest: ModuleManifest,
}

impl DiskLoader {
    /// Reads below `base`, where no modules are installed.
    pub fn without_modules(base: impl Into<PathBuf>) -> DiskLoader {
        DiskLoader { base: base.into(), manifest: ModuleManifest::default() }
    }

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
        let mut location = locate_installed(&self.manifest, request)?;
        if matches!(request.source, ModuleSource::Local(_))
            && let Some(real) = self.without_links(&location.dir)
        {
            location.dir = real.into();
        }
        Ok(location)
    }
}

/// How many links may lead to each other.
const MAX_LINKS: usize = 40;

impl DiskLoader {
    /// A path in which links are replaced by what they lead to: a module that is reached through
    /// one finds what is beside the real one. `None` if there is none in it.
    fn without_links(&self, path: &str) -> Option<String> {
        let mut path = path.to_owned();
        let mut replaced = 0;
        while replaced <= MAX_LINKS {
            let link = prefixes(&path).find_map(|end| {
                let target = std::fs::read_link(self.base.join(&path[..end])).ok()?;
                Some((end, target.to_str()?.replace('\\', "/")))
            });
            let Some((end, target)) = link else {
                return (replaced > 0).then_some(path);
            };
            let around = path[..end].rsplit_once('/').map_or("", |(around, _)| around);
            let target = match (target.starts_with('/') || target.contains(':'), around) {
                (true, _) | (false, "") => target,
                (false, around) => format!("{around}/{target}"),
            };
            path = paths::clean(&format!("{target}{}", &path[end..]));
            replaced += 1;
        }
        None
    }
}

/// Where the steps of a path end.
fn prefixes(path: &str) -> impl Iterator<Item = usize> {
    let inner = path.match_indices('/').map(|(at, _)| at).filter(|at| *at > 0);
    inner.chain(std::iter::once(path.len()))
}

#[cfg(test)]
mod tests {
    use groma_addrs::version::Version;

    use super::*;
    use crate::{LoadOptions, load};

    #[test]
    fn a_directory_and_its_installed_modules_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("main.tf", "module \"a\" {\n  source = \"acme/a/aws\"\n}\n");
        write("folder.tf/x", "");
        write(".terraform/modules/a/main.tf", "output \"o\" {\n  value = 1\n}\n");
        write(
            ".terraform/modules/modules.json",
            r#"{"Modules":[{"Key":"a","Source":"registry.terraform.io/acme/a/aws","Version":"1.0.0","Dir":".terraform/modules/a"}]}"#,
        );
        let loader = DiskLoader::new(dir.path(), Path::new(".terraform")).unwrap();
        let version = Version::new(1, 11, 4);
        let loaded = load(".", &loader, &LoadOptions::new(&version));
        assert!(loaded.diagnostics.is_empty(), "{}", loaded.diagnostics);
        let config = loaded.config.unwrap();
        assert_eq!(config.root.files.keys().map(|k| &**k).collect::<Vec<_>>(), ["main.tf"]);
        assert_eq!(config.root.children["a"].module.outputs.len(), 1);
        write(".terraform/modules/modules.json", "{");
        assert!(DiskLoader::new(dir.path(), Path::new(".terraform")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_to_the_end() {
        use std::os::unix::fs::symlink;

        let dir = tempfile::tempdir().unwrap();
        let base = dir.path().canonicalize().unwrap();
        std::fs::create_dir_all(base.join("real/sub")).unwrap();
        std::fs::create_dir_all(base.join("a")).unwrap();
        symlink("../real", base.join("a/link")).unwrap();
        symlink(base.join("a/link"), base.join("absolute")).unwrap();
        symlink("circle", base.join("circle")).unwrap();
        let loader = DiskLoader::without_modules(&base);
        let real = |path: &str| loader.without_links(path);
        assert_eq!(real("real/sub"), None);
        assert_eq!(real("a/link/sub").as_deref(), Some("real/sub"));
        let absolute = base.join("real/sub").display().to_string();
        assert_eq!(real("absolute/sub"), Some(absolute));
        assert_eq!(real("circle"), None);
        assert_eq!(real("missing/x"), None);
    }
}
