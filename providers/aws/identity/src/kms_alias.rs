//! `aws_kms_alias`: a name for a key.

use std::collections::HashMap;

use aws_sdk_kms::types::AliasListEntry;
use groma_aws_core::{
    Aws, Loader, Outcome as _, Progress, create_once, name_or_generated, plan_token,
    prefix_of_name, retry, wait,
};
use groma_sdk::{Attr, Context, Diagnostics, Managed, Model, Planned, Problems, async_trait};

use crate::iam::check_names;
use crate::kms::{NOT_FOUND, PROPAGATION, key_id, kms, same_key, target_arn};

/// What all aliases begin with.
const PREFIX: &str = "alias/";

/// A name for a key.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct KmsAlias {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(optional, computed, replace, check = alias)]
    pub(crate) name: Attr<String>,
    #[attr(optional, computed, replace, check = alias)]
    pub(crate) name_prefix: Attr<String>,
    #[attr(computed)]
    pub(crate) target_key_arn: Attr<String>,
    /// The key, by its id or its ARN.
    #[attr(required, same = same_key)]
    pub(crate) target_key_id: Attr<String>,
}

fn alias(text: &String) -> Result<(), String> {
    let Some(name) = text.strip_prefix(PREFIX) else {
        return Err(format!("It must begin with {PREFIX:?}, but is {text:?}."));
    };
    if name.starts_with("aws/") {
        return Err(format!("Names that begin with \"alias/aws/\" are those of AWS: {text:?}."));
    }
    if text.chars().count() > 256 {
        return Err("It may have 256 characters at most.".to_owned());
    }
    match name.chars().find(|c| !(c.is_ascii_alphanumeric() || "/_-".contains(*c))) {
        None => Ok(()),
        Some(c) => {
            Err(format!("It may have letters, digits and any of /_-, but {text:?} has {c:?}."))
        }
    }
}

/// The type.
pub(crate) struct AliasResource;

#[async_trait]
impl Managed<Aws> for AliasResource {
    type Model = KmsAlias;

    fn name(&self) -> &'static str {
        "aws_kms_alias"
    }

    fn validate(&self, config: &KmsAlias, problems: &mut Problems) {
        check_names(&config.name, &config.name_prefix, problems);
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<KmsAlias>,
    ) -> Result<(), Diagnostics> {
        plan_token(cx, change.is_create());
        if let Some(prior) = &change.prior
            && prior.target_key_id != change.planned.target_key_id
        {
            change.planned.target_key_arn = Attr::Unknown;
        }
        Ok(())
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        config: KmsAlias,
        planned: KmsAlias,
    ) -> Result<KmsAlias, Diagnostics> {
        let (name, prefix) = (config.name.filled(), config.name_prefix.filled());
        let name = name_or_generated(cx, name, prefix, PREFIX);
        let target = planned.target_key_id.text();
        let request = kms(cx).create_alias().alias_name(&name).target_key_id(target);
        let created = retry(
            cx,
            "the key to be known",
            PROPAGATION,
            |e| e.is(NOT_FOUND),
            || async { create_once(request.clone().send(), &["AlreadyExistsException"]).await },
        );
        let what = format!("creating KMS Alias ({name})");
        // Whether it was made now or by a try whose answer got lost, it is ours.
        if let Err(error) = created.await {
            // Only an earlier try can have given the same key a name that we made up.
            let ours = error.is("AlreadyExistsException")
                && config.name.filled().is_none()
                && find(cx, &name).await?.is_some_and(|there| {
                    there.target_key_id().unwrap_or_default() == key_id(target)
                });
            if !ours {
                return Err(error.during(what));
            }
        }
        let mut state = planned.clone();
        state.id = name.clone().into();
        state.name = name.clone().into();
        state.name_prefix = Attr::of_text(prefix_of_name(&name));
        cx.keep_model(&state);
        let there = settled(cx, &name, target).await?;
        record(&there, &mut state);
        Ok(state)
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        mut state: KmsAlias,
    ) -> Result<Option<KmsAlias>, Diagnostics> {
        let Some(there) = find(cx, state.id.text()).await? else { return Ok(None) };
        record(&there, &mut state);
        Ok(Some(state))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: KmsAlias,
        _config: KmsAlias,
        planned: KmsAlias,
    ) -> Result<KmsAlias, Diagnostics> {
        let name = prior.id.text();
        let target = planned.target_key_id.text();
        let request = kms(cx).update_alias().alias_name(name).target_key_id(target);
        request.send().await.during(format!("updating KMS Alias ({name})"))?;
        let there = settled(cx, name, target).await?;
        let mut state = planned.clone();
        record(&there, &mut state);
        Ok(state)
    }

    async fn import(&self, _cx: &Context<Aws>, id: &str) -> Result<Option<KmsAlias>, Diagnostics> {
        let id = id.to_owned().into();
        Ok(Some(KmsAlias { id, name_prefix: Attr::of_text(None), ..KmsAlias::default() }))
    }

    async fn delete(&self, cx: &Context<Aws>, prior: KmsAlias) -> Result<(), Diagnostics> {
        let name = prior.id.text();
        let deleted = kms(cx).delete_alias().alias_name(name).send().await;
        let what = format!("deleting KMS Alias ({name})");
        deleted.unless(&[NOT_FOUND]).map(drop).map_err(|e| e.during(what))
    }
}

/// Waits until the alias is seen to stand for the key.
async fn settled(
    cx: &Context<Aws>,
    name: &str,
    target: &str,
) -> Result<AliasListEntry, Diagnostics> {
    wait(cx, format!("KMS Alias ({name}) to stand for its key"), PROPAGATION, || async {
        Ok(match find(cx, name).await? {
            Some(there) if there.target_key_id().unwrap_or_default() == key_id(target) => {
                Progress::Ready(there)
            }
            Some(_) => Progress::pending("of another key"),
            None => Progress::pending("not found"),
        })
    })
    .await
}

/// An alias by its name. KMS only lists them; reads that arrive together become one list.
async fn find(cx: &Context<Aws>, name: &str) -> Result<Option<AliasListEntry>, Diagnostics> {
    let what = format!("reading KMS Alias ({name})");
    aliases(cx).load(name.to_owned()).await.map_err(|e| e.during(what))
}

fn aliases(cx: &Context<Aws>) -> Loader<String, AliasListEntry> {
    let kms = kms(cx);
    cx.client().loader("kms:aliases", 1000, move |names: Vec<String>| {
        let kms = kms.clone();
        async move {
            let mut found = HashMap::new();
            let mut items = kms.list_aliases().into_paginator().items().send();
            while found.len() < names.len()
                && let Some(item) = items.next().await
            {
                let item = item.typed()?;
                if let Some(name) = names.iter().find(|n| item.alias_name() == Some(n.as_str())) {
                    found.insert(name.clone(), item);
                }
            }
            Ok(found)
        }
    })
}

fn record(there: &AliasListEntry, state: &mut KmsAlias) {
    let arn = there.alias_arn().unwrap_or_default();
    let name = there.alias_name().unwrap_or_default();
    let target = there.target_key_id().unwrap_or_default();
    state.id = name.to_owned().into();
    state.arn = arn.to_owned().into();
    state.name = name.to_owned().into();
    state.name_prefix = Attr::of_text(prefix_of_name(name));
    state.target_key_arn = target_arn(arn, target).map_or(Attr::Null, Attr::Known);
    state.target_key_id = target.to_owned().into();
}

#[cfg(test)]
mod tests {
    use groma_aws_core::testing::{Answer, Fake};
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn aliases_that_are_read_together_are_listed_once() {
        let fake = Fake::new();
        fake.on("ListAliases", |_| {
            let alias = |name: &str, key: &str| {
                json!({
                    "AliasName": name, "TargetKeyId": key,
                    "AliasArn": format!("arn:aws:kms:us-east-1:123456789012:{name}"),
                })
            };
            let aliases = json!([alias("alias/a", "k1"), alias("alias/b", "k2")]);
            Answer::json(json!({ "Aliases": aliases, "Truncated": false }).to_string())
        });
        let cx = fake.context();
        let state = |name: &str| KmsAlias { id: name.to_owned().into(), ..KmsAlias::default() };
        let (a, b, c) = tokio::try_join!(
            AliasResource.read(&cx, state("alias/a")),
            AliasResource.read(&cx, state("alias/b")),
            AliasResource.read(&cx, state("alias/c")),
        )
        .unwrap();
        assert_eq!(a.unwrap().target_key_id.text(), "k1");
        let b = b.unwrap();
        assert_eq!(b.target_key_arn.text(), "arn:aws:kms:us-east-1:123456789012:key/k2");
        assert_eq!(c, None);
        assert_eq!(fake.calls("ListAliases"), 1);
    }

    #[test]
    fn names_begin_with_alias() {
        let check = |name: &str| alias(&name.to_owned());
        assert_eq!(check("alias/app/web_1-x"), Ok(()));
        for name in ["app", "alias/aws/s3", "alias/ä", "alias/a b"] {
            assert!(check(name).is_err(), "{name}");
        }
        assert!(check(&format!("alias/{}", "a".repeat(300))).is_err());
    }
}
