//! `&&`, `||` and `!`.

use super::{Operand, marks_of, operand, unknown_bool};
use crate::{OpError, Type, Value};

fn truth(value: &Value) -> Result<Operand<bool>, OpError> {
    operand(value, &Type::Bool, "bool", Value::as_bool)
}

impl Value {
    /// `!self`
    pub fn not(&self) -> Result<Value, OpError> {
        let result = match truth(self)? {
            Operand::Known(b) => Value::bool(!b),
            Operand::Unknown(_) => unknown_bool(),
        };
        Ok(result.with_marks(self.marks()))
    }

    /// `self && other`; false if either is, though the other be unknown.
    pub fn and(&self, other: &Value) -> Result<Value, OpError> {
        self.combine(other, false)
    }

    /// `self || other`; true if either is, though the other be unknown.
    pub fn or(&self, other: &Value) -> Result<Value, OpError> {
        self.combine(other, true)
    }

    /// The one of the two truth values that decides, if either operand has it.
    fn combine(&self, other: &Value, decisive: bool) -> Result<Value, OpError> {
        let result = match (truth(self)?, truth(other)?) {
            (Operand::Known(b), _) | (_, Operand::Known(b)) if b == decisive => {
                Value::bool(decisive)
            }
            (Operand::Known(_), Operand::Known(_)) => Value::bool(!decisive),
            _ => unknown_bool(),
        };
        Ok(result.with_marks(&marks_of(self, other)))
    }
}
