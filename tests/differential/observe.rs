//! One command of a case in one engine, and everything to be seen of it.

use serde_json::{Value as Json, json};

use crate::engine::{Engine, Ran};
use crate::stage::Stage;
use crate::{Result, normal};

/// What was seen, each under a name.
pub(crate) type Seen = Vec<(String, Json)>;

/// Does what a command of a script says.
pub(crate) fn perform(stage: &mut Stage, words: &[String]) -> Result<Seen> {
    let (verb, rest) = words.split_first().ok_or("a command is needed")?;
    match (verb.as_str(), rest) {
        ("env", [setting]) => {
            match setting.split_once('=') {
                Some((name, value)) => stage.set(name, Some(value)),
                None => stage.set(setting, None),
            }
            Ok(Vec::new())
        }
        ("init", _) => init(stage, rest),
        ("plan", _) => {
            let file = stage.scratch("plan");
            plan(stage, &file, rest)
        }
        ("save", [file, rest @ ..]) => plan(stage, file, rest),
        ("load", [file, rest @ ..]) => {
            let ran = stage.run(with(&["apply", "-input=false", "-json"], rest, &[file]))?;
            applied(stage, &ran)
        }
        ("apply", _) => {
            let file = stage.scratch("plan");
            let mut seen = plan(stage, &file, rest)?;
            if seen[0].1 != json!(1) {
                let ran = stage.run(["apply", "-input=false", "-json", &file])?;
                seen.extend(applied(stage, &ran)?);
            }
            Ok(seen)
        }
        ("direct", [command, rest @ ..]) => {
            let head = [command.as_str(), "-auto-approve", "-input=false", "-json"];
            let ran = stage.run(with(&head, rest, &[]))?;
            applied(stage, &ran)
        }
        ("validate", _) => {
            let ran = stage.run(with(&["validate", "-json"], rest, &[]))?;
            Ok(vec![code("validate", &ran), ("diagnostics".into(), normal::output(&ran.stdout))])
        }
        ("look", [file]) => {
            let text = stage.read(file)?;
            Ok(vec![(file.clone(), text.map_or(Json::Null, Json::from))])
        }
        ("raw", _) => {
            let ran = stage.run(rest)?;
            Ok(vec![code("raw", &ran), ("output".into(), normal::output(&ran.stdout))])
        }
        _ => Err(format!("{verb:?} is no command of a script").into()),
    }
}

fn with<'a>(head: &[&'a str], rest: &'a [String], tail: &[&'a str]) -> Vec<&'a str> {
    head.iter()
        .copied()
        .chain(rest.iter().map(String::as_str))
        .chain(tail.iter().copied())
        .collect()
}

/// An exit code, and where it is not one that a failure has, what was said with it.
fn code(of: &str, ran: &Ran) -> (String, Json) {
    (format!("{of}: exit code"), json!(ran.code))
}

fn init(stage: &Stage, rest: &[String]) -> Result<Seen> {
    let ran = stage.run(with(&["init", "-input=false", "-no-color"], rest, &[]))?;
    let lock = stage.read(".terraform.lock.hcl")?;
    let modules = stage.read(".terraform/modules/modules.json")?;
    let mut seen = vec![code("init", &ran), ("lock file".into(), lock_file(lock.as_deref()))];
    seen.push(("modules".into(), modules.map_or(Json::Null, |text| normal::output(&text))));
    if ran.code != Some(0) {
        seen.push(("summaries".into(), summaries(&ran.stderr)));
    }
    Ok(seen)
}

/// A lock file without its comments.
fn lock_file(text: Option<&str>) -> Json {
    let text = text.map(|t| t.lines().filter(|l| !l.starts_with('#')).collect::<Vec<_>>());
    text.map_or(Json::Null, |lines| json!(lines.join("\n").trim()))
}

/// The first lines of the errors in a text for people.
fn summaries(stderr: &str) -> Json {
    let heads = stderr
        .lines()
        .filter_map(|line| line.trim_start_matches(['│', '╷', ' ']).strip_prefix("Error: "));
    // That there are errors is said in as many lines as the name of the engine needs.
    let heads = heads.filter(|head| !head.contains("encountered problems during initialisation"));
    // Terraform tells some of them twice.
    json!(heads.collect::<std::collections::BTreeSet<_>>())
}

fn plan(stage: &Stage, file: &str, rest: &[String]) -> Result<Seen> {
    let out = format!("-out={file}");
    let head = ["plan", "-input=false", "-json", "-detailed-exitcode", &out];
    let ran = stage.run(with(&head, rest, &[]))?;
    let mut seen = vec![code("plan", &ran), ("plan events".into(), normal::events(&ran.stdout))];
    if ran.code != Some(1) {
        let shown = stage.run(["show", "-json", file])?;
        seen.push(("plan as JSON".into(), shown_json(&shown)));
        let shown = stage.run(["show", "-no-color", file])?;
        seen.push(("plan as text".into(), json!(normal::human(&shown.stdout))));
    }
    Ok(seen)
}

fn shown_json(ran: &Ran) -> Json {
    match (ran.code, serde_json::from_str(&ran.stdout)) {
        (Some(0), Ok(json)) => normal::document(&json),
        _ => json!({ "exit code": ran.code, "stdout": ran.stdout, "stderr": ran.stderr }),
    }
}

/// What is to be seen when something was applied.
fn applied(stage: &Stage, ran: &Ran) -> Result<Seen> {
    let file = stage.read("terraform.tfstate")?;
    let mut seen = vec![
        code("apply", ran),
        ("apply events".into(), normal::events(&ran.stdout)),
        ("state file".into(), file.map_or(Json::Null, |text| normal::output(&text))),
    ];
    let shown = stage.run(["show", "-json"])?;
    seen.push(("state as JSON".into(), shown_json(&shown)));
    Ok(seen)
}

/// The arguments that the plan after an apply needs too.
fn variables(words: &[String]) -> Vec<&str> {
    let mut kept = Vec::new();
    let mut words = words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        if word.starts_with("-var=") || word.starts_with("-var-file=") {
            kept.push(word);
        } else if word == "-var" || word == "-var-file" {
            kept.push(word);
            kept.extend(words.next());
        }
    }
    kept
}

/// What an engine finds to do after an apply in this folder.
pub(crate) fn again(stage: &Stage, engine: &Engine, words: &[String]) -> Result<Seen> {
    let head = ["plan", "-input=false", "-json", "-detailed-exitcode"];
    let head: Vec<&str> = head.into_iter().chain(variables(words)).collect();
    let ran = stage.run_other(engine, head)?;
    Ok(vec![code("next plan", &ran), ("next plan".into(), normal::events(&ran.stdout))])
}
