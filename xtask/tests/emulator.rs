//! The AWS emulator answers as its corrections promise.
//!
//! `GROMA_TEST_MOTO` names a running one, and `GROMA_TEST_PYTHON` an interpreter that has its
//! packages. Where they are not set, the test says so and passes over.

use std::path::Path;
use std::process::Command;

#[test]
fn corrections_hold() {
    let variable = |name: &str| std::env::var(name).ok();
    let (Some(address), Some(python)) =
        (variable("GROMA_TEST_MOTO"), variable("GROMA_TEST_PYTHON"))
    else {
        println!("PASSED OVER: GROMA_TEST_MOTO and GROMA_TEST_PYTHON do not name an emulator");
        return;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("emulator").join("check.py");
    let output = Command::new(python)
        .arg(script)
        .arg(format!("http://{address}"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap_or_else(|e| panic!("the interpreter does not start: {e}"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
