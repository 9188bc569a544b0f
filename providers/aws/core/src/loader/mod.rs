//! Reads that arrive together become one call.
//!
//! A refresh asks for many objects of a kind, one by one. A [`Loader`] gathers the keys that are
//! asked for within a few milliseconds and asks the service for all of them in one call; each
//! asker gets its own. While as many calls are under way as are allowed, further keys gather, so
//! that a service that is slow is asked for more at a time.
//!
//! A read never gets what was read before it was asked for: it joins only a call that has not begun.
//!
//! Engines ask for few objects at a time, ten as a rule, however many there are. So a loader may have
//! a [`Sweep`]: once it is asked for many objects in short order, it lists all there are, and answers
//! from that for some seconds. It does so only while this process has changed nothing, which is
//! when engines refresh; whoever has changed something reads what is there then.

mod sweep;
#[cfg(test)]
mod tests;

use std::any::Any;
use std::collections::HashMap;
use std::fmt::Debug;
use std::future::Future;
use std::hash::Hash;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore, oneshot};
use tokio::time::Instant;

use crate::Error;
use sweep::Sweep;

pub(crate) use sweep::Changes;

type Fetched<K, V> = Pin<Box<dyn Future<Output = Result<HashMap<K, V>, Error>> + Send>>;
type Fetch<K, V> = dyn Fn(Vec<K>) -> Fetched<K, V> + Send + Sync;

/// How many calls of one loader are under way at a time.
const CALLS: usize = 4;

/// How long nothing more must have arrived before a call begins.
const QUIET: Duration = Duration::from_millis(3);

/// How long a key waits for others at most.
const PATIENCE: Duration = Duration::from_millis(15);

/// Gathers reads of single objects into calls for many. Cheap to clone.
pub struct Loader<K, V>(Arc<Inner<K, V>>);

impl<K, V> Clone for Loader<K, V> {
    fn clone(&self) -> Self {
        Loader(self.0.clone())
    }
}

struct Inner<K, V> {
    fetch: Box<Fetch<K, V>>,
    /// How many keys one call takes.
    most: usize,
    calls: Arc<Semaphore>,
    waiting: Mutex<Waiting<K, V>>,
    /// Tells the gatherer that a call is full.
    full: Notify,
    sweep: Option<Sweep<K, V>>,
}

struct Waiting<K, V> {
    askers: Vec<(K, Asker<V>)>,
    /// Whether a task is gathering.
    gathering: bool,
    latest: Instant,
}

type Asker<V> = oneshot::Sender<Result<Option<V>, Error>>;

impl<K, V> Loader<K, V>
where
    K: Clone + Debug + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// A loader that asks by `fetch` for at most `most` keys at a time. What is missing from its
    /// answer does not exist.
    ///
    /// `fetch` reads all pages of the answer. It must not hold an [`crate::Aws`], which holds the
    /// loader; a service's client is what it needs.
    pub fn new<F, Fut>(most: usize, fetch: F) -> Loader<K, V>
    where
        F: Fn(Vec<K>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<HashMap<K, V>, Error>> + Send + 'static,
    {
        Loader::made(most, fetch, None)
    }

    /// A loader that also lists all objects by `list` when it is asked for many. Objects that the
    /// list lacks are asked for by `fetch`, so that it need not be complete.
    pub(crate) fn sweeping<F, Fut, L, All>(
        most: usize,
        changes: Changes,
        fetch: F,
        list: L,
    ) -> Loader<K, V>
    where
        F: Fn(Vec<K>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<HashMap<K, V>, Error>> + Send + 'static,
        L: Fn() -> All + Send + Sync + 'static,
        All: Future<Output = Result<HashMap<K, V>, Error>> + Send + 'static,
    {
        let sweep = Sweep::new(changes, Box::new(move || Box::pin(list())));
        Loader::made(most, fetch, Some(sweep))
    }

    fn made<F, Fut>(most: usize, fetch: F, sweep: Option<Sweep<K, V>>) -> Loader<K, V>
    where
        F: Fn(Vec<K>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<HashMap<K, V>, Error>> + Send + 'static,
    {
        Loader(Arc::new(Inner {
            fetch: Box::new(move |keys| Box::pin(fetch(keys))),
            sweep,
            most: most.max(1),
            calls: Arc::new(Semaphore::new(CALLS)),
            waiting: Mutex::new(Waiting {
                askers: Vec::new(),
                gathering: false,
                latest: Instant::now(),
            }),
            full: Notify::new(),
        }))
    }

    /// The object of a key, read after this was called; `None` if there is none.
    pub async fn load(&self, key: K) -> Result<Option<V>, Error> {
        let (asker, answer) = oneshot::channel();
        let begin = {
            let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.askers.push((key, asker));
            waiting.latest = Instant::now();
            if waiting.askers.len() >= self.0.most {
                self.0.full.notify_one();
            }
            !std::mem::replace(&mut waiting.gathering, true)
        };
        if begin {
            tokio::spawn(gather(self.0.clone()));
        }
        answer.await.unwrap_or_else(|_| Err(Error::stopped("a read of several objects")))
    }
}

/// Begins calls until nobody waits.
async fn gather<K, V>(inner: Arc<Inner<K, V>>)
where
    K: Clone + Debug + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    loop {
        settle(&inner).await;
        // Further keys gather while all calls are taken. The semaphore is never closed.
        let Ok(permit) = inner.calls.clone().acquire_owned().await else { return };
        let Some(askers) = take(&inner) else { return };
        let inner = inner.clone();
        tokio::spawn(async move {
            call(&inner, askers).await;
            drop(permit);
        });
    }
}

/// Waits until no more keys arrive, or enough have.
async fn settle<K, V>(inner: &Inner<K, V>) {
    let end = Instant::now() + PATIENCE;
    loop {
        let (count, latest) = {
            let waiting = inner.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            (waiting.askers.len(), waiting.latest)
        };
        let until = (latest + QUIET).min(end);
        if count >= inner.most || Instant::now() >= until {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep_until(until) => {}
            () = inner.full.notified() => {}
        }
    }
}

/// The askers of the next call; `None` if there are none, and then nobody gathers any more.
fn take<K: Eq + Hash + Clone, V>(inner: &Inner<K, V>) -> Option<HashMap<K, Vec<Asker<V>>>> {
    let mut waiting = inner.waiting.lock().unwrap_or_else(PoisonError::into_inner);
    let mut askers: HashMap<K, Vec<Asker<V>>> = HashMap::new();
    let mut rest = Vec::new();
    for (key, asker) in std::mem::take(&mut waiting.askers) {
        // Who was cancelled waits no more.
        if asker.is_closed() {
            continue;
        }
        if askers.len() >= inner.most && !askers.contains_key(&key) {
            rest.push((key, asker));
        } else {
            askers.entry(key).or_default().push(asker);
        }
    }
    waiting.askers = rest;
    if askers.is_empty() {
        waiting.gathering = false;
        return None;
    }
    Some(askers)
}

async fn call<K, V>(inner: &Inner<K, V>, askers: HashMap<K, Vec<Asker<V>>>)
where
    K: Clone + Debug + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    let mut keys: Vec<K> = askers.keys().cloned().collect();
    let mut answers = match &inner.sweep {
        Some(sweep) => sweep.answers(&mut keys).await,
        None => HashMap::new(),
    };
    if !keys.is_empty() {
        answers.extend(fetch(inner, keys).await);
    }
    #[expect(clippy::iter_over_hash_type, reason = "everybody gets an answer, in whatever order")]
    for (key, askers) in askers {
        let answer = answers.remove(&key).unwrap_or(Ok(None));
        for asker in askers {
            // Who was cancelled meanwhile waits no more.
            let _ = asker.send(answer.clone());
        }
    }
}

/// Asks for all keys; where the service refuses the call because of some of them, in halves, until
/// those are alone.
async fn fetch<K, V>(inner: &Inner<K, V>, keys: Vec<K>) -> HashMap<K, Result<Option<V>, Error>>
where
    K: Clone + Debug + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    let mut answers = HashMap::new();
    let mut todo = vec![keys];
    while let Some(mut keys) = todo.pop() {
        match (inner.fetch)(keys.clone()).await {
            Ok(mut found) => {
                answers.extend(keys.into_iter().map(|k| {
                    let value = found.remove(&k);
                    (k, Ok(value))
                }));
            }
            Err(error) if keys.len() > 1 && is_of_some_keys(&error) => {
                tracing::debug!(keys = keys.len(), code = error.code(), "reading by halves");
                todo.push(keys.split_off(keys.len() / 2));
                todo.push(keys);
            }
            Err(error) if error.is_not_found() => {
                answers.extend(keys.into_iter().map(|k| (k, Ok(None))));
            }
            Err(error) => answers.extend(keys.into_iter().map(|k| (k, Err(error.clone())))),
        }
    }
    answers
}

/// Whether an error may be the fault of some of the keys, and others could be read.
fn is_of_some_keys(error: &Error) -> bool {
    error.code().is_some()
        && !error.is_throttled()
        && !error.is_ambiguous()
        && !error.is_stopped()
        // A policy may allow some objects; but asking for each would be many refusals.
        && !error.is_denied()
}

/// The loaders of a client, each made when it is first asked for.
#[derive(Default)]
pub(crate) struct Loaders(Mutex<HashMap<String, Arc<dyn Any + Send + Sync>>>);

impl Loaders {
    /// The loader of a name. One name is always of the same types; should it not be, the
    /// newcomer has a loader of its own.
    pub(crate) fn get<K, V>(&self, name: &str, make: impl FnOnce() -> Loader<K, V>) -> Loader<K, V>
    where
        K: Clone + Debug + Eq + Hash + Send + Sync + 'static,
        V: Clone + Send + Sync + 'static,
    {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.get(name) {
            return match known.downcast_ref::<Loader<K, V>>() {
                Some(loader) => loader.clone(),
                None => make(),
            };
        }
        let loader = make();
        all.insert(name.to_owned(), Arc::new(loader.clone()));
        loader
    }
}
