//! `language` blocks: what OpenTofu has in place of parts of the `terraform` block.

use std::sync::LazyLock;

use groma_addrs::version::{Version, VersionConstraints};
use groma_diag::{Diagnostic, Diagnostics, SourceRange};
use groma_hcl::{Attribute, Block, BodySchema};

use super::attrs::constant_string;

static SCHEMA: LazyLock<BodySchema> = LazyLock::new(|| {
    BodySchema::new().optional(["edition", "experiments"]).block("compatible_with", &[])
});

/// The OpenTofu whose language is understood.
const UNDERSTOOD: Version = Version::new(1, 12, 0);

/// The last one that did not know these blocks.
const WITHOUT: Version = Version::new(1, 11, 0);

/// The one edition that there is of OpenTofu's language.
const EDITION: &str = "tofu2024";

/// Checks a `language` block. Nothing of it is kept: it says whom the module is for.
pub(super) fn check(block: &Block, diagnostics: &mut Diagnostics) {
    let (content, found) = block.body.content(&SCHEMA);
    diagnostics.extend(found);
    if let Some(attribute) = content.attribute("edition") {
        diagnostics.extend(edition(attribute));
    }
    if let Some(attribute) = content.attribute("experiments")
        && let Some(items) = diagnostics.take(attribute.expr.require_list())
    {
        for item in items {
            let detail = "There are no experimental features to opt in to.";
            diagnostics
                .push(Diagnostic::error("Unknown experiment keyword", detail).at(item.range()));
        }
    }
    let mut first: Option<SourceRange> = None;
    for inner in &content.blocks {
        if let Some(first) = &first {
            let detail = format!(
                "The versions of OpenTofu that the module is compatible with are said already at \
                 {first}."
            );
            diagnostics.push(
                Diagnostic::error("Duplicate compatible_with block", detail).at(&inner.def_range),
            );
            continue;
        }
        // Other arguments are for other engines.
        let schema = BodySchema::new().optional(["opentofu"]);
        let (inner, _, found) = inner.body.partial_content(&schema);
        diagnostics.extend(found);
        if let Some(attribute) = inner.attribute("opentofu") {
            first = Some(attribute.range.clone());
            compatible(attribute, diagnostics);
        }
    }
}

fn edition(attribute: &Attribute) -> Option<Diagnostic> {
    let (summary, detail) = match attribute.expr.as_keyword() {
        Some(EDITION) => return None,
        Some(word) => (
            "Unsupported language edition",
            format!("The only language edition is {EDITION}. This module requires {word}."),
        ),
        None => (
            "Invalid language edition",
            format!("The edition argument expects a keyword. The only one is {EDITION}."),
        ),
    };
    Some(Diagnostic::error(summary, detail).at(attribute.expr.range()))
}

fn compatible(attribute: &Attribute, diagnostics: &mut Diagnostics) {
    let range = attribute.expr.range();
    let Some(text) = constant_string(attribute, diagnostics) else { return };
    let constraints = match VersionConstraints::parse_core(&text) {
        Ok(constraints) => constraints,
        Err(why) => {
            let detail =
                format!("This string does not use correct version constraint syntax: {why}.");
            diagnostics.push(Diagnostic::error("Invalid version constraint", detail).at(range));
            return;
        }
    };
    if let Some(prerelease) = constraints.inexact_prerelease() {
        let detail = format!(
            "Prerelease version constraints are not supported: {prerelease}. Remove the \
             prerelease information from the constraint."
        );
        diagnostics
            .push(Diagnostic::error("Invalid required_version constraint", detail).at(range));
    } else if !constraints.matches_core(&UNDERSTOOD) {
        let detail = format!(
            "This module is for OpenTofu {text}, and this engine understands the language of \
             OpenTofu {UNDERSTOOD}. Choose another version of the engine, or of the module."
        );
        diagnostics.push(Diagnostic::error("Unsupported OpenTofu Core version", detail).at(range));
    } else if constraints.matches_core(&WITHOUT) {
        let detail = "OpenTofu knows such blocks from version 1.12 on: the constraint should leave \
                      out earlier versions, as \">= 1.12\" does. A module that is for those, too, \
                      says so by required_version in a file that ends with .tofu.";
        diagnostics.push(Diagnostic::warning("Ineffective version constraint", detail).at(range));
    }
}
