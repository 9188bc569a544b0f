//! Functions on lists, tuples and sets.

use std::collections::BTreeSet;

use groma_hcl::{FunctionError, Param};
use groma_value::{Kind, Marks, Type, Value, convert, unify_unsafe};

use super::spec::{
    Builtin, Call, Outcome, any, anything, fail, fail_arg, function, not_an_integer, number,
};

pub(super) fn all() -> Vec<Builtin> {
    vec![
        function("length")
            .param(any("value").dynamic().unknowable().markable())
            .typed(|args| match args[0].ty() {
                Type::Bool | Type::Number => {
                    fail("argument must be a string, a collection type, or a structural type")
                }
                _ => Ok(Type::Number),
            })
            .body(length),
        function("alltrue").param(list_of("list", Type::Bool)).returns(Type::Bool).body(all_true),
        function("anytrue").param(list_of("list", Type::Bool)).returns(Type::Bool).body(any_true),
        function("coalesce").variadic(anything("vals")).typed(coalesce_type).body(coalesce),
        function("coalescelist")
            .variadic(anything("vals"))
            .typed(coalesce_list_type)
            .body(coalesce_list),
        function("compact")
            .param(list_of("list", Type::String))
            .returns(Type::list(Type::String))
            .body(compact),
        function("contains")
            .param(any("list"))
            .param(any("value").nullable())
            .returns(Type::Bool)
            .body(contains),
        function("distinct")
            .param(list_of("list", Type::Dynamic))
            .typed(|args| Ok(args[0].ty()))
            .body(distinct),
        function("element")
            .param(any("list").markable())
            .param(number("index"))
            .may_be_null()
            .typed(element_type)
            .body(element),
        function("index").param(any("list")).param(any("value")).returns(Type::Number).body(index),
        function("one").param(any("list")).may_be_null().typed(one_type).body(one),
        function("range").variadic(number("params")).returns(Type::list(Type::Number)).body(range),
        function("list").variadic(anything("vals")).body(|_| {
            fail(
                "the \"list\" function was deprecated in Terraform v0.12 and is no longer \
                 available; use tolist([ ... ]) syntax to write a literal list",
            )
        }),
        function("map").variadic(anything("vals")).body(|_| {
            fail(
                "the \"map\" function was deprecated in Terraform v0.12 and is no longer \
                 available; use tomap({ ... }) syntax to write a literal map",
            )
        }),
        function("sum").param(any("list")).returns(Type::Number).body(sum),
    ]
}

/// An argument that is converted to a list.
pub(super) fn list_of(name: &'static str, element: Type) -> Param {
    Param::new(name, Type::list(element))
}

fn length(c: &Call<'_>) -> Outcome {
    let value = &c.args[0];
    let count = match value.kind() {
        Kind::Unknown(u) => match &u.ty {
            Type::Tuple(types) => Some(types.len()),
            Type::Object(o) => Some(o.attributes.len()),
            _ => None,
        },
        Kind::String(text) => Some(super::graphemes::count(text)),
        _ => None,
    };
    match count {
        Some(count) => Ok(Value::number(count as i64).with_marks(value.marks())),
        None => match value.ty() {
            Type::String | Type::Dynamic => {
                Ok(Value::unknown(Type::Number).with_marks(value.marks()))
            }
            _ => value.length().map_err(|error| FunctionError::new(error.to_string())),
        },
    }
}

fn items(value: &Value) -> &[Value] {
    value.as_sequence().unwrap_or_default()
}

fn all_true(c: &Call<'_>) -> Outcome {
    let mut unknown = false;
    for item in items(&c.args[0]) {
        match item.as_bool() {
            Some(true) => {}
            None if !item.is_known() => unknown = true,
            _ => return Ok(Value::FALSE),
        }
    }
    Ok(if unknown { Value::unknown(Type::Bool) } else { Value::TRUE })
}

fn any_true(c: &Call<'_>) -> Outcome {
    let items = items(&c.args[0]);
    if items.iter().any(|item| item.as_bool() == Some(true)) {
        return Ok(Value::TRUE);
    }
    let unknown = items.iter().any(|item| !item.is_known());
    Ok(if unknown { Value::unknown(Type::Bool) } else { Value::FALSE })
}

fn coalesce_type(args: &[Value]) -> Outcome<Type> {
    let types: Vec<Type> = args.iter().map(Value::ty).collect();
    match unify_unsafe(&types).filter(|_| !types.is_empty()) {
        Some(ty) => Ok(ty),
        None => fail("all arguments must have the same type"),
    }
}

fn coalesce(c: &Call<'_>) -> Outcome {
    for arg in c.args {
        // What cannot be converted has been refused with its type.
        let Ok(arg) = convert(arg, c.ty) else { continue };
        if !arg.is_known() {
            return Ok(Value::unknown(c.ty.clone()));
        }
        // Where the arguments have no type in common, an empty string is as good as anything.
        let empty = *c.ty == Type::String && arg.as_str().is_some_and(|text| text.is_empty());
        if !arg.is_null() && !empty {
            return Ok(arg);
        }
    }
    fail("no non-null, non-empty-string arguments")
}

fn coalesce_list_type(args: &[Value]) -> Outcome<Type> {
    let mut common: Option<Type> = None;
    let mut mixed = false;
    for arg in args {
        if !arg.is_known() {
            return Ok(Type::Dynamic);
        }
        let ty = arg.ty();
        if !matches!(ty, Type::List(_) | Type::Tuple(_)) {
            return fail("coalescelist arguments must be lists or tuples");
        }
        mixed |= common.as_ref().is_some_and(|c| *c != ty);
        common = Some(ty);
    }
    match common {
        None => fail("at least one argument is required"),
        Some(_) if mixed => Ok(Type::Dynamic),
        Some(ty) => Ok(ty),
    }
}

fn coalesce_list(c: &Call<'_>) -> Outcome {
    for arg in c.args {
        if !arg.is_known() {
            return Ok(Value::unknown(c.ty.clone()));
        }
        if !items(arg).is_empty() {
            return Ok(arg.clone());
        }
    }
    fail("no non-null arguments")
}

fn compact(c: &Call<'_>) -> Outcome {
    if !c.args[0].is_wholly_known() {
        return Ok(Value::unknown(c.ty.clone()));
    }
    let kept = items(&c.args[0]).iter().filter(|v| v.as_str().is_some_and(|s| !s.is_empty()));
    Ok(Value::list(Type::String, kept.cloned().collect()))
}

fn contains(c: &Call<'_>) -> Outcome {
    let (list, wanted) = (&c.args[0], &c.args[1]);
    let Some(items) = list.as_sequence() else {
        return fail("argument must be list, tuple, or set");
    };
    let mut unknown = false;
    for item in items {
        match wanted.equals(item).as_bool() {
            Some(true) => return Ok(Value::TRUE),
            Some(false) => {}
            None => unknown = true,
        }
    }
    Ok(if unknown { Value::unknown(Type::Bool) } else { Value::FALSE })
}

fn distinct(c: &Call<'_>) -> Outcome {
    let list = &c.args[0];
    if !list.is_wholly_known() {
        return Ok(Value::unknown(c.ty.clone()));
    }
    let mut seen = BTreeSet::new();
    let kept: Vec<Value> = items(list).iter().filter(|v| seen.insert(*v)).cloned().collect();
    let element = c.ty.element().cloned().unwrap_or(Type::Dynamic);
    Ok(Value::list(element, kept))
}

/// The position that an index beyond the end or before the start comes to.
fn wrapped(index: &Value, length: usize) -> Outcome<usize> {
    let Some(index) = index.as_number().and_then(groma_value::Number::as_i64) else {
        return fail(format!("invalid index: {}", not_an_integer()));
    };
    match i64::try_from(length) {
        Ok(0) | Err(_) => fail("cannot use element function with an empty list"),
        Ok(length) => Ok(index.rem_euclid(length) as usize),
    }
}

fn element_type(args: &[Value]) -> Outcome<Type> {
    match args[0].ty() {
        Type::List(element) => Ok((*element).clone()),
        Type::Tuple(_) if !args[1].is_known() => Ok(Type::Dynamic),
        Type::Tuple(types) => Ok(types[wrapped(&args[1], types.len())?].clone()),
        ty => fail(format!("cannot read elements from {}", ty.friendly_name())),
    }
}

fn element(c: &Call<'_>) -> Outcome {
    let Some(items) = c.args[0].as_sequence() else {
        return Ok(Value::unknown(c.ty.clone()).with_marks(c.args[0].marks()));
    };
    let at = wrapped(&c.args[1], items.len())?;
    Ok(items[at].clone().with_marks(c.args[0].marks()))
}

fn index(c: &Call<'_>) -> Outcome {
    let list = &c.args[0];
    let items = match list.kind() {
        Kind::List(l) => &l.items,
        Kind::Tuple(items) => &**items,
        _ => return fail("argument must be a list or tuple"),
    };
    if items.is_empty() {
        return fail("cannot search an empty list");
    }
    for (i, item) in items.iter().enumerate() {
        match item.equals(&c.args[1]).as_bool() {
            Some(true) => return Ok(Value::number(i as i64)),
            Some(false) => {}
            None => return Ok(Value::unknown(Type::Number)),
        }
    }
    fail("item not found")
}

const ONE: &str = "must be a list, set, or tuple value with either zero or one elements";

fn one_type(args: &[Value]) -> Outcome<Type> {
    match args[0].ty() {
        Type::List(element) | Type::Set(element) => Ok((*element).clone()),
        Type::Tuple(types) => match types.as_slice() {
            [] => Ok(Type::Dynamic),
            [single] => Ok(single.clone()),
            _ => fail_arg(0, ONE),
        },
        _ => fail_arg(0, ONE),
    }
}

fn one(c: &Call<'_>) -> Outcome {
    // Unknown elements of a set may turn out to be one and the same.
    if matches!(c.args[0].length(), Ok(length) if !length.is_known()) {
        return Ok(Value::unknown(c.ty.clone()));
    }
    match items(&c.args[0]) {
        [] => Ok(Value::null(c.ty.clone())),
        [single] => Ok(single.clone()),
        _ => fail_arg(0, ONE),
    }
}

/// How long a range may be.
const LONGEST_RANGE: usize = 1024;

fn range(c: &Call<'_>) -> Outcome {
    let number = |i: usize| c.number(i).cloned();
    let zero = groma_value::Number::Int(0);
    let one = |negative: bool| groma_value::Number::Int(if negative { -1 } else { 1 });
    let descends = |from: &groma_value::Number, to: &groma_value::Number| to.compare(from).is_lt();
    let (start, end, step) = match c.args.len() {
        1 => {
            let end = number(0)?;
            let step = one(descends(&zero, &end));
            (zero.clone(), end, step)
        }
        2 => {
            let (start, end) = (number(0)?, number(1)?);
            let step = one(descends(&start, &end));
            (start, end, step)
        }
        3 => (number(0)?, number(1)?, number(2)?),
        _ => return fail("must have one, two, or three arguments"),
    };
    // A step of zero goes on until there are too many.
    let down = step.has_minus();
    if down && end.compare(&start).is_gt() {
        return fail_arg(1, "end must be less than start when step is negative");
    }
    if !down && end.compare(&start).is_lt() {
        return fail_arg(1, "end must be greater than start when step is positive");
    }
    let mut all = Vec::new();
    let mut next = start;
    while if down { next.compare(&end).is_gt() } else { next.compare(&end).is_lt() } {
        if all.len() >= LONGEST_RANGE {
            return fail(format!(
                "more than {LONGEST_RANGE} values were generated; either decrease the difference \
                 between start and end or use a smaller step",
            ));
        }
        all.push(Value::number(next.clone()));
        next = match next.checked_add(&step) {
            Some(sum) => sum,
            None => break,
        };
    }
    Ok(Value::list(Type::Number, all))
}

fn sum(c: &Call<'_>) -> Outcome {
    const NUMBERS: &str = "argument must be list, set, or tuple of number values";
    let value = &c.args[0];
    if value.as_sequence().is_none() && value.as_entries().is_none() {
        return fail_arg(0, "cannot sum noniterable");
    }
    let Some(items) = value.as_sequence() else {
        return fail_arg(
            0,
            match value.as_entries() {
                Some(entries) if entries.is_empty() => "cannot sum an empty list".to_owned(),
                _ => format!(
                    "argument must be list, set, or tuple. Received {}",
                    value.ty().friendly_name(),
                ),
            },
        );
    };
    if items.is_empty() {
        return fail_arg(0, "cannot sum an empty list");
    }
    if !value.is_wholly_known() {
        return Ok(Value::unknown(Type::Number));
    }
    let mut total = groma_value::Number::Int(0);
    for (i, item) in items.iter().enumerate() {
        let converted = convert(item, &Type::Number).ok();
        let Some(number) = converted.as_ref().and_then(Value::as_number) else {
            return fail_arg(0, NUMBERS);
        };
        if i == 0 {
            total = number.clone();
            continue;
        }
        match total.checked_add(number) {
            Some(sum) => total = sum,
            None => return fail("can't compute sum of opposing infinities"),
        }
    }
    Ok(Value::number(total))
}

/// The marks of several values themselves.
pub(super) fn own_marks<'a>(values: impl IntoIterator<Item = &'a Value>) -> Marks {
    values.into_iter().fold(Marks::NONE, |all, value| all.union(value.marks()))
}
