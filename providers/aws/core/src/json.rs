//! JSON documents that mean the same.

use serde_json::{Map, Value as Json};

/// Whether two texts are the same JSON but for spaces and the order of members; for
/// `#[attr(same = same_json)]`. Texts that are no JSON are compared as they are.
pub fn same_json(a: &String, b: &String) -> bool {
    a == b || matches!((parse(a), parse(b)), (Some(a), Some(b)) if a == b)
}

/// The JSON without spaces and with sorted members, as documents are stored; other texts as they
/// are.
pub fn normal_json(text: &str) -> String {
    parse(text).map_or_else(|| text.to_owned(), |json| sorted(json).to_string())
}

/// The JSON without spaces, members in their order; other texts as they are.
pub fn compact_json(text: &str) -> String {
    parse(text).map_or_else(|| text.to_owned(), |json| json.to_string())
}

fn parse(text: &str) -> Option<Json> {
    // Nothing set and an empty document are the same to most services.
    if text.is_empty() {
        return Some(Json::Object(Map::new()));
    }
    serde_json::from_str(text).ok()
}

/// With the members of all objects sorted by name. The parser allows no depth that this could not.
pub(crate) fn sorted(json: Json) -> Json {
    match json {
        Json::Object(map) => {
            let mut members: Vec<_> = map.into_iter().map(|(k, v)| (k, sorted(v))).collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            Json::Object(members.into_iter().collect())
        }
        Json::Array(items) => Json::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(a: &str, b: &str) -> bool {
        same_json(&a.to_owned(), &b.to_owned())
    }

    #[test]
    fn order_of_members_and_spaces_do_not_matter() {
        assert!(same(r#"{"a":1,"b":[1,2]}"#, "{ \"b\": [1, 2],\n \"a\": 1 }"));
        assert!(!same(r#"{"b":[1,2]}"#, r#"{"b":[2,1]}"#));
        assert!(same("", "{}"));
        assert!(same("no json", "no json") && !same("no json", "none"));
        assert_eq!(
            normal_json("{ \"b\": 1, \"a\": {\"d\":1,\"c\":2} }"),
            r#"{"a":{"c":2,"d":1},"b":1}"#
        );
        assert_eq!(compact_json("{ \"b\": 1, \"a\": 2 }"), r#"{"b":1,"a":2}"#);
        assert_eq!(normal_json("x"), "x");
    }

    #[test]
    fn depth_is_no_danger() {
        let deep = "[".repeat(100_000);
        assert!(!same(&deep, "[]"));
    }
}
