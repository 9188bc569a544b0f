//! `aws_iam_role`: a role that services, users or other accounts may assume.
//!
//! Policies that others wrote into the role or attached to it are read into `inline_policy` and
//! `managed_policy_arns`, which are compared only if they are configured.

pub(crate) mod policies;

use std::collections::BTreeMap;

use aws_sdk_iam::types::Role;
use groma_aws_core::{
    Aws, Outcome as _, Progress, TagChange, checks, compact_json, moment, name_or_generated,
    normal_json, plan_tags, policy_to_record, prefix_of_name, record_tags, retry, same_policy,
    tagged, wait, wanted_tags,
};
use groma_sdk::model::checks::{each, length, range};
use groma_sdk::{
    Attr, Blocks, Context, Diagnostics, Managed, Model, Planned, Problems, Set, async_trait,
};

use crate::documents::{inline_policies, inline_policy, trust_policy};
use crate::iam::{
    Began, NAME_CHARACTERS, NO_SUCH_ENTITY, PROPAGATION, There, check_names, decoded, empty_answer,
    from_iam_tags, iam, iam_tags, in_names, is_concurrent, path,
};

/// A role that services, users or other accounts may assume.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct IamRole {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    /// Who may assume the role.
    #[attr(required, same = same_policy, check = trust_policy)]
    pub(crate) assume_role_policy: Attr<String>,
    #[attr(computed)]
    pub(crate) create_date: Attr<String>,
    #[attr(optional, check = length(0, 1000), check = without_curly_quotes)]
    pub(crate) description: Attr<String>,
    /// Whether policies that others attached or wrote into the role go with it.
    #[attr(optional, default = false)]
    pub(crate) force_detach_policies: Attr<bool>,
    /// The managed policies of the role, of which it shall have no others.
    #[attr(optional, computed, deprecated = "use attachments", check = each(checks::arn))]
    pub(crate) managed_policy_arns: Attr<Set<String>>,
    /// For how long the role may be assumed at a time, in seconds.
    #[attr(optional, default = 3600, check = range(3600, 43200))]
    pub(crate) max_session_duration: Attr<i64>,
    #[attr(optional, computed, replace, check = checks::name(1, 64, NAME_CHARACTERS, in_names))]
    pub(crate) name: Attr<String>,
    #[attr(optional, computed, replace, check = checks::name(1, 38, NAME_CHARACTERS, in_names))]
    pub(crate) name_prefix: Attr<String>,
    #[attr(optional, replace, default = "/", check = path)]
    pub(crate) path: Attr<String>,
    /// A policy that says what the role may be allowed at most.
    #[attr(optional, check = checks::arn)]
    pub(crate) permissions_boundary: Attr<String>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
    #[attr(computed)]
    pub(crate) unique_id: Attr<String>,
    /// The policies written into the role, of which it shall have no others.
    #[block(set, computed, deprecated = "use aws_iam_role_policy")]
    pub(crate) inline_policy: Blocks<InlinePolicy>,
}

/// A policy written into a role; one without a name stands for none at all.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct InlinePolicy {
    #[attr(optional, check = checks::name(1, 128, NAME_CHARACTERS, in_names))]
    pub(crate) name: Attr<String>,
    #[attr(optional, same = same_policy, check = inline_policy)]
    pub(crate) policy: Attr<String>,
}

tagged!(IamRole);

#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
fn without_curly_quotes(text: &String) -> Result<(), String> {
    match text.chars().find(|c| "“‘".contains(*c)) {
        None => Ok(()),
        Some(c) => Err(format!("IAM takes no typographic quotes in it, but there is {c:?}.")),
    }
}

/// The type.
pub(crate) struct RoleResource;

#[async_trait]
impl Managed<Aws> for RoleResource {
    type Model = IamRole;

    fn name(&self) -> &'static str {
        "aws_iam_role"
    }

    fn validate(&self, config: &IamRole, problems: &mut Problems) {
        check_names(&config.name, &config.name_prefix, problems);
        let inline = config.inline_policy.iter().filter_map(|p| p.policy.filled());
        problems.check("inline_policy", inline_policies(inline));
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<IamRole>,
    ) -> Result<(), Diagnostics> {
        plan_tags(cx, change)?;
        let prior = change.prior.as_ref().map(|p| &p.assume_role_policy);
        if prior != Some(&change.planned.assume_role_policy)
            && let Some(document) = change.planned.assume_role_policy.as_str()
        {
            change.planned.assume_role_policy = normal_json(document).into();
        }
        for policy in change.planned.inline_policy.iter_mut() {
            if let Some(document) = policy.policy.filled() {
                policy.policy = compact_json(document).into();
            }
        }
        if let Some(prior) = &change.prior
            && policies::same_inline(&prior.inline_policy, &change.planned.inline_policy)
        {
            change.planned.inline_policy = prior.inline_policy.clone();
        }
        Ok(())
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        config: IamRole,
        planned: IamRole,
    ) -> Result<IamRole, Diagnostics> {
        let (name, prefix) = (config.name.filled(), config.name_prefix.filled());
        let name = name_or_generated(cx, name, prefix, "terraform-");
        let generated = config.name.filled().is_none();
        let role = create_role(cx, &name, generated, &planned).await?;
        let (inline, managed) =
            (planned.inline_policy.clone(), planned.managed_policy_arns.clone());
        let mut state = planned;
        state.inline_policy = Blocks::none();
        state.managed_policy_arns = Attr::Known(Set::default());
        record(cx, &role, &mut state);
        cx.keep_model(&state);

        for policy in inline.iter() {
            policies::put_inline(cx, &name, policy).await?;
        }
        for arn in managed.or_default().0 {
            policies::attach(cx, &name, &arn).await?;
        }
        state.inline_policy = if inline.is_unknown() { Blocks::none() } else { inline };
        state.managed_policy_arns = managed.or(Set::default());
        Ok(state)
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        mut state: IamRole,
    ) -> Result<Option<IamRole>, Diagnostics> {
        let name = state.id.text().to_owned();
        let what = format!("reading IAM Role ({name})");
        let answer = iam(cx).get_role().role_name(&name).send().await;
        let Some(answer) = answer.unless(&[NO_SUCH_ENTITY]).map_err(|e| e.during(&what))? else {
            return Ok(None);
        };
        let role = answer.role.ok_or_else(|| empty_answer(&what))?;
        let role = with_arn(cx, role).await?;
        record(cx, &role, &mut state);
        let (inline, managed) =
            tokio::try_join!(policies::read_inline(cx, &name), policies::attached(cx, &name),)?;
        // It went while it was read.
        let (Some(inline), Some(managed)) = (inline, managed) else { return Ok(None) };
        if !policies::same_inline(&state.inline_policy, &inline) {
            state.inline_policy = inline;
        }
        state.managed_policy_arns = Attr::Known(managed.into());
        Ok(Some(state))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: IamRole,
        _config: IamRole,
        planned: IamRole,
    ) -> Result<IamRole, Diagnostics> {
        let name = prior.id.text().to_owned();
        update_settings(cx, &name, &prior, &planned).await?;
        if !planned.inline_policy.is_unknown() {
            policies::update_inline(cx, &name, &prior.inline_policy, &planned.inline_policy)
                .await?;
        }
        if let Attr::Known(managed) = &planned.managed_policy_arns {
            let before = prior.managed_policy_arns.or_default();
            policies::update_attached(cx, &name, &before.0, &managed.0).await?;
        }
        update_tags(cx, &name, &prior, &planned).await?;
        let mut state = planned;
        if state.inline_policy.is_unknown() {
            state.inline_policy = prior.inline_policy;
        }
        state.managed_policy_arns = state.managed_policy_arns.or(prior.managed_policy_arns);
        Ok(state)
    }

    async fn delete(&self, cx: &Context<Aws>, prior: IamRole) -> Result<(), Diagnostics> {
        policies::clear(cx, &prior).await?;
        let name = prior.id.text();
        let iam = iam(cx);
        let deleted = retry(
            cx,
            "the policies of the role to be gone",
            policies::DETACHED,
            |e| e.is("DeleteConflict") || is_concurrent(e),
            || async { iam.delete_role().role_name(name).send().await.typed() },
        );
        match deleted.await {
            Err(e) if !e.is(NO_SUCH_ENTITY) => Err(e.during(format!("deleting IAM Role ({name})"))),
            _ => Ok(()),
        }
    }

    async fn import(&self, _cx: &Context<Aws>, id: &str) -> Result<Option<IamRole>, Diagnostics> {
        let id = Attr::Known(id.to_owned());
        Ok(Some(IamRole {
            id,
            description: Attr::of_text(None),
            force_detach_policies: false.into(),
            name_prefix: Attr::of_text(None),
            permissions_boundary: Attr::of_text(None),
            ..IamRole::default()
        }))
    }
}

/// Creates the role, or finds the one that an earlier try has created.
async fn create_role(
    cx: &Context<Aws>,
    name: &str,
    generated: bool,
    planned: &IamRole,
) -> Result<Role, Diagnostics> {
    let began = Began::now();
    let what = format!("creating IAM Role ({name})");
    let iam = iam(cx);
    let wanted = wanted_tags(cx.client(), planned);
    let session = planned.max_session_duration.get().and_then(|s| i32::try_from(*s).ok());
    let request = iam
        .create_role()
        .role_name(name)
        .assume_role_policy_document(normal_json(planned.assume_role_policy.text()))
        .set_path(planned.path.to_filled())
        .set_description(planned.description.to_filled())
        .set_max_session_duration(session)
        .set_permissions_boundary(planned.permissions_boundary.to_filled())
        .set_tags(iam_tags(&wanted));
    let created = retry(
        cx,
        "the principals of the role to be known",
        PROPAGATION,
        |e| is_principal_unknown(e) || is_concurrent(e),
        || async { request.clone().send().await.typed() },
    );
    match created.await {
        Ok(answer) => {
            let role = answer.role.ok_or_else(|| empty_answer(&what))?;
            began.created(role.role_id());
            with_arn(cx, role).await
        }
        Err(e) if e.is("EntityAlreadyExists") => {
            let there = iam.get_role().role_name(name).send().await;
            let there = there.ok().and_then(|a| a.role);
            let ours = there.filter(|role| {
                began.adopts(&There {
                    id: Some(role.role_id()),
                    created: Some(role.create_date()),
                    tags: from_iam_tags(role.tags()),
                    wanted: &wanted,
                    generated,
                })
            });
            match ours {
                Some(role) => with_arn(cx, role).await,
                None => Err(e.during(&what)),
            }
        }
        Err(e) => Err(e.during(&what)),
    }
}

/// Whether a principal of the policy was created so short a time ago that IAM does not know it.
fn is_principal_unknown(error: &groma_aws_core::Error) -> bool {
    error.says("MalformedPolicyDocument", "Invalid principal in policy")
}

/// A role that was just created may be given a unique id for its ARN.
async fn with_arn(cx: &Context<Aws>, role: Role) -> Result<Role, Diagnostics> {
    if role.arn().starts_with("arn:") {
        return Ok(role);
    }
    let name = role.role_name().to_owned();
    let iam = iam(cx);
    wait(cx, format!("IAM Role ({name}) to have an ARN"), PROPAGATION, || async {
        let what = format!("reading IAM Role ({name})");
        let answer = iam.get_role().role_name(&name).send().await;
        Ok(
            match answer
                .unless(&[NO_SUCH_ENTITY])
                .map_err(|e| e.during(&what))?
                .and_then(|a| a.role)
            {
                Some(role) if role.arn().starts_with("arn:") => Progress::Ready(role),
                Some(role) => Progress::pending(role.arn()),
                None => Progress::pending("not found"),
            },
        )
    })
    .await
}

/// Records what IAM says of a role itself.
fn record(cx: &Context<Aws>, role: &Role, state: &mut IamRole) {
    let document = decoded(role.assume_role_policy_document().unwrap_or_default());
    let known = state.assume_role_policy.filled();
    let boundary = role.permissions_boundary().and_then(|b| b.permissions_boundary_arn());
    state.assume_role_policy = match policy_to_record(known, &document) {
        same if Some(same.as_str()) == known => same.into(),
        other => normal_json(&other).into(),
    };
    state.id = role.role_name().to_owned().into();
    state.arn = role.arn().to_owned().into();
    state.create_date = moment(Some(role.create_date()));
    state.description = Attr::of_text(role.description());
    state.max_session_duration =
        role.max_session_duration().map_or(Attr::Null, |s| Attr::Known(s.into()));
    state.name = role.role_name().to_owned().into();
    state.name_prefix = Attr::of_text(prefix_of_name(role.role_name()));
    state.path = role.path().to_owned().into();
    state.permissions_boundary = Attr::of_text(boundary);
    state.unique_id = role.role_id().to_owned().into();
    record_tags(cx.client(), state, from_iam_tags(role.tags()));
}

async fn update_settings(
    cx: &Context<Aws>,
    name: &str,
    prior: &IamRole,
    planned: &IamRole,
) -> Result<(), Diagnostics> {
    let iam = iam(cx);
    if !same_policy(
        &prior.assume_role_policy.text().to_owned(),
        &planned.assume_role_policy.text().to_owned(),
    ) {
        let request = iam
            .update_assume_role_policy()
            .role_name(name)
            .policy_document(normal_json(planned.assume_role_policy.text()));
        let updated = retry(
            cx,
            "the principals of the role to be known",
            PROPAGATION,
            |e| is_principal_unknown(e) || is_concurrent(e),
            || async { request.clone().send().await.typed() },
        );
        let what = format!("updating IAM Role ({name}) assume role policy");
        updated.await.map_err(|e| e.during(what))?;
    }
    if prior.description.text() != planned.description.text()
        || prior.max_session_duration != planned.max_session_duration
    {
        let session = planned.max_session_duration.get().and_then(|s| i32::try_from(*s).ok());
        let request = iam
            .update_role()
            .role_name(name)
            .description(planned.description.text())
            .set_max_session_duration(session);
        request.send().await.during(format!("updating IAM Role ({name})"))?;
    }
    if prior.permissions_boundary.text() != planned.permissions_boundary.text() {
        let what = format!("updating IAM Role ({name}) permissions boundary");
        match planned.permissions_boundary.filled() {
            Some(arn) => {
                let request = iam.put_role_permissions_boundary().role_name(name);
                request.permissions_boundary(arn).send().await.during(what)?;
            }
            None => {
                let request = iam.delete_role_permissions_boundary().role_name(name);
                request.send().await.unless(&[NO_SUCH_ENTITY]).map_err(|e| e.during(what))?;
            }
        }
    }
    Ok(())
}

async fn update_tags(
    cx: &Context<Aws>,
    name: &str,
    prior: &IamRole,
    planned: &IamRole,
) -> Result<(), Diagnostics> {
    let change = TagChange::of(cx.client(), prior, planned);
    let what = format!("updating tags for IAM Role ({name})");
    if !change.remove.is_empty() {
        let request = iam(cx).untag_role().role_name(name).set_tag_keys(Some(change.remove));
        request.send().await.during(&what)?;
    }
    if let Some(tags) = iam_tags(&change.put) {
        let request = iam(cx).tag_role().role_name(name).set_tags(Some(tags));
        request.send().await.during(&what)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
