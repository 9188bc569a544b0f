//! Functions on maps and objects.

use std::collections::{BTreeMap, BTreeSet};

use groma_hcl::FunctionError;
use groma_value::{Entries, Kind, Marks, Str, Type, Value, convert, unify_unsafe};

use super::lists::{list_of, own_marks};
use super::spec::{Builtin, Call, Outcome, any, anything, fail, fail_arg, function, string};

pub(super) fn all() -> Vec<Builtin> {
    let transposed = || Type::map(Type::list(Type::String));
    vec![
        function("keys").param(any("inputMap").unknowable().markable()).typed(keys_type).body(keys),
        function("values").param(any("mapping").markable()).typed(values_type).body(values),
        function("lookup")
            .param(any("inputMap").markable())
            .param(string("key").markable())
            .variadic(anything("default").markable())
            .may_be_null()
            .typed(lookup_type)
            .body(lookup),
        function("merge")
            .variadic(any("maps").dynamic().nullable().markable())
            .typed(merge_type)
            .body(merge),
        function("zipmap")
            .param(list_of("keys", Type::String).markable())
            .param(any("values").markable())
            .typed(zipmap_type)
            .body(zipmap),
        function("transpose")
            .param(groma_hcl::Param::new("values", transposed()))
            .returns(transposed())
            .body(transpose),
        function("matchkeys")
            .param(list_of("values", Type::Dynamic))
            .param(list_of("keys", Type::Dynamic))
            .param(list_of("searchset", Type::Dynamic))
            .typed(|args| match unify_unsafe(&[args[1].ty(), args[2].ty()]) {
                Some(_) => Ok(args[0].ty()),
                None => fail("keys and searchset must be of the same type"),
            })
            .body(match_keys),
    ]
}

fn keys_type(args: &[Value]) -> Outcome<Type> {
    match args[0].ty() {
        Type::Map(_) => Ok(Type::list(Type::String)),
        Type::Object(o) => Ok(Type::tuple(o.attributes.iter().map(|_| Type::String))),
        _ => fail_arg(0, "must have map or object type"),
    }
}

fn keys(c: &Call<'_>) -> Outcome {
    let marks = c.args[0].marks();
    let strings = |names: &mut dyn Iterator<Item = &Str>| -> Vec<Value> {
        names.map(|name| Value::string(name.clone())).collect()
    };
    let keys = match (c.args[0].kind(), c.args[0].ty()) {
        (Kind::Map(m), _) => Value::list(Type::String, strings(&mut m.entries.keys())),
        // The names are known even if the object is not.
        (_, Type::Object(o)) => Value::tuple(strings(&mut o.attributes.keys())),
        _ => Value::unknown(c.ty.clone()),
    };
    Ok(keys.with_marks(marks))
}

fn values_type(args: &[Value]) -> Outcome<Type> {
    match args[0].ty() {
        Type::Map(element) => Ok(Type::List(element)),
        Type::Object(o) => Ok(Type::tuple(o.attributes.values().cloned())),
        _ => fail("values() requires a map as the first argument"),
    }
}

fn values(c: &Call<'_>) -> Outcome {
    let values: Vec<Value> =
        c.args[0].as_entries().into_iter().flat_map(Entries::values).cloned().collect();
    Ok(match c.ty {
        Type::List(element) => Value::list((**element).clone(), values),
        _ => Value::tuple(values),
    }
    .with_marks(c.args[0].marks()))
}

fn lookup_type(args: &[Value]) -> Outcome<Type> {
    if args.len() > 3 {
        return fail(format!("lookup() takes two or three arguments, got {}", args.len()));
    }
    match args[0].ty() {
        Type::Object(object) => {
            let Some(key) = args[1].as_str() else { return Ok(Type::Dynamic) };
            match (object.attributes.get(key), args.get(2)) {
                (Some(ty), _) => Ok(ty.clone()),
                (None, Some(default)) => Ok(default.ty()),
                (None, None) => {
                    fail_arg(0, format!("the given object has no attribute {:?}", &**key))
                }
            }
        }
        Type::Map(element) => match args.get(2).map(|default| convert(default, &element)) {
            Some(Err(_)) => {
                fail_arg(2, "the default value must have the same type as the map elements")
            }
            _ => Ok((*element).clone()),
        },
        _ => fail_arg(0, "lookup() requires a map as the first argument"),
    }
}

fn lookup(c: &Call<'_>) -> Outcome {
    let marks = own_marks(&c.args[..2]);
    let key = c.str(1)?;
    let Some(entries) = c.args[0].as_entries() else {
        return Ok(Value::unknown(c.ty.clone()).with_marks(&marks));
    };
    if let Some(value) = entries.get(key) {
        return Ok(value.clone().with_marks(&marks));
    }
    match c.args.get(2) {
        Some(default) => match convert(default, c.ty) {
            Ok(default) => Ok(default.with_marks(&marks)),
            Err(error) => Err(FunctionError::new(error.to_string())),
        },
        None => {
            let shown = super::redacted(&format!("{:?}", &**key), c.args[1].marks());
            fail(format!("lookup failed to find key {shown}"))
        }
    }
}

fn merge_type(args: &[Value]) -> Outcome<Type> {
    let mut attributes: BTreeMap<Str, Type> = BTreeMap::new();
    let mut first: Option<Type> = None;
    let (mut same, mut known) = (true, true);
    for arg in args {
        let mut ty = arg.ty();
        match &ty {
            Type::Dynamic => return Ok(Type::Dynamic),
            Type::Object(_) if arg.is_null() => ty = Type::object::<Str>([]),
            Type::Object(object) => {
                attributes.extend(object.attributes.iter().map(|(k, t)| (k.clone(), t.clone())));
            }
            Type::Map(element) => match arg.as_entries() {
                Some(entries) => {
                    attributes.extend(entries.keys().map(|k| (k.clone(), (**element).clone())));
                }
                None => known &= arg.is_null(),
            },
            _ => {
                return fail(format!(
                    "arguments must be maps or objects, got {:?}",
                    ty.friendly_name(),
                ));
            }
        }
        same &= first.as_ref().is_none_or(|first| *first == ty);
        first.get_or_insert(ty);
    }
    match first {
        Some(ty) if same => Ok(ty),
        Some(_) if !known => Ok(Type::Dynamic),
        _ => Ok(Type::object(attributes)),
    }
}

fn merge(c: &Call<'_>) -> Outcome {
    // Behind a null of no type, the types have not been looked at.
    let wrong = |arg: &&Value| arg.is_known() && !arg.is_null() && arg.as_entries().is_none();
    if let Some(wrong) = c.args.iter().find(wrong) {
        return fail(format!(
            "arguments must be maps or objects, got {:?}",
            wrong.ty().friendly_name()
        ));
    }
    let marks = own_marks(c.args.iter().filter(|arg| !arg.is_null()));
    let entries = (c.args.iter().filter_map(Value::as_entries))
        .flat_map(Entries::iter)
        .map(|(k, v)| (k.clone(), v.clone()));
    let merged = Entries::from_iter(entries);
    Ok(match c.ty {
        Type::Map(element) => {
            let first = merged.values().next().map(Value::ty);
            let element = match (&**element, first) {
                (Type::Dynamic, Some(first)) => first,
                (element, _) => element.clone(),
            };
            Value::map(element, merged)
        }
        _ => Value::object(merged),
    }
    .with_marks(&marks))
}

fn zipmap_type(args: &[Value]) -> Outcome<Type> {
    let (keys, values) = (&args[0], args[1].ty());
    let types = match values {
        Type::List(element) => return Ok(Type::Map(element)),
        Type::Tuple(types) => types,
        _ => return fail("values argument must be a list or tuple value"),
    };
    let Some(keys) = keys.as_sequence().filter(|_| keys.is_wholly_known()) else {
        return Ok(Type::Dynamic);
    };
    check_same_length(keys.len(), types.len())?;
    let mut attributes = BTreeMap::new();
    for (i, (key, ty)) in keys.iter().zip(types.iter()).enumerate() {
        let Some(key) = key.as_str() else {
            return fail(format!("keys list has null value at index {i}"));
        };
        attributes.insert(key.clone(), ty.clone());
    }
    Ok(Type::object(attributes))
}

fn check_same_length(keys: usize, values: usize) -> Outcome<()> {
    if keys == values {
        return Ok(());
    }
    fail(format!("number of keys ({keys}) does not match number of values ({values})"))
}

fn zipmap(c: &Call<'_>) -> Outcome {
    let mut marks = own_marks(c.args);
    let (Some(keys), Some(values), true) =
        (c.args[0].as_sequence(), c.args[1].as_sequence(), c.args[0].is_wholly_known())
    else {
        return Ok(Value::unknown(c.ty.clone()).with_marks(&marks));
    };
    check_same_length(keys.len(), values.len())?;
    let mut entries = Vec::with_capacity(keys.len());
    for (i, (key, value)) in keys.iter().zip(values).enumerate() {
        marks = marks.union(key.marks());
        let Some(key) = key.as_str() else {
            return fail(format!("keys list has null value at index {i}"));
        };
        entries.push((key.clone(), value.clone()));
    }
    let entries = Entries::from_iter(entries);
    Ok(match c.ty {
        Type::Map(element) => Value::map((**element).clone(), entries),
        _ => Value::object(entries),
    }
    .with_marks(&marks))
}

fn transpose(c: &Call<'_>) -> Outcome {
    if !c.args[0].is_wholly_known() {
        return Ok(Value::unknown(c.ty.clone()));
    }
    let mut transposed: BTreeMap<Str, Vec<Value>> = BTreeMap::new();
    for (key, list) in c.args[0].as_entries().into_iter().flat_map(Entries::iter) {
        let Some(items) = list.as_sequence() else {
            return fail("input must not contain null list");
        };
        for item in items {
            let Some(text) = item.as_str() else {
                return fail("input list must not contain null string");
            };
            // The keys come in their order.
            transposed.entry(text.clone()).or_default().push(Value::string(key.clone()));
        }
    }
    let entries = transposed.into_iter().map(|(k, v)| (k, Value::list(Type::String, v)));
    Ok(Value::map(Type::list(Type::String), entries.collect()))
}

fn match_keys(c: &Call<'_>) -> Outcome {
    let element = c.ty.element().cloned().unwrap_or(Type::Dynamic);
    let common = unify_unsafe(&[c.args[1].ty(), c.args[2].ty()]).unwrap_or(Type::Dynamic);
    let converted = |i: usize| convert(&c.args[i], &common).unwrap_or_else(|_| c.args[i].clone());
    let (keys, wanted) = (converted(1), converted(2));
    let (Some(values), Some(keys), Some(wanted)) =
        (c.args[0].as_sequence(), keys.as_sequence(), wanted.as_sequence())
    else {
        return Ok(Value::unknown(c.ty.clone()));
    };
    if values.len() != keys.len() {
        return fail("length of keys and values should be equal");
    }
    if wanted.is_empty() {
        return Ok(Value::list(element, Vec::new()));
    }
    let known = |values: &[Value]| values.iter().all(Value::is_wholly_known);
    if !known(values) || !known(keys) {
        return Ok(Value::unknown(c.ty.clone()));
    }
    if !known(wanted) {
        return Ok(Value::list(element, Vec::new()));
    }
    let wanted: BTreeSet<&Value> = wanted.iter().collect();
    let found =
        values.iter().zip(keys).filter(|(_, key)| wanted.contains(key)).map(|(v, _)| v.clone());
    Ok(Value::list(element, found.collect()).with_marks(&Marks::NONE))
}
