//! Provider plugins: programs that are launched, shaken hands with, and spoken to over gRPC.
//!
//! A [`Plugin`] is an installed provider; a [`PluginProvider`] is one process of it, started when it
//! is first needed, and implements [`groma_provider::Provider`]. Nothing above this crate knows
//! which protocol a plugin speaks. Schemas come from a cache on disk, where they are there, and
//! then no process is needed to look at them.
//!
//! A process ends with the provider it belongs to: asked to by [`groma_provider::Provider::close`],
//! killed when the provider is dropped. One process of a native plugin serves all providers of that
//! plugin, each a configuration of its own, and ends with the last of them.
//!
//! Invariant: no planning rules, nothing about state; what a plugin says is decoded, and not judged.

mod actions;
mod answer;
mod cache;
mod connect;
mod connection;
mod error;
mod guard;
mod handshake;
mod index;
mod list;
mod method;
mod output;
mod plugin;
mod process;
mod provider;
mod reattach;
mod resources;
mod schemas;
mod shared;
mod tls;

pub use cache::SchemaCache;
pub use error::StartError;
pub use guard::become_guarded;
pub use handshake::{Address, Handshake, HandshakeError, Protocol};
pub use plugin::{Plugin, PluginProvider};
pub use process::Launch;
pub use reattach::{Reattach, ReattachError, parse_reattach};
pub use schemas::PluginSchemas;
