//! The provider in the place of the released one: `groma init` takes what lies beside the engine.

use crate::engine::{self, Bench};
use crate::{Result, passed_over};

const CONFIGURATION: &str = r#"
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}

provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "AKIAEXAMPLE"
  secret_key                  = "example"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
}

data "aws_region" "here" {}

output "here" {
  value = data.aws_region.here.name
}
"#;

/// The engine, if our provider lies beside it.
pub(crate) fn equipped() -> Option<std::path::PathBuf> {
    let engine = engine::engine()?;
    let together =
        engine.parent()?.canonicalize().ok()? == engine::ours().parent()?.canonicalize().ok()?;
    if !together {
        passed_over("the engine and the provider are not in one folder");
    }
    together.then_some(engine)
}

#[test]
fn the_native_provider_is_taken_where_it_covers_everything() -> Result<()> {
    let Some(engine) = equipped() else { return Ok(()) };
    let bench = Bench::bundled(&engine, "")?;
    let folder = bench.folder("work")?;
    folder.write("main.tf", CONFIGURATION)?;
    let init = folder.run(&["init", "-no-color"])?;
    assert_eq!(init.code, Some(0), "{}", init.said());
    assert!(init.stdout.contains("in place of hashicorp/aws v5.100.0\n"), "{}", init.said());
    assert!(
        !folder.path.join(".terraform.lock.hcl").exists(),
        "the lock file is for released ones"
    );
    let apply = folder.run(&["apply", "-no-color", "-auto-approve"])?;
    assert_eq!(apply.code, Some(0), "{}", apply.said());
    assert!(apply.stdout.contains("here = \"eu-west-1\""), "{}", apply.said());
    let state = std::fs::read_to_string(folder.path.join("terraform.tfstate"))?;
    assert!(state.contains("registry.terraform.io/hashicorp/aws"), "{state}");
    Ok(())
}

#[test]
fn the_released_provider_is_needed_for_what_is_not_covered() -> Result<()> {
    let Some(engine) = equipped() else { return Ok(()) };
    let bench = Bench::bundled(&engine, "")?;
    let folder = bench.folder("work")?;
    folder.write("main.tf", CONFIGURATION)?;
    folder.write("more.tf", "resource \"aws_chime_voice_connector\" \"x\" {\n}\n")?;
    let init = folder.run(&["init", "-no-color"])?;
    assert!(init.stdout.contains("v5.100.0, but for aws_chime_voice_connector"), "{}", init.said());
    assert_ne!(init.code, Some(0), "there is no released provider here\n{}", init.said());
    Ok(())
}

#[test]
fn a_type_that_comes_later_is_a_matter_of_choosing_again() -> Result<()> {
    let Some(engine) = equipped() else { return Ok(()) };
    let bench = Bench::bundled(&engine, "")?;
    let folder = bench.folder("work")?;
    folder.write("main.tf", CONFIGURATION)?;
    folder.done(&["init", "-no-color"])?;
    folder.write("more.tf", "resource \"aws_chime_voice_connector\" \"x\" {\n}\n")?;
    let plan = folder.run(&["plan", "-no-color"])?;
    assert_eq!(plan.code, Some(1), "{}", plan.said());
    assert!(plan.stderr.contains("Run \"groma init\" to choose again"), "{}", plan.said());
    Ok(())
}

/// All of them live in one process.
#[test]
fn each_alias_has_a_configuration_of_its_own() -> Result<()> {
    let Some(engine) = equipped() else { return Ok(()) };
    let bench = Bench::bundled(&engine, "")?;
    let folder = bench.folder("work")?;
    let mut text = CONFIGURATION.to_owned();
    for region in ["us-east-1", "us-west-2", "ap-south-1"] {
        text += &format!(
            r#"
provider "aws" {{
  alias                       = "{region}"
  region                      = "{region}"
  access_key                  = "AKIAEXAMPLE"
  secret_key                  = "example"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
}}

data "aws_region" "{region}" {{
  provider = aws.{region}
}}

output "{region}" {{
  value = data.aws_region.{region}.name
}}
"#
        );
    }
    folder.write("main.tf", &text)?;
    folder.done(&["init", "-no-color"])?;
    folder.done(&["apply", "-no-color", "-auto-approve"])?;
    let outputs: serde_json::Value =
        serde_json::from_str(&folder.done(&["output", "-json"])?.stdout)?;
    assert_eq!(outputs["here"]["value"], "eu-west-1");
    for region in ["us-east-1", "us-west-2", "ap-south-1"] {
        assert_eq!(outputs[region]["value"], region);
    }
    Ok(())
}

#[test]
fn a_setting_turns_it_off() -> Result<()> {
    let Some(engine) = equipped() else { return Ok(()) };
    let bench = Bench::bundled(&engine, "native_providers = false")?;
    let folder = bench.folder("work")?;
    folder.write("main.tf", CONFIGURATION)?;
    let init = folder.run(&["init", "-no-color"])?;
    assert!(!init.stdout.contains("native provider"), "{}", init.said());
    assert_ne!(init.code, Some(0), "there is no released provider here\n{}", init.said());
    Ok(())
}
