//! The state that one engine has locked is locked for the other, locally and in S3.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use crate::emulator::Emulator;
use crate::engine::{self, Engine, Ran};
use crate::play::MOCK_SOURCE;
use crate::stage::{Stage, Theatre};
use crate::{Result, passed_over};

const MAIN: &str = "resource \"tfcoremock_simple_resource\" \"a\" {\n  id = \"a\"\n}\n";

/// How long a holder may take to get its lock.
const PATIENCE: Duration = Duration::from_secs(60);

/// Two engines in one folder.
struct Scene {
    _theatre: Theatre,
    stage: Stage,
    engines: [Engine; 2],
}

fn scene(more: &str) -> Result<Option<Scene>> {
    let Some(engines) = engine::both() else { return Ok(None) };
    let Some(mock) = std::env::var_os("GROMA_TEST_MOCK") else {
        passed_over("there is no mock provider; GROMA_TEST_MOCK names its program");
        return Ok(None);
    };
    let theatre = Theatre::new()?;
    theatre.install("tfcoremock", "0.5.0", Path::new(&mock))?;
    let stage = theatre.stage(&engines[0])?;
    stage.write("main.tf", &format!("{MOCK_SOURCE}{more}{MAIN}"))?;
    Ok(Some(Scene { _theatre: theatre, stage, engines }))
}

/// What an engine says, in the end, to a lock that another holds.
fn refusal(ran: &Ran) -> Result<(Json, String)> {
    let errors = ran.stdout.lines().filter_map(|line| serde_json::from_str::<Json>(line).ok());
    let errors: Vec<Json> = errors.filter(|e| e["@level"] == "error").collect();
    let [error] = &errors[..] else {
        return Err(format!("one error was expected:\n{}\n{}", ran.stdout, ran.stderr).into());
    };
    let detail = error["diagnostic"]["detail"].as_str().unwrap_or_default().to_owned();
    Ok((json!([ran.code, error["diagnostic"]["summary"], error["diagnostic"]["severity"]]), detail))
}

impl Scene {
    /// While one engine applies, neither gets the lock, and both say who has it.
    fn exclude(&mut self, held: impl Fn(&Stage) -> Result<bool>) -> Result<()> {
        self.stage.set("GROMA_MOCK_DELAY_MS", Some("4000"));
        for holder in [0, 1] {
            let apply = ["apply", "-auto-approve", "-input=false", "-no-color"];
            let running = self.stage.start_other(&self.engines[holder], apply)?;
            let deadline = Instant::now() + PATIENCE;
            while !held(&self.stage)? {
                if Instant::now() > deadline {
                    return Err("the lock is not taken".into());
                }
                std::thread::sleep(Duration::from_millis(10));
            }
            let mut refusals = Vec::new();
            for engine in &self.engines {
                let plan = ["plan", "-input=false", "-json", "-refresh=false"];
                refusals.push(refusal(&self.stage.run_other(engine, plan)?)?);
            }
            let holder_ended = running.finish()?;
            assert_eq!(holder_ended.code, Some(0), "{}", holder_ended.stderr);

            let [(expected, theirs), (found, ours)] = &refusals[..] else { unreachable!() };
            assert_eq!(expected, found);
            let fact = |text: &str, name: &str| -> Option<String> {
                let line = text.lines().find_map(|l| l.trim().strip_prefix(name));
                line.map(|l| l.trim().to_owned())
            };
            for name in ["ID:", "Path:", "Operation:", "Who:", "Created:"] {
                let (expected, found) = (fact(theirs, name), fact(ours, name));
                assert!(expected.is_some(), "no {name} in {theirs}");
                assert_eq!(expected, found, "{name} in {ours}");
            }
            let destroy = ["destroy", "-auto-approve", "-input=false", "-no-color"];
            let ended = self.stage.run_other(&self.engines[holder], destroy)?;
            assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        }
        Ok(())
    }
}

#[test]
fn a_local_lock_holds_for_both() -> Result<()> {
    let Some(mut scene) = scene("")? else { return Ok(()) };
    let init = scene.stage.run(["init", "-input=false", "-no-color"])?;
    assert_eq!(init.code, Some(0), "{}", init.stderr);
    scene.exclude(|stage| Ok(stage.read(".terraform.tfstate.lock.info")?.is_some()))
}

#[test]
fn a_lock_in_s3_holds_for_both() -> Result<()> {
    let Some(emulator) = Emulator::find() else { return Ok(()) };
    let backend = "terraform {\n  backend \"s3\" {\n    use_lockfile = true\n  }\n}\n";
    let Some(mut scene) = scene(backend)? else { return Ok(()) };
    let bucket = emulator.bucket()?;
    emulator.serve(&mut scene.stage, "us-east-1");
    scene.stage.write("s3.tfbackend", &emulator.backend(&bucket))?;
    let init = ["init", "-input=false", "-no-color", "-backend-config=s3.tfbackend"];
    let init = scene.stage.run(init)?;
    assert_eq!(init.code, Some(0), "{}", init.stderr);
    scene.exclude(|_| emulator.has(&bucket, "state.tflock"))
}
