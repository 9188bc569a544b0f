//! The client that operations work with.

use std::any::{Any, TypeId};
use std::collections::{BTreeMap, HashMap};
use std::fmt::{self, Debug};
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use aws_types::SdkConfig;
use aws_types::origin::Origin;
use aws_types::region::Region;
use groma_sdk::{Diagnostic, Diagnostics};
use tokio::sync::OnceCell;

use crate::loader::{Changes, Loaders};
use crate::{Arn, Loader, Outcome as _, Partition, TagPolicy, endpoints};

/// What operations work with: one for each configuration of the provider. Cheap to clone.
#[derive(Clone)]
pub struct Aws(Arc<Inner>);

/// What an [`Aws`] is made of.
pub(crate) struct Parts {
    pub(crate) sdk: SdkConfig,
    pub(crate) region: String,
    pub(crate) sts_region: Option<String>,
    /// By the name of the service.
    pub(crate) endpoints: BTreeMap<&'static str, String>,
    pub(crate) tags: TagPolicy,
    pub(crate) path_style: bool,
    pub(crate) s3_global_in_us_east_1: bool,
    pub(crate) retry_tokens: Option<usize>,
    pub(crate) request_account: bool,
    pub(crate) changes: Changes,
}

struct Inner {
    parts: Parts,
    partition: &'static Partition,
    identity: OnceCell<Identity>,
    clients: Mutex<HashMap<ClientKey, Arc<dyn Any + Send + Sync>>>,
    loaders: Loaders,
}

/// A client's type, its region and its service.
type ClientKey = (TypeId, String, String);

/// Who the credentials are of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) account: String,
    pub(crate) arn: String,
    pub(crate) user: String,
}

impl Debug for Aws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Aws").field("region", &self.0.parts.region).finish_non_exhaustive()
    }
}

impl Aws {
    pub(crate) fn new(parts: Parts) -> Aws {
        let partition = Partition::of_region(&parts.region);
        Aws(Arc::new(Inner {
            parts,
            partition,
            identity: OnceCell::new(),
            clients: Mutex::default(),
            loaders: Loaders::default(),
        }))
    }

    #[cfg(test)]
    pub(crate) fn for_tests(tags: TagPolicy) -> Aws {
        crate::testing::Fake::new().aws_with(tags)
    }

    /// The region of the provider's configuration.
    pub fn region(&self) -> &str {
        &self.0.parts.region
    }

    /// The partition of the region.
    pub fn partition(&self) -> &'static Partition {
        self.0.partition
    }

    /// The tags that the provider adds, and those that it leaves alone.
    pub fn tags(&self) -> &TagPolicy {
        &self.0.parts.tags
    }

    /// Whether buckets are named in the paths of S3's URLs instead of in their hosts.
    pub fn s3_path_style(&self) -> bool {
        self.0.parts.path_style
    }

    /// Whether S3 is to be asked at its global endpoint instead of that of us-east-1.
    pub fn s3_global_in_us_east_1(&self) -> bool {
        self.0.parts.s3_global_in_us_east_1
    }

    /// How many tokens the bucket has from which retries are paid. See [`client!`](crate::client).
    pub fn retry_tokens(&self) -> usize {
        // Whoever waits for a resource wants it, however many retries others needed.
        const PLENTY: usize = 500_000;
        self.0.parts.retry_tokens.unwrap_or(PLENTY)
    }

    /// The account of the credentials, asked for once; empty if the configuration says that it must
    /// not be asked for.
    pub async fn account_id(&self) -> Result<&str, Diagnostics> {
        if !self.0.parts.request_account {
            return Ok("");
        }
        Ok(&self.identity().await?.account)
    }

    /// The name of an object of ours in the provider's region.
    pub async fn arn(&self, service: &str, resource: &str) -> Result<String, Diagnostics> {
        let account = self.account_id().await?;
        Ok(self.arn_of(service, self.region(), account, resource))
    }

    /// The name of an object in our partition.
    pub fn arn_of(&self, service: &str, region: &str, account: &str, resource: &str) -> String {
        let arn = Arn {
            partition: self.0.partition.id.to_owned(),
            service: service.to_owned(),
            region: region.to_owned(),
            account: account.to_owned(),
            resource: resource.to_owned(),
        };
        arn.to_string()
    }

    /// Who the credentials are of, asked for once.
    pub(crate) async fn identity(&self) -> Result<&Identity, Diagnostics> {
        self.0.identity.get_or_try_init(|| self.ask_identity()).await
    }

    async fn ask_identity(&self) -> Result<Identity, Diagnostics> {
        let answer = self.sts().get_caller_identity().send().await.typed();
        let answer =
            answer.map_err(|e| match e.is_unsent() && e.message().contains("credential") {
                true => e.during("No valid credential sources found"),
                false => {
                    e.during("Retrieving AWS account details: validating provider credentials")
                }
            })?;
        let account = answer.account().unwrap_or_default().to_owned();
        if account.is_empty() {
            return Err(Diagnostic::error(
                "Retrieving AWS account details",
                "The answer of STS has no account ID. If the service does not know accounts, set \
                 skip_requesting_account_id in the provider block.",
            )
            .into());
        }
        Ok(Identity {
            account,
            arn: answer.arn().unwrap_or_default().to_owned(),
            user: answer.user_id().unwrap_or_default().to_owned(),
        })
    }

    /// The client of STS.
    pub fn sts(&self) -> Arc<aws_sdk_sts::Client> {
        let region = self.0.parts.sts_region.as_deref().unwrap_or(self.region());
        crate::client!(self, "sts", aws_sdk_sts, region)
    }

    /// The client of a service, made once. `service` is its name in the provider's `endpoints` block
    /// (`ec2`, `elbv2`, `logs`, …).
    ///
    /// `aws.service("sns", aws_sdk_sns::Client::new)`; [`client!`](crate::client) does so with
    /// settings that are not part of [`SdkConfig`].
    pub fn service<C: Send + Sync + 'static>(
        &self,
        service: &str,
        make: impl FnOnce(&SdkConfig) -> C,
    ) -> Arc<C> {
        self.service_in(self.region(), service, make)
    }

    /// The client of a service in another region.
    pub fn service_in<C: Send + Sync + 'static>(
        &self,
        region: &str,
        service: &str,
        make: impl FnOnce(&SdkConfig) -> C,
    ) -> Arc<C> {
        let key = (TypeId::of::<C>(), region.to_owned(), service.to_owned());
        let mut clients = self.0.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = clients.get(&key)
            && let Ok(client) = known.clone().downcast::<C>()
        {
            return client;
        }
        let client = Arc::new(make(&self.sdk_config(region, service)));
        clients.insert(key, client.clone());
        client
    }

    /// What clients of a service in a region are made from.
    pub(crate) fn sdk_config(&self, region: &str, service: &str) -> SdkConfig {
        let parts = &self.0.parts;
        let mut builder = parts.sdk.to_builder().region(Region::new(region.to_owned()));
        if let Some(endpoint) =
            endpoints::canonical(service).and_then(|name| parts.endpoints.get(name))
        {
            builder = builder.endpoint_url(endpoint);
            // Without that, what the environment says would win.
            builder.insert_origin("endpoint_url", Origin::shared_config());
        }
        if service == "s3" {
            // Objects take as long as they take; streams that stall are noticed by themselves, and so
            // is an answer that does not begin.
            let timeouts = parts.sdk.timeout_config().map(|t| {
                t.to_builder().disable_operation_attempt_timeout().disable_read_timeout().build()
            });
            builder.set_timeout_config(timeouts);
        }
        builder.build()
    }

    /// The loader of a name such as `ec2:instances`, made once for the client: reads of single
    /// objects that arrive together become one call for at most `most` keys. See [`Loader::new`].
    ///
    /// ```ignore
    /// let ec2 = ec2(cx);
    /// let vpcs = aws.loader("ec2:vpcs", 200, move |ids: Vec<String>| {
    ///     let ec2 = ec2.clone();
    ///     async move {
    ///         let filter = Filter::builder().name("vpc-id").set_values(Some(ids)).build();
    ///         let found = ec2.describe_vpcs().filters(filter).into_paginator().items().send();
    ///         let found = found.collect::<Result<Vec<_>, _>>().await.typed()?;
    ///         Ok(found.into_iter().map(|v| (v.vpc_id().unwrap_or_default().to_owned(), v)).collect())
    ///     }
    /// });
    /// let vpc = vpcs.load(id).await.during("reading EC2 VPC (id)")?;
    /// ```
    pub fn loader<K, V, F, Fut>(&self, name: &str, most: usize, fetch: F) -> Loader<K, V>
    where
        K: Clone + Debug + Eq + Hash + Send + Sync + 'static,
        V: Clone + Send + Sync + 'static,
        F: Fn(Vec<K>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<HashMap<K, V>, crate::Error>> + Send + 'static,
    {
        self.0.loaders.get(name, || Loader::new(most, fetch))
    }

    /// As [`Aws::loader`]; and when many objects are asked for in short order, which is what engines
    /// do when they refresh, `list` lists all there are (or the first some thousands), and answers
    /// those reads. It does so only while this process has changed nothing.
    ///
    /// Filters by hundreds of ids make one call of many reads, but engines ask for ten at a time;
    /// with a list, two hundred objects are read by three calls.
    pub fn sweeping_loader<K, V, F, Fut, L, All>(
        &self,
        name: &str,
        most: usize,
        fetch: F,
        list: L,
    ) -> Loader<K, V>
    where
        K: Clone + Debug + Eq + Hash + Send + Sync + 'static,
        V: Clone + Send + Sync + 'static,
        F: Fn(Vec<K>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<HashMap<K, V>, crate::Error>> + Send + 'static,
        L: Fn() -> All + Send + Sync + 'static,
        All: Future<Output = Result<HashMap<K, V>, crate::Error>> + Send + 'static,
    {
        let changes = self.0.parts.changes.clone();
        self.0.loaders.get(name, || Loader::sweeping(most, changes, fetch, list))
    }
}

/// Part of [`client!`](crate::client): lets the compiler know what the closure is about.
#[doc(hidden)]
pub fn adjusted<B>(builder: B, adjust: impl FnOnce(B) -> B) -> B {
    adjust(builder)
}

/// The client of a service, made once, with the retries that the provider's configuration allows:
/// `client!(aws, "ec2", aws_sdk_ec2)`, in another region `client!(aws, "rds", aws_sdk_rds, region)`.
/// An expression behind `=>` sets up more:
/// `client!(aws, "s3", aws_sdk_s3, region => |b| b.force_path_style(aws.s3_path_style()))`.
#[macro_export]
macro_rules! client {
    ($aws:expr, $service:literal, $sdk:ident) => {
        $crate::client!($aws, $service, $sdk, $aws.region())
    };
    ($aws:expr, $service:literal, $sdk:ident, $region:expr) => {
        $crate::client!($aws, $service, $sdk, $region => std::convert::identity)
    };
    ($aws:expr, $service:literal, $sdk:ident, $region:expr => $more:expr) => {
        $aws.service_in($region, $service, |config| {
            use $sdk::config::retry::{RetryPartition, TokenBucket};
            let tokens = TokenBucket::new($aws.retry_tokens());
            let partition = RetryPartition::custom(concat!("groma-", $service));
            let builder = $sdk::config::Builder::from(config)
                .retry_partition(partition.token_bucket(tokens).build());
            $sdk::Client::from_conf($crate::adjusted(builder, $more).build())
        })
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Answer, Fake};

    const IDENTITY: &str = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
        <GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/u</Arn><UserId>U</UserId>\
        <Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";

    #[tokio::test]
    async fn the_account_is_asked_for_once() {
        let fake = Fake::new();
        fake.on("GetCallerIdentity", |_| Answer::xml(IDENTITY));
        let aws = fake.aws();
        let (a, b) = tokio::join!(aws.account_id(), aws.account_id());
        assert_eq!((a.ok(), b.ok()), (Some("123456789012"), Some("123456789012")));
        assert_eq!(
            aws.arn("sns", "topic").await.ok().as_deref(),
            Some("arn:aws:sns:us-east-1:123456789012:topic")
        );
        assert_eq!(fake.requests().len(), 1);
    }

    #[test]
    fn clients_can_be_adjusted() {
        let aws = Fake::new().aws();
        let region = aws_sdk_sts::config::Region::new("eu-north-1");
        let sts = crate::client!(aws, "sts", aws_sdk_sts, "x" => |b| b.region(region));
        assert_eq!(sts.config().region().map(AsRef::as_ref), Some("eu-north-1"));
        let sts = crate::client!(aws, "sts", aws_sdk_sts);
        assert_eq!(sts.config().region().map(AsRef::as_ref), Some("us-east-1"));
    }

    #[test]
    fn endpoints_of_the_configuration_win() {
        let fake = Fake::new();
        let aws = fake.aws_at(&[("sts", "http://sts.test"), ("elbv2", "http://lb.test")]);
        let url = |service: &str| aws.sdk_config("us-east-1", service);
        assert_eq!(url("sts").endpoint_url(), Some("http://sts.test"));
        assert!(url("sts").get_origin("endpoint_url").is_client_config());
        assert_eq!(url("elasticloadbalancingv2").endpoint_url(), Some("http://lb.test"));
        assert_eq!(url("ec2").endpoint_url(), None);
    }

    #[test]
    fn clients_are_made_once_for_each_region() {
        let aws = Fake::new().aws();
        let made = std::cell::Cell::new(Vec::new());
        let make = |config: &SdkConfig| {
            let mut all = made.take();
            all.push(config.region().map(ToString::to_string).unwrap_or_default());
            made.set(all);
            0_u8
        };
        aws.service("ec2", make);
        aws.service("ec2", make);
        aws.service_in("eu-west-1", "ec2", make);
        assert_eq!(made.take(), ["us-east-1", "eu-west-1"]);
    }
}
