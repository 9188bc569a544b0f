//! The configurations of provisioners: evaluated, checked, and the names that they may use.

use std::sync::{Arc, LazyLock};

use groma_addrs::{InstanceKey, ModuleInstance};
use groma_config::{Connection, Provisioner as Written};
use groma_diag::{Diagnostic, Diagnostics};
use groma_hcl::{Body, Scope, nearest_name};
use groma_provider::{Provisioner, Provisioners, connection_schema};
use groma_value::{Type, Value};

use crate::world::{ModuleData, ModuleScope, Repetition, World};

/// A provisioner's configuration, evaluated.
pub(crate) struct Prepared {
    /// Its arguments.
    pub(crate) config: Value,
    /// How to reach the machine; null if nothing is said of it.
    pub(crate) connection: Value,
}

/// What a `connection` block says: its own arguments over those of the block around it.
fn connection_body(outer: Option<&Connection>, own: Option<&Connection>) -> Option<Body> {
    match (outer, own) {
        (Some(outer), Some(own)) => Some(Body::overlay(outer.config.clone(), own.config.clone())),
        (outer, own) => own.or(outer).map(|connection| connection.config.clone()),
    }
}

/// Evaluates a provisioner's configuration; `None` if there are errors. `outer` is the connection
/// of the block around it.
pub(crate) fn prepare(
    provisioner: &dyn Provisioner,
    written: &Written,
    outer: Option<&Connection>,
    scope: &dyn Scope,
    diagnostics: &mut Diagnostics,
) -> Option<Prepared> {
    let (config, found) = groma_schema::decode(&written.config, provisioner.schema(), scope);
    let mut failed = found.has_errors();
    diagnostics.extend(found);
    let connection = match connection_body(outer, written.connection.as_ref()) {
        Some(body) => {
            let (connection, found) = groma_schema::decode(&body, connection_schema(), scope);
            failed |= found.has_errors();
            diagnostics.extend(found);
            connection
        }
        None => Value::null(connection_schema().implied_type().clone()),
    };
    (!failed).then_some(Prepared { config, connection })
}

/// Checks the provisioners of a block whatever they will be run for.
pub(crate) fn check_all(
    provisioners: &Provisioners,
    written: &[Written],
    outer: Option<&Connection>,
    scope: &dyn Scope,
    diagnostics: &mut Diagnostics,
) {
    for written in written {
        let provisioner = match find(provisioners, written) {
            Ok(provisioner) => provisioner,
            Err(diagnostic) => {
                diagnostics.push(*diagnostic);
                continue;
            }
        };
        let prepared = prepare(&*provisioner, written, outer, scope, diagnostics);
        if let Some(prepared) = prepared {
            let found = provisioner.validate(&prepared.config.unmark_deep().0);
            diagnostics.extend(place(found, written));
        }
    }
}

/// The provisioner that a block asks for.
pub(crate) fn find(
    provisioners: &Provisioners,
    written: &Written,
) -> Result<Arc<dyn Provisioner>, Box<Diagnostic>> {
    provisioners.get(&written.kind).ok_or_else(|| {
        let kind = &*written.kind;
        let hint = match nearest_name(kind, provisioners.names().map(|n| &**n)) {
            Some(near) => format!(" Did you mean {near:?}?"),
            None => String::new(),
        };
        let names: Vec<&str> = provisioners.names().map(|name| &**name).collect();
        let detail = format!(
            "There is no provisioner {kind:?}. Those that are built in are {}; provisioners cannot be added by plugins.{hint}",
            names.join(", ")
        );
        Box::new(
            Diagnostic::error("Missing required provisioner plugin", detail)
                .at(&written.kind_range),
        )
    })
}

/// A provisioner's diagnostics, pinned to its block.
pub(crate) fn place(found: Diagnostics, written: &Written) -> Diagnostics {
    let range = written.config.missing_item_range();
    found
        .into_iter()
        .map(|d| Diagnostic { subject: d.subject.or_else(|| Some(range.clone())), ..d })
        .collect()
}

/// A module instance and one of its keys, of which there may be nothing any more: what destroy
/// provisioners may refer to is the object itself, its key, and what holds for the whole run.
pub(crate) struct Remains {
    module: ModuleData,
    repetition: Repetition,
}

impl Remains {
    /// Those of an instance in `module`. If the module is not in the configuration any more,
    /// `path.module` is that of the nearest one around it that is.
    pub(crate) fn new(world: &World, module: &ModuleInstance, key: &InstanceKey) -> Remains {
        let mut path = module.module();
        let node = loop {
            match (world.config.module_arc(&path), path.parent()) {
                (Some(node), _) => break node.clone(),
                (None, Some((parent, _))) => path = parent,
                (None, None) => break world.config.root.clone(),
            }
        };
        Remains {
            module: ModuleData::detached(module.clone(), node),
            repetition: Repetition::of_key(key),
        }
    }

    /// The names for whatever instance there may have been.
    pub(crate) fn anything<'a>(&'a self, world: &'a World, value: &'a Value) -> ModuleScope<'a> {
        static ANY: LazyLock<Repetition> = LazyLock::new(|| Repetition {
            count_index: Some(Value::unknown(Type::Number)),
            each: Some((Value::unknown(Type::String), Value::unknown(Type::Dynamic))),
        });
        ModuleScope { self_value: Some(value), ..ModuleScope::repeated(world, &self.module, &ANY) }
    }

    /// The names. `value` is what `self` is.
    pub(crate) fn scope<'a>(&'a self, world: &'a World, value: &'a Value) -> ModuleScope<'a> {
        ModuleScope {
            self_value: Some(value),
            ..ModuleScope::repeated(world, &self.module, &self.repetition)
        }
    }
}

impl Repetition {
    /// What is known of an instance by its key alone.
    fn of_key(key: &InstanceKey) -> Repetition {
        match key {
            InstanceKey::None | InstanceKey::Unknown => Repetition::default(),
            InstanceKey::Int(index) => {
                Repetition { count_index: Some(Value::number(*index)), each: None }
            }
            InstanceKey::String(key) => {
                let each = (Value::string(key.clone()), Value::unknown(Type::Dynamic));
                Repetition { count_index: None, each: Some(each) }
            }
        }
    }
}
