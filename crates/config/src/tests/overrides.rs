//! Override files.

use groma_hcl::BodySchema;
use groma_value::{Type, Value};

use super::{check, config};
use crate::IgnoreChanges;

#[test]
fn arguments_are_overridden_one_by_one() {
    let config = config(
        r#"
        terraform {
          backend "s3" {}
          required_providers {
            mock = { source = "acme/mock", version = "1.0" }
          }
        }
        variable "a" {
          type        = string
          default     = "1"
          description = "kept"
        }
        locals {
          x = 1
          y = 2
        }
        output "o" { value = 1 }
        resource "mock_thing" "t" {
          name  = "base"
          other = "kept"
          rule { n = 1 }
          rule { n = 2 }
          tag { n = 1 }
          lifecycle {
            create_before_destroy = true
            ignore_changes        = [name]
          }
        }
        module "m" {
          source = "./a"
          x      = 1
        }
        provider "mock" { a = 1 }
        --- override.tf
        terraform {
          backend "local" {}
          required_providers {
            mock = { source = "acme/mock", version = "2.0" }
          }
        }
        variable "a" {
          type = number
        }
        locals {
          x = 3
        }
        output "o" { sensitive = true }
        resource "mock_thing" "t" {
          name = "over"
          rule { n = 3 }
          lifecycle {
            ignore_changes = all
          }
        }
        module "m" {
          source = "./b"
        }
        provider "mock" { b = 2 }
        provider "other" {}
        --- a/main.tf
        variable "wrong" {}
        --- b/main.tf
        variable "x" {}
        "#,
    );
    let module = &config.root.module;
    assert_eq!(&*module.backend.as_ref().unwrap().kind, "local");
    let mock = &module.required_providers["mock"];
    assert_eq!(&*mock.version.as_ref().unwrap().text, "2.0");
    let a = &module.variables["a"];
    assert_eq!((&a.ty, a.default.clone()), (&Type::Number, Some(Value::number(1))));
    assert_eq!(a.description.as_deref(), Some("kept"));
    assert_eq!(module.locals["x"].decl_range.filename.as_ref(), "override.tf");
    assert_eq!(module.locals["y"].decl_range.filename.as_ref(), "main.tf");
    assert!(module.outputs["o"].sensitive);
    let thing = module.resources.values().next().unwrap();
    assert_eq!(thing.lifecycle.create_before_destroy, Some(true));
    assert!(matches!(thing.lifecycle.ignore_changes, IgnoreChanges::All));
    let schema = BodySchema::new().optional(["name", "other"]).block("rule", &[]).block("tag", &[]);
    let (content, found) = thing.config.content(&schema);
    assert!(found.is_empty(), "{found}");
    assert_eq!(content.attributes.len(), 2);
    assert_eq!(content.blocks_of("rule").count(), 1);
    assert_eq!(content.blocks_of("tag").count(), 1);
    assert_eq!(&**config.root.children["m"].source_dir(), "b");
    assert_eq!(module.provider_configs.len(), 2);
}

#[test]
fn what_cannot_be_overridden() {
    check(
        r#"
        resource "terraform_data" "x" {}
        variable "v" {}
        --- x_override.tf
        resource "terraform_data" "x" {
          #! Unsupported override
          depends_on = [var.v]
          lifecycle {
            #! Can't override precondition blocks
            precondition {
              condition     = var.v
              error_message = "x"
            }
          }
        }
        variable "v" {
          #! Can't override validation blocks
          validation {
            condition     = var.v
            error_message = "x"
          }
        }
        #! Missing base variable declaration to override
        variable "w" {}
        locals {
          #! Missing base local value definition to override
          l = 1
        }
        #! Missing base output definition to override
        output "o" { value = 1 }
        #! Missing module call to override
        module "m" { source = "./m" }
        #! Missing resource to override
        resource "terraform_data" "y" {}
        #! Missing base provider configuration for override
        provider "null" { alias = "x" }
        #! Cannot override 'moved' blocks
        moved {}
        #! Can't override check blocks
        check "c" {}
        "#,
    );
}
