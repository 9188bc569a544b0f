//! Our schemas next to those of the released provider, type by type.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use crate::coverage::{DATA_SOURCES, FUNCTIONS, RESOURCES};
use crate::engine::{self, Bench};
use crate::{Result, say};

/// What people read and engines do not: it may differ.
const TEXTS: [&str; 3] = ["description", "description_kind", "summary"];

/// The kinds of things in the schemas of a provider.
const KINDS: [(&str, &str, &[&str]); 3] = [
    ("resource_schemas", "resource types", &RESOURCES),
    ("data_source_schemas", "data sources", &DATA_SOURCES),
    ("functions", "functions", &FUNCTIONS),
];

#[test]
fn schemas_are_those_of_the_released_provider() -> Result<()> {
    let Some(engine) = engine::engine() else { return Ok(()) };
    // Ours alone is worth asking: it must be able to tell its schemas.
    let ours = schemas(&engine, engine::ours())?;
    coverage(&ours);
    let Some(released) = engine::released() else { return Ok(()) };
    let theirs = schemas(&engine, &released)?;
    let differences = differences(&theirs, &ours);
    match differences.is_empty() {
        true => Ok(()),
        false => Err(format!("schemas differ:\n{}", differences.join("\n")).into()),
    }
}

/// The schemas of a provider, by its program.
fn schemas(engine: &std::path::Path, program: &std::path::Path) -> Result<Json> {
    let bench = Bench::new(engine, program)?;
    let folder = bench.folder("schemas")?;
    folder.write(
        "main.tf",
        "terraform {\n  required_providers {\n    aws = { source = \"hashicorp/aws\" }\n  }\n}\n",
    )?;
    let ran = folder.done(&["providers", "schema", "-json"])?;
    let mut whole: Json = serde_json::from_str(&ran.stdout)?;
    let provider = &mut whole["provider_schemas"]["registry.terraform.io/hashicorp/aws"];
    match provider.take() {
        Json::Null => Err(format!("no schemas of hashicorp/aws\n{}", ran.said()).into()),
        schemas => Ok(schemas),
    }
}

/// Tells how much there is of what there is to be.
fn coverage(ours: &Json) {
    for (kind, name, wanted) in KINDS {
        let covered: BTreeSet<&str> = names(&ours[kind]).collect();
        let missing: Vec<&str> =
            wanted.iter().copied().filter(|name| !covered.contains(name)).collect();
        say(&format!("{name}: {} of {} covered", wanted.len() - missing.len(), wanted.len()));
        if !missing.is_empty() {
            say(&format!("  missing: {}", missing.join(", ")));
        }
    }
}

fn names(things: &Json) -> impl Iterator<Item = &str> {
    things.as_object().into_iter().flat_map(|things| things.keys().map(String::as_str))
}

/// How ours differ, line by line.
fn differences(theirs: &Json, ours: &Json) -> Vec<String> {
    let mut found = Vec::new();
    compare("the provider block", &theirs["provider"], &ours["provider"], &mut found);
    // Who configures the provider goes by its descriptions, so that these are the same, too.
    if found.is_empty() && theirs["provider"] != ours["provider"] {
        found.push("the provider block: other descriptions".to_owned());
    }
    for (kind, what, _) in KINDS {
        for name in names(&ours[kind]) {
            match theirs[kind].get(name) {
                Some(theirs) => compare(name, theirs, &ours[kind][name], &mut found),
                None => found.push(format!("{name}: not among the released {what}")),
            }
        }
    }
    found
}

/// What an attribute or a block lacks is as good as the value that stands for nothing.
fn is_nothing(value: &Json) -> bool {
    match value {
        Json::Null | Json::Bool(false) => true,
        Json::Number(number) => number.as_f64() == Some(0.0),
        Json::Object(members) => members.values().all(is_nothing),
        _ => false,
    }
}

fn compare(path: &str, theirs: &Json, ours: &Json, found: &mut Vec<String>) {
    match (theirs, ours) {
        (Json::Object(theirs), Json::Object(ours)) => compare_members(path, theirs, ours, found),
        _ if theirs == ours || (is_nothing(theirs) && is_nothing(ours)) => {}
        _ => found.push(format!("{path}: released {}, ours {}", brief(theirs), brief(ours))),
    }
}

fn compare_members(
    path: &str,
    theirs: &Map<String, Json>,
    ours: &Map<String, Json>,
    found: &mut Vec<String>,
) {
    let names: BTreeSet<&String> = theirs.keys().chain(ours.keys()).collect();
    for name in names {
        let (there, here) = (theirs.get(name), ours.get(name));
        // A text or not, but never the attribute of that name.
        let is_text = |value: Option<&Json>| value.is_none_or(Json::is_string);
        if TEXTS.contains(&name.as_str()) && is_text(there) && is_text(here) {
            continue;
        }
        if ["block", "attributes", "block_types"].contains(&name.as_str()) {
            // That there are none is often left out.
            let none = Json::Object(Map::new());
            compare(path, there.unwrap_or(&none), here.unwrap_or(&none), found);
            continue;
        }
        let path = format!("{path}.{name}");
        match (there, here) {
            (Some(there), Some(here)) => compare(&path, there, here, found),
            (Some(there), None) if there.is_object() => found.push(format!("{path}: missing")),
            (None, Some(here)) if here.is_object() => {
                found.push(format!("{path}: the released provider has none"));
            }
            (there, here) => {
                let (there, here) = (there.unwrap_or(&Json::Null), here.unwrap_or(&Json::Null));
                compare(&path, there, here, found);
            }
        }
    }
}

fn brief(value: &Json) -> String {
    let text = value.to_string();
    match text.char_indices().nth(120) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[test]
fn differences_are_told_by_path() -> Result<()> {
    let theirs: Json = serde_json::from_str(
        r#"{"provider": {"block": {}}, "resource_schemas": {"aws_x": {"version": 1, "block": {
            "attributes": {
                "a": {"type": "string", "required": true, "description": "x"},
                "b": {"type": "number", "optional": true},
                "description": {"type": "string", "optional": true}},
            "block_types": {"c": {"nesting_mode": "list", "max_items": 1, "block": {}}}}}}}"#,
    )?;
    let ours: Json = serde_json::from_str(
        r#"{"provider": {"block": {}}, "resource_schemas": {"aws_x": {"version": 0, "block": {
            "attributes": {
                "a": {"type": "string", "required": true, "sensitive": false},
                "description": {"type": "number", "optional": true},
                "d": {"type": "string", "optional": true}},
            "block_types": {"c": {"nesting_mode": "set", "block": {}}}}},
            "aws_y": {}}}"#,
    )?;
    let expected = [
        "aws_x.b: missing",
        "aws_x.d: the released provider has none",
        "aws_x.description.type: released \"string\", ours \"number\"",
        "aws_x.c.max_items: released 1, ours null",
        "aws_x.c.nesting_mode: released \"list\", ours \"set\"",
        "aws_x.version: released 1, ours 0",
        "aws_y: not among the released resource types",
    ];
    assert_eq!(differences(&theirs, &ours), expected);
    assert_eq!(differences(&theirs, &theirs), [""; 0]);
    Ok(())
}
