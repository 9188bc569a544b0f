//! Packages in S3. The client is handed in: what speaks to AWS is in another room.

use std::fmt;
use std::path::{Component, Path, PathBuf};

use async_trait::async_trait;
use url::Url;

use super::{
    Arguments, FetchError, Fetcher, MAX_PACKAGE, take_argument, temporary, unpack_checked,
};
use crate::archive::Limits;
use crate::cli_config::Secret;

/// A bucket, and how to get at it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectPlace {
    /// The URL of a service that is not AWS's own.
    pub endpoint: Option<String>,
    /// The region.
    pub region: String,
    /// The bucket.
    pub bucket: String,
    /// A profile of the user's files.
    pub profile: Option<String>,
    /// The identifier of an access key, the key, and a session's token: from the address itself.
    pub key: Option<(String, Secret, Option<Secret>)>,
}

/// What gets objects from buckets. Errors are sentences without their ends.
#[async_trait]
pub trait ObjectSource: Send + Sync {
    /// The keys that begin so, no more than `limit` of them.
    async fn list(
        &self,
        place: &ObjectPlace,
        prefix: &str,
        limit: usize,
    ) -> Result<Vec<String>, String>;

    /// Writes an object into a file, unless it is larger than `limit`. Returns its size.
    async fn download(
        &self,
        place: &ObjectPlace,
        key: &str,
        version: Option<&str>,
        into: &Path,
        limit: u64,
    ) -> Result<u64, String>;
}

impl fmt::Debug for dyn ObjectSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ObjectSource")
    }
}

/// Gets an archive, or all objects below a key.
pub(super) async fn fetch(fetcher: &Fetcher, mut url: Url, into: &Path) -> Result<(), FetchError> {
    let Some(objects) = &fetcher.objects else {
        return Err(FetchError::Unsupported("packages from S3 are not supported here"));
    };
    let Arguments { archive, checksum } = Arguments::take(&mut url)?;
    let version = take_argument(&mut url, "version").filter(|text| !text.is_empty());
    let (place, key) = place(&mut url).map_err(FetchError::Other)?;
    if let Some(format) = archive {
        let file = temporary()?;
        objects
            .download(&place, &key, version.as_deref(), &file, MAX_PACKAGE)
            .await
            .map_err(FetchError::Other)?;
        return unpack_checked(file.to_path_buf(), format, checksum, into.to_owned()).await;
    }
    let prefix = match key.trim_end_matches('/') {
        "" => String::new(),
        key => format!("{key}/"),
    };
    let limits = Limits::default();
    let keys =
        objects.list(&place, &prefix, limits.entries + 1).await.map_err(FetchError::Other)?;
    if keys.len() > limits.entries {
        return Err(FetchError::Unsupported("there are too many objects below this key"));
    }
    let mut left = limits.bytes;
    let mut any = false;
    for key in keys.iter().filter(|key| !key.ends_with('/')) {
        let path = into.join(below(key, &prefix)?);
        let create = path.parent().map(tokio::fs::create_dir_all);
        if let Some(create) = create {
            create.await.map_err(|error| FetchError::Other(error.to_string()))?;
        }
        let size =
            objects.download(&place, key, None, &path, left).await.map_err(FetchError::Other)?;
        left = left.saturating_sub(size);
        any = true;
    }
    match any {
        true => Ok(()),
        false => Err(FetchError::Other(format!(
            "bucket {} has no objects below the key {:?}",
            place.bucket, prefix
        ))),
    }
}

/// Where an object belongs in the package's folder.
fn below(key: &str, prefix: &str) -> Result<PathBuf, FetchError> {
    let rest = key.strip_prefix(prefix).unwrap_or(key);
    let path = PathBuf::from(rest);
    let inside = path.components().all(|part| matches!(part, Component::Normal(_)));
    match inside && !rest.is_empty() && !rest.contains('\\') {
        true => Ok(path),
        false => Err(FetchError::Other(format!("the object {key:?} would be written elsewhere"))),
    }
}

/// What an address says of the bucket, and the key.
fn place(url: &mut Url) -> Result<(ObjectPlace, String), String> {
    let mut argument = |name: &str| take_argument(url, name).filter(|text| !text.is_empty());
    let profile = argument("aws_profile");
    let id = argument("aws_access_key_id");
    let secret = argument("aws_access_key_secret");
    let token = argument("aws_access_token");
    let region = argument("region");
    let key = match (id, secret) {
        (Some(id), Some(secret)) => Some((id, Secret::new(secret), token.map(Secret::new))),
        (None, None) => None,
        _ => {
            return Err(
                "aws_access_key_id and aws_access_key_secret must be set together".to_owned()
            );
        }
    };
    let host = url.host_str().ok_or("the address has no host")?.to_lowercase();
    let path = super::oci::percent_decoded(url.path());
    let path = path.trim_start_matches('/');
    let in_path = || path.split_once('/').unwrap_or((path, ""));
    let labels: Vec<&str> = host.split('.').collect();
    let default = || "us-east-1".to_owned();
    let of = |service: &str| match service.strip_prefix("s3-") {
        Some(region) if region != "external-1" => region.to_owned(),
        _ => default(),
    };
    let (endpoint, found, (bucket, object)) = match labels.as_slice() {
        [service, "amazonaws", "com"] => (None, of(service), in_path()),
        ["s3", region, "amazonaws", "com"] => (None, (*region).to_owned(), in_path()),
        [bucket, service, "amazonaws", "com"] => (None, of(service), (*bucket, path)),
        [bucket, "s3", region, "amazonaws", "com"] => (None, (*region).to_owned(), (*bucket, path)),
        _ => {
            let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
            let scheme = if url.scheme() == "http" { "http" } else { "https" };
            (Some(format!("{scheme}://{host}{port}")), default(), in_path())
        }
    };
    if bucket.is_empty() {
        return Err("the address names no bucket".into());
    }
    let bucket = bucket.to_owned();
    let region = region.unwrap_or(found);
    Ok((ObjectPlace { endpoint, region, bucket, profile, key }, object.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_buckets_are_read() {
        for (address, region, bucket, key, endpoint) in [
            ("https://s3-eu-west-1.amazonaws.com/b/d/k.zip", "eu-west-1", "b", "d/k.zip", None),
            ("https://s3.amazonaws.com/b/k", "us-east-1", "b", "k", None),
            ("https://s3.eu-west-1.amazonaws.com/b/k", "eu-west-1", "b", "k", None),
            ("https://b.s3-eu-west-1.amazonaws.com/k", "eu-west-1", "b", "k", None),
            ("https://b.s3.eu-west-1.amazonaws.com/d/k", "eu-west-1", "b", "d/k", None),
            (
                "http://127.0.0.1:9000/b/k?region=x",
                "x",
                "b",
                "k",
                Some("http://127.0.0.1:9000".to_owned()),
            ),
        ] {
            let (place, found) = place(&mut Url::parse(address).unwrap()).unwrap();
            assert_eq!(
                (place.region.as_str(), place.bucket.as_str(), found.as_str(), place.endpoint),
                (region, bucket, key, endpoint),
                "{address}"
            );
        }
        let mut with_key =
            Url::parse("https://s3.amazonaws.com/b/k?aws_access_key_id=i&aws_access_key_secret=s")
                .unwrap();
        assert!(place(&mut with_key).unwrap().0.key.is_some());
        for wrong in
            ["https://s3.amazonaws.com/", "https://s3.amazonaws.com/b/k?aws_access_key_id=i"]
        {
            assert!(place(&mut Url::parse(wrong).unwrap()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn keys_that_lead_elsewhere_are_refused() {
        assert_eq!(below("p/a/b.tf", "p/").unwrap(), Path::new("a/b.tf"));
        for key in ["p/../evil", "p//etc/x", "p/a\\b", "p/"] {
            assert!(below(key, "p/").is_err(), "{key}");
        }
    }
}
