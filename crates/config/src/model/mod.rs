//! What a configuration consists of, as it is written: expressions and bodies are kept undecoded,
//! each with its place in the source.

mod action;
mod blocks;
mod call;
mod module;
mod resource;
mod values;

pub use action::{Action, ActionFailure, ActionRef, ActionTrigger, List};
pub use blocks::{Check, Import, ImportTarget, Moved, MovedTarget, Removed, RemovedTarget};
pub use call::{
    ModuleCall, ModuleSource, PassedProvider, ProviderConfig, ProviderRef, RegistrySource,
};
pub use module::{
    Backend, Cloud, Module, ProviderMeta, RequiredProvider, RequiredVersion, Unread,
    VersionRequirement,
};
pub use resource::{
    CheckRule, Connection, IgnoreChanges, Lifecycle, OnFailure, Provisioner, ProvisionerWhen,
    Resource,
};
pub use values::{Local, Output, ParsingMode, Variable};
