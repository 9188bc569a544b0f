//! Diagnostics beside those of Terraform.

use std::sync::Arc;

use groma_diag::{
    Diagnostic, Diagnostics, ExpressionValue, FunctionCall, Pos, Severity, SourceMap, SourceRange,
};
use groma_view::diagnostic::write_validation;
use groma_view::{DEFAULT_WIDTH, DiagnosticOptions, DiagnosticView, Style};
use serde_json::Value as Json;

use crate::terraform::Workspace;
use crate::{assert_same_json, assert_same_text};

const BROKEN: &str = r#"terraform {
  required_version = ">= 1.0"
}
variable "s" { default = "old" }
variable "n" {
  type    = number
  default = "x"
}
resource "terraform_data" "a" {
  input = max(1, "x", var.s)
  for_each = var.nope
  nope  = 1
}
output "x" {
  value = [
    for s in ["é", "b"] :

    s + 1
  ]
}
resource "terraform_data" "b" {
  count    = 1
  for_each = {}
  lifecycle {
    ignore_changes = ["input", "output"]
  }
}
resource "terraform_data" "c" {
  lifecycle {
    ignore_changes = ["input"]
  }
  provisioner "local-exec" {
  }
}
resource "terraform_data" "a" {
}
locals {
  a = local.b
  b = local.a
  c = "${local.d}"
  e = upper("a", "b")
  f = nosuch(1)
  g = replace("a")
  h = tolist({a = 1})
}
resource "nope" "x" {}
module "m" {
  source = "./missing"
}
"#;

const EXPRESSIONS: &str = r#"locals {
  a = local.nothing_like_it
  e = upper("a", "b")
  f = nosuch(1)
  g = replace("a")
  h = tomap([
    1,
    "ä" + 2,
  ])
  i = join(", ", 1)
}
resource "terraform_data" "a" {
  count = "many"
  input = max(1, "x")
}
resource "terraform_data" "b" {
  input = terraform_data.a.nope
  triggers_replace = [
    for x in terraform_data.c : x
  ]
}
output "x" {
  value = [for s in ["é", "b"] :

  s + 1]
}
"#;

const JSON: &str = r#"{
  "resource": {
    "terraform_data": {
      "a": {"input": "${max(1, \"x\")}", "nope": [{"x": "${local.nope}"}]}
    }
  },
  "output": {"o": {"value": "${1 + }"}}
}
"#;

const WARNED: &str = r#"
resource "terraform_data" "b" {
  lifecycle {
    ignore_changes = ["input", "output"]
  }
}
resource "terraform_data" "c" {
  lifecycle { ignore_changes = ["input"] }
}
"#;

const FAILING: &str = r#"
variable "n" {
  default = 3
  validation {
    condition     = var.n > length([for x in range(3) : x]) + 1
    error_message = "The number has to be greater than what it is, for reasons that take more than one line to tell."
  }
}
locals {
  o    = { a = 1, b = sensitive("x") }
  list = ["a", "b"]
}
resource "terraform_data" "pre" {
  input = local.list[2]
  lifecycle {
    precondition {
      condition = (
        var.n == 4 &&
        local.o.a == 2
      )
      error_message = "No."
    }
  }
}
resource "terraform_data" "each" {
  for_each = local.o
  input    = each.value + local.list
}
output "o" { value = local.o.b }
"#;

/// A diagnostic from its JSON form. The context is told by the lines that are shown.
fn read(json: &Json, sources: &SourceMap) -> Diagnostic {
    let text = |json: &Json| json.as_str().unwrap_or_default().to_owned();
    let severity = match json["severity"].as_str() {
        Some("warning") => Severity::Warning,
        _ => Severity::Error,
    };
    let mut diagnostic = Diagnostic::new(severity, text(&json["summary"]), text(&json["detail"]));
    diagnostic.address = json["address"].as_str().map(str::to_owned);
    let Some(range) = json.get("range") else { return diagnostic };
    let filename: Arc<str> = text(&range["filename"]).into();
    let number = |json: &Json| json.as_u64().unwrap() as u32;
    let pos = |json: &Json| Pos {
        line: number(&json["line"]),
        column: number(&json["column"]),
        byte: number(&json["byte"]),
    };
    let subject = SourceRange::new(filename.clone(), pos(&range["start"]), pos(&range["end"]));
    diagnostic.subject = Some(subject);
    let Some(snippet) = json.get("snippet") else { return diagnostic };
    let first = number(&snippet["start_line"]);
    let source = sources.get(&filename).unwrap();
    let byte: usize = source.split('\n').take(first as usize - 1).map(|l| l.len() + 1).sum();
    let code = text(&snippet["code"]);
    if code.contains('\n') {
        let at = |byte: usize, line: u32| Pos { line, column: 1, byte: byte as u32 };
        let start = at(byte, first);
        diagnostic.context = Some(SourceRange::new(filename, start, at(byte + code.len(), first)));
    }
    for value in snippet["values"].as_array().unwrap() {
        diagnostic.values.push(ExpressionValue {
            traversal: text(&value["traversal"]),
            statement: text(&value["statement"]),
        });
    }
    diagnostic.function_call = snippet.get("function_call").map(|call| {
        let mut parameters: Vec<String> = call["signature"]["params"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|p| text(&p["name"]))
            .collect();
        if let Some(rest) = call["signature"].get("variadic_param") {
            parameters.push(format!("{}...", text(&rest["name"])));
        }
        let name = text(&call["called_as"]);
        let signature = format!("{name}({})", parameters.join(", "));
        let params = call["signature"]["params"].as_array().into_iter().flatten();
        let variadic = call["signature"].get("variadic_param");
        let types = params.chain(variadic).map(|param| param["type"].to_string());
        let types = types.chain([call["signature"]["return_type"].to_string()]).collect();
        FunctionCall { signature: call.get("signature").map(|_| signature), name, types }
    });
    diagnostic
}

/// Descriptions in signatures are not at hand; all else of the calls is.
fn without_descriptions(json: &mut Json) {
    match json {
        Json::Object(members) => {
            if members.contains_key("type") && members.contains_key("name") && members.len() <= 3 {
                members.retain(|key, _| key != "description");
            }
            if members.contains_key("params") {
                members.retain(|key, _| key != "description");
            }
            members.values_mut().for_each(without_descriptions);
        }
        Json::Array(items) => items.iter_mut().for_each(without_descriptions),
        _ => {}
    }
}

fn without_escapes(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\u{1b}') {
        out.push_str(&rest[..at]);
        let end = rest[at..].find('m').unwrap();
        rest = &rest[at + end + 1..];
    }
    out + rest
}

fn human(view: &DiagnosticView<'_>, all: &Diagnostics, style: Style, compact: bool) -> String {
    let options = DiagnosticOptions { style, width: DEFAULT_WIDTH, compact_warnings: compact };
    view.human(all, &options).into_iter().map(|d| d.text).collect()
}

#[track_caller]
fn compare(config: &str) {
    compare_file("main.tf", config);
}

#[track_caller]
fn compare_file(name: &str, config: &str) {
    let Some(workspace) = Workspace::new() else { return };
    workspace.write(name, config);
    workspace.write(".terraform/modules/modules.json", r#"{"Modules":[]}"#);
    let mut sources = SourceMap::default();
    sources.insert(name, config);
    let json = workspace.output(&["validate", "-json"]);
    let json: Json = serde_json::from_str(&json.0).unwrap();
    let all: Diagnostics =
        json["diagnostics"].as_array().unwrap().iter().map(|d| read(d, &sources)).collect();
    assert!(!all.is_empty());
    let view = DiagnosticView::new(&sources);
    let mut out = Vec::new();
    write_validation(&mut out, &all, &view).unwrap();
    let mut expected = json.clone();
    without_descriptions(&mut expected);
    assert_same_json(&expected, &serde_json::from_slice(&out).unwrap());

    let (out, err) = workspace.output(&["validate", "-no-color"]);
    let success = if all.has_errors() { "" } else { "Success! The configuration is valid" };
    let out = out.split("Success!").next().unwrap().to_owned();
    assert!(success.is_empty() || err.is_empty());
    assert_same_text(&format!("{out}{err}"), &human(&view, &all, Style::PLAIN, false));
    let (out, err) = workspace.output(&["validate"]);
    let boxes = without_escapes(&format!("{out}{err}"));
    let boxes = boxes.split("Success!").next().unwrap();
    let found = without_escapes(&human(&view, &all, Style::COLOURED, false));
    assert_same_text(boxes, &found);
}

#[test]
fn errors_of_all_kinds() {
    compare(BROKEN);
}

#[test]
fn errors_in_expressions() {
    compare(EXPRESSIONS);
}

#[test]
fn errors_in_json() {
    compare_file("main.tf.json", JSON);
}

#[test]
fn warnings_are_brought_together() {
    compare(WARNED);
}

#[test]
fn a_file_that_cannot_be_parsed() {
    compare("resource \"a\" \"b\" {\n  x = \n}\nvariable \"c\" {\n  default = {\n");
}

/// These turn up while planning only, and tell the values of what they refer to.
#[test]
fn values_are_told() {
    let Some(workspace) = Workspace::new() else { return };
    workspace.write("main.tf", FAILING);
    let (out, _) = workspace.output(&["plan", "-json"]);
    let lines = out.lines().map(|line| serde_json::from_str::<Json>(line).unwrap());
    let lines: Vec<Json> = lines.filter(|line| line["type"] == "diagnostic").collect();
    assert!(!lines.is_empty());
    let mut sources = SourceMap::default();
    sources.insert("main.tf", FAILING);
    let view = DiagnosticView::new(&sources);
    let mut all = Diagnostics::new();
    for line in lines {
        let diagnostic = read(&line["diagnostic"], &sources);
        let at = line["@timestamp"].as_str().unwrap();
        let text = groma_view::json_ui::diagnostic(&diagnostic, &view, at);
        assert_same_json(&line, &serde_json::from_str(&text).unwrap());
        all.push(diagnostic);
    }
    let (_, err) = workspace.output(&["plan", "-no-color"]);
    assert_same_text(&err, &human(&view, &all, Style::PLAIN, false));
}

#[test]
fn compact_warnings() {
    let Some(workspace) = Workspace::new() else { return };
    workspace.configure(WARNED);
    let json = workspace.output(&["validate", "-json"]).0;
    let json: Json = serde_json::from_str(&json).unwrap();
    let mut sources = SourceMap::default();
    sources.insert("main.tf", WARNED);
    let all: Diagnostics =
        json["diagnostics"].as_array().unwrap().iter().map(|d| read(d, &sources)).collect();
    let view = DiagnosticView::new(&sources);
    let (out, _) = workspace.output(&["plan", "-no-color", "-compact-warnings"]);
    let found = human(&view, &all, Style::PLAIN, true);
    let warnings = out.find("\nWarnings:").map(|at| &out[at..]).unwrap();
    let end = warnings.find("-compact-warnings.").unwrap() + "-compact-warnings.".len();
    assert_same_text(&warnings[..end], &found);
}
