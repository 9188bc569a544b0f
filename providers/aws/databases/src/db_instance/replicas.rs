//! The order of minor engine upgrades: replicas before their primary.
//!
//! Engines change what others refer to first, a primary before its replicas; AWS wants upgrades the
//! other way round, for a replica may be newer than its source, but not older. So the upgrade of a
//! primary begins with its replicas, in whatever region they are. By the time the engine comes to
//! them they are as it wants them, and their own upgrade is left out.
//!
//! A change of the major version is not such an upgrade: some engines take replicas along, others
//! need groups of another family for each. There what AWS answers counts.

use std::time::Duration;

use aws_sdk_rds::Client;
use aws_sdk_rds::types::DbInstance as Described;
use groma_aws_core::{Arn, Aws, Error, Outcome as _, Progress, retry, wait_at};
use groma_sdk::{Context, Diagnostics};

use super::DbInstance;
use super::settle::{PACE, advice};
use crate::rds::{instance_named, rds_in};

/// Upgrades the replicas of an instance that is about to be upgraded, if that is a minor upgrade
/// which takes place at once.
pub(super) async fn upgrade_first(
    cx: &Context<Aws>,
    prior: &DbInstance,
    planned: &DbInstance,
    limit: Duration,
) -> Result<(), Diagnostics> {
    let (from, to) = (prior.engine_version_actual.text(), planned.engine_version.text());
    if !planned.apply_immediately.is_true() || !is_minor(planned.engine.text(), from, to) {
        return Ok(());
    }
    let name = prior.identifier.text();
    let what = format!("looking for replicas of RDS DB Instance ({name})");
    let primary = instance_named(cx, name).await.during(what)?;
    let replicas = primary.and_then(|p| p.read_replica_db_instance_identifiers);
    for replica in replicas.unwrap_or_default() {
        // Those of other regions are named by their ARNs.
        let arn = replica.parse::<Arn>().ok();
        let region = arn.as_ref().map_or(cx.client().region(), |arn| &arn.region);
        let name = arn.as_ref().and_then(|arn| arn.after("db:")).unwrap_or(&replica);
        Replica { client: &rds_in(cx, region), name }.upgrade(cx, to, limit).await?;
    }
    Ok(())
}

/// Whether an instance has a version already; its upgrade was part of its primary's then.
pub(super) async fn is_upgraded(
    cx: &Context<Aws>,
    prior: &DbInstance,
    version: &str,
) -> Result<bool, Diagnostics> {
    let name = prior.identifier.text();
    let found = instance_named(cx, name).await;
    let found = found.during(format_args!("reading RDS DB Instance ({name})"))?;
    Ok(found.is_some_and(|i| has(&i, version)))
}

/// A replica, in any region.
struct Replica<'a> {
    client: &'a Client,
    name: &'a str,
}

impl Replica<'_> {
    async fn upgrade(
        &self,
        cx: &Context<Aws>,
        version: &str,
        limit: Duration,
    ) -> Result<(), Diagnostics> {
        let what = format!("upgrading RDS DB Instance ({}), a replica, to {version}", self.name);
        let Some(found) = self.find().await.during(&what)? else { return Ok(()) };
        if !is_older(found.engine_version().unwrap_or_default(), version) {
            return Ok(());
        }
        let busy = |e: &Error| e.is_any(&["InvalidDBInstanceState", "InvalidDBInstanceStateFault"]);
        let sent = retry(cx, &what, limit, busy, || async {
            let request = self.client.modify_db_instance().db_instance_identifier(self.name);
            request.engine_version(version).apply_immediately(true).send().await.typed()
        });
        sent.await.during(&what)?;
        let until = format!("RDS DB Instance ({}), a replica, to be upgraded", self.name);
        wait_at(cx, PACE, until, limit, || async {
            let Some(found) = self.find().await.during(&what)? else {
                return Ok(Progress::Ready(()));
            };
            let status = found.db_instance_status().unwrap_or_default();
            match advice(status) {
                Some(advice) => Err(Error::refused("InvalidDBInstanceState", advice).during(&what)),
                None if status == "available" && has(&found, version) => Ok(Progress::Ready(())),
                None => Ok(Progress::pending(status)),
            }
        })
        .await
    }

    async fn find(&self) -> Result<Option<Described>, Error> {
        let answer = self.client.describe_db_instances().db_instance_identifier(self.name).send();
        Ok(answer.await.if_found()?.and_then(|a| a.db_instances?.into_iter().next()))
    }
}

/// Whether an instance has a version, which may be given in part.
fn has(instance: &Described, version: &str) -> bool {
    instance
        .engine_version()
        .is_some_and(|is| is == version || is.starts_with(&format!("{version}.")))
}

/// How many numbers of a version are the major one.
fn major_parts(engine: &str, version: &str) -> usize {
    let engine = engine.to_ascii_lowercase();
    let old_postgres = engine.contains("postgres") && version.starts_with("9.");
    match engine.contains("mysql") || engine.contains("mariadb") || old_postgres {
        true => 2,
        false => 1,
    }
}

/// Whether a version follows another within the same major version.
fn is_minor(engine: &str, from: &str, to: &str) -> bool {
    let major = |version: &str| -> Vec<String> {
        version.split('.').take(major_parts(engine, version)).map(str::to_owned).collect()
    };
    // A version that is given in part does not say which one it is.
    let is_full = to.split('.').count() > major_parts(engine, to);
    is_full && !from.is_empty() && major(from) == major(to) && is_older(from, to)
}

/// Whether a version is older than another, number by number.
fn is_older(a: &str, b: &str) -> bool {
    let numbers = |version: &str| -> Vec<u64> {
        version.split(['.', '-']).map_while(|part| part.parse().ok()).collect()
    };
    numbers(a) < numbers(b)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use groma_aws_core::testing::{Answer, Fake};
    use groma_sdk::Attr;

    use super::*;

    #[test]
    fn minor_upgrades_are_told_from_others() {
        assert!(is_minor("postgres", "15.4", "15.7") && is_minor("postgres", "15.9", "15.10"));
        assert!(is_minor("mysql", "8.0.35", "8.0.36") && !is_minor("mysql", "8.0.35", "8.4.3"));
        assert!(!is_minor("postgres", "14.9", "15.4") && !is_minor("postgres", "15.4", "15.4"));
        assert!(!is_minor("postgres", "15.4", "15") && !is_minor("postgres", "9.5.4", "9.6.2"));
        assert!(is_minor("oracle-ee", "19.0.0.0.ru-2023-01.rur-2023-01.r1", "19.1.0.0"));
    }

    fn described(name: &str, version: &str, replicas: &[&str]) -> String {
        let replicas: String = replicas
            .iter()
            .map(|r| {
                format!("<ReadReplicaDBInstanceIdentifier>{r}</ReadReplicaDBInstanceIdentifier>")
            })
            .collect();
        format!(
            "<DescribeDBInstancesResponse><DescribeDBInstancesResult><DBInstances><DBInstance>\
             <DBInstanceIdentifier>{name}</DBInstanceIdentifier><EngineVersion>{version}\
             </EngineVersion><DBInstanceStatus>available</DBInstanceStatus>\
             <ReadReplicaDBInstanceIdentifiers>{replicas}</ReadReplicaDBInstanceIdentifiers>\
             </DBInstance></DBInstances></DescribeDBInstancesResult></DescribeDBInstancesResponse>"
        )
    }

    fn instance(version: &str) -> DbInstance {
        DbInstance {
            identifier: "main".into(),
            engine: "postgres".into(),
            engine_version: version.into(),
            engine_version_actual: version.into(),
            apply_immediately: Attr::Known(true),
            ..DbInstance::default()
        }
    }

    #[tokio::test]
    async fn replicas_are_upgraded_first_and_once() {
        let fake = Fake::new();
        let upgraded = Arc::new(AtomicUsize::new(0));
        let far = "arn:aws:rds:eu-west-1:123456789012:db:far";
        let seen = upgraded.clone();
        fake.on("DescribeDBInstances", move |request| {
            let name = request.param("DBInstanceIdentifier").unwrap_or_default();
            let version = match (name, seen.load(Ordering::SeqCst)) {
                ("main", _) | ("near", 0) | ("far", 0 | 1) => "15.4",
                _ => "15.7",
            };
            assert_eq!(request.host.contains("eu-west-1"), name == "far");
            Answer::xml(described(name, version, &["near", far, "newer"]))
        });
        fake.on("ModifyDBInstance", move |request| {
            assert_eq!(request.param("EngineVersion"), Some("15.7"));
            assert_eq!(request.param("ApplyImmediately"), Some("true"));
            upgraded.fetch_add(1, Ordering::SeqCst);
            Answer::xml(
                "<ModifyDBInstanceResponse><ModifyDBInstanceResult/></ModifyDBInstanceResponse>",
            )
        });
        let minute = Duration::from_secs(60);
        let cx = fake.context();
        let done = upgrade_first(&cx, &instance("15.4"), &instance("15.7"), minute).await;
        assert_eq!(done, Ok(()));
        let names: Vec<_> = fake
            .requests_of("ModifyDBInstance")
            .iter()
            .map(|r| r.param("DBInstanceIdentifier").unwrap_or_default().to_owned())
            .collect();
        assert_eq!(names, ["near", "far"]);
        // A replica that was upgraded with its primary is left alone.
        let near = DbInstance { identifier: "near".into(), ..instance("15.4") };
        assert_eq!(is_upgraded(&cx, &near, "15.7").await, Ok(true));
        assert_eq!(is_upgraded(&cx, &near, "15.8").await, Ok(false));
    }

    #[tokio::test]
    async fn upgrades_of_another_time_and_of_another_kind_are_left_to_aws() {
        let fake = Fake::new();
        let (cx, minute) = (fake.context(), Duration::from_secs(60));
        let later = DbInstance { apply_immediately: Attr::Known(false), ..instance("15.7") };
        for planned in [later, instance("16.1")] {
            assert_eq!(upgrade_first(&cx, &instance("15.4"), &planned, minute).await, Ok(()));
        }
        assert!(fake.requests().is_empty());
    }
}
