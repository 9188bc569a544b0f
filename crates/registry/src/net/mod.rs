//! What registries and packages on the network are reached with.

mod client;
mod credentials;
mod dial;
mod discovery;
mod netrc;

pub use client::{HttpClient, HttpSettings};
pub(crate) use client::{HttpError, Request, Response};
pub(crate) use credentials::HostCredentials;
pub(crate) use discovery::{DiscoveryError, Services};
pub(crate) use netrc::{Netrc, basic};
