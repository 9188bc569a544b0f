//! Steps after which an object is as it should be: creating, changing, reading.

use std::sync::Arc;

use groma_addrs::DeposedKey;
use groma_config::{ProvisionerWhen, Resource};
use groma_diag::{Diagnostic, Diagnostics};
use groma_plan::{Action, InstanceChange, rules};
use groma_provider::{
    ApplyResourceRequest, ApplyResourceResponse, PlanResourceRequest, Private, Provider,
};
use groma_schema::Schema;
use groma_state::{CheckableKind, Object, ObjectStatus};
use groma_value::{Marks, Path, Value};

use super::Applier;
use super::open::was_open;
use super::provision::Provisioning;
use super::result::check_result;
use crate::Event;
use crate::checks::{RuleKind, evaluate_rules};
use crate::ephemeral::{lasting_marks, refuse_ephemeral};
use crate::objects::{Stored, encode, object_id, on};
use crate::plan::{Found, Source, read};
use crate::run::locate;
use crate::world::{ModuleData, ModuleScope, Repetition, ResourceData};

/// An instance of the configuration with all that working on it takes.
pub(super) struct Site {
    resource: Arc<Resource>,
    module: Arc<ModuleData>,
    data: Arc<ResourceData>,
    repetition: Repetition,
    schema: Arc<Schema>,
    provider: Arc<dyn Provider>,
}

/// The configuration of an instance, evaluated.
struct Configured {
    value: Value,
    marks: Vec<(Path, Marks)>,
}

impl Configured {
    /// Whether the same parts of it are sensitive as of a stored object.
    fn is_as_sensitive_as(&self, object: &Object) -> bool {
        let sensitive = || self.marks.iter().filter(|(_, marks)| marks.is_sensitive());
        sensitive().count() == object.sensitive_paths.len()
            && sensitive().all(|(path, _)| object.sensitive_paths.contains(path))
    }
}

impl Site {
    fn scope<'a>(&'a self, applier: &'a Applier) -> ModuleScope<'a> {
        ModuleScope::repeated(&applier.run.world, &self.module, &self.repetition)
    }

    fn place(&self, found: Diagnostics, change: &InstanceChange) -> Diagnostics {
        let resource = &self.resource;
        let block = &self.schema.block;
        let placed = found.into_iter().map(|d| locate(d, &resource.config, block));
        on(placed.collect(), &change.addr)
    }
}

impl Applier {
    fn site(&self, change: &InstanceChange) -> Result<Site, Diagnostics> {
        let missing = || {
            let detail = format!(
                "{} is in the plan, but not in the configuration. The plan does not belong to this configuration; make a new one.",
                change.addr
            );
            Diagnostics::from(Diagnostic::error("Plan does not fit the configuration", detail))
        };
        let config_addr = change.addr.resource.config();
        let world = &self.run.world;
        let resource = world.config.resource(&config_addr).cloned().ok_or_else(missing)?;
        let module = world.module(change.addr.module()).ok_or_else(missing)?;
        let data = module.resource(&resource.addr).ok_or_else(missing)?;
        let repetition = data.expansion.repetition(&change.addr.key).ok_or_else(missing)?;
        let schema = self.schema(&config_addr, &change.provider.provider)?;
        let provider = self.run.around.pool.get(&change.provider)?;
        Ok(Site { resource, module, data, repetition, schema, provider })
    }

    fn configured(
        &self,
        site: &Site,
        change: &InstanceChange,
        diagnostics: &mut Diagnostics,
    ) -> Option<Configured> {
        let scope = site.scope(self);
        let rules = &site.resource.preconditions;
        let kind = RuleKind::ResourcePrecondition;
        let mut found = Diagnostics::new();
        let results = evaluate_rules(rules, kind, &scope, &mut found);
        self.record(change, &results);
        let block = &site.schema.block;
        let (value, more) = groma_schema::decode(&site.resource.config, block, &scope);
        found.extend(more);
        let failed = found.has_errors();
        diagnostics.extend(on(found, &change.addr));
        if failed {
            return None;
        }
        let (value, marks) = value.unmark_deep_with_paths();
        let (body, addr) = (&site.resource.config, change.addr.to_string());
        let refused = refuse_ephemeral(block, body, &value, &marks, &addr);
        if refused.has_errors() {
            diagnostics.extend(refused);
            return None;
        }
        Some(Configured { value, marks: lasting_marks(marks) })
    }

    fn record(&self, change: &InstanceChange, results: &[crate::checks::RuleResult]) {
        let config = change.addr.resource.config().to_string();
        self.run.checks.record(CheckableKind::Resource, config, change.addr.to_string(), results);
    }

    fn postconditions(
        &self,
        site: &Site,
        change: &InstanceChange,
        value: &Value,
        diagnostics: &mut Diagnostics,
    ) {
        let rules = &site.resource.postconditions;
        let mut scope = site.scope(self);
        scope.self_value = Some(value);
        scope.own = Some((&site.resource.addr, &change.addr.key));
        let kind = RuleKind::ResourcePostcondition;
        let results = evaluate_rules(rules, kind, &scope, diagnostics);
        self.record(change, &results);
    }

    /// What does not change: only its conditions are evaluated anew.
    pub(super) async fn settle(
        &self,
        change: &InstanceChange,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Diagnostics> {
        let site = self.site(change)?;
        if self.configured(&site, change, diagnostics).is_some() {
            self.postconditions(&site, change, &change.change.after, diagnostics);
        }
        Ok(())
    }

    /// Reads a data source that could not be read while planning.
    pub(super) async fn read(
        &self,
        change: &InstanceChange,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Diagnostics> {
        let site = self.site(change)?;
        let Some(config) = self.configured(&site, change, diagnostics) else { return Ok(()) };
        if !config.value.is_wholly_known() {
            let detail = format!(
                "The configuration of {} is still not known, although all that it refers to has been applied. This is a bug in Groma; please report it.",
                change.addr
            );
            return Err(Diagnostic::error("Configuration contains unknown value", detail).into());
        }
        let config_addr = change.addr.resource.config();
        let source = Source {
            addr: &config_addr,
            resource: &site.resource,
            provider: &site.provider,
            schema: &site.schema,
        };
        let mut found = Diagnostics::new();
        let nothing = config.value.clone();
        let value = read(&self.run, source, &change.addr, config.value, &mut found).await;
        let value = match &site.resource.check {
            Some(check) if found.has_errors() => {
                diagnostics.extend(self.run.fail_check(&site.module.addr, check, found));
                // All that is there is what was asked.
                nothing
            }
            _ => {
                diagnostics.extend(found);
                let Some(Found::Value(value)) = value else { return Ok(()) };
                value
            }
        };
        let value = value.mark_with_paths(&config.marks);
        let stored = Stored {
            private: Arc::from([]),
            identity: None,
            status: ObjectStatus::Ready,
            dependencies: Arc::from([]),
            create_before_destroy: false,
            skip_destroy: false,
        };
        let object = encode(&change.addr, &value, &site.schema, stored)?;
        self.state.set_current(&change.addr, &change.provider, Some(object));
        let value = site.schema.block.mark_sensitive(&value);
        site.data.set(change.addr.key.clone(), value.clone());
        self.postconditions(&site, change, &value, diagnostics);
        Ok(())
    }

    /// Creates or changes an object.
    pub(super) async fn make(
        &self,
        change: &InstanceChange,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Diagnostics> {
        let site = self.site(change)?;
        let Some(config) = self.configured(&site, change, diagnostics) else { return Ok(()) };
        let is_update = change.change.action == Action::Update;
        let ty = site.schema.block.implied_type();
        let current = self.state.read(|s| s.instance(&change.addr).and_then(|i| i.current.clone()));
        let prior = match &current {
            Some(object) if is_update => object.decode(ty).map_err(|error| {
                let detail = format!(
                    "The object of {} in the state cannot be understood: {error}.",
                    change.addr
                );
                Diagnostics::from(Diagnostic::error("Invalid object in state", detail))
            })?,
            _ => Value::null(ty.clone()),
        };
        let (prior, _) = prior.unmark_deep();
        let planned = change.change.after.clone().unmark_deep().0;
        let prior_private: Private = match &current {
            Some(object) if is_update => object.private.clone(),
            _ => Arc::from([]),
        };
        let mut request = ApplyResourceRequest {
            ty: site.resource.addr.ty.clone(),
            prior,
            planned,
            config: config.value.clone(),
            private: change.private.clone(),
            provider_meta: self.provider_meta(change),
            identity: change.after_identity.clone(),
        };
        if was_open(&site.schema.block, &request.planned, &config.value) {
            if !self.finish_plan(&site, change, prior_private, &mut request, diagnostics).await {
                return Ok(());
            }
            let same = is_update && request.planned == request.prior;
            if same && current.is_some_and(|object| config.is_as_sensitive_as(&object)) {
                // Now that all is known, it turns out that nothing is to be done.
                let value = request.prior.mark_with_paths(&config.marks);
                let value = site.schema.block.mark_sensitive(&value);
                site.data.set(change.addr.key.clone(), value.clone());
                self.postconditions(&site, change, &value, diagnostics);
                return Ok(());
            }
        }
        let deposed = match change.change.action {
            Action::CreateThenDelete | Action::CreateThenForget => self.depose(change),
            _ => None,
        };
        self.execute(&site, change, &config, request, deposed, diagnostics).await
    }

    /// Asks the provider to plan again, now that all is known, and checks that it stays with what
    /// it said. Tells whether it may go on.
    async fn finish_plan(
        &self,
        site: &Site,
        change: &InstanceChange,
        private: Private,
        request: &mut ApplyResourceRequest,
        diagnostics: &mut Diagnostics,
    ) -> bool {
        let block = &site.schema.block;
        let again = PlanResourceRequest {
            ty: request.ty.clone(),
            prior: request.prior.clone(),
            proposed: rules::proposed_new(block, &request.prior, &request.config),
            config: request.config.clone(),
            private,
            provider_meta: self.provider_meta(change),
            identity: change.before_identity.clone(),
            capabilities: self.run.capabilities(),
        };
        let (answer, found) = site.provider.plan_resource_change(again).await;
        let failed = found.has_errors();
        diagnostics.extend(site.place(found, change));
        let Some(answer) = answer.filter(|_| !failed) else { return false };
        let planned = match answer.legacy_type_system {
            true => rules::normalize_legacy(block, &answer.planned),
            false => answer.planned,
        };
        let violations = rules::assert_compatible(block, &request.planned, &planned);
        let (provider, addr) = (&change.provider.provider, &change.addr);
        if answer.legacy_type_system {
            if !violations.is_empty() {
                tracing::warn!(%provider, %addr, ?violations, "legacy plugin SDK: an inconsistent final plan is tolerated");
            }
        } else if !violations.is_empty() {
            for violation in &violations {
                let detail = format!(
                    "When expanding the plan for {addr} to include new values learned so far during apply, provider {provider} produced an invalid new value for {}: {}.\n\nThis is a bug in the provider, which should be reported in the provider's own issue tracker.",
                    violation.path, violation.message
                );
                diagnostics.push(
                    Diagnostic::error("Provider produced inconsistent final plan", detail).on(addr),
                );
            }
            return false;
        }
        request.planned = planned;
        request.private = answer.private;
        request.identity = answer.identity;
        true
    }

    /// Puts the current object aside.
    fn depose(&self, change: &InstanceChange) -> Option<(DeposedKey, Arc<Object>)> {
        let instance = self.state.read(|s| s.instance(&change.addr).cloned())?;
        let object = instance.current.clone()?;
        let key = self.deposed_key(change);
        self.state.set_deposed(&change.addr, &key, &change.provider, Some(object.clone()));
        self.state.set_current(&change.addr, &change.provider, None);
        Some((key, object))
    }

    /// The key under which a change puts the old object aside: the same whenever it is asked for,
    /// and none that the state has already.
    pub(super) fn deposed_key(&self, change: &InstanceChange) -> DeposedKey {
        let taken = |key: &DeposedKey| {
            self.plan
                .prior_state
                .instance(&change.addr)
                .is_some_and(|i| i.deposed.contains_key(key))
        };
        let mut hash: u32 = 0x811c_9dc5;
        let text = format!("{}{}{}", self.plan.lineage, self.plan.serial, change.addr);
        for byte in text.bytes() {
            hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
        loop {
            let key = DeposedKey(format!("{hash:08x}").into());
            if !taken(&key) {
                return key;
            }
            hash = hash.wrapping_add(1);
        }
    }

    async fn execute(
        &self,
        site: &Site,
        change: &InstanceChange,
        config: &Configured,
        request: ApplyResourceRequest,
        deposed: Option<(DeposedKey, Arc<Object>)>,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Diagnostics> {
        let addr = &change.addr;
        let action = match change.change.action {
            Action::Update => Action::Update,
            _ => Action::Create,
        };
        let events = &self.run.around.events;
        let id = object_id(&change.change.before).filter(|_| action == Action::Update);
        events.event(Event::ApplyStart { addr, deposed: None, action, id });
        let planned = request.planned.clone();
        let prior = request.prior.clone();
        let (answer, found) = site.provider.apply_resource_change(request).await;
        let mut failed = found.has_errors();
        diagnostics.extend(site.place(found, change));
        let answer = answer.unwrap_or_else(|| ApplyResourceResponse {
            state: prior,
            private: change.private.clone(),
            legacy_type_system: false,
            identity: change.before_identity.clone(),
        });
        let checked =
            check_result(&site.schema.block, change, &planned, &answer, failed, diagnostics);
        failed |= diagnostics.has_errors();
        let mut value = match checked {
            value if value.is_null() => value,
            value => value.mark_with_paths(&config.marks),
        };
        if failed && !value.is_wholly_known() {
            value = value.unknown_as_null();
        }
        self.store(site, change, &value, &answer, failed && action == Action::Create, deposed)?;
        let marked = site.schema.block.mark_sensitive(&value);
        if !failed && action == Action::Create {
            failed = !self.provision_creation(site, change, &marked, diagnostics).await;
            if failed {
                self.store(site, change, &value, &answer, true, None)?;
            }
        }
        if failed {
            events.event(Event::ApplyErrored { addr, deposed: None, action });
            return Ok(());
        }
        let value = marked;
        site.data.set(addr.key.clone(), value.clone());
        let id = object_id(&value);
        events.event(Event::ApplyComplete { addr, deposed: None, action, id });
        self.postconditions(site, change, &value, diagnostics);
        Ok(())
    }

    /// Runs what is to be run once an object has been created. Tells whether it went well.
    async fn provision_creation(
        &self,
        site: &Site,
        change: &InstanceChange,
        value: &Value,
        diagnostics: &mut Diagnostics,
    ) -> bool {
        let resource = &site.resource;
        if resource.provisioners.is_empty() {
            return true;
        }
        let work = Provisioning {
            addr: &change.addr,
            blocks: &resource.provisioners,
            when: ProvisionerWhen::Create,
            connection: resource.connection.as_ref(),
        };
        let scope = ModuleScope { self_value: Some(value), ..site.scope(self) };
        self.provision(work, &scope, diagnostics).await
    }

    /// Writes down what there is now.
    fn store(
        &self,
        site: &Site,
        change: &InstanceChange,
        value: &Value,
        answer: &ApplyResourceResponse,
        tainted: bool,
        deposed: Option<(DeposedKey, Arc<Object>)>,
    ) -> Result<(), Diagnostics> {
        let (addr, provider) = (&change.addr, &change.provider);
        if value.is_null() {
            match deposed {
                // Nothing came of the creation: the old object is the current one again.
                Some((key, object)) => {
                    self.state.set_current(addr, provider, Some(object));
                    self.state.set_deposed(addr, &key, provider, None);
                }
                None => self.state.set_current(addr, provider, None),
            }
            return Ok(());
        }
        let config_addr = addr.resource.config();
        let identity = answer.identity.as_ref().filter(|identity| identity.is_wholly_known());
        let stored = Stored {
            private: answer.private.clone(),
            identity,
            status: if tainted { ObjectStatus::Tainted } else { ObjectStatus::Ready },
            dependencies: self.dependencies.get(&config_addr).cloned().unwrap_or_default(),
            create_before_destroy: self.create_first.contains(&config_addr),
            skip_destroy: site.resource.lifecycle.keeps_objects(),
        };
        let object = encode(addr, value, &site.schema, stored)?;
        self.state.set_current(addr, provider, Some(object));
        Ok(())
    }
}
