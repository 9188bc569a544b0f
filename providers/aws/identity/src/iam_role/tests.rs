use std::time::SystemTime;

use aws_sdk_iam::primitives::DateTime;
use groma_aws_core::testing::{Answer, Fake};

use super::*;

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"ec2.amazonaws.com"}}]}"#;

fn planned(name: &str) -> IamRole {
    IamRole {
        id: Attr::Unknown,
        arn: Attr::Unknown,
        assume_role_policy: TRUST.to_owned().into(),
        force_detach_policies: false.into(),
        managed_policy_arns: Attr::Unknown,
        max_session_duration: Attr::Known(3600),
        name: name.to_owned().into(),
        path: "/".to_owned().into(),
        inline_policy: Blocks::unknown(),
        ..IamRole::default()
    }
}

fn role(operation: &str, name: &str, created: &DateTime) -> Answer {
    let created = moment(Some(created));
    let created = created.text();
    Answer::xml(format!(
        "<{operation}Response><{operation}Result><Role><Path>/</Path><RoleName>{name}</RoleName>\
         <RoleId>AROA{name}</RoleId><Arn>arn:aws:iam::123456789012:role/{name}</Arn>\
         <CreateDate>{created}</CreateDate><MaxSessionDuration>3600</MaxSessionDuration></Role>\
         </{operation}Result></{operation}Response>"
    ))
}

fn now() -> DateTime {
    DateTime::from(SystemTime::now())
}

fn exists(name: &str) -> Answer {
    Answer::error(409, "EntityAlreadyExists", &format!("Role with name {name} already exists."))
}

#[tokio::test]
async fn a_create_whose_answer_is_lost_is_not_lost() {
    let fake = Fake::new();
    fake.once("CreateRole", |_| Answer::lost());
    fake.on("CreateRole", |_| exists("lost"));
    fake.on("GetRole", |_| role("GetRole", "lost", &now()));
    let made = RoleResource.create(&fake.context(), planned("lost"), planned("lost")).await;
    let made = made.unwrap();
    assert_eq!(made.id.text(), "lost");
    assert_eq!(made.arn.text(), "arn:aws:iam::123456789012:role/lost");
    assert_eq!(made.managed_policy_arns, Attr::Known(Set::default()));
}

#[tokio::test]
async fn a_role_of_others_is_not_taken_over() {
    let fake = Fake::new();
    fake.on("CreateRole", |_| exists("theirs"));
    fake.on("GetRole", |_| role("GetRole", "theirs", &DateTime::from_secs(1_700_000_000)));
    let made = RoleResource.create(&fake.context(), planned("theirs"), planned("theirs")).await;
    let error = made.unwrap_err().to_string();
    assert!(error.contains("creating IAM Role (theirs)"), "{error}");
    assert!(error.contains("EntityAlreadyExists"), "{error}");
}

#[tokio::test]
async fn principals_may_be_unknown_for_a_while() {
    let fake = Fake::new();
    fake.once("CreateRole", |_| {
        Answer::error(400, "MalformedPolicyDocument", "Invalid principal in policy: \"AWS\":\"x\"")
    });
    fake.on("CreateRole", |_| role("CreateRole", "later", &now()));
    let made = RoleResource.create(&fake.context(), planned("later"), planned("later")).await;
    assert_eq!(made.unwrap().unique_id.text(), "AROAlater");
    assert_eq!(fake.calls("CreateRole"), 2);
}

#[tokio::test]
async fn what_is_configured_is_put_into_the_role() {
    let fake = Fake::new();
    fake.on("CreateRole", |_| role("CreateRole", "full", &now()));
    fake.on("PutRolePolicy", |_| Answer::xml("<PutRolePolicyResponse/>"));
    fake.on("AttachRolePolicy", |_| Answer::xml("<AttachRolePolicyResponse/>"));
    let document = r#"{ "Statement": [] }"#;
    let policy = InlinePolicy {
        name: Attr::Known("p".to_owned()),
        policy: Attr::Known(document.to_owned()),
    };
    let arn = "arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned();
    let config = IamRole {
        inline_policy: Blocks::one(policy),
        managed_policy_arns: Attr::Known(vec![arn].into()),
        ..planned("full")
    };
    let made = RoleResource.create(&fake.context(), config.clone(), config.clone()).await.unwrap();
    assert_eq!(made.inline_policy, config.inline_policy);
    assert_eq!(made.managed_policy_arns, config.managed_policy_arns);
    let put = fake.requests_of("PutRolePolicy");
    assert_eq!(put[0].param("PolicyDocument"), Some(r#"{"Statement":[]}"#));
}

#[tokio::test]
async fn a_role_that_is_gone_is_gone() {
    let fake = Fake::new();
    fake.on("GetRole", |_| Answer::error(404, "NoSuchEntity", "no such role"));
    let state = IamRole { id: "gone".to_owned().into(), ..planned("gone") };
    assert_eq!(RoleResource.read(&fake.context(), state).await.unwrap(), None);
}

#[tokio::test]
async fn attachments_of_one_role_are_read_at_once() {
    let fake = Fake::new();
    fake.on("ListAttachedRolePolicies", |_| {
        Answer::xml(
            "<ListAttachedRolePoliciesResponse><ListAttachedRolePoliciesResult><AttachedPolicies>\
             <member><PolicyName>a</PolicyName><PolicyArn>arn:a</PolicyArn></member>\
             </AttachedPolicies></ListAttachedRolePoliciesResult></ListAttachedRolePoliciesResponse>",
        )
    });
    let cx = fake.context();
    let (a, b, c) = tokio::try_join!(
        policies::attached(&cx, "r"),
        policies::attached(&cx, "r"),
        policies::attached(&cx, "r"),
    )
    .unwrap();
    assert_eq!(a, Some(vec!["arn:a".to_owned()]));
    assert!(a == b && b == c);
    assert_eq!(fake.calls("ListAttachedRolePolicies"), 1);
}

#[tokio::test]
async fn a_role_is_deleted_when_iam_knows_that_it_has_no_policies() {
    let fake = Fake::new();
    fake.on("ListInstanceProfilesForRole", |_| {
        Answer::xml(
            "<ListInstanceProfilesForRoleResponse><ListInstanceProfilesForRoleResult>\
             <InstanceProfiles/></ListInstanceProfilesForRoleResult>\
             </ListInstanceProfilesForRoleResponse>",
        )
    });
    fake.once("DeleteRole", |_| {
        Answer::error(
            409,
            "DeleteConflict",
            "Cannot delete entity, must detach all policies first.",
        )
    });
    fake.on("DeleteRole", |_| Answer::xml("<DeleteRoleResponse/>"));
    let state = IamRole {
        id: "r".to_owned().into(),
        inline_policy: Blocks::none(),
        managed_policy_arns: Attr::Known(Set::default()),
        ..planned("r")
    };
    RoleResource.delete(&fake.context(), state).await.unwrap();
    assert_eq!(fake.calls("DeleteRole"), 2);
}
