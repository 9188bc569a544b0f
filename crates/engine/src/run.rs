//! What planning, applying and validating have in common: the world, the providers, and the
//! evaluation of everything that is not a resource.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use groma_addrs::{AbsOutputValue, AbsProviderConfig, Module, ModuleInstance, Provider};
use groma_config::{ModuleCall, Output, Variable};
use groma_diag::{Diagnostic, Diagnostics, Severity};
use groma_hcl::{Body, evaluate};
use groma_plan::ConfigNode;
use groma_provider::{ClientCapabilities, Provisioners};
use groma_state::CheckableKind;
use groma_value::{Mark, Str, Type, Value};
use tokio::sync::Semaphore;

use crate::checks::{CheckBook, RuleKind, ValidationScope, evaluate_rules, open_assertions};
use crate::event::EventSink;
use crate::expand::{expansion, refuse_unknown, repetition_name};
use crate::functions::ProviderFunctions;
use crate::graph::Graph;
use crate::interrupt::Interrupt;
use crate::providers::ProviderPool;
use crate::schemas::SchemaLibrary;
use crate::variables::{InputValue, anything, prepare};
use crate::walk::Outcome;
use crate::world::{Expansion, ModuleData, ModuleScope, World};

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Nothing is known but the configuration.
    Validate,
    /// Expressions are evaluated with what the state has.
    Evaluate,
    /// A plan is being made.
    Plan,
    /// A plan that destroys everything is being made.
    PlanDestroy,
    /// A plan is being applied.
    Apply,
    /// A plan that destroys everything is being applied.
    ApplyDestroy,
}

/// What the engine needs of its surroundings, whatever it does.
#[derive(Clone)]
pub struct Surroundings {
    /// The providers.
    pub pool: ProviderPool,
    /// Their schemas, for all that configuration and state need.
    pub schemas: SchemaLibrary,
    /// The provisioners.
    pub provisioners: Provisioners,
    /// Who is told what happens.
    pub events: Arc<dyn EventSink>,
    /// The user's wish to stop.
    pub interrupt: Interrupt,
    /// How many objects are worked on at once.
    pub parallelism: usize,
    /// The Terraform version that providers are told.
    pub terraform_version: String,
}

/// A run of any phase.
pub(crate) struct Run {
    pub(crate) phase: Phase,
    pub(crate) around: Surroundings,
    pub(crate) world: World,
    pub(crate) inputs: BTreeMap<Str, InputValue>,
    pub(crate) checks: CheckBook,
    pub(crate) slots: Semaphore,
    /// What modules have to say to providers, as far as anybody asked.
    metas: Mutex<HashMap<(ModuleInstance, Provider), Value>>,
    /// Whether what is not known enough is left for later, and is no error.
    pub(crate) partial: bool,
    /// The provider configurations of which too little is known.
    unconfigured: Mutex<HashSet<AbsProviderConfig>>,
    /// What refers to what, if it is for advice to be given.
    graph: Arc<Graph>,
    diagnostics: Mutex<Diagnostics>,
}

impl Run {
    pub(crate) fn new(
        phase: Phase,
        around: Surroundings,
        world: World,
        inputs: BTreeMap<Str, InputValue>,
    ) -> Run {
        let slots = Semaphore::new(around.parallelism.max(1));
        let applying = matches!(phase, Phase::Apply | Phase::ApplyDestroy);
        let mut world = world;
        world.applying = applying;
        let functions = ProviderFunctions::new(around.pool.clone(), around.schemas.clone());
        // A world has its functions from its first run.
        let _ = world.provider_functions.set(functions);
        Run {
            phase,
            around,
            world,
            inputs,
            checks: CheckBook::default(),
            slots,
            metas: Mutex::default(),
            partial: false,
            unconfigured: Mutex::default(),
            graph: Arc::default(),
            diagnostics: Mutex::default(),
        }
    }

    /// As it is, leaving for later what is not known enough.
    pub(crate) fn with_partial(self, partial: bool) -> Run {
        Run { partial, ..self }
    }

    /// As it is, able to say what stands in the way.
    pub(crate) fn with_graph(self, graph: Arc<Graph>) -> Run {
        Run { graph, ..self }
    }

    /// What refers to what.
    pub(crate) fn graph(&self) -> &Graph {
        &self.graph
    }

    /// What this engine can handle.
    pub(crate) fn capabilities(&self) -> ClientCapabilities {
        let deferral_allowed = self.partial && self.phase == Phase::Plan;
        ClientCapabilities { deferral_allowed, write_only_attributes_allowed: true }
    }

    /// Notes that a provider cannot be configured, since too little is known.
    pub(crate) fn note_unconfigured(&self, addr: &AbsProviderConfig) {
        self.unconfigured.lock().unwrap_or_else(PoisonError::into_inner).insert(addr.clone());
    }

    /// Whether a provider could not be configured, since too little is known.
    pub(crate) fn is_unconfigured(&self, addr: &AbsProviderConfig) -> bool {
        self.unconfigured.lock().unwrap_or_else(PoisonError::into_inner).contains(addr)
    }

    /// Adds diagnostics; tells whether none of them is an error.
    pub(crate) fn report(&self, diagnostics: Diagnostics) -> Outcome {
        let outcome = if diagnostics.has_errors() { Outcome::Failed } else { Outcome::Done };
        if !diagnostics.is_empty() {
            self.diagnostics.lock().unwrap_or_else(PoisonError::into_inner).extend(diagnostics);
        }
        outcome
    }

    /// All diagnostics so far.
    pub(crate) fn take_diagnostics(&self) -> Diagnostics {
        std::mem::take(&mut *self.diagnostics.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether what is not known yet may stay so.
    pub(crate) fn allow_unknown(&self) -> bool {
        matches!(self.phase, Phase::Validate | Phase::Evaluate) || self.partial
    }

    /// Whether everything goes, so that conditions and outputs do not matter.
    pub(crate) fn is_destroy(&self) -> bool {
        matches!(self.phase, Phase::PlanDestroy | Phase::ApplyDestroy)
    }

    /// Evaluates a node that is neither a resource nor a provider.
    pub(crate) fn evaluate(&self, node: &ConfigNode) -> Outcome {
        let mut diagnostics = Diagnostics::new();
        match node {
            ConfigNode::Variable(module, name) => self.variable(module, name, &mut diagnostics),
            ConfigNode::Local(module, name) => self.local(module, name, &mut diagnostics),
            ConfigNode::Output(module, name) => self.output(module, name, &mut diagnostics),
            ConfigNode::ModuleCall(module) => self.call(module, &mut diagnostics),
            ConfigNode::Check(module, name) => self.check(module, name, &mut diagnostics),
            ConfigNode::ModuleEnd(_)
            | ConfigNode::Resource(_)
            | ConfigNode::Provider(_)
            | ConfigNode::Action(_)
            | ConfigNode::Used(_) => {}
        }
        self.report(diagnostics)
    }

    /// Lets go of what nobody will ask for any more: local values may be large, and many.
    pub(crate) fn forget(&self, node: &ConfigNode) {
        if let ConfigNode::Local(module, name) = node {
            for data in self.world.instances_of(module) {
                data.forget_local(name);
            }
        }
    }

    fn variable(&self, module: &Module, name: &Str, diagnostics: &mut Diagnostics) {
        let call = self.world.config.call(module);
        let argument = call.and_then(|c| c.config.just_attributes().0.get(name).cloned());
        for data in self.world.instances_of(module) {
            let Some(variable) = data.node.module.variables.get(name) else { continue };
            let given = match (&data.parent, &argument) {
                (None, _) => self.inputs.get(name).cloned(),
                (Some(_), None) => None,
                (Some(caller), Some(argument)) => {
                    let scope = ModuleScope::repeated(&self.world, caller, &data.repetition);
                    let (value, found) = evaluate(&argument.expr, &scope);
                    diagnostics.extend(found);
                    if !variable.ephemeral && value.marks_deep().is_ephemeral() {
                        let detail = "This input variable is not declared as accepting ephemeral values, so it cannot be set to a result derived from an ephemeral value.";
                        let refused = Diagnostic::error("Ephemeral value not allowed", detail);
                        diagnostics.push(refused.at(argument.expr.range()));
                        continue;
                    }
                    let range = Some(argument.expr.range().clone());
                    Some(InputValue { value, range, described: String::new() })
                }
            };
            let value = match prepare(
                module,
                variable,
                given.as_ref(),
                // That an argument is missing in a call has been told.
                self.phase == Phase::Validate && (module.is_root() || variable.required()),
            ) {
                Ok(value) => value,
                Err(diagnostic) => {
                    diagnostics.push(*diagnostic);
                    continue;
                }
            };
            if self.phase != Phase::ApplyDestroy {
                self.validations(&data, variable, &value, given.as_ref(), diagnostics);
            }
            // A configuration is valid for whatever its modules are called with: `var.x == null`
            // must not make what it guards an error.
            let value = match self.phase {
                Phase::Validate => anything(variable),
                _ => value,
            };
            data.set_variable(name.clone(), value);
        }
    }

    fn validations(
        &self,
        data: &Arc<ModuleData>,
        variable: &Variable,
        value: &Value,
        given: Option<&InputValue>,
        diagnostics: &mut Diagnostics,
    ) {
        if variable.validations.is_empty() {
            return;
        }
        let inner = ModuleScope::new(&self.world, data);
        let scope = ValidationScope { inner: &inner, name: &variable.name, value };
        let mut found = Diagnostics::new();
        let results =
            evaluate_rules(&variable.validations, RuleKind::Validation, &scope, &mut found);
        let place = given.and_then(|g| g.range.as_ref()).unwrap_or(&variable.decl_range);
        diagnostics.extend(found.into_iter().map(|mut d| {
            if d.summary == "Invalid value for variable" {
                d.subject = Some(place.clone());
            }
            d
        }));
        if self.is_destroy() {
            return;
        }
        let config_addr = within(&data.node.path, format!("var.{}", variable.name));
        let addr = within_instance(&data.addr, format!("var.{}", variable.name));
        self.checks.record(CheckableKind::InputVariable, config_addr, addr, &results);
    }

    fn local(&self, module: &Module, name: &Str, diagnostics: &mut Diagnostics) {
        for data in self.world.instances_of(module) {
            let Some(local) = data.node.module.locals.get(name) else { continue };
            let scope = ModuleScope::new(&self.world, &data);
            let (value, found) = evaluate(&local.expr, &scope);
            diagnostics.extend(found);
            data.set_local(name.clone(), value);
        }
    }

    fn output(&self, module: &Module, name: &Str, diagnostics: &mut Diagnostics) {
        for data in self.world.instances_of(module) {
            let Some(output) = data.node.module.outputs.get(name) else { continue };
            let scope = ModuleScope::new(&self.world, &data);
            let addr = AbsOutputValue { module: data.addr.clone(), name: name.clone() }.to_string();
            let config_addr = within(module, format!("output.{name}"));
            let kind = CheckableKind::OutputValue;
            if !self.is_destroy() && self.phase != Phase::Evaluate {
                let results = evaluate_rules(
                    &output.preconditions,
                    RuleKind::OutputPrecondition,
                    &scope,
                    diagnostics,
                );
                self.checks.record(kind, config_addr, addr, &results);
            } else if !output.preconditions.is_empty() {
                self.checks.declare_instances(kind, config_addr, std::iter::once(&addr));
            }
            let (value, found) = evaluate(&output.expr, &scope);
            if self.is_destroy() && found.has_errors() {
                // What an output would say of things that are going does not matter.
                data.set_output(name.clone(), Value::unknown(Type::Dynamic));
                continue;
            }
            diagnostics.extend(found);
            let value = output_value(output, value, module.is_root(), diagnostics);
            data.set_output(name.clone(), value);
        }
    }

    fn call(&self, module: &Module, diagnostics: &mut Diagnostics) {
        let Some((caller, name)) = module.parent() else { return };
        let Some(call) = self.world.config.call(module) else { return };
        for data in self.world.instances_of(&caller) {
            let scope = ModuleScope::new(&self.world, &data);
            let expansion = if call.is_repeated() {
                expansion(
                    &scope,
                    call.count.as_ref(),
                    call.for_each.as_ref(),
                    call.enabled.as_ref(),
                    true,
                    diagnostics,
                )
                .filter(|found| self.may_be_unknown(found, call, &scope, module, diagnostics))
            } else {
                Some(Expansion::Single)
            };
            if let Some(expansion) = expansion {
                self.world.expand_call(&data, name, expansion);
            }
        }
    }

    /// What a module has to say to a provider with every request, by a `provider_meta` block.
    pub(crate) fn provider_meta(&self, module: &ModuleInstance, provider: &Provider) -> Value {
        let Some(data) = self.world.module(module) else { return Value::NULL };
        let Some(meta) = data.node.module.provider_meta.get(provider) else { return Value::NULL };
        let key = (module.clone(), provider.clone());
        let mut metas = self.metas.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = metas.get(&key) {
            return value.clone();
        }
        let schema = self.around.schemas.provider(provider).map(|s| s.provider_meta());
        // That a provider wants none, or its schema cannot be had, is told with the graph.
        let Some(Ok(Some(schema))) = schema else { return Value::NULL };
        let scope = ModuleScope::new(&self.world, &data);
        let (value, found) = groma_schema::decode(&meta.config, &schema.block, &scope);
        self.report(found);
        let value = value.unmark_deep().0;
        metas.insert(key, value.clone());
        value
    }

    /// Whether the instances of a module call are known, or need not be.
    fn may_be_unknown(
        &self,
        found: &Expansion,
        call: &ModuleCall,
        scope: &ModuleScope<'_>,
        module: &Module,
        diagnostics: &mut Diagnostics,
    ) -> bool {
        if found.is_known() || self.allow_unknown() {
            return true;
        }
        let repetition = [&call.count, &call.for_each, &call.enabled];
        let Some(argument) = repetition.into_iter().flatten().next() else { return true };
        let caller = &scope.module.node.path;
        let advice = self.advice(caller, argument, &module.to_string());
        let name = repetition_name(call.count.as_ref(), call.for_each.as_ref());
        diagnostics.push(refuse_unknown(argument, name, scope, &advice));
        false
    }

    fn check(&self, module: &Module, name: &Str, diagnostics: &mut Diagnostics) {
        if self.is_destroy() {
            return;
        }
        for data in self.world.instances_of(module) {
            let Some(check) = data.node.module.checks.get(name) else { continue };
            let config_addr = within(module, format!("check.{name}"));
            let addr = within_instance(&data.addr, format!("check.{name}"));
            if self.checks.has_failed(CheckableKind::Check, &config_addr, &addr) {
                continue;
            }
            let scope = ModuleScope::new(&self.world, &data);
            let results = evaluate_rules(&check.asserts, RuleKind::Assertion, &scope, diagnostics);
            if self.phase == Phase::Plan {
                open_assertions(&check.asserts, &results, &scope, diagnostics);
            }
            self.checks.record(CheckableKind::Check, config_addr, addr, &results);
        }
    }

    /// What is wrong with data that a check reads for itself fails the check, and nothing else.
    pub(crate) fn fail_check(
        &self,
        module: &ModuleInstance,
        check: &Str,
        found: Diagnostics,
    ) -> Diagnostics {
        let errors = found.iter().filter(|d| d.is_error());
        let messages = errors.map(|d| format!("{}: {}", d.summary, d.detail)).collect();
        let config_addr = within(&module.module(), format!("check.{check}"));
        let addr = within_instance(module, format!("check.{check}"));
        self.checks.fail(CheckableKind::Check, config_addr, addr, messages);
        found.into_iter().map(|d| Diagnostic { severity: Severity::Warning, ..d }).collect()
    }
}

/// Pins a provider's diagnostic to the source, by its attribute path or else to the whole block.
pub(crate) fn locate(
    diagnostic: Diagnostic,
    body: &Body,
    schema: &groma_schema::Block,
) -> Diagnostic {
    if diagnostic.subject.is_some() {
        return diagnostic;
    }
    let found = match &diagnostic.attribute {
        Some(path) => groma_schema::range_at(body, schema, path),
        None => body.missing_item_range(),
    };
    Diagnostic { subject: Some(found), ..diagnostic }
}

fn output_value(output: &Output, value: Value, root: bool, diagnostics: &mut Diagnostics) -> Value {
    let mut value = value;
    if let Some(ty) = &output.ty {
        let with_defaults = match &output.defaults {
            Some(defaults) => defaults.apply(&value),
            None => value.clone(),
        };
        match groma_value::convert(&with_defaults, ty) {
            Ok(converted) => value = converted,
            Err(error) => {
                let detail = format!(
                    "The value of output {:?} does not fit its type: {error}.",
                    &*output.name
                );
                diagnostics.push(
                    Diagnostic::error("Invalid output value", detail).at(output.expr.range()),
                );
            }
        }
    }
    let marks = value.marks_deep();
    if root && marks.is_sensitive() && !output.sensitive {
        let detail = "To reduce the risk of accidentally exporting sensitive data that was intended to be only internal, Groma requires that any root module output containing sensitive data be explicitly marked as sensitive, to confirm your intent.\n\nIf you do intend to export this data, annotate the output value as sensitive by adding the following argument:\n    sensitive = true";
        diagnostics.push(
            Diagnostic::error("Output refers to sensitive values", detail).at(&output.decl_range),
        );
    }
    if root && output.ephemeral {
        let detail = "Ephemeral outputs are not allowed in context of a root module";
        diagnostics
            .push(Diagnostic::error("Ephemeral output not allowed", detail).at(&output.decl_range));
    } else if marks.is_ephemeral() && !output.ephemeral {
        let detail = "This output value is not declared as returning an ephemeral value, so it cannot be set to a result derived from an ephemeral value.";
        diagnostics
            .push(Diagnostic::error("Ephemeral value not allowed", detail).at(output.expr.range()));
    }
    if output.sensitive {
        value = value.marked(Mark::Sensitive);
    }
    if output.ephemeral {
        value = value.marked(Mark::Ephemeral);
    }
    value
}

/// An address within a module.
pub(crate) fn within(module: &Module, rest: String) -> String {
    if module.is_root() { rest } else { format!("{module}.{rest}") }
}

/// An address within a module instance.
pub(crate) fn within_instance(module: &ModuleInstance, rest: String) -> String {
    if module.is_root() { rest } else { format!("{module}.{rest}") }
}
