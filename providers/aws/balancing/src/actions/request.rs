//! Actions as the service wants them.

use aws_sdk_elasticloadbalancingv2::types;

use super::{Action, Cognito, FixedResponse, Forward, IsAction, Oidc, Redirect};

/// Actions as the service wants them.
pub(crate) fn to_actions<A: IsAction>(actions: &[A]) -> Vec<types::Action> {
    let numbered = actions.iter().cloned().map(A::into).zip(1_i32..);
    numbered.map(|(action, number)| to_action(&action, number)).collect()
}

fn to_action(action: &Action, number: i32) -> types::Action {
    let order = action.order.to_filled_i32();
    let built = types::Action::builder()
        .set_type(action.r#type.filled().map(Into::into))
        .order(order.unwrap_or(number));
    let built = match action.r#type.text() {
        // Both may be given, if they name one group.
        "forward" => built
            .set_target_group_arn(action.target_group_arn.to_filled())
            .set_forward_config(action.forward.first().map(forward_to)),
        "redirect" => built.set_redirect_config(action.redirect.first().map(redirect_to)),
        "fixed-response" => {
            built.set_fixed_response_config(action.fixed_response.first().map(response_to))
        }
        "authenticate-cognito" => built
            .set_authenticate_cognito_config(action.authenticate_cognito.first().map(to_cognito)),
        "authenticate-oidc" => {
            built.set_authenticate_oidc_config(action.authenticate_oidc.first().map(to_oidc))
        }
        _ => built,
    };
    built.build()
}

fn to_cognito(cognito: &Cognito) -> types::AuthenticateCognitoActionConfig {
    let params = cognito.authentication_request_extra_params.cloned();
    types::AuthenticateCognitoActionConfig::builder()
        .set_authentication_request_extra_params(params.map(|params| params.into_iter().collect()))
        .set_on_unauthenticated_request(cognito.on_unauthenticated_request.filled().map(Into::into))
        .set_scope(cognito.scope.to_filled())
        .set_session_cookie_name(cognito.session_cookie_name.to_filled())
        .set_session_timeout(cognito.session_timeout.cloned().filter(|t| *t != 0))
        .set_user_pool_arn(cognito.user_pool_arn.to_filled())
        .set_user_pool_client_id(cognito.user_pool_client_id.to_filled())
        .set_user_pool_domain(cognito.user_pool_domain.to_filled())
        .build()
}

fn to_oidc(oidc: &Oidc) -> types::AuthenticateOidcActionConfig {
    let params = oidc.authentication_request_extra_params.cloned();
    types::AuthenticateOidcActionConfig::builder()
        .set_authentication_request_extra_params(params.map(|params| params.into_iter().collect()))
        .set_authorization_endpoint(oidc.authorization_endpoint.to_filled())
        .set_client_id(oidc.client_id.to_filled())
        .set_client_secret(oidc.client_secret.to_filled())
        .set_issuer(oidc.issuer.to_filled())
        .set_on_unauthenticated_request(oidc.on_unauthenticated_request.filled().map(Into::into))
        .set_scope(oidc.scope.to_filled())
        .set_session_cookie_name(oidc.session_cookie_name.to_filled())
        .set_session_timeout(oidc.session_timeout.cloned().filter(|t| *t != 0))
        .set_token_endpoint(oidc.token_endpoint.to_filled())
        .set_user_info_endpoint(oidc.user_info_endpoint.to_filled())
        .build()
}

fn redirect_to(redirect: &Redirect) -> types::RedirectActionConfig {
    types::RedirectActionConfig::builder()
        .set_host(redirect.host.to_filled())
        .set_path(redirect.path.to_filled())
        .set_port(redirect.port.to_filled())
        .set_protocol(redirect.protocol.to_filled())
        .set_query(redirect.query.cloned())
        .set_status_code(redirect.status_code.filled().map(Into::into))
        .build()
}

fn response_to(response: &FixedResponse) -> types::FixedResponseActionConfig {
    types::FixedResponseActionConfig::builder()
        .set_content_type(response.content_type.to_filled())
        .set_message_body(response.message_body.to_filled())
        .set_status_code(response.status_code.to_filled())
        .build()
}

pub(super) fn forward_to(forward: &Forward) -> types::ForwardActionConfig {
    let groups = forward.target_group.iter().map(|group| {
        types::TargetGroupTuple::builder()
            .set_target_group_arn(group.arn.to_filled())
            .set_weight(group.weight.to_i32())
            .build()
    });
    let stickiness = forward.stickiness.first().map(|stickiness| {
        types::TargetGroupStickinessConfig::builder()
            .set_enabled(stickiness.enabled.cloned())
            .set_duration_seconds(stickiness.duration.to_i32())
            .build()
    });
    types::ForwardActionConfig::builder()
        .set_target_groups(Some(groups.collect()))
        .set_target_group_stickiness_config(stickiness)
        .build()
}
