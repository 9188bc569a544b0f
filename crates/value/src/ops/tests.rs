use super::*;
use crate::{Mark, Number};

fn unknown(ty: Type) -> Value {
    Value::unknown(ty)
}

fn number(text: &str) -> Value {
    Value::number(Number::parse(text).unwrap_or_else(|| panic!("{text}")))
}

fn ranged(min: i64, max: i64) -> Value {
    Value::unknown_refined(Type::Number, Refinements::number_range(min, max))
}

fn at_least(min: i64) -> Value {
    let number_min = Some((Number::Int(min), true));
    Value::unknown_refined(Type::Number, Refinements { number_min, ..Refinements::not_null() })
}

fn strings(items: &[&str]) -> Value {
    Value::list(Type::String, items.iter().map(|s| Value::from(*s)).collect())
}

#[test]
fn equality_never_converts() {
    let one = Value::from(1);
    assert_eq!(one.equals(&"1".into()), Value::FALSE);
    assert_eq!(one.equals(&number("1.0")), Value::TRUE);
    assert_eq!(Value::tuple(vec![]).equals(&strings(&[])), Value::FALSE);
    assert_eq!(strings(&["a"]).equals(&strings(&["a"])), Value::TRUE);
    assert_eq!(strings(&[]).equals(&Value::list(Type::Number, vec![])), Value::FALSE);
    assert_eq!(strings(&["a"]).not_equal(&strings(&["b"])), Value::TRUE);
}

#[test]
fn nulls_of_all_types_are_equal() {
    assert_eq!(Value::null(Type::String).equals(&Value::NULL), Value::TRUE);
    assert_eq!(Value::null(Type::String).equals(&"".into()), Value::FALSE);
    assert_eq!(Value::NULL.equals(&unknown(Type::String)), unknown_bool());
    let not_null = unknown(Type::String).refine_not_null();
    assert_eq!(Value::NULL.equals(&not_null), Value::FALSE);
    assert_eq!(not_null.equals(&Value::null(Type::Number)), Value::FALSE);
}

#[test]
fn equality_with_unknowns() {
    let prefixed = Value::unknown_refined(Type::String, Refinements::string_prefix("ami-"));
    assert_eq!(prefixed.equals(&"vpc-1".into()), Value::FALSE);
    assert_eq!(prefixed.equals(&"ami-1".into()), unknown_bool());
    assert_eq!(ranged(1, 5).equals(&Value::from(6)), Value::FALSE);
    assert_eq!(unknown(Type::String).equals(&Value::from(6)), Value::FALSE);
    assert_eq!(unknown(Type::Dynamic).equals(&Value::from(6)), unknown_bool());
    let some = Value::unknown_refined(Type::list(Type::String), Refinements::length_range(1, 3));
    assert_eq!(some.equals(&strings(&[])), Value::FALSE);
    let half = Value::tuple(vec![unknown(Type::String), "b".into()]);
    assert_eq!(half.equals(&Value::tuple(vec!["a".into(), "b".into()])), unknown_bool());
    assert_eq!(half.equals(&Value::tuple(vec!["a".into(), "c".into()])), Value::FALSE);
    let open = Value::tuple(vec![unknown(Type::Dynamic)]);
    assert_eq!(open.equals(&Value::tuple(vec!["a".into()])), unknown_bool());
    assert_eq!(open.equals(&Value::tuple(vec![])), Value::FALSE);
    let set = Value::set(Type::String, vec![unknown(Type::String)]);
    assert_eq!(set.equals(&Value::set(Type::String, vec![])), Value::FALSE);
    assert_eq!(set.equals(&Value::set(Type::String, vec!["a".into()])), unknown_bool());
}

#[test]
fn equality_hands_on_marks() {
    let secret = Value::tuple(vec![Value::from("a").marked(Mark::Sensitive)]);
    assert!(secret.equals(&secret).is_sensitive());
    assert!(!secret.equals(&Value::NULL).is_sensitive());
    assert!(secret.clone().marked(Mark::Sensitive).equals(&Value::NULL).is_sensitive());
}

#[test]
fn logic_decides_with_one_operand() {
    let open = unknown(Type::Bool);
    assert_eq!(open.and(&Value::FALSE), Ok(Value::FALSE));
    assert_eq!(Value::TRUE.or(&open), Ok(Value::TRUE));
    assert_eq!(open.and(&Value::TRUE), Ok(unknown_bool()));
    assert_eq!(unknown(Type::Dynamic).not(), Ok(unknown_bool()));
    assert_eq!(Value::TRUE.not(), Ok(Value::FALSE));
    assert_eq!(Value::NULL.not(), Err(OpError::Null));
    assert_eq!(Value::from(1).and(&open), Err(OpError::WrongType("bool")));
    let secret = Value::TRUE.marked(Mark::Sensitive);
    assert!(secret.or(&open).is_ok_and(|v| v.is_sensitive()));
}

#[test]
fn arithmetic_keeps_bounds() {
    assert_eq!(Value::from(2).add(&Value::from(3)), Ok(Value::from(5)));
    assert_eq!(ranged(1, 5).add(&Value::from(10)), Ok(ranged(11, 15)));
    assert_eq!(ranged(1, 5).subtract(&ranged(1, 2)), Ok(ranged(-1, 4)));
    assert_eq!(ranged(-2, 5).multiply(&Value::from(-1)), Ok(ranged(-5, 2)));
    assert_eq!(at_least(3).add(&Value::from(1)), Ok(at_least(4)));
    let open = unknown(Type::Number).refine_not_null();
    assert_eq!(open.add(&Value::from(1)), Ok(open.clone()));
    assert_eq!(open.divide(&Value::from(1)), Ok(open.clone()));
    assert_eq!(open.multiply(&Value::from(0)), Ok(open.clone()));
    assert_eq!(open.absolute(), Ok(at_least(0)));
    let zero = Value::from(0);
    assert!(matches!(zero.divide(&zero), Err(OpError::Undefined(_))));
    assert_eq!(zero.add(&"1".into()), Err(OpError::WrongType("number")));
    assert_eq!(zero.multiply(&unknown(Type::String)), Err(OpError::WrongType("number")));
    assert_eq!(zero.add(&Value::null(Type::Number)), Err(OpError::Null));
}

#[test]
fn comparison_by_bounds() {
    let three = Value::from(3);
    assert_eq!(three.less_than(&Value::from(4)), Ok(Value::TRUE));
    assert_eq!(ranged(4, 9).greater_than(&three), Ok(Value::TRUE));
    assert_eq!(ranged(4, 9).less_or_equal(&three), Ok(Value::FALSE));
    assert_eq!(ranged(3, 9).less_than(&three), Ok(unknown_bool()));
    assert_eq!(three.greater_or_equal(&number("3.0")), Ok(Value::TRUE));
    assert_eq!(unknown(Type::Dynamic).less_than(&three), Ok(unknown_bool()));
}

#[test]
fn indexing() {
    let list = strings(&["a", "b"]);
    assert_eq!(list.index(&Value::from(1)), Ok("b".into()));
    assert_eq!(list.index(&Value::from(2)), Err(OpError::NoElement));
    assert_eq!(list.index(&Value::from(-1)), Err(OpError::NoElement));
    assert_eq!(list.index(&number("0.5")), Err(OpError::NoElement));
    assert_eq!(list.index(&"0".into()), Err(OpError::WrongType("number")));
    assert_eq!(list.index(&unknown(Type::Number)), Ok(unknown(Type::String)));
    let object = Value::object_of([("x", Value::from(1))]);
    assert_eq!(object.get_attr("x"), Ok(Value::from(1)));
    assert_eq!(object.index(&"x".into()), Ok(Value::from(1)));
    assert_eq!(object.get_attr("y"), Err(OpError::NoAttribute("y".into())));
    let open = unknown(object.ty());
    assert_eq!(open.get_attr("x"), Ok(unknown(Type::Number)));
    assert_eq!(open.get_attr("y"), Err(OpError::NoAttribute("y".into())));
    let tuple = Value::tuple(vec![Value::from(1), "b".into()]);
    assert_eq!(unknown(tuple.ty()).index(&Value::from(1)), Ok(unknown(Type::String)));
    assert_eq!(tuple.index(&unknown(Type::Number)), Ok(unknown(Type::Dynamic)));
    assert_eq!(tuple.has_index(&Value::from(2)), Ok(Value::FALSE));
    assert_eq!(unknown(tuple.ty()).has_index(&Value::from(1)), Ok(Value::TRUE));
    assert_eq!(unknown(list.ty()).has_index(&Value::from(1)), Ok(unknown_bool()));
    assert_eq!(Value::from(1).index(&Value::from(1)), Err(OpError::NotIndexable));
    let secret = list.clone().marked(Mark::Sensitive);
    assert!(secret.index(&Value::from(0)).is_ok_and(|v| v.is_sensitive()));
}

#[test]
fn lengths() {
    assert_eq!(strings(&["a", "b"]).length(), Ok(Value::from(2)));
    let set = Value::set(Type::String, vec![unknown(Type::String), "a".into()]);
    assert_eq!(set.length(), Ok(ranged(1, 2)));
    let one = Value::set(Type::String, vec![unknown(Type::String)]);
    assert_eq!(one.length(), Ok(Value::from(1)));
    assert_eq!(unknown(Type::map(Type::String)).length(), Ok(at_least(0)));
    assert_eq!(unknown(Type::tuple([Type::Bool])).length(), Ok(Value::from(1)));
    assert_eq!(Value::from("abc").length(), Err(OpError::WrongType("collection")));
}

#[test]
fn set_membership() {
    let set = Value::set(Type::String, vec!["a".into(), "b".into()]);
    assert_eq!(set.has_element(&"a".into()), Ok(Value::TRUE));
    assert_eq!(set.has_element(&"c".into()), Ok(Value::FALSE));
    assert_eq!(set.has_element(&unknown(Type::String)), Ok(unknown_bool()));
    let half = Value::set(Type::String, vec!["a".into(), unknown(Type::String)]);
    assert_eq!(half.has_element(&"a".into()), Ok(Value::TRUE));
    assert_eq!(half.has_element(&"c".into()), Ok(unknown_bool()));
}

#[test]
fn iterating() {
    let map = Value::map(
        Type::Number,
        [("b".into(), 2.into()), ("a".into(), 1.into())].into_iter().collect(),
    );
    let pairs: Vec<_> = map.elements().into_iter().flatten().map(|(k, v)| (k, v.clone())).collect();
    assert_eq!(pairs, [("a".into(), Value::from(1)), ("b".into(), Value::from(2))]);
    assert_eq!(strings(&["x"]).elements().map(|e| e.len()), Some(1));
    assert!(unknown(Type::list(Type::String)).elements().is_none());
}
