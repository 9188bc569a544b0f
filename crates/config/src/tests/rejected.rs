//! What is wrong with a single block. The summaries are those that Terraform has for it.

use super::{check, found, load_fixture};

#[test]
fn second_declarations() {
    check(
        r#"
        variable "a" {}
        #! Duplicate variable declaration
        variable "a" {}
        output "a" { value = 1 }
        #! Duplicate output definition
        output "a" { value = 2 }
        locals { a = 1 }
        locals {
          #! Duplicate local value definition
          a = 2
        }
        resource "terraform_data" "a" {}
        #! Duplicate resource "terraform_data" configuration
        resource "terraform_data" "a" {}
        data "terraform_remote_state" "a" {}
        #! Duplicate data "terraform_remote_state" configuration
        data "terraform_remote_state" "a" {}
        provider "null" {}
        #! Duplicate provider configuration
        provider "null" {}
        module "a" { source = "./a" }
        #! Duplicate module call
        module "a" { source = "./a" }
        --- a/main.tf
        "#,
    );
}

#[test]
fn names() {
    check(
        r#"
        #! Invalid variable name
        variable "1a" {}
        #! Invalid variable name
        variable "count" {}
        #! Invalid output name
        output "a b" { value = 1 }
        #! Invalid resource name
        resource "terraform_data" "1" {}
        #! Invalid data resource name
        data "terraform_remote_state" "1" {}
        #! Invalid provider local name
        provider "Aws" {}
        provider "null" {
          #! Invalid provider configuration alias
          alias = "a b"
        }
        "#,
    );
}

#[test]
fn variables() {
    check(
        r#"
        variable "a" {
          type = string
          #! Invalid default value for variable
          default = []
        }
        variable "b" {
          #! Invalid default value for variable
          default  = null
          nullable = false
        }
        variable "c" {
          #! Unsuitable value type
          sensitive = "x"
          #! Variables not allowed
          default = var.a
          #! Unsupported argument
          foo = 1
        }
        variable "d" {
          #! Invalid type specification
          type = strin
        }
        variable "e" {
          validation {
            #! Invalid variable validation condition
            condition     = local.x > 1
            error_message = "x"
          }
          validation {
            #! Invalid validation expression
            #! Invalid variable validation condition
            condition     = true
            error_message = "x"
          }
          #! Missing required argument
          validation { condition = var.e }
        }
        variable "f" {
          type = object({ a = number })
          #! Invalid default value for variable
          default = { a = "x" }
        }
        "#,
    );
}

#[test]
fn outputs() {
    check(
        r#"
        #! Missing required argument
        output "a" {}
        output "b" {
          value = 1
          #! Postconditions are not allowed
          postcondition {
            condition     = var.x
            error_message = ""
          }
        }
        output "c" {
          value = 1
          #! Invalid depends_on reference
          depends_on = [terraform_data.x.id]
        }
        "#,
    );
}

#[test]
fn meta_arguments() {
    check(
        r#"
        resource "terraform_data" "a" {
          count    = 1
          #! Invalid combination of "count" and "for_each"
          for_each = {}
        }
        resource "terraform_data" "b" {
          #! Invalid provider configuration reference
          provider = a.b.c
          #! Invalid expression
          depends_on = [3]
        }
        resource "terraform_data" "c" {
          #! Invalid expression
          depends_on = terraform_data.b
          #! Reserved block type name in resource block
          locals {}
        }
        module "m" {
          source   = "./m"
          count    = 1
          #! Invalid combination of "count" and "for_each"
          for_each = {}
          #! Reserved block type name in module block
          provider "x" {}
        }
        provider "null" {
          #! Reserved argument name in provider block
          count = 1
          #! Reserved block type name in provider block
          lifecycle {}
          #! Invalid version constraint
          #? Version constraints inside provider configuration blocks are deprecated
          version = "x"
        }
        --- m/main.tf
        "#,
    );
}

#[test]
fn lifecycles() {
    check(
        r#"
        resource "terraform_data" "a" {
          lifecycle {
            #! Unsuitable value type
            create_before_destroy = null
            #! Invalid expression
            ignore_changes = [foo()]
            #! Unsupported argument
            foo = 1
          }
          #! Duplicate lifecycle block
          lifecycle {}
        }
        resource "terraform_data" "b" {
          lifecycle {
            #! Invalid ignore_changes wildcard
            ignore_changes = ["*"]
            #! Unsuitable value type
            prevent_destroy = "maybe"
            replace_triggered_by = [
              #! Invalid reference in replace_triggered_by expression
              var.x,
              #! Invalid replace_triggered_by expression
              "${1}",
              #! Invalid each reference in replace_triggered_by expression
              terraform_data.a[each.value],
              #! Invalid replace_triggered_by expression
              [terraform_data.a, terraform_data.c],
            ]
            postcondition {
              #! Invalid reference in postcondition
              condition     = terraform_data.b.id != ""
              error_message = "x"
            }
            precondition {
              #! Invalid precondition expression
              condition     = true
              error_message = "x"
            }
          }
        }
        data "terraform_remote_state" "c" {
          lifecycle {
            #! Invalid data resource lifecycle argument
            prevent_destroy = true
          }
        }
        ephemeral "random_password" "d" {
          lifecycle {
            #! Invalid ephemeral resource lifecycle argument
            ignore_changes = all
          }
          #! Invalid configuration block for ephemeral resource
          connection {}
        }
        "#,
    );
}

#[test]
fn references_in_quotes() {
    check(
        r#"
        resource "terraform_data" "a" {
          #? Quoted references are deprecated
          depends_on = ["terraform_data.b"]
          lifecycle {
            #? Quoted references are deprecated
            ignore_changes = ["input"]
          }
        }
        "#,
    );
}

#[test]
fn provisioners() {
    check(
        r#"
        resource "terraform_data" "a" {
          connection {}
          #! Duplicate connection block
          connection {}
          provisioner "local-exec" {
            #! Invalid "when" keyword
            when = never
            #! Invalid "on_failure" keyword
            on_failure = stop
          }
          provisioner "remote-exec" {
            when    = destroy
            inline  = [self.id, each.key, path.module]
            #! Invalid reference from destroy provisioner
            scripts = [var.x]
          }
          #! The "chef" provisioner has been removed
          provisioner "chef" {}
        }
        "#,
    );
}

#[test]
fn settings() {
    check(
        r#"
        terraform {
          #! Unsupported Terraform Core version
          required_version = ">= 99.0"
          #! Module uses experimental features
          experiments = [a]
          #! Unsupported language edition
          language = TF2999
          #! Unsupported argument
          foo = 1
          #! Both a backend and cloud configuration are present
          backend "local" {}
          #! Duplicate backend configuration
          backend "s3" {}
          cloud {}
        }
        terraform {
          #! Invalid version constraint
          required_version = "x"
        }
        terraform {
          #! Unsupported Terraform Core version
          required_version = 1
        }
        terraform {
          #! Invalid version constraint
          required_version = []
        }
        #! Invalid required_providers block
        required_providers {}
        #! Unsupported block type
        foo {}
        "#,
    );
}

#[test]
fn required_providers() {
    check(
        r#"
        terraform {
          required_providers {
            aws = {
              #! Invalid provider source string
              source = "a/b/c/d"
              #! Invalid required_providers object
              foo = 1
              #! Invalid version constraint
              version = "x"
              configuration_aliases = [
                aws.west,
                #! Invalid configuration_aliases value
                aws,
                #! Invalid configuration_aliases value
                null.west,
              ]
            }
            #! Invalid required_providers object
            baz = []
            #! Invalid provider local name
            Foo = ">= 1"
            other = {
              #! Invalid source
              source = []
            }
          }
          #! Duplicate required providers configuration
          required_providers {}
        }
        "#,
    );
}

#[test]
fn language_blocks() {
    check(
        r#"
        language {
          edition = tofu2024
          compatible_with {
            other    = anything
            opentofu = ">= 1.12"
          }
        }
        language {
          #! Unsupported language edition
          edition = TF2021
          #! Unknown experiment keyword
          experiments = [x]
          #! Unsupported argument
          other = 1
          compatible_with {
            #! Unsupported OpenTofu Core version
            opentofu = ">= 99.0"
          }
          #! Duplicate compatible_with block
          compatible_with {
            opentofu = "1.12.0"
          }
        }
        language {
          compatible_with {
            #? Ineffective version constraint
            opentofu = ">= 1.9"
          }
        }
        "#,
    );
}

#[test]
fn quotes_that_are_not_needed() {
    check(
        r#"
        resource "terraform_data" "a" {
          provisioner "local-exec" {
            command = "x"
            #? Quoted keywords are deprecated
            when = "destroy"
            #? Quoted keywords are deprecated
            on_failure = "continue"
          }
        }
        moved {
          #! Invalid expression
          from = "terraform_data.b"
          to   = terraform_data.c
        }
        removed {
          #! Invalid expression
          from = "terraform_data.b"
        }
        "#,
    );
    check(
        r#"
        --- main.tf.json
        { "moved": { "from": "terraform_data.b", "to": "terraform_data.c" } }
        "#,
    );
}

#[test]
fn what_could_not_be_read_is_remembered() {
    let fixture = "variable \"a\" {\n  type = 1 +\n}\noutput \"b\" { value = 1 }\n";
    let config = load_fixture(fixture).config.unwrap();
    let module = &config.root.module;
    assert!(module.is_broken());
    assert!(module.may_declare("a") && module.may_declare("type"));
    assert!(!module.may_declare("b") && !module.may_declare("typ"));
}

#[test]
fn what_can_be_understood_is_kept() {
    let loaded = load_fixture("variable \"a\" {\nresource \"x\"\noutput \"b\" { value = 1 }\n");
    assert!(loaded.diagnostics.has_errors());
    assert!(loaded.config.is_some());
    assert!(loaded.sources.get("main.tf").is_some());
}

#[test]
fn a_directory_that_is_not_there() {
    let loaded = load_fixture("");
    assert_eq!(found(&loaded.diagnostics), ["Failed to read module directory"]);
    assert!(loaded.config.is_none());
}
