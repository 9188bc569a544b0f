//! What providers plan, held against what the configuration asks for.

use groma_addrs::AbsResourceInstance;
use groma_diag::{Diagnostic, Diagnostics};
use groma_plan::{DeferredReason, rules};
use groma_provider::{PlanResourceResponse, Private};
use groma_value::{Path, Value};

use super::node::Target;
use crate::ephemeral::refuse_write_only;

/// What a provider planned for an instance, checked.
pub(super) struct Planned {
    pub(super) value: Value,
    pub(super) requires_replace: Vec<Path>,
    pub(super) private: Private,
    pub(super) identity: Option<Value>,
    pub(super) deferred: Option<DeferredReason>,
}

/// Checks a provider's plan and brings it into the common form.
pub(super) fn check_plan(
    target: &Target,
    addr: &AbsResourceInstance,
    prior: &Value,
    config: &Value,
    answer: PlanResourceResponse,
    diagnostics: &mut Diagnostics,
) -> Option<Planned> {
    let block = &target.schema.block;
    let value = if answer.legacy_type_system {
        rules::normalize_legacy(block, &answer.planned)
    } else {
        answer.planned
    };
    let provider = &target.provider_addr.provider;
    let leaked = refuse_write_only(block, &value, provider, addr, "during planning");
    if leaked.has_errors() {
        diagnostics.extend(leaked);
        return None;
    }
    let violations = rules::assert_plan_valid(block, prior, config, &value);
    if !violations.is_empty() {
        if answer.legacy_type_system {
            tracing::warn!(%provider, %addr, ?violations, "legacy plugin SDK: an invalid plan is tolerated");
        } else {
            for violation in violations {
                let detail = format!(
                    "Provider {provider} planned an invalid value for {addr}{}: {}.\n\nThis is a bug in the provider, which should be reported in the provider's own issue tracker.",
                    violation.path, violation.message
                );
                diagnostics
                    .push(Diagnostic::error("Provider produced invalid plan", detail).on(addr));
            }
            return None;
        }
    }
    Some(Planned {
        value,
        requires_replace: answer.requires_replace,
        private: answer.private,
        identity: answer.identity,
        deferred: None,
    })
}
