//! Plans with `terraform_data` only.

use crate::terraform::Workspace;
use crate::{compare, compare_state};

const FIRST: &str = r#"
variable "s" { default = "old" }
variable "sec" {
  default   = "pw"
  sensitive = true
}
resource "terraform_data" "a" {
  input = {
    str         = "a"
    num         = 1.5
    list        = ["a", "b", "c", "d", "e"]
    grow        = ["a", "b", "c"]
    obj         = { name = "x", other = 3, nul = null }
    multi       = "line1\nline2\nline3\n"
    grown       = "one\ntwo"
    json        = jsonencode({ a = 1, b = [1, 2, { c = 3 }] })
    spaces      = "{\"a\":1}"
    notjson     = "{\"a\":1}"
    set         = toset(["x", "y"])
    "weird key" = true
    objlist     = [{ id = "1", v = 1 }, { id = "2", v = 2 }]
    mlist       = ["x\ny\nz", "q\nr"]
    sec         = var.sec
    typed       = [1, 2]
    empty       = {}
    none        = []
    kept        = { a = 1, b = [1, 2] }
  }
}
resource "terraform_data" "b" {
  input            = terraform_data.a.id
  triggers_replace = [var.s]
}
resource "terraform_data" "c" {
  count = 2
  input = "c${count.index}"
}
resource "terraform_data" "each" {
  for_each = toset(["a", "b"])
  input    = each.key
}
output "o1" { value = { a = [1, 2, 3], b = toset(["q"]), c = terraform_data.a.output, d = null } }
output "o2" {
  value     = var.sec
  sensitive = true
}
output "o3" { value = "plain" }
"#;

const SECOND: &str = r#"
variable "s" { default = "new" }
variable "sec" {
  default   = "pw2"
  sensitive = true
}
moved {
  from = terraform_data.c[0]
  to   = terraform_data.d
}
resource "terraform_data" "a" {
  input = {
    str         = "b"
    num         = 2.5
    list        = ["a", "b", "x", "d", "e"]
    grow        = ["x", "a", "c", "d", "e"]
    obj         = { name = "x", other = 4, nul = 3 }
    multi       = "line1\nline2b\nline3\n"
    grown       = "one\nand\ntwo\nthree"
    json        = jsonencode({ a = 1, b = [1, 2, { c = 4 }] })
    spaces      = "{ \"a\": 1 }"
    notjson     = "plain"
    set         = toset(["x", "z", "zz"])
    "weird key" = false
    objlist     = [{ id = "0", v = 1 }, { id = "1", v = 1 }, { id = "2", v = 3 }]
    mlist       = ["x\ny\nw", "q\nr"]
    sec         = var.sec
    typed       = "text"
    empty       = { a = 1 }
    none        = [1]
    kept        = { a = 1, b = [1, 2] }
  }
}
resource "terraform_data" "b" {
  input            = terraform_data.a.id
  triggers_replace = [var.s]
}
resource "terraform_data" "d" { input = "c0" }
resource "terraform_data" "each" {
  for_each = toset(["a"])
  input    = sensitive(each.key)
}
output "o1" { value = { a = [1, 2, 4], b = toset(["q", "r"]), c = terraform_data.a.output, d = 3 } }
output "o3" { value = terraform_data.b.output }
output "o4" { value = [1, "x"] }
output "weird-name" { value = "a\nb" }
"#;

#[test]
fn values_of_all_shapes_come_change_and_go() {
    let Some(workspace) = Workspace::new() else { return };
    workspace.configure(FIRST);
    compare(&workspace, &[]);
    workspace.apply();
    compare(&workspace, &[]);
    compare_state(&workspace);
    compare(&workspace, &["-destroy"]);
    compare(&workspace, &["-replace=terraform_data.a"]);
    workspace.configure(SECOND);
    compare(&workspace, &[]);
    compare(
        &workspace,
        &["-target=terraform_data.b", "-target=terraform_data.c", "-target=terraform_data.d"],
    );
    workspace.apply();
    compare_state(&workspace);
    workspace.configure("");
    compare(&workspace, &[]);
}

#[test]
fn nothing_to_do_is_said_for_each_mode() {
    let Some(workspace) = Workspace::new() else { return };
    workspace.configure("");
    compare(&workspace, &[]);
    compare(&workspace, &["-destroy"]);
    compare(&workspace, &["-refresh-only"]);
    workspace.configure("output \"a\" { value = 1 }");
    compare(&workspace, &[]);
}

#[test]
fn imports_and_removals() {
    let Some(workspace) = Workspace::new() else { return };
    workspace.configure(
        r#"
        resource "terraform_data" "gone" { input = { a = 1 } }
        resource "terraform_data" "moved" { input = 1 }
        "#,
    );
    workspace.apply();
    workspace.configure(
        r#"
        removed {
          from = terraform_data.gone
          lifecycle { destroy = false }
        }
        moved {
          from = terraform_data.moved
          to   = terraform_data.there
        }
        resource "terraform_data" "there" { input = 2 }
        resource "terraform_data" "same" {}
        import {
          to = terraform_data.same
          id = "some-id"
        }
        resource "terraform_data" "changed" { input = 3 }
        import {
          to = terraform_data.changed
          id = "some-id"
        }
        resource "terraform_data" "replaced" { triggers_replace = 3 }
        import {
          to = terraform_data.replaced
          id = "other-id"
        }
        "#,
    );
    compare(&workspace, &[]);
}

#[test]
fn tainted_and_triggered_replacements() {
    let Some(workspace) = Workspace::new() else { return };
    let config = |trigger: &str| {
        format!(
            r#"
            resource "terraform_data" "t" {{ input = "x" }}
            resource "terraform_data" "source" {{ input = "{trigger}" }}
            resource "terraform_data" "first" {{
              input = 1
              lifecycle {{
                replace_triggered_by  = [terraform_data.source]
                create_before_destroy = true
              }}
            }}
            "#
        )
    };
    workspace.configure(&config("a"));
    workspace.apply();
    workspace.also(&["taint", "terraform_data.t"]);
    compare_state(&workspace);
    workspace.configure(&config("b"));
    compare(&workspace, &[]);
}

#[test]
fn modules_checks_and_data() {
    let Some(workspace) = Workspace::new() else { return };
    workspace.write(
        "child/main.tf",
        r#"
        variable "v" {}
        variable "w" {
          type    = object({ a = optional(number, 3), b = optional(string) })
          default = {}
        }
        resource "terraform_data" "t" {
          input = { v = var.v, w = var.w }
          lifecycle {
            precondition {
              condition     = var.v != ""
              error_message = "v"
            }
          }
        }
        module "deep" {
          source = "../deep"
          x      = terraform_data.t.output.v[*]
        }
        output "out" {
          value       = terraform_data.t.output
          description = "What <it> is & more"
        }
        "#,
    );
    workspace.write(
        "deep/main.tf",
        r#"
        variable "x" {
          description = "x"
          sensitive   = true
        }
        resource "terraform_data" "z" { input = var.x }
        data "terraform_remote_state" "r" {
          backend = "local"
          config  = { path = terraform_data.z.id == "" ? "a" : "other.tfstate" }
        }
        "#,
    );
    workspace.write(
        "other.tfstate",
        r#"{"version":4,"terraform_version":"1.11.4","serial":1,"lineage":"x","outputs":{"o":{"value":["a"],"type":["set","string"]}},"resources":[]}"#,
    );
    let config = |count: u32, each: &str| {
        format!(
            r#"
            variable "names" {{ default = {each} }}
            locals {{ n = {count} }}
            module "m" {{
              source   = "./child"
              for_each = var.names
              v        = each.value
              w        = {{ b = "x" }}
            }}
            resource "terraform_data" "c" {{
              count      = local.n
              input      = "i-${{count.index}}"
              depends_on = [module.m]
              provisioner "local-exec" {{
                command     = "true ${{self.id}}"
                environment = {{ A = "b" }}
              }}
            }}
            check "health" {{
              assert {{
                condition     = length(terraform_data.c) == 12
                error_message = "too few"
              }}
            }}
            output "all" {{ value = module.m["k"].out }}
            output "one" {{
              value      = "${{terraform_data.c[0].output}}/${{path.module}}"
              depends_on = [module.m]
            }}
            "#
        )
    };
    workspace.configure(&config(12, "{ k = \"1\", l = \"2\" }"));
    compare(&workspace, &[]);
    workspace.try_apply();
    workspace.configure(&config(2, "{ k = \"1\" }"));
    compare(&workspace, &["-refresh=false"]);
}

#[test]
fn deposed_objects() {
    let Some(workspace) = Workspace::new() else { return };
    workspace.write(
        "terraform.tfstate",
        r#"{"version":4,"terraform_version":"1.11.4","serial":1,"lineage":"x","outputs":{},"resources":[
            {"mode":"managed","type":"terraform_data","name":"a",
             "provider":"provider[\"terraform.io/builtin/terraform\"]","instances":[
              {"index_key":"k","schema_version":0,"attributes":{"id":"1"},
               "dependencies":["terraform_data.b"]},
              {"index_key":"k","deposed":"0badcafe","schema_version":0,"attributes":{"id":"0",
               "input":{"value":"x","type":"string"}},"status":"tainted",
               "sensitive_attributes":[[{"type":"get_attr","value":"input"}]]}]}]}"#,
    );
    workspace.configure("resource \"terraform_data\" \"a\" { for_each = { k = 1 } }");
    compare(&workspace, &[]);
    compare_state(&workspace);
    workspace.configure("");
    compare(&workspace, &[]);
}
