//! The conditions of managed resources while planning.

use groma_diag::{Diagnostic, Diagnostics, Severity};
use groma_plan::InstanceChange;
use groma_state::CheckableKind;
use groma_value::Value;

use super::Planner;
use super::node::{Item, Target};
use crate::checks::{RuleKind, evaluate_rules};
use crate::world::ModuleScope;

impl Planner {
    /// Evaluates the postconditions of what is planned.
    pub(super) fn postconditions(
        &self,
        target: &Target,
        item: &Item,
        change: &InstanceChange,
        diagnostics: &mut Diagnostics,
    ) {
        let rules = &target.resource.postconditions;
        if rules.is_empty() {
            return;
        }
        let mut scope = ModuleScope::repeated(&self.run.world, &item.module, &item.repetition);
        scope.self_value = Some(&change.change.after);
        scope.own = Some((&target.resource.addr, &item.addr.key));
        let results = evaluate_rules(rules, RuleKind::ResourcePostcondition, &scope, diagnostics);
        self.run.checks.record(
            CheckableKind::Resource,
            target.addr.to_string(),
            item.addr.to_string(),
            &results,
        );
    }

    /// Looks at the conditions of an object that is only refreshed. They cannot forbid anything.
    pub(super) fn watch_conditions(
        &self,
        target: &Target,
        item: &Item,
        value: &Value,
        diagnostics: &mut Diagnostics,
    ) {
        let resource = &target.resource;
        let mut found = Diagnostics::new();
        let mut scope = ModuleScope::repeated(&self.run.world, &item.module, &item.repetition);
        let before = RuleKind::ResourcePrecondition;
        let mut results = evaluate_rules(&resource.preconditions, before, &scope, &mut found);
        let value = target.schema.block.mark_sensitive(value);
        scope.self_value = Some(&value);
        scope.own = Some((&resource.addr, &item.addr.key));
        let after = RuleKind::ResourcePostcondition;
        results.extend(evaluate_rules(&resource.postconditions, after, &scope, &mut found));
        let (config, addr) = (target.addr.to_string(), item.addr.to_string());
        self.run.checks.record(CheckableKind::Resource, config, addr, &results);
        let warned = found.into_iter().map(|d| Diagnostic { severity: Severity::Warning, ..d });
        diagnostics.extend(warned);
    }
}
