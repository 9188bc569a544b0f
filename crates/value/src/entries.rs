//! The members of objects and maps.

use crate::{Str, Value};

/// Names and values in the byte order of the names; each name once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Entries(Vec<(Str, Value)>);

impl Entries {
    /// The value under a name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.binary_search_by(|(k, _)| (**k).cmp(name)).ok().map(|i| &self.0[i].1)
    }

    /// Whether there is such a name.
    pub fn contains_key(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Puts a value under a name, in place of an earlier one.
    pub fn insert(&mut self, name: Str, value: Value) {
        match self.0.binary_search_by(|(k, _)| k.cmp(&name)) {
            Ok(i) => self.0[i].1 = value,
            Err(i) => self.0.insert(i, (name, value)),
        }
    }

    /// Takes a value out.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let i = self.0.binary_search_by(|(k, _)| (**k).cmp(name)).ok()?;
        Some(self.0.remove(i).1)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All names and values in order.
    pub fn as_slice(&self) -> &[(Str, Value)] {
        &self.0
    }

    /// The same names with other values; stops at the first error.
    pub fn try_map<E>(
        &self,
        mut f: impl FnMut(&Str, &Value) -> Result<Value, E>,
    ) -> Result<Entries, E> {
        let items = self.0.iter().map(|(k, v)| Ok((k.clone(), f(k, v)?)));
        items.collect::<Result<Vec<_>, E>>().map(Entries)
    }

    /// All names and values in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Str, &Value)> + DoubleEndedIterator {
        self.0.iter().map(|(k, v)| (k, v))
    }

    /// All names in order.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &Str> + DoubleEndedIterator {
        self.0.iter().map(|(k, _)| k)
    }

    /// All values in the order of their names.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &Value> + DoubleEndedIterator {
        self.0.iter().map(|(_, v)| v)
    }
}

/// Of several values under one name the last stays.
impl FromIterator<(Str, Value)> for Entries {
    fn from_iter<T: IntoIterator<Item = (Str, Value)>>(iter: T) -> Self {
        let mut items: Vec<(Str, Value)> = iter.into_iter().collect();
        let sorted = items.windows(2).all(|w| w[0].0 < w[1].0);
        if !sorted {
            items.reverse();
            items.sort_by(|a, b| a.0.cmp(&b.0));
            items.dedup_by(|later, earlier| later.0 == earlier.0);
        }
        items.shrink_to_fit();
        Entries(items)
    }
}

impl IntoIterator for Entries {
    type Item = (Str, Value);
    type IntoIter = std::vec::IntoIter<(Str, Value)>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
