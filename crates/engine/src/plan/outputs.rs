//! Changes of the root module's output values.

use groma_addrs::{AbsOutputValue, ModuleInstance};
use groma_plan::{Action, Mode, OutputChange};
use groma_state::Output;
use groma_value::{Type, Value};

use super::Planner;

impl Planner {
    /// The changes of all root outputs, those that did not change included.
    pub(super) fn output_changes(&self) -> Vec<OutputChange> {
        let declared = &self.run.world.config.root.module.outputs;
        let mut changes: Vec<OutputChange> = Vec::new();
        let partial = !self.options.targets.is_empty() || !self.options.excludes.is_empty();
        if partial && self.options.mode == Mode::Destroy {
            return changes;
        }
        let root = self.run.world.root();
        let deferred = self.deferred_outputs();
        for (name, output) in declared {
            if output.ephemeral || deferred.contains(name) {
                continue;
            }
            let node = groma_plan::ConfigNode::Output(groma_addrs::Module::root(), name.clone());
            if self.graph.id(&node).is_none() {
                continue;
            }
            let before = self.stored.outputs.get(name);
            if before.is_none() && self.options.mode == Mode::Destroy {
                continue;
            }
            let after = match self.options.mode {
                Mode::Destroy => None,
                _ => root.output(name),
            };
            let sensitive = output.sensitive || before.is_some_and(|b| b.sensitive);
            let sensitivity_changes = before.is_some_and(|b| b.sensitive != output.sensitive);
            changes.push(change(
                name.clone(),
                before.map(|b| b.value.clone()),
                after,
                sensitive,
                sensitivity_changes,
            ));
        }
        if !partial {
            for (name, before) in &self.stored.outputs {
                if !declared.contains_key(name) {
                    let value = Some(before.value.clone());
                    changes.push(change(name.clone(), value, None, before.sensitive, false));
                }
            }
        }
        changes.sort_by(|a, b| a.addr.cmp(&b.addr));
        changes
    }
}

impl Planner {
    /// Puts what the outputs are known to become into the refreshed state, as others of the
    /// family do: a plan's prior state tells them.
    pub(super) fn note_outputs(&self, outputs: &[OutputChange]) {
        if self.options.mode == Mode::Destroy {
            return;
        }
        self.refreshed.change(|state| {
            for output in outputs {
                let (name, value) = (output.addr.name.clone(), output.after.clone());
                if output.action == Action::Delete {
                    // It is gone when the plan is applied.
                } else if value.is_null() {
                    state.outputs.remove(&name);
                } else if value.is_wholly_known() {
                    let sensitive = output.sensitive;
                    state.outputs.insert(name, Output { value, sensitive });
                }
            }
        });
    }
}

fn change(
    name: groma_value::Str,
    before: Option<Value>,
    after: Option<Value>,
    sensitive: bool,
    sensitivity_changes: bool,
) -> OutputChange {
    let plain = |v: Option<Value>| v.map(|v| v.unmark_deep().0);
    let existed = before.is_some();
    let before = before.unwrap_or_else(|| Value::null(Type::Dynamic));
    let removed = after.is_none();
    let after = plain(after).unwrap_or_else(|| Value::null(Type::Dynamic));
    let action = if removed && existed {
        Action::Delete
    } else if removed {
        Action::NoOp
    } else if !existed {
        if after.is_null() { Action::NoOp } else { Action::Create }
    } else if before == after && !sensitivity_changes {
        Action::NoOp
    } else {
        Action::Update
    };
    let addr = AbsOutputValue { module: ModuleInstance::root(), name };
    OutputChange { addr, action, before, after, sensitive }
}
