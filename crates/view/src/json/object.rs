//! Objects of a state.

use std::sync::Arc;

use groma_addrs::{AbsResourceInstance, DeposedKey};
use groma_schema::Schema;
use groma_state::{Object, ObjectStatus, ResourceState};
use groma_value::Value;
use serde::ser::{Error, Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;

use super::change::write_address;
use super::masks::Sensitive;
use super::values::{Known, Text};
use crate::{RenderError, Schemas};

/// An object and its address.
pub(crate) struct StoredObject<'a> {
    pub(crate) addr: AbsResourceInstance,
    pub(crate) resource: &'a ResourceState,
    pub(crate) object: &'a Object,
    pub(crate) deposed: Option<&'a DeposedKey>,
}

impl StoredObject<'_> {
    /// The schema of the object. A current one must be stored under its version.
    pub(crate) fn schema(&self, schemas: &dyn Schemas) -> Result<Arc<Schema>, RenderError> {
        let resource = &self.addr.resource.resource;
        let provider = &self.resource.provider.provider;
        let schema = schemas.resource(provider, resource.mode, &resource.ty).ok_or_else(|| {
            RenderError::NoSchema { addr: self.addr.to_string(), provider: provider.to_string() }
        })?;
        if self.deposed.is_none() && schema.version != self.object.schema_version {
            return Err(RenderError::SchemaVersion {
                addr: self.addr.resource.resource.to_string(),
                stored: self.object.schema_version,
                current: schema.version,
            });
        }
        Ok(schema)
    }

    /// The object's value with all that is sensitive marked.
    pub(crate) fn decode(&self, schema: &Schema) -> Result<Value, RenderError> {
        let value = self.object.decode(schema.block.implied_type()).map_err(|error| {
            RenderError::Object { addr: self.addr.to_string(), message: error.to_string() }
        })?;
        Ok(schema.block.mark_sensitive(&value))
    }

    /// Whether it is to be replaced.
    pub(crate) fn is_tainted(&self) -> bool {
        self.object.status == ObjectStatus::Tainted
    }
}

/// An object with the schemas that it is written by.
pub(super) struct ObjectJson<'a> {
    pub(super) stored: StoredObject<'a>,
    pub(super) schemas: &'a dyn Schemas,
}

impl Serialize for ObjectJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let stored = &self.stored;
        let schema = stored.schema(self.schemas).map_err(S::Error::custom)?;
        let value = stored.decode(&schema).map_err(S::Error::custom)?;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("address", &Text(&stored.addr))?;
        write_address(&mut map, &stored.addr)?;
        map.serialize_entry("provider_name", &Text(&stored.resource.provider.provider))?;
        // The version of a deposed object is not told.
        let version = if stored.deposed.is_some() { 0 } else { stored.object.schema_version };
        map.serialize_entry("schema_version", &version)?;
        if value.as_entries().is_some_and(|e| !e.is_empty()) {
            map.serialize_entry("values", &Known(&value))?;
        }
        map.serialize_entry("sensitive_values", &Sensitive(&value))?;
        if !stored.object.dependencies.is_empty() {
            map.serialize_entry("depends_on", &Dependencies(stored.object))?;
        }
        if stored.is_tainted() {
            map.serialize_entry("tainted", &true)?;
        }
        if let Some(key) = stored.deposed {
            map.serialize_entry("deposed_key", &Text(key))?;
        }
        if let Some((identity, version)) = &stored.object.identity {
            let identity: &RawValue = serde_json::from_slice(identity).map_err(S::Error::custom)?;
            map.serialize_entry("identity", identity)?;
            map.serialize_entry("identity_schema_version", version)?;
        }
        map.end()
    }
}

struct Dependencies<'a>(&'a Object);

impl Serialize for Dependencies<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.dependencies.iter().map(Text))
    }
}
