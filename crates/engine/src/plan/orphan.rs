//! Objects that the configuration no longer has.

use std::sync::Arc;

use groma_addrs::{
    AbsProviderConfig, AbsResource, AbsResourceInstance, ConfigResource, DeposedKey, InstanceKey,
    ResourceMode,
};
use groma_diag::{Diagnostic, Diagnostics};
use groma_plan::{Action, ActionReason, Change, DeferredReason, InstanceChange, Mode};
use groma_provider::{PlanResourceRequest, Private, Provider};
use groma_schema::Schema;
use groma_state::{Instance, Object, ResourceState};
use groma_value::Value;

use super::Planner;
use super::deferral::{deferred_reason, not_allowed};
use super::node::Work;
use super::refresh::{Owned, Prior};
use crate::objects::{Stored, decode, encode, on};

/// An object that the configuration does not have.
pub(super) struct Leftover<'a> {
    /// Its instance.
    pub(super) addr: AbsResourceInstance,
    /// What the state has of its resource.
    pub(super) state: &'a ResourceState,
    /// What becomes of it.
    pub(super) fate: Fate,
}

/// What becomes of an object that the configuration does not have.
pub(super) enum Fate {
    /// The current object is destroyed.
    Destroy(Option<ActionReason>),
    /// A deposed object is destroyed.
    DestroyDeposed(DeposedKey),
    /// The current object is forgotten.
    Forget,
}

impl Fate {
    /// Which of the instance's objects it is about.
    fn deposed(&self) -> Option<&DeposedKey> {
        match self {
            Fate::DestroyDeposed(key) => Some(key),
            Fate::Destroy(_) | Fate::Forget => None,
        }
    }

    fn reason(&self) -> Option<ActionReason> {
        match self {
            Fate::Destroy(reason) => *reason,
            Fate::DestroyDeposed(_) | Fate::Forget => None,
        }
    }
}

impl<'a> Leftover<'a> {
    /// The deposed objects of an instance.
    pub(super) fn deposed(
        abs: &AbsResource,
        key: &InstanceKey,
        instance: &'a Instance,
        state: &'a ResourceState,
    ) -> impl Iterator<Item = Leftover<'a>> {
        let addr = abs.instance(key.clone());
        instance.deposed.keys().map(move |deposed| Leftover {
            addr: addr.clone(),
            state,
            fate: Fate::DestroyDeposed(deposed.clone()),
        })
    }
}

impl Planner {
    /// All objects of a resource that is not in the configuration.
    pub(super) async fn all_gone(
        &self,
        addr: &ConfigResource,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Diagnostics> {
        let Some(in_state) = self.in_state.get(addr) else { return Ok(()) };
        let said = self.removals.destroys(addr);
        let forget = said == Some(false) && !self.run.is_destroy();
        let mut leftovers = Vec::new();
        for abs in in_state {
            let Some(state) = self.previous.resource(abs) else { continue };
            if abs.resource.mode != ResourceMode::Managed {
                self.drop_data(abs, state);
                continue;
            }
            for (key, instance) in &state.instances {
                if instance.current.is_some() {
                    let fate = match forget {
                        true => Fate::Forget,
                        false => Fate::Destroy(self.reason_for_orphan(&abs.instance(key.clone()))),
                    };
                    leftovers.push(Leftover { addr: abs.instance(key.clone()), state, fate });
                }
                leftovers.extend(Leftover::deposed(abs, key, instance, state));
            }
        }
        diagnostics.extend(self.plan_leftovers(leftovers).await);
        Ok(())
    }

    /// Plans what becomes of objects that the configuration does not have.
    pub(super) async fn plan_leftovers(&self, leftovers: Vec<Leftover<'_>>) -> Diagnostics {
        let mut work: Vec<Work<'_>> = Vec::with_capacity(leftovers.len());
        for leftover in &leftovers {
            if self.is_selected(&leftover.addr) {
                work.push(Box::pin(self.plan_leftover(leftover)));
            }
        }
        self.all(work).await
    }

    async fn plan_leftover(&self, leftover: &Leftover<'_>) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        if self.run.around.interrupt.is_raised() {
            return diagnostics;
        }
        let planned = self.plan_fate(leftover, &mut diagnostics).await;
        if let Err(found) = planned {
            diagnostics.extend(found);
        }
        diagnostics
    }

    /// That a module is no longer called is no reason of its own: only instances of a module that
    /// is called have gone with their module.
    fn reason_for_orphan(&self, addr: &AbsResourceInstance) -> Option<ActionReason> {
        (!self.run.is_destroy()).then(|| match self.moved.contains_key(addr) {
            true => ActionReason::DeleteBecauseNoMoveTarget,
            false => ActionReason::DeleteBecauseNoResourceConfig,
        })
    }

    /// Data that nobody asks for any more: there is nothing to destroy.
    fn drop_data(&self, abs: &AbsResource, state: &ResourceState) {
        for key in state.instances.keys() {
            let provider = state.provider_of(key);
            self.refreshed.set_current(&abs.instance(key.clone()), &provider, None);
        }
    }

    fn owner(
        &self,
        addr: &AbsResourceInstance,
        provider: &AbsProviderConfig,
    ) -> Result<(Arc<dyn Provider>, Arc<Schema>), Diagnostics> {
        let ty = &addr.resource.resource.ty;
        let schema = self
            .run
            .around
            .schemas
            .resource(&provider.provider, ResourceMode::Managed, ty)?
            .ok_or_else(|| {
                let detail = format!("The state has {addr}, but the provider {} has no resource type {ty:?} (any more). Use a version of the provider that has it, or take the object out of the state.", provider.provider);
                Diagnostics::from(Diagnostic::error("Invalid resource type", detail).on(addr))
            })?;
        Ok((self.run.around.pool.get(provider)?, schema))
    }

    /// Plans what becomes of one object.
    async fn plan_fate(
        &self,
        leftover: &Leftover<'_>,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Diagnostics> {
        let Leftover { addr, state, fate } = leftover;
        let deposed = fate.deposed();
        let object = state.instances.get(&addr.key).and_then(|i| match deposed {
            Some(key) => i.deposed.get(key).cloned(),
            None => i.current.clone(),
        });
        let Some(object) = object else { return Ok(()) };
        let provider_addr = state.provider_of(&addr.key);
        let (provider, schema) = self.owner(addr, &provider_addr)?;
        let owned = Owned {
            addr,
            deposed,
            provider_addr: &provider_addr,
            provider: &provider,
            schema: &schema,
        };
        if matches!(fate, Fate::Forget) {
            return self.forget(owned, &object, diagnostics).await;
        }
        if self.cannot_ask(&provider_addr) {
            if let Some(decoded) = decode(addr, &object, &schema, &provider, diagnostics).await {
                let prior = Prior::stored(decoded, &object);
                let private = prior.private.clone();
                let change = self.deletion(owned, prior, fate.reason(), private);
                self.defer_change(change, DeferredReason::ProviderConfigUnknown);
            }
            return Ok(());
        }
        let _slot = self.run.slots.acquire().await;
        let Some(prior) = self.refresh_orphan(owned, &object, diagnostics).await else {
            return Ok(());
        };
        if prior.value.is_null() || self.options.mode == Mode::RefreshOnly {
            return Ok(());
        }
        // What the configuration has said last holds, unless somebody says otherwise since.
        if object.skip_destroy && self.removals.destroys(&addr.resource.config()) != Some(true) {
            self.add_change(self.forget_change(owned, prior, fate.reason()));
            return Ok(());
        }
        let change = self.destroy_change(owned, prior, fate.reason(), diagnostics).await;
        let Some(change) = change else { return Ok(()) };
        // The resource may be there still, and only this instance of it not.
        let resource = self.run.world.config.resource(&addr.resource.config());
        if let (Some(resource), None) = (resource, deposed) {
            self.guard(resource, &change, diagnostics);
        }
        self.add_change(change);
        Ok(())
    }

    /// Plans that an object is forgotten without looking at it.
    async fn forget(
        &self,
        owned: Owned<'_>,
        object: &Arc<Object>,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Diagnostics> {
        let Owned { addr, provider, schema, .. } = owned;
        let Some(decoded) = decode(addr, object, schema, provider, diagnostics).await else {
            return Ok(());
        };
        if self.options.mode == Mode::RefreshOnly {
            return Ok(());
        }
        let prior = Prior::stored(decoded, object);
        self.add_change(self.forget_change(owned, prior, self.reason_for_orphan(addr)));
        Ok(())
    }

    /// The change that forgets an object.
    pub(super) fn forget_change(
        &self,
        owned: Owned<'_>,
        prior: Prior,
        reason: Option<ActionReason>,
    ) -> InstanceChange {
        let Owned { addr, deposed, provider_addr, schema, .. } = owned;
        InstanceChange {
            addr: addr.clone(),
            previous_addr: match deposed {
                Some(_) => addr.clone(),
                None => self.previous_addr(addr),
            },
            deposed: deposed.cloned(),
            provider: provider_addr.clone(),
            change: Change {
                action: Action::Forget,
                before: schema.block.mark_sensitive(&prior.value),
                after: Value::null(schema.block.implied_type().clone()),
                importing: None,
            },
            reason,
            required_replace: Vec::new(),
            private: prior.private,
            before_identity: prior.identity,
            after_identity: None,
        }
    }

    async fn refresh_orphan(
        &self,
        owned: Owned<'_>,
        object: &Arc<Object>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Prior> {
        let Owned { addr, provider_addr, provider, schema, .. } = owned;
        let decoded = decode(addr, object, schema, provider, diagnostics).await?;
        let before = Prior::stored(decoded, object);
        if !self.options.refresh {
            return Some(before);
        }
        let place = |found| on(found, addr);
        let prior = self.read_object(owned, &before, &place, diagnostics).await?;
        self.note_drift(owned, &before, &prior);
        if before.same(&prior) && object.schema_version == schema.version {
            return Some(prior);
        }
        let stored = Stored {
            private: prior.private.clone(),
            identity: prior.identity.as_ref(),
            status: object.status,
            dependencies: object.dependencies.clone(),
            create_before_destroy: object.create_before_destroy,
            skip_destroy: object.skip_destroy,
        };
        let new = match prior.value.is_null() {
            true => None,
            false => Some(diagnostics.take(encode(addr, &prior.value, schema, stored))?),
        };
        match owned.deposed {
            Some(key) => self.refreshed.set_deposed(addr, key, provider_addr, new),
            None => self.refreshed.set_current(addr, provider_addr, new),
        }
        Some(prior)
    }

    /// The change that destroys an object, which the provider is asked about if it wants to be.
    pub(super) async fn destroy_change(
        &self,
        owned: Owned<'_>,
        prior: Prior,
        reason: Option<ActionReason>,
        diagnostics: &mut Diagnostics,
    ) -> Option<InstanceChange> {
        let Owned { addr, provider_addr, provider, schema, .. } = owned;
        if let Some(why) = prior.deferred {
            let private = prior.private.clone();
            self.defer_change(self.deletion(owned, prior, reason, private), why);
            return None;
        }
        let null = Value::null(schema.block.implied_type().clone());
        let asks = self
            .run
            .around
            .schemas
            .provider(&provider_addr.provider)
            .is_some_and(|s| s.capabilities().plan_destroy);
        let mut private = prior.private.clone();
        if asks {
            let request = PlanResourceRequest {
                ty: addr.resource.resource.ty.clone(),
                prior: prior.value.clone().unmark_deep().0,
                proposed: null.clone(),
                config: null.clone(),
                private: prior.private.clone(),
                provider_meta: self.provider_meta(&owned),
                identity: prior.identity.clone(),
                capabilities: self.run.capabilities(),
            };
            let (answer, found) = provider.plan_resource_change(request).await;
            let failed = found.has_errors();
            diagnostics.extend(on(found, addr));
            let answer = answer.filter(|_| !failed)?;
            if let Some(why) = answer.deferred {
                if self.run.partial {
                    let change = self.deletion(owned, prior, reason, answer.private);
                    self.defer_change(change, deferred_reason(why));
                } else {
                    diagnostics.push(not_allowed(&provider_addr.provider, addr));
                }
                return None;
            }
            if !answer.planned.is_null() {
                let detail = format!(
                    "Provider {} planned a non-null destroy value for {addr}.\n\nThis is a bug in the provider, which should be reported in the provider's own issue tracker.",
                    provider_addr.provider
                );
                diagnostics
                    .push(Diagnostic::error("Provider produced invalid plan", detail).on(addr));
                return None;
            }
            private = answer.private;
        }
        Some(self.deletion(owned, prior, reason, private))
    }

    /// The change that destroys an object.
    fn deletion(
        &self,
        owned: Owned<'_>,
        prior: Prior,
        reason: Option<ActionReason>,
        private: Private,
    ) -> InstanceChange {
        let Owned { addr, deposed, provider_addr, schema, .. } = owned;
        InstanceChange {
            addr: addr.clone(),
            previous_addr: match deposed {
                Some(_) => addr.clone(),
                None => self.previous_addr(addr),
            },
            deposed: deposed.cloned(),
            provider: provider_addr.clone(),
            change: Change {
                action: Action::Delete,
                before: schema.block.mark_sensitive(&prior.value),
                after: Value::null(schema.block.implied_type().clone()),
                importing: None,
            },
            reason,
            required_replace: Vec::new(),
            private,
            before_identity: prior.identity,
            after_identity: None,
        }
    }
}
