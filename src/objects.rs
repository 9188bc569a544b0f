//! Objects of S3 for the installer of modules, which knows of no AWS.

use std::path::Path;

use async_trait::async_trait;
use groma_backends::s3::objects::{Objects, Place};
use groma_registry::{ObjectPlace, ObjectSource};

/// Reads through the client that the backends have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct S3Objects;

#[async_trait]
impl ObjectSource for S3Objects {
    async fn list(
        &self,
        place: &ObjectPlace,
        prefix: &str,
        limit: usize,
    ) -> Result<Vec<String>, String> {
        Objects::open(&converted(place)).await?.list(prefix, limit).await
    }

    async fn download(
        &self,
        place: &ObjectPlace,
        key: &str,
        version: Option<&str>,
        into: &Path,
        limit: u64,
    ) -> Result<u64, String> {
        Objects::open(&converted(place)).await?.download(key, version, into, limit).await
    }
}

fn converted(place: &ObjectPlace) -> Place {
    let key = place.key.as_ref().map(|(id, secret, token)| {
        let token = token.as_ref().map(|token| token.reveal().to_owned());
        (id.clone(), secret.reveal().to_owned(), token)
    });
    Place {
        endpoint: place.endpoint.clone(),
        region: place.region.clone(),
        bucket: place.bucket.clone(),
        profile: place.profile.clone(),
        key,
    }
}
