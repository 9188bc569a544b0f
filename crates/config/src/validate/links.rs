//! What modules and blocks say of each other: arguments of calls, and `depends_on`.
//!
//! None of it need be right for a configuration to be installed, so that loading does not ask.

use groma_addrs::Reference;
use groma_diag::{Diagnostic, Diagnostics, SourceRange};
use groma_hcl::{BodySchema, Traversal};

use crate::model::{Module, ModuleCall};
use crate::tree::Config;

impl Config {
    /// Checks the arguments of module calls, and what `depends_on` names.
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
        }
        diagnostics
    }
}

/// Reports required variables that a call does not set, and arguments that are no variables.
fn arguments(call: &ModuleCall, module: &Module, diagnostics: &mut Diagnostics) {
    let schema = module.variables.values().fold(BodySchema::new(), |schema, v| {
        let name = [v.name.clone()];
        if v.required() { schema.required(name) } else { schema.optional(name) }
    });
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
