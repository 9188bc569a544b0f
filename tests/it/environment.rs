//! What a test runs the binary in.

use std::fmt;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// A home, a working directory, and no variables but those that a test sets.
pub(crate) struct TestEnvironment {
    root: TempDir,
    variables: Vec<(String, String)>,
}

/// How a command ended and what it printed, with what differs from run to run replaced.
#[must_use]
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl TestEnvironment {
    /// An empty working directory.
    pub(crate) fn new() -> TestEnvironment {
        let root = TempDir::new().expect("a temporary directory");
        for dir in ["work", "home", "tmp"] {
            std::fs::create_dir(root.path().join(dir)).expect("a directory");
        }
        std::fs::write(root.path().join("cli.rc"), "").expect("a file");
        TestEnvironment { root, variables: Vec::new() }
    }

    /// A working directory with a configuration in `main.tf`.
    pub(crate) fn with_config(text: &str) -> TestEnvironment {
        let environment = TestEnvironment::new();
        environment.write("main.tf", text);
        environment
    }

    /// The same with an environment variable.
    pub(crate) fn set(mut self, name: &str, value: &str) -> TestEnvironment {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// A path in the working directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join("work").join(name)
    }

    /// Writes a file into the working directory, with the folders that it needs.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        std::fs::write(path, text).expect("a file");
    }

    /// The text of a file of the working directory.
    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("a file")
    }

    /// Whether there is such a file in the working directory.
    pub(crate) fn exists(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// The state of the default workspace.
    pub(crate) fn state(&self) -> serde_json::Value {
        serde_json::from_str(&self.read("terraform.tfstate")).expect("a state")
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Output {
        self.run_with_input(args, "")
    }

    /// Runs a command to its end, and types something.
    pub(crate) fn run_with_input(&self, args: &[&str], input: &str) -> Output {
        let mut child = self.start(args);
        let mut stdin = child.stdin.take().expect("an input");
        stdin.write_all(input.as_bytes()).expect("the command reads");
        drop(stdin);
        self.wait(child)
    }

    /// Runs a command that must go well.
    #[track_caller]
    pub(crate) fn ok(&self, args: &[&str]) -> Output {
        let output = self.run(args);
        assert_eq!(output.code, Some(0), "{output}");
        output
    }

    /// Runs a command of another engine to its end.
    pub(crate) fn run_program(&self, program: &Path, args: &[&str]) -> Output {
        let mut child = self.start_program(program, args);
        drop(child.stdin.take());
        self.wait(child)
    }

    /// Starts a command.
    pub(crate) fn start(&self, args: &[&str]) -> Child {
        self.start_program(Path::new(env!("CARGO_BIN_EXE_groma")), args)
    }

    fn start_program(&self, program: &Path, args: &[&str]) -> Child {
        let mut command = Command::new(program);
        command
            .args(args)
            .current_dir(self.path(""))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.root.path().join("home"))
            .env("TMPDIR", self.root.path().join("tmp"))
            .env("TF_CLI_CONFIG_FILE", self.root.path().join("cli.rc"))
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.spawn().expect("the binary starts")
    }

    /// Waits for a command that was started.
    pub(crate) fn wait(&self, child: Child) -> Output {
        let output = child.wait_with_output().expect("the command ends");
        let text = |bytes: &[u8]| self.normal(&String::from_utf8_lossy(bytes));
        Output {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    /// A text with what differs from run to run replaced.
    fn normal(&self, text: &str) -> String {
        let root = self.root.path().display().to_string();
        let text = text.replace(&root, "[ROOT]");
        replace_ids(&text)
    }
}

/// Replaces UUIDs by `[ID]`.
fn replace_ids(text: &str) -> String {
    const SHAPE: &[u8] = b"xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    let is_id = |part: &[u8]| {
        part.len() == SHAPE.len()
            && part.iter().zip(SHAPE).all(|(byte, shape)| match shape {
                b'-' => *byte == b'-',
                _ => byte.is_ascii_hexdigit(),
            })
    };
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        match rest.as_bytes().get(..SHAPE.len()) {
            Some(part) if is_id(part) => {
                out.push_str("[ID]");
                rest = &rest[SHAPE.len()..];
            }
            _ => {
                out.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    out
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => writeln!(f, "exit code: {code}")?,
            None => writeln!(f, "killed")?,
        }
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                write!(f, "----- {name} -----\n{text}")?;
            }
        }
        Ok(())
    }
}
