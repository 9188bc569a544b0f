//! The provisioners: `local-exec` runs a command on this machine, `remote-exec` scripts on another,
//! and `file` copies files there, both over SSH.
//!
//! Each implements [`groma_provider::Provisioner`]. What they run is ended when they are asked to
//! stop, and killed if it does not end soon.
//!
//! Invariants: nothing of the engine, of configuration, plans or state; nothing printed: what is
//! said goes to [`groma_provider::ProvisionOutput`].

mod file;
mod lines;
mod local_exec;
mod quote;
mod remote_exec;
mod ssh;

use std::path::PathBuf;
use std::sync::Arc;

use groma_provider::{Provisioner, Provisioners};
use groma_value::Str;

/// What provisioners have to know of this machine.
#[derive(Clone, Debug, Default)]
pub struct Machine {
    /// The socket of the SSH agent: `SSH_AUTH_SOCK`.
    pub ssh_agent: Option<PathBuf>,
    /// The home folder.
    pub home: Option<PathBuf>,
}

/// All of them.
pub fn all(machine: Machine) -> Provisioners {
    let local_exec: Arc<dyn Provisioner> = Arc::new(local_exec::LocalExec::new());
    let file: Arc<dyn Provisioner> = Arc::new(file::CopyFile::new(machine.clone()));
    let remote_exec: Arc<dyn Provisioner> = Arc::new(remote_exec::RemoteExec::new(machine));
    let all = [("file", file), ("local-exec", local_exec), ("remote-exec", remote_exec)];
    Provisioners::new(all.map(|(name, provisioner)| (Str::from(name), provisioner)))
}
