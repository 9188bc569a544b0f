//! Options that narrow or bend a plan.

use insta::assert_snapshot;

use crate::environment::TestEnvironment;

const CHAIN: &str = r#"
resource "terraform_data" "a" {
  input = "a"
}

resource "terraform_data" "b" {
  input = terraform_data.a.id
}

resource "terraform_data" "c" {
  input = "c"
}
"#;

fn listed(env: &TestEnvironment) -> String {
    env.ok(&["state", "list"]).stdout
}

#[test]
fn deprecations_are_heard_of_as_wished() {
    let env = TestEnvironment::with_config(
        "module \"m\" {\n  source = \"./m\"\n  count  = 2\n}\n\noutput \"o\" {\n  value = module.m[*].old\n}\n",
    );
    env.write("m/main.tf", "output \"old\" {\n  value      = 1\n  deprecated = \"use new\"\n}\n");
    let _ = env.ok(&["init"]);
    let told = |which: &str| {
        let output = env.ok(&["plan", which]);
        output.stdout.contains("Value derived from a deprecated source")
    };
    assert!(told("-deprecation=module:all") && told("-deprecation=module:local"));
    assert!(!told("-deprecation=module:none"));
    assert_snapshot!(env.run(&["plan", "-deprecation=some"]), @r#"
    exit code: 1
    ----- stderr -----

    Error: Invalid deprecation argument

    The -deprecation option takes module:all, module:local or module:none, and
    not "some".
    "#);
    assert_snapshot!(env.run(&["plan", "-json", "-nonsense"]).stderr, @"");
}

#[test]
fn a_target_comes_with_what_it_depends_on() {
    let env = TestEnvironment::with_config(CHAIN);
    let output = env.ok(&["apply", "-auto-approve", "-target=terraform_data.b"]);
    assert!(output.stdout.contains("Resource targeting is in effect"), "{output}");
    assert_eq!(listed(&env), "terraform_data.a\nterraform_data.b\n");
    assert_snapshot!(env.run(&["plan", "-target", "nonsense"]), @r#"
    exit code: 1
    ----- stderr -----

    Error: Invalid target "nonsense"

    Resource specification must include a resource type and name.
    "#);
}

#[test]
fn an_exclusion_takes_what_depends_on_it_along() {
    let env = TestEnvironment::with_config(CHAIN);
    let _ = env.ok(&["apply", "-auto-approve", "-exclude=terraform_data.a"]);
    assert_eq!(listed(&env), "terraform_data.c\n");
}

#[test]
fn targets_can_be_destroyed() {
    let env = TestEnvironment::with_config(CHAIN);
    let _ = env.ok(&["apply", "-auto-approve"]);
    let _ = env.ok(&["destroy", "-auto-approve", "-target=terraform_data.a"]);
    assert_eq!(listed(&env), "terraform_data.c\n");
}

#[test]
fn an_object_is_replaced_on_request() {
    let env = TestEnvironment::with_config("resource \"terraform_data\" \"a\" {}\n");
    let _ = env.ok(&["apply", "-auto-approve"]);
    assert_snapshot!(env.run(&["plan", "-replace=terraform_data.a"]), @r#"
    exit code: 0
    ----- stdout -----
    terraform_data.a: Refreshing state... [id=[ID]]

    Groma used the selected providers to generate the following execution plan.
    Resource actions are indicated with the following symbols:
    -/+ destroy and then create replacement

    Groma will perform the following actions:

      # terraform_data.a will be replaced, as requested
    -/+ resource "terraform_data" "a" {
          ~ id = "[ID]" -> (known after apply)
        }

    Plan: 1 to add, 0 to change, 1 to destroy.

    ─────────────────────────────────────────────────────────────────────────────

    Note: You didn't use the -out option to save this plan, so Groma can't
    guarantee to take exactly these actions if you run "groma apply" now.
    "#);
}

#[test]
fn a_tainted_object_is_replaced() {
    let env = TestEnvironment::with_config("resource \"terraform_data\" \"a\" {}\n");
    let _ = env.ok(&["apply", "-auto-approve"]);
    assert_snapshot!(env.run(&["taint", "terraform_data.a"]), @r"
    exit code: 0
    ----- stdout -----
    Resource instance terraform_data.a has been marked as tainted.
    ");
    assert_snapshot!(env.run(&["plan"]), @r#"
    exit code: 0
    ----- stdout -----
    terraform_data.a: Refreshing state... [id=[ID]]

    Groma used the selected providers to generate the following execution plan.
    Resource actions are indicated with the following symbols:
    -/+ destroy and then create replacement

    Groma will perform the following actions:

      # terraform_data.a is tainted, so must be replaced
    -/+ resource "terraform_data" "a" {
          ~ id = "[ID]" -> (known after apply)
        }

    Plan: 1 to add, 0 to change, 1 to destroy.

    ─────────────────────────────────────────────────────────────────────────────

    Note: You didn't use the -out option to save this plan, so Groma can't
    guarantee to take exactly these actions if you run "groma apply" now.
    "#);
    assert_snapshot!(env.run(&["untaint", "terraform_data.a"]), @r"
    exit code: 0
    ----- stdout -----
    Resource instance terraform_data.a has been successfully untainted.
    ");
    assert_eq!(env.run(&["plan", "-detailed-exitcode"]).code, Some(0));
    assert_snapshot!(env.run(&["taint", "terraform_data.b"]), @r"
    exit code: 1
    ----- stderr -----

    Error: No such resource instance

    There is no resource instance in the state with the address terraform_data.b.
    ");
}

#[test]
fn arguments_come_from_the_environment_too() {
    let env = TestEnvironment::with_config(CHAIN).set("TF_CLI_ARGS_apply", "-auto-approve");
    let _ = env.ok(&["apply"]);
    assert_eq!(listed(&env).lines().count(), 3);
}

#[test]
fn another_directory() {
    let env = TestEnvironment::new();
    env.write("sub/main.tf", "output \"cwd\" {\n  value = path.cwd\n}\n");
    let _ = env.ok(&["-chdir=sub", "apply", "-auto-approve"]);
    assert!(env.exists("sub/terraform.tfstate"));
    assert_snapshot!(env.run(&["-chdir=sub", "output"]), @r#"
    exit code: 0
    ----- stdout -----
    cwd = "[ROOT]/work"
    "#);
}

#[test]
fn contradictions_are_refused() {
    let env = TestEnvironment::with_config(CHAIN);
    assert_snapshot!(env.run(&["plan", "-destroy", "-refresh-only"]), @r"
    exit code: 1
    ----- stderr -----

    Error: Incompatible plan mode options

    The -destroy and -refresh-only options are mutually-exclusive.
    ");
    assert_snapshot!(env.run(&["plan", "-parallelism=0"]), @r"
    exit code: 1
    ----- stderr -----

    Error: Invalid parallelism value

    The parallelism must be a positive value. Received 0.
    ");
    let output = env.run(&["apply", "-json"]);
    assert_eq!(output.code, Some(1));
    assert!(output.stdout.contains("Plan file or auto-approve required"), "{output}");
}

#[test]
fn versions() {
    let env = TestEnvironment::new();
    let text = env.ok(&["version"]).stdout;
    assert!(text.starts_with(concat!("Groma v", env!("CARGO_PKG_VERSION"), "\non ")), "{text}");
    assert_eq!(env.ok(&["-version"]).stdout, text);
    let json = env.ok(&["version", "-json"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["terraform_version"], "1.11.4");
}
