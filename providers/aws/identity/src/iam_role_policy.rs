//! `aws_iam_role_policy`: a policy written into a role.

use groma_aws_core::{
    Aws, Outcome as _, checks, compact_json, name_or_generated, plan_token, policy_to_record,
    prefix_of_name, retry, same_policy,
};
use groma_sdk::{
    Attr, Context, Diagnostic, Diagnostics, Managed, Model, Planned, Problems, async_trait,
};

use crate::documents::inline_policy;
use crate::iam::{
    JUST_CREATED, NAME_CHARACTERS, NO_SUCH_ENTITY, check_names, decoded, iam, in_names,
    is_concurrent,
};

/// A policy written into a role.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct IamRolePolicy {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(optional, computed, replace, check = checks::name(1, 128, NAME_CHARACTERS, in_names))]
    pub(crate) name: Attr<String>,
    #[attr(optional, computed, replace, check = checks::name(1, 102, NAME_CHARACTERS, in_names))]
    pub(crate) name_prefix: Attr<String>,
    /// The document.
    #[attr(required, same = same_policy, check = inline_policy)]
    pub(crate) policy: Attr<String>,
    /// The name of the role.
    #[attr(required, replace, check = checks::name(1, 128, NAME_CHARACTERS, in_names))]
    pub(crate) role: Attr<String>,
}

/// The type.
pub(crate) struct RolePolicyResource;

#[async_trait]
impl Managed<Aws> for RolePolicyResource {
    type Model = IamRolePolicy;

    fn name(&self) -> &'static str {
        "aws_iam_role_policy"
    }

    fn validate(&self, config: &IamRolePolicy, problems: &mut Problems) {
        check_names(&config.name, &config.name_prefix, problems);
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<IamRolePolicy>,
    ) -> Result<(), Diagnostics> {
        plan_token(cx, change.is_create());
        let prior = change.prior.as_ref().map(|p| &p.policy);
        if prior != Some(&change.planned.policy)
            && let Some(document) = change.planned.policy.as_str()
        {
            change.planned.policy = compact_json(document).into();
        }
        Ok(())
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        config: IamRolePolicy,
        planned: IamRolePolicy,
    ) -> Result<IamRolePolicy, Diagnostics> {
        let (name, prefix) = (config.name.filled(), config.name_prefix.filled());
        let name = name_or_generated(cx, name, prefix, "terraform-");
        // To put a policy twice is to put it once: a repeated create needs no token.
        put(cx, planned.role.text(), &name, planned.policy.text()).await?;
        let mut state = planned;
        state.id = format!("{}:{name}", state.role.text()).into();
        state.name_prefix = Attr::of_text(prefix_of_name(&name));
        state.name = name.into();
        cx.keep_model(&state);
        Ok(state)
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        mut state: IamRolePolicy,
    ) -> Result<Option<IamRolePolicy>, Diagnostics> {
        let (role, name) = parts(state.id.text())?;
        let (role, name) = (role.to_owned(), name.to_owned());
        let answer = iam(cx).get_role_policy().role_name(&role).policy_name(&name).send().await;
        let what = format!("reading IAM Role Policy ({role}:{name})");
        let answer = answer.unless(&[NO_SUCH_ENTITY]).map_err(|e| e.during(what))?;
        let Some(answer) = answer else { return Ok(None) };
        let document = decoded(answer.policy_document());
        let known = state.policy.filled();
        state.policy = match policy_to_record(known, &document) {
            same if Some(same.as_str()) == known => same.into(),
            other => compact_json(&other).into(),
        };
        state.name_prefix = Attr::of_text(prefix_of_name(&name));
        state.name = name.into();
        state.role = role.into();
        Ok(Some(state))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: IamRolePolicy,
        _config: IamRolePolicy,
        planned: IamRolePolicy,
    ) -> Result<IamRolePolicy, Diagnostics> {
        let (role, name) = parts(prior.id.text())?;
        put(cx, role, name, planned.policy.text()).await?;
        Ok(planned)
    }

    async fn delete(&self, cx: &Context<Aws>, prior: IamRolePolicy) -> Result<(), Diagnostics> {
        let (role, name) = parts(prior.id.text())?;
        let iam = iam(cx);
        let deleted =
            retry(cx, "other changes of the role to end", JUST_CREATED, is_concurrent, || async {
                iam.delete_role_policy().role_name(role).policy_name(name).send().await.typed()
            });
        match deleted.await {
            Err(e) if !e.is(NO_SUCH_ENTITY) => {
                Err(e.during(format!("deleting IAM Role Policy ({role}:{name})")))
            }
            _ => Ok(()),
        }
    }
}

async fn put(cx: &Context<Aws>, role: &str, name: &str, policy: &str) -> Result<(), Diagnostics> {
    let request = iam(cx).put_role_policy().role_name(role).policy_name(name);
    let request = request.policy_document(compact_json(policy));
    let put = retry(
        cx,
        "the role to be known",
        JUST_CREATED,
        |e| e.is(NO_SUCH_ENTITY) || is_concurrent(e),
        || async { request.clone().send().await.typed() },
    );
    let what = format!("putting IAM Role ({role}) Policy ({name})");
    put.await.map(drop).map_err(|e| e.during(what))
}

/// The names of role and policy from an id.
fn parts(id: &str) -> Result<(&str, &str), Diagnostics> {
    match id.split_once(':') {
        Some((role, name)) if !role.is_empty() && !name.is_empty() => Ok((role, name)),
        _ => Err(Diagnostic::error(
            "Unexpected format of ID",
            format!("The ID {id:?} is not of the form \"role name:policy name\"."),
        )
        .into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_role_and_name() {
        assert_eq!(parts("r:p").unwrap(), ("r", "p"));
        assert_eq!(parts("r:p:q").unwrap(), ("r", "p:q"));
        for id in ["", "r", "r:", ":p"] {
            assert!(parts(id).is_err(), "{id}");
        }
    }
}
