//! Decoding: from a body to a value that conforms to a schema.

mod plan;

use groma_diag::{Diagnostic, SourceRange};

pub(crate) use plan::{BodyPlan, is_modern};

fn missing_argument(name: &str, range: &SourceRange) -> Diagnostic {
    let detail = format!("The argument {name:?} is required, but no definition was found.");
    Diagnostic::error("Missing required argument", detail).at(range)
}
