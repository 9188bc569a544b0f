//! The state that the engine works on, shared with whoever saves it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use groma_addrs::{AbsProviderConfig, AbsResourceInstance, DeposedKey};
use groma_state::{Object, State};

/// A change of the state that has just been made: what a journal would keep.
#[derive(Clone, Debug)]
pub struct Record<'a> {
    /// The instance.
    pub addr: &'a AbsResourceInstance,
    /// Which deposed object; `None` for the current one.
    pub deposed: Option<&'a DeposedKey>,
    /// The provider configuration that manages it.
    pub provider: &'a AbsProviderConfig,
    /// The object as it is now; `None` if it is gone.
    pub object: Option<&'a Arc<Object>>,
}

/// Who is told of each change of the state, in the order in which they happen. The call should
/// cost no more than the size of the record; it comes before the engine goes on.
pub trait StateSink: Send + Sync {
    /// The state has changed.
    fn record(&self, record: Record<'_>);
}

/// Nobody is told.
pub struct Unrecorded;

impl StateSink for Unrecorded {
    fn record(&self, _: Record<'_>) {}
}

/// A state that several tasks change and another saves now and then.
#[derive(Clone)]
pub struct SharedState {
    state: Arc<Mutex<State>>,
    sink: Arc<dyn StateSink>,
}

impl SharedState {
    /// Shares a state; `sink` is told of its changes.
    pub fn new(state: State, sink: Arc<dyn StateSink>) -> SharedState {
        SharedState { state: Arc::new(Mutex::new(state)), sink }
    }

    /// The state as it is now.
    pub fn snapshot(&self) -> State {
        self.lock().clone()
    }

    /// Looks at the state.
    pub fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.lock())
    }

    /// Changes what is not an object: outputs and check results.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.lock())
    }

    /// Puts, or takes away, an instance's current object.
    pub(crate) fn set_current(
        &self,
        addr: &AbsResourceInstance,
        provider: &AbsProviderConfig,
        object: Option<Arc<Object>>,
    ) {
        self.lock().set_current(addr, provider, object.clone());
        let object = object.as_ref();
        self.sink.record(Record { addr, deposed: None, provider, object });
    }

    /// Puts, or takes away, a deposed object of an instance.
    pub(crate) fn set_deposed(
        &self,
        addr: &AbsResourceInstance,
        key: &DeposedKey,
        provider: &AbsProviderConfig,
        object: Option<Arc<Object>>,
    ) {
        self.lock().set_deposed(addr, key, provider, object.clone());
        let object = object.as_ref();
        self.sink.record(Record { addr, deposed: Some(key), provider, object });
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change is whole when the lock is given back, so that the state is sound even if a
        // task panicked elsewhere.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
