//! Imports to what the configuration does not have, or has otherwise.

use groma_config::{Config, Resource};
use groma_diag::{Diagnostic, Diagnostics};
use groma_value::Kind;

use super::{Imports, Written};

/// The error for an import target that is not in the configuration.
pub(super) fn without_config(detail: impl Into<String>) -> Diagnostic {
    Diagnostic::error("Configuration for import target does not exist", detail)
}

/// Checks the targets of all `import` blocks that the configuration must have, whoever writes the
/// configuration of the others.
pub(crate) fn check_targets(config: &Config) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    for written in Imports::all(config) {
        let target = written.target();
        let range = written.import.to.range();
        match config.resource(&target) {
            Some(resource) => diagnostics.extend(check_key(&written, resource)),
            None if !target.module.is_root() && config.is_whole(&target.module) => {
                let detail = format!(
                    "The configuration for the given import target {target} does not exist. All target instances must have an associated configuration to be imported."
                );
                diagnostics.push(without_config(detail).at(range));
            }
            None => {}
        }
    }
    diagnostics
}

/// Why no configuration can be written for an import.
const UNWRITABLE: &str = "The given import block is not compatible with config generation. The -generate-config-out option cannot be used with import blocks which use for_each, or resources which use for_each or count.";

/// Checks the targets that are not in the configuration, whose configuration is to be written if
/// `write`.
pub(in crate::plan) fn check_missing(config: &Config, write: bool) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    for written in Imports::all(config) {
        let target = written.target();
        if config.resource(&target).is_some() || !target.module.is_root() {
            continue;
        }
        let import = &written.import;
        let detail = if !write {
            format!(
                "The configuration for the given import target {target} does not exist. If you wish to automatically generate config for this resource, use the -generate-config-out option within groma plan. Otherwise, make sure the target resource exists within your configuration. For example:\n\n  groma plan -generate-config-out=generated.tf"
            )
        } else if import.for_each.is_some() || import.to.key.is_some() {
            UNWRITABLE.to_owned()
        } else {
            continue;
        };
        diagnostics.push(without_config(detail).at(import.to.range()));
    }
    diagnostics
}

/// Checks the targets that are not in the configuration, in so far as no plan could write their
/// configuration.
pub(crate) fn check_unwritable(config: &Config) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    for written in Imports::all(config) {
        let (target, import) = (written.target(), &written.import);
        let unwritten = config.resource(&target).is_none()
            && target.module.is_root()
            && !config.root.module.may_declare(&target.resource.name);
        if !unwritten {
            continue;
        }
        if import.for_each.is_some() && import.to.key.is_some() {
            let detail = "The target resource does not use for_each.";
            let summary = "Invalid import 'to' expression";
            diagnostics.push(Diagnostic::error(summary, detail).at(import.to.range()));
        } else if import.for_each.is_some() || import.to.key.is_some() {
            diagnostics.push(without_config(UNWRITABLE.to_owned()).at(import.to.range()));
        }
    }
    diagnostics
}

/// A key needs a resource that has keys.
fn check_key(written: &Written, resource: &Resource) -> Option<Diagnostic> {
    let key = written.import.to.key.as_ref()?;
    if resource.count.is_some() || resource.for_each.is_some() {
        return None;
    }
    let constant = groma_hcl::evaluate_constant(key).0;
    let argument = match constant.kind() {
        Kind::Number(_) => "count",
        _ => "for_each",
    };
    let detail = format!("The target resource does not use {argument}.");
    let summary = "Invalid import 'to' expression";
    Some(Diagnostic::error(summary, detail).at(written.import.to.range()))
}
