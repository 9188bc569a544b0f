//! Functions on numbers.

use groma_hcl::FunctionError;
use groma_value::{Number, Type, Value};
use num_bigint::BigInt;

use super::float;
use super::spec::{Builtin, Call, Outcome, any, fail, fail_arg, function, not_an_integer, number};

pub(super) fn all() -> Vec<Builtin> {
    vec![
        function("abs")
            .param(number("num").dynamic().markable())
            .returns(Type::Number)
            .body(|c| c.args[0].absolute().map_err(|e| FunctionError::new(e.to_string()))),
        function("ceil")
            .param(number("num"))
            .returns(Type::Number)
            .body(|c| Ok(Value::number(c.number(0)?.ceil()))),
        function("floor")
            .param(number("num"))
            .returns(Type::Number)
            .body(|c| Ok(Value::number(c.number(0)?.floor()))),
        function("log")
            .param(number("num"))
            .param(number("base"))
            .returns(Type::Number)
            .body(|c| number_of(float::ln(small(c, 0)?) / float::ln(small(c, 1)?))),
        function("pow")
            .param(number("num"))
            .param(number("power"))
            .returns(Type::Number)
            .body(|c| number_of(float::pow(small(c, 0)?, small(c, 1)?))),
        function("signum")
            .param(number("num"))
            .returns(Type::Number)
            .body(|c| Ok(Value::from(c.int(0)?.signum()))),
        function("max")
            .variadic(number("numbers").dynamic())
            .returns(Type::Number)
            .body(|c| extreme(c, std::cmp::Ordering::Greater)),
        function("min")
            .variadic(number("numbers").dynamic())
            .returns(Type::Number)
            .body(|c| extreme(c, std::cmp::Ordering::Less)),
        function("parseint")
            .param(any("number"))
            .param(number("base"))
            .typed(|args| match args[0].ty() {
                Type::String => Ok(Type::Number),
                Type::Dynamic => Ok(Type::Number),
                ty => fail_arg(
                    0,
                    format!("first argument must be a string, not {}", ty.friendly_name()),
                ),
            })
            .body(parse_int),
    ]
}

/// An argument as the nearest 64-bit float, which there must be one for.
fn small(c: &Call<'_>, index: usize) -> Outcome<f64> {
    let number = c.number(index)?;
    let f = number.to_f64();
    if f.is_infinite() && !number.is_infinite() {
        return fail(format!("value must be between {:e} and {:e} inclusive", f64::MIN, f64::MAX));
    }
    Ok(f)
}

fn number_of(f: f64) -> Outcome {
    match Number::from_f64(f) {
        Some(number) => Ok(Value::number(number)),
        None => fail("the result is not a number"),
    }
}

fn extreme(c: &Call<'_>, wanted: std::cmp::Ordering) -> Outcome {
    let mut best: Option<&Number> = None;
    for index in 0..c.args.len() {
        let number = c.number(index)?;
        if best.is_none_or(|b| number.compare(b) == wanted) {
            best = Some(number);
        }
    }
    match best {
        Some(number) => Ok(Value::number(number.clone())),
        None => fail("must pass at least one number"),
    }
}

fn parse_int(c: &Call<'_>) -> Outcome {
    let text = c.str(0)?;
    let Some(base) = c.number(1)?.as_i64() else { return fail_arg(1, not_an_integer()) };
    let base = match u32::try_from(base) {
        Ok(base @ 2..=62) => base,
        _ => return fail_arg(1, "base must be a whole number between 2 and 62 inclusive"),
    };
    match big_int(text, base) {
        Some(i) => Ok(Value::number(i)),
        None => fail_arg(0, format!("cannot parse {:?} as a base {base} integer", &**text)),
    }
}

/// Up to base 36 the case of letters does not matter; beyond, capitals follow the small letters.
fn big_int(text: &str, base: u32) -> Option<BigInt> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() {
        return None;
    }
    let mut values = Vec::with_capacity(digits.len());
    for c in digits.bytes() {
        let value = match c {
            b'0'..=b'9' => c - b'0',
            b'a'..=b'z' => c - b'a' + 10,
            b'A'..=b'Z' if base <= 36 => c - b'A' + 10,
            b'A'..=b'Z' => c - b'A' + 36,
            _ => return None,
        };
        if u32::from(value) >= base {
            return None;
        }
        values.push(value);
    }
    let number = BigInt::from_radix_be(num_bigint::Sign::Plus, &values, base)?;
    Some(if text.starts_with('-') { -number } else { number })
}
