//! Plans with the mock provider: nested attributes, drift, data sources, failures.

use crate::terraform::Workspace;
use crate::{compare, compare_state};

const PROVIDER: &str = r#"
terraform {
  required_providers {
    tfcoremock = { source = "hashicorp/tfcoremock" }
  }
}
"#;

const DYNAMIC: &str = r#"{
  "legacy": {
    "attributes": {
      "s": { "type": "string", "optional": true },
      "secret": { "type": "string", "optional": true, "sensitive": true },
      "list": { "type": "list", "optional": true, "list": { "type": "string" } },
      "set": { "type": "set", "optional": true, "set": { "type": "number" } },
      "map": { "type": "map", "optional": true, "map": { "type": "string" } },
      "computed": { "type": "string", "computed": true },
      "force": { "type": "string", "optional": true, "replace": true }
    },
    "blocks": {
      "one": { "mode": "list", "attributes": {
        "t": { "type": "string", "optional": true },
        "secret": { "type": "string", "optional": true, "sensitive": true }
      } },
      "some": { "mode": "set", "attributes": {
        "t": { "type": "string", "optional": true },
        "u": { "type": "list", "optional": true, "list": { "type": "string" } }
      } }
    }
  }
}"#;

const FIRST: &str = r#"
variable "secret" {
  sensitive = true
  default   = "hush"
}
resource "tfcoremock_complex_resource" "c" {
  id     = "c"
  string = ""
  number = 1
  bool   = true
  float  = 1.25
  object = { string = "a", number = 2, list = [{ string = "x" }] }
  list   = [{ string = "a", number = 1 }, { string = "" }, { bool = true }]
  set    = [{ string = "a" }, { string = "b", number = 2 }]
  map    = { k = { string = "" }, l = { string = "l", number = 3 } }
  list_block { string = "lb" }
  list_block {
    string = "lb2"
    number = 2
  }
  set_block { string = "sb" }
  set_block { string = "sb2" }
}
resource "tfcoremock_simple_resource" "s" {
  id     = "s"
  string = "one\ntwo"
  number = 3
}
resource "legacy" "l" {
  provider = tfcoremock
  s        = ""
  secret   = "x"
  list     = ["", "a", "b", "c"]
  set      = [1, 2, 3]
  map      = { k = "", "l m" = "x" }
  force    = "a"
  one {
    t      = ""
    secret = "s"
  }
  some { u = ["a", "b"] }
  some { t = var.secret }
}
"#;

const SECOND: &str = r#"
variable "secret" {
  sensitive = true
  default   = "hush"
}
resource "tfcoremock_complex_resource" "c" {
  id     = "c"
  string = "x"
  number = null
  bool   = false
  float  = 1.5
  object = { string = "b", number = 2, list = [{ string = "y" }, { string = "x" }] }
  list   = [{ string = "b", number = 1 }, { string = "" }]
  set    = [{ string = "a" }, { string = "b", number = 3 }, { string = var.secret }]
  map    = { k = { string = "q" }, m = { string = "l", number = 3 } }
  list_block { string = "lb1" }
  set_block { string = "sb" }
  set_block { string = "sb3" }
}
resource "tfcoremock_simple_resource" "s" {
  id     = "s"
  string = sensitive("one\ntwo")
  number = sensitive(4)
}
resource "legacy" "l" {
  provider = tfcoremock
  s        = tfcoremock_simple_resource.new.id
  secret   = "y"
  list     = ["a", "x", "c"]
  set      = [1, 3, 4]
  map      = { k = "", n = "y" }
  force    = "b"
  one {
    t      = "t"
    secret = "s"
  }
  one {
    t = tfcoremock_simple_resource.new.id
  }
  some { u = ["a", "c"] }
  dynamic "some" {
    for_each = [tfcoremock_simple_resource.new.id]
    content { t = some.value }
  }
}
resource "tfcoremock_simple_resource" "new" { string = "n" }
data "tfcoremock_simple_resource" "d" { id = tfcoremock_simple_resource.new.id }
output "d" { value = data.tfcoremock_simple_resource.d.string }
"#;

#[test]
fn nested_attributes_and_blocks() {
    let Some(workspace) = Workspace::with_mock() else { return };
    workspace.write("dynamic_resources.json", DYNAMIC);
    workspace.configure(&format!("{PROVIDER}{FIRST}"));
    compare(&workspace, &[]);
    workspace.apply();
    compare_state(&workspace);
    compare(&workspace, &["-destroy"]);
    workspace.configure(&format!("{PROVIDER}{SECOND}"));
    compare(&workspace, &[]);
    compare(&workspace, &["-replace=tfcoremock_complex_resource.c"]);
}

#[test]
fn drift_is_told_where_it_matters() {
    let Some(workspace) = Workspace::with_mock() else { return };
    let config = r#"
        resource "tfcoremock_simple_resource" "source" {
          id     = "source"
          string = "old"
          number = 1
        }
        resource "tfcoremock_simple_resource" "user" {
          id     = "user"
          string = tfcoremock_simple_resource.source.string
        }
        resource "tfcoremock_simple_resource" "other" {
          id     = "other"
          string = "old"
        }
        output "number" { value = tfcoremock_simple_resource.source.number }
    "#;
    workspace.configure(&format!("{PROVIDER}{config}"));
    workspace.apply();
    for name in ["source", "other"] {
        let path = format!("terraform.resource/{name}.json");
        let text =
            workspace.read(&path).replace("\"old\"", "\"changed\"").replace("\"1\"", "\"2\"");
        workspace.write(&path, &text);
    }
    compare(&workspace, &[]);
    compare(&workspace, &["-refresh-only"]);
    workspace.configure(&format!("{PROVIDER}{}", config.replace("\"old\"", "\"changed\"")));
    compare(&workspace, &[]);
    workspace.configure(&format!(
        "{PROVIDER}{}",
        config.replace("\"old\"", "\"changed\"").replace("= 1", "= 2")
    ));
    compare(&workspace, &[]);
}
