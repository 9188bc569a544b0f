//! Planning an instance of a managed resource.

use std::sync::Arc;

use groma_addrs::ConfigResource;
use groma_diag::{Diagnostic, Diagnostics};
use groma_plan::{
    Action, ActionReason, Change, DeferredReason, Importing, InstanceChange, Mode, rules,
};
use groma_provider::{PlanResourceRequest, ValidateResourceRequest};
use groma_state::{CheckableKind, Object, ObjectStatus};
use groma_value::{Path, Value};

use super::Planner;
use super::deferral::{deferred_reason, not_allowed};
use super::difference::{changed_paths, same_marks};
use super::ignore::ignore_changes;
use super::imports::ImportOrder;
use super::node::{Item, Target};
use super::planned::{Planned, check_plan};
use super::refresh::{Owned, Prior};
use crate::checks::{RuleKind, evaluate_rules};
use crate::ephemeral::{lasting_marks, refuse_ephemeral};
use crate::objects::{Stored, decode, encode, on};
use crate::run::locate;
use crate::world::ModuleScope;

impl Planner {
    /// Refreshes and plans one instance.
    pub(super) async fn managed(
        &self,
        target: &Target,
        item: &Item,
        waiting: Option<DeferredReason>,
        diagnostics: &mut Diagnostics,
    ) {
        let stored = self.previous.instance(&item.addr).and_then(|i| i.current.clone());
        let mut importing = None;
        let order = self.import_order(target, item);
        if let (Some(_), Some(_), Some(_)) = (&stored, &order, &self.options.import) {
            diagnostics.push(managed_already(&item.addr));
            return;
        }
        let prior = match (&stored, order) {
            (Some(object), _) => self.refresh(target, item, object, diagnostics).await,
            (None, Some(order)) => {
                let found = self.import(target, item, &order, diagnostics).await;
                found.map(|(prior, what)| {
                    importing = Some(what);
                    prior
                })
            }
            (None, _) => Some(Prior::none(&target.schema)),
        };
        let Some(prior) = prior else { return };
        if importing.is_some()
            && waiting.is_none()
            && !self.note_import(target, item, &prior, diagnostics)
        {
            return;
        }
        let keep = |value: &Value| {
            item.data.set(item.addr.key.clone(), target.schema.block.mark_sensitive(value));
        };
        if !self.is_selected(&item.addr) || self.options.mode == Mode::RefreshOnly {
            if !prior.value.is_null() {
                keep(&prior.value);
                if self.options.mode == Mode::RefreshOnly {
                    self.watch_conditions(target, item, &prior.value, diagnostics);
                }
            }
            return;
        }
        if self.run.is_destroy() {
            if !prior.value.is_null() {
                keep(&prior.value);
                self.plan_destroy(target, item, prior, diagnostics).await;
            }
            return;
        }
        self.plan_change(target, item, prior, importing, waiting, diagnostics).await;
    }

    /// Plans what becomes of an instance that the configuration has. Tells whether it could.
    pub(super) async fn plan_change(
        &self,
        target: &Target,
        item: &Item,
        prior: Prior,
        importing: Option<Importing>,
        waiting: Option<DeferredReason>,
        diagnostics: &mut Diagnostics,
    ) -> bool {
        let planned = self.plan_instance(target, item, &prior, diagnostics).await;
        let Some((mut change, announced)) = planned else { return false };
        change.change.importing = importing;
        let after = target.schema.block.mark_sensitive(&change.change.after);
        item.data.set(item.addr.key.clone(), after);
        // What needs no change waits for nothing.
        let waiting = waiting.filter(|_| change.change.action != Action::NoOp);
        if let Some(reason) = prior.deferred.or(announced).or(waiting) {
            self.defer_change(change, reason);
            return true;
        }
        if change.change.action.is_replace() {
            self.guard(&target.resource, &change, diagnostics);
        }
        self.postconditions(target, item, &change, diagnostics);
        if change.change.action == Action::NoOp {
            self.settle_dependencies(target, item);
        }
        self.add_change(change);
        true
    }

    /// What is to be imported to an instance: what the user asks for, or else what the
    /// configuration says.
    fn import_order(&self, target: &Target, item: &Item) -> Option<ImportOrder> {
        match &self.options.import {
            Some((to, id)) => (*to == item.addr).then(|| self.order_by_id(target, id.clone())),
            None if self.is_selected(&item.addr) => target.imports.get(&item.addr).cloned(),
            None => None,
        }
    }

    /// Puts an imported object into the state that apply starts from.
    pub(super) fn note_import(
        &self,
        target: &Target,
        item: &Item,
        prior: &Prior,
        diagnostics: &mut Diagnostics,
    ) -> bool {
        let stored = Stored {
            private: prior.private.clone(),
            identity: prior.identity.as_ref(),
            status: ObjectStatus::Ready,
            dependencies: self.dependencies.get(&target.addr).cloned().unwrap_or_default(),
            create_before_destroy: self.create_first.contains(&target.addr),
            skip_destroy: target.resource.lifecycle.keeps_objects(),
        };
        let object = encode(&item.addr, &prior.value, &target.schema, stored);
        match diagnostics.take(object) {
            Some(object) => {
                self.refreshed.set_current(&item.addr, &target.provider_addr, Some(object));
                true
            }
            None => false,
        }
    }

    /// Reads the object anew, unless that is not wanted, and writes down what changed.
    async fn refresh(
        &self,
        target: &Target,
        item: &Item,
        object: &Arc<Object>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Prior> {
        let decoded =
            decode(&item.addr, object, &target.schema, &target.provider, diagnostics).await?;
        let mut prior = Prior::stored(decoded, object);
        let mut same = object.schema_version == target.schema.version;
        if self.options.refresh {
            let refreshed = self.read(target, item, &prior, diagnostics).await?;
            self.note_drift(target.owned(item), &prior, &refreshed);
            same &= prior.same(&refreshed);
            prior = refreshed;
        }
        // Until the changes are applied, the object depends on what it was made from as well.
        let dependencies = match self.dependencies.get(&target.addr) {
            Some(now) if self.options.mode != Mode::Destroy && self.options.refresh => {
                union(now, &object.dependencies)
            }
            _ => object.dependencies.clone(),
        };
        if same && dependencies == object.dependencies {
            return Some(prior);
        }
        let object = self.stored_form(target, item, &prior, object, dependencies);
        let object = diagnostics.take(object)?;
        self.refreshed.set_current(&item.addr, &target.provider_addr, object);
        Some(prior)
    }

    /// What does not change depends on what the configuration says, and on nothing else any more.
    fn settle_dependencies(&self, target: &Target, item: &Item) {
        let Some(now) = self.dependencies.get(&target.addr) else { return };
        let object =
            self.refreshed.read(|s| s.instance(&item.addr).and_then(|i| i.current.clone()));
        let skip_destroy = target.resource.lifecycle.keeps_objects();
        let differs = |object: &Arc<Object>| {
            object.dependencies != *now || object.skip_destroy != skip_destroy
        };
        if let Some(object) = object.filter(differs) {
            let object = Object { dependencies: now.clone(), skip_destroy, ..(*object).clone() };
            self.refreshed.set_current(&item.addr, &target.provider_addr, Some(Arc::new(object)));
        }
    }

    /// The refreshed object in its stored form.
    fn stored_form(
        &self,
        target: &Target,
        item: &Item,
        prior: &Prior,
        object: &Arc<Object>,
        dependencies: Arc<[ConfigResource]>,
    ) -> Result<Option<Arc<Object>>, Diagnostics> {
        if prior.value.is_null() {
            return Ok(None);
        }
        let stored = Stored {
            private: prior.private.clone(),
            identity: prior.identity.as_ref(),
            status: object.status,
            dependencies,
            create_before_destroy: object.create_before_destroy,
            skip_destroy: target.resource.lifecycle.keeps_objects(),
        };
        let new = encode(&item.addr, &prior.value, &target.schema, stored)?;
        Ok(Some(if *new == **object { object.clone() } else { new }))
    }

    /// Reads the object of an instance.
    pub(super) async fn read(
        &self,
        target: &Target,
        item: &Item,
        prior: &Prior,
        diagnostics: &mut Diagnostics,
    ) -> Option<Prior> {
        let place = |found| on(place(found, target), &item.addr);
        self.read_object(target.owned(item), prior, &place, diagnostics).await
    }

    async fn plan_instance(
        &self,
        target: &Target,
        item: &Item,
        prior: &Prior,
        diagnostics: &mut Diagnostics,
    ) -> Option<(InstanceChange, Option<DeferredReason>)> {
        let scope = ModuleScope::repeated(&self.run.world, &item.module, &item.repetition);
        let resource = &target.resource;
        let results = evaluate_rules(
            &resource.preconditions,
            RuleKind::ResourcePrecondition,
            &scope,
            diagnostics,
        );
        self.run.checks.record(
            CheckableKind::Resource,
            target.addr.to_string(),
            item.addr.to_string(),
            &results,
        );
        if diagnostics.has_errors() {
            return None;
        }
        let block = &target.schema.block;
        let (config, found) = groma_schema::decode(&resource.config, block, &scope);
        let failed = found.has_errors();
        diagnostics.extend(on(found, &item.addr));
        if failed {
            return None;
        }
        let (config, config_marks) = config.unmark_deep_with_paths();
        let (body, place_of) = (&resource.config, item.addr.to_string());
        let refused = refuse_ephemeral(block, body, &config, &config_marks, &place_of);
        if refused.has_errors() {
            diagnostics.extend(refused);
            return None;
        }
        let config_marks = lasting_marks(config_marks);
        let request = ValidateResourceRequest {
            ty: resource.addr.ty.clone(),
            config: config.clone(),
            capabilities: self.run.capabilities(),
        };
        let found = target.provider.validate_resource_config(request).await;
        let failed = found.has_errors();
        diagnostics.extend(on(place(found, target), &item.addr));
        if failed {
            return None;
        }
        let (prior_value, prior_marks) = prior.value.clone().unmark_deep_with_paths();
        let config = ignore_changes(target, &prior_value, config);
        let null = Value::null(block.implied_type().clone());
        let wanted = if prior.tainted { &null } else { &prior_value };
        let planned = self.ask(target, item, wanted, &config, prior, diagnostics).await?;
        let forced = self.forced(target, item, &prior_value, &scope, diagnostics)?;
        let replace = changed_paths(&planned.requires_replace, &prior_value, &planned.value);
        let mut change =
            Decision { action: Action::NoOp, reason: None, planned, required_replace: Vec::new() };
        if prior_value.is_null() {
            change.action = Action::Create;
        } else if prior.tainted {
            change.action = self.replace_action(target);
            change.reason = Some(ActionReason::ReplaceBecauseTainted);
        } else if !replace.is_empty() || forced.is_some() {
            let reason = match forced {
                _ if !replace.is_empty() => ActionReason::ReplaceBecauseCannotUpdate,
                Some(reason) => reason,
                None => ActionReason::ReplaceBecauseCannotUpdate,
            };
            change.planned = self.ask(target, item, &null, &config, prior, diagnostics).await?;
            change.action = self.replace_action(target);
            change.reason = Some(reason);
            change.required_replace = replace;
        }
        let mut after = change.planned.value.mark_with_paths(&config_marks);
        if matches!(change.action, Action::NoOp) {
            let same = change.planned.value == prior_value
                && same_marks(&config_marks, &prior_marks, &prior_value, block);
            if !same {
                change.action = Action::Update;
            } else {
                after = prior.value.clone();
            }
        }
        let deferred = change.planned.deferred;
        let change = InstanceChange {
            addr: item.addr.clone(),
            previous_addr: self.previous_addr(&item.addr),
            deposed: None,
            provider: target.provider_addr.clone(),
            change: Change {
                action: change.action,
                before: block.mark_sensitive(&prior.value),
                after: block.mark_sensitive(&after),
                importing: None,
            },
            reason: change.reason,
            required_replace: change.required_replace,
            private: change.planned.private,
            before_identity: prior.identity.clone(),
            after_identity: change.planned.identity,
        };
        Some((change, deferred))
    }

    /// Asks the provider for a plan and checks the answer.
    async fn ask(
        &self,
        target: &Target,
        item: &Item,
        prior: &Value,
        config: &Value,
        before: &Prior,
        diagnostics: &mut Diagnostics,
    ) -> Option<Planned> {
        let block = &target.schema.block;
        let proposed = rules::proposed_new(block, prior, config);
        let wanted = proposed.clone();
        let request = PlanResourceRequest {
            ty: target.resource.addr.ty.clone(),
            prior: prior.clone(),
            proposed,
            config: config.clone(),
            private: if prior.is_null() { Arc::from([]) } else { before.private.clone() },
            provider_meta: self.provider_meta(&target.owned(item)),
            identity: if prior.is_null() { None } else { before.identity.clone() },
            capabilities: self.run.capabilities(),
        };
        let (answer, found) = target.provider.plan_resource_change(request).await;
        let failed = found.has_errors();
        diagnostics.extend(on(place(found, target), &item.addr));
        let answer = answer.filter(|_| !failed)?;
        if let Some(reason) = answer.deferred {
            if !self.run.partial {
                let provider = &target.provider_addr.provider;
                diagnostics.push(not_allowed(provider, &item.addr));
                return None;
            }
            // It need not keep the rules: nothing comes of it yet.
            return Some(Planned {
                value: if answer.planned.is_null() { wanted } else { answer.planned },
                requires_replace: answer.requires_replace,
                private: answer.private,
                identity: answer.identity,
                deferred: Some(deferred_reason(reason)),
            });
        }
        check_plan(target, &item.addr, prior, config, answer, diagnostics)
    }

    /// Whether the user or a trigger wants a replacement; `None` if that cannot be told for errors.
    fn forced(
        &self,
        target: &Target,
        item: &Item,
        prior: &Value,
        scope: &ModuleScope<'_>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Option<ActionReason>> {
        if prior.is_null() {
            return Some(None);
        }
        if self.options.force_replace.contains(&item.addr) {
            return Some(Some(ActionReason::ReplaceByRequest));
        }
        for trigger in &target.resource.lifecycle.replace_triggered_by {
            match super::relevant::is_triggered(self, &item.module, scope, trigger) {
                Ok(true) => return Some(Some(ActionReason::ReplaceByTriggers)),
                Ok(false) => {}
                Err(found) => {
                    diagnostics.extend(found);
                    return None;
                }
            }
        }
        Some(None)
    }

    fn replace_action(&self, target: &Target) -> Action {
        if target.resource.lifecycle.keeps_objects() {
            Action::CreateThenForget
        } else if self.create_first.contains(&target.addr) {
            Action::CreateThenDelete
        } else {
            Action::DeleteThenCreate
        }
    }

    async fn plan_destroy(
        &self,
        target: &Target,
        item: &Item,
        prior: Prior,
        diagnostics: &mut Diagnostics,
    ) {
        if target.resource.lifecycle.keeps_objects() {
            self.add_change(self.forget_change(target.owned(item), prior, None));
            return;
        }
        let change = self.destroy_change(target.owned(item), prior, None, diagnostics).await;
        if let Some(change) = change {
            self.guard(&target.resource, &change, diagnostics);
            self.add_change(change);
        }
    }
}

fn managed_already(addr: &groma_addrs::AbsResourceInstance) -> Diagnostic {
    let detail = format!(
        "Groma is already managing a remote object for {addr}. To import to this address you must first remove the existing object from the state."
    );
    Diagnostic::error("Resource already managed by Groma", detail)
}

/// All that are in either list, in the order of their texts, as the state has them.
fn union(a: &Arc<[ConfigResource]>, b: &Arc<[ConfigResource]>) -> Arc<[ConfigResource]> {
    if a == b || b.is_empty() {
        return a.clone();
    }
    let mut all: Vec<ConfigResource> = a.iter().chain(b.iter()).cloned().collect();
    all.sort_by_cached_key(ToString::to_string);
    all.dedup();
    all.into()
}

struct Decision {
    action: Action,
    reason: Option<ActionReason>,
    planned: Planned,
    required_replace: Vec<Path>,
}

impl Target {
    fn owned<'a>(&'a self, item: &'a Item) -> Owned<'a> {
        Owned {
            addr: &item.addr,
            deposed: None,
            provider_addr: &self.provider_addr,
            provider: &self.provider,
            schema: &self.schema,
        }
    }
}

/// A provider's diagnostics, pinned to the source of the resource.
pub(super) fn place(found: Diagnostics, target: &Target) -> Diagnostics {
    let resource = &target.resource;
    found.into_iter().map(|d| locate(d, &resource.config, &target.schema.block)).collect()
}
