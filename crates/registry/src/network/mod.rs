//! Provider packages from the network: registries and mirrors.

mod mirror;
mod registry;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use groma_addrs::version::Version;
use serde::de::DeserializeOwned;
use tempfile::{NamedTempFile, TempPath};
use tokio::runtime::Handle;
use url::Url;

use crate::cli_config::CliConfig;
use crate::environment::CliEnvironment;
use crate::net::{HostCredentials, HttpClient, HttpError, Request, Response, Services};
use crate::source::{PackageSource, RemoteSources, SourceError, Unavailable};

use mirror::NetworkMirror;
use registry::OriginRegistries;

/// The largest answer that is read whole.
const MAX_ANSWER: usize = 32 << 20;

/// The largest package that is downloaded.
const MAX_PACKAGE: u64 = 4 << 30;

/// Makes the sources that need the network.
pub struct NetworkSources {
    shared: Arc<Shared>,
}

/// What all sources of a command share.
struct Shared {
    http: HttpClient,
    services: Services,
    /// Sources are asked from threads that are not the runtime's.
    runtime: Handle,
    engine: String,
    /// The packages that have been downloaded; they go away with this.
    downloads: Mutex<Vec<TempPath>>,
}

impl NetworkSources {
    /// Sources that work on the current runtime, which must have several threads. `engine` is the
    /// version that registries are told.
    pub fn new(
        config: &CliConfig,
        environment: &CliEnvironment,
        http: HttpClient,
        engine: String,
    ) -> NetworkSources {
        let credentials = HostCredentials::new(config, environment);
        let services = Services::new(http.clone(), credentials, config);
        let downloads = Mutex::default();
        let shared = Shared { http, services, runtime: Handle::current(), engine, downloads };
        NetworkSources { shared: Arc::new(shared) }
    }
}

impl RemoteSources for NetworkSources {
    fn registry(&self) -> Arc<dyn PackageSource> {
        Arc::new(OriginRegistries::new(self.shared.clone()))
    }

    fn network_mirror(&self, url: &str) -> Arc<dyn PackageSource> {
        match Url::parse(url) {
            Ok(base) if base.scheme() == "https" && base.has_host() => {
                Arc::new(NetworkMirror::new(self.shared.clone(), base))
            }
            _ => Arc::new(Unavailable {
                name: format!("network mirror {url}"),
                why: format!("the URL of the network mirror {url} must begin with https://"),
            }),
        }
    }
}

impl Shared {
    /// Asks for something, with what the host is to know of who asks.
    async fn ask(&self, url: &Url, host: Option<&str>) -> Result<Response, SourceError> {
        let authorization = match host {
            Some(host) => self.services.credentials.authorization(host).await,
            None => None,
        };
        let request = Request::get(url.clone())
            .header("accept", "application/json")
            .header("x-terraform-version", &self.engine)
            .authorization(authorization.as_deref());
        self.http.send(&request).await.map_err(failed)
    }

    /// Reads an answer; one that says that there is nothing is [`SourceError::NotFound`].
    async fn json<T: DeserializeOwned>(
        &self,
        url: &Url,
        host: Option<&str>,
    ) -> Result<(Url, T), SourceError> {
        let response = self.ask(url, host).await?;
        if response.status == http::StatusCode::NOT_FOUND {
            return Err(SourceError::NotFound);
        }
        let response = response.successful().map_err(failed)?;
        let asked = response.url.clone();
        let text = response.bytes(MAX_ANSWER).await.map_err(failed)?;
        let answer = serde_json::from_slice(&text)
            .map_err(|error| SourceError::Failed(format!("the answer from {url}: {error}")))?;
        Ok((asked, answer))
    }

    /// Reads a file that must be there.
    async fn bytes(&self, url: &Url) -> Result<Vec<u8>, SourceError> {
        let response = self.http.send(&Request::get(url.clone())).await.map_err(failed)?;
        response.successful().map_err(failed)?.bytes(MAX_ANSWER).await.map_err(failed)
    }

    /// Downloads a package.
    async fn package(&self, url: &Url, host: Option<&str>) -> Result<PathBuf, SourceError> {
        let authorization = match host {
            Some(host) => self.services.credentials.authorization(host).await,
            None => None,
        };
        let request = Request::get(url.clone()).authorization(authorization.as_deref());
        let response = self.http.send_patiently(&request).await.map_err(failed)?;
        let file = tempfile::Builder::new().prefix("groma-provider-").suffix(".zip").tempfile();
        let file = file.map(NamedTempFile::into_temp_path);
        let file = file.map_err(|error| SourceError::Failed(error.to_string()))?;
        let response = response.successful().map_err(failed)?;
        response.download(&file, MAX_PACKAGE).await.map_err(failed)?;
        let path = file.to_path_buf();
        self.downloads.lock().unwrap_or_else(PoisonError::into_inner).push(file);
        Ok(path)
    }
}

fn failed(error: HttpError) -> SourceError {
    SourceError::Failed(error.to_string())
}

/// The versions among some texts; what is none is passed over.
fn versions<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<Version> {
    texts
        .filter_map(|text| {
            Version::parse(text)
                .inspect_err(|error| tracing::debug!(%error, text, "a version is passed over"))
                .ok()
        })
        .collect()
}

/// A URL below another.
fn below(base: &Url, steps: &[&str]) -> Url {
    let mut url = base.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(steps);
    }
    url
}
