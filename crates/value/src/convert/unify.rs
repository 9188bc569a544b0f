//! Finding one type for values of several.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashSet};

use super::feasible::{Safety, can_convert};
use super::{ConvertError, convert};
use crate::{ObjectType, Str, Type, Value};

/// A type to which values of all these types can be converted, whatever the values are.
pub fn unify(types: &[Type]) -> Option<Type> {
    unify_types(types, Safety::Safe)
}

/// A type to which values of all these types can be converted, though it may fail for some values.
pub fn unify_unsafe(types: &[Type]) -> Option<Type> {
    unify_types(types, Safety::Unsafe)
}

/// The values converted to one type. `None` if there is no such type.
///
/// If the type of one of them is open, so is that of all the others where they are not primitive:
/// then all become unknown.
pub fn unify_values(
    values: &[Value],
    safety: Safety,
) -> Option<Result<(Type, Vec<Value>), ConvertError>> {
    let types: Vec<Type> = values.iter().map(Value::ty).collect();
    let unified = unify_types(&types, safety)?;
    let differ = types.iter().any(|ty| *ty != unified);
    if unified == Type::Dynamic && differ && types.iter().all(|ty| !ty.is_primitive()) {
        let open = |value: &Value| Value::unknown(Type::Dynamic).with_marks(value.marks());
        return Some(Ok((unified, values.iter().map(open).collect())));
    }
    let converted: Result<Vec<Value>, _> = values.iter().map(|v| convert(v, &unified)).collect();
    Some(converted.map(|values| (unified, values)))
}

pub(super) fn unify_types(types: &[Type], safety: Safety) -> Option<Type> {
    let mut seen = HashSet::new();
    let types: Vec<&Type> = types.iter().filter(|ty| seen.insert(*ty)).collect();
    unify_distinct(&types, safety)
}

/// The types are all different.
fn unify_distinct(types: &[&Type], safety: Safety) -> Option<Type> {
    if let [] | [_] = types {
        return types.first().map(|ty| (*ty).clone());
    }
    let count = |matches: fn(&Type) -> bool| types.iter().filter(|ty| matches(ty)).count();
    let maps = count(|ty| matches!(ty, Type::Map(_)));
    let lists = count(|ty| matches!(ty, Type::List(_)));
    let sets = count(|ty| matches!(ty, Type::Set(_)));
    let objects = count(|ty| matches!(ty, Type::Object(_)));
    let tuples = count(|ty| matches!(ty, Type::Tuple(_)));
    let open = count(|ty| *ty == Type::Dynamic);
    let all = types.len();
    for kind in [maps, lists, sets, objects, tuples] {
        if kind > 0 && open > 0 && kind + open == all {
            return Some(Type::Dynamic);
        }
    }
    if maps == all {
        return unify_elements(types, Type::map, safety);
    }
    if maps > 0 && maps + objects + open == all {
        let mapped = |o: &Type| matches!(o, Type::Object(_));
        if let Some(ty @ Type::Map(_)) = unify_mixed(types, mapped, to_map, safety) {
            return Some(ty);
        }
    } else if lists == all {
        return unify_elements(types, Type::list, safety);
    } else if lists > 0 && lists + tuples + open == all {
        let listed = |t: &Type| matches!(t, Type::Tuple(_));
        if let Some(ty @ Type::List(_)) = unify_mixed(types, listed, to_list, safety) {
            return Some(ty);
        }
    } else if sets == all {
        return unify_elements(types, Type::set, safety);
    } else if objects == all {
        return unify_objects(types, safety);
    } else if tuples == all {
        return unify_tuples(types, safety);
    } else if objects > 0 && tuples > 0 {
        return None;
    }
    most_general(types, safety)
}

/// The one of the types to which all the others can be converted.
fn most_general(types: &[&Type], safety: Safety) -> Option<Type> {
    for at in general_first(types) {
        if types.iter().all(|ty| can_convert(ty, types[at], safety)) {
            return Some(types[at].clone());
        }
    }
    None
}

/// Those of one kind are unified to a collection first, and then with the others.
fn unify_mixed(
    types: &[&Type],
    structural: fn(&Type) -> bool,
    collect: fn(&[&Type], Safety) -> Option<Type>,
    safety: Safety,
) -> Option<Type> {
    let (parts, others): (Vec<&Type>, Vec<&Type>) = types.iter().partition(|ty| structural(ty));
    let collection = collect(&parts, safety)?;
    let mut all: Vec<Type> = others.into_iter().cloned().collect();
    all.push(collection);
    unify_types(&all, safety)
}

fn unify_elements(types: &[&Type], collection: fn(Type) -> Type, safety: Safety) -> Option<Type> {
    let elements: Vec<Type> = types.iter().filter_map(|ty| ty.element().cloned()).collect();
    all_to(types, collection(unify_types(&elements, safety)?), safety)
}

fn all_to(types: &[&Type], to: Type, safety: Safety) -> Option<Type> {
    types.iter().all(|ty| can_convert(ty, &to, safety)).then_some(to)
}

fn object_types<'a>(types: &[&'a Type]) -> Vec<&'a ObjectType> {
    let object = |ty: &&'a Type| match ty {
        Type::Object(o) => Some(&**o),
        _ => None,
    };
    types.iter().filter_map(object).collect()
}

fn unify_objects(types: &[&Type], safety: Safety) -> Option<Type> {
    let objects = object_types(types);
    let first = objects.first()?;
    if !objects.iter().all(|o| o.attributes.keys().eq(first.attributes.keys())) {
        return to_map(types, safety);
    }
    let mut attributes: BTreeMap<Str, Type> = BTreeMap::new();
    for name in first.attributes.keys() {
        let across: Vec<Type> =
            objects.iter().filter_map(|o| o.attributes.get(name).cloned()).collect();
        attributes.insert(name.clone(), unify_types(&across, safety)?);
    }
    all_to(types, Type::object(attributes), safety).or_else(|| to_map(types, safety))
}

fn to_map(types: &[&Type], safety: Safety) -> Option<Type> {
    let attributes: Vec<Type> =
        object_types(types).iter().flat_map(|o| o.attributes.values().cloned()).collect();
    all_to(types, Type::map(unify_types(&attributes, safety)?), safety)
}

fn tuple_types<'a>(types: &[&'a Type]) -> Vec<&'a [Type]> {
    let tuple = |ty: &&'a Type| match ty {
        Type::Tuple(elements) => Some(&***elements),
        _ => None,
    };
    types.iter().filter_map(tuple).collect()
}

fn unify_tuples(types: &[&Type], safety: Safety) -> Option<Type> {
    let tuples = tuple_types(types);
    let length = tuples.first()?.len();
    if !tuples.iter().all(|elements| elements.len() == length) {
        return to_list(types, safety);
    }
    let mut elements = Vec::with_capacity(length);
    for at in 0..length {
        let across: Vec<Type> = tuples.iter().filter_map(|t| t.get(at).cloned()).collect();
        elements.push(unify_types(&across, safety)?);
    }
    all_to(types, Type::tuple(elements), safety).or_else(|| to_list(types, safety))
}

fn to_list(types: &[&Type], safety: Safety) -> Option<Type> {
    let elements: Vec<Type> = tuple_types(types).iter().flat_map(|t| t.iter().cloned()).collect();
    all_to(types, Type::list(unify_types(&elements, safety)?), safety)
}

/// The positions of the types, more general ones before those that can be converted to them.
fn general_first(types: &[&Type]) -> Vec<usize> {
    let mut specific: Vec<Vec<usize>> = vec![Vec::new(); types.len()];
    let mut waiting = vec![0usize; types.len()];
    for (i, a) in types.iter().enumerate() {
        for (j, b) in types.iter().enumerate().skip(i + 1) {
            let (general, special) = match generality(a, b) {
                Ordering::Less => (i, j),
                Ordering::Greater => (j, i),
                Ordering::Equal => continue,
            };
            specific[general].push(special);
            waiting[special] += 1;
        }
    }
    let mut order: Vec<usize> = (0..types.len()).filter(|at| waiting[*at] == 0).collect();
    let mut next = 0;
    while let Some(at) = order.get(next).copied() {
        next += 1;
        for special in &specific[at] {
            waiting[*special] -= 1;
            if waiting[*special] == 0 {
                order.push(*special);
            }
        }
    }
    order
}

/// `Less` if `a` is the more general one, `Equal` if that cannot be said.
fn generality(a: &Type, b: &Type) -> Ordering {
    match (a, b) {
        (Type::Dynamic, Type::Dynamic) => Ordering::Equal,
        // What is open is only a last resort.
        (_, Type::Dynamic) => Ordering::Less,
        (Type::Dynamic, _) => Ordering::Greater,
        (Type::String, Type::Bool | Type::Number) => Ordering::Less,
        (Type::Bool | Type::Number, Type::String) => Ordering::Greater,
        (Type::List(a), Type::List(b))
        | (Type::Set(a), Type::Set(b))
        | (Type::Map(a), Type::Map(b)) => generality(a, b),
        (Type::List(_), Type::Tuple(_) | Type::Set(_)) => Ordering::Less,
        (Type::Tuple(_), Type::Set(_)) | (Type::Map(_), Type::Object(_)) => Ordering::Less,
        (Type::Tuple(_) | Type::Set(_), Type::List(_)) => Ordering::Greater,
        (Type::Set(_), Type::Tuple(_)) | (Type::Object(_), Type::Map(_)) => Ordering::Greater,
        (Type::Object(a), Type::Object(b)) if a.attributes.keys().eq(b.attributes.keys()) => {
            agreed(a.attributes.values().zip(b.attributes.values()))
        }
        (Type::Tuple(a), Type::Tuple(b)) if a.len() == b.len() => agreed(a.iter().zip(&**b)),
        _ => Ordering::Equal,
    }
}

/// What all the pairs say that say anything, if they say the same.
fn agreed<'a>(pairs: impl Iterator<Item = (&'a Type, &'a Type)>) -> Ordering {
    let mut result = Ordering::Equal;
    for (a, b) in pairs {
        match (result, generality(a, b)) {
            (_, Ordering::Equal) => {}
            (Ordering::Equal, said) => result = said,
            (before, said) if before == said => {}
            _ => return Ordering::Equal,
        }
    }
    result
}
