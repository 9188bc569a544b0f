//! What cannot be planned yet and is left for a later plan, where the user allows it.
//!
//! An instance is deferred if it is not known which instances there are, or what its provider is
//! configured with; if its provider says so; or if something that it depends on is deferred. What
//! is deferred stays as it is.

use std::collections::HashSet;
use std::sync::Arc;

use groma_addrs::{AbsProviderConfig, AbsResourceInstance, ConfigResource, InstanceKey};
use groma_diag::{Diagnostic, Diagnostics};
use groma_plan::{
    Action, Change, ConfigNode, DeferredChange, DeferredReason, InstanceChange, rules,
};
use groma_state::Object;
use groma_value::{Marks, Path, Value};

use super::Planner;
use super::lock;
use super::node::{Item, Target};
use crate::ephemeral::lasting_marks;
use crate::objects::{decode, on};
use crate::world::ModuleScope;

/// A provider's reason.
pub(super) fn deferred_reason(reason: groma_provider::DeferredReason) -> DeferredReason {
    match reason {
        groma_provider::DeferredReason::Unknown => DeferredReason::Unknown,
        groma_provider::DeferredReason::ResourceConfigUnknown => {
            DeferredReason::ResourceConfigUnknown
        }
        groma_provider::DeferredReason::ProviderConfigUnknown => {
            DeferredReason::ProviderConfigUnknown
        }
        groma_provider::DeferredReason::AbsentPrereq => DeferredReason::AbsentPrereq,
    }
}

/// The error for a provider that defers although it was not told that it may.
pub(super) fn not_allowed(
    provider: &groma_addrs::Provider,
    addr: &AbsResourceInstance,
) -> Diagnostic {
    let detail = format!(
        "Provider {provider} would leave {addr} for a later plan, which it was not told that it may. This is a bug in the provider, which should be reported in the provider's own issue tracker."
    );
    Diagnostic::error("Provider deferred changes when Groma did not allow deferrals", detail)
        .on(addr)
}

impl Planner {
    /// Why an instance is to be deferred, as far as the provider need not be asked.
    pub(super) fn deferral(&self, target: &Target, item: &Item) -> Option<DeferredReason> {
        if !self.run.partial || self.run.is_destroy() {
            return None;
        }
        let open = |key: &InstanceKey| *key == InstanceKey::Unknown;
        if open(&item.addr.key) || item.addr.module().steps().iter().any(|step| open(&step.key)) {
            Some(DeferredReason::InstanceCountUnknown)
        } else if self.run.is_unconfigured(&target.provider_addr) {
            Some(DeferredReason::ProviderConfigUnknown)
        } else if self.waits_for_deferred(&target.addr) {
            Some(DeferredReason::DeferredPrereq)
        } else {
            None
        }
    }

    /// Whether something that the resource depends on directly is deferred.
    pub(super) fn waits_for_deferred(&self, addr: &ConfigResource) -> bool {
        let deferred = lock(&self.deferred_resources);
        let direct = self.direct.get(addr);
        !deferred.is_empty() && direct.is_some_and(|deps| deps.iter().any(|d| deferred.contains(d)))
    }

    /// Notes that something of a resource is deferred, so that all that depends on it is.
    pub(super) fn note_deferred(&self, addr: &ConfigResource) {
        lock(&self.deferred_resources).insert(addr.clone());
    }

    /// Leaves a change for later.
    pub(super) fn defer_change(&self, change: InstanceChange, reason: DeferredReason) {
        if !self.is_selected(&change.addr) {
            return;
        }
        self.note_deferred(&change.addr.resource.config());
        lock(&self.deferred).push(DeferredChange { change, reason });
    }

    /// Defers an instance that the provider cannot be asked about: as far as its configuration and
    /// the state tell what becomes of it.
    pub(super) async fn defer_unplanned(
        &self,
        target: &Target,
        item: &Item,
        reason: DeferredReason,
        diagnostics: &mut Diagnostics,
    ) {
        let block = &target.schema.block;
        let scope = ModuleScope::repeated(&self.run.world, &item.module, &item.repetition);
        let (config, found) = groma_schema::decode(&target.resource.config, block, &scope);
        let failed = found.has_errors();
        diagnostics.extend(on(found, &item.addr));
        if failed {
            return;
        }
        let (config, marks) = config.unmark_deep_with_paths();
        let stored = self.previous.instance(&item.addr).and_then(|i| i.current.clone());
        let before = match &stored {
            None => Value::null(block.implied_type().clone()),
            Some(object) => {
                match decode(&item.addr, object, &target.schema, &target.provider, diagnostics)
                    .await
                {
                    Some(decoded) => decoded.value,
                    None => return,
                }
            }
        };
        let change = self.guess(target, item, before, &config, lasting_marks(marks));
        item.data.set(item.addr.key.clone(), change.change.after.clone());
        self.defer_change(change, reason);
    }

    /// What would become of an instance if its provider had nothing to say.
    fn guess(
        &self,
        target: &Target,
        item: &Item,
        before: Value,
        config: &Value,
        marks: Vec<(Path, Marks)>,
    ) -> InstanceChange {
        let block = &target.schema.block;
        let data = target.addr.resource.mode == groma_addrs::ResourceMode::Data;
        let prior = match before.is_null() {
            true => block.unknown_value(),
            false => before.clone().unmark_deep().0,
        };
        let after = rules::proposed_new(block, &prior, config).mark_with_paths(&marks);
        let action = match (data, before.is_null()) {
            (true, _) => Action::Read,
            (false, true) => Action::Create,
            (false, false) if after == before => Action::NoOp,
            (false, false) => Action::Update,
        };
        InstanceChange {
            addr: item.addr.clone(),
            previous_addr: self.previous_addr(&item.addr),
            deposed: None,
            provider: target.provider_addr.clone(),
            change: Change {
                action,
                before: block.mark_sensitive(&before),
                after: block.mark_sensitive(&after),
                importing: None,
            },
            reason: None,
            required_replace: Vec::new(),
            private: Arc::from([]),
            before_identity: None,
            after_identity: None,
        }
    }

    /// Whether the provider of something that goes cannot be asked yet.
    pub(super) fn cannot_ask(&self, provider: &AbsProviderConfig) -> bool {
        self.run.partial && !self.run.is_destroy() && self.run.is_unconfigured(provider)
    }

    /// All that is deferred. What would be destroyed although something deferred still depends on
    /// it joins it.
    pub(super) fn take_deferred(&self, changes: &mut Vec<InstanceChange>) -> Vec<DeferredChange> {
        let mut deferred = std::mem::take(&mut *lock(&self.deferred));
        if !deferred.is_empty() {
            let needed = self.needed_by(&deferred);
            let (later, now) = std::mem::take(changes).into_iter().partition(|change| {
                change.change.action == Action::Delete
                    && needed.contains(&change.addr.resource.config())
            });
            *changes = now;
            let reason = DeferredReason::DeferredPrereq;
            let later: Vec<InstanceChange> = later;
            deferred.extend(later.into_iter().map(|change| DeferredChange { change, reason }));
        }
        deferred.sort_by(|a, b| {
            (&a.change.addr, &a.change.deposed).cmp(&(&b.change.addr, &b.change.deposed))
        });
        deferred
    }

    /// What the objects depend on, by the state, whose changes are deferred.
    fn needed_by(&self, deferred: &[DeferredChange]) -> HashSet<ConfigResource> {
        let mut resources = HashSet::new();
        for deferred in deferred {
            resources.insert(deferred.change.addr.resource.config());
        }
        let mut needed = HashSet::new();
        let mut seen: HashSet<*const ConfigResource> = HashSet::new();
        for (addr, resource) in &self.previous.resources {
            if !resources.contains(&addr.config()) {
                continue;
            }
            let of = |object: &Arc<Object>| object.dependencies.clone();
            for list in resource.instances.values().flat_map(|i| i.current.as_ref().map(of)) {
                if seen.insert(list.as_ptr()) {
                    needed.extend(list.iter().cloned());
                }
            }
        }
        needed
    }

    /// The root outputs that say something of what is deferred: their values are not to come of
    /// this plan.
    pub(super) fn deferred_outputs(&self) -> HashSet<groma_value::Str> {
        let deferred = lock(&self.deferred_resources);
        let mut found = HashSet::new();
        if deferred.is_empty() {
            return found;
        }
        let mut order = Vec::new();
        self.graph.post_order(&mut order);
        let mut open = vec![false; order.len()];
        for id in order {
            let node = self.graph.node(id);
            let dependencies = &self.graph.dependencies()[id as usize];
            open[id as usize] = match node {
                ConfigNode::Resource(addr) => deferred.contains(addr),
                _ => dependencies.iter().any(|dep| open[*dep as usize]),
            };
            if let (ConfigNode::Output(module, name), true) = (node, open[id as usize])
                && module.is_root()
            {
                found.insert(name.clone());
            }
        }
        found
    }

    /// Whether it is not known if there is such an instance, for one that the state has.
    pub(super) fn may_stay(&self, addr: &AbsResourceInstance) -> bool {
        if !self.run.partial || self.run.is_destroy() {
            return false;
        }
        let world = &self.run.world;
        world.resource(&addr.resource).is_some_and(|data| !data.expansion.is_known())
            || world.is_open(addr.module())
    }
}
