//! Parts of models that several types have.

use aws_sdk_rds::types as sdk;
use groma_sdk::{Attr, Model};

/// The `s3_import` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3Import {
    #[attr(required, replace)]
    pub(crate) bucket_name: Attr<String>,
    #[attr(optional, replace)]
    pub(crate) bucket_prefix: Attr<String>,
    #[attr(required, replace)]
    pub(crate) ingestion_role: Attr<String>,
    #[attr(required, replace)]
    pub(crate) source_engine: Attr<String>,
    #[attr(required, replace)]
    pub(crate) source_engine_version: Attr<String>,
}

/// What all requests take that restore from S3.
macro_rules! from_s3 {
    ($request:expr, $import:expr) => {
        $request
            .set_s3_bucket_name($import.bucket_name.to_filled())
            .set_s3_prefix($import.bucket_prefix.to_filled())
            .set_s3_ingestion_role_arn($import.ingestion_role.to_filled())
            .set_source_engine($import.source_engine.to_filled())
            .set_source_engine_version($import.source_engine_version.to_filled())
    };
}
pub(crate) use from_s3;

/// One element of `master_user_secret`.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct MasterUserSecret {
    #[attr(computed)]
    pub(crate) kms_key_id: Attr<String>,
    #[attr(computed)]
    pub(crate) secret_arn: Attr<String>,
    #[attr(computed)]
    pub(crate) secret_status: Attr<String>,
}

/// The secret that the service keeps a password in, if it does.
pub(crate) fn secrets(secret: Option<&sdk::MasterUserSecret>) -> Attr<Vec<MasterUserSecret>> {
    Attr::Known(Vec::from_iter(secret.map(|s| MasterUserSecret {
        kms_key_id: s.kms_key_id().into(),
        secret_arn: s.secret_arn().into(),
        secret_status: s.secret_status().into(),
    })))
}
