//! Interrupts, for tasks that must clean up after themselves.
//!
//! A terminal sends Ctrl-C to every program of the foreground. The one that the task runs ends in
//! its own way; the task notes the interrupt, waits for that end, and then stops what it started.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail};
use signal_hook::consts::{SIGINT, SIGTERM};

/// Whether the task was interrupted.
#[derive(Clone)]
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Notes interrupts from now on, instead of dying of them.
    pub(crate) fn watch() -> Result<Interrupt> {
        let flag = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            signal_hook::flag::register(signal, Arc::clone(&flag))
                .context("interrupts cannot be watched")?;
        }
        Ok(Interrupt(flag))
    }

    /// Whether there was one.
    pub(crate) fn came(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Fails if there was one.
    pub(crate) fn check(&self) -> Result<()> {
        if self.came() {
            bail!("interrupted");
        }
        Ok(())
    }
}
