//! `groma console` with piped input, and `groma metadata`.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use insta::assert_snapshot;

use crate::environment::{Output, TestEnvironment};

const CONFIG: &str = r#"
variable "name" {
  type = string
}

locals {
  greeting = "hello ${var.name}"
}

resource "terraform_data" "a" {
  input = "x"
}

module "site" {
  source   = "./site"
  for_each = toset(["a", "b"])
  key      = each.key
}
"#;

const SITE: &str = r#"
variable "key" {}

output "upper" {
  value = upper(var.key)
}
"#;

fn environment() -> TestEnvironment {
    let env = TestEnvironment::with_config(CONFIG);
    env.write("site/main.tf", SITE);
    let init = env.run(&["init"]);
    assert_eq!(init.code, Some(0), "{init}");
    env
}

fn console(env: &TestEnvironment, args: &[&str], input: &str) -> Output {
    let mut all = vec!["console"];
    all.extend(args);
    env.run_with_input(&all, input)
}

#[test]
fn the_value_of_the_last_line_is_shown() {
    let env = environment();
    let shown = |args: &[&str], input: &str| console(&env, args, input).stdout;
    assert_eq!(shown(&[], "1\n2\n 1 + 2 \n"), "3\n");
    assert_eq!(shown(&[], "local.greeting\n"), "(known after apply)\n");
    assert_eq!(shown(&["-var=name=you"], "local.greeting"), "\"hello you\"\n");
    assert_eq!(shown(&[], "terraform_data.a\n"), "(known after apply)\n");
    assert_eq!(shown(&["-plan"], "terraform_data.a.input\n"), "\"x\"\n");
    assert_eq!(shown(&[], "module.site[\"b\"].upper\n"), "\"B\"\n");
    assert_eq!(shown(&["-scope=module.site[\"a\"]"], "var.key\n"), "\"a\"\n");
    assert_eq!(shown(&[], "1\nexit\n2\n"), "");
    assert_eq!(shown(&[], "type(local.greeting)\n"), "string\n");
    let applied = env.run(&["apply", "-auto-approve", "-var=name=you"]);
    assert_eq!(applied.code, Some(0), "{applied}");
    assert_eq!(shown(&[], "terraform_data.a.output\n"), "\"x\"\n");
}

#[test]
fn the_first_error_ends_it() {
    let env = environment();
    assert_snapshot!(console(&env, &[], "1\nlocal.greting\n2\n"), @r#"
    exit code: 1
    ----- stderr -----

    Error: Reference to undeclared local value

      on <console-input> line 1:
       1: local.greting

    A local value with the name "greting" has not been declared. Did you mean
    "greeting"?
    "#);
    let wrong = console(&env, &["-scope=module.site[\"c\"]"], "1\n");
    assert_eq!(wrong.code, Some(1));
    assert!(wrong.stderr.contains("Unknown module instance"), "{wrong}");
}

#[test]
fn signatures_are_printed_for_programs() {
    let env = TestEnvironment::new();
    let output = env.run(&["metadata", "functions", "-json"]);
    let json: serde_json::Value = serde_json::from_str(&output.stdout).expect("it is JSON");
    assert_eq!(json["format_version"], "1.0");
    let abs = &json["function_signatures"]["abs"];
    assert_eq!(abs["return_type"], "number");
    assert_eq!(abs["parameters"], serde_json::json!([{"name": "num", "type": "number"}]));
    assert_eq!(json["function_signatures"]["core::abs"], *abs);
    assert_eq!(env.run(&["metadata", "functions"]).code, Some(1));
}

/// Every so many expressions of the corpus are run: each takes a process. The engine's own tests
/// run them all.
const STRIDE: usize = 20;

#[test]
fn results_are_those_of_the_corpus() {
    let Ok(path) = std::env::var("GROMA_TEST_CORPUS") else {
        println!("passed over: GROMA_TEST_CORPUS is not set");
        return;
    };
    let corpus = std::fs::read_to_string(path).expect("the corpus can be read");
    let cases: Vec<serde_json::Value> = corpus
        .lines()
        .step_by(STRIDE)
        .map(|line| serde_json::from_str(line).expect("a case is JSON"))
        .filter(|case: &serde_json::Value| {
            !matches!(case["group"].as_str(), Some("base64gzip" | "uuidv5"))
        })
        .collect();
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    let work = || {
        let env = TestEnvironment::with_config("");
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Some(what) = differs(&env, case) {
                wrong.lock().unwrap_or_else(PoisonError::into_inner).push(what);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(work);
        }
    });
    let wrong = wrong.into_inner().unwrap_or_else(PoisonError::into_inner);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn differs(env: &TestEnvironment, case: &serde_json::Value) -> Option<String> {
    let text = |name: &str| case[name].as_str().unwrap_or_default();
    let output = console(env, &[], &format!("{}\n", text("expr")));
    let as_expected = if case["ok"] == true {
        let stdout = output.stdout.strip_suffix('\n').unwrap_or(&output.stdout);
        output.code == Some(0) && stdout == text("stdout")
    } else {
        let first = output.stderr.lines().find_map(|line| line.strip_prefix("Error: "));
        output.code != Some(0) && first == Some(text("error_summary"))
    };
    (!as_expected).then(|| format!("{}\nwanted {case}\ngot {output}", text("expr")))
}
