//! What has been found out about large collections.
//!
//! An expression may hand the same collection to a function for each of thousands of elements, and
//! each call asks for its type and whether there are marks in it. To go through it every time would
//! make such expressions quadratic. Each thread remembers the answers for the last few collections;
//! values do not change, so that it is enough to know which one it is.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::{Arc, Weak};

use crate::value::{ListValue, MapValue, SetValue};
use crate::{Entries, Kind, Type, Value};

/// Smaller collections are gone through in no time.
const LARGE: usize = 32;

/// How many collections are remembered.
const REMEMBERED: usize = 16;

/// Which collection it is. Nothing else can come to be where it is while this is held, and holding
/// it does not keep the elements.
enum Identity {
    List(Weak<ListValue>),
    Set(Weak<SetValue>),
    Map(Weak<MapValue>),
    Tuple(Weak<Vec<Value>>),
    Object(Weak<Entries>),
}

impl Identity {
    /// The identity of a large collection.
    fn of(kind: &Kind) -> Option<Identity> {
        Some(match kind {
            Kind::List(list) if list.items.len() >= LARGE => Identity::List(Arc::downgrade(list)),
            Kind::Set(set) if set.items.len() >= LARGE => Identity::Set(Arc::downgrade(set)),
            Kind::Map(map) if map.entries.len() >= LARGE => Identity::Map(Arc::downgrade(map)),
            Kind::Tuple(items) if items.len() >= LARGE => Identity::Tuple(Arc::downgrade(items)),
            Kind::Object(entries) if entries.len() >= LARGE => {
                Identity::Object(Arc::downgrade(entries))
            }
            _ => return None,
        })
    }

    fn is(&self, kind: &Kind) -> bool {
        match (self, kind) {
            (Identity::List(own), Kind::List(other)) => own.as_ptr() == Arc::as_ptr(other),
            (Identity::Set(own), Kind::Set(other)) => own.as_ptr() == Arc::as_ptr(other),
            (Identity::Map(own), Kind::Map(other)) => own.as_ptr() == Arc::as_ptr(other),
            (Identity::Tuple(own), Kind::Tuple(other)) => own.as_ptr() == Arc::as_ptr(other),
            (Identity::Object(own), Kind::Object(other)) => own.as_ptr() == Arc::as_ptr(other),
            _ => false,
        }
    }
}

/// What is known of one collection.
struct Known {
    identity: Identity,
    answers: Answers,
}

/// The answers there are so far.
#[derive(Default)]
pub(crate) struct Answers {
    pub(crate) ty: Option<Type>,
    pub(crate) marked: Option<bool>,
    pub(crate) wholly_known: Option<bool>,
}

thread_local! {
    static LAST: RefCell<VecDeque<Known>> = const { RefCell::new(VecDeque::new()) };
}

/// The answer to a question about a value's content, remembered or found out now.
pub(crate) fn remembered<T: Clone>(
    kind: &Kind,
    answer: fn(&mut Answers) -> &mut Option<T>,
    find: impl FnOnce() -> T,
) -> T {
    let Some(identity) = Identity::of(kind) else { return find() };
    let known = LAST.with_borrow_mut(|last| {
        let known = last.iter_mut().find(|known| known.identity.is(kind))?;
        answer(&mut known.answers).clone()
    });
    if let Some(known) = known {
        return known;
    }
    // Not under the borrow: the parts are asked, too.
    let found = find();
    LAST.with_borrow_mut(|last| {
        if let Some(known) = last.iter_mut().find(|known| known.identity.is(kind)) {
            *answer(&mut known.answers) = Some(found.clone());
            return;
        }
        if last.len() >= REMEMBERED {
            last.pop_front();
        }
        let mut answers = Answers::default();
        *answer(&mut answers) = Some(found.clone());
        last.push_back(Known { identity, answers });
    });
    found
}

#[cfg(test)]
mod tests {
    use crate::{Marks, Type, Value};

    #[test]
    fn answers_are_those_of_the_value_at_hand() {
        for size in [1_i64, 50, 51, 50] {
            for turn in 0..40 {
                let mut items: Vec<Value> = (0..size).map(Value::from).collect();
                let plain = Value::tuple(items.clone());
                assert!(!plain.has_marks_deep() && !plain.has_marks_deep());
                assert!(plain.is_wholly_known());
                items[0] = match turn % 2 {
                    0 => Value::from("x").with_marks(&Marks::sensitive()),
                    _ => Value::unknown(Type::String),
                };
                let other = Value::tuple(items);
                assert_eq!(other.has_marks_deep(), turn % 2 == 0);
                assert_eq!(other.is_wholly_known(), turn % 2 == 0);
                assert_ne!(other.ty(), plain.ty());
                assert_eq!(plain.ty(), plain.ty());
            }
        }
    }
}
