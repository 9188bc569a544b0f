//! The port to the places that packages come from.
//!
//! A source answers which versions there are and brings a package onto this machine: folders, and,
//! made by [`RemoteSources`], registries and network mirrors.

use std::path::PathBuf;
use std::sync::Arc;

use groma_addrs::Provider;
use groma_addrs::version::Version;
use thiserror::Error;

use crate::hash::PackageHash;
use crate::platform::Platform;

/// Where a package lies on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PackageLocation {
    /// Unpacked, in a folder that lasts: it is linked to.
    Dir(PathBuf),
    /// A zip archive.
    Archive(PathBuf),
}

/// What is known about who made a package.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Authentication {
    /// Nothing.
    #[default]
    Unauthenticated,
    /// Its checksum is the one that its registry gives.
    VerifiedChecksum,
    /// Its checksums are signed.
    Signed {
        /// Such as `signed by HashiCorp`.
        by: String,
        /// The key, where users may want to look at it.
        key_id: Option<String>,
    },
}

/// A package that a source has brought.
#[derive(Clone, Debug)]
pub struct Package {
    /// Where it is.
    pub location: PackageLocation,
    /// What the source could make sure of.
    pub authentication: Authentication,
    /// The checksums that the provider's registry reports for this version on all platforms.
    /// They go into the lock file.
    pub reported_hashes: Vec<PackageHash>,
}

impl Package {
    /// A package of which nothing is known but where it is.
    pub fn unauthenticated(location: PackageLocation) -> Package {
        Package {
            location,
            authentication: Authentication::Unauthenticated,
            reported_hashes: Vec::new(),
        }
    }
}

/// Why a source cannot answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SourceError {
    /// The source does not have the provider or the version, for this platform at least.
    #[error("not available")]
    NotFound,
    /// The source cannot be used at all; others may do instead. Says why.
    #[error("{0}")]
    Unavailable(String),
    /// The source should have answered. Says what happened.
    #[error("{0}")]
    Failed(String),
}

/// A place that packages come from.
pub trait PackageSource: Send + Sync {
    /// All versions of a provider that it has for any platform.
    fn versions(&self, provider: &Provider) -> Result<Vec<Version>, SourceError>;

    /// Brings a package.
    fn package(
        &self,
        provider: &Provider,
        version: &Version,
        platform: &Platform,
    ) -> Result<Package, SourceError>;

    /// What to call it in an error, such as its path.
    fn describe(&self) -> String;
}

/// Makes the sources that need the network.
pub trait RemoteSources {
    /// The registries that providers' addresses name.
    fn registry(&self) -> Arc<dyn PackageSource>;

    /// A mirror behind a URL.
    fn network_mirror(&self, url: &str) -> Arc<dyn PackageSource>;
}

/// No network: every source that needs it says so when it is asked.
#[derive(Clone, Copy, Debug, Default)]
pub struct LocalOnly;

impl RemoteSources for LocalOnly {
    fn registry(&self) -> Arc<dyn PackageSource> {
        Arc::new(Unavailable {
            name: "the provider's origin registry".into(),
            why: "provider registries are not to be asked".into(),
        })
    }

    fn network_mirror(&self, url: &str) -> Arc<dyn PackageSource> {
        Arc::new(Unavailable {
            name: format!("network mirror {url}"),
            why: format!("the network mirror {url} is not to be asked"),
        })
    }
}

/// A source that is configured but cannot be used.
pub(crate) struct Unavailable {
    pub(crate) name: String,
    pub(crate) why: String,
}

impl PackageSource for Unavailable {
    fn versions(&self, _: &Provider) -> Result<Vec<Version>, SourceError> {
        Err(SourceError::Unavailable(self.why.clone()))
    }

    fn package(&self, _: &Provider, _: &Version, _: &Platform) -> Result<Package, SourceError> {
        Err(SourceError::Unavailable(self.why.clone()))
    }

    fn describe(&self) -> String {
        self.name.clone()
    }
}
