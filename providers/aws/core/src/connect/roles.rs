//! Credentials of roles.

use std::sync::Arc;
use std::time::SystemTime;

use aws_credential_types::Credentials as Keys;
use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future::ProvideCredentials as Provided;
use aws_sdk_sts::Client;
use aws_sdk_sts::types::{Credentials as Issued, PolicyDescriptorType, Tag};

use super::credentials::SOURCE;
use crate::Error;
use crate::settings::{Role, WebRole};

/// Credentials of a role.
#[derive(Clone)]
pub(super) struct RoleProvider {
    client: Client,
    how: Arc<How>,
}

enum How {
    Role(Role),
    Web(WebRole),
}

/// Tokens and policies stay out of logs.
impl std::fmt::Debug for RoleProvider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RoleProvider").finish_non_exhaustive()
    }
}

impl RoleProvider {
    /// A role for whoever has the client's credentials.
    pub(super) fn role(client: Client, role: Role) -> RoleProvider {
        RoleProvider { client, how: Arc::new(How::Role(role)) }
    }

    /// A role for whoever has the token.
    pub(super) fn web(client: Client, role: WebRole) -> RoleProvider {
        RoleProvider { client, how: Arc::new(How::Web(role)) }
    }

    async fn issue(&self) -> Result<Keys, CredentialsError> {
        let issued = match &*self.how {
            How::Role(role) => self.assume(role).await,
            How::Web(role) => self.assume_web(role).await,
        }?;
        let keys = issued.ok_or_else(|| {
            CredentialsError::provider_error("the answer to the request for the role has no keys")
        })?;
        let expiry = SystemTime::try_from(*keys.expiration()).ok();
        Ok(Keys::new(
            keys.access_key_id(),
            keys.secret_access_key(),
            Some(keys.session_token().to_owned()),
            expiry,
            SOURCE,
        ))
    }

    async fn assume(&self, role: &Role) -> Result<Option<Issued>, CredentialsError> {
        let mut request = self
            .client
            .assume_role()
            .role_arn(&role.arn)
            .role_session_name(session_name(role))
            .set_duration_seconds(seconds(role))
            .set_policy(role.policy.clone())
            .set_policy_arns(policies(role))
            .set_external_id(role.external_id.clone())
            .set_source_identity(role.source_identity.clone());
        for (key, value) in &role.tags {
            let tag = Tag::builder().key(key).value(value).build();
            request = request.tags(tag.map_err(CredentialsError::invalid_configuration)?);
        }
        for key in &role.transitive_tags {
            request = request.transitive_tag_keys(key);
        }
        match request.send().await {
            Ok(answer) => Ok(answer.credentials),
            Err(e) => Err(refused(role, &e.into())),
        }
    }

    async fn assume_web(&self, web: &WebRole) -> Result<Option<Issued>, CredentialsError> {
        let token = match (&web.token, &web.token_file) {
            (Some(token), _) => token.clone(),
            (None, Some(path)) => std::fs::read_to_string(path).map_err(|e| {
                CredentialsError::provider_error(format!(
                    "cannot read the web identity token file {}: {e}",
                    path.display()
                ))
            })?,
            (None, None) => {
                return Err(CredentialsError::invalid_configuration(
                    "assume_role_with_web_identity has neither a token nor a token file",
                ));
            }
        };
        let role = &web.role;
        let answer = self
            .client
            .assume_role_with_web_identity()
            .role_arn(&role.arn)
            .role_session_name(session_name(role))
            .web_identity_token(token.trim())
            .set_duration_seconds(seconds(role))
            .set_policy(role.policy.clone())
            .set_policy_arns(policies(role))
            .send()
            .await;
        match answer {
            Ok(answer) => Ok(answer.credentials),
            Err(e) => Err(refused(role, &e.into())),
        }
    }
}

fn refused(role: &Role, why: &Error) -> CredentialsError {
    CredentialsError::provider_error(format!("cannot assume the IAM role {}: {why}", role.arn))
}

fn session_name(role: &Role) -> String {
    role.session_name.clone().unwrap_or_else(|| format!("groma-{}", std::process::id()))
}

fn seconds(role: &Role) -> Option<i32> {
    role.duration.and_then(|d| i32::try_from(d.as_secs()).ok())
}

fn policies(role: &Role) -> Option<Vec<PolicyDescriptorType>> {
    let list = role.policy_arns.iter();
    let list: Vec<_> = list.map(|arn| PolicyDescriptorType::builder().arn(arn).build()).collect();
    (!list.is_empty()).then_some(list)
}

impl ProvideCredentials for RoleProvider {
    fn provide_credentials<'a>(&'a self) -> Provided<'a>
    where
        Self: 'a,
    {
        Provided::new(self.issue())
    }
}
