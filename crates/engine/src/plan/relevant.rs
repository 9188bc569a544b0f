//! References looked at closely: which attributes matter to what changes, and what triggers a
//! replacement.

use std::collections::{BTreeMap, HashSet};

use groma_addrs::{InstanceKey, ModuleInstance, Resource};
use groma_addrs::{Reference, Referenceable};
use groma_config::Config;
use groma_diag::{Diagnostic, Diagnostics};
use groma_hcl::{ExprKind, Expression, Traversal, TraversalStep, evaluate};
use groma_plan::{Action, InstanceChange, OutputChange, RelevantAttribute};
use groma_value::{Path, PathStep, Str, Value};

use super::Planner;
use crate::run::Run;
use crate::world::{ModuleData, ModuleScope};

/// The attributes that contribute to the changes: those that the configuration of what changes
/// refers to, be it through other values.
///
/// The outputs of modules, of which no state says what they were, count as changing.
pub(super) fn attributes(
    run: &Run,
    changes: &[InstanceChange],
    outputs: &[OutputChange],
) -> Vec<RelevantAttribute> {
    let (world, schemas) = (&run.world, &run.around.schemas);
    let config = &world.config;
    let mut search = Search { config, seen: HashSet::new(), found: BTreeMap::new() };
    for change in changes.iter().filter(|c| c.change.action != Action::NoOp) {
        let module = change.addr.module();
        let config_addr = change.addr.resource.config();
        let Some(resource) = config.resource(&config_addr) else { continue };
        if !search.seen.insert((module.clone(), resource.addr.to_string())) {
            continue;
        }
        for expression in [&resource.count, &resource.for_each].into_iter().flatten() {
            search.expression(module, expression);
        }
        let (provider, mode) = (&resource.provider, resource.addr.mode);
        if let Ok(Some(schema)) = schemas.resource(provider, mode, &resource.addr.ty) {
            for traversal in groma_schema::references(&resource.config, &schema.block) {
                search.traversal(module, &traversal);
            }
        }
    }
    for output in outputs.iter().filter(|o| o.action != Action::NoOp) {
        search.output(&ModuleInstance::root(), &output.addr.name);
    }
    for node in config.modules().filter(|node| !node.path.is_root() && !run.is_destroy()) {
        for data in world.instances_of(&node.path) {
            let known = |output: &&Str| data.output(output).is_some();
            for output in node.module.outputs.keys().filter(known) {
                search.output(&data.addr, output);
            }
        }
    }
    search.found.into_values().collect()
}

struct Search<'a> {
    config: &'a Config,
    seen: HashSet<(ModuleInstance, String)>,
    found: BTreeMap<String, RelevantAttribute>,
}

impl Search<'_> {
    fn expression(&mut self, module: &ModuleInstance, expression: &Expression) {
        for traversal in expression.variables() {
            self.traversal(module, &traversal);
        }
    }

    fn output(&mut self, module: &ModuleInstance, name: &Str) {
        if !self.seen.insert((module.clone(), format!("output.{name}"))) {
            return;
        }
        let node = self.config.module(&module.module());
        if let Some(output) = node.and_then(|n| n.module.outputs.get(name)) {
            self.expression(module, &output.expr);
        }
    }

    fn traversal(&mut self, module: &ModuleInstance, traversal: &Traversal) {
        let Ok(reference) = Reference::parse(traversal) else { return };
        match &reference.subject {
            Referenceable::Local(name) => self.local(module, name),
            Referenceable::InputVariable(name) => self.variable(module, name),
            Referenceable::ModuleCallOutput { name, key, output } => {
                self.output(&module.child(name.clone(), key.clone()), output);
            }
            Referenceable::ModuleCall(name) => self.call(module, name, InstanceKey::None),
            Referenceable::ModuleCallInstance(name, key) => self.call(module, name, key.clone()),
            Referenceable::Resource(resource) => {
                self.add(module, resource, InstanceKey::None, &reference.remaining);
            }
            Referenceable::ResourceInstance(resource, key) => {
                self.add(module, resource, key.clone(), &reference.remaining);
            }
            _ => {}
        }
    }

    /// All outputs of a module. Of which instance is left open if the reference leaves it open.
    fn call(&mut self, module: &ModuleInstance, name: &Str, key: InstanceKey) {
        let called = module.child(name.clone(), key);
        let Some(node) = self.config.module(&called.module()) else { return };
        for output in node.module.outputs.keys() {
            self.output(&called, output);
        }
    }

    fn local(&mut self, module: &ModuleInstance, name: &Str) {
        if !self.seen.insert((module.clone(), format!("local.{name}"))) {
            return;
        }
        let node = self.config.module(&module.module());
        if let Some(local) = node.and_then(|n| n.module.locals.get(name)) {
            self.expression(module, &local.expr);
        }
    }

    fn variable(&mut self, module: &ModuleInstance, name: &Str) {
        let Some((caller, _)) = module.parent() else { return };
        if !self.seen.insert((module.clone(), format!("var.{name}"))) {
            return;
        }
        let Some(call) = self.config.call(&module.module()) else { return };
        if let Some(argument) = call.config.just_attributes().0.get(name) {
            self.expression(&caller, &argument.expr);
        }
    }

    fn add(
        &mut self,
        module: &ModuleInstance,
        resource: &Resource,
        key: InstanceKey,
        remaining: &[TraversalStep],
    ) {
        let steps = remaining.iter().map(|step| match step {
            TraversalStep::Attr { name, .. } => PathStep::Attribute(name.clone()),
            TraversalStep::Index { key, .. } => PathStep::Index(key.clone()),
        });
        let attribute = Path(steps.collect());
        let resource = resource.in_module(module).instance(key);
        let name = format!("{resource}{attribute}");
        self.found.entry(name).or_insert(RelevantAttribute { resource, attribute });
    }
}

/// Whether what a `replace_triggered_by` expression names is going to change.
pub(super) fn is_triggered(
    planner: &Planner,
    module: &ModuleData,
    scope: &ModuleScope<'_>,
    trigger: &Expression,
) -> Result<bool, Diagnostics> {
    let (resource, key, path) = split(trigger, scope)?;
    let resource = resource.in_module(&module.addr);
    let changes = planner.changes_of(&resource);
    Ok(changes.iter().any(|change| {
        if key.as_ref().is_some_and(|key| change.addr.key != *key) {
            return false;
        }
        let action = change.change.action;
        if path.0.is_empty() {
            return !matches!(action, Action::NoOp | Action::Read);
        }
        let at = |value: &Value| path.apply(&value.clone().unmark_deep().0).ok();
        at(&change.change.before) != at(&change.change.after)
    }))
}

/// What an expression names: a resource, an instance of it, and a part of that.
fn split(
    expression: &Expression,
    scope: &ModuleScope<'_>,
) -> Result<(Resource, Option<InstanceKey>, Path), Diagnostics> {
    let invalid = || {
        let detail = "Only resources can be referenced in replace_triggered_by.";
        Diagnostics::from(
            Diagnostic::error("Invalid replace_triggered_by expression", detail)
                .at(expression.range()),
        )
    };
    match expression.kind() {
        ExprKind::Traversal(traversal) => {
            let reference = Reference::parse(traversal)?;
            let path = extended(Path::root(), &reference.remaining);
            match reference.subject {
                Referenceable::Resource(resource) => Ok((resource, None, path)),
                Referenceable::ResourceInstance(resource, InstanceKey::None) => {
                    Ok((resource, None, path))
                }
                Referenceable::ResourceInstance(resource, key) => Ok((resource, Some(key), path)),
                _ => Err(invalid()),
            }
        }
        ExprKind::RelativeTraversal(relative) => {
            let (resource, key, path) = split(&relative.source, scope)?;
            Ok((resource, key, extended(path, &relative.steps)))
        }
        ExprKind::Index(index) => {
            let (resource, key, path) = split(&index.collection, scope)?;
            let (value, found) = evaluate(&index.key, scope);
            if found.has_errors() {
                return Err(found);
            }
            if key.is_none() && path.0.is_empty() {
                let key = InstanceKey::from_value(&value.unmark().0).ok_or_else(invalid)?;
                return Ok((resource, Some(key), path));
            }
            Ok((resource, key, path.index(value)))
        }
        ExprKind::Parens(inner) => split(inner, scope),
        _ => Err(invalid()),
    }
}

fn extended(path: Path, steps: &[TraversalStep]) -> Path {
    steps.iter().fold(path, |path, step| match step {
        TraversalStep::Attr { name, .. } => path.attribute(name.clone()),
        TraversalStep::Index { key, .. } => path.index(key.clone()),
    })
}
