//! The schemas of what the provider offers are those of hashicorp/aws 5.100.0, type by type.
//!
//! Terraform is asked for both. `GROMA_TEST_AWS_PLUGIN` names the program of the released provider
//! and `GROMA_TEST_TERRAFORM` Terraform; without them, the test is passed over.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Map, Value as Json};

/// Where we differ on purpose: the place, and why.
const ON_PURPOSE: &[(&str, &str)] = &[];

#[test]
fn schemas_are_those_of_the_released_provider() {
    let named = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let (Some(released), Some(terraform)) =
        (named("GROMA_TEST_AWS_PLUGIN"), named("GROMA_TEST_TERRAFORM"))
    else {
        println!("passed over: GROMA_TEST_AWS_PLUGIN or GROMA_TEST_TERRAFORM is not set");
        return;
    };
    let ours = schemas(&terraform, Path::new(env!("CARGO_BIN_EXE_groma-provider-aws")));
    let theirs = schemas(&terraform, &released);
    let mut differences = Vec::new();
    if ours["provider"] != theirs["provider"] {
        // Descriptions included: the configuration is documented by them.
        compare("provider", &ours["provider"], &theirs["provider"], &mut differences);
        differences.push("provider: not equal to the letter".to_owned());
    }
    let mut count = 0;
    for kind in ["resource_schemas", "data_source_schemas", "ephemeral_resource_schemas"] {
        for (name, schema) in members(&ours[kind]) {
            count += 1;
            let place = match kind {
                "data_source_schemas" => format!("data.{name}"),
                _ => name.clone(),
            };
            match theirs[kind].get(name) {
                Some(other) => compare(&place, schema, other, &mut differences),
                None => differences.push(format!("{place}: the released provider has none")),
            }
        }
    }
    for (name, function) in members(&ours["functions"]) {
        count += 1;
        if theirs["functions"].get(name) != Some(function) {
            differences.push(format!("function {name}: not equal"));
        }
    }
    differences.retain(|d| !ON_PURPOSE.iter().any(|(place, _)| d.starts_with(place)));
    assert!(count > 0, "there is nothing to compare");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    println!("{count} schemas are equal");
}

/// What Terraform says of a program in place of hashicorp/aws.
fn schemas(terraform: &Path, program: &Path) -> Json {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let write = |name: &str, text: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a file in the test's folder");
        path
    };
    let plugins = folder.path().join("plugins");
    std::fs::create_dir(&plugins).expect("a folder in the test's folder");
    std::os::unix::fs::symlink(program, plugins.join("terraform-provider-aws"))
        .expect("a link in the test's folder");
    let settings = format!(
        "provider_installation {{\n  dev_overrides {{ \"hashicorp/aws\" = {:?} }}\n  direct {{}}\n}}\n",
        plugins.display().to_string()
    );
    let settings = write("settings.tfrc", settings);
    write("main.tf", "provider \"aws\" {}\n".to_owned());
    let output = Command::new(terraform)
        .args(["providers", "schema", "-json"])
        .current_dir(folder.path())
        .env("TF_CLI_CONFIG_FILE", settings)
        .env("CHECKPOINT_DISABLE", "1")
        .output()
        .expect("Terraform runs");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    let mut all: Json = serde_json::from_slice(&output.stdout).expect("Terraform prints JSON");
    all["provider_schemas"]["registry.terraform.io/hashicorp/aws"].take()
}

fn members(object: &Json) -> impl Iterator<Item = (&String, &Json)> {
    object.as_object().into_iter().flat_map(Map::iter)
}

/// Compares two schemas by all that engines go by; what documents them may differ.
fn compare(place: &str, ours: &Json, theirs: &Json, differences: &mut Vec<String>) {
    part(place, "version", ours, theirs, differences);
    block(place, &ours["block"], &theirs["block"], differences);
}

fn block(place: &str, ours: &Json, theirs: &Json, differences: &mut Vec<String>) {
    both(place, "attributes", ours, theirs, differences, |at, ours, theirs, differences| {
        for name in
            ["type", "required", "optional", "computed", "sensitive", "write_only", "deprecated"]
        {
            part(at, name, ours, theirs, differences);
        }
        match (&ours["nested_type"], &theirs["nested_type"]) {
            (Json::Null, Json::Null) => {}
            (ours, theirs) => {
                part(at, "nesting_mode", ours, theirs, differences);
                block(at, ours, theirs, differences);
            }
        }
    });
    both(place, "block_types", ours, theirs, differences, |at, ours, theirs, differences| {
        for name in ["nesting_mode", "min_items", "max_items"] {
            part(at, name, ours, theirs, differences);
        }
        block(at, &ours["block"], &theirs["block"], differences);
    });
}

type Compare = fn(&str, &Json, &Json, &mut Vec<String>);

/// Compares the members that both have, and tells those that one lacks.
fn both(
    place: &str,
    kind: &str,
    ours: &Json,
    theirs: &Json,
    differences: &mut Vec<String>,
    compare: Compare,
) {
    for (name, theirs) in members(&theirs[kind]) {
        match ours[kind].get(name) {
            Some(ours) => compare(&format!("{place}.{name}"), ours, theirs, differences),
            None => differences.push(format!("{place}.{name}: missing in our {kind}")),
        }
    }
    for (name, _) in members(&ours[kind]) {
        if theirs[kind].get(name).is_none() {
            differences.push(format!("{place}.{name}: not in the released {kind}"));
        }
    }
}

fn part(place: &str, name: &str, ours: &Json, theirs: &Json, differences: &mut Vec<String>) {
    if ours[name] != theirs[name] {
        differences
            .push(format!("{place}: {name} is {}, but should be {}", ours[name], theirs[name]));
    }
}
