//! Playing a case in both engines.

use std::path::Path;

use serde_json::Value as Json;

use crate::compare::differences;
use crate::observe::{self, Seen};
use crate::script::{self, Step};
use crate::stage::{Stage, Theatre};
use crate::{Failure, Result, engine, known, passed_over};

/// What every case has, unless it brings its own.
const PROVIDERS: &str = "providers.tf";
/// Where the mock provider comes from.
pub(crate) const MOCK_SOURCE: &str = "terraform {\n  required_providers {\n    tfcoremock = {\n      \
    source = \"hashicorp/tfcoremock\"\n    }\n  }\n}\n";

/// Plays a case, and fails if there are differences.
pub(crate) fn play(name: &str) -> Result<()> {
    let Some(engines) = engine::both() else { return Ok(()) };
    let Some(mock) = std::env::var_os("GROMA_TEST_MOCK") else {
        passed_over("there is no mock provider; GROMA_TEST_MOCK names its program");
        return Ok(());
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential/cases");
    let text = std::fs::read_to_string(folder.join(format!("{name}.case")))?;
    let steps = script::parse(&text)?;

    let theatre = Theatre::new()?;
    theatre.install("tfcoremock", "0.5.0", Path::new(&mock))?;
    let [terraform, groma] = engines;
    let mut stages = [theatre.stage(&terraform)?, theatre.stage(&groma)?];
    if !steps.iter().any(|s| matches!(s, Step::Write { path, .. } if path == PROVIDERS)) {
        for stage in &stages {
            stage.write(PROVIDERS, MOCK_SOURCE)?;
        }
    }
    let mut report = Vec::new();
    let mut initialised = false;
    for step in &steps {
        match step {
            Step::Write { path, text } => stages.iter().try_for_each(|s| s.write(path, text))?,
            Step::Delete { path } => stages.iter().try_for_each(|s| s.delete(path))?,
            Step::Run { line, words } => {
                if !initialised && words[0] != "init" && words[0] != "env" {
                    both(&mut stages, *line, &["init".to_owned()], &mut report)?;
                }
                initialised |= words[0] != "env";
                both(&mut stages, *line, words, &mut report)?;
            }
        }
    }
    known::check(name, &report)
}

fn both(
    stages: &mut [Stage; 2],
    line: usize,
    words: &[String],
    report: &mut Vec<String>,
) -> Result<()> {
    let what = format!("line {line}, {}", words.join(" "));
    let [ours, theirs] = stages;
    let fail = |stage: &Stage, e: Failure| format!("{what}, {}: {}", stage.engine.name, e.0);
    let expected = observe::perform(ours, words).map_err(|e| fail(ours, e))?;
    let found = observe::perform(theirs, words).map_err(|e| fail(theirs, e))?;
    compare(&what, &expected, &found, report)?;

    if !matches!(words[0].as_str(), "apply" | "load" | "direct") {
        return Ok(());
    }
    let [terraform, groma] = [ours.engine.clone(), theirs.engine.clone()];
    let expected = observe::again(ours, &terraform, words)?;
    for (stage, engine) in [(&*ours, &groma), (&*theirs, &terraform), (&*theirs, &groma)] {
        let what = format!("{what}, then {} where {} was", engine.name, stage.engine.name);
        compare(&what, &expected, &observe::again(stage, engine, words)?, report)?;
    }
    Ok(())
}

/// Writes down how what was found differs from what was expected.
pub(crate) fn compare(
    what: &str,
    expected: &Seen,
    found: &Seen,
    report: &mut Vec<String>,
) -> Result<()> {
    let missing = Json::from("nothing");
    let names = expected.iter().map(|(name, _)| name);
    let more = found.iter().map(|(name, _)| name).filter(|n| expected.iter().all(|(e, _)| e != *n));
    for name in names.chain(more) {
        let of = |seen: &Seen| {
            seen.iter().find(|(n, _)| n == name).map_or(missing.clone(), |(_, json)| json.clone())
        };
        for difference in differences(&of(expected), &of(found)) {
            report.push(format!("{what}: {name}{difference}"));
        }
    }
    Ok(())
}
