use super::*;
use crate::{Entries, Kind, Mark, Refinements};

fn strings(items: &[&str]) -> Value {
    Value::list(Type::String, items.iter().map(|s| Value::from(*s)).collect())
}

fn map_of<const N: usize>(element: Type, pairs: [(&str, Value); N]) -> Value {
    Value::map(element, pairs.into_iter().map(|(k, v)| (k.into(), v)).collect::<Entries>())
}

fn message(value: &Value, want: &Type) -> String {
    convert(value, want).err().map(|e| format!("{}|{}", e.path, e.message)).unwrap_or_default()
}

#[test]
fn primitives() {
    assert_eq!(convert(&"5".into(), &Type::Number), Ok(5.into()));
    assert_eq!(convert(&5.into(), &Type::String), Ok("5".into()));
    assert_eq!(convert(&"1".into(), &Type::Bool), Ok(Value::TRUE));
    assert_eq!(convert(&true.into(), &Type::String), Ok("true".into()));
    assert_eq!(message(&"x".into(), &Type::Number), "|a number is required");
    let lower = "|a bool is required; to convert from string, use lowercase \"true\"";
    assert_eq!(message(&"TRUE".into(), &Type::Bool), lower);
    assert_eq!(message(&"yes".into(), &Type::Bool), "|a bool is required");
    assert_eq!(message(&5.into(), &Type::Bool), "|bool required");
    assert_eq!(message(&strings(&[]), &Type::String), "|string required");
}

#[test]
fn marks_and_unknowns_stay() {
    let secret = Value::from("5").marked(Mark::Sensitive);
    assert_eq!(convert(&secret, &Type::Number), Ok(Value::from(5).marked(Mark::Sensitive)));
    let tuple = Value::tuple(vec![secret]);
    let list = convert(&tuple, &Type::list(Type::Dynamic));
    let expected = Value::list(Type::String, vec![Value::from("5").marked(Mark::Sensitive)]);
    assert_eq!(list, Ok(expected));
    let unknown = Value::unknown(Type::Number).refine_not_null();
    assert_eq!(
        convert(&unknown, &Type::String),
        Ok(Value::unknown(Type::String).refine_not_null())
    );
    assert_eq!(convert(&Value::NULL, &Type::String), Ok(Value::null(Type::String)));
    assert!(convert(&Value::unknown(Type::Number), &Type::Bool).is_err());
    let open = Value::unknown(Type::Dynamic);
    assert_eq!(convert(&open, &Type::Bool), Ok(Value::unknown(Type::Bool)));
}

#[test]
fn lengths_of_unknowns_stay() {
    let list = Type::list(Type::String);
    let ranged = |ty: &Type, min, max| {
        Value::unknown_refined(ty.clone(), Refinements::length_range(min, max))
    };
    let set = Type::set(Type::String);
    assert_eq!(convert(&ranged(&list, 2, 5), &set), Ok(ranged(&set, 1, 5)));
    let tuple = Value::unknown(Type::tuple([Type::Bool, Type::String])).refine_not_null();
    let two = Value::list(Type::String, vec![Value::unknown(Type::String); 2]);
    assert_eq!(convert(&tuple, &Type::list(Type::Dynamic)), Ok(two));
    assert_eq!(convert(&tuple, &set), Ok(ranged(&set, 1, 2)));
    let open = Value::set(Type::Number, vec![Value::unknown(Type::Number), 1.into()]);
    assert_eq!(convert(&open, &list), Ok(ranged(&list, 1, 2)));
}

#[test]
fn sequences() {
    let tuple = Value::tuple(vec!["b".into(), 1.into(), true.into(), "b".into()]);
    let texts = ["b", "1", "true", "b"];
    assert_eq!(convert(&tuple, &Type::list(Type::Dynamic)), Ok(strings(&texts)));
    let set = Value::set(Type::String, texts.map(Value::from).to_vec());
    assert_eq!(convert(&tuple, &Type::set(Type::String)), Ok(set.clone()));
    assert_eq!(convert(&set, &Type::list(Type::Dynamic)), Ok(strings(&["1", "b", "true"])));
    let empty = Value::tuple(vec![]);
    let any = Value::list(Type::Dynamic, vec![]);
    assert_eq!(convert(&empty, &Type::list(Type::Dynamic)), Ok(any));
    assert_eq!(convert(&empty, &Type::list(Type::Bool)), Ok(Value::list(Type::Bool, vec![])));
    let mixed = Value::tuple(vec![true.into(), 1.into()]);
    let same = "|all list elements must have the same type";
    assert_eq!(message(&mixed, &Type::list(Type::Dynamic)), same);
    let wrong = Value::tuple(vec!["a".into(), strings(&[])]);
    let expected = "|element 1: string required";
    assert_eq!(message(&wrong, &Type::list(Type::String)), expected);
    assert_eq!(
        message(&strings(&["1", "x"]), &Type::list(Type::Number)),
        "[1]|a number is required"
    );
    let expected = "|incorrect list element type: number required";
    assert_eq!(message(&Value::list(Type::Bool, vec![]), &Type::list(Type::Number)), expected);
    assert_eq!(
        message(&Value::object_of([("a", 1.into())]), &Type::list(Type::String)),
        "|list of string required"
    );
}

#[test]
fn nested_tuples_become_lists_of_one_type() {
    let one = Value::tuple(vec![1.into()]);
    let two = Value::tuple(vec!["a".into(), "b".into()]);
    let value = Value::tuple(vec![one, two]);
    let expected =
        Value::list(Type::list(Type::String), vec![strings(&["1"]), strings(&["a", "b"])]);
    assert_eq!(convert(&value, &Type::list(Type::Dynamic)), Ok(expected.clone()));
    assert_eq!(convert(&value, &Type::list(Type::list(Type::Dynamic))), Ok(expected));
}

#[test]
fn objects_and_maps() {
    let object = Value::object_of([("a", Value::from(1)), ("b", "x".into())]);
    let map = map_of(Type::String, [("a", "1".into()), ("b", "x".into())]);
    assert_eq!(convert(&object, &Type::map(Type::Dynamic)), Ok(map.clone()));
    let wanted = Type::object_with_optional([("a", Type::Number), ("c", Type::Bool)], ["c"]);
    let expected = Value::object_of([("a", Value::from(1)), ("c", Value::null(Type::Bool))]);
    assert_eq!(convert(&object, &wanted), Ok(expected.clone()));
    assert_eq!(convert(&map, &wanted), Ok(expected));
    let strict = Type::object([("a", Type::Number), ("c", Type::Bool)]);
    assert_eq!(message(&object, &strict), "|attribute \"c\" is required");
    assert_eq!(message(&map, &strict), "|map has no element for required attribute \"c\"");
    let three = Type::object([("x", Type::Bool), ("y", Type::Bool), ("z", Type::Bool)]);
    assert_eq!(message(&object, &three), "|attributes \"x\", \"y\", and \"z\" are required");
    let nested = Type::object([("b", Type::Number)]);
    assert_eq!(message(&object, &nested), ".b|a number is required");
    let wrong = Type::object([("a", Type::Number), ("b", Type::list(Type::Bool))]);
    assert_eq!(message(&object, &wrong), "|attribute \"b\": list of bool required");
    let unknown = Value::unknown(object.ty());
    assert_eq!(convert(&unknown, &wanted).map(|v| v.ty()), Ok(wanted.without_optional()));
}

#[test]
fn the_type_as_a_whole_is_judged_first() {
    let object = Value::object_of([("a", Value::from("x")), ("b", strings(&[]))]);
    let wanted = Type::object([("a", Type::Number), ("b", Type::String)]);
    let expected = "|attribute \"b\": string required";
    assert_eq!(message(&object, &wanted), expected);
}

#[test]
fn unification() {
    let (b, n, s) = (Type::Bool, Type::Number, Type::String);
    let some =
        |types: &[&Type]| unify_unsafe(&types.iter().map(|t| (*t).clone()).collect::<Vec<_>>());
    assert_eq!(some(&[&b, &n]), None);
    assert_eq!(some(&[&b, &n, &s]), Some(Type::String));
    assert_eq!(some(&[&s, &Type::Dynamic]), Some(Type::String));
    assert_eq!(unify(&[s.clone(), Type::Dynamic]), Some(Type::Dynamic));
    let one = Type::tuple([n.clone()]);
    let two = Type::tuple([s.clone(), n.clone()]);
    assert_eq!(some(&[&one, &two]), Some(Type::list(s.clone())));
    assert_eq!(some(&[&one, &Type::tuple([s.clone()])]), Some(Type::tuple([s.clone()])));
    let a = Type::object([("a", n.clone())]);
    let c = Type::object([("c", s.clone())]);
    assert_eq!(some(&[&a, &c]), Some(Type::map(s.clone())));
    assert_eq!(some(&[&a, &Type::map(s.clone())]), Some(Type::map(s.clone())));
    assert_eq!(some(&[&one, &Type::list(s.clone())]), Some(Type::list(s.clone())));
    assert_eq!(some(&[&a, &one]), None);
    assert_eq!(some(&[&a, &Type::Dynamic]), Some(Type::Dynamic));
    assert_eq!(some(&[&Type::set(n.clone()), &Type::list(s.clone())]), Some(Type::list(s.clone())));
    assert_eq!(some(&[&Type::set(n.clone()), &Type::set(s.clone())]), Some(Type::set(s)));
    assert_eq!(unify(&[]), None);
    let values = [Value::from(1), Value::from("a")];
    let unified = unify_values(&values, Safety::Safe).and_then(Result::ok);
    assert_eq!(unified, Some((Type::String, vec!["1".into(), "a".into()])));
}

#[test]
fn defaults_fill_in() {
    let inner = Type::object_with_optional([("p", Type::Number)], ["p"]);
    let ty = Type::object_with_optional(
        [("a", Type::String), ("l", Type::list(inner.clone()))],
        ["a", "l"],
    );
    let mut item = TypeDefaults::new(inner.clone());
    item.default_values.insert("p".into(), 80.into());
    let mut list = TypeDefaults::new(Type::list(inner));
    list.children.insert("".into(), item);
    let mut defaults = TypeDefaults::new(ty.clone());
    defaults.default_values.insert("a".into(), "dflt".into());
    defaults.children.insert("l".into(), list);

    let empty = Value::object(Entries::default());
    let given = Value::object_of([
        ("a", Value::null(Type::String)),
        ("l", Value::tuple(vec![empty, Value::object_of([("p", "22".into())])])),
    ]);
    let converted = convert(&defaults.apply(&given), &ty);
    let port = |n: i64| Value::object_of([("p", n.into())]);
    let ports = Value::list(Type::object([("p", Type::Number)]), vec![port(80), port(22)]);
    assert_eq!(converted, Ok(Value::object_of([("a", "dflt".into()), ("l", ports)])));
    assert!(defaults.apply(&Value::NULL).is_null());
    assert!(matches!(defaults.apply(&Value::unknown(ty)).kind(), Kind::Unknown(_)));
}
