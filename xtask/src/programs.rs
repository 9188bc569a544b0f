//! The programs that the tasks run: those of the workspace, built, and those found on the PATH.

use std::env::consts::EXE_SUFFIX;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;

/// The programs of the workspace, as tests use them.
pub(crate) struct Programs {
    pub(crate) groma: PathBuf,
    pub(crate) mock: PathBuf,
}

/// Names a program to take the place of `groma`, which is then not built.
const OVERRIDE: &str = "GROMA_BIN";

impl Programs {
    /// Builds them.
    pub(crate) fn build(workspace: &Workspace) -> Result<Programs> {
        let given = given();
        let mut build = workspace.cargo(["build"]);
        match given {
            Some(_) => build.args(["--package", "groma-mock"]),
            // With a test among what is built, cargo resolves features as it does for tests, and
            // nothing need be compiled again for these.
            None => build.args(["--workspace", "--bins", "--test", "tidiness"]),
        };
        finish(build)?;
        let program = |name: &str| workspace.target.join("debug").join(file(name));
        Ok(Programs {
            groma: given.unwrap_or_else(|| program("groma")),
            mock: program("terraform-provider-tfcoremock"),
        })
    }
}

/// Builds `groma` and nothing else, as tests use it.
pub(crate) fn built(workspace: &Workspace) -> Result<PathBuf> {
    if let Some(program) = given() {
        return Ok(program);
    }
    finish(workspace.cargo(["build", "--package", "groma", "--bins"]))?;
    Ok(workspace.target.join("debug").join(file("groma")))
}

/// Builds `groma` as users get it.
pub(crate) fn released(workspace: &Workspace) -> Result<PathBuf> {
    if let Some(program) = given() {
        return Ok(program);
    }
    finish(workspace.cargo(["build", "--release", "--package", "groma", "--bins"]))?;
    Ok(workspace.target.join("release").join(file("groma")))
}

/// Builds `groma` and the native AWS provider beside it as users get them: together, so that what
/// both use is compiled once.
pub(crate) fn released_with_aws(workspace: &Workspace) -> Result<PathBuf> {
    let packages = ["--package", "groma", "--package", "groma-aws"];
    let mut build = workspace.cargo(["build", "--release", "--bins"]);
    build.args(packages);
    finish(build)?;
    Ok(workspace.target.join("release").join(file("groma")))
}

fn given() -> Option<PathBuf> {
    std::env::var_os(OVERRIDE).map(PathBuf::from)
}

fn finish(mut build: Command) -> Result<()> {
    println!("Building groma (the first time, this takes some minutes)");
    if !build.status().context("cargo could not be started")?.success() {
        bail!("groma could not be built");
    }
    Ok(())
}

fn file(name: &str) -> String {
    format!("{name}{EXE_SUFFIX}")
}

/// A program on the PATH.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|d| d.join(file(name))).find(|p| p.is_file())
}

/// Takes away what the caller's environment says to engines and to AWS clients, so that no run
/// depends on it, and none can reach a real account. What is meant for tests stays.
pub(crate) fn isolate(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let meant = ["TF_", "GROMA_", "AWS_", "TFCOREMOCK_"].iter().any(|p| text.starts_with(p));
        if meant && !text.starts_with("GROMA_TEST_") {
            command.env_remove(&name);
        }
    }
}

/// Installs a package of Debian, which root can do without asking. Tells whether it is there now.
pub(crate) fn install(package: &str) -> bool {
    if !nix::unistd::geteuid().is_root() || on_path("apt-get").is_none() {
        return false;
    }
    println!("Installing {package}");
    let apt = |arguments: &[&str]| {
        Command::new("apt-get")
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    };
    let install = ["install", "--yes", "--no-install-recommends", package];
    apt(&install) || (apt(&["update"]) && apt(&install))
}

/// An OpenSSH server. Where it would be started at once, it is not installed.
pub(crate) fn ssh_server() -> Option<PathBuf> {
    let find = || {
        let usual = ["/usr/sbin/sshd", "/usr/local/sbin/sshd"].map(PathBuf::from);
        on_path("sshd").or_else(|| usual.into_iter().find(|path| path.is_file()))
    };
    let starts_services = std::path::Path::new("/run/systemd/system").exists();
    find().or_else(|| (!starts_services && install("openssh-server")).then(find)?)
}
