//! Carrying out a conversion.

use super::feasible::{Safety, can_convert, element_for};
use super::mismatch::mismatch_message;
use super::unify::unify_types;
use super::{ConvertError, convert};
use crate::set::{common_type, with_known_type};
use crate::{
    Entries, Kind, ObjectType, Path, PathStep, Refinements, Str, Type, UnknownValue, Value,
};

type Converted = Result<Value, ConvertError>;

fn fail(path: &Path, message: impl Into<String>) -> ConvertError {
    ConvertError { path: path.clone(), message: message.into() }
}

fn mismatch(path: &Path, from: &Type, to: &Type) -> ConvertError {
    fail(path, mismatch_message(from, to))
}

pub(super) fn apply(value: &Value, to: &Type, path: &mut Path) -> Converted {
    if *to == Type::Dynamic || value.has_type(to) {
        return Ok(value.clone());
    }
    let converted = match (value.kind(), to) {
        (Kind::Null(from), _) => Value::null(open_type(from, to, path)?),
        (Kind::Unknown(u), _) => unknown(u, open_type(&u.ty, to, path)?),
        (Kind::Bool(b), Type::String) => Value::from(if *b { "true" } else { "false" }),
        (Kind::Number(n), Type::String) => Value::from(n.to_string()),
        (Kind::String(s), Type::Number) => match crate::Number::parse(s) {
            Some(n) => Value::number(n),
            None => return Err(fail(path, "a number is required")),
        },
        (Kind::String(s), Type::Bool) => truth(s, path)?,
        (Kind::Object(entries), Type::Object(o)) => object(value, entries, o, to, path)?,
        (Kind::Map(m), Type::Object(o)) => map_to_object(&m.element, &m.entries, o, path)?,
        (Kind::Map(m), Type::Map(element)) => {
            elements_feasible(&m.element, element, value, to, path)?;
            map(Some(&m.element), &m.entries, element, path)?
        }
        (Kind::Object(entries), Type::Map(element)) => {
            let element = structural_element(entries.values(), element, value, to, path)?;
            map(None, entries, &element, path)?
        }
        (Kind::Tuple(items), Type::Tuple(types)) if items.len() == types.len() => {
            Value::tuple(sequence(items, types.iter(), path)?)
        }
        (Kind::Tuple(items), Type::List(element)) => {
            let element = structural_element(items.iter(), element, value, to, path)?;
            list(None, items, &element, path)?
        }
        (Kind::Tuple(items), Type::Set(element)) => {
            let element = structural_element(items.iter(), element, value, to, path)?;
            set(None, items, &element, path)?
        }
        (Kind::List(l), Type::List(element)) => {
            elements_feasible(&l.element, element, value, to, path)?;
            list(Some(&l.element), &l.items, element, path)?
        }
        (Kind::Set(s), Type::List(element)) => {
            elements_feasible(&s.element, element, value, to, path)?;
            set_to_list(value, &s.element, &s.items, element, path)?
        }
        (Kind::List(l), Type::Set(element)) => {
            elements_feasible(&l.element, element, value, to, path)?;
            set(Some(&l.element), &l.items, element, path)?
        }
        (Kind::Set(s), Type::Set(element)) => {
            elements_feasible(&s.element, element, value, to, path)?;
            set(Some(&s.element), &s.items, element, path)?
        }
        _ => return Err(mismatch(path, &value.ty(), to)),
    };
    Ok(converted.with_marks(value.marks()))
}

fn truth(text: &str, path: &Path) -> Converted {
    match text {
        "true" | "1" => Ok(Value::TRUE),
        "false" | "0" => Ok(Value::FALSE),
        _ => {
            let lower = text.to_lowercase();
            let hint = match &*lower {
                "true" | "false" => format!("; to convert from string, use lowercase \"{lower}\""),
                _ => String::new(),
            };
            Err(fail(path, format!("a bool is required{hint}")))
        }
    }
}

/// The type that a null or unknown value gets.
fn open_type(from: &Type, to: &Type, path: &Path) -> Result<Type, ConvertError> {
    if !can_convert(from, to, Safety::Unsafe) {
        return Err(mismatch(path, from, to));
    }
    Ok(fill_dynamic(from, &to.without_optional()))
}

/// The type `to`, with what is known from `from` in place of what is open in it.
fn fill_dynamic(from: &Type, to: &Type) -> Type {
    let unified = |types: &[Type], to: &Type| match unify_types(types, Safety::Unsafe) {
        Some(ty) => fill_dynamic(&ty, to),
        None => to.clone(),
    };
    match (from, to) {
        (Type::Dynamic, _) => to.clone(),
        (_, Type::Dynamic) => from.clone(),
        (Type::Map(a), Type::Map(b)) => Type::map(fill_dynamic(a, b)),
        (Type::Object(a), Type::Map(b)) => {
            let types: Vec<Type> = a.attributes.values().cloned().collect();
            Type::map(unified(&types, b))
        }
        (Type::List(a) | Type::Set(a), Type::Set(b)) => Type::set(fill_dynamic(a, b)),
        (Type::Tuple(a), Type::Set(b)) => Type::set(unified(a, b)),
        (Type::List(a) | Type::Set(a), Type::List(b)) => Type::list(fill_dynamic(a, b)),
        (Type::Tuple(a), Type::List(b)) => Type::list(unified(a, b)),
        (Type::Tuple(a), Type::Tuple(b)) => {
            Type::tuple(a.iter().zip(&**b).map(|(a, b)| fill_dynamic(a, b)))
        }
        (Type::Map(a), Type::Object(b)) => {
            Type::object(b.attributes.iter().map(|(k, t)| (k.clone(), fill_dynamic(a, t))))
        }
        (Type::Object(a), Type::Object(b)) => {
            let filled = |name: &Str, wanted: &Type| match a.attributes.get(name) {
                Some(own) => fill_dynamic(own, wanted),
                None => wanted.clone(),
            };
            Type::object(b.attributes.iter().map(|(k, t)| (k.clone(), filled(k, t))))
        }
        _ => to.clone(),
    }
}

/// An unknown value of another type, with what is known of the length.
fn unknown(from: &UnknownValue, to: Type) -> Value {
    let exactly = |n: usize| (Some(n as u64), Some(n as u64));
    let known = &from.refinements;
    let (length_min, length_max) = match (&from.ty, &to) {
        (Type::Object(o), Type::Map(_)) => exactly(o.attributes.len()),
        (Type::Tuple(types), Type::List(_)) => exactly(types.len()),
        // Elements of a set may turn out to be the same.
        (Type::Tuple(types), Type::Set(_)) => {
            (Some(types.len().min(1) as u64), Some(types.len() as u64))
        }
        (_, Type::Set(_)) => (known.length_min.map(|n| n.min(1)), known.length_max),
        _ => (known.length_min, known.length_max),
    };
    let refinements =
        Refinements { not_null: known.not_null, length_min, length_max, ..Refinements::default() };
    Value::unknown_refined(to, refinements)
}

fn object(
    value: &Value,
    entries: &Entries,
    o: &ObjectType,
    to: &Type,
    path: &mut Path,
) -> Converted {
    let mut converted = Vec::with_capacity(o.attributes.len());
    for (name, wanted) in &o.attributes {
        let attribute = match entries.get(name) {
            Some(attribute) => {
                path.0.push(PathStep::Attribute(name.clone()));
                let attribute = apply(attribute, wanted, path)?;
                path.0.pop();
                attribute
            }
            None if o.optional.contains(name) => Value::null(wanted.without_optional()),
            None => return Err(mismatch(path, &value.ty(), to)),
        };
        converted.push((name.clone(), attribute));
    }
    Ok(Value::object(converted.into_iter().collect()))
}

fn map_to_object(element: &Type, entries: &Entries, o: &ObjectType, path: &mut Path) -> Converted {
    let mut converted = Vec::with_capacity(o.attributes.len());
    for (name, wanted) in &o.attributes {
        let attribute = match entries.get(name) {
            Some(attribute) => {
                if !can_convert(element, wanted, Safety::Unsafe) {
                    let why = mismatch_message(element, wanted);
                    let what = "map element type is incompatible with attribute";
                    return Err(fail(path, format!("{what} {name:?}: {why}")));
                }
                path.0.push(PathStep::Index(name.clone().into()));
                let attribute = apply(attribute, wanted, path)?;
                path.0.pop();
                attribute
            }
            None if o.optional.contains(name) => Value::null(wanted.without_optional()),
            None => {
                let message = format!("map has no element for required attribute {name:?}");
                return Err(fail(path, message));
            }
        };
        converted.push((name.clone(), attribute));
    }
    Ok(Value::object(converted.into_iter().collect()))
}

/// Fails even for an empty collection if its elements could not be converted.
fn elements_feasible(
    from: &Type,
    element: &Type,
    value: &Value,
    to: &Type,
    path: &Path,
) -> Result<(), ConvertError> {
    match can_convert(from, element, Safety::Unsafe) {
        true => Ok(()),
        false => Err(mismatch(path, &value.ty(), to)),
    }
}

/// The element type for the parts of a tuple or object.
fn structural_element<'a>(
    parts: impl Iterator<Item = &'a Value>,
    wanted: &Type,
    value: &Value,
    to: &Type,
    path: &Path,
) -> Result<Type, ConvertError> {
    if *wanted != Type::Dynamic {
        return Ok(wanted.clone());
    }
    let types: Vec<Type> = parts.map(Value::ty).collect();
    let element = element_for(&types, wanted, Safety::Unsafe);
    // A null that could be anything leaves it open which type the collections beside it have.
    let open = element == Some(Type::Dynamic)
        && matches!(to, Type::List(_) | Type::Set(_))
        && types.iter().any(|ty| *ty != Type::Dynamic);
    element.filter(|_| !open).ok_or_else(|| mismatch(path, &value.ty(), to))
}

fn sequence<'a>(
    items: &[Value],
    types: impl Iterator<Item = &'a Type>,
    path: &mut Path,
) -> Result<Vec<Value>, ConvertError> {
    let mut converted = Vec::with_capacity(items.len());
    for (at, (item, ty)) in items.iter().zip(types).enumerate() {
        path.0.push(PathStep::Index((at as i64).into()));
        converted.push(apply(item, ty, path)?);
        path.0.pop();
    }
    Ok(converted)
}

fn list(from: Option<&Type>, items: &[Value], element: &Type, path: &mut Path) -> Converted {
    let mut items = sequence(items, std::iter::repeat(element), path)?;
    let element = match settle(from, element, &mut items) {
        Some(element) => element,
        None if from.is_none() => unify_parts(&mut items, path)?,
        None => return Err(fail(path, "element types must all match for conversion to list")),
    };
    Ok(Value::list(element, items))
}

fn set(from: Option<&Type>, items: &[Value], element: &Type, path: &mut Path) -> Converted {
    let mut items = sequence(items, std::iter::repeat(element), path)?;
    match settle(from, element, &mut items) {
        Some(element) => Ok(Value::set(element, items)),
        None => Err(fail(path, "element types must all match for conversion to set")),
    }
}

/// A list has a certain length, which a set with unknown elements has not.
fn set_to_list(
    value: &Value,
    from: &Type,
    items: &[Value],
    element: &Type,
    path: &mut Path,
) -> Converted {
    let (length_min, length_max) = value.length_bounds();
    if Some(length_min) == length_max {
        return list(Some(from), items, element, path);
    }
    let refinements =
        Refinements { length_min: Some(length_min), length_max, ..Refinements::not_null() };
    let ty = Type::list(fill_dynamic(from, &element.without_optional()));
    Ok(Value::unknown_refined(ty, refinements))
}

fn map(from: Option<&Type>, entries: &Entries, element: &Type, path: &mut Path) -> Converted {
    let mut values = Vec::with_capacity(entries.len());
    for (name, value) in entries.iter() {
        path.0.push(PathStep::Index(name.clone().into()));
        values.push(apply(value, element, path)?);
        path.0.pop();
    }
    let element = match settle(from, element, &mut values) {
        Some(element) => element,
        None if *element != Type::Dynamic => unify_parts(&mut values, path)?,
        None => return Err(fail(path, "element types must all match for conversion to map")),
    };
    Ok(Value::map(element, entries.keys().cloned().zip(values).collect()))
}

/// The element type of a collection of these items that were converted to `element`; `None` if they
/// are of different types, where `element` is open.
fn settle(from: Option<&Type>, element: &Type, items: &mut Vec<Value>) -> Option<Type> {
    if items.is_empty() {
        return Some(match (element, from) {
            (Type::Dynamic, Some(from)) => from.clone(),
            _ => element.without_optional(),
        });
    }
    if !element.has_dynamic() {
        return Some(element.without_optional());
    }
    let common = common_type(&*items)?;
    for item in items {
        *item = with_known_type(item.clone(), &common);
    }
    Some(common)
}

/// Makes all items be of one type.
fn unify_parts(items: &mut Vec<Value>, path: &Path) -> Result<Type, ConvertError> {
    let types: Vec<Type> = items.iter().map(Value::ty).collect();
    let ty = unify_types(&types, Safety::Unsafe)
        .ok_or_else(|| fail(path, "cannot find a common base type for all elements"))?;
    for item in &mut *items {
        *item = convert(item, &ty)?;
    }
    let mut steady = common_type(&*items);
    if ty.has_dynamic() && steady.is_none() {
        return Err(fail(path, "element types must all match for conversion"));
    }
    Ok(steady.take().unwrap_or(ty))
}
