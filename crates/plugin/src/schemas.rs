//! The schemas of a plugin, each decoded when it is first looked up.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bytes::Bytes;
use groma_diag::{Diagnostic, Diagnostics};
use groma_protocol::convert::{
    ConvertError, capabilities_from_wire, diagnostics_from_wire, function_from_wire,
    identity_from_wire, schema_from_v5, schema_from_wire,
};
use groma_protocol::{tfplugin5, tfplugin6};
use groma_schema::{FunctionSignature, ProviderSchemas, Schema, ServerCapabilities};
use groma_value::Str;
use prost::Message;

use crate::cache::{CacheFile, Header, SchemaCache};
use crate::error::undecodable;
use crate::handshake::Protocol;
use crate::index::{Index, Kind, Slot, walk_identities, walk_schemas};

/// The schemas of one plugin, in memory or on disk.
#[derive(Debug)]
pub struct PluginSchemas {
    name: Arc<str>,
    header: Header,
    store: Store,
    decoded: Mutex<HashMap<(&'static str, Str), Arc<Schema>>>,
    functions: OnceLock<Arc<BTreeMap<Str, FunctionSignature>>>,
    pub(crate) about_missing: Option<&'static str>,
}

#[derive(Debug)]
enum Store {
    /// The answers as they came: schemas, identities.
    Memory([Bytes; 2]),
    /// A file of the cache.
    File(Mutex<CacheFile>, SchemaCache),
}

const SCHEMAS: &str = "GetProviderSchema";
const IDENTITIES: &str = "GetResourceIdentitySchemas";

impl PluginSchemas {
    /// The schemas that an earlier command left in the cache, if it did.
    pub(crate) fn from_cache(name: &Arc<str>, cache: &SchemaCache) -> Option<PluginSchemas> {
        let (header, file) = cache.open()?;
        Some(PluginSchemas::new(name, header, Store::File(Mutex::new(file), cache.clone())))
    }

    /// The schemas in a plugin's answers, which are put into the cache, if there is one and the
    /// plugin says that it may be used with a copy of its schema. Others have to be asked in every
    /// process anyway, and may answer otherwise tomorrow.
    pub(crate) fn from_answers(
        name: &Arc<str>,
        protocol: Protocol,
        schemas: Bytes,
        identities: Bytes,
        cache: Option<&SchemaCache>,
    ) -> Result<PluginSchemas, Diagnostics> {
        let mut index = Index::default();
        let beside = walk_schemas(&schemas, 0, &mut index)
            .map_err(|e| undecodable(name, SCHEMAS, "schemas", e))?;
        let mut told = diagnostics_from_wire(beside.diagnostics);
        let base = schemas.len() as u64;
        let more = walk_identities(&identities, base, &mut index)
            .map_err(|e| undecodable(name, IDENTITIES, "identity schemas", e))?;
        told.extend(diagnostics_from_wire(more));
        if told.has_errors() {
            return Err(told);
        }
        for warning in &told {
            tracing::warn!(plugin = &**name, "{}: {}", warning.summary, warning.detail);
        }
        let capabilities = capabilities_from_wire(beside.capabilities);
        let header = Header { protocol, capabilities, index };
        if let Some(cache) = cache.filter(|_| capabilities.get_provider_schema_optional) {
            cache.write(&header, &[&schemas, &identities]);
        }
        Ok(PluginSchemas::new(name, header, Store::Memory([schemas, identities])))
    }

    fn new(name: &Arc<str>, header: Header, store: Store) -> PluginSchemas {
        PluginSchemas {
            name: name.clone(),
            header,
            store,
            decoded: Mutex::default(),
            functions: OnceLock::new(),
            about_missing: None,
        }
    }

    /// The schema of a type of state stores; `None` if there is no such type.
    pub fn state_store_type(&self, name: &str) -> Result<Option<Arc<Schema>>, Diagnostics> {
        self.schema(Kind::StateStore, name)
    }

    /// The names of all types of state stores.
    pub fn state_store_type_names(&self) -> Vec<Str> {
        self.names(Kind::StateStore)
    }

    fn names(&self, kind: Kind) -> Vec<Str> {
        self.header.index.of(kind).keys().cloned().collect()
    }

    fn schema(&self, kind: Kind, name: &str) -> Result<Option<Arc<Schema>>, Diagnostics> {
        let Some((name, slot)) = self.header.index.of(kind).get_key_value(name) else {
            return Ok(None);
        };
        let key = (label(kind), name.clone());
        if let Some(schema) = self.lock_decoded().get(&key) {
            return Ok(Some(schema.clone()));
        }
        let mut schema = self.decode(kind, name, *slot)?;
        if kind == Kind::Resource
            && let Some(slot) = self.header.index.of(Kind::Identity).get(name)
        {
            let identity = self.message(Kind::Identity, name, *slot)?;
            let identity = identity_from_wire(identity);
            schema.identity = Some(identity.map_err(|e| self.bad(Kind::Identity, name, e))?);
        }
        let schema = self.lock_decoded().entry(key).or_insert_with(|| Arc::new(schema)).clone();
        Ok(Some(schema))
    }

    fn lock_decoded(&self) -> std::sync::MutexGuard<'_, HashMap<(&'static str, Str), Arc<Schema>>> {
        self.decoded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn decode(&self, kind: Kind, name: &str, slot: Slot) -> Result<Schema, Diagnostics> {
        let schema = match (self.header.protocol, kind) {
            (Protocol::V5, Kind::Action) => {
                let action: tfplugin5::ActionSchema = self.message(kind, name, slot)?;
                schema_from_v5(action.schema.unwrap_or_default())
            }
            (Protocol::V6, Kind::Action) => {
                let action: tfplugin6::ActionSchema = self.message(kind, name, slot)?;
                action.schema.unwrap_or_default()
            }
            (Protocol::V5, _) => schema_from_v5(self.message(kind, name, slot)?),
            (Protocol::V6, _) => self.message(kind, name, slot)?,
        };
        schema_from_wire(schema).map_err(|e| self.bad(kind, name, e))
    }

    fn message<M: Message + Default>(
        &self,
        kind: Kind,
        name: &str,
        slot: Slot,
    ) -> Result<M, Diagnostics> {
        let bytes = self.read(slot)?;
        M::decode(bytes).map_err(|e| self.bad(kind, name, e))
    }

    fn bad(&self, kind: Kind, name: &str, reason: impl std::fmt::Display) -> Diagnostics {
        let method = if kind == Kind::Identity { IDENTITIES } else { SCHEMAS };
        let what = match kind {
            Kind::Provider | Kind::ProviderMeta => format!("a schema for {}", label(kind)),
            _ => format!("a schema for the {} {name:?}", label(kind)),
        };
        undecodable(&self.name, method, what, reason)
    }

    fn read(&self, slot: Slot) -> Result<Bytes, Diagnostics> {
        match &self.store {
            Store::Memory([schemas, identities]) => {
                let offset = slot.offset as usize;
                let (part, start) = match offset.checked_sub(schemas.len()) {
                    Some(start) if slot.length > 0 => (identities, start),
                    _ => (schemas, offset.min(schemas.len())),
                };
                Ok(part.slice(start..start + slot.length as usize))
            }
            Store::File(file, cache) => {
                let read = file.lock().unwrap_or_else(PoisonError::into_inner).read(slot);
                if let Ok(Some(bytes)) = read {
                    return Ok(bytes);
                }
                cache.discard();
                let reason = match read {
                    Err(error) => error.to_string(),
                    Ok(_) => "its content is damaged".to_owned(),
                };
                let detail = format!(
                    "The schema of provider {} could not be read from the cache file {}: {reason}. \
                     The file has been removed; run the same command again.",
                    self.name,
                    cache.path().display()
                );
                Err(Diagnostic::error("Failed to load plugin schemas", detail).into())
            }
        }
    }
}

/// What messages call a kind of schema.
fn label(kind: Kind) -> &'static str {
    match kind {
        Kind::Provider => "the provider's configuration",
        Kind::ProviderMeta => "the provider's metadata in modules",
        Kind::Resource => "resource type",
        Kind::DataSource => "data source",
        Kind::Ephemeral => "ephemeral resource type",
        Kind::List => "list resource type",
        Kind::StateStore => "state store type",
        Kind::Action => "action type",
        Kind::Function => "function",
        Kind::Identity => "identity of resource type",
    }
}

impl ProviderSchemas for PluginSchemas {
    fn provider(&self) -> Result<Arc<Schema>, Diagnostics> {
        Ok(self.schema(Kind::Provider, "")?.unwrap_or_default())
    }

    fn provider_meta(&self) -> Result<Option<Arc<Schema>>, Diagnostics> {
        self.schema(Kind::ProviderMeta, "")
    }

    fn resource_type(&self, name: &str) -> Result<Option<Arc<Schema>>, Diagnostics> {
        self.schema(Kind::Resource, name)
    }

    fn data_source(&self, name: &str) -> Result<Option<Arc<Schema>>, Diagnostics> {
        self.schema(Kind::DataSource, name)
    }

    fn ephemeral_resource_type(&self, name: &str) -> Result<Option<Arc<Schema>>, Diagnostics> {
        self.schema(Kind::Ephemeral, name)
    }

    fn functions(&self) -> Result<Arc<BTreeMap<Str, FunctionSignature>>, Diagnostics> {
        if let Some(functions) = self.functions.get() {
            return Ok(functions.clone());
        }
        let slots = self.header.index.of(Kind::Function);
        let functions = slots.iter().map(|(name, slot)| {
            let function = self.message(Kind::Function, name, *slot)?;
            let function = function_from_wire(function)
                .map_err(|e: ConvertError| self.bad(Kind::Function, name, e))?;
            Ok((name.clone(), function))
        });
        let functions = Arc::new(functions.collect::<Result<_, Diagnostics>>()?);
        Ok(self.functions.get_or_init(|| functions).clone())
    }

    fn resource_type_names(&self) -> Vec<Str> {
        self.names(Kind::Resource)
    }

    fn data_source_names(&self) -> Vec<Str> {
        self.names(Kind::DataSource)
    }

    fn ephemeral_resource_type_names(&self) -> Vec<Str> {
        self.names(Kind::Ephemeral)
    }

    fn list_resource_type(&self, name: &str) -> Result<Option<Arc<Schema>>, Diagnostics> {
        self.schema(Kind::List, name)
    }

    fn action_type(&self, name: &str) -> Result<Option<Arc<Schema>>, Diagnostics> {
        self.schema(Kind::Action, name)
    }

    fn list_resource_type_names(&self) -> Vec<Str> {
        self.names(Kind::List)
    }

    fn action_type_names(&self) -> Vec<Str> {
        self.names(Kind::Action)
    }

    fn about_missing(&self) -> Option<&str> {
        self.about_missing
    }

    fn capabilities(&self) -> ServerCapabilities {
        self.header.capabilities
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(optional: bool) -> [Bytes; 2] {
        let schema = |version| tfplugin6::Schema { version, block: None };
        let schemas = tfplugin6::get_provider_schema::Response {
            resource_schemas: [("a".to_owned(), schema(1)), ("b".to_owned(), schema(2))].into(),
            server_capabilities: Some(tfplugin6::ServerCapabilities {
                get_provider_schema_optional: optional,
                ..Default::default()
            }),
            ..Default::default()
        };
        let identity = tfplugin6::ResourceIdentitySchema { version: 7, ..Default::default() };
        let identities = tfplugin6::get_resource_identity_schemas::Response {
            identity_schemas: [("b".to_owned(), identity)].into(),
            ..Default::default()
        };
        [schemas.encode_to_vec().into(), identities.encode_to_vec().into()]
    }

    fn from_answers(optional: bool, cache: &SchemaCache) -> PluginSchemas {
        let [schemas, identities] = answers(optional);
        let name = "example.com/test/cached".into();
        PluginSchemas::from_answers(&name, Protocol::V6, schemas, identities, Some(cache)).unwrap()
    }

    fn versions(schemas: &PluginSchemas) -> [(i64, Option<i64>); 2] {
        ["a", "b"].map(|name| {
            let schema = schemas.resource_type(name).unwrap().unwrap();
            (schema.version, schema.identity.as_ref().map(|i| i.version))
        })
    }

    #[test]
    fn schemas_come_from_memory_and_from_the_cache_alike() {
        let directory = tempfile::tempdir().unwrap();
        let cache = SchemaCache { directory: directory.path().to_owned(), key: "k".to_owned() };
        let expected = [(1, None), (2, Some(7))];
        assert_eq!(versions(&from_answers(true, &cache)), expected);
        let cached = PluginSchemas::from_cache(&"n".into(), &cache).unwrap();
        assert_eq!(versions(&cached), expected);
        assert!(cached.capabilities().get_provider_schema_optional);
        let again = [cached.resource_type("a"), cached.resource_type("a")].map(|s| s.unwrap());
        assert!(Arc::ptr_eq(again[0].as_ref().unwrap(), again[1].as_ref().unwrap()));
    }

    #[test]
    fn only_what_may_be_cached_is() {
        let directory = tempfile::tempdir().unwrap();
        let cache = SchemaCache { directory: directory.path().to_owned(), key: "k".to_owned() };
        from_answers(false, &cache);
        assert!(PluginSchemas::from_cache(&"n".into(), &cache).is_none());
    }

    #[test]
    fn a_damaged_schema_is_an_error_once() {
        let directory = tempfile::tempdir().unwrap();
        let cache = SchemaCache { directory: directory.path().to_owned(), key: "k".to_owned() };
        from_answers(true, &cache);
        let mut bytes = std::fs::read(cache.path()).unwrap();
        let [schemas, identities] = answers(true);
        let data = bytes.len() - schemas.len() - identities.len();
        bytes[data..].fill(0);
        std::fs::write(cache.path(), bytes).unwrap();
        let damaged = PluginSchemas::from_cache(&"n".into(), &cache).unwrap();
        let told = damaged.resource_type("a").unwrap_err();
        assert_eq!(told.iter().next().unwrap().summary, "Failed to load plugin schemas");
        assert!(PluginSchemas::from_cache(&"n".into(), &cache).is_none());
    }
}
