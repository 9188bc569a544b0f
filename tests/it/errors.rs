//! Wrong input gets a clear error with its place, and nothing is lost.

use insta::assert_snapshot;

use crate::environment::TestEnvironment;

#[test]
fn a_syntax_error() {
    let env = TestEnvironment::with_config("resource \"terraform_data\" \"a\" {\n  input =\n}\n");
    assert_snapshot!(env.run(&["plan"]), @r#"
    exit code: 1
    ----- stderr -----

    Error: Invalid expression

      on main.tf line 2, in resource "terraform_data" "a":
       2:   input =
       3: }

    Expected the start of an expression, but found an invalid expression token.
    "#);
    assert_snapshot!(env.run(&["init"]), @r#"
    exit code: 1
    ----- stderr -----

    Error: Groma encountered problems during initialisation, including problems
    with the configuration, described below.

    The configuration must be valid before initialization so that Groma can
    determine which modules and providers need to be installed.

    Error: Invalid expression

      on main.tf line 2, in resource "terraform_data" "a":
       2:   input =
       3: }

    Expected the start of an expression, but found an invalid expression token.
    "#);
}

#[test]
fn an_unknown_reference() {
    let env =
        TestEnvironment::with_config("output \"o\" {\n  value = terraform_data.missing.id\n}\n");
    assert_snapshot!(env.run(&["validate"]), @r#"
    exit code: 1
    ----- stderr -----

    Error: Reference to undeclared resource

      on main.tf line 2, in output "o":
       2:   value = terraform_data.missing.id

    A managed resource "terraform_data" "missing" has not been declared in the
    root module.
    "#);
}

#[test]
fn an_unsupported_argument() {
    let env = TestEnvironment::with_config("resource \"terraform_data\" \"a\" {\n  imput = 1\n}\n");
    assert_snapshot!(env.run(&["plan"]), @r#"
    exit code: 1
    ----- stderr -----

    Error: Unsupported argument

      on main.tf line 2, in resource "terraform_data" "a":
       2:   imput = 1

    An argument named "imput" is not expected here. Did you mean "input"?
    "#);
}

#[test]
fn a_cycle() {
    let env = TestEnvironment::with_config(
        r#"
resource "terraform_data" "a" {
  input = terraform_data.b.id
}

resource "terraform_data" "b" {
  input = terraform_data.a.id
}
"#,
    );
    assert_snapshot!(env.run(&["plan"]), @r"
    exit code: 1
    ----- stderr -----

    Error: Cycle: terraform_data.a, terraform_data.b
    ");
}

#[test]
fn a_failed_condition() {
    let env = TestEnvironment::with_config(
        r#"
variable "size" {
  default = 1
}

resource "terraform_data" "a" {
  input = var.size
  lifecycle {
    precondition {
      condition     = var.size > 2
      error_message = "It must be larger than two."
    }
  }
}
"#,
    );
    assert_snapshot!(env.run(&["plan"]), @r#"
    exit code: 1
    ----- stdout -----

    Planning failed. Groma encountered an error while generating this plan.

    ----- stderr -----

    Error: Resource precondition failed

      on main.tf line 10, in resource "terraform_data" "a":
      10:       condition     = var.size > 2
        ├────────────────
        │ var.size is 1

    It must be larger than two.
    "#);
}

#[test]
fn validation_for_programs() {
    let env = TestEnvironment::with_config("locals {\n  a = 1 +\n}\n");
    let output = env.run(&["validate", "-json"]);
    assert_eq!(output.code, Some(1));
    let result: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(result["valid"], false);
    assert_eq!(result["diagnostics"][0]["range"]["filename"], "main.tf");
    env.write("main.tf", "locals {\n  a = 1\n}\n");
    let result = env.ok(&["validate", "-json"]);
    let result: serde_json::Value = serde_json::from_str(&result.stdout).unwrap();
    assert_eq!(result["valid"], true);
}

#[test]
fn a_valid_configuration() {
    let env = TestEnvironment::with_config("locals {\n  a = 1\n}\n");
    assert_snapshot!(env.run(&["validate"]), @r"
    exit code: 0
    ----- stdout -----
    Success! The configuration is valid.
    ");
}

#[test]
fn a_directory_without_configuration() {
    let env = TestEnvironment::new();
    assert_snapshot!(env.run(&["init"]), @r"
    exit code: 0
    ----- stdout -----
    Groma initialized in an empty directory!

    The directory has no configuration files. You may begin working
    with Groma immediately by creating some.
    ");
    assert_snapshot!(env.run(&["plan"]), @r"
    exit code: 1
    ----- stderr -----

    Error: No configuration files

    There is no configuration in this directory, and planning without one would
    mark everything for destruction, which is normally not what is desired. To
    destroy everything, use the -destroy option. Otherwise, create a
    configuration file (.tf file) and try again.
    ");
}

#[test]
fn a_broken_state() {
    let env = TestEnvironment::with_config("resource \"terraform_data\" \"a\" {}\n");
    env.write("terraform.tfstate", "{\"version\": 4, ");
    assert_snapshot!(env.run(&["apply", "-auto-approve"]), @r"
    exit code: 1
    ----- stderr -----

    Error: Unsupported state file format

    terraform.tfstate: The state file could not be parsed as JSON: EOF while
    parsing a value at line 1 column 15. It may have been cut off or edited by
    hand. Restore it from a backup, such as terraform.tfstate.backup or an older
    version of the object in its bucket.
    ");
    assert_eq!(env.read("terraform.tfstate"), "{\"version\": 4, ");
    env.write("terraform.tfstate", "{\"version\": 5}");
    assert_snapshot!(env.run(&["plan"]), @r"
    exit code: 1
    ----- stderr -----

    Error: Unsupported state file format

    terraform.tfstate: The state file uses format version 5, which is not
    supported: versions up to 4 are, as Terraform 1.11.4 writes it. This state
    file may have been created by a newer version; use a newer Groma.
    ");
}

#[test]
fn unknown_commands_and_options() {
    let env = TestEnvironment::new();
    assert_snapshot!(env.run(&["plam"]), @r"
    exit code: 1
    ----- stderr -----
    error: unrecognized subcommand 'plam'

      tip: a similar subcommand exists: 'plan'

    Usage: groma [COMMAND]

    For more information, try '-help'.
    ");
    assert_snapshot!(env.run(&["plan", "-outt=x"]), @r"
    exit code: 1
    ----- stderr -----
    error: unexpected argument '-outt' found

      tip: a similar argument exists: '-out'

    Usage: groma plan -out <FILE>

    For more information, try '-help'.
    ");
    assert_snapshot!(env.run(&["plan", "x"]), @r"
    exit code: 1
    ----- stderr -----

    Error: Too many command line arguments

    To specify a working directory for the plan, use the global -chdir flag.
    ");
    assert_snapshot!(env.run(&["-chdir=missing", "plan"]), @r"
    exit code: 1
    ----- stderr -----

    Error: Invalid -chdir option

    The directory missing cannot be entered: No such file or directory (os error
    2).
    ");
    let help = env.run(&[]);
    assert_eq!(help.code, Some(127));
    assert!(help.stdout.contains("apply"));
}

#[test]
fn a_missing_provider() {
    let env = TestEnvironment::with_config("resource \"null_resource\" \"a\" {}\n");
    assert_snapshot!(env.run(&["plan"]), @r"
    exit code: 1
    ----- stderr -----

    Error: Inconsistent dependency lock file

    The selections in the dependency lock file do not meet the requirements of
    the configuration:
      - provider registry.terraform.io/hashicorp/null: required by this configuration but no version is selected

    To select versions and write them to the dependency lock file, run:
      groma init
    ");
}
