//! What resources wait for, and what can be said of them before anything is evaluated.

use groma_addrs::{ConfigResource, ResourceMode};
use groma_addrs::{Reference, Referenceable};
use groma_config::{IgnoreChanges, ModuleNode, ProvisionerWhen, Resource};
use groma_diag::{Diagnostic, SourceRange};
use groma_hcl::{Expression, Traversal, TraversalStep, nearest_name};
use groma_plan::ConfigNode;
use groma_schema::Block;

use super::Scoping;
use super::build::{Builder, Wants, repetition};
use crate::actions;
use crate::plan::{Imports, Written};

impl Builder<'_> {
    /// Adds a resource.
    pub(super) fn resource(&mut self, module: &ModuleNode, resource: &Resource) -> u32 {
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
                let body = groma_schema::references(&resource.config, &schema.block);
                self.check_self(&addr, resource, body);
                self.ignored(resource, &schema.block);
                wants.body(&resource.config, &schema.block, scoping);
            }
            Ok(None) => {
                self.unknown_type(resource);
                let body = resource.config.expressions();
                let body = body.iter().flat_map(Expression::variables).collect();
                self.check_self(&addr, resource, body);
                wants.loosely(&resource.config, scoping);
            }
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
        self.triggers(module, resource, scoping, &mut post);
        wants.nodes.extend(post.nodes.into_iter().filter(|n| *n != own));
        self.provisioners(resource, scoping, &mut wants);
        wants.diagnostics.extend(post.diagnostics);
        let provider = self.config.provider_of(&module.path, resource).config;
        wants.nodes.push(ConfigNode::Provider(provider));
        self.imports(&addr, &mut wants);
        let id = self.node(module, own, wants);
        for trigger in &resource.lifecycle.action_triggers {
            for reference in &trigger.actions {
                if module.module.actions.contains_key(&reference.action) {
                    let action = actions::referred(&module.path, reference);
                    let action = self.graph.add(ConfigNode::Action(action));
                    self.graph.trigger(id, action);
                }
            }
        }
        id
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

    /// What is imported into a resource is evaluated in the modules of the blocks.
    fn imports(&self, addr: &ConfigResource, wants: &mut Wants<'_>) {
        for Written { module, import } in self.imports.of_resource(addr) {
            let Some(node) = self.config.module(module) else { continue };
            let mut inner = self.wants(node);
            let scoping = repetition(&None, &import.for_each);
            if let Some(for_each) = &import.for_each {
                inner.expression(for_each, Scoping::default());
            }
            let keys = import.to.module_keys.iter().flatten().chain(&import.to.key);
            for expression in keys.chain(&import.id).chain(&import.identity) {
                inner.expression(expression, scoping);
            }
            wants.nodes.extend(inner.nodes);
            wants.diagnostics.extend(inner.diagnostics);
        }
    }

    /// The actions that a resource triggers. Those that come before what is done to it must not
    /// need what comes of that.
    fn triggers(
        &self,
        module: &ModuleNode,
        resource: &Resource,
        scoping: Scoping,
        wants: &mut Wants<'_>,
    ) {
        for trigger in &resource.lifecycle.action_triggers {
            for expression in actions::expressions(trigger) {
                wants.expression(expression, scoping);
            }
            for reference in &trigger.actions {
                let declared = &module.module.actions;
                if !declared.contains_key(&reference.action) {
                    if module.module.may_declare(&reference.action.name) {
                        continue;
                    }
                    let names: Vec<String> = declared.keys().map(ToString::to_string).collect();
                    let wanted = reference.action.to_string();
                    let hint = nearest_name(&wanted, names.iter().map(String::as_str));
                    let hint =
                        hint.map(|near| format!(" Did you mean {near}?")).unwrap_or_default();
                    let detail = format!("{wanted} has not been declared in this module.{hint}");
                    wants.diagnostics.push(
                        Diagnostic::error("Reference to undeclared action", detail)
                            .at(&reference.range),
                    );
                } else if trigger.events.iter().any(|event| event.is_before()) {
                    let action = actions::referred(&module.path, reference);
                    wants.nodes.push(ConfigNode::Action(action));
                }
            }
        }
    }

    /// Resources that are yet to be written, for objects that are to be imported.
    pub(super) fn unwritten(&mut self) {
        for Written { module, import } in Imports::all(self.config) {
            let target = Written { module, import: import.clone() }.target();
            if !target.module.is_root() || self.config.resource(&target).is_some() {
                continue;
            }
            let mut wants = self.wants(&self.config.root);
            self.imports(&target, &mut wants);
            let local = crate::plan::local_provider(&import);
            let provider = self.config.resolve_provider(&target.module, &local).config;
            wants.nodes.push(ConfigNode::Provider(provider));
            let root = self.config.root.clone();
            self.node(&root, ConfigNode::Resource(target), wants);
        }
    }

    /// A resource's arguments must not refer to the resource itself. `body` is all that they refer
    /// to.
    fn check_self(&mut self, addr: &ConfigResource, resource: &Resource, body: Vec<Traversal>) {
        let meta = [&resource.count, &resource.for_each].into_iter().flatten();
        let references = body.into_iter().chain(meta.flat_map(|e| e.variables()));
        for traversal in references.chain(resource.depends_on.iter().cloned()) {
            if let Some(range) = names_resource(&traversal, resource) {
                self.self_referential.insert(addr.clone());
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
        let elsewhere = schemas.about_missing().map(|text| format!("\n\n{text}"));
        let provider = resource.provider.for_display();
        let detail = format!(
            "The provider {provider} does not support {what} {ty:?}.{hint}{}",
            elsewhere.unwrap_or_default()
        );
        let mut words = what.chars();
        let capital: String = words.next().map(|c| c.to_ascii_lowercase()).into_iter().collect();
        let summary = format!("Invalid {capital}{}", words.as_str());
        self.diagnostics.push(Diagnostic::error(summary, detail).at(&resource.type_range));
    }
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
