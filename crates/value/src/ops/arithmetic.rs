//! `+`, `-`, `*`, `/` and `%`.

use super::{Operand, marks_of, operand};
use crate::{Number, OpError, Refinements, Type, Value};

pub(super) fn number(value: &Value) -> Result<Operand<&Number>, OpError> {
    operand(value, &Type::Number, "number", Value::as_number)
}

/// An operation on known numbers; `None` where it has no result.
type Operation = fn(&Number, &Number) -> Option<Number>;

/// Arithmetic.
impl Value {
    /// `self + other`
    pub fn add(&self, other: &Value) -> Result<Value, OpError> {
        monotone(self, other, Number::checked_add, "can't compute sum of opposing infinities")
    }

    /// `self - other`
    pub fn subtract(&self, other: &Value) -> Result<Value, OpError> {
        monotone(self, other, Number::checked_sub, "can't subtract infinity from itself")
    }

    /// `self * other`
    pub fn multiply(&self, other: &Value) -> Result<Value, OpError> {
        monotone(self, other, Number::checked_mul, "can't multiply zero by infinity")
    }

    /// `self / other`
    pub fn divide(&self, other: &Value) -> Result<Value, OpError> {
        plain(self, other, Number::checked_div, "can't divide zero by zero or infinity by infinity")
    }

    /// `self % other`
    pub fn modulo(&self, other: &Value) -> Result<Value, OpError> {
        plain(self, other, Number::checked_rem, "can't use modulo with zero and infinity")
    }

    /// `-self`
    pub fn negate(&self) -> Result<Value, OpError> {
        let result = match number(self)? {
            Operand::Known(n) => Value::number(n.neg()),
            Operand::Unknown(_) => unknown_number(None, None),
        };
        Ok(result.with_marks(self.marks()))
    }

    /// The number without its sign.
    pub fn absolute(&self) -> Result<Value, OpError> {
        let result = match number(self)? {
            Operand::Known(n) => Value::number(n.abs()),
            Operand::Unknown(_) => unknown_number(Some(Number::Int(0)), None),
        };
        Ok(result.with_marks(self.marks()))
    }
}

fn unknown_number(min: Option<Number>, max: Option<Number>) -> Value {
    let refinements = Refinements {
        number_min: min.map(|n| (n, true)),
        number_max: max.map(|n| (n, true)),
        ..Refinements::not_null()
    };
    Value::unknown_refined(Type::Number, refinements)
}

fn plain(a: &Value, b: &Value, op: Operation, undefined: &'static str) -> Result<Value, OpError> {
    let result = match (number(a)?, number(b)?) {
        (Operand::Known(x), Operand::Known(y)) => {
            Value::number(op(x, y).ok_or(OpError::Undefined(undefined))?)
        }
        _ => unknown_number(None, None),
    };
    Ok(result.with_marks(&marks_of(a, b)))
}

/// An operation whose extremes are at the extremes of its operands.
fn monotone(
    a: &Value,
    b: &Value,
    op: Operation,
    undefined: &'static str,
) -> Result<Value, OpError> {
    let result = match (number(a)?, number(b)?) {
        (Operand::Known(x), Operand::Known(y)) => {
            Value::number(op(x, y).ok_or(OpError::Undefined(undefined))?)
        }
        (x, y) => {
            let (x, y) = (range(&x), range(&y));
            let corners = [op(&x.0, &y.0), op(&x.0, &y.1), op(&x.1, &y.0), op(&x.1, &y.1)];
            let corners: Option<Vec<Number>> = corners.into_iter().collect();
            let corners = corners.unwrap_or_default();
            let finite = |n: Option<&Number>| n.filter(|n| !n.is_infinite()).cloned();
            unknown_number(finite(corners.iter().min()), finite(corners.iter().max()))
        }
    };
    Ok(result.with_marks(&marks_of(a, b)))
}

/// The least and the greatest number that the operand can be.
pub(super) fn range(operand: &Operand<&Number>) -> (Number, Number) {
    match operand {
        Operand::Known(n) => ((*n).clone(), (*n).clone()),
        Operand::Unknown(r) => {
            let bound = |bound: &Option<(Number, bool)>, open: bool| match bound {
                Some((n, _)) => n.clone(),
                None => Number::infinity(open),
            };
            (bound(&r.number_min, true), bound(&r.number_max, false))
        }
    }
}
