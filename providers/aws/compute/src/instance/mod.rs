//! `aws_instance`: a virtual machine.

mod change;
mod check;
pub(crate) mod model;
mod plan;
pub(crate) mod record;
mod request;
mod sha1;
#[cfg(test)]
mod tests;

use std::time::Duration;

use aws_sdk_ec2::types as api;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use groma_aws_core::{Aws, Error, Outcome as _, client_token, plan_tags, retry, tagged};
use groma_aws_network::ec2::{ec2, found, id_of};
use groma_sdk::{Context, Diagnostic, Diagnostics, Managed, Planned, Problems, async_trait};

use model::{Instance, InstanceLaunchTemplate, InstanceTimeouts};

tagged!(Instance);

pub(crate) const WHAT: &str = "EC2 Instance";
const ABSENT: &str = "InvalidInstanceID.NotFound";

pub(crate) struct InstanceResource;

#[async_trait]
impl Managed<Aws> for InstanceResource {
    type Model = Instance;

    fn name(&self) -> &'static str {
        "aws_instance"
    }

    fn validate(&self, config: &Instance, problems: &mut Problems) {
        check::check(config, problems);
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<Instance>,
    ) -> Result<(), Diagnostics> {
        plan_tags(cx, change)?;
        plan::refine(cx, change).await
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        config: Instance,
        planned: Instance,
    ) -> Result<Instance, Diagnostics> {
        let id = launch(cx, &config, &planned).await?;
        let instance = Instance { id: id.clone().into(), ..planned };
        cx.keep_model(&instance);
        let limit = InstanceTimeouts::create(&instance.timeouts);
        change::until_state(cx, &id, api::InstanceStateName::Running, limit).await?;
        let mut made = found(self.read(cx, instance.clone()).await?, WHAT, &id)?;
        let tagged = tag_devices(cx, &config, &made).await?;
        let unchecked = config.source_dest_check.get() == Some(&false);
        if unchecked && config.network_interface.is_empty() {
            // New instances check where traffic is from.
            let wanted = Instance { source_dest_check: false.into(), ..made.clone() };
            change::apply(cx, &made, &config, &wanted, limit).await?;
        } else if !tagged {
            return Ok(made);
        }
        made = found(self.read(cx, instance).await?, WHAT, &id)?;
        Ok(made)
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        state: Instance,
    ) -> Result<Option<Instance>, Diagnostics> {
        record::read(cx, state).await
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: Instance,
        config: Instance,
        planned: Instance,
    ) -> Result<Instance, Diagnostics> {
        let limit = InstanceTimeouts::update(&planned.timeouts);
        change::apply(cx, &prior, &config, &planned, limit).await?;
        found(self.read(cx, planned).await?, WHAT, prior.id.text())
    }

    async fn delete(&self, cx: &Context<Aws>, prior: Instance) -> Result<(), Diagnostics> {
        let (ec2, id) = (ec2(cx.client()), prior.id.text());
        // The protection is against what others do, not against what was planned here.
        if prior.disable_api_termination.is_true() {
            change::unprotect(cx, id).await?;
        }
        // A persistent request would launch another instance.
        if let Some(request) = prior.spot_instance_request_id.filled() {
            let ask = ec2.cancel_spot_instance_requests().spot_instance_request_ids(request);
            let done = ask.send().await.unless(&["InvalidSpotInstanceRequestID.NotFound"]);
            done.during(format!("cancelling EC2 Spot Instance Request ({request})"))?;
        }
        let done = ec2.terminate_instances().instance_ids(id).send().await.unless(&[ABSENT]);
        if done.during(format!("terminating {WHAT} ({id})"))?.is_none() {
            return Ok(());
        }
        let limit = InstanceTimeouts::delete(&prior.timeouts);
        change::until_state(cx, id, api::InstanceStateName::Terminated, limit).await
    }

    async fn import(&self, _cx: &Context<Aws>, id: &str) -> Result<Option<Instance>, Diagnostics> {
        Ok(Some(Instance {
            id: id.into(),
            get_password_data: false.into(),
            user_data_replace_on_change: false.into(),
            ..Instance::default()
        }))
    }
}

/// Whether instances of a type have CPU credits: their families are t2, t3, t3a, t4g, …
pub(crate) fn is_burstable(kind: &str) -> bool {
    let mut letters = kind.chars();
    letters.next() == Some('t') && letters.next().is_some_and(|c| c.is_ascii_digit())
}

/// Gives devices the tags that they have of their own, with which EC2 cannot create them. Tells
/// whether there were any.
async fn tag_devices(
    cx: &Context<Aws>,
    config: &Instance,
    made: &Instance,
) -> Result<bool, Diagnostics> {
    let mut tagged = false;
    if let (Some(c), Some(m)) = (config.root_block_device.first(), made.root_block_device.first())
        && c.tags.get().is_some_and(|t| !t.is_empty())
    {
        change::device_tags(cx, &m.volume_id, &m.tags_all, &c.tags).await?;
        tagged = true;
    }
    for c in &config.ebs_block_device {
        let there = made.ebs_block_device.iter().find(|d| d.device_name == c.device_name);
        if let Some(m) = there.filter(|_| c.tags.get().is_some_and(|t| !t.is_empty())) {
            change::device_tags(cx, &m.volume_id, &m.tags_all, &c.tags).await?;
            tagged = true;
        }
    }
    Ok(tagged)
}

async fn launch(
    cx: &Context<Aws>,
    config: &Instance,
    planned: &Instance,
) -> Result<String, Diagnostics> {
    let aws = cx.client();
    let ec2 = ec2(aws);
    let root = match config.root_block_device.is_empty() {
        true => None,
        false => request::root_device(config, &root_name(cx, config).await?),
    };
    // Roles are not known everywhere at once.
    let early = |e: &Error| {
        e.says("InvalidParameterValue", "iamInstanceProfile")
            || e.says("InvalidParameterValue", "Invalid IAM Instance Profile")
            || e.says("InvalidParameterCombination", " has no associated IAM Roles")
    };
    let token = client_token(cx);
    let known = "an IAM instance profile to be known".to_owned();
    let made = retry(cx, known, Duration::from_secs(120), early, || async {
        let request = request::run(aws, ec2.run_instances(), config, planned);
        let request = match &root {
            Some(root) => request.block_device_mappings(root.clone()),
            None => request,
        };
        request.client_token(&token).send().await.typed()
    });
    let made = made.await.during("creating EC2 Instance")?;
    id_of(made.instances().first().and_then(|i| i.instance_id()), WHAT)
}

/// The name that the image gives to the root device.
async fn root_name(cx: &Context<Aws>, config: &Instance) -> Result<String, Diagnostics> {
    let image = match config.ami.to_filled() {
        Some(image) => Some(image),
        None => template_image(cx, config).await?,
    };
    let Some(image) = image else {
        return Err(Diagnostic::error(
            "creating EC2 Instance: no image",
            "Neither the instance nor its launch template names an image (AMI). Set \"ami\".",
        )
        .into());
    };
    let answer = ec2(cx.client()).describe_images().image_ids(&image).send().await;
    let answer = answer.during(format!("reading EC2 AMI ({image})"))?;
    let found = answer.images().first();
    root_of(found).ok_or_else(|| {
        Diagnostic::error(
            format!("creating {WHAT}: the AMI ({image}) has no root volume"),
            "The image is not there any more, or is one whose root device is no EBS volume. Take \
             another one, or remove the block \"root_block_device\".",
        )
        .into()
    })
}

/// The name of an image's root volume. Some images name another one than they have, which stands
/// for the first that they have.
fn root_of(image: Option<&api::Image>) -> Option<String> {
    let image = image.filter(|i| i.root_device_type() != Some(&api::DeviceType::InstanceStore))?;
    let mut names = image.block_device_mappings().iter().filter_map(|d| d.device_name());
    let named = image.root_device_name();
    let is_there = names.clone().any(|name| Some(name) == named);
    let name = if is_there { named } else { names.next().or(named) };
    name.map(str::to_owned)
}

async fn template_image(
    cx: &Context<Aws>,
    config: &Instance,
) -> Result<Option<String>, Diagnostics> {
    let Some(template) = config.launch_template.first() else { return Ok(None) };
    let data = template_data(cx, template).await.during("reading EC2 Launch Template")?;
    Ok(data.and_then(|d| d.image_id))
}

/// What the version of a template that a block names says.
async fn template_data(
    cx: &Context<Aws>,
    template: &InstanceLaunchTemplate,
) -> Result<Option<api::ResponseLaunchTemplateData>, Error> {
    let name = template.name.to_filled().filter(|_| template.id.filled().is_none());
    let ask = ec2(cx.client())
        .describe_launch_template_versions()
        .set_launch_template_id(template.id.to_filled())
        .set_launch_template_name(name)
        .versions(template.version.filled().unwrap_or("$Default"));
    let versions = ask.send().await.typed()?.launch_template_versions.unwrap_or_default();
    Ok(versions.into_iter().next().and_then(|v| v.launch_template_data))
}

/// The hash by which user data is recorded. It is of the data itself, should that be in base64.
pub(crate) fn user_data_hash(data: &str) -> String {
    match STANDARD.decode(data) {
        Ok(bytes) => sha1::hex(&bytes),
        Err(_) => sha1::hex(data.as_bytes()),
    }
}

#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
pub(crate) fn base64_text(text: &String) -> Result<(), String> {
    match STANDARD.decode(text) {
        Ok(_) => Ok(()),
        Err(e) => Err(format!(
            "It must be in base64, but is not: {e}. Use base64encode() or filebase64()."
        )),
    }
}
