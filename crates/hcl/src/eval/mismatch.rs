//! Saying why the arms of a conditional do not go together.

use groma_value::{Type, unify_unsafe};

/// Why the types of the two arms have none in common, as a sentence.
pub(super) fn describe_mismatch(then: &Type, otherwise: &Type) -> String {
    match (then, otherwise) {
        (Type::Object(a), Type::Object(b)) => {
            let lacks = |name: &&groma_value::Str, all: &groma_value::ObjectType| {
                !all.attributes.contains_key(*name)
            };
            if let Some(name) = a.attributes.keys().find(|name| lacks(name, b)) {
                return format!(
                    "The 'true' value includes object attribute \"{name}\", which is absent in \
                     the 'false' value."
                );
            }
            if let Some(name) = b.attributes.keys().find(|name| lacks(name, a)) {
                return format!(
                    "The 'false' value includes object attribute \"{name}\", which is absent in \
                     the 'true' value."
                );
            }
            for (name, a) in &a.attributes {
                if let Some(b) = b.attributes.get(name)
                    && do_not_unify(a, b)
                {
                    let reason = describe_mismatch(a, b);
                    return format!("Type mismatch for object attribute \"{name}\": {reason}");
                }
            }
        }
        (Type::Tuple(a), Type::Tuple(b)) if a.len() != b.len() => {
            return format!(
                "The 'true' tuple has length {}, but the 'false' tuple has length {}.",
                a.len(),
                b.len()
            );
        }
        (Type::Tuple(a), Type::Tuple(b)) => {
            for (i, (a, b)) in a.iter().zip(b.iter()).enumerate() {
                if do_not_unify(a, b) {
                    let reason = describe_mismatch(a, b);
                    return format!("Type mismatch for tuple element {i}: {reason}");
                }
            }
        }
        (Type::List(a), Type::List(b)) => return elements("list", a, b),
        (Type::Set(a), Type::Set(b)) => return elements("set", a, b),
        (Type::Map(a), Type::Map(b)) => return elements("map", a, b),
        _ => {}
    }
    format!(
        "The 'true' value is {}, but the 'false' value is {}.",
        then.friendly_name(),
        otherwise.friendly_name()
    )
}

fn elements(kind: &str, a: &Type, b: &Type) -> String {
    format!("Mismatched {kind} element types: {}", describe_mismatch(a, b))
}

fn do_not_unify(a: &Type, b: &Type) -> bool {
    unify_unsafe(&[a.clone(), b.clone()]).is_none()
}
