//! `aws_kms_key`: a key of the key management service.
//!
//! KMS shows changes a little later than it confirms them. After each, it is asked until it shows
//! them, so that the next plan does not take the state from before for a change.
//!
//! A create has no client token: if its answer is lost, KMS may have made a key that nothing knows
//! of. It is looked for.

mod change;
mod lost;

use std::collections::BTreeMap;

use aws_sdk_kms::config::Config;
use aws_sdk_kms::config::retry::RetryConfig;
use aws_sdk_kms::types::{KeyMetadata, KeySpec, KeyUsageType, MultiRegionKeyType, OriginType};
use groma_aws_core::{
    Aws, Error, Outcome as _, TagChange, TagMap, checks, normal_json, plan_tags, policy_to_record,
    record_tags, retry, same_policy, tag_map, tagged, wanted_tags,
};
use groma_sdk::model::checks::{length, one_of, range};
use groma_sdk::{
    Attr, Blocks, Context, Diagnostic, Diagnostics, Managed, Model, Planned, Problems, async_trait,
    timeouts,
};

use crate::iam::{Began, empty_answer};
use crate::kms::{NOT_FOUND, PROPAGATION, find_key, kms, kms_tags};

/// A key of the key management service.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct KmsKey {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    /// Whether a policy that locks its author out is taken all the same.
    #[attr(optional, default = false)]
    pub(crate) bypass_policy_lockout_safety_check: Attr<bool>,
    #[attr(optional, replace, check = length(1, 22))]
    pub(crate) custom_key_store_id: Attr<String>,
    #[attr(optional, replace, default = "SYMMETRIC_DEFAULT", check = one_of(SPECS))]
    pub(crate) customer_master_key_spec: Attr<String>,
    /// How many days the key can be saved after it is destroyed.
    #[attr(optional, check = range(7, 30))]
    pub(crate) deletion_window_in_days: Attr<i64>,
    #[attr(optional, computed, check = length(0, 8192))]
    pub(crate) description: Attr<String>,
    #[attr(optional, default = false)]
    pub(crate) enable_key_rotation: Attr<bool>,
    #[attr(optional, default = true)]
    pub(crate) is_enabled: Attr<bool>,
    #[attr(computed)]
    pub(crate) key_id: Attr<String>,
    #[attr(optional, replace, default = "ENCRYPT_DECRYPT", check = one_of(USAGES))]
    pub(crate) key_usage: Attr<String>,
    #[attr(optional, computed, replace)]
    pub(crate) multi_region: Attr<bool>,
    /// Who may use the key.
    #[attr(optional, computed, same = same_policy, check = checks::json)]
    pub(crate) policy: Attr<String>,
    #[attr(optional, computed, check = range(90, 2560))]
    pub(crate) rotation_period_in_days: Attr<i64>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
    #[attr(optional, replace, check = length(1, 128))]
    pub(crate) xks_key_id: Attr<String>,
    #[block(single)]
    pub(crate) timeouts: Blocks<KmsKeyTimeouts>,
}

timeouts! {
    /// How long operations may take.
    pub(crate) struct KmsKeyTimeouts {
        create: PROPAGATION,
    }
}

const SYMMETRIC: &str = "SYMMETRIC_DEFAULT";

const SPECS: &[&str] = &[
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
    "ECC_NIST_P256",
    "ECC_NIST_P384",
    "ECC_NIST_P521",
    "ECC_SECG_P256K1",
    SYMMETRIC,
    "HMAC_224",
    "HMAC_256",
    "HMAC_384",
    "HMAC_512",
    "SM2",
];

const USAGES: &[&str] = &["SIGN_VERIFY", "ENCRYPT_DECRYPT", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT"];

tagged!(KmsKey);

/// The type.
pub(crate) struct KeyResource;

#[async_trait]
impl Managed<Aws> for KeyResource {
    type Model = KmsKey;

    fn name(&self) -> &'static str {
        "aws_kms_key"
    }

    fn validate(&self, config: &KmsKey, problems: &mut Problems) {
        let needs = [
            (
                ("rotation_period_in_days", config.rotation_period_in_days.is_null()),
                ("enable_key_rotation", config.enable_key_rotation.is_null()),
            ),
            (
                ("xks_key_id", config.xks_key_id.is_null()),
                ("custom_key_store_id", config.custom_key_store_id.is_null()),
            ),
        ];
        for ((name, missing), (needed, needed_missing)) in needs {
            if !missing && needed_missing {
                let detail = format!("\"{name}\" needs \"{needed}\" to be set, too.");
                problems.error(name, "Missing required argument", detail);
            }
        }
        check_kind(config, problems);
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<KmsKey>,
    ) -> Result<(), Diagnostics> {
        plan_tags(cx, change)?;
        let prior = change.prior.as_ref().map(|p| &p.policy);
        if prior != Some(&change.planned.policy)
            && let Some(document) = change.planned.policy.filled()
        {
            change.planned.policy = normal_json(document).into();
        }
        Ok(())
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: KmsKey,
        planned: KmsKey,
    ) -> Result<KmsKey, Diagnostics> {
        let key = create_key(cx, &planned).await?;
        let id = key.key_id().to_owned();
        let mut state = planned.clone();
        record(&key, &mut state);
        // What is done below is not true yet, should it fail.
        state.enable_key_rotation = false.into();
        state.tags_all = Attr::Known(wanted_tags(cx.client(), &planned));
        cx.keep_model(&state);

        change::known(cx, &id).await?;
        if planned.enable_key_rotation.is_true() {
            change::rotate(cx, &id, true, planned.rotation_period_in_days.get()).await?;
        }
        if planned.is_enabled == Attr::Known(false) {
            change::enable(cx, &id, false).await?;
        }
        change::settled(cx, &id, &planned).await
    }

    async fn read(&self, cx: &Context<Aws>, state: KmsKey) -> Result<Option<KmsKey>, Diagnostics> {
        let id = state.id.text().to_owned();
        read_key(cx, &id, state).await
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: KmsKey,
        _config: KmsKey,
        planned: KmsKey,
    ) -> Result<KmsKey, Diagnostics> {
        let id = prior.id.text();
        let enabled = planned.is_enabled.is_true();
        let switched = prior.is_enabled.is_true() != enabled;
        // A disabled key cannot be changed.
        if switched && enabled {
            change::enable(cx, id, true).await?;
        }
        let rotates = planned.enable_key_rotation.is_true();
        let period = planned.rotation_period_in_days.get();
        if prior.enable_key_rotation.is_true() != rotates
            || rotates && period.is_some() && prior.rotation_period_in_days.get() != period
        {
            change::rotate(cx, id, rotates, period).await?;
        }
        if prior.description.text() != planned.description.text() {
            change::describe(cx, id, planned.description.text()).await?;
        }
        if let Some(policy) = planned.policy.filled()
            && !same_policy(&prior.policy.or_default(), &policy.to_owned())
        {
            let bypass = planned.bypass_policy_lockout_safety_check.is_true();
            change::put_policy(cx, id, policy, bypass).await?;
        }
        change::tag(cx, id, TagChange::of(cx.client(), &prior, &planned)).await?;
        if switched && !enabled {
            change::enable(cx, id, false).await?;
        }
        change::settled(cx, id, &planned).await
    }

    async fn import(&self, _cx: &Context<Aws>, id: &str) -> Result<Option<KmsKey>, Diagnostics> {
        Ok(Some(KmsKey {
            id: id.to_owned().into(),
            bypass_policy_lockout_safety_check: false.into(),
            custom_key_store_id: Attr::of_text(None),
            description: Attr::of_text(None),
            enable_key_rotation: false.into(),
            is_enabled: false.into(),
            multi_region: false.into(),
            rotation_period_in_days: Attr::Known(0),
            xks_key_id: Attr::of_text(None),
            ..KmsKey::default()
        }))
    }

    async fn delete(&self, cx: &Context<Aws>, prior: KmsKey) -> Result<(), Diagnostics> {
        let id = prior.id.text();
        let days = prior.deletion_window_in_days.get().filter(|days| **days > 0);
        let days = days.and_then(|days| i32::try_from(*days).ok());
        let request = kms(cx).schedule_key_deletion().key_id(id).set_pending_window_in_days(days);
        match request.send().await.typed() {
            Ok(_) => {}
            Err(e) if e.is(NOT_FOUND) || e.says("KMSInvalidStateException", "pending deletion") => {
            }
            Err(e) => return Err(e.during(format!("deleting KMS Key ({id})"))),
        }
        change::gone(cx, id).await
    }
}

/// What KMS would refuse of this kind of key.
fn check_kind(config: &KmsKey, problems: &mut Problems) {
    let (spec, usage) = (&config.customer_master_key_spec, &config.key_usage);
    if spec.is_unknown() || usage.is_unknown() {
        return;
    }
    let (spec, usage) = (spec.filled().unwrap_or(SYMMETRIC), usage.filled());
    let usage = usage.unwrap_or("ENCRYPT_DECRYPT");
    let fits = match usage {
        "ENCRYPT_DECRYPT" => spec == SYMMETRIC || spec.starts_with("RSA_") || spec == "SM2",
        "GENERATE_VERIFY_MAC" => spec.starts_with("HMAC_"),
        "SIGN_VERIFY" => spec != SYMMETRIC && !spec.starts_with("HMAC_"),
        "KEY_AGREEMENT" => spec.starts_with("ECC_NIST_") || spec == "SM2",
        _ => true,
    };
    if !fits && SPECS.contains(&spec) {
        problems.error(
            "key_usage",
            "Invalid value for \"key_usage\"",
            format!("A key of the kind {spec} cannot be used for {usage}."),
        );
    }
    if config.enable_key_rotation.is_true() && spec != SYMMETRIC {
        problems.error(
            "enable_key_rotation",
            "Invalid value for \"enable_key_rotation\"",
            format!("KMS rotates keys of the kind {SYMMETRIC} only, not {spec}."),
        );
    }
}

/// Whether a request may be repeated, as KMS says that it was refused for now.
fn was_not_carried_out(error: &Error) -> bool {
    error.is_throttled() || error.is_any(&["KMSInternalException", "DependencyTimeoutException"])
}

async fn create_key(cx: &Context<Aws>, planned: &KmsKey) -> Result<KeyMetadata, Diagnostics> {
    let xks = planned.xks_key_id.to_filled();
    let store = planned.custom_key_store_id.to_filled();
    let origin = match (&xks, &store) {
        (Some(_), _) => Some(OriginType::ExternalKeyStore),
        (None, Some(_)) => Some(OriginType::AwsCloudhsm),
        (None, None) => None,
    };
    let request = kms(cx)
        .create_key()
        .bypass_policy_lockout_safety_check(planned.bypass_policy_lockout_safety_check.is_true())
        .set_key_spec(planned.customer_master_key_spec.filled().map(KeySpec::from))
        .set_key_usage(planned.key_usage.filled().map(KeyUsageType::from))
        .set_description(planned.description.to_filled())
        .set_multi_region(planned.multi_region.cloned().filter(|multi| *multi))
        .set_policy(planned.policy.filled().map(normal_json))
        .set_custom_key_store_id(store)
        .set_xks_key_id(xks)
        .set_origin(origin)
        .set_tags(kms_tags(&wanted_tags(cx.client(), planned)));
    let timeout = KmsKeyTimeouts::create(&planned.timeouts);
    let began = Began::now();
    // A request whose answer is lost must not be repeated: there would be two keys.
    let once = || Config::builder().retry_config(RetryConfig::disabled());
    // The principals of the policy must be known to KMS, which may take some time.
    let created = retry(
        cx,
        "the principals of the key's policy to be known",
        timeout,
        |e| e.is("MalformedPolicyDocumentException") || was_not_carried_out(e),
        || async { request.clone().customize().config_override(once()).send().await.typed() },
    );
    let what = "creating KMS Key";
    match created.await {
        Ok(answer) => {
            let key = answer.key_metadata.ok_or_else(|| empty_answer(what))?;
            // Who looked for a lost key that is like this one may have taken this one.
            match began.created(key.key_id()) {
                true => Ok(key),
                false => lost::key(cx, began, planned, &Error::refused(TAKEN.0, TAKEN.1)).await,
            }
        }
        Err(e) if e.is_ambiguous() => lost::key(cx, began, planned, &e).await,
        Err(e) => Err(e.during(what)),
    }
}

/// What becomes of a key that another create took for its own.
const TAKEN: (&str, &str) =
    ("AlreadyExists", "The new key was taken for one like it, whose creation was not answered");

/// A key with all that belongs to it; `None` if there is none.
async fn read_key(
    cx: &Context<Aws>,
    id: &str,
    mut state: KmsKey,
) -> Result<Option<KmsKey>, Diagnostics> {
    let kms = kms(cx);
    let what = format!("reading KMS Key ({id})");
    let Some(key) = find_key(&kms, id).await.map_err(|e| e.during(&what))? else {
        return Ok(None);
    };
    if let Some(config) = key.multi_region_configuration()
        && key.multi_region() == Some(true)
        && config.multi_region_key_type() != Some(&MultiRegionKeyType::Primary)
    {
        let detail = "It is a replica of a key in another region. Import the primary key instead.";
        let summary = format!("KMS Key ({id}) is not a multi-Region primary key");
        return Err(Diagnostic::error(summary, detail).into());
    }
    let policy = async {
        let request = kms.get_key_policy().key_id(id).policy_name("default");
        let what = format!("reading KMS Key ({id}) policy");
        request.send().await.unless(&[NOT_FOUND]).map_err(|e| e.during(what))
    };
    let rotation = async {
        if key.origin() != Some(&OriginType::AwsKms) {
            return Ok(None);
        }
        let request = kms.get_key_rotation_status().key_id(id);
        let what = format!("reading KMS Key ({id}) rotation enabled");
        request.send().await.unless(&[NOT_FOUND]).map_err(|e| e.during(what))
    };
    let (policy, rotation, tags) = tokio::try_join!(policy, rotation, read_tags(cx, id))?;
    let (Some(policy), Some(tags)) = (policy, tags) else { return Ok(None) };

    record(&key, &mut state);
    let document = policy.policy().unwrap_or_default();
    let known = state.policy.filled();
    state.policy = match policy_to_record(known, document) {
        same if Some(same.as_str()) == known => same.into(),
        other => normal_json(&other).into(),
    };
    let enabled = rotation.as_ref().is_some_and(|r| r.key_rotation_enabled());
    let period = rotation.as_ref().and_then(|r| r.rotation_period_in_days());
    state.enable_key_rotation = enabled.into();
    state.rotation_period_in_days = Attr::Known(period.unwrap_or_default().into());
    record_tags(cx.client(), &mut state, tags);
    Ok(Some(state))
}

async fn read_tags(cx: &Context<Aws>, id: &str) -> Result<Option<TagMap>, Diagnostics> {
    let mut tags = TagMap::new();
    let mut items = kms(cx).list_resource_tags().key_id(id).into_paginator().items().send();
    while let Some(tag) = items.next().await {
        let what = format!("listing tags for KMS Key ({id})");
        let tag = tag.unless(&[NOT_FOUND]).map_err(|e| e.during(what))?;
        let Some(tag) = tag else { return Ok(None) };
        tags.extend(tag_map([(tag.tag_key(), tag.tag_value())]));
    }
    Ok(Some(tags))
}

/// Records what KMS says of a key itself.
fn record(key: &KeyMetadata, state: &mut KmsKey) {
    let id = key.key_id().to_owned();
    state.id = id.clone().into();
    state.key_id = id.into();
    state.arn = Attr::of_text(key.arn());
    state.custom_key_store_id = Attr::of_text(key.custom_key_store_id());
    state.customer_master_key_spec = Attr::of_text(key.key_spec().map(KeySpec::as_str));
    state.description = Attr::of_text(key.description());
    state.is_enabled = key.enabled().into();
    state.key_usage = Attr::of_text(key.key_usage().map(KeyUsageType::as_str));
    state.multi_region = key.multi_region().unwrap_or_default().into();
    state.xks_key_id = Attr::of_text(key.xks_key_configuration().and_then(|x| x.id()));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(config: &KmsKey) -> String {
        let mut problems = Problems::new();
        config.check(&mut problems);
        KeyResource.validate(config, &mut problems);
        problems.into_diagnostics().to_string()
    }

    #[test]
    fn kinds_and_uses_of_keys_must_fit() {
        let key = |spec: &str, usage: &str| KmsKey {
            customer_master_key_spec: Attr::Known(spec.to_owned()),
            key_usage: Attr::Known(usage.to_owned()),
            ..KmsKey::default()
        };
        assert_eq!(problems(&KmsKey::default()), "");
        assert_eq!(problems(&key("RSA_2048", "SIGN_VERIFY")), "");
        assert!(problems(&key(SYMMETRIC, "SIGN_VERIFY")).contains("cannot be used"));
        assert!(problems(&key("HMAC_256", "ENCRYPT_DECRYPT")).contains("cannot be used"));
        let rotated = KmsKey { enable_key_rotation: true.into(), ..key("RSA_2048", "SIGN_VERIFY") };
        assert!(problems(&rotated).contains("rotates"));
    }

    #[test]
    fn a_period_needs_a_rotation() {
        let key = KmsKey { rotation_period_in_days: Attr::Known(100), ..KmsKey::default() };
        assert!(problems(&key).contains("enable_key_rotation"));
        let key = KmsKey { enable_key_rotation: true.into(), ..key };
        assert_eq!(problems(&key), "");
    }
}
