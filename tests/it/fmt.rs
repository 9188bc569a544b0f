//! Formatting: which files, what is said, what is written.

use insta::assert_snapshot;

use crate::environment::TestEnvironment;

const UGLY: &str = "a=1\nbb =2\n";
const TIDY: &str = "a  = 1\nbb = 2\n";

fn tree() -> TestEnvironment {
    let env = TestEnvironment::new();
    for name in [
        "main.tf",
        "terraform.tfvars",
        "a.tftest.hcl",
        "b.tfquery.hcl",
        "c.tofu",
        "sub/d.tf",
        ".hidden.tf",
        "e.tf~",
        "f.txt",
    ] {
        env.write(name, UGLY);
    }
    env.write("tidy.tf", TIDY);
    env.write("g.tf.json", "{ }");
    env
}

#[test]
fn files_of_a_directory_are_rewritten_and_named() {
    let env = tree();
    assert_snapshot!(env.run(&["fmt"]), @r"
    exit code: 0
    ----- stdout -----
    a.tftest.hcl
    b.tfquery.hcl
    c.tofu
    main.tf
    terraform.tfvars
    ");
    assert_eq!(env.read("main.tf"), TIDY);
    for untouched in ["sub/d.tf", ".hidden.tf", "e.tf~", "f.txt"] {
        assert_eq!(env.read(untouched), UGLY, "{untouched}");
    }
    assert_snapshot!(env.run(&["fmt", "-recursive"]), @r"
    exit code: 0
    ----- stdout -----
    sub/d.tf
    ");
    assert_snapshot!(env.run(&["fmt", "-recursive"]), @"exit code: 0");
}

#[test]
fn a_check_changes_nothing() {
    let env = tree();
    assert_snapshot!(env.run(&["fmt", "-check", "main.tf", "tidy.tf", "sub"]), @r"
    exit code: 3
    ----- stdout -----
    main.tf
    sub/d.tf
    ");
    assert_snapshot!(env.run(&["fmt", "-check", "-list=false"]), @"exit code: 3");
    assert_snapshot!(env.run(&["fmt", "-check", "tidy.tf"]), @"exit code: 0");
    assert_eq!(env.read("main.tf"), UGLY);
}

#[test]
fn differences_are_shown() {
    let env = tree();
    assert_snapshot!(env.run(&["fmt", "-diff", "-write=false", "main.tf", "tidy.tf"]), @r"
    exit code: 0
    ----- stdout -----
    main.tf
    --- old/main.tf
    +++ new/main.tf
    @@ -1,2 +1,2 @@
    -a=1
    -bb =2
    +a  = 1
    +bb = 2
    ");
    assert_eq!(env.read("main.tf"), UGLY);
}

#[test]
fn the_standard_input_goes_to_the_standard_output() {
    let env = TestEnvironment::new();
    assert_eq!(env.run_with_input(&["fmt", "-"], UGLY).stdout, TIDY);
    assert_eq!(env.run_with_input(&["fmt", "-"], TIDY).stdout, TIDY);
    assert_snapshot!(env.run_with_input(&["fmt", "-check", "-"], UGLY), @"exit code: 3");
    assert_snapshot!(env.run_with_input(&["fmt", "-"], "a = [\n"), @r"
    exit code: 2
    ----- stderr -----

    Error: Missing expression

      on <stdin> line 2:
       2: 

    Expected the start of an expression, but found the end of the file.
    ");
}

#[test]
fn what_cannot_be_formatted_is_left_alone() {
    let env = tree();
    env.write("broken.tf", "a = \n");
    assert_snapshot!(env.run(&["fmt", "broken.tf", "f.txt", "main.tf", "nowhere", "sub"]), @r"
    exit code: 2
    ----- stdout -----
    main.tf
    ----- stderr -----

    Error: Only .tf, .tfvars, and .tftest.hcl files can be processed with groma fmt

    The name of f.txt ends with none of .tf, .tofu, .tfvars, .tftest.hcl,
    .tofutest.hcl, .tfmock.hcl, .tfquery.hcl.

    Error: No file or directory at nowhere

    No such file or directory (os error 2).

    Error: Invalid expression

      on broken.tf line 1:
       1: a = 

    Expected the start of an expression, but found an invalid expression token.
    ");
    assert_eq!(env.read("main.tf"), TIDY);
    assert_eq!(env.read("sub/d.tf"), UGLY, "behind what is wrong nothing is written");
}
