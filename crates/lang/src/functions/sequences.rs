//! Functions that make sequences out of sequences.

use groma_value::{Kind, Marks, Refinements, Type, Value, convert, unify_unsafe};

use super::lists::{list_of, own_marks};
use super::spec::{Builtin, Call, Outcome, any, fail, fail_arg, function, not_an_integer, number};

pub(super) fn all() -> Vec<Builtin> {
    vec![
        function("chunklist")
            .param(list_of("list", Type::Dynamic).markable())
            .param(number("size").markable())
            .typed(|args| Ok(Type::list(args[0].ty())))
            .body(chunk_list),
        function("concat").variadic(any("seqs").markable()).typed(concat_type).body(concat),
        function("flatten").param(any("list").markable()).typed(flatten_type).body(flatten),
        function("reverse").param(any("list").markable()).typed(reverse_type).body(reverse),
        function("slice")
            .param(any("list").markable())
            .param(number("start_index"))
            .param(number("end_index"))
            .typed(slice_type)
            .body(slice),
        function("setproduct")
            .variadic(any("sets").markable().unknowable())
            .typed(product_type)
            .body(product),
    ]
}

/// A list of items of a type; where the type is open it becomes that of the items.
fn list(element: &Type, items: Vec<Value>) -> Value {
    let element = match (element, items.first()) {
        (Type::Dynamic, Some(first)) => first.ty(),
        _ => element.clone(),
    };
    Value::list(element, items)
}

/// Either a tuple or a list, as the type says.
fn sequence(ty: &Type, items: Vec<Value>) -> Value {
    match ty {
        Type::List(element) => list(element, items),
        _ => Value::tuple(items),
    }
}

fn chunk_list(c: &Call<'_>) -> Outcome {
    let marks = own_marks(c.args);
    let Some(size) = c.number(1)?.as_i64() else {
        return fail(format!("invalid size: {}", not_an_integer()));
    };
    let Ok(size) = usize::try_from(size) else {
        return fail("the size argument must be positive");
    };
    let (whole, _) = c.args[0].clone().unmark();
    let ty = whole.ty();
    let items = whole.as_sequence().unwrap_or_default();
    let element = ty.element().cloned().unwrap_or(Type::Dynamic);
    let chunks = if size == 0 && !items.is_empty() {
        vec![whole.clone()]
    } else {
        items.chunks(size.max(1)).map(|c| Value::list(element.clone(), c.to_vec())).collect()
    };
    Ok(Value::list(ty, chunks).with_marks(&marks))
}

fn concat_type(args: &[Value]) -> Outcome<Type> {
    if args.is_empty() {
        return fail("at least one argument is required");
    }
    let types: Vec<Type> = args.iter().map(Value::ty).collect();
    if types.iter().all(|ty| matches!(ty, Type::List(_)))
        && let Some(ty) = unify_unsafe(&types)
    {
        return Ok(ty);
    }
    let mut all = Vec::new();
    for (i, (arg, ty)) in args.iter().zip(&types).enumerate() {
        match ty {
            Type::Tuple(types) => all.extend(types.iter().cloned()),
            Type::List(element) => match arg.as_sequence() {
                Some(items) => all.extend(items.iter().map(|_| (**element).clone())),
                None => return Ok(Type::Dynamic),
            },
            ty => {
                let message =
                    format!("all arguments must be lists or tuples; got {}", ty.friendly_name());
                return fail_arg(i, message);
            }
        }
    }
    Ok(Type::tuple(all))
}

fn concat(c: &Call<'_>) -> Outcome {
    let marks = own_marks(c.args);
    let mut all = Vec::new();
    for arg in c.args {
        let converted = match c.ty {
            Type::List(_) => convert(arg, c.ty).unwrap_or_else(|_| arg.clone()),
            _ => arg.clone(),
        };
        match converted.as_sequence() {
            Some(items) => all.extend_from_slice(items),
            None => return Ok(Value::unknown(c.ty.clone()).with_marks(&marks)),
        }
    }
    Ok(sequence(c.ty, all).with_marks(&marks))
}

/// The leaves of nested sequences, and the marks of the sequences. `None`: not all is known yet.
fn flattened(value: &Value, out: &mut Vec<Value>, marks: &mut Marks) -> Option<()> {
    *marks = marks.union(value.marks());
    // An unknown element of a set may turn out to be the same as another.
    if matches!(value.length(), Ok(length) if !length.is_known()) {
        return None;
    }
    let mut known = Some(());
    for item in value.as_sequence()? {
        let is_sequence = match item.kind() {
            Kind::List(_) | Kind::Set(_) | Kind::Tuple(_) => true,
            Kind::Unknown(u) => {
                matches!(u.ty, Type::List(_) | Type::Set(_) | Type::Tuple(_) | Type::Dynamic)
            }
            _ => false,
        };
        if is_sequence && item.is_known() {
            known = flattened(item, out, marks).and(known);
        } else if is_sequence {
            *marks = marks.union(item.marks());
            known = None;
        } else {
            out.push(item.clone());
        }
    }
    known
}

fn flatten_type(args: &[Value]) -> Outcome<Type> {
    let value = &args[0];
    if !value.is_wholly_known() {
        return Ok(Type::Dynamic);
    }
    if value.as_sequence().is_none() {
        return fail("can only flatten lists, sets and tuples");
    }
    let mut leaves = Vec::new();
    Ok(match flattened(value, &mut leaves, &mut Marks::default()) {
        Some(()) => Type::tuple(leaves.iter().map(Value::ty)),
        None => Type::Dynamic,
    })
}

fn flatten(c: &Call<'_>) -> Outcome {
    let mut leaves = Vec::new();
    let mut marks = Marks::NONE;
    Ok(match flattened(&c.args[0], &mut leaves, &mut marks) {
        Some(()) => Value::tuple(leaves),
        None => Value::unknown(c.ty.clone()),
    }
    .with_marks(&marks))
}

fn reverse_type(args: &[Value]) -> Outcome<Type> {
    match args[0].ty() {
        Type::Tuple(types) => Ok(Type::tuple(types.iter().rev().cloned())),
        Type::List(element) | Type::Set(element) => Ok(Type::List(element)),
        ty => fail_arg(
            0,
            format!("can only reverse list or tuple values, not {}", ty.friendly_name()),
        ),
    }
}

fn reverse(c: &Call<'_>) -> Outcome {
    let items = c.args[0].as_sequence().unwrap_or_default();
    let reversed = items.iter().rev().cloned().collect();
    Ok(sequence(c.ty, reversed).with_marks(c.args[0].marks()))
}

/// The start and end of a slice, as far as they are known.
fn bounds(args: &[Value]) -> Outcome<(Option<usize>, Option<usize>)> {
    let length = match args[0].kind() {
        Kind::Unknown(u) => match &u.ty {
            Type::Tuple(types) => Some(types.len()),
            _ => None,
        },
        _ => args[0].as_sequence().map(<[_]>::len),
    };
    let bound = |i: usize, what: &str| {
        if !args[i].is_known() {
            return Ok(None);
        }
        let Some(number) = args[i].as_number().and_then(groma_value::Number::as_i64) else {
            return fail_arg(i, format!("invalid {what} index: {}", not_an_integer()));
        };
        let Ok(number) = usize::try_from(number) else {
            return fail_arg(i, format!("{what} index must not be less than zero"));
        };
        if length.is_some_and(|length| number > length) {
            let message = format!("{what} index must not be greater than the length of the list");
            return fail_arg(i, message);
        }
        Ok(Some(number))
    };
    let (start, end) = (bound(1, "start")?, bound(2, "end")?);
    if let (Some(start), Some(end)) = (start, end)
        && start > end
    {
        return fail_arg(1, "start index must not be greater than end index");
    }
    Ok((start, end))
}

fn slice_type(args: &[Value]) -> Outcome<Type> {
    let ty = args[0].ty();
    match ty {
        Type::Set(_) => fail_arg(
            0,
            "cannot slice a set, because its elements do not have indices; explicitly convert to a \
             list if the ordering of the result is not important",
        ),
        Type::List(_) => bounds(args).map(|_| ty),
        Type::Tuple(ref types) => Ok(match bounds(args)? {
            (Some(start), Some(end)) => {
                Type::tuple(types.get(start..end).unwrap_or_default().iter().cloned())
            }
            _ => Type::Dynamic,
        }),
        _ => fail_arg(0, "must be a list or tuple value"),
    }
}

fn slice(c: &Call<'_>) -> Outcome {
    let marks = c.args[0].marks();
    let (Some(items), (Some(start), Some(end))) = (c.args[0].as_sequence(), bounds(c.args)?) else {
        return Ok(Value::unknown(c.ty.clone()).with_marks(marks));
    };
    let part = items.get(start..end).unwrap_or_default().to_vec();
    Ok(sequence(c.ty, part).with_marks(marks))
}

fn product_type(args: &[Value]) -> Outcome<Type> {
    if args.len() < 2 {
        return fail("at least two arguments are required");
    }
    let mut ordered = true;
    let mut elements = Vec::with_capacity(args.len());
    for (i, arg) in args.iter().enumerate() {
        elements.push(match arg.ty() {
            Type::Set(element) => {
                ordered = false;
                (*element).clone()
            }
            Type::List(element) => (*element).clone(),
            Type::Tuple(types) if types.is_empty() => Type::Dynamic,
            Type::Tuple(types) => match unify_unsafe(&types) {
                Some(ty) => ty,
                None => return fail_arg(i, "all elements must be of the same type"),
            },
            _ => return fail_arg(i, "a set or a list is required"),
        });
    }
    let tuple = Type::tuple(elements);
    Ok(if ordered { Type::list(tuple) } else { Type::set(tuple) })
}

/// How large a product may be.
const LARGEST_PRODUCT: usize = 10_000_000;

fn product(c: &Call<'_>) -> Outcome {
    let marks = own_marks(c.args);
    let known = |arg: &Value| matches!(arg.length(), Ok(length) if length.is_known());
    if !c.args.iter().all(known) {
        let refinements = product_bounds(c.args).unwrap_or_default();
        return Ok(Value::unknown_refined(c.ty.clone(), refinements).with_marks(&marks));
    }
    let Some(Type::Tuple(types)) = c.ty.element() else { return Ok(Value::unknown(c.ty.clone())) };
    let mut columns: Vec<Vec<Value>> = Vec::with_capacity(c.args.len());
    let mut total = 1_usize;
    for (arg, ty) in c.args.iter().zip(types.iter()) {
        let items = arg.as_sequence().unwrap_or_default();
        total = total.saturating_mul(items.len());
        let converted = items.iter().map(|v| convert(v, ty).unwrap_or_else(|_| v.clone()));
        columns.push(converted.collect());
    }
    if total > LARGEST_PRODUCT {
        return fail("the product has too many elements");
    }
    let mut rows = Vec::with_capacity(total);
    for row in 0..total {
        // The last set turns fastest.
        let mut rest = row;
        let mut tuple: Vec<Value> = Vec::with_capacity(columns.len());
        for column in columns.iter().rev() {
            tuple.push(column[rest % column.len()].clone());
            rest /= column.len();
        }
        tuple.reverse();
        rows.push(Value::tuple(tuple));
    }
    let element = c.ty.element().cloned().unwrap_or(Type::Dynamic);
    let element = rows.first().map_or(element, Value::ty);
    Ok(match c.ty {
        Type::List(_) => Value::list(element, rows),
        _ => Value::set(element, rows),
    }
    .with_marks(&marks))
}

/// Between how many and how many elements there will be, if that is not too many to be told.
fn product_bounds(args: &[Value]) -> Option<Refinements> {
    let mut most = 1_u64;
    for arg in args {
        let length = match (arg.refinements(), arg.ty(), arg.as_sequence()) {
            (_, Type::Tuple(types), _) => types.len() as u64,
            (_, _, Some(items)) => items.len() as u64,
            (Some(refinements), _, _) => refinements.length_max?,
            _ => return None,
        };
        if length > 1024 {
            return None;
        }
        most *= length;
        if most > 2048 {
            return None;
        }
    }
    Some(Refinements::length_range(most.min(1), most))
}
