//! Runs one program and writes down what it used.
//!
//! The system counts what a process and its children used in the process that waited for them. A
//! process that runs one program only, as this one does, therefore knows that program's numbers.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use serde_json::{Value as Json, json};

/// Often enough for times that are told in hundredths of seconds.
const POLL: Duration = Duration::from_millis(1);

/// Often enough for the height of a command of some tenths of seconds.
const LOOK: Duration = Duration::from_millis(10);

/// What Linux counts memory in, in bytes, on the machines that this runs on.
const PAGE: u64 = 4096;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where to write it
    #[arg(long)]
    result: PathBuf,
    /// Seconds after which the program is stopped
    #[arg(long)]
    limit: u64,
    /// The program and its arguments
    #[arg(last = true, required = true)]
    command: Vec<String>,
}

/// What a program used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    pub(crate) wall: Duration,
    /// User and system time, its children's included.
    pub(crate) cpu: Duration,
    /// The most memory that one of its processes held, in bytes.
    pub(crate) peak: u64,
    /// The most memory that all of its processes held together, in bytes, as often as it was looked
    /// at. Not known everywhere.
    pub(crate) together: Option<u64>,
}

/// How a program ended.
pub(crate) enum Ended {
    /// By itself, with this code (none for a signal).
    Exited(Option<i32>, Usage),
    /// Stopped, since it took too long.
    TooLong,
}

/// Runs a program in a process of its own that measures it. What it prints is dropped, but for
/// its errors, which go to a file.
pub(crate) fn measured(command: &Command, limit: Duration, errors: &Path) -> Result<Ended> {
    let result = errors.with_extension("usage.json");
    let mut wrapper = Command::new(std::env::current_exe()?);
    wrapper.args(["measure", "--limit", &limit.as_secs().to_string(), "--result"]);
    wrapper.arg(&result).arg("--").arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => wrapper.env(name, value),
            None => wrapper.env_remove(name),
        };
    }
    if let Some(directory) = command.get_current_dir() {
        wrapper.current_dir(directory);
    }
    wrapper.stdin(Stdio::null()).stdout(Stdio::null()).stderr(std::fs::File::create(errors)?);
    wrapper.status()?;
    let text = std::fs::read_to_string(&result).context("a measurement left no result")?;
    std::fs::remove_file(&result)?;
    let json: Json = serde_json::from_str(&text)?;
    Ok(read(&json))
}

/// The measuring process.
pub(crate) fn run(args: &Args) -> ExitCode {
    match measure(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask measure: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn measure(args: &Args) -> Result<()> {
    let (program, arguments) = args.command.split_first().context("no program is given")?;
    let begin = Instant::now();
    let limit = Duration::from_secs(args.limit);
    let mut child = Command::new(program).args(arguments).spawn().context(program.clone())?;
    let mut together = 0;
    let mut looked = begin;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break Some(status);
        }
        if looked.elapsed() > LOOK {
            together = together.max(memory_of_tree(child.id()).unwrap_or(0));
            looked = Instant::now();
        }
        if begin.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            break None;
        }
        std::thread::sleep(POLL);
    };
    let wall = begin.elapsed();
    let used = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    // Linux counts kilobytes, macOS bytes.
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    let result = json!({
        "too_long": status.is_none(),
        "code": status.and_then(|s| s.code()),
        "wall_us": u64::try_from(wall.as_micros())?,
        "cpu_us": microseconds(used.user_time()) + microseconds(used.system_time()),
        "peak_bytes": u64::try_from(used.max_rss()).unwrap_or(0) * unit,
        "together_bytes": together,
    });
    std::fs::write(&args.result, result.to_string())?;
    Ok(())
}

/// What a process and its descendants hold in memory, in bytes. Linux tells.
fn memory_of_tree(root: u32) -> Option<u64> {
    let mut parents = Vec::new();
    for entry in std::fs::read_dir("/proc").ok()?.flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        // The name in parentheses may hold anything; what follows does not.
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else { continue };
        let fields: Vec<&str> = stat.rsplit(") ").next()?.split(' ').collect();
        let parent = fields.get(1).and_then(|field| field.parse::<u32>().ok());
        let pages = fields.get(21).and_then(|field| field.parse::<u64>().ok());
        if let (Some(parent), Some(pages)) = (parent, pages) {
            parents.push((id, parent, pages));
        }
    }
    let mut tree = vec![root];
    let mut at = 0;
    while let Some(&process) = tree.get(at) {
        tree.extend(parents.iter().filter(|(_, parent, _)| *parent == process).map(|p| p.0));
        at += 1;
    }
    let pages: u64 = parents.iter().filter(|p| tree.contains(&p.0)).map(|p| p.2).sum();
    Some(pages * PAGE)
}

fn microseconds(time: TimeVal) -> u64 {
    u64::try_from(time.tv_sec()).unwrap_or(0) * 1_000_000
        + u64::try_from(time.tv_usec()).unwrap_or(0)
}

fn read(json: &Json) -> Ended {
    if json["too_long"] == true {
        return Ended::TooLong;
    }
    let number = |name: &str| json[name].as_u64().unwrap_or(0);
    let usage = Usage {
        wall: Duration::from_micros(number("wall_us")),
        cpu: Duration::from_micros(number("cpu_us")),
        peak: number("peak_bytes"),
        together: Some(number("together_bytes")).filter(|bytes| *bytes > 0),
    };
    Ended::Exited(json["code"].as_i64().and_then(|c| i32::try_from(c).ok()), usage)
}
