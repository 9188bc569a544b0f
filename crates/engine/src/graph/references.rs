//! What a reference leads to, and errors for references that lead nowhere.

use groma_addrs::{ConfigResource, InstanceKey, Resource, ResourceMode};
use groma_addrs::{Reference, Referenceable};
use groma_config::ModuleNode;
use groma_diag::{Diagnostic, Diagnostics, ExpressionValue, SourceRange};
use groma_hcl::{ElementAccess, Traversal, TraversalStep, nearest_name};
use groma_plan::ConfigNode;
use groma_value::Str;

use crate::schemas::SchemaLibrary;

/// Where an expression stands, as far as that decides what it may refer to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Scoping {
    /// `count.index` has a meaning.
    pub(crate) count: bool,
    /// `each.key` has a meaning.
    pub(crate) each: bool,
    /// `self` has a meaning.
    pub(crate) self_ref: bool,
}

/// Checks the references of one module and finds the nodes that they lead to.
pub(crate) struct ReferenceChecker<'a> {
    pub(crate) module: &'a ModuleNode,
    /// The schemas, where what is referred to is to be held against them.
    pub(crate) schemas: Option<&'a SchemaLibrary>,
}

impl ReferenceChecker<'_> {
    /// Adds the nodes that `traversal` leads to.
    pub(crate) fn resolve(
        &self,
        traversal: &Traversal,
        scoping: Scoping,
        nodes: &mut Vec<ConfigNode>,
        diagnostics: &mut Diagnostics,
    ) {
        let Some(reference) = diagnostics.take(Reference::parse(traversal)) else { return };
        match self.nodes_of(&reference, scoping, nodes) {
            Err(mut diagnostic) if diagnostic.summary == "Unsupported attribute" => {
                // The output is the last part of what names it.
                let taken = traversal.steps.len() - reference.remaining.len();
                if let Some(step) = taken.checked_sub(1).and_then(|i| traversal.steps.get(i)) {
                    diagnostic.subject = Some(step.range().clone());
                }
                diagnostics.push(*diagnostic);
            }
            Ok(()) => {
                diagnostics.extend(self.deprecated(&reference));
                diagnostics.extend(self.misused(&reference));
            }
            Err(diagnostic) => diagnostics.push(*diagnostic),
        }
    }

    /// The warning for a reference to an output that its module wants nobody to use any more.
    fn deprecated(&self, reference: &Reference) -> Option<Diagnostic> {
        let Referenceable::ModuleCallOutput { name, output, .. } = &reference.subject else {
            return None;
        };
        self.deprecated_output(name, output, &reference.subject, &reference.range)
    }

    /// The same for an output of all instances of a call, or of one that is not fixed.
    pub(crate) fn deprecated_element(&self, access: &ElementAccess<'_>) -> Option<Diagnostic> {
        let reference = Reference::parse(access.collection).ok()?;
        let Referenceable::ModuleCall(name) = &reference.subject else { return None };
        let output = access.step.attr_name().filter(|_| reference.remaining.is_empty())?;
        let range = SourceRange::between(&reference.range, access.step.range());
        let shown = format!("{}[*].{output}", reference.subject);
        self.deprecated_output(name, output, &shown, &range)
    }

    fn deprecated_output(
        &self,
        call: &str,
        output: &str,
        shown: &dyn std::fmt::Display,
        range: &SourceRange,
    ) -> Option<Diagnostic> {
        let declared = self.module.children.get(call)?.module.outputs.get(output)?;
        let message = declared.deprecated.as_ref()?;
        let detail = format!(
            "This value is derived from {shown}, which is deprecated with the following message:\n\n{message}"
        );
        let warning = Diagnostic::warning("Value derived from a deprecated source", detail);
        Some(warning.at(range))
    }

    /// An error for a resource that is taken for one of several instances, or is not and should
    /// be, or has no such attribute.
    fn misused(&self, reference: &Reference) -> Option<Diagnostic> {
        let (addr, key) = match &reference.subject {
            Referenceable::Resource(addr) => (addr, &InstanceKey::None),
            Referenceable::ResourceInstance(addr, key) => (addr, key),
            _ => return None,
        };
        let resource = self.module.module.resources.get(addr)?;
        let argument = match (&resource.count, &resource.for_each) {
            (Some(_), _) => Some(("count", "count.index")),
            (_, Some(_)) => Some(("for_each", "each.key")),
            _ => None,
        };
        let is_attribute = |step: &TraversalStep| matches!(step, TraversalStep::Attr { .. });
        let steps = reference.remaining.as_slice();
        match (argument, key) {
            (Some((argument, index)), InstanceKey::None) => {
                if !steps.first().is_some_and(is_attribute) {
                    return None;
                }
                let detail = format!(
                    "Because {addr} has {argument:?} set, its attributes must be accessed on specific instances.\n\nFor example, to correlate with indices of a referring resource, use:\n    {addr}[{index}]"
                );
                let error = Diagnostic::error("Missing resource instance key", detail);
                return Some(error.at(&reference.range));
            }
            (None, InstanceKey::Int(_) | InstanceKey::String(_)) => {
                let detail = format!(
                    "Because {addr} does not have \"count\" or \"for_each\" set, references to it must not include an index key. Remove the bracketed index to refer to the single instance of this resource."
                );
                let error = Diagnostic::error("Unexpected resource instance key", detail);
                return Some(error.at(&reference.range));
            }
            _ => {}
        }
        let schema = self.schemas?.resource(&resource.provider, addr.mode, &addr.ty).ok()??;
        schema.block.follow(steps).err().map(|diagnostic| *diagnostic)
    }

    /// Checks whether there is what a reference names.
    pub(crate) fn check(&self, reference: &Reference, scoping: Scoping) -> Result<(), Diagnostics> {
        self.nodes_of(reference, scoping, &mut Vec::new()).map_err(|found| *found)?;
        match self.misused(reference) {
            Some(found) => Err(found.into()),
            None => Ok(()),
        }
    }

    /// As [`ReferenceChecker::resolve`], for a `depends_on`: a module stands for all that is in it.
    pub(crate) fn resolve_dependency(
        &self,
        traversal: &Traversal,
        nodes: &mut Vec<ConfigNode>,
        diagnostics: &mut Diagnostics,
    ) {
        let before = nodes.len();
        // What is wrong with the reference itself has been told.
        let Ok(reference) = Reference::parse(traversal) else { return };
        if let Err(diagnostic) = self.nodes_of(&reference, Scoping::default(), nodes) {
            diagnostics.push(*diagnostic);
        }
        let ends: Vec<ConfigNode> = nodes[before..]
            .iter()
            .filter_map(|node| match node {
                ConfigNode::ModuleCall(module) => Some(ConfigNode::ModuleEnd(module.clone())),
                _ => None,
            })
            .collect();
        nodes.extend(ends);
    }

    fn nodes_of(
        &self,
        reference: &Reference,
        scoping: Scoping,
        nodes: &mut Vec<ConfigNode>,
    ) -> Result<(), Box<Diagnostic>> {
        let module = &self.module.module;
        let path = &self.module.path;
        match &reference.subject {
            Referenceable::InputVariable(name) => {
                if !module.variables.contains_key(name) {
                    return self.missing(name, || self.undeclared_variable(name, reference));
                }
                nodes.push(ConfigNode::Variable(path.clone(), name.clone()));
            }
            Referenceable::Local(name) => {
                if !module.locals.contains_key(name) {
                    return self.missing(name, || self.undeclared_local(name, reference));
                }
                nodes.push(ConfigNode::Local(path.clone(), name.clone()));
            }
            Referenceable::Resource(resource) | Referenceable::ResourceInstance(resource, _) => {
                if !module.resources.contains_key(resource) {
                    let name = &resource.name;
                    return self.missing(name, || self.undeclared_resource(resource, reference));
                }
                let resource = resource.clone();
                nodes.push(ConfigNode::Resource(ConfigResource { module: path.clone(), resource }));
            }
            Referenceable::ModuleCall(name) | Referenceable::ModuleCallInstance(name, _) => {
                let Some(child) = self.child(name, reference)? else { return Ok(()) };
                nodes.push(ConfigNode::ModuleCall(child.path.clone()));
                for output in child.module.outputs.keys() {
                    nodes.push(ConfigNode::Output(child.path.clone(), output.clone()));
                }
            }
            Referenceable::ModuleCallOutput { name, output, .. } => {
                let Some(child) = self.child(name, reference)? else { return Ok(()) };
                nodes.push(ConfigNode::ModuleCall(child.path.clone()));
                if !child.module.outputs.contains_key(output) {
                    if child.module.may_declare(output) {
                        return Ok(());
                    }
                    return Err(self.undeclared_output(name, output, child, reference));
                }
                nodes.push(ConfigNode::Output(child.path.clone(), output.clone()));
            }
            Referenceable::Count(_) if !scoping.count => {
                return Err(error(
                    reference,
                    "Reference to \"count\" in non-counted context",
                    "The \"count\" object can only be used in \"module\", \"resource\", and \"data\" blocks, and only when the \"count\" argument is set.",
                ));
            }
            Referenceable::Each(name) if !scoping.each && &**name == "value" => {
                return Err(error(
                    reference,
                    "each.value cannot be used in this context",
                    "A reference to \"each.value\" has been used in a context in which it is unavailable, such as when the configuration no longer contains the value in its \"for_each\" expression. Remove this reference to each.value in your configuration to work around this error.",
                ));
            }
            Referenceable::Each(_) if !scoping.each => {
                return Err(error(
                    reference,
                    "Reference to \"each\" in context without for_each",
                    "The \"each\" object can be used only in \"module\" or \"resource\" blocks, and only when the \"for_each\" argument is set.",
                ));
            }
            Referenceable::SelfRef if !scoping.self_ref => {
                return Err(error(
                    reference,
                    "Invalid \"self\" reference",
                    "The \"self\" object is not available in this context. This object can be used only in resource provisioner, connection, and postcondition blocks.",
                ));
            }
            _ => {}
        }
        Ok(())
    }

    /// Reports that something is not declared, unless it may stand where the module could not be
    /// read: then that is what is to be told.
    fn missing(
        &self,
        name: &str,
        report: impl FnOnce() -> Box<Diagnostic>,
    ) -> Result<(), Box<Diagnostic>> {
        if self.module.module.may_declare(name) { Ok(()) } else { Err(report()) }
    }

    /// The module that is called; `None` if there is a call, and what it calls could not be loaded.
    fn child(
        &self,
        name: &Str,
        reference: &Reference,
    ) -> Result<Option<&ModuleNode>, Box<Diagnostic>> {
        if let Some(child) = self.module.children.get(name) {
            return Ok(Some(child));
        }
        let calls = &self.module.module.module_calls;
        if calls.contains_key(name) || self.module.module.may_declare(name) {
            return Ok(None);
        }
        let hint = suggestion(name, calls.keys());
        let detail =
            format!("No module call named {name:?} is declared in {}.{hint}", self.place());
        Err(error(reference, "Reference to undeclared module", detail))
    }

    fn undeclared_variable(&self, name: &str, reference: &Reference) -> Box<Diagnostic> {
        let hint = match suggestion(name, self.module.module.variables.keys()) {
            hint if hint.is_empty() => {
                format!(" This variable can be declared with a variable {name:?} {{}} block.")
            }
            hint => hint,
        };
        let detail =
            format!("An input variable with the name {name:?} has not been declared.{hint}");
        error(reference, "Reference to undeclared input variable", detail)
    }

    fn undeclared_local(&self, name: &str, reference: &Reference) -> Box<Diagnostic> {
        let hint = suggestion(name, self.module.module.locals.keys());
        let detail = format!("A local value with the name {name:?} has not been declared.{hint}");
        error(reference, "Reference to undeclared local value", detail)
    }

    fn undeclared_resource(&self, resource: &Resource, reference: &Reference) -> Box<Diagnostic> {
        let what = match resource.mode {
            ResourceMode::Managed => "A managed resource",
            ResourceMode::Data => "A data resource",
            ResourceMode::Ephemeral => "An ephemeral resource",
        };
        let same_name = self.module.module.resources.keys();
        let candidates: Vec<Str> = same_name
            .filter(|r| r.mode == resource.mode)
            .map(|r| format!("{}.{}", r.ty, r.name).into())
            .collect();
        let named = format!("{}.{}", resource.ty, resource.name);
        let mut hint = suggestion(&named, candidates.iter());
        let other_mode = Resource { mode: ResourceMode::Data, ..resource.clone() };
        if hint.is_empty()
            && resource.mode == ResourceMode::Managed
            && self.module.module.resources.contains_key(&other_mode)
        {
            hint = format!("\n\nDid you mean the data resource {other_mode}?");
        }
        let detail = format!(
            "{what} {:?} {:?} has not been declared in {}.{hint}",
            &*resource.ty,
            &*resource.name,
            self.place()
        );
        error(reference, "Reference to undeclared resource", detail)
    }

    fn undeclared_output(
        &self,
        call: &str,
        output: &str,
        child: &ModuleNode,
        reference: &Reference,
    ) -> Box<Diagnostic> {
        let hint = suggestion(output, child.module.outputs.keys());
        let detail = format!(
            "This object does not have an attribute named {output:?}: module.{call} has no output value of that name.{hint}"
        );
        let mut diagnostic = error(reference, "Unsupported attribute", detail);
        let traversal = format!("module.{call}");
        let statement = "is a object".to_owned();
        diagnostic.values = vec![ExpressionValue { traversal, statement }];
        diagnostic
    }

    fn place(&self) -> String {
        if self.module.path.is_root() {
            "the root module".into()
        } else {
            self.module.path.to_string()
        }
    }
}

fn error(
    reference: &Reference,
    summary: impl Into<String>,
    detail: impl Into<String>,
) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(summary, detail).at(&reference.range))
}

fn suggestion<'a>(name: &str, candidates: impl Iterator<Item = &'a Str>) -> String {
    match nearest_name(name, candidates.map(|c| &**c)) {
        Some(near) => format!(" Did you mean {near:?}?"),
        None => String::new(),
    }
}
