//! The local AWS emulator: moto, from PyPI, in a virtual environment under the target folder.
//!
//! It listens on 127.0.0.1 and lives as long as its standard input is open: not even a killed task
//! leaves it behind.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::interrupt::Interrupt;
use crate::workspace::Workspace;

/// How long an emulator may take to end by itself.
const GRACE: Duration = Duration::from_secs(5);

/// The Python environment that the emulator runs in.
pub(crate) struct Installation {
    python: PathBuf,
    /// Where the programs written for it are.
    scripts: PathBuf,
    log: PathBuf,
}

impl Installation {
    /// Makes the environment, or takes the one that there is: then no network is needed.
    pub(crate) fn prepare(workspace: &Workspace) -> Result<Installation> {
        let scripts = workspace.root.join("xtask").join("emulator");
        let directory = workspace.target.join("emulator");
        fs::create_dir_all(&directory)?;
        // Two tasks at once must not install into one place.
        let lock = File::create(directory.join("lock"))?;
        lock.lock()?;

        let environment = directory.join("venv");
        let installation = Installation {
            python: environment.join("bin").join("python"),
            scripts,
            log: directory.join("emulator.log"),
        };
        let requirements = installation.scripts.join("requirements.txt");
        let wanted = fs::read_to_string(&requirements)
            .with_context(|| format!("{} could not be read", requirements.display()))?;
        let stamp = environment.join("installed");
        let installed = fs::read_to_string(&stamp).is_ok_and(|text| text == wanted);
        if !installed || !installation.runs() {
            println!("Installing the AWS emulator from PyPI (once; it takes about a minute)");
            make_environment(&environment)?;
            installation.install(&requirements)?;
            fs::write(&stamp, wanted)?;
        }
        Ok(installation)
    }

    /// An environment outlives the interpreter that it was made with.
    fn runs(&self) -> bool {
        let mut command = Command::new(&self.python);
        command.args(["-c", "import moto, ministack"]).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }

    fn install(&self, requirements: &Path) -> Result<()> {
        let mut command = Command::new(&self.python);
        command.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]);
        command.arg(requirements);
        if !command.status().context("pip could not be started")?.success() {
            bail!(
                "the emulator's packages could not be installed. They come from PyPI, and need \
                 Python 3.10 or later; PYTHON names the interpreter to take"
            );
        }
        Ok(())
    }

    /// The interpreter that has its packages.
    pub(crate) fn python(&self) -> &Path {
        &self.python
    }

    /// One of the programs written for it.
    pub(crate) fn script(&self, name: &str) -> Command {
        let mut command = Command::new(&self.python);
        command.arg(self.scripts.join(name)).env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }

    /// Starts an emulator that has the given versioned buckets.
    pub(crate) fn start(&self, buckets: &[&str]) -> Result<Emulator> {
        let mut command = self.script("serve.py");
        for bucket in buckets {
            command.args(["--bucket", bucket]);
        }
        // A group of its own, so that Ctrl-C does not take it from those who still need it.
        command.process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(File::create(&self.log)?);
        let mut child = command.spawn().context("the emulator could not be started")?;
        let input = child.stdin.take();
        let mut address = String::new();
        if let Some(output) = child.stdout.take() {
            BufReader::new(output).read_line(&mut address)?;
        }
        let emulator = Emulator { child, input, address: address.trim().to_owned() };
        if emulator.address.is_empty() {
            drop(emulator);
            bail!("the emulator did not start:\n{}", tail(&self.log));
        }
        Ok(emulator)
    }
}

/// A running emulator, stopped when it is dropped.
pub(crate) struct Emulator {
    child: Child,
    /// Its end is the emulator's.
    input: Option<ChildStdin>,
    address: String,
}

impl Emulator {
    /// Its address, as in `http://127.0.0.1:1234`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// What AWS clients need in their environment to come here, and nowhere else.
    pub(crate) fn environment(&self) -> [(&'static str, &str); 5] {
        [
            ("AWS_ENDPOINT_URL", &self.address),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "emulator"),
            ("AWS_SECRET_ACCESS_KEY", "emulator"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ]
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        drop(self.input.take());
        let deadline = Instant::now() + GRACE;
        while Instant::now() < deadline {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        // What cannot be stopped has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts an emulator for whoever wants to try something by hand.
pub(crate) fn keep(workspace: &Workspace) -> Result<()> {
    let interrupt = Interrupt::watch()?;
    let emulator = Installation::prepare(workspace)?.start(&["states"])?;
    for (name, value) in emulator.environment() {
        println!("export {name}={value}");
    }
    println!("# It has a versioned bucket \"states\". Ctrl-C stops it.");
    while !interrupt.came() {
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

fn make_environment(directory: &Path) -> Result<()> {
    if directory.exists() {
        fs::remove_dir_all(directory)?;
    }
    let python = std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
    let attempt = || {
        Command::new(&python).args(["-m", "venv"]).arg(directory).output().with_context(|| {
            format!("{} could not be started; it is needed for the emulator", python.display())
        })
    };
    let mut output = attempt()?;
    if !output.status.success() && crate::programs::install("python3-venv") {
        output = attempt()?;
    }
    if !output.status.success() {
        let mut said = String::new();
        (&output.stdout[..]).chain(&output.stderr[..]).read_to_string(&mut said)?;
        bail!(
            "a Python environment could not be made. On Debian and its kin, the package \
             python3-venv is needed: apt-get install python3-venv\n{}",
            said.trim()
        );
    }
    Ok(())
}

fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}
