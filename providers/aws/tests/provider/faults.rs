//! Cases played on a network with faults: every run ends with the state equal to what is there, or
//! with an error, after which another run brings it there.
//!
//! Each group is played twice, on an emulator of its own. At first, requests and answers get lost, and
//! a command is run until it succeeds. Then only what was just made is overlooked for a while, for
//! which no resource may fail; a data source is told what there is, and may be read again.

use std::sync::{Mutex, PoisonError};

use crate::case::Case;
use crate::emulator::{Emulator, Kind};
use crate::engine::{self, Bench, Folder};
use crate::play;
use crate::trouble::{Trouble, Weather};
use crate::{Failure, Result, say};

/// How often a command may be run until it succeeds.
const RUNS: u32 = 5;

/// How many cases are played at once: most of the time they wait for a request's next try.
const AT_ONCE: usize = 4;

/// How long the provider waits for an answer where some never come.
const ATTEMPT: &str = "10s";

/// Tests for each group whose cases live through it.
macro_rules! groups {
    ($($test:ident: $($group:ident)*;)*) => {
        $(mod $test {
            $(
                #[test]
                fn $group() -> crate::Result<()> {
                    super::$test(stringify!($group))
                }
            )*
        })*
    };
}

// EC2 and KMS take no token for VPCs, internet gateways, addresses and keys, so that a create that is
// not answered may leave one there, which the error says; and the emulator does not heed the tokens
// that EC2 does take. Groups that make such things are not in `losses`.
groups! {
    losses: databases general storage watching;
    late: autoscaling balancing compute databases general identity network storage watching;
}

/// Requests are refused, fail, and get lost, as answers do.
fn losses(group: &str) -> Result<()> {
    let seed = std::env::var("GROMA_TEST_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(1);
    play_all(group, Weather { losses: Some(seed), late: None })
}

/// What was made is known only after a while.
fn late(group: &str) -> Result<()> {
    play_all(group, Weather { losses: None, late: Some(1) })
}

fn play_all(group: &str, weather: Weather) -> Result<()> {
    let Some(engine) = engine::engine() else { return Ok(()) };
    let Some(emulator) = Emulator::own()? else { return Ok(()) };
    let ground = Ground { engine: &engine, emulator: &emulator, weather };
    let cases = Case::of_group(group)?;
    let outlives: Vec<String> = cases.iter().flat_map(|case| case.notes.leaves.clone()).collect();
    let mut failed = ground.play(cases);
    if failed.is_empty() {
        // A create that was repeated made two of a kind, of which the state knows but one.
        let left = emulator.left(&outlives)?.into_iter();
        failed.extend(left.map(|what| format!("everything was destroyed, but there is {what}")));
    }
    match failed.is_empty() {
        true => Ok(()),
        false => Err(failed.join("\n\n").into()),
    }
}

/// Where cases are played.
struct Ground<'a> {
    engine: &'a std::path::Path,
    emulator: &'a Emulator,
    weather: Weather,
}

impl Ground<'_> {
    /// Plays cases, some at once; gives what failed.
    fn play(&self, cases: Vec<Case>) -> Vec<String> {
        let (cases, failed) = (Mutex::new(cases), Mutex::new(Vec::new()));
        std::thread::scope(|scope| {
            for _ in 0..AT_ONCE {
                scope.spawn(|| {
                    loop {
                        let case = cases.lock().unwrap_or_else(PoisonError::into_inner).pop();
                        let Some(case) = case else { return };
                        let Err(Failure(failure)) = self.live(&case) else { continue };
                        let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
                        failed.push(format!("==== {}: {failure}", case.path));
                    }
                });
            }
        });
        failed.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// One case, on a network of its own, whose faults do not depend on what others do.
    fn live(&self, case: &Case) -> Result<()> {
        let start = std::time::Instant::now();
        let emulator = match case.notes.emulator {
            Kind::Moto => self.emulator,
            other => match Emulator::shared(other)? {
                Some(emulator) => emulator,
                None => return Ok(()),
            },
        };
        let trouble = Trouble::start(emulator.address(), self.weather)?;
        let mut bench = Bench::new(self.engine, &engine::subject())?;
        emulator.serve(&mut bench, "us-east-1");
        bench.set("AWS_ENDPOINT_URL", &trouble.address);
        // The adaptive mode would send less and less, which proves nothing more.
        bench.set("AWS_RETRY_MODE", "standard");
        if self.weather.losses.is_some() {
            bench.set("GROMA_AWS_ATTEMPT_TIMEOUT", ATTEMPT);
        }
        let folder = bench.folder("case")?;
        play::prepare(&folder, case)?;
        let steps = [("create.tf", Some(&case.create)), ("update.tf", case.update.as_ref())];
        for (name, text) in steps {
            let Some(text) = text else { continue };
            folder.write("main.tf", text)?;
            self.done(&folder, &trouble, &["apply", "-auto-approve", "-no-color"])
                .map_err(|e| format!("applying {name}: {}", e.0))?;
            // What the state says is what there is.
            play::clean(&folder, &[]).map_err(|e| format!("planning after {name}: {}", e.0))?;
        }
        self.done(&folder, &trouble, &["destroy", "-auto-approve", "-no-color"])
            .map_err(|e| format!("destroying: {}", e.0))?;
        let (faults, time) = (trouble.faults(), start.elapsed().as_secs_f32());
        say(&format!("{}: ok, {faults} faults, {time:.1} s", case.path));
        Ok(())
    }

    /// Runs a command until it succeeds.
    fn done(&self, folder: &Folder<'_>, trouble: &Trouble, arguments: &[&str]) -> Result<()> {
        let mut told = String::new();
        for _ in 0..RUNS {
            let ran = folder.run(arguments)?;
            trouble.settle();
            if ran.code == Some(0) {
                return Ok(());
            }
            told.push_str(&format!("\n---- exit code {:?}\n{}", ran.code, ran.stderr));
            if self.weather.losses.is_none() && !is_of_data(&ran.stderr) {
                break;
            }
        }
        Err(told.into())
    }
}

/// Whether only data sources failed.
fn is_of_data(errors: &str) -> bool {
    let mut places = errors.lines().filter_map(|line| line.trim_start().strip_prefix("with "));
    places.clone().next().is_some() && places.all(|place| place.contains("data."))
}
