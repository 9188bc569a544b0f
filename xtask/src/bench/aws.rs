//! The native AWS provider beside the released one, on one emulator in one run.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use groma_protocol::{CORE_PROTOCOL, MAGIC_COOKIE};

use super::Engine;
use super::report::{Cell, Row};
use crate::demo::{BUCKET, Providers, Stage, released, web_app};
use crate::emulator::Installation;
use crate::interrupt::Interrupt;
use crate::measure::{self, Ended, Usage};
use crate::workspace::Workspace;

/// What to measure.
pub(super) struct Plan {
    pub(super) rounds: usize,
    pub(super) aliases: usize,
    pub(super) patience: Duration,
}

/// How many resources the web app has.
const SIZE: usize = 20;

/// The life of the web app, once with each engine and its provider, then many aliases.
pub(super) fn run(
    workspace: &Workspace,
    plan: &Plan,
    groma: Engine,
    terraform: Option<Engine>,
    interrupt: &Interrupt,
) -> Result<Vec<Row>> {
    println!("{}", program(&groma.program.with_file_name("groma-provider-aws"))?);
    let providers = Providers::Both(released(workspace)?.root);
    let installation = Installation::prepare(workspace)?;
    let emulator = installation.start(&[BUCKET])?;
    let program = groma.program.clone();
    let stage = Stage::set(workspace, &web_app(), program, &providers, installation, emulator)?;
    let bench = Bench { stage, patience: plan.patience };
    let engines: Vec<Engine> = std::iter::once(groma).chain(terraform).collect();

    let mut rows = Vec::new();
    let mut lives = Vec::new();
    for engine in &engines {
        interrupt.check()?;
        lives.push(bench.life(engine, plan.rounds)?);
    }
    for (i, step) in STEPS.into_iter().enumerate() {
        rows.push(row(step, SIZE, lives.iter().map(|life| life[i])));
    }
    bench.aliased(plan.aliases)?;
    let mut cells = Vec::new();
    for engine in &engines {
        interrupt.check()?;
        bench.once(engine, &bench.stage.init())?;
        cells.push(bench.once(engine, &command("plan"))?);
    }
    rows.push(row("aliases", plan.aliases, cells.into_iter()));
    Ok(rows)
}

const STEPS: [&str; 3] = ["apply", "no-change plan", "destroy"];

fn row(step: &'static str, size: usize, mut usages: impl Iterator<Item = Usage>) -> Row {
    // What counts here is what engine and plugins hold together.
    let mut cell = || {
        usages.next().map_or(Cell::Absent, |usage| {
            Cell::Used(Usage { peak: usage.together.unwrap_or(usage.peak), ..usage })
        })
    };
    Row { what: "aws".to_owned(), step, size, groma: cell(), terraform: cell() }
}

struct Bench {
    stage: Stage,
    patience: Duration,
}

impl Bench {
    /// What each of [`STEPS`] takes an engine.
    fn life(&self, engine: &Engine, rounds: usize) -> Result<[Usage; 3]> {
        self.once(engine, &self.stage.init())?;
        let apply = self.once(engine, &command("apply -auto-approve"))?;
        // The first plan fills caches.
        self.once(engine, &command("plan"))?;
        let plans: Result<Vec<Usage>> =
            (0..rounds.max(1)).map(|_| self.once(engine, &command("plan"))).collect();
        let mut plans = plans?;
        plans.sort_by_key(|usage| usage.wall);
        let destroy = self.once(engine, &command("destroy -auto-approve"))?;
        Ok([apply, plans[plans.len() / 2], destroy])
    }

    /// Puts a configuration of many provider configurations in place of the web app.
    fn aliased(&self, aliases: usize) -> Result<()> {
        let directory = self.stage.directory();
        for entry in std::fs::read_dir(directory)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let kept = ["versions.tf", "backend.tf", "variables.tf"].contains(&&*name);
            if name.ends_with(".tf") && !kept {
                std::fs::remove_file(path)?;
            }
        }
        let mut text = String::new();
        for i in 0..aliases {
            text += &format!(
                "provider \"aws\" {{\n  alias                       = \"a{i}\"\n  region                      = \"us-east-1\"\n  \
                 skip_credentials_validation = true\n  skip_requesting_account_id  = true\n}}\n\n\
                 data \"aws_availability_zones\" \"z{i}\" {{\n  provider = aws.a{i}\n}}\n\n"
            );
        }
        Ok(std::fs::write(directory.join("aliases.tf"), text)?)
    }

    fn once(&self, engine: &Engine, arguments: &[String]) -> Result<Usage> {
        let mut command = self.stage.command(&engine.program, arguments);
        command.env("TF_DATA_DIR", format!(".data-{}", engine.name));
        let errors = self.stage.directory().join("errors.txt");
        match measure::measured(&command, self.patience, &errors)? {
            Ended::Exited(Some(0), usage) => Ok(usage),
            Ended::TooLong => bail!("{} {arguments:?} took too long", engine.name),
            Ended::Exited(code, _) => {
                let said = std::fs::read_to_string(&errors)?;
                bail!("{} {arguments:?} ended with {code:?}:\n{said}", engine.name)
            }
        }
    }
}

/// How large the native provider's program is, and how long it takes to be ready for an engine.
fn program(path: &Path) -> Result<String> {
    let megabytes = std::fs::metadata(path)?.len() as f64 / 1e6;
    // The first start reads the program from the disk.
    handshake(path)?;
    let mut slowest = Duration::ZERO;
    for _ in 0..10 {
        slowest = slowest.max(handshake(path)?);
    }
    let milliseconds = slowest.as_secs_f64() * 1e3;
    Ok(format!(
        "The native provider's program: {megabytes:.1} MB; its handshake: {milliseconds:.1} ms, the slowest of ten"
    ))
}

/// How long a plugin takes from its start to its first line.
fn handshake(path: &Path) -> Result<Duration> {
    let (cookie, value) = MAGIC_COOKIE;
    let begin = Instant::now();
    let mut child = Command::new(path)
        .env(cookie, value)
        .env("PLUGIN_PROTOCOL_VERSIONS", "5,6")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut line = String::new();
    let output = child.stdout.take().context("a plugin without output")?;
    BufReader::new(output).read_line(&mut line)?;
    let time = begin.elapsed();
    child.kill()?;
    child.wait()?;
    ensure!(line.starts_with(&format!("{CORE_PROTOCOL}|")), "no handshake, but {line:?}");
    Ok(time)
}

/// A command and its flags, without colours.
fn command(words: &str) -> Vec<String> {
    let mut words: Vec<String> = words.split(' ').map(str::to_owned).collect();
    words.push("-no-color".to_owned());
    words
}
