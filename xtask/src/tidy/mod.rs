//! Rules that compilers and linters do not know: who may depend on whom, and what the files of the
//! repository must and must not hold.

mod edges;
mod files;
mod world;

use anyhow::{Result, bail};

use crate::workspace::Workspace;

/// What is wrong, and what is only worth a look.
#[derive(Default)]
struct Findings {
    errors: Vec<String>,
    warnings: Vec<String>,
}

/// Checks them all, and reports everything that it finds.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let mut findings = Findings::default();
    edges::check(workspace, &mut findings);
    world::libraries(workspace, &mut findings);
    files::check(workspace, &mut findings)?;
    for warning in &findings.warnings {
        println!("tidy: note: {warning}");
    }
    for error in &findings.errors {
        eprintln!("tidy: {error}");
    }
    match findings.errors.len() {
        0 => {
            println!("tidy: ok");
            Ok(())
        }
        count => bail!("{count} rules are broken"),
    }
}
