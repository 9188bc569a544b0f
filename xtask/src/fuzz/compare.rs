//! What both engines make of a configuration.

use std::collections::BTreeSet;

use anyhow::Result;
use serde_json::{Value as Json, json};

use super::configurations::{CHILD, Item, text};
use super::engines::{Complaint, Engine, Engines};

/// What is different about a configuration, in a few words, and what each engine says.
pub(super) struct Difference {
    pub(super) what: String,
    pub(super) terraform: String,
    pub(super) groma: String,
}

/// Makes the directories ready: the module is installed.
pub(super) fn prepare(engines: &Engines) -> Result<()> {
    let call = "module \"m\" {\n  source = \"./child\"\n  needed = 1\n}\n";
    let ready = |engine: &Engine| {
        engine.write(&[
            ("child/main.tf".to_owned(), CHILD.to_owned()),
            ("main.tf".to_owned(), call.to_owned()),
        ])?;
        let output = engine.run(&["init", "-no-color"])?;
        anyhow::ensure!(output.code == Some(0), "{} init: {}", engine.name, output.stderr);
        Ok(())
    };
    engines.both(ready).map(|_| ())
}

/// Compares what both say of a configuration.
pub(super) fn compare(engines: &Engines, items: &[Item]) -> Result<Option<Difference>> {
    let files = [("main.tf".to_owned(), text(items))];
    let (terraform, groma) = engines.both(|engine: &Engine| {
        engine.write(&files)?;
        engine.validate()
    })?;
    if terraform.0 != groma.0 {
        let verdict = |(valid, errors): &(bool, BTreeSet<Complaint>)| match valid {
            true => "valid".to_owned(),
            false => lines(errors),
        };
        let what = match groma.0 {
            true => format!("no error: {}", summaries(&terraform.1)),
            false => format!("an error: {}", summaries(&groma.1)),
        };
        return Ok(Some(Difference {
            what,
            terraform: verdict(&terraform),
            groma: verdict(&groma),
        }));
    }
    if !terraform.0 {
        return Ok(other_errors("validate", &terraform.1, &groma.1));
    }
    let (terraform, groma) = engines.both(Engine::plan)?;
    Ok(match (terraform, groma) {
        (Ok(a), Ok(b)) => other_plans(&a, &b),
        (Err(a), Err(b)) => other_errors("plan", &a, &b),
        (Err(a), Ok(_)) => Some(Difference {
            what: format!("no error in plan: {}", summaries(&a)),
            terraform: lines(&a),
            groma: "a plan".to_owned(),
        }),
        (Ok(_), Err(b)) => Some(Difference {
            what: format!("an error in plan: {}", summaries(&b)),
            terraform: "a plan".to_owned(),
            groma: lines(&b),
        }),
    })
}

/// Errors that Terraform adds to another one, which says it all.
const CONSEQUENCES: [&str; 2] = ["Unknown variable", "Zero assert blocks"];

/// Errors of Terraform's that are missing; those that there are more are no fault, nor is one error
/// at a place where it has two.
fn other_errors(
    command: &str,
    terraform: &BTreeSet<Complaint>,
    groma: &BTreeSet<Complaint>,
) -> Option<Difference> {
    let key = |c: &Complaint| (c.summary.clone(), c.place.clone());
    let ours: BTreeSet<_> = groma.iter().map(key).collect();
    let shared: BTreeSet<_> =
        terraform.iter().filter(|c| ours.contains(&key(c))).map(|c| &c.place).collect();
    let missing: BTreeSet<Complaint> = terraform
        .iter()
        .filter(|c| !ours.contains(&key(c)) && !shared.contains(&c.place))
        .filter(|c| !CONSEQUENCES.contains(&c.summary.as_str()))
        .cloned()
        .collect();
    (!missing.is_empty()).then(|| Difference {
        what: format!("other errors in {command}: {}", summaries(&missing)),
        terraform: lines(terraform),
        groma: lines(groma),
    })
}

fn other_plans(terraform: &Json, groma: &Json) -> Option<Difference> {
    let (a, b) = (essence(terraform), essence(groma));
    let parts = a.as_object()?.keys();
    let differ: Vec<&String> = parts.filter(|name| a[*name] != b[*name]).collect();
    (!differ.is_empty()).then(|| {
        let text = |of: &Json| {
            let part = |name: &&String| format!("{name}: {:#}", of[*name]);
            differ.iter().map(part).collect::<Vec<_>>().join("\n")
        };
        let names: Vec<&str> = differ.iter().map(|name| name.as_str()).collect();
        Difference {
            what: format!("another plan: {}", names.join(", ")),
            terraform: text(&a),
            groma: text(&b),
        }
    })
}

/// What of a plan must be the same.
fn essence(plan: &Json) -> Json {
    let changes = plan["resource_changes"].as_array().into_iter().flatten();
    let changes: Vec<Json> = changes
        .map(|change| json!({ "address": change["address"], "change": change["change"] }))
        .collect();
    json!({
        "resource_changes": changes,
        "output_changes": plan["output_changes"],
        "planned_values": plan["planned_values"],
        "checks": plan["checks"],
    })
}

fn summaries(errors: &BTreeSet<Complaint>) -> String {
    let all: BTreeSet<&str> = errors.iter().map(|error| error.summary.as_str()).collect();
    all.into_iter().collect::<Vec<_>>().join("; ")
}

fn lines(errors: &BTreeSet<Complaint>) -> String {
    let line = |error: &Complaint| {
        let place = match &error.place {
            Some((file, line, start, end)) => format!("{file}:{line}:{start}-{end}: "),
            None => String::new(),
        };
        format!("{place}{}: {}", error.summary, error.detail)
    };
    errors.iter().map(line).collect::<Vec<_>>().join("\n")
}
