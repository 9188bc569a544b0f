//! `aws_key_pair`: a public key that instances accept.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_ec2::primitives::Blob;
use aws_sdk_ec2::types as api;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use groma_aws_core::{
    Aws, Loader, Outcome as _, TagChange, appears, create_once, name_or_generated, plan_tags,
    prefix_of_name, record_tags, tagged, wanted_tags,
};
use groma_aws_network::ec2::{arn, change_tags, ec2, filter, found, tag_specifications, tags_of};
use groma_aws_network::rules::set;
use groma_sdk::model::checks::length;
use groma_sdk::{
    Attr, Context, Diagnostic, Diagnostics, Managed, Model, Planned, Problems, async_trait,
};

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
    #[attr(optional, computed, replace, check = length(0, 255), check = plain_name)]
    pub(crate) key_name: Attr<String>,
    #[attr(optional, computed, replace, check = length(0, 229), check = plain_name)]
    pub(crate) key_name_prefix: Attr<String>,
    #[attr(computed)]
    pub(crate) key_pair_id: Attr<String>,
    #[attr(computed)]
    pub(crate) key_type: Attr<String>,
    #[attr(required, replace, same = same_key, check = public_key)]
    pub(crate) public_key: Attr<String>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
}

tagged!(KeyPair);

const WHAT: &str = "EC2 Key Pair";
const SEEN: Duration = Duration::from_secs(120);

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
        let request = ec2(aws)
            .import_key_pair()
            .key_name(&name)
            .public_key_material(Blob::new(planned.public_key.text()))
            .set_tag_specifications(tag_specifications(api::ResourceType::KeyPair, &tags));
        let made = create_once(request.send(), &["InvalidKeyPair.Duplicate"]).await;
        if made.during(format!("importing {WHAT} ({name})"))?.is_none() {
            adopted(cx, &name, planned.public_key.text()).await?;
        }
        let pair = KeyPair { id: name.clone().into(), key_name: name.clone().into(), ..planned };
        cx.keep_model(&pair);
        appears(cx, format!("{WHAT} ({name})"), SEEN, || self.read(cx, pair.clone())).await
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
        // Only a pair that was imported lacks its key, which the state has otherwise.
        let public_key = match state.public_key.is_null() {
            true => material(cx, &id).await?.into(),
            false => state.public_key.clone(),
        };
        let mut now = KeyPair {
            public_key,
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

/// The public key of a pair.
async fn material(cx: &Context<Aws>, name: &str) -> Result<Option<String>, Diagnostics> {
    let ask = ec2(cx.client()).describe_key_pairs().filters(filter("key-name", [name]));
    let answer = ask.include_public_key(true).send().await;
    let answer = answer.during(format!("reading {WHAT} ({name})"))?;
    Ok(answer.key_pairs().first().and_then(|p| p.public_key()).map(str::to_owned))
}

/// A pair of the name is there, and the answer to an earlier request got lost: if it has this key, it
/// is what that request made.
async fn adopted(cx: &Context<Aws>, name: &str, key: &str) -> Result<(), Diagnostics> {
    let there = material(cx, name).await?;
    match there.is_some_and(|there| same_key(&there, &key.to_owned())) {
        true => Ok(()),
        false => Err(Diagnostic::error(
            format!("importing {WHAT} ({name}): there is one with another key"),
            "Something else made a key pair of this name. Take another name, or import that pair \
             into the state.",
        )
        .into()),
    }
}

/// The kind of a key and the key itself: what is around them and the comment mean nothing.
fn parts(key: &str) -> (Option<&str>, Option<&str>) {
    let mut words = key.split_whitespace();
    (words.next(), words.next())
}

#[expect(clippy::ptr_arg, reason = "attributes are compared by functions of this form")]
fn same_key(prior: &String, configured: &String) -> bool {
    parts(prior) == parts(configured)
}

/// EC2 takes keys in the form of OpenSSH, of RFC 4716, and DER in base64.
#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
fn public_key(key: &String) -> Result<(), String> {
    let known = "EC2 takes RSA and ED25519 keys, such as \"ssh-ed25519 AAAA…\"";
    if key.contains("PRIVATE KEY") {
        return Err(format!("It is a private key, which nobody else must have. {known}."));
    }
    if key.contains("BEGIN SSH2 PUBLIC KEY") {
        return Ok(());
    }
    let in_base64 = |text: &str| STANDARD.decode(text);
    match parts(key) {
        (None, _) => Err(format!("It is empty. {known}.")),
        (Some(kind @ ("ssh-rsa" | "ssh-ed25519")), blob) => {
            // The key says its own kind, after the length of that.
            let blob = in_base64(blob.unwrap_or_default()).unwrap_or_default();
            match blob.get(4..).is_some_and(|rest| rest.starts_with(kind.as_bytes())) {
                true => Ok(()),
                false => Err(format!("What follows {kind:?} is no such key.")),
            }
        }
        (Some(kind), _) if kind.starts_with("ssh-") || kind.starts_with("ecdsa-") => {
            Err(format!("It is a key of the kind {kind:?}. {known}."))
        }
        _ => {
            let whole: String = key.split_whitespace().collect();
            in_base64(&whole).map(drop).map_err(|_| format!("It is no public key. {known}."))
        }
    }
}

#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
fn plain_name(name: &String) -> Result<(), String> {
    match name.is_ascii() && name.trim() == name {
        true => Ok(()),
        false => Err(format!(
            "Names of key pairs have ASCII characters, and no space at either end, but this is \
             {name:?}."
        )),
    }
}

#[cfg(test)]
mod tests {
    use groma_aws_core::testing::{Answer, Fake};

    use super::*;

    const KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";

    #[test]
    fn keys_are_public_ones_of_known_kinds() {
        let check = |key: &str| public_key(&key.to_owned());
        assert!(check(KEY).is_ok() && check(&format!(" {KEY} me@here\n")).is_ok());
        assert!(check("MIIBIjANBgkq\nhkiG9w0B").is_ok());
        assert!(check("").is_err_and(|e| e.contains("empty")));
        assert!(check("ssh-rsa AAAAC3NzaC1lZDI1NTE5").is_err_and(|e| e.contains("no such key")));
        assert!(check("ssh-rsa").is_err() && check("what is this").is_err());
        assert!(check("ecdsa-sha2-nistp256 AAAA").is_err_and(|e| e.contains("RSA and ED25519")));
        let private = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl";
        assert!(check(private).is_err_and(|e| e.contains("private")));
    }

    #[test]
    fn comments_make_no_other_key() {
        let same = |a: &str, b: &str| same_key(&a.to_owned(), &b.to_owned());
        assert!(same(KEY, &format!("{KEY} me@here\n")));
        assert!(!same(KEY, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA"));
    }

    #[test]
    fn names_are_plain() {
        let check = |name: &str| plain_name(&name.to_owned());
        assert!(check("web 1").is_ok() && check(" web").is_err() && check("wéb").is_err());
    }

    /// Imports a pair; the answer to the first request gets lost, and EC2 has this key by then.
    async fn import_with(there: &'static str) -> (Result<KeyPair, Diagnostics>, usize) {
        let fake = Fake::new();
        fake.once("ImportKeyPair", |_| Answer::lost());
        fake.on("ImportKeyPair", |_| {
            Answer::ec2_error(400, "InvalidKeyPair.Duplicate", "The keypair 'web' already exists.")
        });
        fake.on("DescribeKeyPairs", move |_| {
            Answer::xml(format!(
                "<DescribeKeyPairsResponse><keySet><item><keyName>web</keyName>\
                 <keyPairId>key-1</keyPairId><publicKey>{there}</publicKey></item></keySet>\
                 </DescribeKeyPairsResponse>"
            ))
        });
        fake.on("GetCallerIdentity", |_| {
            Answer::xml(
                "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>1</Account>\
                 </GetCallerIdentityResult></GetCallerIdentityResponse>",
            )
        });
        let planned = KeyPair {
            key_name: "web".into(),
            public_key: KEY.into(),
            tags_all: Attr::Known(BTreeMap::new()),
            ..KeyPair::default()
        };
        let cx = fake.context();
        let made = KeyPairResource.create(&cx, planned.clone(), planned).await;
        (made, fake.calls("ImportKeyPair"))
    }

    #[tokio::test]
    async fn what_a_lost_answer_made_is_ours_if_it_has_the_key() {
        let (made, calls) = import_with(KEY).await;
        assert_eq!(made.ok().map(|p| p.key_pair_id), Some("key-1".into()));
        assert_eq!(calls, 2);
        let (made, _) = import_with("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA").await;
        assert!(made.is_err_and(|e| e.to_string().contains("another key")));
    }
}
