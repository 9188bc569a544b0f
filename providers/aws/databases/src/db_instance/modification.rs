//! What is to be changed of an instance, as one request.

use aws_sdk_rds::Client;
use aws_sdk_rds::operation::modify_db_instance::builders::ModifyDBInstanceFluentBuilder as Request;
use aws_sdk_rds::types::{CloudwatchLogsExportConfiguration, DatabaseInsightsMode, ReplicaMode};

use super::DbInstance;
use super::check::fast_from;
use crate::convert::{changed, value};

type Step = Box<dyn Fn(Request) -> Request + Send + Sync>;

/// What is to be changed of an instance.
#[derive(Default)]
pub(super) struct Modification {
    steps: Vec<Step>,
    /// How many steps only go along with others.
    companions: usize,
}

/// Methods that add a change if there is a value.
macro_rules! settings {
    ($($name:ident: $ty:ty => $setter:ident;)*) => {
        $(pub(super) fn $name(&mut self, value: Option<$ty>) {
            if let Some(value) = value {
                self.add(move |r| r.$setter(Some(value.clone())));
            }
        })*
    };
}

impl Modification {
    settings! {
        backup_retention_period: i32 => set_backup_retention_period;
        backup_window: String => set_preferred_backup_window;
        maintenance_window: String => set_preferred_maintenance_window;
        password: String => set_master_user_password;
        parameter_group: String => set_db_parameter_group_name;
        max_storage: i32 => set_max_allocated_storage;
        multi_az: bool => set_multi_az;
        insights_mode: DatabaseInsightsMode => set_database_insights_mode;
    }

    pub(super) fn protection(&mut self, on: bool) {
        self.add(move |r| r.deletion_protection(on));
    }

    pub(super) fn add(&mut self, step: impl Fn(Request) -> Request + Send + Sync + 'static) {
        self.steps.push(Box::new(step));
    }

    /// Adds what is no reason for a change by itself.
    fn along(&mut self, step: impl Fn(Request) -> Request + Send + Sync + 'static) {
        self.companions += 1;
        self.add(step);
    }

    /// Whether there is anything to change.
    pub(super) fn has_any(&self) -> bool {
        self.steps.len() > self.companions
    }

    /// The request.
    pub(super) fn request(&self, client: &Client, identifier: &str) -> Request {
        let request = client.modify_db_instance().db_instance_identifier(identifier);
        self.steps.iter().fold(request, |request, step| step(request))
    }

    pub(super) fn managed_password(&mut self, managed: bool, key: Option<String>) {
        self.add(move |r| {
            r.manage_master_user_password(managed).set_master_user_secret_kms_key_id(key.clone())
        });
    }

    pub(super) fn monitoring(&mut self, interval: Option<i32>, role: Option<String>) {
        if interval.is_some() || role.is_some() {
            self.add(move |r| {
                r.set_monitoring_interval(interval).set_monitoring_role_arn(role.clone())
            });
        }
    }

    pub(super) fn insights(&mut self, key: Option<String>, days: Option<i32>) {
        self.add(move |r| {
            r.enable_performance_insights(true)
                .set_performance_insights_kms_key_id(key.clone())
                .set_performance_insights_retention_period(days)
        });
    }

    pub(super) fn storage(&mut self, size: Option<i32>, iops: Option<i32>, kind: Option<String>) {
        if size.is_some() || iops.is_some() || kind.is_some() {
            self.add(move |r| {
                r.set_allocated_storage(size).set_iops(iops).set_storage_type(kind.clone())
            });
        }
    }

    pub(super) fn engine_version(&mut self, version: Option<String>, major: Option<bool>) {
        if version.is_some() {
            self.add(move |r| {
                r.set_engine_version(version.clone()).set_allow_major_version_upgrade(major)
            });
        }
    }
}

/// What differs between what is and what is planned.
pub(super) fn modification(
    prior: &DbInstance,
    planned: &DbInstance,
    promoted: bool,
) -> Modification {
    let mut m = Modification::default();
    simple(&mut m, prior, planned);
    storage(&mut m, prior, planned);
    engine(&mut m, prior, planned);
    access(&mut m, prior, planned);
    watching(&mut m, prior, planned);
    // Backups are part of a promotion, but for turning them off.
    let days = planned.backup_retention_period.to_i32().unwrap_or_default();
    if changed(&prior.backup_retention_period, &planned.backup_retention_period)
        && (!promoted || days == 0)
    {
        m.backup_retention_period(Some(days));
    }
    if changed(&prior.backup_window, &planned.backup_window) && !promoted {
        m.backup_window(planned.backup_window.to_filled());
    }
    m
}

/// Adds the changes of attributes that each have a parameter of their own.
macro_rules! each {
    ($m:expr, $prior:expr, $planned:expr; $($field:ident => $setter:ident($value:ident)),* $(,)?) => {$(
        if changed(&$prior.$field, &$planned.$field) {
            let value = value!($value, $planned.$field);
            $m.add(move |r| r.$setter(value.clone()));
        }
    )*};
}

fn simple(m: &mut Modification, prior: &DbInstance, planned: &DbInstance) {
    each!(m, prior, planned;
        auto_minor_version_upgrade => set_auto_minor_version_upgrade(said),
        ca_cert_identifier => set_ca_certificate_identifier(to_filled),
        copy_tags_to_snapshot => set_copy_tags_to_snapshot(said),
        customer_owned_ip_enabled => set_enable_customer_owned_ip(said),
        db_subnet_group_name => set_db_subnet_group_name(to_filled),
        dedicated_log_volume => set_dedicated_log_volume(said),
        deletion_protection => set_deletion_protection(said),
        iam_database_authentication_enabled => set_enable_iam_database_authentication(said),
        instance_class => set_db_instance_class(to_filled),
        license_model => set_license_model(to_filled),
        maintenance_window => set_preferred_maintenance_window(to_filled),
        multi_az => set_multi_az(said),
        network_type => set_network_type(to_filled),
        option_group_name => set_option_group_name(to_filled),
        parameter_group_name => set_db_parameter_group_name(to_filled),
        port => set_db_port_number(to_filled_i32),
        publicly_accessible => set_publicly_accessible(said),
        vpc_security_group_ids => set_vpc_security_group_ids(to_filled),
    );
    if changed(&prior.replica_mode, &planned.replica_mode) {
        let mode = planned.replica_mode.filled().map(ReplicaMode::from);
        m.add(move |r| r.set_replica_mode(mode.clone()));
    }
}

/// Size, speed and type depend on each other, so that all of them are said when one changes.
fn storage(m: &mut Modification, prior: &DbInstance, planned: &DbInstance) {
    let kind_changed = changed(&prior.storage_type, &planned.storage_type);
    if changed(&prior.allocated_storage, &planned.allocated_storage)
        || changed(&prior.iops, &planned.iops)
        || changed(&prior.storage_throughput, &planned.storage_throughput)
        || kind_changed
    {
        let (size, iops) =
            (planned.allocated_storage.to_filled_i32(), planned.iops.to_filled_i32());
        let (kind, throughput) =
            (planned.storage_type.to_filled(), planned.storage_throughput.to_filled_i32());
        let has_speed = matches!(kind.as_deref(), Some("io1" | "io2" | "gp3") | None);
        let has_throughput = matches!(kind.as_deref(), Some("gp3") | None);
        // What the old type had by itself is not asked of the new one, and what small storage has
        // by itself is not said at all.
        let is_small = kind.as_deref() == Some("gp3")
            && fast_from(planned.engine.text())
                .is_some_and(|least| planned.allocated_storage.or_default() < least);
        let own = kind_changed || is_small;
        let iops = iops.filter(|_| has_speed && (!own || changed(&prior.iops, &planned.iops)));
        let throughput = throughput.filter(|_| {
            has_throughput
                && (!own || changed(&prior.storage_throughput, &planned.storage_throughput))
        });
        let kind = kind.filter(|_| kind_changed || iops.is_some() || throughput.is_some());
        m.add(move |r| {
            r.set_allocated_storage(size)
                .set_iops(iops)
                .set_storage_throughput(throughput)
                .set_storage_type(kind.clone())
        });
    }
    if changed(&prior.max_allocated_storage, &planned.max_allocated_storage) {
        // Storage that may grow to what it is does not grow.
        let most = planned
            .max_allocated_storage
            .to_filled_i32()
            .or(planned.allocated_storage.to_filled_i32());
        m.max_storage(most);
    }
}

fn engine(m: &mut Modification, prior: &DbInstance, planned: &DbInstance) {
    if !changed(&prior.engine_version, &planned.engine_version) {
        return;
    }
    let major = planned.allow_major_version_upgrade.get().copied();
    m.engine_version(planned.engine_version.to_filled(), major);
    // Another major version wants a group of its own family, which must come along.
    let group = planned.parameter_group_name.to_filled();
    m.along(move |r| match (major, &group) {
        (Some(true), Some(group)) => r.db_parameter_group_name(group),
        _ => r,
    });
}

fn access(m: &mut Modification, prior: &DbInstance, planned: &DbInstance) {
    if changed(&prior.password, &planned.password) {
        m.password(planned.password.to_filled());
    }
    let managed = changed(&prior.manage_master_user_password, &planned.manage_master_user_password);
    let key = planned.master_user_secret_kms_key_id.to_filled();
    let key_changed =
        changed(&prior.master_user_secret_kms_key_id, &planned.master_user_secret_kms_key_id);
    if managed || key_changed && planned.manage_master_user_password.is_true() {
        m.managed_password(planned.manage_master_user_password.is_true(), key);
    }
    let domain_changed = changed(&prior.domain, &planned.domain)
        || changed(&prior.domain_iam_role_name, &planned.domain_iam_role_name)
        || changed(&prior.domain_auth_secret_arn, &planned.domain_auth_secret_arn)
        || changed(&prior.domain_dns_ips, &planned.domain_dns_ips)
        || changed(&prior.domain_fqdn, &planned.domain_fqdn)
        || changed(&prior.domain_ou, &planned.domain_ou);
    if domain_changed {
        let (domain, role) = (planned.domain.to_filled(), planned.domain_iam_role_name.to_filled());
        let secret = planned.domain_auth_secret_arn.to_filled();
        let (fqdn, ou) = (planned.domain_fqdn.to_filled(), planned.domain_ou.to_filled());
        let ips = planned.domain_dns_ips.to_filled();
        let leaves = domain.is_none() && secret.is_none() && fqdn.is_none();
        m.add(move |r| match leaves {
            true => r.disable_domain(true),
            false => r
                .set_domain(domain.clone())
                .set_domain_iam_role_name(role.clone())
                .set_domain_auth_secret_arn(secret.clone())
                .set_domain_dns_ips(ips.clone())
                .set_domain_fqdn(fqdn.clone())
                .set_domain_ou(ou.clone()),
        });
    }
}

fn watching(m: &mut Modification, prior: &DbInstance, planned: &DbInstance) {
    if changed(&prior.monitoring_interval, &planned.monitoring_interval)
        || changed(&prior.monitoring_role_arn, &planned.monitoring_role_arn)
    {
        let interval = planned.monitoring_interval.to_i32().or(Some(0));
        m.monitoring(interval, planned.monitoring_role_arn.to_filled());
    }
    let (was, logs) =
        (&prior.enabled_cloudwatch_logs_exports, &planned.enabled_cloudwatch_logs_exports);
    if changed(was, logs) {
        let (was, logs) = (was.or_default(), logs.or_default());
        let config = CloudwatchLogsExportConfiguration::builder()
            .set_enable_log_types(Some(logs.without(&was)))
            .set_disable_log_types(Some(was.without(&logs)))
            .build();
        m.add(move |r| r.cloudwatch_logs_export_configuration(config.clone()));
    }
    let mode = &planned.database_insights_mode;
    let mode_changed = changed(&prior.database_insights_mode, mode);
    if mode_changed
        || changed(&prior.performance_insights_enabled, &planned.performance_insights_enabled)
        || changed(&prior.performance_insights_kms_key_id, &planned.performance_insights_kms_key_id)
        || changed(
            &prior.performance_insights_retention_period,
            &planned.performance_insights_retention_period,
        )
    {
        match planned.performance_insights_enabled.is_true() {
            true => m.insights(
                planned.performance_insights_kms_key_id.to_filled(),
                planned.performance_insights_retention_period.to_filled_i32(),
            ),
            false => m.add(|r| r.enable_performance_insights(false)),
        }
        let mode = mode.filled().map(DatabaseInsightsMode::from);
        m.insights_mode(mode.filter(|_| mode_changed));
    }
}

#[cfg(test)]
mod tests {
    use groma_aws_core::testing::Fake;
    use groma_sdk::{Attr, Set};

    use super::*;

    fn instance() -> DbInstance {
        DbInstance {
            identifier: "main".into(),
            instance_class: "db.t3.micro".into(),
            allocated_storage: Attr::Known(20),
            storage_type: "gp2".into(),
            ..DbInstance::default()
        }
    }

    fn request(prior: &DbInstance, planned: &DbInstance) -> Option<Request> {
        let change = modification(prior, planned, false);
        let client = Client::new(&Fake::new().sdk_config());
        change.has_any().then(|| change.request(&client, "main"))
    }

    #[test]
    fn what_is_the_same_is_not_sent() {
        let prior = instance();
        assert!(request(&prior, &prior).is_none());
        // Nothing set and zero are the same.
        let planned = DbInstance {
            password: Attr::Known(String::new()),
            multi_az: Attr::Known(false),
            enabled_cloudwatch_logs_exports: Attr::Known(Set::default()),
            ..instance()
        };
        assert!(request(&prior, &planned).is_none());
    }

    #[test]
    fn storage_is_said_as_a_whole() {
        let planned = DbInstance { allocated_storage: Attr::Known(30), ..instance() };
        let sent = request(&instance(), &planned);
        assert_eq!(sent.as_ref().and_then(|r| *r.get_allocated_storage()), Some(30));
        assert_eq!(sent.and_then(|r| r.get_storage_type().clone()), None);
        let planned = DbInstance {
            storage_type: "gp3".into(),
            iops: Attr::Known(4000),
            allocated_storage: Attr::Known(400),
            ..instance()
        };
        let sent = request(&instance(), &planned);
        assert_eq!(sent.as_ref().and_then(|r| *r.get_iops()), Some(4000));
        assert_eq!(sent.and_then(|r| r.get_storage_type().clone()).as_deref(), Some("gp3"));
    }

    #[test]
    fn growing_storage_is_turned_off_by_its_size() {
        let prior = DbInstance { max_allocated_storage: Attr::Known(100), ..instance() };
        let sent = request(&prior, &instance());
        assert_eq!(sent.and_then(|r| *r.get_max_allocated_storage()), Some(20));
    }

    #[test]
    fn logs_are_turned_on_and_off() {
        let logs = |names: &[&str]| {
            Attr::Known(names.iter().map(|n| (*n).to_owned()).collect::<Set<String>>())
        };
        let prior =
            DbInstance { enabled_cloudwatch_logs_exports: logs(&["audit", "error"]), ..instance() };
        let planned = DbInstance {
            enabled_cloudwatch_logs_exports: logs(&["error", "general"]),
            ..instance()
        };
        let sent = request(&prior, &planned);
        let config = sent.and_then(|r| r.get_cloudwatch_logs_export_configuration().clone());
        assert!(config.is_some_and(|c| {
            c.enable_log_types() == ["general"] && c.disable_log_types() == ["audit"]
        }));
    }
}
