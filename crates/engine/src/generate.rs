//! The configuration of an object that exists, as it is written for imports and queries.
//!
//! What only the provider sets is left out, and so is what is deprecated; what is sensitive is
//! null. The text is a start to go on from: a provider may still find fault with it, for instance
//! where it has arguments that exclude each other.

use std::collections::BTreeMap;
use std::fmt::Write;

use groma_addrs::Resource;
use groma_hcl::{format, is_identifier, quote, tokens_for_value};
use groma_schema::{Attribute, AttributeType, Block, NestedBlock, NestedObject, Nesting};
use groma_value::{Str, Type, Value, json};

/// The `resource` block for an object, without a line break at its end. `provider` is what the
/// `provider` argument says, if there must be one.
pub(crate) fn resource_block(
    addr: &Resource,
    block: &Block,
    value: &Value,
    provider: Option<&str>,
) -> String {
    let mut out = format!("resource {} {} {{\n", quote(&addr.ty), quote(&addr.name));
    if let Some(provider) = provider {
        let _ = writeln!(out, "provider = {provider}");
    }
    // Unknown parts would come out as comments, and marks are told by the schema as well.
    let value = value.clone().unknown_as_null();
    write_body(block, &value, &mut out);
    out.push('}');
    format(&out)
}

fn write_body(block: &Block, value: &Value, out: &mut String) {
    write_attributes(&block.attributes, value, out);
    for (name, nested) in block.blocks.iter().filter(|(_, nested)| !nested.block.deprecated) {
        if let Some(value) = value.get(name) {
            write_block(name, nested, value, out);
        }
    }
}

/// Whether an attribute is left out. Plugins of the first generation have an `id` that looks as if
/// it could be set and cannot.
fn is_left_out(name: &str, attribute: &Attribute) -> bool {
    let read_only = attribute.computed && !attribute.optional;
    let is_id = name == "id" && attribute.computed && attribute.optional;
    read_only || attribute.deprecated || is_id
}

fn write_attributes(attributes: &BTreeMap<Str, Attribute>, object: &Value, out: &mut String) {
    for (name, attribute) in attributes.iter().filter(|(name, a)| !is_left_out(name, a)) {
        let value = object.get(name).cloned().unwrap_or(Value::NULL);
        match &attribute.ty {
            AttributeType::Nested(nested) => write_nested(name, attribute, nested, &value, out),
            AttributeType::Simple(_) if attribute.required || attribute.optional => {
                write_simple(name, attribute, &value, out);
            }
            AttributeType::Simple(_) => {}
        }
    }
}

fn write_simple(name: &str, attribute: &Attribute, value: &Value, out: &mut String) {
    let comment = match (attribute.sensitive || value.is_sensitive(), attribute.write_only) {
        (true, true) => " # sensitive write-only",
        (true, false) => " # sensitive",
        (false, true) => " # write-only",
        (false, false) => "",
    };
    let text = if attribute.sensitive || value.is_sensitive() {
        "null".to_owned()
    } else {
        let value = value.clone().unmark().0;
        // Where nothing was set, plugins of the first generation give an empty text.
        let empty = attribute.optional && value.as_str().is_some_and(|text| text.is_empty());
        if empty { "null".to_owned() } else { json_call(&value).unwrap_or_else(|| raw(&value)) }
    };
    let _ = writeln!(out, "{name} = {text}{comment}");
}

fn raw(value: &Value) -> String {
    tokens_for_value(value, 0)
}

/// A text that holds a JSON object or array reads better as a call of `jsonencode`.
fn json_call(value: &Value) -> Option<String> {
    let text = value.as_str()?.trim();
    if !text.starts_with(['{', '[']) {
        return None;
    }
    let value = json::from_slice_implied(text.as_bytes()).ok()?;
    Some(format!("jsonencode({})", raw(&value)))
}

fn write_nested(
    name: &str,
    attribute: &Attribute,
    nested: &NestedObject,
    value: &Value,
    out: &mut String,
) {
    let listed = matches!(nested.nesting, Nesting::List | Nesting::Set);
    if attribute.sensitive || value.is_sensitive() {
        let empty = if listed { "[]" } else { "{}" };
        let more = if attribute.write_only { " write-only" } else { "" };
        let _ = writeln!(out, "{name} = {empty} # sensitive{more}");
        return;
    }
    if value.is_null() {
        let more = if attribute.write_only { " # write-only" } else { "" };
        let _ = writeln!(out, "{name} = null{more}");
        return;
    }
    let value = value.clone().unmark().0;
    match nested.nesting {
        Nesting::Single | Nesting::Group => {
            let _ = writeln!(out, "{name} = {{");
            write_attributes(&nested.attributes, &value, out);
            out.push_str("}\n");
        }
        Nesting::List | Nesting::Set => {
            let _ = writeln!(out, "{name} = [");
            for item in value.as_sequence().unwrap_or_default() {
                if item.is_sensitive() {
                    out.push_str("{}, # sensitive\n");
                    continue;
                }
                out.push_str("{\n");
                write_attributes(&nested.attributes, item, out);
                out.push_str("},\n");
            }
            out.push_str("]\n");
        }
        Nesting::Map => {
            let _ = writeln!(out, "{name} = {{");
            for (key, item) in value.as_entries().into_iter().flat_map(|e| e.iter()) {
                let key = if is_identifier(key) { key.to_string() } else { quote(key) };
                if item.is_sensitive() {
                    let _ = writeln!(out, "{key} = {{}} # sensitive");
                    continue;
                }
                let _ = writeln!(out, "{key} = {{");
                write_attributes(&nested.attributes, item, out);
                out.push_str("}\n");
            }
            out.push_str("}\n");
        }
    }
}

fn write_block(name: &str, nested: &NestedBlock, value: &Value, out: &mut String) {
    if value.is_null() {
        return;
    }
    if value.is_sensitive() {
        let _ = writeln!(out, "{name} {{}} # sensitive");
        return;
    }
    let value = value.clone().unmark().0;
    let mut one = |label: Option<&str>, value: &Value| {
        let label = label.map(|l| format!(" {}", quote(l))).unwrap_or_default();
        if value.is_sensitive() {
            let _ = writeln!(out, "{name}{label} {{}} # sensitive");
            return;
        }
        let _ = writeln!(out, "{name}{label} {{");
        write_body(&nested.block, value, out);
        out.push_str("}\n");
    };
    match nested.nesting {
        Nesting::Single | Nesting::Group => one(None, &value),
        Nesting::List | Nesting::Set => {
            value.as_sequence().unwrap_or_default().iter().for_each(|item| one(None, item));
        }
        Nesting::Map => {
            let entries = value.as_entries().into_iter().flat_map(|e| e.iter());
            entries.for_each(|(key, item)| one(Some(key), item));
        }
    }
}

/// The `import` block that leads to an object by its identity, without a line break at its end.
pub(crate) fn import_block(addr: &Resource, provider: Option<&str>, identity: &Value) -> String {
    let provider = provider.map(|p| format!("provider = {p}\n")).unwrap_or_default();
    let known: Vec<(Str, Value)> = (identity.as_entries().into_iter().flat_map(|e| e.iter()))
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let identity = match known.is_empty() {
        true => Value::null(Type::Dynamic),
        false => Value::object_of(known),
    };
    let text = raw(&identity);
    format(&format!("import {{\nto = {}.{}\n{provider}identity = {text}\n}}", addr.ty, addr.name))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use groma_addrs::ResourceMode;

    use super::*;

    fn sample() -> (Block, Value) {
        let port = Block::with_attributes([
            ("number", Attribute::required(Type::Number)),
            ("id", Attribute::computed(Type::String)),
        ]);
        let rules = NestedObject {
            attributes: [("name".into(), Attribute::optional(Type::String))].into(),
            nesting: Nesting::List,
        };
        let mut block = Block::with_attributes([
            ("id", Attribute::optional_computed(Type::String)),
            ("arn", Attribute::computed(Type::String)),
            ("empty", Attribute::optional(Type::String)),
            ("name", Attribute::required(Type::String)),
            ("old", Attribute { deprecated: true, ..Attribute::optional(Type::String) }),
            ("policy", Attribute::optional(Type::String)),
            ("secret", Attribute { sensitive: true, ..Attribute::optional(Type::String) }),
            (
                "rules",
                Attribute {
                    ty: AttributeType::Nested(Box::new(rules)),
                    ..Attribute::optional(Type::String)
                },
            ),
        ]);
        let ports = NestedBlock {
            block: Arc::new(port),
            nesting: Nesting::List,
            min_items: 0,
            max_items: 0,
        };
        block.blocks.insert("port".into(), ports);
        let one = |number: i64| {
            Value::object_of([("number", Value::from(number)), ("id", Value::from("p"))])
        };
        let rule = Value::object_of([("name", Value::from("x"))]);
        let value = Value::object_of([
            ("id", Value::from("i")),
            ("arn", Value::from("a")),
            ("empty", Value::from("")),
            ("name", Value::from("${n}")),
            ("old", Value::from("o")),
            ("policy", Value::from("{\"b\": [1, true], \"a\": null}")),
            ("secret", Value::from("s")),
            ("rules", Value::list(rule.ty(), vec![rule.clone()])),
            ("port", Value::list(one(1).ty(), vec![one(1), one(2)])),
        ]);
        (block, value)
    }

    #[test]
    fn what_can_be_set_is_written() {
        let (block, value) = sample();
        let addr = Resource::new(ResourceMode::Managed, "test_a", "b");
        let expected = r#"resource "test_a" "b" {
  provider = test.west
  empty    = null
  name     = "$${n}"
  policy = jsonencode({
    a = null
    b = [1, true]
  })
  rules = [
    {
      name = "x"
    },
  ]
  secret = null # sensitive
  port {
    number = 1
  }
  port {
    number = 2
  }
}"#;
        assert_eq!(resource_block(&addr, &block, &value, Some("test.west")), expected);
    }

    #[test]
    fn imports_by_identity_name_what_is_set() {
        let addr = Resource::new(ResourceMode::Managed, "test_a", "b");
        let identity = Value::object_of([
            ("region", Value::null(Type::String)),
            ("id", Value::from("i-1")),
            ("account", Value::from("2")),
        ]);
        let expected = r#"import {
  to = test_a.b
  identity = {
    account = "2"
    id      = "i-1"
  }
}"#;
        assert_eq!(import_block(&addr, None, &identity), expected);
    }
}
