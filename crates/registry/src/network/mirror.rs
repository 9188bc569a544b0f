//! Mirrors behind a URL: an index of versions and a file for each, below the provider's address.

use std::collections::BTreeMap;
use std::sync::Arc;

use groma_addrs::Provider;
use groma_addrs::version::Version;
use serde::Deserialize;
use serde::de::IgnoredAny;
use url::Url;

use super::{Shared, below, versions};
use crate::hash::{HashScheme, PackageHash};
use crate::platform::Platform;
use crate::source::{Authentication, Package, PackageLocation, PackageSource, SourceError};

/// A mirror.
pub(super) struct NetworkMirror {
    shared: Arc<Shared>,
    base: Url,
}

#[derive(Deserialize)]
struct Index {
    versions: BTreeMap<String, IgnoredAny>,
}

#[derive(Deserialize)]
struct Archives {
    archives: BTreeMap<String, Archive>,
}

#[derive(Deserialize)]
struct Archive {
    url: String,
    #[serde(default)]
    hashes: Vec<String>,
}

impl NetworkMirror {
    pub(super) fn new(shared: Arc<Shared>, base: Url) -> NetworkMirror {
        NetworkMirror { shared, base }
    }

    fn file(&self, provider: &Provider, name: &str) -> Url {
        below(&self.base, &[&provider.hostname, &provider.namespace, &provider.kind, name])
    }

    /// The mirror's host, with its port if that is not the usual.
    fn host(&self) -> String {
        let host = self.base.host_str().unwrap_or_default();
        self.base.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    async fn fetch(
        &self,
        provider: &Provider,
        version: &Version,
        platform: &Platform,
    ) -> Result<Package, SourceError> {
        let file = self.file(provider, &format!("{version}.json"));
        let host = self.host();
        let (asked, answer) = self.shared.json::<Archives>(&file, Some(&host)).await?;
        let mut archives = answer.archives;
        let archive = archives.remove(&platform.to_string()).ok_or(SourceError::NotFound)?;
        let url = asked.join(&archive.url).map_err(|error| {
            SourceError::Failed(format!("the mirror names the package {:?}: {error}", archive.url))
        })?;
        // Who we are is the mirror's business, and not that of wherever it sends us.
        let same = url.scheme() == "https" && url.host() == self.base.host();
        let path = self.shared.package(&url, Some(host.as_str()).filter(|_| same)).await?;
        let hashes: Vec<PackageHash> =
            archive.hashes.iter().filter_map(|text| PackageHash::parse(text)).collect();
        let authentication = check(&path, &hashes)?;
        let location = PackageLocation::Archive(path);
        Ok(Package { location, authentication, reported_hashes: hashes })
    }
}

/// Compares a package with what the mirror says of it, as far as can be before it is unpacked.
fn check(path: &std::path::Path, hashes: &[PackageHash]) -> Result<Authentication, SourceError> {
    let known: Vec<_> = hashes.iter().filter(|h| h.scheme() != HashScheme::Unknown).collect();
    if known.is_empty() {
        return Ok(Authentication::Unauthenticated);
    }
    let broken =
        |error: std::io::Error| SourceError::Failed(format!("the package cannot be read: {error}"));
    let archives = known.iter().any(|hash| hash.scheme() == HashScheme::Archive);
    let matches = match archives {
        true => known.contains(&&PackageHash::of_archive(path).map_err(broken)?),
        false => {
            let dir = tempfile::tempdir().map_err(broken)?;
            let unpacked = crate::unpack::unpack_beside(path, &dir.path().join("package"));
            known.contains(&&unpacked.map_err(broken)?.hash)
        }
    };
    match matches {
        true => Ok(Authentication::VerifiedChecksum),
        false => Err(SourceError::Failed(
            "the package doesn't match any of the checksums that the mirror has for it".into(),
        )),
    }
}

impl PackageSource for NetworkMirror {
    fn versions(&self, provider: &Provider) -> Result<Vec<Version>, SourceError> {
        self.shared.runtime.block_on(async {
            let index = self.file(provider, "index.json");
            let (_, index) = self.shared.json::<Index>(&index, Some(&self.host())).await?;
            Ok(versions(index.versions.keys().map(String::as_str)))
        })
    }

    fn package(
        &self,
        provider: &Provider,
        version: &Version,
        platform: &Platform,
    ) -> Result<Package, SourceError> {
        self.shared.runtime.block_on(self.fetch(provider, version, platform))
    }

    fn describe(&self) -> String {
        format!("provider mirror at {}", self.base)
    }
}
