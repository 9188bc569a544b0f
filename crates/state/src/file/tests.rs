use std::sync::Arc;

use groma_addrs::{DeposedKey, InstanceKey, parse};
use groma_value::{Mark, Path, Type, Value};
use proptest::prelude::*;

use super::*;
use crate::journal::Change;
use crate::{CheckStatus, CheckableKind, ObjectStatus, Output};

/// Files that Terraform 1.11.4 wrote, some parts put together by hand in its form.
const WHOLE: &str = include_str!("testdata/whole.tfstate");
const MINIMAL: &str = "{
  \"version\": 4,
  \"terraform_version\": \"1.11.4\",
  \"serial\": 1,
  \"lineage\": \"\",
  \"outputs\": {},
  \"resources\": [],
  \"check_results\": null
}
";

fn text(file: &StateFile) -> String {
    String::from_utf8(file.to_bytes().unwrap()).unwrap()
}

fn state_with(resources: &str) -> Result<StateFile, StateFileError> {
    let text =
        format!("{{\"version\":4,\"serial\":1,\"lineage\":\"l\",\"resources\":[{resources}]}}");
    StateFile::read(text.as_bytes())
}

const HEAD: &str = r#""mode":"managed","type":"t","name":"n","provider":"provider[\"terraform.io/builtin/terraform\"]""#;

fn resource_with(instances: &str) -> Result<StateFile, StateFileError> {
    state_with(&format!("{{{HEAD},\"instances\":[{instances}]}}"))
}

#[test]
fn what_terraform_wrote_is_written_again_byte_for_byte() {
    for source in [WHOLE, MINIMAL] {
        let file = StateFile::read(source.as_bytes()).unwrap();
        file.check().unwrap();
        assert_eq!(text(&file), source);
    }
}

#[test]
fn everything_in_a_file_is_understood() {
    let file = StateFile::read(WHOLE.as_bytes()).unwrap();
    assert_eq!((file.serial, &*file.terraform_version), (7, "1.11.4"));
    let state = &file.state;
    let output = &state.outputs["o"];
    assert!(output.sensitive);
    assert_eq!(output.value.get("b"), Some(&Value::string("<é&>")));
    let get =
        |addr: &str| state.instance(&parse::resource_instance(addr).unwrap()).unwrap().clone();
    let tainted = get("terraform_data.x[1]").current.clone().unwrap();
    assert_eq!(tainted.status, ObjectStatus::Tainted);
    assert_eq!(tainted.sensitive_paths, [Path::root().attribute("input").attribute("s")]);
    let keyed = get("terraform_data.m[\"z z\\\"$${1}\"]").current.clone().unwrap();
    assert!(keyed.create_before_destroy);
    assert_eq!(keyed.dependencies[0].to_string(), "terraform_data.x");
    let replaced = get("module.a[\"k\"].aws_lb.web");
    assert!(replaced.current.is_none());
    let deposed = &replaced.deposed[&DeposedKey("00aabb11".into())];
    assert_eq!(&*deposed.private, b"{\"schema_version\":\"1\"}");
    assert_eq!(deposed.identity.as_ref().unwrap().1, 2);
    assert_eq!(
        deposed.sensitive_paths[0],
        Path::root().attribute("l").index(Value::number(0)).index("k".into())
    );
    assert!(matches!(
        &get("data.aws_old.x").current.clone().unwrap().attributes,
        StoredAttributes::Flatmap(flat) if flat["tags.%"] == "1"
    ));
    let check = &state.checks[0];
    assert_eq!((check.kind, check.status), (CheckableKind::Check, CheckStatus::Fail));
    assert_eq!(check.objects[0].2, ["bad <thing>"]);
}

#[test]
fn what_another_engine_keeps_with_an_instance_survives_an_update() {
    let file = resource_with(
        r#"{"index_key":"a","schema_version":1,"attributes":{"id":"1"},"skip_destroy":true,"future":{"x":[1, 2]}}"#,
    )
    .unwrap();
    let mut state = file.state.clone();
    let addr = parse::resource_instance("t.n[\"a\"]").unwrap();
    let object = state.instance(&addr).unwrap().current.clone();
    let provider = state.resources[&addr.resource].provider.clone();
    let change = Change::Object { addr, deposed: None, provider, object };
    state.apply(&change);
    let written = text(&StateFile { state, ..file });
    assert!(written.contains("\"skip_destroy\": true"), "{written}");
    assert!(written.contains("\"future\": {\n            \"x\": [\n"), "{written}");
}

#[test]
fn the_provider_instances_of_opentofu_are_kept() {
    let provider =
        r#""provider":"provider[\"registry.opentofu.org/hashicorp/aws\"].by_region[\"x\"]""#;
    let source = format!(
        "{{\"mode\":\"managed\",\"type\":\"t\",\"name\":\"n\",\"instances\":[{{\"schema_version\":0,\"attributes\":{{}},{provider}}}]}}"
    );
    let file = state_with(&source).unwrap();
    let resource = file.state.resources.values().next().unwrap();
    assert_eq!(resource.provider.alias.as_deref(), Some("by_region"));
    let again = StateFile::read(text(&file).as_bytes()).unwrap();
    assert_eq!(again.state, file.state);
    assert_eq!(text(&file).matches("\"provider\"").count(), 1);
}

#[test]
fn resources_are_in_the_order_of_their_texts() {
    let one = |module: &str, mode: &str, name: &str| {
        format!(
            "{{\"module\":\"{module}\",\"mode\":\"{mode}\",\"type\":\"t\",\"name\":\"{name}\",\"provider\":\"provider.t\",\"instances\":[{{\"attributes\":{{}}}}]}}"
        )
    };
    let file = state_with(
        &[
            one("module.b", "managed", "n"),
            one("module.a[2]", "managed", "n"),
            one("module.a[10]", "managed", "n"),
            one("module.a[10].module.x", "managed", "n"),
            one("", "managed", "n"),
            one("", "data", "z"),
        ]
        .join(","),
    )
    .unwrap();
    let written: serde_json::Value = serde_json::from_str(&text(&file)).unwrap();
    let order: Vec<String> = written["resources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| format!("{}/{}", r["module"].as_str().unwrap_or(""), r["mode"].as_str().unwrap()))
        .collect();
    assert_eq!(
        order,
        [
            "/data",
            "/managed",
            "module.a[10]/managed",
            "module.a[10].module.x/managed",
            "module.a[2]/managed",
            "module.b/managed"
        ]
    );
}

#[test]
fn unusable_files_get_an_error_that_says_what_to_do() {
    let cases = [
        ("", "could not be parsed as JSON"),
        ("{\"version\":4, xx}", "line 1 column 15"),
        ("{\"version\":4,\n\"serial\":\"x\"}", "line 2 column 12"),
        ("{\"version\":3,\"modules\":[]}", "terraform apply -refresh-only"),
        ("{\"version\":5,\"terraform_version\":\"9.9\"}", "created by version 9.9"),
        ("{\"version\":5}", "newer"),
        ("{\"version\":0}", "zero"),
        ("{\"version\":-1}", "positive whole number"),
        ("{\"version\":\"4\"}", "could not be parsed"),
        ("{}", "does not have a \"version\""),
        ("[1]", "could not be parsed"),
        ("{\"serial\":1,\"encrypted_data\":\"x\",\"meta\":{}}", "encrypted"),
        ("{\"version\":4,\"outputs\":{\"x\":{\"value\":1,\"type\":\"nope\"}}}", "output \"x\""),
        ("{\"version\":4,\"outputs\":{\"x\":{\"value\":[],\"type\":\"number\"}}}", "output \"x\""),
    ];
    for (source, part) in cases {
        let error = StateFile::read(source.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(part), "{source}: {error}");
    }
    assert!(StateFile::read(b"\xff\xfe").is_err());
    assert_eq!(StateFile::read_if_any(b" \n").unwrap(), None);
}

#[test]
fn broken_resources_are_named() {
    let cases = [
        (r#"{"attributes":[]}"#, "t.n has attributes that are not"),
        (r#"{"attributes":{},"status":"odd"}"#, "invalid status"),
        (r#"{"attributes":{},"private":"%%"}"#, "private data"),
        (r#"{"attributes":{},"deposed":"short"}"#, "deposed key"),
        (r#"{"attributes":{},"dependencies":["x"]}"#, "invalid dependency"),
        (r#"{"attributes":{},"sensitive_attributes":[[{"type":"odd","value":1}]]}"#, "line 1"),
        (r#"{"attributes":{}},{"attributes":{}}"#, "appears multiple times"),
        (
            r#"{"attributes":{},"deposed":"12345678"},{"attributes":{},"deposed":"12345678"}"#,
            "appears multiple times",
        ),
        (r#"{"index_key":1.5,"attributes":{}}"#, "not an instance key"),
    ];
    for (source, part) in cases {
        let error = resource_with(source).unwrap_err().to_string();
        assert!(error.contains(part), "{source}: {error}");
    }
    let odd_mode = state_with(r#"{"mode":"odd","type":"t","name":"n","provider":"provider.t"}"#);
    assert!(odd_mode.unwrap_err().to_string().contains("mode \"odd\""));
    let no_provider =
        state_with(r#"{"mode":"data","type":"t","name":"n","instances":[{"attributes":{}}]}"#);
    assert!(no_provider.unwrap_err().to_string().contains("missing a provider address"));
}

#[test]
fn nesting_without_bounds_is_refused() {
    for depth in [10_000, 1_000_000] {
        let deep = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        for field in ["attributes", "identity", "future", "sensitive_attributes"] {
            let object = format!("{{\"{field}\":{{\"x\":{deep}}}}}");
            assert!(resource_with(&object).is_err(), "{field} {depth}");
        }
        let output = format!(
            "{{\"version\":4,\"outputs\":{{\"x\":{{\"value\":{deep},\"type\":\"dynamic\"}}}}}}"
        );
        assert!(StateFile::read(output.as_bytes()).is_err());
    }
}

proptest! {
    /// Damage is an error, or goes unnoticed; it is never a panic, and what could be read is
    /// read the same after it has been written.
    #[test]
    fn damaged_files_do_no_harm(
        at in 0..WHOLE.len(),
        with in prop_oneof![Just(""), Just("}"), Just("\""), Just("\\"), Just("9"), Just("null,")],
        skip in 0..40usize,
    ) {
        let mut bytes = WHOLE.as_bytes()[..at].to_vec();
        bytes.extend_from_slice(with.as_bytes());
        bytes.extend_from_slice(WHOLE.as_bytes().get(at + skip..).unwrap_or_default());
        if let Ok(file) = StateFile::read(&bytes) {
            let again = StateFile::read(&file.to_bytes().unwrap()).unwrap();
            prop_assert_eq!(again, file);
        }
    }
}

#[test]
fn index_keys_of_all_kinds_are_read() {
    let file = resource_with(
        r#"{"index_key":2.0,"attributes":{}},{"index_key":"2","attributes":{}},{"index_key":null,"attributes":{}}"#,
    )
    .unwrap();
    let keys: Vec<_> = file.state.resources.values().flat_map(|r| r.instances.keys()).collect();
    let expected = [InstanceKey::None, InstanceKey::Int(2), InstanceKey::String("2".into())];
    assert_eq!(keys, expected.iter().collect::<Vec<_>>());
}

#[test]
fn what_a_reader_would_refuse_is_not_written() {
    let mut file = resource_with(r#"{"attributes":{}}"#).unwrap();
    file.check().unwrap();
    let value = Value::unknown(Type::String);
    file.state.outputs.insert("x".into(), Output { value, sensitive: false });
    assert!(file.check().unwrap_err().contains("\"x\""));
    assert!(file.to_bytes().is_err());
    file.state.outputs.clear();
    let resource = file.state.resources.values_mut().next().unwrap();
    let instance = resource.instances.values_mut().next().unwrap();
    Arc::make_mut(instance).current = None;
    assert!(file.check().unwrap_err().contains("t.n has no object"));
}

#[test]
fn equality_sees_every_change_and_nothing_else() {
    let a = StateFile::read(WHOLE.as_bytes()).unwrap().state;
    let again = StateFile::read(WHOLE.as_bytes()).unwrap().state;
    assert!(a.equal_for_save(&a.clone()) && a.equal_for_save(&again));
    let changed = WHOLE.replace("\"status\": \"tainted\",", "");
    assert!(!a.equal_for_save(&StateFile::read(changed.as_bytes()).unwrap().state));
    let changed = WHOLE.replace("00aabb11", "00aabb12");
    assert!(!a.equal_for_save(&StateFile::read(changed.as_bytes()).unwrap().state));
    // The same text with other escapes is the same state.
    let escaped = WHOLE.replace("\\u003cé\\u0026\\u003e", "<é&>");
    assert_ne!(escaped, WHOLE);
    assert!(a.equal_for_save(&StateFile::read(escaped.as_bytes()).unwrap().state));
}

#[test]
fn objects_keep_where_they_are_sensitive() {
    let ty = Type::object([("a", Type::String), ("n", Type::Number)]);
    let value = Value::object_of([
        ("a", Value::string("<x>").marked(Mark::Sensitive)),
        ("n", Value::number(1)),
    ]);
    let (attributes, sensitive_paths) = StoredAttributes::encode(&value, &ty).unwrap();
    assert_eq!(attributes.as_json(), Some(&b"{\"a\":\"\\u003cx\\u003e\",\"n\":1}"[..]));
    let file = resource_with(r#"{"attributes":{}}"#).unwrap();
    let instance = file.state.instances().next().unwrap().2.clone();
    let mut object = Object::clone(instance.current.as_ref().unwrap());
    object.attributes = attributes;
    object.sensitive_paths = sensitive_paths;
    assert_eq!(object.decode(&ty).unwrap(), value);
    assert!(object.decode(&Type::object([("a", Type::Bool)])).is_err());
    let unknown = Value::object_of([("a", Value::unknown(Type::String)), ("n", Value::number(1))]);
    assert!(StoredAttributes::encode(&unknown, &ty).is_err());
    let ephemeral = Value::object_of([
        ("a", Value::string("t").marked(Mark::Ephemeral)),
        ("n", Value::number(1)),
    ]);
    assert!(StoredAttributes::encode(&ephemeral, &ty).unwrap_err().to_string().contains(".a"));
}

#[test]
fn changes_one_by_one_make_the_state() {
    let whole = StateFile::read(WHOLE.as_bytes()).unwrap().state;
    let mut built = State::default();
    for (addr, resource, instance) in whole.instances() {
        let objects = std::iter::once((None, instance.current.clone()))
            .chain(instance.deposed.iter().map(|(k, o)| (Some(k.clone()), Some(o.clone()))));
        for (deposed, object) in objects {
            let provider = resource.provider.clone();
            built.apply(&Change::Object { addr: addr.clone(), deposed, provider, object });
        }
    }
    for (name, output) in &whole.outputs {
        built.apply(&Change::Output { name: name.clone(), output: Some(output.clone()) });
    }
    built.apply(&Change::Checks(whole.checks.clone()));
    assert!(built.equal_for_save(&whole));
    built.apply(&Change::Output { name: "o".into(), output: None });
    assert!(!built.outputs.contains_key("o"));
}
