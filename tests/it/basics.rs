//! The life of a configuration: from nothing to objects, changed, replaced and gone again.

use insta::assert_snapshot;

use crate::environment::TestEnvironment;

const ONE: &str = r#"
resource "terraform_data" "a" {
  input = "one"
}

output "greeting" {
  value = "hello ${terraform_data.a.output}"
}
"#;

#[test]
fn init_of_a_configuration_without_plugins() {
    let env = TestEnvironment::with_config(ONE);
    assert_snapshot!(env.run(&["init"]), @r#"
    exit code: 0
    ----- stdout -----
    Initializing the backend...
    Initializing provider plugins...
    - terraform.io/builtin/terraform is built in to Groma

    Groma has been successfully initialized!

    You may now begin working with Groma. Try running "groma plan" to see
    any changes that are required for your infrastructure.

    If you ever set or change modules or the backend, run this command again.
    If you forget, other commands will notice and remind you.
    "#);
    assert!(!env.exists(".terraform.lock.hcl"));
}

#[test]
fn a_plan_says_what_would_be_created_and_does_nothing() {
    let env = TestEnvironment::with_config(ONE);
    assert_snapshot!(env.run(&["plan"]), @r#"
    exit code: 0
    ----- stdout -----

    Groma used the selected providers to generate the following execution plan.
    Resource actions are indicated with the following symbols:
      + create

    Groma will perform the following actions:

      # terraform_data.a will be created
      + resource "terraform_data" "a" {
          + id     = (known after apply)
          + input  = "one"
          + output = (known after apply)
        }

    Plan: 1 to add, 0 to change, 0 to destroy.

    Changes to Outputs:
      + greeting = (known after apply)

    ─────────────────────────────────────────────────────────────────────────────

    Note: You didn't use the -out option to save this plan, so Groma can't
    guarantee to take exactly these actions if you run "groma apply" now.
    "#);
    assert!(!env.exists("terraform.tfstate"));
}

#[test]
fn apply_asks_first() {
    let env = TestEnvironment::with_config(ONE);
    let refused = env.run_with_input(&["apply"], "y\n");
    assert_eq!(refused.code, Some(1));
    assert!(refused.stdout.ends_with("Enter a value: \nApply cancelled.\n"), "{refused}");
    assert!(!env.exists("terraform.tfstate"));
    let agreed = env.run_with_input(&["apply"], "yes\n");
    assert_snapshot!(agreed, @r#"
    exit code: 0
    ----- stdout -----

    Groma used the selected providers to generate the following execution plan.
    Resource actions are indicated with the following symbols:
      + create

    Groma will perform the following actions:

      # terraform_data.a will be created
      + resource "terraform_data" "a" {
          + id     = (known after apply)
          + input  = "one"
          + output = (known after apply)
        }

    Plan: 1 to add, 0 to change, 0 to destroy.

    Changes to Outputs:
      + greeting = (known after apply)

    Do you want to perform these actions?
      Groma will perform the actions described above.
      Only 'yes' will be accepted to approve.

      Enter a value: 
    terraform_data.a: Creating...
    terraform_data.a: Creation complete after 0s [id=[ID]]

    Apply complete! Resources: 1 added, 0 changed, 0 destroyed.

    Outputs:

    greeting = "hello one"
    "#);
    let state = env.state();
    assert_eq!(state["resources"][0]["instances"][0]["attributes"]["input"]["value"], "one");
    assert_eq!(state["outputs"]["greeting"]["value"], "hello one");
}

#[test]
fn approval_is_asked_for_even_if_variables_are_not() {
    let env = TestEnvironment::with_config(ONE);
    let agreed = env.run_with_input(&["apply", "-input=false"], "yes\n");
    assert_eq!(agreed.code, Some(0), "{agreed}");
    let unanswered = env.run(&["destroy", "-input=false"]);
    assert_eq!(unanswered.code, Some(1), "{unanswered}");
    assert!(unanswered.stdout.ends_with("Destroy cancelled.\n"), "{unanswered}");
}

#[test]
fn what_is_as_it_should_be_is_left_alone() {
    let env = TestEnvironment::with_config(ONE);
    let _ = env.ok(&["apply", "-auto-approve"]);
    let before = env.read("terraform.tfstate");
    assert_snapshot!(env.run(&["plan", "-detailed-exitcode"]), @r"
    exit code: 0
    ----- stdout -----
    terraform_data.a: Refreshing state... [id=[ID]]

    No changes. Your infrastructure matches the configuration.

    Groma has compared your real infrastructure against your configuration and
    found no differences, so no changes are needed.
    ");
    assert_snapshot!(env.run(&["apply", "-auto-approve"]), @r#"
    exit code: 0
    ----- stdout -----
    terraform_data.a: Refreshing state... [id=[ID]]

    No changes. Your infrastructure matches the configuration.

    Groma has compared your real infrastructure against your configuration and
    found no differences, so no changes are needed.

    Apply complete! Resources: 0 added, 0 changed, 0 destroyed.

    Outputs:

    greeting = "hello one"
    "#);
    assert_eq!(env.read("terraform.tfstate"), before);
}

#[test]
fn a_change_updates_in_place() {
    let env = TestEnvironment::with_config(ONE);
    let _ = env.ok(&["apply", "-auto-approve"]);
    let id = env.state()["resources"][0]["instances"][0]["attributes"]["id"].clone();
    env.write("main.tf", &ONE.replace("one", "two"));
    assert_snapshot!(env.run(&["plan", "-detailed-exitcode"]), @r#"
    exit code: 2
    ----- stdout -----
    terraform_data.a: Refreshing state... [id=[ID]]

    Groma used the selected providers to generate the following execution plan.
    Resource actions are indicated with the following symbols:
      ~ update in-place

    Groma will perform the following actions:

      # terraform_data.a will be updated in-place
      ~ resource "terraform_data" "a" {
            id     = "[ID]"
          ~ input  = "one" -> "two"
          ~ output = "one" -> (known after apply)
        }

    Plan: 0 to add, 1 to change, 0 to destroy.

    Changes to Outputs:
      ~ greeting = "hello one" -> (known after apply)

    ─────────────────────────────────────────────────────────────────────────────

    Note: You didn't use the -out option to save this plan, so Groma can't
    guarantee to take exactly these actions if you run "groma apply" now.
    "#);
    assert_snapshot!(env.run(&["apply", "-auto-approve"]), @r#"
    exit code: 0
    ----- stdout -----
    terraform_data.a: Refreshing state... [id=[ID]]

    Groma used the selected providers to generate the following execution plan.
    Resource actions are indicated with the following symbols:
      ~ update in-place

    Groma will perform the following actions:

      # terraform_data.a will be updated in-place
      ~ resource "terraform_data" "a" {
            id     = "[ID]"
          ~ input  = "one" -> "two"
          ~ output = "one" -> (known after apply)
        }

    Plan: 0 to add, 1 to change, 0 to destroy.

    Changes to Outputs:
      ~ greeting = "hello one" -> (known after apply)
    terraform_data.a: Modifying... [id=[ID]]
    terraform_data.a: Modifications complete after 0s [id=[ID]]

    Apply complete! Resources: 0 added, 1 changed, 0 destroyed.

    Outputs:

    greeting = "hello two"
    "#);
    assert_eq!(env.state()["resources"][0]["instances"][0]["attributes"]["id"], id);
    assert!(env.read("terraform.tfstate.backup").contains("hello one"));
}

#[test]
fn triggers_replace() {
    let config = "resource \"terraform_data\" \"a\" {\n  triggers_replace = 1\n}\n";
    let env = TestEnvironment::with_config(config);
    let _ = env.ok(&["apply", "-auto-approve"]);
    env.write("main.tf", &config.replace('1', "2"));
    assert_snapshot!(env.run(&["apply", "-auto-approve"]), @r#"
    exit code: 0
    ----- stdout -----
    terraform_data.a: Refreshing state... [id=[ID]]

    Groma used the selected providers to generate the following execution plan.
    Resource actions are indicated with the following symbols:
    -/+ destroy and then create replacement

    Groma will perform the following actions:

      # terraform_data.a must be replaced
    -/+ resource "terraform_data" "a" {
          ~ id               = "[ID]" -> (known after apply)
          ~ triggers_replace = 1 -> 2
        }

    Plan: 1 to add, 0 to change, 1 to destroy.
    terraform_data.a: Destroying... [id=[ID]]
    terraform_data.a: Destruction complete after 0s
    terraform_data.a: Creating...
    terraform_data.a: Creation complete after 0s [id=[ID]]

    Apply complete! Resources: 1 added, 0 changed, 1 destroyed.
    "#);
}

#[test]
fn destroy_forgets_what_was_read() {
    let env = TestEnvironment::with_config(
        r#"
data "terraform_remote_state" "other" {
  backend = "local"
  config = {
    path = "other.tfstate"
  }
}

resource "terraform_data" "a" {}
"#,
    );
    env.write(
        "other.tfstate",
        r#"{"version":4,"terraform_version":"1.11.4","serial":1,"lineage":"x","outputs":{},"resources":[]}"#,
    );
    let _ = env.ok(&["apply", "-auto-approve"]);
    assert_eq!(env.state()["resources"].as_array().map(Vec::len), Some(2));
    let _ = env.ok(&["destroy", "-auto-approve"]);
    assert_eq!(env.state()["resources"].as_array().map(Vec::len), Some(0));
}

#[test]
fn destroy_leaves_nothing() {
    let env = TestEnvironment::with_config(ONE);
    let _ = env.ok(&["apply", "-auto-approve"]);
    assert_snapshot!(env.run_with_input(&["destroy"], "yes\n"), @r#"
    exit code: 0
    ----- stdout -----
    terraform_data.a: Refreshing state... [id=[ID]]

    Groma used the selected providers to generate the following execution plan.
    Resource actions are indicated with the following symbols:
      - destroy

    Groma will perform the following actions:

      # terraform_data.a will be destroyed
      - resource "terraform_data" "a" {
          - id     = "[ID]" -> null
          - input  = "one" -> null
          - output = "one" -> null
        }

    Plan: 0 to add, 0 to change, 1 to destroy.

    Changes to Outputs:
      - greeting = "hello one" -> null

    Do you really want to destroy all resources?
      Groma will destroy all your managed infrastructure, as shown above.
      There is no undo. Only 'yes' will be accepted to confirm.

      Enter a value: 
    terraform_data.a: Destroying... [id=[ID]]
    terraform_data.a: Destruction complete after 0s

    Destroy complete! Resources: 1 destroyed.
    "#);
    assert_eq!(env.state()["resources"], serde_json::json!([]));
    assert_snapshot!(env.run(&["destroy", "-auto-approve"]), @r"
    exit code: 0
    ----- stdout -----

    No changes. No objects need to be destroyed.

    Either you have not created any objects yet or the existing objects were
    already deleted outside of Groma.

    Destroy complete! Resources: 0 destroyed.
    ");
}

#[test]
fn modules_counts_and_keys() {
    let env = TestEnvironment::with_config(
        r#"
module "m" {
  source   = "./m"
  for_each = toset(["x", "y"])
  name     = each.key
}

output "names" {
  value = { for key, m in module.m : key => m.names }
}
"#,
    );
    env.write(
        "m/main.tf",
        r#"
variable "name" {
  type = string
}

resource "terraform_data" "r" {
  count = 2
  input = "${var.name}${count.index}"
}

output "names" {
  value = terraform_data.r[*].output
}
"#,
    );
    let applied = env.ok(&["apply", "-auto-approve"]);
    assert!(applied.stdout.contains("4 added"), "{applied}");
    assert_snapshot!(env.run(&["output"]), @r#"
    exit code: 0
    ----- stdout -----
    names = {
      "x" = [
        "x0",
        "x1",
      ]
      "y" = [
        "y0",
        "y1",
      ]
    }
    "#);
    assert_snapshot!(env.run(&["state", "list"]), @r#"
    exit code: 0
    ----- stdout -----
    module.m["x"].terraform_data.r[0]
    module.m["x"].terraform_data.r[1]
    module.m["y"].terraform_data.r[0]
    module.m["y"].terraform_data.r[1]
    "#);
}

#[test]
fn refresh_only_touches_no_object() {
    let env = TestEnvironment::with_config(ONE);
    let _ = env.ok(&["apply", "-auto-approve"]);
    assert_snapshot!(env.run(&["plan", "-refresh-only"]), @r"
    exit code: 0
    ----- stdout -----
    terraform_data.a: Refreshing state... [id=[ID]]

    No changes. Your infrastructure still matches the configuration.

    Groma has checked that the real remote objects still match the result of your
    most recent changes, and found no differences.
    ");
    assert_snapshot!(env.run(&["refresh"]), @r#"
    exit code: 0
    ----- stdout -----
    terraform_data.a: Refreshing state... [id=[ID]]

    Outputs:

    greeting = "hello one"
    "#);
}

#[test]
fn messages_for_programs_are_lines_of_json() {
    let env = TestEnvironment::with_config(ONE);
    let output = env.ok(&["apply", "-auto-approve", "-json"]);
    let kinds: Vec<String> = output
        .stdout
        .lines()
        .map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
            line["type"].as_str().unwrap_or_default().to_owned()
        })
        .collect();
    assert_eq!(
        kinds,
        [
            "version",
            "planned_change",
            "change_summary",
            "outputs",
            "apply_start",
            "apply_complete",
            "change_summary",
            "outputs"
        ]
    );
}
