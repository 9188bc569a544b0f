//! Expected bytes follow from the description of the wire format.

use super::*;
use crate::{CodecError, Mark, Number, Refinements, Type, Value};

fn number(text: &str) -> Value {
    Value::number(Number::parse(text).unwrap_or_else(|| panic!("{text}")))
}

fn check(value: &Value, ty: &Type, bytes: &[u8]) {
    assert_eq!(encode(value, ty).as_deref(), Ok(bytes));
    assert_eq!(decode(bytes, ty).as_ref(), Ok(value));
}

fn fails(bytes: &[u8], ty: &Type, message: &str) {
    let failed: Result<Value, CodecError> = decode(bytes, ty);
    assert_eq!(failed.map_err(|e| e.to_string()), Err(message.to_owned()));
}

#[test]
fn primitives() {
    check(&Value::TRUE, &Type::Bool, &[0xc3]);
    check(&"hi".into(), &Type::String, &[0xa2, b'h', b'i']);
    check(&Value::null(Type::String), &Type::String, &[0xc0]);
    check(&5.into(), &Type::Number, &[5]);
    check(&(-1).into(), &Type::Number, &[0xff]);
    check(&256.into(), &Type::Number, &[0xcd, 1, 0]);
    check(&number("1.5"), &Type::Number, &[0xcb, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0]);
    check(&number("0.1"), &Type::Number, &[0xa3, b'0', b'.', b'1']);
    check(&number("18446744073709551616"), &Type::Number, b"\xb418446744073709551616");
    let infinity = Value::number(Number::infinity(true));
    check(&infinity, &Type::Number, &[0xcb, 0xff, 0xf0, 0, 0, 0, 0, 0, 0]);
    let max = Value::number(u64::MAX);
    assert_eq!(decode(&[0xcf, 255, 255, 255, 255, 255, 255, 255, 255], &Type::Number), Ok(max));
    assert_eq!(decode(&[0xca, 0x3f, 0xc0, 0, 0], &Type::Number), Ok(number("1.5")));
}

#[test]
fn floats_of_plugins_go_back_as_they_came() {
    let bytes = [0xcb, 0x3f, 0xb9, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9a];
    let tenth = decode(&bytes, &Type::Number);
    assert_eq!(tenth, Ok(number("0.1")));
    assert_eq!(tenth.and_then(|v| encode(&v, &Type::Number)).as_deref(), Ok(&bytes[..]));
}

#[test]
fn compounds() {
    let list = Type::list(Type::Bool);
    check(&Value::list(Type::Bool, vec![true.into(), false.into()]), &list, &[0x92, 0xc3, 0xc2]);
    let ty = Type::object([("b", Type::Number), ("a", Type::set(Type::String))]);
    let set = Value::set(Type::String, vec!["x".into()]);
    let object = Value::object_of([("a", set), ("b", 1.into())]);
    check(&object, &ty, &[0x82, 0xa1, b'a', 0x91, 0xa1, b'x', 0xa1, b'b', 1]);
    let swapped = [0x82, 0xa1, b'b', 1, 0xa1, b'a', 0x91, 0xa1, b'x'];
    assert_eq!(decode(&swapped, &ty), Ok(object));
    check(
        &Value::tuple(vec![1.into(), true.into()]),
        &Type::tuple([Type::Number, Type::Bool]),
        &[0x92, 1, 0xc3],
    );
    let map = Value::map(Type::Bool, [("k".into(), true.into())].into_iter().collect());
    check(&map, &Type::map(Type::Bool), &[0x81, 0xa1, b'k', 0xc3]);
}

#[test]
fn open_types_go_with_the_value() {
    let bytes = [&[0x92, 0xc4, 8][..], b"\"string\"", &[0xa1, b'x']].concat();
    check(&"x".into(), &Type::Dynamic, &bytes);
    check(&Value::NULL, &Type::Dynamic, &[0xc0]);
    check(&Value::unknown(Type::Dynamic), &Type::Dynamic, &[0xd4, 0, 0]);
    let null = [&[0x92, 0xc4, 6][..], b"\"bool\"", &[0xc0]].concat();
    check(&Value::null(Type::Bool), &Type::Dynamic, &null);
    let unknown = [&[0x92, 0xc4, 6][..], b"\"bool\"", &[0xd4, 0, 0]].concat();
    check(&Value::unknown(Type::Bool), &Type::Dynamic, &unknown);
    fails(&[0x91, 0xc0], &Type::Dynamic, "dynamic value array must have exactly two elements");
}

#[test]
fn unknowns_go_with_what_is_known() {
    check(&Value::unknown(Type::String), &Type::String, &[0xd4, 0, 0]);
    let not_null = Value::unknown(Type::Bool).refine_not_null();
    check(&not_null, &Type::Bool, &[0xc7, 3, 12, 0x81, 1, 0xc2]);
    let prefix = Value::unknown_refined(Type::String, Refinements::string_prefix("a-"));
    let bytes = [0xc7, 7, 12, 0x82, 1, 0xc2, 2, 0xa2, b'a', b'-'];
    check(&prefix, &Type::String, &bytes);
    let range = Value::unknown_refined(Type::Number, Refinements::number_range(1, 5));
    let bytes = [0xc7, 11, 12, 0x83, 1, 0xc2, 3, 0x92, 1, 0xc3, 4, 0x92, 5, 0xc3];
    check(&range, &Type::Number, &bytes);
    let list = Type::list(Type::String);
    let lengths = Value::unknown_refined(list.clone(), Refinements::length_range(1, 5));
    check(&lengths, &list, &[0xc7, 7, 12, 0x83, 1, 0xc2, 5, 1, 6, 5]);
    let long = Value::unknown_refined(Type::String, Refinements::string_prefix(&"é-".repeat(200)));
    let back = encode(&long, &Type::String).and_then(|bytes| decode(&bytes, &Type::String));
    let prefix = back.ok().and_then(|v| v.refinements().and_then(|r| r.prefix.clone()));
    assert!(
        prefix
            .is_some_and(|p| p.len() <= 256 && p.len() > 200 && "é-".repeat(200).starts_with(&*p))
    );
}

#[test]
fn refinements_from_outside_are_checked() {
    let null = [0xd5, 12, 0x81, 1];
    fails(&null, &Type::Bool, "malformed unknown value refinement");
    assert_eq!(decode(&[0xc7, 3, 12, 0x81, 1, 0xc3], &Type::Bool), Ok(Value::null(Type::Bool)));
    let later = [0xc7, 5, 12, 0x82, 99, 0xa0, 1, 0xc2];
    assert_eq!(decode(&later, &Type::Bool), Ok(Value::unknown(Type::Bool).refine_not_null()));
    let crossed = [0xc7, 5, 12, 0x82, 5, 9, 6, 2];
    fails(&crossed, &Type::list(Type::Bool), "contradictory unknown value refinement");
    fails(&[0xd5, 3, 0, 0], &Type::Bool, "unsupported extension type 3");
    let empty = Value::list(Type::Bool, vec![]);
    assert_eq!(decode(&[0xc7, 5, 12, 0x82, 1, 0xc2, 6, 0], &Type::list(Type::Bool)), Ok(empty));
}

#[test]
fn hostile_input_is_refused() {
    let list = Type::list(Type::Bool);
    fails(&[], &Type::Bool, "malformed MessagePack data");
    fails(&[0xdd, 255, 255, 255, 255], &list, "malformed MessagePack data");
    fails(&[0xdf, 255, 255, 255, 255, 0, 0], &Type::map(Type::Bool), "malformed MessagePack data");
    fails(&[0xdb, 255, 255, 255, 255], &Type::String, "malformed MessagePack data");
    fails(&[0xc1], &Type::Bool, "malformed MessagePack data");
    fails(&[0xc3, 0xc3], &Type::Bool, "unexpected data after the value");
    fails(&[0x91, 5], &list, "[0]: bool is required");
    fails(
        &[0x80],
        &Type::object([("a", Type::Bool)]),
        "an object with 1 attributes is required (0 given)",
    );
    fails(
        &[0x81, 0xa1, b'x', 1],
        &Type::object([("a", Type::Bool)]),
        "unsupported attribute \"x\"",
    );
    let nested = [&[0x92, 0xc4, 9][..], b"\"dynamic\""].concat().repeat(5000);
    let failed = decode(&nested, &Type::Dynamic).map_err(|e| e.message);
    assert_eq!(failed, Err("the value is nested too deeply".to_owned()));
}

#[test]
fn what_cannot_be_written_is_located() {
    let ty = Type::object([("a", Type::list(Type::String))]);
    let item = Value::from("x").marked(Mark::Sensitive);
    let value = Value::object_of([("a", Value::list(Type::String, vec![item]))]);
    let failed = encode(&value, &ty).map_err(|e| e.path.to_string());
    assert_eq!(failed, Err(".a[0]".to_owned()));
    let converted = Value::object_of([("a", Value::tuple(vec!["x".into()]))]);
    assert_eq!(encode(&converted, &ty).as_deref(), Ok(&[0x81, 0xa1, b'a', 0x91, 0xa1, b'x'][..]));
}
