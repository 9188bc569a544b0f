//! Nested blocks.

use std::ops::{Deref, DerefMut};

use groma_schema::Nesting;
use groma_value::{Entries, Str, Type, Value};

use super::{Model, Typed};

/// The nested blocks of one type. It is used as the slice of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Blocks<M> {
    items: Vec<M>,
    labels: Vec<Str>,
    unknown: bool,
}

impl<M> Blocks<M> {
    /// None.
    pub fn none() -> Blocks<M> {
        Blocks { items: Vec::new(), labels: Vec::new(), unknown: false }
    }

    /// One.
    pub fn one(block: M) -> Blocks<M> {
        Blocks::from(vec![block])
    }

    /// Not known how many.
    pub fn unknown() -> Blocks<M> {
        Blocks { unknown: true, ..Blocks::none() }
    }

    /// Whether it is not known how many there are. Then the slice is empty.
    pub fn is_unknown(&self) -> bool {
        self.unknown
    }

    /// Adds one.
    pub fn push(&mut self, block: M) {
        self.items.push(block);
    }

    /// The blocks alone.
    pub fn into_vec(self) -> Vec<M> {
        self.items
    }

    /// The labels, one for each block, where blocks of the type have labels.
    pub fn labels(&self) -> &[Str] {
        &self.labels
    }
}

impl<M> Default for Blocks<M> {
    fn default() -> Self {
        Blocks::none()
    }
}

impl<M> From<Vec<M>> for Blocks<M> {
    fn from(items: Vec<M>) -> Blocks<M> {
        Blocks { items, ..Blocks::none() }
    }
}

impl<M> From<Option<M>> for Blocks<M> {
    fn from(item: Option<M>) -> Blocks<M> {
        Blocks::from(Vec::from_iter(item))
    }
}

impl<M> FromIterator<M> for Blocks<M> {
    fn from_iter<I: IntoIterator<Item = M>>(items: I) -> Blocks<M> {
        Blocks::from(Vec::from_iter(items))
    }
}

impl<M> Deref for Blocks<M> {
    type Target = [M];
    fn deref(&self) -> &[M] {
        &self.items
    }
}

impl<M> DerefMut for Blocks<M> {
    fn deref_mut(&mut self) -> &mut [M] {
        &mut self.items
    }
}

impl<'a, M> IntoIterator for &'a Blocks<M> {
    type Item = &'a M;
    type IntoIter = std::slice::Iter<'a, M>;
    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}

impl<M: Model + Typed> Blocks<M> {
    /// The blocks of a value of whatever nesting; none for null or no value.
    pub fn read(value: Option<&Value>) -> Blocks<M> {
        let Some(value) = value.filter(|v| !v.is_null()) else { return Blocks::none() };
        if !value.is_known() {
            return Blocks::unknown();
        }
        if let Some(items) = value.as_sequence() {
            return items.iter().map(M::read).collect();
        }
        match (value.ty().element(), value.as_entries()) {
            (Some(_), Some(entries)) => Blocks {
                items: entries.iter().map(|(_, item)| M::read(item)).collect(),
                labels: entries.iter().map(|(label, _)| label.clone()).collect(),
                unknown: false,
            },
            _ => Blocks::one(M::read(value)),
        }
    }

    /// The value for blocks of this nesting, whose type is at hand.
    pub fn write_as(&self, nesting: Nesting, ty: &Type) -> Value {
        let items = || self.items.iter().map(M::write);
        match nesting {
            _ if self.unknown => Value::unknown(ty.clone()),
            Nesting::Single | Nesting::Group => {
                items().next().unwrap_or_else(|| Value::null(M::ty()))
            }
            Nesting::List => Value::list(M::ty(), items().collect()),
            Nesting::Set => Value::set(M::ty(), items().collect()),
            Nesting::Map => {
                let entries = self.labels.iter().cloned().zip(items());
                Value::map(M::ty(), Entries::from_iter(entries))
            }
        }
    }
}
