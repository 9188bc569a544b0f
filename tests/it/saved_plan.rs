//! Saved plans.

use std::os::unix::fs::PermissionsExt as _;

use insta::assert_snapshot;

use crate::environment::TestEnvironment;

const CONFIG: &str = r#"
variable "name" {
  type    = string
  default = "one"
}

resource "terraform_data" "a" {
  input = var.name
}

output "name" {
  value = terraform_data.a.output
}
"#;

#[test]
fn a_saved_plan_is_applied_as_it_is() {
    let env = TestEnvironment::with_config(CONFIG);
    assert_snapshot!(env.run(&["plan", "-out=plan.bin", "-var=name=saved"]), @r#"
    exit code: 0
    ----- stdout -----

    Groma used the selected providers to generate the following execution plan.
    Resource actions are indicated with the following symbols:
      + create

    Groma will perform the following actions:

      # terraform_data.a will be created
      + resource "terraform_data" "a" {
          + id     = (known after apply)
          + input  = "saved"
          + output = (known after apply)
        }

    Plan: 1 to add, 0 to change, 0 to destroy.

    Changes to Outputs:
      + name = (known after apply)

    ─────────────────────────────────────────────────────────────────────────────

    Saved the plan to: plan.bin

    To perform exactly these actions, run the following command to apply:
        groma apply "plan.bin"
    "#);
    let mode = std::fs::metadata(env.path("plan.bin")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // What happens to the configuration afterwards does not matter any more.
    env.write("main.tf", "resource \"terraform_data\" \"other\" {}\n");
    assert_snapshot!(env.run(&["apply", "plan.bin"]), @r#"
    exit code: 0
    ----- stdout -----
    terraform_data.a: Creating...
    terraform_data.a: Creation complete after 0s [id=[ID]]

    Apply complete! Resources: 1 added, 0 changed, 0 destroyed.

    Outputs:

    name = "saved"
    "#);
}

#[test]
fn a_plan_is_refused_once_the_state_has_changed() {
    let env = TestEnvironment::with_config(CONFIG);
    let _ = env.ok(&["plan", "-out=plan.bin"]);
    let _ = env.ok(&["apply", "-auto-approve"]);
    let before = env.read("terraform.tfstate");
    assert_snapshot!(env.run(&["apply", "plan.bin"]), @r"
    exit code: 1
    ----- stderr -----

    Error: Saved plan is stale

    The given plan file can no longer be applied because the state was changed by
    another operation after the plan was created.
    ");
    assert_eq!(env.read("terraform.tfstate"), before);
}

#[test]
fn a_saved_plan_takes_no_more_options() {
    let env = TestEnvironment::with_config(CONFIG);
    let _ = env.ok(&["plan", "-out=plan.bin"]);
    assert_snapshot!(env.run(&["apply", "-var=name=other", "plan.bin"]), @r#"
    exit code: 1
    ----- stderr -----

    Error: Can't change variable when applying a saved plan

    The saved plan has another value for variable "name", and variables cannot be
    changed when it is applied. Leave out the option, or create a new plan.
    "#);
    assert_snapshot!(env.run(&["apply", "-destroy", "plan.bin"]), @r"
    exit code: 1
    ----- stderr -----

    Error: Can't change a saved plan

    Options that shape a plan cannot be used with a saved plan, which is applied
    as it is. Leave them out, or create a new plan.
    ");
    assert!(!env.exists("terraform.tfstate"));
}

#[test]
fn other_files_are_no_plans() {
    let env = TestEnvironment::with_config(CONFIG);
    assert_snapshot!(env.run(&["apply", "main.tf"]), @r#"
    exit code: 1
    ----- stderr -----

    Error: Failed to load "main.tf" as a plan file

    The file cannot be used: it is not a saved plan.
    "#);
    assert_snapshot!(env.run(&["apply", "missing"]), @r#"
    exit code: 1
    ----- stderr -----

    Error: Failed to load "missing" as a plan file

    The file cannot be used: No such file or directory (os error 2).
    "#);
    let _ = env.ok(&["plan", "-out=plan.bin"]);
    let mut bytes = std::fs::read(env.path("plan.bin")).unwrap();
    let middle = bytes.len() / 3;
    bytes[middle] ^= 0xff;
    std::fs::write(env.path("plan.bin"), bytes).unwrap();
    let output = env.run(&["apply", "plan.bin"]);
    assert_eq!(output.code, Some(1));
    assert!(output.stderr.contains("Failed to load \"plan.bin\" as a plan file"), "{output}");
}

#[test]
fn a_saved_plan_is_shown() {
    let env = TestEnvironment::with_config(CONFIG);
    let planned = env.ok(&["plan", "-out=plan.bin"]);
    let shown = env.ok(&["show", "plan.bin"]);
    assert!(planned.stdout.starts_with(&shown.stdout), "{shown}");
    let json = env.ok(&["show", "-json", "plan.bin"]);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["resource_changes"][0]["change"]["after"]["input"], "one");
    assert_eq!(json["variables"]["name"]["value"], "one");
    assert_eq!(json["planned_values"]["root_module"]["resources"][0]["name"], "a");
}

#[test]
fn ephemeral_variables_are_given_again() {
    let env = TestEnvironment::with_config(
        r#"
variable "secret" {
  type      = string
  ephemeral = true
}

resource "terraform_data" "a" {
  input = 1
}
"#,
    );
    let _ = env.ok(&["plan", "-out=plan.bin", "-var=secret=topsecret"]);
    let bytes = std::fs::read(env.path("plan.bin")).unwrap();
    assert!(!bytes.windows(9).any(|w| w == b"topsecret"));
    let missing = env.run(&["apply", "plan.bin"]);
    assert_snapshot!(missing, @r#"
    exit code: 1
    ----- stderr -----

    Error: No value for required variable

      on main.tf line 2:
       2: variable "secret" {

    The root module input variable "secret" is not set, and has no default value.
    Use a -var or -var-file command line argument to provide a value for this
    variable.
    "#);
    let _ = env.ok(&["apply", "-var=secret=topsecret", "plan.bin"]);
}
