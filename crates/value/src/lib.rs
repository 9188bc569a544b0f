//! Types and values: what configuration, state and providers speak of.
//!
//! A [`Value`] is null, unknown or known; each of them has a [`Type`]. Null is not unknown, and an
//! attribute that is absent is neither. An unknown value carries its type and what is known of it
//! all the same ([`Refinements`]). Any value at any depth may carry [`Marks`], which travel with
//! it. Values are immutable and cheap to clone.
//!
//! Invariant: nothing here knows of resources, providers or HCL syntax.

mod codec;
pub mod convert;
mod deep;
mod entries;
pub mod json;
mod mark;
mod memo;
pub mod msgpack;
mod number;
mod ops;
mod path;
#[cfg(test)]
mod properties;
mod refinement;
mod set;
mod ty;
mod type_names;
mod value;

pub use codec::CodecError;
pub use convert::{ConvertError, TypeDefaults, convert, unify, unify_unsafe};
pub use entries::Entries;
pub use mark::{Mark, Marks};
pub use number::{Float, Number};
pub use ops::{Elements, OpError};
pub use path::{Path, PathStep};
pub use refinement::{Refinements, safe_prefix};
pub use set::compare_elements;
pub use ty::{ObjectType, Type};
pub use value::{Kind, ListValue, MapValue, SetValue, UnknownValue, Value};

/// A shared immutable string in Unicode normal form C.
pub type Str = std::sync::Arc<str>;
