//! Marks: what is known of a value beside its content, and travels with it.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::Str;

/// One mark.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// Must not be shown.
    Sensitive,
    /// Must not be stored.
    Ephemeral,
    /// Whoever uses it is warned with this message.
    Deprecated(Str),
}

/// A set of marks; the empty set costs nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Marks(Option<Arc<BTreeSet<Mark>>>);

impl Marks {
    /// No marks.
    pub const NONE: Marks = Marks(None);

    /// One mark.
    pub fn one(mark: Mark) -> Marks {
        Marks(Some(Arc::new(BTreeSet::from([mark]))))
    }

    /// Just [`Mark::Sensitive`].
    pub fn sensitive() -> Marks {
        Marks::one(Mark::Sensitive)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Whether it has this mark.
    pub fn contains(&self, mark: &Mark) -> bool {
        self.0.as_ref().is_some_and(|m| m.contains(mark))
    }

    /// Whether it has [`Mark::Sensitive`].
    pub fn is_sensitive(&self) -> bool {
        self.contains(&Mark::Sensitive)
    }

    /// Whether it has [`Mark::Ephemeral`].
    pub fn is_ephemeral(&self) -> bool {
        self.contains(&Mark::Ephemeral)
    }

    /// The marks of both.
    pub fn union(&self, other: &Marks) -> Marks {
        match (&self.0, &other.0) {
            (None, _) => other.clone(),
            (_, None) => self.clone(),
            (Some(a), Some(b)) if Arc::ptr_eq(a, b) || b.is_subset(a) => self.clone(),
            (Some(a), Some(b)) => Marks(Some(Arc::new(a.union(b).cloned().collect()))),
        }
    }

    /// All but this one.
    pub fn without(&self, mark: &Mark) -> Marks {
        self.iter().filter(|m| *m != mark).cloned().collect()
    }

    /// Each of them in a fixed order.
    pub fn iter(&self) -> impl Iterator<Item = &Mark> {
        self.0.iter().flat_map(|m| m.iter())
    }
}

impl FromIterator<Mark> for Marks {
    fn from_iter<T: IntoIterator<Item = Mark>>(iter: T) -> Self {
        let set: BTreeSet<Mark> = iter.into_iter().collect();
        if set.is_empty() { Marks(None) } else { Marks(Some(Arc::new(set))) }
    }
}
