//! From attributes to what requests take, and back.
//!
//! In the states of the released provider a zero value stands for what is not set; requests leave
//! both out, except where zero says something (`any_number`, `said`).

use aws_sdk_rds::primitives::{DateTime, DateTimeFormat};
use groma_sdk::{Attr, Set};

/// The text, unless it is empty.
pub(crate) fn text(attr: &Attr<String>) -> Option<String> {
    attr.to_filled()
}

/// The number, unless it is zero.
pub(crate) fn number(attr: &Attr<i64>) -> Option<i32> {
    any_number(attr).filter(|n| *n != 0)
}

/// The number, zero too.
pub(crate) fn any_number(attr: &Attr<i64>) -> Option<i32> {
    attr.get().and_then(|n| i32::try_from(*n).ok())
}

/// True, or nothing.
pub(crate) fn flag(attr: &Attr<bool>) -> Option<bool> {
    attr.is_true().then_some(true)
}

/// True or false; what is not set is false.
pub(crate) fn said(attr: &Attr<bool>) -> Option<bool> {
    Some(attr.is_true())
}

/// The elements, unless there are none.
pub(crate) fn items(attr: &Attr<Set<String>>) -> Option<Vec<String>> {
    attr.get().filter(|set| !set.is_empty()).map(|set| set.0.clone())
}

/// The elements, unless there are none.
pub(crate) fn list(attr: &Attr<Vec<String>>) -> Option<Vec<String>> {
    attr.cloned().filter(|list| !list.is_empty())
}

/// Whether a change is planned; unset and zero are the same.
pub(crate) fn changed<T: Clone + Default + PartialEq>(prior: &Attr<T>, planned: &Attr<T>) -> bool {
    !planned.is_unknown() && prior.or_default() != planned.or_default()
}

/// A set of texts.
pub(crate) fn set_of<'a>(texts: impl IntoIterator<Item = Option<&'a str>>) -> Attr<Set<String>> {
    Attr::Known(texts.into_iter().flatten().map(str::to_owned).collect())
}

/// A moment as states have it.
pub(crate) fn moment(time: Option<&DateTime>) -> Attr<String> {
    time.and_then(|t| t.fmt(DateTimeFormat::DateTime).ok()).into()
}

/// A moment as configurations have it.
pub(crate) fn parsed_moment(text: &str) -> Option<DateTime> {
    DateTime::from_str(text, DateTimeFormat::DateTimeWithOffset).ok()
}

/// The version to be recorded as configured: what is configured, as long as it is the beginning of
/// the actual one, or is about to become so (`15` stays `15` while `15.4` runs).
pub(crate) fn recorded_version(
    known: &Attr<String>,
    actual: &str,
    pending: Option<&str>,
) -> String {
    match known.filled() {
        Some(known) if actual.starts_with(known) || Some(known) == pending => known.to_owned(),
        _ => actual.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_stay_as_short_as_they_were_configured() {
        let of =
            |known: &str, actual, pending| recorded_version(&Attr::from(known), actual, pending);
        assert_eq!(of("15", "15.4", None), "15");
        assert_eq!(of("", "15.4", None), "15.4");
        assert_eq!(of("16.1", "15.4", Some("16.1")), "16.1");
        assert_eq!(of("16.1", "15.4", None), "15.4");
    }

    #[test]
    fn zero_is_not_set() {
        assert_eq!(number(&Attr::Known(0)), None);
        assert_eq!(any_number(&Attr::Known(0)), Some(0));
        assert!(!changed(&Attr::Null, &Attr::Known(String::new())));
        assert!(!changed(&Attr::Known(true), &Attr::Unknown));
        assert!(changed(&Attr::Known(7), &Attr::Known(0)));
    }
}
