//! What listeners and their rules do with requests.
//!
//! Listeners and rules have the same actions but for how some attributes of authentication are
//! planned. Their schemas are two models, [`of_listener`] and [`of_rule`]; all that is done with
//! actions is written once, for those of rules, which [`Action`] stands for.

mod check;
mod plan;
mod record;
mod request;

use groma_aws_core::checks;
use groma_sdk::model::checks::{length, one_of, range};
use groma_sdk::{Attr, Blocks, Model};

pub(crate) use check::{check, check_for};
pub(crate) use of_rule::{Action, Cognito, Oidc};
pub(crate) use plan::plan;
pub(crate) use record::of_actions;
pub(crate) use request::to_actions;

/// The actions of listeners or of rules.
pub(crate) trait IsAction: Clone + Into<Action> + From<Action> {}

impl<A: Clone + Into<Action> + From<Action>> IsAction for A {}

/// The `redirect` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Redirect {
    #[attr(optional, default = "#{host}", check = length(1, 128))]
    pub(crate) host: Attr<String>,
    #[attr(optional, default = "/#{path}", check = length(1, 128), check = path)]
    pub(crate) path: Attr<String>,
    #[attr(optional, default = "#{port}", check = port)]
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

#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
fn path(path: &String) -> Result<(), String> {
    match path.starts_with('/') {
        true => Ok(()),
        false => Err(format!("It must begin with \"/\", but is {path:?}.")),
    }
}

#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
fn port(port: &String) -> Result<(), String> {
    match port == "#{port}" || port.parse::<u16>().is_ok_and(|port| port > 0) {
        true => Ok(()),
        false => Err(format!("It must be a port, or \"#{{port}}\", but is {port:?}.")),
    }
}

/// The models of actions in a module, where the rules of three attributes are as told.
macro_rules! action_models {
    ($module:ident, $scope:meta, $cookie:meta, $timeout:meta) => {
        pub(crate) mod $module {
            use std::collections::BTreeMap;

            use groma_aws_core::checks;
            use groma_sdk::model::checks::{one_of, range};
            use groma_sdk::{Attr, Blocks, Model};

            use super::{FixedResponse, Forward, Redirect};

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

/// Makes one form of actions of the other.
macro_rules! conversion {
    ($from:ident => $to:ident) => {
        impl From<$from::Action> for $to::Action {
            fn from(action: $from::Action) -> Self {
                $to::Action {
                    order: action.order,
                    target_group_arn: action.target_group_arn,
                    r#type: action.r#type,
                    authenticate_cognito: each(action.authenticate_cognito),
                    authenticate_oidc: each(action.authenticate_oidc),
                    fixed_response: action.fixed_response,
                    forward: action.forward,
                    redirect: action.redirect,
                }
            }
        }

        impl From<$from::Oidc> for $to::Oidc {
            fn from(oidc: $from::Oidc) -> Self {
                $to::Oidc {
                    authentication_request_extra_params: oidc.authentication_request_extra_params,
                    authorization_endpoint: oidc.authorization_endpoint,
                    client_id: oidc.client_id,
                    client_secret: oidc.client_secret,
                    issuer: oidc.issuer,
                    on_unauthenticated_request: oidc.on_unauthenticated_request,
                    scope: oidc.scope,
                    session_cookie_name: oidc.session_cookie_name,
                    session_timeout: oidc.session_timeout,
                    token_endpoint: oidc.token_endpoint,
                    user_info_endpoint: oidc.user_info_endpoint,
                }
            }
        }

        impl From<$from::Cognito> for $to::Cognito {
            fn from(cognito: $from::Cognito) -> Self {
                $to::Cognito {
                    authentication_request_extra_params: cognito
                        .authentication_request_extra_params,
                    on_unauthenticated_request: cognito.on_unauthenticated_request,
                    scope: cognito.scope,
                    session_cookie_name: cognito.session_cookie_name,
                    session_timeout: cognito.session_timeout,
                    user_pool_arn: cognito.user_pool_arn,
                    user_pool_client_id: cognito.user_pool_client_id,
                    user_pool_domain: cognito.user_pool_domain,
                }
            }
        }
    };
}

conversion!(of_listener => of_rule);
conversion!(of_rule => of_listener);

fn each<A, B: From<A>>(blocks: Blocks<A>) -> Blocks<B> {
    match blocks.is_unknown() {
        true => Blocks::unknown(),
        false => blocks.into_vec().into_iter().map(B::from).collect(),
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

#[cfg(test)]
mod tests;
