//! `aws_instance`: a virtual machine.

mod change;
mod model;
mod record;
mod request;
mod sha1;

use std::time::Duration;

use aws_sdk_ec2::types as api;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use groma_aws_core::{
    Aws, Error, Outcome as _, client_token, plan_tags, retry, tagged, timeout_of,
};
use groma_aws_network::ec2::{ec2, found, id_of};
use groma_aws_network::rules::{at_least_one, set};
use groma_sdk::{Attr, Context, Diagnostic, Diagnostics, Managed, Planned, Problems, async_trait};

use model::{Instance, InstanceTimeouts};

tagged!(Instance);

const WHAT: &str = "EC2 Instance";
const ABSENT: &str = "InvalidInstanceID.NotFound";

pub(crate) struct InstanceResource;

#[async_trait]
impl Managed<Aws> for InstanceResource {
    type Model = Instance;

    fn name(&self) -> &'static str {
        "aws_instance"
    }

    fn validate(&self, config: &Instance, problems: &mut Problems) {
        let c = config;
        let template =
            ("launch_template", !c.launch_template.is_empty() || c.launch_template.is_unknown());
        at_least_one(problems, &[("ami", set(&c.ami)), template]);
        at_least_one(problems, &[("instance_type", set(&c.instance_type)), template]);
        for (a, b) in [
            (("user_data", set(&c.user_data)), ("user_data_base64", set(&c.user_data_base64))),
            (
                ("ipv6_address_count", set(&c.ipv6_address_count)),
                ("ipv6_addresses", set(&c.ipv6_addresses)),
            ),
            (
                ("host_resource_group_arn", set(&c.host_resource_group_arn)),
                ("placement_group", set(&c.placement_group)),
            ),
            (
                ("cpu_core_count", set(&c.cpu_core_count)),
                ("cpu_options", c.cpu_options.first().is_some_and(|o| set(&o.core_count))),
            ),
        ] {
            problems.conflict(a, b);
        }
        if !c.network_interface.is_empty() {
            for (name, there) in [
                ("associate_public_ip_address", set(&c.associate_public_ip_address)),
                ("enable_primary_ipv6", set(&c.enable_primary_ipv6)),
                ("ipv6_address_count", set(&c.ipv6_address_count)),
                ("ipv6_addresses", set(&c.ipv6_addresses)),
                ("private_ip", set(&c.private_ip)),
                ("secondary_private_ips", set(&c.secondary_private_ips)),
                ("security_groups", set(&c.security_groups)),
                ("source_dest_check", set(&c.source_dest_check)),
                ("subnet_id", set(&c.subnet_id)),
                ("vpc_security_group_ids", set(&c.vpc_security_group_ids)),
            ] {
                problems.conflict(("network_interface", true), (name, there));
            }
        }
        let tags = |there: bool, name: &str, problems: &mut Problems| {
            problems.conflict((name, there), ("volume_tags", set(&c.volume_tags)));
        };
        let of_root = c.root_block_device.first().is_some_and(|d| set(&d.tags));
        tags(of_root, "root_block_device.0.tags", problems);
        tags(c.ebs_block_device.iter().any(|d| set(&d.tags)), "ebs_block_device", problems);
        if let Some(t) = c.launch_template.first() {
            let (id, name) = (("id", set(&t.id)), ("name", set(&t.name)));
            problems.within("launch_template.0", |problems| {
                problems.conflict(id, name);
                at_least_one(problems, &[id, name]);
            });
        }
        if let Some(data) = request::user_data(c).and_then(|d| STANDARD.decode(d).ok())
            && data.len() > 16_384
        {
            problems.error(
                "user_data",
                "User data too long",
                format!(
                    "EC2 takes at most 16384 bytes, but these are {}. Fetch the rest from S3.",
                    data.len()
                ),
            );
        }
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<Instance>,
    ) -> Result<(), Diagnostics> {
        plan_tags(cx, change)?;
        plan_user_data(change);
        let Some(prior) = change.prior.clone() else { return Ok(()) };
        let (config, planned) = (&change.config, &mut change.planned);
        // Leaving the block out is no change.
        if config.credit_specification.is_empty() && !config.credit_specification.is_unknown() {
            planned.credit_specification = prior.credit_specification.clone();
        }
        if let (Some(after), Some(before)) =
            (planned.root_block_device.first_mut(), prior.root_block_device.first())
            && after.tags.or_default() != before.tags.or_default()
        {
            after.tags_all = match &after.tags {
                Attr::Unknown => Attr::Unknown,
                tags => Attr::Known(cx.client().tags().all(&tags.or_default())),
            };
        }
        let data = planned.user_data != prior.user_data
            || planned.user_data_base64 != prior.user_data_base64;
        let restarted = data || planned.instance_type != prior.instance_type;
        if restarted {
            planned.public_ip = Attr::Unknown;
            planned.public_dns = Attr::Unknown;
        }
        plan_replacement(change, &prior, data);
        Ok(())
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
        let limit = timeout_of(&timeouts(&instance).create, Duration::from_secs(600));
        change::until_state(cx, &id, api::InstanceStateName::Running, limit).await?;
        let mut made = found(self.read(cx, instance.clone()).await?, WHAT, &id)?;
        // EC2 creates volumes without tags of their own.
        let mut tagged = false;
        if let (Some(c), Some(m)) =
            (config.root_block_device.first(), made.root_block_device.first())
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
        if planned_check_off(&config) {
            change::apply(
                cx,
                &made,
                &config,
                &Instance { source_dest_check: false.into(), ..made.clone() },
                limit,
            )
            .await?;
            tagged = true;
        }
        if tagged {
            made = found(self.read(cx, instance).await?, WHAT, &id)?;
        }
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
        let limit = timeout_of(&timeouts(&planned).update, Duration::from_secs(600));
        change::apply(cx, &prior, &config, &planned, limit).await?;
        found(self.read(cx, planned).await?, WHAT, prior.id.text())
    }

    async fn delete(&self, cx: &Context<Aws>, prior: Instance) -> Result<(), Diagnostics> {
        let (ec2, id) = (ec2(cx.client()), prior.id.text());
        if prior.disable_api_termination.is_true() {
            return Err(Diagnostic::error(
                format!("terminating {WHAT} ({id}): it is protected"),
                "The instance has \"disable_api_termination\" set. Set that to false, apply, and \
                 destroy it then.",
            )
            .into());
        }
        let done = ec2.terminate_instances().instance_ids(id).send().await.unless(&[ABSENT]);
        if done.during(format!("terminating {WHAT} ({id})"))?.is_none() {
            return Ok(());
        }
        let limit = timeout_of(&timeouts(&prior).delete, Duration::from_secs(1200));
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

fn timeouts(instance: &Instance) -> InstanceTimeouts {
    instance.timeouts.first().cloned().unwrap_or_default()
}

/// New instances check where traffic is from.
fn planned_check_off(config: &Instance) -> bool {
    config.source_dest_check.get() == Some(&false)
}

/// User data is recorded as a hash of it, and so it is planned.
fn plan_user_data(change: &mut Planned<Instance>) {
    let Some(data) = change.config.user_data.as_str() else { return };
    let hash = if data.is_empty() { String::new() } else { user_data_hash(data) };
    let prior = change.prior.as_ref().map(|p| p.user_data.clone());
    change.planned.user_data = match prior {
        Some(prior) if prior.text() == hash || prior.text() == data => prior,
        _ => hash.into(),
    };
}

fn plan_replacement(change: &mut Planned<Instance>, prior: &Instance, data: bool) {
    let (config, planned) = (change.config.clone(), change.planned.clone());
    if data && planned.user_data_replace_on_change.is_true() {
        change.replace(if set(&config.user_data_base64) {
            "user_data_base64"
        } else {
            "user_data"
        });
    }
    let version = |i: &Instance| i.launch_template.first().map(|t| t.version.text().to_owned());
    let removed = config.launch_template.is_empty() && !config.launch_template.is_unknown();
    if !prior.launch_template.is_empty() && (removed || version(prior) != version(&planned)) {
        change.replace("launch_template");
    }
    if !config.ebs_block_device.is_empty() && !planned.ebs_block_device.is_unknown() {
        let names = |i: &Instance| {
            let mut names: Vec<_> =
                i.ebs_block_device.iter().map(|d| d.device_name.text().to_owned()).collect();
            names.sort();
            names
        };
        let same_start = |d: &&model::InstanceEbsBlockDevice| {
            let after = planned.ebs_block_device.iter().find(|a| a.device_name == d.device_name);
            after.is_none_or(|a| {
                (a.encrypted == d.encrypted || !a.encrypted.is_known())
                    && (a.kms_key_id == d.kms_key_id || !a.kms_key_id.is_known())
                    && (a.snapshot_id == d.snapshot_id || !a.snapshot_id.is_known())
            })
        };
        if names(prior) == names(&planned) && prior.ebs_block_device.iter().all(|d| same_start(&d))
        {
            change.in_place("ebs_block_device");
        } else {
            change.replace("ebs_block_device");
        }
    }
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
    let name = answer.images().first().and_then(|i| i.root_device_name());
    id_of(name, &format!("EC2 Instance: the AMI ({image}) has no root device"))
}

async fn template_image(
    cx: &Context<Aws>,
    config: &Instance,
) -> Result<Option<String>, Diagnostics> {
    let Some(template) = config.launch_template.first() else { return Ok(None) };
    let ask = ec2(cx.client())
        .describe_launch_template_versions()
        .set_launch_template_id(template.id.to_filled())
        .set_launch_template_name(
            template.name.to_filled().filter(|_| template.id.filled().is_none()),
        )
        .versions(template.version.filled().unwrap_or("$Default"));
    let answer = ask.send().await.during("reading EC2 Launch Template of EC2 Instance")?;
    let version = answer.launch_template_versions().first();
    let data = version.and_then(|v| v.launch_template_data());
    Ok(data.and_then(|d| d.image_id()).map(str::to_owned))
}

/// The hash by which user data is recorded. It is of the data itself, should that be in base64.
fn user_data_hash(data: &str) -> String {
    match STANDARD.decode(data) {
        Ok(bytes) => sha1::hex(&bytes),
        Err(_) => sha1::hex(data.as_bytes()),
    }
}

#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
fn base64_text(text: &String) -> Result<(), String> {
    match STANDARD.decode(text) {
        Ok(_) => Ok(()),
        Err(e) => Err(format!(
            "It must be in base64, but is not: {e}. Use base64encode() or filebase64()."
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_data_are_hashed_as_they_are() {
        assert_eq!(user_data_hash("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(user_data_hash("YWJj"), user_data_hash("abc"));
    }

    #[test]
    fn user_data_are_sent_in_base64() {
        let of = |data: &str| {
            request::user_data(&Instance { user_data: data.into(), ..Instance::default() })
        };
        assert_eq!(of("#!/bin/sh\n").as_deref(), Some("IyEvYmluL3NoCg=="));
        assert_eq!(of("YWJj").as_deref(), Some("YWJj"));
        assert_eq!(of(""), None);
    }
}
