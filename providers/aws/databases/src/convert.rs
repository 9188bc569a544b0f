//! What requests take and answers give, beyond what attributes do by themselves.

use groma_sdk::{Attr, Set};

/// What a request takes of an attribute by the method of this name; by `said`, true or false, where
/// what is not set is false.
macro_rules! value {
    (said, $attribute:expr) => {
        Some($attribute.is_true())
    };
    ($method:ident, $attribute:expr) => {
        $attribute.$method()
    };
}
pub(crate) use value;

/// True or false; what is not set is false.
pub(crate) fn said(attr: &Attr<bool>) -> Option<bool> {
    Some(attr.is_true())
}

/// Whether a change is planned; unset and zero are the same.
pub(crate) fn changed<T: Clone + Default + PartialEq>(prior: &Attr<T>, planned: &Attr<T>) -> bool {
    !planned.is_unknown() && prior.or_default() != planned.or_default()
}

/// A set of texts.
pub(crate) fn set_of<'a>(texts: impl IntoIterator<Item = Option<&'a str>>) -> Attr<Set<String>> {
    Attr::Known(texts.into_iter().flatten().map(str::to_owned).collect())
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
        assert_eq!(said(&Attr::Null), Some(false));
        assert!(!changed(&Attr::Null, &Attr::Known(String::new())));
        assert!(!changed(&Attr::Known(true), &Attr::Unknown));
        assert!(changed(&Attr::Known(7), &Attr::Known(0)));
    }
}
