//! Building the graph.

use std::collections::{BTreeMap, HashSet};

use groma_addrs::{AbsProviderConfig, ConfigAction, ConfigResource, Module};
use groma_config::{Action, CheckRule, Config, ModuleCall, ModuleNode, Variable};
use groma_diag::{Diagnostic, Diagnostics};
use groma_hcl::{Body, Expression, Traversal, TraversalStep};
use groma_plan::ConfigNode;
use groma_schema::Block;
use groma_state::State;

use super::{Graph, ReferenceChecker, Scoping, unsupported};
use crate::actions;
use crate::plan::{Imports, check_targets};
use crate::schemas::SchemaLibrary;

/// Builds the dependency graph of a configuration and of what a state holds beyond it, and checks
/// all references on the way. The graph has no cycles if there are no errors.
pub(crate) fn build(
    config: &Config,
    state: &State,
    schemas: &SchemaLibrary,
) -> (Graph, Diagnostics) {
    let mut builder = Builder {
        config,
        imports: Imports::of(config),
        schemas,
        graph: Graph::default(),
        diagnostics: unsupported::check(config),
        self_referential: HashSet::new(),
    };
    builder.diagnostics.extend(config.check_links());
    for module in config.modules() {
        builder.module(module);
    }
    builder.diagnostics.extend(check_targets(config));
    builder.unwritten();
    builder.orphans(state);
    builder.data_of_checks();
    builder.graph.tidy();
    let cycles = builder.graph.report_cycles(|alone| match alone {
        ConfigNode::Resource(addr) => !builder.self_referential.contains(addr),
        _ => true,
    });
    builder.diagnostics.extend(cycles);
    (builder.graph, builder.diagnostics)
}

/// Builds a graph.
pub(super) struct Builder<'a> {
    pub(super) config: &'a Config,
    pub(super) imports: Imports,
    pub(super) schemas: &'a SchemaLibrary,
    pub(super) graph: Graph,
    pub(super) diagnostics: Diagnostics,
    /// The resources that are said to refer to themselves.
    pub(super) self_referential: HashSet<ConfigResource>,
}

/// Gathers what one node waits for.
pub(super) struct Wants<'a> {
    pub(super) checker: ReferenceChecker<'a>,
    pub(super) nodes: Vec<ConfigNode>,
    pub(super) diagnostics: Diagnostics,
}

impl Wants<'_> {
    pub(super) fn expression(&mut self, expression: &Expression, scoping: Scoping) {
        for traversal in expression.variables() {
            self.traversal(&traversal, scoping);
        }
        self.elements(expression);
    }

    /// What is to be said of the elements that an expression takes something of.
    fn elements(&mut self, expression: &Expression) {
        let (checker, diagnostics) = (&self.checker, &mut self.diagnostics);
        expression.for_each_element(&mut |access| {
            diagnostics.extend(checker.deprecated_element(&access));
        });
    }

    pub(super) fn traversal(&mut self, traversal: &Traversal, scoping: Scoping) {
        self.checker.resolve(traversal, scoping, &mut self.nodes, &mut self.diagnostics);
    }

    pub(super) fn dependencies(&mut self, traversals: &[Traversal]) {
        for traversal in traversals {
            self.checker.resolve_dependency(traversal, &mut self.nodes, &mut self.diagnostics);
        }
    }

    pub(super) fn rules(&mut self, rules: &[CheckRule], scoping: Scoping) {
        for rule in rules {
            self.expression(&rule.condition, scoping);
            self.expression(&rule.error_message, scoping);
        }
    }

    pub(super) fn body(&mut self, body: &Body, schema: &Block, scoping: Scoping) {
        for traversal in groma_schema::references(body, schema) {
            self.traversal(&traversal, scoping);
        }
        for expression in body.expressions() {
            self.elements(&expression);
        }
    }

    /// All that is referred to, where there is no schema that says what is what.
    pub(super) fn loosely(&mut self, body: &Body, scoping: Scoping) {
        for expression in body.expressions() {
            self.expression(&expression, scoping);
        }
    }
}

impl<'a> Builder<'a> {
    pub(super) fn wants<'b>(&self, module: &'b ModuleNode) -> Wants<'b>
    where
        'a: 'b,
    {
        Wants {
            checker: ReferenceChecker { module, schemas: Some(self.schemas) },
            nodes: Vec::new(),
            diagnostics: Diagnostics::new(),
        }
    }

    /// Adds a node that waits for what was gathered and for its module's expansion.
    pub(super) fn node(&mut self, module: &ModuleNode, node: ConfigNode, wants: Wants<'_>) -> u32 {
        self.diagnostics.extend(wants.diagnostics);
        let id = self.graph.add(node);
        for dependency in wants.nodes {
            let dependency = self.graph.add(dependency);
            self.graph.wait(id, dependency);
        }
        if !module.path.is_root() {
            let call = self.graph.add(ConfigNode::ModuleCall(module.path.clone()));
            if call != id {
                self.graph.wait(id, call);
            }
        }
        id
    }

    fn module(&mut self, module: &ModuleNode) {
        let mut content = Vec::new();
        self.variables(module);
        for (name, local) in &module.module.locals {
            let mut wants = self.wants(module);
            wants.expression(&local.expr, Scoping::default());
            self.node(module, ConfigNode::Local(module.path.clone(), name.clone()), wants);
        }
        for (name, output) in &module.module.outputs {
            let mut wants = self.wants(module);
            wants.expression(&output.expr, Scoping::default());
            wants.rules(&output.preconditions, Scoping::default());
            wants.dependencies(&output.depends_on);
            let node = ConfigNode::Output(module.path.clone(), name.clone());
            content.push(self.node(module, node, wants));
        }
        for provider in module.module.provider_configs.values() {
            self.provider(module, provider);
        }
        for resource in module.module.resources.values() {
            content.push(self.resource(module, resource));
        }
        for (name, check) in &module.module.checks {
            let mut wants = self.wants(module);
            wants.rules(&check.asserts, Scoping::default());
            if let Some(data) = &check.data_resource {
                let resource = data.addr.clone();
                let module = module.path.clone();
                wants.nodes.push(ConfigNode::Resource(ConfigResource { module, resource }));
            }
            self.node(module, ConfigNode::Check(module.path.clone(), name.clone()), wants);
        }
        for action in module.module.actions.values() {
            self.action(module, action);
        }
        for call in module.module.module_calls.values() {
            if !module.children.contains_key(&call.name) {
                self.lost_call(module, call);
            }
        }
        for child in module.children.values() {
            self.call(module, child);
            content.push(self.graph.add(ConfigNode::ModuleEnd(child.path.clone())));
        }
        if !module.path.is_root() {
            let end = self.graph.add(ConfigNode::ModuleEnd(module.path.clone()));
            let call = self.graph.add(ConfigNode::ModuleCall(module.path.clone()));
            self.graph.wait(end, call);
            for node in content {
                self.graph.wait(end, node);
            }
        }
    }

    /// What checks read for themselves they read last, when there is all that they may look at.
    fn data_of_checks(&mut self) {
        let of_check = |addr: &ConfigResource| {
            self.config.resource(addr).is_some_and(|resource| resource.check.is_some())
        };
        let (mut data, mut others) = (Vec::new(), Vec::new());
        for (id, node) in self.graph.nodes() {
            if let ConfigNode::Resource(addr) = node {
                if of_check(addr) { data.push(id) } else { others.push(id) }
            }
        }
        if data.is_empty() {
            return;
        }
        let rest = self.graph.add(ConfigNode::ModuleEnd(Module::root()));
        others.into_iter().for_each(|other| self.graph.wait(rest, other));
        data.into_iter().for_each(|data| self.graph.wait(data, rest));
    }

    /// The module's input variables: they wait for what the call hands in.
    fn variables(&mut self, module: &ModuleNode) {
        let caller = module.path.parent().and_then(|(p, _)| self.config.module(&p));
        let call = self.config.call(&module.path);
        let arguments = match call {
            Some(call) => {
                let (attributes, diagnostics) = call.config.just_attributes();
                self.diagnostics.extend(diagnostics);
                attributes
            }
            None => Default::default(),
        };
        for (name, variable) in &module.module.variables {
            let mut wants = self.wants(module);
            for rule in &variable.validations {
                for expression in [&rule.condition, &rule.error_message] {
                    for traversal in expression.variables() {
                        if !is_variable(&traversal, name) {
                            wants.traversal(&traversal, Scoping::default());
                        }
                    }
                }
            }
            if let (Some(caller), Some(call), Some(argument)) = (caller, call, arguments.get(name))
            {
                self.diagnostics.extend(deprecated(variable, &argument.expr));
                let mut outer = self.wants(caller);
                outer.expression(&argument.expr, repetition(&call.count, &call.for_each));
                wants.nodes.extend(outer.nodes);
                wants.diagnostics.extend(outer.diagnostics);
            }
            self.node(module, ConfigNode::Variable(module.path.clone(), name.clone()), wants);
        }
    }

    /// The expansion of a module call.
    fn call(&mut self, caller: &ModuleNode, child: &ModuleNode) {
        let Some(call) = self.config.call(&child.path) else { return };
        let mut wants = self.wants(caller);
        for expression in [&call.count, &call.for_each, &call.enabled].into_iter().flatten() {
            wants.expression(expression, Scoping::default());
        }
        // Which instances of provider configurations the module gets must be known within it.
        let scoping = repetition(&call.count, &call.for_each);
        for key in call.providers.iter().filter_map(|p| p.in_parent.key.as_ref()) {
            wants.expression(key, scoping);
        }
        wants.dependencies(&call.depends_on);
        self.node(caller, ConfigNode::ModuleCall(child.path.clone()), wants);
    }

    /// A call of what could not be loaded: what it refers to must be there all the same.
    fn lost_call(&mut self, caller: &ModuleNode, call: &ModuleCall) {
        let mut wants = self.wants(caller);
        for expression in [&call.count, &call.for_each, &call.enabled].into_iter().flatten() {
            wants.expression(expression, Scoping::default());
        }
        wants.loosely(&call.config, repetition(&call.count, &call.for_each));
        wants.dependencies(&call.depends_on);
        self.node(caller, ConfigNode::ModuleCall(caller.path.child(call.name.clone())), wants);
    }

    fn provider(&mut self, module: &ModuleNode, provider: &groma_config::ProviderConfig) {
        let (path, alias) = (module.path.clone(), provider.alias().cloned());
        let addr = AbsProviderConfig::new(path, provider.provider.clone(), alias);
        let mut wants = self.wants(module);
        if let Some(for_each) = &provider.for_each {
            wants.expression(for_each, Scoping::default());
        }
        let scoping = repetition(&None, &provider.for_each);
        match self.schemas.provider(&provider.provider).map(|s| s.provider()) {
            Some(Ok(schema)) => wants.body(&provider.config, &schema.block, scoping),
            Some(Err(diagnostics)) => wants.diagnostics.extend(diagnostics),
            None => wants.loosely(&provider.config, scoping),
        }
        self.node(module, ConfigNode::Provider(addr), wants);
    }

    /// What the configuration of an action refers to.
    fn action(&mut self, module: &ModuleNode, action: &Action) {
        let mut wants = self.wants(module);
        for expression in [&action.count, &action.for_each].into_iter().flatten() {
            wants.expression(expression, Scoping::default());
        }
        let scoping = repetition(&action.count, &action.for_each);
        match actions::schema(self.schemas, action) {
            Ok(schema) => {
                for traversal in groma_schema::references(&action.config, &schema.block) {
                    if &*traversal.root != actions::CALLER {
                        wants.traversal(&traversal, scoping);
                    }
                }
            }
            // Without its provider nothing is known of it.
            Err(_) if self.schemas.provider(&action.provider).is_none() => {}
            Err(found) => wants.diagnostics.extend(found),
        }
        let provider = self.config.resolve_provider(&module.path, &action.provider_config());
        wants.nodes.push(ConfigNode::Provider(provider.config));
        let addr = ConfigAction { module: module.path.clone(), action: action.addr.clone() };
        self.node(module, ConfigNode::Action(addr), wants);
    }

    /// Resources that only the state has: they wait for their providers.
    fn orphans(&mut self, state: &State) {
        let mut seen: BTreeMap<ConfigResource, AbsProviderConfig> = BTreeMap::new();
        for (addr, resource) in &state.resources {
            let config_addr = addr.config();
            if self.config.resource(&config_addr).is_none() {
                seen.entry(config_addr).or_insert_with(|| resource.provider.clone());
            }
        }
        for (addr, provider) in seen {
            let id = self.graph.add(ConfigNode::Resource(addr.clone()));
            let provider = self.graph.add(ConfigNode::Provider(provider));
            self.graph.wait(id, provider);
        }
    }
}

/// The warning for an argument that the called module wants nobody to set any more.
fn deprecated(variable: &Variable, argument: &Expression) -> Option<Diagnostic> {
    let message = variable.deprecated.as_ref()?;
    if argument.as_keyword() == Some("null") {
        return None;
    }
    let detail = format!(
        "Variable {:?} is marked as deprecated with the following message:\n{message}",
        &*variable.name
    );
    let summary = "Variable marked as deprecated by the module author";
    Some(Diagnostic::warning(summary, detail).at(argument.range()))
}

/// What may be referred to in a repeated block.
pub(super) fn repetition(count: &Option<Expression>, for_each: &Option<Expression>) -> Scoping {
    Scoping { count: count.is_some(), each: for_each.is_some(), self_ref: false }
}

fn is_variable(traversal: &Traversal, name: &str) -> bool {
    &*traversal.root == "var"
        && matches!(traversal.steps.first(), Some(TraversalStep::Attr { name: n, .. }) if **n == *name)
}
