//! What is understood and cannot be done yet: it is refused, never passed over.

use groma_config::Config;
use groma_diag::{Diagnostic, Diagnostics, SourceRange};

/// An error for everything in a configuration that this engine cannot do.
pub(super) fn check(config: &Config) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    for node in config.modules() {
        let module = &node.module;
        if let Some(cloud) = &module.cloud {
            diagnostics.push(refuse("The cloud block", &cloud.decl_range));
        }
    }
    diagnostics
}

fn refuse(what: &str, range: &SourceRange) -> Diagnostic {
    let detail = format!(
        "{what} cannot be handled by this version of Groma. To go on without, remove this part of the configuration; to keep it, apply the configuration with another engine of the family."
    );
    Diagnostic::error("Unsupported part of the configuration", detail).at(range)
}
