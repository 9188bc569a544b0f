//! Playing a case: every step applied, planned again, imported, destroyed.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value as Json;

use crate::Result;
use crate::case::{Case, Import};
use crate::engine::{Bench, Folder};

/// The provider, where a case does not say itself how it is configured.
const PROVIDER: &str = "provider \"aws\" {}\n";

/// Plays a case; what goes wrong says at which step.
pub(crate) fn play(bench: &Bench, case: &Case) -> Result<()> {
    let folder = bench.folder(&case.path.replace('/', "-"))?;
    prepare(&folder, case)?;
    step(&folder, "create.tf", &case.create)?;
    if let Some(update) = &case.update {
        step(&folder, "update.tf", update)?;
    }
    let ids = imported(&folder, case).map_err(|e| format!("importing: {}", e.0))?;
    let destroyed = folder.done(&["destroy", "-auto-approve", "-no-color"]);
    destroyed.map_err(|e| format!("destroying: {}", e.0))?;
    let state = folder.done(&["state", "list"])?;
    // What was read is no object of ours.
    let is_read = |address: &str| address.split('.').any(|part| part == "data");
    let left: Vec<&str> = state.stdout.lines().filter(|address| !is_read(address)).collect();
    if !left.is_empty() {
        return Err(format!("after destroying, there still is {}", left.join(", ")).into());
    }
    nothing_left(bench, case, &ids)
}

/// Puts the files of a case into a folder.
pub(crate) fn prepare(folder: &Folder<'_>, case: &Case) -> Result<()> {
    for file in case.other_files()? {
        fs::copy(&file, folder.path.join(file.file_name().ok_or("a file has a name")?))?;
    }
    match case.create.contains("provider \"aws\"") {
        true => Ok(()),
        false => folder.write("provider.tf", PROVIDER),
    }
}

/// Applies a configuration. Afterwards nothing is left to do.
fn step(folder: &Folder<'_>, name: &str, text: &str) -> Result<()> {
    folder.write("main.tf", text)?;
    let applied = folder.done(&["apply", "-auto-approve", "-no-color"]);
    applied.map_err(|e| format!("applying {name}: {}", e.0))?;
    clean(folder, &[]).map_err(|e| format!("planning after {name}: {}", e.0).into())
}

/// There is nothing to do, planned with these arguments.
pub(crate) fn clean(folder: &Folder<'_>, arguments: &[&str]) -> Result<()> {
    let ran = folder.run(&[&["plan", "-detailed-exitcode", "-no-color"], arguments].concat())?;
    match ran.code {
        Some(0) => Ok(()),
        Some(2) => Err(format!("there are changes\n{}", ran.said()).into()),
        _ => Err(ran.said().into()),
    }
}

/// Forgets what can be imported, and imports it. Gives the ids by address.
fn imported(folder: &Folder<'_>, case: &Case) -> Result<BTreeMap<String, String>> {
    let imports = &case.notes.imports;
    if imports.is_empty() {
        return Ok(BTreeMap::new());
    }
    let state: Json = serde_json::from_str(&folder.done(&["show", "-json"])?.stdout)?;
    let mut objects = BTreeMap::new();
    collect(&state["values"]["root_module"], &mut objects);
    let mut ids = BTreeMap::new();
    for import in imports {
        let object = objects.get(import.address.as_str());
        let object = object.ok_or_else(|| format!("there is no {}", import.address))?;
        ids.insert(import.address.clone(), import.id_of(object)?);
    }

    let mut forget = vec!["state", "rm"];
    forget.extend(imports.iter().map(|import| import.address.as_str()));
    folder.done(&forget)?;
    folder.write("imports.tf", &blocks(&ids))?;
    let plan = folder.done(&["plan", "-out=plan", "-no-color"])?;
    let changes: Json = serde_json::from_str(&folder.done(&["show", "-json", "plan"])?.stdout)?;
    for change in changes["resource_changes"].as_array().into_iter().flatten() {
        no_change(imports, change).map_err(|e| format!("{}\n{}", e.0, plan.said()))?;
    }
    folder.done(&["apply", "-no-color", "plan"])?;
    folder.delete("imports.tf")?;
    clean(folder, &[])?;
    Ok(ids)
}

/// The objects of a module and those below it, by address.
fn collect<'a>(module: &'a Json, objects: &mut BTreeMap<&'a str, &'a Json>) {
    for resource in module["resources"].as_array().into_iter().flatten() {
        if let Some(address) = resource["address"].as_str() {
            objects.insert(address, &resource["values"]);
        }
    }
    for child in module["child_modules"].as_array().into_iter().flatten() {
        collect(child, objects);
    }
}

fn blocks(ids: &BTreeMap<String, String>) -> String {
    let quoted = |id: &str| id.replace('\\', "\\\\").replace('"', "\\\"").replace("${", "$${");
    ids.iter()
        .map(|(address, id)| {
            format!("import {{\n  to = {address}\n  id = \"{}\"\n}}\n", quoted(id))
        })
        .collect()
}

/// An imported object must be as it is configured, but for what an import cannot find out.
fn no_change(imports: &[Import], change: &Json) -> Result<()> {
    let address = change["address"].as_str().unwrap_or_default();
    let (change, actions) = (&change["change"], &change["change"]["actions"]);
    let is =
        |action: &str| actions.as_array().is_some_and(|all| all.len() == 1 && all[0] == action);
    if is("no-op") || is("read") {
        return Ok(());
    }
    let except = imports.iter().find(|i| i.address == address).map(|i| i.except.as_slice());
    let except = except.unwrap_or_default();
    let no_object = serde_json::Map::new();
    let object = |name: &str| change[name].as_object().unwrap_or(&no_object);
    let (before, after) = (object("before"), object("after"));
    let differs = |name: &&String| before.get(*name) != after.get(*name);
    let names = after.keys().filter(differs).filter(|name| !except.contains(*name));
    let names: Vec<&str> = names.map(String::as_str).collect();
    if is("update") && names.is_empty() {
        return Ok(());
    }
    Err(format!("{address}, imported, is planned {actions}, for {}", names.join(", ")).into())
}

/// What was destroyed can be imported no longer.
fn nothing_left(bench: &Bench, case: &Case, ids: &BTreeMap<String, String>) -> Result<()> {
    let mut gone = ids.clone();
    gone.retain(|address, _| !case.notes.stays.contains(address));
    if gone.is_empty() {
        return Ok(());
    }
    let folder = bench.folder(&format!("{}-afterwards", case.path.replace('/', "-")))?;
    prepare(&folder, case)?;
    // Indexed addresses have no configuration to be generated.
    let targets = gone.iter().enumerate().map(|(i, (address, id))| {
        let ty = address.split('.').find(|part| part.starts_with("aws_")).unwrap_or_default();
        (format!("{ty}.left_{i}"), id.clone())
    });
    folder.write("imports.tf", &blocks(&targets.collect()))?;
    let ran = folder.run(&["plan", "-generate-config-out=generated.tf", "-no-color"])?;
    let refused = ran.stderr.lines().filter(|line| line.contains("Error: ")).count();
    match refused >= gone.len() {
        true => Ok(()),
        false => {
            Err(format!("after destroying, something can be imported still\n{}", ran.said()).into())
        }
    }
}
