//! Properties that hold for all values, tried on arbitrary ones.

mod arbitrary;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::convert::{Safety, can_convert, unify_values};
use crate::{Kind, Mark, Marks, Number, Type, Value, convert, json, msgpack, unify, unify_unsafe};
use arbitrary::{any_type, any_value, known_value, loosened, number, typed_value};

/// Swaps pairs of items, so that any order can come about.
fn shuffled(items: &[Value], swaps: &[(Index, Index)]) -> Vec<Value> {
    let mut items = items.to_vec();
    if !items.is_empty() {
        for (a, b) in swaps {
            let (a, b) = (a.index(items.len()), b.index(items.len()));
            items.swap(a, b);
        }
    }
    items
}

/// The value with a mark on each part for which the next number is odd.
fn sprinkled(value: &Value, numbers: &[u8]) -> Value {
    let mut numbers = numbers.iter().cycle();
    let marked: Result<Value, ()> = value.transform(&mut |_, part| {
        Ok(match numbers.next() {
            Some(n) if n % 2 == 1 => part.marked(Mark::Sensitive),
            _ => part,
        })
    });
    marked.unwrap_or_else(|()| value.clone())
}

proptest! {
    #[test]
    fn messagepack_gives_back_what_it_got(value in any_value(), loose in vec(any::<u8>(), 8)) {
        let ty = loosened(&value, &mut loose.iter().cycle());
        let bytes = msgpack::encode(&value, &ty);
        prop_assert!(bytes.is_ok(), "{:?}", bytes);
        prop_assert_eq!(msgpack::decode(&bytes.unwrap_or_default(), &ty), Ok(value));
    }

    #[test]
    fn json_gives_back_what_it_got(value in known_value(), loose in vec(any::<u8>(), 8)) {
        let ty = loosened(&value, &mut loose.iter().cycle());
        let bytes = json::to_vec(&value, &ty);
        prop_assert!(bytes.is_ok(), "{:?}", bytes);
        let bytes = bytes.unwrap_or_default();
        prop_assert_eq!(json::from_slice(&bytes, &ty), Ok(value.clone()));
        let data = json::to_json(&value, &ty);
        let parsed: Option<serde_json::Value> = serde_json::from_slice(&bytes).ok();
        prop_assert_eq!(&data.ok(), &parsed);
        prop_assert_eq!(json::from_json(&parsed.unwrap_or_default(), &ty), Ok(value));
    }

    #[test]
    fn types_survive_json(ty in any_type()) {
        prop_assert_eq!(json::type_from_slice(&json::type_to_vec(&ty)), Ok(ty.clone()));
        prop_assert_eq!(json::type_from_json(&json::type_to_json(&ty)), Ok(ty));
    }

    #[test]
    fn damaged_input_does_no_harm(
        value in known_value(),
        ty in any_type(),
        at in any::<Index>(),
        byte in any::<u8>(),
        noise in vec(any::<u8>(), 0..64),
    ) {
        let own = value.ty();
        let mut packed = msgpack::encode(&value, &own).unwrap_or_default();
        let mut text = json::to_vec(&value, &own).unwrap_or_default();
        for bytes in [&mut packed, &mut text] {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        for bytes in [&packed, &text, &noise] {
            for ty in [&own, &ty, &Type::Dynamic] {
                // Whatever is accepted must be a value of the type.
                for read in [msgpack::decode(bytes, ty), json::from_slice(bytes, ty)] {
                    prop_assert!(read.is_err() || read.is_ok_and(|v| v.ty().conforms_to(ty)));
                }
            }
            let _ = json::from_slice_implied(bytes);
            let _ = json::type_from_slice(bytes);
        }
    }

    #[test]
    fn sets_do_not_depend_on_the_order_of_insertion(
        (ty, items) in any_type().prop_flat_map(|ty| (Just(ty.clone()), vec(typed_value(&ty, true), 0..6))),
        swaps in vec(any::<(Index, Index)>(), 6),
    ) {
        let set = Value::set(ty.clone(), items.clone());
        let other = Value::set(ty.clone(), shuffled(&items, &swaps));
        prop_assert_eq!(&set, &other);
        let known: Vec<Value> = items.iter().filter(|v| v.is_wholly_known()).cloned().collect();
        let once = Value::set(ty.clone(), known.clone());
        let twice = Value::set(ty, [known.clone(), known].concat());
        prop_assert_eq!(once, twice);
    }

    #[test]
    fn numbers_are_read_as_they_are_written(number in number()) {
        let text = number.to_string();
        let read = Number::parse(&text);
        prop_assert_eq!(read.as_ref(), Some(&number));
        prop_assert_eq!(read.map(|n| n.compare(&number).is_eq()), Some(true));
        prop_assert!(!text.contains('e'));
    }

    #[test]
    fn floats_are_written_as_shortly_as_floats(float in any::<f64>().prop_filter("normal", |f| f.is_normal())) {
        let number = Number::from_f64(float);
        let text = number.as_ref().map(ToString::to_string).unwrap_or_default();
        prop_assert_eq!(text.parse::<f64>().ok(), Some(float));
        prop_assert_eq!(number.as_ref().map(Number::to_f64), Some(float));
        // As few digits as elsewhere; of two that are as near, the even one.
        prop_assert_eq!(text.len(), float.to_string().len());
        if float.fract() != 0.0 {
            prop_assert_eq!(number, Number::parse(&text));
        }
    }

    #[test]
    fn arithmetic_agrees_with_integers(a in any::<i64>(), b in any::<i64>()) {
        let (x, y) = (Number::from(a), Number::from(b));
        let (a, b) = (i128::from(a), i128::from(b));
        let text = |n: Option<Number>| n.map(|n| n.abs().to_string());
        prop_assert_eq!(text(x.checked_add(&y)), Some((a + b).abs().to_string()));
        prop_assert_eq!(text(x.checked_sub(&y)), Some((a - b).abs().to_string()));
        prop_assert_eq!(text(x.checked_mul(&y)), Some((a * b).abs().to_string()));
        prop_assert_eq!(x.compare(&y), a.cmp(&b));
        if b != 0 {
            prop_assert_eq!(text(x.checked_rem(&y)), Some((a % b).abs().to_string()));
            let floor = x.checked_div(&y).map(|q| q.floor());
            prop_assert_eq!(floor, Some(Number::from(num_bigint::BigInt::from(a.div_euclid(b) - i128::from(b < 0 && a % b != 0)))));
        }
    }

    #[test]
    fn addition_and_multiplication_commute(a in number(), b in number()) {
        prop_assert_eq!(a.checked_add(&b), b.checked_add(&a));
        prop_assert_eq!(a.checked_mul(&b), b.checked_mul(&a));
        prop_assert_eq!(a.checked_sub(&b).map(|n| n.neg()), b.checked_sub(&a));
        prop_assert_eq!(a.compare(&b), b.compare(&a).reverse());
    }

    #[test]
    fn conversion_is_steady(value in any_value(), want in any_type()) {
        prop_assert_eq!(convert(&value, &value.ty()), Ok(value.clone()));
        prop_assert_eq!(convert(&value, &Type::Dynamic), Ok(value.clone()));
        if let Ok(converted) = convert(&value, &want) {
            prop_assert!(converted.ty().conforms_to(&want));
            prop_assert!(can_convert(&value.ty(), &want, Safety::Unsafe));
            prop_assert_eq!(convert(&converted, &want), Ok(converted.clone()));
        } else {
            prop_assert!(!can_convert(&value.ty(), &want, Safety::Safe));
        }
    }

    #[test]
    fn conversion_keeps_marks(value in any_value(), want in any_type(), numbers in vec(any::<u8>(), 4)) {
        let marked = sprinkled(&value, &numbers);
        let (converted, plain) = (convert(&marked, &want), convert(&value, &want));
        prop_assert_eq!(converted.is_ok(), plain.is_ok());
        if let (Ok(converted), Ok(plain)) = (converted, plain) {
            let (bare, marks) = converted.unmark_deep();
            prop_assert_eq!(bare, plain);
            prop_assert!(marks == marked.marks_deep() || !marked.marks_deep().is_empty());
            if !marked.marks().is_empty() {
                prop_assert!(marks.is_sensitive());
            }
        }
    }

    #[test]
    fn unified_types_suit_all(types in vec(any_type(), 1..4)) {
        if let Some(unified) = unify_unsafe(&types) {
            prop_assert!(types.iter().all(|ty| can_convert(ty, &unified, Safety::Unsafe)));
        }
        if let Some(unified) = unify(&types) {
            prop_assert!(types.iter().all(|ty| can_convert(ty, &unified, Safety::Safe)));
        }
        let same = vec![types[0].clone(); 3];
        prop_assert_eq!(unify(&same), Some(types[0].clone()));
    }

    #[test]
    fn safely_unified_values_never_fail(values in vec(any_value(), 1..4)) {
        if let Some(unified) = unify_values(&values, Safety::Safe) {
            prop_assert!(unified.is_ok(), "{:?}", unified);
        }
    }

    #[test]
    fn marks_come_off_and_go_on_again(value in any_value(), numbers in vec(any::<u8>(), 5)) {
        let marked = sprinkled(&value, &numbers);
        let (plain, paths) = marked.clone().unmark_deep_with_paths();
        prop_assert_eq!(&plain, &value);
        prop_assert_eq!(plain.mark_with_paths(&paths), marked.clone());
        let union = paths.iter().fold(Marks::NONE, |all, (_, marks)| all.union(marks));
        prop_assert_eq!(&union, &marked.marks_deep());
        prop_assert_eq!(marked.unmark_deep(), (value, union));
    }

    #[test]
    fn paths_lead_to_the_parts(value in any_value()) {
        let mut wrong = None;
        value.walk(&mut |path, part| {
            if path.apply(&value).as_ref() != Ok(part) || path.find(&value) != Some(part) {
                wrong = Some(path.clone());
            }
            // Elements of a set that are not known cannot be told from others.
            part.is_wholly_known() || !matches!(part.kind(), Kind::Set(_))
        });
        prop_assert_eq!(wrong, None);
    }

    #[test]
    fn values_are_equal_to_themselves(value in any_value(), other in any_value()) {
        let equal = value.equals(&value);
        match value.is_wholly_known() && !value.ty().has_dynamic() {
            true => prop_assert_eq!(equal, Value::TRUE),
            false => prop_assert_ne!(equal, Value::FALSE),
        }
        prop_assert_eq!(value.equals(&other), other.equals(&value));
        prop_assert!(value.unknown_as_null().is_wholly_known());
    }
}
