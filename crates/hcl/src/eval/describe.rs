//! What is said of the variables in an expression that failed.

use std::collections::BTreeMap;

use groma_diag::ExpressionValue;
use groma_value::{Kind, Number, Type, UnknownValue, Value};

use super::Evaluation;
use crate::ast::{Expression, Traversal};
use crate::render::quote_visibly;

/// Lengths beyond this say nothing to a reader.
const LONGEST_TOLD: u64 = 1024;

impl<'a> Evaluation<'a> {
    /// What is known of each variable in the expression, in the order of their names.
    pub(super) fn values_in(
        &self,
        expression: &Expression,
        unknown: bool,
        confidential: bool,
    ) -> Vec<ExpressionValue> {
        let mut told = BTreeMap::new();
        expression.for_each_variable(&mut |traversal| {
            if let Some((name, value)) = self.longest_known(traversal)
                && let Some(statement) = describe_value(&value, unknown, confidential)
            {
                told.insert(name, statement);
            }
        });
        told.into_iter()
            .map(|(traversal, statement)| ExpressionValue { traversal, statement })
            .collect()
    }

    /// The value that the variable with as many of its steps as possible leads to.
    fn longest_known(&self, traversal: &Traversal) -> Option<(String, Value)> {
        (0..=traversal.steps.len()).rev().find_map(|length| {
            let value = self.look_up(traversal, length)?;
            let mut name = traversal.root.to_string();
            for step in &traversal.steps[..length] {
                name.push_str(&step.to_string());
            }
            Some((name, value))
        })
    }
}

/// What is said of a value: `is "x"`, `is list of string with 2 elements`, `is a string, known only
/// after apply`. Nothing is said of a confidential value unless `confidential`, and not that a
/// value is unknown unless `unknown`.
pub fn describe_value(value: &Value, unknown: bool, confidential: bool) -> Option<String> {
    if value.is_sensitive() {
        return confidential.then(|| "has a sensitive value".to_owned());
    }
    if value.marks().is_ephemeral() {
        return confidential.then(|| "has an ephemeral value".to_owned());
    }
    match value.kind() {
        Kind::Unknown(u) if u.ty == Type::Dynamic => {
            unknown.then(|| "will be known only after apply".to_owned())
        }
        Kind::Unknown(u) if !unknown => Some(format!("is a {}", u.ty.friendly_name())),
        Kind::Unknown(u) => Some(describe_unknown(u)),
        _ => Some(format!("is {}", summary(value))),
    }
}

fn describe_unknown(unknown: &UnknownValue) -> String {
    let ty = unknown.ty.friendly_name();
    let least = unknown.refinements.length_min.unwrap_or(0);
    let most = unknown.refinements.length_max.filter(|most| *most <= LONGEST_TOLD);
    let length = match (least, most) {
        _ if !unknown.ty.is_collection() => String::new(),
        (least, Some(most)) if least == most => format!(" of length {least}"),
        (0, Some(most)) => format!(" with up to {most} elements"),
        (least, Some(most)) => format!(" with between {least} and {most} elements"),
        (0, None) => String::new(),
        (least, None) => format!(" with at least {least} elements"),
    };
    format!("is a {ty}{length}, known only after apply")
}

/// A known value in one line. Elements are not shown: they may be sensitive.
fn summary(value: &Value) -> String {
    match value.kind() {
        Kind::Null(_) => "null".to_owned(),
        Kind::Bool(b) => b.to_string(),
        Kind::Number(n) => ten_digits(n),
        Kind::String(s) => quote_visibly(s),
        Kind::Object(entries) => match entries.len() {
            0 => "object with no attributes".to_owned(),
            1 => {
                let name = entries.keys().next().map_or("", |name| name);
                format!("object with 1 attribute {}", quote_visibly(name))
            }
            n => format!("object with {n} attributes"),
        },
        Kind::List(_) | Kind::Set(_) | Kind::Tuple(_) | Kind::Map(_) => {
            let length = value.as_sequence().map(<[Value]>::len);
            let length = length.or(value.as_entries().map(|e| e.len())).unwrap_or_default();
            let ty = match value.kind() {
                Kind::Tuple(_) => "tuple".to_owned(),
                _ => value.ty().friendly_name(),
            };
            match length {
                0 => format!("empty {ty}"),
                1 => format!("{ty} with 1 element"),
                n => format!("{ty} with {n} elements"),
            }
        }
        Kind::Unknown(_) => "(not yet known)".to_owned(),
    }
}

/// A number with no more than ten digits.
fn ten_digits(number: &Number) -> String {
    let exact = number.to_string();
    if exact.bytes().filter(u8::is_ascii_digit).count() <= 10 || number.is_infinite() {
        return exact;
    }
    let scientific = format!("{:.9e}", number.to_f64());
    let Some((digits, exponent)) = scientific.split_once('e') else { return exact };
    let digits = digits.trim_end_matches('0').trim_end_matches('.');
    match exponent.parse::<i32>() {
        Ok(exponent @ -4..10) => {
            let decimals = usize::try_from(9 - exponent).unwrap_or_default();
            let text = format!("{:.decimals$}", number.to_f64());
            let text = if text.contains('.') { text.trim_end_matches('0') } else { &text };
            text.trim_end_matches('.').to_owned()
        }
        Ok(exponent) => format!("{digits}e{exponent:+03}"),
        Err(_) => exact,
    }
}
