//! Addresses: what things in a configuration, a plan and a state are called.
//!
//! An address is an immutable, ordered, cheaply cloned type; `Display` gives the text that users
//! know and [`parse`] takes it back. Config addresses ([`Module`], [`ConfigResource`]) name what is
//! written; absolute ones ([`ModuleInstance`], [`AbsResourceInstance`]) name what it expands to.
//!
//! Invariant: no look-ups in state or configuration.

mod action;
mod module;
mod package;
pub mod parse;
mod provider;
mod reference;
mod resource;
mod target;
pub mod version;

pub use action::{AbsActionInstance, Action, ActionEvent, ConfigAction};
pub use module::{InstanceKey, Module, ModuleInstance, ModuleStep};
pub use package::{PackageAddress, PackageAddressError};
pub use provider::{AbsProviderConfig, LocalProviderConfig, Provider};
pub use reference::{ProviderFunction, Reference, Referenceable, parts_from_traversal};
pub use resource::{
    AbsOutputValue, AbsResource, AbsResourceInstance, ConfigResource, DeposedKey, Resource,
    ResourceMode,
};
pub use target::Target;
