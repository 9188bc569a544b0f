//! The local backend by configuration, and what happens when it changes.

use insta::assert_snapshot;

use crate::environment::TestEnvironment;

fn config(path: &str) -> String {
    format!(
        "terraform {{\n  backend \"local\" {{\n    path = \"{path}\"\n  }}\n}}\n\nresource \"terraform_data\" \"a\" {{}}\n"
    )
}

#[test]
fn a_backend_is_initialised_first() {
    let env = TestEnvironment::with_config(&config("x/state"));
    assert_snapshot!(env.run(&["plan"]), @r#"
    exit code: 1
    ----- stderr -----

    Error: Backend initialization required, please run "groma init"

    Reason: Initial configuration of the requested backend "local"

    The backend says where the state is kept, and this directory was not
    initialised with the one that the configuration asks for. Nothing has been
    read or changed. Run "groma init" to initialise the backend, with
    "-migrate-state" to take an existing state along or "-reconfigure" to leave
    it where it is.
    "#);
    assert_snapshot!(env.run(&["init"]), @r#"
    exit code: 0
    ----- stdout -----
    Initializing the backend...

    Successfully configured the backend "local"! Groma will automatically
    use this backend unless the backend configuration changes.
    Initializing provider plugins...
    - terraform.io/builtin/terraform is built in to Groma

    Groma has been successfully initialized!

    You may now begin working with Groma. Try running "groma plan" to see
    any changes that are required for your infrastructure.

    If you ever set or change modules or the backend, run this command again.
    If you forget, other commands will notice and remind you.
    "#);
    let _ = env.ok(&["apply", "-auto-approve"]);
    assert!(env.exists("x/state") && !env.exists("terraform.tfstate"));
    let again = env.ok(&["init"]);
    assert!(!again.stdout.contains("Successfully configured"), "{again}");
}

#[test]
fn a_changed_backend_is_noticed() {
    let env = TestEnvironment::with_config(&config("one"));
    let _ = env.ok(&["init"]);
    let _ = env.ok(&["apply", "-auto-approve"]);
    env.write("main.tf", &config("two"));
    assert_snapshot!(env.run(&["plan"]), @r#"
    exit code: 1
    ----- stderr -----

    Error: Backend initialization required, please run "groma init"

    Reason: Backend configuration block has changed ("local")

    The backend says where the state is kept, and this directory was not
    initialised with the one that the configuration asks for. Nothing has been
    read or changed. Run "groma init" to initialise the backend, with
    "-migrate-state" to take an existing state along or "-reconfigure" to leave
    it where it is.
    "#);
    assert_snapshot!(env.run(&["init"]), @r#"
    exit code: 1
    ----- stdout -----
    Initializing the backend...
    ----- stderr -----

    Error: Backend configuration changed

    A change in the backend configuration has been detected, which may require
    migrating existing state.

    If you wish to attempt automatic migration of the state, use "groma init
    -migrate-state".
    If you wish to store the current configuration with no changes to the state,
    use "groma init -reconfigure".
    "#);
    let moved = env.run_with_input(&["init", "-migrate-state"], "yes\n");
    assert_snapshot!(moved, @r#"
    exit code: 0
    ----- stdout -----
    Initializing the backend...

    Do you want to copy existing state to the new backend?
      There is a state from before, and none in the newly configured "local" backend.
      Enter "yes" to copy it and "no" to leave it where it is.

      Enter a value: 

    Successfully configured the backend "local"! Groma will automatically
    use this backend unless the backend configuration changes.
    Initializing provider plugins...
    - terraform.io/builtin/terraform is built in to Groma

    Groma has been successfully initialized!

    You may now begin working with Groma. Try running "groma plan" to see
    any changes that are required for your infrastructure.

    If you ever set or change modules or the backend, run this command again.
    If you forget, other commands will notice and remind you.
    "#);
    assert_eq!(env.ok(&["state", "list"]).stdout, "terraform_data.a\n");
    env.write("main.tf", &config("three"));
    let _ = env.ok(&["init", "-reconfigure"]);
    assert_eq!(env.run(&["plan", "-detailed-exitcode"]).code, Some(2));
    env.write("main.tf", "");
    assert_snapshot!(env.run(&["plan"]), @r#"
    exit code: 1
    ----- stderr -----

    Error: Backend initialization required, please run "groma init"

    Reason: Unsetting the previously set backend "local"

    The backend says where the state is kept, and this directory was not
    initialised with the one that the configuration asks for. Nothing has been
    read or changed. Run "groma init" to initialise the backend, with
    "-migrate-state" to take an existing state along or "-reconfigure" to leave
    it where it is.
    "#);
    assert_snapshot!(env.run(&["init", "-reconfigure"]), @r#"
    exit code: 0
    ----- stdout -----
    Initializing the backend...

    Successfully unset the backend "local". Groma will now operate locally.
    Initializing provider plugins...

    Groma has been successfully initialized!

    You may now begin working with Groma. Try running "groma plan" to see
    any changes that are required for your infrastructure.

    If you ever set or change modules or the backend, run this command again.
    If you forget, other commands will notice and remind you.
    "#);
}

#[test]
fn settings_come_from_arguments_too() {
    let partial =
        "terraform {\n  backend \"local\" {}\n}\n\nresource \"terraform_data\" \"a\" {}\n";
    let env = TestEnvironment::with_config(partial);
    let _ = env.ok(&["init", "-backend-config=path=given"]);
    let _ = env.ok(&["apply", "-auto-approve"]);
    assert!(env.exists("given"));
    env.write("settings.hcl", "path = \"other\"\n");
    let _ = env.ok(&["init", "-reconfigure", "-backend-config=settings.hcl"]);
    let _ = env.ok(&["apply", "-auto-approve"]);
    assert!(env.exists("other"));
    assert_snapshot!(env.run(&["init", "-backend-config=nonsense=1"]), @r#"
    exit code: 1
    ----- stdout -----
    Initializing the backend...
    ----- stderr -----

    Error: Invalid backend configuration argument

    The backend configuration argument "nonsense" given on the command line is
    not expected for the selected backend type.
    "#);
}

#[test]
fn unknown_backends_are_refused() {
    let env = TestEnvironment::with_config("terraform {\n  backend \"floppy\" {}\n}\n");
    assert_snapshot!(env.run(&["init"]), @r#"
    exit code: 1
    ----- stdout -----
    Initializing the backend...
    ----- stderr -----

    Error: Unsupported backend type

      on main.tf line 2, in terraform:
       2:   backend "floppy" {}

    There is no backend type named "floppy". Supported backend types: "local",
    "s3".
    "#);
}

#[test]
fn a_state_that_cannot_be_saved_is_not_lost() {
    let env = TestEnvironment::with_config("resource \"terraform_data\" \"a\" {}\n");
    // No directory can come to be where there is a file.
    let options = ["-lock=false", "-state=missing", "-state-out=main.tf/state"];
    let output = env.run(&[&["apply", "-auto-approve"], &options[..]].concat());
    assert_snapshot!(output, @r#"
    exit code: 1
    ----- stdout -----

    Groma used the selected providers to generate the following execution plan.
    Resource actions are indicated with the following symbols:
      + create

    Groma will perform the following actions:

      # terraform_data.a will be created
      + resource "terraform_data" "a" {
          + id = (known after apply)
        }

    Plan: 1 to add, 0 to change, 0 to destroy.
    terraform_data.a: Creating...
    terraform_data.a: Creation complete after 0s [id=[ID]]
    ----- stderr -----

    Error: Failed to save state

    Error saving state: Failed to read file: Could not read main.tf/state: Not a
    directory (os error 20). Check that the path is right, that this user may
    read it, and that the disk is not full.

    Error: Failed to persist state to backend

    The error shown above has prevented Groma from writing the updated state to
    the configured backend. To allow for recovery, the state has been written to
    the file "errored.tfstate" in the current working directory.

    Running "groma apply" again at this point will create a forked state, making
    it harder to recover.

    To retry writing this state, use the following command:
        groma state push errored.tfstate
    "#);
    assert!(env.read("errored.tfstate").contains("terraform_data"));
    let _ = env.ok(&["state", "push", "errored.tfstate"]);
    assert_eq!(env.run(&["plan", "-detailed-exitcode"]).code, Some(0));
}
