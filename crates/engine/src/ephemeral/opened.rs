//! Ephemeral resources that are open.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use groma_addrs::{AbsResourceInstance, ConfigResource};
use groma_diag::Diagnostics;
use groma_provider::{OpenEphemeralResponse, Private, Provider};
use groma_value::Str;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::event::{EphemeralStep, Event, EventSink, Stage};

/// Waits for points in time. The engine has no clock of its own.
#[async_trait]
pub trait Alarm: Send + Sync {
    /// Waits until it is so many seconds since the Unix epoch; for a time in the past, a little
    /// while, so that whoever keeps asking for such a time is slowed down.
    async fn at(&self, seconds: i64);
}

/// Never rings.
pub(crate) struct Silent;

#[async_trait]
impl Alarm for Silent {
    async fn at(&self, _: i64) {
        std::future::pending().await
    }
}

/// Pins a provider's diagnostics to the source of a resource.
pub(crate) type Placing = Box<dyn Fn(Diagnostics) -> Diagnostics + Send + Sync>;

/// An ephemeral resource instance that is open.
pub(crate) struct Opened {
    addr: AbsResourceInstance,
    ty: Str,
    place: Placing,
    provider: Arc<dyn Provider>,
    events: Arc<dyn EventSink>,
    private: Private,
    renewal: Option<(oneshot::Sender<()>, JoinHandle<(Private, Diagnostics)>)>,
}

impl Opened {
    /// One that has just been opened. It is renewed from now on.
    pub(crate) fn new(
        addr: AbsResourceInstance,
        place: Placing,
        provider: Arc<dyn Provider>,
        answer: &OpenEphemeralResponse,
        alarm: Arc<dyn Alarm>,
        events: Arc<dyn EventSink>,
    ) -> Opened {
        let ty = addr.resource.resource.ty.clone();
        let private = answer.private.clone();
        let renewal = answer.renew_at.map(|at| {
            let (stop, stopped) = oneshot::channel();
            let renewer = Renewer {
                addr: addr.clone(),
                ty: ty.clone(),
                provider: provider.clone(),
                events: events.clone(),
                alarm,
                private: private.clone(),
            };
            (stop, tokio::spawn(renewer.run(at, stopped)))
        });
        Opened { addr, ty, place, provider, events, private, renewal }
    }

    /// Ends the renewals and closes it.
    pub(crate) async fn close(self) -> Diagnostics {
        let Opened { addr, ty, place, provider, events, mut private, renewal } = self;
        let mut diagnostics = Diagnostics::new();
        if let Some((stop, task)) = renewal {
            // It may have ended by itself.
            let _ = stop.send(());
            if let Ok((renewed, found)) = task.await {
                private = renewed;
                diagnostics.extend(found);
            }
        }
        let step = EphemeralStep::Close;
        events.event(Event::Ephemeral { addr: &addr, step, stage: Stage::Start });
        let found = provider.close_ephemeral(&ty, &private).await;
        let stage = if found.has_errors() { Stage::Errored } else { Stage::Complete };
        events.event(Event::Ephemeral { addr: &addr, step, stage });
        diagnostics.extend(found);
        place(diagnostics)
    }
}

struct Renewer {
    addr: AbsResourceInstance,
    ty: Str,
    provider: Arc<dyn Provider>,
    events: Arc<dyn EventSink>,
    alarm: Arc<dyn Alarm>,
    private: Private,
}

impl Renewer {
    /// Renews whenever it is time, until told to stop, not to come back, or failing. What is under
    /// way is finished: the answer has what closing needs.
    async fn run(
        mut self,
        first: i64,
        mut stopped: oneshot::Receiver<()>,
    ) -> (Private, Diagnostics) {
        let mut diagnostics = Diagnostics::new();
        let mut next = Some(first);
        while let Some(at) = next.take() {
            tokio::select! {
                _ = &mut stopped => break,
                () = self.alarm.at(at) => {}
            }
            let (addr, step) = (&self.addr, EphemeralStep::Renew);
            self.events.event(Event::Ephemeral { addr, step, stage: Stage::Start });
            let (answer, found) = self.provider.renew_ephemeral(&self.ty, &self.private).await;
            let failed = found.has_errors();
            let stage = if failed { Stage::Errored } else { Stage::Complete };
            self.events.event(Event::Ephemeral { addr, step, stage });
            diagnostics.extend(found);
            if let Some(answer) = answer.filter(|_| !failed) {
                self.private = answer.private;
                next = answer.renew_at;
            }
        }
        (self.private, diagnostics)
    }
}

/// All that are open, by their resources.
#[derive(Default)]
pub(crate) struct OpenedSet(Mutex<HashMap<ConfigResource, Vec<Opened>>>);

impl OpenedSet {
    /// Adds one.
    pub(crate) fn add(&self, opened: Opened) {
        self.lock().entry(opened.addr.resource.config()).or_default().push(opened);
    }

    /// Closes the instances of a resource.
    pub(crate) async fn close(&self, addr: &ConfigResource) -> Diagnostics {
        let all = self.lock().remove(addr).unwrap_or_default();
        close_all(all).await
    }

    /// Closes whatever is open.
    pub(crate) async fn close_all(&self) -> Diagnostics {
        let mut all: Vec<Opened> =
            std::mem::take(&mut *self.lock()).into_values().flatten().collect();
        all.sort_by(|a, b| a.addr.cmp(&b.addr));
        close_all(all).await
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<ConfigResource, Vec<Opened>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn close_all(all: Vec<Opened>) -> Diagnostics {
    let found = futures::future::join_all(all.into_iter().map(Opened::close)).await;
    found.into_iter().flatten().collect()
}
