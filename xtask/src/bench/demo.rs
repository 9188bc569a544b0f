//! The no-change plan of the demo: how long the way through a large provider takes.

use std::time::Duration;

use anyhow::{Result, bail};

use super::Engine;
use super::report::{Cell, Row};
use crate::demo::{BUCKET, Providers, Stage, released, web_app};
use crate::emulator::Installation;
use crate::interrupt::Interrupt;
use crate::measure::{self, Ended, Usage};
use crate::workspace::Workspace;

/// How many resources the web app has.
const SIZE: usize = 20;

/// Makes the web app once, then measures the engines in turns, so that all meet the same machine.
pub(super) fn run(
    workspace: &Workspace,
    rounds: usize,
    patience: Duration,
    groma: Engine,
    terraform: Option<Engine>,
    interrupt: &Interrupt,
) -> Result<Vec<Row>> {
    let providers = Providers::Released(released(workspace)?.root);
    let installation = Installation::prepare(workspace)?;
    let emulator = installation.start(&[BUCKET])?;
    let story = web_app();
    let program = groma.program.clone();
    let stage = Stage::set(workspace, &story, program, &providers, installation, emulator)?;
    stage.engine(&stage.init())?;
    interrupt.check()?;
    stage.engine(&["apply", "-auto-approve"])?;

    let engines: Vec<Engine> = std::iter::once(groma).chain(terraform).collect();
    let mut runs: Vec<Vec<Usage>> = vec![Vec::new(); engines.len()];
    for engine in &engines {
        // Each has its own installation, and fills its caches before anything is counted.
        once(&stage, engine, &stage.init(), patience)?;
        once(&stage, engine, &plan(), patience)?;
    }
    for _ in 0..rounds {
        for (engine, runs) in engines.iter().zip(&mut runs) {
            interrupt.check()?;
            runs.push(once(&stage, engine, &plan(), patience)?);
        }
    }
    let mut cells = runs.into_iter().map(|runs| median(runs).map_or(Cell::Absent, Cell::Used));
    Ok(vec![Row {
        what: "demo".to_owned(),
        step: "no-change plan",
        size: SIZE,
        groma: cells.next().unwrap_or(Cell::Absent),
        terraform: cells.next().unwrap_or(Cell::Absent),
    }])
}

fn plan() -> [String; 3] {
    ["plan", "-no-color", "-detailed-exitcode"].map(str::to_owned)
}

fn once(stage: &Stage, engine: &Engine, arguments: &[String], patience: Duration) -> Result<Usage> {
    let mut command = stage.command(&engine.program, arguments);
    command.env("TF_DATA_DIR", format!(".data-{}", engine.name));
    let errors = stage.directory().join("errors.txt");
    match measure::measured(&command, patience, &errors)? {
        Ended::Exited(Some(0), usage) => Ok(usage),
        Ended::TooLong => bail!("{} {arguments:?} took too long", engine.name),
        Ended::Exited(code, _) => {
            let said = std::fs::read_to_string(&errors)?;
            bail!("{} {arguments:?} ended with {code:?}:\n{said}", engine.name)
        }
    }
}

fn median(mut runs: Vec<Usage>) -> Option<Usage> {
    runs.sort_by_key(|usage| usage.wall);
    runs.get(runs.len() / 2).copied()
}
