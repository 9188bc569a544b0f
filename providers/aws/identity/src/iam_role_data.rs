//! `aws_iam_role`, the data source: a role by its name.

use std::collections::BTreeMap;

use groma_aws_core::{Aws, Outcome as _, moment};
use groma_sdk::{Attr, Context, Diagnostics, Lookup, Model, async_trait};

use crate::iam::{decoded, empty_answer, from_iam_tags, iam};

/// A role.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct IamRoleData {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(computed)]
    pub(crate) assume_role_policy: Attr<String>,
    #[attr(computed)]
    pub(crate) create_date: Attr<String>,
    #[attr(computed)]
    pub(crate) description: Attr<String>,
    #[attr(computed)]
    pub(crate) max_session_duration: Attr<i64>,
    #[attr(required)]
    pub(crate) name: Attr<String>,
    #[attr(computed)]
    pub(crate) path: Attr<String>,
    #[attr(computed)]
    pub(crate) permissions_boundary: Attr<String>,
    #[attr(computed)]
    pub(crate) role_last_used: Attr<Vec<RoleLastUsed>>,
    #[attr(optional, computed)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(computed)]
    pub(crate) unique_id: Attr<String>,
}

/// When and where a role was last used.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct RoleLastUsed {
    #[attr(computed)]
    pub(crate) last_used_date: Attr<String>,
    #[attr(computed)]
    pub(crate) region: Attr<String>,
}

/// The type.
pub(crate) struct RoleLookup;

#[async_trait]
impl Lookup<Aws> for RoleLookup {
    type Model = IamRoleData;

    fn name(&self) -> &'static str {
        "aws_iam_role"
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        config: IamRoleData,
    ) -> Result<IamRoleData, Diagnostics> {
        let name = config.name.text().to_owned();
        let what = format!("reading IAM Role ({name})");
        let answer = iam(cx).get_role().role_name(&name).send().await.during(&what)?;
        let role = answer.role.ok_or_else(|| empty_answer(&what))?;
        let boundary = role.permissions_boundary().and_then(|b| b.permissions_boundary_arn());
        let used = role.role_last_used().map(|used| RoleLastUsed {
            last_used_date: moment(used.last_used_date()).or(""),
            region: Attr::of_text(used.region()),
        });
        Ok(IamRoleData {
            id: name.into(),
            arn: role.arn().to_owned().into(),
            assume_role_policy: decoded(role.assume_role_policy_document().unwrap_or_default())
                .into(),
            create_date: moment(Some(role.create_date())),
            description: Attr::of_text(role.description()),
            max_session_duration: Attr::Known(
                role.max_session_duration().unwrap_or_default().into(),
            ),
            name: config.name,
            path: role.path().to_owned().into(),
            permissions_boundary: Attr::of_text(boundary),
            role_last_used: Attr::Known(used.into_iter().collect()),
            tags: Attr::Known(cx.client().tags().ours(from_iam_tags(role.tags()))),
            unique_id: role.role_id().to_owned().into(),
        })
    }
}
