//! Packages in OCI registries: an image manifest of the artifact type for modules, whose layer is
//! a zip archive.

use std::path::Path;

use http::StatusCode;
use serde::Deserialize;
use sha2::{Digest as _, Sha256, Sha512};
use url::Url;

use super::docker::{self, Login};
use super::{FetchError, Fetcher, MAX_PACKAGE, temporary, unpack_checked};
use crate::archive::ArchiveFormat;
use crate::modules::fetch::checksum::Checksum;
use crate::net::{Request, Response, basic};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const ARTIFACT: &str = "application/vnd.opentofu.modulepkg";
const ZIP: &str = "archive/zip";

/// The largest manifest that is read.
const MAX_MANIFEST: usize = 4 << 20;

/// A repository in a registry, and which of its manifests is meant.
#[derive(Debug, PartialEq, Eq)]
struct Reference {
    registry: String,
    repository: String,
    wanted: Wanted,
}

#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Tag(String),
    Digest(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    #[serde(default)]
    media_type: String,
    #[serde(default)]
    artifact_type: String,
    #[serde(default)]
    layers: Vec<Layer>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Layer {
    media_type: String,
    digest: String,
    size: u64,
}

/// Gets the archive that a manifest names.
pub(super) async fn fetch(fetcher: &Fetcher, url: &Url, into: &Path) -> Result<(), FetchError> {
    let other = FetchError::Other;
    let reference = Reference::read(url).map_err(other)?;
    let mut session = Session { fetcher, reference: &reference, authorization: None };
    let wanted = match &reference.wanted {
        Wanted::Tag(text) | Wanted::Digest(text) => text,
    };
    let response = session.get(&["manifests", wanted], MANIFEST).await?;
    if response.status == StatusCode::NOT_FOUND {
        return Err(other(format!("{wanted}: not found")));
    }
    let response = response.successful()?;
    let promised = response.header("docker-content-digest").map(str::to_owned);
    let text = response.bytes(MAX_MANIFEST).await?;
    let digest = match &reference.wanted {
        Wanted::Digest(digest) => Some(digest.clone()),
        Wanted::Tag(_) => promised,
    };
    if let Some(digest) = digest.filter(|digest| !is_digest_of(digest, &text)) {
        return Err(other(format!("manifest content does not match digest {digest}")));
    }
    let layer = select(&text).map_err(other)?;
    if layer.size > MAX_PACKAGE {
        return Err(other(format!("the package has {} bytes, which is too much", layer.size)));
    }
    let checksum = Checksum::parse(&layer.digest).map_err(other)?;
    let response = session.get(&["blobs", &layer.digest], "*/*").await?.successful()?;
    let file = temporary()?;
    let download = response.download(&file, layer.size).await?;
    if download.size != layer.size {
        return Err(other("invalid blob returned from registry: it is too short".to_owned()));
    }
    let file = file.to_path_buf();
    unpack_checked(file, ArchiveFormat::Zip, Some(checksum), into.to_owned()).await
}

impl Reference {
    fn read(url: &Url) -> Result<Reference, String> {
        let host = url.host_str().filter(|host| !host.is_empty());
        let host = host.ok_or("the address names no registry")?;
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let repository = url.path().trim_matches('/').to_owned();
        let step = |step: &str| {
            !step.is_empty()
                && step.bytes().all(|b| {
                    b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'-')
                })
                && step.starts_with(|c: char| c.is_ascii_alphanumeric())
        };
        if !repository.split('/').all(step) {
            return Err(format!("invalid reference: invalid repository {repository:?}"));
        }
        let (mut tag, mut digest) = (None, None);
        for (name, value) in url.query_pairs() {
            let place = match &*name {
                "tag" => &mut tag,
                "digest" => &mut digest,
                "archive" => {
                    return Err("the \"archive\" argument is not allowed for OCI sources, because the archive format is detected automatically from the image manifest".into());
                }
                name => return Err(format!("unsupported argument {name:?}")),
            };
            if value.is_empty() {
                return Err(format!("{name} argument must not be empty"));
            }
            if place.replace(value.into_owned()).is_some() {
                return Err(format!("too many {name:?} arguments"));
            }
        }
        let wanted = match (tag, digest) {
            (Some(_), Some(_)) => {
                return Err("cannot set both \"tag\" and \"digest\" arguments".into());
            }
            (None, Some(digest)) => {
                Checksum::parse(&digest).map_err(|why| format!("invalid digest: {why}"))?;
                Wanted::Digest(digest)
            }
            (tag, None) => {
                let tag = tag.unwrap_or_else(|| "latest".to_owned());
                let valid = tag.len() <= 128
                    && !tag.starts_with(['.', '-'])
                    && tag
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
                if !valid {
                    return Err(format!("invalid reference: invalid tag {tag:?}"));
                }
                Wanted::Tag(tag)
            }
        };
        Ok(Reference { registry: format!("{host}{port}"), repository, wanted })
    }

    /// The host that answers for the registry.
    fn host(&self) -> &str {
        match self.registry.as_str() {
            "docker.io" => "registry-1.docker.io",
            host => host,
        }
    }
}

/// The layer that is the package.
fn select(manifest: &[u8]) -> Result<Layer, String> {
    let manifest: Manifest = serde_json::from_slice(manifest)
        .map_err(|error| format!("invalid manifest content: {error}"))?;
    match manifest.media_type.as_str() {
        MANIFEST => {}
        INDEX => return Err("found index manifest but need image manifest".into()),
        other => return Err(format!("unexpected manifest media type {other:?}")),
    }
    if manifest.artifact_type != ARTIFACT {
        return Err(format!("unexpected artifact type {:?}", manifest.artifact_type));
    }
    let others = manifest.layers.iter().any(|layer| layer.media_type != ZIP);
    let mut layers = manifest.layers.into_iter().filter(|layer| layer.media_type == ZIP);
    match (layers.next(), layers.next()) {
        (Some(layer), None) => Ok(layer),
        (Some(_), Some(_)) => Err(format!("multiple layers with media type {ZIP:?}")),
        (None, _) if others => Err("the image manifest has layers, but none of a kind that is a module package; the artifact might be meant for something else".into()),
        (None, _) => Err("the image manifest has no layer that is a module package".into()),
    }
}

fn is_digest_of(digest: &str, content: &[u8]) -> bool {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    match digest.split_once(':') {
        Some(("sha256", digits)) => hex(&Sha256::digest(content)) == digits,
        Some(("sha512", digits)) => hex(&Sha512::digest(content)) == digits,
        _ => false,
    }
}

/// The requests to one repository, with what the registry wants to see on each.
struct Session<'a> {
    fetcher: &'a Fetcher,
    reference: &'a Reference,
    authorization: Option<String>,
}

impl Session<'_> {
    async fn get(&mut self, steps: &[&str], accept: &str) -> Result<Response, FetchError> {
        let Reference { repository, .. } = self.reference;
        let text = format!("https://{}/v2/{repository}/{}", self.reference.host(), steps.join("/"));
        let url = Url::parse(&text).map_err(|error| FetchError::Other(error.to_string()))?;
        let request = Request::get(url).header("accept", accept);
        let first = request.clone().authorization(self.authorization.as_deref());
        let response = self.fetcher.http.send_patiently(&first).await?;
        if response.status != StatusCode::UNAUTHORIZED || self.authorization.is_some() {
            return Ok(response);
        }
        let Some(challenge) = response.header("www-authenticate").map(str::to_owned) else {
            return Ok(response);
        };
        self.authorization = self.answer(&challenge).await?;
        let second = request.authorization(self.authorization.as_deref());
        Ok(self.fetcher.http.send_patiently(&second).await?)
    }

    /// What to send after the registry has asked who we are.
    async fn answer(&self, challenge: &str) -> Result<Option<String>, FetchError> {
        let Reference { registry, repository, .. } = self.reference;
        let login = docker::login(&self.fetcher.environment, registry, repository).await;
        let basic = login.as_ref().map(|Login { user, password }| basic(user, password.reveal()));
        let (scheme, parameters) = challenge.split_once(' ').unwrap_or((challenge, ""));
        if scheme.eq_ignore_ascii_case("basic") {
            return Ok(basic);
        }
        let parameters = parameters_of(parameters);
        let get = |name: &str| parameters.iter().find(|(key, _)| key == name).map(|(_, v)| v);
        let Some(realm) = get("realm").filter(|_| scheme.eq_ignore_ascii_case("bearer")) else {
            let why = format!("the registry asks for an unknown authorization: {scheme}");
            return Err(FetchError::Other(why));
        };
        let mut url = Url::parse(realm).map_err(|error| FetchError::Other(error.to_string()))?;
        if url.scheme() != "https" && basic.is_some() {
            let why = "the registry wants the password sent without encryption";
            return Err(FetchError::Unsupported(why));
        }
        let scope = match get("scope") {
            Some(scope) => scope.clone(),
            None => format!("repository:{repository}:pull"),
        };
        if let Some(service) = get("service") {
            url.query_pairs_mut().append_pair("service", service);
        }
        url.query_pairs_mut().append_pair("scope", &scope);
        let request = Request::get(url).authorization(basic.as_deref());
        let response = self.fetcher.http.send_patiently(&request).await?.successful()?;
        let text = response.bytes(MAX_MANIFEST).await?;
        let answer: serde_json::Value = serde_json::from_slice(&text)
            .map_err(|error| FetchError::Other(format!("the registry's token: {error}")))?;
        let token = ["token", "access_token"].iter().find_map(|name| answer.get(name)?.as_str());
        token
            .map(|token| Some(format!("Bearer {token}")))
            .ok_or(FetchError::Unsupported("the registry gave no token"))
    }
}

/// The parameters of a challenge: `name="value"`, separated by commas.
fn parameters_of(text: &str) -> Vec<(String, String)> {
    let mut parameters = Vec::new();
    let mut rest = text;
    while let Some((name, after)) = rest.split_once('=') {
        let name = name.trim_matches([',', ' ']).to_ascii_lowercase();
        let (value, behind) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => after.split_once(',').unwrap_or((after, "")),
        };
        parameters.push((name, value.to_owned()));
        rest = behind;
    }
    parameters
}

/// A part of a URL with its escapes resolved.
pub(super) fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = (*first == b'%')
            .then(|| std::str::from_utf8(after.get(..2)?).ok())
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match escaped {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Reference, String> {
        Reference::read(&Url::parse(text).unwrap())
    }

    #[test]
    fn addresses_are_read() {
        let plain = read("oci://r.example:5000/a/b").unwrap();
        assert_eq!((plain.registry.as_str(), plain.repository.as_str()), ("r.example:5000", "a/b"));
        assert_eq!(plain.wanted, Wanted::Tag("latest".into()));
        assert_eq!(read("oci://r/a?tag=v1").unwrap().wanted, Wanted::Tag("v1".into()));
        let digest = format!("sha256:{}", "a".repeat(64));
        let by_digest = read(&format!("oci://r/a?digest={digest}")).unwrap();
        assert_eq!(by_digest.wanted, Wanted::Digest(digest));
        assert_eq!(read("oci://docker.io/a/b").unwrap().host(), "registry-1.docker.io");
        for wrong in [
            "oci://r/A",
            "oci://r/",
            "oci://r/a/../b?tag=",
            "oci://r/a?tag=-x",
            "oci://r/a?digest=x",
            "oci://r/a?tag=x&tag=y",
            "oci://r/a?archive=zip",
            "oci://r/a?other=x",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_module_packages_are_taken() {
        let layer =
            |kind: &str| format!(r#"{{"mediaType":"{kind}","digest":"sha256:x","size":1}}"#);
        let manifest = |media: &str, artifact: &str, layers: &[String]| {
            let layers = layers.join(",");
            format!(r#"{{"mediaType":"{media}","artifactType":"{artifact}","layers":[{layers}]}}"#)
        };
        let zip = || layer(ZIP);
        assert!(select(manifest(MANIFEST, ARTIFACT, &[layer("x/y"), zip()]).as_bytes()).is_ok());
        for wrong in [
            manifest(INDEX, ARTIFACT, &[zip()]),
            manifest(MANIFEST, "image", &[zip()]),
            manifest(MANIFEST, ARTIFACT, &[zip(), zip()]),
            manifest(MANIFEST, ARTIFACT, &[layer("x/y")]),
            manifest(MANIFEST, ARTIFACT, &[]),
            "{".to_owned(),
        ] {
            assert!(select(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn challenges_and_escapes_are_read() {
        let parameters =
            parameters_of(r#"realm="https://a/t",service="s",scope="repository:x:pull,push""#);
        assert_eq!(parameters[2], ("scope".into(), "repository:x:pull,push".into()));
        assert_eq!(parameters_of("a=b, c=\"d\"").len(), 2);
        assert_eq!(percent_decoded("a%2Fb%zz%"), "a/b%zz%");
    }
}
