//! Objects that the configuration no longer has.

use std::sync::Arc;

use groma_addrs::{
    AbsProviderConfig, AbsResource, AbsResourceInstance, ConfigResource, DeposedKey, ResourceMode,
};
use groma_config::RemovedTarget;
use groma_diag::{Diagnostic, Diagnostics};
use groma_plan::{Action, ActionReason, Change, InstanceChange, Mode};
use groma_provider::{PlanResourceRequest, Provider, ReadResourceRequest};
use groma_schema::Schema;
use groma_state::{Object, ObjectStatus, ResourceState};
use groma_value::Value;

use super::Planner;
use super::managed::Prior;
use crate::Event;
use crate::objects::{Stored, decode, encode, object_id, on};
use crate::run::capabilities;

/// The provider of an object and what belongs to it.
type Owner<'a> = (&'a AbsProviderConfig, &'a Arc<dyn Provider>, &'a Arc<Schema>);

impl Planner {
    /// All objects of a resource that is not in the configuration.
    pub(super) async fn all_gone(
        &self,
        addr: &ConfigResource,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Diagnostics> {
        let Some(in_state) = self.in_state.get(addr) else { return Ok(()) };
        for abs in in_state {
            let Some(state) = self.previous.resource(abs) else { continue };
            if abs.resource.mode != ResourceMode::Managed {
                self.drop_data(abs, state);
                continue;
            }
            let forget = self.is_to_forget(addr);
            for (key, instance) in &state.instances {
                let addr = abs.instance(key.clone());
                if !self.is_selected(&addr) {
                    continue;
                }
                if instance.current.is_some() {
                    if forget && !self.run.is_destroy() {
                        self.forget(&addr, state, diagnostics).await?;
                    } else {
                        let reason = self.reason_for_orphan(abs);
                        self.gone(&addr, state, reason, diagnostics).await?;
                    }
                }
                for deposed in instance.deposed.keys() {
                    self.deposed(&addr, deposed, state, diagnostics).await?;
                }
            }
        }
        Ok(())
    }

    fn reason_for_orphan(&self, abs: &AbsResource) -> Option<ActionReason> {
        if self.run.is_destroy() {
            return None;
        }
        Some(if self.run.world.config.module(&abs.module.module()).is_none() {
            ActionReason::DeleteBecauseNoModule
        } else {
            ActionReason::DeleteBecauseNoResourceConfig
        })
    }

    /// Whether a `removed` block says that the objects are only to be forgotten.
    fn is_to_forget(&self, addr: &ConfigResource) -> bool {
        self.run.world.config.modules().any(|node| {
            node.module.removed.iter().filter(|r| !r.destroy).any(|removed| {
                let base = node.path.names();
                match &removed.from {
                    RemovedTarget::Module(module) => {
                        let full: Vec<_> = base.iter().chain(module.names()).cloned().collect();
                        addr.module.names().starts_with(&full)
                    }
                    RemovedTarget::Resource(resource) => {
                        let full: Vec<_> =
                            base.iter().chain(resource.module.names()).cloned().collect();
                        addr.module.names() == full && addr.resource == resource.resource
                    }
                }
            })
        })
    }

    /// Data that nobody asks for any more: there is nothing to destroy.
    fn drop_data(&self, abs: &AbsResource, state: &ResourceState) {
        for key in state.instances.keys() {
            self.refreshed.set_current(&abs.instance(key.clone()), &state.provider, None);
        }
    }

    fn owner(
        &self,
        addr: &AbsResourceInstance,
        state: &ResourceState,
    ) -> Result<(Arc<dyn Provider>, Arc<Schema>), Diagnostics> {
        let ty = &addr.resource.resource.ty;
        let schema = self
            .run
            .around
            .schemas
            .resource(&state.provider.provider, ResourceMode::Managed, ty)?
            .ok_or_else(|| {
                let detail = format!("The state has {addr}, but the provider {} has no resource type {ty:?} (any more). Use a version of the provider that has it, or take the object out of the state.", state.provider.provider);
                Diagnostics::from(Diagnostic::error("Invalid resource type", detail).on(addr))
            })?;
        Ok((self.run.around.pool.get(&state.provider)?, schema))
    }

    /// Plans the destruction of an instance's object.
    pub(super) async fn gone(
        &self,
        addr: &AbsResourceInstance,
        state: &ResourceState,
        reason: Option<ActionReason>,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Diagnostics> {
        let object = state.instances.get(&addr.key).and_then(|i| i.current.clone());
        let Some(object) = object else { return Ok(()) };
        let (provider, schema) = self.owner(addr, state)?;
        let owner = (&state.provider, &provider, &schema);
        let _slot = self.run.slots.acquire().await;
        let Some(prior) = self.refresh_orphan(addr, None, &object, owner, diagnostics).await else {
            return Ok(());
        };
        if prior.value.is_null() || self.options.mode == Mode::RefreshOnly {
            return Ok(());
        }
        let previous = self.moved.get(addr).unwrap_or(addr).clone();
        let change =
            self.destroy_change(addr, previous, None, owner, prior, reason, diagnostics).await;
        if let Some(change) = change {
            self.add_change(change);
        }
        Ok(())
    }

    /// Plans the destruction of a deposed object.
    pub(super) async fn deposed(
        &self,
        addr: &AbsResourceInstance,
        key: &DeposedKey,
        state: &ResourceState,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Diagnostics> {
        let object = state.instances.get(&addr.key).and_then(|i| i.deposed.get(key)).cloned();
        let Some(object) = object else { return Ok(()) };
        let (provider, schema) = self.owner(addr, state)?;
        let owner = (&state.provider, &provider, &schema);
        let _slot = self.run.slots.acquire().await;
        let prior = self.refresh_orphan(addr, Some(key), &object, owner, diagnostics).await;
        let Some(prior) = prior else { return Ok(()) };
        if prior.value.is_null() || self.options.mode == Mode::RefreshOnly {
            return Ok(());
        }
        let change = self
            .destroy_change(addr, addr.clone(), Some(key), owner, prior, None, diagnostics)
            .await;
        if let Some(change) = change {
            self.add_change(change);
        }
        Ok(())
    }

    /// Plans that an object is forgotten.
    async fn forget(
        &self,
        addr: &AbsResourceInstance,
        state: &ResourceState,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Diagnostics> {
        let object = state.instances.get(&addr.key).and_then(|i| i.current.clone());
        let Some(object) = object else { return Ok(()) };
        let (provider, schema) = self.owner(addr, state)?;
        let Some(decoded) = decode(addr, &object, &schema, &provider, diagnostics).await else {
            return Ok(());
        };
        if self.options.mode == Mode::RefreshOnly {
            return Ok(());
        }
        self.add_change(InstanceChange {
            addr: addr.clone(),
            previous_addr: self.moved.get(addr).unwrap_or(addr).clone(),
            deposed: None,
            provider: state.provider.clone(),
            change: Change {
                action: Action::Forget,
                before: schema.block.mark_sensitive(&decoded.value),
                after: Value::null(schema.block.implied_type().clone()),
                importing: None,
            },
            reason: None,
            required_replace: Vec::new(),
            private: decoded.private,
            before_identity: decoded.identity,
            after_identity: None,
        });
        Ok(())
    }

    async fn refresh_orphan(
        &self,
        addr: &AbsResourceInstance,
        deposed: Option<&DeposedKey>,
        object: &Arc<Object>,
        owner: Owner<'_>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Prior> {
        let (provider_addr, provider, schema) = owner;
        let decoded = decode(addr, object, schema, provider, diagnostics).await?;
        let mut prior = Prior {
            value: decoded.value,
            private: decoded.private,
            identity: decoded.identity,
            tainted: object.status == ObjectStatus::Tainted,
            create_before_destroy: object.create_before_destroy,
        };
        if !self.options.refresh {
            return Some(prior);
        }
        let events = &self.run.around.events;
        let id = object_id(&prior.value);
        events.event(Event::RefreshStart { addr, id: id.clone() });
        let (plain, marks) = prior.value.clone().unmark_deep_with_paths();
        let request = ReadResourceRequest {
            ty: addr.resource.resource.ty.clone(),
            prior: plain,
            private: prior.private.clone(),
            provider_meta: Value::NULL,
            identity: prior.identity.clone(),
            capabilities: capabilities(),
        };
        let (answer, found) = provider.read_resource(request).await;
        let failed = found.has_errors();
        diagnostics.extend(on(found, addr));
        let answer = answer.filter(|_| !failed)?;
        events.event(Event::RefreshComplete { addr, id });
        let before = prior.value.clone();
        let value = groma_plan::rules::normalize_legacy(&schema.block, &answer.state);
        prior.value = if value.is_null() { value } else { value.mark_with_paths(&marks) };
        prior.private = answer.private;
        prior.identity = answer.identity.or(prior.identity);
        if prior.value != before && deposed.is_none() {
            self.orphan_drift(addr, provider_addr, schema, &before, &prior);
        }
        let stored = Stored {
            private: prior.private.clone(),
            identity: prior.identity.as_ref(),
            status: object.status,
            dependencies: object.dependencies.clone(),
            create_before_destroy: object.create_before_destroy,
        };
        let new = match prior.value.is_null() {
            true => None,
            false => Some(diagnostics.take(encode(addr, &prior.value, schema, stored))?),
        };
        let new = new.map(|n| if *n == **object { object.clone() } else { n });
        match deposed {
            Some(key) => self.refreshed.set_deposed(addr, key, provider_addr, new),
            None => self.refreshed.set_current(addr, provider_addr, new),
        }
        Some(prior)
    }

    fn orphan_drift(
        &self,
        addr: &AbsResourceInstance,
        provider: &AbsProviderConfig,
        schema: &Schema,
        before: &Value,
        after: &Prior,
    ) {
        let action = if after.value.is_null() { Action::Delete } else { Action::Update };
        self.add_drift(InstanceChange {
            addr: addr.clone(),
            previous_addr: self.moved.get(addr).unwrap_or(addr).clone(),
            deposed: None,
            provider: provider.clone(),
            change: Change {
                action,
                before: schema.block.mark_sensitive(before),
                after: schema.block.mark_sensitive(&after.value),
                importing: None,
            },
            reason: None,
            required_replace: Vec::new(),
            private: after.private.clone(),
            before_identity: None,
            after_identity: after.identity.clone(),
        });
    }

    /// The change that destroys an object, which the provider is asked about if it wants to be.
    #[expect(clippy::too_many_arguments, reason = "all of it makes up the one change")]
    pub(super) async fn destroy_change(
        &self,
        addr: &AbsResourceInstance,
        previous_addr: AbsResourceInstance,
        deposed: Option<&DeposedKey>,
        owner: Owner<'_>,
        prior: Prior,
        reason: Option<ActionReason>,
        diagnostics: &mut Diagnostics,
    ) -> Option<InstanceChange> {
        let (provider_addr, provider, schema) = owner;
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
                provider_meta: Value::NULL,
                identity: prior.identity.clone(),
                capabilities: capabilities(),
            };
            let (answer, found) = provider.plan_resource_change(request).await;
            let failed = found.has_errors();
            diagnostics.extend(on(found, addr));
            let answer = answer.filter(|_| !failed)?;
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
        Some(InstanceChange {
            addr: addr.clone(),
            previous_addr,
            deposed: deposed.cloned(),
            provider: provider_addr.clone(),
            change: Change {
                action: Action::Delete,
                before: schema.block.mark_sensitive(&prior.value),
                after: null,
                importing: None,
            },
            reason,
            required_replace: Vec::new(),
            private,
            before_identity: prior.identity,
            after_identity: None,
        })
    }
}
