//! A folder with a configuration of the notebook, and an engine to work on it.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value as Json;

pub(crate) type TestResult = Result<(), Box<dyn std::error::Error>>;

/// See the module.
pub(crate) struct Desk {
    folder: tempfile::TempDir,
    program: PathBuf,
    environment: Vec<(&'static str, String)>,
}

/// What a command came to.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) text: String,
}

impl Ran {
    /// What it said, if it went well.
    #[track_caller]
    pub(crate) fn succeeds(self) -> String {
        assert_eq!(self.code, Some(0), "{}", self.text);
        self.text
    }
}

#[expect(clippy::print_stderr, reason = "a test that is passed over must say so")]
fn named(variable: &str) -> Option<PathBuf> {
    let program = std::env::var_os(variable).filter(|p| !p.is_empty()).map(PathBuf::from);
    if program.is_none() {
        eprintln!("PASSED OVER: {variable} does not name the program of an engine");
    }
    program
}

/// Groma, if it is there.
pub(crate) fn groma() -> Option<PathBuf> {
    named("GROMA_TEST_ENGINE")
}

/// The engines that are there.
pub(crate) fn engines() -> Vec<(&'static str, PathBuf)> {
    let terraform = || Some(("Terraform", named("GROMA_TEST_TERRAFORM")?));
    groma().map(|program| ("Groma", program)).into_iter().chain(terraform()).collect()
}

/// The provider's program.
pub(crate) fn example() -> Result<PathBuf, Box<dyn std::error::Error>> {
    let this = std::env::current_exe()?;
    let target = this.parent().and_then(Path::parent).ok_or("the test is in no target folder")?;
    let program = target.join("examples/notebook");
    match program.is_file() {
        true => Ok(program),
        false => Err("build it first: cargo build -p groma-sdk --example notebook".into()),
    }
}

impl Desk {
    /// For an engine that is let to know one version of the protocol.
    pub(crate) fn new(program: &Path, protocol: u32) -> Result<Desk, Box<dyn std::error::Error>> {
        let desk = Desk {
            folder: tempfile::tempdir()?,
            program: program.to_owned(),
            environment: Vec::new(),
        };
        let plugin = "plugins/terraform-provider-notebook";
        let example = example()?;
        desk.write(
            plugin,
            &format!(
                "#!/bin/sh\nPLUGIN_PROTOCOL_VERSIONS={protocol} exec '{}' \"$@\"\n",
                example.display()
            ),
        )?;
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(desk.path(plugin), fs::Permissions::from_mode(0o755))?;
        let plugins = desk.path("plugins");
        desk.write(
            "cli.tfrc",
            &format!(
                "provider_installation {{\n  dev_overrides {{ \"example/notebook\" = {:?} }}\n  direct {{}}\n}}\n",
                plugins.display().to_string()
            ),
        )?;
        Ok(desk)
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Desk {
        self.environment.push((name, value.into()));
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> std::io::Result<()> {
        let path = self.path(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, text)
    }

    pub(crate) fn configure(&self, configuration: &str) -> std::io::Result<()> {
        let head = "terraform {\n  required_providers {\n    notebook = {\n      source = \"example/notebook\"\n    }\n  }\n}\nprovider \"notebook\" {\n  folder = \"notes\"\n}\n";
        self.write("main.tf", &format!("{head}{configuration}"))
    }

    pub(crate) fn command(
        &self,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> Command {
        let mut command = Command::new(&self.program);
        for (name, _) in std::env::vars() {
            if name.starts_with("TF_") || name.starts_with("GROMA_") {
                command.env_remove(name);
            }
        }
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("TF_CLI_CONFIG_FILE", self.path("cli.tfrc"))
            .env("CHECKPOINT_DISABLE", "1")
            .envs(self.environment.iter().map(|(k, v)| (k, v)))
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run<const N: usize>(&self, arguments: [&str; N]) -> std::io::Result<Ran> {
        let output = self.command(arguments).output()?;
        let text = [output.stdout, output.stderr].concat();
        Ok(Ran { code: output.status.code(), text: String::from_utf8_lossy(&text).into_owned() })
    }

    /// What a command says in JSON.
    pub(crate) fn json<const N: usize>(
        &self,
        arguments: [&str; N],
    ) -> Result<Json, Box<dyn std::error::Error>> {
        let output = self.command(arguments).output()?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        serde_json::from_slice(&output.stdout).map_err(|e| format!("{e}: {said}").into())
    }

    /// Applies the configuration; then there is nothing left to do.
    pub(crate) fn applies(&self) -> TestResult {
        self.run(["apply", "-auto-approve", "-no-color"])?.succeeds();
        let ran = self.run(["plan", "-detailed-exitcode", "-no-color"])?;
        assert_eq!(ran.code, Some(0), "there are still changes: {}", ran.text);
        Ok(())
    }

    pub(crate) fn state(&self) -> Result<Json, Box<dyn std::error::Error>> {
        Ok(serde_json::from_slice(&fs::read(self.path("terraform.tfstate"))?)?)
    }

    /// The stored instance of a managed resource; null if there is none.
    pub(crate) fn instance(
        &self,
        ty: &str,
        name: &str,
    ) -> Result<Json, Box<dyn std::error::Error>> {
        let state = self.state()?;
        let found = state["resources"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|r| r["mode"] == "managed" && r["type"] == ty && r["name"] == name);
        Ok(found.map_or(Json::Null, |r| r["instances"][0].clone()))
    }
}
