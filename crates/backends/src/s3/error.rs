//! What the SDK's errors mean.

use std::error::Error;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::RequestId;
use aws_sdk_s3::operation::RequestIdExt;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use groma_backend::BackendError;

use super::config::Config;

/// The status of the answer, if there was one.
pub(super) fn status<E>(error: &SdkError<E, HttpResponse>) -> Option<u16> {
    error.raw_response().map(|r| r.status().as_u16())
}

/// What happened, in one line, with all that a support case asks for.
pub(super) fn describe<E>(error: &SdkError<E, HttpResponse>) -> String
where
    E: Error + ProvideErrorMetadata + 'static,
{
    let Some(status) = status(error) else {
        return causes(error);
    };
    let mut text = format!("StatusCode: {status}");
    if let Some(id) = error.request_id().filter(|id| !id.is_empty()) {
        text.push_str(&format!(", RequestID: {id}"));
    }
    if let Some(id) = error.extended_request_id().filter(|id| !id.is_empty()) {
        text.push_str(&format!(", HostID: {id}"));
    }
    match (error.code(), error.message()) {
        (Some(code), Some(message)) => text.push_str(&format!(", {code}: {message}")),
        (Some(code), None) => text.push_str(&format!(", {code}")),
        (None, Some(message)) => text.push_str(&format!(", {message}")),
        (None, None) => {}
    }
    text
}

/// An error and what caused it, each thing said once.
pub(super) fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(e) = cause {
        let part = e.to_string();
        if !text.contains(&part) {
            text.push_str(": ");
            text.push_str(&part);
        }
        cause = e.source();
    }
    text
}

/// The error for the user.
pub(super) fn backend<E>(
    summary: &str,
    config: &Config,
    error: &SdkError<E, HttpResponse>,
) -> BackendError
where
    E: Error + ProvideErrorMetadata + 'static,
{
    BackendError::new(summary, detail(config, error))
}

/// What happened and what to do.
pub(super) fn detail<E>(config: &Config, error: &SdkError<E, HttpResponse>) -> String
where
    E: Error + ProvideErrorMetadata + 'static,
{
    format!("{}\n\n{}", describe(error), advice(config, error.code(), error))
}

fn advice<E>(config: &Config, code: Option<&str>, error: &SdkError<E, HttpResponse>) -> String {
    let bucket = &config.bucket;
    let place = match &config.endpoint {
        Some(endpoint) => format!("{endpoint} (region {})", config.region),
        None => format!("region {}", config.region),
    };
    match (error, code, status(error)) {
        (_, Some("NoSuchBucket"), _) => format!(
            "S3 bucket {bucket:?} does not exist.\n\nThe referenced S3 bucket must have been \
             previously created. If the S3 bucket was created within the last minute, please wait \
             for a minute or two and try again. Otherwise check the name, the region and the \
             account."
        ),
        (_, Some("ExpiredToken" | "ExpiredTokenException" | "RequestExpired"), _) => {
            "The credentials have expired. Log in again, then repeat the command.".into()
        }
        (
            _,
            Some(
                "InvalidAccessKeyId"
                | "SignatureDoesNotMatch"
                | "InvalidToken"
                | "InvalidClientTokenId"
                | "AuthFailure",
            ),
            _,
        ) => "The credentials are not valid. Check the environment variables (AWS_*), the profile \
              and the \"access_key\" and \"secret_key\" of the backend."
            .into(),
        (_, Some("PermanentRedirect" | "AuthorizationHeaderMalformed"), _)
        | (_, _, Some(301 | 307)) => format!(
            "The bucket {bucket:?} is in another region than {}. Set \"region\" to the bucket's.",
            config.region
        ),
        (_, _, Some(403)) => format!(
            "Access to the bucket {bucket:?} was denied. The credentials need s3:ListBucket on the \
             bucket, s3:GetObject and s3:PutObject on the state, and s3:GetObject, s3:PutObject \
             and s3:DeleteObject on the lock beside it (\".tflock\"); with a KMS key also \
             kms:GenerateDataKey and kms:Decrypt."
        ),
        (SdkError::ConstructionFailure(_), _, _) => {
            "Check the configuration of the backend and the credentials.".into()
        }
        (SdkError::DispatchFailure(_) | SdkError::TimeoutError(_), _, _) => format!(
            "The bucket {bucket:?} at {place} could not be reached, or there are no valid \
             credentials. Check the network, the endpoint, the proxy and the credentials, and try \
             again."
        ),
        _ => format!("This came from the bucket {bucket:?} at {place}. Try again later."),
    }
}
