//! The two engines, and running them.

use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::{Result, passed_over};

/// How long a command may take. Only what hangs takes as long.
const PATIENCE: Duration = Duration::from_secs(600);

/// A program under test, or the one that it is compared with.
#[derive(Clone, Debug)]
pub(crate) struct Engine {
    pub(crate) name: &'static str,
    pub(crate) program: PathBuf,
}

/// What a command came to.
#[derive(Clone, Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Terraform and Groma, unless there is no Terraform to compare with.
pub(crate) fn both() -> Option<[Engine; 2]> {
    let Some(terraform) = terraform() else {
        passed_over("there is no terraform to compare with");
        return None;
    };
    Some([Engine { name: "terraform", program: terraform }, groma()])
}

/// Groma, or what takes its place.
pub(crate) fn groma() -> Engine {
    let subject = std::env::var_os("GROMA_TEST_SUBJECT");
    let program = subject.unwrap_or_else(|| env!("CARGO_BIN_EXE_groma").into()).into();
    Engine { name: "groma", program }
}

fn terraform() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("GROMA_TEST_TERRAFORM") {
        return Some(path.into());
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join("terraform")).find(|p| p.is_file())
}

/// A command that still runs.
pub(crate) struct Running {
    child: Child,
    stdout: File,
    stderr: File,
}

impl Running {
    /// Starts it. Its output goes to files, so that no full pipe can hold it up.
    pub(crate) fn start(mut command: Command, scratch: &Path) -> Result<Running> {
        let stdout = tempfile::tempfile_in(scratch)?;
        let stderr = tempfile::tempfile_in(scratch)?;
        command.stdin(Stdio::null()).stdout(stdout.try_clone()?).stderr(stderr.try_clone()?);
        let child = command
            .spawn()
            .map_err(|e| format!("{} cannot be started: {e}", command.get_program().display()))?;
        Ok(Running { child, stdout, stderr })
    }

    /// Waits for its end.
    pub(crate) fn finish(mut self) -> Result<Ran> {
        let deadline = Instant::now() + PATIENCE;
        let code = loop {
            if let Some(status) = self.child.try_wait()? {
                break status.code();
            }
            if Instant::now() > deadline {
                self.child.kill()?;
                self.child.wait()?;
                let (out, err) = (text(self.stdout)?, text(self.stderr)?);
                return Err(format!("it hangs after saying\n{out}\n{err}").into());
            }
            std::thread::sleep(Duration::from_millis(3));
        };
        Ok(Ran { code, stdout: text(self.stdout)?, stderr: text(self.stderr)? })
    }
}

fn text(mut file: File) -> Result<String> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
