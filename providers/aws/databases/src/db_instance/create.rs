//! The five ways in which an instance is made.
//!
//! Each is one request. What it does not take is set by a change as soon as the instance is
//! available, and a restart where parameters need one.

use std::time::Duration;

use aws_sdk_rds::Client;
use aws_sdk_rds::primitives::DateTime;
use aws_sdk_rds::types::{DatabaseInsightsMode, DbInstance as Described, ReplicaMode};
use groma_aws_core::{
    Arn, Aws, Error, Outcome, TagMap, appears, configured_moment, create_once, name_or_generated,
    retry, wanted_tags,
};
use groma_sdk::{Attr, Context, Diagnostics};

use super::DbInstance;
use super::model::DbInstanceTimeouts;
use super::modification::Modification;
use super::settle;
use crate::convert::said;
use crate::parts::from_s3;
use crate::rds::{instance_named, rds, to_sdk};

/// How long what was just made elsewhere (roles, above all) may take to be known to RDS.
const PROPAGATION: Duration = Duration::from_secs(120);

/// Creates an instance and waits until it is as it was planned.
pub(super) async fn create(
    cx: &Context<Aws>,
    config: &DbInstance,
    planned: DbInstance,
) -> Result<DbInstance, Diagnostics> {
    let prefix = planned.identifier_prefix.as_str();
    let name = name_or_generated(cx, planned.identifier.as_str(), prefix, "terraform-");
    let limit = DbInstanceTimeouts::create(&planned.timeouts);
    let new = New {
        client: rds(cx),
        name: name.clone(),
        password: planned.password.to_filled().or_else(|| config.password_wo.to_filled()),
        tags: wanted_tags(cx.client(), &planned),
        planned: &planned,
        region: cx.client().region().to_owned(),
        moment: match planned.restore_to_point_in_time.first() {
            Some(restore) => configured_moment(&restore.restore_time)?,
            None => None,
        },
    };
    let what = format!("creating RDS DB Instance ({name})");
    let made = retry(cx, &what, PROPAGATION, is_propagating, || new.request(cx)).await;
    let generated = planned.identifier.filled().is_none();
    let made = match made {
        Ok(made) => made,
        // A plan that is applied again generates the same name: what has it is ours.
        Err(e) if generated && e.is_any(EXISTS) => None,
        Err(e) => return Err(e.during(&what)),
    };
    let made = match made {
        Some(made) => made,
        None => {
            let named = format!("RDS DB Instance ({name})");
            appears(cx, named, PROPAGATION, || async {
                instance_named(cx, &name).await.during(&what)
            })
            .await?
        }
    };
    let rest = new.rest();
    let mut state = planned.clone();
    state.identifier = name.as_str().into();
    state.id = made.dbi_resource_id().unwrap_or(&name).into();
    state.resource_id = made.dbi_resource_id().into();
    state.arn = made.db_instance_arn().into();
    cx.keep_model(&state);
    let up = settle::available(cx, state.id.text(), limit).await?;
    finish(cx, &state, &name, rest, &up, limit).await?;
    Ok(state)
}

/// Sets what the request that made the instance did not take.
async fn finish(
    cx: &Context<Aws>,
    state: &DbInstance,
    name: &str,
    rest: Modification,
    up: &Described,
    limit: Duration,
) -> Result<(), Diagnostics> {
    let id = state.id.text();
    let mut up = up.clone();
    if rest.has_any() {
        let what = format!("updating RDS DB Instance ({name}) after it was created");
        let client = rds(cx);
        let changed = retry(cx, &what, PROPAGATION, is_propagating, || {
            let request = rest.request(&client, name).apply_immediately(true);
            async { request.send().await.typed() }
        });
        changed.await.during(&what)?;
        up = settle::changed(cx, id, state, limit).await?;
    }
    let mut groups = up.db_parameter_groups().iter();
    let waits_for_restart = groups.any(|g| {
        g.db_parameter_group_name() == state.parameter_group_name.as_str()
            && g.parameter_apply_status() == Some("pending-reboot")
    });
    if waits_for_restart && state.parameter_group_name.filled().is_some() {
        let restarted = rds(cx).reboot_db_instance().db_instance_identifier(name).send().await;
        restarted.during(format_args!("rebooting RDS DB Instance ({name})"))?;
        settle::available(cx, id, limit).await?;
    }
    Ok(())
}

/// What was just made elsewhere is not known to RDS yet.
fn is_propagating(e: &Error) -> bool {
    let words = [
        "ENHANCED_MONITORING",
        "S3_SNAPSHOT_INGESTION",
        "S3 bucket cannot be found",
        "Files from the specified Amazon S3 bucket cannot be downloaded",
        "IAM role ARN value is invalid or does not include the required permissions",
    ];
    e.is("InvalidParameterValue") && words.iter().any(|w| e.message().contains(w))
        || e.says("ValidationError", "RDS couldn't fetch the role from instance profile")
}

/// How the service says that there is an instance of the name.
const EXISTS: &[&str] = &["DBInstanceAlreadyExists", "DBInstanceAlreadyExistsFault"];

/// What a request made; nothing if its answer got lost, so that what it made is to be read.
#[expect(clippy::unnecessary_wraps, reason = "it ends all five requests")]
fn made(answer: Option<Option<Described>>) -> Result<Option<Described>, Error> {
    Ok(answer.flatten())
}

/// An instance to be made.
struct New<'a> {
    client: std::sync::Arc<Client>,
    name: String,
    password: Option<String>,
    tags: TagMap,
    planned: &'a DbInstance,
    region: String,
    /// When it is to be as it was then.
    moment: Option<DateTime>,
}

/// What all five requests take.
macro_rules! common {
    ($request:expr, $new:expr) => {{
        let p = $new.planned;
        $request
            .set_auto_minor_version_upgrade(said(&p.auto_minor_version_upgrade))
            .set_availability_zone(p.availability_zone.to_filled())
            .set_ca_certificate_identifier(p.ca_cert_identifier.to_filled())
            .set_copy_tags_to_snapshot(said(&p.copy_tags_to_snapshot))
            .set_db_instance_class(p.instance_class.to_filled())
            .set_db_subnet_group_name(p.db_subnet_group_name.to_filled())
            .set_dedicated_log_volume(p.dedicated_log_volume.to_filled())
            .set_deletion_protection(said(&p.deletion_protection))
            .set_enable_cloudwatch_logs_exports(p.enabled_cloudwatch_logs_exports.to_filled())
            .set_enable_iam_database_authentication(
                p.iam_database_authentication_enabled.to_filled(),
            )
            .set_iops(p.iops.to_filled_i32())
            .set_network_type(p.network_type.to_filled())
            .set_option_group_name(p.option_group_name.to_filled())
            .set_port(p.port.to_filled_i32())
            .set_publicly_accessible(said(&p.publicly_accessible))
            .set_storage_throughput(p.storage_throughput.to_filled_i32())
            .set_storage_type(p.storage_type.to_filled())
            .set_tags(to_sdk(&$new.tags))
            .set_vpc_security_group_ids(p.vpc_security_group_ids.to_filled())
    }};
}

/// What all take but the one from S3.
macro_rules! joined {
    ($request:expr, $p:expr) => {
        $request
            .set_custom_iam_instance_profile($p.custom_iam_instance_profile.to_filled())
            .set_enable_customer_owned_ip($p.customer_owned_ip_enabled.to_filled())
            .set_backup_target($p.backup_target.to_filled())
            .set_domain($p.domain.to_filled())
            .set_domain_auth_secret_arn($p.domain_auth_secret_arn.to_filled())
            .set_domain_dns_ips($p.domain_dns_ips.to_filled())
            .set_domain_fqdn($p.domain_fqdn.to_filled())
            .set_domain_iam_role_name($p.domain_iam_role_name.to_filled())
            .set_domain_ou($p.domain_ou.to_filled())
    };
}

/// What those take that do not restore a snapshot or a moment.
macro_rules! watched {
    ($request:expr, $p:expr) => {
        $request
            .set_kms_key_id($p.kms_key_id.to_filled())
            .set_max_allocated_storage($p.max_allocated_storage.to_filled_i32())
            .set_monitoring_interval($p.monitoring_interval.to_filled_i32())
            .set_monitoring_role_arn($p.monitoring_role_arn.to_filled())
            .set_database_insights_mode(insights(&$p.database_insights_mode))
            .set_enable_performance_insights($p.performance_insights_enabled.to_filled())
            .set_performance_insights_kms_key_id($p.performance_insights_kms_key_id.to_filled())
            .set_performance_insights_retention_period(
                $p.performance_insights_retention_period.to_filled_i32(),
            )
    };
}

fn insights(mode: &Attr<String>) -> Option<DatabaseInsightsMode> {
    mode.filled().map(DatabaseInsightsMode::from)
}

impl New<'_> {
    /// Makes it.
    async fn request(&self, cx: &Context<Aws>) -> Result<Option<Described>, Error> {
        let p = self.planned;
        if p.replicate_source_db.filled().is_some() {
            self.replica(cx).await
        } else if !p.s3_import.is_empty() {
            self.from_s3().await
        } else if p.snapshot_identifier.filled().is_some() {
            self.from_snapshot().await
        } else if !p.restore_to_point_in_time.is_empty() {
            self.from_moment().await
        } else {
            self.anew().await
        }
    }

    async fn anew(&self) -> Result<Option<Described>, Error> {
        let p = self.planned;
        let request = self.client.create_db_instance().db_instance_identifier(&self.name);
        let request = watched!(joined!(common!(request, self), p), p)
            .set_allocated_storage(p.allocated_storage.to_filled_i32())
            .set_backup_retention_period(p.backup_retention_period.to_i32().or(Some(0)))
            .set_character_set_name(p.character_set_name.to_filled())
            .set_db_name(p.db_name.to_filled())
            .set_db_parameter_group_name(p.parameter_group_name.to_filled())
            .set_engine(p.engine.to_filled())
            .set_engine_lifecycle_support(p.engine_lifecycle_support.to_filled())
            .set_engine_version(p.engine_version.to_filled())
            .set_license_model(p.license_model.to_filled())
            .set_manage_master_user_password(p.manage_master_user_password.to_filled())
            .set_master_user_password(self.password.clone())
            .set_master_user_secret_kms_key_id(p.master_user_secret_kms_key_id.to_filled())
            .set_master_username(p.username.to_filled())
            .set_multi_az(p.multi_az.to_filled())
            .set_nchar_character_set_name(p.nchar_character_set_name.to_filled())
            .set_preferred_backup_window(p.backup_window.to_filled())
            .set_preferred_maintenance_window(p.maintenance_window.to_filled())
            .set_storage_encrypted(said(&p.storage_encrypted))
            .set_timezone(p.timezone.to_filled());
        made(create_once(request.send(), EXISTS).await?.map(|a| a.db_instance))
    }

    async fn replica(&self, cx: &Context<Aws>) -> Result<Option<Described>, Error> {
        let p = self.planned;
        let source = p.replicate_source_db.text();
        let arn = source.parse::<Arn>().ok();
        let request = self.client.create_db_instance_read_replica();
        let mut request = watched!(joined!(common!(request, self), p), p)
            .db_instance_identifier(&self.name)
            .set_allocated_storage(p.allocated_storage.to_filled_i32())
            .set_multi_az(p.multi_az.to_filled())
            .set_replica_mode(p.replica_mode.filled().map(ReplicaMode::from))
            .set_upgrade_storage_config(p.upgrade_storage_config.to_filled());
        // A source cluster is told by another parameter than an instance.
        request = match &arn {
            Some(arn) if arn.after("cluster:").is_some() => {
                request.source_db_cluster_identifier(source)
            }
            _ => request.source_db_instance_identifier(source),
        };
        if self.is_from_other_region() {
            request = request.set_db_parameter_group_name(p.parameter_group_name.to_filled());
            if let (Some(arn), Some(key)) = (&arn, p.kms_key_id.filled()) {
                let url = super::region::presigned_replica(cx, &arn.region, source, key).await?;
                request = request.pre_signed_url(url);
            }
        }
        made(create_once(request.send(), EXISTS).await?.map(|a| a.db_instance))
    }

    async fn from_s3(&self) -> Result<Option<Described>, Error> {
        let p = self.planned;
        let request = self.client.restore_db_instance_from_s3().db_instance_identifier(&self.name);
        let mut request = watched!(common!(request, self), p)
            .set_allocated_storage(p.allocated_storage.to_filled_i32())
            .set_backup_retention_period(p.backup_retention_period.to_i32().or(Some(0)))
            .set_db_name(p.db_name.to_filled())
            .set_db_parameter_group_name(p.parameter_group_name.to_filled())
            .set_engine(p.engine.to_filled())
            .set_engine_lifecycle_support(p.engine_lifecycle_support.to_filled())
            .set_engine_version(p.engine_version.to_filled())
            .set_license_model(p.license_model.to_filled())
            .set_manage_master_user_password(p.manage_master_user_password.to_filled())
            .set_master_user_password(self.password.clone())
            .set_master_user_secret_kms_key_id(p.master_user_secret_kms_key_id.to_filled())
            .set_master_username(p.username.to_filled())
            .set_multi_az(p.multi_az.to_filled())
            .set_preferred_backup_window(p.backup_window.to_filled())
            .set_preferred_maintenance_window(p.maintenance_window.to_filled())
            .set_storage_encrypted(said(&p.storage_encrypted));
        if let Some(import) = p.s3_import.first() {
            request = from_s3!(request, import);
        }
        made(create_once(request.send(), EXISTS).await?.map(|a| a.db_instance))
    }

    async fn from_snapshot(&self) -> Result<Option<Described>, Error> {
        let p = self.planned;
        let engine = p.engine.text().to_ascii_lowercase();
        // These engines take the database's name from the snapshot, and refuse to be told one.
        let named_by_snapshot = matches!(engine.as_str(), "mysql" | "postgres" | "mariadb");
        let is_sql_server = engine.starts_with("sqlserver");
        let request = || {
            let request = self.client.restore_db_instance_from_db_snapshot();
            joined!(common!(request, self), p)
                .db_instance_identifier(&self.name)
                .set_db_snapshot_identifier(p.snapshot_identifier.to_filled())
                .set_db_name(p.db_name.to_filled().filter(|_| !named_by_snapshot))
                .set_db_parameter_group_name(p.parameter_group_name.to_filled())
                .set_engine((!engine.is_empty()).then(|| engine.clone()))
                .set_engine_lifecycle_support(p.engine_lifecycle_support.to_filled())
                .set_license_model(p.license_model.to_filled())
                .set_manage_master_user_password(p.manage_master_user_password.to_filled())
                .set_master_user_secret_kms_key_id(p.master_user_secret_kms_key_id.to_filled())
                .set_multi_az(p.multi_az.to_filled().filter(|_| !is_sql_server))
        };
        let mut answer = create_once(request().send(), EXISTS).await;
        // Mirroring needs backups, which a restore does not take; the change after it sets both.
        let needs_backups = |e: &Error| {
            e.says("InvalidParameterValue", "Mirroring cannot be applied to instances with backup")
        };
        if answer.as_ref().err().is_some_and(needs_backups) {
            answer = create_once(request().multi_az(false).send(), EXISTS).await;
        }
        made(answer?.map(|a| a.db_instance))
    }

    async fn from_moment(&self) -> Result<Option<Described>, Error> {
        let p = self.planned;
        let request = self.client.restore_db_instance_to_point_in_time();
        let mut request = joined!(common!(request, self), p)
            .target_db_instance_identifier(&self.name)
            .set_db_name(p.db_name.to_filled())
            .set_db_parameter_group_name(p.parameter_group_name.to_filled())
            .set_engine(p.engine.to_filled())
            .set_engine_lifecycle_support(p.engine_lifecycle_support.to_filled())
            .set_license_model(p.license_model.to_filled())
            .set_manage_master_user_password(p.manage_master_user_password.to_filled())
            .set_master_user_secret_kms_key_id(p.master_user_secret_kms_key_id.to_filled())
            .set_max_allocated_storage(p.max_allocated_storage.to_filled_i32())
            .set_multi_az(p.multi_az.to_filled());
        if let Some(moment) = p.restore_to_point_in_time.first() {
            request = request
                .set_restore_time(self.moment)
                .set_source_db_instance_automated_backups_arn(
                    moment.source_db_instance_automated_backups_arn.to_filled(),
                )
                .set_source_db_instance_identifier(moment.source_db_instance_identifier.to_filled())
                .set_source_dbi_resource_id(moment.source_dbi_resource_id.to_filled())
                .set_use_latest_restorable_time(moment.use_latest_restorable_time.to_filled());
        }
        made(create_once(request.send(), EXISTS).await?.map(|a| a.db_instance))
    }

    fn is_from_other_region(&self) -> bool {
        let source = self.planned.replicate_source_db.text().parse::<Arn>();
        source.is_ok_and(|arn| arn.region != self.region)
    }

    /// What the request does not take, of what was configured.
    fn rest(&self) -> Modification {
        let p = self.planned;
        let replica = p.replicate_source_db.filled().is_some();
        let moment = !p.restore_to_point_in_time.is_empty();
        let snapshot = p.snapshot_identifier.filled().is_some();
        let mut rest = Modification::default();
        if !(replica || moment || snapshot) || !p.s3_import.is_empty() {
            return rest;
        }
        rest.backup_retention_period(p.backup_retention_period.to_i32());
        rest.backup_window(p.backup_window.to_filled());
        rest.maintenance_window(p.maintenance_window.to_filled());
        rest.password(self.password.clone());
        if replica {
            if !self.is_from_other_region() {
                rest.parameter_group(p.parameter_group_name.to_filled());
            }
            if p.manage_master_user_password.is_true() {
                rest.managed_password(true, p.master_user_secret_kms_key_id.to_filled());
            }
            return rest;
        }
        rest.monitoring(p.monitoring_interval.to_filled_i32(), p.monitoring_role_arn.to_filled());
        if p.performance_insights_enabled.is_true() {
            rest.insights(
                p.performance_insights_kms_key_id.to_filled(),
                p.performance_insights_retention_period.to_filled_i32(),
            );
        }
        rest.insights_mode(insights(&p.database_insights_mode));
        if snapshot {
            rest.storage(
                p.allocated_storage.to_filled_i32(),
                p.iops.to_filled_i32(),
                p.storage_type.to_filled(),
            );
            rest.max_storage(p.max_allocated_storage.to_filled_i32());
            rest.engine_version(
                p.engine_version.to_filled(),
                p.allow_major_version_upgrade.to_filled(),
            );
            rest.multi_az(
                p.multi_az
                    .to_filled()
                    .filter(|_| p.engine.text().to_lowercase().starts_with("sqlserver")),
            );
        }
        rest
    }
}
