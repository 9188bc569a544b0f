//! The demo: an example's whole life, from `init` to `destroy`, in front of the user's eyes.
//!
//! With the released AWS provider on this machine, it is the scalable web app on a local AWS
//! emulator. Without, a like configuration of the mock provider takes its place. The state is in
//! the emulator's S3 either way.

mod aws;
mod mock;
mod stage;

use anyhow::Result;

use crate::emulator::Installation;
use crate::interrupt::Interrupt;
use crate::mirror::{self, Mirror};
use crate::programs::Programs;
use crate::workspace::Workspace;

pub(crate) use aws::story as web_app;
pub(crate) use stage::{BUCKET, Stage};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Show the configuration of the mock provider, even where there is an AWS provider
    #[arg(long)]
    mock: bool,
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
    let plugin = if args.mock { None } else { Mirror::find(workspace)? };
    if plugin.is_none() && !args.mock {
        say_what_is_missing();
    }
    let programs = Programs::build(workspace)?;
    let installation = Installation::prepare(workspace)?;
    interrupt.check()?;
    let emulator = installation.start(&[BUCKET])?;
    println!("AWS emulator: {}, with the versioned bucket {BUCKET}", emulator.address());

    let (story, mirror) = match plugin {
        Some(plugin) => (web_app(), plugin.root),
        None => (mock::story(), mock::mirror(workspace, &programs)?),
    };
    let stage = Stage::set(workspace, &story, programs.groma, &mirror, installation, emulator)?;
    live(&stage, &story, &interrupt)
}

fn say_what_is_missing() {
    println!(
        "The scalable web app needs the released AWS provider hashicorp/aws {version}, and this \
         machine has none: not in a filesystem mirror that the CLI configuration names, and not \
         in a folder in which mirrors are looked for. Set {variable} to the folder of a mirror to \
         show it. The same steps follow with the mock provider, which stands for a cloud by local \
         files.\n",
        version = mirror::VERSION,
        variable = mirror::VARIABLE,
    );
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
