//! How a case is written: files that appear, change and go, and commands in between.
//!
//! ```text
//! # What the case is about.
//!
//! === main.tf
//! resource "terraform_data" "a" {}
//!
//! === run
//! apply
//!
//! === delete main.tf
//!
//! === run
//! env TF_VAR_a=1
//! plan -destroy
//! ```
//!
//! Commands that are more than the engine's own:
//!
//! - `plan …` saves the plan, and looks at it as JSON and as text;
//! - `apply …` makes such a plan, applies it, looks at the state, and has both engines plan again;
//! - `save FILE …` is `plan` with the plan kept in a file, `load FILE` applies what was kept;
//! - `direct COMMAND …` is `apply` or `destroy` without a plan made before;
//! - `env NAME=VALUE` and `env NAME` set a variable and take it away;
//! - `look FILE` compares what a command has written to a file;
//! - `raw …` is any command, whose output is compared as it is; where that is JSON, as JSON.

use crate::Result;

/// One thing that happens in a case.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    Write { path: String, text: String },
    Delete { path: String },
    Run { line: usize, words: Vec<String> },
}

/// Reads a case.
pub(crate) fn parse(text: &str) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    let mut commands = false;
    for (number, line) in text.lines().enumerate() {
        if let Some(head) = line.strip_prefix("=== ") {
            let head = head.trim();
            commands = head == "run";
            if let Some(path) = head.strip_prefix("delete ") {
                steps.push(Step::Delete { path: path.to_owned() });
            } else if !commands {
                steps.push(Step::Write { path: head.to_owned(), text: String::new() });
            }
        } else if commands {
            let words = words(line).map_err(|e| format!("line {}: {}", number + 1, e.0))?;
            if !words.is_empty() {
                steps.push(Step::Run { line: number + 1, words });
            }
        } else if let Some(Step::Write { text, .. }) = steps.last_mut() {
            text.push_str(line);
            text.push('\n');
        } else if !(line.is_empty() || line.starts_with('#')) {
            return Err(format!("line {}: this belongs to no file", number + 1).into());
        }
    }
    Ok(steps)
}

/// Splits at blanks; quotes keep them.
fn words(line: &str) -> Result<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '#' if word.is_none() && !quoted => break,
            '\'' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            c if c.is_whitespace() && !quoted => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    if quoted {
        return Err("a quotation does not end".into());
    }
    words.extend(word);
    Ok(words)
}

#[test]
fn scripts_are_read() {
    let text = "# About.\n\n=== a.tf\nx = 1\n=== run\nplan -var 'a=b c' # why\n\n=== delete a.tf\n";
    let steps = parse(text).unwrap();
    assert_eq!(
        steps,
        [
            Step::Write { path: "a.tf".into(), text: "x = 1\n".into() },
            Step::Run { line: 6, words: vec!["plan".into(), "-var".into(), "a=b c".into()] },
            Step::Delete { path: "a.tf".into() },
        ]
    );
    assert!(parse("x").is_err());
    assert!(parse("=== run\na 'b").is_err());
}
