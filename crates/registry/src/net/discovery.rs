//! Finding out where a host has its services: `/.well-known/terraform.json`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use thiserror::Error;
use tokio::sync::{Mutex, OnceCell};
use url::Url;

use super::client::{HttpClient, HttpError, Request};
use super::credentials::HostCredentials;
use crate::cli_config::CliConfig;

/// The largest description of services that is read.
const MAX_DOCUMENT: usize = 1 << 20;

/// Why a host's service is not known.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum DiscoveryError {
    /// The host does not say which services it has.
    #[error("failed to request discovery document: {0}")]
    Unreachable(String),
    /// What it says cannot be understood.
    #[error("failed to parse discovery document: {0}")]
    Malformed(String),
    /// It has services, but not this one.
    #[error("host {0} does not offer a {1}")]
    NotOffered(String, &'static str),
}

/// The services of hosts, each host being asked once.
pub(crate) struct Services {
    http: HttpClient,
    pub(crate) credentials: HostCredentials,
    configured: BTreeMap<String, BTreeMap<String, String>>,
    hosts: Mutex<BTreeMap<String, Arc<OnceCell<Answer>>>>,
}

/// Where a host describes its services, and the description, or else why there is none.
type Answer = Result<(Url, Value), DiscoveryError>;

impl Services {
    pub(crate) fn new(
        http: HttpClient,
        credentials: HostCredentials,
        config: &CliConfig,
    ) -> Services {
        Services { http, credentials, configured: config.hosts.clone(), hosts: Mutex::default() }
    }

    /// Where a host has a service, ending in a slash.
    pub(crate) async fn url(
        &self,
        host: &str,
        service: &str,
        called: &'static str,
    ) -> Result<Url, DiscoveryError> {
        let (base, document) = match self.configured.get(host) {
            Some(services) => {
                let base = document_url(host)?;
                let entries = services.iter().map(|(k, v)| (k.clone(), Value::from(v.as_str())));
                (base, Value::Object(entries.collect()))
            }
            None => self.described(host).await?,
        };
        let given = document.get(service).and_then(Value::as_str);
        let given = given.ok_or_else(|| DiscoveryError::NotOffered(host.to_owned(), called))?;
        let mut url = base.join(given).map_err(|error| malformed(&error))?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(DiscoveryError::Malformed(format!(
                "{given:?} is not the URL of a service"
            )));
        }
        if !url.path().ends_with('/') {
            let path = format!("{}/", url.path());
            url.set_path(&path);
        }
        Ok(url)
    }

    async fn described(&self, host: &str) -> Answer {
        let cell = self.hosts.lock().await.entry(host.to_owned()).or_default().clone();
        cell.get_or_init(|| self.ask(host)).await.clone()
    }

    async fn ask(&self, host: &str) -> Answer {
        let authorization = self.credentials.authorization(host).await;
        let request = Request::get(document_url(host)?)
            .header("accept", "application/json")
            .authorization(authorization.as_deref());
        let unreachable = |error: HttpError| DiscoveryError::Unreachable(error.to_string());
        let response = self.http.send(&request).await.map_err(unreachable)?;
        if response.status == http::StatusCode::NOT_FOUND {
            // A host without a description has no services.
            return Ok((response.url.clone(), Value::Object(serde_json::Map::new())));
        }
        let response = response.successful().map_err(unreachable)?;
        let url = response.url.clone();
        let text = response.bytes(MAX_DOCUMENT).await.map_err(unreachable)?;
        let document = serde_json::from_slice(&text).map_err(|error| malformed(&error))?;
        Ok((url, document))
    }
}

fn document_url(host: &str) -> Result<Url, DiscoveryError> {
    Url::parse(&format!("https://{host}/.well-known/terraform.json"))
        .map_err(|error| malformed(&error))
}

fn malformed(error: &dyn std::fmt::Display) -> DiscoveryError {
    DiscoveryError::Malformed(error.to_string())
}
