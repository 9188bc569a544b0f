//! The schemas of a provider as a whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use groma_diag::Diagnostics;
use groma_value::{Str, Type};

use crate::{Block, TextKind};

/// The schema of a resource type, data source, ephemeral resource type or provider configuration.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Schema {
    /// The version of the stored form (resource types only).
    pub version: i64,
    /// The block.
    pub block: Block,
    /// What identifies an object of a resource type, where the provider says.
    pub identity: Option<IdentitySchema>,
}

/// The identity of a resource type.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct IdentitySchema {
    /// The version of the stored form.
    pub version: i64,
    /// The attributes.
    pub attributes: BTreeMap<Str, IdentityAttribute>,
}

/// One attribute of an identity.
#[derive(Clone, Debug, PartialEq)]
pub struct IdentityAttribute {
    /// Its type.
    pub ty: Type,
    /// An import by identity must set it.
    pub required_for_import: bool,
    /// An import by identity may set it.
    pub optional_for_import: bool,
    /// What it is.
    pub description: String,
}

impl IdentitySchema {
    /// The object type of an identity.
    pub fn implied_type(&self) -> Type {
        Type::object(self.attributes.iter().map(|(n, a)| (n.clone(), a.ty.clone())))
    }
}

/// The signature of a function that a provider offers.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionSignature {
    /// The fixed parameters.
    pub parameters: Vec<FunctionParameter>,
    /// What takes all further arguments.
    pub variadic: Option<FunctionParameter>,
    /// The type of the result.
    pub return_type: Type,
    /// A short description.
    pub summary: String,
    /// A long description.
    pub description: String,
    /// How the description is written.
    pub description_kind: TextKind,
    /// The message for those who use it although it is deprecated; empty if it is not.
    pub deprecation_message: String,
}

/// A parameter of a function.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionParameter {
    /// Its name.
    pub name: Str,
    /// Its type.
    pub ty: Type,
    /// Whether null is let through.
    pub allow_null: bool,
    /// Whether unknown values are let through.
    pub allow_unknown: bool,
    /// What it is.
    pub description: String,
    /// How the description is written.
    pub description_kind: TextKind,
}

/// What a provider says that it can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct ServerCapabilities {
    /// It must be asked to plan destruction too.
    pub plan_destroy: bool,
    /// It works without having been asked for its schema.
    pub get_provider_schema_optional: bool,
    /// It can move state from other resource types.
    pub move_resource_state: bool,
    /// It can generate configuration for an imported resource.
    pub generate_resource_config: bool,
}

/// The schemas of one provider. Looking one up may decode it from a cache: it costs no more than
/// that one schema.
pub trait ProviderSchemas: Send + Sync {
    /// The schema of the provider's own configuration.
    fn provider(&self) -> Result<Arc<Schema>, Diagnostics>;
    /// The schema of a module's metadata for the provider, if it takes any.
    fn provider_meta(&self) -> Result<Option<Arc<Schema>>, Diagnostics>;
    /// The schema of a managed resource type; `None` if there is no such type.
    fn resource_type(&self, name: &str) -> Result<Option<Arc<Schema>>, Diagnostics>;
    /// The schema of a data source.
    fn data_source(&self, name: &str) -> Result<Option<Arc<Schema>>, Diagnostics>;
    /// The schema of an ephemeral resource type.
    fn ephemeral_resource_type(&self, name: &str) -> Result<Option<Arc<Schema>>, Diagnostics>;
    /// The functions by name.
    fn functions(&self) -> Result<Arc<BTreeMap<Str, FunctionSignature>>, Diagnostics>;
    /// The names of all managed resource types.
    fn resource_type_names(&self) -> Vec<Str>;
    /// The names of all data sources.
    fn data_source_names(&self) -> Vec<Str>;
    /// The names of all ephemeral resource types.
    fn ephemeral_resource_type_names(&self) -> Vec<Str>;
    /// The schema of a type of actions.
    fn action_type(&self, name: &str) -> Result<Option<Arc<Schema>>, Diagnostics> {
        let _ = name;
        Ok(None)
    }
    /// The schema by which objects of a resource type are listed.
    fn list_resource_type(&self, name: &str) -> Result<Option<Arc<Schema>>, Diagnostics> {
        let _ = name;
        Ok(None)
    }
    /// The names of all types of actions.
    fn action_type_names(&self) -> Vec<Str> {
        Vec::new()
    }
    /// The names of all resource types whose objects can be listed.
    fn list_resource_type_names(&self) -> Vec<Str> {
        Vec::new()
    }
    /// What to do about a type that is not offered, where it may be found elsewhere: a sentence.
    fn about_missing(&self) -> Option<&str> {
        None
    }
    /// What the provider can do.
    fn capabilities(&self) -> ServerCapabilities;
}

/// Schemas that are all in memory.
#[derive(Clone, Debug, Default)]
pub struct SchemaSet {
    /// The provider's own configuration.
    pub provider: Arc<Schema>,
    /// A module's metadata for the provider.
    pub provider_meta: Option<Arc<Schema>>,
    /// Managed resource types.
    pub resource_types: BTreeMap<Str, Arc<Schema>>,
    /// Data sources.
    pub data_sources: BTreeMap<Str, Arc<Schema>>,
    /// Ephemeral resource types.
    pub ephemeral_resource_types: BTreeMap<Str, Arc<Schema>>,
    /// Types of actions.
    pub action_types: BTreeMap<Str, Arc<Schema>>,
    /// Resource types whose objects can be listed.
    pub list_resource_types: BTreeMap<Str, Arc<Schema>>,
    /// Functions.
    pub functions: Arc<BTreeMap<Str, FunctionSignature>>,
    /// What the provider can do.
    pub capabilities: ServerCapabilities,
}

impl ProviderSchemas for SchemaSet {
    fn provider(&self) -> Result<Arc<Schema>, Diagnostics> {
        Ok(self.provider.clone())
    }
    fn provider_meta(&self) -> Result<Option<Arc<Schema>>, Diagnostics> {
        Ok(self.provider_meta.clone())
    }
    fn resource_type(&self, name: &str) -> Result<Option<Arc<Schema>>, Diagnostics> {
        Ok(self.resource_types.get(name).cloned())
    }
    fn data_source(&self, name: &str) -> Result<Option<Arc<Schema>>, Diagnostics> {
        Ok(self.data_sources.get(name).cloned())
    }
    fn ephemeral_resource_type(&self, name: &str) -> Result<Option<Arc<Schema>>, Diagnostics> {
        Ok(self.ephemeral_resource_types.get(name).cloned())
    }
    fn functions(&self) -> Result<Arc<BTreeMap<Str, FunctionSignature>>, Diagnostics> {
        Ok(self.functions.clone())
    }
    fn resource_type_names(&self) -> Vec<Str> {
        self.resource_types.keys().cloned().collect()
    }
    fn data_source_names(&self) -> Vec<Str> {
        self.data_sources.keys().cloned().collect()
    }
    fn ephemeral_resource_type_names(&self) -> Vec<Str> {
        self.ephemeral_resource_types.keys().cloned().collect()
    }
    fn action_type(&self, name: &str) -> Result<Option<Arc<Schema>>, Diagnostics> {
        Ok(self.action_types.get(name).cloned())
    }
    fn list_resource_type(&self, name: &str) -> Result<Option<Arc<Schema>>, Diagnostics> {
        Ok(self.list_resource_types.get(name).cloned())
    }
    fn action_type_names(&self) -> Vec<Str> {
        self.action_types.keys().cloned().collect()
    }
    fn list_resource_type_names(&self) -> Vec<Str> {
        self.list_resource_types.keys().cloned().collect()
    }
    fn capabilities(&self) -> ServerCapabilities {
        self.capabilities
    }
}
