//! What listeners and their rules do with requests: models of actions, and conversions.
//!
//! Listeners and rules have the same actions but for how some attributes of authentication are
//! planned, so that one definition makes both models: [`of_listener`] and [`of_rule`].

use aws_sdk_elasticloadbalancingv2::types;
use groma_aws_core::checks;
use groma_sdk::model::checks::{length, one_of, range};
use groma_sdk::{Attr, Blocks, Model, Problems};

/// The `redirect` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Redirect {
    #[attr(optional, default = "#{host}", check = length(1, 128))]
    pub(crate) host: Attr<String>,
    #[attr(optional, default = "/#{path}", check = length(1, 128))]
    pub(crate) path: Attr<String>,
    #[attr(optional, default = "#{port}")]
    pub(crate) port: Attr<String>,
    #[attr(optional, default = "#{protocol}", check = one_of(&["#{protocol}", "HTTP", "HTTPS"]))]
    pub(crate) protocol: Attr<String>,
    #[attr(optional, default = "#{query}", check = length(0, 128))]
    pub(crate) query: Attr<String>,
    #[attr(required, check = one_of(&["HTTP_301", "HTTP_302"]))]
    pub(crate) status_code: Attr<String>,
}

/// The `forward` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Forward {
    #[block(list, max = 1)]
    pub(crate) stickiness: Blocks<Stickiness>,
    #[block(set, min = 1, max = 5)]
    pub(crate) target_group: Blocks<TargetGroup>,
}

/// The `forward.target_group` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct TargetGroup {
    #[attr(required, check = checks::arn)]
    pub(crate) arn: Attr<String>,
    #[attr(optional, default = 1, check = range(0, 999))]
    pub(crate) weight: Attr<i64>,
}

/// The `forward.stickiness` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Stickiness {
    #[attr(required, check = range(1, 604800))]
    pub(crate) duration: Attr<i64>,
    #[attr(optional, default = false)]
    pub(crate) enabled: Attr<bool>,
}

/// The `fixed_response` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct FixedResponse {
    #[attr(required, check = one_of(&["text/plain", "text/css", "text/html", "application/javascript", "application/json"]))]
    pub(crate) content_type: Attr<String>,
    #[attr(optional, check = length(0, 1024))]
    pub(crate) message_body: Attr<String>,
    #[attr(optional, computed, check = status)]
    pub(crate) status_code: Attr<String>,
}

#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
fn status(code: &String) -> Result<(), String> {
    let is_code = code.len() == 3
        && code.starts_with(['2', '4', '5'])
        && code.bytes().all(|b| b.is_ascii_digit());
    match is_code {
        true => Ok(()),
        false => Err(format!("It must be a status from 200, 400 or 500 on, but is {code:?}.")),
    }
}

/// What an action does, told from its blocks: see [`Parts::check`].
struct Parts<'a> {
    kind: &'a Attr<String>,
    /// Blocks and attributes, the types of action that they are for, and whether they are set.
    set: [(&'static str, &'static str, bool); 6],
}

impl Parts<'_> {
    /// An action has what belongs to its type, and nothing else.
    fn check(&self, problems: &mut Problems) {
        let Some(kind) = self.kind.as_str() else { return };
        let belong = || self.set.iter().filter(|(_, of, _)| *of == kind);
        if belong().all(|(_, _, set)| !set) {
            let names = belong().map(|(name, _, _)| format!("\"{name}\"")).collect::<Vec<_>>();
            problems.error(
                "type",
                "Invalid Attribute Combination",
                format!("An action of type {kind:?} needs {}.", names.join(" or ")),
            );
        }
        for (name, of, set) in self.set {
            if set && of != kind {
                problems.warning(
                    name,
                    "Invalid Attribute Combination",
                    format!(
                        "\"{name}\" is only for actions of type {of:?}, but the type is {kind:?}."
                    ),
                );
            }
        }
    }
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

fn response_to(response: &FixedResponse) -> types::FixedResponseActionConfig {
    types::FixedResponseActionConfig::builder()
        .set_content_type(response.content_type.to_filled())
        .set_message_body(response.message_body.to_filled())
        .set_status_code(response.status_code.to_filled())
        .build()
}

fn response_of(config: &types::FixedResponseActionConfig) -> FixedResponse {
    FixedResponse {
        content_type: config.content_type().into(),
        message_body: config.message_body().into(),
        status_code: config.status_code().into(),
    }
}

fn forward_to(forward: &Forward) -> types::ForwardActionConfig {
    let groups = forward.target_group.iter().map(|group| {
        types::TargetGroupTuple::builder()
            .set_target_group_arn(group.arn.to_filled())
            .set_weight(crate::service::int(&group.weight))
            .build()
    });
    let stickiness = forward.stickiness.first().map(|stickiness| {
        types::TargetGroupStickinessConfig::builder()
            .set_enabled(stickiness.enabled.cloned())
            .set_duration_seconds(crate::service::int(&stickiness.duration))
            .build()
    });
    types::ForwardActionConfig::builder()
        .set_target_groups(Some(groups.collect()))
        .set_target_group_stickiness_config(stickiness)
        .build()
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

/// The only target group that a `forward` block names, where naming it by `target_group_arn` would
/// mean the same.
fn only_group(forward: &Forward) -> Option<&str> {
    let sticky = forward.stickiness.first().is_some_and(|s| s.enabled.is_true());
    match &*forward.target_group {
        [one] if !sticky => one.arn.filled(),
        _ => None,
    }
}

macro_rules! action_models {
    ($module:ident, $scope:meta, $cookie:meta, $timeout:meta) => {
        pub(crate) mod $module {
            use std::collections::BTreeMap;

            use aws_sdk_elasticloadbalancingv2::types;
            use groma_aws_core::checks;
            use groma_sdk::model::checks::{one_of, range};
            use groma_sdk::{Attr, Blocks, Model, Problems};

            use super::{FixedResponse, Forward, Parts, Redirect};

            /// One action.
            #[derive(Clone, Debug, Default, PartialEq, Model)]
            pub(crate) struct Action {
                #[attr(optional, computed, check = range(1, 50000))]
                pub(crate) order: Attr<i64>,
                #[attr(optional, check = checks::arn)]
                pub(crate) target_group_arn: Attr<String>,
                #[attr(required, check = one_of(&["forward", "authenticate-oidc", "authenticate-cognito", "redirect", "fixed-response"]))]
                pub(crate) r#type: Attr<String>,
                #[block(list, max = 1)]
                pub(crate) authenticate_cognito: Blocks<Cognito>,
                #[block(list, max = 1)]
                pub(crate) authenticate_oidc: Blocks<Oidc>,
                #[block(list, max = 1)]
                pub(crate) fixed_response: Blocks<FixedResponse>,
                #[block(list, max = 1)]
                pub(crate) forward: Blocks<Forward>,
                #[block(list, max = 1)]
                pub(crate) redirect: Blocks<Redirect>,
            }

            /// The `authenticate_oidc` block.
            #[derive(Clone, Debug, Default, PartialEq, Model)]
            pub(crate) struct Oidc {
                #[attr(optional)]
                pub(crate) authentication_request_extra_params: Attr<BTreeMap<String, String>>,
                #[attr(required)]
                pub(crate) authorization_endpoint: Attr<String>,
                #[attr(required)]
                pub(crate) client_id: Attr<String>,
                #[attr(required, sensitive)]
                pub(crate) client_secret: Attr<String>,
                #[attr(required)]
                pub(crate) issuer: Attr<String>,
                #[attr(optional, computed, check = one_of(&["deny", "allow", "authenticate"]))]
                pub(crate) on_unauthenticated_request: Attr<String>,
                #[$scope]
                pub(crate) scope: Attr<String>,
                #[$cookie]
                pub(crate) session_cookie_name: Attr<String>,
                #[$timeout]
                pub(crate) session_timeout: Attr<i64>,
                #[attr(required)]
                pub(crate) token_endpoint: Attr<String>,
                #[attr(required)]
                pub(crate) user_info_endpoint: Attr<String>,
            }

            /// The `authenticate_cognito` block.
            #[derive(Clone, Debug, Default, PartialEq, Model)]
            pub(crate) struct Cognito {
                #[attr(optional)]
                pub(crate) authentication_request_extra_params: Attr<BTreeMap<String, String>>,
                #[attr(optional, computed, check = one_of(&["deny", "allow", "authenticate"]))]
                pub(crate) on_unauthenticated_request: Attr<String>,
                #[$scope]
                pub(crate) scope: Attr<String>,
                #[$cookie]
                pub(crate) session_cookie_name: Attr<String>,
                #[$timeout]
                pub(crate) session_timeout: Attr<i64>,
                #[attr(required, check = checks::arn)]
                pub(crate) user_pool_arn: Attr<String>,
                #[attr(required)]
                pub(crate) user_pool_client_id: Attr<String>,
                #[attr(required)]
                pub(crate) user_pool_domain: Attr<String>,
            }

            /// Checks that actions have what belongs to their types. `name` is that of the block.
            pub(crate) fn check(name: &str, actions: &Blocks<Action>, problems: &mut Problems) {
                for (i, action) in actions.iter().enumerate() {
                    let parts = Parts {
                        kind: &action.r#type,
                        set: [
                            ("target_group_arn", "forward", !action.target_group_arn.is_null()),
                            ("forward", "forward", is_set(&action.forward)),
                            ("redirect", "redirect", is_set(&action.redirect)),
                            ("fixed_response", "fixed-response", is_set(&action.fixed_response)),
                            (
                                "authenticate_cognito",
                                "authenticate-cognito",
                                is_set(&action.authenticate_cognito),
                            ),
                            (
                                "authenticate_oidc",
                                "authenticate-oidc",
                                is_set(&action.authenticate_oidc),
                            ),
                        ],
                    };
                    problems.within(&format!("{name}.{i}"), |problems| parts.check(problems));
                }
            }

            fn is_set<M>(blocks: &Blocks<M>) -> bool {
                !blocks.is_empty() || blocks.is_unknown()
            }

            /// A target group that is named in one way is planned in the way in which it is recorded,
            /// if that means the same.
            pub(crate) fn plan(prior: &Blocks<Action>, planned: &mut Blocks<Action>) {
                for (old, new) in prior.iter().zip(planned.iter_mut()) {
                    if old.r#type.as_str() != Some("forward") || new.r#type != old.r#type {
                        continue;
                    }
                    let named = |action: &Action| {
                        let direct = action.target_group_arn.to_filled();
                        let block = action.forward.first();
                        match (direct, block) {
                            (Some(arn), None) => Some(arn),
                            (None, Some(block)) => super::only_group(block).map(str::to_owned),
                            (Some(arn), Some(block)) => {
                                (super::only_group(block) == Some(&arn)).then_some(arn)
                            }
                            (None, None) => None,
                        }
                    };
                    if named(old).is_some() && named(old) == named(new) {
                        new.target_group_arn = old.target_group_arn.clone();
                        new.forward = old.forward.clone();
                    }
                }
            }

            /// Actions as the service wants them.
            pub(crate) fn to_actions(actions: &[Action]) -> Vec<types::Action> {
                let numbered = actions.iter().zip(1_i32..);
                numbered.map(|(action, number)| to_action(action, number)).collect()
            }

            fn to_action(action: &Action, number: i32) -> types::Action {
                let order = crate::service::int(&action.order).filter(|order| *order != 0);
                let built = types::Action::builder()
                    .set_type(action.r#type.filled().map(Into::into))
                    .order(order.unwrap_or(number));
                let built = match action.r#type.text() {
                    "forward" => match (action.target_group_arn.to_filled(), action.forward.first()) {
                        (Some(arn), _) => built.target_group_arn(arn),
                        (None, forward) => built.set_forward_config(forward.map(super::forward_to)),
                    },
                    "redirect" => {
                        built.set_redirect_config(action.redirect.first().map(super::redirect_to))
                    }
                    "fixed-response" => built.set_fixed_response_config(
                        action.fixed_response.first().map(super::response_to),
                    ),
                    "authenticate-cognito" => built.set_authenticate_cognito_config(
                        action.authenticate_cognito.first().map(to_cognito),
                    ),
                    "authenticate-oidc" => built.set_authenticate_oidc_config(
                        action.authenticate_oidc.first().map(to_oidc),
                    ),
                    _ => built,
                };
                built.build()
            }

            fn to_cognito(cognito: &Cognito) -> types::AuthenticateCognitoActionConfig {
                let params = cognito.authentication_request_extra_params.cloned();
                types::AuthenticateCognitoActionConfig::builder()
                    .set_authentication_request_extra_params(
                        params.map(|params| params.into_iter().collect()),
                    )
                    .set_on_unauthenticated_request(
                        cognito.on_unauthenticated_request.filled().map(Into::into),
                    )
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
                    .set_authentication_request_extra_params(
                        params.map(|params| params.into_iter().collect()),
                    )
                    .set_authorization_endpoint(oidc.authorization_endpoint.to_filled())
                    .set_client_id(oidc.client_id.to_filled())
                    .set_client_secret(oidc.client_secret.to_filled())
                    .set_issuer(oidc.issuer.to_filled())
                    .set_on_unauthenticated_request(
                        oidc.on_unauthenticated_request.filled().map(Into::into),
                    )
                    .set_scope(oidc.scope.to_filled())
                    .set_session_cookie_name(oidc.session_cookie_name.to_filled())
                    .set_session_timeout(oidc.session_timeout.cloned().filter(|t| *t != 0))
                    .set_token_endpoint(oidc.token_endpoint.to_filled())
                    .set_user_info_endpoint(oidc.user_info_endpoint.to_filled())
                    .build()
            }

            /// Actions as they are recorded. `like` is how they were recorded before: a target group is
            /// named in the same way, and secrets, which the service does not give, are kept.
            pub(crate) fn of_actions(found: &[types::Action], like: &[Action]) -> Blocks<Action> {
                let mut found: Vec<&types::Action> = found.iter().collect();
                found.sort_by_key(|action| action.order().unwrap_or_default());
                let like = like.iter().map(Some).chain(std::iter::repeat(None));
                found.into_iter().zip(like).map(|(found, like)| of_action(found, like)).collect()
            }

            fn of_action(found: &types::Action, like: Option<&Action>) -> Action {
                let kind = found.r#type().map(|kind| kind.as_str());
                let mut action = Action {
                    order: found.order().into(),
                    r#type: kind.into(),
                    ..Action::default()
                };
                match kind {
                    Some("forward") => {
                        let by_block = like.is_some_and(|l| !l.forward.is_empty());
                        let by_arn = like.is_some_and(|l| l.target_group_arn.filled().is_some());
                        let arn = found.target_group_arn().filter(|arn| !arn.is_empty());
                        let forward = found.forward_config().map(super::forward_of);
                        let only = forward.as_ref().and_then(super::only_group).map(str::to_owned);
                        let arn = arn.map(str::to_owned).or(only);
                        if arn.is_some() && (by_arn || !by_block) {
                            action.target_group_arn = arn.clone().into();
                        }
                        if by_block || arn.is_none() {
                            action.forward = forward.map(|f| like_before(f, like)).into();
                        }
                    }
                    Some("redirect") => {
                        action.redirect = found.redirect_config().map(super::redirect_of).into();
                    }
                    Some("fixed-response") => {
                        let response = found.fixed_response_config().map(super::response_of);
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
        }
    };
}

action_models!(
    of_listener,
    attr(optional, computed),
    attr(optional, computed),
    attr(optional, computed)
);
action_models!(
    of_rule,
    attr(optional, default = "openid"),
    attr(optional, default = "AWSELBAuthSessionCookie"),
    attr(optional, default = 604800)
);

#[cfg(test)]
mod tests {
    use super::of_rule::{Action, Oidc, of_actions, plan, to_actions};
    use super::*;

    const ARN: &str = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/a/1";

    fn forward(arns: &[&str]) -> Forward {
        let group = |arn: &&str| TargetGroup { arn: (*arn).into(), weight: 1_i64.into() };
        Forward { target_group: arns.iter().map(group).collect(), ..Forward::default() }
    }

    fn action(kind: &str) -> Action {
        Action { r#type: kind.into(), ..Action::default() }
    }

    #[test]
    fn a_group_is_named_as_before() {
        let by_arn = Action { target_group_arn: ARN.into(), ..action("forward") };
        let by_block = Action { forward: Blocks::one(forward(&[ARN])), ..action("forward") };
        for (sent, like) in [(&by_arn, &by_arn), (&by_block, &by_block), (&by_arn, &by_block)] {
            let mut found = to_actions(std::slice::from_ref(sent));
            // The service answers in both ways.
            for one in &mut found {
                let both = one.clone();
                let config = both.forward_config().cloned();
                *one = types::Action::builder()
                    .r#type(types::ActionTypeEnum::Forward)
                    .order(1)
                    .target_group_arn(ARN)
                    .forward_config(config.unwrap_or_else(|| forward_to(&forward(&[ARN]))))
                    .build();
            }
            let read = of_actions(&found, std::slice::from_ref(like));
            assert_eq!(read[0].target_group_arn, like.target_group_arn);
            assert_eq!(read[0].forward, like.forward);
        }
    }

    #[test]
    fn the_other_way_to_name_a_group_is_no_change() {
        let old = Action { target_group_arn: ARN.into(), order: 1_i64.into(), ..action("forward") };
        let new = Action { forward: Blocks::one(forward(&[ARN])), ..action("forward") };
        let mut planned = Blocks::one(new);
        plan(&Blocks::one(old.clone()), &mut planned);
        assert_eq!(planned[0].target_group_arn, old.target_group_arn);
        assert!(planned[0].forward.is_empty());
        let mut two = Blocks::one(Action {
            forward: Blocks::one(forward(&[ARN, "other"])),
            ..action("forward")
        });
        plan(&Blocks::one(old), &mut two);
        assert_eq!(two[0].forward.len(), 1);
    }

    #[test]
    fn secrets_are_kept_and_actions_are_ordered() {
        let oidc = Oidc { client_secret: "s3cret".into(), issuer: "i".into(), ..Oidc::default() };
        let first = Action { authenticate_oidc: Blocks::one(oidc), ..action("authenticate-oidc") };
        let second = Action { target_group_arn: ARN.into(), ..action("forward") };
        let sent = [first, second];
        let mut found = to_actions(&sent);
        assert_eq!(found.iter().filter_map(types::Action::order).collect::<Vec<_>>(), [1, 2]);
        found.reverse();
        let read = of_actions(&found, &sent);
        assert_eq!(read[0].authenticate_oidc[0].client_secret.as_str(), Some("s3cret"));
        assert_eq!(read[1].target_group_arn.as_str(), Some(ARN));
    }

    #[test]
    fn an_action_needs_what_belongs_to_its_type() {
        let mut problems = Problems::new();
        super::of_rule::check("action", &Blocks::one(action("redirect")), &mut problems);
        let text = problems.into_diagnostics().to_string();
        assert!(text.contains("redirect"), "{text}");
        assert!(status(&"200".to_owned()).is_ok() && status(&"301".to_owned()).is_err());
    }
}
