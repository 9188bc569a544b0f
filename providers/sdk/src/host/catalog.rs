//! What the provider offers, with the schemas that were asked for so far.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use groma_diag::Diagnostics;
use groma_schema::Schema;
use groma_value::{Str, Type, Value};

use super::unknown_type;
use crate::plan::{empty_object, has_write_only, without_write_only};
use crate::{
    Action, Catalog, DataSource, EphemeralResource, Function, ListResource, Resource, Rules,
};

pub(super) struct Loaded<C: Send + Sync + 'static> {
    pub(super) resources: BTreeMap<Str, ResourceEntry<C>>,
    pub(super) data_sources: BTreeMap<Str, Entry<dyn DataSource<C>>>,
    pub(super) ephemeral: BTreeMap<Str, Entry<dyn EphemeralResource<C>>>,
    pub(super) lists: BTreeMap<Str, Entry<dyn ListResource<C>>>,
    pub(super) actions: BTreeMap<Str, Entry<dyn Action<C>>>,
    pub(super) functions: BTreeMap<Str, Arc<dyn Function>>,
}

/// Something with a schema.
pub(super) struct Entry<T: ?Sized> {
    pub(super) item: Arc<T>,
    schema: OnceLock<Schema>,
}

pub(super) struct ResourceEntry<C: Send + Sync + 'static> {
    pub(super) item: Arc<dyn Resource<C>>,
    facts: OnceLock<Arc<Facts>>,
}

/// What is known of a resource type.
pub(super) struct Facts {
    pub(super) name: Str,
    pub(super) schema: Schema,
    pub(super) rules: Rules,
    pub(super) has_write_only: bool,
    pub(super) identity: Option<Type>,
}

/// A resource type in use.
pub(super) struct InUse<C: Send + Sync + 'static> {
    pub(super) item: Arc<dyn Resource<C>>,
    facts: Arc<Facts>,
}

impl<C: Send + Sync + 'static> Clone for InUse<C> {
    fn clone(&self) -> Self {
        InUse { item: self.item.clone(), facts: self.facts.clone() }
    }
}

impl<C: Send + Sync + 'static> Deref for InUse<C> {
    type Target = Facts;
    fn deref(&self) -> &Facts {
        &self.facts
    }
}

impl Facts {
    pub(super) fn ty(&self) -> &Type {
        self.schema.block.implied_type()
    }

    pub(super) fn null(&self) -> Value {
        Value::null(self.ty().clone())
    }

    pub(super) fn empty(&self) -> Value {
        empty_object(&self.schema.block)
    }

    /// An object as it may be recorded: without write-only values.
    pub(super) fn recorded(&self, object: &Value) -> Value {
        match self.has_write_only {
            true => without_write_only(&self.schema.block, object),
            false => object.clone(),
        }
    }
}

impl<C: Send + Sync + 'static> Loaded<C> {
    pub(super) fn new(catalog: Catalog<C>) -> Loaded<C> {
        let entry = |(name, item)| (name, ResourceEntry { item, facts: OnceLock::new() });
        Loaded {
            resources: catalog.resources.into_iter().map(entry).collect(),
            data_sources: entries(catalog.data_sources),
            ephemeral: entries(catalog.ephemeral),
            lists: entries(catalog.lists),
            actions: entries(catalog.actions),
            functions: catalog.functions,
        }
    }

    pub(super) fn resource(&self, name: &str) -> Result<InUse<C>, Diagnostics> {
        let entry = self.resources.get_key_value(name);
        let (name, entry) = entry.ok_or_else(|| unknown_type("resource type", name))?;
        Ok(InUse { item: entry.item.clone(), facts: entry.facts(name).clone() })
    }

    pub(super) fn data_source(&self, name: &str) -> Result<&Entry<dyn DataSource<C>>, Diagnostics> {
        self.data_sources.get(name).ok_or_else(|| unknown_type("data source", name))
    }

    pub(super) fn ephemeral(
        &self,
        name: &str,
    ) -> Result<&Entry<dyn EphemeralResource<C>>, Diagnostics> {
        self.ephemeral.get(name).ok_or_else(|| unknown_type("ephemeral resource type", name))
    }

    pub(super) fn list(&self, name: &str) -> Result<&Entry<dyn ListResource<C>>, Diagnostics> {
        self.lists.get(name).ok_or_else(|| unknown_type("list resource type", name))
    }

    pub(super) fn action(&self, name: &str) -> Result<&Entry<dyn Action<C>>, Diagnostics> {
        self.actions.get(name).ok_or_else(|| unknown_type("action", name))
    }
}

fn entries<T: ?Sized>(items: BTreeMap<Str, Arc<T>>) -> BTreeMap<Str, Entry<T>> {
    items.into_iter().map(|(n, item)| (n, Entry { item, schema: OnceLock::new() })).collect()
}

impl<C: Send + Sync + 'static> ResourceEntry<C> {
    pub(super) fn facts(&self, name: &Str) -> &Arc<Facts> {
        self.facts.get_or_init(|| {
            let schema = self.item.schema();
            Arc::new(Facts {
                name: name.clone(),
                rules: self.item.rules(),
                has_write_only: has_write_only(&schema.block),
                identity: schema.identity.as_ref().map(|i| i.implied_type()),
                schema,
            })
        })
    }
}

/// What has a schema is asked for it once.
macro_rules! schema_once {
    ($($kind:ident),*) => {
        $(
            impl<C: Send + Sync + 'static> Entry<dyn $kind<C>> {
                pub(super) fn schema(&self) -> &Schema {
                    self.schema.get_or_init(|| self.item.schema())
                }
            }
        )*
    };
}

schema_once!(DataSource, EphemeralResource, ListResource, Action);
