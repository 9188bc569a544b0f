//! `aws_caller_identity`: who the credentials are of.

use groma_sdk::{Attr, Context, Diagnostics, Lookup, Model, async_trait};

use crate::Aws;

#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(super) struct CallerIdentity {
    #[attr(computed)]
    account_id: Attr<String>,
    #[attr(computed)]
    arn: Attr<String>,
    #[attr(optional, computed)]
    id: Attr<String>,
    #[attr(computed)]
    user_id: Attr<String>,
}

pub(super) struct CallerIdentityData;

#[async_trait]
impl Lookup<Aws> for CallerIdentityData {
    type Model = CallerIdentity;

    fn name(&self) -> &'static str {
        "aws_caller_identity"
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        _config: CallerIdentity,
    ) -> Result<CallerIdentity, Diagnostics> {
        let identity = cx.client().identity().await?;
        Ok(CallerIdentity {
            account_id: identity.account.clone().into(),
            arn: identity.arn.clone().into(),
            id: identity.account.clone().into(),
            user_id: identity.user.clone().into(),
        })
    }
}
