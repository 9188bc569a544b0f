//! Ctrl-C and its kin: once asks to stop soon, twice to stop at once.

use groma_engine::{Interrupt, Urgency};
use tokio::signal::unix::{SignalKind, signal};

use crate::ui::Ui;

const FIRST: &str = "
Interrupt received.
Please wait for Groma to exit or data loss may occur.
Gracefully shutting down...
";

const SECOND: &str = "
Two interrupts received. Exiting immediately. Note that data loss may have occurred.
";

/// Passes the user's wishes on from now on.
pub(crate) fn listen(interrupt: Interrupt, ui: Ui) {
    let signals = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    let (Ok(mut interrupted), Ok(mut terminated)) = signals else {
        // The process then ends at once, as if nobody had listened.
        tracing::warn!("signals cannot be caught");
        return;
    };
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = interrupted.recv() => {}
                _ = terminated.recv() => {}
            }
            match interrupt.urgency() {
                Urgency::None => {
                    // What comes of it is said after this.
                    ui.interrupted(FIRST);
                    interrupt.raise(Urgency::Soon);
                }
                Urgency::Soon => {
                    ui.interrupted(SECOND);
                    interrupt.raise(Urgency::Now);
                }
                Urgency::Now => {}
            }
        }
    });
}
