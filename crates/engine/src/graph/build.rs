//! Building the graph.

use std::collections::BTreeMap;

use groma_addrs::{AbsProviderConfig, ConfigResource, ResourceMode};
use groma_addrs::{Module, Reference, Referenceable};
use groma_config::{
    CheckRule, Config, IgnoreChanges, ModuleNode, ProvisionerWhen, Resource, Variable,
};
use groma_diag::{Diagnostic, Diagnostics, SourceRange};
use groma_hcl::{Body, Expression, Traversal, TraversalStep, nearest_name};
use groma_plan::ConfigNode;
use groma_schema::Block;
use groma_state::State;

use super::{Graph, ReferenceChecker, Scoping, unsupported};
use crate::plan::Imports;
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
    };
    builder.diagnostics.extend(config.check_links());
    for module in config.modules() {
        builder.module(module);
    }
    builder.check_imports();
    builder.orphans(state);
    builder.data_of_checks();
    builder.graph.tidy();
    if !builder.diagnostics.has_errors() {
        let cycles = builder.graph.report_cycles();
        builder.diagnostics.extend(cycles);
    }
    (builder.graph, builder.diagnostics)
}

struct Builder<'a> {
    config: &'a Config,
    imports: Imports,
    schemas: &'a SchemaLibrary,
    graph: Graph,
    diagnostics: Diagnostics,
}

/// Gathers what one node waits for.
struct Wants<'a> {
    checker: ReferenceChecker<'a>,
    nodes: Vec<ConfigNode>,
    diagnostics: Diagnostics,
}

impl Wants<'_> {
    fn expression(&mut self, expression: &Expression, scoping: Scoping) {
        for traversal in expression.variables() {
            self.traversal(&traversal, scoping);
        }
    }

    fn traversal(&mut self, traversal: &Traversal, scoping: Scoping) {
        self.checker.resolve(traversal, scoping, &mut self.nodes, &mut self.diagnostics);
    }

    fn dependencies(&mut self, traversals: &[Traversal]) {
        for traversal in traversals {
            self.checker.resolve_dependency(traversal, &mut self.nodes, &mut self.diagnostics);
        }
    }

    fn rules(&mut self, rules: &[CheckRule], scoping: Scoping) {
        for rule in rules {
            self.expression(&rule.condition, scoping);
            self.expression(&rule.error_message, scoping);
        }
    }

    fn body(&mut self, body: &Body, schema: &Block, scoping: Scoping) {
        for traversal in groma_schema::references(body, schema) {
            self.traversal(&traversal, scoping);
        }
    }
}

impl<'a> Builder<'a> {
    fn wants<'b>(&self, module: &'b ModuleNode) -> Wants<'b>
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
    fn node(&mut self, module: &ModuleNode, node: ConfigNode, wants: Wants<'_>) -> u32 {
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
            None => {}
        }
        self.node(module, ConfigNode::Provider(addr), wants);
    }

    fn resource(&mut self, module: &ModuleNode, resource: &Resource) -> u32 {
        let addr = ConfigResource { module: module.path.clone(), resource: resource.addr.clone() };
        let mut wants = self.wants(module);
        let repeating = [&resource.count, &resource.for_each, &resource.enabled];
        for expression in repeating.into_iter().flatten() {
            wants.expression(expression, Scoping::default());
        }
        let scoping = repetition(&resource.count, &resource.for_each);
        if let Some(key) = resource.provider_ref.as_ref().and_then(|r| r.key.as_ref()) {
            wants.expression(key, scoping);
        }
        match self.schemas.resource(&resource.provider, resource.addr.mode, &resource.addr.ty) {
            Ok(Some(schema)) => {
                self.check_self(resource, &schema.block);
                self.ignored(resource, &schema.block);
                wants.body(&resource.config, &schema.block, scoping);
            }
            Ok(None) => self.unknown_type(resource),
            Err(diagnostics) => self.diagnostics.extend(diagnostics),
        }
        self.provider_meta(module, resource, &mut wants);
        wants.dependencies(&resource.depends_on);
        wants.rules(&resource.preconditions, scoping);
        if let Some(prevent_destroy) = &resource.lifecycle.prevent_destroy {
            wants.expression(prevent_destroy, Scoping::default());
        }
        // A postcondition may name its own resource.
        let mut post = self.wants(module);
        post.rules(&resource.postconditions, Scoping { self_ref: true, ..scoping });
        for expression in &resource.lifecycle.replace_triggered_by {
            post.expression(expression, scoping);
        }
        let own = ConfigNode::Resource(addr.clone());
        wants.nodes.extend(post.nodes.into_iter().filter(|n| *n != own));
        self.provisioners(resource, scoping, &mut wants);
        wants.diagnostics.extend(post.diagnostics);
        let provider = self.config.provider_of(&module.path, resource).config;
        wants.nodes.push(ConfigNode::Provider(provider));
        self.imports(&addr, &mut wants);
        self.node(module, own, wants)
    }

    /// What creation provisioners refer to. Those for destruction refer to nothing but the object.
    fn provisioners(&mut self, resource: &Resource, scoping: Scoping, wants: &mut Wants<'_>) {
        let made = || resource.provisioners.iter().filter(|p| p.when == ProvisionerWhen::Create);
        let connections = made().filter_map(|p| p.connection.as_ref());
        // Where everything is run before destruction, the connection around is for that.
        let outer = resource.connection.iter().filter(|_| made().next().is_some());
        let bodies = made().map(|p| &p.config).chain(connections.chain(outer).map(|c| &c.config));
        for body in bodies {
            // What does not fit a provisioner is found where its configuration is checked.
            for attribute in body.just_attributes().0.values() {
                for traversal in attribute.expr.variables() {
                    if let Some(range) = names_resource(&traversal, resource) {
                        let detail = format!(
                            "The provisioners of {} may not refer to it by its name, since it is not complete before they have run. In them, its values are those of \"self\".",
                            resource.addr
                        );
                        self.diagnostics
                            .push(Diagnostic::error("Self-referential block", detail).at(&range));
                    } else {
                        wants.traversal(&traversal, Scoping { self_ref: true, ..scoping });
                    }
                }
            }
        }
    }

    /// What the module says to the resource's provider with every request.
    fn provider_meta(&mut self, module: &ModuleNode, resource: &Resource, wants: &mut Wants<'_>) {
        let provider = &resource.provider;
        let Some(meta) = module.module.provider_meta.get(provider) else { return };
        match self.schemas.provider(provider).map(|schemas| schemas.provider_meta()) {
            Some(Ok(Some(schema))) => wants.body(&meta.config, &schema.block, Scoping::default()),
            Some(Ok(None)) => {
                let detail = format!(
                    "The resource {} belongs to a provider that doesn't support provider_meta blocks.",
                    resource.addr
                );
                let summary = format!("Provider {provider} doesn't support provider_meta");
                let diagnostic = Diagnostic::error(summary, detail).at(&meta.decl_range);
                self.diagnostics.push(diagnostic);
            }
            Some(Err(found)) => wants.diagnostics.extend(found),
            None => {}
        }
    }

    /// What is imported into a resource is evaluated in the root module.
    fn imports(&self, addr: &ConfigResource, wants: &mut Wants<'_>) {
        for import in self.imports.of_resource(addr) {
            let mut root = self.wants(&self.config.root);
            let scoping = repetition(&None, &import.for_each);
            if let Some(for_each) = &import.for_each {
                root.expression(for_each, Scoping::default());
            }
            let keys = import.to.module_keys.iter().flatten().chain(&import.to.key);
            for expression in keys.chain(&import.id).chain(&import.identity) {
                root.expression(expression, scoping);
            }
            wants.nodes.extend(root.nodes);
            wants.diagnostics.extend(root.diagnostics);
        }
    }

    /// An import must lead to a resource of the configuration.
    fn check_imports(&mut self) {
        for import in &self.config.root.module.imports {
            if self.config.resource(&import.to.resource).is_none() {
                let detail = format!(
                    "The configuration for the given import target {} does not exist. All target instances must have an associated configuration to be imported.",
                    import.to.resource
                );
                let diagnostic =
                    Diagnostic::error("Configuration for import target does not exist", detail);
                self.diagnostics.push(diagnostic.at(import.to.range()));
            }
        }
    }

    /// A resource's arguments must not refer to the resource itself.
    fn check_self(&mut self, resource: &Resource, schema: &Block) {
        let body = groma_schema::references(&resource.config, schema);
        let meta = [&resource.count, &resource.for_each].into_iter().flatten();
        let references = body.into_iter().chain(meta.flat_map(|e| e.variables()));
        for traversal in references.chain(resource.depends_on.iter().cloned()) {
            if let Some(range) = names_resource(&traversal, resource) {
                let detail =
                    format!("Configuration for {} may not refer to itself.", resource.addr);
                self.diagnostics
                    .push(Diagnostic::error("Self-referential block", detail).at(&range));
            }
        }
    }

    /// What `ignore_changes` names must be there, and should be the user's to set.
    fn ignored(&mut self, resource: &Resource, schema: &Block) {
        let IgnoreChanges::Attributes(list) = &resource.lifecycle.ignore_changes else { return };
        for traversal in list {
            let name = traversal.root.clone();
            let first = TraversalStep::Attr { name, range: traversal.root_range.clone() };
            let steps: Vec<TraversalStep> =
                std::iter::once(first).chain(traversal.steps.iter().cloned()).collect();
            match schema.follow(&steps) {
                Ok(Some(attribute)) if !attribute.optional && !attribute.required => {
                    let detail = format!(
                        "The attribute {} is set by the provider alone. The configuration has no value for it that could change, so that naming it in ignore_changes has no effect: leave it out.",
                        traversal.root
                    );
                    let warning = Diagnostic::warning("Redundant ignore_changes element", detail);
                    self.diagnostics.push(warning.at(&resource.type_range));
                }
                Ok(_) => {}
                Err(diagnostic) => self.diagnostics.push(*diagnostic),
            }
        }
    }

    fn unknown_type(&mut self, resource: &Resource) {
        let Some(schemas) = self.schemas.provider(&resource.provider) else { return };
        let (what, names, other) = match resource.addr.mode {
            ResourceMode::Managed => {
                ("resource type", schemas.resource_type_names(), schemas.data_source_names())
            }
            ResourceMode::Data => {
                ("data source", schemas.data_source_names(), schemas.resource_type_names())
            }
            ResourceMode::Ephemeral => (
                "ephemeral resource type",
                schemas.ephemeral_resource_type_names(),
                schemas.resource_type_names(),
            ),
        };
        let ty = &resource.addr.ty;
        let hint = if other.contains(ty) {
            match resource.addr.mode {
                ResourceMode::Managed => format!(
                    "\n\nDid you intend to use the data source {ty:?}? If so, declare this using a \"data\" block instead of a \"resource\" block."
                ),
                _ => format!(
                    "\n\nDid you intend to use the managed resource type {ty:?}? If so, declare this using a \"resource\" block instead."
                ),
            }
        } else {
            match nearest_name(ty, names.iter().map(|n| &**n)) {
                Some(near) => format!(" Did you mean {near:?}?"),
                None => String::new(),
            }
        };
        let provider = resource.provider.for_display();
        let detail = format!("The provider {provider} does not support {what} {ty:?}.{hint}");
        let mut words = what.chars();
        let capital: String = words.next().map(|c| c.to_ascii_lowercase()).into_iter().collect();
        let summary = format!("Invalid {capital}{}", words.as_str());
        self.diagnostics.push(Diagnostic::error(summary, detail).at(&resource.type_range));
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

fn repetition(count: &Option<Expression>, for_each: &Option<Expression>) -> Scoping {
    Scoping { count: count.is_some(), each: for_each.is_some(), self_ref: false }
}

fn is_variable(traversal: &Traversal, name: &str) -> bool {
    &*traversal.root == "var"
        && matches!(traversal.steps.first(), Some(TraversalStep::Attr { name: n, .. }) if **n == *name)
}

fn names_resource(traversal: &Traversal, resource: &Resource) -> Option<SourceRange> {
    let reference = Reference::parse(traversal).ok()?;
    match reference.subject {
        Referenceable::Resource(r) | Referenceable::ResourceInstance(r, _) => {
            (r == resource.addr).then_some(reference.range)
        }
        _ => None,
    }
}
