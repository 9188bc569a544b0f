//! Resources and their instances.

use std::fmt;

use groma_value::Str;

use crate::{InstanceKey, Module, ModuleInstance};

/// What kind of resource it is. Data sources come first in every order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceMode {
    /// `data`
    Data,
    /// `resource`
    Managed,
    /// `ephemeral`
    Ephemeral,
}

/// A resource within a module.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Resource {
    /// Managed, data or ephemeral.
    pub mode: ResourceMode,
    /// The resource type, such as `aws_lb`.
    pub ty: Str,
    /// The name.
    pub name: Str,
}

impl Resource {
    /// A resource.
    pub fn new(mode: ResourceMode, ty: impl Into<Str>, name: impl Into<Str>) -> Resource {
        Resource { mode, ty: ty.into(), name: name.into() }
    }

    /// The local name of the provider that the type's name implies: all before the first `_`.
    pub fn implied_provider(&self) -> &str {
        self.ty.split_once('_').map_or(&*self.ty, |(prefix, _)| prefix)
    }

    /// The resource in a module instance.
    pub fn in_module(&self, module: &ModuleInstance) -> AbsResource {
        AbsResource { module: module.clone(), resource: self.clone() }
    }
}

/// `aws_lb.web`, `data.aws_ami.web`
impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mode {
            ResourceMode::Managed => {}
            ResourceMode::Data => f.write_str("data.")?,
            ResourceMode::Ephemeral => f.write_str("ephemeral.")?,
        }
        write!(f, "{}.{}", self.ty, self.name)
    }
}

/// A resource as written in a module.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConfigResource {
    /// The module.
    pub module: Module,
    /// The resource in it.
    pub resource: Resource,
}

impl fmt::Display for ConfigResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.module.is_root() {
            write!(f, "{}.", self.module)?;
        }
        self.resource.fmt(f)
    }
}

/// A resource in a module instance.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AbsResource {
    /// The module instance.
    pub module: ModuleInstance,
    /// The resource in it.
    pub resource: Resource,
}

impl AbsResource {
    /// One of its instances.
    pub fn instance(&self, key: InstanceKey) -> AbsResourceInstance {
        AbsResourceInstance { resource: self.clone(), key }
    }

    /// The resource that it is an expansion of.
    pub fn config(&self) -> ConfigResource {
        ConfigResource { module: self.module.module(), resource: self.resource.clone() }
    }
}

impl fmt::Display for AbsResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.module.is_root() {
            write!(f, "{}.", self.module)?;
        }
        self.resource.fmt(f)
    }
}

/// An instance of a resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AbsResourceInstance {
    /// The resource.
    pub resource: AbsResource,
    /// Which of its instances.
    pub key: InstanceKey,
}

impl AbsResourceInstance {
    /// The module instance that it is in.
    pub fn module(&self) -> &ModuleInstance {
        &self.resource.module
    }
}

impl fmt::Display for AbsResourceInstance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.resource, self.key)
    }
}

/// The name of an object of an instance that has been replaced and not destroyed yet: eight hex
/// digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeposedKey(pub Str);

impl fmt::Display for DeposedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An output value of a module instance.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AbsOutputValue {
    /// The module instance.
    pub module: ModuleInstance,
    /// The output's name.
    pub name: Str,
}

/// `output.x`, `module.a.output.x`
impl fmt::Display for AbsOutputValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.module.is_root() {
            write!(f, "{}.", self.module)?;
        }
        write!(f, "output.{}", self.name)
    }
}
