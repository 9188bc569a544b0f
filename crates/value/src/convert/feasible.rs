//! Which types can be converted at all.

use super::unify::unify_types;
use crate::Type;

/// Which conversions are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safety {
    /// Those that succeed for every value.
    Safe,
    /// Also those that fail for some values, such as from string to number.
    Unsafe,
}

/// Whether values of one type can be converted to another.
pub fn can_convert(from: &Type, to: &Type, safety: Safety) -> bool {
    let unsafe_too = safety == Safety::Unsafe;
    let inner = |from: &Type, to: &Type| can_convert(from, to, safety);
    match (from, to) {
        (_, Type::Dynamic) => true,
        (from, to) if from == to => true,
        (Type::Dynamic, _) => unsafe_too,
        (Type::Bool | Type::Number, Type::String) => true,
        (Type::String, Type::Bool | Type::Number) => unsafe_too,
        (Type::Object(from), Type::Object(to)) => {
            to.attributes.iter().all(|(name, wanted)| match from.attributes.get(name) {
                Some(own) => inner(own, wanted),
                None => to.optional.contains(name),
            })
        }
        (Type::Tuple(from), Type::Tuple(to)) => {
            from.len() == to.len() && from.iter().zip(&**to).all(|(a, b)| inner(a, b))
        }
        (Type::List(from) | Type::Set(from), Type::List(to)) => inner(from, to),
        (Type::Set(from), Type::Set(to)) => inner(from, to),
        (Type::List(from), Type::Set(to)) => unsafe_too && inner(from, to),
        (Type::Map(from), Type::Map(to)) => inner(from, to),
        (Type::Tuple(from), Type::List(to) | Type::Set(to)) => element_for(from, to, safety)
            .is_some_and(|element| {
                let open = element == Type::Dynamic;
                from.iter().all(|ty| if open { *ty == element } else { inner(ty, &element) })
            }),
        (Type::Object(from), Type::Map(to)) => {
            let types: Vec<Type> = from.attributes.values().cloned().collect();
            element_for(&types, to, safety)
                .is_some_and(|element| types.iter().all(|ty| inner(ty, &element)))
        }
        (Type::Map(from), Type::Object(to)) => {
            unsafe_too
                && to
                    .attributes
                    .iter()
                    .all(|(name, wanted)| inner(from, wanted) || to.optional.contains(name))
        }
        _ => false,
    }
}

/// The element type to which elements of these types are converted: the one that is wanted, or if
/// any will do, one that suits them all.
pub(super) fn element_for(types: &[Type], wanted: &Type, safety: Safety) -> Option<Type> {
    if *wanted == Type::Dynamic && !types.is_empty() {
        unify_types(types, safety)
    } else {
        Some(wanted.clone())
    }
}
