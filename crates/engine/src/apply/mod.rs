//! Applying: executing the execution graph of a plan.
//!
//! Nothing is decided here. What was not known while planning is evaluated now, and what a
//! provider planned on that account is finished by asking it once more.

mod destroy;
mod invoke;
mod make;
mod open;
mod provision;
mod result;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use groma_addrs::{AbsResourceInstance, ConfigResource, InstanceKey, ResourceMode};
use groma_config::Config;
use groma_diag::{Diagnostic, Diagnostics};
use groma_lang::FunctionTable;
use groma_plan::{Action, ConfigNode, InstanceChange, Mode, NodeId, Operation, Plan, Step};
use groma_schema::Schema;
use groma_state::{CheckResult, Output};
use groma_value::Str;

use crate::Event;
use crate::event::import_text;
use crate::expand::expansion;
use crate::graph;
use crate::interrupt::Urgency;
use crate::plan::{closures, create_first};
use crate::removals::Removals;
use crate::run::{Phase, Run, Surroundings};
use crate::store::SharedState;
use crate::variables::InputValue;
use crate::walk::{Outcome, Visit, walk};
use crate::world::{Expansion, ModuleData, ModuleScope, Paths, World};

/// What is applied.
#[derive(Clone)]
pub struct ApplyInput {
    /// The plan.
    pub plan: Arc<Plan>,
    /// The configuration that it was made from.
    pub config: Config,
    /// The root variables that it was made with.
    pub variables: BTreeMap<Str, InputValue>,
    /// The built-in functions.
    pub functions: Arc<FunctionTable>,
    /// Where the configuration lies.
    pub paths: Paths,
    /// The workspace.
    pub workspace: String,
}

/// Applies a plan to a state, which must hold the plan's prior state. What was done is in the
/// state, whatever the diagnostics say.
pub async fn apply(
    input: ApplyInput,
    state: SharedState,
    around: Surroundings,
) -> (Vec<CheckResult>, Diagnostics) {
    let plan = input.plan.clone();
    if plan.errored {
        let detail = "This plan was made with errors and is incomplete. It shows how far planning came, and cannot be applied.";
        return (Vec::new(), Diagnostic::error("Cannot apply incomplete plan", detail).into());
    }
    let applier = Arc::new(Applier::new(input, state, around));
    let outcomes = applier.clone().run().await;
    applier.settle_outputs(&outcomes);
    applier.settle_data(&outcomes);
    let checks = match plan.mode {
        Mode::RefreshOnly => plan.checks.clone(),
        _ => applier.run.checks.results(),
    };
    applier.state.change(|state| state.checks = checks.clone());
    (checks, applier.run.take_diagnostics())
}

/// A plan being applied.
pub(crate) struct Applier {
    run: Run,
    plan: Arc<Plan>,
    state: SharedState,
    by_resource: HashMap<ConfigResource, Vec<u32>>,
    /// What is left for a later plan: nothing is known of it in this one.
    deferred: HashSet<ConfigResource>,
    dependencies: HashMap<ConfigResource, Arc<[ConfigResource]>>,
    create_first: HashSet<ConfigResource>,
    removals: Removals,
    in_flight: Mutex<BTreeSet<AbsResourceInstance>>,
}

impl Applier {
    fn new(input: ApplyInput, state: SharedState, around: Surroundings) -> Applier {
        let plan = input.plan;
        let phase = match plan.mode {
            Mode::Destroy => Phase::ApplyDestroy,
            _ => Phase::Apply,
        };
        let (graph, _) = graph::build(&input.config, &plan.prior_state, &around.schemas);
        let direct = graph.resource_dependencies();
        let world = World::new(input.config, input.functions, input.paths, input.workspace);
        let mut by_resource: HashMap<ConfigResource, Vec<u32>> = HashMap::new();
        for (i, change) in plan.changes.iter().enumerate() {
            by_resource.entry(change.addr.resource.config()).or_default().push(i as u32);
        }
        Applier {
            dependencies: closures(&graph, &direct),
            create_first: create_first(&world.config, &graph, &direct, &plan.prior_state),
            removals: Removals::of(&world.config),
            run: Run::new(phase, around, world, input.variables)
                .with_partial(!plan.deferred.is_empty()),
            deferred: plan.deferred.iter().map(|d| d.change.addr.resource.config()).collect(),
            plan,
            state,
            by_resource,
            in_flight: Mutex::default(),
        }
    }

    /// Walks the graph. Gives the outcome of every operation; those still under way when the user
    /// would not wait any longer count as failed.
    async fn run(self: Arc<Self>) -> Vec<Outcome> {
        for check in &self.plan.checks {
            let addrs = check.objects.iter().map(|(addr, ..)| addr);
            self.run.checks.declare_instances(check.kind, check.config_addr.clone(), addrs);
        }
        // What is imported is in the state that applying starts from.
        for change in &self.plan.changes {
            let Some(importing) = &change.change.importing else { continue };
            let (addr, what) = (&change.addr, import_text(importing));
            self.run.around.events.event(Event::ImportStart { addr, what: &what });
            self.run.around.events.event(Event::ImportComplete { addr, what: &what });
        }
        let graph = &self.plan.graph;
        let dependencies: Vec<Vec<u32>> =
            (0..graph.len() as NodeId).map(|id| graph.dependencies(id).to_vec()).collect();
        let applier = self.clone();
        let last = self.plan.clone();
        let always =
            move |id| matches!(last.graph.operation(id), Operation::Evaluate(ConfigNode::Used(_)));
        let walking = walk(&dependencies, always, move |id| applier.clone().visit(id), |_| {});
        let stop = async {
            self.run.around.interrupt.reached(Urgency::Soon).await;
            let found = self.run.around.pool.stop().await;
            self.run.report(found);
            self.run.around.interrupt.reached(Urgency::Now).await;
        };
        tokio::select! {
            outcomes = walking => {
                if self.run.around.interrupt.is_raised() && outcomes.contains(&Outcome::Skipped) {
                    self.run.report(Diagnostic::error("Execution halted", "The apply was interrupted before it was complete. What was under way has been finished and is in the state; plan again to see what remains.").into());
                }
                outcomes
            }
            () = stop => {
                self.abandoned();
                vec![Outcome::Failed; graph.len()]
            }
        }
    }

    fn abandoned(&self) {
        let list: Vec<String> = lock(&self.in_flight).iter().map(|a| format!("  - {a}")).collect();
        let detail = if list.is_empty() {
            "The apply was interrupted twice and stopped at once.".to_string()
        } else {
            format!(
                "The apply was interrupted twice and stopped at once, without waiting for what was under way:\n{}\n\nThese objects may have been created, changed or destroyed without the state knowing of it. Look at them before you plan again.",
                list.join("\n")
            )
        };
        self.run.report(Diagnostic::error("Operation abandoned", detail).into());
    }

    fn visit(self: Arc<Self>, id: NodeId) -> Visit {
        match self.plan.graph.operation(id) {
            Operation::Evaluate(ConfigNode::Provider(addr)) => {
                let (applier, addr) = (self.clone(), addr.clone());
                Visit::task(async move { applier.run.provider(&addr).await })
            }
            Operation::Evaluate(ConfigNode::Resource(addr)) if graph::is_ephemeral(addr) => {
                let (applier, addr) = (self.clone(), addr.clone());
                Visit::task(async move { applier.run.open_ephemerals(&addr, false).await })
            }
            Operation::Evaluate(ConfigNode::Resource(addr)) => Visit::Over(self.expand(addr)),
            Operation::Evaluate(ConfigNode::Used(node)) => match &**node {
                ConfigNode::Resource(addr) if graph::is_ephemeral(addr) => {
                    let (applier, addr) = (self.clone(), addr.clone());
                    Visit::task(async move { applier.run.close_ephemerals(&addr).await })
                }
                _ => Visit::Over(Outcome::Done),
            },
            Operation::Evaluate(node) => Visit::Over(self.evaluate(node)),
            Operation::Instance { change, step } => {
                if self.run.around.interrupt.is_raised() {
                    return Visit::Over(Outcome::Skipped);
                }
                let (applier, change, step) = (self.clone(), *change, *step);
                Visit::task(async move { applier.step(change, step).await })
            }
            Operation::Invoke(index) => {
                if self.run.around.interrupt.is_raised() {
                    return Visit::Over(Outcome::Skipped);
                }
                let (applier, index) = (self.clone(), *index);
                Visit::task(async move { applier.invoke(index).await })
            }
            Operation::Settled(_)
            | Operation::Gone(_)
            | Operation::Released(_)
            | Operation::Unused(_) => Visit::Over(Outcome::Done),
        }
    }

    fn evaluate(&self, node: &ConfigNode) -> Outcome {
        let outcome = self.run.evaluate(node);
        if let ConfigNode::Output(module, name) = node
            && module.is_root()
            && outcome == Outcome::Done
            && !self.run.is_destroy()
        {
            self.store_output(name);
        }
        outcome
    }

    fn store_output(&self, name: &Str) {
        let root = self.run.world.root();
        let Some(output) = root.node.module.outputs.get(name) else { return };
        let Some(value) = root.output(name) else { return };
        if output.ephemeral {
            return;
        }
        let (value, _) = value.unmark_deep();
        let sensitive = output.sensitive;
        self.state.change(|state| {
            if value.is_null() {
                state.outputs.remove(name);
            } else if value.is_wholly_known() {
                state.outputs.insert(name.clone(), Output { value, sensitive });
            }
        });
    }

    /// Outputs that go, once everything else has been done.
    fn settle_outputs(&self, outcomes: &[Outcome]) {
        let whole = outcomes.iter().all(|o| *o == Outcome::Done);
        if self.plan.mode == Mode::RefreshOnly {
            self.state.change(|state| {
                for change in &self.plan.outputs {
                    let name = change.addr.name.clone();
                    if change.action == Action::Delete || change.after.is_null() {
                        state.outputs.remove(&name);
                    } else {
                        // Of what is not there any more, nothing is known.
                        let value = change.after.clone().unknown_as_null();
                        match value.is_null() {
                            true => state.outputs.remove(&name),
                            false => {
                                let sensitive = change.sensitive;
                                state.outputs.insert(name, Output { value, sensitive })
                            }
                        };
                    }
                }
            });
        } else if whole {
            self.state.change(|state| {
                for change in self.plan.outputs.iter().filter(|o| o.action == Action::Delete) {
                    state.outputs.remove(&change.addr.name);
                }
            });
        }
    }

    /// What was read for objects that are gone goes with the last of them.
    fn settle_data(&self, outcomes: &[Outcome]) {
        let whole = self.plan.targets.is_empty()
            && self.plan.excludes.is_empty()
            && outcomes.iter().all(|o| *o == Outcome::Done);
        if self.plan.mode == Mode::Destroy && whole {
            self.state.change(|state| {
                state.resources.retain(|addr, _| addr.resource.mode != ResourceMode::Data);
            });
        }
    }

    /// Expands a resource and puts the values of those instances that do not change.
    fn expand(&self, addr: &ConfigResource) -> Outcome {
        let mut diagnostics = Diagnostics::new();
        let Some(resource) = self.run.world.config.resource(addr).cloned() else {
            return Outcome::Done;
        };
        let schema = self.schema(addr, &resource.provider);
        let Some(schema) = diagnostics.take(schema) else { return self.run.report(diagnostics) };
        for module in self.run.world.instances_of(&addr.module) {
            // Where only some of the instances are left, it is known which there are.
            if self.deferred.contains(addr) && !self.by_resource.contains_key(addr) {
                let expansion = Expansion::Unknown(resource.for_each.is_some());
                let ty = schema.block.implied_type().clone();
                module.expand_resource(addr.resource.clone(), expansion, ty);
                continue;
            }
            let scope = ModuleScope::new(&self.run.world, &module);
            let expansion = expansion(
                &scope,
                resource.count.as_ref(),
                resource.for_each.as_ref(),
                resource.enabled.as_ref(),
                self.run.is_destroy() || self.run.partial,
                &mut diagnostics,
            );
            if let Some(expansion) = expansion {
                self.expand_in(addr, &module, expansion, &schema, &mut diagnostics);
            }
        }
        if let Some(changes) = self.by_resource.get(addr) {
            for change in changes.iter().map(|i| &self.plan.changes[*i as usize]) {
                if change.change.action == Action::NoOp
                    && let Some(data) = self.run.world.resource(&change.addr.resource)
                {
                    data.set(change.addr.key.clone(), change.change.after.clone());
                }
            }
        }
        self.run.report(diagnostics)
    }

    fn expand_in(
        &self,
        addr: &ConfigResource,
        module: &ModuleData,
        expansion: Expansion,
        schema: &Schema,
        diagnostics: &mut Diagnostics,
    ) {
        let ty = schema.block.implied_type();
        let data = module.expand_resource(addr.resource.clone(), expansion, ty.clone());
        let abs = addr.resource.in_module(&module.addr);
        // What has a change is put when that is done. The rest is as the state has it.
        let changes = self.by_resource.contains_key(addr);
        if changes && addr.resource.mode == ResourceMode::Managed && !self.run.is_destroy() {
            return;
        }
        let Some(state) = self.plan.prior_state.resource(&abs) else { return };
        let changing: HashSet<&InstanceKey> = self
            .by_resource
            .get(addr)
            .into_iter()
            .flatten()
            .map(|i| &self.plan.changes[*i as usize])
            .filter(|c| c.addr.resource == abs && c.change.action != Action::Delete)
            .map(|c| &c.addr.key)
            .collect();
        for (key, instance) in &state.instances {
            let Some(object) = instance.current.as_ref().filter(|_| !changing.contains(key)) else {
                continue;
            };
            match object.decode(ty) {
                Ok(value) => data.set(key.clone(), schema.block.mark_sensitive(&value)),
                Err(error) => {
                    let detail = format!(
                        "The object of {} in the state cannot be understood: {error}.",
                        abs.instance(key.clone())
                    );
                    diagnostics.push(Diagnostic::error("Invalid object in state", detail));
                }
            }
        }
    }

    fn schema(
        &self,
        addr: &ConfigResource,
        provider: &groma_addrs::Provider,
    ) -> Result<Arc<Schema>, Diagnostics> {
        let (mode, ty) = (addr.resource.mode, &addr.resource.ty);
        self.run.around.schemas.resource(provider, mode, ty)?.ok_or_else(|| {
            let detail = format!("The provider {provider} has no type {ty:?}.");
            Diagnostic::error("Invalid resource type", detail).into()
        })
    }

    /// Does a step of a change.
    async fn step(&self, change: u32, step: Step) -> Outcome {
        let change = &self.plan.changes[change as usize];
        let mut diagnostics = Diagnostics::new();
        let result = match step {
            Step::Settle => self.settle(change, &mut diagnostics).await,
            Step::Forget => {
                self.forget(change);
                Ok(())
            }
            _ => {
                // The semaphore is never closed.
                let _slot = self.run.slots.acquire().await;
                if self.run.around.interrupt.is_raised() {
                    return Outcome::Skipped;
                }
                lock(&self.in_flight).insert(change.addr.clone());
                let result = match step {
                    Step::Delete => self.destroy(change, &mut diagnostics).await,
                    Step::Read => self.read(change, &mut diagnostics).await,
                    _ => self.make(change, &mut diagnostics).await,
                };
                lock(&self.in_flight).remove(&change.addr);
                result
            }
        };
        if let Err(found) = result {
            diagnostics.extend(found);
        }
        self.run.report(diagnostics)
    }

    /// What the module of a change has to say to its provider.
    fn provider_meta(&self, change: &InstanceChange) -> groma_value::Value {
        self.run.provider_meta(&change.addr.resource.module, &change.provider.provider)
    }

    fn forget(&self, change: &InstanceChange) {
        let key = match change.change.action {
            // What is forgotten has been put aside.
            Action::CreateThenForget => Some(self.deposed_key(change)),
            _ => change.deposed.clone(),
        };
        match &key {
            Some(key) => self.state.set_deposed(&change.addr, key, &change.provider, None),
            None => self.state.set_current(&change.addr, &change.provider, None),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
