//! Where two documents differ.

use serde_json::{Map, Value as Json};

/// The differences, one a line, with the path to each.
pub(crate) fn differences(expected: &Json, found: &Json) -> Vec<String> {
    let mut all = Vec::new();
    walk("", expected, found, &mut all);
    all
}

fn walk(path: &str, expected: &Json, found: &Json, all: &mut Vec<String>) {
    match (expected, found) {
        (Json::Object(a), Json::Object(b)) => {
            let mut said_better = Vec::new();
            for (name, member) in a {
                let below = format!("{path}.{name}");
                match b.get(name) {
                    Some(other) => walk(&below, member, other, all),
                    None => match better(path, name, a, b) {
                        Some(better) => said_better.push(better),
                        None => all.push(format!("{below}: missing; expected {}", short(member))),
                    },
                }
            }
            let more = b.iter().filter(|(name, _)| !a.contains_key(*name));
            for (name, member) in more.filter(|(name, _)| !said_better.contains(name)) {
                all.push(format!("{path}.{name}: unexpected {}", short(member)));
            }
        }
        (Json::Array(a), Json::Array(b)) => items(path, a, b, all),
        (Json::String(a), Json::String(b)) if a != b && (a.contains('\n') || b.contains('\n')) => {
            lines(path, a, b, all);
        }
        // A diagnostic may say more clearly what it is about.
        (Json::Null, Json::String(_)) if path.ends_with(".address") => {}
        (Json::Null, Json::Object(_)) if path.ends_with(".snippet") => {}
        (a, b) if a != b => {
            all.push(format!("{path}: expected {}, found {}", short(a), short(b)));
        }
        _ => {}
    }
}

/// The diagnostic that says the same as one that has no place, and says where.
fn better<'a>(
    path: &str,
    name: &str,
    expected: &Map<String, Json>,
    found: &'a Map<String, Json>,
) -> Option<&'a String> {
    if !path.ends_with("diagnostic") && !path.ends_with("diagnostics") {
        return None;
    }
    let head = format!("{name} at ");
    found.keys().find(|key| key.starts_with(&head) && !expected.contains_key(*key))
}

/// Items are matched by their addresses if they have any, else by their places; items that both
/// have are passed over wherever they are, if the rest then says more.
fn items(path: &str, a: &[Json], b: &[Json], all: &mut Vec<String>) {
    if let (Some(keys_a), Some(keys_b)) = (keys(a), keys(b))
        && keys_a != keys_b
    {
        for (key, item) in keys_a.iter().zip(a) {
            match keys_b.iter().position(|k| k == key) {
                Some(at) => walk(&format!("{path}[{key}]"), item, &b[at], all),
                None => all.push(format!("{path}[{key}]: missing; expected {}", short(item))),
            }
        }
        for (key, item) in keys_b.iter().zip(b).filter(|(key, _)| !keys_a.contains(key)) {
            all.push(format!("{path}[{key}]: unexpected {}", short(item)));
        }
        if keys_a.len() == keys_b.len() && keys_a.iter().all(|key| keys_b.contains(key)) {
            all.push(format!("{path}: expected the order {keys_a:?}, found {keys_b:?}"));
        }
        return;
    }
    if a.len() == b.len() {
        for (i, (a, b)) in a.iter().zip(b).enumerate() {
            walk(&format!("{path}[{i}]"), a, b, all);
        }
        return;
    }
    for missing in a.iter().filter(|item| !b.contains(item)) {
        all.push(format!("{path}[]: missing; expected {}", short(missing)));
    }
    for more in b.iter().filter(|item| !a.contains(item)) {
        all.push(format!("{path}[]: unexpected {}", short(more)));
    }
    if a.iter().all(|item| b.contains(item)) && b.iter().all(|item| a.contains(item)) {
        all.push(format!("{path}: expected {} items, found {}", a.len(), b.len()));
    }
}

fn keys(items: &[Json]) -> Option<Vec<String>> {
    let key = |item: &Json| {
        let address = item.get("address")?.as_str()?;
        let deposed = item.get("deposed").map(|_| " deposed").unwrap_or_default();
        Some(format!("{address}{deposed}"))
    };
    let mut keys: Vec<String> = items.iter().map(key).collect::<Option<_>>()?;
    for at in 1..keys.len() {
        let same = keys[..at].iter().filter(|key| **key == keys[at]).count();
        if same > 0 {
            keys[at] = format!("{} ({})", keys[at], same + 1);
        }
    }
    Some(keys)
}

fn lines(path: &str, a: &str, b: &str, all: &mut Vec<String>) {
    let (a, b): (Vec<&str>, Vec<&str>) = (a.lines().collect(), b.lines().collect());
    let head = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let tail =
        a[head..].iter().rev().zip(b[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let mut text = format!("{path}: from line {}:", head + 1);
    for line in &a[head..a.len() - tail] {
        text.push_str("\n    expected | ");
        text.push_str(line);
    }
    for line in &b[head..b.len() - tail] {
        text.push_str("\n    found    | ");
        text.push_str(line);
    }
    all.push(text);
}

fn short(json: &Json) -> String {
    let text = json.to_string();
    match text.char_indices().nth(400) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[test]
fn differences_are_found() {
    use serde_json::json;
    let a = json!({"x": [1, 2], "y": {"z": "a"}, "t": "a\nb\nc"});
    assert!(differences(&a, &a).is_empty());
    let b = json!({"x": [1, 3], "y": {"w": "a"}, "t": "a\nB\nc"});
    assert_eq!(
        differences(&a, &b),
        [
            ".x[1]: expected 2, found 3",
            ".y.z: missing; expected \"a\"",
            ".y.w: unexpected \"a\"",
            ".t: from line 2:\n    expected | b\n    found    | B",
        ]
    );
    let (a, b) = (json!({"error: x": {}}), json!({"error: x at 1:2": {}}));
    let within = |json: &Json| json!({ "diagnostic": json });
    assert_eq!(differences(&within(&a), &within(&b)), Vec::<String>::new());
    assert_eq!(differences(&within(&b), &within(&a)).len(), 2);
    let c = json!([1, 2, 3]);
    assert_eq!(differences(&c, &json!([1, 3])), ["[]: missing; expected 2"]);
    assert_eq!(differences(&json!([1, 1]), &json!([1])), [": expected 2 items, found 1"]);
}
