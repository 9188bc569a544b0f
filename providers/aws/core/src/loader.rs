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

use std::any::Any;
use std::collections::HashMap;
use std::fmt::Debug;
use std::future::Future;
use std::hash::Hash;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore, oneshot};
use tokio::time::Instant;

use crate::Error;

type Fetched<K, V> = Pin<Box<dyn Future<Output = Result<HashMap<K, V>, Error>> + Send>>;
type Fetch<K, V> = dyn Fn(Vec<K>) -> Fetched<K, V> + Send + Sync;
type SweepAll<K, V> = dyn Fn() -> Fetched<K, V> + Send + Sync;

/// How many calls of one loader are under way at a time.
const CALLS: usize = 4;

/// How long nothing more must have arrived before a call begins.
const QUIET: Duration = Duration::from_millis(3);

/// How long a key waits for others at most.
const PATIENCE: Duration = Duration::from_millis(15);

/// How long a list of all objects answers reads.
const FRESH: Duration = Duration::from_secs(3);

/// Within how long a time many objects must be asked for to list them all.
const RUSH: Duration = Duration::from_secs(3);

/// How many are many.
const MANY: usize = 15;

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

/// How a loader lists all objects.
struct Sweep<K, V> {
    list: Box<SweepAll<K, V>>,
    changes: Changes,
    seen: tokio::sync::Mutex<Seen<K, V>>,
}

/// What a loader listed, and what it was asked for before.
struct Seen<K, V> {
    all: HashMap<K, V>,
    listed: Option<Instant>,
    /// Whether listing failed, or was of no use.
    hopeless: bool,
    asked: Vec<(Instant, usize)>,
}

/// How many requests that change something this process has sent. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Changes(Arc<AtomicU64>);

impl Changes {
    /// Counts one.
    pub(crate) fn add(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    /// Whether there was none.
    pub(crate) fn is_none(&self) -> bool {
        self.0.load(Ordering::SeqCst) == 0
    }
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
        let seen = Seen { all: HashMap::new(), listed: None, hopeless: false, asked: Vec::new() };
        let list: Box<SweepAll<K, V>> = Box::new(move || Box::pin(list()));
        Loader::made(
            most,
            fetch,
            Some(Sweep { list, changes, seen: tokio::sync::Mutex::new(seen) }),
        )
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

impl<K, V> Sweep<K, V>
where
    K: Clone + Debug + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// What is known of the keys from a list of all, which is made if many are asked for. What is
    /// known is taken out of the keys.
    async fn answers(&self, keys: &mut Vec<K>) -> HashMap<K, Result<Option<V>, Error>> {
        let mut answers = HashMap::new();
        // All who come while the list is made wait for it.
        let mut seen = self.seen.lock().await;
        if !self.changes.is_none() {
            seen.all.clear();
            return answers;
        }
        let now = Instant::now();
        if seen.listed.is_none_or(|listed| now.duration_since(listed) > FRESH) {
            seen.all.clear();
            seen.asked.retain(|(when, _)| now.duration_since(*when) < RUSH);
            let before: usize = seen.asked.iter().map(|(_, count)| count).sum();
            seen.asked.push((now, keys.len()));
            if before < MANY || seen.hopeless {
                return answers;
            }
            match (self.list)().await {
                // Something was changed meanwhile.
                _ if !self.changes.is_none() => return answers,
                Ok(all) => {
                    seen.all = all;
                    seen.listed = Some(now);
                }
                Err(error) => {
                    tracing::debug!(code = error.code(), "no list of all objects");
                    seen.hopeless = true;
                    return answers;
                }
            }
        }
        keys.retain(|key| match seen.all.get(key) {
            Some(value) => answers.insert(key.clone(), Ok(Some(value.clone()))).is_some(),
            None => true,
        });
        answers
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

#[cfg(test)]
mod tests {
    use futures::future::join_all;

    use super::*;

    type Calls = Arc<Mutex<Vec<usize>>>;

    /// A service that knows the even numbers below 1000, and fails for whole calls with those
    /// above if it is strict.
    fn service(most: usize, strict: bool) -> (Loader<u32, String>, Calls) {
        let calls = Calls::default();
        let counted = calls.clone();
        let loader = Loader::new(most, move |keys: Vec<u32>| {
            counted.lock().unwrap_or_else(PoisonError::into_inner).push(keys.len());
            async move {
                tokio::time::sleep(Duration::from_millis(5)).await;
                if strict && keys.iter().any(|k| *k >= 1000) {
                    return Err(Error::refused("InvalidNumber.NotFound", "no such number"));
                }
                let known = keys.into_iter().filter(|k| k % 2 == 0 && *k < 1000);
                Ok(known.map(|k| (k, format!("no. {k}"))).collect())
            }
        });
        (loader, calls)
    }

    fn sizes(calls: &Calls) -> Vec<usize> {
        calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    #[tokio::test]
    async fn reads_that_arrive_together_are_one_call() {
        let (loader, calls) = service(500, false);
        let read = join_all((0..200).map(|k| loader.load(k))).await;
        for (k, answer) in (0..200).zip(read) {
            let expected = (k % 2 == 0).then(|| format!("no. {k}"));
            assert_eq!(answer.ok(), Some(expected));
        }
        assert_eq!(sizes(&calls), [200]);
    }

    #[tokio::test]
    async fn a_call_has_no_more_keys_than_it_takes() {
        let (loader, calls) = service(100, false);
        let read = join_all((0..250).map(|k| loader.load(k * 2))).await;
        assert!(read.iter().all(|r| matches!(r, Ok(Some(_)))));
        let mut sizes = sizes(&calls);
        sizes.sort_unstable();
        assert_eq!(sizes, [50, 100, 100]);
    }

    #[tokio::test]
    async fn many_askers_of_one_key_are_one_key() {
        let (loader, calls) = service(100, false);
        let read = join_all((0..50).map(|_| loader.load(8))).await;
        assert!(read.into_iter().all(|r| r.ok().flatten().as_deref() == Some("no. 8")));
        assert_eq!(sizes(&calls), [1]);
    }

    #[tokio::test]
    async fn a_key_that_fails_the_call_leaves_the_others_alone() {
        let (loader, calls) = service(100, true);
        let keys = (0..64).map(|k| if k == 17 { 1001 } else { k * 2 });
        let read = join_all(keys.map(|k| loader.load(k))).await;
        let missing = read.iter().filter(|r| matches!(r, Ok(None))).count();
        assert_eq!((read.len(), missing), (64, 1));
        assert!(read.iter().all(Result::is_ok));
        // Two for each of the six halvings, after the first.
        assert_eq!(sizes(&calls).len(), 13);
    }

    #[tokio::test]
    async fn what_is_nobodys_fault_is_told_to_all() {
        let loader =
            Loader::<u32, ()>::new(10, |_| async { Err(Error::refused("AccessDenied", "no")) });
        let read = join_all((0..5).map(|k| loader.load(k))).await;
        assert!(read.into_iter().all(|r| r.is_err_and(|e| e.is_denied())));
    }

    #[tokio::test]
    async fn a_later_read_is_a_later_call() {
        let (loader, calls) = service(10, false);
        assert!(loader.load(2).await.is_ok_and(|v| v.is_some()));
        assert!(loader.load(2).await.is_ok_and(|v| v.is_some()));
        assert_eq!(sizes(&calls), [1, 1]);
    }

    /// A loader of 300 objects that can list them.
    fn sweeping(changes: &Changes, lists: &Calls, fetches: &Calls) -> Loader<u32, u32> {
        let (lists, fetches) = (lists.clone(), fetches.clone());
        Loader::sweeping(
            100,
            changes.clone(),
            move |keys: Vec<u32>| {
                fetches.lock().unwrap_or_else(PoisonError::into_inner).push(keys.len());
                async move { Ok(keys.into_iter().filter(|k| *k < 1000).map(|k| (k, k)).collect()) }
            },
            move || {
                lists.lock().unwrap_or_else(PoisonError::into_inner).push(300);
                async { Ok((0..300).map(|k| (k, k)).collect()) }
            },
        )
    }

    /// Asks as engines do: for ten at a time.
    async fn ten_at_a_time(loader: &Loader<u32, u32>, keys: std::ops::Range<u32>) {
        for first in keys.step_by(10) {
            let read = join_all((first..first + 10).map(|k| loader.load(k))).await;
            for (k, answer) in (first..first + 10).zip(read) {
                assert_eq!(answer.ok(), Some((k < 1000).then_some(k)));
            }
        }
    }

    #[tokio::test]
    async fn many_reads_in_short_order_are_one_list() {
        let (changes, lists, fetches) = (Changes::default(), Calls::default(), Calls::default());
        let loader = sweeping(&changes, &lists, &fetches);
        ten_at_a_time(&loader, 0..200).await;
        assert_eq!((sizes(&lists).len(), sizes(&fetches)), (1, vec![10, 10]));
        // What the list lacks is asked for.
        ten_at_a_time(&loader, 300..310).await;
        assert_eq!((sizes(&lists).len(), sizes(&fetches)), (1, vec![10, 10, 10]));
        // Who has changed something does not take what was listed before.
        changes.add();
        ten_at_a_time(&loader, 0..30).await;
        assert_eq!((sizes(&lists).len(), sizes(&fetches).len()), (1, 6));
    }

    #[tokio::test]
    async fn few_reads_need_no_list() {
        let (changes, lists, fetches) = (Changes::default(), Calls::default(), Calls::default());
        let loader = sweeping(&changes, &lists, &fetches);
        ten_at_a_time(&loader, 0..10).await;
        assert_eq!((sizes(&lists).len(), sizes(&fetches)), (0, vec![10]));
    }

    #[tokio::test]
    async fn a_name_is_one_loader() {
        let loaders = Loaders::default();
        let made = std::cell::Cell::new(0);
        let make = || {
            made.set(made.get() + 1);
            Loader::<u32, u32>::new(1, |_| async { Ok(HashMap::new()) })
        };
        loaders.get("a", make);
        loaders.get("a", make);
        loaders.get("b", make);
        assert_eq!(made.get(), 2);
    }
}
