//! The actions that a plan invokes: those that its changes trigger, or those that the user wants.

use std::sync::Arc;

use groma_addrs::{AbsActionInstance, AbsResourceInstance, ActionEvent};
use groma_config::{ActionFailure, ActionTrigger, Resource};
use groma_diag::{Diagnostic, Diagnostics};
use groma_plan::{
    Action, ActionInvocation, InstanceChange, InvocationTrigger, LifecycleTrigger, Mode,
};
use groma_provider::PlanActionRequest;
use groma_value::Value;

use super::Planner;
use crate::actions::{self, Site};
use crate::world::{ModuleData, ModuleScope, Repetition};

/// What an action triggers on, for the kinds of changes that trigger any.
fn events(action: Action) -> &'static [ActionEvent] {
    use ActionEvent::*;
    match action {
        Action::Create => &[BeforeCreate, AfterCreate],
        Action::Update => &[BeforeUpdate, AfterUpdate],
        Action::Delete => &[BeforeDestroy, AfterDestroy],
        Action::DeleteThenCreate => &[BeforeDestroy, AfterDestroy, BeforeCreate, AfterCreate],
        Action::CreateThenDelete => &[BeforeCreate, AfterCreate, BeforeDestroy, AfterDestroy],
        Action::CreateThenForget => &[BeforeCreate, AfterCreate],
        Action::NoOp | Action::Read | Action::Forget => &[],
    }
}

/// An object that triggers actions.
struct Caller<'a> {
    change: &'a InstanceChange,
    resource: Arc<Resource>,
    module: Arc<ModuleData>,
    repetition: Repetition,
}

impl Caller<'_> {
    fn value(&self, event: ActionEvent) -> &Value {
        match event.is_destroy() {
            true => &self.change.change.before,
            false => &self.change.change.after,
        }
    }
}

impl Planner {
    /// Plans the invocations. They come in the order of the changes, and for each in the order in
    /// which they are made.
    pub(super) async fn plan_invocations(
        &self,
        changes: &[InstanceChange],
        diagnostics: &mut Diagnostics,
    ) -> Vec<ActionInvocation> {
        let mut invocations = Vec::new();
        if self.options.mode == Mode::RefreshOnly {
            self.plan_wanted(&mut invocations, diagnostics).await;
            return invocations;
        }
        for change in changes.iter().filter(|c| c.deposed.is_none()) {
            let events = events(change.change.action);
            let Some(caller) = self.caller(change).filter(|_| !events.is_empty()) else { continue };
            for event in events {
                for (block, trigger) in caller.resource.lifecycle.action_triggers.iter().enumerate()
                {
                    if trigger.events.contains(event) {
                        let at = (block as u32, *event);
                        self.triggered(&caller, trigger, at, &mut invocations, diagnostics).await;
                    }
                }
            }
        }
        invocations
    }

    fn caller<'a>(&self, change: &'a InstanceChange) -> Option<Caller<'a>> {
        let world = &self.run.world;
        let resource = world.config.resource(&change.addr.resource.config())?.clone();
        if resource.lifecycle.action_triggers.is_empty() {
            return None;
        }
        let module = world.module(change.addr.module())?;
        let data = module.resource(&resource.addr);
        // Of what goes, nothing is known but the object.
        let repetition = data.and_then(|d| d.expansion.repetition(&change.addr.key));
        Some(Caller { change, resource, module, repetition: repetition.unwrap_or_default() })
    }

    async fn triggered(
        &self,
        caller: &Caller<'_>,
        trigger: &ActionTrigger,
        (block, event): (u32, ActionEvent),
        invocations: &mut Vec<ActionInvocation>,
        diagnostics: &mut Diagnostics,
    ) {
        let scope = ModuleScope::repeated(&self.run.world, &caller.module, &caller.repetition);
        let holds = match actions::condition(trigger, &scope) {
            Ok(Some(false)) => return,
            Ok(holds) => holds,
            Err(found) => {
                diagnostics.extend(found);
                return;
            }
        };
        for (position, reference) in trigger.actions.iter().enumerate() {
            let key = match actions::reference_key(reference, &scope) {
                Ok(key) => key,
                Err(found) => {
                    diagnostics.extend(found);
                    continue;
                }
            };
            let found = Site::find(&self.run, &caller.module, &reference.action, diagnostics);
            let Some(site) = found else { continue };
            let Some((addr, repetition)) = site.instance(&key) else {
                let detail = format!("There is no instance {}{key}.", reference.action);
                diagnostics.push(
                    Diagnostic::error("Reference to non-existent action instance", detail)
                        .at(&reference.range),
                );
                continue;
            };
            let kind = InvocationTrigger::Lifecycle(LifecycleTrigger {
                resource: caller.change.addr.clone(),
                event,
                block,
                position: position as u32,
                may_fail: trigger.on_failure == ActionFailure::Continue,
                taints: trigger.on_failure == ActionFailure::Taint,
                conditional: holds.is_none(),
            });
            let value = Some(caller.value(event));
            let planned =
                self.plan_invocation(&site, addr, &repetition, value, kind, diagnostics).await;
            invocations.extend(planned);
        }
    }

    /// The actions that the user wants to be invoked.
    async fn plan_wanted(
        &self,
        invocations: &mut Vec<ActionInvocation>,
        diagnostics: &mut Diagnostics,
    ) {
        for (wanted, keyed) in &self.options.invoke {
            let module = self.run.world.module(&wanted.module);
            let declared =
                module.as_ref().is_some_and(|m| m.node.module.actions.contains_key(&wanted.action));
            let Some(module) = module.filter(|_| declared) else {
                let detail = format!("The configuration has no {wanted} that could be invoked.");
                diagnostics.push(Diagnostic::error("Invalid action invoke address", detail));
                continue;
            };
            let found = Site::find(&self.run, &module, &wanted.action, diagnostics);
            let Some(site) = found else { continue };
            let instances = match keyed {
                true => site.instance(&wanted.key).into_iter().collect(),
                false => site.instances(),
            };
            if instances.is_empty() {
                let detail = format!("There is no instance {wanted} that could be invoked.");
                diagnostics.push(Diagnostic::error("Invalid action invoke address", detail));
            }
            for (addr, repetition) in instances {
                self.plan_for_callers(&site, addr, &repetition, invocations, diagnostics).await;
            }
        }
    }

    /// An action that is configured with what triggers it is invoked for everything that does.
    async fn plan_for_callers(
        &self,
        site: &Site<'_>,
        addr: AbsActionInstance,
        repetition: &Repetition,
        invocations: &mut Vec<ActionInvocation>,
        diagnostics: &mut Diagnostics,
    ) {
        if !actions::uses_caller(&site.action, &site.schema) {
            let kind = InvocationTrigger::Invoke { caller: None };
            let planned =
                self.plan_invocation(site, addr, repetition, None, kind, diagnostics).await;
            invocations.extend(planned);
            return;
        }
        for (caller, value) in self.callers(site) {
            let kind = InvocationTrigger::Invoke { caller: Some(caller) };
            let value = Some(&value);
            let planned = self
                .plan_invocation(site, addr.clone(), repetition, value, kind, diagnostics)
                .await;
            invocations.extend(planned);
        }
    }

    /// The objects of the same module instance that trigger an action.
    fn callers(&self, site: &Site<'_>) -> Vec<(AbsResourceInstance, Value)> {
        let mut callers = Vec::new();
        for resource in site.module.node.module.resources.values() {
            let mut named = resource.lifecycle.action_triggers.iter().flat_map(|t| &t.actions);
            if !named.any(|reference| reference.action == site.action.addr) {
                continue;
            }
            let abs = resource.addr.in_module(&site.module.addr);
            let data = site.module.resource(&resource.addr);
            let keys = self.previous.resource(&abs).into_iter().flat_map(|r| r.instances.keys());
            for key in keys {
                if let Some(value) = data.as_ref().and_then(|d| d.instance(key)) {
                    callers.push((abs.instance(key.clone()), value));
                }
            }
        }
        callers
    }

    async fn plan_invocation(
        &self,
        site: &Site<'_>,
        addr: AbsActionInstance,
        repetition: &Repetition,
        caller: Option<&Value>,
        trigger: InvocationTrigger,
        diagnostics: &mut Diagnostics,
    ) -> Option<ActionInvocation> {
        let provider_addr = site.provider(repetition, diagnostics)?;
        let provider = diagnostics.take(self.run.around.pool.get(&provider_addr))?;
        let config = site.config(repetition, caller, diagnostics)?;
        if config.marks_deep().is_ephemeral() {
            let detail = format!(
                "The configuration of {addr} has ephemeral values, which cannot be part of a plan."
            );
            diagnostics.push(
                Diagnostic::error("Ephemeral value not allowed", detail)
                    .at(&site.action.decl_range),
            );
            return None;
        }
        let plain = config.clone().unmark_deep().0;
        let ty = site.action.addr.ty.clone();
        let found = provider.validate_action_config(&ty, &plain).await;
        let failed = found.has_errors();
        diagnostics.extend(site.place(found, &addr));
        if failed {
            return None;
        }
        let request =
            PlanActionRequest { ty, config: plain, capabilities: self.run.capabilities() };
        let (deferred, found) = provider.plan_action(request).await;
        let failed = found.has_errors();
        diagnostics.extend(site.place(found, &addr));
        if deferred.is_some() {
            let detail = format!(
                "The provider {} wants to decide later whether {addr} can be invoked, which is not possible here.",
                provider_addr.provider
            );
            diagnostics.push(
                Diagnostic::error("Provider deferred changes", detail).at(&site.action.decl_range),
            );
        }
        (!failed && deferred.is_none()).then_some(ActionInvocation {
            addr,
            provider: provider_addr,
            trigger,
            config,
        })
    }
}
