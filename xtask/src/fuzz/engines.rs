//! Both engines, and what they say.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use serde_json::Value as Json;

use crate::programs::isolate;

/// An engine with a directory of its own to work in.
#[derive(Clone, Debug)]
pub(super) struct Engine {
    pub(super) name: &'static str,
    program: PathBuf,
    pub(super) directory: PathBuf,
}

/// The two that are compared.
#[derive(Clone, Debug)]
pub(super) struct Engines {
    pub(super) terraform: Engine,
    pub(super) groma: Engine,
}

/// An error as both engines tell it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Complaint {
    pub(super) summary: String,
    /// File, first line, and in it the columns; nothing for what stands nowhere.
    pub(super) place: Option<(String, u64, u64, u64)>,
    pub(super) detail: String,
}

/// What a command printed.
pub(super) struct Output {
    pub(super) code: Option<i32>,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Engine {
    pub(super) fn new(name: &'static str, program: PathBuf, root: &Path) -> Result<Engine> {
        let directory = root.join(name);
        if directory.exists() {
            fs::remove_dir_all(&directory)?;
        }
        fs::create_dir_all(&directory)?;
        Ok(Engine { name, program, directory })
    }

    /// Runs a command to its end.
    pub(super) fn run(&self, arguments: &[&str]) -> Result<Output> {
        self.run_with(arguments, "")
    }

    /// Runs a command with something to read.
    pub(super) fn run_with(&self, arguments: &[&str], input: &str) -> Result<Output> {
        let mut command = Command::new(&self.program);
        isolate(&mut command);
        command
            .args(arguments)
            .current_dir(&self.directory)
            .env("TF_CLI_CONFIG_FILE", "/dev/null")
            .env("CHECKPOINT_DISABLE", "true")
            .env("TF_IN_AUTOMATION", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("{} does not start", self.name))?;
        // What is written fits into a pipe. Whoever ends without reading it has something to say.
        if let Some(mut stdin) = child.stdin.take() {
            let _ = stdin.write_all(input.as_bytes());
        }
        let output = child.wait_with_output()?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(Output {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        })
    }

    /// Replaces the files of the directory; installed modules stay.
    pub(super) fn write(&self, files: &[(String, String)]) -> Result<()> {
        for (name, text) in files {
            let path = self.directory.join(name);
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(path, text)?;
        }
        Ok(())
    }

    /// The text of a file.
    pub(super) fn read(&self, name: &str) -> Result<String> {
        let bytes = fs::read(self.directory.join(name))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The errors that `validate` finds.
    pub(super) fn validate(&self) -> Result<(bool, BTreeSet<Complaint>)> {
        let output = self.run(&["validate", "-json", "-no-color"])?;
        let json: Json = serde_json::from_str(&output.stdout)
            .with_context(|| format!("{} validate: {}", self.name, output.stderr.trim()))?;
        let found = json["diagnostics"].as_array().into_iter().flatten();
        let errors = found.filter(|d| d["severity"] == "error").map(complaint).collect();
        Ok((json["valid"] == true, errors))
    }

    /// Plans, and gives the plan as JSON, or what is wrong.
    pub(super) fn plan(&self) -> Result<std::result::Result<Json, BTreeSet<Complaint>>> {
        let output =
            self.run(&["plan", "-json", "-input=false", "-refresh=false", "-out=p.plan"])?;
        if output.code != Some(0) {
            let lines = output.stdout.lines();
            let found: Vec<Json> = lines.filter_map(|l| serde_json::from_str(l).ok()).collect();
            let errors: BTreeSet<Complaint> = found
                .iter()
                .map(|line| &line["diagnostic"])
                .filter(|d| d["severity"] == "error")
                .map(complaint)
                .collect();
            if errors.is_empty() {
                anyhow::bail!("{} plan: {:?}: {}", self.name, output.code, output.stderr.trim());
            }
            return Ok(Err(errors));
        }
        let output = self.run(&["show", "-json", "p.plan"])?;
        let json = serde_json::from_str(&output.stdout)
            .with_context(|| format!("{} show: {}", self.name, output.stderr.trim()))?;
        Ok(Ok(json))
    }
}

impl Engines {
    /// Does the same with both, side by side.
    pub(super) fn both<T: Send>(
        &self,
        work: impl Fn(&Engine) -> Result<T> + Sync,
    ) -> Result<(T, T)> {
        std::thread::scope(|scope| {
            let other = scope.spawn(|| work(&self.terraform));
            let groma = work(&self.groma);
            let terraform = other.join().map_err(|_| anyhow::anyhow!("a thread panicked"))?;
            Ok((terraform?, groma?))
        })
    }
}

fn complaint(diagnostic: &Json) -> Complaint {
    let text = |name: &str| {
        // A line break of the terminal's width is none.
        let text = diagnostic[name].as_str().unwrap_or_default();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let range = &diagnostic["range"];
    let number = |end: &str, name: &str| range[end][name].as_u64().unwrap_or_default();
    let place = range["filename"].as_str().map(|file| {
        (
            file.to_owned(),
            number("start", "line"),
            number("start", "column"),
            number("end", "column"),
        )
    });
    Complaint { summary: text("summary"), place, detail: text("detail") }
}
