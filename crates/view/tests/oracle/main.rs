//! What is shown beside what Terraform shows of the same plan.
//!
//! Terraform makes plans of small configurations. Its own JSON form of them is read back into our
//! types, which are rendered; the results must be what Terraform renders. Where there is no
//! `terraform` on the PATH the tests say so and pass over. Those with resources of hashicorp/aws
//! need `GROMA_TEST_AWS_PLUGIN` to name the plugin in a filesystem mirror, those with the mock
//! provider `GROMA_TEST_MOCK_PLUGIN`.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test may fail")]

mod aws;
mod builtin;
mod diagnostics;
mod mock;
mod plan;
mod schema;
mod terraform;

use groma_view::{DEFAULT_WIDTH, PlanOptions, Style};
use serde_json::Value as Json;
use terraform::Workspace;

/// Compares all that is shown of the plan from the state at hand to the configuration at hand.
#[track_caller]
fn compare(workspace: &Workspace, args: &[&str]) {
    let shown = workspace.plan(args);
    let schemas = schema::table(workspace.schemas());
    let config = workspace.config();
    let plan = plan::read(&shown.json, &schemas, args);
    let options = PlanOptions { style: Style::PLAIN, width: DEFAULT_WIDTH, in_automation: false };
    let mut text = Vec::new();
    groma_view::write_plan(&mut text, &plan, &schemas, &options).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert_same_text(&shown.text, &text);
    let mut json = Vec::new();
    groma_view::json::write_plan(&mut json, &plan, &config, &schemas).unwrap();
    let json: Json = serde_json::from_slice(&json).unwrap();
    assert_same_json(&shown.json, &json);
}

/// Compares what is shown of the state.
#[track_caller]
fn compare_state(workspace: &Workspace) {
    let (text, json) = workspace.show_state();
    let file = workspace.state();
    let schemas = schema::table(workspace.schemas());
    let mut out = Vec::new();
    groma_view::state::write_state(&mut out, &file.state, &schemas, Style::PLAIN).unwrap();
    assert_same_text(&text, &String::from_utf8(out).unwrap());
    let mut out = Vec::new();
    let version = Some(&*file.terraform_version);
    groma_view::json::write_state(&mut out, &file.state, version, &schemas).unwrap();
    assert_same_json(&json, &serde_json::from_slice(&out).unwrap());
}

/// Writes a state as if the plan had been applied, with made up values for what was not known.
fn fake_apply(workspace: &Workspace, args: &[&str]) {
    let shown = workspace.plan(args);
    let schemas = schema::table(workspace.schemas());
    let plan = plan::read(&shown.json, &schemas, args);
    let mut state = (*plan.prior_state).clone();
    for change in &plan.changes {
        let object = plan::applied(change, &schemas);
        state.set_current(&change.addr, &change.provider, object);
    }
    let file = groma_state::file::StateFile {
        state,
        serial: 1,
        lineage: "fake".to_owned(),
        terraform_version: "1.11.4".to_owned(),
    };
    workspace.write("terraform.tfstate", &String::from_utf8(file.to_bytes().unwrap()).unwrap());
}

/// Our name is shorter, so that lines break elsewhere: paragraphs of prose are put on one line.
fn normalized(text: &str) -> String {
    let text = text.replace("Groma", "Terraform").replace("groma ", "terraform ");
    let mut out = String::new();
    let mut in_prose = false;
    for line in text.trim().lines() {
        let is_prose = line.starts_with(|c: char| c.is_alphabetic() || c == '"');
        out.push(if in_prose && is_prose { ' ' } else { '\n' });
        out.push_str(line.trim_end());
        in_prose = is_prose && !line.ends_with(':');
    }
    out
}

#[track_caller]
fn assert_same_text(expected: &str, found: &str) {
    let (expected, found) = (normalized(expected), normalized(found));
    if expected != found {
        let lines = expected.lines().zip(found.lines());
        let at = lines.take_while(|(a, b)| a == b).count();
        panic!(
            "they differ from line {at} on:\n--- Terraform\n{}\n--- Groma\n{}",
            tail(&expected, at),
            tail(&found, at)
        );
    }
}

fn tail(text: &str, at: usize) -> String {
    text.lines().skip(at.saturating_sub(8)).take(60).collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn assert_same_json(expected: &Json, found: &Json) {
    let mut differences = Vec::new();
    json_differences("", expected, found, &mut differences);
    assert!(differences.is_empty(), "the JSON differs:\n{}", differences.join("\n"));
    // The order of members is not a promise, but readers of the text rely on it all the same.
    assert_eq!(expected.to_string(), found.to_string());
}

fn json_differences(path: &str, expected: &Json, found: &Json, all: &mut Vec<String>) {
    match (expected, found) {
        (Json::Object(a), Json::Object(b)) => {
            for (key, value) in a {
                match b.get(key) {
                    Some(other) => json_differences(&format!("{path}.{key}"), value, other, all),
                    None => all.push(format!("{path}.{key} is missing: {value}")),
                }
            }
            for (key, value) in b.iter().filter(|(k, _)| !a.contains_key(*k)) {
                all.push(format!("{path}.{key} should not be there: {value}"));
            }
        }
        (Json::Array(a), Json::Array(b)) if a.len() == b.len() => {
            for (i, (a, b)) in a.iter().zip(b).enumerate() {
                json_differences(&format!("{path}[{i}]"), a, b, all);
            }
        }
        (a, b) if a == b => {}
        (a, b) => all.push(format!("{path}: {a} became {b}")),
    }
}
