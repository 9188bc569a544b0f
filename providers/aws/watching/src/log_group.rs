//! `aws_cloudwatch_log_group`: a group of log streams.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types as sdk;
use groma_aws_core::{
    Arn, Aws, Error, Outcome, TagChange, TagMap, appears, client, create_once, name_or_generated,
    plan_tags, prefix_of_name, record_tags, retry, tagged, wanted_tags,
};
use groma_sdk::model::checks::{length, one_of, one_of_numbers};
use groma_sdk::{Attr, Context, Diagnostics, Managed, Model, Planned, Problems, async_trait};

use crate::fresh::{SOON, found};

/// A group of log streams.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct CloudwatchLogGroup {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(optional)]
    pub(crate) kms_key_id: Attr<String>,
    #[attr(optional, computed, replace, check = one_of(&["STANDARD", "INFREQUENT_ACCESS", "DELIVERY"]))]
    pub(crate) log_group_class: Attr<String>,
    #[attr(optional, computed, replace, check = length(1, 512), check = name)]
    pub(crate) name: Attr<String>,
    #[attr(optional, computed, replace, check = length(0, 483), check = name)]
    pub(crate) name_prefix: Attr<String>,
    #[attr(optional, default = 0, check = one_of_numbers(&[0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]))]
    pub(crate) retention_in_days: Attr<i64>,
    #[attr(optional, default = false)]
    pub(crate) skip_destroy: Attr<bool>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
}

tagged!(CloudwatchLogGroup);

const GROUP: &str = "CloudWatch Logs Log Group";
const GONE: &[&str] = &["ResourceNotFoundException"];

#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
fn name(text: &String) -> Result<(), String> {
    let what = "letters, digits, underscores, hyphens, slashes, hash signs and dots";
    groma_aws_core::checks::name(0, 512, what, |c| {
        c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/' | '#' | '.')
    })(text)
}

fn logs(cx: &Context<Aws>) -> Arc<Client> {
    let aws = cx.client();
    client!(aws, "logs", aws_sdk_cloudwatchlogs)
}

/// The resource type.
pub(crate) struct LogGroupResource;

#[async_trait]
impl Managed<Aws> for LogGroupResource {
    type Model = CloudwatchLogGroup;

    fn name(&self) -> &'static str {
        "aws_cloudwatch_log_group"
    }

    fn validate(&self, config: &CloudwatchLogGroup, problems: &mut Problems) {
        let (name, prefix) = (!config.name.is_null(), !config.name_prefix.is_null());
        problems.conflict(("name", name), ("name_prefix", prefix));
        check(config, problems);
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<CloudwatchLogGroup>,
    ) -> Result<(), Diagnostics> {
        plan_tags(cx, change)
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: CloudwatchLogGroup,
        planned: CloudwatchLogGroup,
    ) -> Result<CloudwatchLogGroup, Diagnostics> {
        let prefix = planned.name_prefix.as_str();
        let name = name_or_generated(cx, planned.name.as_str(), prefix, "terraform-");
        let class = planned.log_group_class.filled();
        let request = logs(cx)
            .create_log_group()
            .log_group_name(&name)
            .set_kms_key_id(planned.kms_key_id.to_filled())
            .set_log_group_class(class.map(sdk::LogGroupClass::from))
            .set_tags(to_sdk(&wanted_tags(cx.client(), &planned)));
        let made = create_once(request.send(), &["ResourceAlreadyExistsException"]).await;
        made.during(format_args!("creating {GROUP} ({name})"))?;
        let mut state = planned;
        state.id = name.as_str().into();
        state.name = name.as_str().into();
        cx.keep_model(&state);
        // Groups of the class DELIVERY keep everything for two days, whatever they are told.
        if state.log_group_class.filled() != Some("DELIVERY")
            && state.retention_in_days.to_filled_i32().is_some()
        {
            keep_for(cx, &name, state.retention_in_days.to_filled_i32()).await?;
        }
        let what = format!("{GROUP} ({name})");
        appears(cx, what, SOON, || async { self.read(cx, state.clone()).await }).await
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        mut state: CloudwatchLogGroup,
    ) -> Result<Option<CloudwatchLogGroup>, Diagnostics> {
        let id = state.id.text().to_owned();
        let what = format!("reading {GROUP} ({id})");
        let Some(group) = find(cx, &id).await.during(&what)? else { return Ok(None) };
        state.arn = group.arn().map(|arn| arn.strip_suffix(":*").unwrap_or(arn)).into();
        state.kms_key_id = group.kms_key_id().into();
        state.log_group_class = group.log_group_class().map(|c| c.as_str()).into();
        state.name = id.as_str().into();
        state.name_prefix = prefix_of_name(&id).into();
        state.retention_in_days = group.retention_in_days().into();
        let tags = logs(cx).list_tags_for_resource().resource_arn(state.arn.text()).send().await;
        let tags = tags.unless(GONE).during(format_args!("listing tags for {GROUP} ({id})"))?;
        let Some(tags) = tags else { return Ok(None) };
        let tags: TagMap = tags.tags.unwrap_or_default().into_iter().collect();
        record_tags(cx.client(), &mut state, tags);
        Ok(Some(state))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: CloudwatchLogGroup,
        _config: CloudwatchLogGroup,
        planned: CloudwatchLogGroup,
    ) -> Result<CloudwatchLogGroup, Diagnostics> {
        let name = prior.id.text();
        let what = format!("updating {GROUP} ({name})");
        if prior.retention_in_days.to_filled_i32() != planned.retention_in_days.to_filled_i32() {
            keep_for(cx, name, planned.retention_in_days.to_filled_i32()).await?;
        }
        if prior.kms_key_id.filled() != planned.kms_key_id.filled() {
            match planned.kms_key_id.filled() {
                Some(key) => {
                    let request = logs(cx).associate_kms_key().log_group_name(name);
                    request.kms_key_id(key).send().await.during(&what)?;
                }
                None => {
                    let request = logs(cx).disassociate_kms_key().log_group_name(name);
                    request.send().await.during(&what)?;
                }
            }
        }
        let change = TagChange::of(cx.client(), &prior, &planned);
        if !change.remove.is_empty() {
            let request = logs(cx).untag_resource().resource_arn(prior.arn.text());
            request.set_tag_keys(Some(change.remove)).send().await.during(&what)?;
        }
        if !change.put.is_empty() {
            let request = logs(cx).tag_resource().resource_arn(prior.arn.text());
            request.set_tags(to_sdk(&change.put)).send().await.during(&what)?;
        }
        found(self.read(cx, planned).await?, GROUP)
    }

    async fn delete(
        &self,
        cx: &Context<Aws>,
        prior: CloudwatchLogGroup,
    ) -> Result<(), Diagnostics> {
        if prior.skip_destroy.is_true() {
            return Ok(());
        }
        let name = prior.id.text();
        let what = format!("deleting {GROUP} ({name})");
        let busy = |e: &Error| e.is("OperationAbortedException");
        let client = logs(cx);
        let deleted = retry(cx, &what, Duration::from_secs(60), busy, || async {
            client.delete_log_group().log_group_name(name).send().await.unless(GONE)
        });
        deleted.await.during(&what)?;
        Ok(())
    }
}

/// What CloudWatch Logs would refuse.
fn check(config: &CloudwatchLogGroup, problems: &mut Problems) {
    for (attribute, name) in [("name", &config.name), ("name_prefix", &config.name_prefix)] {
        if name.filled().is_some_and(|name| name.to_ascii_lowercase().starts_with("aws/")) {
            let detail =
                "Names that begin with \"aws/\" are those of AWS. \"/aws/…\" is for everybody.";
            problems.error(attribute, format!("Invalid value for {attribute:?}"), detail);
        }
    }
    let key = config.kms_key_id.filled();
    if let Some(key) = key.filter(|key| key.parse::<Arn>().is_err()) {
        problems.error(
            "kms_key_id",
            "Invalid value for \"kms_key_id\"",
            format!("CloudWatch Logs takes keys by their ARN, not by {key:?}."),
        );
    }
}

fn to_sdk(tags: &TagMap) -> Option<HashMap<String, String>> {
    (!tags.is_empty()).then(|| tags.iter().map(|(k, v)| (k.clone(), v.clone())).collect())
}

/// For how many days a group keeps what it gets; for ever, if not told.
async fn keep_for(cx: &Context<Aws>, name: &str, days: Option<i32>) -> Result<(), Diagnostics> {
    let what = format!("setting {GROUP} ({name}) retention policy");
    let client = logs(cx);
    let busy = |e: &Error| e.is("OperationAbortedException");
    let set = retry(cx, &what, Duration::from_secs(60), busy, || async {
        match days {
            Some(days) => {
                let request = client.put_retention_policy().log_group_name(name);
                request.retention_in_days(days).send().await.typed().map(|_| ())
            }
            None => {
                let request = client.delete_retention_policy().log_group_name(name);
                request.send().await.typed().map(|_| ())
            }
        }
    });
    set.await.during(&what)
}

/// A group by its name, which is the first one of those that begin with it.
async fn find(cx: &Context<Aws>, name: &str) -> Result<Option<sdk::LogGroup>, Error> {
    let (one, all) = (logs(cx), logs(cx));
    let named = |g: sdk::LogGroup| (g.log_group_name().unwrap_or_default().to_owned(), g);
    let fetch = move |names: Vec<String>| {
        let request = one.describe_log_groups().set_log_group_name_prefix(names.first().cloned());
        async move {
            let mut pages = request.into_paginator().send();
            while let Some(page) = pages.next().await {
                let groups = page.typed()?.log_groups.unwrap_or_default();
                let mut fitting = groups
                    .into_iter()
                    .filter(|g| g.log_group_name() == names.first().map(String::as_str));
                if let Some(group) = fitting.next() {
                    return Ok(HashMap::from([named(group)]));
                }
            }
            Ok(HashMap::new())
        }
    };
    let list = move || {
        let groups = all.describe_log_groups().into_paginator().items().send();
        async move {
            let groups = groups.collect::<Result<Vec<_>, _>>().await.typed()?;
            Ok(groups.into_iter().map(named).collect())
        }
    };
    cx.client().sweeping_loader("logs:groups", 1, fetch, list).load(name.to_owned()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_keys_are_checked() {
        let told = |name: &str, key: Attr<String>| {
            let config =
                CloudwatchLogGroup { name: name.into(), kms_key_id: key, ..Default::default() };
            let mut problems = Problems::new();
            check(&config, &mut problems);
            problems.into_diagnostics().to_string()
        };
        let key = "arn:aws:kms:us-east-1:123456789012:key/k";
        assert_eq!(told("/aws/lambda/x", key.into()), "");
        assert_eq!(told("/x", Attr::Unknown), "");
        assert!(told("aws/x", Attr::Null).contains("those of AWS"));
        assert!(told("/x", "k".into()).contains("by their ARN"));
    }

    #[tokio::test]
    async fn another_key_is_told_and_none_as_well() {
        use groma_aws_core::testing::{Answer, Fake};

        let fake = Fake::new();
        fake.on("AssociateKmsKey", |_| Answer::json("{}"));
        fake.on("DisassociateKmsKey", |_| Answer::json("{}"));
        fake.on("PutRetentionPolicy", |_| Answer::json("{}"));
        fake.on("DescribeLogGroups", |_| {
            let arn = "arn:aws:logs:us-east-1:123456789012:log-group:/x:*";
            let group = serde_json::json!({ "logGroupName": "/x", "arn": arn });
            Answer::json(serde_json::json!({ "logGroups": [group] }).to_string())
        });
        fake.on("ListTagsForResource", |_| Answer::json(r#"{"tags":{}}"#));
        let cx = fake.context();
        let with = |key: Attr<String>| CloudwatchLogGroup {
            id: "/x".into(),
            kms_key_id: key,
            ..Default::default()
        };
        for (was, is) in [(Attr::Null, "arn:k".into()), ("arn:k".into(), Attr::Null)] {
            let (prior, planned) = (with(was), with(is));
            LogGroupResource.update(&cx, prior, planned.clone(), planned).await.unwrap();
        }
        assert_eq!(fake.requests_of("AssociateKmsKey")[0].json()["kmsKeyId"], "arn:k");
        assert_eq!((fake.calls("AssociateKmsKey"), fake.calls("DisassociateKmsKey")), (1, 1));
        assert_eq!(fake.calls("PutRetentionPolicy"), 0);
    }
}
