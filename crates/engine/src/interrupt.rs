//! The user's wish that it should stop.

use std::sync::Arc;

use tokio::sync::watch;

/// How urgently it should stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// Not at all.
    None,
    /// Finish what is under way, begin nothing new.
    Soon,
    /// Wait for nothing.
    Now,
}

/// A wish to stop, shared by who wishes and who works.
#[derive(Clone, Debug)]
pub struct Interrupt(Arc<watch::Sender<Urgency>>);

impl Default for Interrupt {
    fn default() -> Self {
        Interrupt(Arc::new(watch::channel(Urgency::None).0))
    }
}

impl Interrupt {
    /// Asks to stop, or more urgently.
    pub fn raise(&self, urgency: Urgency) {
        self.0.send_if_modified(|current| {
            let more = urgency > *current;
            *current = urgency.max(*current);
            more
        });
    }

    /// How urgent it is.
    pub fn urgency(&self) -> Urgency {
        *self.0.borrow()
    }

    /// Whether nothing new should begin.
    pub fn is_raised(&self) -> bool {
        self.urgency() > Urgency::None
    }

    /// Waits until it is at least so urgent.
    pub async fn reached(&self, urgency: Urgency) {
        let mut receiver = self.0.subscribe();
        // The sender lives as long as `self`.
        let _ = receiver.wait_for(|current| *current >= urgency).await;
    }
}
