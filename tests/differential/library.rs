//! The modules and examples, as either engine sees them: well-formed, and valid.
//!
//! What the released AWS provider costs, it costs for each command: a configuration that calls all
//! others is initialised and validated once, for all of them.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use groma_hcl::{BodySchema, parse_native};
use serde_json::Value as Json;

use crate::aws::{copy, done, plugin};
use crate::compare::differences;
use crate::emulator::Emulator;
use crate::engine::{self, Engine};
use crate::stage::{Stage, Theatre};
use crate::{Result, normal};

/// Folders of the repository that hold configurations.
const FOLDERS: [&str; 2] = ["modules", "examples"];

/// An example of a provider whose types are described in files beside the configuration, and found
/// only by an engine that works there.
const BY_ITSELF: &str = "examples/mock-web-app";

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A region that is in the emulator, but used by no other test here.
const REGION: &str = "eu-west-2";

/// The engines that there are.
fn engines() -> Vec<Engine> {
    engine::both().map_or_else(|| vec![engine::groma()], Vec::from)
}

/// All folders with configurations in them, as paths in the repository.
fn configurations() -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let mut folders: Vec<PathBuf> = FOLDERS.iter().map(|f| repository().join(f)).collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let path = entry.path();
            if entry.file_type()?.is_dir() {
                // What an engine has installed there is nothing of ours.
                if !entry.file_name().to_string_lossy().starts_with('.') {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|e| e == "tf") {
                let folder = folder.strip_prefix(repository())?;
                found.insert(folder.to_string_lossy().into_owned());
            }
        }
    }
    Ok(found)
}

/// The names of the variables that a configuration cannot do without.
fn required(configuration: &str) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(repository().join(configuration))? {
        let path = entry?.path();
        if path.extension().is_none_or(|e| e != "tf") {
            continue;
        }
        let text = fs::read(&path)?;
        let (file, _) = parse_native(&path.to_string_lossy(), &text);
        let schema = BodySchema::new().block("variable", &["name"]);
        for block in file.body.partial_content(&schema).0.blocks {
            let default = BodySchema::new().optional(["default"]);
            if block.body.partial_content(&default).0.attribute("default").is_none() {
                names.extend(block.labels.first().map(ToString::to_string));
            }
        }
    }
    Ok(names)
}

/// A configuration that calls all the others with values that are not known.
fn all(configurations: &BTreeSet<String>) -> Result<String> {
    let mut text = "variable \"anything\" {\n  type = any\n}\n".to_owned();
    for configuration in configurations {
        let name = configuration.replace('/', "-");
        write!(text, "\nmodule \"{name}\" {{\n  source = \"./{configuration}\"\n\n")?;
        for variable in required(configuration)? {
            writeln!(text, "  {variable} = var.anything")?;
        }
        text.push_str("}\n");
    }
    Ok(text)
}

/// The repository's configurations in a folder for an engine.
fn stage(theatre: &Theatre, engine: &Engine) -> Result<Stage> {
    let stage = theatre.stage(engine)?;
    for folder in FOLDERS {
        copy(&repository().join(folder), &stage.folder.join(folder))?;
    }
    Ok(stage)
}

#[test]
fn modules_and_examples_are_formatted() -> Result<()> {
    let theatre = Theatre::new()?;
    for engine in engines() {
        done(&stage(&theatre, &engine)?, &["fmt", "-check", "-diff", "-recursive"])?;
    }
    Ok(())
}

#[test]
fn modules_and_examples_are_valid() -> Result<()> {
    let Some(plugin) = plugin() else { return Ok(()) };
    let theatre = Theatre::new()?;
    theatre.install_package("aws", "5.100.0", &plugin)?;
    let mut configurations = configurations()?;
    if !configurations.remove(BY_ITSELF) {
        return Err(format!("there is no {BY_ITSELF}").into());
    }
    let root = all(&configurations)?;
    for engine in engines() {
        let stage = stage(&theatre, &engine)?;
        fs::remove_dir_all(stage.folder.join(BY_ITSELF))?;
        stage.write("main.tf", &root)?;
        done(&stage, &["init", "-input=false", "-no-color"])?;
        let ran = stage.run(["validate", "-json", "-no-color"])?;
        let found: Json = serde_json::from_str(&ran.stdout)?;
        if found["valid"] != true {
            let name = engine.name;
            return Err(format!("{name} finds:\n{:#}", found["diagnostics"]).into());
        }
    }
    Ok(())
}

#[test]
fn the_modules_have_examples() -> Result<()> {
    let configurations = configurations()?;
    let is_module = |path: &&String| path.starts_with("modules/") && path.matches('/').count() == 1;
    let modules: Vec<&String> = configurations.iter().filter(is_module).collect();
    if modules.is_empty() {
        return Err("there are no modules".into());
    }
    for module in modules {
        let examples = format!("{module}/examples/");
        if !configurations.iter().any(|path| path.starts_with(&examples)) {
            return Err(format!("{module} has no example").into());
        }
    }
    Ok(())
}

/// What an engine plans for the three tiers, with a variable file of theirs.
fn planned(stage: &Stage, arguments: &[&str]) -> Result<Json> {
    let file = stage.scratch("plan");
    let out = format!("-out={file}");
    let mut words = vec!["plan", "-input=false", "-no-color", &out];
    words.extend(arguments);
    done(stage, &words)?;
    let shown = stage.run(["show", "-json", &file])?;
    let plan = normal::document(&serde_json::from_str(&shown.stdout)?);
    Ok(serde_json::json!({
        "resource_changes": plan["resource_changes"],
        "output_changes": plan["output_changes"],
    }))
}

#[test]
fn three_tiers_are_planned_alike() -> Result<()> {
    let (Some(emulator), Some(plugin)) = (Emulator::find(), plugin()) else { return Ok(()) };
    let Some(engines) = engine::both() else { return Ok(()) };
    let theatre = Theatre::new()?;
    theatre.install_package("aws", "5.100.0", &plugin)?;
    let bucket = emulator.bucket()?;
    let mut plans = Vec::new();
    for engine in &engines {
        let mut stage = stage(&theatre, engine)?;
        stage.folder = stage.folder.join("examples/three-tier");
        stage.write("s3.tfbackend", &emulator.backend(&bucket))?;
        emulator.serve(&mut stage, REGION);
        stage.set("TF_VAR_db_password", Some("correct-horse-battery"));
        done(&stage, &["init", "-input=false", "-no-color", "-backend-config=s3.tfbackend"])?;
        let certificate = "-var=certificate_arn=arn:aws:acm:eu-west-2:123456789012:certificate/a";
        plans.push([
            planned(&stage, &["-var-file=production.tfvars", certificate])?,
            planned(&stage, &["-var-file=development.tfvars"])?,
        ]);
    }
    let [theirs, ours] = &plans[..] else { return Err("there are two engines".into()) };
    let mut report = Vec::new();
    for (name, (theirs, ours)) in ["production", "development"].iter().zip(theirs.iter().zip(ours))
    {
        if theirs["resource_changes"].as_array().is_none_or(|changes| changes.len() < 50) {
            return Err(format!("{name}: hardly anything is planned").into());
        }
        report.extend(differences(theirs, ours).into_iter().map(|d| format!("{name}: {d}")));
    }
    match report.is_empty() {
        true => Ok(()),
        false => Err(report.join("\n").into()),
    }
}
