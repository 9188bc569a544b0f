//! What no emulator checks: how many parameters a request takes, and answers that get lost.

use groma_aws_core::testing::{Answer, Fake};
use groma_sdk::{Attr, Blocks, Managed as _};

use super::instances::DbParameterGroup;
use super::parameters::Parameter;
use super::{ForClusters, ForInstances, ParameterGroup};
use crate::testing::problems;

fn group(parameters: impl IntoIterator<Item = Parameter>) -> DbParameterGroup {
    DbParameterGroup {
        id: "main".into(),
        arn: "arn:aws:rds:us-east-1:123456789012:pg:main".into(),
        name: "main".into(),
        family: "mysql8.0".into(),
        parameter: parameters.into_iter().collect(),
        ..DbParameterGroup::default()
    }
}

fn parameter(name: &str, value: &str) -> Parameter {
    Parameter { apply_method: "immediate".into(), name: name.into(), value: value.into() }
}

fn numbered(prefix: &str, n: usize) -> impl Iterator<Item = Parameter> {
    (0..n).map(move |i| parameter(&format!("{prefix}{i}"), "1"))
}

/// A service with the group, whose parameters are these.
fn service(parameters: Vec<Parameter>) -> Fake {
    let fake = Fake::new();
    for operation in ["ModifyDBParameterGroup", "ResetDBParameterGroup", "DeleteDBParameterGroup"] {
        fake.on(operation, move |_| {
            Answer::xml(format!("<{operation}Response><{operation}Result/></{operation}Response>"))
        });
    }
    fake.on("DescribeDBParameterGroups", |_| {
        Answer::xml(
            "<DescribeDBParameterGroupsResponse><DescribeDBParameterGroupsResult>\
             <DBParameterGroups><DBParameterGroup><DBParameterGroupName>main</DBParameterGroupName>\
             <DBParameterGroupFamily>mysql8.0</DBParameterGroupFamily></DBParameterGroup>\
             </DBParameterGroups></DescribeDBParameterGroupsResult>\
             </DescribeDBParameterGroupsResponse>",
        )
    });
    fake.on("DescribeDBParameters", move |_| {
        let of = |p: &Parameter| {
            let (name, value) = (p.name.text(), p.value.text());
            format!(
                "<Parameter><ParameterName>{name}</ParameterName><ParameterValue>{value}\
                 </ParameterValue><Source>user</Source><ApplyMethod>immediate</ApplyMethod>\
                 </Parameter>"
            )
        };
        let parameters: String = parameters.iter().map(of).collect();
        Answer::xml(format!(
            "<DescribeDBParametersResponse><DescribeDBParametersResult><Parameters>{parameters}\
             </Parameters></DescribeDBParametersResult></DescribeDBParametersResponse>"
        ))
    });
    fake.on("ListTagsForResource", |_| {
        Answer::xml(
            "<ListTagsForResourceResponse><ListTagsForResourceResult/></ListTagsForResourceResponse>",
        )
    });
    fake
}

#[tokio::test]
async fn parameters_are_changed_twenty_at_a_time_and_reset_first() {
    let (old, new): (Vec<_>, Vec<_>) =
        (numbered("old", 45).collect(), numbered("new", 21).collect());
    let fake = service(new.clone());
    // A group that was just created takes changes a little later.
    fake.once("ModifyDBParameterGroup", |_| {
        let words = "The parameter group has pending changes.";
        Answer::error(400, "InvalidDBParameterGroupState", words)
    });
    let (prior, planned) = (group(old), group(new));
    let types = ParameterGroup::<ForInstances>::new();
    let updated = types.update(&fake.context(), prior, planned.clone(), planned.clone()).await;
    assert_eq!(updated.map(|u| u.parameter.len()), Ok(21));
    let names = |operation: &str| -> Vec<usize> {
        let counted = |r: &groma_aws_core::testing::Request| {
            r.params.iter().filter(|(name, _)| name.ends_with(".ParameterName")).count()
        };
        fake.requests_of(operation).iter().map(counted).collect()
    };
    assert_eq!(names("ResetDBParameterGroup"), [20, 20, 5]);
    assert_eq!(names("ModifyDBParameterGroup"), [20, 20, 1]);
    let order: Vec<String> = fake.requests().into_iter().map(|r| r.operation).collect();
    let first = |operation: &str| order.iter().position(|o| o == operation);
    assert!(first("ResetDBParameterGroup") < first("ModifyDBParameterGroup"));
}

#[tokio::test]
async fn a_group_is_taken_up_and_deleted_once_nothing_uses_it() {
    let fake = service(vec![parameter("a", "1")]);
    fake.once("CreateDBParameterGroup", |_| Answer::lost());
    fake.on("CreateDBParameterGroup", |_| {
        Answer::error(400, "DBParameterGroupAlreadyExists", "It is there.")
    });
    let planned = DbParameterGroup { id: Attr::Unknown, ..group([parameter("a", "1")]) };
    let types = ParameterGroup::<ForInstances>::new();
    let cx = fake.context();
    let made = types.create(&cx, planned.clone(), planned.clone()).await.unwrap_or_default();
    assert_eq!((made.id.as_str(), made.parameter.len()), (Some("main"), 1));
    assert!(types.create(&cx, planned.clone(), planned).await.is_err());
    fake.once("DeleteDBParameterGroup", |_| {
        Answer::error(400, "InvalidDBParameterGroupState", "An instance uses it.")
    });
    assert_eq!(types.delete(&cx, made.clone()).await, Ok(()));
    assert_eq!(fake.calls("DeleteDBParameterGroup"), 2);
    let kept = DbParameterGroup { skip_destroy: Attr::Known(true), ..made };
    assert_eq!(types.delete(&cx, kept).await, Ok(()));
    assert_eq!(fake.calls("DeleteDBParameterGroup"), 2);
}

#[test]
fn groups_are_checked_before_they_are_made() {
    let types = ParameterGroup::<ForInstances>::new();
    assert_eq!(problems(&types, &group([parameter("a", "1")])), "");
    let twice = group([parameter("a", "1"), parameter("A", "2")]);
    assert!(problems(&types, &twice).contains("set more than once"));
    let family = DbParameterGroup { family: "mysql".into(), ..group([]) };
    assert!(problems(&types, &family).contains("an engine and its version"));
    let both = DbParameterGroup { name_prefix: "main-".into(), ..group([]) };
    assert!(problems(&types, &both).contains("name_prefix"));
    let unknown = DbParameterGroup {
        family: Attr::Unknown,
        name: Attr::Unknown,
        parameter: Blocks::unknown(),
        ..group([])
    };
    assert_eq!(problems(&types, &unknown), "");
    let clusters = ParameterGroup::<ForClusters>::new();
    let family =
        super::clusters::RdsClusterParameterGroup { family: "aurora".into(), ..Default::default() };
    assert!(problems(&clusters, &family).contains("family"));
}
