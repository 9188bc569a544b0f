//! Numbers and bools; strings are next door.

use groma_value::{Kind, Value};

use super::{Show, arrow, string};
use crate::diff::{Act, Diff};

pub(super) fn write(
    diff: &Diff<'_>,
    before: Option<&Value>,
    after: Option<&Value>,
    out: &mut String,
    indent: usize,
    show: Show,
) {
    let is_string = |v: Option<&Value>| v.is_some_and(|v| matches!(v.kind(), Kind::String(_)));
    if is_string(before) || is_string(after) {
        return string::write(diff, before, after, out, indent, show);
    }
    match diff.act {
        Act::Create => write_value(after, out, show),
        Act::Keep => write_value(before, out, show),
        Act::Delete => {
            write_value(before, out, show);
            diff.null_suffix(out, show);
        }
        Act::Update => {
            write_value(before, out, show);
            arrow(out, show);
            write_value(after, out, show);
        }
    }
    diff.forces_suffix(out, show);
}

fn write_value(value: Option<&Value>, out: &mut String, show: Show) {
    match value.map(Value::kind) {
        Some(Kind::Bool(b)) => out.push_str(if *b { "true" } else { "false" }),
        Some(Kind::Number(n)) => out.push_str(&n.to_string()),
        _ => write_null(out, show),
    }
}

pub(super) fn write_null(out: &mut String, show: Show) {
    out.push_str(&show.style.grey("null").to_string());
}
