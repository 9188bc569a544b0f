//! `aws_db_instance`, the data source: an instance by its identifier, or by its tags.

use std::collections::BTreeMap;

use aws_sdk_rds::types as sdk;
use groma_aws_core::{Aws, Outcome};
use groma_sdk::{Attr, Context, Diagnostic, Diagnostics, Lookup, Model, async_trait};

use crate::parts::{MasterUserSecret, secrets};
use crate::rds::{from_sdk, rds};

/// The arguments and attributes of `aws_db_instance`.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct DbInstanceData {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) address: Attr<String>,
    #[attr(computed)]
    pub(crate) allocated_storage: Attr<i64>,
    #[attr(computed)]
    pub(crate) auto_minor_version_upgrade: Attr<bool>,
    #[attr(computed)]
    pub(crate) availability_zone: Attr<String>,
    #[attr(computed)]
    pub(crate) backup_retention_period: Attr<i64>,
    #[attr(computed)]
    pub(crate) ca_cert_identifier: Attr<String>,
    #[attr(computed)]
    pub(crate) database_insights_mode: Attr<String>,
    #[attr(computed)]
    pub(crate) db_cluster_identifier: Attr<String>,
    #[attr(computed)]
    pub(crate) db_instance_arn: Attr<String>,
    #[attr(computed)]
    pub(crate) db_instance_class: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) db_instance_identifier: Attr<String>,
    #[attr(computed)]
    pub(crate) db_instance_port: Attr<i64>,
    #[attr(computed)]
    pub(crate) db_name: Attr<String>,
    #[attr(computed)]
    pub(crate) db_parameter_groups: Attr<Vec<String>>,
    #[attr(computed)]
    pub(crate) db_subnet_group: Attr<String>,
    #[attr(computed)]
    pub(crate) enabled_cloudwatch_logs_exports: Attr<Vec<String>>,
    #[attr(computed)]
    pub(crate) endpoint: Attr<String>,
    #[attr(computed)]
    pub(crate) engine: Attr<String>,
    #[attr(computed)]
    pub(crate) engine_version: Attr<String>,
    #[attr(computed)]
    pub(crate) hosted_zone_id: Attr<String>,
    #[attr(computed)]
    pub(crate) iops: Attr<i64>,
    #[attr(computed)]
    pub(crate) kms_key_id: Attr<String>,
    #[attr(computed)]
    pub(crate) license_model: Attr<String>,
    #[attr(computed)]
    pub(crate) master_user_secret: Attr<Vec<MasterUserSecret>>,
    #[attr(computed)]
    pub(crate) master_username: Attr<String>,
    #[attr(computed)]
    pub(crate) max_allocated_storage: Attr<i64>,
    #[attr(computed)]
    pub(crate) monitoring_interval: Attr<i64>,
    #[attr(computed)]
    pub(crate) monitoring_role_arn: Attr<String>,
    #[attr(computed)]
    pub(crate) multi_az: Attr<bool>,
    #[attr(computed)]
    pub(crate) network_type: Attr<String>,
    #[attr(computed)]
    pub(crate) option_group_memberships: Attr<Vec<String>>,
    #[attr(computed)]
    pub(crate) port: Attr<i64>,
    #[attr(computed)]
    pub(crate) preferred_backup_window: Attr<String>,
    #[attr(computed)]
    pub(crate) preferred_maintenance_window: Attr<String>,
    #[attr(computed)]
    pub(crate) publicly_accessible: Attr<bool>,
    #[attr(computed)]
    pub(crate) replicate_source_db: Attr<String>,
    #[attr(computed)]
    pub(crate) resource_id: Attr<String>,
    #[attr(computed)]
    pub(crate) storage_encrypted: Attr<bool>,
    #[attr(computed)]
    pub(crate) storage_throughput: Attr<i64>,
    #[attr(computed)]
    pub(crate) storage_type: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(computed)]
    pub(crate) timezone: Attr<String>,
    #[attr(computed)]
    pub(crate) vpc_security_groups: Attr<Vec<String>>,
}

/// The data source.
pub(crate) struct DbInstanceLookup;

#[async_trait]
impl Lookup<Aws> for DbInstanceLookup {
    type Model = DbInstanceData;

    fn name(&self) -> &'static str {
        "aws_db_instance"
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        config: DbInstanceData,
    ) -> Result<DbInstanceData, Diagnostics> {
        let request = rds(cx).describe_db_instances();
        let request = request.set_db_instance_identifier(config.db_instance_identifier.to_filled());
        let found = request.into_paginator().items().send();
        let found = match found.collect::<Result<Vec<_>, _>>().await.typed() {
            Err(e) if e.is_any(&["DBInstanceNotFound", "DBInstanceNotFoundFault"]) => Vec::new(),
            found => found.during("reading RDS DB Instances")?,
        };
        let wanted = config.tags.or_default();
        let mut found = found.into_iter().filter(|instance| {
            let tags = from_sdk(instance.tag_list());
            wanted.iter().all(|(key, value)| tags.get(key) == Some(value))
        });
        match (found.next(), found.next()) {
            (Some(instance), None) => Ok(recorded(&instance)),
            (None, _) => Err(Diagnostic::error(
                "no matching RDS DB Instance found",
                "Your query returned no results. Change what is searched for, and try again.",
            )
            .into()),
            (Some(_), Some(_)) => Err(Diagnostic::error(
                "multiple RDS DB Instances matched",
                "Your query returned more than one result. Name the instance by \
                 \"db_instance_identifier\", or by tags that it alone has.",
            )
            .into()),
        }
    }
}

fn texts<'a>(of: impl Iterator<Item = Option<&'a str>>) -> Attr<Vec<String>> {
    Attr::Known(of.flatten().map(str::to_owned).collect())
}

fn recorded(i: &sdk::DbInstance) -> DbInstanceData {
    let endpoint = i.endpoint();
    let (address, port) = (endpoint.and_then(|e| e.address()), endpoint.and_then(|e| e.port()));
    let tags = from_sdk(i.tag_list()).into_iter().filter(|(key, _)| !key.starts_with("aws:"));
    DbInstanceData {
        id: i.db_instance_identifier().into(),
        address: address.into(),
        allocated_storage: i.allocated_storage().into(),
        auto_minor_version_upgrade: i.auto_minor_version_upgrade().into(),
        availability_zone: i.availability_zone().into(),
        backup_retention_period: i.backup_retention_period().into(),
        ca_cert_identifier: i.ca_certificate_identifier().into(),
        database_insights_mode: i.database_insights_mode().map(|m| m.as_str()).into(),
        db_cluster_identifier: i.db_cluster_identifier().into(),
        db_instance_arn: i.db_instance_arn().into(),
        db_instance_class: i.db_instance_class().into(),
        db_instance_identifier: i.db_instance_identifier().into(),
        db_instance_port: i.db_instance_port().into(),
        db_name: i.db_name().into(),
        db_parameter_groups: texts(
            i.db_parameter_groups().iter().map(|g| g.db_parameter_group_name()),
        ),
        db_subnet_group: i.db_subnet_group().and_then(|g| g.db_subnet_group_name()).into(),
        enabled_cloudwatch_logs_exports: Attr::Known(i.enabled_cloudwatch_logs_exports().to_vec()),
        endpoint: address.zip(port).map(|(a, p)| format!("{a}:{p}")).into(),
        engine: i.engine().into(),
        engine_version: i.engine_version().into(),
        hosted_zone_id: endpoint.and_then(|e| e.hosted_zone_id()).into(),
        iops: i.iops().into(),
        kms_key_id: i.kms_key_id().into(),
        license_model: i.license_model().into(),
        master_user_secret: secrets(i.master_user_secret()),
        master_username: i.master_username().into(),
        max_allocated_storage: i.max_allocated_storage().into(),
        monitoring_interval: i.monitoring_interval().into(),
        monitoring_role_arn: i.monitoring_role_arn().into(),
        multi_az: i.multi_az().into(),
        network_type: i.network_type().into(),
        option_group_memberships: texts(
            i.option_group_memberships().iter().map(|g| g.option_group_name()),
        ),
        port: port.into(),
        preferred_backup_window: i.preferred_backup_window().into(),
        preferred_maintenance_window: i.preferred_maintenance_window().into(),
        publicly_accessible: i.publicly_accessible().into(),
        replicate_source_db: i.read_replica_source_db_instance_identifier().into(),
        resource_id: i.dbi_resource_id().into(),
        storage_encrypted: i.storage_encrypted().into(),
        storage_throughput: i.storage_throughput().into(),
        storage_type: i.storage_type().into(),
        tags: Attr::Known(tags.collect()),
        timezone: i.timezone().into(),
        vpc_security_groups: texts(
            i.vpc_security_groups().iter().map(|g| g.vpc_security_group_id()),
        ),
    }
}
