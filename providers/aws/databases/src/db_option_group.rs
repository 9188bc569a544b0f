//! `aws_db_option_group`: options of database instances.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_rds::types as sdk;
use groma_aws_core::{
    Aws, Error, Outcome, create_once, name_or_generated, plan_tags, prefix_of_name, record_tags,
    retry, tagged, wanted_tags,
};
use groma_sdk::{
    Attr, Blocks, Context, Diagnostics, Managed, Model, Planned, Problems, Set, async_trait,
    timeouts,
};

use crate::checks::{parameter_group_name, parameter_group_prefix};
use crate::convert::set_of;
use crate::rds::{change_tags, rds, tags_of, there, to_sdk};

/// Options of database instances.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct DbOptionGroup {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(required, replace)]
    pub(crate) engine_name: Attr<String>,
    #[attr(required, replace)]
    pub(crate) major_engine_version: Attr<String>,
    #[attr(optional, computed, replace, check = parameter_group_name)]
    pub(crate) name: Attr<String>,
    #[attr(optional, computed, replace, check = parameter_group_prefix)]
    pub(crate) name_prefix: Attr<String>,
    #[attr(optional, replace, default = "Managed by Terraform")]
    pub(crate) option_group_description: Attr<String>,
    #[attr(optional, default = false)]
    pub(crate) skip_destroy: Attr<bool>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
    #[block(set)]
    pub(crate) option: Blocks<DbOptionGroupOption>,
    #[block(single)]
    pub(crate) timeouts: Blocks<DbOptionGroupTimeouts>,
}

timeouts! {
    /// How long operations may take.
    pub(crate) struct DbOptionGroupTimeouts {
        delete: Duration::from_secs(15 * 60),
    }
}

/// The `option` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct DbOptionGroupOption {
    #[attr(optional)]
    pub(crate) db_security_group_memberships: Attr<Set<String>>,
    #[attr(required)]
    pub(crate) option_name: Attr<String>,
    #[attr(optional)]
    pub(crate) port: Attr<i64>,
    #[attr(optional)]
    pub(crate) version: Attr<String>,
    #[attr(optional)]
    pub(crate) vpc_security_group_memberships: Attr<Set<String>>,
    #[block(set)]
    pub(crate) option_settings: Blocks<DbOptionGroupOptionSettings>,
}

/// The `option.option_settings` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct DbOptionGroupOptionSettings {
    #[attr(required)]
    pub(crate) name: Attr<String>,
    #[attr(required)]
    pub(crate) value: Attr<String>,
}

tagged!(DbOptionGroup);

const GROUP: &str = "RDS DB Option Group";
const GONE: &[&str] = &["OptionGroupNotFoundFault"];

/// What services show instead of secret settings.
const HIDDEN: &str = "****";

/// The resource type.
pub(crate) struct DbOptionGroupResource;

#[async_trait]
impl Managed<Aws> for DbOptionGroupResource {
    type Model = DbOptionGroup;

    fn name(&self) -> &'static str {
        "aws_db_option_group"
    }

    fn validate(&self, config: &DbOptionGroup, problems: &mut Problems) {
        let (name, prefix) = (!config.name.is_null(), !config.name_prefix.is_null());
        problems.conflict(("name", name), ("name_prefix", prefix));
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<DbOptionGroup>,
    ) -> Result<(), Diagnostics> {
        plan_tags(cx, change)
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: DbOptionGroup,
        planned: DbOptionGroup,
    ) -> Result<DbOptionGroup, Diagnostics> {
        let prefix = planned.name_prefix.as_str();
        let name = name_or_generated(cx, planned.name.as_str(), prefix, "terraform-");
        let request = rds(cx)
            .create_option_group()
            .option_group_name(&name)
            .engine_name(planned.engine_name.text())
            .major_engine_version(planned.major_engine_version.text())
            .option_group_description(planned.option_group_description.text())
            .set_tags(to_sdk(&wanted_tags(cx.client(), &planned)));
        let made = create_once(request.send(), &["OptionGroupAlreadyExistsFault"]).await;
        let made = made.during(format_args!("creating {GROUP} ({name})"))?;
        let mut state = planned.clone();
        let group = made.as_ref().and_then(|a| a.option_group());
        state.id = group.and_then(|g| g.option_group_name()).unwrap_or(&name).into();
        state.arn = group.and_then(|g| g.option_group_arn()).into();
        state.option = Blocks::none();
        cx.keep_model(&state);
        modify(cx, state.id.text(), &[], &planned.option).await?;
        state.option = planned.option;
        there(self, cx, state).await
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        mut state: DbOptionGroup,
    ) -> Result<Option<DbOptionGroup>, Diagnostics> {
        let id = state.id.text().to_owned();
        let answer = rds(cx).describe_option_groups().option_group_name(&id).send().await;
        let answer = answer.unless(GONE).during(format_args!("reading {GROUP} ({id})"))?;
        let groups = answer.and_then(|a| a.option_groups_list).unwrap_or_default();
        let Some(group) = groups.into_iter().next() else { return Ok(None) };
        state.arn = group.option_group_arn().into();
        state.engine_name = group.engine_name().into();
        state.major_engine_version = group.major_engine_version().into();
        let name = group.option_group_name().unwrap_or(&id);
        state.name_prefix = prefix_of_name(name).into();
        state.name = name.into();
        state.option_group_description = group.option_group_description().into();
        let known = std::mem::take(&mut state.option);
        state.option = group.options().iter().map(|o| recorded(o, &known)).collect();
        let Some(tags) = tags_of(cx, state.arn.text()).await? else { return Ok(None) };
        record_tags(cx.client(), &mut state, tags);
        Ok(Some(state))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: DbOptionGroup,
        _config: DbOptionGroup,
        planned: DbOptionGroup,
    ) -> Result<DbOptionGroup, Diagnostics> {
        modify(cx, prior.id.text(), &prior.option, &planned.option).await?;
        change_tags(cx, prior.arn.text(), &prior, &planned).await?;
        there(self, cx, planned).await
    }

    async fn delete(&self, cx: &Context<Aws>, prior: DbOptionGroup) -> Result<(), Diagnostics> {
        if prior.skip_destroy.is_true() {
            return Ok(());
        }
        let id = prior.id.text();
        let what = format!("deleting {GROUP} ({id})");
        let limit = DbOptionGroupTimeouts::delete(&prior.timeouts);
        // Databases and snapshots that are gone hold their group for some minutes more.
        let (client, held) = (rds(cx), |e: &Error| e.is("InvalidOptionGroupStateFault"));
        let deleted = retry(cx, &what, limit, held, || async {
            client.delete_option_group().option_group_name(id).send().await.unless(GONE)
        });
        deleted.await.during(&what)?;
        Ok(())
    }
}

async fn modify(
    cx: &Context<Aws>,
    id: &str,
    prior: &[DbOptionGroupOption],
    planned: &[DbOptionGroupOption],
) -> Result<(), Diagnostics> {
    let include: Vec<_> = planned.iter().filter(|o| !prior.contains(o)).map(to_request).collect();
    let named = |o: &DbOptionGroupOption| planned.iter().any(|p| p.option_name == o.option_name);
    let remove: Vec<String> =
        prior.iter().filter(|o| !named(o)).map(|o| o.option_name.or_default()).collect();
    if include.is_empty() && remove.is_empty() {
        return Ok(());
    }
    let what = format!("modifying {GROUP} ({id})");
    let client = rds(cx);
    // A role that was just made is not known to RDS yet.
    let propagating = |e: &Error| e.says("InvalidParameterValue", "IAM role ARN value is invalid");
    let modified = retry(cx, &what, Duration::from_secs(120), propagating, || async {
        let request = client.modify_option_group().option_group_name(id).apply_immediately(true);
        request
            .set_options_to_include((!include.is_empty()).then(|| include.clone()))
            .set_options_to_remove((!remove.is_empty()).then(|| remove.clone()))
            .send()
            .await
            .typed()
    });
    modified.await.during(&what)?;
    Ok(())
}

fn to_request(option: &DbOptionGroupOption) -> sdk::OptionConfiguration {
    let settings = option.option_settings.iter();
    let settings: Vec<_> = settings
        .map(|s| sdk::OptionSetting::builder().name(s.name.text()).value(s.value.text()).build())
        .collect();
    sdk::OptionConfiguration::builder()
        .option_name(option.option_name.text())
        .set_option_version(option.version.to_filled())
        .set_port(option.port.to_filled_i32())
        .set_db_security_group_memberships(option.db_security_group_memberships.to_filled())
        .set_vpc_security_group_memberships(option.vpc_security_group_memberships.to_filled())
        .set_option_settings((!settings.is_empty()).then_some(settings))
        .build()
}

/// An option as it is to be recorded: with those settings that are configured, or not the usual
/// ones, and with port and version if they are configured.
fn recorded(option: &sdk::Option, known: &[DbOptionGroupOption]) -> DbOptionGroupOption {
    let known = known.iter().find(|k| k.option_name.as_str() == option.option_name());
    let settings = option.option_settings().iter().filter_map(|setting| {
        let (name, value) = (setting.name()?, setting.value().unwrap_or_default());
        let before =
            known.and_then(|k| k.option_settings.iter().find(|s| s.name.as_str() == Some(name)));
        if before.is_none() && (value.is_empty() || setting.default_value() == Some(value)) {
            return None;
        }
        let value = match before {
            Some(before) if value == HIDDEN => before.value.text(),
            _ => value,
        };
        Some(DbOptionGroupOptionSettings { name: name.into(), value: value.into() })
    });
    DbOptionGroupOption {
        db_security_group_memberships: set_of(
            option.db_security_group_memberships().iter().map(|g| g.db_security_group_name()),
        ),
        option_name: option.option_name().into(),
        port: option.port().filter(|_| known.is_none_or(|k| k.port.or_default() != 0)).into(),
        version: option
            .option_version()
            .filter(|_| known.is_none_or(|k| k.version.filled().is_some()))
            .into(),
        vpc_security_group_memberships: set_of(
            option.vpc_security_group_memberships().iter().map(|g| g.vpc_security_group_id()),
        ),
        option_settings: settings.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_configured_or_unusual_is_recorded() {
        let setting = |name: &str, value: &str, usual: &str| {
            sdk::OptionSetting::builder().name(name).value(value).default_value(usual).build()
        };
        let option = sdk::Option::builder()
            .option_name("MEMCACHED")
            .port(11211)
            .option_version("1")
            .option_settings(setting("USUAL", "1", "1"))
            .option_settings(setting("OTHER", "2", "1"))
            .option_settings(setting("SECRET", HIDDEN, ""))
            .build();
        let known = DbOptionGroupOption {
            option_name: "MEMCACHED".into(),
            option_settings: Blocks::one(DbOptionGroupOptionSettings {
                name: "SECRET".into(),
                value: "word".into(),
            }),
            ..DbOptionGroupOption::default()
        };
        let recorded = recorded(&option, &[known]);
        let settings: Vec<_> =
            recorded.option_settings.iter().map(|s| (s.name.text(), s.value.text())).collect();
        assert_eq!(settings, [("OTHER", "2"), ("SECRET", "word")]);
        assert!(recorded.port.is_null() && recorded.version.is_null());
    }
}
