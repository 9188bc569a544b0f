//! What happens during an installation, for whoever shows it.

use groma_addrs::Provider;
use groma_addrs::version::{Version, VersionConstraints};

use crate::source::Authentication;

/// One step of an installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InstallEvent {
    /// A required provider is part of the engine.
    BuiltIn {
        /// The provider.
        provider: Provider,
    },
    /// The version that the lock file selects will be used.
    ReusingLocked {
        /// The provider.
        provider: Provider,
    },
    /// A version is being looked for.
    Finding {
        /// The provider.
        provider: Provider,
        /// What the version must meet; nothing means that the newest one is wanted.
        constraints: VersionConstraints,
    },
    /// The package is in its place already.
    UsingInstalled {
        /// The provider.
        provider: Provider,
        /// Its version.
        version: Version,
    },
    /// The package is taken from the plugin cache directory.
    UsingCached {
        /// The provider.
        provider: Provider,
        /// Its version.
        version: Version,
    },
    /// The package is being brought.
    Installing {
        /// The provider.
        provider: Provider,
        /// Its version.
        version: Version,
    },
    /// The package is in its place.
    Installed {
        /// The provider.
        provider: Provider,
        /// Its version.
        version: Version,
        /// What is known about who made it.
        authentication: Authentication,
    },
}
