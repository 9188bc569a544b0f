//! Comparing what has no schema and no one type: by the shape that the values have.

use groma_value::{Kind, Value};

use super::part::Unknown;
use super::sequence::pair;
use super::typed::{keys, primitive, sensitive, unknown};
use super::{Act, Body, Diff, Part, Paths, SequenceKind};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}

fn shape(value: Option<&Value>) -> Shape {
    match value.map(Value::kind) {
        None | Some(Kind::Null(_) | Kind::Unknown(_)) => Shape::Null,
        Some(Kind::Bool(_)) => Shape::Bool,
        Some(Kind::Number(_)) => Shape::Number,
        Some(Kind::String(_)) => Shape::String,
        Some(Kind::List(_) | Kind::Set(_) | Kind::Tuple(_)) => Shape::Array,
        Some(Kind::Map(_) | Kind::Object(_)) => Shape::Object,
    }
}

/// Compares the two sides of a part by their shape.
pub(crate) fn dynamic<'a>(part: &Part<'a>) -> Diff<'a> {
    if part.is_sensitive() {
        let diff = sensitive(part, dynamic);
        return Diff { replace: false, ..diff };
    }
    if part.unknown == Unknown::Yes {
        let diff = unknown(part, Unknown::No, dynamic);
        let act = if part.before.is_none() { Act::Create } else { Act::Update };
        return Diff::new(diff.body, act, false);
    }
    let (before, after) = (shape(part.before.value), shape(part.after.value));
    if before == after || part.before.is_absent() || part.after.is_absent() {
        return of_shape(part, if before == Shape::Null { after } else { before });
    }
    let gone = of_shape(&part.as_delete(), before);
    let new = of_shape(&part.as_create(), after);
    Diff::new(Body::TypeChange(Box::new(gone), Box::new(new)), Act::Update, false)
}

fn of_shape<'a>(part: &Part<'a>, shape: Shape) -> Diff<'a> {
    match shape {
        Shape::Object => object(part),
        Shape::Array => array(part),
        _ => Diff { replace: false, ..primitive(part) },
    }
}

fn object<'a>(part: &Part<'a>) -> Diff<'a> {
    let mut act = part.outer_act();
    let mut entries = Vec::new();
    for key in keys(part) {
        let diff = dynamic(&part.at_key(key).if_relevant());
        act = act.and(diff.act);
        entries.push((key, diff));
    }
    Diff::new(Body::Object { entries, nested: false }, act, false)
}

fn array<'a>(part: &Part<'a>) -> Diff<'a> {
    let before = part.before.items().unwrap_or_default();
    let after = part.after.items().unwrap_or_default();
    let pairs = if before.len() == after.len() {
        (0..before.len()).map(|i| (Some(i), Some(i))).collect()
    } else {
        let is_object = |value: &Value| shape(Some(value)) == Shape::Object;
        let same = |a: &Value, b: &Value| super::part::same(Some(a), Some(b));
        pair(before, after, same, |a, b| is_object(a) && is_object(b))
    };
    let mut act = part.outer_act();
    let mut items = Vec::with_capacity(pairs.len());
    for (b, a) in pairs {
        let mut element = part.at_index(b, a);
        element.relevant = Paths::All;
        let diff = dynamic(&element);
        act = act.and(diff.act);
        items.push(diff);
    }
    Diff::new(Body::Sequence { items, kind: SequenceKind::List }, act, false)
}
