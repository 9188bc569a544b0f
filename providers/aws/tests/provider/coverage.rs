//! What the provider is to cover of hashicorp/aws 5.100.0.

use crate::Result;
use crate::case::{self, Case};

/// Resource types.
pub(crate) const RESOURCES: [&str; 74] = [
    "aws_acm_certificate",
    "aws_autoscaling_attachment",
    "aws_autoscaling_group",
    "aws_autoscaling_lifecycle_hook",
    "aws_autoscaling_notification",
    "aws_autoscaling_policy",
    "aws_autoscaling_schedule",
    "aws_autoscaling_traffic_source_attachment",
    "aws_cloudwatch_dashboard",
    "aws_cloudwatch_log_group",
    "aws_cloudwatch_metric_alarm",
    "aws_db_instance",
    "aws_db_option_group",
    "aws_db_parameter_group",
    "aws_db_snapshot",
    "aws_db_subnet_group",
    "aws_default_network_acl",
    "aws_default_route_table",
    "aws_default_security_group",
    "aws_dynamodb_table",
    "aws_ebs_volume",
    "aws_eip",
    "aws_flow_log",
    "aws_iam_instance_profile",
    "aws_iam_policy",
    "aws_iam_role",
    "aws_iam_role_policy",
    "aws_iam_role_policy_attachment",
    "aws_instance",
    "aws_internet_gateway",
    "aws_key_pair",
    "aws_kms_alias",
    "aws_kms_key",
    "aws_launch_template",
    "aws_lb",
    "aws_lb_listener",
    "aws_lb_listener_certificate",
    "aws_lb_listener_rule",
    "aws_lb_target_group",
    "aws_lb_target_group_attachment",
    "aws_nat_gateway",
    "aws_network_acl",
    "aws_network_acl_rule",
    "aws_network_interface",
    "aws_placement_group",
    "aws_rds_cluster",
    "aws_rds_cluster_instance",
    "aws_rds_cluster_parameter_group",
    "aws_route",
    "aws_route_table",
    "aws_route_table_association",
    "aws_s3_bucket",
    "aws_s3_bucket_acl",
    "aws_s3_bucket_cors_configuration",
    "aws_s3_bucket_lifecycle_configuration",
    "aws_s3_bucket_logging",
    "aws_s3_bucket_notification",
    "aws_s3_bucket_ownership_controls",
    "aws_s3_bucket_policy",
    "aws_s3_bucket_public_access_block",
    "aws_s3_bucket_server_side_encryption_configuration",
    "aws_s3_bucket_versioning",
    "aws_s3_bucket_website_configuration",
    "aws_s3_object",
    "aws_security_group",
    "aws_security_group_rule",
    "aws_sns_topic",
    "aws_sns_topic_subscription",
    "aws_subnet",
    "aws_volume_attachment",
    "aws_vpc",
    "aws_vpc_endpoint",
    "aws_vpc_security_group_egress_rule",
    "aws_vpc_security_group_ingress_rule",
];

/// Data sources.
pub(crate) const DATA_SOURCES: [&str; 25] = [
    "aws_acm_certificate",
    "aws_ami",
    "aws_autoscaling_group",
    "aws_availability_zones",
    "aws_caller_identity",
    "aws_db_instance",
    "aws_db_snapshot",
    "aws_default_tags",
    "aws_elb_service_account",
    "aws_iam_policy",
    "aws_iam_policy_document",
    "aws_iam_role",
    "aws_instance",
    "aws_instances",
    "aws_kms_key",
    "aws_lb",
    "aws_lb_target_group",
    "aws_partition",
    "aws_region",
    "aws_s3_bucket",
    "aws_security_group",
    "aws_ssm_parameter",
    "aws_subnet",
    "aws_subnets",
    "aws_vpc",
];

/// Functions.
pub(crate) const FUNCTIONS: [&str; 3] = ["arn_build", "arn_parse", "trim_iam_role_path"];

/// Resource types that no emulator serves: their files have tests of requests and answers.
const SERVED_NOWHERE: [&str; 2] =
    ["aws_autoscaling_notification", "aws_autoscaling_traffic_source_attachment"];

#[test]
fn everything_is_played_in_some_case() -> Result<()> {
    if std::env::var_os("GROMA_TEST_TYPES").is_some() {
        return Ok(());
    }
    let mut played = String::new();
    for group in case::groups()? {
        for case in Case::of_group(&group)? {
            played += &case.create;
            played += case.update.as_deref().unwrap_or_default();
        }
    }
    let is_played = |block: &str, ty: &&str| played.contains(&format!("{block} \"{ty}\" "));
    let left_out = RESOURCES.into_iter().filter(|ty| !is_played("resource", ty));
    assert_eq!(left_out.collect::<Vec<_>>(), SERVED_NOWHERE);
    assert_eq!(DATA_SOURCES.into_iter().find(|ty| !is_played("data", ty)), None);
    Ok(())
}
