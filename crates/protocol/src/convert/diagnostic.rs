//! Diagnostics and the paths in them.

use groma_diag::{AttributePath, AttributeStep, Diagnostic, Diagnostics, Severity};
use groma_value::{Path, PathStep, Str, Value};

use crate::tfplugin6 as wire;
use wire::attribute_path::{Step, step::Selector};
use wire::diagnostic::Severity as WireSeverity;

/// What a plugin has to tell.
pub fn diagnostics_from_wire(diagnostics: Vec<wire::Diagnostic>) -> Diagnostics {
    diagnostics.into_iter().map(diagnostic_from_wire).collect()
}

fn diagnostic_from_wire(diagnostic: wire::Diagnostic) -> Diagnostic {
    let severity = match diagnostic.severity() {
        WireSeverity::Warning => Severity::Warning,
        // What a plugin marks with no severity that we know had better not pass unnoticed.
        WireSeverity::Error | WireSeverity::Invalid => Severity::Error,
    };
    let mut result = Diagnostic::new(severity, diagnostic.summary, diagnostic.detail);
    result.attribute =
        diagnostic.attribute.map(attribute_path_from_wire).filter(|path| !path.is_empty());
    result
}

/// All diagnostics as messages.
pub fn diagnostics_to_wire<'a>(
    diagnostics: impl IntoIterator<Item = &'a Diagnostic>,
) -> Vec<wire::Diagnostic> {
    diagnostics.into_iter().map(diagnostic_to_wire).collect()
}

/// A diagnostic as a message.
pub fn diagnostic_to_wire(diagnostic: &Diagnostic) -> wire::Diagnostic {
    let severity = match diagnostic.severity {
        Severity::Error => WireSeverity::Error,
        Severity::Warning => WireSeverity::Warning,
    };
    wire::Diagnostic {
        severity: severity.into(),
        summary: diagnostic.summary.clone(),
        detail: diagnostic.detail.clone(),
        attribute: diagnostic.attribute.as_ref().map(attribute_path_to_wire),
    }
}

/// A path as diagnostics hold it. It ends at a step that says nothing.
pub fn attribute_path_from_wire(path: wire::AttributePath) -> AttributePath {
    path.steps
        .into_iter()
        .map_while(|step| {
            Some(match step.selector? {
                Selector::AttributeName(name) => AttributeStep::Attribute(name),
                Selector::ElementKeyString(key) => AttributeStep::Key(key),
                Selector::ElementKeyInt(index) => AttributeStep::Index(index),
            })
        })
        .collect()
}

/// A diagnostic's path as a message.
pub fn attribute_path_to_wire(path: &AttributePath) -> wire::AttributePath {
    let steps = path.iter().map(|step| {
        let selector = match step {
            AttributeStep::Attribute(name) => Selector::AttributeName(name.clone()),
            AttributeStep::Key(key) => Selector::ElementKeyString(key.clone()),
            AttributeStep::Index(index) => Selector::ElementKeyInt(*index),
        };
        Step { selector: Some(selector) }
    });
    wire::AttributePath { steps: steps.collect() }
}

/// A path into a value. It ends at a step that says nothing.
pub fn value_path_from_wire(path: wire::AttributePath) -> Path {
    let steps = path.steps.into_iter().map_while(|step| {
        Some(match step.selector? {
            Selector::AttributeName(name) => PathStep::Attribute(Str::from(name)),
            Selector::ElementKeyString(key) => PathStep::Index(Value::string(key)),
            Selector::ElementKeyInt(index) => PathStep::Index(Value::number(index)),
        })
    });
    Path(steps.collect())
}

/// A path into a value as a message. The protocol cannot name an element of a set: such a path
/// ends at the set.
pub fn value_path_to_wire(path: &Path) -> wire::AttributePath {
    let steps = path.0.iter().map_while(|step| {
        let selector = match step {
            PathStep::Attribute(name) => Selector::AttributeName(name.to_string()),
            PathStep::Index(key) => match (key.as_str(), key.as_number()) {
                (Some(key), _) => Selector::ElementKeyString(key.to_string()),
                (_, Some(index)) => Selector::ElementKeyInt(index.as_i64()?),
                _ => return None,
            },
        };
        Some(Step { selector: Some(selector) })
    });
    wire::AttributePath { steps: steps.collect() }
}
