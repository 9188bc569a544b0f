//! What the names in an expression stand for.

use std::sync::Arc;

use groma_addrs::{InstanceKey, ProviderFunction, Resource, ResourceMode};
use groma_diag::{Diagnostic, Diagnostics, SourceRange};
use groma_hcl::{Function, Resolved, Scope, Step, nearest_name};
use groma_value::{Mark, Type, Value};

use super::{Expansion, ModuleData, Repetition, ResourceData, World};

/// The names within a module instance, and within one of its repeated blocks.
pub(crate) struct ModuleScope<'a> {
    pub(crate) world: &'a World,
    pub(crate) module: &'a ModuleData,
    /// What `count` and `each` are.
    pub(crate) repetition: Option<&'a Repetition>,
    /// What `self` is.
    pub(crate) self_value: Option<&'a Value>,
    /// An instance whose value is to be taken as `self_value` although it is not there yet: that
    /// whose postconditions are being evaluated.
    pub(crate) own: Option<(&'a Resource, &'a InstanceKey)>,
}

impl<'a> ModuleScope<'a> {
    /// The names within a module instance, outside of repeated blocks.
    pub(crate) fn new(world: &'a World, module: &'a ModuleData) -> ModuleScope<'a> {
        ModuleScope { world, module, repetition: None, self_value: None, own: None }
    }

    /// Those within a repeated block.
    pub(crate) fn repeated(
        world: &'a World,
        module: &'a ModuleData,
        repetition: &'a Repetition,
    ) -> ModuleScope<'a> {
        ModuleScope { repetition: Some(repetition), ..ModuleScope::new(world, module) }
    }

    fn resource(
        &self,
        resource: &Resource,
        rest: &[Step<'_>],
        range: &SourceRange,
    ) -> Result<(Value, usize), Diagnostics> {
        let Some(data) = self.module.resource(resource) else {
            // Not evaluated in this run: the static check has seen to it that it is declared.
            let unknown = Value::unknown(Type::Dynamic);
            return Ok(match resource.mode {
                ResourceMode::Ephemeral => (unknown.marked(Mark::Ephemeral), 0),
                _ => (unknown, 0),
            });
        };
        let at = |key: &InstanceKey| -> Option<Value> {
            if let (Some((own, own_key)), Some(value)) = (self.own, self.self_value)
                && own == resource
                && own_key == key
            {
                return Some(value.clone());
            }
            data.instance(key)
        };
        match (&data.expansion, rest.first()) {
            (Expansion::Single, _) => {
                let value = at(&InstanceKey::None);
                Ok((value.unwrap_or_else(|| data.unknown()), 0))
            }
            (Expansion::Disabled, _) => Ok((Value::NULL, 0)),
            (Expansion::Unknown(_), Some(Step::Index { .. })) => Ok((data.unknown(), 1)),
            (Expansion::Unknown(_), _) => Ok((data.marked(Value::unknown(Type::Dynamic)), 0)),
            (_, Some(Step::Index { key, range: key_range })) => {
                self.indexed(resource, &data, key, key_range, &at)
            }
            (
                Expansion::Count(_) | Expansion::ForEach(_),
                Some(Step::Attr { name, range: attr }),
            ) => Err(missing_key(resource, &data.expansion, name, range, attr)),
            (_, None) if self.own.is_some() => Ok((data.expansion.gather(at), 0)),
            (_, None) => Ok((data.whole(), 0)),
        }
    }

    fn indexed(
        &self,
        resource: &Resource,
        data: &Arc<ResourceData>,
        key: &Value,
        range: &SourceRange,
        at: &dyn Fn(&InstanceKey) -> Option<Value>,
    ) -> Result<(Value, usize), Diagnostics> {
        let (key, marks) = Value::clone(key).unmark();
        if !key.is_known() {
            return Ok((data.unknown().with_marks(&marks), 1));
        }
        let number = matches!(data.expansion, Expansion::Count(_));
        // As with any index: a number in a string is a number, and the other way round.
        let found =
            match groma_value::convert(&key, if number { &Type::Number } else { &Type::String }) {
                Ok(key) => InstanceKey::from_value(&key),
                Err(_) => None,
            };
        if let Some(value) = found.as_ref().and_then(at) {
            return Ok((value.with_marks(&marks), 1));
        }
        let detail = match &data.expansion {
            Expansion::Count(0) => format!(
                "The given key does not identify an element in this collection value: {resource} has no instances."
            ),
            Expansion::Count(count) => format!(
                "The given key does not identify an element in this collection value: {resource} has instances 0 to {}.",
                count - 1
            ),
            _ => format!(
                "The given key does not identify an element in this collection value: {resource} has no instance of that key."
            ),
        };
        Err(Diagnostic::error("Invalid index", detail).at(range).into())
    }

    /// `module.name`: its instances' outputs.
    fn call(&self, name: &str, rest: &[Step<'_>]) -> Result<(Value, usize), Diagnostics> {
        let Some(call) = self.module.call(name) else {
            return Ok((Value::unknown(Type::Dynamic), 0));
        };
        let output = |data: &ModuleData, rest: &[Step<'_>], taken: usize| match rest.first() {
            Some(Step::Attr { name, .. }) if data.node.module.outputs.contains_key(&***name) => {
                (data.output(name).unwrap_or_else(|| Value::unknown(Type::Dynamic)), taken + 1)
            }
            _ => (data.outputs_object(), taken),
        };
        match (&call.expansion, rest.first()) {
            (Expansion::Single, _) => match call.instances.get(&InstanceKey::None) {
                Some(data) => Ok(output(data, rest, 0)),
                None => Ok((Value::unknown(Type::Dynamic), 0)),
            },
            (Expansion::Disabled, _) => Ok((Value::NULL, 0)),
            (Expansion::Unknown(_), _) => Ok((Value::unknown(Type::Dynamic), 0)),
            (_, Some(Step::Index { key, range })) => {
                let (key, marks) = Value::clone(key).unmark();
                if !key.is_known() {
                    return Ok((Value::unknown(Type::Dynamic).with_marks(&marks), 1));
                }
                let data = InstanceKey::from_value(&key).and_then(|k| call.instances.get(&k));
                match data {
                    Some(data) => {
                        let (value, taken) = output(data, &rest[1..], 1);
                        Ok((value.with_marks(&marks), taken))
                    }
                    None => {
                        let detail = format!(
                            "The given key does not identify an element in this collection value: module.{name} has no instance of that key."
                        );
                        Err(Diagnostic::error("Invalid index", detail).at(range).into())
                    }
                }
            }
            _ => {
                let whole = call
                    .expansion
                    .gather(|key| call.instances.get(key).map(|data| data.outputs_object()));
                Ok((whole, 0))
            }
        }
    }

    pub(crate) fn repetition_attr(
        &self,
        root: &str,
        attr: &str,
        range: &SourceRange,
    ) -> Result<Value, Diagnostics> {
        let repetition = self.repetition;
        let found = match (root, attr) {
            ("count", "index") => repetition.and_then(|r| r.count_index.clone()),
            ("each", "key") => repetition.and_then(|r| r.each.as_ref()).map(|e| e.0.clone()),
            ("each", "value") => repetition.and_then(|r| r.each.as_ref()).map(|e| e.1.clone()),
            _ => {
                let detail = match root {
                    "count" => format!(
                        "The \"count\" object does not have an attribute named {attr:?}. The only supported attribute is count.index, which is the index of each instance of a resource block that has the \"count\" argument set."
                    ),
                    _ => format!(
                        "The \"each\" object does not have an attribute named {attr:?}. The supported attributes are each.key and each.value, the current key and value pair of the \"for_each\" attribute set."
                    ),
                };
                let what = if root == "count" {
                    "Invalid \"count\" attribute"
                } else {
                    "Invalid \"each\" attribute"
                };
                return Err(Diagnostic::error(what, detail).at(range).into());
            }
        };
        found.ok_or_else(|| {
            let summary = match root {
                "count" => "Reference to \"count\" in non-counted context",
                _ => "Reference to \"each\" in context without for_each",
            };
            let detail = format!("The {root:?} object can only be used where the block around it has the matching meta-argument.");
            Diagnostic::error(summary, detail).at(range).into()
        })
    }

    pub(crate) fn path(&self, attr: &str, range: &SourceRange) -> Result<Value, Diagnostics> {
        match attr {
            "cwd" => Ok(Value::from(self.world.paths.cwd.as_str())),
            "root" => Ok(Value::from(self.world.paths.root.as_str())),
            "module" => Ok(Value::string(self.module.node.source_dir().clone())),
            _ => {
                let hint = match nearest_name(attr, ["cwd", "module", "root"]) {
                    Some(near) => format!(" Did you mean {near:?}?"),
                    None => String::new(),
                };
                let detail = format!(
                    "The \"path\" object does not have an attribute named {attr:?}.{hint} The supported attributes are path.cwd, path.module and path.root."
                );
                Err(Diagnostic::error("Invalid \"path\" attribute", detail).at(range).into())
            }
        }
    }

    pub(crate) fn engine(&self, attr: &str, range: &SourceRange) -> Result<Value, Diagnostics> {
        match attr {
            "workspace" => Ok(Value::from(self.world.workspace.as_str())),
            "applying" => Ok(Value::from(self.world.applying).marked(Mark::Ephemeral)),
            "env" => {
                let detail = "The terraform.env attribute was deprecated in v0.10 and removed in v0.12. The \"state environment\" concept was renamed to \"workspace\" in v0.12, and so the workspace name can now be accessed using the terraform.workspace attribute.";
                Err(Diagnostic::error("Invalid \"terraform\" attribute", detail).at(range).into())
            }
            _ => {
                let detail = format!(
                    "The \"terraform\" object does not have an attribute named {attr:?}. The only supported attributes are terraform.workspace, the name of the currently-selected workspace, and terraform.applying, a boolean which is true only during apply."
                );
                Err(Diagnostic::error("Invalid \"terraform\" attribute", detail).at(range).into())
            }
        }
    }
}

fn missing_key(
    resource: &Resource,
    expansion: &Expansion,
    attr: &str,
    range: &SourceRange,
    attr_range: &SourceRange,
) -> Diagnostics {
    let (argument, example) = match expansion {
        Expansion::Count(_) => ("count", format!("{resource}[count.index]")),
        _ => ("for_each", format!("{resource}[each.key]")),
    };
    let detail = format!(
        "Because {resource} has {argument:?} set, its attributes must be accessed on specific instances.\n\nFor example, to correlate with indices of a referring resource, use:\n    {example}"
    );
    let _ = attr;
    let range = SourceRange::between(range, attr_range);
    Diagnostic::error("Missing resource instance key", detail).at(&range).into()
}

/// The name in an attribute step.
fn attr<'s>(step: Option<&Step<'s>>) -> Option<&'s str> {
    match step {
        Some(Step::Attr { name, .. }) => Some(name),
        _ => None,
    }
}

impl Scope for ModuleScope<'_> {
    fn resolve(
        &self,
        root: &str,
        steps: &[Step<'_>],
        range: &SourceRange,
    ) -> Result<Resolved, Diagnostics> {
        let resolved = |value: Value, consumed: usize| Ok(Resolved { value, consumed });
        let first = attr(steps.first());
        let undefined = || Value::unknown(Type::Dynamic);
        match (root, first) {
            ("var", Some(name)) => {
                resolved(self.module.variable(name).unwrap_or_else(undefined), 1)
            }
            ("local", Some(name)) => {
                resolved(self.module.local(name).unwrap_or_else(undefined), 1)
            }
            ("module", Some(name)) => {
                let (value, taken) = self.call(name, &steps[1..])?;
                resolved(value, taken + 1)
            }
            ("count" | "each", Some(name)) => resolved(self.repetition_attr(root, name, range)?, 1),
            ("path", Some(name)) => resolved(self.path(name, range)?, 1),
            ("terraform" | "tofu", Some(name)) => resolved(self.engine(name, range)?, 1),
            ("self", _) => match self.self_value {
                Some(value) => resolved(value.clone(), 0),
                None => Err(Diagnostic::error("Invalid \"self\" reference", "The \"self\" object is not available in this context. This object can be used only in resource provisioner, connection, and postcondition blocks.").at(range).into()),
            },
            _ => {
                let (mode, skip) = match root {
                    "data" => (ResourceMode::Data, 1),
                    "ephemeral" => (ResourceMode::Ephemeral, 1),
                    "resource" => (ResourceMode::Managed, 1),
                    _ => (ResourceMode::Managed, 0),
                };
                let ty = if skip == 1 { first } else { Some(root) };
                let (Some(ty), Some(name)) = (ty, attr(steps.get(skip))) else {
                    let detail = "A reference to a resource type must be followed by at least one attribute access, specifying the resource name.";
                    return Err(Diagnostic::error("Invalid reference", detail).at(range).into());
                };
                let resource = Resource::new(mode, ty, name);
                let taken = skip + 1;
                let (value, more) = self.resource(&resource, &steps[taken..], range)?;
                resolved(value, taken + more)
            }
        }
    }

    fn function(&self, name: &str) -> Option<Arc<dyn Function>> {
        self.world
            .functions
            .get(name)
            .or_else(|| self.world.provider_functions.get()?.find(&self.module.node.module, name))
    }

    fn function_names(&self) -> Vec<String> {
        let mut names = self.world.functions.names();
        if let Some(functions) = self.world.provider_functions.get() {
            names.extend(functions.names(&self.module.node.module));
        }
        names
    }

    fn missing_function(&self, name: &str) -> Option<String> {
        ProviderFunction::why_missing(name)
    }
}
