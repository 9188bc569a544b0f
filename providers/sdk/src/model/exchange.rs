//! From attributes to what requests take, and from answers to attributes.
//!
//! In the states that providers of the older SDK write, a zero value (empty text, 0, false, an empty
//! collection) stands for what is not set. So each of these comes in two forms: as it is, and
//! `filled`, which takes the zero value for nothing.

use std::collections::BTreeMap;

use super::{Attr, Set};

impl Attr<String> {
    /// A text as an answer has it, where an empty one is none.
    pub fn of_filled(text: Option<&str>) -> Attr<String> {
        text.filter(|text| !text.is_empty()).into()
    }

    /// A text as an answer has it, where none is an empty one.
    pub fn of_text(text: Option<&str>) -> Attr<String> {
        Attr::Known(text.unwrap_or_default().to_owned())
    }

    /// The truth value that the text stands for, in attributes that are texts so that they may be
    /// left open.
    pub fn as_flag(&self) -> Option<bool> {
        match self.text() {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
            _ => None,
        }
    }
}

impl Attr<i64> {
    /// The number in 32 bits, if there is one that is known. What does not fit is none: a check of
    /// the attribute refuses it before.
    pub fn to_i32(&self) -> Option<i32> {
        self.get().and_then(|n| i32::try_from(*n).ok())
    }

    /// As [`Attr::to_i32`], unless it is zero.
    pub fn to_filled_i32(&self) -> Option<i32> {
        self.to_i32().filter(|n| *n != 0)
    }

    /// The number, if there is one that is known and not zero.
    pub fn to_filled(&self) -> Option<i64> {
        self.cloned().filter(|n| *n != 0)
    }
}

impl Attr<bool> {
    /// True, or nothing.
    pub fn to_filled(&self) -> Option<bool> {
        self.is_true().then_some(true)
    }
}

impl<T: Clone> Attr<Set<T>> {
    /// The elements; none if it is not set or not known.
    pub fn elements(&self) -> &[T] {
        self.get().map_or(&[], |set| &set.0)
    }

    /// The elements, unless there are none.
    pub fn to_filled(&self) -> Option<Vec<T>> {
        Some(self.elements().to_vec()).filter(|all| !all.is_empty())
    }
}

impl<T: Clone + PartialEq> Attr<Set<T>> {
    /// What is new since another set, and what is gone. Nothing while it is not known.
    pub fn changes_since(&self, before: &Attr<Set<T>>) -> (Vec<T>, Vec<T>) {
        if self.is_unknown() {
            return (Vec::new(), Vec::new());
        }
        let without = |these: &[T], those: &[T]| {
            these.iter().filter(|item| !those.contains(item)).cloned().collect()
        };
        let (before, after) = (before.elements(), self.elements());
        (without(after, before), without(before, after))
    }
}

impl Attr<Set<String>> {
    /// A set of texts.
    pub fn set_of<V: Into<String>>(texts: impl IntoIterator<Item = V>) -> Attr<Set<String>> {
        Attr::Known(texts.into_iter().map(Into::into).collect())
    }

    /// A set of texts; not set if there are none.
    pub fn set_of_filled<V: Into<String>>(texts: impl IntoIterator<Item = V>) -> Attr<Set<String>> {
        let set: Set<String> = texts.into_iter().map(Into::into).collect();
        Some(set).filter(|set| !set.is_empty()).into()
    }
}

impl<T: Clone> Attr<Vec<T>> {
    /// The elements; none if it is not set or not known.
    pub fn elements(&self) -> &[T] {
        self.get().map_or(&[], Vec::as_slice)
    }

    /// The elements, unless there are none.
    pub fn to_filled(&self) -> Option<Vec<T>> {
        Some(self.elements().to_vec()).filter(|all| !all.is_empty())
    }
}

impl Attr<Vec<String>> {
    /// A list of texts.
    pub fn list_of<V: Into<String>>(texts: impl IntoIterator<Item = V>) -> Attr<Vec<String>> {
        Attr::Known(texts.into_iter().map(Into::into).collect())
    }
}

impl<T: Clone> Attr<BTreeMap<String, T>> {
    /// The entries, unless there are none.
    pub fn to_filled(&self) -> Option<BTreeMap<String, T>> {
        self.cloned().filter(|all| !all.is_empty())
    }
}

impl<T: Clone + Default + PartialEq> Attr<T> {
    /// Whether a change from another value is asked for: it is known, and what is not set is the same
    /// as the zero value.
    pub fn differs_from(&self, prior: &Attr<T>) -> bool {
        !self.is_unknown() && self.or_default() != prior.or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_values_are_nothing_where_that_is_meant() {
        assert_eq!(Attr::of_filled(Some("")), Attr::Null);
        assert_eq!(Attr::of_text(None), Attr::from(""));
        assert_eq!(Attr::Known(0).to_i32(), Some(0));
        assert_eq!(Attr::Known(0).to_filled_i32(), None);
        assert_eq!(Attr::Known(1_i64 << 40).to_i32(), None);
        assert_eq!(Attr::Known(1_i64 << 40).to_filled(), Some(1 << 40));
        assert_eq!(Attr::Known(false).to_filled(), None);
        assert_eq!(Attr::<Vec<String>>::Known(Vec::new()).to_filled(), None);
        assert_eq!(Attr::set_of([""; 0]).to_filled(), None);
        assert_eq!(Attr::set_of_filled([""; 0]), Attr::Null);
        assert_eq!(Attr::list_of(["a"]).to_filled(), Some(vec!["a".to_owned()]));
    }

    #[test]
    fn texts_stand_for_truth_values() {
        assert_eq!(Attr::from("True").as_flag(), Some(true));
        assert_eq!(Attr::from("0").as_flag(), Some(false));
        assert_eq!(Attr::from("yes").as_flag(), None);
        assert_eq!(Attr::<String>::Unknown.as_flag(), None);
    }

    #[test]
    fn changes_are_told_only_of_what_is_known() {
        let (before, after) = (Attr::set_of(["a", "b"]), Attr::set_of(["b", "c"]));
        assert_eq!(after.changes_since(&before), (vec!["c".to_owned()], vec!["a".to_owned()]));
        assert_eq!(Attr::Unknown.changes_since(&before), (Vec::new(), Vec::new()));
        let gone = (Vec::new(), vec!["a".to_owned(), "b".to_owned()]);
        assert_eq!(Attr::Null.changes_since(&before), gone);
        assert!(!Attr::<String>::from("").differs_from(&Attr::Null));
        assert!(!Attr::<bool>::Unknown.differs_from(&Attr::Known(true)));
        assert!(Attr::Known(0).differs_from(&Attr::Known(7_i64)));
    }
}
