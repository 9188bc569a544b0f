//! Requests and answers of what emulators do not serve, and what is refused.

use groma_aws_core::testing::{Answer, Fake};

use super::*;
use crate::answers::{identity, listed, sent};

fn of_transit() -> FlowLog {
    FlowLog {
        transit_gateway_id: "tgw-1".into(),
        log_destination: "arn:aws:s3:::logs".into(),
        log_destination_type: "s3".into(),
        max_aggregation_interval: 60.into(),
        ..FlowLog::default()
    }
}

#[tokio::test]
async fn transit_gateways_are_logged() {
    let fake = Fake::new();
    fake.on("CreateFlowLogs", |_| listed("CreateFlowLogs", "flowLogIdSet", "<item>fl-1</item>"));
    fake.on("DescribeFlowLogs", |_| {
        let item = "<item><flowLogId>fl-1</flowLogId><resourceId>tgw-1</resourceId>\
                    <trafficType>ALL</trafficType><logDestinationType>s3</logDestinationType>\
                    <logDestination>arn:aws:s3:::logs</logDestination></item>";
        listed("DescribeFlowLogs", "flowLogSet", item)
    });
    fake.on("GetCallerIdentity", |_| identity());
    let planned = FlowLog {
        destination_options: Blocks::one(FlowLogDestinationOptions {
            file_format: "parquet".into(),
            per_hour_partition: true.into(),
            ..FlowLogDestinationOptions::default()
        }),
        ..of_transit()
    };
    let cx = fake.context();
    let made = FlowLogResource.create(&cx, planned.clone(), planned).await;
    let made = made.unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(made.transit_gateway_id, "tgw-1".into());
    assert!(made.traffic_type.is_null() && made.transit_gateway_attachment_id.is_null());
    let sent = sent(&fake, "CreateFlowLogs").concat();
    for part in [
        "DestinationOptions.FileFormat=parquet",
        "DestinationOptions.PerHourPartition=true",
        "MaxAggregationInterval=60",
        "ResourceType=TransitGateway",
    ] {
        assert!(sent.iter().any(|s| s == part), "{part} is not in {sent:?}");
    }
}

#[tokio::test]
async fn a_log_whose_creation_was_not_answered_is_taken_over() {
    let fake = Fake::new();
    fake.once("CreateFlowLogs", |_| Answer::lost());
    fake.on("CreateFlowLogs", |_| Answer::ec2_error(400, EXISTS, "There is one"));
    fake.on("DescribeFlowLogs", |_| {
        let item = |id: &str, to: &str| {
            format!(
                "<item><flowLogId>{id}</flowLogId><resourceId>tgw-1</resourceId>\
                 <logDestination>arn:aws:s3:::{to}</logDestination></item>"
            )
        };
        let items = item("fl-1", "others") + &item("fl-2", "logs");
        listed("DescribeFlowLogs", "flowLogSet", &items)
    });
    fake.on("GetCallerIdentity", |_| identity());
    let made = FlowLogResource.create(&fake.context(), of_transit(), of_transit()).await;
    assert_eq!(made.map(|log| log.id).ok(), Some("fl-2".into()));
}

#[tokio::test]
async fn a_refusal_within_an_answer_is_one() {
    let failed = "<item><resourceId>vpc-1</resourceId><error><code>FlowLogAlreadyExists</code>\
                  <message>There is one</message></error></item>";
    let fake = Fake::new();
    fake.on("CreateFlowLogs", move |_| listed("CreateFlowLogs", "unsuccessful", failed));
    let planned =
        FlowLog { transit_gateway_id: Attr::Null, vpc_id: "vpc-1".into(), ..of_transit() };
    let cx = fake.context();
    let made = FlowLogResource.create(&cx, planned.clone(), planned).await;
    assert!(made.is_err_and(|e| e.to_string().contains("FlowLogAlreadyExists: There is one")));
}

#[test]
fn logs_go_where_they_are_said_to_go() {
    let refused = |c: FlowLog| {
        let mut problems = Problems::new();
        FlowLogResource.validate(&c, &mut problems);
        problems.into_diagnostics().to_string()
    };
    assert_eq!(refused(of_transit()), "");
    let c = FlowLog {
        log_destination: "arn:aws:logs:us-east-1:123456789012:log-group:x".into(),
        ..of_transit()
    };
    assert!(refused(c).contains("another type"));
    let role = "arn:aws:iam::123456789012:role/x";
    let c = FlowLog { iam_role_arn: role.into(), ..of_transit() };
    assert!(refused(c).contains("no role"));
    let c = FlowLog { max_aggregation_interval: 600.into(), ..of_transit() };
    assert!(refused(c).contains("every 60 seconds"));
    let c = FlowLog { log_destination_type: Attr::Null, ..of_transit() };
    assert!(refused(c).contains("needs a role"));
    assert_eq!(refused(FlowLog { log_destination_type: Attr::Unknown, ..of_transit() }), "");
}
