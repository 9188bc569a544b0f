//! `aws_iam_policy`: a managed policy.
//!
//! A changed document becomes a new version, which is the default at once. IAM keeps five versions;
//! the oldest one goes to make room.

use std::collections::BTreeMap;

use aws_sdk_iam::types::{Policy, PolicyVersion};
use groma_aws_core::{
    Aws, Outcome as _, TagChange, checks, name_or_generated, normal_json, plan_tags,
    policy_to_record, prefix_of_name, record_tags, retry, same_policy, tagged, wanted_tags,
};
use groma_sdk::{Attr, Context, Diagnostics, Managed, Model, Planned, Problems, async_trait};

use crate::documents::managed_policy;
use crate::iam::{
    Began, JUST_CREATED, NAME_CHARACTERS, NO_SUCH_ENTITY, There, check_names, decoded,
    empty_answer, from_iam_tags, iam, iam_tags, in_names, is_concurrent, path,
};

/// How many versions of a policy IAM keeps.
const VERSIONS: usize = 5;

/// A managed policy.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct IamPolicy {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    /// How many users, groups and roles have the policy.
    #[attr(computed)]
    pub(crate) attachment_count: Attr<i64>,
    #[attr(optional, replace)]
    pub(crate) description: Attr<String>,
    #[attr(optional, computed, replace, check = checks::name(1, 128, NAME_CHARACTERS, in_names))]
    pub(crate) name: Attr<String>,
    #[attr(optional, computed, replace, check = checks::name(1, 102, NAME_CHARACTERS, in_names))]
    pub(crate) name_prefix: Attr<String>,
    #[attr(optional, replace, default = "/", check = path)]
    pub(crate) path: Attr<String>,
    /// The document.
    #[attr(required, same = same_policy, check = managed_policy)]
    pub(crate) policy: Attr<String>,
    #[attr(computed)]
    pub(crate) policy_id: Attr<String>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
}

tagged!(IamPolicy);

/// The type.
pub(crate) struct PolicyResource;

#[async_trait]
impl Managed<Aws> for PolicyResource {
    type Model = IamPolicy;

    fn name(&self) -> &'static str {
        "aws_iam_policy"
    }

    fn validate(&self, config: &IamPolicy, problems: &mut Problems) {
        check_names(&config.name, &config.name_prefix, problems);
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<IamPolicy>,
    ) -> Result<(), Diagnostics> {
        plan_tags(cx, change)?;
        let prior = change.prior.as_ref().map(|p| &p.policy);
        if prior != Some(&change.planned.policy)
            && let Some(document) = change.planned.policy.as_str()
        {
            change.planned.policy = normal_json(document).into();
        }
        Ok(())
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        config: IamPolicy,
        planned: IamPolicy,
    ) -> Result<IamPolicy, Diagnostics> {
        let (name, prefix) = (config.name.filled(), config.name_prefix.filled());
        let name = name_or_generated(cx, name, prefix, "terraform-");
        let generated = config.name.filled().is_none();
        let policy = create_policy(cx, &name, generated, &planned).await?;
        let mut state = planned;
        record(&policy, &mut state);
        cx.keep_model(&state);
        Ok(state)
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        mut state: IamPolicy,
    ) -> Result<Option<IamPolicy>, Diagnostics> {
        let Some((policy, document)) = find(cx, state.id.text()).await? else { return Ok(None) };
        record(&policy, &mut state);
        let known = state.policy.filled();
        state.policy = match policy_to_record(known, &document) {
            same if Some(same.as_str()) == known => same.into(),
            other => normal_json(&other).into(),
        };
        record_tags(cx.client(), &mut state, from_iam_tags(policy.tags()));
        Ok(Some(state))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: IamPolicy,
        _config: IamPolicy,
        planned: IamPolicy,
    ) -> Result<IamPolicy, Diagnostics> {
        let arn = prior.id.text();
        let (old, new) = (prior.policy.or_default(), planned.policy.or_default());
        if !same_policy(&old, &new) {
            make_room(cx, arn).await?;
            let request = iam(cx).create_policy_version().policy_arn(arn).set_as_default(true);
            let request = request.policy_document(normal_json(&new));
            request.send().await.during(format!("updating IAM Policy ({arn})"))?;
        }
        let change = TagChange::of(cx.client(), &prior, &planned);
        let what = format!("updating tags for IAM Policy ({arn})");
        if !change.remove.is_empty() {
            let request = iam(cx).untag_policy().policy_arn(arn).set_tag_keys(Some(change.remove));
            request.send().await.during(&what)?;
        }
        if let Some(tags) = iam_tags(&change.put) {
            let request = iam(cx).tag_policy().policy_arn(arn).set_tags(Some(tags));
            request.send().await.during(&what)?;
        }
        Ok(planned)
    }

    async fn import(&self, _cx: &Context<Aws>, id: &str) -> Result<Option<IamPolicy>, Diagnostics> {
        Ok(Some(IamPolicy {
            id: id.to_owned().into(),
            attachment_count: Attr::Known(0),
            description: Attr::of_text(None),
            name_prefix: Attr::of_text(None),
            ..IamPolicy::default()
        }))
    }

    async fn delete(&self, cx: &Context<Aws>, prior: IamPolicy) -> Result<(), Diagnostics> {
        let arn = prior.id.text();
        for version in versions(cx, arn).await?.unwrap_or_default() {
            if !version.is_default_version() {
                delete_version(cx, arn, &version).await?;
            }
        }
        let iam = iam(cx);
        let deleted = retry(
            cx,
            "the policy to be detached",
            JUST_CREATED,
            |e| e.is("DeleteConflict") || is_concurrent(e),
            || async { iam.delete_policy().policy_arn(arn).send().await.typed() },
        );
        match deleted.await {
            Err(e) if !e.is(NO_SUCH_ENTITY) => {
                Err(e.during(format!("deleting IAM Policy ({arn})")))
            }
            _ => Ok(()),
        }
    }
}

/// Creates the policy, or finds the one that an earlier try has created.
async fn create_policy(
    cx: &Context<Aws>,
    name: &str,
    generated: bool,
    planned: &IamPolicy,
) -> Result<Policy, Diagnostics> {
    let began = Began::now();
    let what = format!("creating IAM Policy ({name})");
    let iam = iam(cx);
    let wanted = wanted_tags(cx.client(), planned);
    let request = iam
        .create_policy()
        .policy_name(name)
        .policy_document(normal_json(planned.policy.text()))
        .set_path(planned.path.to_filled())
        .set_description(planned.description.to_filled())
        .set_tags(iam_tags(&wanted));
    let error = match request.send().await.typed() {
        Ok(answer) => {
            let policy = answer.policy.ok_or_else(|| empty_answer(&what))?;
            began.created(policy.policy_id().unwrap_or_default());
            return Ok(policy);
        }
        Err(e) => e,
    };
    if error.is("EntityAlreadyExists") {
        let account = cx.client().account_id().await?;
        let resource = format!("policy{}{name}", planned.path.filled().unwrap_or("/"));
        let arn = cx.client().arn_of("iam", "", account, &resource);
        let there = iam.get_policy().policy_arn(arn).send().await;
        if let Some(policy) = there.ok().and_then(|a| a.policy)
            && began.adopts(&There {
                id: policy.policy_id(),
                created: policy.create_date(),
                tags: from_iam_tags(policy.tags()),
                wanted: &wanted,
                generated,
            })
        {
            return Ok(policy);
        }
    }
    Err(error.during(what))
}

/// A policy and the document of its default version; `None` if it does not exist.
pub(crate) async fn find(
    cx: &Context<Aws>,
    arn: &str,
) -> Result<Option<(Policy, String)>, Diagnostics> {
    let what = format!("reading IAM Policy ({arn})");
    let iam = iam(cx);
    let answer = iam.get_policy().policy_arn(arn).send().await;
    let answer = answer.unless(&[NO_SUCH_ENTITY]).map_err(|e| e.during(&what))?;
    let Some(answer) = answer else { return Ok(None) };
    let policy = answer.policy.ok_or_else(|| empty_answer(&what))?;
    let version = policy.default_version_id().unwrap_or_default();
    let what = format!("reading IAM Policy ({arn}) version ({version})");
    let answer = iam.get_policy_version().policy_arn(arn).version_id(version).send().await;
    let answer = answer.unless(&[NO_SUCH_ENTITY]).map_err(|e| e.during(&what))?;
    let Some(answer) = answer else { return Ok(None) };
    let version = answer.policy_version.ok_or_else(|| empty_answer(&what))?;
    Ok(Some((policy, decoded(version.document().unwrap_or_default()))))
}

/// Records what IAM says of a policy, but for its document and its tags.
fn record(policy: &Policy, state: &mut IamPolicy) {
    let arn = policy.arn().unwrap_or_default().to_owned();
    let name = policy.policy_name().unwrap_or_default();
    state.id = arn.clone().into();
    state.arn = arn.into();
    state.attachment_count = Attr::Known(policy.attachment_count().unwrap_or_default().into());
    // The answer to a create lacks it.
    if policy.description().is_some() || state.description.is_null() {
        state.description = Attr::of_text(policy.description());
    }
    state.name = name.to_owned().into();
    state.name_prefix = Attr::of_text(prefix_of_name(name));
    state.path = Attr::of_text(policy.path());
    state.policy_id = Attr::of_text(policy.policy_id());
}

async fn versions(cx: &Context<Aws>, arn: &str) -> Result<Option<Vec<PolicyVersion>>, Diagnostics> {
    let mut versions = Vec::new();
    let mut items = iam(cx).list_policy_versions().policy_arn(arn).into_paginator().items().send();
    while let Some(version) = items.next().await {
        let what = format!("listing IAM Policy ({arn}) versions");
        let version = version.unless(&[NO_SUCH_ENTITY]).map_err(|e| e.during(what))?;
        let Some(version) = version else { return Ok(None) };
        versions.push(version);
    }
    Ok(Some(versions))
}

/// Deletes the oldest version if there is no room for another one.
async fn make_room(cx: &Context<Aws>, arn: &str) -> Result<(), Diagnostics> {
    let versions = versions(cx, arn).await?.unwrap_or_default();
    if versions.len() < VERSIONS {
        return Ok(());
    }
    let age = |v: &&PolicyVersion| v.create_date().map(|d| (d.secs(), d.subsec_nanos()));
    match versions.iter().filter(|v| !v.is_default_version()).min_by_key(age) {
        Some(oldest) => delete_version(cx, arn, oldest).await,
        None => Ok(()),
    }
}

async fn delete_version(
    cx: &Context<Aws>,
    arn: &str,
    version: &PolicyVersion,
) -> Result<(), Diagnostics> {
    let version = version.version_id().unwrap_or_default();
    let what = format!("deleting IAM Policy ({arn}) version ({version})");
    let deleted = iam(cx).delete_policy_version().policy_arn(arn).version_id(version).send().await;
    deleted.unless(&[NO_SUCH_ENTITY]).map(drop).map_err(|e| e.during(what))
}

#[cfg(test)]
mod tests {
    use groma_aws_core::testing::{Answer, Fake};

    use super::*;

    fn versions(count: usize) -> Answer {
        // The oldest one is the default, so that the one after it goes.
        let version = |i: usize| {
            format!(
                "<member><VersionId>v{i}</VersionId><IsDefaultVersion>{}</IsDefaultVersion>\
                 <CreateDate>2026-01-0{i}T00:00:00Z</CreateDate></member>",
                i == 1
            )
        };
        let versions: String = (1..=count).rev().map(version).collect();
        Answer::xml(format!(
            "<ListPolicyVersionsResponse><ListPolicyVersionsResult><Versions>{versions}</Versions>\
             <IsTruncated>false</IsTruncated></ListPolicyVersionsResult></ListPolicyVersionsResponse>"
        ))
    }

    fn policy(action: &str) -> IamPolicy {
        let document =
            format!(r#"{{"Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"*"}}]}}"#);
        let id = Attr::Known("arn:aws:iam::123456789012:policy/p".to_owned());
        IamPolicy { id, policy: document.into(), ..IamPolicy::default() }
    }

    #[tokio::test]
    async fn the_oldest_version_makes_room() {
        for (count, deleted) in [(4, None), (5, Some("v2"))] {
            let fake = Fake::new();
            fake.on("ListPolicyVersions", move |_| versions(count));
            fake.on("DeletePolicyVersion", |_| Answer::xml("<DeletePolicyVersionResponse/>"));
            fake.on("CreatePolicyVersion", |_| {
                Answer::xml("<CreatePolicyVersionResponse><CreatePolicyVersionResult/></CreatePolicyVersionResponse>")
            });
            let cx = fake.context();
            let planned = policy("a:C");
            PolicyResource.update(&cx, policy("a:B"), planned.clone(), planned).await.unwrap();
            let gone = fake.requests_of("DeletePolicyVersion");
            assert_eq!(gone.first().and_then(|r| r.param("VersionId")), deleted);
            let made = fake.requests_of("CreatePolicyVersion");
            assert_eq!(made[0].param("SetAsDefault"), Some("true"));
        }
    }

    #[tokio::test]
    async fn the_same_document_makes_no_version() {
        let fake = Fake::new();
        // The names of actions have no case.
        let planned = policy("A:b");
        PolicyResource
            .update(&fake.context(), policy("a:B"), planned.clone(), planned)
            .await
            .unwrap();
        assert!(fake.requests().is_empty());
    }
}
