//! Lists of all objects, which answer many reads.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::Fetched;
use crate::Error;

type SweepAll<K, V> = dyn Fn() -> Fetched<K, V> + Send + Sync;

/// How long a list of all objects answers reads.
const FRESH: Duration = Duration::from_secs(10);

/// Within how long a time many objects must be asked for to list them all.
const RUSH: Duration = Duration::from_secs(3);

/// How many are many.
const MANY: usize = 8;

/// How a loader lists all objects.
pub(super) struct Sweep<K, V> {
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

impl<K, V> Sweep<K, V>
where
    K: Clone + Debug + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// One that lists by this, as long as nothing is changed.
    pub(super) fn new(changes: Changes, list: Box<SweepAll<K, V>>) -> Sweep<K, V> {
        let seen = Seen { all: HashMap::new(), listed: None, hopeless: false, asked: Vec::new() };
        Sweep { list, changes, seen: tokio::sync::Mutex::new(seen) }
    }

    /// What is known of the keys from a list of all, which is made if many are asked for. What is
    /// known is taken out of the keys.
    pub(super) async fn answers(&self, keys: &mut Vec<K>) -> HashMap<K, Result<Option<V>, Error>> {
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
