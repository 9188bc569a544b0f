//! Two commands at once.

use std::io::{BufRead as _, BufReader, Write as _};

use insta::assert_snapshot;

use crate::environment::TestEnvironment;

/// A command that waits at its prompt holds the lock; another is told who holds it.
#[test]
fn a_state_is_locked_while_a_command_works_with_it() {
    let env = TestEnvironment::with_config("resource \"terraform_data\" \"a\" {}\n");
    let mut first = env.start(&["apply"]);
    let mut output = BufReader::new(first.stdout.take().expect("an output"));
    let mut text = String::new();
    while !text.contains("Do you want to perform these actions?") {
        assert_ne!(output.read_line(&mut text).expect("text"), 0, "{text}");
    }
    let second = env.run(&["plan"]);
    assert_eq!(second.code, Some(1));
    let holder: Vec<&str> = second
        .stderr
        .lines()
        .filter(|line| {
            ["  ID:", "  Who:", "  Version:", "  Created:"].iter().all(|p| !line.starts_with(p))
        })
        .collect();
    assert_snapshot!(holder.join("\n"), @r#"

    Error: Error acquiring the state lock

    Error message: resource temporarily unavailable
    Lock Info:
      Path:      terraform.tfstate
      Operation: OperationTypeApply
      Info:      

    The lock keeps others from writing this state at the same time. Wait until
    whoever holds it is done, or have this command wait with the "-lock-timeout"
    option. If the holder is gone for good, "groma force-unlock" with the ID
    above frees the lock. Most commands can go without the lock under
    "-lock=false", which is not recommended.
    "#);
    let unlocked = env.run(&["plan", "-lock=false"]);
    assert_eq!(unlocked.code, Some(0), "{unlocked}");
    // One that waits gets the lock when the first is done.
    let waiting = env.start(&["plan", "-lock-timeout=60s"]);
    first.stdin.take().expect("an input").write_all(b"yes\n").expect("it reads");
    let mut rest = String::new();
    while output.read_line(&mut rest).expect("text") > 0 {}
    assert!(first.wait().expect("it ends").success(), "{rest}");
    let waited = env.wait(waiting);
    assert_eq!(waited.code, Some(0), "{waited}");
    assert!(waited.stdout.contains("No changes."), "{waited}");
}
