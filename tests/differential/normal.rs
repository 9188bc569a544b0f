//! What may differ between two runs of one engine is taken out, and nothing else.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::{Map, Value as Json, json};

static UUID: LazyLock<Regex> =
    LazyLock::new(|| pattern("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"));
static TIME: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z| ?\+0000 UTC)"));
static ELAPSED: LazyLock<Regex> = LazyLock::new(|| pattern(r"after (\d+m)?\d+s"));
static DEPOSED: LazyLock<Regex> = LazyLock::new(|| pattern("deposed object [0-9a-f]{8}"));
static CYCLE: LazyLock<Regex> = LazyLock::new(|| pattern("Cycle: (.*)"));
static FOLDER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"/[^\s]*/groma-differential-[^/\s]+/[a-z]+"));

#[expect(clippy::expect_used, reason = "the patterns are those above")]
fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is well-formed")
}

/// A text without ids, times and places.
pub(crate) fn text(text: &str) -> String {
    let text = UUID.replace_all(text, "<uuid>");
    let text = TIME.replace_all(&text, "<time>");
    let text = FOLDER.replace_all(&text, "<folder>");
    let text = DEPOSED.replace_all(&text, "deposed object <key>");
    let text = ELAPSED.replace_all(&text, "after <elapsed>");
    CYCLE.replace_all(&text, |found: &Captures<'_>| cycle(&found[1])).into_owned()
}

/// A cycle has no beginning.
fn cycle(members: &str) -> String {
    let mut members: Vec<&str> = members.split(", ").collect();
    members.sort_unstable();
    format!("Cycle: {}", members.join(", "))
}

/// A human-readable text: each engine speaks of itself.
pub(crate) fn human(shown: &str) -> String {
    let own = shown.replace("Terraform", "<Engine>").replace("Groma", "<Engine>");
    let own =
        own.replace("terraform apply", "<engine> apply").replace("groma apply", "<engine> apply");
    text(joined(own.trim_end()).as_str())
}

/// A text with its paragraphs each on a line: names of different lengths break them at different
/// words. What is indented is no paragraph.
fn joined(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut paragraph = false;
    for line in text.lines() {
        let continues = paragraph && !line.starts_with(' ') && !line.is_empty();
        if !out.is_empty() || line.is_empty() {
            out.push(if continues { ' ' } else { '\n' });
        }
        out.push_str(line);
        paragraph = line.starts_with(|c: char| c.is_alphabetic() || c == '<');
    }
    out
}

/// Members that tell of the engine or of the moment, and the identities of objects, which
/// Terraform knows from 1.12 on.
const OF_THE_RUN: [&str; 11] = [
    "identity",
    "identity_schema_version",
    "before_identity",
    "after_identity",
    "@timestamp",
    "timestamp",
    "terraform_version",
    "lineage",
    "serial",
    "elapsed_seconds",
    "detail",
];

/// A plan, a state or a diagnostic.
pub(crate) fn document(json: &Json) -> Json {
    match json {
        Json::Object(members) => {
            let mut out = Map::new();
            for (name, member) in members {
                if is_of_the_run(name, members) {
                    continue;
                }
                if matches!(name.as_str(), "deposed" | "deposed_key") && member.is_string() {
                    out.insert(name.clone(), json!("<key>"));
                    continue;
                }
                let member = document(member);
                let member = if is_unordered(name) { sorted(member) } else { member };
                out.insert(name.clone(), member);
            }
            Json::Object(out)
        }
        Json::Array(items) => Json::Array(items.iter().map(document).collect()),
        Json::String(string) => Json::String(text(string)),
        other => other.clone(),
    }
}

/// Attributes of resources may be called as these members are: `resource` and `values` tell them
/// apart no better than their companions do.
fn is_of_the_run(name: &str, members: &Map<String, Json>) -> bool {
    OF_THE_RUN.contains(&name)
        && match name {
            "detail" => members.contains_key("severity") && members.contains_key("summary"),
            "lineage" | "serial" => members.contains_key("version"),
            "timestamp" | "terraform_version" => {
                members.contains_key("format_version") || members.contains_key("version")
            }
            _ => true,
        }
}

/// What Terraform writes in the order of its hash maps.
fn is_unordered(name: &str) -> bool {
    matches!(
        name,
        "relevant_attributes"
            | "checks"
            | "check_results"
            | "sensitive_attributes"
            | "references"
            | "replace_paths"
            | "diagnostics"
            | "child_modules"
    )
}

fn sorted(json: Json) -> Json {
    let Json::Array(mut items) = json else { return json };
    items.sort_by_cached_key(|item| (item["address"].to_string(), item.to_string()));
    Json::Array(items)
}

/// What an engine says with `-json` while it works, by type and message. The work goes on side by
/// side, so that only what is said counts, not when.
pub(crate) fn events(stdout: &str) -> Json {
    let mut by_type: BTreeMap<String, Vec<(String, Json)>> = BTreeMap::new();
    for line in stdout.lines().filter(|line| !line.trim().is_empty()) {
        let event = serde_json::from_str(line).unwrap_or_else(|_| json!({ "@message": line }));
        let kind = event["type"].as_str().unwrap_or("other").to_owned();
        let entry = match (&event["diagnostic"], kind.as_str()) {
            (_, "version" | "apply_progress") => continue,
            // Said only where it takes long.
            _ if is_about_lock(&event) => continue,
            (Json::Object(_), _) => diagnostic(&event["diagnostic"]),
            _ => (text(event["@message"].as_str().unwrap_or_default()), document(&event)),
        };
        by_type.entry(kind).or_default().push(entry);
    }
    by_type.into_iter().map(|(kind, entries)| (kind, keyed(entries))).collect()
}

fn is_about_lock(event: &Json) -> bool {
    let message = event["@message"].as_str().unwrap_or_default();
    ["Acquiring state lock", "Releasing state lock"].iter().any(|text| message.starts_with(text))
}

/// Entries by their keys. Keys that come again are counted.
fn keyed(mut entries: Vec<(String, Json)>) -> Json {
    entries.sort_by_cached_key(|(key, json)| (key.clone(), json.to_string()));
    let mut out = Map::new();
    for (key, json) in entries {
        let again = (2..).map(|n| format!("{key} ({n})"));
        let free = std::iter::once(key.clone()).chain(again).find(|key| !out.contains_key(key));
        out.insert(free.unwrap_or(key), json);
    }
    Json::Object(out)
}

/// A diagnostic, as what it says where, and the rest.
fn diagnostic(json: &Json) -> (String, Json) {
    let word = |name: &str| json[name].as_str().unwrap_or_default();
    let mut head = format!("{}: {}", word("severity"), word("summary"));
    let mut rest = Map::new();
    if let Json::Object(range) = &json["range"] {
        let at = |end: &str| format!("{}:{}", range[end]["line"], range[end]["column"]);
        head += &format!(" at {} {}-{}", range["filename"], at("start"), at("end"));
        let bytes = [&range["start"]["byte"], &range["end"]["byte"]];
        rest.insert("bytes".into(), json!(bytes));
        rest.insert("snippet".into(), document(&json["snippet"]));
    }
    rest.insert("address".into(), document(&json["address"]));
    (human(&head), Json::Object(rest))
}

/// Output of any command.
pub(crate) fn output(stdout: &str) -> Json {
    match serde_json::from_str::<Json>(stdout) {
        Ok(json) if json["diagnostics"].is_array() => {
            let mut document = document(&json);
            let diagnostics = json["diagnostics"].as_array().into_iter().flatten();
            document["diagnostics"] = keyed(diagnostics.map(diagnostic).collect());
            document
        }
        Ok(json) if json.is_object() || json.is_array() => document(&json),
        _ => Json::String(human(stdout)),
    }
}
