//! The policies of a role: those written into it, and those attached to it.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use groma_aws_core::{Aws, Error, Loader, Outcome as _, compact_json, retry, same_policy};
use groma_sdk::{Blocks, Context, Diagnostics};

use super::{IamRole, InlinePolicy};
use crate::iam::{JUST_CREATED, NO_SUCH_ENTITY, decoded, iam, is_concurrent};

/// How long IAM may need to notice that policies were detached.
pub(super) const DETACHED: Duration = Duration::from_secs(30);

/// Whether inline policies mean the same. One without name and document stands for none.
pub(super) fn same_inline(a: &Blocks<InlinePolicy>, b: &Blocks<InlinePolicy>) -> bool {
    if a.is_unknown() || b.is_unknown() {
        return a.is_unknown() && b.is_unknown();
    }
    match (by_name(a), by_name(b)) {
        (Some(a), Some(b)) => {
            a.len() == b.len()
                && a.iter().all(|(name, document)| {
                    b.get(name).is_some_and(|other| same_policy(document, other))
                })
        }
        _ => false,
    }
}

/// The documents by name; `None` if not all is known.
fn by_name(blocks: &Blocks<InlinePolicy>) -> Option<BTreeMap<&str, &String>> {
    let mut documents = BTreeMap::new();
    for block in blocks.iter() {
        if block.name.is_unknown() || block.policy.is_unknown() {
            return None;
        }
        if let (Some(name), Some(document)) = (block.name.filled(), block.policy.get())
            && !document.is_empty()
        {
            documents.insert(name, document);
        }
    }
    Some(documents)
}

/// Writes a policy into a role.
pub(super) async fn put_inline(
    cx: &Context<Aws>,
    role: &str,
    policy: &InlinePolicy,
) -> Result<(), Diagnostics> {
    let (Some(name), Some(document)) = (policy.name.filled(), policy.policy.filled()) else {
        return Ok(());
    };
    let request = iam(cx).put_role_policy().role_name(role).policy_name(name);
    let request = request.policy_document(compact_json(document));
    let put = retry(
        cx,
        "the role to be known",
        JUST_CREATED,
        |e| e.is(NO_SUCH_ENTITY) || is_concurrent(e),
        || async { request.clone().send().await.typed() },
    );
    let what = format!("creating IAM Role ({role}) inline policy ({name})");
    put.await.map(drop).map_err(|e| e.during(what))
}

/// Attaches a managed policy to a role.
pub(crate) async fn attach(cx: &Context<Aws>, role: &str, arn: &str) -> Result<(), Diagnostics> {
    let request = iam(cx).attach_role_policy().role_name(role).policy_arn(arn);
    let attached = retry(
        cx,
        "role and policy to be known",
        JUST_CREATED,
        |e| e.is(NO_SUCH_ENTITY) || is_concurrent(e),
        || async { request.clone().send().await.typed() },
    );
    let what = format!("attaching IAM Policy ({arn}) to IAM Role ({role})");
    attached.await.map(drop).map_err(|e| e.during(what))
}

/// Detaches a managed policy from a role.
pub(crate) async fn detach(cx: &Context<Aws>, role: &str, arn: &str) -> Result<(), Diagnostics> {
    let request = iam(cx).detach_role_policy().role_name(role).policy_arn(arn);
    let detached =
        retry(cx, "other changes of the role to end", JUST_CREATED, is_concurrent, || async {
            request.clone().send().await.typed()
        });
    match detached.await {
        Err(e) if !e.is(NO_SUCH_ENTITY) => {
            Err(e.during(format!("detaching IAM Policy ({arn}) from IAM Role ({role})")))
        }
        _ => Ok(()),
    }
}

async fn delete_inline(cx: &Context<Aws>, role: &str, name: &str) -> Result<(), Diagnostics> {
    let request = iam(cx).delete_role_policy().role_name(role).policy_name(name);
    let what = format!("deleting IAM Role ({role}) inline policy ({name})");
    request.send().await.unless(&[NO_SUCH_ENTITY]).map(drop).map_err(|e| e.during(what))
}

/// Brings the inline policies from one form to another.
pub(super) async fn update_inline(
    cx: &Context<Aws>,
    role: &str,
    before: &Blocks<InlinePolicy>,
    after: &Blocks<InlinePolicy>,
) -> Result<(), Diagnostics> {
    let (Some(old), Some(new)) = (by_name(before), by_name(after)) else { return Ok(()) };
    for name in old.keys().filter(|name| !new.contains_key(*name)) {
        delete_inline(cx, role, name).await?;
    }
    for policy in after.iter() {
        let Some(name) = policy.name.filled() else { continue };
        let document = policy.policy.or_default();
        if !old.get(name).is_some_and(|known| same_policy(known, &document)) {
            put_inline(cx, role, policy).await?;
        }
    }
    Ok(())
}

/// Brings the attached policies from one set to another.
pub(super) async fn update_attached(
    cx: &Context<Aws>,
    role: &str,
    before: &[String],
    after: &[String],
) -> Result<(), Diagnostics> {
    for arn in before.iter().filter(|arn| !after.contains(arn)) {
        detach(cx, role, arn).await?;
    }
    for arn in after.iter().filter(|arn| !before.contains(arn)) {
        attach(cx, role, arn).await?;
    }
    Ok(())
}

/// The policies written into a role; `None` if the role is gone.
pub(super) async fn read_inline(
    cx: &Context<Aws>,
    role: &str,
) -> Result<Option<Blocks<InlinePolicy>>, Diagnostics> {
    let Some(names) = inline_names(cx, role).await? else { return Ok(None) };
    let mut blocks = Blocks::none();
    for name in names {
        let request = iam(cx).get_role_policy().role_name(role).policy_name(&name);
        let what = format!("reading IAM Role ({role}) inline policy ({name})");
        let answer = request.send().await.unless(&[NO_SUCH_ENTITY]).map_err(|e| e.during(what))?;
        let Some(answer) = answer else { continue };
        let document = compact_json(&decoded(answer.policy_document()));
        blocks.push(InlinePolicy { name: name.into(), policy: document.into() });
    }
    Ok(Some(blocks))
}

async fn inline_names(cx: &Context<Aws>, role: &str) -> Result<Option<Vec<String>>, Diagnostics> {
    let mut names = Vec::new();
    let mut pages = iam(cx).list_role_policies().role_name(role).into_paginator().send();
    while let Some(page) = pages.next().await {
        let what = format!("listing IAM Role ({role}) inline policies");
        let page = page.unless(&[NO_SUCH_ENTITY]).map_err(|e| e.during(what))?;
        let Some(page) = page else { return Ok(None) };
        names.extend(page.policy_names);
    }
    Ok(Some(names))
}

/// The managed policies attached to a role; `None` if the role is gone. Reads of one role that
/// arrive together become one.
pub(crate) async fn attached(
    cx: &Context<Aws>,
    role: &str,
) -> Result<Option<Vec<String>>, Diagnostics> {
    let what = format!("listing IAM Role ({role}) attached policies");
    attachments(cx).load(role.to_owned()).await.map_err(|e| e.during(what))
}

fn attachments(cx: &Context<Aws>) -> Loader<String, Vec<String>> {
    let iam = iam(cx);
    // IAM takes one role at a time; what is gained is that of many attachments to one role.
    cx.client().loader("iam:attachments", 1, move |roles: Vec<String>| {
        let iam = iam.clone();
        async move {
            let mut found = HashMap::new();
            for role in roles {
                match attached_to(&iam, &role).await {
                    Ok(arns) => {
                        found.insert(role, arns);
                    }
                    Err(e) if e.is(NO_SUCH_ENTITY) => {}
                    Err(e) => return Err(e),
                }
            }
            Ok(found)
        }
    })
}

async fn attached_to(iam: &aws_sdk_iam::Client, role: &str) -> Result<Vec<String>, Error> {
    let pages = iam.list_attached_role_policies().role_name(role).into_paginator();
    let mut items = pages.items().send();
    let mut arns = Vec::new();
    while let Some(policy) = items.next().await {
        arns.extend(policy.typed()?.policy_arn().map(str::to_owned));
    }
    Ok(arns)
}

/// Removes from a role, before it is deleted, what IAM would not delete it with.
pub(super) async fn clear(cx: &Context<Aws>, prior: &IamRole) -> Result<(), Diagnostics> {
    let role = prior.id.text();
    let force = prior.force_detach_policies.is_true();
    leave_profiles(cx, role).await?;
    if force || prior.managed_policy_arns.get().is_some_and(|arns| !arns.0.is_empty()) {
        for arn in attached(cx, role).await?.unwrap_or_default() {
            detach(cx, role, &arn).await?;
        }
    }
    if force || !prior.inline_policy.is_empty() {
        for name in inline_names(cx, role).await?.unwrap_or_default() {
            delete_inline(cx, role, &name).await?;
        }
    }
    Ok(())
}

async fn leave_profiles(cx: &Context<Aws>, role: &str) -> Result<(), Diagnostics> {
    let iam = iam(cx);
    let pages = iam.list_instance_profiles_for_role().role_name(role).into_paginator();
    let mut profiles = pages.items().send();
    while let Some(profile) = profiles.next().await {
        let what = format!("listing instance profiles of IAM Role ({role})");
        let profile = profile.unless(&[NO_SUCH_ENTITY]).map_err(|e| e.during(what))?;
        let Some(profile) = profile else { break };
        let name = profile.instance_profile_name();
        let what = format!("removing IAM Role ({role}) from IAM Instance Profile ({name})");
        let request = iam.remove_role_from_instance_profile().role_name(role);
        let removed = request.instance_profile_name(name).send().await;
        removed.unless(&[NO_SUCH_ENTITY]).map_err(|e| e.during(what))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use groma_sdk::Attr;

    use super::*;

    fn inline(policies: &[(&str, &str)]) -> Blocks<InlinePolicy> {
        let of = |(name, policy): &(&str, &str)| InlinePolicy {
            name: Attr::Known((*name).to_owned()),
            policy: Attr::Known((*policy).to_owned()),
        };
        policies.iter().map(of).collect()
    }

    const A: &str = r#"{"Statement":[{"Effect":"Allow","Action":"a:B","Resource":"*"}]}"#;
    const SAME: &str = r#"{"Statement":{"Resource":["*"],"Effect":"Allow","Action":["a:B"]}}"#;
    const OTHER: &str = r#"{"Statement":[{"Effect":"Deny","Action":"a:B","Resource":"*"}]}"#;

    #[test]
    fn inline_policies_are_compared_by_meaning() {
        assert!(same_inline(&inline(&[("a", A), ("b", A)]), &inline(&[("b", SAME), ("a", A)])));
        assert!(!same_inline(&inline(&[("a", A)]), &inline(&[("a", OTHER)])));
        assert!(!same_inline(&inline(&[("a", A)]), &inline(&[("b", A)])));
        assert!(!same_inline(&inline(&[("a", A)]), &Blocks::none()));
    }

    #[test]
    fn an_empty_block_is_no_policy() {
        let empty = Blocks::one(InlinePolicy::default());
        assert!(same_inline(&empty, &Blocks::none()));
        assert!(!same_inline(&empty, &Blocks::unknown()));
        assert!(same_inline(&Blocks::unknown(), &Blocks::unknown()));
    }
}
