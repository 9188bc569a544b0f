//! Workspaces.

use insta::assert_snapshot;

use crate::environment::TestEnvironment;

#[test]
fn workspaces_have_states_of_their_own() {
    let env = TestEnvironment::with_config(
        "resource \"terraform_data\" \"a\" {\n  input = terraform.workspace\n}\n",
    );
    let _ = env.ok(&["apply", "-auto-approve"]);
    assert_snapshot!(env.run(&["workspace", "new", "blue"]), @r#"
    exit code: 0
    ----- stdout -----
    Created and switched to workspace "blue"!

    You're now on a new, empty workspace. Workspaces isolate their state,
    so if you run "groma plan" Groma will not see any existing state
    for this configuration.
    "#);
    assert_eq!(env.ok(&["workspace", "show"]).stdout, "blue\n");
    let _ = env.ok(&["apply", "-auto-approve"]);
    assert!(env.read("terraform.tfstate.d/blue/terraform.tfstate").contains("\"blue\""));
    assert_snapshot!(env.run(&["workspace", "list"]), @r"
    exit code: 0
    ----- stdout -----
      default
    * blue
    ");
    assert_snapshot!(env.run(&["workspace", "delete", "blue"]), @r#"
    exit code: 1
    ----- stderr -----

    Error: Cannot delete active workspace

    Workspace "blue" is your active workspace.

    You cannot delete the currently active workspace. Please switch to another
    workspace and try again.
    "#);
    assert_snapshot!(env.run(&["workspace", "select", "default"]), @r#"
    exit code: 0
    ----- stdout -----
    Switched to workspace "default".
    "#);
    assert_snapshot!(env.run(&["workspace", "delete", "blue"]), @r#"
    exit code: 1
    ----- stderr -----

    Error: Workspace is not empty

    Workspace "blue" is currently tracking the following resource instances:
      - terraform_data.a

    Deleting this workspace would cause Groma to lose track of any associated
    remote objects, which would then require you to delete them manually outside
    of Groma. You should destroy these objects with Groma before deleting the
    workspace.

    If you want to delete this workspace anyway, and have Groma forget about
    these managed objects, use the -force option to disable this safety check.
    "#);
    assert_snapshot!(env.run(&["workspace", "select", "green"]), @r#"
    exit code: 1
    ----- stderr -----

    Error: Workspace does not exist

    Workspace "green" doesn't exist.

    You can create this workspace with the "new" subcommand or include the
    "-or-create" flag with the "select" subcommand.
    "#);
    assert_snapshot!(env.run(&["workspace", "new", "a/b"]), @r#"
    exit code: 1
    ----- stderr -----

    Error: Invalid workspace name

    The workspace name "a/b" is not allowed. The name must contain only URL safe
    characters, and no path separators.
    "#);
    assert_snapshot!(env.run(&["workspace", "delete", "-force", "blue"]), @r#"
    exit code: 0
    ----- stdout -----

    Warning: Workspace was not empty

    The workspace "blue" was not empty. Its objects may still exist, but are no
    longer managed by Groma.
    Deleted workspace "blue"!
    "#);
    assert_eq!(env.ok(&["workspace", "list"]).stdout, "* default\n\n");
}

#[test]
fn the_environment_selects_one() {
    let env = TestEnvironment::with_config("resource \"terraform_data\" \"a\" {}\n")
        .set("TF_WORKSPACE", "red");
    let _ = env.ok(&["apply", "-auto-approve"]);
    assert!(env.exists("terraform.tfstate.d/red/terraform.tfstate"));
    assert_snapshot!(env.run(&["workspace", "select", "default"]), @r"
    exit code: 1
    ----- stderr -----

    Error: Workspace is overridden

    The selected workspace is currently overridden using the TF_WORKSPACE
    environment variable.

    To select a new workspace, either update this environment variable or unset
    it and then run this command again.
    ");
}
