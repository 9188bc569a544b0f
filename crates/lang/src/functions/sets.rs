//! Set algebra.

use std::collections::BTreeSet;

use groma_hcl::{FunctionError, Param};
use groma_value::{Type, Value, convert, unify_unsafe};

use super::spec::{Builtin, Call, Outcome, fail, function};

pub(super) fn all() -> Vec<Builtin> {
    let set = |name| Param::new(name, Type::set(Type::Dynamic)).dynamic();
    vec![
        function("setunion")
            .param(set("first_set"))
            .variadic(set("other_sets"))
            .typed(result_type)
            .body(|c| {
                let sets = converted(c)?;
                if sets.iter().any(|set| !set.is_known()) {
                    return Ok(Value::unknown(c.ty.clone()));
                }
                let all = sets.iter().flat_map(items).cloned();
                Ok(Value::set(element(c.ty), all.collect()))
            }),
        function("setintersection")
            .param(set("first_set"))
            .variadic(set("other_sets"))
            .typed(result_type)
            .body(|c| reduced(c, |seen| seen)),
        function("setsubtract")
            .param(set("a"))
            .param(set("b"))
            .typed(result_type)
            .body(|c| reduced(c, |seen| !seen)),
    ]
}

fn items(set: &Value) -> &[Value] {
    set.as_sequence().unwrap_or_default()
}

fn element(ty: &Type) -> Type {
    ty.element().cloned().unwrap_or(Type::Dynamic)
}

fn result_type(args: &[Value]) -> Outcome<Type> {
    // An empty set of no particular type goes with all others.
    let decides = |arg: &&Value, ty: &Type| {
        !(*ty == Type::Dynamic && arg.is_known() && items(arg).is_empty())
    };
    let types: Vec<Type> = (args.iter())
        .map(|arg| (arg, element(&arg.ty())))
        .filter(|(arg, ty)| decides(arg, ty))
        .map(|(_, ty)| ty)
        .collect();
    if types.is_empty() {
        return Ok(Type::set(Type::Dynamic));
    }
    match unify_unsafe(&types) {
        Some(ty) => Ok(Type::set(ty)),
        None => fail("given sets must all have compatible element types"),
    }
}

fn converted(c: &Call<'_>) -> Outcome<Vec<Value>> {
    let convert =
        |(i, arg)| convert(arg, c.ty).map_err(|error| FunctionError::arg(i, error.to_string()));
    c.args.iter().enumerate().map(convert).collect()
}

/// Keeps what is in the first set depending on whether it is in each of the others.
fn reduced(c: &Call<'_>, keep: fn(bool) -> bool) -> Outcome {
    let sets = converted(c)?;
    if !sets.iter().all(Value::is_wholly_known) {
        return Ok(Value::unknown(c.ty.clone()));
    }
    let Some((first, others)) = sets.split_first() else {
        return Ok(Value::set(element(c.ty), Vec::new()));
    };
    let mut kept: Vec<Value> = items(first).to_vec();
    for other in others {
        let other: BTreeSet<&Value> = items(other).iter().collect();
        kept.retain(|value| keep(other.contains(value)));
    }
    Ok(Value::set(element(c.ty), kept))
}
