//! Actions, what triggers them, and lists of objects.

use groma_addrs::{self as addrs, ActionEvent, LocalProviderConfig, Provider};
use groma_diag::SourceRange;
use groma_hcl::{Body, Expression};
use groma_value::Str;

use super::ProviderRef;

/// An `action` block.
#[derive(Clone, Debug)]
pub struct Action {
    /// Type and name.
    pub addr: addrs::Action,
    /// The `provider` argument.
    pub provider_ref: Option<ProviderRef>,
    /// The provider that the type belongs to.
    pub provider: Provider,
    /// The `config` block; an empty body where there is none.
    pub config: Body,
    /// `count`
    pub count: Option<Expression>,
    /// `for_each`
    pub for_each: Option<Expression>,
    /// The block's type and labels.
    pub decl_range: SourceRange,
    /// The label with the type.
    pub type_range: SourceRange,
}

impl Action {
    /// The provider configuration as the module calls it.
    pub fn provider_config(&self) -> LocalProviderConfig {
        local(self.provider_ref.as_ref(), self.addr.implied_provider())
    }
}

/// A `list` block of a query file.
#[derive(Clone, Debug)]
pub struct List {
    /// The resource type.
    pub ty: Str,
    /// The name.
    pub name: Str,
    /// The `provider` argument.
    pub provider_ref: Option<ProviderRef>,
    /// The provider that the type belongs to.
    pub provider: Provider,
    /// The `config` block; an empty body where there is none.
    pub config: Body,
    /// `include_resource`
    pub include_resource: Option<Expression>,
    /// `limit`
    pub limit: Option<Expression>,
    /// `count`
    pub count: Option<Expression>,
    /// `for_each`
    pub for_each: Option<Expression>,
    /// The block's type and labels.
    pub decl_range: SourceRange,
    /// The label with the type.
    pub type_range: SourceRange,
}

impl List {
    /// The provider configuration as the module calls it.
    pub fn provider_config(&self) -> LocalProviderConfig {
        let implied = self.ty.split('_').next().unwrap_or(&self.ty);
        local(self.provider_ref.as_ref(), implied)
    }
}

fn local(reference: Option<&ProviderRef>, implied: &str) -> LocalProviderConfig {
    match reference {
        Some(reference) => reference.config.clone(),
        None => LocalProviderConfig { local_name: implied.into(), alias: None },
    }
}

/// An `action_trigger` block of a resource.
#[derive(Clone, Debug)]
pub struct ActionTrigger {
    /// `events`
    pub events: Vec<ActionEvent>,
    /// `condition`
    pub condition: Option<Expression>,
    /// `actions`, in the order in which they are invoked.
    pub actions: Vec<ActionRef>,
    /// `on_failure`
    pub on_failure: ActionFailure,
    /// The block's type.
    pub range: SourceRange,
}

/// What becomes of an apply if an action fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ActionFailure {
    /// It stops.
    #[default]
    Halt,
    /// It goes on.
    Continue,
    /// It stops, and the object is tainted.
    Taint,
}

/// A reference to an action.
#[derive(Clone, Debug)]
pub struct ActionRef {
    /// The action.
    pub action: addrs::Action,
    /// The key of the instance, where one is written.
    pub key: Option<Expression>,
    /// Where it is written.
    pub range: SourceRange,
}
