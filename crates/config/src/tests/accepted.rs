//! What a valid configuration is read as.

use groma_addrs::{Resource, ResourceMode};
use groma_value::{Type, Value};

use super::config;
use crate::{IgnoreChanges, OnFailure, ParsingMode, ProvisionerWhen};

#[test]
fn resources() {
    let config = config(
        r#"
        resource "terraform_data" "web" {
          count      = 2
          depends_on = [terraform_data.base, module.x]
          input      = count.index

          lifecycle {
            create_before_destroy = true
            prevent_destroy       = false
            ignore_changes        = [input, tags["a"], output]
            replace_triggered_by  = [terraform_data.base[count.index].id]
            precondition {
              condition     = var.x
              error_message = "no"
            }
          }

          provisioner "local-exec" {
            command    = "true"
            when       = destroy
            on_failure = continue
          }
        }
        resource "terraform_data" "base" {
          lifecycle {
            ignore_changes = all
          }
        }
        data "terraform_remote_state" "s" {
          backend = "local"
        }
        variable "x" {}
        module "x" {
          source = "./x"
        }
        --- x/main.tf
        "#,
    );
    let module = &config.root.module;
    assert_eq!(module.resources.len(), 3);
    let addr = Resource::new(ResourceMode::Managed, "terraform_data", "web");
    let web = module.resource(&addr).unwrap();
    assert!(web.provider.is_builtin());
    assert!(web.count.is_some() && web.for_each.is_none() && web.is_repeated());
    assert_eq!(web.depends_on.len(), 2);
    assert_eq!(web.lifecycle.create_before_destroy, Some(true));
    let IgnoreChanges::Attributes(ignored) = &web.lifecycle.ignore_changes else { panic!() };
    let ignored: Vec<String> = ignored.iter().map(ToString::to_string).collect();
    assert_eq!(ignored, ["input", "tags[\"a\"]", "output"]);
    assert_eq!(web.lifecycle.replace_triggered_by.len(), 1);
    assert_eq!(web.preconditions.len(), 1);
    assert_eq!(web.provisioners[0].when, ProvisionerWhen::Destroy);
    assert_eq!(web.provisioners[0].on_failure, OnFailure::Continue);
    let (attributes, found) = web.config.just_attributes();
    assert!(found.is_empty(), "{found}");
    assert_eq!(attributes.keys().map(|k| &**k).collect::<Vec<_>>(), ["input"]);
    let data = module.resources_of(ResourceMode::Data).next().unwrap();
    assert_eq!(data.addr.to_string(), "data.terraform_remote_state.s");
}

#[test]
fn values() {
    let config = config(
        r#"
        variable "plain" {}
        variable "typed" {
          type        = object({ a = string, b = optional(number, 3) })
          default     = { a = 1 }
          description = "text"
          sensitive   = true
        }
        variable "any" {
          type     = any
          nullable = false
          default  = "x"
          validation {
            condition     = var.any != ""
            error_message = "empty"
          }
        }
        locals {
          a = var.plain
          b = local.a
        }
        output "o" {
          value      = local.b
          sensitive  = true
          depends_on = [var.plain]
        }
        "#,
    );
    let module = &config.root.module;
    let plain = &module.variables["plain"];
    assert!(plain.required());
    assert_eq!((&plain.ty, plain.parsing_mode), (&Type::Dynamic, ParsingMode::Literal));
    let typed = &module.variables["typed"];
    assert_eq!(
        typed.default,
        Some(Value::object_of([("a", Value::from("1")), ("b", Value::number(3))]))
    );
    assert_eq!((typed.sensitive, typed.parsing_mode), (true, ParsingMode::Expression));
    let any = &module.variables["any"];
    assert_eq!((any.parsing_mode, any.nullable), (ParsingMode::Expression, false));
    assert_eq!(any.validations.len(), 1);
    assert_eq!(module.locals.len(), 2);
    assert!(module.outputs["o"].sensitive);
    assert_eq!(module.outputs["o"].depends_on.len(), 1);
}

#[test]
fn json_means_the_same() {
    let config = config(
        r#"
        --- main.tf.json
        {
          "//": "a comment",
          "terraform": {
            "required_version": ">= 1.0",
            "required_providers": { "mock": { "source": "acme/mock", "version": "~> 1.2" } }
          },
          "variable": { "x": { "type": "list(string)", "default": ["a"] } },
          "resource": {
            "mock_thing": {
              "a": {
                "provider": "mock.west",
                "for_each": "${toset(var.x)}",
                "depends_on": ["mock_thing.b"],
                "lifecycle": {
                  "ignore_changes": ["name"],
                  "replace_triggered_by": ["mock_thing.b.id"]
                }
              },
              "b": { "lifecycle": [{ "ignore_changes": "all" }] }
            }
          },
          "provider": { "mock": [{ "alias": "west" }] },
          "moved": [{ "from": "mock_thing.old", "to": "mock_thing.a[\"k\"]" }],
          "output": { "o": { "value": "${var.x}" } }
        }
        "#,
    );
    let module = &config.root.module;
    assert_eq!(module.variables["x"].ty, Type::list(Type::String));
    let a = &module.resources[&Resource::new(ResourceMode::Managed, "mock_thing", "a")];
    assert_eq!(a.provider_ref.as_ref().unwrap().to_string(), "mock.west");
    assert_eq!(a.provider.to_string(), "registry.terraform.io/acme/mock");
    assert_eq!(a.depends_on[0].to_string(), "mock_thing.b");
    assert_eq!(a.lifecycle.replace_triggered_by[0].variables()[0].to_string(), "mock_thing.b.id");
    let b = &module.resources[&Resource::new(ResourceMode::Managed, "mock_thing", "b")];
    assert!(matches!(b.lifecycle.ignore_changes, IgnoreChanges::All));
    assert_eq!(module.moved[0].to.target.to_string(), "mock_thing.a[\"k\"]");
}

#[test]
fn settings() {
    let config = config(
        r#"
        terraform {
          required_version = "~> 1.0"
          language         = TF2021
          backend "s3" {
            bucket = "b"
          }
          required_providers {
            aws  = { source = "hashicorp/aws", version = ">= 4, < 6" }
            null = "~> 3.0"
          }
          provider_meta "aws" {
            x = 1
          }
        }
        provider "aws" {
          region = "eu-west-1"
        }
        provider "aws" {
          alias  = "west"
          region = "us-west-1"
        }
        resource "random_id" "x" {}
        "#,
    );
    let module = &config.root.module;
    assert_eq!(&*module.backend.as_ref().unwrap().kind, "s3");
    assert_eq!(module.required_versions.len(), 1);
    assert_eq!(module.provider_configs.len(), 2);
    assert_eq!(module.provider_meta.len(), 1);
    assert!(module.required_providers["random"].implied);
    let requirements: Vec<String> =
        config.provider_requirements().iter().map(|(p, c)| format!("{p} {c}")).collect();
    assert_eq!(
        requirements,
        [
            "registry.terraform.io/hashicorp/aws >= 4.0.0, < 6.0.0",
            "registry.terraform.io/hashicorp/null ~> 3.0",
            "registry.terraform.io/hashicorp/random ",
        ]
    );
}

#[test]
fn meta_arguments_can_be_escaped() {
    let config = config(
        r#"
        resource "terraform_data" "x" {
          a = 1
          _ {
            count = 2
          }
        }
        "#,
    );
    let x = config.root.module.resources.values().next().unwrap();
    assert!(x.count.is_none());
    let (attributes, _) = x.config.just_attributes();
    assert_eq!(attributes.keys().map(|k| &**k).collect::<Vec<_>>(), ["a", "count"]);
}
