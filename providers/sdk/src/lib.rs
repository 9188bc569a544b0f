//! What a Rust provider is written with.
//!
//! A provider is a [`Provider`]: the schema of its configuration, how that becomes a client, and a
//! [`Catalog`] of what it offers. Each [`Resource`], [`DataSource`], [`EphemeralResource`] and
//! [`Function`] is a type of its own that works on [`Value`]s of its schema; a [`Managed`] resource
//! type and a [`Lookup`] work on a [`Model`], from which the schema is derived. [`serve`] does the
//! rest: the plugin handshake, mutual TLS, protocols 5 and 6, default planning by [`Rules`], logs.
//!
//! ```no_run
//! use groma_sdk::{Catalog, ConfigureRequest, Diagnostics, Provider, Serve, serve};
//!
//! struct Clock;
//!
//! #[groma_sdk::async_trait]
//! impl Provider for Clock {
//!     type Client = ();
//!     fn catalog(&self) -> Result<Catalog<()>, Diagnostics> {
//!         Ok(Catalog::new())
//!     }
//!     async fn configure(&self, _: &ConfigureRequest, _: &mut Diagnostics) -> Result<(), Diagnostics> {
//!         Ok(())
//!     }
//! }
//!
//! fn main() -> std::process::ExitCode {
//!     serve(Serve::new("registry.terraform.io/example/clock"), Clock)
//! }
//! ```
//!
//! Invariant: nothing of the engine, of configuration, plans or state.

// So that what is derived can name this crate in it, too.
#[allow(unused_extern_crates)]
extern crate self as groma_sdk;

mod context;
mod data_source;
mod ephemeral;
mod function;
mod host;
mod log;
pub mod model;
pub mod plan;
mod provider;
mod resource;
mod serve;
mod typed;

pub use async_trait::async_trait;
pub use bytes::Bytes;
pub use context::{Context, DeferredReason};
pub use data_source::DataSource;
pub use ephemeral::{EphemeralResource, Opened, Renewed};
pub use function::{Function, FunctionError};
pub use groma_diag::{AttributeStep, Diagnostic, Diagnostics, Severity};
pub use groma_schema as schema;

pub use groma_value as value;
pub use groma_value::Value;
pub use model::{Attr, Blocks, Model, Problems, Set};
pub use plan::{Plan, Rules};
pub use provider::{Catalog, ConfigureRequest, Provider};
pub use resource::{
    CreateRequest, ImportRequest, Imported, MoveRequest, PlanRequest, RawState, Resource,
    UpdateRequest,
};
pub use serve::{Serve, serve};
pub use typed::{Lookup, Managed, Planned};
