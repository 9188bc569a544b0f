//! Numbers: 512-bit binary floats, with a fast path for small integers.

use std::fmt;

/// A number.
#[derive(Clone, Debug, PartialEq)]
pub enum Number {
    /// An integer that fits; always in this form if it does.
    Int(i64),
}

impl Eq for Number {}

impl Number {
    /// The integer, if it is one that fits 64 bits.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Number::Int(i) => Some(*i),
        }
    }
}

impl From<i64> for Number {
    fn from(i: i64) -> Self {
        Number::Int(i)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Number::Int(i) => write!(f, "{i}"),
        }
    }
}
