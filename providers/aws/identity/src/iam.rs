//! What the types of IAM share.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_iam::Client;
use aws_sdk_iam::primitives::DateTime;
use aws_sdk_iam::types::Tag;
use groma_aws_core::{Aws, Error, TagMap, client, sdk_tags, tag_map};
use groma_sdk::{Attr, Context, Diagnostic, Diagnostics, Problems};

/// What was asked for is not there.
pub(crate) const NO_SUCH_ENTITY: &str = "NoSuchEntity";

/// How long IAM may need until what was created is known everywhere.
pub(crate) const PROPAGATION: Duration = Duration::from_secs(120);

/// How long a request about something that was created a moment ago is tried again.
pub(crate) const JUST_CREATED: Duration = Duration::from_secs(20);

/// The client of IAM.
pub(crate) fn iam(cx: &Context<Aws>) -> Arc<Client> {
    let aws = cx.client();
    client!(aws, "iam", aws_sdk_iam)
}

/// Whether names in IAM may have a character.
pub(crate) fn in_names(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_+=,.@-".contains(c)
}

/// What [`in_names`] takes, in words.
pub(crate) const NAME_CHARACTERS: &str = "letters, digits and any of _+=,.@-";

/// The path of an object: `/`, or names between slashes.
pub(crate) fn path(text: &String) -> Result<(), String> {
    if text.is_empty() {
        return Ok(());
    }
    if !text.starts_with('/') || !text.ends_with('/') {
        return Err(format!("It must begin and end with \"/\", but is {text:?}."));
    }
    if text.len() > 512 || !text.chars().all(|c| c.is_ascii_graphic()) {
        return Err(format!(
            "It may have 512 characters at most, all of them ASCII and none of them white space, but \
             is {text:?}."
        ));
    }
    Ok(())
}

/// A name may be given or begin with a prefix, not both.
pub(crate) fn check_names(name: &Attr<String>, prefix: &Attr<String>, problems: &mut Problems) {
    problems.conflict(("name", !name.is_null()), ("name_prefix", !prefix.is_null()));
}

/// Whether another request changed the same thing at the same time, which passes.
pub(crate) fn is_concurrent(error: &Error) -> bool {
    error.is_any(&["ConcurrentModification", "ConcurrentModificationException"])
}

/// Tags as IAM wants them; `None` for none.
pub(crate) fn iam_tags(tags: &TagMap) -> Option<Vec<Tag>> {
    (!tags.is_empty()).then(|| sdk_tags!(Tag, tags, fallible))
}

/// Tags as IAM gives them.
pub(crate) fn from_iam_tags(tags: &[Tag]) -> TagMap {
    tag_map(tags.iter().map(|t| (t.key(), t.value())))
}

/// A document as IAM gives it, which is encoded for URLs.
pub(crate) fn decoded(document: &str) -> String {
    let mut bytes = Vec::with_capacity(document.len());
    let mut rest = document.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        let byte = match (first, after) {
            (b'+', _) => b' ',
            (b'%', [high, low, ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => {
                    rest = &after[2..];
                    high * 16 + low
                }
                // It was not encoded at all.
                _ => return document.to_owned(),
            },
            (b'%', _) => return document.to_owned(),
            (byte, _) => *byte,
        };
        bytes.push(byte);
    }
    String::from_utf8(bytes).unwrap_or_else(|_| document.to_owned())
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|d| u8::try_from(d).ok())
}

/// When a create began, to tell what it created itself from what was there before.
///
/// Creates of IAM have no client token. If the answer to one is lost, the next try is told that the
/// object exists already. It is taken for ours only if it was created after we began, and if no
/// other resource of this run has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Began(SystemTime);

static OURS: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);

impl Began {
    /// Now.
    pub(crate) fn now() -> Began {
        Began(SystemTime::now())
    }

    /// Notes an object that was created, by its unique id. Gives whether it is ours: another create
    /// may have taken it for its own.
    pub(crate) fn created(self, id: &str) -> bool {
        self.claim(id)
    }

    /// Whether an object was created since.
    pub(crate) fn is_before(self, created: Option<&DateTime>) -> bool {
        // Clocks differ a little, and IAM gives whole seconds.
        const SLACK: i64 = 2;
        let began = self.0.duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
        let began = i64::try_from(began).unwrap_or(i64::MAX);
        created.is_some_and(|c| c.secs().saturating_add(SLACK) >= began)
    }

    /// Whether an object that is there must be the one that was to be created.
    pub(crate) fn adopts(self, there: &There<'_>) -> bool {
        let ours = there.generated
            || self.is_before(there.created)
                && there.wanted.iter().all(|tag| there.tags.get(tag.0) == Some(tag.1));
        ours && there.id.is_some_and(|id| self.claim(id))
    }

    fn claim(self, id: &str) -> bool {
        OURS.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned())
    }
}

/// What is there already under a name that was to be new.
#[derive(Debug)]
pub(crate) struct There<'a> {
    /// Its unique id.
    pub(crate) id: Option<&'a str>,
    /// When it was created.
    pub(crate) created: Option<&'a DateTime>,
    /// Its tags.
    pub(crate) tags: TagMap,
    /// The tags that ours was to have.
    pub(crate) wanted: &'a TagMap,
    /// Whether the name was generated by us, so that nobody else can have used it.
    pub(crate) generated: bool,
}

/// The answer of a service lacks what it must have.
pub(crate) fn empty_answer(what: &str) -> Diagnostics {
    Diagnostic::error(
        format!("{what}: empty result"),
        "The service answered without saying what there is. Run the command again; if it happens \
         again, the endpoint may not be the service that it is taken for.",
    )
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_decoded() {
        assert_eq!(decoded("%7B%22a%22%3A+%22%C3%A9%22%7d"), "{\"a\": \"é\"}");
        assert_eq!(decoded("{\"a\":\"100%\"}"), "{\"a\":\"100%\"}");
        assert_eq!(decoded("{\"a\":\"%zz\"}"), "{\"a\":\"%zz\"}");
        assert_eq!(decoded("%ff"), "%ff");
        assert_eq!(decoded(""), "");
    }

    #[test]
    fn what_was_there_before_is_not_adopted() {
        let began = Began::now();
        let now = i64::try_from(began.0.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs());
        let now = now.unwrap_or_default();
        let (old, new) = (DateTime::from_secs(now - 60), DateTime::from_secs(now));
        let ours = TagMap::from([("a".to_owned(), "b".to_owned())]);
        let adopts = |id, created, tags: &TagMap, generated| {
            let (created, tags) = (Some(created), tags.clone());
            began.adopts(&There { id: Some(id), created, tags, wanted: &ours, generated })
        };
        assert!(!adopts("AROATESTA", &old, &ours, false));
        assert!(!adopts("AROATESTA", &new, &TagMap::new(), false));
        assert!(adopts("AROATESTB", &old, &TagMap::new(), true));
        assert!(adopts("AROATESTC", &new, &ours, false));
        // Two resources of one run cannot have created the same object.
        assert!(!adopts("AROATESTC", &new, &ours, false));
        began.created("AROATESTD");
        assert!(!adopts("AROATESTD", &new, &ours, true));
    }

    #[test]
    fn paths_are_between_slashes() {
        let check = |text: &str| path(&text.to_owned());
        assert!(check("/").is_ok() && check("/a/b/").is_ok() && check("").is_ok());
        for text in ["a", "/a", "a/", "/a b/", "/ä/"] {
            assert!(check(text).is_err(), "{text}");
        }
    }
}
