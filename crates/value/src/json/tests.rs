use serde_json::json;

use super::*;
use crate::{Mark, Number, PathStep};

fn text(value: &Value, ty: &Type) -> String {
    let bytes = to_vec(value, ty).unwrap_or_else(|e| panic!("{e}"));
    String::from_utf8(bytes).unwrap_or_else(|e| panic!("{e}"))
}

fn number(text: &str) -> Value {
    Value::number(Number::parse(text).unwrap_or_else(|| panic!("{text}")))
}

fn read(text: &str, ty: &Type) -> Value {
    let value = from_slice(text.as_bytes(), ty).unwrap_or_else(|e| panic!("{text}: {e}"));
    let data: serde_json::Value = serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(from_json(&data, ty), Ok(value.clone()), "text and data must read alike");
    value
}

fn error(text: &str, ty: &Type) -> String {
    from_slice(text.as_bytes(), ty).map(|v| format!("{v:?}")).unwrap_or_else(|e| e.to_string())
}

#[test]
fn strings_are_escaped_as_in_the_field() {
    let value = Value::from("<a&b>\u{2028}\u{2029}\"\\\u{8}\u{c}\n\r\t\u{1}\u{7f}é");
    let expected = "\"\\u003ca\\u0026b\\u003e\\u2028\\u2029\\\"\\\\\\b\\f\\n\\r\\t\\u0001\u{7f}é\"";
    assert_eq!(text(&value, &Type::String), expected);
    assert_eq!(read(expected, &Type::String), value);
    let map = Type::map(Type::Bool);
    assert_eq!(text(&read("{\"<\":true}", &map), &map), "{\"\\u003c\":true}");
    assert_eq!(read("\"\\ud83d\\ude00\\u00e9\\/\"", &Type::String), "😀é/".into());
    assert_eq!(from_slice(b"\"\\ud83d\"", &Type::String), Ok("\u{fffd}".into()));
    assert_eq!(from_slice(b"\"\\ud83dA\\u0041\"", &Type::String), Ok("\u{fffd}AA".into()));
    assert_eq!(from_slice(b"\"a\xff\"", &Type::String), Ok("a\u{fffd}".into()));
}

#[test]
fn numbers_keep_their_digits() {
    for digits in ["-0", "0.1", "123456789012345678901234567890.5", "18446744073709551616"] {
        assert_eq!(text(&number(digits), &Type::Number), digits);
        assert_eq!(read(digits, &Type::Number), number(digits));
        let data = to_json(&number(digits), &Type::Number);
        assert_eq!(data.map(|d| d.to_string()).as_deref(), Ok(digits));
    }
    assert_eq!(text(&number("1e30"), &Type::Number), format!("1{}", "0".repeat(30)));
    assert!(to_vec(&Value::number(Number::infinity(false)), &Type::Number).is_err());
    assert_eq!(read("\"5\"", &Type::Number), 5.into());
    assert_eq!(read("1.50", &Type::String), "1.50".into());
    assert_eq!(read("true", &Type::String), "true".into());
    assert_eq!(read("\"true\"", &Type::Bool), Value::TRUE);
}

#[test]
fn open_types_go_with_the_value() {
    let ty = Type::object([("a", Type::Dynamic), ("b", Type::list(Type::Dynamic))]);
    let list = Value::list(Type::String, vec!["x".into()]);
    let value = Value::object_of([("a", Value::tuple(vec![1.into()])), ("b", list)]);
    let expected = concat!(
        r#"{"a":{"value":[1],"type":["tuple",["number"]]},"#,
        r#""b":[{"value":"x","type":"string"}]}"#
    );
    assert_eq!(text(&value, &ty), expected);
    assert_eq!(read(expected, &ty), value);
    let swapped = r#"{"type":["map","bool"],"value":{"x":true}}"#;
    assert_eq!(read(swapped, &Type::Dynamic).ty(), Type::map(Type::Bool));
    assert_eq!(text(&Value::NULL, &Type::Dynamic), "null");
    let null = r#"{"value":null,"type":"bool"}"#;
    assert_eq!(text(&Value::null(Type::Bool), &Type::Dynamic), null);
    assert_eq!(read(null, &Type::Dynamic), Value::null(Type::Bool));
    assert_eq!(error(r#"{"value":1}"#, &Type::Dynamic), "missing type in dynamically-typed value");
    assert_eq!(
        error(r#"{"type":"bool"}"#, &Type::Dynamic),
        "missing value in dynamically-typed value"
    );
    let mixed = r#"[{"value":1,"type":"number"},{"value":"x","type":"string"}]"#;
    let same = "all list elements must have the same type";
    assert_eq!(error(mixed, &Type::list(Type::Dynamic)), same);
}

#[test]
fn reads_by_the_type() {
    let ty = Type::object([("a", Type::set(Type::Number)), ("b", Type::map(Type::String))]);
    let value = read(r#" { "b" : {"y":"2","x":"1"}, "a" : [3, 1, 3] } "#, &ty);
    assert_eq!(text(&value, &ty), r#"{"a":[1,3],"b":{"x":"1","y":"2"}}"#);
    let absent = read("{}", &ty);
    assert_eq!(absent.get("a"), Some(&Value::null(Type::set(Type::Number))));
    assert_eq!(error(r#"{"c":1}"#, &ty), "unsupported attribute \"c\"");
    assert_eq!(error(r#"{"a":[true]}"#, &ty), ".a[0]: number is required");
    assert_eq!(error("[1]", &Type::tuple([])), "too many tuple elements (need 0)");
    assert_eq!(error("[]", &Type::tuple([Type::Bool])), "not enough tuple elements (need 1)");
    assert_eq!(error("5", &Type::list(Type::Bool)), "list of bool is required");
}

#[test]
fn refuses_bad_text() {
    for bad in [
        "",
        "{",
        "[1,",
        "[1 2]",
        "{\"a\"}",
        "{\"a\":1,}",
        "[1,]",
        "01",
        "1.",
        "-",
        "tru",
        "\"a",
        "\"\\x\"",
        "\"\n\"",
        "1 2",
        "{1:2}",
        "\"\\u12\"",
        "nul",
    ] {
        assert!(from_slice_implied(bad.as_bytes()).is_err(), "{bad}");
    }
    assert_eq!(
        error("{\n \"a\": x}", &Type::map(Type::Bool)),
        "invalid character in JSON at line 2, column 7"
    );
    let deep = "[".repeat(100_000);
    assert!(from_slice_implied(deep.as_bytes()).is_err());
    let skipped = format!("{{\"value\":{deep},\"type\":\"bool\"}}");
    assert!(from_slice(skipped.as_bytes(), &Type::Dynamic).is_err());
    let nested =
        format!("{}1{}", "{\"type\":\"dynamic\",\"value\":".repeat(5000), "}".repeat(5000));
    assert!(from_slice(nested.as_bytes(), &Type::Dynamic).is_err());
}

#[test]
fn implied_types() {
    let implied = |text: &str| implied_type(text.as_bytes());
    let object =
        Type::object([("a", Type::tuple([Type::Number, Type::Dynamic])), ("b", Type::Bool)]);
    assert_eq!(implied(r#"{"b":true,"a":[1,null]}"#), Ok(object));
    assert_eq!(implied(r#"{"a":1,"a":2}"#), Ok(Type::object([("a", Type::Number)])));
    assert!(implied(r#"{"a":1,"a":"x"}"#).is_err());
    let value = from_slice_implied(br#"{"a":1,"a":2}"#).map(|v| v.get("a").cloned());
    assert_eq!(value, Ok(Some(2.into())));
}

#[test]
fn what_cannot_be_written_is_located() {
    let ty = Type::object([("a", Type::list(Type::String))]);
    let of = |item: Value| Value::object_of([("a", Value::list(Type::String, vec![item]))]);
    let place = Path(vec![PathStep::Attribute("a".into()), PathStep::Index(0.into())]);
    let failed = |value: Value| to_vec(&value, &ty).err().map(|e| (e.path, e.message));
    let unknown = failed(of(Value::unknown(Type::String)));
    assert_eq!(unknown, Some((place.clone(), "value is not known".to_owned())));
    let marked = failed(of(Value::from("x").marked(Mark::Sensitive)));
    assert_eq!(marked.map(|m| m.0), Some(place));
    let wrong = failed(Value::from("x")).map(|w| w.1);
    assert_eq!(wrong.as_deref(), Some("object required"));
    let converted = Value::object_of([("a", Value::tuple(vec![1.into()]))]);
    assert_eq!(text(&converted, &ty), r#"{"a":["1"]}"#);
}

#[test]
fn types_as_json() {
    let object = Type::object_with_optional([("a", Type::Number), ("b", Type::Dynamic)], ["b"]);
    let ty = Type::tuple([Type::list(Type::set(Type::Bool)), Type::map(Type::String), object]);
    let expected = json!([
        "tuple",
        [
            ["list", ["set", "bool"]],
            ["map", "string"],
            ["object", {"a": "number", "b": "dynamic"}, ["b"]]
        ]
    ]);
    assert_eq!(type_to_json(&ty), expected);
    assert_eq!(type_from_json(&expected), Ok(ty.clone()));
    assert_eq!(type_from_slice(&type_to_vec(&ty)), Ok(ty));
    for bad in [
        "\"int\"",
        "[]",
        "[\"list\"]",
        "[\"list\",\"bool\",1]",
        "[\"object\",{},[\"x\"]]",
        "5",
        "{}",
    ] {
        assert!(type_from_slice(bad.as_bytes()).is_err(), "{bad}");
    }
    let deep = format!("{}\"bool\"{}", "[\"list\",".repeat(10_000), "]".repeat(10_000));
    assert!(type_from_slice(deep.as_bytes()).is_err());
}
