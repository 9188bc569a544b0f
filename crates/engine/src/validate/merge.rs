//! Putting together what the stages of a validation have found: each mistake once.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use groma_config::{Config, Unread};
use groma_diag::{Diagnostic, Diagnostics, SourceRange};

/// What loading, building the graph and evaluating have found. What only follows from errors of
/// syntax is left out; an undeclared name is found by both the graph and evaluation, which may
/// point it out more exactly.
pub(super) fn merge(
    config: &Config,
    by_loading: Diagnostics,
    by_graph: Diagnostics,
    by_evaluation: Diagnostics,
) -> Diagnostics {
    let broken = Broken::of(config);
    let mut report = Report::default();
    for diagnostic in by_loading {
        report.add(diagnostic);
    }
    let first = report.all.len();
    for diagnostic in by_graph.into_iter().filter(|d| !broken.explains(d)) {
        report.add(diagnostic);
    }
    let places = Places::of(&report.all[first..]);
    for diagnostic in by_evaluation.into_iter().filter(|d| !broken.explains(d)) {
        match places.same(&diagnostic) {
            Some(at) => report.sharpen(first + at, diagnostic),
            None => report.add(diagnostic),
        }
    }
    report.all.into_iter().collect()
}

/// What is told.
#[derive(Default)]
struct Report {
    all: Vec<Diagnostic>,
    seen: HashSet<(String, String, Option<SourceRange>, Option<String>)>,
}

impl Report {
    /// Adds what has not been told yet.
    fn add(&mut self, diagnostic: Diagnostic) {
        let Diagnostic { summary, detail, subject, address, .. } = &diagnostic;
        if self.seen.insert((summary.clone(), detail.clone(), subject.clone(), address.clone())) {
            self.all.push(diagnostic);
        }
    }

    /// Puts a diagnostic in the place of one that says the same of a larger part.
    fn sharpen(&mut self, at: usize, diagnostic: Diagnostic) {
        let known = &mut self.all[at];
        if known.summary == diagnostic.summary && size(&diagnostic) < size(known) {
            *known = diagnostic;
        }
    }
}

fn size(diagnostic: &Diagnostic) -> u32 {
    let range = diagnostic.subject.as_ref();
    range.map_or(u32::MAX, |range| range.end.byte.saturating_sub(range.start.byte))
}

/// The parts of files that could not be read.
struct Broken<'a>(HashMap<&'a str, Vec<&'a Unread>>);

impl Broken<'_> {
    fn of(config: &Config) -> Broken<'_> {
        let mut parts: HashMap<&str, Vec<&Unread>> = HashMap::new();
        for part in config.modules().flat_map(|node| &node.module.unread) {
            parts.entry(&part.filename).or_default().push(part);
        }
        Broken(parts)
    }

    /// Whether something stands in such a part, so that it may be wrong for that alone.
    fn explains(&self, diagnostic: &Diagnostic) -> bool {
        let Some(place) = &diagnostic.subject else { return false };
        let parts = self.0.get(&*place.filename);
        parts.is_some_and(|parts| parts.iter().any(|part| part.covers(place)))
    }
}

/// Where diagnostics of a kind are, to be found by their places.
struct Places(HashMap<(String, Arc<str>), Vec<Place>>);

struct Place {
    start: u32,
    end: u32,
    /// How far this one and those before it reach.
    reach: u32,
    /// Its number.
    at: usize,
}

impl Places {
    fn of(diagnostics: &[Diagnostic]) -> Places {
        let mut groups: HashMap<(String, Arc<str>), Vec<Place>> = HashMap::new();
        for (at, diagnostic) in diagnostics.iter().enumerate() {
            let Some(range) = &diagnostic.subject else { continue };
            let (start, end) = (range.start.byte, range.end.byte);
            let group = groups.entry((diagnostic.summary.clone(), range.filename.clone()));
            group.or_default().push(Place { start, end, reach: 0, at });
        }
        #[expect(clippy::iter_over_hash_type, reason = "each is sorted by itself")]
        for group in groups.values_mut() {
            group.sort_by_key(|place| place.start);
            let mut reach = 0;
            for place in group {
                reach = reach.max(place.end);
                place.reach = reach;
            }
        }
        Places(groups)
    }

    /// The one about the same mistake, though evaluation may have another name for it.
    fn same(&self, by_evaluation: &Diagnostic) -> Option<usize> {
        let range = by_evaluation.subject.as_ref()?;
        let other = match &*by_evaluation.summary {
            "Invalid index" => Some("Unexpected resource instance key"),
            _ => None,
        };
        let summaries = std::iter::once(&*by_evaluation.summary).chain(other);
        summaries.into_iter().find_map(|summary| {
            let group = self.0.get(&(summary.to_owned(), range.filename.clone()))?;
            let before = group.partition_point(|place| place.start <= range.end.byte);
            let near = group[..before].iter().rev();
            near.take_while(|place| place.reach >= range.start.byte)
                .find(|place| place.end >= range.start.byte)
                .map(|place| place.at)
        })
    }
}

#[cfg(test)]
mod tests {
    use groma_diag::Pos;

    use super::*;

    fn at(summary: &str, start: u32, end: u32) -> Diagnostic {
        let pos = |byte| Pos { line: 1, column: byte + 1, byte };
        let range = SourceRange::new("a.tf".into(), pos(start), pos(end));
        Diagnostic::error(summary, "").at(&range)
    }

    #[test]
    fn mistakes_are_found_by_their_places() {
        let known = [at("a", 0, 50), at("a", 10, 12), at("b", 5, 6), at("a", 60, 70)];
        let places = Places::of(&known);
        assert_eq!(places.same(&at("a", 40, 41)), Some(0));
        assert_eq!(places.same(&at("a", 11, 12)), Some(1));
        assert_eq!(places.same(&at("b", 5, 6)), Some(2));
        assert_eq!(places.same(&at("a", 55, 56)), None);
        assert_eq!(places.same(&at("c", 5, 6)), None);
        let known = [at("Unexpected resource instance key", 3, 9)];
        assert_eq!(Places::of(&known).same(&at("Invalid index", 5, 6)), Some(0));
    }
}
