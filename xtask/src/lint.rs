//! Format and lints. Apart from `test`, since clippy compiles everything once more.

use anyhow::{Result, bail};

use crate::workspace::Workspace;

/// Checks both, with warnings as errors.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    format(workspace)?;
    let mut clippy = workspace.cargo(["clippy", "--workspace", "--all-targets"]);
    clippy.args(["--", "-D", "warnings"]);
    if !clippy.status()?.success() {
        bail!("clippy found something");
    }
    Ok(())
}

/// Checks that the sources are formatted.
pub(crate) fn format(workspace: &Workspace) -> Result<()> {
    let there = workspace.cargo(["fmt", "--version"]).output()?;
    if !there.status.success() {
        println!("format: passed over, since this toolchain has no rustfmt");
        return Ok(());
    }
    if !workspace.cargo(["fmt", "--all", "--check"]).status()?.success() {
        bail!("the sources are not formatted: cargo fmt --all");
    }
    println!("format: ok");
    Ok(())
}
