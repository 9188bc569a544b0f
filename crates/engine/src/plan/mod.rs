//! Planning: what would have to change, and in which order.

mod ahead;
mod conditions;
mod data;
mod deferral;
mod dependencies;
mod difference;
mod ignore;
mod imports;
mod invocations;
mod managed;
mod move_rules;
mod move_types;
mod moves;
mod node;
mod options;
mod orphan;
mod outputs;
mod planned;
mod protect;
mod refresh;
mod relevant;
mod schedule;

pub(crate) use data::{Found, Source, read};
pub(crate) use dependencies::{closures, create_first};
pub(crate) use imports::{
    Imports, Written, check_imports, check_targets, check_unwritable, local_provider,
};
pub use options::{PlanInput, PlanOptions};
pub(crate) use refresh::open_identity;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use groma_addrs::{AbsResource, AbsResourceInstance, ConfigResource, InstanceKey, Target};
use groma_diag::{Diagnostic, Diagnostics};
use groma_plan::{
    Action, ConfigNode, DeferredChange, GeneratedConfig, InstanceChange, Mode, Plan, VariableValue,
};
use groma_state::State;
use groma_value::Str;

use self::ahead::Ahead;
use crate::graph::{self, Graph, Reach, touches};
use crate::removals::Removals;
use crate::run::{Phase, Run, Surroundings};
use crate::store::{SharedState, Unrecorded};
use crate::validate::check;
use crate::walk::{Outcome, Visit, walk};
use crate::world::World;

/// Makes a plan. Where there are errors among the diagnostics, the plan shows how far it came and
/// cannot be applied; it is missing if not even that can be said.
pub async fn plan(input: PlanInput, around: Surroundings) -> (Option<Plan>, Diagnostics) {
    match make(input, around).await {
        Ok((planner, outcomes, diagnostics)) => planner.finish(outcomes, diagnostics).await,
        Err(diagnostics) => (None, diagnostics),
    }
}

/// What has planned everything, how each node of its graph ended, and what was found before.
type Made = (Arc<Planner>, Vec<Outcome>, Diagnostics);

/// Plans everything that can be planned.
pub(crate) async fn make(mut input: PlanInput, around: Surroundings) -> Result<Made, Diagnostics> {
    let mut diagnostics = Diagnostics::new();
    diagnostics.extend(input.options.check());
    if let Some((addr, _)) = &input.options.import {
        input.options.targets = vec![Target::Instance(addr.clone())];
        input.options.mode = Mode::RefreshOnly;
        input.options.refresh = false;
    }
    let (graph, found) = graph::build(&input.config, &input.state, &around.schemas);
    diagnostics.extend(found);
    if input.options.mode == Mode::Normal {
        let write = input.options.generate_config.is_some();
        diagnostics.extend(imports::check_missing(&input.config, write));
    }
    if diagnostics.has_errors() {
        return Err(diagnostics);
    }
    // What is wrong whatever the state and the variables are is best told all together. What is
    // only to be warned of is found again while planning.
    let (config, functions) = (input.config.clone(), input.functions.clone());
    let (paths, workspace) = (input.paths.clone(), input.workspace.clone());
    let none = Diagnostics::new();
    let found = check(config, none, functions, paths, workspace, around.clone()).await;
    if found.has_errors() {
        diagnostics.extend(found);
        return Err(diagnostics);
    }
    diagnostics.extend(Removals::of(&input.config).check(&input.config));
    let mut state = (*input.state).clone();
    let mut moved = moves::apply(&input.config, &mut state, &mut diagnostics);
    diagnostics.extend(moves::check_selected(&moved, &input.options));
    if !diagnostics.has_errors() {
        let found = move_types::transform(&input, &mut state, &mut moved, &around).await;
        diagnostics.extend(found);
    }
    if diagnostics.has_errors() {
        return Err(diagnostics);
    }
    // Moves may have made orphans of what was none, and the other way round.
    let graph = if moved.is_empty() {
        graph
    } else {
        graph::build(&input.config, &state, &around.schemas).0
    };
    let PlanOptions { mode, targets, excludes, .. } = &input.options;
    let (graph, reach) = match mode {
        Mode::Destroy => graph.select_to_destroy(targets, excludes),
        _ => (graph.select(targets, excludes), Reach::default()),
    };
    let mut graph = graph;
    graph.track_uses();
    let planner = Arc::new(Planner::new(input, around, state, moved, graph, reach));
    let outcomes = planner.clone().run().await;
    Ok((planner, outcomes, diagnostics))
}

/// A plan in the making.
pub(crate) struct Planner {
    pub(crate) run: Run,
    pub(crate) options: PlanOptions,
    pub(crate) graph: Arc<Graph>,
    reach: Reach,
    pub(crate) lineage: String,
    pub(crate) serial: u64,
    /// The state as stored.
    pub(crate) stored: Arc<State>,
    /// The state after moves: what is refreshed from.
    pub(crate) previous: Arc<State>,
    /// The state as refreshed so far.
    pub(crate) refreshed: SharedState,
    /// Where each instance was that moved: the new address to the old one.
    pub(crate) moved: BTreeMap<AbsResourceInstance, AbsResourceInstance>,
    /// The resources in the state by what they are in the configuration.
    pub(crate) in_state: HashMap<ConfigResource, Vec<AbsResource>>,
    /// What each resource depends on, for the state.
    pub(crate) dependencies: HashMap<ConfigResource, Arc<[ConfigResource]>>,
    /// What each resource depends on with no other resource between.
    pub(crate) direct: HashMap<ConfigResource, Vec<ConfigResource>>,
    /// What is to be imported.
    pub(crate) imports: Imports,
    /// For destruction: what providers are configured with, be it through others.
    for_providers: HashSet<ConfigResource>,
    /// What is said to have been removed.
    pub(crate) removals: Removals,
    /// The resources that are replaced by creating first.
    pub(crate) create_first: HashSet<ConfigResource>,
    /// Whether there are actions: what they are configured with is evaluated last.
    has_actions: bool,
    changes: Mutex<Vec<InstanceChange>>,
    /// The configuration that has been written for imports.
    generated: Mutex<Vec<GeneratedConfig>>,
    deferred: Mutex<Vec<DeferredChange>>,
    /// The resources of which something is deferred.
    deferred_resources: Mutex<HashSet<ConfigResource>>,
    drift: Mutex<Vec<InstanceChange>>,
    changing: Mutex<HashSet<ConfigResource>>,
    /// What is read before its turn.
    ahead: Ahead,
    /// Whether an object could not be read.
    unread: AtomicBool,
    /// The changes of each resource, for triggers, in the places that `changes` has them.
    by_resource: Mutex<HashMap<AbsResource, Vec<usize>>>,
}

impl Planner {
    fn new(
        input: PlanInput,
        around: Surroundings,
        state: State,
        moved: BTreeMap<AbsResourceInstance, AbsResourceInstance>,
        graph: Graph,
        reach: Reach,
    ) -> Planner {
        let phase = match input.options.mode {
            Mode::Destroy => Phase::PlanDestroy,
            _ => Phase::Plan,
        };
        let world = World::new(input.config, input.functions, input.paths, input.workspace);
        let direct = graph.resource_dependencies();
        let graph = Arc::new(graph);
        let mut in_state: HashMap<ConfigResource, Vec<AbsResource>> = HashMap::new();
        for addr in state.resources.keys() {
            in_state.entry(addr.config()).or_default().push(addr.clone());
        }
        let mut state = state;
        // What the last run's checks found says nothing of this one.
        state.checks.clear();
        let previous = Arc::new(state);
        let has_actions = world.config.modules().any(|node| !node.module.actions.is_empty());
        Planner {
            dependencies: closures(&graph, &direct),
            imports: Imports::of(&world.config),
            for_providers: match phase {
                Phase::PlanDestroy => graph.ephemerals_of_providers(),
                _ => HashSet::new(),
            },
            removals: Removals::of(&world.config),
            create_first: create_first(&world.config, &graph, &direct, &previous),
            run: Run::new(phase, around, world, input.variables)
                .with_partial(input.options.allow_deferral && input.options.mode == Mode::Normal)
                .with_graph(graph.clone()),
            options: input.options,
            graph,
            reach,
            lineage: input.lineage,
            serial: input.serial,
            stored: input.state,
            refreshed: SharedState::new((*previous).clone(), Arc::new(Unrecorded)),
            previous,
            moved,
            in_state,
            direct,
            has_actions,
            changes: Mutex::default(),
            generated: Mutex::default(),
            deferred: Mutex::default(),
            deferred_resources: Mutex::default(),
            drift: Mutex::default(),
            changing: Mutex::default(),
            ahead: Ahead::default(),
            unread: AtomicBool::default(),
            by_resource: Mutex::default(),
        }
    }

    async fn run(self: Arc<Self>) -> Vec<Outcome> {
        self.declare_checks();
        let dependencies = self.graph.dependencies().to_vec();
        let planner = self.clone();
        let (last, owner) = (self.clone(), self.clone());
        let always = move |id| matches!(last.graph.node(id), ConfigNode::Used(_));
        let visit = move |id| {
            let planner = planner.clone();
            if let ConfigNode::Used(node) = planner.graph.node(id).clone() {
                return planner.run_used(*node);
            }
            if planner.run.around.interrupt.is_raised() {
                return Visit::Over(Outcome::Skipped);
            }
            match planner.graph.node(id).clone() {
                ConfigNode::Provider(addr) => Visit::task(async move {
                    let outcome = planner.run.provider(&addr).await;
                    if outcome == Outcome::Done {
                        planner.read_ahead(&addr).await;
                    }
                    outcome
                }),
                ConfigNode::Resource(addr) => {
                    Visit::task(async move { planner.resource(&addr).await })
                }
                node => Visit::Over(planner.run.evaluate(&node)),
            }
        };
        walk(&dependencies, always, visit, move |id| owner.let_go(id)).await
    }

    /// Forgets what nothing will ask for any more.
    fn let_go(&self, id: u32) {
        if !self.options.keep_values && !self.has_actions {
            self.run.forget(self.graph.node(id));
        }
    }

    /// All that use what a node gives are done.
    fn run_used(self: Arc<Self>, node: ConfigNode) -> Visit {
        match node {
            ConfigNode::Resource(addr) if graph::is_ephemeral(&addr) => {
                Visit::task(async move { self.run.close_ephemerals(&addr).await })
            }
            _ => Visit::Over(Outcome::Done),
        }
    }

    /// Objects with conditions are in the plan even if planning does not come to them.
    fn declare_checks(&self) {
        use groma_state::CheckableKind;
        for module in self.run.world.config.modules() {
            let within = |rest: String| crate::run::within(&module.path, rest);
            for resource in module.module.resources.values() {
                if !resource.preconditions.is_empty() || !resource.postconditions.is_empty() {
                    let addr = within(resource.addr.to_string());
                    self.run.checks.declare(CheckableKind::Resource, addr);
                }
            }
            for output in module.module.outputs.values() {
                if !output.preconditions.is_empty() {
                    let addr = within(format!("output.{}", output.name));
                    self.run.checks.declare(CheckableKind::OutputValue, addr);
                }
            }
            for variable in module.module.variables.values() {
                if !variable.validations.is_empty() {
                    let addr = within(format!("var.{}", variable.name));
                    self.run.checks.declare(CheckableKind::InputVariable, addr);
                }
            }
            for check in module.module.checks.keys() {
                self.run.checks.declare(CheckableKind::Check, within(format!("check.{check}")));
            }
        }
    }

    /// Adds a planned change.
    pub(crate) fn add_change(&self, change: InstanceChange) {
        if change.change.action != Action::NoOp {
            self.run.around.events.event(crate::Event::Planned(&change));
            let addr = change.addr.resource.config();
            lock(&self.changing).insert(addr);
        }
        let mut changes = lock(&self.changes);
        lock(&self.by_resource)
            .entry(change.addr.resource.clone())
            .or_default()
            .push(changes.len());
        changes.push(change);
    }

    /// The changes that have been planned for a resource.
    pub(crate) fn changes_of(&self, addr: &AbsResource) -> Vec<InstanceChange> {
        let changes = lock(&self.changes);
        let by_resource = lock(&self.by_resource);
        let places = by_resource.get(addr).map(Vec::as_slice).unwrap_or_default();
        places.iter().map(|i| changes[*i].clone()).collect()
    }

    /// Notes that an object could not be read.
    fn note_unread(&self) {
        self.unread.store(true, Ordering::Relaxed);
    }

    /// Adds a change that was made outside.
    pub(crate) fn add_drift(&self, change: InstanceChange) {
        lock(&self.drift).push(change);
    }

    /// Whether a change of the resource has been planned.
    pub(crate) fn is_changing(&self, addr: &ConfigResource) -> bool {
        lock(&self.changing).contains(addr)
    }

    /// Whether an instance takes part in this plan.
    pub(crate) fn is_selected(&self, addr: &AbsResourceInstance) -> bool {
        let options = &self.options;
        if options.excludes.iter().any(|t| t.selects(addr)) {
            return false;
        }
        if !self.reach.needed.is_empty() && self.reach.needed.contains(&addr.resource.config()) {
            return false;
        }
        if options.targets.is_empty() || options.targets.iter().any(|t| t.selects(addr)) {
            return true;
        }
        // What a target depends on comes with it (what depends on it, where it is destroyed), but
        // of a resource of which instances are targets, the others stay out.
        let config = addr.resource.config();
        let comes_along = options.mode != Mode::Destroy || self.reach.dependents.contains(&config);
        comes_along && !options.targets.iter().any(|target| touches(target, &config))
    }

    pub(crate) async fn finish(
        self: Arc<Self>,
        outcomes: Vec<Outcome>,
        mut diagnostics: Diagnostics,
    ) -> (Option<Plan>, Diagnostics) {
        let wrong = self.check_moves();
        if wrong.has_errors() {
            // What was planned started from objects in the wrong places.
            return (None, wrong);
        }
        diagnostics.extend(self.run.take_diagnostics());
        if self.run.around.interrupt.is_raised() {
            diagnostics.push(Diagnostic::error(
                "Operation interrupted",
                "Planning was interrupted before it was complete. Nothing has been changed.",
            ));
        }
        let incomplete = outcomes.iter().any(|o| *o != Outcome::Done);
        let mut errored = diagnostics.has_errors() || incomplete;
        if self.unread.load(Ordering::Relaxed) && self.options.mode == Mode::Destroy {
            // What goes cannot be told from what could not be looked at.
            return (None, diagnostics);
        }
        let sorted = |list: &Mutex<Vec<InstanceChange>>| {
            let mut list = std::mem::take(&mut *lock(list));
            list.sort_by(|a, b| (&a.addr, &a.deposed).cmp(&(&b.addr, &b.deposed)));
            list
        };
        let mut changes = sorted(&self.changes);
        let deferred = self.take_deferred(&mut changes);
        // What is destroyed need not be told to have changed.
        let drift = match self.options.mode {
            Mode::Destroy => Vec::new(),
            _ => sorted(&self.drift),
        };
        for change in &drift {
            self.run.around.events.event(crate::Event::Drift(change));
        }
        diagnostics.extend(self.warnings(&changes));
        let mut generated = std::mem::take(&mut *lock(&self.generated));
        generated.sort_by(|a, b| a.addr.cmp(&b.addr));
        if !generated.is_empty() {
            let detail = "Generating configuration during import is currently experimental, and the generated configuration format may change in future versions.";
            diagnostics.push(Diagnostic::warning("Config generation is experimental", detail));
        }
        let mut invocations = Vec::new();
        if !errored {
            invocations = self.plan_invocations(&changes, &mut diagnostics).await;
            errored = diagnostics.has_errors();
        }
        let outputs = if errored { Vec::new() } else { self.output_changes() };
        self.note_outputs(&outputs);
        let idle = self.options.mode == Mode::RefreshOnly && invocations.is_empty();
        let graph = if errored || idle {
            Default::default()
        } else {
            schedule::schedule(&self, &changes, &invocations)
        };
        let relevant_attributes = relevant::attributes(&self.run, &changes, &outputs);
        let plan = Plan {
            mode: self.options.mode,
            errored,
            timestamp: self.options.timestamp.clone(),
            variables: self.used_variables(),
            changes,
            deferred,
            drift,
            outputs,
            relevant_attributes,
            checks: self.run.checks.results(),
            targets: self.options.targets.clone(),
            excludes: self.options.excludes.clone(),
            force_replace: self.options.force_replace.clone(),
            previous_state: self.previous.clone(),
            prior_state: Arc::new(self.refreshed.snapshot()),
            lineage: self.lineage.clone(),
            serial: self.serial,
            invocations,
            generated,
            graph,
        };
        (Some(plan), diagnostics)
    }

    /// What users should know before they agree.
    fn warnings(&self, changes: &[InstanceChange]) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        let forgotten: Vec<String> = changes
            .iter()
            .filter(|c| c.change.action == Action::Forget)
            .map(|c| format!("\n - {}", c.addr))
            .collect();
        if !forgotten.is_empty() {
            let detail = format!(
                "If you apply this plan, Groma will forget these objects, and they will go on existing without it:{}\n\nTo manage any of them again, import it.",
                forgotten.concat()
            );
            let summary = "Some objects will no longer be managed by Groma";
            diagnostics.push(Diagnostic::warning(summary, detail));
        }
        for asked in self.options.force_replace.iter().filter(|a| a.key == InstanceKey::None) {
            let Some(data) = self.run.world.resource(&asked.resource) else { continue };
            if data.expansion.contains(&InstanceKey::None) {
                continue;
            }
            let options: Vec<String> = data
                .expansion
                .instances()
                .into_iter()
                .map(|(key, _)| {
                    format!("\n  -replace={:?}", asked.resource.instance(key).to_string())
                })
                .collect();
            let detail = match options.is_empty() {
                true => format!("{asked} is to be replaced, but has no instances."),
                false => format!(
                    "{asked} is to be replaced, but has several instances, and the address has no key to tell which. Use one or more of these options instead:{}",
                    options.concat()
                ),
            };
            let summary = "Incompletely-matched force-replace resource instance";
            diagnostics.push(Diagnostic::warning(summary, detail));
        }
        diagnostics
    }

    fn used_variables(&self) -> BTreeMap<Str, VariableValue> {
        let declared = &self.run.world.config.root.module.variables;
        declared
            .iter()
            .filter_map(|(name, variable)| {
                let given = self.run.inputs.get(name).map(|i| i.value.clone());
                let value = given.or_else(|| variable.default.clone())?;
                let ephemeral = variable.ephemeral;
                Some((name.clone(), VariableValue { value, ephemeral }))
            })
            .collect()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
