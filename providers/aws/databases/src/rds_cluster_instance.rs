//! `aws_rds_cluster_instance`: an instance of a database cluster.

use std::collections::BTreeMap;
use std::time::Duration;

use groma_aws_core::checks::arn;
use groma_aws_core::{
    Aws, Error, Outcome, Progress, create_once, name_or_generated, plan_tags, prefix_of_name,
    record_tags, retry, tagged, wait_at, wanted_tags,
};
use groma_sdk::{
    Attr, Blocks, Context, Diagnostics, Managed, Model, Planned, Problems, async_trait, timeouts,
};

use crate::checks::{
    cluster_engine, custom_profile, identifier, identifier_prefix, insights_retention,
    same_ignoring_case,
};
use crate::convert::{changed, recorded_version, said, value};
use crate::db_instance::{PACE, available};
use crate::rds::{change_tags, from_sdk, instance_named, rds, there, to_sdk};
use crate::windows::{self, daily_window, weekly_window};

/// An instance of a database cluster.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct RdsClusterInstance {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) apply_immediately: Attr<bool>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(optional, default = true)]
    pub(crate) auto_minor_version_upgrade: Attr<bool>,
    #[attr(optional, computed, replace)]
    pub(crate) availability_zone: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) ca_cert_identifier: Attr<String>,
    #[attr(required, replace)]
    pub(crate) cluster_identifier: Attr<String>,
    #[attr(optional, default = false)]
    pub(crate) copy_tags_to_snapshot: Attr<bool>,
    #[attr(optional, replace, check = custom_profile)]
    pub(crate) custom_iam_instance_profile: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) db_parameter_group_name: Attr<String>,
    #[attr(optional, computed, replace)]
    pub(crate) db_subnet_group_name: Attr<String>,
    #[attr(computed)]
    pub(crate) dbi_resource_id: Attr<String>,
    #[attr(computed)]
    pub(crate) endpoint: Attr<String>,
    #[attr(required, replace, check = cluster_engine)]
    pub(crate) engine: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) engine_version: Attr<String>,
    #[attr(computed)]
    pub(crate) engine_version_actual: Attr<String>,
    #[attr(optional, default = false)]
    pub(crate) force_destroy: Attr<bool>,
    #[attr(optional, computed, replace, check = identifier)]
    pub(crate) identifier: Attr<String>,
    #[attr(optional, computed, replace, check = identifier_prefix)]
    pub(crate) identifier_prefix: Attr<String>,
    #[attr(required)]
    pub(crate) instance_class: Attr<String>,
    #[attr(computed)]
    pub(crate) kms_key_id: Attr<String>,
    #[attr(optional, default = 0)]
    pub(crate) monitoring_interval: Attr<i64>,
    #[attr(optional, computed)]
    pub(crate) monitoring_role_arn: Attr<String>,
    #[attr(computed)]
    pub(crate) network_type: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) performance_insights_enabled: Attr<bool>,
    #[attr(optional, computed, check = arn)]
    pub(crate) performance_insights_kms_key_id: Attr<String>,
    #[attr(optional, computed, check = insights_retention)]
    pub(crate) performance_insights_retention_period: Attr<i64>,
    #[attr(computed)]
    pub(crate) port: Attr<i64>,
    #[attr(optional, computed, check = daily_window)]
    pub(crate) preferred_backup_window: Attr<String>,
    #[attr(optional, computed, same = same_ignoring_case, check = weekly_window)]
    pub(crate) preferred_maintenance_window: Attr<String>,
    #[attr(optional, default = 0)]
    pub(crate) promotion_tier: Attr<i64>,
    #[attr(optional, computed)]
    pub(crate) publicly_accessible: Attr<bool>,
    #[attr(computed)]
    pub(crate) storage_encrypted: Attr<bool>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
    #[attr(computed)]
    pub(crate) writer: Attr<bool>,
    #[block(single)]
    pub(crate) timeouts: Blocks<RdsClusterInstanceTimeouts>,
}

timeouts! {
    /// How long operations may take.
    pub(crate) struct RdsClusterInstanceTimeouts {
        create: Duration::from_secs(90 * 60),
        delete: Duration::from_secs(90 * 60),
        update: Duration::from_secs(90 * 60),
    }
}

tagged!(RdsClusterInstance);

const INSTANCE: &str = "RDS Cluster Instance";
const BUSY: &str = "InvalidDBInstanceState";

/// How long what was just made elsewhere (roles, above all) may take to be known to RDS.
const PROPAGATION: Duration = Duration::from_secs(120);

fn is_propagating(e: &Error) -> bool {
    e.says("InvalidParameterValue", "IAM role ARN value is invalid")
        || e.says("InvalidParameterValue", "ENHANCED_MONITORING")
}

/// The resource type.
pub(crate) struct RdsClusterInstanceResource;

#[async_trait]
impl Managed<Aws> for RdsClusterInstanceResource {
    type Model = RdsClusterInstance;

    fn name(&self) -> &'static str {
        "aws_rds_cluster_instance"
    }

    fn validate(&self, config: &RdsClusterInstance, problems: &mut Problems) {
        let (name, prefix) = (!config.identifier.is_null(), !config.identifier_prefix.is_null());
        problems.conflict(("identifier", name), ("identifier_prefix", prefix));
        let maintenance = ("preferred_maintenance_window", &config.preferred_maintenance_window);
        let backup = ("preferred_backup_window", &config.preferred_backup_window);
        windows::check(backup, maintenance, problems);
        if config.monitoring_interval.get().is_some_and(|i| *i != 0)
            && config.monitoring_role_arn.is_null()
        {
            problems.error(
                "monitoring_role_arn",
                "Missing required argument",
                "Enhanced monitoring (\"monitoring_interval\" above 0) needs \
                 \"monitoring_role_arn\", the role under which it writes what it measures.",
            );
        }
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<RdsClusterInstance>,
    ) -> Result<(), Diagnostics> {
        plan_tags(cx, change)
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: RdsClusterInstance,
        planned: RdsClusterInstance,
    ) -> Result<RdsClusterInstance, Diagnostics> {
        let prefix = planned.identifier_prefix.as_str();
        let name = name_or_generated(cx, planned.identifier.as_str(), prefix, "tf-");
        let what = format!("creating {INSTANCE} ({name})");
        let made = retry(cx, &what, PROPAGATION, is_propagating, || async {
            create_once(request(cx, &planned, &name).send(), &["DBInstanceAlreadyExists"]).await
        });
        made.await.during(&what)?;
        let mut state = planned;
        state.id = name.as_str().into();
        cx.keep_model(&state);
        available(cx, &name, RdsClusterInstanceTimeouts::create(&state.timeouts)).await?;
        there(self, cx, state).await
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        mut state: RdsClusterInstance,
    ) -> Result<Option<RdsClusterInstance>, Diagnostics> {
        let id = state.id.text().to_owned();
        let what = format!("reading {INSTANCE} ({id})");
        let Some(is) = instance_named(cx, &id).await.during(&what)? else { return Ok(None) };
        let cluster = is.db_cluster_identifier().unwrap_or_default();
        if cluster.is_empty() {
            let alone = Error::refused("NotInCluster", "The instance belongs to no cluster.");
            return Err(alone.during(what));
        }
        let described = crate::rds_cluster::find(cx, cluster).await.during(&what)?;
        let members = described.as_ref().map(|c| c.db_cluster_members()).unwrap_or_default();
        let member = members.iter().find(|m| m.db_instance_identifier() == Some(id.as_str()));
        state.writer = member.and_then(|m| m.is_cluster_writer()).into();
        record(&mut state, &is);
        record_tags(cx.client(), &mut state, from_sdk(is.tag_list()));
        Ok(Some(state))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: RdsClusterInstance,
        _config: RdsClusterInstance,
        planned: RdsClusterInstance,
    ) -> Result<RdsClusterInstance, Diagnostics> {
        modify(cx, &prior, &planned).await?;
        change_tags(cx, prior.arn.text(), &prior, &planned).await?;
        there(self, cx, planned).await
    }

    async fn delete(
        &self,
        cx: &Context<Aws>,
        prior: RdsClusterInstance,
    ) -> Result<(), Diagnostics> {
        delete(cx, &prior).await
    }
}

/// The last instance of a replica cluster keeps its cluster, unless it is forced: the cluster is
/// promoted then.
async fn delete(cx: &Context<Aws>, prior: &RdsClusterInstance) -> Result<(), Diagnostics> {
    let id = prior.id.text();
    let what = format!("deleting {INSTANCE} ({id})");
    let limit = RdsClusterInstanceTimeouts::delete(&prior.timeouts);
    let client = rds(cx);
    let waits = |e: &Error| {
        e.says("InvalidDBClusterStateFault", "Delete the replica cluster before deleting")
    };
    let request = || async {
        // Instances of RDS Custom have no final snapshot.
        let custom = prior.engine.text().starts_with("custom-").then_some(true);
        let request = client.delete_db_instance().db_instance_identifier(id);
        match request.set_skip_final_snapshot(custom).send().await.typed() {
            Err(e) if e.is_not_found() || e.says(BUSY, "already being deleted") => Ok(()),
            answer => answer.map(|_| ()),
        }
    };
    let is_last =
        |e: &Error| e.says("InvalidDBClusterStateFault", "Cannot delete the last instance");
    match retry(cx, &what, limit, waits, request).await {
        Err(e) if is_last(&e) && prior.force_destroy.is_true() => {
            crate::rds_cluster::promote(cx, prior.cluster_identifier.text(), limit).await?;
            request().await.during(&what)?;
        }
        deleted => deleted.during(&what)?,
    }
    let gone = format!("{INSTANCE} ({id}) to be deleted");
    wait_at(cx, PACE, gone, limit, || async {
        Ok(match instance_named(cx, id).await.during(&what)? {
            None => Progress::Ready(()),
            Some(is) => Progress::pending(is.db_instance_status().unwrap_or_default()),
        })
    })
    .await
}

fn request(
    cx: &Context<Aws>,
    p: &RdsClusterInstance,
    name: &str,
) -> aws_sdk_rds::operation::create_db_instance::builders::CreateDBInstanceFluentBuilder {
    rds(cx)
        .create_db_instance()
        .db_instance_identifier(name)
        .set_db_cluster_identifier(p.cluster_identifier.to_filled())
        .set_auto_minor_version_upgrade(said(&p.auto_minor_version_upgrade))
        .set_availability_zone(p.availability_zone.to_filled())
        .set_ca_certificate_identifier(p.ca_cert_identifier.to_filled())
        .set_copy_tags_to_snapshot(said(&p.copy_tags_to_snapshot))
        .set_custom_iam_instance_profile(p.custom_iam_instance_profile.to_filled())
        .set_db_instance_class(p.instance_class.to_filled())
        .set_db_parameter_group_name(p.db_parameter_group_name.to_filled())
        .set_db_subnet_group_name(p.db_subnet_group_name.to_filled())
        .set_enable_performance_insights(p.performance_insights_enabled.to_filled())
        .set_engine(p.engine.to_filled())
        .set_engine_version(p.engine_version.to_filled())
        .set_monitoring_interval(p.monitoring_interval.to_filled_i32())
        .set_monitoring_role_arn(p.monitoring_role_arn.to_filled())
        .set_performance_insights_kms_key_id(p.performance_insights_kms_key_id.to_filled())
        .set_performance_insights_retention_period(
            p.performance_insights_retention_period.to_filled_i32(),
        )
        .set_preferred_backup_window(p.preferred_backup_window.to_filled())
        .set_preferred_maintenance_window(p.preferred_maintenance_window.to_filled())
        .set_promotion_tier(p.promotion_tier.to_i32())
        .set_publicly_accessible(p.publicly_accessible.cloned())
        .set_tags(to_sdk(&wanted_tags(cx.client(), p)))
}

async fn modify(
    cx: &Context<Aws>,
    prior: &RdsClusterInstance,
    planned: &RdsClusterInstance,
) -> Result<(), Diagnostics> {
    let id = prior.id.text();
    let mut request = rds(cx)
        .modify_db_instance()
        .db_instance_identifier(id)
        .apply_immediately(planned.apply_immediately.is_true());
    let mut any = false;
    macro_rules! each {
        ($($field:ident => $setter:ident($value:ident)),* $(,)?) => {$(
            if changed(&prior.$field, &planned.$field) {
                request = request.$setter(value!($value, planned.$field));
                any = true;
            }
        )*};
    }
    each!(
        auto_minor_version_upgrade => set_auto_minor_version_upgrade(said),
        ca_cert_identifier => set_ca_certificate_identifier(to_filled),
        copy_tags_to_snapshot => set_copy_tags_to_snapshot(said),
        db_parameter_group_name => set_db_parameter_group_name(to_filled),
        instance_class => set_db_instance_class(to_filled),
        monitoring_interval => set_monitoring_interval(to_i32),
        monitoring_role_arn => set_monitoring_role_arn(to_filled),
        preferred_backup_window => set_preferred_backup_window(to_filled),
        preferred_maintenance_window => set_preferred_maintenance_window(to_filled),
        promotion_tier => set_promotion_tier(to_i32),
        publicly_accessible => set_publicly_accessible(said),
    );
    if changed(&prior.performance_insights_enabled, &planned.performance_insights_enabled)
        || changed(&prior.performance_insights_kms_key_id, &planned.performance_insights_kms_key_id)
        || changed(
            &prior.performance_insights_retention_period,
            &planned.performance_insights_retention_period,
        )
    {
        let on = planned.performance_insights_enabled.is_true();
        request = request.enable_performance_insights(on);
        if on {
            request = request
                .set_performance_insights_kms_key_id(
                    planned.performance_insights_kms_key_id.to_filled(),
                )
                .set_performance_insights_retention_period(
                    planned.performance_insights_retention_period.to_filled_i32(),
                );
        }
        any = true;
    }
    if !any {
        return Ok(());
    }
    let what = format!("updating {INSTANCE} ({id})");
    let passing = |e: &Error| is_propagating(e) || e.is(BUSY);
    let sent =
        retry(cx, &what, PROPAGATION, passing, || async { request.clone().send().await.typed() });
    sent.await.during(&what)?;
    available(cx, id, RdsClusterInstanceTimeouts::update(&planned.timeouts)).await?;
    Ok(())
}

fn record(state: &mut RdsClusterInstance, is: &aws_sdk_rds::types::DbInstance) {
    let name = is.db_instance_identifier().unwrap_or_default();
    state.arn = is.db_instance_arn().into();
    state.auto_minor_version_upgrade = is.auto_minor_version_upgrade().into();
    state.availability_zone = is.availability_zone().into();
    state.ca_cert_identifier = is.ca_certificate_identifier().into();
    state.cluster_identifier = is.db_cluster_identifier().into();
    state.copy_tags_to_snapshot = is.copy_tags_to_snapshot().into();
    state.custom_iam_instance_profile = is.custom_iam_instance_profile().into();
    let group = is.db_parameter_groups().first();
    if let Some(group) = group.and_then(|g| g.db_parameter_group_name()) {
        state.db_parameter_group_name = group.into();
    }
    let subnets = is.db_subnet_group();
    if let Some(group) = subnets.and_then(|g| g.db_subnet_group_name()) {
        state.db_subnet_group_name = group.into();
    }
    state.dbi_resource_id = is.dbi_resource_id().into();
    state.endpoint = is.endpoint().and_then(|e| e.address()).into();
    state.port = is.endpoint().and_then(|e| e.port()).into();
    state.engine = is.engine().into();
    let actual = is.engine_version().unwrap_or_default();
    let pending = is.pending_modified_values().and_then(|p| p.engine_version());
    state.engine_version = recorded_version(&state.engine_version, actual, pending).into();
    state.engine_version_actual = actual.into();
    state.identifier = name.into();
    state.identifier_prefix = prefix_of_name(name).into();
    state.instance_class = is.db_instance_class().into();
    state.kms_key_id = is.kms_key_id().into();
    state.monitoring_interval = is.monitoring_interval().into();
    state.monitoring_role_arn = is.monitoring_role_arn().into();
    state.network_type = is.network_type().into();
    state.performance_insights_enabled = is.performance_insights_enabled().into();
    state.performance_insights_kms_key_id = is.performance_insights_kms_key_id().into();
    state.performance_insights_retention_period = is.performance_insights_retention_period().into();
    state.preferred_backup_window = is.preferred_backup_window().into();
    state.preferred_maintenance_window = is.preferred_maintenance_window().into();
    state.promotion_tier = is.promotion_tier().into();
    state.publicly_accessible = is.publicly_accessible().into();
    state.storage_encrypted = is.storage_encrypted().into();
}

#[cfg(test)]
mod tests {
    use groma_aws_core::testing::{Answer, Fake};

    use super::*;
    use crate::testing::problems;

    fn instance() -> RdsClusterInstance {
        RdsClusterInstance {
            id: "first".into(),
            identifier: "first".into(),
            cluster_identifier: "main".into(),
            engine: "aurora-postgresql".into(),
            instance_class: "db.t3.medium".into(),
            ..RdsClusterInstance::default()
        }
    }

    fn done(operation: &str) -> Answer {
        Answer::xml(format!("<{operation}Response><{operation}Result/></{operation}Response>"))
    }

    #[tokio::test]
    async fn the_last_instance_of_a_replica_goes_by_force() {
        let fake = Fake::new();
        let last = |_: &_| {
            let words = "Cannot delete the last instance of the read replica DB cluster.";
            Answer::error(400, "InvalidDBClusterStateFault", words)
        };
        fake.once("DeleteDBInstance", last);
        fake.on("PromoteReadReplicaDBCluster", |request| {
            assert_eq!(request.param("DBClusterIdentifier"), Some("main"));
            done("PromoteReadReplicaDBCluster")
        });
        fake.on("DescribeDBClusters", |_| {
            Answer::xml(
                "<DescribeDBClustersResponse><DescribeDBClustersResult><DBClusters><DBCluster>\
                 <DBClusterIdentifier>main</DBClusterIdentifier><Status>available</Status>\
                 </DBCluster></DBClusters></DescribeDBClustersResult></DescribeDBClustersResponse>",
            )
        });
        fake.on("DeleteDBInstance", |request| {
            assert_eq!(request.param("SkipFinalSnapshot"), None);
            done("DeleteDBInstance")
        });
        fake.on("DescribeDBInstances", |_| Answer::error(404, "DBInstanceNotFound", "gone"));
        let cx = fake.context();
        let forced = RdsClusterInstance { force_destroy: Attr::Known(true), ..instance() };
        assert_eq!(RdsClusterInstanceResource.delete(&cx, forced).await, Ok(()));
        assert_eq!(fake.calls("PromoteReadReplicaDBCluster"), 1);
        // Without force it stays.
        fake.once("DeleteDBInstance", last);
        let refused = RdsClusterInstanceResource.delete(&cx, instance()).await;
        assert!(refused.is_err_and(|e| e.to_string().contains("Cannot delete the last")));
        assert_eq!(fake.calls("PromoteReadReplicaDBCluster"), 1);
        // An instance of RDS Custom has no final snapshot.
        fake.once("DeleteDBInstance", |request| {
            assert_eq!(request.param("SkipFinalSnapshot"), Some("true"));
            done("DeleteDBInstance")
        });
        let custom = RdsClusterInstance { engine: "custom-sqlserver-ee".into(), ..instance() };
        assert_eq!(RdsClusterInstanceResource.delete(&cx, custom).await, Ok(()));
    }

    #[test]
    fn instances_are_checked() {
        let said = |change: &dyn Fn(&mut RdsClusterInstance)| {
            let mut instance = instance();
            change(&mut instance);
            problems(&RdsClusterInstanceResource, &instance)
        };
        assert_eq!(said(&|_| {}), "");
        assert!(said(&|i| i.engine = "oracle".into()).starts_with("engine: "));
        assert!(said(&|i| i.identifier = "First".into()).starts_with("identifier: "));
        let monitored = said(&|i| i.monitoring_interval = Attr::Known(30));
        assert!(monitored.starts_with("monitoring_role_arn: "), "{monitored}");
        let windows = said(&|i| {
            i.preferred_backup_window = "04:00-05:00".into();
            i.preferred_maintenance_window = "sun:04:30-sun:05:30".into();
        });
        assert!(windows.starts_with("preferred_maintenance_window: "), "{windows}");
        let unknown = said(&|i| {
            i.monitoring_interval = Attr::Unknown;
            i.preferred_backup_window = Attr::Unknown;
        });
        assert_eq!(unknown, "");
    }
}
