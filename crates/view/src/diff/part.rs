//! A part of a value before and after, on the way down.

use groma_value::{Entries, Kind, Value};

use super::{Act, Paths};

/// A part as it is at one of the two times.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Side<'a> {
    /// The value, if it is known and not null.
    pub(crate) value: Option<&'a Value>,
    /// Whether it is there, be it null. What is absent is null, but has not been said to be.
    pub(crate) explicit: bool,
    /// Whether it is sensitive as a whole.
    pub(crate) sensitive: bool,
    /// Whether marks do not count any more, since something around it is sensitive as a whole.
    open: bool,
}

/// What is not known of the part that comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// It is known, or at least what it is made of.
    No,
    /// It is not.
    Yes,
    /// Its attributes are not.
    Attributes,
}

/// A part of a value, before and after.
#[derive(Clone, Debug)]
pub(crate) struct Part<'a> {
    pub(crate) before: Side<'a>,
    pub(crate) after: Side<'a>,
    pub(crate) unknown: Unknown,
    /// Whether empty strings are values of their own. Providers built on the older SDK know no null
    /// strings and write empty ones instead, which are shown as null.
    pub(crate) modern: bool,
    /// What forces a replacement.
    pub(crate) replace: Paths<'a>,
    /// What is of interest; all else is taken to be unchanged.
    pub(crate) relevant: Paths<'a>,
}

impl<'a> Side<'a> {
    /// A whole value.
    pub(crate) fn of(value: &'a Value) -> Side<'a> {
        Side {
            value: Some(value).filter(|v| !v.is_null() && v.is_known()),
            explicit: false,
            sensitive: value.is_sensitive(),
            open: false,
        }
    }

    /// The same, of which only that it is sensitive may be shown.
    pub(crate) fn hidden(self, sensitive: bool) -> Side<'a> {
        Side { sensitive: self.sensitive || sensitive, ..self }
    }

    /// Whether it is null or not there.
    pub(crate) fn is_none(&self) -> bool {
        self.value.is_none()
    }

    /// Whether it is null without having been said to be.
    pub(crate) fn is_absent(&self) -> bool {
        self.value.is_none() && !self.explicit
    }

    /// The elements, if it is a sequence.
    pub(crate) fn items(&self) -> Option<&'a [Value]> {
        self.value.and_then(Value::as_sequence)
    }

    /// The members, if it is a map or an object.
    pub(crate) fn entries(&self) -> Option<&'a Entries> {
        self.value.and_then(Value::as_entries)
    }

    fn child(&self, value: Option<&'a Value>, unknown_is_explicit: bool) -> Side<'a> {
        let Some(value) = value else { return Side { open: self.open, ..Side::default() } };
        Side {
            explicit: value.is_known() || unknown_is_explicit,
            sensitive: !self.open && value.is_sensitive(),
            open: self.open,
            ..Side::of(value)
        }
    }

    fn opened(self) -> Side<'a> {
        Side { sensitive: false, open: true, ..self }
    }
}

fn unknown(value: Option<&Value>) -> Unknown {
    match value {
        Some(value) if !value.is_known() => Unknown::Yes,
        _ => Unknown::No,
    }
}

impl<'a> Part<'a> {
    /// A whole value before and after.
    pub(crate) fn whole(before: &'a Value, after: &'a Value) -> Part<'a> {
        Part {
            before: Side::of(before),
            after: Side::of(after),
            unknown: unknown(Some(after)),
            modern: false,
            replace: Paths::none(),
            relevant: Paths::All,
        }
    }

    /// The part under a key.
    pub(crate) fn at_key(&self, key: &str) -> Part<'a> {
        let before = self.before.entries().and_then(|e| e.get(key));
        let after = self.after.entries().and_then(|e| e.get(key));
        let unknown = match self.unknown {
            Unknown::Attributes => Unknown::Yes,
            _ => unknown(after),
        };
        Part {
            before: self.before.child(before, false),
            after: self.after.child(after, false),
            unknown,
            modern: self.modern,
            replace: self.replace.at_key(key),
            relevant: self.relevant.at_key(key),
        }
    }

    /// The element at one index before and another one after; `None` where there is none. Within
    /// sequences empty strings are shown as null, whoever wrote them.
    pub(crate) fn at_index(&self, before: Option<usize>, after: Option<usize>) -> Part<'a> {
        let get = |side: &Side<'a>, at: Option<usize>| side.items().and_then(|i| i.get(at?));
        let after_value = get(&self.after, after);
        let at = before.or(after).unwrap_or_default();
        Part {
            before: self.before.child(get(&self.before, before), true),
            after: self.after.child(after_value, true),
            unknown: unknown(after_value),
            modern: false,
            replace: self.replace.at_index(at),
            relevant: self.relevant.at_index(at),
        }
    }

    /// As if it stayed the same, unless it is of interest.
    pub(crate) fn if_relevant(self) -> Part<'a> {
        if self.relevant.lead_here() {
            return self;
        }
        Part { after: self.before, unknown: Unknown::No, modern: false, ..self }
    }

    /// As if it went.
    pub(crate) fn as_delete(&self) -> Part<'a> {
        Part { after: Side::default(), unknown: Unknown::No, modern: false, ..self.clone() }
    }

    /// As if it came.
    pub(crate) fn as_create(&self) -> Part<'a> {
        Part { before: Side::default(), modern: false, ..self.clone() }
    }

    /// What is known of it where both sides may be looked at.
    pub(crate) fn opened(&self) -> Part<'a> {
        let (before, after) = (self.before.opened(), self.after.opened());
        Part { before, after, modern: false, ..self.clone() }
    }

    /// With null in place of empty strings, unless these are values of their own.
    pub(crate) fn without_empty(&self) -> Part<'a> {
        let mut part = self.clone();
        if !part.modern {
            for side in [&mut part.before, &mut part.after] {
                side.value = side.value.filter(|v| v.as_str().is_none_or(|s| !s.is_empty()));
            }
        }
        part
    }

    /// Whether it was or will be sensitive as a whole.
    pub(crate) fn is_sensitive(&self) -> bool {
        self.before.sensitive || self.after.sensitive
    }

    /// Whether there is nothing on either side.
    pub(crate) fn is_none(&self) -> bool {
        self.before.is_none() && self.after.is_none()
    }

    /// What happens to it, for parts that are compared as a whole.
    pub(crate) fn act(&self) -> Act {
        match (self.before.is_absent(), self.after.is_absent()) {
            (true, false) => Act::Create,
            (false, true) => Act::Delete,
            _ if same(self.before.value, self.after.value)
                && self.before.explicit == self.after.explicit
                && self.before.sensitive == self.after.sensitive =>
            {
                Act::Keep
            }
            _ => Act::Update,
        }
    }

    /// What happens to it as far as its parts do not tell.
    pub(crate) fn outer_act(&self) -> Act {
        match (self.before.is_none(), self.after.is_none()) {
            (true, false) => Act::Create,
            (false, true) => Act::Delete,
            _ => Act::Keep,
        }
    }
}

/// Whether two values look the same: types and marks do not count, and what is not known is
/// nothing.
pub(crate) fn same(a: Option<&Value>, b: Option<&Value>) -> bool {
    let (a, b) = match (shown(a), shown(b)) {
        (None, None) => return true,
        (Some(a), Some(b)) => (a, b),
        _ => return false,
    };
    if let (Some(a), Some(b)) = (a.as_sequence(), b.as_sequence()) {
        return a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(Some(a), Some(b)));
    }
    if let (Some(a), Some(b)) = (a.as_entries(), b.as_entries()) {
        return same_entries(a, b);
    }
    match (a.kind(), b.kind()) {
        (Kind::Bool(a), Kind::Bool(b)) => a == b,
        (Kind::Number(a), Kind::Number(b)) => a == b,
        (Kind::String(a), Kind::String(b)) => a == b,
        _ => false,
    }
}

fn shown(value: Option<&Value>) -> Option<&Value> {
    value.filter(|v| !v.is_null() && v.is_known())
}

fn same_entries(a: &Entries, b: &Entries) -> bool {
    let mut a = a.iter().filter(|(_, v)| v.is_known());
    let mut b = b.iter().filter(|(_, v)| v.is_known());
    loop {
        match (a.next(), b.next()) {
            (None, None) => return true,
            (Some((a_key, a)), Some((b_key, b))) if a_key == b_key => {
                if !same(Some(a), Some(b)) {
                    return false;
                }
            }
            _ => return false,
        }
    }
}
