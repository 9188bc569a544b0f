//! From settings to a client.

mod credentials;
mod http;
mod roles;
#[cfg(test)]
mod tests;

use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_config::meta::region::ProvideRegion as _;
use aws_config::profile::region::ProfileFileRegionProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use groma_sdk::{Diagnostic, Diagnostics};

use crate::aws::Parts;
use crate::loader::Changes;
use crate::settings::{ATTEMPT_TIMEOUT, Settings};
use crate::{Aws, is_region, parse_duration};
pub(crate) use http::changes_something;
use roles::RoleProvider;

/// How long one try of a request may take. Services answer within seconds; an answer that takes
/// longer does not come.
const ATTEMPT: Duration = Duration::from_secs(60);

/// How long credentials may take to be had, with all the tries of the requests for them.
const CREDENTIALS: Duration = Duration::from_secs(300);

/// About how long the first pause is before a request is tried again; each further one is twice as
/// long, up to 20 seconds. Most faults have passed by then.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// A client by the settings. Nothing is sent unless they ask for a check of the credentials.
pub(crate) async fn connect(settings: Settings) -> Result<Aws, Diagnostics> {
    let changes = Changes::default();
    let sdk = sdk_config(&settings, &changes).await?;
    let region = sdk.region().map(ToString::to_string).unwrap_or_default();
    check_region(&settings, &region)?;
    let aws = Aws::new(Parts {
        sdk,
        region,
        sts_region: settings.sts_region.clone(),
        endpoints: settings.endpoints.clone(),
        tags: settings.tags.clone(),
        path_style: settings.path_style,
        s3_global_in_us_east_1: settings.s3_global_in_us_east_1,
        retry_tokens: settings.retry_tokens,
        request_account: settings.request_account,
        changes,
    });
    check_account(&settings, &aws).await?;
    Ok(aws)
}

fn check_region(settings: &Settings, region: &str) -> Result<(), Diagnostics> {
    if region.is_empty() {
        return Err(Diagnostic::error(
            "invalid AWS Region: ",
            "The region of the provider is not set. Set \"region\" in the provider block, or \
             AWS_REGION or AWS_DEFAULT_REGION in the environment, or \"region\" in the profile.",
        )
        .into());
    }
    if settings.validate_region && !is_region(region) {
        return Err(Diagnostic::error(
            format!("invalid AWS Region: {region}"),
            "There is no such region. For a region that is new, or for a service that is \
             compatible with AWS, set skip_region_validation in the provider block.",
        )
        .into());
    }
    Ok(())
}

async fn check_account(settings: &Settings, aws: &Aws) -> Result<(), Diagnostics> {
    let restricted =
        !settings.allowed_accounts.is_empty() || !settings.forbidden_accounts.is_empty();
    if settings.validate_credentials {
        aws.identity().await?;
    }
    if !restricted || !settings.request_account {
        return Ok(());
    }
    let account = aws.account_id().await?;
    let allowed =
        settings.allowed_accounts.is_empty() || settings.allowed_accounts.contains(account);
    if allowed && !settings.forbidden_accounts.contains(account) {
        return Ok(());
    }
    Err(Diagnostic::error(
        format!("AWS account ID not allowed: {account}"),
        "The credentials are for this account, which allowed_account_ids or forbidden_account_ids \
         of the provider block exclude. Use other credentials.",
    )
    .into())
}

async fn sdk_config(settings: &Settings, changes: &Changes) -> Result<SdkConfig, Diagnostics> {
    let attempt = attempt(settings)?;
    let http = http::client(&settings.network, attempt, changes.clone())?;
    let files = profile_files(settings);
    let region = region(settings, files.clone()).await;
    let base = ProviderConfig::default()
        .with_http_client(http.clone())
        .with_retry_config(retries(settings))
        .with_region(region.clone());
    let credentials = credentials::base(&settings.credentials, &base, files.clone());
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .retry_config(retries(settings))
        .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(attempt).build())
        .identity_cache(IdentityCache::lazy().load_timeout(CREDENTIALS).build())
        .credentials_provider(credentials);
    if let Some(region) = region {
        loader = loader.region(region);
    }
    if let Some(files) = files {
        loader = loader.profile_files(files);
    }
    if let Some(profile) = &settings.credentials.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(fips) = settings.fips {
        loader = loader.use_fips(fips);
    }
    if let Some(dual_stack) = settings.dual_stack {
        loader = loader.use_dual_stack(dual_stack);
    }
    let mut sdk = loader.load().await;
    if let Some(role) = &settings.credentials.web_role {
        let provider = RoleProvider::web(sts(settings, &sdk), role.clone());
        sdk = with_credentials(sdk, provider);
    }
    for role in &settings.credentials.roles {
        let provider = RoleProvider::role(sts(settings, &sdk), role.clone());
        sdk = with_credentials(sdk, provider);
    }
    Ok(sdk)
}

/// The region that is configured, or else that of the profile; its roles are asked for there, too.
async fn region(settings: &Settings, files: Option<EnvConfigFiles>) -> Option<Region> {
    if let Some(region) = &settings.region {
        return Some(Region::new(region.clone()));
    }
    let mut profile = ProfileFileRegionProvider::builder();
    if let Some(files) = files {
        profile = profile.profile_files(files);
    }
    if let Some(name) = &settings.credentials.profile {
        profile = profile.profile_name(name);
    }
    profile.build().region().await
}

/// How long one try of a request may take.
fn attempt(settings: &Settings) -> Result<Duration, Diagnostics> {
    let Some(text) = &settings.attempt_timeout else { return Ok(ATTEMPT) };
    let parsed = parse_duration(text).filter(|time| !time.is_zero());
    parsed.ok_or_else(|| {
        Diagnostic::error(
            "Invalid attempt timeout",
            format!(
                "{ATTEMPT_TIMEOUT} in the environment must be a duration such as \"30s\" or \
                 \"2m\", but is {text:?}."
            ),
        )
        .into()
    })
}

fn retries(settings: &Settings) -> RetryConfig {
    let retries = match settings.adaptive_retries {
        true => RetryConfig::adaptive(),
        false => RetryConfig::standard(),
    };
    retries.with_max_attempts(settings.max_attempts).with_initial_backoff(FIRST_PAUSE)
}

fn with_credentials(sdk: SdkConfig, provider: impl ProvideCredentials + 'static) -> SdkConfig {
    sdk.into_builder().credentials_provider(SharedCredentialsProvider::new(provider)).build()
}

fn sts(settings: &Settings, sdk: &SdkConfig) -> aws_sdk_sts::Client {
    let mut builder = aws_sdk_sts::config::Builder::from(sdk);
    if let Some(endpoint) = settings.endpoints.get("sts") {
        builder = builder.endpoint_url(endpoint);
    }
    if let Some(region) = &settings.sts_region {
        builder = builder.region(Region::new(region.clone()));
    }
    aws_sdk_sts::Client::from_conf(builder.build())
}

fn profile_files(settings: &Settings) -> Option<EnvConfigFiles> {
    let from = &settings.credentials;
    if from.config_files.is_empty() && from.credentials_files.is_empty() {
        return None;
    }
    let mut files = EnvConfigFiles::builder();
    if from.config_files.is_empty() {
        files = files.include_default_config_file(true);
    }
    if from.credentials_files.is_empty() {
        files = files.include_default_credentials_file(true);
    }
    for path in &from.config_files {
        files = files.with_file(EnvConfigFileKind::Config, path);
    }
    for path in &from.credentials_files {
        files = files.with_file(EnvConfigFileKind::Credentials, path);
    }
    Some(files.build())
}
