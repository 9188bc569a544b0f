//! What is known of an unknown value.

use crate::{Number, Str};

/// What is known of a value that is not known yet, beside its type.
///
/// Nothing is known of whatever is `None` or `false`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Refinements {
    /// It will not be null.
    pub not_null: bool,
    /// A string will begin with this.
    pub prefix: Option<Str>,
    /// A number will be at least this (`true`: or equal).
    pub number_min: Option<(Number, bool)>,
    /// A number will be at most this (`true`: or equal).
    pub number_max: Option<(Number, bool)>,
    /// A collection will have at least as many elements.
    pub length_min: Option<u64>,
    /// A collection will have at most as many elements.
    pub length_max: Option<u64>,
}

impl Refinements {
    /// Just that it will not be null.
    pub fn not_null() -> Refinements {
        Refinements { not_null: true, ..Refinements::default() }
    }
}
