//! Invoking actions.

use std::sync::Arc;

use groma_addrs::AbsResourceInstance;
use groma_diag::{Diagnostic, Diagnostics, Severity};
use groma_plan::{ActionInvocation, InvocationTrigger};
use groma_provider::InvokeActionRequest;
use groma_state::{Object, ObjectStatus};
use groma_value::Value;

use super::Applier;
use crate::Event;
use crate::actions::{self, Site};
use crate::walk::Outcome;
use crate::world::{ModuleScope, Repetition};

impl Applier {
    /// Invokes an action of the plan.
    pub(super) async fn invoke(&self, index: u32) -> Outcome {
        let Some(invocation) = self.plan.invocations.get(index as usize) else {
            return Outcome::Done;
        };
        // The semaphore is never closed.
        let _slot = self.run.slots.acquire().await;
        if self.run.around.interrupt.is_raised() {
            return Outcome::Skipped;
        }
        let mut diagnostics = Diagnostics::new();
        let _done = self.try_invoke(invocation, &mut diagnostics).await;
        let trigger = invocation.lifecycle();
        if let Some(trigger) = trigger.filter(|t| t.taints && diagnostics.has_errors()) {
            self.taint(&trigger.resource);
        }
        if trigger.is_some_and(|trigger| trigger.may_fail) {
            // What is wrong is told, and the apply goes on.
            diagnostics = diagnostics
                .into_iter()
                .map(|d| Diagnostic { severity: Severity::Warning, ..d })
                .collect();
        }
        self.run.report(diagnostics)
    }

    /// Has an object, if there is one, replaced by the next plan.
    fn taint(&self, addr: &AbsResourceInstance) {
        let found = self.state.read(|state| {
            let current = state.instance(addr)?.current.clone()?;
            Some((state.resource(&addr.resource)?.provider.clone(), current))
        });
        if let Some((provider, object)) = found {
            let object = Object { status: ObjectStatus::Tainted, ..Object::clone(&object) };
            self.state.set_current(addr, &provider, Some(Arc::new(object)));
        }
    }

    /// `None` after errors, and where the condition turns out not to hold.
    async fn try_invoke(
        &self,
        invocation: &ActionInvocation,
        diagnostics: &mut Diagnostics,
    ) -> Option<()> {
        let addr = &invocation.addr;
        let Some(module) = self.run.world.module(&addr.module) else {
            let detail = format!(
                "{addr} is in the plan, but not in the configuration. The plan does not belong to this configuration; make a new one."
            );
            diagnostics.push(Diagnostic::error("Plan does not fit the configuration", detail));
            return None;
        };
        if !self.is_still_wanted(invocation, diagnostics)? {
            return None;
        }
        let site = Site::find(&self.run, &module, &addr.action, diagnostics)?;
        let (_, repetition) = site.instance(&addr.key)?;
        let caller = self.caller_value(invocation);
        let config = site.config(&repetition, caller.as_ref(), diagnostics)?;
        let config = config.unmark_deep().0;
        if !config.is_wholly_known() {
            let detail = format!(
                "The configuration of {addr} is not known when the action is to be invoked. Actions that are invoked before something can be configured with nothing that comes of it."
            );
            diagnostics.push(
                Diagnostic::error("Action configuration contains unknown value", detail)
                    .at(&site.action.decl_range),
            );
            return None;
        }
        let provider = diagnostics.take(self.run.around.pool.get(&invocation.provider))?;
        let (events, caller) = (&self.run.around.events, invocation.caller());
        events.event(Event::ActionStart { addr, caller });
        let request = InvokeActionRequest {
            ty: addr.action.ty.clone(),
            config,
            capabilities: self.run.capabilities(),
        };
        let progress =
            |message: &str| events.event(Event::ActionProgress { addr, caller, message });
        let found = provider.invoke_action(request, &progress).await;
        let failed = found.has_errors();
        diagnostics.extend(site.place(found, addr));
        match failed {
            true => events.event(Event::ActionErrored { addr, caller }),
            false => events.event(Event::ActionComplete { addr, caller }),
        }
        (!failed).then_some(())
    }

    /// Whether a condition that could not be told while planning holds.
    fn is_still_wanted(
        &self,
        invocation: &ActionInvocation,
        diagnostics: &mut Diagnostics,
    ) -> Option<bool> {
        let Some(trigger) = invocation.lifecycle().filter(|t| t.conditional) else {
            return Some(true);
        };
        let world = &self.run.world;
        let resource = world.config.resource(&trigger.resource.resource.config())?;
        let written = resource.lifecycle.action_triggers.get(trigger.block as usize)?;
        let module = world.module(trigger.resource.module())?;
        let data = module.resource(&resource.addr);
        let repetition: Repetition =
            data.and_then(|d| d.expansion.repetition(&trigger.resource.key)).unwrap_or_default();
        let scope = ModuleScope::repeated(world, &module, &repetition);
        match actions::condition(written, &scope) {
            Ok(Some(holds)) => Some(holds),
            Ok(None) => {
                let detail = format!(
                    "Whether {} is to be invoked for {} is still not known, although all that the condition refers to has been applied.",
                    invocation.addr, trigger.resource
                );
                diagnostics.push(
                    Diagnostic::error("Condition cannot be evaluated", detail).at(&written.range),
                );
                None
            }
            Err(found) => {
                diagnostics.extend(found);
                None
            }
        }
    }

    /// The object that an action is invoked for, as it is at this moment.
    fn caller_value(&self, invocation: &ActionInvocation) -> Option<Value> {
        let caller: &AbsResourceInstance = invocation.caller()?;
        let current = || self.run.world.resource(&caller.resource)?.instance(&caller.key);
        let InvocationTrigger::Lifecycle(trigger) = &invocation.trigger else { return current() };
        let event = trigger.event;
        if !event.is_before() && !event.is_destroy() {
            return current();
        }
        let changes = self.by_resource.get(&caller.resource.config())?;
        let change = changes
            .iter()
            .map(|i| &self.plan.changes[*i as usize])
            .find(|change| change.addr == *caller && change.deposed.is_none())?;
        Some(match event.is_destroy() {
            true => change.change.before.clone(),
            false => change.change.after.clone(),
        })
    }
}
