//! Looking at the state, and putting it right by hand.

use insta::assert_snapshot;

use crate::environment::TestEnvironment;

fn applied() -> TestEnvironment {
    let env = TestEnvironment::with_config(
        r#"
resource "terraform_data" "a" {
  count = 2
  input = { name = "x", list = [1, null] }
}

output "text" {
  value = "one\ntwo"
}

output "list" {
  value = [1, "a"]
}
"#,
    );
    let _ = env.ok(&["apply", "-auto-approve"]);
    env
}

#[test]
fn the_state_is_shown() {
    let env = applied();
    assert_snapshot!(env.run(&["state", "list"]), @r"
    exit code: 0
    ----- stdout -----
    terraform_data.a[0]
    terraform_data.a[1]
    ");
    assert_snapshot!(env.run(&["state", "list", "terraform_data.a[1]"]), @r"
    exit code: 0
    ----- stdout -----
    terraform_data.a[1]
    ");
    assert_snapshot!(env.run(&["state", "show", "terraform_data.a[0]"]), @r#"
    exit code: 0
    ----- stdout -----
    # terraform_data.a[0]:
    resource "terraform_data" "a" {
        id     = "[ID]"
        input  = {
            list = [
                1,
                null,
            ]
            name = "x"
        }
        output = {
            list = [
                1,
                null,
            ]
            name = "x"
        }
    }
    "#);
    assert_snapshot!(env.run(&["state", "show", "terraform_data.b"]), @r#"
    exit code: 1
    ----- stderr -----

    Error: No instance found for the given address

    There is no resource instance terraform_data.b in the state. "groma state
    list" shows what there is.
    "#);
    assert_snapshot!(env.run(&["show"]), @r#"
    exit code: 0
    ----- stdout -----
    # terraform_data.a[0]:
    resource "terraform_data" "a" {
        id     = "[ID]"
        input  = {
            list = [
                1,
                null,
            ]
            name = "x"
        }
        output = {
            list = [
                1,
                null,
            ]
            name = "x"
        }
    }

    # terraform_data.a[1]:
    resource "terraform_data" "a" {
        id     = "[ID]"
        input  = {
            list = [
                1,
                null,
            ]
            name = "x"
        }
        output = {
            list = [
                1,
                null,
            ]
            name = "x"
        }
    }


    Outputs:

    list = [
        1,
        "a",
    ]
    text = <<-EOT
        one
        two
    EOT
    "#);
    let json = env.ok(&["show", "-json"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["values"]["root_module"]["resources"][1]["index"], 1);
}

#[test]
fn a_state_is_pulled_and_pushed() {
    let env = applied();

    let pulled = env.ok(&["state", "pull"]).stdout;
    assert!(pulled.contains("\"serial\": 1"), "{pulled}");
    let newer = env.read("terraform.tfstate").replace("\"serial\": 1", "\"serial\": 7");
    env.write("new.tfstate", &newer);
    let _ = env.ok(&["state", "push", "new.tfstate"]);
    assert_eq!(env.state()["serial"], 7);
    env.write("old.tfstate", &newer.replace("\"serial\": 7", "\"serial\": 2"));
    assert_snapshot!(env.run(&["state", "push", "old.tfstate"]), @r#"
    exit code: 1
    ----- stderr -----

    Error: Failed to write state

    cannot import state with serial 2 over newer state with serial 7. Somebody
    has written a newer state since. Start from that one ("groma state pull"); to
    overwrite it all the same, use the -force option.
    "#);
}

#[test]
fn outputs_are_shown() {
    let env = applied();
    assert_snapshot!(env.run(&["output"]), @r#"
    exit code: 0
    ----- stdout -----
    list = [
      1,
      "a",
    ]
    text = <<EOT
    one
    two
    EOT
    "#);
    assert_snapshot!(env.run(&["output", "-json"]), @r#"
    exit code: 0
    ----- stdout -----
    {
      "list": {
        "sensitive": false,
        "type": [
          "tuple",
          [
            "number",
            "string"
          ]
        ],
        "value": [
          1,
          "a"
        ]
      },
      "text": {
        "sensitive": false,
        "type": "string",
        "value": "one\ntwo"
      }
    }
    "#);
    assert_snapshot!(env.run(&["output", "text"]), @r"
    exit code: 0
    ----- stdout -----
    <<EOT
    one
    two
    EOT
    ");
    assert_eq!(env.ok(&["output", "-raw", "text"]).stdout, "one\ntwo");
    assert_eq!(env.ok(&["output", "-json", "list"]).stdout, "[1,\"a\"]\n");
    assert_snapshot!(env.run(&["output", "-raw", "list"]), @r#"
    exit code: 1
    ----- stderr -----

    Error: Unsupported value for raw output

    The -raw option only supports strings, numbers, and boolean values, but
    output value "list" is tuple.

    Use the -json option for machine-readable representations of output values
    that have complex types.
    "#);
    assert_snapshot!(env.run(&["output", "missing"]), @r#"
    exit code: 1
    ----- stderr -----

    Error: Output "missing" not found

    The output variable requested could not be found in the state file. If you
    recently added this to your configuration, be sure to run "groma apply",
    since the state won't be updated with new output variables until that command
    is run. The name that was given is "missing".
    "#);
}

#[test]
fn objects_are_moved_and_forgotten() {
    let env = applied();
    assert_snapshot!(env.run(&["state", "mv", "terraform_data.a[0]", "terraform_data.b"]), @r#"
    exit code: 0
    ----- stdout -----
    Move "terraform_data.a[0]" to "terraform_data.b"
    Successfully moved 1 object(s).
    "#);
    assert_snapshot!(env.run(&["state", "mv", "terraform_data.a", "module.m.terraform_data.a"]), @r#"
    exit code: 0
    ----- stdout -----
    Move "terraform_data.a[1]" to "module.m.terraform_data.a[1]"
    Successfully moved 1 object(s).
    "#);
    assert_snapshot!(env.run(&["state", "list"]), @r"
    exit code: 0
    ----- stdout -----
    terraform_data.b
    module.m.terraform_data.a[1]
    ");
    assert_snapshot!(env.run(&["state", "mv", "terraform_data.b", "null_resource.b"]), @r"
    exit code: 1
    ----- stderr -----

    Error: Invalid state move

    terraform_data.b and null_resource.b are of different types.
    ");
    assert_snapshot!(env.run(&["state", "rm", "module.m"]), @r"
    exit code: 0
    ----- stdout -----
    Removed module.m.terraform_data.a[1]
    Successfully removed 1 resource instance(s).
    ");
    assert_snapshot!(env.run(&["state", "rm", "module.m"]), @r#"
    exit code: 1
    ----- stderr -----

    Error: Invalid target address

    The given addresses select nothing in the state. Use "groma state list" to
    see what there is.
    "#);
    assert_snapshot!(env.run(&["state", "list"]), @r"
    exit code: 0
    ----- stdout -----
    terraform_data.b
    ");
}

#[test]
fn without_a_state_there_is_nothing() {
    let env = TestEnvironment::with_config("");
    assert_snapshot!(env.run(&["state", "list"]), @r#"
    exit code: 1
    ----- stderr -----

    Error: No state file was found

    There is no state here. Run this command in the directory of your
    configuration, after the first "groma apply".
    "#);
    assert_snapshot!(env.run(&["show"]), @r"
    exit code: 0
    ----- stdout -----
    No state.
    ");
    assert_snapshot!(env.run(&["output"]), @r#"
    exit code: 0
    ----- stdout -----

    Warning: No outputs found

    The state file either has no outputs defined, or all the defined outputs are
    empty. Please define an output in your configuration with the "output"
    keyword and run "groma refresh" for it to become available.
    "#);
    assert_eq!(env.ok(&["output", "-json"]).stdout, "{}\n");
}

#[test]
fn providers_are_listed() {
    let env = applied();
    assert_snapshot!(env.run(&["providers"]), @r"
    exit code: 0
    ----- stdout -----

    Providers required by configuration:
    .
    └── provider[terraform.io/builtin/terraform]

    Providers required by state:

        provider[terraform.io/builtin/terraform]
    ");
}

#[test]
fn other_files_are_used_on_request() {
    let env = TestEnvironment::with_config("resource \"terraform_data\" \"a\" {}\n");
    let _ = env.ok(&["apply", "-auto-approve", "-state-out=out.tfstate"]);
    assert!(env.exists("out.tfstate") && !env.exists("terraform.tfstate"));
    let again = env.ok(&["plan", "-state=out.tfstate", "-detailed-exitcode"]);
    assert!(again.stdout.contains("No changes."), "{again}");
    let _ = env.ok(&["destroy", "-auto-approve", "-state=out.tfstate", "-backup=old.tfstate"]);
    assert!(env.read("old.tfstate").contains("terraform_data"));
}
