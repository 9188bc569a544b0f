//! What `count`, `for_each` and `enabled` make of one block.

use std::sync::Arc;

use groma_addrs::InstanceKey;
use groma_value::{Entries, Str, Type, Value};

/// What `count` and `each` are for an instance.
#[derive(Clone, Debug, Default)]
pub(crate) struct Repetition {
    /// `count.index`
    pub(crate) count_index: Option<Value>,
    /// `each.key` and `each.value`
    pub(crate) each: Option<(Value, Value)>,
}

/// The instances of a block.
#[derive(Clone, Debug)]
pub(crate) enum Expansion {
    /// One, without a key.
    Single,
    /// None, since `enabled` is false.
    Disabled,
    /// As many as `count` says.
    Count(i64),
    /// One for each of these, in the order of their keys.
    ForEach(Arc<Entries>),
    /// It is not known how many; `true` with `for_each`.
    Unknown(bool),
}

impl Expansion {
    /// The keys and what `count` and `each` are for each. For unknown instances there is one that
    /// stands for all.
    pub(crate) fn instances(&self) -> Vec<(InstanceKey, Repetition)> {
        match self {
            Expansion::Single => vec![(InstanceKey::None, Repetition::default())],
            Expansion::Disabled => Vec::new(),
            Expansion::Count(count) => (0..*count)
                .map(|i| {
                    let count_index = Some(Value::number(i));
                    (InstanceKey::Int(i), Repetition { count_index, each: None })
                })
                .collect(),
            Expansion::ForEach(entries) => entries
                .iter()
                .map(|(key, value)| {
                    let each = Some((Value::string(key.clone()), value.clone()));
                    (InstanceKey::String(key.clone()), Repetition { count_index: None, each })
                })
                .collect(),
            Expansion::Unknown(true) => {
                let each = Some((Value::unknown(Type::String), Value::unknown(Type::Dynamic)));
                vec![(InstanceKey::Unknown, Repetition { count_index: None, each })]
            }
            Expansion::Unknown(false) => {
                let count_index = Some(Value::unknown(Type::Number));
                vec![(InstanceKey::Unknown, Repetition { count_index, each: None })]
            }
        }
    }

    /// What `count` and `each` are for an instance; `None` if there is no such instance.
    pub(crate) fn repetition(&self, key: &InstanceKey) -> Option<Repetition> {
        match (self, key) {
            (Expansion::Single, InstanceKey::None) => Some(Repetition::default()),
            (Expansion::Count(_), InstanceKey::Int(i)) if self.contains(key) => {
                Some(Repetition { count_index: Some(Value::number(*i)), each: None })
            }
            (Expansion::ForEach(entries), InstanceKey::String(name)) => {
                let each = (Value::string(name.clone()), entries.get(name)?.clone());
                Some(Repetition { count_index: None, each: Some(each) })
            }
            _ => None,
        }
    }

    /// Whether there is an instance of this key.
    pub(crate) fn contains(&self, key: &InstanceKey) -> bool {
        match (self, key) {
            (Expansion::Single, InstanceKey::None) => true,
            (Expansion::Count(count), InstanceKey::Int(i)) => (0..*count).contains(i),
            (Expansion::ForEach(entries), InstanceKey::String(key)) => entries.contains_key(key),
            _ => false,
        }
    }

    /// Whether it is known which instances there are.
    pub(crate) fn is_known(&self) -> bool {
        !matches!(self, Expansion::Unknown(_))
    }

    /// All instances' values as one.
    pub(crate) fn gather(&self, value: impl Fn(&InstanceKey) -> Option<Value>) -> Value {
        let of = |key: &InstanceKey| value(key).unwrap_or_else(|| Value::unknown(Type::Dynamic));
        match self {
            Expansion::Single => of(&InstanceKey::None),
            Expansion::Disabled => Value::NULL,
            Expansion::Count(count) => {
                Value::tuple((0..*count).map(|i| of(&InstanceKey::Int(i))).collect())
            }
            Expansion::ForEach(entries) => {
                let one = |key: &Str| (key.clone(), of(&InstanceKey::String(key.clone())));
                Value::object(entries.keys().map(one).collect())
            }
            Expansion::Unknown(_) => Value::unknown(Type::Dynamic),
        }
    }
}
