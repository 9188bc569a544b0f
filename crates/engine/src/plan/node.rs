//! The node of a resource: its instances in all instances of its module, and what the state has
//! beyond them.

use std::collections::{BTreeMap, HashSet};
use std::pin::Pin;
use std::sync::Arc;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use groma_addrs::{
    AbsProviderConfig, AbsResource, AbsResourceInstance, ConfigResource, InstanceKey, ResourceMode,
};
use groma_config::{ResolvedProvider, Resource};
use groma_diag::{Diagnostic, Diagnostics};
use groma_plan::{ActionReason, DeferredReason};
use groma_provider::Provider;
use groma_schema::Schema;
use groma_value::Type;

use super::Planner;
use super::imports::ImportOrder;
use super::orphan::{Fate, Leftover};
use crate::walk::Outcome;
use crate::world::{Expansion, ModuleData, Repetition, ResourceData};

/// A resource of the configuration with all that planning its instances takes.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) addr: ConfigResource,
    pub(super) resource: Arc<Resource>,
    pub(super) provider_addr: AbsProviderConfig,
    pub(super) provider: Arc<dyn Provider>,
    pub(super) schema: Arc<Schema>,
    pub(super) imports: Arc<BTreeMap<AbsResourceInstance, ImportOrder>>,
}

/// A piece of work on one object.
pub(super) type Work<'a> = Pin<Box<dyn Future<Output = Diagnostics> + Send + 'a>>;

/// One instance to be planned.
pub(super) struct Item {
    pub(super) module: Arc<ModuleData>,
    pub(super) data: Arc<ResourceData>,
    pub(super) addr: AbsResourceInstance,
    pub(super) repetition: Repetition,
}

impl Planner {
    /// Plans all instances of a resource.
    pub(super) async fn resource(&self, addr: &ConfigResource) -> Outcome {
        let mut diagnostics = Diagnostics::new();
        let resource = self.run.world.config.resource(addr).cloned();
        if addr.resource.mode == ResourceMode::Ephemeral {
            return self.ephemeral(addr, resource).await;
        }
        if let Err(found) = self.resource_inner(addr, resource, &mut diagnostics).await {
            diagnostics.extend(found);
        }
        self.run.report(diagnostics)
    }

    /// Opens an ephemeral resource; where everything goes, only if providers are configured with
    /// it.
    async fn ephemeral(&self, addr: &ConfigResource, resource: Option<Arc<Resource>>) -> Outcome {
        let Some(resource) = resource else { return Outcome::Done };
        if self.run.is_destroy() {
            let idle = !self.for_providers.contains(addr);
            return self.run.open_ephemerals(addr, idle).await;
        }
        let provider = self.run.world.config.provider_of(&addr.module, &resource).config;
        let deferred = self.cannot_ask(&provider) || self.waits_for_deferred(addr);
        let pending = deferred || self.waits(addr, &resource);
        let outcome = self.run.open_ephemerals(addr, pending).await;
        let modules = self.run.world.instances_of(&addr.module);
        let open = |data: &Arc<ModuleData>| {
            data.resource(&addr.resource).is_some_and(|data| !data.expansion.is_known())
        };
        if deferred || modules.iter().any(open) {
            self.note_deferred(addr);
        }
        outcome
    }

    async fn resource_inner(
        &self,
        addr: &ConfigResource,
        resource: Option<Arc<Resource>>,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Diagnostics> {
        let Some(resource) = resource else {
            if let Some(written) = self.imports.to_write(addr)
                && self.options.mode == groma_plan::Mode::Normal
                && !self.in_state.contains_key(addr)
            {
                let import = written.import.clone();
                return self.import_and_write(addr, &import, diagnostics).await;
            }
            return self.all_gone(addr, diagnostics).await;
        };
        let config = &self.run.world.config;
        let resolved = config.provider_of(&addr.module, &resource);
        let provider_addr = resolved.config.clone();
        let schema = self
            .run
            .around
            .schemas
            .resource(&resource.provider, addr.resource.mode, &addr.resource.ty)?
            .ok_or_else(|| missing_type(&resource))?;
        let pool = &self.run.around.pool;
        let provider = match resolved.key {
            None => pool.get(&provider_addr)?,
            // Each instance has its own; this one stands for all of them where none is asked.
            Some(_) => pool.unconfigured(&provider_addr.provider).await?,
        };
        let imports = Arc::new(self.import_orders(addr, &schema, diagnostics));
        let target =
            Target { addr: addr.clone(), resource, provider_addr, provider, schema, imports };
        let mut items = Vec::new();
        let mut wanted: HashSet<AbsResource> = HashSet::new();
        for module in self.run.world.instances_of(&addr.module) {
            let abs = addr.resource.in_module(&module.addr);
            wanted.insert(abs.clone());
            let Some(data) = self.expand(&target, &module, diagnostics) else { continue };
            for (key, repetition) in data.expansion.instances() {
                items.push(Item {
                    module: module.clone(),
                    data: data.clone(),
                    addr: abs.instance(key),
                    repetition,
                });
            }
        }
        self.check_orders(&target.imports, &items, diagnostics);
        if diagnostics.has_errors() {
            return Ok(());
        }
        let targets = self.targets(&target, &resolved, &items, diagnostics)?;
        if diagnostics.has_errors() {
            return Ok(());
        }
        let mut work: Vec<Work<'_>> = Vec::with_capacity(items.len());
        for (i, item) in items.iter().enumerate() {
            let target = targets.get(i).map_or(&target, |target| &**target);
            work.push(Box::pin(self.instance(target, item)));
        }
        diagnostics.extend(self.all(work).await);
        if addr.resource.mode == ResourceMode::Managed {
            self.leftovers(&target, &wanted, diagnostics).await;
        }
        Ok(())
    }

    /// Where the provider configuration has several instances: the target with its own provider
    /// for each item.
    fn targets(
        &self,
        target: &Target,
        resolved: &ResolvedProvider,
        items: &[Item],
        diagnostics: &mut Diagnostics,
    ) -> Result<Vec<Arc<Target>>, Diagnostics> {
        if resolved.key.is_none() {
            return Ok(Vec::new());
        }
        let mut by_key: BTreeMap<InstanceKey, Arc<Target>> = BTreeMap::new();
        let mut targets = Vec::with_capacity(items.len());
        for item in items {
            let (module, repetition) = (&item.module, &item.repetition);
            let key = self.run.provider_key(resolved, module, repetition, diagnostics);
            let Some(key) = key else { continue };
            let own = match by_key.get(&key) {
                Some(own) => own.clone(),
                None => {
                    let provider_addr = target.provider_addr.instance(key.clone());
                    let provider = self.run.around.pool.get(&provider_addr)?;
                    let own = Arc::new(Target { provider_addr, provider, ..target.clone() });
                    by_key.insert(key, own.clone());
                    own
                }
            };
            targets.push(own);
        }
        Ok(targets)
    }

    /// Does pieces of work, as many at once as is allowed.
    pub(super) async fn all(&self, work: Vec<Work<'_>>) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        let mut waiting = work.into_iter();
        let width = self.run.around.parallelism.max(1);
        let mut working: FuturesUnordered<Work<'_>> = waiting.by_ref().take(width).collect();
        while let Some(found) = working.next().await {
            diagnostics.extend(found);
            working.extend(waiting.next());
        }
        diagnostics
    }

    fn expand(
        &self,
        target: &Target,
        module: &Arc<ModuleData>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Arc<ResourceData>> {
        let resource = &target.resource;
        let expansion = self.run.expansion_of(resource, module, diagnostics)?;
        // What goes is what the state has, whatever the configuration would have.
        let expansion = match self.run.is_destroy() {
            true => self.expansion_in_state(target, module, expansion),
            false => expansion,
        };
        let ty = target.schema.block.implied_type().clone();
        Some(module.expand_resource(resource.addr.clone(), expansion, ty))
    }

    /// For destruction: instances that the configuration cannot tell are those of the state.
    fn expansion_in_state(
        &self,
        target: &Target,
        module: &Arc<ModuleData>,
        expansion: Expansion,
    ) -> Expansion {
        if expansion.is_known() {
            return expansion;
        }
        let addr = target.resource.addr.in_module(&module.addr);
        let keys: Vec<InstanceKey> = self
            .previous
            .resource(&addr)
            .map(|r| r.instances.keys().cloned().collect())
            .unwrap_or_default();
        match keys.last() {
            Some(InstanceKey::Int(last)) => Expansion::Count(last + 1),
            Some(InstanceKey::String(_)) => {
                let entry = |key: &InstanceKey| match key {
                    InstanceKey::String(k) => {
                        Some((k.clone(), groma_value::Value::unknown(Type::Dynamic)))
                    }
                    _ => None,
                };
                Expansion::ForEach(Arc::new(keys.iter().filter_map(entry).collect()))
            }
            _ => expansion,
        }
    }

    async fn instance(&self, target: &Target, item: &Item) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        if self.run.around.interrupt.is_raised() {
            return diagnostics;
        }
        // The semaphore is never closed.
        let _slot = self.run.slots.acquire().await;
        let deferral = self.deferral(target, item);
        if let Some(reason) = deferral.filter(|reason| *reason != DeferredReason::DeferredPrereq) {
            self.defer_unplanned(target, item, reason, &mut diagnostics).await;
            return diagnostics;
        }
        match target.addr.resource.mode {
            ResourceMode::Managed => self.managed(target, item, deferral, &mut diagnostics).await,
            ResourceMode::Data => self.data(target, item, deferral, &mut diagnostics).await,
            // These have no plan.
            ResourceMode::Ephemeral => {}
        }
        diagnostics
    }

    /// Instances that the state has and the configuration has not, and deposed objects.
    async fn leftovers(
        &self,
        target: &Target,
        wanted: &HashSet<AbsResource>,
        diagnostics: &mut Diagnostics,
    ) {
        let Some(in_state) = self.in_state.get(&target.addr) else { return };
        let mut leftovers = Vec::new();
        for abs in in_state {
            let Some(state) = self.previous.resource(abs) else { continue };
            let data = wanted.contains(abs).then(|| self.run.world.resource(abs)).flatten();
            for (key, instance) in &state.instances {
                let present = data.as_ref().is_some_and(|d| d.expansion.contains(key));
                let addr = abs.instance(key.clone());
                if !present && self.may_stay(&addr) {
                    // The placeholder stands for it.
                } else if !present && instance.current.is_some() {
                    let fate = Fate::Destroy(self.why_gone(target, abs, key, data.as_deref()));
                    leftovers.push(Leftover { addr: abs.instance(key.clone()), state, fate });
                }
                leftovers.extend(Leftover::deposed(abs, key, instance, state));
            }
        }
        diagnostics.extend(self.plan_leftovers(leftovers).await);
    }

    fn why_gone(
        &self,
        target: &Target,
        abs: &AbsResource,
        key: &InstanceKey,
        data: Option<&ResourceData>,
    ) -> Option<ActionReason> {
        if self.run.is_destroy() {
            return None;
        }
        if data.is_none() || self.run.world.module(&abs.module).is_none() {
            return Some(ActionReason::DeleteBecauseNoModule);
        }
        let resource = &target.resource;
        Some(match key {
            InstanceKey::None if resource.enabled.is_some() && !resource.is_counted() => {
                ActionReason::DeleteBecauseEnabledFalse
            }
            InstanceKey::None => ActionReason::DeleteBecauseWrongRepetition,
            InstanceKey::Int(_) if resource.count.is_some() => {
                ActionReason::DeleteBecauseCountIndex
            }
            InstanceKey::String(_) if resource.for_each.is_some() => {
                ActionReason::DeleteBecauseEachKey
            }
            _ => ActionReason::DeleteBecauseWrongRepetition,
        })
    }
}

trait Counted {
    fn is_counted(&self) -> bool;
}

impl Counted for Resource {
    fn is_counted(&self) -> bool {
        self.count.is_some() || self.for_each.is_some()
    }
}

pub(super) fn missing_type(resource: &Resource) -> Diagnostics {
    let detail = format!(
        "The provider {} does not support {} {:?}.",
        resource.provider.for_display(),
        match resource.addr.mode {
            ResourceMode::Managed => "resource type",
            ResourceMode::Data => "data source",
            ResourceMode::Ephemeral => "ephemeral resource type",
        },
        &*resource.addr.ty
    );
    Diagnostic::error("Invalid resource type", detail).at(&resource.type_range).into()
}
