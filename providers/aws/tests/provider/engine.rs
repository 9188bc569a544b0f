//! Folders in which the engine works with one build of the provider.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::{Result, passed_over};

/// How long a command may take. Only what hangs takes as long.
const PATIENCE: Duration = Duration::from_secs(600);

/// The program of our provider.
pub(crate) fn ours() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_groma-provider-aws"))
}

/// The provider whose types are played: ours, or what takes its place.
pub(crate) fn subject() -> PathBuf {
    std::env::var_os("GROMA_TEST_SUBJECT").map_or_else(|| ours().to_owned(), PathBuf::from)
}

/// The engine.
pub(crate) fn engine() -> Option<PathBuf> {
    let named = std::env::var_os("GROMA_TEST_ENGINE").map(PathBuf::from);
    let beside = || {
        let name = format!("groma{}", std::env::consts::EXE_SUFFIX);
        Some(ours().parent()?.join(name)).filter(|program| program.is_file())
    };
    let engine = named.or_else(beside);
    if engine.is_none() {
        passed_over("there is no engine; GROMA_TEST_ENGINE names its program");
    }
    engine
}

/// The released provider.
pub(crate) fn released() -> Option<PathBuf> {
    let program = std::env::var_os("GROMA_TEST_AWS_PLUGIN").map(PathBuf::from);
    if program.is_none() {
        passed_over("there is no released AWS provider; GROMA_TEST_AWS_PLUGIN names its program");
    }
    program
}

/// Terraform, to work with our plugin, and to compare with.
pub(crate) fn terraform() -> Option<PathBuf> {
    let program = std::env::var_os("GROMA_TEST_TERRAFORM").map(PathBuf::from);
    if program.is_none() {
        passed_over("there is no Terraform; GROMA_TEST_TERRAFORM names its program");
    }
    program
}

/// What a command came to.
#[derive(Clone, Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// All that it said.
    pub(crate) fn said(&self) -> String {
        format!("{}\n{}", self.stdout.trim_end(), self.stderr.trim_end())
    }
}

/// An engine with a build of the provider, apart from all that is outside.
pub(crate) struct Bench {
    root: tempfile::TempDir,
    engine: PathBuf,
    environment: BTreeMap<String, String>,
}

impl Bench {
    /// One where `hashicorp/aws` is this program.
    pub(crate) fn new(engine: &Path, provider: &Path) -> Result<Bench> {
        let root = tempfile::Builder::new().prefix("groma-aws-").tempdir()?;
        let path = |name: &str| root.path().join(name);
        for name in ["home", "scratch", "plugins"] {
            fs::create_dir(path(name))?;
        }
        let plugins = path("plugins");
        let place = plugins.join(format!("terraform-provider-aws{}", std::env::consts::EXE_SUFFIX));
        std::os::unix::fs::symlink(provider, &place)?;
        let text = format!(
            "provider_installation {{\n  dev_overrides {{\n    \"hashicorp/aws\" = {plugins:?}\n  \
             }}\n  direct {{}}\n}}\n"
        );
        fs::write(path("cli.tfrc"), text)?;
        let variables = [
            ("HOME", path("home")),
            ("TMPDIR", path("scratch")),
            ("TF_CLI_CONFIG_FILE", path("cli.tfrc")),
            ("PATH", "/usr/local/bin:/usr/bin:/bin".into()),
            ("CHECKPOINT_DISABLE", "1".into()),
            ("AWS_EC2_METADATA_DISABLED", "true".into()),
        ];
        let environment = variables
            .map(|(name, value)| (name.to_owned(), value.to_string_lossy().into_owned()))
            .into();
        Ok(Bench { root, engine: engine.to_owned(), environment })
    }

    /// One where what the engine brings along may take the place of a released provider, of which
    /// there is none, unless the settings say otherwise.
    pub(crate) fn bundled(engine: &Path, settings: &str) -> Result<Bench> {
        let bench = Bench::new(engine, ours())?;
        let path = |name: &str| bench.root.path().join(name);
        let nothing = path("home");
        let text = format!(
            "{settings}\nprovider_installation {{\n  filesystem_mirror {{\n    path = {nothing:?}\n  \
             }}\n}}\n"
        );
        fs::write(path("cli.tfrc"), text)?;
        Ok(bench)
    }

    /// One that finds a program as `hashicorp/aws` 5.100.0 in a mirror.
    pub(crate) fn mirrored(engine: &Path, provider: &Path) -> Result<Bench> {
        let bench = Bench::new(engine, provider)?;
        let mirror = bench.root.path().join("mirror");
        let system = match std::env::consts::OS {
            "macos" => "darwin",
            other => other,
        };
        let machine = match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            other => other,
        };
        let package = mirror.join("registry.terraform.io/hashicorp/aws/5.100.0");
        let package = package.join(format!("{system}_{machine}"));
        fs::create_dir_all(&package)?;
        std::os::unix::fs::symlink(provider, package.join("terraform-provider-aws_v5.100.0_x5"))?;
        let text = format!(
            "provider_installation {{\n  filesystem_mirror {{\n    path = {mirror:?}\n  }}\n}}\n"
        );
        fs::write(bench.root.path().join("cli.tfrc"), text)?;
        Ok(bench)
    }

    /// Sets an environment variable.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.environment.insert(name.to_owned(), value.to_owned());
    }

    /// A folder to work in.
    pub(crate) fn folder(&self, name: &str) -> Result<Folder<'_>> {
        let path = self.root.path().join(name);
        fs::create_dir(&path)?;
        Ok(Folder { bench: self, path })
    }
}

impl Bench {
    /// A folder that is somebody else's.
    pub(crate) fn at(&self, path: &Path) -> Folder<'_> {
        Folder { bench: self, path: path.to_owned() }
    }

    /// A folder in which there is something already.
    pub(crate) fn again(&self, name: &str) -> Folder<'_> {
        Folder { bench: self, path: self.root.path().join(name) }
    }
}

/// A configuration's folder.
pub(crate) struct Folder<'a> {
    bench: &'a Bench,
    pub(crate) path: PathBuf,
}

impl Folder<'_> {
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<()> {
        let path = self.path.join(name);
        fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()).into())
    }

    pub(crate) fn delete(&self, name: &str) -> Result<()> {
        let path = self.path.join(name);
        fs::remove_file(&path).map_err(|e| format!("{}: {e}", path.display()).into())
    }

    /// Runs the engine.
    pub(crate) fn run(&self, arguments: &[&str]) -> Result<Ran> {
        let scratch = self.bench.root.path().join("scratch");
        // Into files, so that no full pipe can hold it up.
        let (stdout, stderr) = (tempfile::tempfile_in(&scratch)?, tempfile::tempfile_in(&scratch)?);
        let mut command = Command::new(&self.bench.engine);
        command.args(arguments).current_dir(&self.path);
        command.env_clear().envs(&self.bench.environment);
        command.stdin(Stdio::null()).stdout(stdout.try_clone()?).stderr(stderr.try_clone()?);
        let mut child =
            command.spawn().map_err(|e| format!("the engine cannot be started: {e}"))?;
        let deadline = Instant::now() + PATIENCE;
        let code = loop {
            if let Some(status) = child.try_wait()? {
                break status.code();
            }
            if Instant::now() > deadline {
                child.kill()?;
                child.wait()?;
                let said = format!("{}\n{}", text(stdout)?, text(stderr)?);
                return Err(format!("{} hangs after saying\n{said}", arguments.join(" ")).into());
            }
            std::thread::sleep(Duration::from_millis(3));
        };
        Ok(Ran { code, stdout: text(stdout)?, stderr: text(stderr)? })
    }

    /// Runs what must succeed.
    pub(crate) fn done(&self, arguments: &[&str]) -> Result<Ran> {
        let ran = self.run(arguments)?;
        match ran.code {
            Some(0) => Ok(ran),
            code => {
                Err(format!("{}: exit code {code:?}\n{}", arguments.join(" "), ran.said()).into())
            }
        }
    }
}

fn text(mut file: File) -> Result<String> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
