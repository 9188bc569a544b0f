//! The examples and the modules' examples, through both engines: a state that one provider left,
//! ours or the released one, is clean for the other.

use std::fs;
use std::path::{Path, PathBuf};

use crate::emulator::Emulator;
use crate::engine::{self, Bench, Folder};
use crate::native::equipped;
use crate::play::clean;
use crate::{Result, say};

/// A configuration of the repository.
#[derive(Clone, Copy)]
struct Example {
    folder: &'static str,
    arguments: &'static [&'static str],
}

const DEMO: Example = Example {
    folder: "examples/scalable-web-app",
    arguments: &["-var=db_deletion_protection=false"],
};

const THREE_TIER: Example =
    Example { folder: "examples/three-tier", arguments: &["-var-file=development.tfvars"] };

/// State is kept beside the configuration, whatever that says of a backend.
const LOCAL: &str = "terraform {\n  backend \"local\" {}\n}\n";

/// Those who work on a configuration, one after another.
struct Parties {
    groma: Bench,
    /// Terraform with our plugin.
    guest: Bench,
    /// Terraform with the released provider.
    released: Bench,
}

impl Parties {
    fn invite(emulator: &Emulator) -> Result<Option<Parties>> {
        let (Some(groma), Some(released)) = (equipped(), engine::released()) else {
            return Ok(None);
        };
        let Some(terraform) = engine::terraform() else { return Ok(None) };
        let mut parties = Parties {
            groma: Bench::bundled(&groma, "")?,
            guest: Bench::mirrored(&terraform, engine::ours())?,
            released: Bench::mirrored(&terraform, &released)?,
        };
        let all = [&mut parties.groma, &mut parties.guest, &mut parties.released];
        for (bench, data) in all.into_iter().zip([".groma", ".guest", ".released"]) {
            emulator.serve(bench, "us-east-1");
            bench.set("TF_DATA_DIR", data);
            bench.set("TF_VAR_db_password", "Correct-horse-9");
        }
        Ok(Some(parties))
    }
}

impl Example {
    /// A copy of it, in the shape that the repository has, so that modules are found.
    fn copied(&self, root: &Path) -> Result<PathBuf> {
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for part in ["examples", "modules"] {
            copy(&repository.join(part), &root.join(part))?;
        }
        let folder = root.join(self.folder);
        fs::write(folder.join("backend_override.tf"), LOCAL)?;
        Ok(folder)
    }

    fn with_arguments<'a>(&self, command: &[&'a str]) -> Vec<&'a str>
    where
        'static: 'a,
    {
        command.iter().chain(self.arguments).copied().collect()
    }

    /// One makes it, each of the others finds nothing to do, and the last destroys it.
    fn passed_on(&self, maker: &Bench, others: &[&Bench], last: &Bench) -> Result<()> {
        let root = tempfile::tempdir()?;
        let path = self.copied(root.path())?;
        let folder = enter(maker, &path)?;
        folder.done(&self.with_arguments(&["apply", "-auto-approve", "-no-color"]))?;
        for bench in [maker].iter().chain(others) {
            let folder = enter(bench, &path)?;
            clean(&folder, self.arguments)?;
        }
        let folder = enter(last, &path)?;
        folder.done(&self.with_arguments(&["destroy", "-auto-approve", "-no-color"]))?;
        let left = folder.done(&["state", "list"])?.stdout;
        match left.trim().is_empty() {
            true => Ok(()),
            false => Err(format!("after destroying, there still is {left}").into()),
        }
    }
}

/// A folder for another party, whose providers the lock file must not know yet.
fn enter<'a>(bench: &'a Bench, path: &Path) -> Result<Folder<'a>> {
    let lock = path.join(".terraform.lock.hcl");
    if lock.exists() {
        fs::remove_file(lock)?;
    }
    let folder = bench.at(path);
    folder.done(&["init", "-no-color"])?;
    Ok(folder)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        // Hidden files are an engine's own.
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        match entry.file_type()?.is_dir() {
            true => copy(&entry.path(), &target)?,
            false => drop(fs::copy(entry.path(), target)?),
        }
    }
    Ok(())
}

/// Plays both large examples at once, each on an emulator of its own: they wait for long.
fn each(play: impl Fn(&Example, &Parties) -> Result<()> + Sync) -> Result<()> {
    let play = |example: &Example| -> Result<()> {
        let Some(emulator) = Emulator::own()? else { return Ok(()) };
        let Some(parties) = Parties::invite(&emulator)? else { return Ok(()) };
        play(example, &parties).map_err(|e| format!("{}: {}", example.folder, e.0).into())
    };
    std::thread::scope(|scope| {
        let examples = [DEMO, THREE_TIER].map(|example| scope.spawn(move || play(&example)));
        examples.into_iter().try_for_each(|thread| match thread.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        })
    })
}

#[test]
fn what_groma_made_is_clean_for_terraform() -> Result<()> {
    each(|example, with| {
        example.passed_on(&with.groma, &[&with.released, &with.guest], &with.groma)
    })
}

#[test]
fn terraform_works_with_our_plugin() -> Result<()> {
    each(|example, with| {
        example.passed_on(&with.guest, &[&with.released, &with.groma], &with.guest)
    })
}

#[test]
fn what_the_released_provider_made_is_clean_for_ours() -> Result<()> {
    each(|example, with| {
        example.passed_on(&with.released, &[&with.groma, &with.guest], &with.groma)
    })
}

#[test]
fn the_examples_of_modules_live_and_die() -> Result<()> {
    let Some(engine) = equipped() else { return Ok(()) };
    let Some(emulator) = Emulator::own()? else { return Ok(()) };
    let mut bench = Bench::bundled(&engine, "")?;
    emulator.serve(&mut bench, "us-east-1");
    bench.set("TF_VAR_password", "Correct-horse-9");
    // The emulator's list of images is old.
    bench.set("TF_VAR_image_name", "amzn2-ami-hvm-*-x86_64-gp2");
    for folder in [
        "modules/autoscaling-service/examples/basic",
        "modules/database/examples/basic",
        "modules/load-balancer/examples/basic",
        "modules/network/examples/basic",
        "modules/web-tier/examples/basic",
    ] {
        let played = Example { folder, arguments: &[] }.passed_on(&bench, &[], &bench);
        played.map_err(|e| format!("{folder}: {}", e.0))?;
        say(&format!("{folder}: ok"));
    }
    Ok(())
}
