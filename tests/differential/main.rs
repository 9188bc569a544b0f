//! The same configuration through Groma and through Terraform: what they say and do must be equal.
//!
//! Each file of `cases/` is a configuration in steps, and the commands to run at each ([`script`]
//! says how it is written). A case is played twice, each engine in a folder of its own, and what
//! both do is compared command by command: exit codes, diagnostics, the planned changes, plans and
//! states as JSON, plans as text. After each apply, either engine plans on what the other left.
//!
//! What the tests need is told in the environment; without it they say so and pass over:
//!
//! - `GROMA_TEST_TERRAFORM`: Terraform 1.11; without it, `terraform` is looked for on the PATH;
//! - `GROMA_TEST_MOCK`: the mock provider's program;
//! - `GROMA_TEST_MOTO`: host and port of a running AWS emulator;
//! - `GROMA_TEST_AWS_PLUGIN`: the released hashicorp/aws 5.100.0;
//! - `GROMA_TEST_SSHD`: an OpenSSH server.
//!
//! `GROMA_TEST_SUBJECT` names a program to take Groma's place. With Terraform itself in it, all
//! cases must pass: that is how the comparison itself is tested.

mod aws;
mod cases;
mod compare;
mod emulator;
mod engine;
mod known;
mod library;
mod locks;
mod normal;
mod observe;
mod play;
mod script;
mod ssh;
mod stage;

type Result<T, E = Failure> = std::result::Result<T, E>;

/// What goes wrong in these tests is told, not handled.
struct Failure(String);

impl<E: std::fmt::Display> From<E> for Failure {
    fn from(error: E) -> Failure {
        Failure(error.to_string())
    }
}

/// A test that fails shows this form, in which lines must stay lines.
impl std::fmt::Debug for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[expect(clippy::print_stderr, reason = "a test that is passed over must say so")]
fn passed_over(what: &str) {
    eprintln!("PASSED OVER: {what}");
}
