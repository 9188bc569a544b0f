//! Bodies decoded by small schemas.

use std::sync::Arc;

use groma_diag::{AttributeStep, Diagnostics, SourceRange};
use groma_hcl::{Body, Function, Resolved, Scope, Step, parse_json, parse_native};
use groma_value::{Mark, Type, Value};

use super::*;
use crate::{Attribute, AttributeType, NestedObject};

/// Variables under `var`.
struct Vars(Value);

impl Scope for Vars {
    fn resolve(
        &self,
        root: &str,
        _: &[Step<'_>],
        range: &SourceRange,
    ) -> Result<Resolved, Diagnostics> {
        match root {
            "var" => Ok(Resolved { value: self.0.clone(), consumed: 0 }),
            _ => Err(Diagnostic::error("Unknown variable", root.to_owned()).at(range).into()),
        }
    }

    fn function(&self, _: &str) -> Option<Arc<dyn Function>> {
        None
    }

    fn function_names(&self) -> Vec<String> {
        Vec::new()
    }
}

fn vars() -> Vars {
    Vars(Value::object_of([
        ("unknown", Value::unknown(Type::Dynamic)),
        ("secret", Value::tuple(vec!["s".into()]).marked(Mark::Sensitive)),
        ("null", Value::NULL),
        ("names", Value::tuple(vec!["a".into(), "b".into()])),
    ]))
}

fn nested(nesting: Nesting, min_items: u64, max_items: u64) -> NestedBlock {
    let mut block = Block::with_attributes([
        ("port", Attribute::optional(Type::Number)),
        ("note", Attribute::optional(Type::String)),
    ]);
    let inner = Block::with_attributes([("v", Attribute::optional(Type::String))]);
    let inner =
        NestedBlock { block: Arc::new(inner), nesting: Nesting::List, min_items: 0, max_items: 0 };
    block.blocks.insert("inner".into(), inner);
    NestedBlock { block: Arc::new(block), nesting, min_items, max_items }
}

fn schema() -> Block {
    let mut block = Block::with_attributes([
        ("name", Attribute::optional(Type::String)),
        ("size", Attribute::optional(Type::list(Type::Number))),
    ]);
    block.blocks.insert("list".into(), nested(Nesting::List, 0, 2));
    block.blocks.insert("set".into(), nested(Nesting::Set, 0, 0));
    block.blocks.insert("map".into(), nested(Nesting::Map, 0, 0));
    block.blocks.insert("single".into(), nested(Nesting::Single, 0, 0));
    block.blocks.insert("group".into(), nested(Nesting::Group, 0, 0));
    block
}

fn body(text: &str) -> Body {
    let (file, diagnostics) = parse_native("test.tf", text.as_bytes());
    assert!(!diagnostics.has_errors(), "{text}: {diagnostics}");
    file.body
}

#[track_caller]
fn decoded(schema: &Block, text: &str) -> Value {
    let (value, diagnostics) = decode(&body(text), schema, &vars());
    assert!(diagnostics.is_empty(), "{text}: {diagnostics}");
    assert!(schema.implied_type().has_dynamic() || value.ty() == *schema.implied_type());
    value
}

#[track_caller]
fn refused(text: &str, expected: &[&str]) {
    let (value, diagnostics) = decode(&body(text), &schema(), &vars());
    let found: Vec<String> =
        diagnostics.iter().map(|d| format!("{}: {}", d.summary, d.detail)).collect();
    assert_eq!(found, expected, "{text}");
    assert_eq!(value.ty(), *schema().implied_type());
}

fn items(value: &Value, name: &str) -> Vec<Value> {
    let value = value.get(name).unwrap_or_else(|| panic!("no {name}"));
    value.as_sequence().unwrap_or_else(|| panic!("{name} is {value:?}")).to_vec()
}

#[test]
fn blocks_are_held_as_their_nesting_says() {
    let value = decoded(
        &schema(),
        "name = 5\nlist {\n port = \"1\"\n inner {\n v = \"x\"\n}\n}\nlist {}\nset {\n port = 1\n}\n\
         set {\n port = 1\n}\nmap \"k\" {\n port = 3\n}\n",
    );
    assert_eq!(value.get("name"), Some(&"5".into()));
    assert_eq!(value.get("size"), Some(&Value::null(Type::list(Type::Number))));
    assert_eq!(items(&value, "list").len(), 2);
    assert_eq!(items(&value, "list")[0].get("port"), Some(&Value::from(1)));
    assert_eq!(items(&items(&value, "list")[0], "inner")[0].get("v"), Some(&"x".into()));
    assert_eq!(items(&value, "set").len(), 1);
    let map = value.get("map").expect("map");
    assert_eq!(map.get("k").and_then(|k| k.get("port")), Some(&Value::from(3)));
    assert!(value.get("single").expect("single").is_null());
    assert!(!value.get("group").expect("group").is_null());
}

#[test]
fn what_is_wrong_is_told() {
    refused(
        "nam = 1\nlst {}\nsize = [\"x\"]\nname = {}\n",
        &[
            "Unsupported argument: An argument named \"nam\" is not expected here. Did you mean \
             \"name\"?",
            "Unsupported block type: Blocks of type \"lst\" are not expected here. Did you mean \
             \"list\"?",
            "Incorrect attribute value type: Inappropriate value for attribute \"name\": string \
             required.",
            "Incorrect attribute value type: Inappropriate value for attribute \"size\": a number \
             is required.",
        ],
    );
    refused(
        "list {}\nlist {}\nlist {}\nsingle {}\nsingle {}\nmap \"a\" {}\nmap \"a\" {}\n",
        &[
            "Too many list blocks: No more than 2 \"list\" blocks are allowed",
            "Duplicate map block: A block of type \"map\" with the label \"a\" was already defined \
             at test.tf:6,1-8. The labels of such blocks must be unique.",
            "Duplicate single block: Only one block of type \"single\" is allowed. Previous \
             definition was at test.tf:4,1-7.",
        ],
    );
}

#[test]
fn dynamic_blocks_are_made() {
    let value = decoded(
        &schema(),
        "dynamic \"list\" {\n for_each = var.names\n content {\n port = list.key\n note = \
         list.value\n dynamic \"inner\" {\n for_each = [1]\n iterator = it\n content {\n v = \
         \"${list.value}${it.value}\"\n}\n}\n}\n}\ndynamic \"map\" {\n for_each = {x = 1}\n labels = \
         [\"${map.key}!\"]\n content {}\n}\n",
    );
    let list = items(&value, "list");
    assert_eq!(list[1].get("port"), Some(&Value::from(1)));
    assert_eq!(list[1].get("note"), Some(&"b".into()));
    assert_eq!(items(&list[1], "inner")[0].get("v"), Some(&"b1".into()));
    assert!(value.get("map").and_then(|m| m.get("x!")).is_some());
}

#[test]
fn dynamic_blocks_of_an_unknown_number_make_all_unknown() {
    let value = decoded(
        &schema(),
        "list {}\ndynamic \"list\" {\n for_each = var.unknown\n content {\n note = nothing.at.all\n}\n}\n\
         dynamic \"single\" {\n for_each = var.unknown\n content {}\n}\n",
    );
    assert!(!value.get("list").expect("list").is_known());
    assert!(!value.get("single").expect("single").is_known());
}

#[test]
fn marks_of_the_collection_are_on_what_is_made() {
    let value = decoded(
        &schema(),
        "dynamic \"list\" {\n for_each = var.secret\n content {\n port = 1\n inner {\n v = \
         list.value\n}\n}\n}\n",
    );
    let list = items(&value, "list");
    assert!(list[0].get("port").expect("port").is_sensitive());
    assert!(items(&list[0], "inner")[0].get("v").expect("v").is_sensitive());
}

#[test]
fn dynamic_blocks_that_cannot_be_made_are_refused() {
    refused(
        "dynamic \"lst\" {\n for_each = []\n content {}\n}\n",
        &["Unsupported block type: Blocks of type \"lst\" are not expected here."],
    );
    refused(
        "dynamic \"list\" {\n for_each = var.null\n content {}\n}\n",
        &["Invalid dynamic for_each value: Cannot use a null value in for_each."],
    );
    refused(
        "dynamic \"list\" {\n for_each = 5\n content {}\n}\n",
        &["Invalid dynamic for_each value: Cannot use a number value in for_each. An iterable \
           collection is required."],
    );
    refused(
        "dynamic \"list\" {\n for_each = []\n}\n",
        &["Missing dynamic content block: A dynamic block must have a nested block of type \
           \"content\" to describe the body of each generated block."],
    );
    refused(
        "dynamic \"list\" {\n for_each = []\n iterator = a.b\n content {}\n}\n",
        &["Invalid dynamic iterator name: Dynamic iterator must be a single variable name."],
    );
}

/// A schema as the older SDK has them, with an attribute that may be written as blocks.
fn ambiguous() -> Block {
    let rule = Type::object([("from", Type::Number), ("cidrs", Type::list(Type::String))]);
    Block::with_attributes([
        ("name", Attribute::optional(Type::String)),
        ("ingress", Attribute::optional_computed(Type::set(rule))),
    ])
}

#[test]
fn attributes_may_be_written_as_blocks() {
    let schema = ambiguous();
    let value = decoded(
        &schema,
        "ingress {\n from = 1\n}\ndynamic \"ingress\" {\n for_each = [2, 3]\n content {\n from = \
         ingress.value\n}\n}\n",
    );
    let rules = items(&value, "ingress");
    assert_eq!(rules.len(), 3);
    assert_eq!(rules[0].get("cidrs"), Some(&Value::null(Type::list(Type::String))));
    assert_eq!(items(&decoded(&schema, "ingress = []\n"), "ingress").len(), 0);
    assert!(decoded(&schema, "").get("ingress").expect("ingress").is_null());
    let text = "dynamic \"ingress\" {\n for_each = var.unknown\n content {\n from = 1\n}\n}\n";
    let rules = items(&decoded(&schema, text), "ingress");
    assert!(!rules[0].get("from").expect("from").is_known());
    assert!(rules[0].get("cidrs").expect("cidrs").is_null());
}

#[test]
fn json_properties_are_blocks_or_attributes_as_the_schema_says() {
    let text = r#"{"name": "${var.names[0]}", "list": [{"port": 1}, {"port": 2}],
        "map": {"k": {"port": 3}}, "dynamic": {"set": {"for_each": [7], "content": {"port": "${set.value}"}}}}"#;
    let (file, diagnostics) = parse_json("test.tf.json", text.as_bytes());
    assert!(diagnostics.is_empty(), "{diagnostics}");
    let (value, diagnostics) = decode(&file.body, &schema(), &vars());
    assert!(diagnostics.is_empty(), "{diagnostics}");
    assert_eq!(value.get("name"), Some(&"a".into()));
    assert_eq!(items(&value, "list").len(), 2);
    assert_eq!(items(&value, "set")[0].get("port"), Some(&Value::from(7)));
    let (file, _) = parse_json("test.tf.json", br#"{"ingress": [{"from": 1, "cidrs": null}]}"#);
    let (value, diagnostics) = decode(&file.body, &ambiguous(), &vars());
    assert!(diagnostics.is_empty(), "{diagnostics}");
    assert_eq!(items(&value, "ingress").len(), 1);
}

#[test]
fn nested_attributes_may_lack_what_is_optional() {
    let object = NestedObject {
        attributes: [
            ("a".into(), Attribute::required(Type::String)),
            ("b".into(), Attribute::optional_computed(Type::Number)),
        ]
        .into(),
        nesting: Nesting::List,
    };
    let ty = AttributeType::Nested(Box::new(object));
    let schema =
        Block::with_attributes([("x", Attribute { ty, ..Attribute::optional(Type::Dynamic) })]);
    let value = decoded(&schema, "x = [{a = 1}]\n");
    assert_eq!(items(&value, "x")[0].get("b"), Some(&Value::null(Type::Number)));
    let (_, diagnostics) = decode(&body("x = [{b = 1}]\n"), &schema, &vars());
    assert!(diagnostics.to_string().contains("attribute \"a\" is required"), "{diagnostics}");
}

#[test]
fn references_leave_iterators_out() {
    let text = "name = var.x\ndynamic \"list\" {\n for_each = local.y\n iterator = it\n content {\n \
                note = \"${it.value}${list.key}${path.z}\"\n}\n}\n";
    let found: Vec<String> =
        references(&body(text), &schema()).iter().map(ToString::to_string).collect();
    assert_eq!(found, ["var.x", "local.y", "list.key", "path.z"]);
}

#[test]
fn bodies_are_checked_without_evaluation() {
    let text = "nope = 1\nname = var.nothing\nlist {}\nlist {\n prt = 1\n}\nlist {}\n";
    let found: Vec<String> =
        check_body(&body(text), &schema()).iter().map(|d| d.summary.clone()).collect();
    assert_eq!(found, ["Unsupported argument", "Unsupported argument", "Too many list blocks"]);
    let text = "dynamic \"list\" {\n for_each = var.nothing\n content {}\n}\n";
    assert!(check_body(&body(text), &schema()).is_empty());
}

#[test]
fn ranges_of_attributes_are_found() {
    let text = "size = [\n  1,\n  2,\n]\nlist {}\nlist {\n  note = \"x\"\n}\nset {}\n";
    let at = |path: &[AttributeStep]| range_at(&body(text), &schema(), path).start.line;
    let name = |s: &str| AttributeStep::Attribute(s.to_owned());
    assert_eq!(at(&[name("size"), AttributeStep::Index(1)]), 3);
    assert_eq!(at(&[name("list"), AttributeStep::Index(1), name("note")]), 7);
    assert_eq!(at(&[name("list"), AttributeStep::Index(0)]), 5);
    assert_eq!(at(&[name("set"), AttributeStep::Key("?".into()), name("port")]), 9);
}
