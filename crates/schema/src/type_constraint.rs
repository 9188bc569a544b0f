//! Type expressions, such as `list(object({name = string, size = optional(number, 1)}))`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use groma_diag::{Diagnostic, Diagnostics, SourceRange};
use groma_hcl::{ExprKind, Expression, StaticCall, evaluate_constant};
use groma_value::{ObjectType, Str, Type, TypeDefaults, Value, convert};

/// What stands where neither a keyword nor a constructor does.
const NO_TYPE: &str = "A type specification is either a primitive type keyword (bool, number, \
                       string) or a complex type constructor call, like list(string).";

/// The type that a `type` argument says, and the defaults of its optional attributes.
///
/// The words `list` and `map` on their own are short for collections of anything.
pub fn parse_type_constraint(
    expression: &Expression,
) -> Result<(Type, Option<TypeDefaults>), Diagnostics> {
    let native;
    let expression = match expression.kind() {
        ExprKind::JsonString(_) => {
            native =
                expression.json_as_native().ok_or_else(|| invalid(NO_TYPE, expression.range()))?;
            &native
        }
        _ => expression,
    };
    if let Some(text) = expression.as_string_literal() {
        return Err(quoted(text, expression.range()));
    }
    match expression.as_keyword() {
        Some("list") => Ok((Type::list(Type::Dynamic), None)),
        Some("map") => Ok((Type::map(Type::Dynamic), None)),
        _ => parse(expression),
    }
}

/// The form that the first versions of the language had, and what to write in its place.
fn quoted(text: &str, range: &SourceRange) -> Diagnostics {
    const SINCE: &str = "Early versions of the language wanted type constraints in quotes, which \
                         is not accepted any more. Remove the quotes around";
    let hint = match text {
        "string" => format!("{SINCE} \"string\"."),
        "list" | "map" => format!(
            "{SINCE} \"{text}\" and write {text}(string) to say that its elements are strings.",
        ),
        _ => {
            let detail = "To provide a full type expression, remove the surrounding quotes and \
                          give the type expression directly.";
            return Diagnostic::error("Invalid legacy variable type hint", detail).at(range).into();
        }
    };
    Diagnostic::error("Invalid quoted type constraints", hint).at(range).into()
}

fn invalid(detail: impl Into<String>, range: &SourceRange) -> Diagnostics {
    Diagnostic::error("Invalid type specification", detail).at(range).into()
}

type Parsed = Result<(Type, Option<TypeDefaults>), Diagnostics>;

fn parse(expression: &Expression) -> Parsed {
    if let Some(word) = expression.as_keyword() {
        return keyword(word, expression.range());
    }
    let Some(call) = expression.static_call() else {
        return Err(invalid(NO_TYPE, expression.range()));
    };
    match &*call.name {
        "bool" | "number" | "string" => Err(invalid(
            format!("Primitive type keyword {:?} does not expect arguments.", &*call.name),
            &call.args_range,
        )),
        "any" => Err(invalid(
            "Type constraint keyword \"any\" does not expect arguments.",
            &call.args_range,
        )),
        "list" => collection(&call, Type::list),
        "set" => collection(&call, Type::set),
        "map" => collection(&call, Type::map),
        "object" => object(only_argument(&call)?),
        "tuple" => tuple(only_argument(&call)?),
        "optional" => Err(invalid(
            "Keyword \"optional\" is valid only as a modifier for object type attributes.",
            &call.name_range,
        )),
        name => Err(invalid(
            format!("Keyword {name:?} is not a valid type constructor."),
            expression.range(),
        )),
    }
}

fn keyword(word: &str, range: &SourceRange) -> Parsed {
    let ty = match word {
        "bool" => Type::Bool,
        "number" => Type::Number,
        "string" => Type::String,
        "any" => Type::Dynamic,
        word => {
            return Err(match argument_of(word) {
                Some(what) => invalid(what, range),
                None => invalid(
                    format!("The keyword {word:?} is not a valid type specification."),
                    range,
                ),
            });
        }
    };
    Ok((ty, None))
}

/// What a type constructor wants, for messages.
fn argument_of(constructor: &str) -> Option<String> {
    let what = match constructor {
        "list" | "set" | "map" => "the element type",
        "object" => "the attribute types and values as a map",
        "tuple" => "the element types as a list",
        _ => return None,
    };
    Some(format!("The {constructor} type constructor requires one argument specifying {what}."))
}

fn only_argument(call: &StaticCall) -> Result<&Expression, Diagnostics> {
    let range = match call.args.as_slice() {
        [argument] => return Ok(argument),
        [] => &call.args_range,
        [_, extra, ..] => extra.range(),
    };
    let context = SourceRange::between(&call.name_range, &call.args_range);
    let detail = argument_of(&call.name).unwrap_or_default();
    Err(Diagnostic::error("Invalid type specification", detail).at(range).within(&context).into())
}

fn collection(call: &StaticCall, make: fn(Type) -> Type) -> Parsed {
    let (element, defaults) = parse(only_argument(call)?)?;
    let ty = make(element);
    let children = defaults.map(|d| (Str::from(""), d)).into_iter().collect();
    Ok((ty.clone(), type_defaults(ty, BTreeMap::new(), children)))
}

fn tuple(argument: &Expression) -> Parsed {
    let Some(items) = argument.static_list() else {
        return Err(invalid(
            "Tuple type constructor requires a list of element types.",
            argument.range(),
        ));
    };
    let mut diagnostics = Diagnostics::new();
    let mut types = Vec::with_capacity(items.len());
    let mut children = BTreeMap::new();
    for (i, item) in items.iter().enumerate() {
        if let Some((ty, defaults)) = diagnostics.take(parse(item)) {
            types.push(ty);
            children.extend(defaults.map(|d| (i.to_string().into(), d)));
        }
    }
    if diagnostics.has_errors() {
        return Err(diagnostics);
    }
    let ty = Type::tuple(types);
    Ok((ty.clone(), type_defaults(ty, BTreeMap::new(), children)))
}

fn object(argument: &Expression) -> Parsed {
    let ExprKind::Object(items) = argument.kind() else {
        return Err(invalid(
            "Object type constructor requires a map whose keys are attribute names and whose \
             values are the corresponding attribute types.",
            argument.range(),
        ));
    };
    let mut diagnostics = Diagnostics::new();
    let mut ty = ObjectType { attributes: BTreeMap::new(), optional: BTreeSet::new() };
    let mut values = BTreeMap::new();
    let mut children = BTreeMap::new();
    for item in items {
        let Some(name) = item.bare_word().map(Str::from) else {
            diagnostics.extend(invalid(
                "Object constructor map keys must be attribute names.",
                item.key.range(),
            ));
            continue;
        };
        if ty.attributes.contains_key(&name) {
            diagnostics
                .extend(invalid("Object constructor map keys must be unique.", item.key.range()));
            continue;
        }
        let Some(attribute) = diagnostics.take(object_attribute(&item.value)) else { continue };
        if attribute.optional {
            ty.optional.insert(name.clone());
        }
        values.extend(attribute.default.map(|value| (name.clone(), value)));
        children.extend(attribute.defaults.map(|d| (name.clone(), d)));
        ty.attributes.insert(name, attribute.ty);
    }
    if diagnostics.has_errors() {
        return Err(diagnostics);
    }
    let ty = Type::Object(Arc::new(ty));
    Ok((ty.clone(), type_defaults(ty, values, children)))
}

fn type_defaults(
    ty: Type,
    default_values: BTreeMap<Str, Value>,
    children: BTreeMap<Str, TypeDefaults>,
) -> Option<TypeDefaults> {
    let defaults = TypeDefaults { ty, default_values, children };
    (!defaults.is_empty()).then_some(defaults)
}

struct ObjectAttribute {
    ty: Type,
    optional: bool,
    default: Option<Value>,
    defaults: Option<TypeDefaults>,
}

fn object_attribute(expression: &Expression) -> Result<ObjectAttribute, Diagnostics> {
    let call = match expression.static_call() {
        Some(call) if &*call.name == "optional" => call,
        _ => {
            let (ty, defaults) = parse(expression)?;
            return Ok(ObjectAttribute { ty, optional: false, default: None, defaults });
        }
    };
    let (ty, default) = match call.args.as_slice() {
        [ty] => (ty, None),
        [ty, default] => (ty, Some(default)),
        [] => {
            return Err(invalid(
                "Optional attribute modifier requires the attribute type as its argument.",
                &call.args_range,
            ));
        }
        _ => {
            return Err(invalid(
                "Optional attribute modifier expects at most two arguments: the attribute type, \
                 and a default value.",
                &call.args_range,
            ));
        }
    };
    let (ty, defaults) = parse(ty)?;
    let default = match default {
        Some(default) => Some(default_value(default, &ty, defaults.as_ref())?),
        None => None,
    };
    Ok(ObjectAttribute { ty, optional: true, default, defaults })
}

fn default_value(
    expression: &Expression,
    ty: &Type,
    defaults: Option<&TypeDefaults>,
) -> Result<Value, Diagnostics> {
    let (value, diagnostics) = evaluate_constant(expression);
    if diagnostics.has_errors() {
        return Err(diagnostics);
    }
    let value = defaults.map_or_else(|| value.clone(), |d| d.apply(&value));
    convert(&value, ty).map_err(|error| {
        Diagnostic::error(
            "Invalid default value for optional attribute",
            format!(
                "This default value is not compatible with the attribute's type constraint: \
                 {error}.",
            ),
        )
        .at(expression.range())
        .into()
    })
}

#[cfg(test)]
mod tests {
    use groma_diag::Pos;

    use super::*;

    fn parsed(text: &str) -> Parsed {
        let (expression, diagnostics) =
            groma_hcl::parse_expression(text.as_bytes(), "test.tf", Pos::START);
        assert!(!diagnostics.has_errors(), "{text}: {diagnostics}");
        parse_type_constraint(&expression)
    }

    #[track_caller]
    fn refused(text: &str, wanted: &str) {
        let error = parsed(text).expect_err(text).to_string();
        assert!(error.contains(wanted), "{text}: {error}");
    }

    #[test]
    fn types_are_read() {
        for (text, expected) in [
            ("string", Type::String),
            ("any", Type::Dynamic),
            ("list", Type::list(Type::Dynamic)),
            ("set(map(bool))", Type::set(Type::map(Type::Bool))),
            ("tuple([string, number])", Type::tuple([Type::String, Type::Number])),
            (
                "object({a = string, null = any})",
                Type::object([("a", Type::String), ("null", Type::Dynamic)]),
            ),
        ] {
            let (ty, defaults) = parsed(text).expect(text);
            assert_eq!((ty, defaults), (expected, None), "{text}");
        }
    }

    #[test]
    fn optional_attributes_have_defaults() {
        let text = r#"list(object({a = optional(object({b = optional(number, "5"), c = optional(string)}), {}), d = string}))"#;
        let (ty, defaults) = parsed(text).expect(text);
        let given = Value::tuple(vec![Value::object_of([("d", Value::from("x"))])]);
        let value = convert(&defaults.expect(text).apply(&given), &ty).expect(text);
        let a = value.as_sequence().expect(text)[0].get("a").expect(text).clone();
        assert_eq!(a, Value::object_of([("b", Value::from(5)), ("c", Value::null(Type::String))]));
    }

    #[test]
    fn errors_say_what_is_wrong() {
        refused("strin", "The keyword \"strin\" is not a valid type specification.");
        refused("\"string\"", "Invalid quoted type constraints");
        refused(
            "map(list)",
            "The list type constructor requires one argument specifying the element type.",
        );
        refused("tuple(string)", "Tuple type constructor requires a list of element types.");
        refused("object({\"a\" = string})", "keys must be attribute names");
        refused("object({a = string, a = string})", "keys must be unique");
        refused("optional(string)", "valid only as a modifier");
        refused("object({a = optional()})", "requires the attribute type");
        refused("object({a = optional(number, \"x\")})", "a number is required.");
        refused("object({a = optional(number, var.x)})", "Variables not allowed");
        refused("1 + 1", "A type specification is either");
    }
}
