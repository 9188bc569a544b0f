//! Strings: in quotes, as heredocs, or as the JSON that they hold.

use groma_hcl::quote_visibly;
use groma_value::{Str, Value, json};
use serde::de::IgnoredAny;

use super::primitive::write_null;
use super::{Show, arrow, margin, spaces, symbol};
use crate::diff::sequence::pair;
use crate::diff::{Act, Diff, Part, dynamic};

/// A string as it is shown.
struct Text<'a> {
    /// `None` for null.
    text: Option<&'a Str>,
    /// What it holds, if that is JSON.
    json: Option<Value>,
}

impl<'a> Text<'a> {
    fn new(value: Option<&'a Value>) -> Text<'a> {
        let text = value.and_then(Value::as_str);
        Text { text, json: text.and_then(|t| parse_json(t)) }
    }

    fn is_multiline(&self) -> bool {
        self.json.is_none() && self.text.is_some_and(|t| t.contains('\n'))
    }

    fn lines(&self) -> Vec<&str> {
        match self.text {
            Some(text) if self.is_multiline() => text.trim().split('\n').collect(),
            Some(text) => vec![text],
            None => vec!["null"],
        }
    }

    fn write_quoted(&self, out: &mut String, show: Show) {
        match self.text {
            Some(text) => out.push_str(&quote_visibly(text)),
            None => write_null(out, show),
        }
    }
}

/// The array or object that a text begins with.
fn parse_json(text: &str) -> Option<Value> {
    if !text.starts_with(['{', '[']) {
        return None;
    }
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    values.next()?.ok()?;
    let end = values.byte_offset();
    json::from_slice_implied(&text.as_bytes()[..end]).ok()
}

pub(super) fn write(
    diff: &Diff<'_>,
    before: Option<&Value>,
    after: Option<&Value>,
    out: &mut String,
    indent: usize,
    show: Show,
) {
    if diff.act == Act::Update {
        return write_change(diff, &Text::new(before), &Text::new(after), out, indent, show);
    }
    let text = Text::new(if diff.act == Act::Delete { before } else { after });
    if let Some(json) = &text.json {
        let (before, after) = match diff.act {
            Act::Create => (None, Some(json)),
            Act::Delete => (Some(json), None),
            _ => (Some(json), Some(json)),
        };
        return write_json(diff, before, after, out, indent, show);
    }
    if text.is_multiline() {
        let lines = text.lines().into_iter().map(|line| (Act::Keep, line));
        return write_lines(diff, lines, out, indent, show);
    }
    text.write_quoted(out, show);
    // Null does not become null.
    if text.text.is_some() {
        diff.null_suffix(out, show);
    }
    diff.forces_suffix(out, show);
}

fn write_change(
    diff: &Diff<'_>,
    before: &Text<'_>,
    after: &Text<'_>,
    out: &mut String,
    indent: usize,
    show: Show,
) {
    match (&before.json, &after.json) {
        (Some(before), Some(after)) => {
            return write_json(diff, Some(before), Some(after), out, indent, show);
        }
        (None, None) => {}
        _ => return write_both(before, after, out, indent, show),
    }
    if !before.is_multiline() && !after.is_multiline() {
        before.write_quoted(out, show);
        arrow(out, show);
        after.write_quoted(out, show);
        return diff.forces_suffix(out, show);
    }
    let (old, new) = (before.lines(), after.lines());
    let pairs = pair(&old, &new, |a, b| a == b, |_, _| false);
    let lines = pairs.into_iter().filter_map(|pair| match pair {
        (Some(b), Some(_)) => Some((Act::Keep, old[b])),
        (Some(b), None) => Some((Act::Delete, old[b])),
        (None, Some(a)) => Some((Act::Create, new[a])),
        (None, None) => None,
    });
    write_lines(diff, lines, out, indent, show);
}

/// One of the two is JSON: they have nothing in common.
fn write_both(before: &Text<'_>, after: &Text<'_>, out: &mut String, indent: usize, show: Show) {
    let show = Show { no_null: true, ..show };
    let side = |text: &Text<'_>| text.text.map(|t| Value::string(t.clone()));
    let (before, after) = (side(before), side(after));
    let gone = Diff::new(
        crate::diff::Body::Primitive { before: before.as_ref(), after: None },
        Act::Delete,
        false,
    );
    let new = Diff::new(
        crate::diff::Body::Primitive { before: None, after: after.as_ref() },
        Act::Create,
        false,
    );
    gone.write_as_string(out, indent, show);
    arrow(out, show);
    new.write_as_string(out, indent, show);
}

impl Diff<'_> {
    fn write_as_string(&self, out: &mut String, indent: usize, show: Show) {
        match &self.body {
            crate::diff::Body::Primitive { before: None, after: None } => write_null(out, show),
            _ => self.write(out, indent, show),
        }
    }
}

fn write_lines<'t>(
    diff: &Diff<'_>,
    lines: impl Iterator<Item = (Act, &'t str)>,
    out: &mut String,
    indent: usize,
    show: Show,
) {
    out.push_str("<<-EOT");
    diff.forces_suffix(out, show);
    out.push('\n');
    for (act, line) in lines {
        spaces(out, indent + 1);
        symbol(out, act, show);
        out.push_str(line);
        out.push('\n');
    }
    margin(out, indent, show);
    out.push_str("EOT");
    diff.null_suffix(out, show);
}

fn write_json(
    diff: &Diff<'_>,
    before: Option<&Value>,
    after: Option<&Value>,
    out: &mut String,
    indent: usize,
    show: Show,
) {
    let null = Value::NULL;
    let mut part = Part::whole(before.unwrap_or(&null), after.unwrap_or(&null));
    part.before.explicit = diff.act != Act::Create;
    part.after.explicit = diff.act != Act::Delete;
    let inner = dynamic(&part);
    let mut inner_show = Show { no_null: true, ..show.inner() };
    let only_spaces = inner.act == Act::Keep && diff.act == Act::Update;
    let mut remark = String::new();
    let mut forces = String::new();
    if only_spaces {
        remark.push_str(if diff.replace {
            " # whitespace changes force replacement"
        } else {
            " # whitespace changes"
        });
        inner_show.unchanged = true;
    } else {
        diff.forces_suffix(&mut forces, show);
    }
    let mut text = String::new();
    inner.write(&mut text, indent + 1, inner_show);
    if !text.contains('\n') {
        out.push_str("jsonencode(");
        out.push_str(&text);
        out.push(')');
        out.push_str(&remark);
        return out.push_str(&forces);
    }
    out.push_str("jsonencode(");
    out.push_str(&remark);
    out.push('\n');
    spaces(out, indent + 1);
    // Only a change within is marked; that it comes or goes is plain from its attribute.
    symbol(
        out,
        if diff.act == Act::Update && !only_spaces { Act::Update } else { Act::Keep },
        show,
    );
    out.push_str(&text);
    out.push_str(&forces);
    out.push('\n');
    margin(out, indent, show);
    out.push(')');
    diff.null_suffix(out, show);
}
