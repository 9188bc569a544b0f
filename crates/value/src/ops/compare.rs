//! `<`, `>`, `<=` and `>=`.

use std::cmp::Ordering;

use super::arithmetic::{number, range};
use super::{Operand, marks_of, unknown_bool};
use crate::{OpError, Value};

/// Comparison of numbers.
impl Value {
    /// `self < other`
    pub fn less_than(&self, other: &Value) -> Result<Value, OpError> {
        self.ordered(other, Ordering::is_lt)
    }

    /// `self > other`
    pub fn greater_than(&self, other: &Value) -> Result<Value, OpError> {
        self.ordered(other, Ordering::is_gt)
    }

    /// `self <= other`
    pub fn less_or_equal(&self, other: &Value) -> Result<Value, OpError> {
        self.less_than(other)?.or(&self.equals(other))
    }

    /// `self >= other`
    pub fn greater_or_equal(&self, other: &Value) -> Result<Value, OpError> {
        self.greater_than(other)?.or(&self.equals(other))
    }

    fn ordered(&self, other: &Value, holds: fn(Ordering) -> bool) -> Result<Value, OpError> {
        let result = match (number(self)?, number(other)?) {
            (Operand::Known(a), Operand::Known(b)) => Value::bool(holds(a.compare(b))),
            (a, b) => {
                let ((a_min, a_max), (b_min, b_max)) = (range(&a), range(&b));
                if a_max.compare(&b_min).is_lt() {
                    Value::bool(holds(Ordering::Less))
                } else if a_min.compare(&b_max).is_gt() {
                    Value::bool(holds(Ordering::Greater))
                } else {
                    unknown_bool()
                }
            }
        };
        Ok(result.with_marks(&marks_of(self, other)))
    }
}
