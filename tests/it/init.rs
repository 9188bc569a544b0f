//! Initialising a directory.

use insta::assert_snapshot;

use crate::environment::TestEnvironment;

#[test]
fn local_modules_are_recorded() {
    let env = TestEnvironment::with_config("module \"a\" {\n  source = \"./mods/a\"\n}\n");
    env.write("mods/a/main.tf", "module \"b\" {\n  source = \"../b\"\n}\n");
    env.write("mods/b/main.tf", "");
    assert_snapshot!(env.run(&["init"]), @r#"
    exit code: 0
    ----- stdout -----
    Initializing the backend...
    Initializing modules...
    - a in mods/a
    - a.b in mods/b
    Initializing provider plugins...

    Groma has been successfully initialized!

    You may now begin working with Groma. Try running "groma plan" to see
    any changes that are required for your infrastructure.

    If you ever set or change modules or the backend, run this command again.
    If you forget, other commands will notice and remind you.
    "#);
    assert_snapshot!(env.read(".terraform/modules/modules.json"), @r#"{"Modules":[{"Key":"","Source":"","Dir":"."},{"Key":"a","Source":"./mods/a","Dir":"mods/a"},{"Key":"a.b","Source":"../b","Dir":"mods/b"}]}"#);
    let again = env.ok(&["init"]);
    assert!(!again.stdout.contains("mods/a"), "{again}");
    let _ = env.ok(&["get"]);
}

#[test]
fn a_missing_provider_is_reported() {
    let env = TestEnvironment::with_config("resource \"null_resource\" \"a\" {}\n");
    env.write("../cli.rc", "provider_installation {}\n");
    assert_snapshot!(env.run(&["init"]), @r#"
    exit code: 1
    ----- stdout -----
    Initializing the backend...
    Initializing provider plugins...
    - Finding latest version of hashicorp/null...
    ----- stderr -----

    Error: Failed to query available provider packages

    Could not retrieve the list of available versions for provider
    hashicorp/null: provider registry.terraform.io/hashicorp/null was not found
    in any of the search locations.
    "#);
}

#[test]
fn a_newer_language_is_refused() {
    let env = TestEnvironment::with_config("terraform {\n  required_version = \">= 99\"\n}\n");
    assert_snapshot!(env.run(&["init"]), @r#"
    exit code: 1
    ----- stderr -----

    Error: Groma encountered problems during initialisation, including problems
    with the configuration, described below.

    The configuration must be valid before initialization so that Groma can
    determine which modules and providers need to be installed.

    Error: Unsupported Terraform Core version

      on main.tf line 2, in terraform:
       2:   required_version = ">= 99"

    This module requires version ">= 99", and this engine counts as Terraform
    version 1.11.4. Choose another version of the engine or change this
    constraint; it was probably set for a reason, so that changing it may lead to
    other errors or unexpected behavior.
    "#);
}

#[test]
fn another_data_directory() {
    let env = TestEnvironment::with_config("module \"a\" {\n  source = \"./a\"\n}\n")
        .set("TF_DATA_DIR", "data");
    env.write("a/main.tf", "");
    let _ = env.ok(&["init"]);
    assert!(env.exists("data/modules/modules.json") && !env.exists(".terraform"));
}
