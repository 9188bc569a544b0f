//! Changes by a blue/green deployment (`blue_green_update`).
//!
//! RDS makes a copy of the instance that follows it. The change is made of the copy; then the two
//! change places within a minute, and the old instance and the deployment are deleted. What has the
//! identifier afterwards is another instance, with a resource id of its own.

use std::time::Duration;

use aws_sdk_rds::types::{BlueGreenDeployment, Filter};
use groma_aws_core::{Arn, Aws, Error, Outcome as _, Progress, create_once, retry, wait_at};
use groma_sdk::{Context, Diagnostic, Diagnostics};

use super::DbInstance;
use super::change::green;
use super::modification::Modification;
use super::settle::{self, PACE};
use crate::convert::changed;
use crate::rds::{instance_named, rds};

const SWITCHED: &str = "SWITCHOVER_COMPLETED";
const GONE: &[&str] = &["BlueGreenDeploymentNotFoundFault"];

/// Changes an instance to what is planned; gives the resource id of the one that takes its place.
pub(super) async fn update(
    cx: &Context<Aws>,
    prior: &DbInstance,
    config: &DbInstance,
    planned: &DbInstance,
    limit: Duration,
) -> Result<String, Diagnostics> {
    let name = prior.identifier.text();
    prepare(cx, prior, planned, limit).await?;
    let what = format!("creating Blue/Green Deployment of RDS DB Instance ({name})");
    let id = create(cx, prior, planned).await.during(&what)?;
    let deployment = Deployment { cx, id, name, limit };
    let done = deployment.carry_out(prior, config, planned).await;
    // Whatever came of it, it does not stay.
    let removed = deployment.remove().await;
    match (done, removed) {
        (Ok(id), Ok(())) => Ok(id),
        (Ok(_), Err(error)) | (Err(error), Ok(())) => Err(error),
        (Err(mut first), Err(second)) => {
            first.extend(second);
            Err(first)
        }
    }
}

/// What a deployment needs of the instance itself, and what it does not copy.
async fn prepare(
    cx: &Context<Aws>,
    prior: &DbInstance,
    planned: &DbInstance,
    limit: Duration,
) -> Result<(), Diagnostics> {
    let mut first = Modification::default();
    if prior.backup_retention_period.or_default() == 0 {
        first.backup_retention_period(planned.backup_retention_period.to_i32());
        first.backup_window(planned.backup_window.to_filled());
    }
    if changed(&prior.deletion_protection, &planned.deletion_protection) {
        first.protection(planned.deletion_protection.is_true());
    }
    if !first.has_any() {
        return Ok(());
    }
    let name = prior.identifier.text();
    let request = first.request(&rds(cx), name).apply_immediately(true);
    request.send().await.during(format_args!("updating RDS DB Instance ({name})"))?;
    let wanted = DbInstance {
        backup_retention_period: planned.backup_retention_period.clone(),
        ..prior.clone()
    };
    settle::changed(cx, prior.id.text(), &wanted, limit).await.map(|_| ())
}

async fn create(
    cx: &Context<Aws>,
    prior: &DbInstance,
    planned: &DbInstance,
) -> Result<String, Error> {
    let name = prior.identifier.text();
    let version_changed = changed(&prior.engine_version, &planned.engine_version);
    let request = rds(cx)
        .create_blue_green_deployment()
        .blue_green_deployment_name(name)
        .source(prior.arn.text())
        .set_target_engine_version(planned.engine_version.to_filled().filter(|_| version_changed))
        .set_target_db_parameter_group_name(planned.parameter_group_name.to_filled());
    let exists = ["BlueGreenDeploymentAlreadyExistsFault"];
    let made = match create_once(request.send(), &exists).await? {
        Some(answer) => answer.blue_green_deployment,
        None => {
            let filter = Filter::builder().name("blue-green-deployment-name").values(name).build();
            let request = rds(cx).describe_blue_green_deployments().filters(filter);
            request
                .send()
                .await
                .typed()?
                .blue_green_deployments
                .and_then(|all| all.into_iter().next())
        }
    };
    let id = made.and_then(|d| d.blue_green_deployment_identifier);
    id.ok_or_else(|| Error::refused("BlueGreenDeploymentNotFoundFault", "It has no identifier."))
}

/// A deployment under way.
struct Deployment<'a> {
    cx: &'a Context<Aws>,
    id: String,
    /// The identifier of the instance.
    name: &'a str,
    limit: Duration,
}

impl Deployment<'_> {
    fn what(&self, step: &str) -> String {
        format!("updating RDS DB Instance ({}) by a Blue/Green Deployment: {step}", self.name)
    }

    async fn find(&self) -> Result<Option<BlueGreenDeployment>, Error> {
        let request = rds(self.cx).describe_blue_green_deployments();
        let request = request.blue_green_deployment_identifier(&self.id);
        let answer = request.send().await.unless(GONE)?;
        Ok(answer.and_then(|a| a.blue_green_deployments?.into_iter().next()))
    }

    /// Changes the copy, lets it take the instance's place, and deletes the instance.
    async fn carry_out(
        &self,
        prior: &DbInstance,
        config: &DbInstance,
        planned: &DbInstance,
    ) -> Result<String, Diagnostics> {
        let ready = self.until("AVAILABLE").await?;
        let copy = named(ready.target()).ok_or_else(|| self.nameless("copy"))?;
        let copy = settle::available(self.cx, &copy, self.limit).await?;
        self.change(&copy, prior, config, planned).await?;
        self.switch().await?;
        let switched = self.until(SWITCHED).await?;
        let what = self.what("finding what took its place");
        let now = instance_named(self.cx, self.name).await.during(&what)?;
        let id = now.and_then(|i| i.dbi_resource_id);
        let id = id.ok_or_else(|| {
            Error::refused("DBInstanceNotFound", "There is no instance of the name.").during(&what)
        })?;
        // From here on it is this one that is managed.
        self.cx.keep_model(&DbInstance {
            id: id.as_str().into(),
            resource_id: id.as_str().into(),
            ..planned.clone()
        });
        let old = named(switched.source()).ok_or_else(|| self.nameless("old instance"))?;
        self.delete_old(&old, planned).await?;
        Ok(id)
    }

    async fn change(
        &self,
        copy: &aws_sdk_rds::types::DbInstance,
        prior: &DbInstance,
        config: &DbInstance,
        planned: &DbInstance,
    ) -> Result<(), Diagnostics> {
        let change = green(prior, config, planned);
        if !change.has_any() {
            return Ok(());
        }
        let name = copy.db_instance_identifier().unwrap_or_default();
        let what = self.what("updating the copy");
        let sent = retry(self.cx, &what, self.limit, super::change::is_passing, || async {
            let request = change.request(&rds(self.cx), name);
            request.apply_immediately(true).send().await.typed()
        });
        sent.await.during(&what)?;
        let id = copy.dbi_resource_id().unwrap_or(name);
        settle::changed(self.cx, id, planned, self.limit).await.map(|_| ())
    }

    async fn switch(&self) -> Result<(), Diagnostics> {
        let what = self.what("switching over");
        // Until the copy has caught up, the two cannot change places.
        let behind = |e: &Error| e.is("InvalidBlueGreenDeploymentStateFault");
        let minutes = Duration::from_secs(600);
        let switched = retry(self.cx, &what, minutes, behind, || async {
            let request = rds(self.cx).switchover_blue_green_deployment();
            let answer = request.blue_green_deployment_identifier(&self.id).send().await.typed();
            match answer {
                // An earlier try of the request, whose answer got lost, may have begun.
                Err(e) if behind(&e) && self.is_switching().await? => Ok(()),
                answer => answer.map(|_| ()),
            }
        });
        switched.await.during(&what)
    }

    async fn is_switching(&self) -> Result<bool, Error> {
        let found = self.find().await?;
        let status = found.and_then(|d| d.status);
        Ok(status.is_some_and(|s| s == SWITCHED || s == "SWITCHOVER_IN_PROGRESS"))
    }

    /// Waits until the deployment has a status.
    async fn until(&self, wanted: &str) -> Result<BlueGreenDeployment, Diagnostics> {
        let until = format!("Blue/Green Deployment ({}) to be {wanted}", self.id);
        let what = self.what("waiting for it");
        wait_at(self.cx, PACE, until, self.limit, || async {
            let Some(found) = self.find().await.during(&what)? else {
                return Err(Error::refused(GONE[0], "It is gone.").during(&what));
            };
            let status = found.status().unwrap_or_default().to_owned();
            let has_failed = status.ends_with("_FAILED") || status == "INVALID_CONFIGURATION";
            match () {
                () if status == wanted => Ok(Progress::Ready(found)),
                () if has_failed => Err(Diagnostic::error(
                    format!("{what}: unexpected state '{status}'"),
                    format!(
                        "{} The instance is as it was, and the deployment is deleted. Correct \
                         that, or remove \"blue_green_update\" to change the instance in place.",
                        found.status_details().unwrap_or("AWS does not say why.")
                    ),
                )
                .into()),
                () => Ok(Progress::pending(status)),
            }
        })
        .await
    }

    async fn delete_old(&self, old: &str, planned: &DbInstance) -> Result<(), Diagnostics> {
        let what = self.what("deleting the old instance");
        if planned.deletion_protection.is_true() {
            let request = rds(self.cx).modify_db_instance().db_instance_identifier(old);
            let request = request.apply_immediately(true).deletion_protection(false);
            request.send().await.during(&what)?;
        }
        let protected = |e: &Error| {
            e.says("InvalidParameterCombination", "disable deletion pro")
                || super::change::is_passing(e)
        };
        let minutes = Duration::from_secs(300);
        let deleted = retry(self.cx, &what, minutes, protected, || async {
            let request = rds(self.cx).delete_db_instance().db_instance_identifier(old);
            match request.skip_final_snapshot(true).send().await.typed() {
                Err(e) if e.is_not_found() || e.message().contains("already being deleted") => {
                    Ok(())
                }
                answer => answer.map(|_| ()),
            }
        });
        deleted.await.during(&what)?;
        let gone = format!("RDS DB Instance ({old}) to be deleted");
        wait_at(self.cx, PACE, gone, self.limit, || async {
            Ok(match instance_named(self.cx, old).await.during(&what)? {
                None => Progress::Ready(()),
                Some(found) => Progress::pending(found.db_instance_status().unwrap_or_default()),
            })
        })
        .await
    }

    /// Deletes the deployment, and the copy unless it has taken the instance's place.
    async fn remove(&self) -> Result<(), Diagnostics> {
        let what = self.what("deleting the deployment");
        let Some(found) = self.find().await.during(&what)? else { return Ok(()) };
        let switched = found.status() == Some(SWITCHED);
        let passing = |e: &Error| e.is("InvalidBlueGreenDeploymentStateFault");
        let minutes = Duration::from_secs(600);
        let deleted = retry(self.cx, &what, minutes, passing, || async {
            let request = rds(self.cx).delete_blue_green_deployment();
            let request = request.blue_green_deployment_identifier(&self.id);
            let request = request.set_delete_target((!switched).then_some(true));
            request.send().await.unless(GONE)
        });
        deleted.await.during(&what)?;
        let gone = format!("Blue/Green Deployment ({}) to be deleted", self.id);
        wait_at(self.cx, PACE, gone, self.limit, || async {
            Ok(match self.find().await.during(&what)? {
                None => Progress::Ready(()),
                Some(found) => Progress::pending(found.status().unwrap_or_default()),
            })
        })
        .await
    }

    fn nameless(&self, which: &str) -> Diagnostics {
        let what = self.what("reading the deployment");
        Error::refused("UnexpectedAnswer", format!("It does not name the {which}.")).during(what)
    }
}

/// The identifier of an instance by its ARN.
fn named(arn: Option<&str>) -> Option<String> {
    arn?.parse::<Arn>().ok()?.after("db:").map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use groma_aws_core::testing::{Answer, Fake};
    use groma_sdk::Attr;

    use super::*;

    /// A service in which a deployment goes its way; what it is told is its status.
    fn service(fake: &Fake, status: &Arc<Mutex<String>>) {
        let arn = |name: &str| format!("arn:aws:rds:us-east-1:123456789012:db:{name}");
        let of = move |status: &str| {
            let (source, target) = match status {
                SWITCHED => ("main-old1", "main"),
                _ => ("main", "main-green-abc"),
            };
            format!(
                "<BlueGreenDeploymentIdentifier>bgd-1</BlueGreenDeploymentIdentifier><Status>{status}\
                 </Status><StatusDetails>No room.</StatusDetails><Source>{}</Source><Target>{}</Target>",
                arn(source),
                arn(target)
            )
        };
        fake.on("CreateBlueGreenDeployment", move |_| {
            Answer::xml(format!(
                "<CreateBlueGreenDeploymentResponse><CreateBlueGreenDeploymentResult>\
                 <BlueGreenDeployment>{}</BlueGreenDeployment></CreateBlueGreenDeploymentResult>\
                 </CreateBlueGreenDeploymentResponse>",
                of("PROVISIONING")
            ))
        });
        let now = status.clone();
        fake.on("DescribeBlueGreenDeployments", move |_| {
            let status = now.lock().map(|s| s.clone()).unwrap_or_default();
            if status.is_empty() {
                return Answer::error(404, GONE[0], "gone");
            }
            Answer::xml(format!(
                "<DescribeBlueGreenDeploymentsResponse><DescribeBlueGreenDeploymentsResult>\
                 <BlueGreenDeployments><member>{}</member></BlueGreenDeployments>\
                 </DescribeBlueGreenDeploymentsResult></DescribeBlueGreenDeploymentsResponse>",
                of(&status)
            ))
        });
        let becomes = |operation: &'static str, next: &'static str| {
            let now = status.clone();
            fake.on(operation, move |_| {
                if let Ok(mut now) = now.lock() {
                    next.clone_into(&mut now);
                }
                Answer::xml(format!(
                    "<{operation}Response><{operation}Result/></{operation}Response>"
                ))
            });
        };
        becomes("SwitchoverBlueGreenDeployment", SWITCHED);
        becomes("DeleteBlueGreenDeployment", "");
        for operation in ["ModifyDBInstance", "DeleteDBInstance"] {
            fake.on(operation, move |_| {
                Answer::xml(format!(
                    "<{operation}Response><{operation}Result/></{operation}Response>"
                ))
            });
        }
        fake.on("DescribeDBInstances", move |request| {
            let asked = request.param("Filters.Filter.1.Values.Value.1");
            let name = request.param("DBInstanceIdentifier").or(asked).unwrap_or_default();
            if name.ends_with("-old1") {
                return Answer::error(404, "DBInstanceNotFound", "gone");
            }
            let id = if name == "main" { "db-NEW" } else { "db-COPY" };
            Answer::xml(format!(
                "<DescribeDBInstancesResponse><DescribeDBInstancesResult><DBInstances><DBInstance>\
                 <DBInstanceIdentifier>{name}</DBInstanceIdentifier><DbiResourceId>{id}\
                 </DbiResourceId><DBInstanceClass>db.t3.small</DBInstanceClass><DBInstanceStatus>\
                 available</DBInstanceStatus><BackupRetentionPeriod>1</BackupRetentionPeriod>\
                 </DBInstance></DBInstances></DescribeDBInstancesResult>\
                 </DescribeDBInstancesResponse>"
            ))
        });
    }

    fn instance(class: &str, version: &str) -> DbInstance {
        DbInstance {
            id: "db-OLD".into(),
            arn: "arn:aws:rds:us-east-1:123456789012:db:main".into(),
            identifier: "main".into(),
            instance_class: class.into(),
            engine: "mysql".into(),
            engine_version: version.into(),
            parameter_group_name: "main".into(),
            backup_retention_period: Attr::Known(1),
            deletion_protection: Attr::Known(true),
            ..DbInstance::default()
        }
    }

    async fn run(fake: &Fake) -> Result<String, Diagnostics> {
        let (prior, planned) =
            (instance("db.t3.micro", "8.0.35"), instance("db.t3.small", "8.4.3"));
        update(&fake.context(), &prior, &planned, &planned, Duration::from_secs(60)).await
    }

    #[tokio::test]
    async fn the_copy_is_changed_and_takes_the_place() {
        let (fake, status) = (Fake::new(), Arc::new(Mutex::new("AVAILABLE".to_owned())));
        service(&fake, &status);
        assert_eq!(run(&fake).await, Ok("db-NEW".to_owned()));
        let created = fake.requests_of("CreateBlueGreenDeployment");
        assert_eq!(created[0].param("TargetEngineVersion"), Some("8.4.3"));
        assert_eq!(created[0].param("BlueGreenDeploymentName"), Some("main"));
        let changes = fake.requests_of("ModifyDBInstance");
        assert_eq!(changes[0].param("DBInstanceIdentifier"), Some("main-green-abc"));
        assert_eq!(changes[0].param("DBInstanceClass"), Some("db.t3.small"));
        assert_eq!(changes[0].param("EngineVersion"), None);
        // The old one is protected as the new one is, which would keep it.
        assert_eq!(changes[1].param("DBInstanceIdentifier"), Some("main-old1"));
        assert_eq!(changes[1].param("DeletionProtection"), Some("false"));
        let deleted = fake.requests_of("DeleteDBInstance");
        assert_eq!(deleted[0].param("DBInstanceIdentifier"), Some("main-old1"));
        let removed = fake.requests_of("DeleteBlueGreenDeployment");
        assert_eq!(removed[0].param("DeleteTarget"), None);
    }

    #[tokio::test]
    async fn a_deployment_that_fails_is_removed_with_its_copy() {
        let (fake, status) = (Fake::new(), Arc::new(Mutex::new("PROVISIONING_FAILED".to_owned())));
        service(&fake, &status);
        let text = run(&fake).await.map_err(|e| e.to_string()).err().unwrap_or_default();
        assert!(text.contains("PROVISIONING_FAILED") && text.contains("No room."), "{text}");
        let removed = fake.requests_of("DeleteBlueGreenDeployment");
        assert_eq!(removed[0].param("DeleteTarget"), Some("true"));
        assert_eq!(fake.calls("SwitchoverBlueGreenDeployment"), 0);
        assert_eq!(fake.calls("DeleteDBInstance"), 0);
    }

    #[tokio::test]
    async fn a_deployment_whose_answer_got_lost_is_taken_up() {
        let (fake, status) = (Fake::new(), Arc::new(Mutex::new("AVAILABLE".to_owned())));
        service(&fake, &status);
        fake.once("CreateBlueGreenDeployment", |_| Answer::lost());
        fake.once("CreateBlueGreenDeployment", |_| {
            Answer::error(400, "BlueGreenDeploymentAlreadyExistsFault", "There is one.")
        });
        assert_eq!(run(&fake).await, Ok("db-NEW".to_owned()));
        let described = fake.requests_of("DescribeBlueGreenDeployments");
        assert_eq!(described[0].param("Filters.Filter.1.Values.Value.1"), Some("main"));
    }
}
