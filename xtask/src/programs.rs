//! The programs that the tasks run: those of the workspace, built, and those found on the PATH.

use std::env::consts::EXE_SUFFIX;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;

/// What to build.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// As for development and tests.
    Dev,
    /// As for users.
    Release,
}

/// The programs of the workspace.
pub(crate) struct Programs {
    pub(crate) groma: PathBuf,
    pub(crate) mock: PathBuf,
}

/// Names another program to take the place of `groma`.
const OVERRIDE: &str = "GROMA_BIN";

impl Programs {
    /// Builds them.
    pub(crate) fn build(workspace: &Workspace, profile: Profile) -> Result<Programs> {
        let given = std::env::var_os(OVERRIDE).map(PathBuf::from);
        let mut build = workspace.cargo(["build"]);
        match (&given, profile) {
            (Some(_), _) => build.args(["--package", "groma-mock"]),
            // With a test among what is built, cargo resolves features as it does for tests, and
            // nothing need be compiled again for these.
            (None, Profile::Dev) => build.args(["--workspace", "--bins", "--test", "tidiness"]),
            (None, Profile::Release) => build.args(["--workspace", "--bins"]),
        };
        let directory = match profile {
            Profile::Dev => "debug",
            Profile::Release => {
                build.arg("--release");
                "release"
            }
        };
        println!("Building groma (the first time, this takes some minutes)");
        if !build.status().context("cargo could not be started")?.success() {
            bail!("groma could not be built");
        }
        let directory = workspace.target.join(directory);
        let program = |name: &str| directory.join(format!("{name}{EXE_SUFFIX}"));
        Ok(Programs {
            groma: given.unwrap_or_else(|| program("groma")),
            mock: program("terraform-provider-tfcoremock"),
        })
    }
}

/// A program on the PATH.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|d| d.join(format!("{name}{EXE_SUFFIX}")))
        .find(|p| p.is_file())
}

/// Takes away what the caller's environment says to engines and to AWS clients, so that no run
/// depends on it, and none can reach a real account.
pub(crate) fn isolate(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if ["TF_", "GROMA_", "AWS_", "TFCOREMOCK_"].iter().any(|p| text.starts_with(p)) {
            command.env_remove(&name);
        }
    }
}
