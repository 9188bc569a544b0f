//! What the provider offers, as the engine asks for it.

use std::collections::BTreeMap;

use groma_diag::Diagnostics;
use groma_protocol::convert::{
    capabilities_to_wire, function_to_wire, identity_to_wire, schema_to_v5, schema_to_wire,
};
use groma_protocol::tfplugin5 as v5;
use groma_protocol::tfplugin6::{
    ActionSchema, Function as WireFunction, Schema, ServerCapabilities as WireCapabilities,
    get_functions, get_metadata, get_provider_schema, get_resource_identity_schemas,
};
use groma_schema::ServerCapabilities;
use groma_value::Str;

use super::catalog::Loaded;
use super::{Host, wire};
use crate::Provider;

/// With schemas that are not fixed, the engine has to ask for them anew.
fn capabilities(fixed: bool) -> Option<WireCapabilities> {
    Some(capabilities_to_wire(ServerCapabilities {
        plan_destroy: true,
        get_provider_schema_optional: fixed,
        move_resource_state: true,
        generate_resource_config: false,
    }))
}

fn names<'a, T: 'a>(items: impl IntoIterator<Item = (&'a Str, T)>) -> impl Iterator<Item = String> {
    items.into_iter().map(|(name, _)| name.to_string())
}

fn functions<C: Send + Sync + 'static>(loaded: &Loaded<C>) -> BTreeMap<String, WireFunction> {
    let function = |(name, f): (&Str, &std::sync::Arc<dyn crate::Function>)| {
        (name.to_string(), function_to_wire(&f.signature()))
    };
    loaded.functions.iter().map(function).collect()
}

impl<P: Provider> Host<P> {
    pub(super) fn metadata(&self) -> get_metadata::Response {
        let loaded = match self.loaded() {
            Ok(loaded) => loaded,
            Err(failed) => {
                return get_metadata::Response {
                    diagnostics: wire::diagnostics(&failed, None),
                    ..Default::default()
                };
            }
        };
        get_metadata::Response {
            server_capabilities: capabilities(self.provider.has_fixed_schemas()),
            resources: names(&loaded.resources)
                .map(|type_name| get_metadata::ResourceMetadata { type_name })
                .collect(),
            data_sources: names(&loaded.data_sources)
                .map(|type_name| get_metadata::DataSourceMetadata { type_name })
                .collect(),
            ephemeral_resources: names(&loaded.ephemeral)
                .map(|type_name| get_metadata::EphemeralMetadata { type_name })
                .collect(),
            list_resources: names(&loaded.lists)
                .map(|type_name| get_metadata::ListResourceMetadata { type_name })
                .collect(),
            actions: names(&loaded.actions)
                .map(|type_name| get_metadata::ActionMetadata { type_name })
                .collect(),
            functions: names(&loaded.functions)
                .map(|name| get_metadata::FunctionMetadata { name })
                .collect(),
            ..Default::default()
        }
    }

    pub(super) fn provider_schema(&self) -> get_provider_schema::Response {
        let loaded = match self.loaded() {
            Ok(loaded) => loaded,
            Err(failed) => {
                return get_provider_schema::Response {
                    diagnostics: wire::diagnostics(&failed, None),
                    ..Default::default()
                };
            }
        };
        get_provider_schema::Response {
            provider: Some(schema_to_wire(self.schema())),
            provider_meta: self.meta_schema().map(schema_to_wire),
            server_capabilities: capabilities(self.provider.has_fixed_schemas()),
            resource_schemas: loaded
                .resources
                .iter()
                .map(|(name, r)| (name.to_string(), schema_to_wire(&r.facts(name).schema)))
                .collect(),
            data_source_schemas: loaded
                .data_sources
                .iter()
                .map(|(name, s)| (name.to_string(), schema_to_wire(s.schema())))
                .collect(),
            ephemeral_resource_schemas: loaded
                .ephemeral
                .iter()
                .map(|(name, e)| (name.to_string(), schema_to_wire(e.schema())))
                .collect(),
            list_resource_schemas: loaded
                .lists
                .iter()
                .map(|(name, l)| (name.to_string(), schema_to_wire(l.schema())))
                .collect(),
            action_schemas: loaded
                .actions
                .iter()
                .map(|(name, a)| (name.to_string(), schema_to_wire(a.schema())))
                .map(|(name, schema)| (name, ActionSchema { schema: Some(schema) }))
                .collect(),
            functions: functions(loaded),
            ..Default::default()
        }
    }

    /// The same for protocol 5, which cannot say everything.
    pub(super) fn provider_schema_v5(&self) -> v5::get_provider_schema::Response {
        let whole = self.provider_schema();
        let mut failed = Diagnostics::new();
        let mut convert = |name: &str, schema: Schema| match schema_to_v5(schema) {
            Ok(schema) => Some(schema),
            Err(e) => {
                failed.error(
                    "Schema not supported by protocol 5",
                    format!("The schema of {name} needs version 6 of the plugin protocol: {e}."),
                );
                None
            }
        };
        let mut all = |schemas: BTreeMap<String, Schema>| -> BTreeMap<String, v5::Schema> {
            let convert = |(name, schema): (String, Schema)| {
                convert(&name, schema).map(|schema| (name, schema))
            };
            schemas.into_iter().filter_map(convert).collect()
        };
        let resource_schemas = all(whole.resource_schemas);
        let data_source_schemas = all(whole.data_source_schemas);
        let ephemeral_resource_schemas = all(whole.ephemeral_resource_schemas);
        let list_resource_schemas = all(whole.list_resource_schemas);
        let actions = whole.action_schemas.into_iter();
        let actions = all(actions.filter_map(|(name, a)| Some((name, a.schema?))).collect());
        let action_schemas = actions
            .into_iter()
            .map(|(name, schema)| (name, v5::ActionSchema { schema: Some(schema) }))
            .collect();
        let provider = whole.provider.and_then(|s| convert("the provider", s));
        let provider_meta = whole.provider_meta.and_then(|s| convert("module metadata", s));
        let mut diagnostics = whole.diagnostics;
        diagnostics.extend(wire::diagnostics(&failed, None));
        v5::get_provider_schema::Response {
            provider,
            provider_meta,
            resource_schemas,
            data_source_schemas,
            ephemeral_resource_schemas,
            list_resource_schemas,
            action_schemas,
            functions: whole.functions,
            server_capabilities: whole.server_capabilities,
            diagnostics,
        }
    }

    pub(super) fn metadata_v5(&self) -> v5::get_metadata::Response {
        let whole = self.metadata();
        v5::get_metadata::Response {
            server_capabilities: whole.server_capabilities,
            diagnostics: whole.diagnostics,
            data_sources: whole.data_sources,
            resources: whole.resources,
            functions: whole.functions,
            ephemeral_resources: whole.ephemeral_resources,
            list_resources: whole.list_resources,
            actions: whole.actions,
        }
    }

    pub(super) fn identity_schemas(&self) -> get_resource_identity_schemas::Response {
        let mut response = get_resource_identity_schemas::Response::default();
        match self.loaded() {
            Ok(loaded) => {
                for (name, resource) in &loaded.resources {
                    if let Some(identity) = &resource.facts(name).schema.identity {
                        let identity = identity_to_wire(identity);
                        response.identity_schemas.insert(name.to_string(), identity);
                    }
                }
            }
            Err(failed) => response.diagnostics = wire::diagnostics(&failed, None),
        }
        response
    }

    pub(super) fn functions(&self) -> get_functions::Response {
        match self.loaded() {
            Ok(loaded) => {
                get_functions::Response { functions: functions(loaded), ..Default::default() }
            }
            Err(failed) => get_functions::Response {
                diagnostics: wire::diagnostics(&failed, None),
                ..Default::default()
            },
        }
    }
}
