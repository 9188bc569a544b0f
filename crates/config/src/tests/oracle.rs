//! The same configurations through Terraform, where it is on the PATH: it must find the same
//! things wrong, in the same lines.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use super::{files, load_with};

/// What Terraform finds in the directory; `None` where there is no Terraform.
fn terraform(dir: &Path) -> Option<BTreeSet<String>> {
    let no_settings = dir.join("no-settings");
    std::fs::write(&no_settings, "").unwrap();
    let output = Command::new("terraform")
        .args(["validate", "-json", "-no-color"])
        .env("TF_CLI_CONFIG_FILE", &no_settings)
        .env("CHECKPOINT_DISABLE", "1")
        .current_dir(dir)
        .output()
        .ok()?;
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let diagnostics = answer["diagnostics"].as_array().unwrap();
    let found = diagnostics.iter().filter(|d| d["severity"] == "error").map(|d| {
        let range = &d["range"];
        format!(
            "{}:{} {}",
            range["filename"].as_str().unwrap_or_default(),
            range["start"]["line"],
            d["summary"].as_str().unwrap_or_default()
        )
    });
    Some(found.collect())
}

fn compare(fixture: &str, manifest: &str) {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files(fixture) {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let modules = dir.path().join(".terraform/modules");
    std::fs::create_dir_all(&modules).unwrap();
    std::fs::write(modules.join("modules.json"), manifest).unwrap();
    let Some(expected) = terraform(dir.path()) else {
        println!("There is no terraform to compare with.");
        return;
    };
    let loaded = load_with(fixture, manifest);
    let errors: BTreeSet<String> =
        super::found(&loaded.diagnostics).into_iter().filter(|d| !d.contains(" ?")).collect();
    assert_eq!(errors, expected, "\n{}", loaded.diagnostics);
}

#[test]
fn values_and_settings() {
    compare(
        r#"
        terraform {
          backend "local" {}
          backend "s3" {}
          language = TF2022
          foo      = 1
        }
        variable "a" {
          type    = object({ x = list(number) })
          default = { x = ["a"] }
        }
        variable "a" {}
        variable "source" {}
        variable "b" {
          sensitive   = "x"
          description = null
          default     = [foo()]
          nullable    = true
        }
        variable "c" {
          default  = null
          nullable = false
          validation {
            condition     = local.x > 1
            error_message = ""
          }
        }
        locals {
          x = 1
        }
        locals {
          x = 2
        }
        output "a" {}
        output "b" {
          value = 1
          bar   = 2
        }
        "#,
        r#"{"Modules":[]}"#,
    );
}

#[test]
fn resources_and_addresses() {
    compare(
        r#"
        resource "terraform_data" "a" {
          count      = 1
          for_each   = {}
          provider   = a.b.c
          depends_on = [3]
          lifecycle {
            create_before_destroy = null
            ignore_changes        = [input, foo()]
            nothing               = 1
          }
          lifecycle {}
          provisioner "local-exec" {
            when       = never
            on_failure = stop
          }
        }
        resource "terraform_data" "a" {}
        data "terraform_remote_state" "1" {
          lifecycle {
            prevent_destroy = true
          }
        }
        moved {
          from = terraform_data.x
          to   = module.y
        }
        moved {
          from = a.b.c
          to   = terraform_data.z
        }
        removed {
          from = terraform_data.x[0]
        }
        removed {
          from = data.terraform_remote_state.x
        }
        "#,
        r#"{"Modules":[]}"#,
    );
}

#[test]
fn modules_and_providers() {
    compare(
        r#"
        terraform {
          required_providers {
            mock = { source = "acme/mock" }
            null = { source = "hashicorp/null" }
          }
        }
        module "lacks" {
          source = "./expects"
        }
        module "wrong" {
          source = "./expects"
          providers = {
            mock.a = null
          }
        }
        module "legacy" {
          source   = "./legacy"
          for_each = {}
        }
        --- expects/main.tf
        terraform {
          required_providers {
            mock = {
              source                = "acme/mock"
              configuration_aliases = [mock.a]
            }
          }
        }
        --- legacy/main.tf
        provider "mock" {
          x = 1
        }
        "#,
        r#"{"Modules":[
            {"Key":"","Source":"","Dir":"."},
            {"Key":"lacks","Source":"./expects","Dir":"expects"},
            {"Key":"wrong","Source":"./expects","Dir":"expects"},
            {"Key":"legacy","Source":"./legacy","Dir":"legacy"}
        ]}"#,
    );
}
