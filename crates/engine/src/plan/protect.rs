//! Objects that must not be destroyed: `prevent_destroy`, which need not be a constant.

use groma_addrs::AbsResourceInstance;
use groma_config::Resource;
use groma_diag::{Diagnostic, Diagnostics};
use groma_hcl::{Expression, Nothing, evaluate};
use groma_plan::{Action, InstanceChange};
use groma_value::{Type, convert};

use super::Planner;
use crate::world::ModuleScope;

impl Planner {
    /// Reports a change that destroys an object which must not be.
    pub(super) fn guard(
        &self,
        resource: &Resource,
        change: &InstanceChange,
        diagnostics: &mut Diagnostics,
    ) {
        let Some(expression) = &resource.lifecycle.prevent_destroy else { return };
        let destroys = matches!(
            change.change.action,
            Action::Delete | Action::DeleteThenCreate | Action::CreateThenDelete
        );
        if !destroys {
            return;
        }
        match self.prevents_destroy(expression, &change.addr) {
            Ok(true) => diagnostics.push(prevented(resource, &change.addr)),
            Ok(false) => {}
            Err(found) => diagnostics.extend(found),
        }
    }

    fn prevents_destroy(
        &self,
        expression: &Expression,
        addr: &AbsResourceInstance,
    ) -> Result<bool, Diagnostics> {
        let world = &self.run.world;
        let (value, found) = match world.module(addr.module()) {
            Some(module) => evaluate(expression, &ModuleScope::new(world, &module)),
            None if expression.variables().is_empty() => evaluate(expression, &Nothing),
            None => {
                let why = "cannot be evaluated, since its module instance is not in the configuration any more: set prevent_destroy to a constant first";
                return Err(invalid(expression, addr, why));
            }
        };
        if found.has_errors() {
            return Err(found);
        }
        let (value, marks) = value.unmark();
        let wrong = |why: &str| Err(invalid(expression, addr, why));
        if marks.is_sensitive() {
            return wrong(
                "is sensitive, and whether the object may be destroyed would tell it. If it is no secret, say so with the function nonsensitive",
            );
        }
        if marks.is_ephemeral() {
            return wrong("is ephemeral, and may be another when the plan is applied");
        }
        let value = match convert(&value, &Type::Bool) {
            Ok(value) => value,
            Err(error) => return wrong(&format!("does not fit: {error}")),
        };
        if value.is_null() {
            return wrong("is null. To allow the destruction, use false");
        }
        value.as_bool().map_or_else(
            || {
                wrong(&format!(
                    "is known only after apply. To go on without this resource, use:\n    -exclude={:?}",
                    addr.resource.to_string()
                ))
            },
            Ok,
        )
    }
}

fn invalid(expression: &Expression, addr: &AbsResourceInstance, why: &str) -> Diagnostics {
    let detail = format!(
        "The plan calls for {addr} to be destroyed, but the value of its prevent_destroy argument {why}."
    );
    let diagnostic = Diagnostic::error("Invalid value for prevent_destroy", detail);
    diagnostic.at(expression.range()).into()
}

/// The error for an object that must not be destroyed.
fn prevented(resource: &Resource, addr: &AbsResourceInstance) -> Diagnostic {
    let detail = format!(
        "Resource {addr} has lifecycle.prevent_destroy set, but the plan calls for this resource to be destroyed. To avoid this error and continue with the plan, either disable lifecycle.prevent_destroy or reduce the scope of the plan using the -target option."
    );
    Diagnostic::error("Instance cannot be destroyed", detail).at(&resource.decl_range)
}
