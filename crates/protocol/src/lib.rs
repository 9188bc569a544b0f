//! The wire messages of plugin protocols 5 and 6, and their conversion to and from what the engine
//! and providers speak of.
//!
//! The messages are compiled from the definitions in `proto/`. The two protocols share most of
//! them: [`tfplugin5`] holds only what differs, and its services take and give the messages of
//! [`tfplugin6`]. Protocol 5's schemas are converted through protocol 6's, which can say all that
//! they can.
//!
//! [`tls`] is how the two ends trust each other.
//!
//! Invariant: nothing here launches, connects or serves.

pub mod convert;
pub mod tls;

/// Protocol 5: the services, and the messages that differ from protocol 6.
#[allow(missing_docs, unreachable_pub, clippy::all, rustdoc::all)]
pub mod tfplugin5 {
    tonic::include_proto!("tfplugin5");
}

/// Protocol 6.
#[allow(missing_docs, unreachable_pub, clippy::all, rustdoc::all)]
pub mod tfplugin6 {
    tonic::include_proto!("tfplugin6");
}

/// The services with which plugin and host manage each other.
#[allow(missing_docs, unreachable_pub, clippy::all, rustdoc::all)]
pub mod goplugin {
    tonic::include_proto!("plugin");
}

/// The health check.
#[allow(missing_docs, unreachable_pub, clippy::all, rustdoc::all)]
pub mod health {
    tonic::include_proto!("grpc.health.v1");
}

/// The metadata of a call by which an engine tells apart several configurations of a provider in one
/// process, where it knows that the plugin can: Groma's native ones do. Calls without it are for a
/// configuration of their own, so that other engines need not know of it.
pub const CONFIGURATION_KEY: &str = "groma-configuration";

/// The name and the value of the environment variable by which a plugin knows that it was started
/// as one, and not by hand.
pub const MAGIC_COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");

/// The version of the handshake itself: the first field of a plugin's first line.
pub const CORE_PROTOCOL: u32 = 1;

/// The largest message that either side takes.
pub const MAX_MESSAGE_BYTES: usize = 256 << 20;
