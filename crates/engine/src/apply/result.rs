//! What came of a change, held against what was planned.

use groma_diag::{Diagnostic, Diagnostics};
use groma_plan::{InstanceChange, rules};
use groma_provider::ApplyResourceResponse;
use groma_schema::Block;
use groma_value::Value;

use crate::ephemeral::refuse_write_only;
use crate::plan::open_identity;

/// Checks what came of it against what was planned. Gives the object in the common form.
pub(super) fn check_result(
    block: &Block,
    change: &InstanceChange,
    planned: &Value,
    answer: &ApplyResourceResponse,
    failed: bool,
    diagnostics: &mut Diagnostics,
) -> Value {
    let value = match answer.legacy_type_system {
        true => rules::normalize_legacy(block, &answer.state),
        false => answer.state.clone(),
    };
    let (provider, addr) = (&change.provider.provider, &change.addr);
    let bug = "This is a bug in the provider, which should be reported in the provider's own issue tracker.";
    let leaked = refuse_write_only(block, &value, provider, addr, "during apply");
    let value = match leaked.has_errors() {
        true => block.without_write_only(&value),
        false => value,
    };
    diagnostics.extend(leaked);
    if failed {
        return value;
    }
    if value.is_null() {
        let detail = format!(
            "When applying changes to {addr}, provider {provider} produced an unexpected new value: Root object was present, but now absent.\n\n{bug}"
        );
        diagnostics.push(
            Diagnostic::error("Provider produced inconsistent result after apply", detail).on(addr),
        );
        return value;
    }
    if !value.is_wholly_known() {
        let detail = format!(
            "After the apply operation, the provider still indicated an unknown value for {addr}. All values must be known after apply, so this is always a bug in the provider and should be reported in the provider's own repository. Groma will still save the other known object values in the state."
        );
        diagnostics.push(
            Diagnostic::error("Provider returned invalid result object after apply", detail)
                .on(addr),
        );
        return value;
    }
    diagnostics.extend(open_identity(addr, &change.provider, answer.identity.as_ref()));
    let violations = rules::assert_compatible(block, planned, &value);
    if answer.legacy_type_system {
        if !violations.is_empty() {
            tracing::warn!(%provider, %addr, ?violations, "legacy plugin SDK: an inconsistent result is tolerated");
        }
        return value;
    }
    for violation in violations {
        let detail = format!(
            "When applying changes to {addr}, provider {provider} produced an unexpected new value: {}: {}.\n\n{bug}",
            violation.path, violation.message
        );
        diagnostics.push(
            Diagnostic::error("Provider produced inconsistent result after apply", detail).on(addr),
        );
    }
    value
}
