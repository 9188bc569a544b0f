//! Data sources: read while planning if all that they need is known, else during apply.

use std::sync::Arc;

use groma_addrs::{AbsResourceInstance, ConfigResource, ResourceMode};
use groma_config::Resource;
use groma_diag::{Diagnostic, Diagnostics};
use groma_plan::{Action, ActionReason, Change, ConfigNode, DeferredReason, InstanceChange, rules};
use groma_provider::{Provider, ReadDataRequest};
use groma_schema::Schema;
use groma_state::{CheckableKind, ObjectStatus};
use groma_value::Value;

use super::Planner;
use super::deferral::{deferred_reason, not_allowed};
use super::managed::place;
use super::node::{Item, Target};
use crate::Event;
use crate::checks::{RuleKind, evaluate_rules};
use crate::ephemeral::refuse_ephemeral;
use crate::graph::ReferenceChecker;
use crate::objects::{Stored, encode, on};
use crate::run::Run;
use crate::world::ModuleScope;

impl Planner {
    /// Reads, or plans to read, one instance of a data source.
    pub(super) async fn data(
        &self,
        target: &Target,
        item: &Item,
        waiting: Option<DeferredReason>,
        diagnostics: &mut Diagnostics,
    ) {
        if let Some(reason) = waiting {
            return self.defer_unplanned(target, item, reason, diagnostics).await;
        }
        if self.run.is_destroy() && self.previous.is_empty() {
            // Where there is nothing to destroy, nothing needs to be known.
            item.data.set(item.addr.key.clone(), target.schema.block.unknown_value());
            return;
        }
        let scope = ModuleScope::repeated(&self.run.world, &item.module, &item.repetition);
        let resource = &target.resource;
        if !self.run.is_destroy() {
            let kind = RuleKind::ResourcePrecondition;
            let results = evaluate_rules(&resource.preconditions, kind, &scope, diagnostics);
            self.record(target, item, &results);
            if diagnostics.has_errors() {
                return;
            }
        }
        let block = &target.schema.block;
        let (config, found) = groma_schema::decode(&resource.config, block, &scope);
        if found.has_errors() && self.run.is_destroy() {
            return;
        }
        let failed = found.has_errors();
        diagnostics.extend(on(found, &item.addr));
        if failed {
            return;
        }
        let (config, marks) = config.unmark_deep_with_paths();
        let (body, addr) = (&resource.config, item.addr.to_string());
        let refused = refuse_ephemeral(block, body, &config, &marks, &addr);
        if refused.has_errors() {
            diagnostics.extend(refused);
            return;
        }
        let ty = &resource.addr.ty;
        let found = target.provider.validate_data_source_config(ty, &config).await;
        let failed = found.has_errors();
        diagnostics.extend(on(place(found, target), &item.addr));
        if failed {
            return;
        }
        let reason = if !config.is_wholly_known() {
            Some(ActionReason::ReadBecauseConfigUnknown)
        } else if self.waits(&target.addr, &target.resource) {
            Some(ActionReason::ReadBecauseDependencyPending)
        } else {
            None
        };
        if let Some(reason) = reason {
            self.defer(target, item, config, &marks, reason);
            return;
        }
        let mut found = Diagnostics::new();
        let (run, source) = (&self.run, target.as_source());
        let value = read(run, source, &item.addr, config.clone(), &mut found).await;
        let check = resource.check.as_ref().filter(|_| !run.is_destroy());
        if let Some(check) = check.filter(|_| found.has_errors()) {
            diagnostics.extend(run.fail_check(&item.module.addr, check, found));
            let reason = ActionReason::ReadBecauseCheckNested;
            let planned = self.defer(target, item, config, &marks, reason);
            self.keep(target, item, &planned.unknown_as_null(), diagnostics);
            return;
        }
        diagnostics.extend(found);
        let value = match value {
            Some(Found::Value(value)) => value,
            Some(Found::Deferred(reason)) => {
                return self.defer_unplanned(target, item, reason, diagnostics).await;
            }
            None => return,
        };
        let value = value.mark_with_paths(&marks);
        item.data.set(item.addr.key.clone(), block.mark_sensitive(&value));
        self.keep(target, item, &value, diagnostics);
        if check.is_some() {
            // What the check looks at is to be what there is then.
            let after = block.mark_sensitive(&value);
            self.read_later(target, item, after, ActionReason::ReadBecauseCheckNested);
        }
        self.data_postconditions(target, item, &block.mark_sensitive(&value), diagnostics);
    }

    /// Puts what was read into the state.
    fn keep(&self, target: &Target, item: &Item, value: &Value, diagnostics: &mut Diagnostics) {
        if !self.is_selected(&item.addr) {
            return;
        }
        let stored = Stored {
            private: Arc::from([]),
            identity: None,
            status: ObjectStatus::Ready,
            dependencies: Arc::from([]),
            create_before_destroy: false,
            skip_destroy: false,
        };
        let object = encode(&item.addr, value, &target.schema, stored);
        if let Some(object) = diagnostics.take(object) {
            self.refreshed.set_current(&item.addr, &target.provider_addr, Some(object));
        }
    }

    /// Whether something that a data source or ephemeral resource refers to, or is said to depend
    /// on, is going to change.
    pub(super) fn waits(&self, addr: &ConfigResource, resource: &Resource) -> bool {
        if resource.mode() == ResourceMode::Data && self.refers_to_changing(addr) {
            return true;
        }
        if resource.depends_on.is_empty() {
            return self.module_waits(addr);
        }
        let config = &self.run.world.config;
        let Some(module) = config.module(&addr.module) else { return false };
        let checker = ReferenceChecker { module, schemas: None };
        let mut nodes = Vec::new();
        let mut ignored = Diagnostics::new();
        for traversal in &resource.depends_on {
            checker.resolve_dependency(traversal, &mut nodes, &mut ignored);
        }
        self.any_changing(&nodes) || self.module_waits(addr)
    }

    /// Whether a managed resource that the configuration names itself is going to change. What is
    /// known of it beforehand, such as a name, is there to be looked up only afterwards.
    fn refers_to_changing(&self, addr: &ConfigResource) -> bool {
        let Some(id) = self.graph.id(&ConfigNode::Resource(addr.clone())) else { return false };
        self.graph.dependencies()[id as usize].iter().any(|dependency| {
            matches!(
                self.graph.node(*dependency),
                ConfigNode::Resource(named)
                    if named.resource.mode == ResourceMode::Managed && self.is_changing(named)
            )
        })
    }

    /// As [`Planner::waits`], for the `depends_on` of the calls that lead to the module.
    fn module_waits(&self, addr: &ConfigResource) -> bool {
        let config = &self.run.world.config;
        let mut path = addr.module.clone();
        while let Some((caller, _)) = path.parent() {
            if let (Some(call), Some(module)) = (config.call(&path), config.module(&caller)) {
                let checker = ReferenceChecker { module, schemas: None };
                let mut nodes = Vec::new();
                let mut ignored = Diagnostics::new();
                for traversal in &call.depends_on {
                    checker.resolve_dependency(traversal, &mut nodes, &mut ignored);
                }
                if self.any_changing(&nodes) {
                    return true;
                }
            }
            path = caller;
        }
        false
    }

    /// Whether any of these, or anything that they wait for, is going to change.
    fn any_changing(&self, nodes: &[ConfigNode]) -> bool {
        let mut seen = std::collections::HashSet::new();
        let mut stack: Vec<u32> = nodes.iter().filter_map(|n| self.graph.id(n)).collect();
        while let Some(id) = stack.pop() {
            if !seen.insert(id) {
                continue;
            }
            if let ConfigNode::Resource(addr) = self.graph.node(id)
                && addr.resource.mode != ResourceMode::Ephemeral
                && self.is_changing(addr)
            {
                return true;
            }
            stack.extend(&self.graph.dependencies()[id as usize]);
        }
        false
    }

    fn defer(
        &self,
        target: &Target,
        item: &Item,
        config: Value,
        marks: &[(groma_value::Path, groma_value::Marks)],
        reason: ActionReason,
    ) -> Value {
        let block = &target.schema.block;
        let unknown = block.unknown_value();
        let planned = rules::proposed_new(block, &unknown, &config).mark_with_paths(marks);
        let after = block.mark_sensitive(&planned);
        item.data.set(item.addr.key.clone(), after.clone());
        // Until it is read again, there is nothing to be known of it.
        if self.read_later(target, item, after, reason)
            && self.previous.instance(&item.addr).is_some()
        {
            self.refreshed.set_current(&item.addr, &target.provider_addr, None);
        }
        planned
    }

    /// Plans to read during apply, if there is to be any.
    fn read_later(&self, target: &Target, item: &Item, after: Value, reason: ActionReason) -> bool {
        if self.run.is_destroy()
            || self.options.mode == groma_plan::Mode::RefreshOnly
            || !self.is_selected(&item.addr)
        {
            return false;
        }
        self.add_change(InstanceChange {
            addr: item.addr.clone(),
            previous_addr: item.addr.clone(),
            deposed: None,
            provider: target.provider_addr.clone(),
            change: Change {
                action: Action::Read,
                before: Value::null(target.schema.block.implied_type().clone()),
                after,
                importing: None,
            },
            reason: Some(reason),
            required_replace: Vec::new(),
            private: Arc::from([]),
            before_identity: None,
            after_identity: None,
        });
        true
    }

    fn data_postconditions(
        &self,
        target: &Target,
        item: &Item,
        value: &Value,
        diagnostics: &mut Diagnostics,
    ) {
        if self.run.is_destroy() {
            return;
        }
        let mut scope = ModuleScope::repeated(&self.run.world, &item.module, &item.repetition);
        scope.self_value = Some(value);
        scope.own = Some((&target.resource.addr, &item.addr.key));
        let kind = RuleKind::ResourcePostcondition;
        let results = evaluate_rules(&target.resource.postconditions, kind, &scope, diagnostics);
        self.record(target, item, &results);
    }

    fn record(&self, target: &Target, item: &Item, results: &[crate::checks::RuleResult]) {
        let (config, addr) = (target.addr.to_string(), item.addr.to_string());
        self.run.checks.record(CheckableKind::Resource, config, addr, results);
    }
}

/// What reading a data source came to.
pub(crate) enum Found {
    /// It was read.
    Value(Value),
    /// The provider leaves it for a later plan.
    Deferred(DeferredReason),
}

/// What reading a data source takes.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) addr: &'a ConfigResource,
    pub(crate) resource: &'a groma_config::Resource,
    pub(crate) provider: &'a Arc<dyn Provider>,
    pub(crate) schema: &'a Schema,
}

impl Target {
    fn as_source(&self) -> Source<'_> {
        Source {
            addr: &self.addr,
            resource: &self.resource,
            provider: &self.provider,
            schema: &self.schema,
        }
    }
}

/// Reads a data source and checks the answer. The configuration must be wholly known.
pub(crate) async fn read(
    run: &Run,
    source: Source<'_>,
    addr: &AbsResourceInstance,
    config: Value,
    diagnostics: &mut Diagnostics,
) -> Option<Found> {
    let events = &run.around.events;
    let action = Action::Read;
    events.event(Event::ApplyStart { addr, deposed: None, action, id: None });
    let block = &source.schema.block;
    let request = ReadDataRequest {
        ty: source.resource.addr.ty.clone(),
        config: config.clone(),
        provider_meta: run.provider_meta(&addr.resource.module, &source.resource.provider),
        capabilities: run.capabilities(),
    };
    let (answer, found) = source.provider.read_data_source(request).await;
    let failed = found.has_errors();
    let placed = found.into_iter().map(|d| crate::run::locate(d, &source.resource.config, block));
    diagnostics.extend(on(placed.collect(), addr));
    let Some(answer) = answer.filter(|_| !failed) else {
        events.event(Event::ApplyErrored { addr, deposed: None, action });
        return None;
    };
    if let Some(reason) = answer.deferred {
        if !run.capabilities().deferral_allowed {
            diagnostics.push(not_allowed(&source.resource.provider, addr));
            events.event(Event::ApplyErrored { addr, deposed: None, action });
            return None;
        }
        events.event(Event::ApplyComplete { addr, deposed: None, action, id: None });
        return Some(Found::Deferred(deferred_reason(reason)));
    }
    let value = answer.state;
    if value.is_null() || !value.is_wholly_known() {
        let what = if value.is_null() { "null" } else { "unknown values" };
        let detail = format!(
            "Provider {} returned {what} for {}. This is a bug in the provider, which should be reported in the provider's own issue tracker.",
            source.resource.provider, source.addr
        );
        diagnostics.push(Diagnostic::error("Provider produced invalid object", detail).on(addr));
        events.event(Event::ApplyErrored { addr, deposed: None, action });
        return None;
    }
    let id = crate::objects::object_id(&block.mark_sensitive(&value));
    events.event(Event::ApplyComplete { addr, deposed: None, action, id });
    Some(Found::Value(value))
}
