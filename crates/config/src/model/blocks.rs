//! Blocks that say what becomes of objects: moved, import, removed; and checks.

use std::sync::Arc;

use groma_addrs::{ConfigResource, Module, ModuleInstance, Provider, Target};
use groma_diag::SourceRange;
use groma_hcl::Expression;
use groma_value::Str;

use super::{CheckRule, Connection, ProviderRef, Provisioner, Resource};

/// A `moved` block.
#[derive(Clone, Debug)]
pub struct Moved {
    /// Where the objects were, relative to the module of the block.
    pub from: MovedTarget,
    /// Where they are now, relative to the module of the block.
    pub to: MovedTarget,
    /// The block's type.
    pub decl_range: SourceRange,
}

/// One of the two addresses of a `moved` block: a module, a resource or an instance.
#[derive(Clone, Debug)]
pub struct MovedTarget {
    /// The address. A module step without a key stands for the call as a whole.
    pub target: Target,
    /// Where it is written.
    pub range: SourceRange,
}

impl MovedTarget {
    /// Whether it is the address of a module.
    pub fn is_module(&self) -> bool {
        matches!(self.target, Target::Module(_))
    }
}

/// An `import` block.
#[derive(Clone, Debug)]
pub struct Import {
    /// What to import to.
    pub to: ImportTarget,
    /// `id`
    pub id: Option<Expression>,
    /// `identity`
    pub identity: Option<Expression>,
    /// `for_each`
    pub for_each: Option<Expression>,
    /// `provider`
    pub provider_ref: Option<ProviderRef>,
    /// The provider of the resource.
    pub provider: Provider,
    /// The block's type.
    pub decl_range: SourceRange,
}

/// The address of an `import` block. Keys may be expressions.
#[derive(Clone, Debug)]
pub struct ImportTarget {
    /// The resource that it leads to.
    pub resource: ConfigResource,
    /// The key of each module step, root first, where one is written.
    pub module_keys: Vec<Option<Expression>>,
    /// The key of the instance, where one is written.
    pub key: Option<Expression>,
    /// The address as a whole.
    pub expr: Expression,
}

impl ImportTarget {
    /// Where it is written.
    pub fn range(&self) -> &SourceRange {
        self.expr.range()
    }
}

/// A `removed` block.
#[derive(Clone, Debug)]
pub struct Removed {
    /// What has been removed, relative to the module of the block.
    pub from: RemovedTarget,
    /// Whether the objects are destroyed; if not, they are forgotten.
    pub destroy: bool,
    /// The `connection` block for all provisioners.
    pub connection: Option<Connection>,
    /// What to run before the objects are destroyed.
    pub provisioners: Vec<Provisioner>,
    /// Where `from` is written.
    pub from_range: SourceRange,
    /// The block's type.
    pub decl_range: SourceRange,
}

/// The address of a `removed` block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemovedTarget {
    /// Everything in a module.
    Module(Module),
    /// A resource.
    Resource(ConfigResource),
}

/// A `check` block.
#[derive(Clone, Debug)]
pub struct Check {
    /// The name.
    pub name: Str,
    /// The data source of its own. It is also among the module's resources.
    pub data_resource: Option<Arc<Resource>>,
    /// The `assert` blocks.
    pub asserts: Vec<CheckRule>,
    /// The block's type and label.
    pub decl_range: SourceRange,
}

impl MovedTarget {
    /// The module instance that the address is in (or is).
    pub fn module(&self) -> &ModuleInstance {
        match &self.target {
            Target::Module(module) => module,
            Target::Resource(resource) => &resource.module,
            Target::Instance(instance) => instance.module(),
        }
    }
}
