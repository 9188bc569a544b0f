//! Ctrl-C.

use std::io::{BufRead as _, BufReader};

use crate::environment::TestEnvironment;

/// Waiting at a prompt, a command ends when it is interrupted, with nothing done and no lock left.
#[test]
fn a_prompt_can_be_interrupted() {
    let env = TestEnvironment::with_config("resource \"terraform_data\" \"a\" {}\n");
    let mut child = env.start(&["apply"]);
    let mut output = BufReader::new(child.stdout.take().expect("an output"));
    let mut text = String::new();
    while !text.contains("Only 'yes' will be accepted") {
        assert_ne!(output.read_line(&mut text).expect("text"), 0, "{text}");
    }
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("it lives");
    while output.read_line(&mut text).expect("text") > 0 {}
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), Some(1), "{text}");
    assert!(text.contains("Interrupt received."), "{text}");
    assert!(text.ends_with("Apply cancelled.\n"), "{text}");
    assert!(!env.exists("terraform.tfstate"));
    let next = env.ok(&["apply", "-auto-approve"]);
    assert!(next.stdout.contains("1 added"), "{next}");
}

/// A command of a provisioner is ended with the apply, and its object is known and tainted.
#[test]
fn a_provisioner_can_be_interrupted() {
    let env = TestEnvironment::with_config(
        "resource \"terraform_data\" \"a\" {\n  provisioner \"local-exec\" {\n    command = \"trap 'echo asked; exit 9' INT; echo ready; while :; do sleep 0.1; done\"\n  }\n}\n",
    );
    let mut child = env.start(&["apply", "-auto-approve"]);
    let mut output = BufReader::new(child.stdout.take().expect("an output"));
    let mut text = String::new();
    while !text.contains("(local-exec): ready") {
        assert_ne!(output.read_line(&mut text).expect("text"), 0, "{text}");
    }
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("it lives");
    while output.read_line(&mut text).expect("text") > 0 {}
    assert_eq!(child.wait().expect("it ends").code(), Some(1), "{text}");
    assert!(text.contains("Interrupt received."), "{text}");
    let state = env.read("terraform.tfstate");
    assert!(state.contains("\"status\": \"tainted\""), "{state}");
    assert!(!env.exists(".terraform.tfstate.lock.info"));
}
