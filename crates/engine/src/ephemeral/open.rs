//! Opening ephemeral resources.

use std::sync::Arc;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use groma_addrs::{AbsResourceInstance, ConfigResource};
use groma_config::Resource;
use groma_diag::{Diagnostic, Diagnostics};
use groma_provider::{OpenEphemeralResponse, Provider};
use groma_schema::Schema;
use groma_state::CheckableKind;
use groma_value::Value;

use super::Opened;
use crate::checks::{RuleKind, RuleResult, evaluate_rules};
use crate::event::{EphemeralStep, Event, Stage};
use crate::objects::on;
use crate::run::{Phase, Run, locate};
use crate::walk::Outcome;
use crate::world::{ModuleData, ModuleScope, Repetition, ResourceData};

/// An ephemeral resource with all that opening its instances takes.
struct Target {
    addr: ConfigResource,
    resource: Arc<Resource>,
    schema: Arc<Schema>,
    /// Something that it is said to depend on is still to change.
    pending: bool,
}

/// One instance to be opened.
struct Item {
    module: Arc<ModuleData>,
    data: Arc<ResourceData>,
    addr: AbsResourceInstance,
    repetition: Repetition,
    provider: Arc<dyn Provider>,
}

impl Run {
    /// Opens all instances of an ephemeral resource that can be opened by now. Those of which the
    /// configuration is not known, or which are `pending`, are left for the apply.
    pub(crate) async fn open_ephemerals(&self, addr: &ConfigResource, pending: bool) -> Outcome {
        let mut diagnostics = Diagnostics::new();
        if let Err(found) = self.try_open_ephemerals(addr, pending, &mut diagnostics).await {
            diagnostics.extend(found);
        }
        self.report(diagnostics)
    }

    /// Closes all instances of an ephemeral resource that are open.
    pub(crate) async fn close_ephemerals(&self, addr: &ConfigResource) -> Outcome {
        let found = self.around.pool.opened().close(addr).await;
        self.report(found)
    }

    async fn try_open_ephemerals(
        &self,
        addr: &ConfigResource,
        pending: bool,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Diagnostics> {
        let Some(resource) = self.world.config.resource(addr).cloned() else { return Ok(()) };
        let (mode, ty) = (addr.resource.mode, &addr.resource.ty);
        let schema = self.around.schemas.resource(&resource.provider, mode, ty)?;
        let Some(schema) = schema else {
            let provider = resource.provider.for_display();
            let detail = format!(
                "The provider {provider} does not support ephemeral resource type {:?}.",
                &**ty
            );
            let diagnostic = Diagnostic::error("Invalid ephemeral resource type", detail);
            return Err(diagnostic.at(&resource.type_range).into());
        };
        let resolved = self.world.config.provider_of(&addr.module, &resource);
        let pending = pending || self.is_unconfigured(&resolved.config);
        let target = Target { addr: addr.clone(), resource, schema, pending };
        let mut items = Vec::new();
        for module in self.world.instances_of(&addr.module) {
            let Some(data) = self.expand_ephemeral(&target, &module, diagnostics) else { continue };
            if !data.expansion.is_known() {
                continue;
            }
            for (key, repetition) in data.expansion.instances() {
                let addr = addr.resource.in_module(&module.addr).instance(key);
                let key = self.provider_key(&resolved, &module, &repetition, diagnostics);
                let Some(key) = key else { continue };
                let provider = self.around.pool.get(&resolved.config.instance(key))?;
                let (module, data) = (module.clone(), data.clone());
                items.push(Item { module, data, addr, repetition, provider });
            }
        }
        if diagnostics.has_errors() {
            return Ok(());
        }
        let mut work: FuturesUnordered<_> =
            items.iter().map(|item| self.open_instance(&target, item)).collect();
        while let Some(found) = work.next().await {
            diagnostics.extend(found);
        }
        Ok(())
    }

    fn expand_ephemeral(
        &self,
        target: &Target,
        module: &Arc<ModuleData>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Arc<ResourceData>> {
        let resource = &target.resource;
        let expansion = self.expansion_of(resource, module, diagnostics)?;
        let ty = target.schema.block.implied_type().clone();
        Some(module.expand_resource(resource.addr.clone(), expansion, ty))
    }

    async fn open_instance(&self, target: &Target, item: &Item) -> Diagnostics {
        // The semaphore is never closed.
        let _slot = self.slots.acquire().await;
        let mut diagnostics = Diagnostics::new();
        if self.around.interrupt.is_raised() {
            return diagnostics;
        }
        let Some((config, marks)) = self.ephemeral_config(target, item, &mut diagnostics) else {
            return diagnostics;
        };
        let ty = &target.resource.addr.ty;
        let found = item.provider.validate_ephemeral_config(ty, &config).await;
        let failed = found.has_errors();
        diagnostics.extend(target.place(found, item));
        if failed {
            return diagnostics;
        }
        if !config.is_wholly_known() || target.pending {
            if self.phase == Phase::Apply && !self.partial {
                let detail = format!(
                    "The configuration of {} is still not known, although all that it refers to has been applied. This is a bug in Groma; please report it.",
                    item.addr
                );
                let summary = "Configuration contains unknown value";
                diagnostics.push(Diagnostic::error(summary, detail).on(&item.addr));
            }
            // What nobody has set is unknown.
            let (addr, step) = (&item.addr, EphemeralStep::Open);
            self.around.events.event(Event::Ephemeral { addr, step, stage: Stage::Deferred });
            return diagnostics;
        }
        let Some(answer) = self.open(target, item, &config, &mut diagnostics).await else {
            return diagnostics;
        };
        let value = target.schema.block.mark_sensitive(&answer.result.mark_with_paths(&marks));
        item.data.set(item.addr.key.clone(), value.clone());
        if !self.is_destroy() {
            let mut scope = ModuleScope::repeated(&self.world, &item.module, &item.repetition);
            let own = value.marked(groma_value::Mark::Ephemeral);
            scope.self_value = Some(&own);
            scope.own = Some((&target.resource.addr, &item.addr.key));
            let (rules, kind) = (&target.resource.postconditions, RuleKind::ResourcePostcondition);
            let results = evaluate_rules(rules, kind, &scope, &mut diagnostics);
            self.record_ephemeral(target, item, &results);
        }
        diagnostics
    }

    /// The configuration of an instance with its marks, once its preconditions hold.
    fn ephemeral_config(
        &self,
        target: &Target,
        item: &Item,
        diagnostics: &mut Diagnostics,
    ) -> Option<(Value, Vec<(groma_value::Path, groma_value::Marks)>)> {
        let scope = ModuleScope::repeated(&self.world, &item.module, &item.repetition);
        let resource = &target.resource;
        if !self.is_destroy() {
            let kind = RuleKind::ResourcePrecondition;
            let results = evaluate_rules(&resource.preconditions, kind, &scope, diagnostics);
            self.record_ephemeral(target, item, &results);
            if diagnostics.has_errors() {
                return None;
            }
        }
        let (config, found) = groma_schema::decode(&resource.config, &target.schema.block, &scope);
        let failed = found.has_errors();
        if failed && self.is_destroy() {
            // What it would have been made from may be gone already.
            return None;
        }
        diagnostics.extend(on(found, &item.addr));
        (!failed).then(|| config.unmark_deep_with_paths())
    }

    /// Asks the provider to open, and checks the answer. What is open is noted, so that it is
    /// closed whatever is wrong with it.
    async fn open(
        &self,
        target: &Target,
        item: &Item,
        config: &Value,
        diagnostics: &mut Diagnostics,
    ) -> Option<OpenEphemeralResponse> {
        let (events, addr) = (&self.around.events, &item.addr);
        let step = EphemeralStep::Open;
        events.event(Event::Ephemeral { addr, step, stage: Stage::Start });
        let (answer, found) = item.provider.open_ephemeral(&target.resource.addr.ty, config).await;
        let mut failed = found.has_errors();
        diagnostics.extend(target.place(found, item));
        let answer = answer.filter(|_| !failed);
        if let Some(answer) = &answer {
            let wrong = check_answer(target, addr, answer);
            failed = wrong.is_some();
            diagnostics.extend(wrong);
            if answer.deferred.is_none() {
                let pool = &self.around.pool;
                let provider = item.provider.clone();
                let (resource, schema) = (target.resource.clone(), target.schema.clone());
                let about = addr.clone();
                let opened = Opened::new(
                    addr.clone(),
                    Box::new(move |found| place(found, &resource, &schema, &about)),
                    provider,
                    answer,
                    pool.alarm().clone(),
                    events.clone(),
                );
                pool.opened().add(opened);
            }
        }
        let answer = answer.filter(|_| !failed);
        let stage = if answer.is_some() { Stage::Complete } else { Stage::Errored };
        events.event(Event::Ephemeral { addr, step, stage });
        answer
    }

    fn record_ephemeral(&self, target: &Target, item: &Item, results: &[RuleResult]) {
        let (config, addr) = (target.addr.to_string(), item.addr.to_string());
        self.checks.record(CheckableKind::Resource, config, addr, results);
    }
}

impl Target {
    fn place(&self, found: Diagnostics, item: &Item) -> Diagnostics {
        place(found, &self.resource, &self.schema, &item.addr)
    }
}

/// A provider's diagnostics, pinned to the source of the resource.
fn place(
    found: Diagnostics,
    resource: &Resource,
    schema: &Schema,
    addr: &AbsResourceInstance,
) -> Diagnostics {
    on(found.into_iter().map(|d| locate(d, &resource.config, &schema.block)).collect(), addr)
}

fn check_answer(
    target: &Target,
    addr: &AbsResourceInstance,
    answer: &OpenEphemeralResponse,
) -> Option<Diagnostic> {
    let bug = "This is a bug in the provider, which should be reported in the provider's own issue tracker.";
    let provider = &target.resource.provider;
    if answer.deferred.is_some() {
        let detail = format!(
            "Provider {provider} would open {addr} later, which it was not told that it may. {bug}"
        );
        return Some(
            Diagnostic::error("Provider deferred changes when not allowed", detail).on(addr),
        );
    }
    let what = match &answer.result {
        result if result.is_null() => "null",
        result if !result.is_wholly_known() => "unknown values",
        _ => return None,
    };
    let detail = format!("Provider {provider} returned {what} for {addr}. {bug}");
    Some(Diagnostic::error("Provider produced invalid object", detail).on(addr))
}
