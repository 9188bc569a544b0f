//! What a command asks for, and what comes of it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use groma_addrs::PackageAddress;
use groma_addrs::version::{Version, VersionConstraints};
use thiserror::Error;
use tokio::sync::{Mutex, OnceCell};

use super::fetch::{Fetcher, ObjectSource};
use super::redact::redacted;
use super::registry::{Location, Registries};
use super::subdir;
use crate::cli_config::CliConfig;
use crate::environment::CliEnvironment;
use crate::files::{Staged, copy_tree, replace};
use crate::net::{HostCredentials, HttpClient, Services};

/// A module in a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryModule {
    /// The registry's host.
    pub host: String,
    /// The namespace.
    pub namespace: String,
    /// The module's name.
    pub name: String,
    /// The system that it is made for.
    pub system: String,
    /// A directory within its package.
    pub subdir: Option<String>,
}

impl RegistryModule {
    /// The module without the directory.
    pub fn package(&self) -> String {
        format!("{}/{}/{}/{}", self.host, self.namespace, self.name, self.system)
    }
}

/// Where a module comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModuleOrigin {
    /// A registry, in a version that meets constraints.
    Registry(RegistryModule, VersionConstraints),
    /// A package.
    Package(PackageAddress),
}

/// A module that is to be installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleWish {
    /// The calls that lead to it, joined by dots: the name of its folder.
    pub key: String,
    /// Where it comes from.
    pub origin: ModuleOrigin,
}

/// A module that has been installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstalledModule {
    /// Where it is: below the folder of installed modules.
    pub dir: PathBuf,
    /// Its version, if it comes from a registry.
    pub version: Option<Version>,
}

/// What happens during an installation, for whoever shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModuleEvent {
    /// A package is being got.
    Downloading {
        /// The package, without secrets.
        package: String,
        /// The version, if it comes from a registry.
        version: Option<Version>,
        /// The module that it is for.
        key: String,
    },
}

/// Why a module cannot be installed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ModuleError {
    /// The registry does not know the module.
    #[error("the registry at {host} has no such module")]
    NotInRegistry {
        /// The registry.
        host: String,
    },
    /// The registry does not tell the versions.
    #[error("the versions cannot be had from {host}: {why}")]
    Versions {
        /// The registry.
        host: String,
        /// Why not.
        why: String,
    },
    /// The registry has the module in no version.
    #[error("the registry at {host} has no version of it")]
    NoVersions {
        /// The registry.
        host: String,
    },
    /// No version meets the constraints.
    #[error("no version meets the constraints")]
    NoMatch {
        /// The newest version that there is, if there are releases.
        newest: Option<Version>,
    },
    /// The registry does not say where the package is.
    #[error("the package of version {version} cannot be had from {host}: {why}")]
    Location {
        /// The registry.
        host: String,
        /// The version.
        version: Version,
        /// Why not.
        why: String,
    },
    /// The package cannot be got.
    #[error("{package}: {why}")]
    Download {
        /// The package, without secrets.
        package: String,
        /// Why not.
        why: String,
    },
    /// The package has no such directory.
    #[error("{0}")]
    Subdir(String),
}

/// What an installer works with.
pub struct ModuleSettings<'a> {
    /// What the user has set.
    pub config: &'a CliConfig,
    /// The command's surroundings.
    pub environment: &'a CliEnvironment,
    /// The client for what is on the network.
    pub http: HttpClient,
    /// The folder of installed modules, such as `.terraform/modules`.
    pub dir: PathBuf,
    /// The version of the engine that registries are told.
    pub engine: String,
    /// Where objects of S3 come from, if there is anything that can get them.
    pub objects: Option<Arc<dyn ObjectSource>>,
    /// Whether programs may ask the user.
    pub interactive: bool,
}

/// Installs modules for one command.
pub struct ModuleInstaller {
    dir: PathBuf,
    registries: Registries,
    fetcher: Fetcher,
    /// The packages that have been got, and where they lie.
    packages: Mutex<HashMap<String, Arc<OnceCell<Result<PathBuf, String>>>>>,
}

impl ModuleInstaller {
    /// An installer with nothing installed yet.
    pub fn new(settings: ModuleSettings<'_>) -> ModuleInstaller {
        let ModuleSettings { config, environment, http, dir, engine, objects, interactive } =
            settings;
        let credentials = HostCredentials::new(config, environment);
        let services = Services::new(http.clone(), credentials, config);
        ModuleInstaller {
            dir,
            registries: Registries::new(http.clone(), services, engine),
            fetcher: Fetcher::new(http, environment, objects, interactive),
            packages: Mutex::default(),
        }
    }

    /// Installs a module. Whatever stood in its folder is replaced.
    pub async fn install(
        &self,
        wish: &ModuleWish,
        event: &(dyn Fn(ModuleEvent) + Send + Sync),
    ) -> Result<InstalledModule, ModuleError> {
        let target = self.dir.join(&wish.key);
        let announce = |package: String, version: Option<Version>| {
            event(ModuleEvent::Downloading { package, version, key: wish.key.clone() });
        };
        match &wish.origin {
            ModuleOrigin::Package(address) => {
                announce(redacted(address.package()), None);
                self.package(address.package(), &target, None).await?;
                let dir = found(&target, address.subdir()).await?;
                Ok(InstalledModule { dir, version: None })
            }
            ModuleOrigin::Registry(module, constraints) => {
                let version = self.select(module, constraints).await?;
                announce(module.package(), Some(version.clone()));
                let (package, subdir, host) =
                    match self.registries.location(module, &version).await? {
                        Location::Elsewhere(address) => {
                            let subdir = address.subdir().map(str::to_owned);
                            (address.package().to_owned(), subdir, None)
                        }
                        Location::Here { url, subdir, credentials } => {
                            let host = credentials.then(|| module.host.clone());
                            (format!("here::{url}"), subdir, host)
                        }
                    };
                self.package(&package, &target, host).await?;
                let dir = found(&target, subdir.as_deref()).await?;
                Ok(InstalledModule { dir, version: Some(version) })
            }
        }
    }

    /// The newest version that meets the constraints.
    async fn select(
        &self,
        module: &RegistryModule,
        constraints: &VersionConstraints,
    ) -> Result<Version, ModuleError> {
        let versions = self.registries.versions(module).await?;
        if versions.is_empty() {
            return Err(ModuleError::NoVersions { host: module.host.clone() });
        }
        let best = versions.iter().filter(|version| constraints.matches(version)).max();
        best.cloned().ok_or_else(|| {
            let newest = versions.iter().filter(|version| version.pre.is_empty()).max();
            ModuleError::NoMatch { newest: newest.cloned() }
        })
    }

    /// Gets a package into a folder, or copies it if it has been got before. `host` is whom the
    /// credentials are for that the package's server is to be shown.
    async fn package(
        &self,
        package: &str,
        target: &Path,
        host: Option<String>,
    ) -> Result<(), ModuleError> {
        let cell = self.packages.lock().await.entry(package.to_owned()).or_default().clone();
        let first = cell.get_or_init(|| async {
            self.fetch(package, target, host).await.map(|()| target.to_owned())
        });
        let copied = match first.await {
            Ok(dir) if dir == target => Ok(()),
            Ok(dir) => {
                let (dir, target) = (dir.clone(), target.to_owned());
                blocking(move || {
                    let staged = Staged::beside(&target)?;
                    copy_tree(&dir, staged.path())?;
                    replace(staged.path(), &target)
                })
                .await
            }
            Err(why) => Err(why.clone()),
        };
        let package = package.strip_prefix("here::").unwrap_or(package);
        copied.map_err(|why| ModuleError::Download { package: redacted(package), why })
    }

    async fn fetch(
        &self,
        package: &str,
        target: &Path,
        host: Option<String>,
    ) -> Result<(), String> {
        let staged = Staged::beside(target).map_err(|error| error.to_string())?;
        match package.strip_prefix("here::") {
            Some(url) => {
                let authorization = match &host {
                    Some(host) => self.registries.authorization(host).await,
                    None => None,
                };
                self.fetcher.archive_of_registry(url, authorization, staged.path()).await
            }
            None => self.fetcher.fetch(package, staged.path()).await,
        }
        .map_err(|error| error.to_string())?;
        let target = target.to_owned();
        blocking(move || replace(staged.path(), &target)).await
    }
}

/// The directory of a package, which lies there.
async fn found(package: &Path, subdir: Option<&str>) -> Result<PathBuf, ModuleError> {
    subdir::find(package, subdir).map_err(ModuleError::Subdir)
}

/// Does what takes its time on a thread of its own. The error is a sentence without its end.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, String> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(|error| error.to_string()),
        Err(error) => Err(format!("it was broken off: {error}")),
    }
}
