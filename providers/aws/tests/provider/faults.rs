//! Cases played on a network with faults: every run ends with the state equal to what is there, or
//! with an error, after which another run brings it there.

use std::sync::{Mutex, PoisonError};

use crate::case::Case;
use crate::emulator::Emulator;
use crate::engine::{self, Bench, Folder};
use crate::play;
use crate::trouble::Trouble;
use crate::{Failure, Result, say};

/// The groups whose cases are played. `GROMA_TEST_FAULTS` names others, separated by commas.
const GROUPS: &str = "general,identity";

/// How often a command may be run until it succeeds.
const RUNS: u32 = 5;

/// How many cases are played at once: most of the time they wait for a request's next try.
const AT_ONCE: usize = 4;

#[test]
fn faults_leave_nothing_unknown() -> Result<()> {
    let Some(engine) = engine::engine() else { return Ok(()) };
    // Cases are played twice: on one emulator, they would be in each other's way.
    let Some(emulator) = Emulator::own()? else { return Ok(()) };
    let seed = std::env::var("GROMA_TEST_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(1);
    let trouble = Trouble::start(emulator.address(), seed)?;
    let mut bench = Bench::new(&engine, &engine::subject())?;
    emulator.serve(&mut bench, "us-east-1");
    bench.set("AWS_ENDPOINT_URL", &trouble.address);
    // The adaptive mode would send less and less, which proves nothing more.
    bench.set("AWS_RETRY_MODE", "standard");
    let groups = std::env::var("GROMA_TEST_FAULTS").unwrap_or_else(|_| GROUPS.to_owned());
    let mut cases = Vec::new();
    for group in groups.split(',') {
        cases.extend(Case::of_group(group)?);
    }
    let failed = all(&bench, cases);
    say(&format!("{} faults with the seed {seed}", trouble.faults()));
    match failed.is_empty() {
        true => Ok(()),
        false => Err(failed.join("\n\n").into()),
    }
}

/// Plays cases, some at once; gives what failed.
fn all(bench: &Bench, cases: Vec<Case>) -> Vec<String> {
    let (cases, failed) = (Mutex::new(cases), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let case = cases.lock().unwrap_or_else(PoisonError::into_inner).pop();
                    let Some(case) = case else { return };
                    let Err(Failure(failure)) = live(bench, &case) else { continue };
                    let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
                    failed.push(format!("==== {}: {failure}", case.path));
                }
            });
        }
    });
    failed.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn live(bench: &Bench, case: &Case) -> Result<()> {
    let folder = bench.folder(&format!("{}-troubled", case.path.replace('/', "-")))?;
    play::prepare(&folder, case)?;
    for (name, text) in [("create.tf", Some(&case.create)), ("update.tf", case.update.as_ref())] {
        let Some(text) = text else { continue };
        folder.write("main.tf", text)?;
        done(&folder, &["apply", "-auto-approve", "-no-color"])
            .map_err(|e| format!("applying {name}: {}", e.0))?;
        // What the state says is what there is.
        play::clean(&folder, &[]).map_err(|e| format!("planning after {name}: {}", e.0))?;
    }
    done(&folder, &["destroy", "-auto-approve", "-no-color"])
        .map_err(|e| format!("destroying: {}", e.0))?;
    Ok(())
}

/// Runs a command until it succeeds.
fn done(folder: &Folder<'_>, arguments: &[&str]) -> Result<()> {
    let mut last = folder.done(arguments);
    for _ in 1..RUNS {
        if last.is_ok() {
            break;
        }
        last = folder.done(arguments);
    }
    last.map(|_| ())
}
