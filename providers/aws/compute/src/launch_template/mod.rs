//! `aws_launch_template`: what instances are launched from, version by version.

mod answer;
mod check;
mod model;
mod request;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_ec2::types as api;
use groma_aws_core::{
    Aws, Loader, Outcome as _, TagChange, appears, client_token, client_token_for,
    name_or_generated, plan_tags, prefix_of_name, record_tags, tagged, wanted_tags,
};
use groma_aws_network::ec2::{arn, change_tags, ec2, found, id_of, tag_specifications, tags_of};
use groma_sdk::{Attr, Context, Diagnostic, Diagnostics, Managed, Planned, Problems, async_trait};

use model::LaunchTemplate;

tagged!(LaunchTemplate);

const WHAT: &str = "EC2 Launch Template";
const SEEN: Duration = Duration::from_secs(120);
const ABSENT: [&str; 3] = [
    "InvalidLaunchTemplateId.NotFound",
    "InvalidLaunchTemplateId.VersionNotFound",
    "InvalidLaunchTemplateName.NotFoundException",
];

pub(crate) struct LaunchTemplateResource;

#[async_trait]
impl Managed<Aws> for LaunchTemplateResource {
    type Model = LaunchTemplate;

    fn name(&self) -> &'static str {
        "aws_launch_template"
    }

    fn validate(&self, config: &LaunchTemplate, problems: &mut Problems) {
        check::check(config, problems);
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<LaunchTemplate>,
    ) -> Result<(), Diagnostics> {
        plan_tags(cx, change)?;
        plan_versions(change);
        Ok(())
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: LaunchTemplate,
        planned: LaunchTemplate,
    ) -> Result<LaunchTemplate, Diagnostics> {
        let aws = cx.client();
        let tags = wanted_tags(aws, &planned);
        let prefix = planned.name_prefix.filled();
        let name = name_or_generated(cx, planned.name.filled(), prefix, "terraform-");
        let made = ec2(aws)
            .create_launch_template()
            .client_token(client_token(cx))
            .launch_template_data(request::data(&planned))
            .launch_template_name(&name)
            .set_tag_specifications(tag_specifications(api::ResourceType::LaunchTemplate, &tags))
            .set_version_description(planned.description.to_filled())
            .send()
            .await
            .during(format_args!("creating {WHAT} ({name})"))?;
        let id = id_of(made.launch_template().and_then(|t| t.launch_template_id()), WHAT)?;
        let template = LaunchTemplate { id: id.clone().into(), name: name.into(), ..planned };
        cx.keep_model(&template);
        if let Some(warning) = made.warning() {
            let problems: Vec<String> = warning
                .errors()
                .iter()
                .map(|e| {
                    format!("{}: {}", e.code().unwrap_or_default(), e.message().unwrap_or_default())
                })
                .collect();
            if !problems.is_empty() {
                cx.report(Diagnostic::warning(
                    format!("creating {WHAT} ({id}): it has mistakes"),
                    problems.join("\n"),
                ));
            }
        }
        appears(cx, format!("{WHAT} ({id})"), SEEN, || self.read(cx, template.clone())).await
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        state: LaunchTemplate,
    ) -> Result<Option<LaunchTemplate>, Diagnostics> {
        let aws = cx.client();
        let id = state.id.text().to_owned();
        let about = format!("reading {WHAT} ({id})");
        let (templates, versions) = (templates(aws), versions(aws));
        let (template, version) =
            tokio::try_join!(async { templates.load(id.clone()).await.during(&about) }, async {
                versions.load(id.clone()).await.during(&about)
            },)?;
        let (Some(template), Some(version)) = (template, version) else { return Ok(None) };
        let mut now = state;
        now.arn = arn(aws, None, &format!("launch-template/{id}")).await?.into();
        now.name = template.launch_template_name().into();
        let prefix = template.launch_template_name().and_then(prefix_of_name);
        now.name_prefix = prefix.unwrap_or_default().into();
        now.default_version = template.default_version_number().into();
        now.latest_version = version.version_number().into();
        now.description = version.version_description().into();
        if let Some(data) = version.launch_template_data() {
            answer::record(&mut now, data);
        }
        record_tags(aws, &mut now, tags_of(template.tags()));
        Ok(Some(now))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: LaunchTemplate,
        _config: LaunchTemplate,
        planned: LaunchTemplate,
    ) -> Result<LaunchTemplate, Diagnostics> {
        let id = prior.id.text().to_owned();
        let ec2 = ec2(cx.client());
        let mut latest = prior.latest_version.cloned();
        if data_of(&prior) != data_of(&planned) {
            // One token for each version: two updates are two versions.
            let part = format!("version after {}", latest.unwrap_or_default());
            let made = ec2
                .create_launch_template_version()
                .client_token(client_token_for(cx, &part))
                .launch_template_id(&id)
                .launch_template_data(request::data(&planned))
                .set_version_description(planned.description.to_filled())
                .send()
                .await
                .during(format_args!("creating {WHAT} ({id}) Version"))?;
            latest = made.launch_template_version().and_then(|v| v.version_number());
        }
        let default = match planned.update_default_version.is_true() {
            true => latest,
            false => planned.default_version.cloned(),
        };
        if let Some(default) = default.filter(|d| Some(d) != prior.default_version.get()) {
            let ask = ec2.modify_launch_template().launch_template_id(&id);
            ask.default_version(default.to_string())
                .send()
                .await
                .during(format_args!("updating {WHAT} ({id})"))?;
        }
        let change = TagChange::of(cx.client(), &prior, &planned);
        change_tags(cx, format!("{WHAT} ({id})"), &id, &change).await?;
        found(self.read(cx, planned).await?, WHAT, &id)
    }

    async fn delete(&self, cx: &Context<Aws>, prior: LaunchTemplate) -> Result<(), Diagnostics> {
        let id = prior.id.text();
        let ask = ec2(cx.client()).delete_launch_template().launch_template_id(id);
        ask.send().await.unless(&ABSENT).during(format_args!("deleting {WHAT} ({id})")).map(drop)
    }
}

/// What may become of the numbers of versions. A change of the template's tags makes no version, but
/// the released provider plans as if it did, and so do we.
fn plan_versions(change: &mut Planned<LaunchTemplate>) {
    let Some(prior) = &change.prior else { return };
    let planned = &mut change.planned;
    let tagged = |t: &LaunchTemplate| (t.tags.or_default(), t.tags_all.clone());
    let changes = data_of(prior) != data_of(planned) || tagged(prior) != tagged(planned);
    let begins = !prior.update_default_version.is_true();
    if changes {
        planned.latest_version = Attr::Unknown;
    }
    if planned.update_default_version.is_true() && (changes || begins) {
        planned.default_version = Attr::Unknown;
    }
}

/// What of a template makes a version of it.
fn data_of(template: &LaunchTemplate) -> LaunchTemplate {
    LaunchTemplate {
        id: Attr::Null,
        arn: Attr::Null,
        default_version: Attr::Null,
        latest_version: Attr::Null,
        name: Attr::Null,
        name_prefix: Attr::Null,
        tags: Attr::Null,
        tags_all: Attr::Null,
        update_default_version: Attr::Null,
        ..template.clone()
    }
}

/// Templates by their ids.
pub(crate) fn templates(aws: &Aws) -> Loader<String, api::LaunchTemplate> {
    let (some, all) = (ec2(aws), ec2(aws));
    let keyed = |found: Vec<api::LaunchTemplate>| {
        let key = |t: &api::LaunchTemplate| t.launch_template_id().unwrap_or_default().to_owned();
        found.into_iter().map(|t| (key(&t), t)).collect::<HashMap<_, _>>()
    };
    aws.sweeping_loader(
        "ec2:launch_templates",
        100,
        move |ids: Vec<String>| {
            // There is no filter by ids.
            let ask = some.describe_launch_templates().set_launch_template_ids(Some(ids));
            async move { Ok(keyed(ask.send().await.typed()?.launch_templates.unwrap_or_default())) }
        },
        move || {
            let ask = all.describe_launch_templates().max_results(200);
            async move { Ok(keyed(ask.send().await.typed()?.launch_templates.unwrap_or_default())) }
        },
    )
}

/// The latest versions of templates, by the ids of these.
fn versions(aws: &Aws) -> Loader<String, api::LaunchTemplateVersion> {
    let (one, all) = (ec2(aws), ec2(aws));
    let keyed = |found: Vec<api::LaunchTemplateVersion>| {
        let key =
            |v: &api::LaunchTemplateVersion| v.launch_template_id().unwrap_or_default().to_owned();
        found.into_iter().map(|v| (key(&v), v)).collect::<HashMap<_, _>>()
    };
    aws.sweeping_loader(
        "ec2:launch_template_versions",
        1,
        move |ids: Vec<String>| {
            // EC2 tells the versions of one template, or the latest of all.
            let ask = one.describe_launch_template_versions().versions("$Latest");
            let ask = ask.set_launch_template_id(ids.into_iter().next());
            async move {
                Ok(keyed(ask.send().await.typed()?.launch_template_versions.unwrap_or_default()))
            }
        },
        move || {
            let ask = all.describe_launch_template_versions().versions("$Latest").max_results(200);
            async move {
                Ok(keyed(ask.send().await.typed()?.launch_template_versions.unwrap_or_default()))
            }
        },
    )
}
