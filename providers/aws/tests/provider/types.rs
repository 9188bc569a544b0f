//! Resource types and data sources at work: the cases of `types/`, group by group.

use std::time::Instant;

use crate::case::{self, Case};
use crate::emulator::Emulator;
use crate::engine::{self, Bench};
use crate::play::play;
use crate::{Result, say};

/// A test for each group, which has a region for itself.
macro_rules! groups {
    ($($group:ident: $region:literal,)*) => {
        const GROUPS: &[&str] = &[$(stringify!($group)),*];
        $(
            #[test]
            fn $group() -> Result<()> {
                group(stringify!($group), $region)
            }
        )*
    };
}

groups! {
    autoscaling: "us-east-2",
    balancing: "us-west-1",
    compute: "us-west-2",
    databases: "eu-west-1",
    general: "us-east-1",
    identity: "eu-west-2",
    network: "eu-west-3",
    storage: "eu-central-1",
    watching: "eu-north-1",
}

fn group(group: &str, region: &str) -> Result<()> {
    let Some(engine) = engine::engine() else { return Ok(()) };
    let mut failed = Vec::new();
    for case in Case::of_group(group)? {
        let Some(emulator) = Emulator::shared(case.notes.emulator)? else { continue };
        let mut bench = Bench::new(&engine, &engine::subject())?;
        emulator.serve(&mut bench, region);
        let start = Instant::now();
        let played = play(&bench, &case);
        let time = start.elapsed().as_secs_f32();
        match played {
            Ok(()) => say(&format!("{}: ok, {time:.1} s", case.path)),
            Err(failure) => {
                say(&format!("{}: FAILED, {time:.1} s", case.path));
                failed.push(format!("==== {}: {}", case.path, failure.0));
            }
        }
    }
    match failed.is_empty() {
        true => Ok(()),
        false => Err(failed.join("\n\n").into()),
    }
}

#[test]
fn every_case_is_of_a_group_that_is_played() -> Result<()> {
    for group in case::groups()? {
        assert!(GROUPS.contains(&group.as_str()), "types/{group} is played by no test");
    }
    Ok(())
}
