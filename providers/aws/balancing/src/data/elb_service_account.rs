//! `aws_elb_service_account`, the data source: the account from which load balancers write their logs.

use groma_aws_core::Aws;
use groma_sdk::{Attr, Context, Diagnostic, Diagnostics, Lookup, Model, async_trait};

/// The account from which load balancers of a region write their access logs.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct ElbServiceAccountData {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(optional)]
    pub(crate) region: Attr<String>,
}

/// The data source.
pub(crate) struct ElbServiceAccount;

/// Regions that came later have a service in place of an account.
const ACCOUNTS: &[(&str, &str)] = &[
    ("af-south-1", "098369216593"),
    ("ap-east-1", "754344448648"),
    ("ap-northeast-1", "582318560864"),
    ("ap-northeast-2", "600734575887"),
    ("ap-northeast-3", "383597477331"),
    ("ap-south-1", "718504428378"),
    ("ap-southeast-1", "114774131450"),
    ("ap-southeast-2", "783225319266"),
    ("ap-southeast-3", "589379963580"),
    ("ca-central-1", "985666609251"),
    ("cn-north-1", "638102146993"),
    ("cn-northwest-1", "037604701340"),
    ("eu-central-1", "054676820928"),
    ("eu-north-1", "897822967062"),
    ("eu-south-1", "635631232127"),
    ("eu-west-1", "156460612806"),
    ("eu-west-2", "652711504416"),
    ("eu-west-3", "009996457667"),
    ("me-south-1", "076674570225"),
    ("sa-east-1", "507241528517"),
    ("us-east-1", "127311923021"),
    ("us-east-2", "033677994240"),
    ("us-gov-east-1", "190560391635"),
    ("us-gov-west-1", "048591011584"),
    ("us-west-1", "027434742980"),
    ("us-west-2", "797873946194"),
];

#[async_trait]
impl Lookup<Aws> for ElbServiceAccount {
    type Model = ElbServiceAccountData;

    fn name(&self) -> &'static str {
        "aws_elb_service_account"
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        config: ElbServiceAccountData,
    ) -> Result<ElbServiceAccountData, Diagnostics> {
        let aws = cx.client();
        let region = config.region.filled().unwrap_or(aws.region());
        let account = ACCOUNTS.iter().find(|(name, _)| *name == region).map(|(_, id)| *id);
        let account = account.ok_or_else(|| {
            Diagnostic::error(
                format!("unsupported ELB Service Account Region ({region})"),
                "Load balancers of this region write their logs as the service \
                 \"logdelivery.elasticloadbalancing.amazonaws.com\". Allow that in the bucket's \
                 policy, instead of an account.",
            )
        })?;
        Ok(ElbServiceAccountData {
            id: account.into(),
            arn: aws.arn_of("iam", "", account, "root").into(),
            region: config.region,
        })
    }
}

#[cfg(test)]
mod tests {
    use groma_aws_core::testing::Fake;

    use super::*;

    #[tokio::test]
    async fn regions_have_accounts() {
        let cx = Fake::new().context();
        let found = ElbServiceAccount.read(&cx, ElbServiceAccountData::default()).await;
        let arn = found.ok().and_then(|f| f.arn.into_option());
        assert_eq!(arn.as_deref(), Some("arn:aws:iam::127311923021:root"));
        let later = ElbServiceAccountData { region: "mx-central-1".into(), ..Default::default() };
        assert!(ElbServiceAccount.read(&cx, later).await.is_err());
    }
}
