//! Keeping the state safe while it changes.
//!
//! A task writes snapshots to where the state is kept: soon after a change if the last snapshot was
//! some time ago, at the end, and when the user interrupts. Writing a large state often would take
//! more time than what it guards, so the pause grows with the time that a snapshot takes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use groma_backend::{Persister, Written, emergency};
use groma_diag::{Diagnostic, Diagnostics};
use groma_engine::{Interrupt, Record, SharedState, StateSink, Urgency};
use groma_state::State;
use tokio::sync::{Mutex, Notify, oneshot};
use tokio::task::JoinHandle;

/// No snapshots in shorter succession than this.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);

/// The pause between two snapshots is so many times the time that one took.
const PAUSE_PER_COST: u32 = 20;

/// No snapshots to places behind a network in shorter succession than this.
const SHORTEST_REMOTE_PAUSE: Duration = Duration::from_secs(20);

/// Knows whether there is something new.
#[derive(Default)]
struct Changes {
    some: AtomicBool,
    notify: Notify,
}

impl StateSink for Changes {
    fn record(&self, _: Record<'_>) {
        if !self.some.swap(true, Ordering::AcqRel) {
            self.notify.notify_one();
        }
    }
}

/// Writes a state while it changes.
pub(crate) struct Keeper {
    state: SharedState,
    persister: Arc<Mutex<Persister>>,
    end: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Keeper {
    /// Shares a state, and writes it from now on.
    pub(crate) fn start(
        state: State,
        persister: Persister,
        remote: bool,
        interrupt: Interrupt,
    ) -> Keeper {
        let changes = Arc::new(Changes::default());
        let state = SharedState::new(state, changes.clone());
        let persister = Arc::new(Mutex::new(persister));
        let (end, ended) = oneshot::channel();
        let writer = Writer {
            state: state.clone(),
            persister: persister.clone(),
            changes,
            interrupt,
            pause: if remote { SHORTEST_REMOTE_PAUSE } else { SHORTEST_PAUSE },
        };
        let task = tokio::spawn(writer.run(ended));
        Keeper { state, persister, end, task }
    }

    /// The state.
    pub(crate) fn state(&self) -> &SharedState {
        &self.state
    }

    /// Writes the state for the last time. If that is not possible, it goes into a file in the
    /// working directory.
    pub(crate) async fn finish(self) -> (Persister, Diagnostics) {
        // The task may have ended before.
        let _ = self.end.send(());
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the task that writes snapshots failed");
        }
        let state = self.state.snapshot();
        let mut persister = self.persister.lock().await;
        let result = persister.persist(&state).await;
        let diagnostics = match result {
            Ok(Written::Snapshot | Written::Nothing) => Diagnostics::new(),
            Err(error) => rescue(&persister, &state, error.into()),
        };
        let store = persister.store().clone();
        (std::mem::replace(&mut *persister, Persister::new(store)), diagnostics)
    }
}

/// Writes a state that its backend did not take to a file. Says how to go on.
pub(crate) fn rescue(persister: &Persister, state: &State, why: Diagnostic) -> Diagnostics {
    let why = Diagnostic {
        summary: "Failed to save state".into(),
        detail: format!("Error saving state: {}: {}", why.summary, why.detail),
        ..why
    };
    let mut diagnostics = Diagnostics::from(why);
    let file = persister.next(state);
    match emergency::write(
        std::path::Path::new("."),
        &file,
        &persister.store().sealing(),
    ) {
        Ok(path) => {
            let path = path.strip_prefix(".").unwrap_or(&path).display().to_string();
            diagnostics.error(
                "Failed to persist state to backend",
                format!(
                    "The error shown above has prevented Groma from writing the updated state to the configured backend. To allow for recovery, the state has been written to the file {path:?} in the current working directory.\n\nRunning \"groma apply\" again at this point will create a forked state, making it harder to recover.\n\nTo retry writing this state, use the following command:\n    groma state push {path}"
                ),
            );
        }
        Err(error) => diagnostics.error(
            "Failed to create local state file",
            format!(
                "The state could not be written to a local file either: {}\n\nThe objects that were created or changed are known nowhere but on this screen and at their providers. Note them down before you go on.",
                error.detail
            ),
        ),
    }
    diagnostics
}

struct Writer {
    state: SharedState,
    persister: Arc<Mutex<Persister>>,
    changes: Arc<Changes>,
    interrupt: Interrupt,
    pause: Duration,
}

impl Writer {
    async fn run(self, mut end: oneshot::Receiver<()>) {
        let mut last = Instant::now();
        let mut cost = Duration::ZERO;
        let mut interrupted = false;
        loop {
            let changed = async {
                self.changes.notify.notified().await;
                let pause = self.pause.max(cost * PAUSE_PER_COST);
                tokio::time::sleep(pause.saturating_sub(last.elapsed())).await;
            };
            tokio::select! {
                () = changed => {}
                () = self.interrupt.reached(Urgency::Soon), if !interrupted => interrupted = true,
                _ = &mut end => return,
            }
            let started = Instant::now();
            self.snapshot().await;
            last = Instant::now();
            cost = last - started;
        }
    }

    async fn snapshot(&self) {
        self.changes.some.store(false, Ordering::Release);
        let state = self.state.snapshot();
        if let Err(error) = self.persister.lock().await.persist(&state).await {
            // The last snapshot matters: if that fails too, the user is told.
            tracing::warn!(%error, "a snapshot of the state could not be written");
        }
    }
}
