//! Installing the providers that a configuration requires.
//!
//! First a version is selected for each provider, from the lock file where it has one. Then the
//! packages are brought, several at a time, checked against the lock file, and put in their places
//! below the data directory.

mod job;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::mpsc;

use groma_addrs::Provider;
use groma_addrs::version::{Version, VersionConstraints};
use groma_diag::{Diagnostic, Diagnostics};

use crate::event::InstallEvent;
use crate::locks::{Locks, ProviderLock};
use crate::memo::HashMemo;
use crate::platform::Platform;
use crate::source::SourceError;
use crate::sources::{Available, Sources};
use job::{Done, Job};

/// The folder below the data directory in which packages are installed.
pub const PROVIDERS_DIR: &str = "providers";

/// A folder that configurations share their packages in.
#[derive(Clone, Debug)]
pub struct PluginCache {
    /// The folder.
    pub dir: PathBuf,
    /// Whether a package may be used that the lock file has no checksum for. The lock file then
    /// gets the checksum for this platform only.
    pub may_break_lock_file: bool,
}

/// What to install, from where to where.
pub struct InstallRequest<'a> {
    /// The providers and the constraints on their versions.
    pub required: &'a BTreeMap<Provider, VersionConstraints>,
    /// The selections made before.
    pub locks: &'a Locks,
    /// Where packages come from.
    pub sources: &'a Sources,
    /// The data directory (`.terraform`).
    pub data_dir: &'a Path,
    /// The shared folder, where there is one.
    pub plugin_cache: Option<&'a PluginCache>,
    /// Whether to select anew what is selected already.
    pub upgrade: bool,
    /// Providers that need no installation: under development or running already.
    pub managed_elsewhere: &'a BTreeSet<Provider>,
    /// What to install for.
    pub platform: &'a Platform,
    /// The checksums that are known.
    pub memo: &'a HashMemo,
}

/// A provider that is in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// The provider.
    pub provider: Provider,
    /// The version.
    pub version: Version,
    /// The folder of its package below the data directory.
    pub package_dir: PathBuf,
}

/// The result of an installation.
#[derive(Clone, Debug, Default)]
pub struct Installation {
    /// The selections, to be written to the lock file if there was no error.
    pub locks: Locks,
    /// What is installed now, in the order of the providers' addresses.
    pub installed: Vec<Installed>,
    /// The providers of whose packages only that for this platform has a checksum.
    pub incomplete: Vec<Provider>,
}

/// Installs. Errors of one provider do not keep others from being installed.
pub fn install(
    request: &InstallRequest<'_>,
    events: &mut dyn FnMut(InstallEvent),
) -> (Installation, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let mut jobs = Vec::new();
    let mut locks = Locks::new();
    for (provider, constraints) in request.required {
        if provider.is_builtin() {
            check_builtin(provider, constraints, events, &mut diagnostics);
        } else if request.managed_elsewhere.contains(provider) {
            // What is under development today may be installed again tomorrow.
            if let Some(lock) = request.locks.get(provider) {
                locks.set(provider.clone(), lock.clone());
            }
        } else {
            match select(request, provider, constraints, events) {
                Ok(version) => jobs.push(Job { request, provider, constraints, version }),
                Err(diagnostic) => diagnostics.push(*diagnostic),
            }
        }
    }
    let mut installation = Installation { locks, ..Installation::default() };
    for (job, result) in run(&jobs, events) {
        match result {
            Ok(done) => installation.add(job, done),
            Err(diagnostic) => diagnostics.push(*diagnostic),
        }
    }
    if let Err(error) = request.memo.save() {
        tracing::warn!(%error, "the checksums of the packages cannot be remembered");
    }
    (installation, diagnostics)
}

impl Installation {
    fn add(&mut self, job: &Job<'_>, done: Done) {
        if done.incomplete {
            self.incomplete.push(job.provider.clone());
        }
        self.installed.push(Installed {
            provider: job.provider.clone(),
            version: job.version.clone(),
            package_dir: done.package_dir,
        });
        let lock = ProviderLock {
            version: job.version.clone(),
            constraints: job.constraints.clone(),
            hashes: done.hashes,
        };
        self.locks.set(job.provider.clone(), lock);
    }
}

fn check_builtin(
    provider: &Provider,
    constraints: &VersionConstraints,
    events: &mut dyn FnMut(InstallEvent),
    diagnostics: &mut Diagnostics,
) {
    let known = *provider == Provider::implied("terraform");
    let problem = if !known {
        format!("this engine has no built-in provider named {:?}", &*provider.kind)
    } else if !constraints.is_any() {
        "built-in providers are part of the engine and can have no version constraint".into()
    } else {
        events(InstallEvent::BuiltIn { provider: provider.clone() });
        return;
    };
    diagnostics.error(
        "Invalid dependency on built-in provider",
        format!("Cannot use {provider}: {problem}."),
    );
}

/// Selects the version to install. Boxed errors keep the good way narrow.
fn select(
    request: &InstallRequest<'_>,
    provider: &Provider,
    constraints: &VersionConstraints,
    events: &mut dyn FnMut(InstallEvent),
) -> Result<Version, Box<Diagnostic>> {
    if let Some(lock) = request.locks.get(provider).filter(|_| !request.upgrade) {
        events(InstallEvent::ReusingLocked { provider: provider.clone() });
        return if constraints.matches(&lock.version) {
            Ok(lock.version.clone())
        } else {
            let why = format!(
                "the dependency lock file selects version {}, which does not match the version constraints {constraints}; run \"groma init -upgrade\" to let another version be selected",
                lock.version
            );
            Err(query_error(provider, &why, true))
        };
    }
    let event =
        InstallEvent::Finding { provider: provider.clone(), constraints: constraints.clone() };
    events(event);
    let available = request
        .sources
        .versions(provider)
        .map_err(|error| query_error(provider, &error.to_string(), true))?;
    let newest = constraints.newest(&available.versions).cloned();
    newest.ok_or_else(|| nothing_found(provider, constraints, &available))
}

fn nothing_found(
    provider: &Provider,
    constraints: &VersionConstraints,
    available: &Available,
) -> Box<Diagnostic> {
    let mut why = if available.versions.is_empty() {
        let mut why = format!("provider {provider} was not found in any of the search locations");
        if !available.searched.is_empty() {
            why += "\n\n";
            why += &available.searched.iter().map(|s| format!("  - {s}\n")).collect::<String>();
        }
        why.trim_end().to_owned()
    } else {
        format!("no available releases match the given constraints {constraints}")
    };
    for unavailable in &available.unavailable {
        why += &format!(
            "\n\nIt may be elsewhere, but {unavailable}. Put the package into a filesystem mirror, for example with \"terraform providers mirror\" on a machine that reaches it, and name the mirror in the CLI configuration"
        );
    }
    query_error(provider, &why, !available.versions.is_empty())
}

fn query_error(provider: &Provider, why: &str, ask_who_depends: bool) -> Box<Diagnostic> {
    let name = provider.for_display();
    // No full stop behind a list.
    let stop =
        if why.lines().last().is_some_and(|line| line.starts_with("  - ")) { "" } else { "." };
    let mut detail = format!(
        "Could not retrieve the list of available versions for provider {name}: {why}{stop}"
    );
    if ask_who_depends {
        detail += &format!(
            "\n\nTo see which modules depend on {name} and with which constraints, run:\n  groma providers"
        );
    }
    Box::new(Diagnostic::error("Failed to query available provider packages", detail))
}

fn package_error(
    provider: &Provider,
    version: &Version,
    platform: &Platform,
    error: &SourceError,
) -> Box<Diagnostic> {
    Box::new(match error {
        SourceError::NotFound => Diagnostic::error(
            "Incompatible provider version",
            format!(
                "Provider {provider} v{version} does not have a package available for your current platform, {platform}.\n\nNot every version of every provider is built for every platform, and a mirror may hold a part of the packages only. Select another version with a version constraint, or add the package to a mirror."
            ),
        ),
        error => install_error(provider, version, &error.to_string()),
    })
}

fn install_error(provider: &Provider, version: &Version, why: &str) -> Diagnostic {
    Diagnostic::error(
        "Failed to install provider",
        format!("Error while installing {} v{version}: {why}.", provider.for_display()),
    )
}

/// Runs the jobs on as many threads as there are processors, and gives the results in the order of
/// the jobs.
fn run<'j, 'a>(
    jobs: &'j [Job<'a>],
    events: &mut dyn FnMut(InstallEvent),
) -> Vec<(&'j Job<'a>, Result<Done, Box<Diagnostic>>)> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(jobs.len());
    let queue = Mutex::new(jobs.iter().enumerate());
    let (to_show, shown) = mpsc::channel();
    let mut results = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                let (queue, to_show) = (&queue, to_show.clone());
                scope.spawn(move || {
                    let mut results = Vec::new();
                    loop {
                        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
                        let Some((index, job)) = next else { return results };
                        // The receiver lives until all senders are gone.
                        let result = job.run(&|event| drop(to_show.send(event)));
                        results.push((index, job, result));
                    }
                })
            })
            .collect();
        drop(to_show);
        shown.iter().for_each(events);
        let joined = workers.into_iter().map(|worker| match worker.join() {
            Ok(results) => results,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        joined.flatten().collect::<Vec<_>>()
    });
    results.sort_by_key(|(index, ..)| *index);
    results.into_iter().map(|(_, job, result)| (job, result)).collect()
}

#[cfg(test)]
mod tests;
