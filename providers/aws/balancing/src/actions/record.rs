//! Actions as they are recorded.

use std::collections::BTreeMap;

use aws_sdk_elasticloadbalancingv2::types;
use groma_sdk::{Attr, Blocks};

use super::{
    Action, Cognito, FixedResponse, Forward, IsAction, Oidc, Redirect, Stickiness, TargetGroup,
    only_group,
};

/// Actions as they are recorded. `like` is how they were recorded before: a target group is
/// named in the same way, and secrets, which the service does not give, are kept.
pub(crate) fn of_actions<A: IsAction>(found: &[types::Action], like: &[A]) -> Blocks<A> {
    let mut found: Vec<&types::Action> = found.iter().collect();
    found.sort_by_key(|action| action.order().unwrap_or_default());
    let like: Vec<Action> = like.iter().cloned().map(A::into).collect();
    let like = like.iter().map(Some).chain(std::iter::repeat(None));
    found.into_iter().zip(like).map(|(found, like)| A::from(of_action(found, like))).collect()
}

fn of_action(found: &types::Action, like: Option<&Action>) -> Action {
    let kind = found.r#type().map(|kind| kind.as_str());
    let mut action =
        Action { order: found.order().into(), r#type: kind.into(), ..Action::default() };
    match kind {
        Some("forward") => {
            let by_block = like.is_some_and(|l| !l.forward.is_empty());
            let by_arn = like.is_some_and(|l| l.target_group_arn.filled().is_some());
            let arn = found.target_group_arn().filter(|arn| !arn.is_empty());
            let forward = found.forward_config().map(forward_of);
            let only = forward.as_ref().and_then(only_group).map(str::to_owned);
            let arn = arn.map(str::to_owned).or(only);
            if arn.is_some() && (by_arn || !by_block) {
                action.target_group_arn = arn.clone().into();
            }
            if by_block || arn.is_none() {
                action.forward = forward.map(|f| like_before(f, like)).into();
            }
        }
        Some("redirect") => {
            action.redirect = found.redirect_config().map(redirect_of).into();
        }
        Some("fixed-response") => {
            let response = found.fixed_response_config().map(response_of);
            action.fixed_response = response.into();
        }
        Some("authenticate-cognito") => {
            let cognito = found.authenticate_cognito_config().map(of_cognito);
            action.authenticate_cognito = cognito.into();
        }
        Some("authenticate-oidc") => {
            let secret = like.and_then(|l| l.authenticate_oidc.first());
            let secret = secret.map(|oidc| oidc.client_secret.clone());
            let oidc = found.authenticate_oidc_config().map(|config| Oidc {
                client_secret: secret.unwrap_or_default(),
                ..of_oidc(config)
            });
            action.authenticate_oidc = oidc.into();
        }
        _ => {}
    }
    action
}

/// Stickiness that is off is recorded only if it was.
fn like_before(mut forward: Forward, like: Option<&Action>) -> Forward {
    let before = like.and_then(|l| l.forward.first());
    let off = forward.stickiness.first().is_some_and(|s| !s.enabled.is_true());
    if off && before.is_none_or(|b| b.stickiness.is_empty()) {
        forward.stickiness = Blocks::none();
    }
    forward
}

fn of_cognito(config: &types::AuthenticateCognitoActionConfig) -> Cognito {
    let params = config.authentication_request_extra_params();
    let request = config.on_unauthenticated_request();
    Cognito {
        authentication_request_extra_params: params
            .map(|params| params.clone().into_iter().collect::<BTreeMap<_, _>>())
            .into(),
        on_unauthenticated_request: request.map(|r| r.as_str()).into(),
        scope: config.scope().into(),
        session_cookie_name: config.session_cookie_name().into(),
        session_timeout: config.session_timeout().into(),
        user_pool_arn: config.user_pool_arn().into(),
        user_pool_client_id: config.user_pool_client_id().into(),
        user_pool_domain: config.user_pool_domain().into(),
    }
}

fn of_oidc(config: &types::AuthenticateOidcActionConfig) -> Oidc {
    let params = config.authentication_request_extra_params();
    let request = config.on_unauthenticated_request();
    Oidc {
        authentication_request_extra_params: params
            .map(|params| params.clone().into_iter().collect::<BTreeMap<_, _>>())
            .into(),
        authorization_endpoint: config.authorization_endpoint().into(),
        client_id: config.client_id().into(),
        client_secret: Attr::Null,
        issuer: config.issuer().into(),
        on_unauthenticated_request: request.map(|r| r.as_str()).into(),
        scope: config.scope().into(),
        session_cookie_name: config.session_cookie_name().into(),
        session_timeout: config.session_timeout().into(),
        token_endpoint: config.token_endpoint().into(),
        user_info_endpoint: config.user_info_endpoint().into(),
    }
}

fn redirect_of(config: &types::RedirectActionConfig) -> Redirect {
    Redirect {
        host: config.host().into(),
        path: config.path().into(),
        port: config.port().into(),
        protocol: config.protocol().into(),
        query: config.query().into(),
        status_code: config.status_code().map(|code| code.as_str()).into(),
    }
}

fn response_of(config: &types::FixedResponseActionConfig) -> FixedResponse {
    FixedResponse {
        content_type: config.content_type().into(),
        message_body: config.message_body().into(),
        status_code: config.status_code().into(),
    }
}

fn forward_of(config: &types::ForwardActionConfig) -> Forward {
    let groups = config.target_groups().iter();
    let stickiness = config.target_group_stickiness_config().map(|stickiness| Stickiness {
        duration: stickiness.duration_seconds().into(),
        enabled: stickiness.enabled().into(),
    });
    Forward {
        stickiness: stickiness.into(),
        target_group: groups
            .map(|group| TargetGroup {
                arn: group.target_group_arn().into(),
                weight: group.weight().into(),
            })
            .collect(),
    }
}
