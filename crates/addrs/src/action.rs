//! Actions: what a provider can do beside managing objects.

use std::fmt;

use groma_value::Str;

use crate::{InstanceKey, Module, ModuleInstance};

/// An action within its module: `action.TYPE.NAME`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Action {
    /// The type, which a provider offers.
    pub ty: Str,
    /// The name.
    pub name: Str,
}

/// An action in the configuration: in a module, whatever instances that has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConfigAction {
    /// The module.
    pub module: Module,
    /// The action in it.
    pub action: Action,
}

/// An instance of an action in an instance of a module.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AbsActionInstance {
    /// The module instance.
    pub module: ModuleInstance,
    /// The action in it.
    pub action: Action,
    /// Which instance of the action.
    pub key: InstanceKey,
}

impl Action {
    /// The local name of the provider that the type belongs to, if the configuration does not say.
    pub fn implied_provider(&self) -> &str {
        self.ty.split('_').next().unwrap_or(&self.ty)
    }
}

impl AbsActionInstance {
    /// The action in the configuration.
    pub fn config(&self) -> ConfigAction {
        ConfigAction { module: self.module.module(), action: self.action.clone() }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "action.{}.{}", self.ty, self.name)
    }
}

impl fmt::Display for ConfigAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.module.is_root() {
            true => self.action.fmt(f),
            false => write!(f, "{}.{}", self.module, self.action),
        }
    }
}

impl fmt::Display for AbsActionInstance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.module.is_root() {
            true => write!(f, "{}{}", self.action, self.key),
            false => write!(f, "{}.{}{}", self.module, self.action, self.key),
        }
    }
}

/// What may trigger an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActionEvent {
    /// An object is about to be created.
    BeforeCreate,
    /// An object has been created.
    AfterCreate,
    /// An object is about to be changed.
    BeforeUpdate,
    /// An object has been changed.
    AfterUpdate,
    /// An object is about to be destroyed.
    BeforeDestroy,
    /// An object has been destroyed.
    AfterDestroy,
}

impl ActionEvent {
    /// All events.
    pub const ALL: [ActionEvent; 6] = [
        ActionEvent::BeforeCreate,
        ActionEvent::AfterCreate,
        ActionEvent::BeforeUpdate,
        ActionEvent::AfterUpdate,
        ActionEvent::BeforeDestroy,
        ActionEvent::AfterDestroy,
    ];

    /// The name in the language.
    pub fn as_str(self) -> &'static str {
        match self {
            ActionEvent::BeforeCreate => "before_create",
            ActionEvent::AfterCreate => "after_create",
            ActionEvent::BeforeUpdate => "before_update",
            ActionEvent::AfterUpdate => "after_update",
            ActionEvent::BeforeDestroy => "before_destroy",
            ActionEvent::AfterDestroy => "after_destroy",
        }
    }

    /// Whether it comes before what it is about.
    pub fn is_before(self) -> bool {
        matches!(
            self,
            ActionEvent::BeforeCreate | ActionEvent::BeforeUpdate | ActionEvent::BeforeDestroy
        )
    }

    /// Whether it is about an object's end.
    pub fn is_destroy(self) -> bool {
        matches!(self, ActionEvent::BeforeDestroy | ActionEvent::AfterDestroy)
    }
}
