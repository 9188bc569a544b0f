//! `aws_flow_log`: a log of the traffic of a VPC, a subnet or an interface.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_ec2::types as api;
use groma_aws_core::{
    Arn, Aws, Error, Outcome as _, TagChange, checks, client_token, create_once, plan_tags,
    record_tags, retry, tagged, wanted_tags,
};
use groma_sdk::model::checks::{one_of, one_of_numbers};
use groma_sdk::{
    Attr, Blocks, Context, Diagnostics, Managed, Model, Planned, Problems, async_trait,
};

use crate::ec2::{
    arn, change_tags, ec2, filter, found, id_of, int, read_made, tag_specifications, tags_of,
};
use crate::loaders;
use crate::rules::{at_least_one, at_most_one, set};

/// A log of the traffic of a VPC, a subnet or an interface.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct FlowLog {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(optional, replace, check = checks::arn)]
    pub(crate) deliver_cross_account_role: Attr<String>,
    #[attr(optional, replace)]
    pub(crate) eni_id: Attr<String>,
    #[attr(optional, replace, check = checks::arn)]
    pub(crate) iam_role_arn: Attr<String>,
    #[attr(optional, computed, replace, check = checks::arn)]
    pub(crate) log_destination: Attr<String>,
    #[attr(optional, replace, default = "cloud-watch-logs", check = one_of(&["cloud-watch-logs", "s3", "kinesis-data-firehose"]))]
    pub(crate) log_destination_type: Attr<String>,
    #[attr(optional, computed, replace)]
    pub(crate) log_format: Attr<String>,
    #[attr(optional, computed, replace, deprecated = "Use log_destination instead.")]
    pub(crate) log_group_name: Attr<String>,
    #[attr(optional, replace, default = 600, check = one_of_numbers(&[60, 600]))]
    pub(crate) max_aggregation_interval: Attr<i64>,
    #[attr(optional, replace)]
    pub(crate) subnet_id: Attr<String>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
    #[attr(optional, replace, check = one_of(&["ACCEPT", "REJECT", "ALL"]))]
    pub(crate) traffic_type: Attr<String>,
    #[attr(optional, replace)]
    pub(crate) transit_gateway_attachment_id: Attr<String>,
    #[attr(optional, replace)]
    pub(crate) transit_gateway_id: Attr<String>,
    #[attr(optional, replace)]
    pub(crate) vpc_id: Attr<String>,
    #[block(list, max = 1)]
    pub(crate) destination_options: Blocks<FlowLogDestinationOptions>,
}

/// The `destination_options` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct FlowLogDestinationOptions {
    #[attr(optional, default = "plain-text", check = one_of(&["plain-text", "parquet"]))]
    pub(crate) file_format: Attr<String>,
    #[attr(optional, default = false)]
    pub(crate) hive_compatible_partitions: Attr<bool>,
    #[attr(optional, default = false)]
    pub(crate) per_hour_partition: Attr<bool>,
}

tagged!(FlowLog);

const WHAT: &str = "Flow Log";

/// What EC2 says where there is a log of the same already.
const EXISTS: &str = "FlowLogAlreadyExists";

pub(crate) struct FlowLogResource;

#[async_trait]
impl Managed<Aws> for FlowLogResource {
    type Model = FlowLog;

    fn name(&self) -> &'static str {
        "aws_flow_log"
    }

    fn validate(&self, config: &FlowLog, problems: &mut Problems) {
        let c = config;
        let these = [
            ("eni_id", set(&c.eni_id)),
            ("subnet_id", set(&c.subnet_id)),
            ("transit_gateway_attachment_id", set(&c.transit_gateway_attachment_id)),
            ("transit_gateway_id", set(&c.transit_gateway_id)),
            ("vpc_id", set(&c.vpc_id)),
        ];
        at_most_one(problems, &these);
        at_least_one(problems, &these);
        problems.conflict(
            ("log_destination", set(&c.log_destination)),
            ("log_group_name", set(&c.log_group_name)),
        );
        if !set(&c.traffic_type) && !these[2].1 && !these[3].1 {
            problems.error(
                "traffic_type",
                "Missing required argument",
                "Which traffic of a VPC, subnet or interface is logged must be said: set \
                 \"traffic_type\" to ACCEPT, REJECT or ALL.",
            );
        }
        if !set(&c.log_destination) && !set(&c.log_group_name) {
            problems.error(
                "log_destination",
                "Missing required argument",
                "Where the log goes must be said: set \"log_destination\".",
            );
        }
        check_destination(c, problems);
        let to_logs = matches!(c.log_destination_type.as_str(), None | Some("cloud-watch-logs"));
        if to_logs && !c.log_destination_type.is_unknown() && !set(&c.iam_role_arn) {
            problems.error(
                "iam_role_arn",
                "Missing required argument",
                "To write to a log group of CloudWatch, EC2 needs a role: set \"iam_role_arn\".",
            );
        }
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<FlowLog>,
    ) -> Result<(), Diagnostics> {
        plan_tags(cx, change)?;
        let Some(prior) = &change.prior else { return Ok(()) };
        match (prior.destination_options.first(), change.config.destination_options.is_empty()) {
            // Leaving the block out is no change.
            (Some(_), true) if !change.config.destination_options.is_unknown() => {
                change.planned.destination_options = prior.destination_options.clone();
            }
            (before, false) if before != change.planned.destination_options.first() => {
                change.replace("destination_options");
            }
            _ => {}
        }
        Ok(())
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: FlowLog,
        planned: FlowLog,
    ) -> Result<FlowLog, Diagnostics> {
        let aws = cx.client();
        let tags = wanted_tags(aws, &planned);
        let ec2 = ec2(aws);
        let options = planned.destination_options.first().map(|o| {
            api::DestinationOptionsRequest::builder()
                .set_file_format(o.file_format.filled().map(api::DestinationFileFormat::from))
                .set_hive_compatible_partitions(o.hive_compatible_partitions.cloned())
                .set_per_hour_partition(o.per_hour_partition.cloned())
                .build()
        });
        let (resource, kind) = subject(&planned);
        // Roles are not known everywhere at once.
        let early = |e: &Error| {
            e.says("InvalidParameter", "Unable to assume given IAM role")
                || e.says("InvalidParameter", "is not valid")
        };
        let token = client_token(cx);
        let made = retry(
            cx,
            "an IAM role to be known".to_owned(),
            Duration::from_secs(120),
            early,
            || async {
                let request = ec2
                    .create_flow_logs()
                    .client_token(&token)
                    .set_deliver_cross_account_role(planned.deliver_cross_account_role.to_filled())
                    .set_deliver_logs_permission_arn(planned.iam_role_arn.to_filled())
                    .set_destination_options(options.clone())
                    .set_log_destination(
                        planned
                            .log_destination
                            .filled()
                            .map(|d| d.trim_end_matches(":*").to_owned()),
                    )
                    .set_log_destination_type(
                        planned.log_destination_type.filled().map(api::LogDestinationType::from),
                    )
                    .set_log_format(planned.log_format.to_filled())
                    .set_log_group_name(
                        planned
                            .log_group_name
                            .to_filled()
                            .filter(|_| planned.log_destination.filled().is_none()),
                    )
                    .set_max_aggregation_interval(
                        int(&planned.max_aggregation_interval).filter(|n| *n > 0),
                    )
                    .resource_ids(&resource)
                    .resource_type(kind.clone())
                    .set_tag_specifications(tag_specifications(
                        api::ResourceType::VpcFlowLog,
                        &tags,
                    ))
                    .set_traffic_type(planned.traffic_type.filled().map(api::TrafficType::from));
                create_once(request.send(), &[EXISTS]).await
            },
        );
        let about = format!("creating {WHAT} ({resource})");
        let id = match made.await.during(&about)? {
            Some(made) => {
                // What went wrong is told in an answer that is none of an error.
                if let Some(error) = made.unsuccessful().first().and_then(|u| u.error()) {
                    let (code, message) =
                        (error.code().unwrap_or_default(), error.message().unwrap_or_default());
                    return Err(Error::refused(code, message).during(&about));
                }
                id_of(made.flow_log_ids().first().map(String::as_str), WHAT)?
            }
            None => id_of(same_log(cx, &resource, &planned).await?.as_deref(), WHAT)?,
        };
        let log = FlowLog { id: id.clone().into(), ..planned };
        cx.keep_model(&log);
        read_made(cx, WHAT, &id, || self.read(cx, log.clone())).await
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        state: FlowLog,
    ) -> Result<Option<FlowLog>, Diagnostics> {
        let aws = cx.client();
        let id = state.id.text().to_owned();
        let read = loaders::flow_logs(aws).load(id.clone()).await;
        let Some(log) = read.during(format!("reading {WHAT} ({id})"))? else { return Ok(None) };
        let options = log.destination_options().map(|o| FlowLogDestinationOptions {
            file_format: o.file_format().map(|f| f.as_str()).into(),
            hive_compatible_partitions: o.hive_compatible_partitions().into(),
            per_hour_partition: o.per_hour_partition().into(),
        });
        let resource = log.resource_id().unwrap_or_default();
        let when = |prefix: &str| resource.starts_with(prefix).then_some(resource);
        let mut now = FlowLog {
            arn: arn(aws, None, &format!("vpc-flow-log/{id}")).await?.into(),
            deliver_cross_account_role: log.deliver_cross_account_role().into(),
            eni_id: when("eni-").into(),
            iam_role_arn: log.deliver_logs_permission_arn().into(),
            log_destination: destination(&state.log_destination, log.log_destination()),
            log_destination_type: log
                .log_destination_type()
                .map_or("cloud-watch-logs", |t| t.as_str())
                .into(),
            log_format: log.log_format().into(),
            log_group_name: log.log_group_name().into(),
            max_aggregation_interval: log.max_aggregation_interval().into(),
            subnet_id: when("subnet-").into(),
            traffic_type: match resource.starts_with("tgw-") {
                true => Attr::Null,
                false => log.traffic_type().map(|t| t.as_str()).into(),
            },
            transit_gateway_attachment_id: when("tgw-attach-").into(),
            transit_gateway_id: when("tgw-").filter(|r| !r.starts_with("tgw-attach-")).into(),
            vpc_id: when("vpc-").into(),
            destination_options: match options {
                // Logs of CloudWatch have none, whatever EC2 says of them.
                Some(o) if !state.destination_options.is_empty() || o.is_set() => Blocks::one(o),
                _ => Blocks::none(),
            },
            ..state
        };
        record_tags(aws, &mut now, tags_of(log.tags()));
        Ok(Some(now))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: FlowLog,
        _config: FlowLog,
        planned: FlowLog,
    ) -> Result<FlowLog, Diagnostics> {
        let id = prior.id.text().to_owned();
        let change = TagChange::of(cx.client(), &prior, &planned);
        change_tags(cx, format!("{WHAT} ({id})"), &id, &change).await?;
        found(self.read(cx, planned).await?, WHAT, &id)
    }

    async fn delete(&self, cx: &Context<Aws>, prior: FlowLog) -> Result<(), Diagnostics> {
        let id = prior.id.text();
        let ask = ec2(cx.client()).delete_flow_logs().flow_log_ids(id);
        let about = format!("deleting {WHAT} ({id})");
        let done = ask.send().await.unless(&["InvalidFlowLogId.NotFound"]).during(&about)?;
        let failed = done.as_ref().and_then(|d| d.unsuccessful().first()).and_then(|u| u.error());
        match failed {
            Some(e) if e.code() != Some("InvalidFlowLogId.NotFound") => {
                let (code, message) =
                    (e.code().unwrap_or_default(), e.message().unwrap_or_default());
                Err(Error::refused(code, message).during(&about))
            }
            _ => Ok(()),
        }
    }
}

impl FlowLogDestinationOptions {
    fn is_set(&self) -> bool {
        self.hive_compatible_partitions.is_true()
            || self.per_hour_partition.is_true()
            || self.file_format.filled().is_some_and(|f| f != "plain-text")
    }
}

/// The log of a resource that goes where one that was to be created would.
async fn same_log(
    cx: &Context<Aws>,
    resource: &str,
    wanted: &FlowLog,
) -> Result<Option<String>, Diagnostics> {
    let ask = ec2(cx.client()).describe_flow_logs().filter(filter("resource-id", [resource]));
    let answer = ask.send().await.during(format_args!("reading the Flow Logs of {resource}"))?;
    let to = wanted.log_destination.filled().map(|d| d.trim_end_matches(":*"));
    let group = wanted.log_group_name.filled();
    let same = answer.flow_logs().iter().find(|log| {
        let traffic = log.traffic_type().map(|t| t.as_str());
        let there = (to.is_some() && log.log_destination() == to)
            || (group.is_some() && log.log_group_name() == group);
        there && (traffic == wanted.traffic_type.filled() || !set(&wanted.traffic_type))
    });
    Ok(same.and_then(|log| log.flow_log_id()).map(str::to_owned))
}

/// Where a log goes must be of the type that it is said to be of.
fn check_destination(c: &FlowLog, problems: &mut Problems) {
    if c.log_destination_type.is_unknown() {
        return;
    }
    let kind = c.log_destination_type.filled().unwrap_or("cloud-watch-logs");
    let service = match kind {
        "s3" => "s3",
        "kinesis-data-firehose" => "firehose",
        _ => "logs",
    };
    let arn = c.log_destination.filled().and_then(|text| text.parse::<Arn>().ok());
    if let Some(arn) = arn.filter(|arn| arn.service != service) {
        problems.error(
            "log_destination",
            "Destination of another type",
            format!(
                "Logs with the log_destination_type {kind:?} go to ARNs of the service {service}, but this \
                 one is of {}.",
                arn.service
            ),
        );
    }
    if kind != "cloud-watch-logs" && set(&c.log_group_name) {
        problems.error(
            "log_group_name",
            "Conflicting configuration arguments",
            format!(
                "Logs with the log_destination_type {kind:?} go to no log group of CloudWatch."
            ),
        );
    }
    if kind == "s3" && set(&c.iam_role_arn) {
        problems.error(
            "iam_role_arn",
            "Conflicting configuration arguments",
            "Logs are written to S3 by the bucket's policy: EC2 takes no role for that.",
        );
    }
    if kind != "s3" && !c.destination_options.is_empty() {
        problems.error(
            "destination_options",
            "Conflicting configuration arguments",
            "Only logs in S3 have destination options: set log_destination_type to \"s3\", or leave out \
             the block.",
        );
    }
    let of_transit = set(&c.transit_gateway_id) || set(&c.transit_gateway_attachment_id);
    if of_transit && c.max_aggregation_interval.get().is_some_and(|n| *n != 60) {
        problems.error(
            "max_aggregation_interval",
            "Conflicting configuration arguments",
            "Logs of transit gateways are gathered every 60 seconds: set it to 60.",
        );
    }
}

/// What is logged.
fn subject(log: &FlowLog) -> (String, api::FlowLogsResourceType) {
    use api::FlowLogsResourceType as Kind;
    let all = [
        (&log.vpc_id, Kind::Vpc),
        (&log.subnet_id, Kind::Subnet),
        (&log.eni_id, Kind::NetworkInterface),
        (&log.transit_gateway_id, Kind::TransitGateway),
        (&log.transit_gateway_attachment_id, Kind::TransitGatewayAttachment),
    ];
    let some = all.into_iter().find_map(|(id, kind)| Some((id.to_filled()?, kind)));
    some.unwrap_or((String::new(), Kind::Vpc))
}

/// Log groups are configured with `:*` at their ends, or without.
fn destination(known: &Attr<String>, there: Option<&str>) -> Attr<String> {
    match known.filled() {
        Some(known) if Some(known.trim_end_matches(":*")) == there => known.into(),
        _ => there.into(),
    }
}
