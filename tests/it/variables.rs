//! Where variables' values come from.

use insta::assert_snapshot;

use crate::environment::TestEnvironment;

const CONFIG: &str = r#"
variable "v" {
  type    = string
  default = "default"
}

output "v" {
  value = var.v
}
"#;

fn value(env: &TestEnvironment, options: &[&str]) -> String {
    let mut args = vec!["apply", "-auto-approve"];
    args.extend(options);
    let _ = env.ok(&args);
    env.state()["outputs"]["v"]["value"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn later_sources_win() {
    let env = TestEnvironment::with_config(CONFIG).set("TF_VAR_v", "environment");
    assert_eq!(value(&env, &[]), "environment");
    env.write("terraform.tfvars", "v = \"tfvars\"\n");
    assert_eq!(value(&env, &[]), "tfvars");
    env.write("terraform.tfvars.json", "{\"v\": \"tfvars.json\"}");
    assert_eq!(value(&env, &[]), "tfvars.json");
    env.write("b.auto.tfvars", "v = \"b\"\n");
    env.write("a.auto.tfvars.json", "{\"v\": \"a\"}");
    assert_eq!(value(&env, &[]), "b");
    env.write("file.tfvars", "v = \"file\"\n");
    assert_eq!(value(&env, &["-var-file=file.tfvars"]), "file");
    assert_eq!(value(&env, &["-var", "v=option", "-var-file", "file.tfvars"]), "file");
    assert_eq!(value(&env, &["-var-file", "file.tfvars", "-var", "v=option"]), "option");
}

#[test]
fn our_own_variables_of_the_environment_win() {
    let env = TestEnvironment::with_config(CONFIG).set("TF_VAR_v", "t").set("GROMA_VAR_v", "g");
    assert_eq!(value(&env, &[]), "g");
}

#[test]
fn values_for_what_is_not_declared() {
    let env = TestEnvironment::with_config(CONFIG).set("TF_VAR_other", "x");
    env.write("terraform.tfvars", "a = 1\nb = 2\nc = 3\n");
    assert_snapshot!(env.run(&["plan"]), @r#"
    exit code: 0
    ----- stdout -----

    Warning: Value for undeclared variable

    The root module does not declare a variable named "a" but a value was found
    in file "terraform.tfvars". If you meant to use this value, add a "variable"
    block to the configuration.

    To silence these warnings, use TF_VAR_... environment variables to provide
    certain "global" settings to all configurations in your organization. To
    reduce the verbosity of these warnings, use the -compact-warnings option.

    Warning: Value for undeclared variable

    The root module does not declare a variable named "b" but a value was found
    in file "terraform.tfvars". If you meant to use this value, add a "variable"
    block to the configuration.

    To silence these warnings, use TF_VAR_... environment variables to provide
    certain "global" settings to all configurations in your organization. To
    reduce the verbosity of these warnings, use the -compact-warnings option.

    Warning: Values for undeclared variables

    In addition to the other similar warnings shown, 1 other variable(s) defined
    without being declared.

    Changes to Outputs:
      + v = "default"

    You can apply this plan to save these new output values to the Groma state,
    without changing any real infrastructure.

    ─────────────────────────────────────────────────────────────────────────────

    Note: You didn't use the -out option to save this plan, so Groma can't
    guarantee to take exactly these actions if you run "groma apply" now.
    "#);
    assert_snapshot!(env.run(&["plan", "-compact-warnings"]), @r#"
    exit code: 0
    ----- stdout -----

    Warnings:

    - Value for undeclared variable
    - Value for undeclared variable
    - Values for undeclared variables

    To see the full warning notes, run Groma without -compact-warnings.

    Changes to Outputs:
      + v = "default"

    You can apply this plan to save these new output values to the Groma state,
    without changing any real infrastructure.

    ─────────────────────────────────────────────────────────────────────────────

    Note: You didn't use the -out option to save this plan, so Groma can't
    guarantee to take exactly these actions if you run "groma apply" now.
    "#);
    assert_snapshot!(env.run(&["plan", "-var=other=1"]), @r#"
    exit code: 1
    ----- stdout -----

    Warning: Value for undeclared variable

    The root module does not declare a variable named "a" but a value was found
    in file "terraform.tfvars". If you meant to use this value, add a "variable"
    block to the configuration.

    To silence these warnings, use TF_VAR_... environment variables to provide
    certain "global" settings to all configurations in your organization. To
    reduce the verbosity of these warnings, use the -compact-warnings option.

    Warning: Value for undeclared variable

    The root module does not declare a variable named "b" but a value was found
    in file "terraform.tfvars". If you meant to use this value, add a "variable"
    block to the configuration.

    To silence these warnings, use TF_VAR_... environment variables to provide
    certain "global" settings to all configurations in your organization. To
    reduce the verbosity of these warnings, use the -compact-warnings option.

    Warning: Values for undeclared variables

    In addition to the other similar warnings shown, 1 other variable(s) defined
    without being declared.
    ----- stderr -----

    Error: Value for undeclared variable

    A variable named "other" was assigned on the command line, but the root
    module does not declare a variable of that name. To use this value, add a
    "variable" block to the configuration.
    "#);
    assert_snapshot!(env.run(&["plan", "-var=v"]), @r#"
    exit code: 1
    ----- stdout -----

    Warning: Value for undeclared variable

    The root module does not declare a variable named "a" but a value was found
    in file "terraform.tfvars". If you meant to use this value, add a "variable"
    block to the configuration.

    To silence these warnings, use TF_VAR_... environment variables to provide
    certain "global" settings to all configurations in your organization. To
    reduce the verbosity of these warnings, use the -compact-warnings option.

    Warning: Value for undeclared variable

    The root module does not declare a variable named "b" but a value was found
    in file "terraform.tfvars". If you meant to use this value, add a "variable"
    block to the configuration.

    To silence these warnings, use TF_VAR_... environment variables to provide
    certain "global" settings to all configurations in your organization. To
    reduce the verbosity of these warnings, use the -compact-warnings option.

    Warning: Values for undeclared variables

    In addition to the other similar warnings shown, 1 other variable(s) defined
    without being declared.
    ----- stderr -----

    Error: Invalid -var option

    The given -var option "v" is not correctly specified. Must be a variable name
    and value separated by an equals sign, like -var="key=value".
    "#);
    assert_snapshot!(env.run(&["plan", "-var-file=missing.tfvars"]), @r"
    exit code: 1
    ----- stderr -----

    Error: Failed to read variables file

    Given variables file missing.tfvars does not exist.
    ");
}

#[test]
fn missing_values_are_asked_for() {
    let env = TestEnvironment::with_config(
        "variable \"v\" {\n  description = \"What it is.\"\n}\n\noutput \"v\" {\n  value = var.v\n}\n",
    );
    assert_snapshot!(env.run_with_input(&["plan"], "typed\n"), @r#"
    exit code: 0
    ----- stdout -----
    var.v
      What it is.

      Enter a value: 

    Changes to Outputs:
      + v = "typed"

    You can apply this plan to save these new output values to the Groma state,
    without changing any real infrastructure.

    ─────────────────────────────────────────────────────────────────────────────

    Note: You didn't use the -out option to save this plan, so Groma can't
    guarantee to take exactly these actions if you run "groma apply" now.
    "#);
    assert_snapshot!(env.run(&["plan", "-input=false"]), @r#"
    exit code: 1
    ----- stderr -----

    Error: No value for required variable

      on main.tf line 1:
       1: variable "v" {

    The root module input variable "v" is not set, and has no default value. Use
    a -var or -var-file command line argument to provide a value for this
    variable.
    "#);
    let env = env.set("TF_INPUT", "0");
    assert_eq!(env.run_with_input(&["plan"], "typed\n").code, Some(1));
}

#[test]
fn complex_values_are_expressions() {
    let env = TestEnvironment::with_config(
        r#"
variable "list" {
  type = list(number)
}

output "sum" {
  value = sum(var.list)
}
"#,
    );
    let _ = env.ok(&["apply", "-auto-approve", "-var=list=[1, 2, 3]"]);
    assert_eq!(env.state()["outputs"]["sum"]["value"], 6);
    assert_snapshot!(env.run(&["plan", "-var=list=[1, 2"]), @r"
    exit code: 1
    ----- stderr -----

    Error: Unterminated tuple constructor expression

      on <value for var.list> line 1:
       1: [1, 2

    There is no corresponding closing bracket before the end of the file. This
    may be caused by incorrect bracket nesting elsewhere in this file.
    ");
    assert_snapshot!(env.run(&["plan", "-var=list={}"]), @r#"
    exit code: 1
    ----- stdout -----

    Planning failed. Groma encountered an error while generating this plan.

    ----- stderr -----

    Error: Invalid value for input variable

      on main.tf line 2:
       2: variable "list" {

    Unsuitable value for var.list set using -var="list=...": list of number
    required.
    "#);
}

#[test]
fn a_failed_validation() {
    let env = TestEnvironment::with_config(
        r#"
variable "v" {
  type = number
  validation {
    condition     = var.v > 1
    error_message = "It must be greater than one."
  }
}
"#,
    );
    assert_snapshot!(env.run(&["plan", "-var=v=1"]), @r#"
    exit code: 1
    ----- stdout -----

    Planning failed. Groma encountered an error while generating this plan.

    ----- stderr -----

    Error: Invalid value for variable

      on main.tf line 2:
       2: variable "v" {
        ├────────────────
        │ var.v is 1

    It must be greater than one.

    This was checked by the validation rule at main.tf:4,3-13.
    "#);
}

#[test]
fn sensitive_values_stay_hidden() {
    let env = TestEnvironment::with_config(
        r#"
variable "v" {
  type      = string
  sensitive = true
}

resource "terraform_data" "a" {
  input = var.v
}

output "v" {
  value     = terraform_data.a.output
  sensitive = true
}
"#,
    );
    let applied = env.ok(&["apply", "-auto-approve", "-var=v=hush"]);
    assert!(!applied.stdout.contains("hush"), "{applied}");
    assert_snapshot!(applied, @r#"
    exit code: 0
    ----- stdout -----

    Groma used the selected providers to generate the following execution plan.
    Resource actions are indicated with the following symbols:
      + create

    Groma will perform the following actions:

      # terraform_data.a will be created
      + resource "terraform_data" "a" {
          + id     = (known after apply)
          + input  = (sensitive value)
          + output = (known after apply)
        }

    Plan: 1 to add, 0 to change, 0 to destroy.

    Changes to Outputs:
      + v = (sensitive value)
    terraform_data.a: Creating...
    terraform_data.a: Creation complete after 0s [id=[ID]]

    Apply complete! Resources: 1 added, 0 changed, 0 destroyed.

    Outputs:

    v = <sensitive>
    "#);
    assert_eq!(env.ok(&["output", "-raw", "v"]).stdout, "hush");
}
