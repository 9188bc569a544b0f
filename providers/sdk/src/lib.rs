//! What a Rust provider is written with.
//!
//! A provider is a [`Provider`]: the schema of its configuration, how that becomes a client, and a
//! [`Catalog`] of what it offers. What it offers is written over models: structs that derive [`Model`],
//! from which schemas, defaults, planning and checks follow. [`serve`] does the rest: the plugin
//! handshake, mutual TLS, protocols 5 and 6, planning, logs, the end.
//!
//! | what | over models | over values |
//! |---|---|---|
//! | managed resource type | [`Managed`] | [`Resource`] |
//! | data source | [`Lookup`] | [`DataSource`] |
//! | list of existing objects | [`Lister`] | [`ListResource`] |
//! | ephemeral resource type | [`Ephemeral`] | [`EphemeralResource`] |
//! | action | [`Deed`] | [`Action`] |
//! | function | [`Callable`] | [`Function`] |
//!
//! Those over [`Value`]s are for what is known only at run time. This is a provider with a managed
//! resource type; `examples/notebook.rs` has one of everything.
//!
//! ```no_run
//! use std::collections::BTreeMap;
//! use std::sync::Mutex;
//!
//! use groma_sdk::model::checks::length;
//! use groma_sdk::{
//!     Attr, Catalog, ConfigureRequest, Context, Diagnostic, Diagnostics, Managed, Model, Provider,
//!     Serve, async_trait, serve,
//! };
//!
//! /// What is remembered.
//! type Memory = Mutex<BTreeMap<String, String>>;
//!
//! /// A word that is remembered for as long as the provider runs.
//! #[derive(Clone, Debug, Default, PartialEq, Model)]
//! struct Word {
//!     /// What it is found by.
//!     #[attr(computed)]
//!     id: Attr<String>,
//!     /// The word.
//!     #[attr(required, replace, check = length(1, 20))]
//!     word: Attr<String>,
//!     /// What it means.
//!     #[attr(optional, default = "nothing")]
//!     meaning: Attr<String>,
//! }
//!
//! struct WordResource;
//!
//! impl WordResource {
//!     fn remember(&self, cx: &Context<Memory>, word: Word) -> Result<Word, Diagnostics> {
//!         let mut memory =
//!             cx.client().lock().map_err(|_| Diagnostic::error("The memory is lost", ""))?;
//!         memory.insert(word.word.or_default(), word.meaning.or_default());
//!         Ok(Word { id: word.word.clone(), ..word })
//!     }
//! }
//!
//! #[async_trait]
//! impl Managed<Memory> for WordResource {
//!     type Model = Word;
//!
//!     fn name(&self) -> &'static str {
//!         "memory_word"
//!     }
//!
//!     async fn create(
//!         &self,
//!         cx: &Context<Memory>,
//!         _config: Word,
//!         planned: Word,
//!     ) -> Result<Word, Diagnostics> {
//!         self.remember(cx, planned)
//!     }
//!
//!     async fn read(&self, cx: &Context<Memory>, state: Word) -> Result<Option<Word>, Diagnostics> {
//!         let memory =
//!             cx.client().lock().map_err(|_| Diagnostic::error("The memory is lost", ""))?;
//!         let meaning = memory.get(state.word.text()).cloned();
//!         Ok(meaning.map(|meaning| Word { meaning: meaning.into(), ..state }))
//!     }
//!
//!     async fn update(
//!         &self,
//!         cx: &Context<Memory>,
//!         _prior: Word,
//!         _config: Word,
//!         planned: Word,
//!     ) -> Result<Word, Diagnostics> {
//!         self.remember(cx, planned)
//!     }
//!
//!     async fn delete(&self, cx: &Context<Memory>, prior: Word) -> Result<(), Diagnostics> {
//!         if let Ok(mut memory) = cx.client().lock() {
//!             memory.remove(prior.word.text());
//!         }
//!         Ok(())
//!     }
//! }
//!
//! struct MemoryProvider;
//!
//! #[async_trait]
//! impl Provider for MemoryProvider {
//!     type Client = Memory;
//!
//!     fn catalog(&self) -> Result<Catalog<Memory>, Diagnostics> {
//!         Ok(Catalog::new().managed(WordResource))
//!     }
//!
//!     async fn configure(
//!         &self,
//!         _request: &ConfigureRequest,
//!         _warnings: &mut Diagnostics,
//!     ) -> Result<Memory, Diagnostics> {
//!         Ok(Memory::default())
//!     }
//! }
//!
//! fn main() -> std::process::ExitCode {
//!     serve(Serve::new("registry.terraform.io/example/memory"), MemoryProvider)
//! }
//! ```
//!
//! What protocol 5 cannot say, which is nested attributes, is refused where an engine speaks nothing
//! newer. Not offered, and refused with an error that says so: generated configuration, for engines
//! generate it themselves, and state stores.
//!
//! Invariant: nothing of the engine, of configuration, plans or state.

// So that what is derived can name this crate in it, too.
#[allow(unused_extern_crates)]
extern crate self as groma_sdk;

mod action;
mod context;
mod data_source;
mod ephemeral;
mod function;
mod host;
mod list;
mod log;
pub mod model;
pub mod plan;
mod provider;
mod resource;
mod serve;
mod stored;
mod typed;

pub use action::{Action, Progress};
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
pub use list::{Found, ListResource, Listed};
pub use model::{Attr, Blocks, Model, Problems, Set};
pub use plan::{Plan, Rules};
pub use provider::{Catalog, ConfigureRequest, Provider};
pub use resource::{
    CreateRequest, ImportRequest, Imported, MoveRequest, PlanRequest, RawState, Resource,
    UpdateRequest,
};
pub use serve::{Serve, serve};
pub use typed::{
    Callable, Deed, Ephemeral, Lister, Listing, Lookup, Managed, Opening, Planned, Renewal,
};
