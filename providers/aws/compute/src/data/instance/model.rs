//! What is told of an instance.

use std::collections::BTreeMap;
use std::time::Duration;

use groma_aws_network::data::Filter;
use groma_sdk::{Attr, Blocks, Model, Set, timeouts};

/// The arguments and attributes of `aws_instance`.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct InstanceData {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) ami: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(computed)]
    pub(crate) associate_public_ip_address: Attr<bool>,
    #[attr(computed)]
    pub(crate) availability_zone: Attr<String>,
    #[attr(computed)]
    pub(crate) credit_specification: Attr<Vec<InstanceDataCreditSpecification>>,
    #[attr(computed)]
    pub(crate) disable_api_stop: Attr<bool>,
    #[attr(computed)]
    pub(crate) disable_api_termination: Attr<bool>,
    #[attr(computed)]
    pub(crate) ebs_block_device: Attr<Set<InstanceDataEbsBlockDevice>>,
    #[attr(computed)]
    pub(crate) ebs_optimized: Attr<bool>,
    #[attr(computed)]
    pub(crate) enclave_options: Attr<Vec<InstanceDataEnclaveOptions>>,
    #[attr(computed)]
    pub(crate) ephemeral_block_device: Attr<Vec<InstanceDataEphemeralBlockDevice>>,
    #[attr(optional)]
    pub(crate) get_password_data: Attr<bool>,
    #[attr(optional)]
    pub(crate) get_user_data: Attr<bool>,
    #[attr(computed)]
    pub(crate) host_id: Attr<String>,
    #[attr(computed)]
    pub(crate) host_resource_group_arn: Attr<String>,
    #[attr(computed)]
    pub(crate) iam_instance_profile: Attr<String>,
    #[attr(optional)]
    pub(crate) instance_id: Attr<String>,
    #[attr(computed)]
    pub(crate) instance_state: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) instance_tags: Attr<BTreeMap<String, String>>,
    #[attr(computed)]
    pub(crate) instance_type: Attr<String>,
    #[attr(computed)]
    pub(crate) ipv6_addresses: Attr<Set<String>>,
    #[attr(computed)]
    pub(crate) key_name: Attr<String>,
    #[attr(computed)]
    pub(crate) launch_time: Attr<String>,
    #[attr(computed)]
    pub(crate) maintenance_options: Attr<Vec<InstanceDataMaintenanceOptions>>,
    #[attr(computed)]
    pub(crate) metadata_options: Attr<Vec<InstanceDataMetadataOptions>>,
    #[attr(computed)]
    pub(crate) monitoring: Attr<bool>,
    #[attr(computed)]
    pub(crate) network_interface_id: Attr<String>,
    #[attr(computed)]
    pub(crate) outpost_arn: Attr<String>,
    #[attr(computed)]
    pub(crate) password_data: Attr<String>,
    #[attr(computed)]
    pub(crate) placement_group: Attr<String>,
    #[attr(computed)]
    pub(crate) placement_partition_number: Attr<i64>,
    #[attr(computed)]
    pub(crate) private_dns: Attr<String>,
    #[attr(computed)]
    pub(crate) private_dns_name_options: Attr<Vec<InstanceDataPrivateDnsNameOptions>>,
    #[attr(computed)]
    pub(crate) private_ip: Attr<String>,
    #[attr(computed)]
    pub(crate) public_dns: Attr<String>,
    #[attr(computed)]
    pub(crate) public_ip: Attr<String>,
    #[attr(computed)]
    pub(crate) root_block_device: Attr<Set<InstanceDataRootBlockDevice>>,
    #[attr(computed)]
    pub(crate) secondary_private_ips: Attr<Set<String>>,
    #[attr(computed)]
    pub(crate) security_groups: Attr<Set<String>>,
    #[attr(computed)]
    pub(crate) source_dest_check: Attr<bool>,
    #[attr(computed)]
    pub(crate) subnet_id: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(computed)]
    pub(crate) tenancy: Attr<String>,
    #[attr(computed)]
    pub(crate) user_data: Attr<String>,
    #[attr(computed)]
    pub(crate) user_data_base64: Attr<String>,
    #[attr(computed)]
    pub(crate) vpc_security_group_ids: Attr<Set<String>>,
    #[block(set)]
    pub(crate) filter: Blocks<Filter>,
    #[block(single)]
    pub(crate) timeouts: Blocks<InstanceDataTimeouts>,
}

timeouts! {
    /// How long operations may take.
    pub(crate) struct InstanceDataTimeouts {
        read: Duration::from_secs(1200),
    }
}

/// One element of `root_block_device`.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct InstanceDataRootBlockDevice {
    #[attr(computed)]
    pub(crate) delete_on_termination: Attr<bool>,
    #[attr(computed)]
    pub(crate) device_name: Attr<String>,
    #[attr(computed)]
    pub(crate) encrypted: Attr<bool>,
    #[attr(computed)]
    pub(crate) iops: Attr<i64>,
    #[attr(computed)]
    pub(crate) kms_key_id: Attr<String>,
    #[attr(computed)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(computed)]
    pub(crate) throughput: Attr<i64>,
    #[attr(computed)]
    pub(crate) volume_id: Attr<String>,
    #[attr(computed)]
    pub(crate) volume_size: Attr<i64>,
    #[attr(computed)]
    pub(crate) volume_type: Attr<String>,
}

/// One element of `private_dns_name_options`.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct InstanceDataPrivateDnsNameOptions {
    #[attr(computed)]
    pub(crate) enable_resource_name_dns_a_record: Attr<bool>,
    #[attr(computed)]
    pub(crate) enable_resource_name_dns_aaaa_record: Attr<bool>,
    #[attr(computed)]
    pub(crate) hostname_type: Attr<String>,
}

/// One element of `metadata_options`.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct InstanceDataMetadataOptions {
    #[attr(computed)]
    pub(crate) http_endpoint: Attr<String>,
    #[attr(computed)]
    pub(crate) http_protocol_ipv6: Attr<String>,
    #[attr(computed)]
    pub(crate) http_put_response_hop_limit: Attr<i64>,
    #[attr(computed)]
    pub(crate) http_tokens: Attr<String>,
    #[attr(computed)]
    pub(crate) instance_metadata_tags: Attr<String>,
}

/// One element of `maintenance_options`.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct InstanceDataMaintenanceOptions {
    #[attr(computed)]
    pub(crate) auto_recovery: Attr<String>,
}

/// One element of `ephemeral_block_device`.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct InstanceDataEphemeralBlockDevice {
    #[attr(computed)]
    pub(crate) device_name: Attr<String>,
    #[attr(computed)]
    pub(crate) no_device: Attr<bool>,
    #[attr(computed)]
    pub(crate) virtual_name: Attr<String>,
}

/// One element of `enclave_options`.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct InstanceDataEnclaveOptions {
    #[attr(computed)]
    pub(crate) enabled: Attr<bool>,
}

/// One element of `ebs_block_device`.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct InstanceDataEbsBlockDevice {
    #[attr(computed)]
    pub(crate) delete_on_termination: Attr<bool>,
    #[attr(computed)]
    pub(crate) device_name: Attr<String>,
    #[attr(computed)]
    pub(crate) encrypted: Attr<bool>,
    #[attr(computed)]
    pub(crate) iops: Attr<i64>,
    #[attr(computed)]
    pub(crate) kms_key_id: Attr<String>,
    #[attr(computed)]
    pub(crate) snapshot_id: Attr<String>,
    #[attr(computed)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(computed)]
    pub(crate) throughput: Attr<i64>,
    #[attr(computed)]
    pub(crate) volume_id: Attr<String>,
    #[attr(computed)]
    pub(crate) volume_size: Attr<i64>,
    #[attr(computed)]
    pub(crate) volume_type: Attr<String>,
}

/// One element of `credit_specification`.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct InstanceDataCreditSpecification {
    #[attr(computed)]
    pub(crate) cpu_credits: Attr<String>,
}
