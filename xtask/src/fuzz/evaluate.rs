//! What expressions give, many at a time.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde_json::{Value as Json, json};

use super::engines::{Complaint, Engine, Engines};

/// What an engine makes of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Outcome {
    Value(Json),
    Errors(BTreeSet<(String, u64, u64)>),
    /// Its value cannot be told: some cannot be written to Terraform's plan files.
    Untold,
}

/// How often expressions that are wrong are taken out, at most.
const ROUNDS: usize = 6;

/// What both engines make of expressions, Terraform first.
pub(super) fn evaluate(
    engines: &Engines,
    expressions: &[String],
) -> Result<Vec<(Outcome, Outcome)>> {
    let (terraform, groma) = engines.both(|engine| outcomes(engine, expressions))?;
    Ok(terraform.into_iter().zip(groma).collect())
}

/// What one engine makes of them. It may find some errors only when others are gone.
fn outcomes(engine: &Engine, expressions: &[String]) -> Result<Vec<Outcome>> {
    let mut errors: Vec<BTreeSet<(String, u64, u64)>> = vec![BTreeSet::new(); expressions.len()];
    let mut left: Vec<usize> = (0..expressions.len()).collect();
    let mut untold = BTreeSet::new();
    let mut plan = Json::Null;
    for _ in 0..ROUNDS {
        let source = Source::of(expressions, &left);
        engine.write(&[("expressions.tf".to_owned(), source.text.clone())])?;
        let found = match engine.plan()? {
            Ok(json) => {
                plan = json;
                break;
            }
            Err(found) => found,
        };
        let mut wrong = BTreeSet::new();
        for complaint in &found {
            if let Some(index) = unwritten(complaint) {
                untold.insert(index);
                wrong.insert(index);
            }
            let Some((index, (start, end))) = source.place(complaint) else { continue };
            // Terraform's own fault.
            if complaint.detail.contains("panic in function implementation") {
                untold.insert(index);
            }
            errors[index].insert((complaint.summary.clone(), start, end));
            wrong.insert(index);
        }
        anyhow::ensure!(!wrong.is_empty(), "{} complains of no expression: {found:?}", engine.name);
        left.retain(|index| !wrong.contains(index));
    }
    let outcome = |(index, errors): (usize, BTreeSet<_>)| match errors.is_empty() {
        _ if untold.contains(&index) => Outcome::Untold,
        true => Outcome::Value(value(&plan, index)),
        false => Outcome::Errors(errors),
    };
    Ok(errors.into_iter().enumerate().map(outcome).collect())
}

/// The expression whose value could not be written.
fn unwritten(complaint: &Complaint) -> Option<usize> {
    let (_, rest) = complaint.detail.split_once("output value \"e")?;
    rest.split_once('"')?.0.parse().ok().filter(|_| complaint.place.is_none())
}

/// What a plan says of an output.
fn value(plan: &Json, index: usize) -> Json {
    let name = format!("e{index}");
    let change = &plan["output_changes"][&name];
    json!({
        "after": change["after"],
        "unknown": change["after_unknown"],
        "sensitive": change["after_sensitive"],
        "type": plan["planned_values"]["outputs"][&name]["type"],
    })
}

/// The expressions as outputs of a configuration.
struct Source {
    text: String,
    /// In which line each begins.
    begins: BTreeMap<u64, usize>,
}

impl Source {
    fn of(expressions: &[String], which: &[usize]) -> Source {
        let mut source = Source { text: String::new(), begins: BTreeMap::new() };
        let mut line = 1u64;
        for &index in which {
            let expression = &expressions[index];
            let sensitive = match expression.contains("secret") || expression.contains("sensitive(")
            {
                true => "  sensitive = true\n",
                false => "",
            };
            let text = format!("output \"e{index}\" {{\n{sensitive}  value = {expression}\n}}\n");
            source.begins.insert(line, index);
            line += text.matches('\n').count() as u64;
            source.text += &text;
        }
        source
    }

    /// Which expression a complaint is about, and the columns that it points at.
    fn place(&self, complaint: &Complaint) -> Option<(usize, (u64, u64))> {
        let (file, line, start, end) = complaint.place.as_ref()?;
        if file != "expressions.tf" {
            return None;
        }
        let (_, index) = self.begins.range(..=*line).next_back()?;
        Some((*index, (*start, *end)))
    }
}

/// What is different about an expression, in a few words; nothing if all is the same.
pub(super) fn difference(terraform: &Outcome, groma: &Outcome) -> Option<String> {
    match (terraform, groma) {
        (Outcome::Untold, _) | (_, Outcome::Untold) => None,
        (Outcome::Value(a), Outcome::Value(b)) if a == b => None,
        (Outcome::Value(a), Outcome::Value(b)) => {
            let parts = ["after", "unknown", "sensitive", "type"];
            let differ: Vec<&str> = parts.into_iter().filter(|p| a[p] != b[p]).collect();
            Some(format!("another value: {}", differ.join(", ")))
        }
        (Outcome::Errors(a), Outcome::Value(_)) => Some(format!("no error: {}", summaries(a))),
        (Outcome::Value(_), Outcome::Errors(b)) => Some(format!("an error: {}", summaries(b))),
        // More errors than Terraform's are no fault, and neither are those that would have been
        // told next: what does not depend on variables is told before anything is planned.
        (Outcome::Errors(a), Outcome::Errors(b)) if !a.is_disjoint(b) => None,
        (Outcome::Errors(a), Outcome::Errors(b)) => {
            Some(format!("other errors: {} / {}", summaries(a), summaries(b)))
        }
    }
}

fn summaries(errors: &BTreeSet<(String, u64, u64)>) -> String {
    let all: BTreeSet<&str> = errors.iter().map(|(summary, ..)| summary.as_str()).collect();
    all.into_iter().collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_are_found_in_their_expressions() {
        let expressions = ["1".to_owned(), "<<EOT\nx\nEOT\n".to_owned(), "3".to_owned()];
        let source = Source::of(&expressions, &[0, 1, 2]);
        let at = |line| {
            let place = Some(("expressions.tf".to_owned(), line, 3, 5));
            let complaint = Complaint { summary: String::new(), place, detail: String::new() };
            source.place(&complaint)
        };
        assert_eq!(at(2), Some((0, (3, 5))));
        assert_eq!(at(6), Some((1, (3, 5))));
        assert_eq!(at(11), Some((2, (3, 5))), "{}", source.text);
    }

    #[test]
    fn an_error_in_common_is_enough() {
        let error = |name: &str| (name.to_owned(), 1, 2);
        let one = Outcome::Errors(BTreeSet::from([error("a")]));
        let two = Outcome::Errors(BTreeSet::from([error("a"), error("b")]));
        assert_eq!(difference(&one, &two), None);
        assert_eq!(difference(&two, &one), None);
        assert!(difference(&one, &Outcome::Errors(BTreeSet::from([error("b")]))).is_some());
        assert!(difference(&Outcome::Value(json!(1)), &one).is_some());
    }
}
