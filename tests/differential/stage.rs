//! Folders to work in, of which nothing outside is seen and nothing is left.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::engine::{Engine, Ran, Running};

/// A case's folder, with one for each engine and all that both read.
pub(crate) struct Theatre {
    root: tempfile::TempDir,
}

impl Theatre {
    /// One without plugins.
    pub(crate) fn new() -> Result<Theatre> {
        let root = tempfile::Builder::new().prefix("groma-differential-").tempdir()?;
        let theatre = Theatre { root };
        for name in ["home", "scratch", "mirror"] {
            fs::create_dir(theatre.path(name))?;
        }
        let mirror = theatre.path("mirror");
        let text = format!(
            // Both engines are to have the very same plugins.
            "native_providers = false\n\nprovider_installation {{\n  filesystem_mirror {{\n    path = {mirror:?}\n  }}\n}}\n"
        );
        fs::write(theatre.path("cli.tfrc"), text)?;
        Ok(theatre)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// Puts a plugin into the mirror.
    pub(crate) fn install(&self, name: &str, version: &str, program: &Path) -> Result<()> {
        let folder = self.package(name, version);
        fs::create_dir_all(&folder)?;
        let place = folder.join(format!("terraform-provider-{name}_v{version}"));
        // A copy where they are on different file systems.
        if fs::hard_link(program, &place).is_err() {
            fs::copy(program, &place)?;
        }
        Ok(())
    }

    /// Puts a plugin into the mirror together with what else is in its folder, as a link.
    pub(crate) fn install_package(&self, name: &str, version: &str, program: &Path) -> Result<()> {
        let folder = self.package(name, version);
        fs::create_dir_all(folder.parent().ok_or("a package has a folder")?)?;
        let source = program.parent().ok_or("a program is in a folder")?;
        Ok(std::os::unix::fs::symlink(source, folder)?)
    }

    /// The folder of a plugin in the mirror.
    fn package(&self, name: &str, version: &str) -> PathBuf {
        let os = match std::env::consts::OS {
            "macos" => "darwin",
            os => os,
        };
        let arch = match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            arch => arch,
        };
        self.path("mirror/registry.terraform.io/hashicorp")
            .join(name)
            .join(version)
            .join(format!("{os}_{arch}"))
    }

    /// A folder for an engine to work in.
    pub(crate) fn stage(&self, engine: &Engine) -> Result<Stage> {
        // Names of one length, for the sake of texts that show paths in frames.
        let name = if engine.name == "terraform" { "a" } else { "b" };
        let folder = self.path(name);
        fs::create_dir(&folder)?;
        let variables = [
            ("HOME", self.path("home")),
            ("TMPDIR", self.path("scratch")),
            ("TF_CLI_CONFIG_FILE", self.path("cli.tfrc")),
            ("PATH", "/usr/local/bin:/usr/bin:/bin".into()),
            ("CHECKPOINT_DISABLE", "1".into()),
            ("AWS_EC2_METADATA_DISABLED", "true".into()),
        ];
        let environment = variables
            .map(|(name, value)| (name.to_owned(), value.to_string_lossy().into_owned()))
            .into();
        Ok(Stage { engine: engine.clone(), folder, scratch: self.path("scratch"), environment })
    }
}

/// An engine's folder.
pub(crate) struct Stage {
    pub(crate) engine: Engine,
    pub(crate) folder: PathBuf,
    scratch: PathBuf,
    environment: BTreeMap<String, String>,
}

impl Stage {
    pub(crate) fn write(&self, path: &str, text: &str) -> Result<()> {
        let path = self.folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        Ok(fs::write(path, text)?)
    }

    pub(crate) fn delete(&self, path: &str) -> Result<()> {
        let path = self.folder.join(path);
        let done = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        done.map_err(|e| format!("{} cannot be deleted: {e}", path.display()).into())
    }

    /// A file's text, if it is there.
    pub(crate) fn read(&self, path: &str) -> Result<Option<String>> {
        match fs::read_to_string(self.folder.join(path)) {
            Ok(text) => Ok(Some(text)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e.into()),
        }
    }

    /// A path for a file that is no part of the configuration.
    pub(crate) fn scratch(&self, name: &str) -> String {
        let name = format!("{}-{name}", self.engine.name);
        self.scratch.join(name).to_string_lossy().into_owned()
    }

    /// Sets an environment variable, or takes it away.
    pub(crate) fn set(&mut self, name: &str, value: Option<&str>) {
        match value {
            Some(value) => self.environment.insert(name.to_owned(), value.to_owned()),
            None => self.environment.remove(name),
        };
    }

    pub(crate) fn start(
        &self,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> Result<Running> {
        self.start_other(&self.engine, arguments)
    }

    /// Starts another engine in this one's folder.
    pub(crate) fn start_other(
        &self,
        engine: &Engine,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> Result<Running> {
        let mut command = Command::new(&engine.program);
        command.args(arguments).current_dir(&self.folder).env_clear().envs(&self.environment);
        Running::start(command, &self.scratch)
    }

    pub(crate) fn run(
        &self,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> Result<Ran> {
        self.start(arguments)?.finish()
    }

    pub(crate) fn run_other(
        &self,
        engine: &Engine,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> Result<Ran> {
        self.start_other(engine, arguments)?.finish()
    }
}
