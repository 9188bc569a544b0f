//! Imports with generated configuration; actions and queries as they are asked for wrongly.

use crate::environment::TestEnvironment;

const IMPORT: &str = r#"
import {
  to = terraform_data.a
  id = "abc"
}
"#;

#[test]
fn configuration_is_generated_into_a_new_file() {
    let env = TestEnvironment::with_config(IMPORT);
    let output = env.ok(&["plan", "-generate-config-out=new.tf"]);
    let said = "Groma has generated configuration and written it to new.tf.";
    assert!(output.stdout.contains("(config will be generated)"), "{output}");
    assert!(output.stdout.contains(said), "{output}");
    let expected = "# __generated__ by Terraform\n\
                    # Please review these resources and move them into your main configuration files.\n\
                    \n\
                    # __generated__ by Terraform from \"abc\"\n\
                    resource \"terraform_data\" \"a\" {\n  input            = null\n  triggers_replace = null\n}\n";
    assert_eq!(env.read("new.tf"), expected);
    let output = env.run(&["plan", "-generate-config-out=new.tf"]);
    assert_eq!(output.code, Some(1));
    assert!(output.stderr.contains("Target generated file already exists"), "{output}");
    assert_eq!(env.read("new.tf"), expected);
    // From here on it is a configuration like any other.
    let output = env.ok(&["apply", "-auto-approve"]);
    assert!(output.stdout.contains("1 imported, 0 added, 0 changed, 0 destroyed."), "{output}");
}

#[test]
fn a_saved_plan_keeps_what_was_generated() {
    let env = TestEnvironment::with_config(IMPORT);
    let _ = env.ok(&["plan", "-generate-config-out=new.tf", "-out=plan.bin"]);
    std::fs::remove_file(env.path("new.tf")).unwrap();
    let output = env.ok(&["apply", "plan.bin"]);
    assert!(output.stdout.contains("terraform_data.a: Import complete [id=abc]"), "{output}");
    assert_eq!(env.state()["resources"][0]["instances"][0]["attributes"]["id"], "abc");
}

#[test]
fn actions_and_queries_that_are_not_there_are_told_of() {
    let env = TestEnvironment::with_config("resource \"terraform_data\" \"a\" {}\n");
    for (args, expected) in [
        (&["plan", "-invoke=terraform_data.a"][..], "Invalid action address"),
        (&["plan", "-invoke=action.x_y.z"], "Invalid action invoke address"),
        (&["plan", "-invoke=action.x_y.z", "-destroy"], "Incompatible plan options"),
        (&["query"], "No query files"),
    ] {
        let output = env.run(args);
        assert_eq!(output.code, Some(1), "{output}");
        assert!(output.stderr.contains(expected), "{output}");
    }
    env.write("a.tfquery.hcl", "list \"terraform_data\" \"all\" {\n  provider = terraform\n}\n");
    let output = env.run(&["query"]);
    assert!(output.stderr.contains("Invalid list resource type"), "{output}");
}
