//! Evaluating single expressions against a configuration and its state, as a console does.
//!
//! [`evaluator`] walks the configuration as it is, without providers being configured or asked:
//! resources have the values that the state has for them, and what it does not have is unknown.
//! [`evaluator_of_plan`] plans first, and what expressions see are the planned values.

use std::collections::BTreeMap;
use std::sync::Arc;

use groma_addrs::{ConfigResource, InstanceKey, ModuleInstance, Reference, Referenceable};
use groma_config::{Config, Resource};
use groma_diag::{Diagnostic, Diagnostics, SourceRange};
use groma_hcl::{Expression, Traversal, TraversalStep, evaluate};
use groma_lang::{FunctionTable, type_listing};
use groma_plan::ConfigNode;
use groma_schema::Schema;
use groma_state::{ResourceState, State};
use groma_value::{Str, Type, Value};

use crate::graph::{self, ReferenceChecker, Scoping};
use crate::objects::decode;
use crate::plan::{PlanInput, Planner, make};
use crate::run::{Phase, Run, Surroundings};
use crate::schemas::SchemaLibrary;
use crate::type_function::{TypeCall, type_call};
use crate::variables::InputValue;
use crate::walk::{Outcome, Visit, walk};
use crate::world::{Expansion, ModuleScope, Paths, World};

/// What expressions are evaluated against.
pub struct EvaluationInput {
    /// The configuration.
    pub config: Config,
    /// The state.
    pub state: Arc<State>,
    /// The root variables that were given.
    pub variables: BTreeMap<Str, InputValue>,
    /// The built-in functions.
    pub functions: Arc<FunctionTable>,
    /// Where the configuration lies.
    pub paths: Paths,
    /// The workspace.
    pub workspace: String,
}

/// What comes of an expression.
#[derive(Clone, Debug)]
pub enum Evaluated {
    /// A value.
    Value(Value),
    /// The type that `type(…)` asked for, as text.
    Type(String),
}

/// Evaluates expressions in the module instances of a configuration.
pub struct Evaluator {
    world: Holder,
}

/// Who has evaluated the configuration.
enum Holder {
    Run(Arc<Run>),
    Planner(Arc<Planner>),
}

/// Evaluates a configuration with the values of its state. There may be errors among the
/// diagnostics and an evaluator all the same: what failed is unknown to expressions.
pub async fn evaluator(
    input: EvaluationInput,
    around: Surroundings,
) -> (Option<Evaluator>, Diagnostics) {
    let (graph, mut diagnostics) = graph::build(&input.config, &input.state, &around.schemas);
    if diagnostics.iter().any(graph::is_cycle) {
        return (None, diagnostics);
    }
    let world = World::new(input.config, input.functions, input.paths, input.workspace);
    let run = Arc::new(Run::new(Phase::Evaluate, around, world, input.variables));
    let dependencies = graph.dependencies().to_vec();
    let (this, state) = (run.clone(), input.state);
    let visit = move |id| match graph.node(id).clone() {
        ConfigNode::Provider(_) | ConfigNode::Check(..) => Visit::Over(Outcome::Done),
        ConfigNode::Resource(addr) => {
            let (run, state) = (this.clone(), state.clone());
            Visit::task(async move {
                let found = resource(&run, &state, &addr).await;
                run.report(found);
                // What could not be evaluated is unknown to the others.
                Outcome::Done
            })
        }
        node => {
            this.evaluate(&node);
            Visit::Over(Outcome::Done)
        }
    };
    walk(&dependencies, |_| false, visit, |_| {}).await;
    diagnostics.extend(run.take_diagnostics());
    (Some(Evaluator { world: Holder::Run(run) }), diagnostics)
}

/// Plans, and gives what evaluates expressions with the planned values. There may be errors among
/// the diagnostics and an evaluator all the same.
pub async fn evaluator_of_plan(
    input: PlanInput,
    around: Surroundings,
) -> (Option<Evaluator>, Diagnostics) {
    let mut input = input;
    input.options.keep_values = true;
    let (planner, outcomes, found) = match make(input, around).await {
        Ok(made) => made,
        Err(diagnostics) => return (None, diagnostics),
    };
    let (_, diagnostics) = planner.clone().finish(outcomes, found).await;
    (Some(Evaluator { world: Holder::Planner(planner) }), diagnostics)
}

/// Puts the values that the state has for a resource into the world.
async fn resource(run: &Run, state: &State, addr: &ConfigResource) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let Some(resource) = run.world.config.resource(addr).cloned() else { return diagnostics };
    let schema =
        run.around.schemas.resource(&resource.provider, addr.resource.mode, &addr.resource.ty);
    let Some(Some(schema)) = diagnostics.take(schema) else { return diagnostics };
    for module in run.world.instances_of(&addr.module) {
        let abs = addr.resource.in_module(&module.addr);
        let Some(stored) = state.resource(&abs) else { continue };
        let ty = schema.block.implied_type().clone();
        let expansion = expansion_in_state(&resource, stored);
        let data = module.expand_resource(resource.addr.clone(), expansion, ty);
        for (key, instance) in &stored.instances {
            let Some(object) = &instance.current else { continue };
            let provider = run.around.pool.unconfigured(&resource.provider).await;
            let Some(provider) = diagnostics.take(provider) else { return diagnostics };
            let addr = abs.instance(key.clone());
            let schema: &Schema = &schema;
            let decoded = decode(&addr, object, schema, &provider, &mut diagnostics).await;
            if let Some(decoded) = decoded {
                data.set(key.clone(), schema.block.mark_sensitive(&decoded.value));
            }
        }
    }
    diagnostics
}

/// The instances that the state has, in the form in which the configuration has them.
fn expansion_in_state(resource: &Resource, stored: &ResourceState) -> Expansion {
    let keys = stored.instances.iter().filter(|(_, i)| i.current.is_some()).map(|(key, _)| key);
    if resource.count.is_some() {
        let indices = keys.filter_map(|key| match key {
            InstanceKey::Int(i) => Some(*i),
            _ => None,
        });
        return Expansion::Count(indices.max().map_or(0, |last| last.saturating_add(1)));
    }
    if resource.for_each.is_some() {
        let entry = |key: &InstanceKey| match key {
            InstanceKey::String(key) => Some((key.clone(), Value::unknown(Type::Dynamic))),
            _ => None,
        };
        return Expansion::ForEach(Arc::new(keys.filter_map(entry).collect()));
    }
    Expansion::Single
}

impl Evaluator {
    fn world(&self) -> &World {
        match &self.world {
            Holder::Run(run) => &run.world,
            Holder::Planner(planner) => &planner.run.world,
        }
    }

    fn schemas(&self) -> &SchemaLibrary {
        match &self.world {
            Holder::Run(run) => &run.around.schemas,
            Holder::Planner(planner) => &planner.run.around.schemas,
        }
    }

    /// An error if there is no such module instance.
    pub fn check_scope(&self, scope: &ModuleInstance) -> Result<(), Diagnostics> {
        if self.world().module(scope).is_some() {
            return Ok(());
        }
        let known = self.world().instances_of(&scope.module());
        let hint = match known.as_slice() {
            [] => String::new(),
            some => {
                let names = some.iter().map(|data| format!("\n  {}", data.addr));
                format!(" Instances of this module are:{}", names.collect::<String>())
            }
        };
        let detail = format!("There is no module instance {scope} in this configuration.{hint}");
        Err(Diagnostic::error("Unknown module instance", detail).into())
    }

    /// Evaluates an expression where the module instance `scope` is. A call of `type`, which is
    /// there for consoles only, must be all of the expression.
    pub fn evaluate(
        &self,
        scope: &ModuleInstance,
        expression: &Expression,
    ) -> Result<(Evaluated, Diagnostics), Diagnostics> {
        self.check_scope(scope)?;
        let function = |name: &str| self.world().functions.get(name);
        match type_call(expression, &function)? {
            TypeCall::None => {}
            TypeCall::Of(argument) => {
                let (value, warnings) = self.value(scope, argument)?;
                return Ok((Evaluated::Type(type_listing(&value.ty())), warnings));
            }
            TypeCall::OfType => {
                return Ok((Evaluated::Type("type".to_owned()), Diagnostics::new()));
            }
            TypeCall::FirstOf(attempts) => {
                let mut failures = Diagnostics::new();
                for attempt in attempts {
                    match self.evaluate(scope, attempt) {
                        Ok(result) => return Ok(result),
                        Err(failure) => failures.extend(failure),
                    }
                }
                return Err(failures);
            }
        }
        self.value(scope, expression).map(|(value, found)| (Evaluated::Value(value), found))
    }

    fn value(
        &self,
        scope: &ModuleInstance,
        expression: &Expression,
    ) -> Result<(Value, Diagnostics), Diagnostics> {
        let world = self.world();
        let Some(module) = world.module(scope) else {
            return Ok((Value::unknown(Type::Dynamic), Diagnostics::new()));
        };
        let scope = ModuleScope::new(world, &module);
        let checker = ReferenceChecker { module: &module.node, schemas: Some(self.schemas()) };
        let mut diagnostics = Diagnostics::new();
        for traversal in expression.variables() {
            check_reference(&checker, &scope, &traversal, &mut diagnostics);
        }
        if diagnostics.has_errors() {
            return Err(diagnostics);
        }
        let (value, found) = evaluate(expression, &scope);
        found.into_result(value)
    }
}

/// Whether what an expression refers to is there: `try` and `can` do not change that.
fn check_reference(
    checker: &ReferenceChecker<'_>,
    scope: &ModuleScope<'_>,
    traversal: &Traversal,
    diagnostics: &mut Diagnostics,
) {
    if !matches!(traversal.steps.first(), Some(TraversalStep::Attr { .. }))
        && let Some(subject) = nameless(&traversal.root)
    {
        // An object that cannot be used as a whole: told as the member without a name, too.
        let range = traversal.root_range.clone();
        check_subject(
            checker,
            scope,
            &Reference { subject, range, remaining: Vec::new() },
            diagnostics,
        );
    }
    match Reference::parse(traversal) {
        Ok(reference) => check_subject(checker, scope, &reference, diagnostics),
        Err(found) => diagnostics.extend(found),
    }
}

fn nameless(root: &str) -> Option<Referenceable> {
    let none = Str::from("");
    Some(match root {
        "var" => Referenceable::InputVariable(none),
        "local" => Referenceable::Local(none),
        "path" => Referenceable::Path(none),
        "terraform" | "tofu" => Referenceable::Terraform(none),
        "count" => Referenceable::Count(none),
        "each" => Referenceable::Each(none),
        _ => return None,
    })
}

fn check_subject(
    checker: &ReferenceChecker<'_>,
    scope: &ModuleScope<'_>,
    reference: &Reference,
    diagnostics: &mut Diagnostics,
) {
    let at: &SourceRange = &reference.range;
    let found = match &reference.subject {
        Referenceable::Path(name) => scope.path(name, at).map(|_| ()),
        Referenceable::Terraform(name) => scope.engine(name, at).map(|_| ()),
        Referenceable::Count(name) if &**name != "index" => {
            scope.repetition_attr("count", name, at).map(|_| ())
        }
        Referenceable::Each(name) if !matches!(&**name, "key" | "value") => {
            scope.repetition_attr("each", name, at).map(|_| ())
        }
        _ => checker.check(reference, Scoping::default()),
    };
    if let Err(found) = found {
        diagnostics.extend(found);
    }
}
