//! All tests, with everything that they need: the programs built, an emulator running, and the
//! places of what may be on this machine told in the environment.
//!
//! The rules of `tidy` are one of the tests. A test that needs something that is not there says so and passes over.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::emulator::Installation;
use crate::interrupt::Interrupt;
use crate::mirror::Mirror;
use crate::workspace::Workspace;
use crate::{lint, programs};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only this package's tests
    #[arg(long, short)]
    package: Option<String>,
    /// Only tests whose name contains this
    filter: Option<String>,
}

/// Runs them.
pub(crate) fn run(args: &Args, workspace: &Workspace) -> Result<()> {
    let interrupt = Interrupt::watch()?;
    let formatted = lint::format(workspace);
    // One command for programs and tests, so that features are resolved once for both.
    let build = workspace.cargo(["build", "--workspace", "--all-targets"]).status()?;
    if !build.success() {
        bail!("the workspace could not be built");
    }
    interrupt.check()?;

    let installation = Installation::prepare(workspace)?;
    let emulator = installation.start(&[])?;
    let mut command = match &args.package {
        Some(package) => workspace.cargo(["test", "--no-fail-fast", "--package", package]),
        None => workspace.cargo(["test", "--no-fail-fast", "--workspace"]),
    };
    command.args(&args.filter);
    programs::isolate(&mut command);
    let address = emulator.address();
    command.env("GROMA_TEST_MOTO", address.strip_prefix("http://").unwrap_or(address));
    command.env("GROMA_TEST_PYTHON", installation.python());
    tell(workspace, &mut command)?;

    let (status, mut counts) = counted(&mut command)?;
    drop(emulator);
    interrupt.check()?;
    println!();
    // Told at the end, where it is seen; nobody waits for tests twice because of a space.
    match formatted {
        Ok(()) => counts.passed += 1,
        Err(error) => {
            println!("{error}");
            counts.failed += 1;
        }
    }
    println!("{} passed, {} failed", counts.passed, counts.failed);
    if counts.failed > 0 || !status {
        bail!("there are failures");
    }
    Ok(())
}

/// Tells the tests where things are.
fn tell(workspace: &Workspace, command: &mut Command) -> Result<()> {
    let mock = "terraform-provider-tfcoremock";
    let beside = |path: &str| workspace.root.parent().map(|p| p.join(path)).filter(|p| p.exists());
    let built = |name: &str| Some(workspace.target.join("debug").join(name));
    let found: [(&str, &str, Option<PathBuf>); 6] = [
        ("GROMA_TEST_MOCK", "the mock provider", built(mock)),
        ("GROMA_TEST_ENGINE", "the engine, for tests of providers", built("groma")),
        ("GROMA_TEST_TERRAFORM", "Terraform, to compare with", programs::on_path("terraform")),
        (
            "GROMA_TEST_AWS_PLUGIN",
            "the released AWS provider",
            Mirror::find(workspace)?.and_then(|mirror| mirror.program),
        ),
        ("GROMA_TEST_SSHD", "an OpenSSH server", programs::ssh_server()),
        (
            "GROMA_TEST_CORPUS",
            "expressions with their known results",
            beside("shared/corpus/open.jsonl"),
        ),
    ];
    for (name, what, path) in found {
        match path {
            Some(path) => {
                command.env(name, path);
            }
            None => println!("not on this machine: {what}; its tests are passed over"),
        }
    }
    Ok(())
}

#[derive(Default)]
struct Counts {
    passed: u64,
    failed: u64,
}

/// Runs the tests, shows what they print, and adds up what their runners say.
fn counted(command: &mut Command) -> Result<(bool, Counts)> {
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().context("cargo could not be started")?;
    let output = child.stdout.take().context("cargo's output cannot be read")?;
    let mut counts = Counts::default();
    let mut stdout = std::io::stdout();
    for line in BufReader::new(output).split(b'\n') {
        let line = line?;
        stdout.write_all(&line)?;
        stdout.write_all(b"\n")?;
        counts.add(&String::from_utf8_lossy(&line));
    }
    Ok((child.wait()?.success(), counts))
}

impl Counts {
    /// Adds a line such as `test result: ok. 12 passed; 0 failed; 0 ignored; …`.
    fn add(&mut self, line: &str) {
        let Some((_, result)) = line.split_once("test result: ") else { return };
        for part in result.split(['.', ';']) {
            let mut words = part.split_whitespace();
            let (Some(number), Some(word)) = (words.next(), words.next()) else { continue };
            let Ok(number) = number.parse::<u64>() else { continue };
            match word {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_add_up() {
        let mut counts = Counts::default();
        counts
            .add("test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; finished in 0.01s");
        counts
            .add("test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; finished in 1s");
        counts.add("test some::test ... ok");
        assert_eq!((counts.passed, counts.failed), (15, 2));
    }
}
