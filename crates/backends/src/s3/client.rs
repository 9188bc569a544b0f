//! The SDK's clients.

use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{RequestChecksumCalculation, ResponseChecksumValidation};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use groma_diag::{Diagnostic, Diagnostics};

use super::config::{Config, Credentials};
use super::credentials::{self, RoleProvider};
use super::error::causes;

/// A client for the bucket. Nothing is sent unless the account has to be known.
pub(super) async fn connect(config: &Config) -> Result<Client, Diagnostics> {
    let http = http_client(config)?;
    let sdk = sdk_config(config, http).await;
    check_account(config, &sdk).await?;
    let mut builder = aws_sdk_s3::config::Builder::from(&sdk).force_path_style(config.path_style);
    if let Some(endpoint) = &config.endpoint {
        builder = builder.endpoint_url(endpoint);
    }
    if !config.checksums {
        builder = builder
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
    }
    Ok(Client::from_conf(builder.build()))
}

fn http_client(config: &Config) -> Result<SharedHttpClient, Diagnostics> {
    let mut trust = TrustStore::default();
    if let Some(path) = &config.ca_bundle {
        let pem = std::fs::read(path).map_err(|e| {
            Diagnostic::error(
                "Invalid custom CA bundle",
                format!(
                    "Could not read {}: {e}. It is named by \"custom_ca_bundle\" or AWS_CA_BUNDLE.",
                    path.display()
                ),
            )
        })?;
        trust = TrustStore::empty().with_pem_certificate(pem);
    }
    through(trust, proxy(config)?)
}

/// A client with nothing but what the environment says.
pub(super) fn plain() -> Result<SharedHttpClient, Diagnostics> {
    through(TrustStore::default(), ProxyConfig::from_env())
}

fn through(trust: TrustStore, proxy: ProxyConfig) -> Result<SharedHttpClient, Diagnostics> {
    let tls = TlsContext::builder().with_trust_store(trust).build().map_err(|e| {
        Diagnostic::error(
            "Invalid custom CA bundle",
            format!("The trusted certificates cannot be used: {}.", causes(&e)),
        )
    })?;
    Ok(Builder::new().build_with_connector_fn(move |settings, components| {
        let mut builder = Connector::builder().proxy_config(proxy.clone());
        builder.set_connector_settings(settings.cloned());
        builder.set_sleep_impl(components.and_then(|c| c.sleep_impl()));
        builder.tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(tls.clone()).build()
    }))
}

/// The proxy of the configuration, or else that of the environment.
fn proxy(config: &Config) -> Result<ProxyConfig, Diagnostics> {
    let invalid = |e: &dyn std::error::Error| {
        Diagnostics::from(Diagnostic::error(
            "Invalid proxy",
            format!("The proxy of the backend cannot be used: {}.", causes(e)),
        ))
    };
    let p = &config.proxy;
    let mut proxy = match (&p.https, &p.http) {
        (None, None) => return Ok(ProxyConfig::from_env()),
        (Some(https), Some(http)) if https == http => ProxyConfig::all(https),
        (Some(https), _) => ProxyConfig::https(https),
        (None, Some(http)) => ProxyConfig::http(http),
    }
    .map_err(|e| invalid(&e))?;
    if let Some(except) = &p.except {
        proxy = proxy.no_proxy(except);
    }
    Ok(proxy)
}

async fn sdk_config(config: &Config, http: SharedHttpClient) -> SdkConfig {
    let retry = RetryConfig::standard().with_max_attempts(config.max_attempts);
    let retry = if config.adaptive_retries {
        RetryConfig::adaptive().with_max_attempts(config.max_attempts)
    } else {
        retry
    };
    let c = &config.credentials;
    let region = Region::new(config.region.clone());
    let files = profile_files(c);
    let provider =
        ProviderConfig::default().with_http_client(http.clone()).with_region(Some(region.clone()));
    let base = credentials::base(c, &provider, files.clone());
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .region(region)
        .retry_config(retry)
        .credentials_provider(base);
    if let Some(files) = files {
        loader = loader.profile_files(files);
    }
    if let Some(fips) = config.fips {
        loader = loader.use_fips(fips);
    }
    if let Some(dual_stack) = config.dual_stack {
        loader = loader.use_dual_stack(dual_stack);
    }
    let mut sdk = loader.load().await;
    if let Some(role) = &c.web_role {
        let provider = RoleProvider::web(sts(c, &sdk), role.clone());
        sdk = with_credentials(sdk, provider);
    }
    if let Some(role) = &c.role {
        let provider = RoleProvider::role(sts(c, &sdk), role.clone());
        sdk = with_credentials(sdk, provider);
    }
    sdk
}

fn with_credentials(sdk: SdkConfig, provider: impl ProvideCredentials + 'static) -> SdkConfig {
    sdk.into_builder().credentials_provider(SharedCredentialsProvider::new(provider)).build()
}

fn sts(config: &Credentials, sdk: &SdkConfig) -> aws_sdk_sts::Client {
    let mut builder = aws_sdk_sts::config::Builder::from(sdk);
    if let Some(endpoint) = &config.sts_endpoint {
        builder = builder.endpoint_url(endpoint);
    }
    if let Some(region) = &config.sts_region {
        builder = builder.region(Region::new(region.clone()));
    }
    aws_sdk_sts::Client::from_conf(builder.build())
}

fn profile_files(config: &Credentials) -> Option<EnvConfigFiles> {
    if config.config_files.is_empty() && config.credentials_files.is_empty() {
        return None;
    }
    let mut files = EnvConfigFiles::builder();
    if config.config_files.is_empty() {
        files = files.include_default_config_file(true);
    }
    if config.credentials_files.is_empty() {
        files = files.include_default_credentials_file(true);
    }
    for path in &config.config_files {
        files = files.with_file(EnvConfigFileKind::Config, path);
    }
    for path in &config.credentials_files {
        files = files.with_file(EnvConfigFileKind::Credentials, path);
    }
    Some(files.build())
}

/// Whether the credentials are for an account that the configuration allows.
async fn check_account(config: &Config, sdk: &SdkConfig) -> Result<(), Diagnostics> {
    if config.allowed_accounts.is_empty() && config.forbidden_accounts.is_empty() {
        return Ok(());
    }
    let answer = sts(&config.credentials, sdk).get_caller_identity().send().await.map_err(|e| {
        Diagnostic::error(
            "Retrieving AWS account details",
            format!(
                "The account of the credentials, which \"allowed_account_ids\" or \
                 \"forbidden_account_ids\" ask for, could not be found out: {}.",
                causes(&e)
            ),
        )
    })?;
    let account = answer.account().unwrap_or_default().to_owned();
    let allowed = config.allowed_accounts.is_empty() || config.allowed_accounts.contains(&account);
    if allowed && !config.forbidden_accounts.contains(&account) {
        return Ok(());
    }
    Err(Diagnostic::error(
        "Invalid account ID",
        format!(
            "AWS account ID not allowed: {account}. The credentials are for this account, which \
             the backend's configuration excludes. Use other credentials."
        ),
    )
    .into())
}
