//! What is known of an unknown value.

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

use crate::{Entries, Kind, Number, Str, Type, Value};

/// What is known of a value that is not known yet, beside its type.
///
/// Nothing is known of whatever is `None` or `false`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Refinements {
    /// It will not be null.
    pub not_null: bool,
    /// A string will begin with this.
    pub prefix: Option<Str>,
    /// A number will be at least this (`true`: or equal).
    pub number_min: Option<(Number, bool)>,
    /// A number will be at most this (`true`: or equal).
    pub number_max: Option<(Number, bool)>,
    /// A collection will have at least as many elements.
    pub length_min: Option<u64>,
    /// A collection will have at most as many elements.
    pub length_max: Option<u64>,
}

/// A list of known length but unknown elements is made up to this length: a plugin may claim any.
const MAX_PINNED_LENGTH: u64 = 1 << 16;

/// Constructors.
impl Refinements {
    /// Just that it will not be null.
    pub fn not_null() -> Refinements {
        Refinements { not_null: true, ..Refinements::default() }
    }

    /// That a string will begin with this, not null, whatever may follow.
    ///
    /// What follows could change the last character, so that may be left out: see
    /// [`safe_prefix`].
    pub fn string_prefix(prefix: &str) -> Refinements {
        Refinements { prefix: Some(safe_prefix(prefix).into()), ..Refinements::not_null() }
    }

    /// That a number will be within these bounds, themselves included, and not null.
    pub fn number_range(min: impl Into<Number>, max: impl Into<Number>) -> Refinements {
        Refinements {
            number_min: Some((min.into(), true)),
            number_max: Some((max.into(), true)),
            ..Refinements::not_null()
        }
    }

    /// That a collection will have this many elements, and not be null.
    pub fn length_range(min: u64, max: u64) -> Refinements {
        Refinements { length_min: Some(min), length_max: Some(max), ..Refinements::not_null() }
    }
}

impl Refinements {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == Refinements::default()
    }

    /// What is known from either. Where they contradict each other, this one holds.
    pub fn and(&self, other: &Refinements) -> Refinements {
        let prefix = match (&self.prefix, &other.prefix) {
            (Some(a), Some(b)) if b.starts_with(&**a) => Some(b.clone()),
            (Some(a), _) => Some(a.clone()),
            (None, b) => b.clone(),
        };
        let merged = Refinements {
            not_null: self.not_null || other.not_null,
            prefix,
            number_min: tighter(&self.number_min, &other.number_min, |a, b| a > b),
            number_max: tighter(&self.number_max, &other.number_max, |a, b| a < b),
            length_min: self.length_min.max(other.length_min),
            length_max: match (self.length_max, other.length_max) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            },
        };
        if merged.is_consistent() {
            merged
        } else {
            Refinements { not_null: merged.not_null, ..self.clone() }
        }
    }

    /// Whether there can be such a value.
    pub fn is_consistent(&self) -> bool {
        let numbers = match (&self.number_min, &self.number_max) {
            (Some((min, min_included)), Some((max, max_included))) => {
                min < max || (min == max && *min_included && *max_included)
            }
            _ => true,
        };
        let lengths = match (self.length_min, self.length_max) {
            (Some(min), Some(max)) => min <= max,
            _ => true,
        };
        numbers && lengths
    }

    /// Without what says nothing about a value of this type.
    pub(crate) fn relevant_to(self, ty: &Type) -> Refinements {
        let bound = |bound: Option<(Number, bool)>, useless: bool| {
            bound.filter(|(n, _)| {
                *ty == Type::Number && !(n.is_infinite() && n.has_minus() == useless)
            })
        };
        Refinements {
            // Nothing can be said about a value whose very type is open.
            not_null: self.not_null && *ty != Type::Dynamic,
            prefix: self.prefix.filter(|p| *ty == Type::String && !p.is_empty()),
            number_min: bound(self.number_min, true),
            number_max: bound(self.number_max, false),
            length_min: self.length_min.filter(|n| ty.is_collection() && *n > 0),
            length_max: self.length_max.filter(|_| ty.is_collection()),
        }
    }

    /// The one value of this type that there can be, with unknown elements where only the length
    /// is known.
    pub(crate) fn pinned(&self, ty: &Type) -> Option<Value> {
        if !self.not_null {
            return None;
        }
        if let (Some((min, true)), Some((max, true))) = (&self.number_min, &self.number_max)
            && min == max
        {
            return Some(Value::number(min.clone()));
        }
        let length = self.length_min.unwrap_or(0);
        if self.length_max != Some(length) {
            return None;
        }
        let unknown = |element: &Type| Value::unknown(element.clone());
        match (ty, length) {
            (Type::List(e), 0..=MAX_PINNED_LENGTH) => {
                Some(Value::list((**e).clone(), vec![unknown(e); length as usize]))
            }
            (Type::Set(e), 0 | 1) => {
                Some(Value::set((**e).clone(), vec![unknown(e); length as usize]))
            }
            (Type::Map(e), 0) => Some(Value::map((**e).clone(), Entries::default())),
            _ => None,
        }
    }

    /// Whether the value, not null, is one that there cannot be.
    pub(crate) fn excludes(&self, value: &Value) -> bool {
        match value.kind() {
            Kind::Number(n) => {
                let below = |(min, included): &(Number, bool)| {
                    n.compare(min).is_lt() || (!included && n.compare(min).is_eq())
                };
                let above = |(max, included): &(Number, bool)| {
                    n.compare(max).is_gt() || (!included && n.compare(max).is_eq())
                };
                self.number_min.as_ref().is_some_and(below)
                    || self.number_max.as_ref().is_some_and(above)
            }
            Kind::String(s) => self.prefix.as_ref().is_some_and(|prefix| !s.starts_with(&**prefix)),
            Kind::List(_) | Kind::Set(_) | Kind::Map(_) => {
                let (min, max) = value.length_bounds();
                max.is_some_and(|max| self.length_min.is_some_and(|least| max < least))
                    || self.length_max.is_some_and(|most| min > most)
            }
            _ => false,
        }
    }
}

type Bound = Option<(Number, bool)>;

fn tighter(a: &Bound, b: &Bound, inside: impl Fn(&Number, &Number) -> bool) -> Bound {
    match (a, b) {
        (Some((x, x_included)), Some((y, y_included))) => {
            let other = inside(y, x) || (x == y && *x_included && !y_included);
            if other { b.clone() } else { a.clone() }
        }
        (a, b) => a.clone().or_else(|| b.clone()),
    }
}

/// Refinement of values.
impl Value {
    /// With more known of it, if it is unknown; marks stay.
    pub fn refine(self, refinements: &Refinements) -> Value {
        let Kind::Unknown(unknown) = self.kind() else { return self };
        let refined =
            Value::unknown_refined(unknown.ty.clone(), unknown.refinements.and(refinements));
        refined.with_marks(self.marks())
    }

    /// With it known that it will not be null, if it is unknown.
    pub fn refine_not_null(self) -> Value {
        match self.kind() {
            Kind::Unknown(unknown) if !unknown.refinements.not_null => {
                self.refine(&Refinements::not_null())
            }
            _ => self,
        }
    }

    /// Whether it is known that the value is not null, or will not be.
    pub fn is_definitely_not_null(&self) -> bool {
        match self.kind() {
            Kind::Null(_) => false,
            Kind::Unknown(unknown) => unknown.refinements.not_null,
            _ => true,
        }
    }
}

/// As much of a known beginning of a string as stays the same whatever follows it.
///
/// What follows may combine with the last character into another one, so that is left off, unless
/// it is one of those that delimit things in texts for machines and combine with nothing.
pub fn safe_prefix(prefix: &str) -> String {
    const DELIMITERS: &str = "-_:;/\\,.(){}[]|?!~ \t@#$%^&*+\"'";
    let mut text: String = prefix.nfc().collect();
    let Some((start, last)) = text.grapheme_indices(true).next_back() else { return text };
    let mut chars = last.chars();
    let delimiter = chars.next().is_some_and(|c| DELIMITERS.contains(c)) && chars.next().is_none();
    if !delimiter {
        // Pairs of regional indicators regroup when another one follows.
        let indicator = |c: char| ('\u{1f1e6}'..='\u{1f1ff}').contains(&c);
        let end =
            text[..start].trim_end_matches(|c| indicator(c) && last.contains(indicator)).len();
        text.truncate(end);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_stop_where_something_might_combine() {
        for (prefix, expected) in [
            ("", ""),
            ("a", ""),
            ("boo", "bo"),
            ("ami-", "ami-"),
            ("https://", "https://"),
            ("x\r", "x"),
            ("hi \u{1f937}", "hi "),
            ("hi \u{1f937} ", "hi \u{1f937} "),
            ("hi \u{1f1e6}\u{1f1e6}\u{1f1e6}", "hi "),
            ("e\u{301}-", "\u{e9}-"),
        ] {
            assert_eq!(safe_prefix(prefix), expected, "{prefix:?}");
        }
    }

    #[test]
    fn enough_refinements_make_a_value() {
        let list = Type::list(Type::String);
        let unknown = |ty: &Type, r: Refinements| Value::unknown_refined(ty.clone(), r);
        assert_eq!(
            unknown(&list, Refinements::length_range(0, 0)),
            Value::list(Type::String, vec![])
        );
        assert_eq!(
            unknown(&list, Refinements::length_range(2, 2)),
            Value::list(Type::String, vec![Value::unknown(Type::String); 2])
        );
        assert_eq!(unknown(&Type::Number, Refinements::number_range(5, 5)), Value::number(5));
        let nullable = Refinements { not_null: false, ..Refinements::length_range(0, 0) };
        assert!(!unknown(&list, nullable).is_known());
        assert!(!unknown(&list, Refinements::length_range(u64::MAX, u64::MAX)).is_known());
    }

    #[test]
    fn refining_keeps_the_tighter_bounds_and_drops_contradictions() {
        let value = Value::unknown_refined(Type::Number, Refinements::number_range(1, 10));
        let refined = value.refine(&Refinements::number_range(0, 5));
        assert_eq!(refined, Value::unknown_refined(Type::Number, Refinements::number_range(1, 5)));
        let refined = refined.clone().refine(&Refinements::number_range(7, 8));
        assert_eq!(refined, Value::unknown_refined(Type::Number, Refinements::number_range(1, 5)));
        assert_eq!(Value::unknown(Type::Dynamic).refine_not_null(), Value::unknown(Type::Dynamic));
    }
}
