//! What the console prints for expressions, piped into it one by one.
//!
//! What an expression comes to as an output of a plan is compared elsewhere; this is about the text,
//! to the character, and about arguments that nobody would write.

use anyhow::Result;

use super::engines::{Engine, Engines};
use super::expressions;
use super::random::Random;
use super::tree::Tree;

/// What an engine prints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Printed {
    Value(String),
    /// The summary of the first error.
    Error(String),
}

/// Arguments out of the ordinary.
const ODD: &[&str] = &[
    "null",
    "tostring(null)",
    "tolist(null)",
    "-1",
    "0",
    "-0",
    "1.5",
    "1e30",
    "-1e-10",
    "1/3",
    "1/0",
    "99999999999999999999",
    "\"\"",
    "\" \"",
    "\"e\\u0301x\"",
    "\"👩‍👩‍👧a\"",
    "\"a\\nb\\n\"",
    "\"0x10\"",
    "\"1e3\"",
    "\"12\"",
    "true",
    "[]",
    "[null]",
    "[[], [1]]",
    "[1, \"a\", true]",
    "{}",
    "{ a = null }",
    "{ a = { b = 1 } }",
    "toset([])",
    "toset([\"b\", \"a\"])",
    "toset([{ a = 1 }])",
    "tolist([])",
    "tolist([1, 2])",
    "tomap({})",
    "tomap({ a = \"x\" })",
    "sensitive(\"a\")",
    "sensitive([1])",
    "[sensitive(\"a\"), \"b\"]",
    "{ a = sensitive(1) }",
    "toset([sensitive(\"a\")])",
    "terraform_data.unknown.id",
    "[terraform_data.unknown.id]",
    "terraform_data.unknown.output",
    "tomap({ a = terraform_data.unknown.id })",
    "local.nested",
    "var.object",
    "var.secret",
];

/// Functions that are called with such, each with the number of its arguments. Those that give
/// something else each time are left out.
const FUNCTIONS: &[(&str, usize)] = &[
    ("abs", 1),
    ("alltrue", 1),
    ("anytrue", 1),
    ("base64decode", 1),
    ("base64encode", 1),
    ("ceil", 1),
    ("chomp", 1),
    ("chunklist", 2),
    ("cidrhost", 2),
    ("cidrsubnet", 3),
    ("coalesce", 2),
    ("coalescelist", 2),
    ("compact", 1),
    ("concat", 2),
    ("csvdecode", 1),
    ("distinct", 1),
    ("endswith", 2),
    ("flatten", 1),
    ("floor", 1),
    ("format", 2),
    ("formatlist", 2),
    ("indent", 2),
    ("index", 2),
    ("issensitive", 1),
    ("join", 2),
    ("jsondecode", 1),
    ("jsonencode", 1),
    ("keys", 1),
    ("length", 1),
    ("log", 2),
    ("lookup", 3),
    ("lower", 1),
    ("matchkeys", 3),
    ("max", 2),
    ("merge", 2),
    ("min", 2),
    ("nonsensitive", 1),
    ("one", 1),
    ("parseint", 2),
    ("pow", 2),
    ("regex", 2),
    ("regexall", 2),
    ("replace", 3),
    ("reverse", 1),
    ("sensitive", 1),
    ("setintersection", 2),
    ("setproduct", 2),
    ("setsubtract", 2),
    ("setunion", 2),
    ("signum", 1),
    ("slice", 3),
    ("sort", 1),
    ("split", 2),
    ("startswith", 2),
    ("strcontains", 2),
    ("strrev", 1),
    ("substr", 3),
    ("sum", 1),
    ("title", 1),
    ("tobool", 1),
    ("tolist", 1),
    ("tomap", 1),
    ("tonumber", 1),
    ("toset", 1),
    ("tostring", 1),
    ("transpose", 1),
    ("trim", 2),
    ("trimprefix", 2),
    ("trimspace", 1),
    ("type", 1),
    ("upper", 1),
    ("urlencode", 1),
    ("values", 1),
    ("yamldecode", 1),
    ("yamlencode", 1),
    ("zipmap", 2),
];

/// An expression: a call with odd arguments, or one of the grammar's.
pub(super) fn expression(random: &mut Random) -> Tree {
    loop {
        let tree = match random.chance(60) {
            true => call(random, 2),
            false => expressions::expression(random),
        };
        // The console takes one line at a time.
        if !tree.text().contains('\n') {
            return tree;
        }
    }
}

fn call(random: &mut Random, depth: usize) -> Tree {
    let (name, count) = *random.pick(FUNCTIONS);
    // Now and then there is one too many, or too few.
    let count = match random.below(40) {
        0 => count + 1,
        1 => count - 1,
        _ => count,
    };
    let argument = |random: &mut Random| match depth > 0 && random.chance(20) {
        true => call(random, depth - 1),
        false => Tree::leaf(*random.pick(ODD)),
    };
    let arguments = (0..count).map(|_| argument(random)).collect();
    Tree::of(&format!("{name}({})", vec!["@"; count].join(", ")), arguments)
}

/// What both engines print, Terraform first.
pub(super) fn print(engines: &Engines, expressions: &[String]) -> Result<Vec<(Printed, Printed)>> {
    let (terraform, groma) = engines.both(|engine: &Engine| {
        expressions.iter().map(|expression| printed(engine, expression)).collect::<Result<Vec<_>>>()
    })?;
    Ok(terraform.into_iter().zip(groma).collect())
}

fn printed(engine: &Engine, expression: &str) -> Result<Printed> {
    let output = engine.run_with(&["console", "-no-color"], &format!("{expression}\n"))?;
    if output.code == Some(0) && !output.stderr.contains("Error: ") {
        return Ok(Printed::Value(output.stdout));
    }
    // Terraform's own fault, whose text has addresses of its memory.
    let summary = match output.stderr.contains("panic in function implementation") {
        true => CRASHED,
        false => first_summary(&output.stderr),
    };
    anyhow::ensure!(!summary.is_empty(), "{} console: {}", engine.name, output.stderr.trim());
    Ok(Printed::Error(summary.to_owned()))
}

const CRASHED: &str = "a crash";

fn first_summary(errors: &str) -> &str {
    let at = errors.find("Error: ").map_or(errors.len(), |at| at + "Error: ".len());
    errors[at..].lines().next().unwrap_or_default().trim()
}

/// What is different, in a few words; nothing if all is the same.
pub(super) fn difference(terraform: &Printed, groma: &Printed) -> Option<String> {
    match (terraform, groma) {
        (Printed::Error(theirs), _) if theirs == CRASHED => None,
        (a, b) if a == b => None,
        (Printed::Value(_), Printed::Value(_)) => Some("another text".to_owned()),
        (Printed::Error(theirs), Printed::Value(_)) => Some(format!("no error: {theirs}")),
        (Printed::Value(_), Printed::Error(ours)) => Some(format!("an error: {ours}")),
        (Printed::Error(theirs), Printed::Error(ours)) => {
            Some(format!("another error: {theirs} / {ours}"))
        }
    }
}

/// Whether Terraform's error is one that its later versions, or OpenTofu, do not have.
pub(super) fn is_allowed_later(what: &str, expression: &str) -> bool {
    let later = ["&&", "||", "contains(", "element("];
    what.starts_with("no error: ") && later.iter().any(|part| expression.contains(part))
}

/// What an expression that differs is about: the functions in it, and the way in which it differs.
/// Texts have little in common but that they are different.
pub(super) fn kind(what: &str, expression: &str) -> String {
    let name = expression.split('(').next().unwrap_or_default();
    format!("{what} ({name})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_summary_is_found() {
        let errors = "\nError: Invalid index\n\n  on <console-input> line 1:\n\nError: Other\n";
        assert_eq!(first_summary(errors), "Invalid index");
        assert_eq!(first_summary("nothing"), "");
    }

    #[test]
    fn expressions_are_of_one_line() {
        let mut random = Random::new(3);
        for _ in 0..300 {
            assert!(!expression(&mut random).text().contains('\n'));
        }
    }

    #[test]
    fn crashes_are_nobody_elses_fault() {
        let crash = Printed::Error(CRASHED.to_owned());
        assert_eq!(difference(&crash, &Printed::Value("1".to_owned())), None);
        assert!(difference(&Printed::Value("1".to_owned()), &crash).is_some());
    }
}
