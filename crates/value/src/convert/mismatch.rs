//! Saying what is wrong with a type.

use super::feasible::{Safety, can_convert};
use crate::{ObjectType, Type};

/// What to say of a value of type `got` that cannot be converted to `want`.
pub fn mismatch_message(got: &Type, want: &Type) -> String {
    let required = || format!("{} required", want.friendly_name_for_constraint());
    match (got, want) {
        (Type::Object(got), Type::Object(want)) => objects(got, want),
        (Type::Tuple(_), Type::List(e)) if **e == Type::Dynamic => same_type("list"),
        (Type::Tuple(_), Type::Set(e)) if **e == Type::Dynamic => same_type("set"),
        (Type::Object(_), Type::Map(e)) if **e == Type::Dynamic => same_type("map"),
        (Type::Tuple(types), Type::List(e) | Type::Set(e)) => {
            let parts = types.iter().enumerate().map(|(at, ty)| (at.to_string(), ty));
            first_wrong_element(parts, e)
        }
        (Type::Object(o), Type::Map(e)) => {
            first_wrong_element(o.attributes.iter().map(|(k, ty)| (format!("{k:?}"), ty)), e)
        }
        (Type::Tuple(_) | Type::Object(_), Type::List(_) | Type::Set(_) | Type::Map(_)) => {
            required()
        }
        (Type::List(got) | Type::Set(got), Type::List(e)) => element_type("list", got, e),
        (Type::List(got) | Type::Set(got), Type::Set(e)) => element_type("set", got, e),
        (Type::Map(got), Type::Map(e)) => element_type("map", got, e),
        (got, want) if got.is_collection() && want.is_collection() => required(),
        _ => required(),
    }
}

fn same_type(kind: &str) -> String {
    format!("all {kind} elements must have the same type")
}

fn element_type(kind: &str, got: &Type, want: &Type) -> String {
    format!("incorrect {kind} element type: {}", mismatch_message(got, want))
}

fn first_wrong_element<'a>(parts: impl Iterator<Item = (String, &'a Type)>, want: &Type) -> String {
    for (name, got) in parts {
        if !can_convert(got, want, Safety::Unsafe) {
            return format!("element {name}: {}", mismatch_message(got, want));
        }
    }
    format!("all elements must be {}", want.friendly_name_for_constraint())
}

fn objects(got: &ObjectType, want: &ObjectType) -> String {
    let lacking =
        |name: &&crate::Str| !got.attributes.contains_key(*name) && !want.optional.contains(*name);
    let missing: Vec<String> =
        want.attributes.keys().filter(lacking).map(|name| format!("{name:?}")).collect();
    match &*missing {
        [] => {}
        [one] => return format!("attribute {one} is required"),
        [one, other] => return format!("attributes {one} and {other} are required"),
        [several @ .., last] => {
            return format!("attributes {}, and {last} are required", several.join(", "));
        }
    }
    for safety in [Safety::Unsafe, Safety::Safe] {
        for (name, wanted) in &want.attributes {
            if let Some(own) = got.attributes.get(name)
                && !can_convert(own, wanted, safety)
            {
                return format!("attribute {name:?}: {}", mismatch_message(own, wanted));
            }
        }
    }
    "incorrect object attributes".to_owned()
}
