//! The provider as a whole, as an engine sees it: its schemas next to those of the released
//! hashicorp/aws, and its types at work on an emulator.
//!
//! What the tests need is told in the environment; without it they say so and pass over:
//!
//! - `GROMA_TEST_ENGINE`: the engine, `groma`; without it, the one beside the provider's program;
//! - `GROMA_TEST_AWS_PLUGIN`: the released hashicorp/aws 5.100.0;
//! - `GROMA_TEST_PYTHON`: a Python that has the emulator's packages; without it, the one that
//!   `cargo xtask test` made in the target folder;
//! - `GROMA_TEST_TYPES`: only cases whose path contains this are played;
//! - `GROMA_TEST_SEED`: a number by which other requests and answers get lost;
//! - `GROMA_TEST_SUBJECT`: a program to take our provider's place in them. With the released one in
//!   it, what a case says of a type is put to the test.

mod case;
mod coverage;
mod emulator;
mod engine;
mod exchange;
mod faults;
mod gathered;
mod native;
mod play;
mod request;
mod schema;
mod trouble;
mod types;
mod young;

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

#[expect(clippy::print_stderr, reason = "tests tell what they saw, and what they passed over")]
fn say(what: &str) {
    eprintln!("{what}");
}

fn passed_over(what: &str) {
    say(&format!("PASSED OVER: {what}"));
}
