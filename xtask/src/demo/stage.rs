//! Where the demo takes place: a copy of the example, the engine, and its surroundings.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Error, Result, anyhow, bail};

use super::Story;
use crate::emulator::{Emulator, Installation};
use crate::programs::isolate;
use crate::workspace::Workspace;

/// The bucket of the states.
pub(crate) const BUCKET: &str = "states";

/// The providers that the engine may use.
pub(crate) enum Providers {
    /// Those that come with it, and no others.
    Native,
    /// Those of a mirror, and no others.
    Released(PathBuf),
    /// Those that come with it; for engines that have none, those of a mirror.
    Both(PathBuf),
}

impl Providers {
    /// The CLI configuration that says so.
    fn settings(&self, home: &Path) -> Result<String> {
        let (native, mirror) = match self {
            Providers::Native => (true, home.join("no-mirror")),
            Providers::Released(mirror) => (false, mirror.clone()),
            Providers::Both(mirror) => (true, mirror.clone()),
        };
        fs::create_dir_all(&mirror)?;
        let path = mirror.to_str().context("the mirror's path is not UTF-8")?;
        Ok(format!(
            "native_providers = {native}\n\nprovider_installation {{\n  filesystem_mirror {{\n    path = \
             {path:?}\n  }}\n}}\n"
        ))
    }
}

/// A copy of an example, and what runs there.
pub(crate) struct Stage {
    engine: PathBuf,
    directory: PathBuf,
    /// The folder as one writes it down.
    shown: PathBuf,
    cli_config: PathBuf,
    state_key: String,
    environment: &'static [(&'static str, &'static str)],
    installation: Installation,
    emulator: Emulator,
}

impl Stage {
    /// Copies the example, and writes a CLI configuration that knows these providers only.
    pub(crate) fn set(
        workspace: &Workspace,
        story: &Story,
        engine: PathBuf,
        providers: &Providers,
        installation: Installation,
        emulator: Emulator,
    ) -> Result<Stage> {
        let home = workspace.target.join("demo");
        let directory = home.join(story.example);
        if directory.exists() {
            fs::remove_dir_all(&directory)?;
        }
        copy(&workspace.root.join("examples").join(story.example), &directory)?;
        let cli_config = home.join("cli.tfrc");
        fs::write(&cli_config, providers.settings(&home)?)?;
        Ok(Stage {
            engine,
            shown: workspace.relative(&directory).to_owned(),
            directory,
            cli_config,
            state_key: format!("{}/terraform.tfstate", story.example),
            environment: story.environment,
            installation,
            emulator,
        })
    }

    /// Where the configuration is.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Where the configuration is, as one writes it down.
    pub(crate) fn shown_directory(&self) -> &Path {
        &self.shown
    }

    /// Says what comes next.
    pub(crate) fn say(&self, text: &str) {
        println!("\n━━ {text}");
    }

    /// The command that meets the state on the emulator.
    pub(crate) fn init(&self) -> [String; 4] {
        [
            "init".to_owned(),
            format!("-backend-config=bucket={BUCKET}"),
            format!("-backend-config=key={}", self.state_key),
            "-backend-config=use_path_style=true".to_owned(),
        ]
    }

    /// Runs the engine, and fails if it does.
    pub(crate) fn engine<S: AsRef<str>>(&self, arguments: &[S]) -> Result<()> {
        match self.run(arguments)? {
            Some(0) => Ok(()),
            code => Err(Stage::failed(code)),
        }
    }

    /// Runs the engine, and gives its exit code (none for a signal).
    pub(crate) fn run<S: AsRef<str>>(&self, arguments: &[S]) -> Result<Option<i32>> {
        let shown: Vec<&str> = arguments.iter().map(AsRef::as_ref).collect();
        println!("\n$ groma {}", shown.join(" "));
        std::io::stdout().flush()?;
        let status = self.command(&self.engine, &shown).status();
        Ok(status
            .with_context(|| format!("{} could not be started", self.engine.display()))?
            .code())
    }

    /// What a failed run is told as.
    pub(crate) fn failed(code: Option<i32>) -> Error {
        match code {
            Some(code) => anyhow!("the command above ended with exit code {code}"),
            None => anyhow!("the command above was stopped by a signal"),
        }
    }

    /// Shows the lock of the last command: the bucket keeps versions of deleted objects too.
    pub(crate) fn last_lock(&self) -> Result<()> {
        let key = format!("{}.tflock", self.state_key);
        println!("\nThe lock that it held meanwhile, s3://{BUCKET}/{key}:");
        self.look(&["last", BUCKET, &key])
    }

    /// Changes the values of variables, as a user does in an editor.
    pub(crate) fn edit(&self, number: usize, values: &str) -> Result<()> {
        let name = format!("edit-{number}.auto.tfvars");
        fs::write(self.directory.join(&name), values)?;
        let mut text = format!("\n$ cat > {name}\n");
        for line in values.lines() {
            writeln!(text, "  {line}")?;
        }
        print!("{text}");
        Ok(())
    }

    /// Shows what the bucket holds.
    pub(crate) fn bucket(&self) -> Result<()> {
        println!("\nThe bucket:");
        self.look(&["list", BUCKET])
    }

    fn look(&self, arguments: &[&str]) -> Result<()> {
        std::io::stdout().flush()?;
        let mut script = self.installation.script("buckets.py");
        let status = script.arg(self.emulator.address()).args(arguments).status()?;
        if !status.success() {
            bail!("the bucket could not be looked into");
        }
        Ok(())
    }

    /// An engine's command, in the surroundings of the demo.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, engine: &Path, arguments: &[S]) -> Command {
        let mut command = Command::new(engine);
        command.args(arguments).current_dir(&self.directory);
        isolate(&mut command);
        command.envs(self.emulator.environment());
        command.envs(self.environment.iter().copied());
        command.env("TF_CLI_CONFIG_FILE", &self.cli_config);
        // Another engine, named by GROMA_BIN, must not ask for newer versions of itself.
        command.env("CHECKPOINT_DISABLE", "true");
        command
    }
}

/// Copies what makes up a configuration: hidden files are an engine's own.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("{}", from.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_string_lossy().starts_with('.') {
            continue;
        }
        let target = to.join(&name);
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}
