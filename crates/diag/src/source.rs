//! Places in source text.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// A position in a source file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pos {
    /// Line, counted from 1.
    pub line: u32,
    /// Column in grapheme clusters, counted from 1.
    pub column: u32,
    /// Offset in bytes, counted from 0.
    pub byte: u32,
}

impl Pos {
    /// The first position of every file.
    pub const START: Pos = Pos { line: 1, column: 1, byte: 0 };
}

impl Default for Pos {
    fn default() -> Self {
        Pos::START
    }
}

/// A half-open range of a source file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SourceRange {
    /// The file's name as the user should read it.
    pub filename: Arc<str>,
    /// First position.
    pub start: Pos,
    /// The position just behind the last one.
    pub end: Pos,
}

impl SourceRange {
    /// A range from `start` to `end` of `filename`.
    pub fn new(filename: Arc<str>, start: Pos, end: Pos) -> Self {
        SourceRange { filename, start, end }
    }

    /// The empty range at the start of `filename`.
    pub fn start_of(filename: impl Into<Arc<str>>) -> Self {
        SourceRange { filename: filename.into(), start: Pos::START, end: Pos::START }
    }

    /// The smallest range that covers both ranges, which must be of one file (else `a` is given).
    pub fn between(a: &SourceRange, b: &SourceRange) -> Self {
        if a.filename != b.filename {
            return a.clone();
        }
        let start = if a.start.byte <= b.start.byte { a.start } else { b.start };
        let end = if a.end.byte >= b.end.byte { a.end } else { b.end };
        SourceRange { filename: a.filename.clone(), start, end }
    }
}

impl fmt::Display for SourceRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{},{}", self.filename, self.start.line, self.start.column)?;
        if self.end.line != self.start.line {
            write!(f, "-{},{}", self.end.line, self.end.column)
        } else if self.end.column != self.start.column {
            write!(f, "-{}", self.end.column)
        } else {
            Ok(())
        }
    }
}

/// The texts of the source files that diagnostics may point into.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    files: BTreeMap<Arc<str>, Arc<str>>,
}

impl SourceMap {
    /// Remembers the text of a file, in place of an earlier one of that name.
    pub fn insert(&mut self, filename: impl Into<Arc<str>>, text: impl Into<Arc<str>>) {
        self.files.insert(filename.into(), text.into());
    }

    /// The text of a file.
    pub fn get(&self, filename: &str) -> Option<&Arc<str>> {
        self.files.get(filename)
    }

    /// All files in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Arc<str>)> {
        self.files.iter()
    }

    /// Takes over all files of another map.
    pub fn extend(&mut self, other: &SourceMap) {
        for (name, text) in &other.files {
            self.files.insert(name.clone(), text.clone());
        }
    }
}
