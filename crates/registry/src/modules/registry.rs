//! Module registries: which versions a module has, and where the package of one is.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use groma_addrs::PackageAddress;
use groma_addrs::version::Version;
use http::StatusCode;
use serde::Deserialize;
use tokio::sync::{Mutex, OnceCell};
use url::Url;

use super::installer::{ModuleError, RegistryModule};
use crate::net::{HttpClient, HttpError, Request, Response, Services};

/// The largest answer that is read.
const MAX_ANSWER: usize = 16 << 20;

const SERVICE: &str = "modules.v1";

/// The registries, each module being asked for once.
pub(super) struct Registries {
    http: HttpClient,
    services: Services,
    /// What is sent as the version of the engine that asks.
    engine: String,
    versions: Mutex<HashMap<String, Arc<OnceCell<Versions>>>>,
}

type Versions = Result<Arc<Vec<Version>>, ModuleError>;

/// Where the package of a version is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Location {
    /// Wherever an address says.
    Elsewhere(PackageAddress),
    /// On a server of the registry, which perhaps wants to know who asks.
    Here { url: Url, subdir: Option<String>, credentials: bool },
}

#[derive(Deserialize)]
struct VersionList {
    #[serde(default)]
    modules: Vec<VersionsOfModule>,
}

#[derive(Deserialize)]
struct VersionsOfModule {
    #[serde(default)]
    versions: Vec<ListedVersion>,
}

#[derive(Deserialize)]
struct ListedVersion {
    version: String,
}

#[derive(Deserialize)]
struct LocationAnswer {
    #[serde(default)]
    location: String,
    use_registry_credentials: Option<bool>,
}

impl Registries {
    pub(super) fn new(http: HttpClient, services: Services, engine: String) -> Registries {
        Registries { http, services, engine, versions: Mutex::default() }
    }

    /// All versions of a module, in the order of the registry.
    pub(super) async fn versions(&self, module: &RegistryModule) -> Versions {
        let cell = self.versions.lock().await.entry(module.package()).or_default().clone();
        cell.get_or_init(|| self.ask_versions(module)).await.clone()
    }

    async fn ask_versions(&self, module: &RegistryModule) -> Versions {
        let failed = |why: &dyn fmt::Display| ModuleError::Versions {
            host: module.host.clone(),
            why: why.to_string(),
        };
        let (_, response) = self.ask(module, &["versions"]).await.map_err(|why| failed(&why))?;
        if response.status == StatusCode::NOT_FOUND {
            return Err(ModuleError::NotInRegistry { host: module.host.clone() });
        }
        let text = content(response).await.map_err(|error| failed(&error))?;
        let list: VersionList = serde_json::from_slice(&text).map_err(|error| failed(&error))?;
        // A registry that lists several modules means the first.
        let listed = list.modules.into_iter().next().map(|m| m.versions).unwrap_or_default();
        let versions = listed.into_iter().filter_map(|listed| {
            let text = listed.version.strip_prefix('v').unwrap_or(&listed.version);
            Version::parse(text)
                .inspect_err(|error| tracing::debug!(%error, text, "a version is passed over"))
                .ok()
        });
        Ok(Arc::new(versions.collect()))
    }

    /// Where the package of a version is.
    pub(super) async fn location(
        &self,
        module: &RegistryModule,
        version: &Version,
    ) -> Result<Location, ModuleError> {
        let failed = |why: String| ModuleError::Location {
            host: module.host.clone(),
            version: version.clone(),
            why,
        };
        let text = version.to_string();
        let (url, response) = self.ask(module, &[&text, "download"]).await.map_err(failed)?;
        let header = response.header("x-terraform-get").map(str::to_owned);
        match response.status {
            StatusCode::NOT_FOUND => {
                let package = module.package();
                Err(failed(format!("module {package:?} version {text:?} not found")))
            }
            StatusCode::NO_CONTENT => {
                located(header.unwrap_or_default(), None, module, &url).map_err(failed)
            }
            _ => {
                let body = content(response).await.map_err(|error| failed(error.to_string()))?;
                let answer: Option<LocationAnswer> = serde_json::from_slice(&body).ok();
                let (given, credentials) = match answer {
                    Some(answer) if !answer.location.is_empty() => {
                        (answer.location, answer.use_registry_credentials)
                    }
                    _ => (header.unwrap_or_default(), None),
                };
                located(given, credentials, module, &url).map_err(failed)
            }
        }
    }

    /// Asks the registry of a module for something about it.
    async fn ask(
        &self,
        module: &RegistryModule,
        steps: &[&str],
    ) -> Result<(Url, Response), String> {
        let base = self.services.url(&module.host, SERVICE, "module registry").await;
        let mut url = base.map_err(|error| error.to_string())?;
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend([&module.namespace, &module.name, &module.system]);
            path.extend(steps);
        }
        let authorization = self.authorization(&module.host).await;
        let request = Request::get(url.clone())
            .header("accept", "application/json")
            .header("x-terraform-version", &self.engine)
            .authorization(authorization.as_deref());
        let response = self.http.send(&request).await.map_err(|error| error.to_string())?;
        Ok((url, response))
    }

    /// Who we are to the host of a registry.
    pub(super) async fn authorization(&self, host: &str) -> Option<String> {
        self.services.credentials.authorization(host).await
    }
}

async fn content(response: Response) -> Result<Vec<u8>, HttpError> {
    response.successful()?.bytes(MAX_ANSWER).await
}

/// What a registry's answer means. Relative addresses are relative to where it was asked.
fn located(
    given: String,
    credentials: Option<bool>,
    module: &RegistryModule,
    asked: &Url,
) -> Result<Location, String> {
    if given.is_empty() {
        return Err("the registry did not say where the package is".into());
    }
    let invalid =
        |why: &dyn fmt::Display| format!("the registry gave the package location {given:?}: {why}");
    if let Some(credentials) = credentials {
        let url = asked.join(&given).map_err(|error| invalid(&error))?;
        return Ok(Location::Here { url, subdir: module.subdir.clone(), credentials });
    }
    let relative = ["/", "./", "../"].iter().any(|prefix| given.starts_with(prefix));
    let full = match relative {
        true => asked.join(&given).map_err(|error| invalid(&error))?.to_string(),
        false => given.clone(),
    };
    let address = PackageAddress::parse(&full).map_err(|error| invalid(&error))?;
    Ok(Location::Elsewhere(address.join(module.subdir.as_deref())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(given: &str, credentials: Option<bool>, subdir: Option<&str>) -> Result<String, String> {
        let module = RegistryModule {
            host: "h".into(),
            namespace: "n".into(),
            name: "m".into(),
            system: "s".into(),
            subdir: subdir.map(str::to_owned),
        };
        let asked = Url::parse("https://h/v1/n/m/s/1.0.0/download").unwrap();
        located(given.into(), credentials, &module, &asked).map(|location| match location {
            Location::Elsewhere(address) => address.to_string(),
            Location::Here { url, .. } => format!("here {url}"),
        })
    }

    #[test]
    fn answers_are_understood() {
        for (given, subdir, expected) in [
            ("https://x/a.zip", None, "https://x/a.zip"),
            ("./a.zip?archive=zip", None, "https://h/v1/n/m/s/1.0.0/a.zip?archive=zip"),
            ("/a.zip//*?archive=zip", Some("sub"), "https://h/a.zip//*/sub?archive=zip"),
            ("git::https://x/r.git?ref=v1", Some("sub"), "git::https://x/r.git//sub?ref=v1"),
        ] {
            assert_eq!(at(given, None, subdir).unwrap(), expected, "{given}");
        }
        assert_eq!(
            at("pkg/a.zip", Some(true), None).unwrap(),
            "here https://h/v1/n/m/s/1.0.0/pkg/a.zip"
        );
        assert!(at("", None, None).is_err() && at("what", None, None).is_err());
    }
}
