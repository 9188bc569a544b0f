//! Finding files by a pattern, for `fileset`.
//!
//! `*` and `?` stand for characters of a name, `[…]` for one of several, `{a,b}` for either, and
//! `**` for directories of any depth.

use std::io;

use super::{FileAccess, FileKind};

/// Why nothing can be found.
pub(super) enum GlobError {
    Syntax,
    Io(io::Error),
}

/// How many patterns the alternatives in braces may make.
const MOST_PATTERNS: usize = 1024;
/// How deep `**` goes: links may lead in circles.
const DEEPEST: usize = 64;

/// The paths of all files that the pattern, itself a path, matches.
pub(super) fn find(files: &dyn FileAccess, pattern: &str) -> Result<Vec<String>, GlobError> {
    let mut patterns = Vec::new();
    expand_braces(pattern, &mut patterns)?;
    let mut found = Vec::new();
    for pattern in &patterns {
        let (root, rest) = match pattern.strip_prefix('/') {
            Some(rest) => ("/", rest),
            None => ("", pattern.as_str()),
        };
        let segments: Vec<&str> = rest.split('/').filter(|s| !s.is_empty()).collect();
        for segment in &segments {
            Segment::parse(segment)?;
        }
        let mut search = Search { files, found: &mut found };
        search.descend(root, &segments, 0)?;
    }
    found.sort();
    found.dedup();
    Ok(found)
}

struct Search<'a> {
    files: &'a dyn FileAccess,
    found: &'a mut Vec<String>,
}

impl Search<'_> {
    fn descend(&mut self, dir: &str, segments: &[&str], depth: usize) -> Result<(), GlobError> {
        let Some((first, rest)) = segments.split_first() else { return Ok(()) };
        let in_dir = |name: &str| match dir {
            "" => name.to_owned(),
            "/" => format!("/{name}"),
            dir => format!("{dir}/{name}"),
        };
        if *first == "**" {
            // No directory at all counts too.
            if rest.is_empty() {
                self.descend(dir, &["*"], depth)?;
            } else {
                self.descend(dir, rest, depth)?;
            }
            if depth >= DEEPEST {
                return Ok(());
            }
            for name in self.names(dir)? {
                let path = in_dir(&name);
                if matches!(self.files.kind(&path), Ok(FileKind::Directory)) {
                    self.descend(&path, segments, depth + 1)?;
                }
            }
            return Ok(());
        }
        let segment = Segment::parse(first)?;
        if let Some(name) = segment.literal() {
            return self.enter(in_dir(&name), rest, depth);
        }
        for name in self.names(dir)? {
            if segment.matches(&name) {
                self.enter(in_dir(&name), rest, depth)?;
            }
        }
        Ok(())
    }

    fn enter(&mut self, path: String, rest: &[&str], depth: usize) -> Result<(), GlobError> {
        match self.files.kind(&path) {
            Ok(FileKind::File) if rest.is_empty() => self.found.push(path),
            Ok(FileKind::Directory) if !rest.is_empty() => self.descend(&path, rest, depth)?,
            _ => {}
        }
        Ok(())
    }

    fn names(&self, dir: &str) -> Result<Vec<String>, GlobError> {
        match self.files.list(if dir.is_empty() { "." } else { dir }) {
            Ok(names) => Ok(names),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                Ok(Vec::new())
            }
            Err(error) => Err(GlobError::Io(error)),
        }
    }
}

/// Makes a pattern of each combination of alternatives.
fn expand_braces(pattern: &str, out: &mut Vec<String>) -> Result<(), GlobError> {
    let Some(open) = find_unescaped(pattern, '{') else {
        if find_unescaped(pattern, '}').is_some() {
            return Err(GlobError::Syntax);
        }
        out.push(pattern.to_owned());
        return Ok(());
    };
    let (before, inner) = (&pattern[..open], &pattern[open + 1..]);
    let mut alternatives = Vec::new();
    let (mut depth, mut start, mut escaped, mut end) = (0, 0, false, None);
    for (at, c) in inner.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '{' => depth += 1,
            '}' if depth == 0 => {
                alternatives.push(&inner[start..at]);
                end = Some(at);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                alternatives.push(&inner[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    let end = end.ok_or(GlobError::Syntax)?;
    for alternative in alternatives {
        if out.len() >= MOST_PATTERNS {
            return Err(GlobError::Syntax);
        }
        expand_braces(&format!("{before}{alternative}{}", &inner[end + 1..]), out)?;
    }
    Ok(())
}

fn find_unescaped(pattern: &str, wanted: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in pattern.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == wanted => return Some(at),
            _ => {}
        }
    }
    None
}

/// The pattern of one name.
struct Segment(Vec<Part>);

enum Part {
    Char(char),
    /// `?`
    AnyChar,
    /// `*`
    Any,
    /// `[a-z]`
    Class {
        ranges: Vec<(char, char)>,
        negated: bool,
    },
}

impl Segment {
    fn parse(text: &str) -> Result<Segment, GlobError> {
        let mut parts = Vec::new();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            parts.push(match c {
                '*' => Part::Any,
                '?' => Part::AnyChar,
                '\\' => Part::Char(chars.next().ok_or(GlobError::Syntax)?),
                '[' => {
                    let negated = chars.next_if(|c| matches!(c, '^' | '!')).is_some();
                    let mut ranges = Vec::new();
                    loop {
                        let low = match chars.next().ok_or(GlobError::Syntax)? {
                            ']' if !ranges.is_empty() => break,
                            ']' | '-' => return Err(GlobError::Syntax),
                            '\\' => chars.next().ok_or(GlobError::Syntax)?,
                            c => c,
                        };
                        if chars.next_if_eq(&'-').is_none() {
                            ranges.push((low, low));
                            continue;
                        }
                        let high = match chars.next().ok_or(GlobError::Syntax)? {
                            ']' | '-' => return Err(GlobError::Syntax),
                            '\\' => chars.next().ok_or(GlobError::Syntax)?,
                            c => c,
                        };
                        ranges.push((low, high));
                    }
                    Part::Class { ranges, negated }
                }
                c => Part::Char(c),
            });
        }
        Ok(Segment(parts))
    }

    /// The name, if there is just one that matches.
    fn literal(&self) -> Option<String> {
        let char = |part: &Part| match part {
            Part::Char(c) => Some(*c),
            _ => None,
        };
        self.0.iter().map(char).collect()
    }

    fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        let (mut at, mut part) = (0, 0);
        // Where the last `*` stands, and how far it reaches so far.
        let mut star: Option<(usize, usize)> = None;
        while at < name.len() {
            let fits = match self.0.get(part) {
                Some(Part::Any) => {
                    star = Some((part, at));
                    part += 1;
                    continue;
                }
                Some(Part::AnyChar) => true,
                Some(Part::Char(c)) => *c == name[at],
                Some(Part::Class { ranges, negated }) => {
                    ranges.iter().any(|(low, high)| (*low..=*high).contains(&name[at])) != *negated
                }
                None => false,
            };
            if fits {
                at += 1;
                part += 1;
                continue;
            }
            let Some((star_part, reach)) = star else { return false };
            star = Some((star_part, reach + 1));
            at = reach + 1;
            part = star_part + 1;
        }
        self.0[part..].iter().all(|part| matches!(part, Part::Any))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_matched() {
        for (pattern, name, expected) in [
            ("*.tf", "main.tf", true),
            ("*.tf", "main.tfvars", false),
            ("m?in*", "main.tf", true),
            ("[a-m]*[!x]", "main", true),
            ("[^m]*", "main", false),
            ("*a*b", "xaxbxb", true),
            ("\\*", "*", true),
        ] {
            let segment = Segment::parse(pattern);
            assert_eq!(segment.is_ok_and(|s| s.matches(name)), expected, "{pattern} {name}");
        }
        assert!(Segment::parse("[").is_err() && Segment::parse("\\").is_err());
    }

    #[test]
    fn alternatives_make_patterns() {
        let mut patterns = Vec::new();
        assert!(expand_braces("{a,b{1,2}}.tf", &mut patterns).is_ok());
        assert_eq!(patterns, ["a.tf", "b1.tf", "b2.tf"]);
        assert!(expand_braces("{a", &mut patterns).is_err());
    }
}
