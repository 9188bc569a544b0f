//! `aws_lb_target_group_attachment`: registers one target with a target group.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_elasticloadbalancingv2::types;
use groma_aws_core::{Aws, Error, Outcome as _, generated_name, plan_token, retry};
use groma_sdk::{Attr, Context, Diagnostic, Diagnostics, Managed, Model, Planned, async_trait};

use crate::service::{elb, seen, target_group};

/// How long a target may be unknown, or not run yet.
const PROPAGATION: Duration = Duration::from_secs(600);

/// Registers one target with a target group.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LbTargetGroupAttachment {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(optional, replace)]
    pub(crate) availability_zone: Attr<String>,
    #[attr(optional, replace)]
    pub(crate) port: Attr<i64>,
    #[attr(required, replace)]
    pub(crate) target_group_arn: Attr<String>,
    #[attr(required, replace)]
    pub(crate) target_id: Attr<String>,
}

/// The resource type.
pub(crate) struct LbTargetGroupAttachmentResource;

#[async_trait]
impl Managed<Aws> for LbTargetGroupAttachmentResource {
    type Model = LbTargetGroupAttachment;

    fn name(&self) -> &'static str {
        "aws_lb_target_group_attachment"
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<LbTargetGroupAttachment>,
    ) -> Result<(), Diagnostics> {
        plan_token(cx, change.is_create());
        Ok(())
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: LbTargetGroupAttachment,
        planned: LbTargetGroupAttachment,
    ) -> Result<LbTargetGroupAttachment, Diagnostics> {
        let group = planned.target_group_arn.text();
        let id = planned.target_id.text();
        let elb = elb(cx.client());
        let what = format!("target {id} to be known");
        let registered = retry(
            cx,
            what,
            PROPAGATION,
            |e| e.is("InvalidTarget"),
            || {
                let request =
                    elb.register_targets().target_group_arn(group).targets(target(&planned));
                async move { request.send().await.typed() }
            },
        )
        .await;
        registered
            .map_err(|e| e.during(format!("registering ELBv2 Target Group ({group}) target")))?;
        let mut model = planned.clone();
        model.id = generated_name(cx, &format!("{group}-")).into();
        cx.keep_model(&model);
        let what = format!("target {id} of ELBv2 Target Group ({group})");
        seen(cx, &what, || read(cx, model.clone())).await
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        state: LbTargetGroupAttachment,
    ) -> Result<Option<LbTargetGroupAttachment>, Diagnostics> {
        read(cx, state).await
    }

    async fn update(
        &self,
        _cx: &Context<Aws>,
        _prior: LbTargetGroupAttachment,
        _config: LbTargetGroupAttachment,
        planned: LbTargetGroupAttachment,
    ) -> Result<LbTargetGroupAttachment, Diagnostics> {
        // Every change makes another one.
        Ok(planned)
    }

    async fn delete(
        &self,
        cx: &Context<Aws>,
        prior: LbTargetGroupAttachment,
    ) -> Result<(), Diagnostics> {
        let group = prior.target_group_arn.text();
        let request = elb(cx.client()).deregister_targets().target_group_arn(group);
        let removed = request.targets(target(&prior)).send().await;
        let removed = removed.unless(&["TargetGroupNotFound", "InvalidTarget"]);
        removed
            .map_err(|e| e.during(format!("deregistering ELBv2 Target Group ({group}) target")))?;
        Ok(())
    }

    async fn import(
        &self,
        _cx: &Context<Aws>,
        _id: &str,
    ) -> Result<Option<LbTargetGroupAttachment>, Diagnostics> {
        Err(Diagnostic::error(
            "resource aws_lb_target_group_attachment doesn't support import",
            "Its id says nothing of the target. Registering a target that is registered changes \
             nothing: create it instead.",
        )
        .into())
    }
}

fn target(model: &LbTargetGroupAttachment) -> types::TargetDescription {
    types::TargetDescription::builder()
        .set_id(model.target_id.to_filled())
        .set_port(model.port.to_filled_i32())
        .set_availability_zone(model.availability_zone.to_filled())
        .build()
}

/// What tells a target of a group from others.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    id: String,
    port: Option<i32>,
    zone: Option<String>,
}

async fn read(
    cx: &Context<Aws>,
    model: LbTargetGroupAttachment,
) -> Result<Option<LbTargetGroupAttachment>, Diagnostics> {
    let group = model.target_group_arn.text();
    let during = format!("reading ELBv2 Target Group ({group}) target");
    let mut port = model.port.to_filled_i32();
    if port.is_none() {
        // Several targets are told apart by their ports, too.
        let found = target_group(cx.client(), group).await.during(&during)?;
        let Some(found) = found else { return Ok(None) };
        port = found.port();
    }
    let key = Key {
        id: model.target_id.text().to_owned(),
        port,
        zone: model.availability_zone.to_filled(),
    };
    let there = health(cx.client(), group, key).await.during(&during)?;
    Ok(there.filter(|there| *there).map(|_| model))
}

/// Whether a target is registered; all that are asked for of one group by one call.
async fn health(aws: &Aws, group: &str, key: Key) -> Result<Option<bool>, Error> {
    let elb = elb(aws);
    let arn = group.to_owned();
    let loader = aws.loader(&format!("elbv2:targets:{group}"), 100, move |keys: Vec<Key>| {
        let (elb, arn) = (elb.clone(), arn.clone());
        async move {
            let ask = |keys: &[Key]| {
                let targets = keys.iter().map(|key| {
                    types::TargetDescription::builder()
                        .id(&key.id)
                        .set_port(key.port)
                        .set_availability_zone(key.zone.clone())
                        .build()
                });
                let request = elb.describe_target_health().target_group_arn(&arn);
                let request = request.set_targets(Some(targets.collect()));
                async move { request.send().await.typed() }
            };
            let mut there = HashMap::new();
            match ask(&keys).await {
                Ok(answer) => {
                    let found = answer.target_health_descriptions();
                    there.extend(keys.into_iter().map(|key| {
                        let registered = found.iter().any(|one| is_registered(one, &key));
                        (key, registered)
                    }));
                }
                Err(e) if e.is("TargetGroupNotFound") => {}
                // One of them is unknown; which, only single answers tell.
                Err(e) if e.is("InvalidTarget") && keys.len() > 1 => {
                    for key in keys {
                        match ask(std::slice::from_ref(&key)).await {
                            Ok(answer) => {
                                let found = answer.target_health_descriptions();
                                let registered = found.iter().any(|one| is_registered(one, &key));
                                there.insert(key, registered);
                            }
                            Err(e) if e.is_any(&["InvalidTarget", "TargetGroupNotFound"]) => {}
                            Err(e) => return Err(e),
                        }
                    }
                }
                Err(e) if e.is("InvalidTarget") => {}
                Err(e) => return Err(e),
            }
            Ok(there)
        }
    });
    loader.load(key).await
}

fn is_registered(found: &types::TargetHealthDescription, key: &Key) -> bool {
    let Some(target) = found.target() else { return false };
    if target.id() != Some(&key.id) || (key.port.is_some() && target.port() != key.port) {
        return false;
    }
    let reason = found.target_health().and_then(|health| health.reason());
    !matches!(
        reason,
        Some(
            types::TargetHealthReasonEnum::NotRegistered
                | types::TargetHealthReasonEnum::DeregistrationInProgress
        )
    )
}

#[cfg(test)]
mod tests {
    use groma_aws_core::testing::{Answer, Fake};

    use super::*;

    const GROUP: &str = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/a/1";

    fn attachment(id: &str) -> LbTargetGroupAttachment {
        LbTargetGroupAttachment {
            id: "x".into(),
            target_group_arn: GROUP.into(),
            target_id: id.into(),
            port: 80_i64.into(),
            ..LbTargetGroupAttachment::default()
        }
    }

    fn described(id: &str, reason: &str) -> String {
        format!(
            "<member><Target><Id>{id}</Id><Port>80</Port></Target><TargetHealth><State>x</State>\
             <Reason>{reason}</Reason></TargetHealth></member>"
        )
    }

    #[tokio::test]
    async fn targets_of_one_group_are_read_by_one_call() {
        let fake = Fake::new();
        fake.on("DescribeTargetHealth", |request| {
            assert_eq!(request.params_of("Targets.member.").len(), 6);
            Answer::xml(format!(
                "<DescribeTargetHealthResponse><DescribeTargetHealthResult>\
                 <TargetHealthDescriptions>{}{}{}</TargetHealthDescriptions>\
                 </DescribeTargetHealthResult></DescribeTargetHealthResponse>",
                described("i-1", "Elb.InitialHealthChecking"),
                described("i-2", "Target.NotRegistered"),
                described("i-3", "Target.DeregistrationInProgress"),
            ))
        });
        let cx = fake.context();
        let (one, two, three) = tokio::join!(
            read(&cx, attachment("i-1")),
            read(&cx, attachment("i-2")),
            read(&cx, attachment("i-3"))
        );
        assert!(one.is_ok_and(|found| found.is_some()));
        assert!(two.is_ok_and(|found| found.is_none()));
        assert!(three.is_ok_and(|found| found.is_none()));
        assert_eq!(fake.calls("DescribeTargetHealth"), 1);
    }

    const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:f";

    /// No emulator registers functions.
    #[tokio::test]
    async fn a_function_is_registered_without_a_port() {
        let fake = Fake::new();
        fake.on("RegisterTargets", |request| {
            assert_eq!(request.param("Targets.member.1.Id"), Some(FUNCTION));
            assert_eq!(request.param("Targets.member.1.Port"), None);
            Answer::xml("<RegisterTargetsResponse/>")
        });
        fake.once("RegisterTargets", |_| Answer::error(400, "InvalidTarget", "not known yet"));
        fake.on("DescribeTargetGroups", |_| {
            Answer::xml(format!(
                "<DescribeTargetGroupsResponse><DescribeTargetGroupsResult><TargetGroups><member>\
                 <TargetGroupArn>{GROUP}</TargetGroupArn><TargetType>lambda</TargetType></member>\
                 </TargetGroups></DescribeTargetGroupsResult></DescribeTargetGroupsResponse>"
            ))
        });
        fake.on("DescribeTargetHealth", |request| {
            assert_eq!(request.param("Targets.member.1.Port"), None);
            Answer::xml(format!(
                "<DescribeTargetHealthResponse><DescribeTargetHealthResult>\
                 <TargetHealthDescriptions><member><Target><Id>{FUNCTION}</Id></Target>\
                 <TargetHealth><State>unavailable</State></TargetHealth></member>\
                 </TargetHealthDescriptions></DescribeTargetHealthResult>\
                 </DescribeTargetHealthResponse>"
            ))
        });
        let planned =
            LbTargetGroupAttachment { id: Attr::Unknown, port: Attr::Null, ..attachment(FUNCTION) };
        let cx = fake.context();
        let resource = LbTargetGroupAttachmentResource;
        let made = resource.create(&cx, planned.clone(), planned).await;
        let made = made.ok().map(|made| made.id.text().to_owned());
        assert!(made.is_some_and(|id| id.starts_with(&format!("{GROUP}-"))));
        assert_eq!(fake.calls("RegisterTargets"), 2);
    }

    #[tokio::test]
    async fn a_group_that_is_gone_has_no_targets() {
        let fake = Fake::new();
        fake.on("DescribeTargetHealth", |_| Answer::error(400, "TargetGroupNotFound", "gone"));
        assert!(read(&fake.context(), attachment("i-1")).await.is_ok_and(|found| found.is_none()));
    }
}
