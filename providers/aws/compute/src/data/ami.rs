//! `aws_ami`, the data source: an image that instances are launched from.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_ec2::types as api;
use groma_aws_core::{Aws, Outcome as _};
use groma_aws_network::data::{Filter, filters};
use groma_aws_network::ec2::{ec2, tags_of};
use groma_sdk::{
    Attr, Blocks, Context, Diagnostic, Diagnostics, Lookup, Model, Problems, Set, async_trait,
    timeouts,
};
use regex::Regex;

/// The arguments and attributes of `aws_ami`.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct AmiData {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) architecture: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(computed)]
    pub(crate) block_device_mappings: Attr<Set<AmiDataBlockDeviceMappings>>,
    #[attr(computed)]
    pub(crate) boot_mode: Attr<String>,
    #[attr(computed)]
    pub(crate) creation_date: Attr<String>,
    #[attr(computed)]
    pub(crate) deprecation_time: Attr<String>,
    #[attr(computed)]
    pub(crate) description: Attr<String>,
    #[attr(computed)]
    pub(crate) ena_support: Attr<bool>,
    #[attr(optional)]
    pub(crate) executable_users: Attr<Vec<String>>,
    #[attr(computed)]
    pub(crate) hypervisor: Attr<String>,
    #[attr(computed)]
    pub(crate) image_id: Attr<String>,
    #[attr(computed)]
    pub(crate) image_location: Attr<String>,
    #[attr(computed)]
    pub(crate) image_owner_alias: Attr<String>,
    #[attr(computed)]
    pub(crate) image_type: Attr<String>,
    #[attr(computed)]
    pub(crate) imds_support: Attr<String>,
    #[attr(optional)]
    pub(crate) include_deprecated: Attr<bool>,
    #[attr(computed)]
    pub(crate) kernel_id: Attr<String>,
    #[attr(computed)]
    pub(crate) last_launched_time: Attr<String>,
    #[attr(optional)]
    pub(crate) most_recent: Attr<bool>,
    #[attr(computed)]
    pub(crate) name: Attr<String>,
    #[attr(optional)]
    pub(crate) name_regex: Attr<String>,
    #[attr(computed)]
    pub(crate) owner_id: Attr<String>,
    #[attr(optional, check = some_owner)]
    pub(crate) owners: Attr<Vec<String>>,
    #[attr(computed)]
    pub(crate) platform: Attr<String>,
    #[attr(computed)]
    pub(crate) platform_details: Attr<String>,
    #[attr(computed)]
    pub(crate) product_codes: Attr<Set<AmiDataProductCodes>>,
    #[attr(computed)]
    pub(crate) public: Attr<bool>,
    #[attr(computed)]
    pub(crate) ramdisk_id: Attr<String>,
    #[attr(computed)]
    pub(crate) root_device_name: Attr<String>,
    #[attr(computed)]
    pub(crate) root_device_type: Attr<String>,
    #[attr(computed)]
    pub(crate) root_snapshot_id: Attr<String>,
    #[attr(computed)]
    pub(crate) sriov_net_support: Attr<String>,
    #[attr(computed)]
    pub(crate) state: Attr<String>,
    #[attr(computed)]
    pub(crate) state_reason: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(computed)]
    pub(crate) tpm_support: Attr<String>,
    #[attr(optional)]
    pub(crate) uefi_data: Attr<String>,
    #[attr(computed)]
    pub(crate) usage_operation: Attr<String>,
    #[attr(computed)]
    pub(crate) virtualization_type: Attr<String>,
    #[block(set)]
    pub(crate) filter: Blocks<Filter>,
    #[block(single)]
    pub(crate) timeouts: Blocks<AmiDataTimeouts>,
}

timeouts! {
    /// How long operations may take.
    pub(crate) struct AmiDataTimeouts {
        read: Duration::from_secs(1200),
    }
}

/// One element of `product_codes`.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct AmiDataProductCodes {
    #[attr(computed)]
    pub(crate) product_code_id: Attr<String>,
    #[attr(computed)]
    pub(crate) product_code_type: Attr<String>,
}

/// One element of `block_device_mappings`.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct AmiDataBlockDeviceMappings {
    #[attr(computed)]
    pub(crate) device_name: Attr<String>,
    #[attr(computed)]
    pub(crate) ebs: Attr<BTreeMap<String, String>>,
    #[attr(computed)]
    pub(crate) no_device: Attr<String>,
    #[attr(computed)]
    pub(crate) virtual_name: Attr<String>,
}

pub(crate) struct Ami;

#[async_trait]
impl Lookup<Aws> for Ami {
    type Model = AmiData;

    fn name(&self) -> &'static str {
        "aws_ami"
    }

    fn validate(&self, config: &AmiData, problems: &mut Problems) {
        if let Some(text) = config.name_regex.as_str()
            && let Err(problem) = pattern(text)
        {
            problems.error("name_regex", "Invalid value for \"name_regex\"", problem);
        }
    }

    async fn read(&self, cx: &Context<Aws>, config: AmiData) -> Result<AmiData, Diagnostics> {
        let these = filters(&config.filter);
        let pattern = config.name_regex.filled().map(pattern).transpose();
        let pattern =
            pattern.map_err(|problem| Diagnostic::error("Invalid name_regex", problem))?;
        let full = |list: &Attr<Vec<String>>| list.cloned().filter(|l| !l.is_empty());
        let ask = ec2(cx.client())
            .describe_images()
            .set_executable_users(full(&config.executable_users))
            .set_filters((!these.is_empty()).then_some(these))
            .set_include_deprecated(config.include_deprecated.cloned())
            .set_owners(full(&config.owners));
        let mut found = Vec::new();
        let mut items = ask.into_paginator().items().send();
        while let Some(image) = items.next().await.transpose().during("reading EC2 AMIs")? {
            if pattern.as_ref().is_none_or(|p| p.is_match(image.name().unwrap_or_default())) {
                found.push(image);
            }
        }
        if found.is_empty() {
            return Err(Diagnostic::error(
                "Your query returned no results. Please change your search criteria and try again.",
                "No image passes the filters, is of the owners and has a name that matches.",
            )
            .into());
        }
        if found.len() > 1 && !config.most_recent.is_true() {
            return Err(Diagnostic::error(
                "Your query returned more than one result. Please try a more specific search \
                 criteria, or set `most_recent` attribute to true.",
                format!("{} images pass.", found.len()),
            )
            .into());
        }
        // Times are written so that they sort as texts.
        found.sort_by(|a, b| b.creation_date().cmp(&a.creation_date()));
        Ok(recorded(cx.client(), config, &found[0]))
    }
}

#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
fn some_owner(owners: &Vec<String>) -> Result<(), String> {
    match owners.is_empty() || owners.iter().any(String::is_empty) {
        true => Err("It must name at least one owner, and none that is empty.".to_owned()),
        false => Ok(()),
    }
}

/// What a name is to match.
fn pattern(text: &str) -> Result<Regex, String> {
    Regex::new(text).map_err(|e| format!("It is no regular expression: {e}"))
}

fn recorded(aws: &Aws, config: AmiData, image: &api::Image) -> AmiData {
    let id = image.image_id().unwrap_or_default();
    let root = image
        .block_device_mappings()
        .iter()
        .find(|d| d.device_name().is_some() && d.device_name() == image.root_device_name());
    let root_snapshot = root.and_then(|d| d.ebs()).and_then(|e| e.snapshot_id());
    let reason = image.state_reason();
    let unset = |text: Option<&str>| text.unwrap_or("UNSET").to_owned();
    AmiData {
        id: id.into(),
        architecture: image.architecture().map(|v| v.as_str()).into(),
        arn: aws.arn_of("ec2", aws.region(), "", &format!("image/{id}")).into(),
        block_device_mappings: Attr::Known(
            image.block_device_mappings().iter().map(device).collect(),
        ),
        boot_mode: image.boot_mode().map(|v| v.as_str()).into(),
        creation_date: image.creation_date().into(),
        deprecation_time: image.deprecation_time().into(),
        description: image.description().into(),
        ena_support: image.ena_support().into(),
        hypervisor: image.hypervisor().map(|v| v.as_str()).into(),
        image_id: id.into(),
        image_location: image.image_location().into(),
        image_owner_alias: image.image_owner_alias().into(),
        image_type: image.image_type().map(|v| v.as_str()).into(),
        imds_support: image.imds_support().map(|v| v.as_str()).into(),
        kernel_id: image.kernel_id().into(),
        last_launched_time: image.last_launched_time().into(),
        name: image.name().into(),
        owner_id: image.owner_id().into(),
        platform: image.platform().map(|v| v.as_str()).into(),
        platform_details: image.platform_details().into(),
        product_codes: Attr::Known(
            image
                .product_codes()
                .iter()
                .map(|p| AmiDataProductCodes {
                    product_code_id: p.product_code_id().into(),
                    product_code_type: p.product_code_type().map(|v| v.as_str()).into(),
                })
                .collect(),
        ),
        public: image.public().into(),
        ramdisk_id: image.ramdisk_id().into(),
        root_device_name: image.root_device_name().into(),
        root_device_type: image.root_device_type().map(|v| v.as_str()).into(),
        root_snapshot_id: root_snapshot.into(),
        sriov_net_support: image.sriov_net_support().into(),
        state: image.state().map(|v| v.as_str()).into(),
        state_reason: Attr::Known(BTreeMap::from([
            ("code".to_owned(), unset(reason.and_then(|r| r.code()))),
            ("message".to_owned(), unset(reason.and_then(|r| r.message()))),
        ])),
        tags: Attr::Known(aws.tags().ours(tags_of(image.tags()))),
        tpm_support: image.tpm_support().map(|v| v.as_str()).into(),
        usage_operation: image.usage_operation().into(),
        virtualization_type: image.virtualization_type().map(|v| v.as_str()).into(),
        ..config
    }
}

fn device(device: &api::BlockDeviceMapping) -> AmiDataBlockDeviceMappings {
    let ebs = device.ebs().map(|e| {
        let number = |n: Option<i32>| n.unwrap_or(0).to_string();
        BTreeMap::from([
            (
                "delete_on_termination".to_owned(),
                e.delete_on_termination().unwrap_or(false).to_string(),
            ),
            ("encrypted".to_owned(), e.encrypted().unwrap_or(false).to_string()),
            ("iops".to_owned(), number(e.iops())),
            ("snapshot_id".to_owned(), e.snapshot_id().unwrap_or_default().to_owned()),
            ("throughput".to_owned(), number(e.throughput())),
            ("volume_initialization_rate".to_owned(), number(e.volume_initialization_rate())),
            ("volume_size".to_owned(), number(e.volume_size())),
            (
                "volume_type".to_owned(),
                e.volume_type().map(|v| v.as_str()).unwrap_or_default().to_owned(),
            ),
        ])
    });
    AmiDataBlockDeviceMappings {
        device_name: device.device_name().unwrap_or_default().into(),
        ebs: Attr::Known(ebs.unwrap_or_default()),
        no_device: device.no_device().unwrap_or_default().into(),
        virtual_name: device.virtual_name().unwrap_or_default().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_matched() {
        let is = |text: &str, name: &str| pattern(text).map(|p| p.is_match(name));
        assert_eq!(is("^al2023-ami-2023.*-x86_64$", "al2023-ami-2023.1-x86_64"), Ok(true));
        assert_eq!(is("al2023", "my-al2023"), Ok(true));
        assert_eq!(is("^myami-\\d{3}$", "myami-12"), Ok(false));
        assert_eq!(is("^(amzn2|al2023)-", "al2023-ami"), Ok(true));
        assert_eq!(is("(?i)^UBUNTU", "ubuntu/images"), Ok(true));
        assert!(is("(a|b", "a").is_err_and(|e| e.contains("unclosed group")));
    }
}
