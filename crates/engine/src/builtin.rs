//! The provider that is part of the engine: `terraform.io/builtin/terraform`, with
//! `terraform_data` and `terraform_remote_state`.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use groma_diag::{AttributeStep, Diagnostic, Diagnostics};
use groma_provider::*;
use groma_schema::{Attribute, Block, ProviderSchemas, Schema, SchemaSet, ServerCapabilities};
use groma_value::{Entries, Str, Type, Value, json};

use crate::builtin_data::{at, block, finish_data, plan_data, with, without};
use crate::builtin_functions;

/// Reads the outputs of another configuration's state.
#[async_trait]
pub trait RemoteState: Send + Sync {
    /// What is wrong with a backend, or with its configuration, which is an object and may have
    /// unknown values: the attribute that is to blame and a sentence.
    fn check(&self, backend: &str, config: &Value) -> Option<(&'static str, String)>;

    /// The root outputs of the state that `backend` with `config` keeps for `workspace`; `None` if
    /// there is no such state. `config` is an object or null.
    async fn outputs(
        &self,
        backend: &str,
        config: &Value,
        workspace: &str,
    ) -> Result<Option<BTreeMap<Str, Value>>, Diagnostics>;
}

/// The built-in provider.
pub struct BuiltinProvider {
    new_id: Box<dyn Fn() -> String + Send + Sync>,
    remote: Arc<dyn RemoteState>,
    stores: bool,
}

impl BuiltinProvider {
    /// The provider. `new_id` gives an id that no other object has, each time another one.
    pub fn new(
        new_id: impl Fn() -> String + Send + Sync + 'static,
        remote: Arc<dyn RemoteState>,
    ) -> BuiltinProvider {
        BuiltinProvider { new_id: Box::new(new_id), remote, stores: false }
    }

    /// With `stores`, the provider whose `terraform_data` has a `store` block. That block is there
    /// only for those who use it: older engines and what reads states know nothing of it.
    pub fn with_stores(self, stores: bool) -> BuiltinProvider {
        BuiltinProvider { stores, ..self }
    }

    async fn remote_state(&self, config: &Value) -> Result<Value, Diagnostics> {
        let text = |name: &str| config.get(name).and_then(|v| v.as_str()).cloned();
        let member = |name: &str| config.get(name).cloned().unwrap_or(Value::NULL);
        let workspace = text("workspace").unwrap_or_else(|| "default".into());
        let backend = text("backend").unwrap_or_default();
        let found = self.remote.outputs(&backend, &member("config"), &workspace).await?;
        let defaults = member("defaults");
        let mut outputs: Entries = defaults.as_entries().cloned().unwrap_or_default();
        match found {
            Some(found) => {
                for (name, value) in found {
                    outputs.insert(name, value);
                }
            }
            // Defaults are for outputs that a state does not have.
            None => {
                let detail =
                    "No stored state was found for the given workspace in the given backend.";
                return Err(wrong("Unable to find remote state", detail, "workspace").into());
            }
        }
        let mut entries = config.as_entries().cloned().unwrap_or_default();
        entries.insert("outputs".into(), Value::object(outputs));
        Ok(Value::object(entries))
    }
}

fn schemas(stores: bool) -> Arc<SchemaSet> {
    static SCHEMAS: [OnceLock<Arc<SchemaSet>>; 2] = [OnceLock::new(), OnceLock::new()];
    let make = || {
        let data = block(stores);
        let remote = Block::with_attributes([
            ("backend", Attribute::required(Type::String)),
            ("config", Attribute::optional(Type::Dynamic)),
            ("defaults", Attribute::optional(Type::Dynamic)),
            ("outputs", Attribute::computed(Type::Dynamic)),
            ("workspace", Attribute::optional(Type::String)),
        ]);
        let schema = |block| Arc::new(Schema { version: 0, block, identity: None });
        Arc::new(SchemaSet {
            resource_types: BTreeMap::from([("terraform_data".into(), schema(data))]),
            data_sources: BTreeMap::from([("terraform_remote_state".into(), schema(remote))]),
            functions: Arc::new(builtin_functions::signatures()),
            capabilities: ServerCapabilities {
                get_provider_schema_optional: true,
                move_resource_state: true,
                ..ServerCapabilities::default()
            },
            ..SchemaSet::default()
        })
    };
    SCHEMAS[usize::from(stores)].get_or_init(make).clone()
}

/// An error in an attribute.
fn wrong(summary: &str, detail: impl Into<String>, attribute: &str) -> Diagnostic {
    let mut diagnostic = Diagnostic::error(summary, detail);
    diagnostic.attribute = Some(vec![AttributeStep::Attribute(attribute.into())]);
    diagnostic
}

fn unsupported(what: &str) -> Diagnostics {
    let detail = format!("The built-in provider has no {what}.");
    Diagnostic::error("Not supported by the built-in provider", detail).into()
}

/// A `null_resource` as `terraform_data`: what made it anew does so still.
fn move_null(request: &MoveStateRequest, stores: bool) -> Result<Value, Diagnostics> {
    let error = |summary: &str, detail: &str| Diagnostics::from(Diagnostic::error(summary, detail));
    if !request.source_provider.ends_with("hashicorp/null") {
        return Err(error(
            "Unsupported source provider for move operation",
            "Only moving from the hashicorp/null provider to terraform_data is supported.",
        ));
    }
    if &*request.source_type != "null_resource" {
        return Err(error(
            "Unsupported source resource type for move operation",
            "Only moving from the null_resource managed resource type to terraform_data is supported.",
        ));
    }
    let RawState::Json(bytes) = &request.source_state else {
        return Err(unsupported("state of such an old version"));
    };
    let ty = Type::object([
        (Str::from("id"), Type::String),
        (Str::from("triggers"), Type::map(Type::String)),
    ]);
    let old = json::from_slice(bytes, &ty).map_err(|why| {
        let detail = format!("The stored null_resource cannot be understood: {why}.");
        Diagnostics::from(Diagnostic::error("Invalid object in state", detail))
    })?;
    let triggers = match at(&old, "triggers").as_entries() {
        Some(entries) => Value::object(entries.clone()),
        None => Value::NULL,
    };
    let empty = schemas(stores).resource_types["terraform_data"].block.empty_value();
    Ok(with(&with(&empty, "id", at(&old, "id")), "triggers_replace", triggers))
}

#[async_trait]
impl Provider for BuiltinProvider {
    async fn schemas(&self) -> Result<Arc<dyn ProviderSchemas>, Diagnostics> {
        Ok(schemas(self.stores))
    }

    async fn validate_provider_config(&self, config: &Value) -> (Value, Diagnostics) {
        (config.clone(), Diagnostics::new())
    }

    async fn validate_resource_config(&self, _: ValidateResourceRequest) -> Diagnostics {
        Diagnostics::new()
    }

    async fn validate_data_source_config(&self, _: &str, config: &Value) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        let (backend, settings) = (at(config, "backend"), at(config, "config"));
        if let Some(backend) = backend.as_str() {
            let found = match settings.is_known() && !settings.is_null() {
                true if settings.as_entries().is_none() => Some((
                    "config",
                    format!(
                        "The given configuration is not valid for backend {:?}: an object is required.",
                        &**backend
                    ),
                )),
                _ => self.remote.check(backend, &settings),
            };
            let wrong = |(name, what)| wrong("Invalid backend configuration", what, name);
            diagnostics.extend(found.map(wrong));
        }
        let defaults = at(config, "defaults");
        if defaults.is_known() && !defaults.is_null() && defaults.as_entries().is_none() {
            let what = "Defaults must be given in an object value.";
            diagnostics.push(wrong("Invalid default values", what, "defaults"));
        }
        diagnostics
    }

    async fn validate_ephemeral_config(&self, _: &str, _: &Value) -> Diagnostics {
        unsupported("ephemeral resources")
    }

    async fn upgrade_resource_state(
        &self,
        request: UpgradeStateRequest,
    ) -> (Option<Value>, Diagnostics) {
        let schemas = schemas(self.stores);
        let Some(schema) = schemas.resource_types.get(&request.ty) else {
            return (None, unsupported("such resource type"));
        };
        let RawState::Json(bytes) = &request.raw else {
            return (None, unsupported("state of such an old version"));
        };
        let mut found = json::from_slice(bytes, schema.block.implied_type());
        if found.is_err()
            && !self.stores
            && let Some(schema) = self::schemas(true).resource_types.get(&request.ty)
        {
            // Nobody asks for what it stores any more.
            found = json::from_slice(bytes, schema.block.implied_type())
                .map(|object| without(&object, "store"));
        }
        match found {
            Ok(value) => (Some(value), Diagnostics::new()),
            Err(error) => {
                let detail = format!("The stored object cannot be understood: {error}.");
                (None, Diagnostic::error("Invalid object in state", detail).into())
            }
        }
    }

    async fn upgrade_identity(&self, _: UpgradeIdentityRequest) -> (Option<Value>, Diagnostics) {
        (None, unsupported("identities"))
    }

    async fn configure(&self, _: ConfigureRequest) -> Diagnostics {
        Diagnostics::new()
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequest,
    ) -> (Option<ReadResourceResponse>, Diagnostics) {
        let answer = ReadResourceResponse {
            state: request.prior,
            private: request.private,
            identity: None,
            deferred: None,
        };
        (Some(answer), Diagnostics::new())
    }

    async fn plan_resource_change(
        &self,
        request: PlanResourceRequest,
    ) -> (Option<PlanResourceResponse>, Diagnostics) {
        let (planned, requires_replace) = match request.proposed.is_null() {
            true => (request.proposed, Vec::new()),
            false => plan_data(&request.prior, &request.proposed, &request.config),
        };
        let answer = PlanResourceResponse {
            planned,
            requires_replace,
            private: request.private,
            legacy_type_system: false,
            identity: None,
            deferred: None,
        };
        (Some(answer), Diagnostics::new())
    }

    async fn apply_resource_change(
        &self,
        request: ApplyResourceRequest,
    ) -> (Option<ApplyResourceResponse>, Diagnostics) {
        let mut state = request.planned;
        if !state.is_null() {
            state = finish_data(&state, &request.config);
            if !at(&state, "id").is_known() {
                state = with(&state, "id", Value::from((self.new_id)()));
            }
        }
        let answer = ApplyResourceResponse {
            state,
            private: request.private,
            legacy_type_system: false,
            identity: None,
        };
        (Some(answer), Diagnostics::new())
    }

    async fn import_resource_state(
        &self,
        request: ImportRequest,
    ) -> (Vec<ImportedResource>, Diagnostics) {
        let schemas = schemas(self.stores);
        let Some(schema) = schemas.resource_types.get(&request.ty) else {
            return (Vec::new(), unsupported("such resource type"));
        };
        let state = with(&schema.block.empty_value(), "id", Value::string(request.id));
        (
            vec![ImportedResource {
                ty: request.ty,
                state,
                private: Arc::from([]),
                identity: None,
            }],
            Diagnostics::new(),
        )
    }

    async fn move_resource_state(
        &self,
        request: MoveStateRequest,
    ) -> (Option<MovedResource>, Diagnostics) {
        match move_null(&request, self.stores) {
            Ok(state) => {
                let private = request.source_private;
                (Some(MovedResource { state, private, identity: None }), Diagnostics::new())
            }
            Err(found) => (None, found),
        }
    }

    async fn read_data_source(
        &self,
        request: ReadDataRequest,
    ) -> (Option<ReadDataResponse>, Diagnostics) {
        match self.remote_state(&request.config).await {
            Ok(state) => (Some(ReadDataResponse { state, deferred: None }), Diagnostics::new()),
            Err(diagnostics) => (None, diagnostics),
        }
    }

    async fn open_ephemeral(
        &self,
        _: &str,
        _: &Value,
    ) -> (Option<OpenEphemeralResponse>, Diagnostics) {
        (None, unsupported("ephemeral resources"))
    }

    async fn renew_ephemeral(
        &self,
        _: &str,
        _: &[u8],
    ) -> (Option<RenewEphemeralResponse>, Diagnostics) {
        (None, unsupported("ephemeral resources"))
    }

    async fn close_ephemeral(&self, _: &str, _: &[u8]) -> Diagnostics {
        Diagnostics::new()
    }

    async fn call_function(&self, name: &str, args: &[Value]) -> Result<Value, FunctionCallError> {
        builtin_functions::call(name, args)
    }

    async fn stop(&self) -> Diagnostics {
        Diagnostics::new()
    }

    async fn close(&self) {}
}
