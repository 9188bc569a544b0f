//! Which provider configuration is used where.

use groma_addrs::{LocalProviderConfig, Module};

use super::{check, config};
use crate::Config;

fn resolved(config: &Config, module: &[&str], name: &str) -> String {
    let (local_name, alias) = match name.split_once('.') {
        Some((name, alias)) => (name, Some(alias.into())),
        None => (name, None),
    };
    let name = LocalProviderConfig { local_name: local_name.into(), alias };
    let module = Module::new(module.iter().map(|&m| m.into()));
    config.resolve_provider(&module, &name).config.to_string()
}

#[test]
fn configurations_are_inherited_and_passed() {
    let config = config(
        r#"
        terraform {
          required_providers {
            mock = { source = "acme/mock" }
          }
        }
        provider "mock" { a = 1 }
        provider "mock" {
          alias = "west"
          a     = 2
        }
        module "plain" { source = "./plain" }
        module "passed" {
          source = "./passed"
          providers = {
            fake      = mock.west
            fake.east = mock
          }
        }
        --- plain/main.tf
        terraform {
          required_providers {
            mock = { source = "acme/mock" }
          }
        }
        resource "mock_thing" "x" {}
        module "own" { source = "./own" }
        --- plain/own/main.tf
        terraform {
          required_providers {
            mock = { source = "acme/mock" }
          }
        }
        provider "mock" {
          alias = "own"
          a     = 1
        }
        resource "mock_thing" "x" { provider = mock.own }
        --- passed/main.tf
        terraform {
          required_providers {
            fake = {
              source                = "acme/mock"
              configuration_aliases = [fake.east]
            }
          }
        }
        resource "mock_thing" "x" { provider = fake.east }
        "#,
    );
    let mock = "provider[\"registry.terraform.io/acme/mock\"]";
    assert_eq!(resolved(&config, &[], "mock"), mock);
    assert_eq!(resolved(&config, &[], "mock.west"), format!("{mock}.west"));
    assert_eq!(resolved(&config, &["plain"], "mock"), mock);
    assert_eq!(resolved(&config, &["plain", "own"], "mock"), mock);
    assert_eq!(
        resolved(&config, &["plain", "own"], "mock.own"),
        format!("module.plain.module.own.{mock}.own")
    );
    assert_eq!(resolved(&config, &["passed"], "fake"), format!("{mock}.west"));
    assert_eq!(resolved(&config, &["passed"], "fake.east"), mock);
    assert_eq!(
        resolved(&config, &["passed"], "other"),
        "provider[\"registry.terraform.io/hashicorp/other\"]"
    );
}

#[test]
fn names_that_clash_are_warned_of() {
    check(
        r#"
        terraform {
          required_providers {
            a = { source = "acme/mock" }
            #? Duplicate required provider
            b = { source = "acme/mock" }
            n = { source = "hashicorp/null" }
          }
        }
        #? Duplicate required provider
        resource "null_resource" "x" {}
        "#,
    );
}

#[test]
fn modules_get_what_they_expect() {
    check(
        r#"
        terraform {
          required_providers {
            mock = { source = "acme/mock" }
            null = { source = "hashicorp/null" }
          }
        }
        provider "mock" {
          alias = "x"
          a     = 1
        }
        #! Missing required provider configuration
        module "lacks" { source = "./expects" }
        module "wrong" {
          source = "./expects"
          providers = {
            #! Provider type mismatch
            mock.a = null
          }
        }
        module "unknown" {
          source = "./plain"
          providers = {
            #? Reference to undefined provider
            other = other
          }
        }
        module "twice" {
          source = "./plain"
          providers = {
            mock = mock.x
            #! Duplicate provider address
            mock = mock.x
          }
        }
        #! Provider configuration not present
        resource "mock_thing" "x" { provider = mock.nowhere }
        --- expects/main.tf
        terraform {
          required_providers {
            mock = {
              source                = "acme/mock"
              configuration_aliases = [mock.a]
            }
          }
        }
        resource "mock_thing" "x" { provider = mock.a }
        --- plain/main.tf
        terraform {
          required_providers {
            mock = { source = "acme/mock" }
            other = { source = "hashicorp/other" }
          }
        }
        "#,
    );
}

#[test]
fn modules_with_configurations_of_their_own() {
    check(
        r#"
        provider "mock" { a = 1 }
        module "legacy" {
          source = "./legacy"
          #! Module is incompatible with count, for_each, and depends_on
          count  = 1
        }
        module "clash" {
          source = "./legacy"
          providers = {
            #? Reference to undefined provider
            #! Cannot override provider configuration
            mock = mock
          }
        }
        module "proxy" {
          source = "./proxy"
          providers = { mock = mock }
        }
        --- legacy/main.tf
        provider "mock" { a = 1 }
        --- proxy/main.tf
        #? Redundant empty provider block
        provider "mock" {}
        "#,
    );
}

#[test]
fn instances_of_configurations() {
    check(
        r#"
        provider "mock" {
          alias    = "each"
          for_each = toset(["a"])
        }
        provider "mock" {
          alias = "one"
          a     = 1
        }
        provider "mock" {
          #! Alias required when using "for_each"
          for_each = toset(["a"])
        }
        resource "mock_thing" "a" {
          provider = mock.each["a"]
        }
        resource "mock_thing" "b" {
          for_each = toset(["a"])
          provider = mock.each[each.key]
        }
        resource "mock_thing" "c" {
          #! Invalid resource provider configuration
          provider = mock.each
        }
        resource "mock_thing" "d" {
          #! Invalid resource provider configuration
          provider = mock.one["a"]
        }
        resource "mock_thing" "e" {
          #! Invalid provider configuration reference
          provider = mock["a"]
        }
        "#,
    );
}

#[test]
fn providers_should_outlive_what_they_have_to_destroy() {
    check(
        r#"
        variable "regions" {}
        variable "some" {}
        provider "mock" {
          alias    = "by_region"
          #? Provider configuration for_each matches resource
          for_each = var.regions
        }
        resource "mock_thing" "a" {
          for_each = var.regions
          provider = mock.by_region[each.key]
        }
        resource "mock_thing" "b" {
          for_each = var.some
          provider = mock.by_region[each.key]
        }
        "#,
    );
}
