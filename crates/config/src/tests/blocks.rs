//! `moved`, `removed`, `import` and `check` blocks.

use super::{check, config};
use crate::RemovedTarget;

#[test]
fn addresses_are_read() {
    let config = config(
        r#"
        moved {
          from = module.a.terraform_data.x
          to   = terraform_data.y["k"]
        }
        moved {
          from = module.a[0]
          to   = module.b
        }
        removed {
          from = module.c.terraform_data.gone
          lifecycle {
            destroy = false
          }
        }
        removed {
          from = module.d
        }
        import {
          to       = module.m["x"].terraform_data.t[each.key]
          id       = "i"
          for_each = toset(["a"])
        }
        import {
          to = terraform_data.u
          id = var.id
        }
        variable "id" {}
        resource "terraform_data" "u" {}
        "#,
    );
    let module = &config.root.module;
    assert_eq!(module.moved[0].from.target.to_string(), "module.a.terraform_data.x");
    assert!(module.moved[1].from.is_module());
    assert!(!module.removed[0].destroy && module.removed[1].destroy);
    assert!(
        matches!(&module.removed[1].from, RemovedTarget::Module(m) if m.to_string() == "module.d")
    );
    let import = &module.imports[0].to;
    assert_eq!(import.resource.to_string(), "module.m.terraform_data.t");
    assert_eq!(import.module_keys.len(), 1);
    assert_eq!(import.key.as_ref().unwrap().variables()[0].to_string(), "each.key");
    assert!(module.imports[1].to.key.is_none());
}

#[test]
fn addresses_are_checked() {
    check(
        r#"
        #! Invalid "moved" addresses
        moved {
          from = terraform_data.x
          to   = module.y
        }
        moved {
          #! Invalid address
          from = a.b.c
          #! Invalid expression
          to   = "${x}"
        }
        #! Missing required argument
        moved { from = terraform_data.x }
        removed {
          #! Resource instance keys not allowed
          from = terraform_data.x[0]
        }
        removed {
          #! Module instance keys not allowed
          from = module.a["x"].terraform_data.x
        }
        removed {
          #! Data source address not allowed
          from = data.terraform_remote_state.x
        }
        removed {
          from = terraform_data.y
          lifecycle {
            #! Unsuitable value type
            destroy = "maybe"
          }
          #! Invalid provisioner block
          provisioner "local-exec" {}
        }
        #! Missing required import argument
        import { to = terraform_data.x }
        import {
          to       = terraform_data.y
          #! Conflicting import arguments
          id       = "x"
          identity = {}
        }
        import {
          #! Invalid address
          to = terraform_data.x.y.z
          id = "x"
        }
        import {
          to       = module.a.terraform_data.z
          id       = "x"
          #! Invalid import provider argument
          provider = terraform.x
        }
        import {
          to = terraform_data.twice["a"]
          id = "x"
        }
        import {
          #! Duplicate import configuration for "terraform_data.twice"
          to = terraform_data.twice["a"]
          id = "x"
        }
        "#,
    );
}

#[test]
fn checks() {
    let config = config(
        r#"
        check "health" {
          data "terraform_remote_state" "x" {
            backend = "local"
          }
          assert {
            condition     = data.terraform_remote_state.x.backend == "local"
            error_message = "no"
          }
        }
        "#,
    );
    let module = &config.root.module;
    let data = module.resources.values().next().unwrap();
    assert_eq!(data.check.as_deref(), Some("health"));
    assert_eq!(module.checks["health"].asserts.len(), 1);
    check(
        r#"
        data "terraform_remote_state" "x" {}
        #! Zero assert blocks
        check "a" {
          #! Duplicate data "terraform_remote_state" configuration
          data "terraform_remote_state" "x" {
            #! Invalid "count" attribute
            count = 1
            #! Invalid lifecycle block
            lifecycle {}
          }
          #! Multiple data resource blocks
          data "terraform_remote_state" "y" {}
        }
        check "b" {
          assert {
            condition     = var.x
            error_message = "no"
          }
        }
        #! Duplicate check "b" configuration
        check "b" {
          assert {
            condition     = var.x
            error_message = "no"
          }
        }
        #! Invalid check block name
        check "1" {
          assert {
            condition     = var.x
            error_message = "no"
          }
        }
        "#,
    );
}
