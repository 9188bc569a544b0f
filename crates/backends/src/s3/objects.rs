//! Objects that are no states: packages of modules.

use std::path::Path;

use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{RequestChecksumCalculation, ResponseChecksumValidation};
use tokio::io::AsyncWriteExt as _;

use super::client;
use super::error::causes;

/// Whose objects, and where.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// The URL of a service that is not AWS's own.
    pub endpoint: Option<String>,
    /// The region.
    pub region: String,
    /// The bucket.
    pub bucket: String,
    /// A profile of the user's files.
    pub profile: Option<String>,
    /// The identifier of an access key, the key, and a session's token, in place of those that the
    /// surroundings have.
    pub key: Option<(String, String, Option<String>)>,
}

/// A bucket whose objects can be read. Errors are sentences without their ends.
#[derive(Clone, Debug)]
pub struct Objects {
    client: Client,
    bucket: String,
}

impl Objects {
    /// Prepares reading. Nothing is sent.
    pub async fn open(place: &Place) -> Result<Objects, String> {
        let http = client::plain().map_err(|found| found.to_string())?;
        let region = Region::new(place.region.clone());
        let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http.clone());
        if let Some((id, secret, token)) = &place.key {
            let key = Credentials::new(id, secret, token.clone(), None, "module address");
            loader = loader.credentials_provider(key);
        } else if let Some(profile) = &place.profile {
            let config =
                ProviderConfig::default().with_http_client(http).with_region(Some(region.clone()));
            let provider = aws_config::profile::ProfileFileCredentialsProvider::builder()
                .configure(&config)
                .profile_name(profile)
                .build();
            loader = loader.credentials_provider(provider);
        }
        let sdk = loader.region(region).load().await;
        let mut builder = aws_sdk_s3::config::Builder::from(&sdk)
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
        if let Some(endpoint) = &place.endpoint {
            builder = builder.endpoint_url(endpoint).force_path_style(true);
        }
        let client = Client::from_conf(builder.build());
        Ok(Objects { client, bucket: place.bucket.clone() })
    }

    /// The keys that begin so, no more than `limit` of them.
    pub async fn list(&self, prefix: &str, limit: usize) -> Result<Vec<String>, String> {
        let mut keys = Vec::new();
        let mut token = None;
        loop {
            let page = self
                .client
                .list_objects_v2()
                .bucket(&self.bucket)
                .prefix(prefix)
                .set_continuation_token(token.take())
                .send()
                .await
                .map_err(|e| format!("bucket {} cannot be listed: {}", self.bucket, causes(&e)))?;
            keys.extend(page.contents().iter().filter_map(|o| o.key()).map(str::to_owned));
            token = page.next_continuation_token().map(str::to_owned);
            if token.is_none() || keys.len() >= limit {
                keys.truncate(limit);
                return Ok(keys);
            }
        }
    }

    /// Writes an object into a file, unless it is larger than `limit`. Returns its size.
    pub async fn download(
        &self,
        key: &str,
        version: Option<&str>,
        into: &Path,
        limit: u64,
    ) -> Result<u64, String> {
        let named = format!("object {key:?} of bucket {}", self.bucket);
        let answer = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(key)
            .set_version_id(version.map(str::to_owned))
            .send()
            .await
            .map_err(|e| format!("{named} cannot be read: {}", causes(&e)))?;
        let unwritten = |e: std::io::Error| format!("{named} cannot be written: {e}");
        let mut file = tokio::fs::File::create(into).await.map_err(unwritten)?;
        let mut body = answer.body;
        let mut size = 0u64;
        while let Some(chunk) =
            body.try_next().await.map_err(|e| format!("{named} cannot be read: {}", causes(&e)))?
        {
            size += chunk.len() as u64;
            if size > limit {
                return Err(format!("{named} is larger than {limit} bytes"));
            }
            file.write_all(&chunk).await.map_err(unwritten)?;
        }
        file.flush().await.map_err(unwritten)?;
        Ok(size)
    }
}
