//! Finding the plugins that `init` has installed, and making sure that they are still the same.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use groma_addrs::Provider;
use groma_addrs::version::{Version, VersionConstraints};
use groma_diag::{Diagnostic, Diagnostics};

use crate::hash::PackageHash;
use crate::install::PROVIDERS_DIR;
use crate::layout::{find_executable, package_dir};
use crate::locks::Locks;
use crate::memo::HashMemo;
use crate::platform::Platform;

/// What to find.
pub struct LocateRequest<'a> {
    /// The providers and the constraints on their versions.
    pub required: &'a BTreeMap<Provider, VersionConstraints>,
    /// The selections of the lock file.
    pub locks: &'a Locks,
    /// The data directory (`.terraform`).
    pub data_dir: &'a Path,
    /// The folders of plugins under development.
    pub dev_overrides: &'a BTreeMap<Provider, PathBuf>,
    /// Providers that are running already and need no executable.
    pub attached: &'a BTreeSet<Provider>,
    /// What to find packages for.
    pub platform: &'a Platform,
    /// The checksums that are known.
    pub memo: &'a HashMemo,
}

/// A plugin that can be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plugin {
    /// The executable.
    pub executable: PathBuf,
    /// The selected version; a plugin under development has none.
    pub version: Option<Version>,
    /// The checksum of its package, by which what is known of it may be kept. A plugin under
    /// development has none: it changes from one run to the next.
    pub hash: Option<PackageHash>,
}

/// Finds the plugins of all required providers but those that are built in or running already.
/// Packages are checked against the lock file. There are plugins for all of them or errors.
pub fn locate(request: &LocateRequest<'_>) -> (BTreeMap<Provider, Plugin>, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let overridden = |p: &Provider| request.dev_overrides.contains_key(p);
    let elsewhere = |p: &Provider| request.attached.contains(p) || overridden(p);
    if let Some(problem) = request.locks.check(request.required, elsewhere) {
        return (BTreeMap::new(), problem.into());
    }
    let mut plugins = BTreeMap::new();
    let mut packages = Vec::new();
    for provider in request.required.keys() {
        if provider.is_builtin() || request.attached.contains(provider) {
            continue;
        }
        match request.dev_overrides.get(provider) {
            Some(dir) => match find_executable(dir, provider) {
                Ok(executable) => {
                    let plugin = Plugin { executable, version: None, hash: None };
                    plugins.insert(provider.clone(), plugin);
                }
                Err(error) => diagnostics.push(bad_override(provider, dir, &error)),
            },
            None => packages.push(provider),
        }
    }
    let mut problems = String::new();
    for (provider, result) in check_all(request, &packages) {
        match result {
            Ok(plugin) => {
                plugins.insert(provider.clone(), plugin);
            }
            Err(problem) => problems += &format!("  - {provider}: {problem}\n"),
        }
    }
    if !problems.is_empty() {
        diagnostics.error(
            "Required plugins are not installed",
            format!(
                "The installed provider plugins are not those that the dependency lock file selects:\n{problems}\nTo install the providers that this configuration requires, run:\n  groma init"
            ),
        );
    }
    if let Err(error) = request.memo.save() {
        // A read-only data directory costs time, not correctness.
        tracing::debug!(%error, "the checksums of the packages cannot be remembered");
    }
    (plugins, diagnostics)
}

fn bad_override(provider: &Provider, dir: &Path, error: &std::io::Error) -> Diagnostic {
    Diagnostic::error(
        "Failed to find a provider under development",
        format!(
            "The CLI configuration says that the plugin of {} is in {}, but {error}. Build the plugin, or correct the entry in the dev_overrides block.",
            provider.for_display(),
            dir.display()
        ),
    )
}

/// Checks packages, several at a time: hashing takes long where nothing is remembered.
fn check_all<'p>(
    request: &LocateRequest<'_>,
    packages: &[&'p Provider],
) -> Vec<(&'p Provider, Result<Plugin, String>)> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = packages.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        let workers: Vec<_> = packages
            .chunks(share)
            .map(|part| {
                scope
                    .spawn(move || part.iter().map(|p| (*p, check(request, p))).collect::<Vec<_>>())
            })
            .collect();
        let joined = workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        joined.flatten().collect()
    })
}

fn check(request: &LocateRequest<'_>, provider: &Provider) -> Result<Plugin, String> {
    // The lock file has been held against the requirements.
    let lock = request.locks.get(provider).ok_or("no version is selected")?;
    let version = &lock.version;
    let base = request.data_dir.join(PROVIDERS_DIR);
    let dir = package_dir(&base, provider, version, request.platform);
    if !dir.is_dir() {
        return Err(format!(
            "there is no package for {provider} {version} cached in {}",
            base.display()
        ));
    }
    let hash = request.memo.hash_of_dir(&dir).map_err(|error| {
        format!(
            "the package for {provider} {version} in {} cannot be read: {error}",
            base.display()
        )
    })?;
    let allowed = lock.checkable_hashes();
    if !allowed.is_empty() && !allowed.contains(&hash) {
        return Err(format!(
            "the cached package for {provider} {version} (in {}) does not match any of the checksums recorded in the dependency lock file",
            base.display()
        ));
    }
    let executable = find_executable(&dir, provider).map_err(|error| error.to_string())?;
    Ok(Plugin { executable, version: Some(version.clone()), hash: Some(hash) })
}

#[cfg(test)]
mod tests;
