//! What is recorded of an instance as the service describes it.

use aws_sdk_rds::types::{DbInstance as Described, Endpoint, PendingModifiedValues};
use groma_aws_core::{Arn, Aws, moment, prefix_of_name, record_tags};
use groma_sdk::Attr;

use super::model::{DbInstance, DbInstanceListenerEndpoint};
use crate::convert::{recorded_version, set_of};
use crate::parts::secrets;
use crate::rds::from_sdk;

/// Records an instance. What no answer has (passwords, how it was made, how it is to be deleted)
/// stays as it is.
pub(super) fn record(aws: &Aws, state: &mut DbInstance, found: &Described) {
    let asked = state.clone();
    let identifier = found.db_instance_identifier().unwrap_or_default();
    state.id = found.dbi_resource_id().unwrap_or(identifier).into();
    state.resource_id = found.dbi_resource_id().into();
    state.identifier = identifier.into();
    state.identifier_prefix = prefix_of_name(identifier).into();
    state.arn = found.db_instance_arn().into();
    state.status = found.db_instance_status().into();
    state.instance_class = found.db_instance_class().into();
    engine(state, found);
    storage(state, found);
    network(state, found);
    upkeep(state, found);
    replication(state, found);
    domain(state, found);
    if let Some(pending) = found.pending_modified_values() {
        let now = std::mem::take(state);
        *state = as_asked(&asked, now, pending);
    }
    record_tags(aws, state, from_sdk(found.tag_list()));
}

/// What is pending as it was asked for counts as done; else every plan would ask for it again until
/// the window of maintenance has come. An identifier stays what it is: requests name it.
fn as_asked(asked: &DbInstance, now: DbInstance, pending: &PendingModifiedValues) -> DbInstance {
    fn of<T: Clone + PartialEq>(asked: &Attr<T>, is: Attr<T>, pending: Option<T>) -> Attr<T> {
        match pending {
            Some(pending) if asked.get() == Some(&pending) => asked.clone(),
            _ => is,
        }
    }
    let text = |text: Option<&str>| text.map(str::to_owned);
    let number = |number: Option<i32>| number.map(i64::from);
    DbInstance {
        allocated_storage: of(
            &asked.allocated_storage,
            now.allocated_storage,
            number(pending.allocated_storage()),
        ),
        backup_retention_period: of(
            &asked.backup_retention_period,
            now.backup_retention_period,
            number(pending.backup_retention_period()),
        ),
        ca_cert_identifier: of(
            &asked.ca_cert_identifier,
            now.ca_cert_identifier,
            text(pending.ca_certificate_identifier()),
        ),
        db_subnet_group_name: of(
            &asked.db_subnet_group_name,
            now.db_subnet_group_name,
            text(pending.db_subnet_group_name()),
        ),
        dedicated_log_volume: of(
            &asked.dedicated_log_volume,
            now.dedicated_log_volume,
            pending.dedicated_log_volume(),
        ),
        iam_database_authentication_enabled: of(
            &asked.iam_database_authentication_enabled,
            now.iam_database_authentication_enabled,
            pending.iam_database_authentication_enabled(),
        ),
        instance_class: of(
            &asked.instance_class,
            now.instance_class,
            text(pending.db_instance_class()),
        ),
        iops: of(&asked.iops, now.iops, number(pending.iops())),
        license_model: of(&asked.license_model, now.license_model, text(pending.license_model())),
        multi_az: of(&asked.multi_az, now.multi_az, pending.multi_az()),
        port: of(&asked.port, now.port, number(pending.port())),
        storage_throughput: of(
            &asked.storage_throughput,
            now.storage_throughput,
            number(pending.storage_throughput()),
        ),
        storage_type: of(&asked.storage_type, now.storage_type, text(pending.storage_type())),
        ..now
    }
}

fn engine(state: &mut DbInstance, found: &Described) {
    state.engine = found.engine().into();
    let actual = found.engine_version().unwrap_or_default();
    let pending = found.pending_modified_values().and_then(|p| p.engine_version());
    state.engine_version = recorded_version(&state.engine_version, actual, pending).into();
    state.engine_version_actual = actual.into();
    state.engine_lifecycle_support = found.engine_lifecycle_support().into();
    state.license_model = found.license_model().into();
    state.db_name = found.db_name().into();
    state.username = found.master_username().into();
    state.character_set_name = found.character_set_name().into();
    state.nchar_character_set_name = found.nchar_character_set_name().into();
    state.timezone = found.timezone().into();
    state.custom_iam_instance_profile = found.custom_iam_instance_profile().into();
    state.iam_database_authentication_enabled = found.iam_database_authentication_enabled().into();
    state.parameter_group_name =
        found.db_parameter_groups().first().and_then(|g| g.db_parameter_group_name()).into();
    state.option_group_name =
        found.option_group_memberships().first().and_then(|g| g.option_group_name()).into();
    let secret = found.master_user_secret();
    state.master_user_secret = secrets(secret);
    if let Some(key) = secret.and_then(|s| s.kms_key_id())
        && !state.master_user_secret_kms_key_id.is_known()
    {
        state.master_user_secret_kms_key_id = key.into();
    }
}

fn storage(state: &mut DbInstance, found: &Described) {
    state.allocated_storage = found.allocated_storage().into();
    state.max_allocated_storage = found.max_allocated_storage().into();
    state.iops = found.iops().into();
    state.storage_encrypted = found.storage_encrypted().into();
    state.storage_throughput = found.storage_throughput().into();
    state.storage_type = found.storage_type().into();
    state.dedicated_log_volume = found.dedicated_log_volume().into();
    state.kms_key_id = found.kms_key_id().into();
}

fn network(state: &mut DbInstance, found: &Described) {
    let endpoint = found.endpoint();
    let address = endpoint.and_then(Endpoint::address);
    state.address = address.into();
    state.hosted_zone_id = endpoint.and_then(Endpoint::hosted_zone_id).into();
    // Until the instance is up it has no endpoint, but a port it was created with.
    let port = endpoint.and_then(Endpoint::port).or(found.db_instance_port()).filter(|p| *p != 0);
    state.endpoint = address.zip(port).map(|(a, p)| format!("{a}:{p}")).into();
    state.port = port.into();
    state.listener_endpoint = Attr::Known(Vec::from_iter(found.listener_endpoint().map(|e| {
        DbInstanceListenerEndpoint {
            address: e.address().into(),
            hosted_zone_id: e.hosted_zone_id().into(),
            port: e.port().into(),
        }
    })));
    state.availability_zone = found.availability_zone().into();
    state.multi_az = found.multi_az().into();
    state.customer_owned_ip_enabled = found.customer_owned_ip_enabled().into();
    state.network_type = found.network_type().into();
    state.publicly_accessible = found.publicly_accessible().into();
    state.db_subnet_group_name =
        found.db_subnet_group().and_then(|g| g.db_subnet_group_name()).into();
    state.vpc_security_group_ids =
        set_of(found.vpc_security_groups().iter().map(|g| g.vpc_security_group_id()));
}

fn upkeep(state: &mut DbInstance, found: &Described) {
    state.auto_minor_version_upgrade = found.auto_minor_version_upgrade().into();
    state.backup_retention_period = found.backup_retention_period().into();
    state.backup_target = found.backup_target().into();
    state.backup_window = found.preferred_backup_window().into();
    state.maintenance_window = found.preferred_maintenance_window().into();
    state.ca_cert_identifier = found.ca_certificate_identifier().into();
    state.copy_tags_to_snapshot = found.copy_tags_to_snapshot().into();
    state.deletion_protection = found.deletion_protection().into();
    state.latest_restorable_time = moment(found.latest_restorable_time());
    state.enabled_cloudwatch_logs_exports =
        set_of(found.enabled_cloudwatch_logs_exports().iter().map(|l| Some(l.as_str())));
    state.monitoring_interval = found.monitoring_interval().into();
    state.monitoring_role_arn = found.monitoring_role_arn().into();
    state.database_insights_mode = found.database_insights_mode().map(|m| m.as_str()).into();
    state.performance_insights_enabled = found.performance_insights_enabled().into();
    state.performance_insights_kms_key_id = found.performance_insights_kms_key_id().into();
    state.performance_insights_retention_period =
        found.performance_insights_retention_period().into();
}

fn replication(state: &mut DbInstance, found: &Described) {
    let mut replicas: Vec<String> = found.read_replica_db_instance_identifiers().to_vec();
    replicas.sort();
    state.replicas = Attr::Known(replicas);
    state.replica_mode = found.replica_mode().map(|m| m.as_str()).into();
    let source = found
        .read_replica_source_db_instance_identifier()
        .or(found.read_replica_source_db_cluster_identifier())
        .unwrap_or_default();
    let known = state.replicate_source_db.text();
    if !same_source(known, source) {
        state.replicate_source_db = source.into();
    }
}

/// Whether two ways to name the source of a replica name the same one. The service names one of the
/// same region by its identifier, whatever way it was named when the replica was made.
pub(super) fn same_source(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    let name = |text: &str| match text.parse::<Arn>() {
        Ok(arn) => arn.after("db:").map(str::to_owned),
        Err(_) => Some(text.to_owned()),
    };
    // Two ARNs name the same only if they are equal; that was seen above.
    let one_is_plain = !Arn::is_arn(a) || !Arn::is_arn(b);
    one_is_plain && !a.is_empty() && !b.is_empty() && name(a) == name(b)
}

fn domain(state: &mut DbInstance, found: &Described) {
    let Some(domain) = found.domain_memberships().first() else {
        state.domain = Attr::Null;
        state.domain_auth_secret_arn = Attr::Null;
        state.domain_dns_ips = Attr::Null;
        state.domain_fqdn = Attr::Null;
        state.domain_iam_role_name = Attr::Null;
        state.domain_ou = Attr::Null;
        return;
    };
    state.domain = domain.domain().into();
    state.domain_auth_secret_arn = domain.auth_secret_arn().into();
    state.domain_dns_ips = Attr::Known(domain.dns_ips().to_vec());
    state.domain_fqdn = domain.fqdn().into();
    state.domain_iam_role_name = domain.iam_role_name().into();
    state.domain_ou = domain.ou().into();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_the_same_by_identifier_and_by_arn() {
        let arn = "arn:aws:rds:eu-west-1:123456789012:db:main";
        assert!(same_source("main", arn) && same_source(arn, "main") && same_source(arn, arn));
        let other = "arn:aws:rds:us-east-1:123456789012:db:main";
        assert!(!same_source(arn, other) && !same_source("", "main") && !same_source("a", "b"));
    }
}
