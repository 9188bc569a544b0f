//! Getting packages, in as many ways as there are addresses.

mod checksum;
mod docker;
mod git;
mod http;
mod local;
mod oci;
mod s3;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;
use url::Url;

use super::installer::blocking;
use crate::archive::{ArchiveFormat, Limits, unpack};
use crate::environment::CliEnvironment;
use crate::net::{HttpClient, HttpError, Netrc};

use checksum::Checksum;
pub use s3::{ObjectPlace, ObjectSource};

/// The largest package that is downloaded.
const MAX_PACKAGE: u64 = 1 << 30;

/// How often a server may send us on to another address.
const MAX_REFERRALS: usize = 10;

/// Why a package cannot be got.
#[derive(Debug, Error)]
pub(super) enum FetchError {
    #[error("download not supported for scheme '{0}'")]
    UnknownWay(String),
    #[error("{0}")]
    Unsupported(&'static str),
    #[error("error downloading '{address}': {why}")]
    Failed { address: String, why: String },
    #[error("{0}")]
    Http(#[from] HttpError),
    #[error("{0}")]
    Other(String),
}

/// Gets packages.
pub(super) struct Fetcher {
    http: HttpClient,
    netrc: Netrc,
    environment: CliEnvironment,
    objects: Option<Arc<dyn ObjectSource>>,
    interactive: bool,
}

impl Fetcher {
    pub(super) fn new(
        http: HttpClient,
        environment: &CliEnvironment,
        objects: Option<Arc<dyn ObjectSource>>,
        interactive: bool,
    ) -> Fetcher {
        let netrc = Netrc::load(environment);
        Fetcher { http, netrc, environment: environment.clone(), objects, interactive }
    }

    /// Gets the package at an address, in which no directory is selected, into a folder that does
    /// not exist yet.
    pub(super) async fn fetch(&self, address: &str, into: &Path) -> Result<(), FetchError> {
        self.fetch_step(address, into, 0).await
    }

    async fn fetch_step(
        &self,
        address: &str,
        into: &Path,
        referrals: usize,
    ) -> Result<(), FetchError> {
        let (forced, rest) = match address.split_once("::") {
            Some((way, rest)) => (Some(way), rest),
            None => (None, address),
        };
        if forced == Some("git") {
            return git::fetch(self, rest, into).await;
        }
        let url = Url::parse(rest).map_err(|error| FetchError::Failed {
            address: super::redact::redacted(rest),
            why: error.to_string(),
        })?;
        match forced.unwrap_or(url.scheme()) {
            "git" => git::fetch(self, rest, into).await,
            "file" => local::fetch(&url, into).await,
            "http" | "https" => Box::pin(http::fetch(self, url, into, referrals)).await,
            "s3" => s3::fetch(self, url, into).await,
            "oci" => oci::fetch(self, &url, into).await,
            "hg" => Err(FetchError::Unsupported(
                "packages from Mercurial repositories are not supported; use a git repository or an archive",
            )),
            "gcs" => Err(FetchError::Unsupported(
                "packages from Google Cloud Storage are not supported; use an https URL of the archive",
            )),
            other => Err(FetchError::UnknownWay(other.to_owned())),
        }
    }

    /// Gets an archive from a server of a registry, whatever its kind.
    pub(super) async fn archive_of_registry(
        &self,
        url: &str,
        authorization: Option<String>,
        into: &Path,
    ) -> Result<(), FetchError> {
        let url = Url::parse(url).map_err(|error| FetchError::Other(error.to_string()))?;
        http::registry_archive(self, url, authorization, into).await
    }
}

/// The arguments of an address that are not for the server: what kind of archive it is, and what
/// its checksum must be.
struct Arguments {
    archive: Option<ArchiveFormat>,
    checksum: Option<Checksum>,
}

impl Arguments {
    /// Takes the arguments out of a URL. Without the argument `archive` the ending of its path says
    /// what kind of archive is there.
    fn take(url: &mut Url) -> Result<Arguments, FetchError> {
        let archive = take_argument(url, "archive");
        let checksum = take_argument(url, "checksum");
        take_argument(url, "filename");
        let archive = match archive.as_deref() {
            None | Some("") => ArchiveFormat::of_path(url.path()),
            Some("0" | "f" | "F" | "false" | "FALSE" | "False") => None,
            Some(name) => Some(ArchiveFormat::by_name(name).ok_or_else(|| {
                FetchError::Other(format!("archives of the kind {name:?} are not supported"))
            })?),
        };
        let checksum = checksum.filter(|text| !text.is_empty());
        let checksum = checksum.map(|text| Checksum::parse(&text)).transpose();
        Ok(Arguments { archive, checksum: checksum.map_err(FetchError::Other)? })
    }
}

/// Takes an argument out of a URL's query; the others stay as they are written.
fn take_argument(url: &mut Url, name: &str) -> Option<String> {
    let taken = url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    taken.as_ref()?;
    let kept: Vec<String> = (url.query().unwrap_or_default().split('&'))
        .filter(|pair| pair.split('=').next() != Some(name) && !pair.is_empty())
        .map(str::to_owned)
        .collect();
    url.set_query((!kept.is_empty()).then(|| kept.join("&")).as_deref());
    taken
}

/// Checks and unpacks an archive that has been downloaded.
async fn unpack_checked(
    archive: PathBuf,
    format: ArchiveFormat,
    checksum: Option<Checksum>,
    into: PathBuf,
) -> Result<(), FetchError> {
    let work = move || {
        if let Some(checksum) = checksum {
            checksum.check(&archive)?;
        }
        unpack(&archive, format, &into, Limits::default())
    };
    blocking(work).await.map_err(FetchError::Other)
}

/// A file that goes away again, in the system's folder for such.
fn temporary() -> Result<tempfile::TempPath, FetchError> {
    tempfile::Builder::new()
        .prefix("groma-module-")
        .tempfile()
        .map(tempfile::NamedTempFile::into_temp_path)
        .map_err(|error| FetchError::Other(format!("no temporary file can be made: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_for_us_are_taken_out() {
        let mut url = Url::parse(
            "https://h/x?archive=tar.gz&token=a%2Fb&checksum=md5:d41d8cd98f00b204e9800998ecf8427e",
        )
        .unwrap();
        let arguments = Arguments::take(&mut url).unwrap();
        assert_eq!(url.as_str(), "https://h/x?token=a%2Fb");
        assert_eq!(arguments.archive, ArchiveFormat::by_name("tgz"));
        assert!(arguments.checksum.is_some());
        let format = |text: &str| {
            Arguments::take(&mut Url::parse(text).unwrap()).map(|arguments| arguments.archive)
        };
        assert_eq!(format("https://h/x.zip").unwrap(), Some(ArchiveFormat::Zip));
        assert_eq!(format("https://h/x.zip?archive=false").unwrap(), None);
        assert_eq!(format("https://h/x").unwrap(), None);
        assert!(format("https://h/x?archive=rar").is_err());
        assert!(format("https://h/x?checksum=md5:zz").is_err());
    }
}
