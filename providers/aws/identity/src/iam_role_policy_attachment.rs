//! `aws_iam_role_policy_attachment`: ties a managed policy to a role.
//!
//! Its id is made from the role's name and the time, and means nothing; role and policy say what
//! there is.

use groma_aws_core::{Aws, checks, generated_name, plan_token};
use groma_sdk::{Attr, Context, Diagnostic, Diagnostics, Managed, Model, Planned, async_trait};

use crate::iam::{NAME_CHARACTERS, in_names};
use crate::iam_role::policies::{attach, attached, detach};

/// Ties a managed policy to a role.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct IamRolePolicyAttachment {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(required, replace, check = checks::arn)]
    pub(crate) policy_arn: Attr<String>,
    /// The name of the role.
    #[attr(required, replace, check = checks::name(1, 64, NAME_CHARACTERS, in_names))]
    pub(crate) role: Attr<String>,
}

/// The type.
pub(crate) struct RolePolicyAttachmentResource;

#[async_trait]
impl Managed<Aws> for RolePolicyAttachmentResource {
    type Model = IamRolePolicyAttachment;

    fn name(&self) -> &'static str {
        "aws_iam_role_policy_attachment"
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<IamRolePolicyAttachment>,
    ) -> Result<(), Diagnostics> {
        plan_token(cx, change.is_create());
        Ok(())
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: IamRolePolicyAttachment,
        planned: IamRolePolicyAttachment,
    ) -> Result<IamRolePolicyAttachment, Diagnostics> {
        attach(cx, planned.role.text(), planned.policy_arn.text()).await?;
        let mut state = planned;
        state.id = generated_name(cx, &format!("{}-", state.role.text())).into();
        cx.keep_model(&state);
        Ok(state)
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        state: IamRolePolicyAttachment,
    ) -> Result<Option<IamRolePolicyAttachment>, Diagnostics> {
        let there = attached(cx, state.role.text()).await?.unwrap_or_default();
        Ok(there.iter().any(|arn| arn == state.policy_arn.text()).then_some(state))
    }

    async fn update(
        &self,
        _cx: &Context<Aws>,
        _prior: IamRolePolicyAttachment,
        _config: IamRolePolicyAttachment,
        planned: IamRolePolicyAttachment,
    ) -> Result<IamRolePolicyAttachment, Diagnostics> {
        // Nothing of it can change in place.
        Ok(planned)
    }

    async fn delete(
        &self,
        cx: &Context<Aws>,
        prior: IamRolePolicyAttachment,
    ) -> Result<(), Diagnostics> {
        detach(cx, prior.role.text(), prior.policy_arn.text()).await
    }

    async fn import(
        &self,
        _cx: &Context<Aws>,
        id: &str,
    ) -> Result<Option<IamRolePolicyAttachment>, Diagnostics> {
        match id.split_once('/') {
            Some((role, arn)) if !role.is_empty() && !arn.is_empty() => {
                Ok(Some(IamRolePolicyAttachment {
                    id: format!("{role}-{arn}").into(),
                    policy_arn: arn.to_owned().into(),
                    role: role.to_owned().into(),
                }))
            }
            _ => Err(Diagnostic::error(
                "Unexpected format of ID",
                format!("The ID {id:?} is not of the form \"role name/ARN of the policy\"."),
            )
            .into()),
        }
    }
}
