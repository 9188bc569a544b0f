//! Bringing one package to its place.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use groma_addrs::Provider;
use groma_addrs::version::{Version, VersionConstraints};
use groma_diag::Diagnostic;

use super::{InstallRequest, PROVIDERS_DIR, install_error, package_error};
use crate::event::InstallEvent;
use crate::hash::{HashScheme, PackageHash};
use crate::layout::{find_executable, package_dir};
use crate::locks::ProviderLock;
use crate::source::{Package, PackageLocation};
use crate::unpack::{link_or_copy, unpack_beside};

/// A package to bring.
pub(super) struct Job<'a> {
    pub(super) request: &'a InstallRequest<'a>,
    pub(super) provider: &'a Provider,
    pub(super) constraints: &'a VersionConstraints,
    pub(super) version: Version,
}

/// A package that is in its place.
pub(super) struct Done {
    pub(super) package_dir: PathBuf,
    /// The checksums for the lock file.
    pub(super) hashes: BTreeSet<PackageHash>,
    /// Whether they are of the package for this platform only.
    pub(super) incomplete: bool,
}

type Emit<'e> = &'e dyn Fn(InstallEvent);

impl<'a> Job<'a> {
    pub(super) fn run(&self, emit: Emit<'_>) -> Result<Done, Box<Diagnostic>> {
        let (provider, version) = (self.provider.clone(), self.version.clone());
        let target = self.dir_below(&self.request.data_dir.join(PROVIDERS_DIR));
        if let Some(lock) = self.lock_matching(&target) {
            emit(InstallEvent::UsingInstalled { provider, version });
            return Ok(Done::unchanged(lock, target));
        }
        let Some(cache) = self.request.plugin_cache else {
            return self.bring(target, emit);
        };
        let cached = self.dir_below(&cache.dir);
        let done = if let Some(lock) = self.lock_matching(&cached) {
            emit(InstallEvent::UsingCached { provider, version });
            Done::unchanged(lock, target)
        } else if let Some(hash) = self.trusted_in_cache(&cached) {
            emit(InstallEvent::UsingCached { provider, version });
            let hashes = BTreeSet::from([hash]);
            Done { package_dir: target, hashes, incomplete: true }
        } else {
            Done { package_dir: target, ..self.bring(cached.clone(), emit)? }
        };
        link_or_copy(&cached, &done.package_dir).map_err(|error| {
            Diagnostic::error(
                "Failed to install provider from shared cache",
                format!(
                    "Error while importing {} v{} from the plugin cache directory {}: {error}.",
                    self.provider.for_display(),
                    self.version,
                    cache.dir.display()
                ),
            )
        })?;
        Ok(done)
    }

    fn dir_below(&self, base: &Path) -> PathBuf {
        package_dir(base, self.provider, &self.version, self.request.platform)
    }

    /// The lock of the version that is to be installed.
    fn lock(&self) -> Option<&'a ProviderLock> {
        self.request.locks.get(self.provider).filter(|lock| lock.version == self.version)
    }

    /// The lock, if there is a whole package in a folder that it has the checksum of.
    fn lock_matching(&self, dir: &Path) -> Option<&'a ProviderLock> {
        let lock = self.lock()?;
        let has_files_hash = |hash: &&PackageHash| hash.scheme() == HashScheme::Files;
        // Without a checksum that a folder can match, hashing it tells nothing.
        lock.hashes.iter().find(has_files_hash)?;
        let hash = self.request.memo.hash_of_dir(dir).ok()?;
        (lock.hashes.contains(&hash) && find_executable(dir, self.provider).is_ok()).then_some(lock)
    }

    /// The checksum of a cached package that may be used without one in the lock file.
    fn trusted_in_cache(&self, cached: &Path) -> Option<PackageHash> {
        let nothing_to_check = self.lock().is_none_or(|lock| lock.checkable_hashes().is_empty());
        let allowed = self.request.plugin_cache.is_some_and(|cache| cache.may_break_lock_file);
        if !(nothing_to_check && allowed) || find_executable(cached, self.provider).is_err() {
            return None;
        }
        self.request.memo.hash_of_dir(cached).ok()
    }

    /// Brings the package from its source.
    fn bring(&self, to: PathBuf, emit: Emit<'_>) -> Result<Done, Box<Diagnostic>> {
        let InstallRequest { sources, platform, .. } = self.request;
        let package = sources
            .package(self.provider, &self.version, platform)
            .map_err(|error| package_error(self.provider, &self.version, platform, &error))?;
        let (provider, version) = (self.provider.clone(), self.version.clone());
        emit(InstallEvent::Installing { provider: provider.clone(), version: version.clone() });
        let hash = self
            .put_in_place(&package, &to)
            .map_err(|why| install_error(self.provider, &self.version, &why))?;
        let done = self.done(&package, hash, to);
        let authentication = package.authentication;
        emit(InstallEvent::Installed { provider, version, authentication });
        Ok(done)
    }

    fn done(&self, package: &Package, hash: PackageHash, package_dir: PathBuf) -> Done {
        let prior = self.lock().map(|lock| lock.hashes.clone()).unwrap_or_default();
        let local = BTreeSet::from([hash]);
        // Where the lock file knows more than this package, someone has added the other platforms.
        let incomplete = package.reported_hashes.is_empty() && (prior.is_empty() || prior == local);
        let mut hashes = prior;
        hashes.extend(local);
        hashes.extend(package.reported_hashes.iter().cloned());
        Done { package_dir, hashes, incomplete }
    }

    /// Checks the package against the lock file and puts it in its place.
    fn put_in_place(&self, package: &Package, to: &Path) -> Result<PackageHash, String> {
        let allowed = self.lock().map(ProviderLock::checkable_hashes).unwrap_or_default();
        let io_error = |what: &'static str| {
            move |error: io::Error| format!("the package cannot be {what}: {error}")
        };
        match &package.location {
            PackageLocation::Dir(from) => {
                let hash = self.request.memo.hash_of_dir(from).map_err(io_error("read"))?;
                if !allowed.is_empty() && !allowed.contains(&hash) {
                    return Err(self.mismatch(from));
                }
                find_executable(from, self.provider).map_err(|error| error.to_string())?;
                link_or_copy(from, to).map_err(io_error("put in its place"))?;
                Ok(hash)
            }
            PackageLocation::Archive(archive) => {
                let check_archive = allowed.iter().any(|h| h.scheme() == HashScheme::Archive);
                let (unpacked, archive_hash) = std::thread::scope(|scope| {
                    let archive_hash =
                        check_archive.then(|| scope.spawn(|| PackageHash::of_archive(archive)));
                    let unpacked = unpack_beside(archive, to);
                    let archive_hash = archive_hash.map(|thread| {
                        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
                    });
                    (unpacked, archive_hash)
                });
                let unpacked = unpacked.map_err(io_error("unpacked"))?;
                let archive_hash = archive_hash.transpose().map_err(io_error("read"))?;
                let matches = allowed.contains(&unpacked.hash)
                    || archive_hash.is_some_and(|hash| allowed.contains(&hash));
                if !allowed.is_empty() && !matches {
                    return Err(self.mismatch(archive));
                }
                let hash = unpacked.hash.clone();
                unpacked.move_to(to).map_err(io_error("put in its place"))?;
                find_executable(to, self.provider).map_err(|error| error.to_string())?;
                Ok(hash)
            }
        }
    }

    fn mismatch(&self, package: &Path) -> String {
        format!(
            "the package for {} {} at {} doesn't match any of the checksums previously recorded in the dependency lock file. Either the package is not the one that was selected before, or the lock file has checksums for other platforms only, which \"groma providers lock\" adds to",
            self.provider,
            self.version,
            package.display()
        )
    }
}

impl Done {
    fn unchanged(lock: &ProviderLock, package_dir: PathBuf) -> Done {
        Done { package_dir, hashes: lock.hashes.clone(), incomplete: false }
    }
}
