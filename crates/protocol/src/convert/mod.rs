//! Between wire messages and the engine's types, in both directions.

mod diagnostic;
mod function;
mod schema;
mod v5;
mod value;

#[cfg(test)]
mod tests;

pub use diagnostic::{
    attribute_path_from_wire, attribute_path_to_wire, diagnostic_to_wire, diagnostics_from_wire,
    diagnostics_to_wire, value_path_from_wire, value_path_to_wire,
};
pub use function::{function_from_wire, function_to_wire};
pub use schema::{
    capabilities_from_wire, capabilities_to_wire, identity_from_wire, identity_to_wire,
    schema_from_wire, schema_to_wire,
};
pub use v5::{schema_from_v5, schema_to_v5};
pub use value::{decode_value, encode_value, type_from_json, type_to_json};

/// Why a message cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConvertError {
    /// The names on the way to the part that is wrong, outermost first.
    pub place: Vec<String>,
    /// What is wrong there.
    pub reason: String,
}

impl ConvertError {
    fn new(reason: impl Into<String>) -> ConvertError {
        ConvertError { place: Vec::new(), reason: reason.into() }
    }

    fn inside(mut self, name: &str) -> ConvertError {
        self.place.insert(0, name.to_owned());
        self
    }
}

impl std::fmt::Display for ConvertError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.place.is_empty() {
            write!(f, "{}: ", self.place.join("."))?;
        }
        f.write_str(&self.reason)
    }
}
