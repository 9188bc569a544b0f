//! Comparing by type.

use groma_value::Type;

use super::part::{Unknown, same};
use super::sequence::{pair, pair_sets};
use super::{Act, Body, Diff, Part, SequenceKind, dynamic};

/// Compares the two sides of a part that is of a type.
pub(crate) fn by_type<'a>(part: &Part<'a>, ty: &'a Type) -> Diff<'a> {
    let part = &part.without_empty();
    if part.is_sensitive() {
        return sensitive(part, |opened| by_type(opened, ty));
    }
    if part.unknown == Unknown::Yes {
        return unknown(part, Unknown::No, |before| by_type(before, ty));
    }
    let replace = part.replace.end_here();
    match ty {
        Type::Dynamic => dynamic(part),
        Type::Bool | Type::Number | Type::String => primitive(part),
        Type::Object(object) => {
            let (entries, act) =
                attributes(part, object.attributes.iter(), |part, ty, _| by_type(part, ty));
            Diff::new(Body::Object { entries, nested: false }, act, replace)
        }
        Type::Map(element) => {
            let mut act = part.outer_act();
            let mut entries = Vec::new();
            for key in keys(part) {
                let diff = by_type(&part.at_key(key).if_relevant(), element);
                act = act.and(diff.act);
                entries.push((key, diff));
            }
            Diff::new(Body::Map { entries, nested: false }, act, replace)
        }
        Type::List(element) => {
            let is_object = matches!(**element, Type::Object(_));
            list(part, is_object, |part| by_type(part, element))
        }
        Type::Tuple(elements) => {
            let mut act = part.outer_act();
            let mut items = Vec::with_capacity(elements.len());
            for (i, element) in elements.iter().enumerate() {
                let diff = by_type(&part.at_index(Some(i), Some(i)).if_relevant(), element);
                act = act.and(diff.act);
                items.push(diff);
            }
            Diff::new(Body::Sequence { items, kind: SequenceKind::List }, act, replace)
        }
        Type::Set(element) => {
            let (items, act) = set(part, |part| by_type(part, element));
            Diff::new(Body::Sequence { items, kind: SequenceKind::Set }, act, replace)
        }
    }
}

/// A part that is a bool, a number, a string or null.
pub(super) fn primitive<'a>(part: &Part<'a>) -> Diff<'a> {
    let body = Body::Primitive { before: part.before.value, after: part.after.value };
    Diff::new(body, part.act(), part.replace.end_here())
}

/// A part that is sensitive as a whole. `compare` sees it as if it were not.
pub(super) fn sensitive<'a>(
    part: &Part<'a>,
    compare: impl FnOnce(&Part<'a>) -> Diff<'a>,
) -> Diff<'a> {
    let inner = compare(&part.opened()).act;
    let (before, after) = (part.before.sensitive, part.after.sensitive);
    let body = Body::Sensitive { inner, before, after };
    Diff::new(body, sensitive_act(part, inner), part.replace.end_here())
}

/// What happens to a sensitive part: that it becomes, or stops being, sensitive is a change too.
pub(super) fn sensitive_act(part: &Part<'_>, inner: Act) -> Act {
    let nothing = part.before.is_absent() && part.after.is_absent();
    if inner == Act::Keep && part.before.sensitive != part.after.sensitive && !nothing {
        return Act::Update;
    }
    inner
}

/// A part of which it is not known what it becomes. `inner` is what `compare` is told not to know
/// of what was there before.
pub(super) fn unknown<'a>(
    part: &Part<'a>,
    inner: Unknown,
    compare: impl FnOnce(&Part<'a>) -> Diff<'a>,
) -> Diff<'a> {
    let mut part = part.clone();
    // It will be something, so that it does not count as going.
    part.after.explicit = true;
    let before = (!part.before.is_none()).then(|| {
        let gone = Part { unknown: inner, ..part.as_delete() };
        Box::new(compare(&gone))
    });
    Diff::new(Body::Unknown(before), part.act(), part.replace.end_here())
}

/// The attributes of an object by what describes each of them. Those that are null before and
/// after are left out.
pub(super) fn attributes<'a, T: 'a>(
    part: &Part<'a>,
    described: impl Iterator<Item = (&'a groma_value::Str, &'a T)>,
    mut compare: impl FnMut(&Part<'a>, &'a T, Act) -> Diff<'a>,
) -> (Vec<(&'a str, Diff<'a>)>, Act) {
    let outer = part.outer_act();
    let mut act = outer;
    let mut entries = Vec::new();
    for (name, description) in described {
        let mut attribute = part.at_key(name).if_relevant();
        attribute.before.explicit = false;
        attribute.after.explicit = false;
        let diff = compare(&attribute, description, outer);
        if diff.act == Act::Keep && attribute.is_none() {
            continue;
        }
        act = act.and(diff.act);
        entries.push((&**name, diff));
    }
    (entries, act)
}

/// The keys of both sides in order.
pub(super) fn keys<'a>(part: &Part<'a>) -> impl Iterator<Item = &'a str> + use<'a> {
    let keys = |side: &super::Side<'a>| {
        side.entries().into_iter().flat_map(|e| e.keys()).map(|k| &**k).collect::<Vec<_>>()
    };
    let (before, mut after) = (keys(&part.before), keys(&part.after));
    if before != after {
        after.extend(before);
        after.sort_unstable();
        after.dedup();
    }
    after.into_iter()
}

/// A list. Lists of one length are compared element by element.
pub(super) fn list<'a>(
    part: &Part<'a>,
    alike: bool,
    compare: impl Fn(&Part<'a>) -> Diff<'a>,
) -> Diff<'a> {
    let before = part.before.items().unwrap_or_default();
    let after = part.after.items().unwrap_or_default();
    let pairs = if before.len() == after.len() {
        (0..before.len()).map(|i| (Some(i), Some(i))).collect()
    } else {
        let same = |a: &groma_value::Value, b: &groma_value::Value| same(Some(a), Some(b));
        pair(before, after, same, |_, _| alike)
    };
    let mut act = part.outer_act();
    let items: Vec<_> = pairs
        .into_iter()
        .map(|(b, a)| {
            let mut element = part.at_index(b, a);
            element.relevant = super::Paths::All;
            compare(&element)
        })
        .collect();
    for item in &items {
        act = act.and(item.act);
    }
    let body = Body::Sequence { items, kind: SequenceKind::List };
    Diff::new(body, act, part.replace.end_here())
}

/// The elements of a set.
pub(super) fn set<'a>(
    part: &Part<'a>,
    mut compare: impl FnMut(&Part<'a>) -> Diff<'a>,
) -> (Vec<Diff<'a>>, Act) {
    let before = part.before.items().unwrap_or_default();
    let after = part.after.items().unwrap_or_default();
    let mut act = part.outer_act();
    let mut items = Vec::with_capacity(before.len().max(after.len()));
    for (b, a) in pair_sets(before, after) {
        let mut element = part.at_index(b, a);
        element.relevant = super::Paths::All;
        let diff = compare(&element);
        act = act.and(diff.act);
        items.push(diff);
    }
    (items, act)
}
