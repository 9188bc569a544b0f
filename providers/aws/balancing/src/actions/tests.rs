//! Actions without a service.

use aws_sdk_elasticloadbalancingv2::types;
use groma_sdk::Problems;

use super::request::forward_to;
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
    let mut two =
        Blocks::one(Action { forward: Blocks::one(forward(&[ARN, "other"])), ..action("forward") });
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
    check("action", &Blocks::one(action("redirect")), &mut problems);
    let text = problems.into_diagnostics().to_string();
    assert!(text.contains("redirect"), "{text}");
    assert!(status(&"200".to_owned()).is_ok() && status(&"301".to_owned()).is_err());
}

fn problems_of(actions: Vec<Action>, protocol: &str) -> String {
    let (actions, mut problems) = (Blocks::from(actions), Problems::new());
    check("action", &actions, &mut problems);
    check_for("action", &actions, protocol, &mut problems);
    problems.into_diagnostics().to_string()
}

#[test]
fn a_redirect_leads_elsewhere() {
    let redirect =
        |redirect: Redirect| vec![Action { redirect: Blocks::one(redirect), ..action("redirect") }];
    let to_itself = Redirect { status_code: "HTTP_301".into(), ..Redirect::default() };
    let text = problems_of(redirect(to_itself.clone()), "HTTP");
    assert!(text.contains("Redirect to itself"), "{text}");
    let usual = Redirect { path: "/#{path}".into(), query: "a=b".into(), ..to_itself.clone() };
    assert!(problems_of(redirect(usual), "HTTP").contains("Redirect to itself"));
    let secure = Redirect { protocol: "HTTPS".into(), ..to_itself.clone() };
    assert_eq!(problems_of(redirect(secure), "HTTP"), "");
    let unknown = Redirect { host: Attr::Unknown, ..to_itself };
    assert_eq!(problems_of(redirect(unknown), "HTTP"), "");
    assert!(path(&"a".to_owned()).is_err() && path(&"/a".to_owned()).is_ok());
    assert!(port(&"0".to_owned()).is_err() && port(&"#{port}".to_owned()).is_ok());
}

#[test]
fn a_group_has_one_name() {
    let both = |arn: &str| {
        let named = Action { target_group_arn: ARN.into(), ..action("forward") };
        problems_of(vec![Action { forward: Blocks::one(forward(&[arn])), ..named }], "HTTP")
    };
    assert!(both("other").contains("different target groups"));
    assert_eq!(both(ARN), "");
    let mut idle = forward(&[ARN, "other"]);
    idle.target_group.iter_mut().for_each(|group| group.weight = 0_i64.into());
    let idle = Action { forward: Blocks::one(idle), ..action("forward") };
    assert!(problems_of(vec![idle], "HTTP").contains("without weight"));
}

#[test]
fn actions_have_places_and_an_answer() {
    let oidc = || Action {
        authenticate_oidc: Blocks::one(Oidc::default()),
        ..action("authenticate-oidc")
    };
    let forward =
        |order: Attr<i64>| Action { order, target_group_arn: ARN.into(), ..action("forward") };
    let text = problems_of(vec![oidc()], "HTTPS");
    assert!(text.contains("Actions that do not answer"), "{text}");
    assert_eq!(problems_of(vec![oidc(), forward(Attr::Null)], "HTTPS"), "");
    let text = problems_of(vec![oidc(), forward(1_i64.into())], "HTTPS");
    assert!(text.contains("Another action is number 1"), "{text}");
    assert_eq!(problems_of(vec![oidc(), forward(Attr::Unknown)], "HTTPS"), "");
    let text = problems_of(vec![oidc(), forward(Attr::Null)], "HTTP");
    assert!(text.contains("Only those of HTTPS"), "{text}");
}

#[test]
fn network_listeners_only_forward() {
    let fixed = FixedResponse { status_code: "200".into(), ..FixedResponse::default() };
    let fixed = Action { fixed_response: Blocks::one(fixed), ..action("fixed-response") };
    assert!(problems_of(vec![fixed.clone()], "TCP").contains("only forward"));
    assert_eq!(problems_of(vec![fixed], ""), "");
    let without = Action {
        fixed_response: Blocks::one(FixedResponse::default()),
        ..action("fixed-response")
    };
    assert!(problems_of(vec![without], "HTTP").contains("needs a status"));
}

#[test]
fn stickiness_that_is_off_is_no_change() {
    let off = Stickiness { duration: 0_i64.into(), enabled: false.into() };
    let two = forward(&[ARN, "other"]);
    let old = Forward { stickiness: Blocks::one(off), ..two.clone() };
    let old = Blocks::one(Action { forward: Blocks::one(old), ..action("forward") });
    let mut new = Blocks::one(Action { forward: Blocks::one(two), ..action("forward") });
    plan(&old, &mut new);
    assert_eq!(new, old);
}

#[test]
fn a_block_that_stays_a_block_is_planned_as_configured() {
    let with = |weight: i64| {
        let mut forward = forward(&[ARN]);
        forward.target_group[0].weight = weight.into();
        Blocks::one(Action { forward: Blocks::one(forward), ..action("forward") })
    };
    let mut new = with(5);
    plan(&with(1), &mut new);
    assert_eq!(new, with(5));
}

#[test]
fn both_forms_of_actions_hold_the_same() {
    let oidc = Oidc { client_secret: "s".into(), scope: "openid".into(), ..Oidc::default() };
    let cognito = Cognito { user_pool_arn: ARN.into(), ..Cognito::default() };
    let full = Action {
        order: 2_i64.into(),
        authenticate_oidc: Blocks::one(oidc),
        authenticate_cognito: Blocks::one(cognito),
        forward: Blocks::one(forward(&[ARN])),
        ..action("forward")
    };
    let of_listener = of_listener::Action::from(full.clone());
    assert_eq!(of_listener.authenticate_oidc[0].scope.as_str(), Some("openid"));
    assert_eq!(Action::from(of_listener), full);
}
