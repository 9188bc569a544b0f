//! The scalable web app, through the released AWS provider, on the emulator.

use std::fs;
use std::path::{Path, PathBuf};

use crate::emulator::Emulator;
use crate::engine::{self, Engine};
use crate::observe::{self, Seen};
use crate::play::compare;
use crate::stage::{Stage, Theatre};
use crate::{Result, known, passed_over};

/// A region that other tests leave alone: some names in the example are fixed.
const REGION: &str = "eu-west-1";

pub(crate) fn plugin() -> Option<PathBuf> {
    let program = std::env::var_os("GROMA_TEST_AWS_PLUGIN").map(PathBuf::from);
    if program.is_none() {
        passed_over("there is no AWS provider; GROMA_TEST_AWS_PLUGIN names its program");
    }
    program
}

pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_string_lossy().starts_with(".terraform") {
            continue;
        }
        match entry.file_type()?.is_dir() {
            true => copy(&entry.path(), &to.join(name))?,
            false => {
                fs::copy(entry.path(), to.join(name))?;
            }
        }
    }
    Ok(())
}

/// The example in a folder for each engine, with one state for both.
struct Example {
    _theatre: Theatre,
    stages: [Stage; 2],
}

fn example(emulator: &Emulator, plugin: &Path, engines: &[Engine; 2]) -> Result<Example> {
    let theatre = Theatre::new()?;
    theatre.install_package("aws", "5.100.0", plugin)?;
    let bucket = emulator.bucket()?;
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/scalable-web-app");
    let mut stages = [theatre.stage(&engines[0])?, theatre.stage(&engines[1])?];
    for stage in &mut stages {
        copy(&source, &stage.folder)?;
        stage.write("s3.tfbackend", &emulator.backend(&bucket))?;
        emulator.serve(stage, REGION);
        stage.set("TF_VAR_db_password", Some("correct-horse-battery"));
        stage.set("TF_VAR_db_deletion_protection", Some("false"));
        done(stage, &["init", "-input=false", "-no-color", "-backend-config=s3.tfbackend"])?;
    }
    Ok(Example { _theatre: theatre, stages })
}

pub(crate) fn done(stage: &Stage, arguments: &[&str]) -> Result<()> {
    let ran = stage.run(arguments)?;
    match ran.code {
        Some(0) => Ok(()),
        code => {
            let what = format!("{} {}: {code:?}", stage.engine.name, arguments.join(" "));
            Err(format!("{what}\n{}\n{}", ran.stdout, ran.stderr).into())
        }
    }
}

impl Example {
    /// What each engine plans.
    fn plans(&mut self, arguments: &[&str], when: &str, report: &mut Vec<String>) -> Result<()> {
        let words: Vec<String> =
            ["plan"].iter().chain(arguments).map(|&word| word.to_owned()).collect();
        let [theirs, ours] = &mut self.stages;
        let expected: Seen = observe::perform(theirs, &words)?;
        let found = observe::perform(ours, &words)?;
        compare(when, &expected, &found, report)
    }
}

#[test]
fn the_web_app_is_planned_alike() -> Result<()> {
    let (Some(emulator), Some(plugin)) = (Emulator::find(), plugin()) else { return Ok(()) };
    let Some(engines) = engine::both() else { return Ok(()) };
    let mut example = example(&emulator, &plugin, &engines)?;
    let mut report = Vec::new();
    example.plans(&[], "before anything is there", &mut report)?;
    for change in ["-var=health_check_path=/healthy", "-var=app_port=8080"] {
        example.plans(&[change], &format!("with {change}"), &mut report)?;
    }
    known::check("scalable-web-app", &report)
}
