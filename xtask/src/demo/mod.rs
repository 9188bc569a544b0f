//! The demo: an example's whole life, from `init` to `destroy`, in front of the user's eyes.
//!
//! It is the scalable web app on a local AWS emulator, through the AWS provider of this project, so
//! that nothing else need be on the machine. It can be shown through the released provider too,
//! where that is there, and as a like configuration of the mock provider. The state is in the
//! emulator's S3 either way.

mod aws;
mod mock;
mod stage;

use anyhow::{Context, Result};

use crate::emulator::Installation;
use crate::interrupt::Interrupt;
use crate::mirror::{self, Mirror};
use crate::programs::Programs;
use crate::workspace::Workspace;

pub(crate) use aws::story as web_app;
pub(crate) use stage::{BUCKET, Providers, Stage};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Show the configuration of the mock provider, which stands for a cloud by local files
    #[arg(long, conflicts_with = "released")]
    mock: bool,
    /// Use the released hashicorp/aws in place of the AWS provider of this project
    #[arg(long)]
    released: bool,
}

/// What an example brings to the demo.
pub(crate) struct Story {
    /// Its folder under `examples/`, and the name of its state.
    pub(crate) example: &'static str,
    /// Values that the environment gives.
    pub(crate) environment: &'static [(&'static str, &'static str)],
    /// An edit that changes objects in place: what is said about it, and variable values.
    pub(crate) in_place: (&'static str, &'static str),
    /// An edit that replaces an object.
    pub(crate) replacing: (&'static str, &'static str),
    /// What the demo says where a plan is not empty though nothing was edited.
    pub(crate) not_clean: &'static str,
}

/// Shows it.
pub(crate) fn run(args: &Args, workspace: &Workspace) -> Result<()> {
    let interrupt = Interrupt::watch()?;
    let mirror = if args.released { Some(released(workspace)?) } else { None };
    let programs = Programs::build(workspace)?;
    let installation = Installation::prepare(workspace)?;
    interrupt.check()?;
    let emulator = installation.start(&[BUCKET])?;
    println!("AWS emulator: {}, with the versioned bucket {BUCKET}", emulator.address());

    let (story, providers) = match mirror {
        Some(mirror) => {
            aws::say_how_long_it_takes();
            (web_app(), Providers::Released(mirror.root))
        }
        None if args.mock => {
            (mock::story(), Providers::Released(mock::mirror(workspace, &programs)?))
        }
        None => (web_app(), Providers::Native),
    };
    let stage = Stage::set(workspace, &story, programs.groma, &providers, installation, emulator)?;
    live(&stage, &story, &interrupt)
}

/// Where the released provider is.
pub(crate) fn released(workspace: &Workspace) -> Result<Mirror> {
    let found = Mirror::find(workspace)?;
    found.with_context(|| {
        format!(
            "this machine has no released AWS provider hashicorp/aws {version}: not in a filesystem \
             mirror that the CLI configuration names, and not in a folder in which mirrors are \
             looked for. Set {variable} to the folder of a mirror",
            version = mirror::VERSION,
            variable = mirror::VARIABLE,
        )
    })
}

fn live(stage: &Stage, story: &Story, interrupt: &Interrupt) -> Result<()> {
    stage.say("Install the provider, and meet the state in S3");
    stage.engine(&stage.init())?;
    interrupt.check()?;

    stage.say("What would be made?");
    stage.engine(&["plan", "-out=first.tfplan"])?;
    interrupt.check()?;

    stage.say("Make it, as planned. S3's native lock keeps others away meanwhile");
    stage.engine(&["apply", "first.tfplan"])?;
    interrupt.check()?;
    stage.last_lock()?;
    stage.engine(&["state", "list"])?;
    stage.bucket()?;
    interrupt.check()?;

    stage.say("Plan again: there is nothing to do");
    no_changes(stage, story)?;
    interrupt.check()?;

    for (number, edit) in [story.in_place, story.replacing].into_iter().enumerate() {
        stage.say(edit.0);
        stage.edit(number + 1, edit.1)?;
        stage.engine(&["apply", "-auto-approve"])?;
        interrupt.check()?;
    }
    stage.say("And nothing to do again");
    no_changes(stage, story)?;
    interrupt.check()?;

    stage.say("Take everything away");
    stage.engine(&["destroy", "-auto-approve"])?;
    stage.bucket()?;
    println!("\nThat was all. What is left of it is in {}", stage.shown_directory().display());
    Ok(())
}

fn no_changes(stage: &Stage, story: &Story) -> Result<()> {
    // 0 says that there is nothing to do, 2 that there is something.
    match stage.run(&["plan", "-detailed-exitcode"])? {
        Some(0) => {}
        Some(2) => println!("\n{}", story.not_clean),
        code => return Err(Stage::failed(code)),
    }
    Ok(())
}
