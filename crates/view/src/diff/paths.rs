//! Which parts of a value some paths lead to.

use groma_value::{Kind, Path, PathStep};

/// What is left of some paths at a part of a value.
#[derive(Clone, Debug)]
pub(crate) enum Paths<'a> {
    /// Paths to everything.
    All,
    /// These.
    Some {
        rest: Vec<&'a [PathStep]>,
        /// Whether a path to a part is one to all that is in it.
        inherited: bool,
    },
}

impl<'a> Paths<'a> {
    /// Paths that lead to nothing but their ends.
    pub(crate) fn to(paths: &'a [Path]) -> Paths<'a> {
        Paths::Some { rest: paths.iter().map(|p| &*p.0).collect(), inherited: false }
    }

    /// Paths that lead to their ends and all that is there.
    pub(crate) fn to_all_in(paths: impl IntoIterator<Item = &'a Path>) -> Paths<'a> {
        Paths::Some { rest: paths.into_iter().map(|p| &*p.0).collect(), inherited: true }
    }

    /// No paths.
    pub(crate) fn none() -> Paths<'a> {
        Paths::Some { rest: Vec::new(), inherited: false }
    }

    /// Whether one ends here.
    pub(crate) fn end_here(&self) -> bool {
        match self {
            Paths::All => true,
            Paths::Some { rest, .. } => rest.iter().any(|path| path.is_empty()),
        }
    }

    /// Whether one leads here or further.
    pub(crate) fn lead_here(&self) -> bool {
        match self {
            Paths::All => true,
            Paths::Some { rest, .. } => !rest.is_empty(),
        }
    }

    /// What is left at an attribute or the element of a map.
    pub(crate) fn at_key(&self, key: &str) -> Paths<'a> {
        self.at(|step| match step {
            PathStep::Attribute(name) => **name == *key,
            PathStep::Index(index) => index.as_str().is_some_and(|name| **name == *key),
        })
    }

    /// What is left at the element of a sequence.
    pub(crate) fn at_index(&self, at: usize) -> Paths<'a> {
        self.at(|step| match step {
            PathStep::Index(index) => match index.kind() {
                Kind::Number(number) => number.as_usize() == Some(at),
                Kind::String(digits) => digits.parse() == Ok(at),
                _ => false,
            },
            PathStep::Attribute(name) => name.parse() == Ok(at),
        })
    }

    fn at(&self, is_next: impl Fn(&PathStep) -> bool) -> Paths<'a> {
        let Paths::Some { rest, inherited } = self else { return Paths::All };
        let rest = rest.iter().filter_map(|path| match path.split_first() {
            None => inherited.then_some(*path),
            Some((step, rest)) => is_next(step).then_some(rest),
        });
        Paths::Some { rest: rest.collect(), inherited: *inherited }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_end_where_they_end() {
        let paths = [Path::root().attribute("a").index(1.into())];
        let found = Paths::to(&paths);
        assert!(found.lead_here() && !found.end_here());
        assert!(found.at_key("a").at_index(1).end_here());
        assert!(!found.at_key("a").at_index(1).at_key("b").lead_here());
        assert!(!found.at_key("b").lead_here());
        let all = Paths::to_all_in(&paths);
        assert!(all.at_key("a").at_index(1).at_key("b").end_here());
    }
}
