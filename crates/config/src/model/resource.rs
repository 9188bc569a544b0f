//! Resources of all three modes.

use groma_addrs::{self as addrs, LocalProviderConfig, Provider, ResourceMode};
use groma_diag::SourceRange;
use groma_hcl::{Body, Expression, Traversal};
use groma_value::Str;

use super::{ActionTrigger, ProviderRef};

/// A `resource`, `data` or `ephemeral` block.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Mode, type and name.
    pub addr: addrs::Resource,
    /// The `provider` argument.
    pub provider_ref: Option<ProviderRef>,
    /// The provider that the resource type belongs to.
    pub provider: Provider,
    /// What is for the provider: the body without the meta-arguments.
    pub config: Body,
    /// `count`
    pub count: Option<Expression>,
    /// `for_each`
    pub for_each: Option<Expression>,
    /// `lifecycle { enabled }`
    pub enabled: Option<Expression>,
    /// `depends_on`
    pub depends_on: Vec<Traversal>,
    /// The `lifecycle` block, or its defaults.
    pub lifecycle: Lifecycle,
    /// `lifecycle { precondition }`
    pub preconditions: Vec<CheckRule>,
    /// `lifecycle { postcondition }`
    pub postconditions: Vec<CheckRule>,
    /// The `connection` block for all provisioners.
    pub connection: Option<Connection>,
    /// The `provisioner` blocks in order.
    pub provisioners: Vec<Provisioner>,
    /// For a data source inside a `check` block: the name of that block.
    pub check: Option<Str>,
    /// The block's type and labels.
    pub decl_range: SourceRange,
    /// The label with the resource type.
    pub type_range: SourceRange,
}

impl Resource {
    /// Managed, data or ephemeral.
    pub fn mode(&self) -> ResourceMode {
        self.addr.mode
    }

    /// The provider configuration as the module calls it: what the `provider` argument says, or
    /// what the type's name implies.
    pub fn provider_config(&self) -> LocalProviderConfig {
        match &self.provider_ref {
            Some(reference) => reference.config.clone(),
            None => {
                LocalProviderConfig { local_name: self.addr.implied_provider().into(), alias: None }
            }
        }
    }

    /// Whether it may have more or fewer instances than the one without a key.
    pub fn is_repeated(&self) -> bool {
        self.count.is_some() || self.for_each.is_some() || self.enabled.is_some()
    }
}

/// The arguments of a `lifecycle` block.
#[derive(Clone, Debug, Default)]
pub struct Lifecycle {
    /// `create_before_destroy`; `None` where it is not set.
    pub create_before_destroy: Option<bool>,
    /// `prevent_destroy`
    pub prevent_destroy: Option<Expression>,
    /// `destroy`: whether the object is destroyed or only forgotten; `None` where it is not set.
    pub destroy: Option<bool>,
    /// `ignore_changes`
    pub ignore_changes: IgnoreChanges,
    /// `replace_triggered_by`, each a reference to a resource, an instance or an attribute.
    pub replace_triggered_by: Vec<Expression>,
    /// The `action_trigger` blocks.
    pub action_triggers: Vec<ActionTrigger>,
    /// Where the block stands, if there is one.
    pub range: Option<SourceRange>,
}

impl Lifecycle {
    /// Whether objects are forgotten where they would be destroyed.
    pub fn keeps_objects(&self) -> bool {
        self.destroy == Some(false)
    }
}

/// What `ignore_changes` says.
#[derive(Clone, Debug)]
pub enum IgnoreChanges {
    /// `all`
    All,
    /// These attributes, each relative to the resource: the root is an attribute's name.
    Attributes(Vec<Traversal>),
}

impl Default for IgnoreChanges {
    fn default() -> Self {
        IgnoreChanges::Attributes(Vec::new())
    }
}

impl IgnoreChanges {
    /// Whether nothing is ignored.
    pub fn is_none(&self) -> bool {
        matches!(self, IgnoreChanges::Attributes(list) if list.is_empty())
    }
}

/// A condition and what is said where it does not hold.
#[derive(Clone, Debug)]
pub struct CheckRule {
    /// The condition.
    pub condition: Expression,
    /// The message.
    pub error_message: Expression,
    /// The block's type.
    pub range: SourceRange,
}

/// A `connection` block.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Its arguments.
    pub config: Body,
    /// The block's type.
    pub range: SourceRange,
}

/// A `provisioner` block.
#[derive(Clone, Debug)]
pub struct Provisioner {
    /// `local-exec`, `remote-exec`, `file`, …
    pub kind: Str,
    /// Its arguments without the meta-arguments.
    pub config: Body,
    /// Its own `connection` block.
    pub connection: Option<Connection>,
    /// `when`
    pub when: ProvisionerWhen,
    /// `on_failure`
    pub on_failure: OnFailure,
    /// The block's type and label.
    pub range: SourceRange,
    /// The label.
    pub kind_range: SourceRange,
}

/// When a provisioner runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProvisionerWhen {
    /// After creation.
    #[default]
    Create,
    /// Before destruction.
    Destroy,
}

/// What follows from a provisioner's failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFailure {
    /// The resource's operation fails.
    #[default]
    Fail,
    /// Nothing.
    Continue,
}
