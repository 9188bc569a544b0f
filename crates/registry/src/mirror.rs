//! A folder of packages in the layout that Terraform's mirrors have.
//!
//! `HOST/NAMESPACE/TYPE/VERSION/OS_ARCH/` is an unpacked package and
//! `HOST/NAMESPACE/TYPE/terraform-provider-TYPE_VERSION_OS_ARCH.zip` a packed one. Only the folder
//! of the provider that is asked for is read.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use groma_addrs::Provider;
use groma_addrs::version::Version;

use crate::layout::{package_dir, provider_dir};
use crate::platform::Platform;
use crate::source::{Package, PackageLocation, PackageSource, SourceError};

/// A mirror in the file system.
#[derive(Clone, Debug)]
pub struct FilesystemMirror {
    base: PathBuf,
}

impl FilesystemMirror {
    /// A mirror in a folder, which need not exist until it is asked.
    pub fn new(base: impl Into<PathBuf>) -> FilesystemMirror {
        FilesystemMirror { base: base.into() }
    }

    fn failed(path: &Path, error: &io::Error) -> SourceError {
        SourceError::Failed(format!("cannot search {}: {error}", path.display()))
    }

    /// The packed packages of a provider.
    fn archives(&self, provider: &Provider) -> Result<Vec<Archive>, SourceError> {
        let dir = provider_dir(&self.base, provider);
        let entries = match fs::read_dir(&dir) {
            Ok(entries) => entries,
            Err(error) if is_absent(&error) => return Ok(Vec::new()),
            Err(error) => return Err(Self::failed(&dir, &error)),
        };
        let mut archives = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| Self::failed(&dir, &error))?;
            if let Some(name) = entry.file_name().to_str()
                && let Some((version, platform)) = parse_archive_name(name, provider)
                && entry.path().is_file()
            {
                archives.push(Archive { version, platform, path: entry.path() });
            }
        }
        archives.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(archives)
    }

    /// The versions of the unpacked packages of a provider.
    fn unpacked_versions(&self, provider: &Provider) -> Result<Vec<Version>, SourceError> {
        let dir = provider_dir(&self.base, provider);
        let mut versions = Vec::new();
        for (name, path) in subdirectories(&dir).map_err(|error| Self::failed(&dir, &error))? {
            let Ok(version) = Version::parse(&name) else { continue };
            let platforms = subdirectories(&path).map_err(|error| Self::failed(&path, &error))?;
            if platforms.iter().any(|(name, _)| Platform::parse(name).is_some()) {
                versions.push(version);
            }
        }
        Ok(versions)
    }
}

struct Archive {
    version: Version,
    platform: Platform,
    path: PathBuf,
}

impl PackageSource for FilesystemMirror {
    fn versions(&self, provider: &Provider) -> Result<Vec<Version>, SourceError> {
        // A provider that the mirror lacks is nothing unusual; a mirror that is not there is.
        fs::metadata(&self.base).map_err(|error| Self::failed(&self.base, &error))?;
        let mut versions = BTreeSet::from_iter(self.unpacked_versions(provider)?);
        versions.extend(self.archives(provider)?.into_iter().map(|archive| archive.version));
        Ok(versions.into_iter().collect())
    }

    fn package(
        &self,
        provider: &Provider,
        version: &Version,
        platform: &Platform,
    ) -> Result<Package, SourceError> {
        let unpacked = package_dir(&self.base, provider, version, platform);
        if unpacked.is_dir() {
            return Ok(Package::unauthenticated(PackageLocation::Dir(unpacked)));
        }
        self.archives(provider)?
            .into_iter()
            .find(|archive| archive.version == *version && archive.platform == *platform)
            .map(|archive| Package::unauthenticated(PackageLocation::Archive(archive.path)))
            .ok_or(SourceError::NotFound)
    }

    fn describe(&self) -> String {
        self.base.display().to_string()
    }
}

/// The name and path of each folder in a folder, which may be missing.
fn subdirectories(dir: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if is_absent(&error) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        if let Ok(name) = entry.file_name().into_string()
            && entry.path().is_dir()
        {
            found.push((name, entry.path()));
        }
    }
    Ok(found)
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Takes `terraform-provider-TYPE_VERSION_OS_ARCH.zip` apart.
fn parse_archive_name(name: &str, provider: &Provider) -> Option<(Version, Platform)> {
    let name = name.to_ascii_lowercase();
    let rest = name
        .strip_prefix("terraform-provider-")?
        .strip_prefix(&*provider.kind)?
        .strip_prefix('_')?
        .strip_suffix(".zip")?;
    let (version, platform) = rest.split_once('_')?;
    Some((Version::parse(version).ok()?, Platform::parse(platform)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider() -> Provider {
        Provider::parse("acme/foo").unwrap()
    }

    fn texts(versions: &[Version]) -> Vec<String> {
        versions.iter().map(Version::to_string).collect()
    }

    #[test]
    fn both_layouts_are_found() {
        let base = tempfile::tempdir().unwrap();
        let dir = base.path().join("registry.terraform.io/acme/foo");
        for package in [
            "1.0.0/linux_amd64",
            "1.1.0/darwin_arm64",
            "1.2.0/nonsense",
            "not-a-version/linux_amd64",
        ] {
            fs::create_dir_all(dir.join(package)).unwrap();
        }
        for file in [
            "terraform-provider-foo_2.0.0_linux_amd64.zip",
            "terraform-provider-foo_1.0.0_linux_amd64.zip",
            "terraform-provider-bar_3.0.0_linux_amd64.zip",
            "terraform-provider-foo_4.0.0_linux_amd64.tar",
            "1.3.0",
        ] {
            fs::write(dir.join(file), "").unwrap();
        }
        let mirror = FilesystemMirror::new(base.path());
        let versions = mirror.versions(&provider()).unwrap();
        assert_eq!(texts(&versions), ["1.0.0", "1.1.0", "2.0.0"]);

        let linux = Platform::parse("linux_amd64").unwrap();
        let find =
            |version: &str| mirror.package(&provider(), &Version::parse(version).unwrap(), &linux);
        assert_eq!(
            find("1.0.0").unwrap().location,
            PackageLocation::Dir(dir.join("1.0.0/linux_amd64"))
        );
        assert_eq!(
            find("2.0.0").unwrap().location,
            PackageLocation::Archive(dir.join("terraform-provider-foo_2.0.0_linux_amd64.zip"))
        );
        assert_eq!(find("1.1.0").unwrap_err(), SourceError::NotFound);
    }

    #[test]
    fn a_missing_provider_is_not_an_error_but_a_missing_mirror_is() {
        let base = tempfile::tempdir().unwrap();
        let mirror = FilesystemMirror::new(base.path());
        assert_eq!(mirror.versions(&provider()).unwrap(), []);
        let mirror = FilesystemMirror::new(base.path().join("nowhere"));
        let error = mirror.versions(&provider()).unwrap_err();
        assert!(matches!(&error, SourceError::Failed(text) if text.contains("nowhere")), "{error}");
    }
}
