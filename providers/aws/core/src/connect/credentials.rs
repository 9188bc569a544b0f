//! Where credentials come from, before any role is taken on.

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::imds;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::web_identity_token::WebIdentityTokenCredentialsProvider;
use aws_credential_types::Credentials as Keys;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_runtime::env_config::file::EnvConfigFiles;

use crate::settings::Credentials;

/// The name under which our credentials are known in the SDK's logs.
pub(super) const SOURCE: &str = "groma-provider-aws";

/// The credentials to begin with.
pub(super) fn base(
    settings: &Credentials,
    provider: &ProviderConfig,
    files: Option<EnvConfigFiles>,
) -> SharedCredentialsProvider {
    if let (Some(access), Some(secret)) = (&settings.access_key, &settings.secret_key) {
        let keys = Keys::new(access, secret, settings.token.clone(), None, SOURCE);
        return SharedCredentialsProvider::new(keys);
    }
    let mut profile = ProfileFileCredentialsProvider::builder().configure(provider);
    if let Some(files) = files {
        profile = profile.profile_files(files);
    }
    if let Some(name) = &settings.profile {
        profile = profile.profile_name(name);
        // Somebody who names a profile wants no other credentials.
        return SharedCredentialsProvider::new(profile.build());
    }
    let web = WebIdentityTokenCredentialsProvider::builder().configure(provider).build();
    let chain = CredentialsProviderChain::first_try(
        "Environment",
        EnvironmentVariableCredentialsProvider::new(),
    )
    .or_else("Profile", profile.build())
    .or_else("WebIdentityToken", web)
    .or_else("EcsContainer", EcsCredentialsProvider::builder().configure(provider).build());
    if settings.skip_metadata {
        return SharedCredentialsProvider::new(chain);
    }
    let mut client = imds::Client::builder().configure(provider);
    if let Some(endpoint) = &settings.metadata_endpoint
        // An endpoint that is no URL was refused before.
        && let Ok(with) = client.clone().endpoint(endpoint)
    {
        client = with;
    }
    if settings.metadata_ipv6 {
        client = client.endpoint_mode(imds::client::EndpointMode::IpV6);
    }
    let metadata = imds::credentials::ImdsCredentialsProvider::builder()
        .imds_client(client.build())
        .configure(provider)
        .build();
    SharedCredentialsProvider::new(chain.or_else("Ec2InstanceMetadata", metadata))
}
