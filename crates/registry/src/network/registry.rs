//! Registries of providers: versions, packages, and who has signed their checksums.

use std::sync::Arc;

use groma_addrs::Provider;
use groma_addrs::version::Version;
use serde::Deserialize;
use url::Url;

use super::{Shared, below, versions};
use crate::hash::PackageHash;
use crate::net::DiscoveryError;
use crate::openpgp::{self, PublicKey};
use crate::platform::Platform;
use crate::source::{Authentication, Package, PackageLocation, PackageSource, SourceError};

const SERVICE: &str = "providers.v1";

/// The primary key of HashiCorp, by its fingerprint.
const HASHICORP: &str = "c874011f0ab405110d02105534365d9472d7468f";

/// The registries that providers' addresses name.
pub(super) struct OriginRegistries {
    shared: Arc<Shared>,
}

#[derive(Deserialize)]
struct VersionList {
    #[serde(default)]
    versions: Vec<ListedVersion>,
}

#[derive(Deserialize)]
struct ListedVersion {
    version: String,
    #[serde(default)]
    protocols: Vec<String>,
}

#[derive(Deserialize)]
struct Download {
    filename: String,
    download_url: String,
    shasums_url: String,
    shasums_signature_url: String,
    shasum: String,
    #[serde(default)]
    signing_keys: SigningKeys,
}

#[derive(Default, Deserialize)]
struct SigningKeys {
    #[serde(default)]
    gpg_public_keys: Vec<SigningKey>,
}

#[derive(Deserialize)]
struct SigningKey {
    ascii_armor: String,
}

impl OriginRegistries {
    pub(super) fn new(shared: Arc<Shared>) -> OriginRegistries {
        OriginRegistries { shared }
    }

    async fn url(&self, provider: &Provider, steps: &[&str]) -> Result<Url, SourceError> {
        let host = &provider.hostname;
        let base = self.shared.services.url(host, SERVICE, "provider registry").await;
        let base = base.map_err(|error| match error {
            DiscoveryError::Unreachable(why) => {
                SourceError::Failed(format!("could not connect to {host}: {why}"))
            }
            error => SourceError::Failed(error.to_string()),
        })?;
        let base = below(&base, &[&provider.namespace, &provider.kind]);
        Ok(below(&base, steps))
    }

    async fn list(&self, provider: &Provider) -> Result<Vec<Version>, SourceError> {
        let url = self.url(provider, &["versions"]).await?;
        let (_, list) = self.shared.json::<VersionList>(&url, Some(&provider.hostname)).await?;
        let spoken = |listed: &&ListedVersion| {
            let major = |text: &String| text.split('.').next().map(str::to_owned);
            let known = |text: &String| matches!(major(text).as_deref(), Some("5" | "6"));
            listed.protocols.is_empty() || listed.protocols.iter().any(known)
        };
        let list = list.versions.iter().filter(spoken).map(|listed| listed.version.as_str());
        Ok(versions(list))
    }

    async fn fetch(
        &self,
        provider: &Provider,
        version: &Version,
        platform: &Platform,
    ) -> Result<Package, SourceError> {
        let (version, platform) = (version.to_string(), platform.to_string());
        let (os, architecture) = platform.split_once('_').unwrap_or((&platform, ""));
        let url = self.url(provider, &[&version, "download", os, architecture]).await?;
        let host = Some(&*provider.hostname);
        let (asked, answer) = self.shared.json::<Download>(&url, host).await?;
        let at = |text: &str| {
            asked.join(text).map_err(|error| {
                SourceError::Failed(format!("the registry gave the URL {text:?}: {error}"))
            })
        };
        let sums = self.shared.bytes(&at(&answer.shasums_url)?).await?;
        let signature = self.shared.bytes(&at(&answer.shasums_signature_url)?).await?;
        let authentication = authenticate(&answer, provider, &sums, &signature)?;
        let reported_hashes = checksums(&answer, &sums)?;
        let path = self.shared.package(&at(&answer.download_url)?, None).await?;
        let got = {
            let path = path.clone();
            tokio::task::spawn_blocking(move || PackageHash::of_archive(&path)).await
        };
        let got = got.map_err(std::io::Error::other).and_then(|hash| hash);
        let got = got.map_err(|error| SourceError::Failed(error.to_string()))?;
        if got.as_str() != format!("zh:{}", answer.shasum.to_ascii_lowercase()) {
            return Err(SourceError::Failed(format!(
                "archive has incorrect checksum {got} (expected zh:{})",
                answer.shasum
            )));
        }
        Ok(Package { location: PackageLocation::Archive(path), authentication, reported_hashes })
    }
}

/// Who has signed the checksums.
fn authenticate(
    answer: &Download,
    provider: &Provider,
    sums: &[u8],
    signature: &[u8],
) -> Result<Authentication, SourceError> {
    let keys = &answer.signing_keys.gpg_public_keys;
    if keys.is_empty() && &*provider.hostname == "registry.opentofu.org" {
        // That registry has no keys of authors who have not handed one in.
        return Ok(Authentication::VerifiedChecksum);
    }
    let mut why = "the registry gives no key for it".to_owned();
    for offered in keys {
        match openpgp::verify(&offered.ascii_armor, sums, signature) {
            Ok(key) => return Ok(signed_by(&key)),
            Err(error) => why = error.to_string(),
        }
    }
    Err(SourceError::Failed(format!(
        "the signature of the package's checksums cannot be verified: {why}"
    )))
}

fn signed_by(key: &PublicKey) -> Authentication {
    if key.fingerprint() == HASHICORP {
        return Authentication::Signed { by: "signed by HashiCorp".into(), key_id: None };
    }
    // Whether HashiCorp vouches for an author is not verified, and so not said.
    Authentication::Signed { by: "self-signed".into(), key_id: Some(key.id().to_uppercase()) }
}

/// The checksums of all packages of the version; that of ours must be among them.
fn checksums(answer: &Download, sums: &[u8]) -> Result<Vec<PackageHash>, SourceError> {
    let text = String::from_utf8_lossy(sums);
    let mut ours = false;
    let mut hashes = Vec::new();
    for line in text.lines() {
        let Some((digits, name)) = line.split_once(char::is_whitespace) else { continue };
        let name = name.trim().trim_start_matches('*');
        let digits = digits.to_ascii_lowercase();
        if digits.len() != 64 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            continue;
        }
        if name == answer.filename {
            if digits != answer.shasum.to_ascii_lowercase() {
                return Err(SourceError::Failed(format!(
                    "checksum list has unexpected SHA-256 hash {digits} (expected {})",
                    answer.shasum
                )));
            }
            ours = true;
        }
        if name.ends_with(".zip") {
            hashes.extend(PackageHash::parse(&format!("zh:{digits}")));
        }
    }
    match ours {
        true => Ok(hashes),
        false => Err(SourceError::Failed(format!(
            "checksum list has no SHA-256 hash for {:?}",
            answer.filename
        ))),
    }
}

impl PackageSource for OriginRegistries {
    fn versions(&self, provider: &Provider) -> Result<Vec<Version>, SourceError> {
        self.shared.runtime.block_on(self.list(provider))
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
        "the provider's origin registry".into()
    }
}
