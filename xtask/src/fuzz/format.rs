//! Formatting: files with their white space in disorder, many at a time.

use std::collections::BTreeSet;
use std::fs;

use anyhow::Result;

use super::configurations;
use super::engines::{Engine, Engines};
use super::random::Random;

/// What is put between tokens.
const BETWEEN: &[&str] =
    &[" ", "   ", "\t", "\n", "\n\n", "/* c */", "# c\n", "// é\n", "/* a\n b */", "\r\n"];

/// What is put anywhere.
const ANYWHERE: &[&str] =
    &["-", "!", "[", "]", "{", "}", "(", ")", ",", ".", "\"", "${", "...", "=>", "?", ":", "for"];

/// A configuration in disorder.
pub(super) fn file(random: &mut Random) -> String {
    let text = configurations::text(&configurations::configuration(random));
    let mut tokens: Vec<String> = tokens(&text).into_iter().map(str::to_owned).collect();
    let changes = *random.pick(&[1, 2, 4, 8, 30]);
    for _ in 0..changes {
        let at = random.below(tokens.len());
        let is_space = tokens[at].trim().is_empty();
        match random.below(20) {
            0..10 => tokens.insert(at, (*random.pick(BETWEEN)).to_owned()),
            10..15 if is_space => tokens[at] = String::new(),
            15..17 if is_space => tokens[at] = (*random.pick(BETWEEN)).to_owned(),
            17 => tokens.insert(at, (*random.pick(ANYWHERE)).to_owned()),
            18 => drop(tokens.remove(at)),
            _ => {
                let other = random.below(tokens.len());
                tokens.swap(at, other);
            }
        }
        if tokens.is_empty() {
            break;
        }
    }
    tokens.concat()
}

/// White space, words and single characters.
fn tokens(text: &str) -> Vec<&str> {
    let class = |c: char| match c {
        ' ' | '\t' => 0,
        c if c.is_alphanumeric() || matches!(c, '_' | '.') => 1,
        _ => 2,
    };
    let mut tokens = Vec::new();
    let mut start = 0;
    let mut last = None;
    for (at, c) in text.char_indices() {
        let this = class(c);
        if last.is_some_and(|last| last != this || this == 2) {
            tokens.push(&text[start..at]);
            start = at;
        }
        last = Some(this);
    }
    tokens.push(&text[start..]);
    tokens
}

/// What becomes of a file: its text, or nothing if it has errors.
pub(super) type Formatted = Option<String>;

/// What both engines make of files, Terraform first.
pub(super) fn format(engines: &Engines, files: &[String]) -> Result<Vec<(Formatted, Formatted)>> {
    let (terraform, groma) = engines.both(|engine: &Engine| {
        for entry in fs::read_dir(&engine.directory)? {
            fs::remove_file(entry?.path())?;
        }
        let names = (0..files.len()).map(|n| format!("f{n}.tf"));
        let named: Vec<(String, String)> = names.zip(files.iter().cloned()).collect();
        engine.write(&named)?;
        let output = engine.run(&["fmt", "-no-color", "-list=false"])?;
        let wrong = wrong_files(&output.stderr);
        let result = |(number, (name, _)): (usize, &(String, String))| {
            Ok((!wrong.contains(&number)).then_some(engine.read(name)?))
        };
        named.iter().enumerate().map(result).collect::<Result<Vec<Formatted>>>()
    })?;
    Ok(terraform.into_iter().zip(groma).collect())
}

/// The numbers of the files that errors name: `on f7.tf line 3`.
fn wrong_files(errors: &str) -> BTreeSet<usize> {
    let mentions = errors.match_indices("on f").filter_map(|(at, _)| {
        let (number, _) = errors[at + 4..].split_once(".tf line ")?;
        number.parse().ok()
    });
    mentions.collect()
}

/// What is different, in a few words.
pub(super) fn difference(terraform: &Formatted, groma: &Formatted) -> Option<String> {
    match (terraform, groma) {
        (Some(a), Some(b)) if a != b => Some("another text".to_owned()),
        (None, Some(_)) => Some("no error".to_owned()),
        (Some(_), None) => Some("an error".to_owned()),
        _ => None,
    }
}

/// The same file with something less.
pub(super) fn smaller(file: &str) -> Vec<String> {
    let lines: Vec<&str> = file.split_inclusive('\n').collect();
    let mut all = Vec::new();
    let mut length = lines.len() / 2;
    while length > 0 {
        for start in (0..lines.len()).step_by(length) {
            let end = (start + length).min(lines.len());
            all.push([&lines[..start], &lines[end..]].concat().concat());
        }
        length /= 2;
    }
    if lines.len() <= 8 {
        let tokens = tokens(file);
        all.extend(
            (0..tokens.len()).map(|at| [&tokens[..at], &tokens[at + 1..]].concat().concat()),
        );
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_taken_apart_without_loss() {
        let text = "a = \"é\"\n  # x\r\n";
        assert_eq!(tokens(text).concat(), text);
        assert_eq!(tokens("ab  =1"), ["ab", "  ", "=", "1"]);
    }

    #[test]
    fn files_with_errors_are_known_by_their_names() {
        let errors = "Error: X\n\n  on f12.tf line 1:\n  on f3.tf line 22, in x:";
        assert_eq!(wrong_files(errors), BTreeSet::from([3, 12]));
    }
}
