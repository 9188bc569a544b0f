//! What modules and blocks say of each other: arguments of calls, `depends_on`, and the provider
//! configurations that resources name.
//!
//! None of it need be right for a configuration to be installed, so that loading does not ask.

use groma_addrs::Reference;
use groma_diag::{Diagnostic, Diagnostics, SourceRange};
use groma_hcl::{BodySchema, Traversal};

use crate::model::{Module, ModuleCall};
use crate::tree::{Config, ModuleNode};

impl Config {
    /// Checks the arguments of module calls, what `depends_on` names, and which provider
    /// configurations resources use.
    pub fn check_links(&self) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        for node in self.modules() {
            let module = &node.module;
            for call in module.module_calls.values() {
                depends_on(&call.depends_on, &mut diagnostics);
            }
            for resource in module.resources.values() {
                depends_on(&resource.depends_on, &mut diagnostics);
            }
            for output in module.outputs.values() {
                depends_on(&output.depends_on, &mut diagnostics);
            }
            if let Some(call) = self.call(&node.path) {
                arguments(call, module, &mut diagnostics);
            }
            if !module.is_broken() {
                self.missing_configs(node, &mut diagnostics);
            }
        }
        diagnostics
    }

    /// Reports resources that use an aliased configuration that nobody has.
    fn missing_configs(&self, node: &ModuleNode, diagnostics: &mut Diagnostics) {
        for resource in node.module.resources.values() {
            let Some(reference) = &resource.provider_ref else { continue };
            if reference.config.alias.is_none() {
                continue;
            }
            let resolved = self.provider_of(&node.path, resource).config;
            let alias = resolved.alias.as_deref();
            let exists = self.module(&resolved.module).is_some_and(|n| {
                n.module.is_broken() || n.module.has_provider_config(&resolved.provider, alias)
            });
            // What a module expects from its caller is reported there.
            let expected = (node.module.required_providers.values())
                .any(|r| r.configuration_aliases.contains(&reference.config));
            let missing_in = &resolved.module;
            if exists || alias.is_none() || (expected && *missing_in == node.path) {
                continue;
            }
            let prefix = match node.path.is_root() {
                true => String::new(),
                false => format!("{}.", node.path),
            };
            let detail = format!(
                "{prefix}{} uses the provider configuration {}, which stands for {resolved}, and \
                 there is no such configuration. Add a provider block with that alias, or, in a \
                 module, an entry in configuration_aliases for its caller to provide it.",
                resource.addr, reference.config,
            );
            diagnostics.push(
                Diagnostic::error("Provider configuration not present", detail)
                    .at(&reference.range),
            );
        }
    }
}

/// Reports required variables that a call does not set, and arguments that are no variables.
fn arguments(call: &ModuleCall, module: &Module, diagnostics: &mut Diagnostics) {
    let mut schema = module.variables.values().fold(BodySchema::new(), |schema, v| {
        let name = [v.name.clone()];
        match v.required() && !module.may_declare(&v.name) {
            true => schema.required(name),
            false => schema.optional(name),
        }
    });
    if module.is_broken() {
        let unread = |name: &groma_value::Str| {
            !module.variables.contains_key(name) && module.may_declare(name)
        };
        schema = schema.optional(call.config.just_attributes().0.into_keys().filter(unread));
    }
    diagnostics.extend(call.config.content(&schema).1);
}

/// Reports references in `depends_on` to what is not an object as a whole.
fn depends_on(traversals: &[Traversal], diagnostics: &mut Diagnostics) {
    for traversal in traversals {
        let Some(reference) = diagnostics.take(Reference::parse(traversal)) else { continue };
        if let [first, .., last] | [first @ last] = reference.remaining.as_slice() {
            let range = SourceRange::between(first.range(), last.range());
            let detail = "References in depends_on must be to a whole object (resource, etc), not \
                          to an attribute of an object.";
            diagnostics.push(Diagnostic::error("Invalid depends_on reference", detail).at(&range));
        }
    }
}
