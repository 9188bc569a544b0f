//! The provisioners: `local-exec` runs a command on this machine.
//!
//! Each implements [`groma_provider::Provisioner`]. What they run is ended when they are asked to
//! stop, and killed if it does not end soon.
//!
//! Invariants: nothing of the engine, of configuration, plans or state; nothing printed: what is
//! said goes to [`groma_provider::ProvisionOutput`].

mod lines;
mod local_exec;
mod quote;

use std::sync::Arc;

use groma_provider::{Provisioner, Provisioners};

/// All of them.
pub fn all() -> Provisioners {
    let local_exec: Arc<dyn Provisioner> = Arc::new(local_exec::LocalExec::new());
    Provisioners::new([("local-exec".into(), local_exec)])
}
