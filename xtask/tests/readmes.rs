//! The READMEs of the modules say what the modules say.

use std::process::Command;

#[test]
fn readmes_are_what_their_modules_say() {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask")).args(["readme", "--check"]).output();
    let output = output.unwrap_or_else(|e| panic!("xtask does not start: {e}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}
