use std::sync::Arc;

use groma_diag::{AttributeStep, Diagnostic};
use groma_schema::{
    Attribute, AttributeType, Block, FunctionParameter, FunctionSignature, IdentityAttribute,
    IdentitySchema, NestedBlock, NestedObject, Nesting, Schema, TextKind,
};
use groma_value::{Path, PathStep, Type, Value};
use prost::Message as _;

use super::*;
use crate::{tfplugin5 as v5, tfplugin6 as v6};

fn nested_block(nesting: Nesting, block: Block) -> NestedBlock {
    NestedBlock { block: Arc::new(block), nesting, min_items: 1, max_items: 7 }
}

/// A schema in which everything occurs that protocol 5 can say.
fn schema() -> Schema {
    let inner = Block::with_attributes([("n", Attribute::optional(Type::Number))]);
    let mut described = Attribute::computed(Type::Dynamic);
    described.description = "What it is".to_owned();
    described.description_kind = TextKind::Markdown;
    let mut secret = Attribute::required(Type::list(Type::object([("a", Type::Bool)])));
    secret.sensitive = true;
    secret.write_only = true;
    secret.deprecated = true;
    let mut block = Block::with_attributes([
        ("described", described),
        ("secret", secret),
        ("both", Attribute::optional_computed(Type::map(Type::String))),
    ]);
    block.description = "A block".to_owned();
    block.deprecated = true;
    for (name, nesting) in [
        ("single", Nesting::Single),
        ("group", Nesting::Group),
        ("list", Nesting::List),
        ("set", Nesting::Set),
        ("map", Nesting::Map),
    ] {
        block.blocks.insert(name.into(), nested_block(nesting, inner.clone()));
    }
    Schema { version: 3, block, identity: None }
}

fn nested_attribute() -> Attribute {
    let attributes = [("x".into(), Attribute::required(Type::String))].into();
    let nested = NestedObject { attributes, nesting: Nesting::Set };
    let mut attribute = Attribute::optional(Type::Dynamic);
    attribute.ty = AttributeType::Nested(Box::new(nested));
    attribute
}

/// The message as it is after it went over the wire.
fn sent<M: prost::Message + Default>(message: &M) -> M {
    M::decode(message.encode_to_vec().as_slice()).unwrap()
}

#[test]
fn schemas_come_back_as_they_were() {
    let mut schema = schema();
    let v5 = schema_to_v5(schema_to_wire(&schema)).unwrap();
    assert_eq!(schema_from_wire(schema_from_v5(sent(&v5))).unwrap(), schema);
    schema.block.attributes.insert("nested".into(), nested_attribute());
    assert_eq!(schema_from_wire(sent(&schema_to_wire(&schema))).unwrap(), schema);
}

#[test]
fn protocol_5_has_no_nested_attributes() {
    let mut outer = Block::default();
    let inner = Block::with_attributes([("deep", nested_attribute())]);
    outer.blocks.insert("b".into(), nested_block(Nesting::List, inner));
    let schema = Schema { block: outer, ..Schema::default() };
    let error = schema_to_v5(schema_to_wire(&schema)).unwrap_err();
    assert_eq!(error.to_string(), "b.deep: protocol 5 has no nested attributes");
}

#[test]
fn field_numbers_that_differ_between_the_protocols() {
    // write_only is field 10 in protocol 5 and field 11 in protocol 6.
    let five = v5::schema::Attribute { write_only: true, ..Default::default() };
    assert_eq!(five.encode_to_vec(), [10 << 3, 1]);
    let six = v6::schema::Attribute { write_only: true, ..Default::default() };
    assert_eq!(six.encode_to_vec(), [11 << 3, 1]);
}

#[test]
fn what_is_wrong_with_a_schema_is_said() {
    let attribute = |ty: &'static [u8]| v6::schema::Attribute {
        name: "a".to_owned(),
        r#type: ty.into(),
        ..Default::default()
    };
    let inside = |block| v6::Schema { version: 0, block: Some(block) };
    let error = |schema| schema_from_wire(schema).unwrap_err().to_string();

    let bad_type =
        v6::schema::Block { attributes: vec![attribute(br#"["list"]"#)], ..Default::default() };
    assert!(error(inside(bad_type.clone())).starts_with("a: "));
    let nested = v6::schema::NestedBlock {
        type_name: "b".to_owned(),
        block: Some(bad_type),
        nesting: v6::schema::nested_block::NestingMode::List.into(),
        ..Default::default()
    };
    let nesting = v6::schema::NestedBlock { nesting: 17, ..nested.clone() };
    let holding = |nested| v6::schema::Block { block_types: vec![nested], ..Default::default() };
    assert!(error(inside(holding(nested))).starts_with("b.a: "));
    let expected = "b: the nesting mode 0 is not one of the protocol";
    let nesting_zero = v6::schema::NestedBlock { nesting: 0, ..nesting.clone() };
    assert_eq!(error(inside(holding(nesting_zero))), expected);
    assert!(error(inside(holding(nesting))).contains("17"));
    // A type that is left out is not a type.
    let none = v6::schema::Block { attributes: vec![attribute(b"")], ..Default::default() };
    assert!(schema_from_wire(inside(none)).is_err());
}

#[test]
fn identities_and_functions_come_back_as_they_were() {
    let attribute = IdentityAttribute {
        ty: Type::String,
        required_for_import: true,
        optional_for_import: false,
        description: "d".to_owned(),
    };
    let identity = IdentitySchema { version: 2, attributes: [("id".into(), attribute)].into() };
    assert_eq!(identity_from_wire(sent(&identity_to_wire(&identity))).unwrap(), identity);

    let parameter = |name: &str, ty| FunctionParameter {
        name: name.into(),
        ty,
        allow_null: true,
        allow_unknown: false,
        description: String::new(),
        description_kind: TextKind::Plain,
    };
    let signature = FunctionSignature {
        parameters: vec![parameter("a", Type::String)],
        variadic: Some(parameter("rest", Type::Dynamic)),
        return_type: Type::tuple([Type::Bool, Type::Number]),
        summary: "s".to_owned(),
        description: "d".to_owned(),
        description_kind: TextKind::Markdown,
        deprecation_message: "old".to_owned(),
    };
    assert_eq!(function_from_wire(sent(&function_to_wire(&signature))).unwrap(), signature);
    assert!(function_from_wire(v6::Function::default()).is_err());
}

#[test]
fn diagnostics_keep_their_paths() {
    let mut warning = Diagnostic::warning("w", "detail");
    warning.attribute = Some(vec![
        AttributeStep::Attribute("a".to_owned()),
        AttributeStep::Index(2),
        AttributeStep::Key("k".to_owned()),
    ]);
    let told = vec![Diagnostic::error("e", ""), warning];
    let wire = diagnostics_to_wire(&told);
    let back: Vec<Diagnostic> = diagnostics_from_wire(wire).into_iter().collect();
    assert_eq!(back, told);
    // Neither an unknown severity nor an empty path is taken at its word.
    let odd = v6::Diagnostic {
        severity: 9,
        attribute: Some(v6::AttributePath::default()),
        ..Default::default()
    };
    let odd = diagnostics_from_wire(vec![odd]);
    assert!(odd.has_errors());
    assert_eq!(odd.iter().next().unwrap().attribute, None);
}

#[test]
fn paths_into_values() {
    let path = Path::root().attribute("a").index(Value::number(1)).index("k".into());
    assert_eq!(value_path_from_wire(value_path_to_wire(&path)), path);
    let in_set = Path::root().attribute("set").index(Value::TRUE).attribute("x");
    let end = value_path_from_wire(value_path_to_wire(&in_set));
    assert_eq!(end.0, [PathStep::Attribute("set".into())]);
}

#[test]
fn values_in_both_encodings() {
    let ty = Type::object([("a", Type::list(Type::Number)), ("b", Type::Dynamic)]);
    let value = Value::object_of([
        ("a", Value::list(Type::Number, vec![1.into(), Value::unknown(Type::Number)])),
        ("b", Value::from("x")),
    ]);
    let message = encode_value(&value, &ty).unwrap();
    assert_eq!(decode_value(Some(&message), &ty).unwrap(), value);
    let json = v6::DynamicValue {
        json: br#"{"a":[1],"b":{"value":"x","type":"string"}}"#.as_slice().into(),
        ..Default::default()
    };
    let known = decode_value(Some(&json), &ty).unwrap();
    assert_eq!(known.get("b"), Some(&Value::from("x")));
    for empty in [None, Some(&v6::DynamicValue::default())] {
        assert_eq!(decode_value(empty, &ty).unwrap(), Value::null(ty.clone()));
    }
    assert!(encode_value(&Value::from("x"), &Type::Bool).is_err());
}
