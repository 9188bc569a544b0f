//! Values as MessagePack, in the form in which they go to and from plugins.
//!
//! Unknown values are extensions, with what is known of them; in places of open type the value goes
//! with its own type. This is the object wire format of the plugin protocol.

mod decode;
mod encode;
#[cfg(test)]
mod tests;
mod wire;

pub use decode::decode;
pub use encode::{encode, encode_into};

/// The extension of an unknown value of which something is known.
const REFINED: i8 = 12;

/// What is known of an unknown value, as keys of the map in that extension.
mod refinement {
    pub(super) const IS_NULL: i64 = 1;
    pub(super) const PREFIX: i64 = 2;
    pub(super) const NUMBER_MIN: i64 = 3;
    pub(super) const NUMBER_MAX: i64 = 4;
    pub(super) const LENGTH_MIN: i64 = 5;
    pub(super) const LENGTH_MAX: i64 = 6;
}
