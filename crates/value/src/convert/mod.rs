//! Conversion of values between types, and finding a type for several values.

mod apply;
mod defaults;
mod feasible;
mod mismatch;
#[cfg(test)]
mod tests;
mod unify;

pub use defaults::TypeDefaults;
pub use feasible::{Safety, can_convert};
pub use mismatch::mismatch_message;
pub use unify::{unify, unify_unsafe, unify_values};

use crate::{Path, Type, Value};

/// Why a value cannot be converted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConvertError {
    /// The part of the value that is in the way.
    pub path: Path,
    /// What is required of it, without a full stop.
    pub message: String,
}

/// The value as one of another type, or of one that satisfies a constraint.
///
/// Marks stay, unknown values stay unknown with what is known of them, attributes that the
/// constraint lets lack become null, and those that it does not name are dropped.
pub fn convert(value: &Value, want: &Type) -> Result<Value, ConvertError> {
    if value.has_type(want) {
        return Ok(value.clone());
    }
    apply::apply(value, want, &mut Path::root()).map_err(|failure| {
        // What is wrong with the type as a whole is told before what is wrong with some part.
        let from = value.ty();
        if !can_convert(&from, want, Safety::Unsafe) {
            return ConvertError { path: Path::root(), message: mismatch_message(&from, want) };
        }
        failure
    })
}
