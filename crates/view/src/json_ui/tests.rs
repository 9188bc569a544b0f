use groma_addrs::parse::resource_instance;
use groma_diag::SourceMap;
use groma_value::{Type, Value};

use super::*;

const AT: &str = "2026-01-02T03:04:05.678901Z";

fn addr() -> AbsResourceInstance {
    resource_instance("module.m.terraform_data.z[\"k\"]").unwrap()
}

/// The lines as the real thing writes them.
#[test]
fn an_apply_is_told() {
    let mut ui = JsonUi::new();
    let resource = concat!(
        r#"{"addr":"module.m.terraform_data.z[\"k\"]","module":"module.m","#,
        r#""resource":"terraform_data.z[\"k\"]","implied_provider":"terraform","#,
        r#""resource_type":"terraform_data","resource_name":"z","resource_key":"k"}"#
    );
    let line = |message: &str, rest: &str, kind: &str| {
        format!(
            "{{\"@level\":\"info\",\"@message\":\"module.m.terraform_data.z[\\\"k\\\"]: {message}\",\
             \"@module\":\"terraform.ui\",\"@timestamp\":\"{AT}\",\
             \"hook\":{{\"resource\":{resource},{rest}}},\"type\":\"{kind}\"}}\n"
        )
    };
    let start =
        ProgressEvent::ApplyStart { addr: addr(), deposed: None, action: Action::Create, id: None };
    let expected = line("Creating...", r#""action":"create""#, "apply_start");
    assert_eq!(ui.event(&start, Duration::ZERO, AT), expected);
    let expected = line(
        "Still creating... [10s elapsed]",
        r#""action":"create","elapsed_seconds":10"#,
        "apply_progress",
    );
    assert_eq!(ui.tick(Duration::from_secs(10), AT), expected);
    let end = ProgressEvent::ApplyComplete {
        addr: addr(),
        deposed: None,
        action: Action::Create,
        id: Some(("id".into(), "x".into())),
    };
    let expected = line(
        "Creation complete after 12s [id=x]",
        r#""action":"create","id_key":"id","id_value":"x","elapsed_seconds":12"#,
        "apply_complete",
    );
    assert_eq!(ui.event(&end, Duration::from_secs(12), AT), expected);
    let end = ProgressEvent::ProvisionEnd {
        addr: addr(),
        provisioner: "local-exec".into(),
        success: false,
    };
    let expected = line(
        "(local-exec) Provisioning errored",
        r#""provisioner":"local-exec""#,
        "provision_errored",
    );
    assert_eq!(ui.event(&end, Duration::from_secs(12), AT), expected);
}

#[test]
fn values_of_sensitive_outputs_are_not_told() {
    let all = BTreeMap::from([
        ("a".into(), Output { value: "<x>".into(), sensitive: false }),
        ("b".into(), Output { value: Value::list(Type::String, vec![]), sensitive: true }),
    ]);
    let expected = format!(
        "{{\"@level\":\"info\",\"@message\":\"Outputs: 2\",\"@module\":\"terraform.ui\",\
         \"@timestamp\":\"{AT}\",\"outputs\":{{\"a\":{{\"sensitive\":false,\"type\":\"string\",\
         \"value\":\"<x>\"}},\"b\":{{\"sensitive\":true,\"type\":[\"list\",\"string\"]}}}},\
         \"type\":\"outputs\"}}\n"
    );
    assert_eq!(outputs(&all, AT), expected);
}

#[test]
fn diagnostics_have_their_level() {
    let sources = SourceMap::default();
    let view = DiagnosticView::new(&sources);
    let line = diagnostic(&Diagnostic::warning("Old", "Do not."), &view, AT);
    let expected = format!(
        "{{\"@level\":\"warn\",\"@message\":\"Warning: Old\",\"@module\":\"terraform.ui\",\
         \"@timestamp\":\"{AT}\",\"diagnostic\":{{\"severity\":\"warning\",\"summary\":\"Old\",\
         \"detail\":\"Do not.\"}},\"type\":\"diagnostic\"}}\n"
    );
    assert_eq!(line, expected);
}

#[test]
fn the_first_line_tells_the_version() {
    let expected = format!(
        "{{\"@level\":\"info\",\"@message\":\"Terraform 1.11.4\",\"@module\":\"terraform.ui\",\
         \"@timestamp\":\"{AT}\",\"terraform\":\"1.11.4\",\"type\":\"version\",\"ui\":\"1.2\"}}\n"
    );
    assert_eq!(version(AT), expected);
    assert!(log("Hello", AT).ends_with("\"type\":\"log\"}\n"));
}
