//! What is said when modules cannot be installed, and what is left behind.

use insta::assert_snapshot;

use super::{Twins, repository};
use crate::environment::TestEnvironment;

#[test]
fn addresses_that_say_nothing_are_refused() {
    let twins = |source: &str| {
        Twins::new(|env| {
            env.write("main.tf", &format!("module \"a\" {{\n  source = \"{source}\"\n}}\n"));
            env
        })
    };
    for source in ["modules/a", "gitlab.com/a/b", "git::file:///r//../x"] {
        twins(source).fail(&["get"], "Invalid module source address");
    }
}

#[test]
fn a_missing_repository_is_reported_at_the_call() {
    let env = TestEnvironment::with_config(
        "module \"a\" {\n  source = \"git::file:///nowhere/at/all?ref=v1\"\n}\n",
    );
    assert_snapshot!(env.run(&["get"]), @r#"
    exit code: 1
    ----- stdout -----
    Downloading git::file:///nowhere/at/all?ref=v1 for a...
    ----- stderr -----

    Error: Failed to download module

      on main.tf line 1:
       1: module "a" {

    Could not download module "a" (main.tf:1) source code from
    "git::file:///nowhere/at/all?ref=v1": error downloading
    'file:///nowhere/at/all?ref=v1': git exited with 128: fatal:
    '/nowhere/at/all' does not appear to be a git repository
    fatal: Could not read from remote repository.

    Please make sure you have the correct access rights
    and the repository exists.
    "#);
}

#[test]
fn local_paths_stay_within_their_package() {
    let dir = tempfile::tempdir().unwrap();
    let call = "module \"up\" {\n  source = \"../../outside\"\n}\n";
    repository(dir.path(), &[("main.tf", call)]);
    let twins = Twins::new(|env| {
        let source = format!("git::file://{}", dir.path().display());
        env.write("main.tf", &format!("module \"a\" {{\n  source = \"{source}\"\n}}\n"));
        env
    });
    twins.fail(&["get"], "Local module path escapes module package");
}

#[test]
fn what_was_installed_before_a_failure_stays() {
    let dir = tempfile::tempdir().unwrap();
    repository(dir.path(), &[("main.tf", "")]);
    let source = format!("git::file://{}", dir.path().display());
    let good = format!("module \"good\" {{\n  source = \"{source}\"\n}}\n");
    let env = TestEnvironment::with_config(&format!(
        "{good}module \"bad\" {{\n  source = \"{source}?ref=none\"\n}}\n"
    ));
    let output = env.run(&["get"]);
    assert_eq!(output.code, Some(1));
    assert!(output.stdout.contains("- good in .terraform/modules/good"), "{output}");
    env.write("main.tf", &good);
    assert!(!env.ok(&["get"]).stdout.contains("Downloading"));
}

#[test]
fn a_broken_list_of_modules_is_written_anew_by_init() {
    let env = TestEnvironment::with_config("module \"a\" {\n  source = \"./a\"\n}\n");
    env.write("a/main.tf", "");
    env.write(".terraform/modules/modules.json", "{");
    assert_eq!(env.run(&["validate"]).code, Some(1));
    let _ = env.ok(&["init"]);
    let _ = env.ok(&["validate"]);
}

#[test]
fn a_source_may_depend_on_a_constant_variable() {
    let dir = tempfile::tempdir().unwrap();
    repository(dir.path(), &[("main.tf", "output \"o\" {\n  value = 1\n}\n")]);
    let env = TestEnvironment::with_config(
        "variable \"where\" {\n  type  = string\n  const = true\n}\nmodule \"a\" {\n  source = \"git::file://${var.where}\"\n}\n",
    );
    let value = format!("-var=where={}", dir.path().display());
    let _ = env.ok(&["init", &value]);
    assert!(env.exists(".terraform/modules/a/main.tf"));
    let _ = env.ok(&["validate", &value]);
}
