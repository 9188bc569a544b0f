//! Schemas: what a block may contain, and the decoding of bodies by them.
//!
//! A [`Block`] lists attributes and nested blocks. It implies an object type
//! ([`Block::implied_type`]): what a body that conforms to it decodes to ([`decode`]).
//!
//! Invariant: no protobuf types; no knowledge of what a block means.

mod block;
mod conform;
mod decode;
mod filter;
mod marks;
mod provider;
mod traversal;
mod type_constraint;

pub use block::{Attribute, AttributeType, Block, NestedBlock, NestedObject, Nesting, TextKind};
pub use conform::ConformError;
pub use decode::{check_body, decode, function_calls, range_at, references, written};
pub use provider::{
    FunctionParameter, FunctionSignature, IdentityAttribute, IdentitySchema, ProviderSchemas,
    Schema, SchemaSet, ServerCapabilities,
};
pub use type_constraint::parse_type_constraint;
