//! `aws_iam_policy`, the data source: a managed policy by its ARN, or by name and path.

use std::collections::BTreeMap;

use groma_aws_core::{Aws, Outcome as _, checks};
use groma_sdk::{Attr, Context, Diagnostic, Diagnostics, Lookup, Model, Problems, async_trait};

use crate::iam::{from_iam_tags, iam};
use crate::iam_policy;

/// A managed policy.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct IamPolicyData {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(optional, computed, check = checks::arn)]
    pub(crate) arn: Attr<String>,
    #[attr(computed)]
    pub(crate) attachment_count: Attr<i64>,
    #[attr(computed)]
    pub(crate) description: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) name: Attr<String>,
    #[attr(computed)]
    pub(crate) path: Attr<String>,
    #[attr(optional)]
    pub(crate) path_prefix: Attr<String>,
    #[attr(computed)]
    pub(crate) policy: Attr<String>,
    #[attr(computed)]
    pub(crate) policy_id: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
}

/// The type.
pub(crate) struct PolicyLookup;

#[async_trait]
impl Lookup<Aws> for PolicyLookup {
    type Model = IamPolicyData;

    fn name(&self) -> &'static str {
        "aws_iam_policy"
    }

    fn validate(&self, config: &IamPolicyData, problems: &mut Problems) {
        let arn = ("arn", !config.arn.is_null());
        problems.conflict(arn, ("name", !config.name.is_null()));
        problems.conflict(arn, ("path_prefix", !config.path_prefix.is_null()));
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        config: IamPolicyData,
    ) -> Result<IamPolicyData, Diagnostics> {
        let arn = match config.arn.to_filled() {
            Some(arn) => arn,
            None => by_name(cx, &config).await?,
        };
        let Some((policy, document)) = iam_policy::find(cx, &arn).await? else {
            let detail = format!("There is no policy {arn:?}.");
            return Err(Diagnostic::error("reading IAM Policy: empty result", detail).into());
        };
        Ok(IamPolicyData {
            id: arn.clone().into(),
            arn: arn.into(),
            attachment_count: Attr::Known(policy.attachment_count().unwrap_or_default().into()),
            description: Attr::of_text(policy.description()),
            name: Attr::of_text(policy.policy_name()),
            path: Attr::of_text(policy.path()),
            path_prefix: config.path_prefix,
            policy: document.into(),
            policy_id: Attr::of_text(policy.policy_id()),
            tags: Attr::Known(cx.client().tags().ours(from_iam_tags(policy.tags()))),
        })
    }
}

/// The ARN of the one policy of a name below a path.
async fn by_name(cx: &Context<Aws>, config: &IamPolicyData) -> Result<String, Diagnostics> {
    let request = iam(cx).list_policies().set_path_prefix(config.path_prefix.to_filled());
    let mut policies = request.into_paginator().items().send();
    let mut found: Option<String> = None;
    while let Some(policy) = policies.next().await {
        let policy = policy.during("listing IAM Policies")?;
        if config.name.filled().is_none_or(|name| policy.policy_name() == Some(name)) {
            let another = policy.arn().unwrap_or_default().to_owned();
            if let Some(first) = found.replace(another.clone()) {
                let detail = format!(
                    "More than one policy matches, {first:?} and {another:?} among them. Set \
                     \"arn\", or \"name\" and a \"path_prefix\" that only one of them has."
                );
                return Err(Diagnostic::error("multiple IAM Policies matched", detail).into());
            }
        }
    }
    found.ok_or_else(|| {
        Diagnostic::error(
            "no matching IAM Policy found",
            "No policy has the name and the path that are set. Policies of AWS itself are searched, \
             too.",
        )
        .into()
    })
}
