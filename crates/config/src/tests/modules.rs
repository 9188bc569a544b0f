//! Calls of modules, and where modules are found.

use std::collections::BTreeMap;

use groma_addrs::Module;
use groma_addrs::version::Version;
use groma_value::{Str, Value};

use super::{check, config, files, found, load_with};
use crate::{ConfigSnapshot, LoadOptions, MemoryLoader, load};

const MANIFEST: &str = r#"{"Modules":[
    {"Key":"","Source":"","Dir":"."},
    {"Key":"net","Source":"registry.terraform.io/acme/net/aws","Version":"1.5.0","Dir":".terraform/modules/net"},
    {"Key":"old","Source":"registry.terraform.io/acme/other/aws","Version":"1.5.0","Dir":".terraform/modules/old"}
]}"#;

#[test]
fn local_modules_are_relative_to_their_callers() {
    let config = config(
        r#"
        module "a" {
          source = "./mods/a"
          x      = 1
        }
        module "b" { source = "./mods/b" }
        --- mods/a/main.tf
        variable "x" {}
        module "b" { source = "../b" }
        --- mods/b/main.tf
        output "o" { value = path.module }
        "#,
    );
    let paths: Vec<String> = config.modules().map(|n| n.path.to_string()).collect();
    assert_eq!(paths, ["", "module.a", "module.a.module.b", "module.b"]);
    let inner = config.module(&Module::new(["a".into(), "b".into()])).unwrap();
    assert_eq!(&**inner.source_dir(), "mods/b");
    // What is read once is there once.
    assert!(std::sync::Arc::ptr_eq(&inner.module, &config.root.children["b"].module));
    assert_eq!(&*config.call(&inner.path).unwrap().name, "b");
}

#[test]
fn installed_modules_come_from_the_manifest() {
    let fixture = r#"
        module "net" {
          source  = "acme/net/aws"
          version = "~> 1.2"
        }
        --- .terraform/modules/net/main.tf
        module "sub" { source = "./sub" }
        --- .terraform/modules/net/sub/main.tf
        "#;
    let loaded = load_with(fixture, MANIFEST);
    assert!(loaded.diagnostics.is_empty(), "{}", loaded.diagnostics);
    let config = loaded.config.unwrap();
    let net = &config.root.children["net"];
    assert_eq!(net.version, Some(Version::new(1, 5, 0)));
    assert_eq!(&**net.children["sub"].source_dir(), ".terraform/modules/net/sub");
}

#[test]
fn a_manifest_that_does_not_fit() {
    let fixture = r#"
module "net" {
  source  = "acme/net/aws"
  version = "~> 2.0"
}
module "old" { source  = "acme/old/aws" }
module "new" { source  = "git::https://example.com/x.git" }
        "#;
    assert_eq!(
        found(&load_with(fixture, MANIFEST).diagnostics),
        [
            "main.tf:4 Module version requirements have changed",
            "main.tf:6 Module source has changed",
            "main.tf:7 Module not installed",
        ]
    );
}

#[test]
fn calls_are_checked() {
    check(
        r#"
        #! Missing required argument
        module "a" {}
        #! Invalid module source address
        module "b" { source = "foo" }
        module "c" {
          #! Invalid registry module source address
          source  = "./x"
          version = "1.0"
        }
        module "d" {
          source  = "acme/net/aws"
          #! Invalid version constraint
          version = "x"
        }
        #! Variables not allowed
        module "e" { source = terraform_data.x.id }
        #! Unreadable module directory
        module "f" { source = "./nowhere" }
        #! Module calls itself
        module "g" { source = "./" }
        #! Missing required argument
        module "h" {
          source = "./h"
          #! Unsupported argument
          foo    = 1
        }
        #! Invalid module source address
        module "i" { source = 3 }
        #! Unsuitable value type
        module "j" { source = null }
        --- h/main.tf
        variable "x" {}
        terraform {
          #? Backend configuration ignored
          backend "local" {}
        }
        "#,
    );
}

#[test]
fn sources_may_refer_to_what_is_given() {
    let fixture = r#"
        variable "which" {}
        variable "other" { default = "b" }
        locals { dir = var.other }
        module "a" { source = "./${var.which}" }
        module "b" {
          source = "./${local.dir}"
          which  = var.which
        }
        --- a/main.tf
        --- b/main.tf
        variable "which" {}
        module "inner" { source = "../${var.which}" }
        "#;
    let version = Version::new(1, 11, 4);
    let variables = BTreeMap::from([(Str::from("which"), Value::from("a"))]);
    let options = LoadOptions { variables: &variables, ..LoadOptions::new(&version) };
    let loaded = load(".", &MemoryLoader::new(files(fixture)), &options);
    assert!(loaded.diagnostics.is_empty(), "{}", loaded.diagnostics);
    let config = loaded.config.unwrap();
    assert_eq!(&**config.root.children["b"].children["inner"].source_dir(), "a");
    check(
        r#"
        variable "which" {}
        locals {
          #! Circular reference
          x = local.y
          y = local.x
        }
        #! Variable not set
        module "a" { source = "./${var.which}" }
        module "b" { source = "./${local.y}" }
        "#,
    );
}

#[test]
fn a_snapshot_loads_to_the_same() {
    let fixture = r#"
        module "net" { source = "acme/net/aws" }
        module "a" { source = "./a" }
        --- a/main.tf
        --- .terraform/modules/net/main.tf
        output "o" { value = 1 }
        "#;
    let version = Version::new(1, 11, 4);
    let config = load_with(fixture, MANIFEST).config.unwrap();
    let snapshot = ConfigSnapshot::of(&config);
    let copy = ConfigSnapshot::from_manifest(&snapshot.manifest(), snapshot.files().clone());
    let again = load(copy.root_dir(), &copy, &LoadOptions::new(&version));
    assert!(again.diagnostics.is_empty(), "{}", again.diagnostics);
    let again = again.config.unwrap();
    assert_eq!(again.files(), config.files());
    assert_eq!(again.root.children["net"].version, Some(Version::new(1, 5, 0)));
    assert_eq!(again.root.children["net"].module.outputs.len(), 1);
}

/// The diagnostics of a configuration that is loaded with a value for `var.word`.
fn found_with_word(fixture: &str, word: Option<&str>) -> Vec<String> {
    let version = Version::new(1, 11, 4);
    let loader = MemoryLoader::new(files(fixture));
    let word = word.map(|word| (Str::from("word"), Value::from(word)));
    let variables: BTreeMap<Str, Value> = word.into_iter().collect();
    let options = LoadOptions { variables: &variables, ..LoadOptions::new(&version) };
    found(&load(".", &loader, &options).diagnostics)
}

#[test]
fn constant_variables_are_known_when_the_configuration_is_loaded() {
    let fixture = r#"
variable "word" { const = true }
locals { dir = "./mods/${var.word}" }
module "m" {
  source = local.dir
  inner  = "b"
}
--- mods/a/main.tf
variable "inner" { const = true }
module "x" { source = "./${var.inner}" }
--- mods/a/b/main.tf
output "o" { value = 1 }
"#;
    assert_eq!(found_with_word(fixture, Some("a")), Vec::<String>::new());
    assert_eq!(
        found_with_word(fixture, None),
        ["main.tf:2 Variable not set", "main.tf:3 Variable not set"]
    );
    let dynamic = fixture.replace("\"b\"\n", "terraform_data.x.id\n");
    assert_eq!(
        found_with_word(&dynamic, Some("a")),
        ["main.tf:6 Variables not allowed", "main.tf:6 Variables not allowed"]
    );
}

#[test]
fn variables_that_are_not_constant_are_refused_where_constants_are_needed() {
    let fixture = r#"
variable "word" {
  const   = false
  default = "a"
}
module "m" { source = "./mods/${var.word}" }
--- mods/a/main.tf
"#;
    assert_eq!(
        found_with_word(fixture, Some("a")),
        ["main.tf:6 Unable to use variable in static context"]
    );
}
