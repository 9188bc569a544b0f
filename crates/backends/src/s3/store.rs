//! One state in the bucket.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumMode, ObjectCannedAcl, ServerSideEncryption};
use groma_backend::sealing::Sealing;
use groma_backend::{BackendError, LockError, LockId, LockInfo, StateStore};
use groma_state::file::StateFile;

use super::config::{Config, Encryption};
use super::error;

/// What a lock's name has that its state's has not.
const LOCK_SUFFIX: &str = ".tflock";

/// A state in the bucket.
#[derive(Clone, Debug)]
pub(super) struct S3Store {
    client: Client,
    config: Arc<Config>,
    key: String,
    sealing: Sealing,
}

impl S3Store {
    pub(super) fn new(
        client: Client,
        config: Arc<Config>,
        key: String,
        sealing: Sealing,
    ) -> S3Store {
        S3Store { client, config, key, sealing }
    }

    fn lock_key(&self) -> String {
        format!("{}{LOCK_SUFFIX}", self.key)
    }

    /// The content of an object; `None` if there is no such object.
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, String> {
        let mut request = self.client.get_object().bucket(&self.config.bucket).key(key);
        if self.config.checksums {
            request = request.checksum_mode(ChecksumMode::Enabled);
        }
        if let Encryption::Customer { key, digest } = &self.config.encryption {
            request = request
                .sse_customer_algorithm("AES256")
                .sse_customer_key(key)
                .sse_customer_key_md5(digest);
        }
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(e) if matches!(e.as_service_error(), Some(GetObjectError::NoSuchKey(_))) => {
                return Ok(None);
            }
            Err(e) => return Err(error::detail(&self.config, &e)),
        };
        let body = answer.body.collect().await.map_err(|e| {
            format!(
                "The connection to the bucket {:?} broke before all of {key:?} was there: {}. Try \
                 again.",
                self.config.bucket,
                error::causes(&e)
            )
        })?;
        Ok(Some(body.to_vec()))
    }

    /// A request to write an object as the configuration has it.
    fn put(&self, key: &str, content: Vec<u8>) -> PutObjectFluentBuilder {
        let mut request = self
            .client
            .put_object()
            .bucket(&self.config.bucket)
            .key(key)
            .content_type("application/json")
            .body(ByteStream::from(content));
        if let Some(acl) = &self.config.acl {
            request = request.acl(ObjectCannedAcl::from(acl.as_str()));
        }
        if self.config.checksums {
            request = request.checksum_algorithm(ChecksumAlgorithm::Sha256);
        }
        match &self.config.encryption {
            Encryption::Bucket => request,
            Encryption::Managed => request.server_side_encryption(ServerSideEncryption::Aes256),
            Encryption::Kms(id) => {
                request.server_side_encryption(ServerSideEncryption::AwsKms).ssekms_key_id(id)
            }
            Encryption::Customer { key, digest } => request
                .sse_customer_algorithm("AES256")
                .sse_customer_key(key)
                .sse_customer_key_md5(digest),
        }
    }

    /// Who holds the lock; `None` if nobody does.
    async fn holder(&self) -> Result<Option<LockInfo>, String> {
        match self.get(&self.lock_key()).await? {
            None => Ok(None),
            Some(text) => LockInfo::from_json(&text).map(Some).map_err(|e| {
                format!(
                    "The lock object {:?} in the bucket {:?} does not say who holds it: {e}",
                    self.lock_key(),
                    self.config.bucket
                )
            }),
        }
    }
}

#[async_trait]
impl StateStore for S3Store {
    async fn read(&self) -> Result<Option<StateFile>, BackendError> {
        let content =
            self.get(&self.key).await.map_err(|e| BackendError::new("Failed to read state", e))?;
        let Some(content) = content else { return Ok(None) };
        let sealing = self.sealing.clone();
        let parsed = tokio::task::spawn_blocking(move || sealing.open_state(&content)).await;
        match parsed {
            Ok(Ok(file)) => Ok(file),
            Ok(Err(e)) => {
                Err(BackendError::new(e.summary, format!("{}: {}", self.location(), e.detail)))
            }
            Err(e) => Err(BackendError::new("Failed to read state", e.to_string())),
        }
    }

    async fn write(&self, file: &StateFile) -> Result<(), BackendError> {
        const SUMMARY: &str = "Failed to save state";
        let (file, sealing) = (file.clone(), self.sealing.clone());
        let content = tokio::task::spawn_blocking(move || sealing.seal_state(&file))
            .await
            .map_err(|e| BackendError::new(SUMMARY, format!("{}: {e}", self.location())))??;
        self.put(&self.key, content)
            .send()
            .await
            .map_err(|e| error::backend(SUMMARY, &self.config, &e))?;
        Ok(())
    }

    async fn lock(&self, info: &LockInfo) -> Result<LockId, LockError> {
        let id = LockId(info.id.clone());
        if !self.config.lockfile {
            return Ok(id);
        }
        let info = info.with_path(format!("{}/{}", self.config.bucket, self.key));
        let sent = self.put(&self.lock_key(), info.to_json()).if_none_match("*").send().await;
        let Err(e) = sent else { return Ok(id) };
        // 412: there is a lock; 409: another one was being written at the same time.
        if !matches!(error::status(&e), Some(409 | 412)) {
            return Err(LockError::failed(error::detail(&self.config, &e)));
        }
        let refused = format!("operation error S3: PutObject, {}", error::describe(&e));
        match self.holder().await {
            // A retry of ours whose first attempt went through without our knowing.
            Ok(Some(holder)) if holder.id == info.id => Ok(id),
            Ok(holder) => Err(LockError::held(refused, holder)),
            Err(why) => Err(LockError::held(format!("{refused}\n{why}"), None)),
        }
    }

    fn sealing(&self) -> Sealing {
        self.sealing.clone()
    }

    async fn unlock(&self, id: &LockId) -> Result<(), LockError> {
        if !self.config.lockfile {
            return Ok(());
        }
        let holder = self.holder().await.map_err(LockError::failed)?;
        let Some(holder) = holder else {
            return Err(LockError::failed(format!(
                "failed to retrieve lock info: there is no lock on {}",
                self.location()
            )));
        };
        if holder.id != id.0 {
            let message =
                format!("lock ID {:?} does not match existing lock ID {:?}", id.0, holder.id);
            return Err(LockError { held: false, ..LockError::held(message, Some(holder)) });
        }
        self.client
            .delete_object()
            .bucket(&self.config.bucket)
            .key(self.lock_key())
            .send()
            .await
            .map_err(|e| LockError {
            holder: Some(Box::new(holder)),
            ..LockError::failed(error::detail(&self.config, &e))
        })?;
        Ok(())
    }

    fn location(&self) -> String {
        format!("s3://{}/{}", self.config.bucket, self.key)
    }

    fn locks(&self) -> bool {
        self.config.lockfile
    }
}
