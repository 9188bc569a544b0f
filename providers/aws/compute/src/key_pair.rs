//! `aws_key_pair`: a public key that instances accept.

use std::collections::BTreeMap;

use aws_sdk_ec2::primitives::Blob;
use aws_sdk_ec2::types as api;
use groma_aws_core::{
    Aws, Loader, Outcome as _, TagChange, name_or_generated, plan_tags, prefix_of_name,
    record_tags, tagged, wanted_tags,
};
use groma_aws_network::ec2::{
    arn, change_tags, ec2, filter, found, id_of, tag_specifications, tags_of,
};
use groma_aws_network::rules::set;
use groma_sdk::model::checks::length;
use groma_sdk::{Attr, Context, Diagnostics, Managed, Model, Planned, Problems, async_trait};

/// A public key that instances accept.
#[derive(Clone, Debug, Default, PartialEq, Model)]
#[model(version = 1)]
pub(crate) struct KeyPair {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(computed)]
    pub(crate) fingerprint: Attr<String>,
    #[attr(optional, computed, replace, check = length(0, 255))]
    pub(crate) key_name: Attr<String>,
    #[attr(optional, computed, replace, check = length(0, 229))]
    pub(crate) key_name_prefix: Attr<String>,
    #[attr(computed)]
    pub(crate) key_pair_id: Attr<String>,
    #[attr(computed)]
    pub(crate) key_type: Attr<String>,
    #[attr(required, replace, same = same_key)]
    pub(crate) public_key: Attr<String>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
}

tagged!(KeyPair);

const WHAT: &str = "EC2 Key Pair";

pub(crate) struct KeyPairResource;

#[async_trait]
impl Managed<Aws> for KeyPairResource {
    type Model = KeyPair;

    fn name(&self) -> &'static str {
        "aws_key_pair"
    }

    fn validate(&self, config: &KeyPair, problems: &mut Problems) {
        problems.conflict(
            ("key_name", set(&config.key_name)),
            ("key_name_prefix", set(&config.key_name_prefix)),
        );
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<KeyPair>,
    ) -> Result<(), Diagnostics> {
        plan_tags(cx, change)
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: KeyPair,
        planned: KeyPair,
    ) -> Result<KeyPair, Diagnostics> {
        let aws = cx.client();
        let tags = wanted_tags(aws, &planned);
        let prefix = planned.key_name_prefix.filled();
        let name = name_or_generated(cx, planned.key_name.filled(), prefix, "terraform-");
        let made = ec2(aws)
            .import_key_pair()
            .key_name(&name)
            .public_key_material(Blob::new(planned.public_key.text()))
            .set_tag_specifications(tag_specifications(api::ResourceType::KeyPair, &tags))
            .send()
            .await
            .during(format!("importing {WHAT} ({name})"))?;
        let id = id_of(made.key_name(), WHAT)?;
        let pair = KeyPair { id: id.clone().into(), key_name: id.clone().into(), ..planned };
        cx.keep_model(&pair);
        found(self.read(cx, pair).await?, WHAT, &id)
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        state: KeyPair,
    ) -> Result<Option<KeyPair>, Diagnostics> {
        let aws = cx.client();
        let id = state.id.text().to_owned();
        let read = pairs(aws).load(id.clone()).await;
        let Some(pair) = read.during(format!("reading {WHAT} ({id})"))? else { return Ok(None) };
        let mut now = KeyPair {
            arn: arn(aws, None, &format!("key-pair/{id}")).await?.into(),
            fingerprint: pair.key_fingerprint().into(),
            key_name: pair.key_name().into(),
            key_name_prefix: prefix_of_name(&id).unwrap_or_default().into(),
            key_pair_id: pair.key_pair_id().into(),
            key_type: pair.key_type().map(|t| t.as_str()).into(),
            ..state
        };
        record_tags(aws, &mut now, tags_of(pair.tags()));
        Ok(Some(now))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: KeyPair,
        _config: KeyPair,
        planned: KeyPair,
    ) -> Result<KeyPair, Diagnostics> {
        let id = prior.id.text().to_owned();
        let change = TagChange::of(cx.client(), &prior, &planned);
        let number = prior.key_pair_id.text();
        change_tags(cx, format!("{WHAT} ({id})"), number, &change).await?;
        found(self.read(cx, planned).await?, WHAT, &id)
    }

    async fn delete(&self, cx: &Context<Aws>, prior: KeyPair) -> Result<(), Diagnostics> {
        let id = prior.id.text();
        let ask = ec2(cx.client()).delete_key_pair().key_name(id);
        let done = ask.send().await.unless(&["InvalidKeyPair.NotFound"]);
        done.during(format!("deleting {WHAT} ({id})")).map(drop)
    }
}

/// Key pairs by their names.
fn pairs(aws: &Aws) -> Loader<String, api::KeyPairInfo> {
    let ec2 = ec2(aws);
    aws.loader("ec2:key_pairs", 200, move |names: Vec<String>| {
        let ask = ec2.describe_key_pairs().filters(filter("key-name", names));
        async move {
            let found = ask.send().await.typed()?.key_pairs.unwrap_or_default();
            let keyed = found.into_iter().map(|p| (p.key_name().unwrap_or_default().to_owned(), p));
            Ok(keyed.collect())
        }
    })
}

/// Space around a key means nothing.
#[expect(clippy::ptr_arg, reason = "attributes are compared by functions of this form")]
fn same_key(prior: &String, configured: &String) -> bool {
    prior.trim() == configured.trim()
}
