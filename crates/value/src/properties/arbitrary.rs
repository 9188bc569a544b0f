//! Arbitrary types and values.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use crate::{Entries, Kind, Number, Refinements, Str, Type, Value};

fn name() -> BoxedStrategy<Str> {
    prop_oneof!["[a-c]", "[a-zé<&\"]{0,3}"].prop_map(|s: String| s.into()).boxed()
}

/// Types without open parts.
pub(super) fn any_type() -> BoxedStrategy<Type> {
    let leaf = prop_oneof![Just(Type::Bool), Just(Type::Number), Just(Type::String)];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(Type::list),
            inner.clone().prop_map(Type::set),
            inner.clone().prop_map(Type::map),
            vec(inner.clone(), 0..3).prop_map(Type::tuple),
            btree_map(name(), inner, 0..3).prop_map(Type::object),
        ]
    })
    .boxed()
}

pub(super) fn any_value() -> BoxedStrategy<Value> {
    any_type().prop_flat_map(|ty| typed_value(&ty, true)).boxed()
}

/// Values without unknown parts.
pub(super) fn known_value() -> BoxedStrategy<Value> {
    any_type().prop_flat_map(|ty| typed_value(&ty, false)).boxed()
}

/// Numbers of few and many digits, great and small, from text and from floats.
pub(super) fn number() -> BoxedStrategy<Number> {
    let parsed = |text: String| Number::parse(&text).unwrap_or(Number::Int(0));
    prop_oneof![
        (-3i64..4).prop_map(Number::from),
        any::<i64>().prop_map(Number::from),
        "-?[0-9]{1,40}(\\.[0-9]{1,40})?".prop_map(parsed),
        "-?[0-9]\\.[0-9]{1,200}e-?[0-9]{1,3}".prop_map(parsed),
        "-?[1-9]e-?[0-9]{4}".prop_map(parsed),
        "-?[0-9]{1,3}p-?[0-9]{1,4}".prop_map(parsed),
        (1u32..100, 1u32..100).prop_map(|(a, b)| {
            Number::from(a).checked_div(&Number::from(b)).unwrap_or(Number::Int(0))
        }),
    ]
    .boxed()
}

/// Great integers out of floats are left out: they are written with fewer digits than they have.
fn any_number() -> BoxedStrategy<Number> {
    let float = any::<f64>().prop_filter_map("a fraction", |f| {
        Number::from_f64(f).filter(|n| !n.is_integer() && !n.is_infinite())
    });
    prop_oneof![3 => number(), 1 => float].boxed()
}

/// Numbers that do not have so many digits that they are left out.
fn bound() -> BoxedStrategy<Number> {
    number().prop_filter("short", |n| n.to_string().len() < 400).boxed()
}

fn refinements(ty: &Type) -> BoxedStrategy<Refinements> {
    let not_null = |r: Refinements, not_null: bool| Refinements { not_null, ..r };
    let specific = match ty {
        Type::String => "[a-z]{0,4}-".prop_map(|s| Refinements::string_prefix(&s)).boxed(),
        Type::Number => (bound(), bound())
            .prop_map(|(a, b)| Refinements::number_range(a.clone().min(b.clone()), a.max(b)))
            .boxed(),
        ty if ty.is_collection() => (0u64..4, 0u64..4)
            .prop_map(|(a, b)| Refinements::length_range(a.min(b), a.max(b)))
            .boxed(),
        _ => Just(Refinements::not_null()).boxed(),
    };
    prop_oneof![
        Just(Refinements::default()),
        (specific, any::<bool>()).prop_map(move |(r, n)| not_null(r, n))
    ]
    .boxed()
}

fn known_of(ty: &Type, unknowns: bool) -> BoxedStrategy<Value> {
    match ty {
        Type::Dynamic => Just(Value::NULL).boxed(),
        Type::Bool => any::<bool>().prop_map(Value::bool).boxed(),
        Type::Number => any_number().prop_map(Value::number).boxed(),
        Type::String => {
            let number = "-?[0-9]{1,3}";
            prop_oneof![any::<String>(), "[a-c]{0,2}", number, "true|false"]
                .prop_map(Value::from)
                .boxed()
        }
        Type::List(element) => {
            let element = (**element).clone();
            vec(typed_value(&element, unknowns), 0..4)
                .prop_map(move |items| Value::list(element.clone(), items))
                .boxed()
        }
        Type::Set(element) => {
            let element = (**element).clone();
            vec(typed_value(&element, unknowns), 0..4)
                .prop_map(move |items| Value::set(element.clone(), items))
                .boxed()
        }
        Type::Map(element) => {
            let element = (**element).clone();
            btree_map(name(), typed_value(&element, unknowns), 0..4)
                .prop_map(move |entries| Value::map(element.clone(), entries.into_iter().collect()))
                .boxed()
        }
        Type::Tuple(types) => {
            let items: Vec<_> = types.iter().map(|ty| typed_value(ty, unknowns)).collect();
            items.prop_map(Value::tuple).boxed()
        }
        Type::Object(o) => {
            let names: Vec<Str> = o.attributes.keys().cloned().collect();
            let values: Vec<_> =
                o.attributes.values().map(|ty| typed_value(ty, unknowns)).collect();
            values
                .prop_map(move |values| {
                    Value::object(names.iter().cloned().zip(values).collect::<Entries>())
                })
                .boxed()
        }
    }
}

/// Values of a type, null and perhaps unknown ones among them.
pub(super) fn typed_value(ty: &Type, unknowns: bool) -> BoxedStrategy<Value> {
    let null = Just(Value::null(ty.clone()));
    let known = known_of(ty, unknowns);
    if !unknowns {
        return prop_oneof![8 => known, 1 => null].boxed();
    }
    let of = ty.clone();
    let unknown = refinements(ty).prop_map(move |r| Value::unknown_refined(of.clone(), r));
    prop_oneof![8 => known, 1 => null, 2 => unknown].boxed()
}

/// A constraint that the value satisfies, with some parts open. The parts of collections, and of what
/// is null or unknown, are left as they are: such a value could not tell its type otherwise.
pub(super) fn loosened<'a>(value: &Value, choice: &mut impl Iterator<Item = &'a u8>) -> Type {
    if choice.next().is_some_and(|n| n % 4 == 0) {
        return Type::Dynamic;
    }
    match value.kind() {
        Kind::Tuple(items) => {
            Type::tuple(items.iter().map(|item| loosened(item, choice)).collect::<Vec<_>>())
        }
        Kind::Object(entries) => {
            let loose = entries.iter().map(|(k, v)| (k.clone(), loosened(v, choice)));
            Type::object(loose.collect::<Vec<_>>())
        }
        _ => value.ty(),
    }
}
