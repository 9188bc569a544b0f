//! The README of each module: what people wrote, and below it, between two marks, what is made from
//! the module's variables, outputs and examples.
//!
//! A module that does not describe itself, or has no example, gets an error instead.

mod module;
mod text;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;
use module::Module;

/// Where what is made begins.
const BEGIN: &str = "<!-- Made by `cargo xtask readme` from here on: -->";
/// Where it ends.
const END: &str = "<!-- Made by `cargo xtask readme` up to here. -->";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write nothing, and fail if something would have to be written
    #[arg(long)]
    check: bool,
}

/// Makes them, or checks them.
pub(crate) fn run(args: &Args, workspace: &Workspace) -> Result<()> {
    let mut wrong = Vec::new();
    let folders = modules(&workspace.root.join("modules"))?;
    for folder in &folders {
        let file = folder.join("README.md");
        let shown = workspace.relative(&file).display().to_string();
        let before = fs::read_to_string(&file).unwrap_or_default();
        let module = match Module::read(folder) {
            Ok(module) => module,
            Err(error) => {
                wrong.push(format!("{}: {error:#}", workspace.relative(folder).display()));
                continue;
            }
        };
        let after = renewed(&before, &text::made_from(&module))
            .with_context(|| format!("{shown} cannot be made"))?;
        if after == before {
            continue;
        }
        if args.check {
            wrong.push(format!("{shown} is not what its module says: run `cargo xtask readme`"));
        } else {
            fs::write(&file, after)?;
            println!("{shown}");
        }
    }
    if !wrong.is_empty() {
        bail!("{}", wrong.join("\n"));
    }
    println!("readme: {} modules", folders.len());
    Ok(())
}

/// The folders of the modules.
fn modules(root: &Path) -> Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(root).with_context(|| format!("{}", root.display()))? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            folders.push(entry.path());
        }
    }
    folders.sort();
    Ok(folders)
}

/// A README with its made part made anew.
fn renewed(before: &str, made: &str) -> Result<String> {
    let (head, rest) = before
        .split_once(BEGIN)
        .with_context(|| format!("it lacks the line that the made part comes after: {BEGIN}"))?;
    if head.trim().is_empty() {
        bail!("nobody has written above {BEGIN} what the module is for");
    }
    // The first time there is only the line that it begins after.
    let tail = rest.split_once(END).map_or("\n", |(_, tail)| tail);
    Ok(format!("{head}{BEGIN}\n\n{made}\n{END}{tail}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_stays() -> Result<()> {
        let first = renewed(&format!("# A\n\nText.\n\n{BEGIN}\n"), "one\n")?;
        assert_eq!(first, format!("# A\n\nText.\n\n{BEGIN}\n\none\n\n{END}\n"));
        let more = format!("{first}\nMore.\n");
        let second = renewed(&more, "two\n")?;
        assert_eq!(second, more.replace("one", "two"));
        assert_eq!(renewed(&second, "two\n")?, second);
        Ok(())
    }

    #[test]
    fn somebody_has_to_write_something() {
        assert!(renewed("# A\n", "one\n").is_err());
        assert!(renewed(BEGIN, "one\n").is_err());
    }
}
