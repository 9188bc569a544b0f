//! Tokens and names that make a create that is repeated the same create.
//!
//! An apply may break off after the service carried a create out and before that was recorded. When
//! the same plan is applied again, the service must see that it is the same request: it gets the
//! same client token, or the same generated name. Both are made when the create is planned, and
//! come back with the plan as private data.

use std::sync::atomic::{AtomicU32, Ordering};

use groma_sdk::Context;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

/// The key in private data, which other programs may keep theirs in, too.
const KEY: &str = "groma_request";

/// Makes the id of a create that is being planned. [`crate::plan_tags`] does it for all types with
/// tags; others call it when they plan, if their creates need it.
pub fn plan_token<C: Send + Sync + 'static>(cx: &Context<C>, is_create: bool) {
    // What is there already is of the object that will be replaced.
    if is_create {
        put(cx, &unique_id());
    }
}

/// The token of a create: the same however often the plan is applied, and for all requests of one
/// operation.
pub fn client_token<C: Send + Sync + 'static>(cx: &Context<C>) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, request_id(cx).as_bytes()).to_string()
}

/// The token of one of several requests of a create.
pub fn client_token_for<C: Send + Sync + 'static>(cx: &Context<C>, part: &str) -> String {
    let name = format!("{}/{part}", request_id(cx));
    Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).to_string()
}

/// A name that begins so and that nothing else has: the same however often the plan is applied.
pub fn generated_name<C: Send + Sync + 'static>(cx: &Context<C>, prefix: &str) -> String {
    format!("{prefix}{}", request_id(cx))
}

/// The name of an object: as configured, or generated from a configured prefix, or from `fallback`,
/// which is `terraform-` for most types.
pub fn name_or_generated<C: Send + Sync + 'static>(
    cx: &Context<C>,
    name: Option<&str>,
    prefix: Option<&str>,
    fallback: &str,
) -> String {
    match (name.filter(|n| !n.is_empty()), prefix.filter(|p| !p.is_empty())) {
        (Some(name), _) => name.to_owned(),
        (None, Some(prefix)) => generated_name(cx, prefix),
        (None, None) => generated_name(cx, fallback),
    }
}

/// What `name_prefix` must have been for a name, if the name looks generated.
pub fn prefix_of_name(name: &str) -> Option<&str> {
    let split = name.len().checked_sub(ID_LENGTH)?;
    let (prefix, id) = (name.get(..split)?, name.get(split..)?);
    let is_id = id.as_bytes().iter().enumerate().all(|(i, b)| match i {
        0..18 => b.is_ascii_digit(),
        _ => b.is_ascii_hexdigit(),
    });
    is_id.then_some(prefix)
}

/// A prefix made unique, with the time at its front, so that names sort by it.
pub fn unique_name(prefix: &str) -> String {
    format!("{prefix}{}", unique_id())
}

const ID_LENGTH: usize = 26;

/// 18 digits of the time and 8 hexadecimal ones that differ from call to call and from process to
/// process.
fn unique_id() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    static START: std::sync::LazyLock<u32> =
        std::sync::LazyLock::new(|| Uuid::new_v4().as_fields().0);
    let count = START.wrapping_add(COUNT.fetch_add(1, Ordering::Relaxed));
    let now = jiff::Timestamp::now();
    let fraction = now.subsec_nanosecond().unsigned_abs() / 100_000;
    format!("{}{fraction:04}{count:08x}", now.strftime("%Y%m%d%H%M%S"))
}

fn request_id<C: Send + Sync + 'static>(cx: &Context<C>) -> String {
    if let Some(Json::String(id)) = private(cx).and_then(|mut p| p.remove(KEY)) {
        return id;
    }
    // It was planned by something else; at least the rest of this operation has the same one.
    let id = unique_id();
    put(cx, &id);
    id
}

fn put<C: Send + Sync + 'static>(cx: &Context<C>, id: &str) {
    let Some(mut private) = private(cx) else { return };
    private.insert(KEY.to_owned(), id.into());
    cx.set_private(Json::Object(private).to_string());
}

/// The private data; `None` if it is of a form that we do not touch.
fn private<C: Send + Sync + 'static>(cx: &Context<C>) -> Option<Map<String, Json>> {
    let bytes = cx.private();
    if bytes.is_empty() {
        return Some(Map::new());
    }
    match serde_json::from_slice(&bytes) {
        Ok(Json::Object(map)) => Some(map),
        Ok(Json::Null) => Some(Map::new()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn context() -> Context<()> {
        Context::new(Arc::new(()))
    }

    #[test]
    fn a_plan_that_is_applied_twice_has_one_token() {
        let plan = context();
        plan.set_private(r#"{"schema_version":"1"}"#);
        plan_token(&plan, true);
        let apply = |private| {
            let cx = context();
            cx.set_private(private);
            (client_token(&cx), generated_name(&cx, "web-"), client_token_for(&cx, "b"))
        };
        let (first, second) = (apply(plan.private()), apply(plan.private()));
        assert_eq!(first, second);
        assert_ne!(first.0, first.2);
        assert!(String::from_utf8_lossy(&plan.private()).contains("schema_version"));
        assert_eq!(prefix_of_name(&first.1), Some("web-"));
    }

    #[test]
    fn one_operation_has_one_token() {
        let cx = context();
        assert_eq!(client_token(&cx), client_token(&cx));
        assert_ne!(client_token(&cx), client_token(&context()));
    }

    #[test]
    fn a_new_create_has_a_new_token() {
        let cx = context();
        plan_token(&cx, true);
        let old = client_token(&cx);
        plan_token(&cx, false);
        assert_eq!(client_token(&cx), old);
        plan_token(&cx, true);
        assert_ne!(client_token(&cx), old);
    }

    #[test]
    fn private_data_of_others_is_left_alone() {
        let cx = context();
        cx.set_private("not ours");
        plan_token(&cx, true);
        assert_eq!(&*cx.private(), b"not ours");
    }

    #[test]
    fn names_are_unique() {
        let (a, b) = (unique_name("terraform-"), unique_name("terraform-"));
        assert_ne!(a, b);
        assert_eq!(a.len(), "terraform-".len() + ID_LENGTH);
        assert_eq!(prefix_of_name("terraform-20261122150000123400000001"), Some("terraform-"));
        assert_eq!(prefix_of_name("web"), None);
        assert_eq!(prefix_of_name("web-é20261122150000123400000001"), Some("web-é"));
        assert_eq!(name_or_generated(&context(), Some("a"), Some("b"), "c"), "a");
        assert!(name_or_generated(&context(), None, Some("b-"), "c-").starts_with("b-2"));
        assert!(name_or_generated(&context(), Some(""), None, "c-").starts_with("c-2"));
    }
}
