//! Running Terraform.

use std::cell::OnceCell;
use std::path::PathBuf;
use std::process::{Command, Output};

use groma_addrs::version::Version;
use groma_config::{Config, DiskLoader, LoadOptions, load};
use groma_state::file::StateFile;
use serde_json::Value as Json;

/// A directory with a configuration and a state.
pub(crate) struct Workspace {
    dir: tempfile::TempDir,
    cli_config: PathBuf,
    /// Whether the plugin is overridden, so that nothing is installed.
    overridden: bool,
    schemas: OnceCell<Json>,
}

/// What Terraform shows of a plan.
pub(crate) struct Shown {
    pub(crate) text: String,
    pub(crate) json: Json,
}

/// The directory of plugins, if the environment names one.
fn mirror() -> Option<PathBuf> {
    let plugin = PathBuf::from(std::env::var_os("GROMA_TEST_AWS_PLUGIN")?);
    plugin.ancestors().nth(6).map(PathBuf::from)
}

impl Workspace {
    /// An empty one; `None` where there is no Terraform.
    pub(crate) fn new() -> Option<Workspace> {
        let version = Command::new("terraform").arg("version").output();
        if !version.is_ok_and(|v| String::from_utf8_lossy(&v.stdout).contains("v1.11.4")) {
            eprintln!("PASSED OVER: there is no terraform 1.11.4 on the PATH");
            return None;
        }
        let dir = tempfile::tempdir().unwrap();
        let cli_config = dir.path().join("cli.tfrc");
        let installation = match mirror() {
            Some(path) => {
                format!("filesystem_mirror {{ path = {:?} }}", path.display().to_string())
            }
            None => String::new(),
        };
        std::fs::write(&cli_config, format!("provider_installation {{\n{installation}\n}}"))
            .unwrap();
        Some(Workspace { dir, cli_config, overridden: false, schemas: OnceCell::new() })
    }

    /// An empty one with hashicorp/aws at hand; `None` where that is not so.
    pub(crate) fn with_aws() -> Option<Workspace> {
        if mirror().is_none() {
            eprintln!("PASSED OVER: GROMA_TEST_AWS_PLUGIN does not name the plugin");
            return None;
        }
        Workspace::new()
    }

    /// An empty one with the mock provider at hand; `None` where that is not so.
    pub(crate) fn with_mock() -> Option<Workspace> {
        let Some(plugin) = std::env::var_os("GROMA_TEST_MOCK_PLUGIN").map(PathBuf::from) else {
            eprintln!("PASSED OVER: GROMA_TEST_MOCK_PLUGIN does not name the plugin");
            return None;
        };
        let mut workspace = Workspace::new()?;
        workspace.overridden = true;
        let folder = plugin.parent().unwrap().display().to_string();
        let overrides = format!("dev_overrides {{ \"hashicorp/tfcoremock\" = {folder:?} }}");
        let text = format!("provider_installation {{\n{overrides}\ndirect {{}}\n}}");
        std::fs::write(&workspace.cli_config, text).unwrap();
        Some(workspace)
    }

    /// Reads a file, if it is there.
    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.dir.path().join(name)).unwrap()
    }

    /// Writes a file.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn command(&self, args: &[&str]) -> Output {
        let mut command = Command::new("terraform");
        command.current_dir(self.dir.path()).env("TF_CLI_CONFIG_FILE", &self.cli_config);
        command.env("CHECKPOINT_DISABLE", "1").args(args).output().unwrap()
    }

    fn run(&self, args: &[&str]) -> String {
        let output = self.command(args);
        assert!(
            output.status.success(),
            "terraform {args:?}: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// What a command that may fail writes on its two streams.
    pub(crate) fn output(&self, args: &[&str]) -> (String, String) {
        let output = self.command(args);
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (text(output.stdout), text(output.stderr))
    }

    /// Puts a configuration in place.
    pub(crate) fn configure(&self, text: &str) {
        self.write("main.tf", text);
        if !self.overridden {
            self.run(&["init", "-no-color"]);
        }
    }

    /// Applies the configuration.
    pub(crate) fn apply(&self) {
        self.run(&["apply", "-auto-approve", "-no-color"]);
    }

    /// Applies the configuration, which may fail.
    pub(crate) fn try_apply(&self) {
        self.command(&["apply", "-auto-approve", "-no-color"]);
    }

    /// Runs another command.
    pub(crate) fn also(&self, args: &[&str]) {
        self.run(args);
    }

    /// Plans.
    pub(crate) fn plan(&self, args: &[&str]) -> Shown {
        let mut all = vec!["plan", "-no-color", "-out=plan.bin"];
        all.extend(args);
        self.run(&all);
        let json = self.run(&["show", "-json", "plan.bin"]);
        Shown {
            text: self.run(&["show", "-no-color", "plan.bin"]),
            json: serde_json::from_str(&json).unwrap(),
        }
    }

    /// The state as text and as JSON.
    pub(crate) fn show_state(&self) -> (String, Json) {
        let json = self.run(&["show", "-json"]);
        (self.run(&["show", "-no-color"]), serde_json::from_str(&json).unwrap())
    }

    /// The state.
    pub(crate) fn state(&self) -> StateFile {
        StateFile::read(&std::fs::read(self.dir.path().join("terraform.tfstate")).unwrap()).unwrap()
    }

    /// The schemas of all providers.
    pub(crate) fn schemas(&self) -> &Json {
        let get = || serde_json::from_str(&self.run(&["providers", "schema", "-json"])).unwrap();
        self.schemas.get_or_init(get)
    }

    /// The configuration as we read it.
    pub(crate) fn config(&self) -> Config {
        let loader = DiskLoader::new(self.dir.path(), ".terraform".as_ref()).unwrap();
        let version = Version::parse("1.11.4").unwrap();
        let loaded = load(".", &loader, &LoadOptions::new(&version));
        loaded.into_result().unwrap().0
    }
}
