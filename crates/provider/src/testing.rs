//! A provider in memory, for tests of what stands above the port.
//!
//! Its resource types `test_thing` and `test_vault`, which has a write-only `secret_wo`, have objects
//! that live in a [`Cloud`] which several providers may share; a data source `test_thing` finds objects
//! by name, and leaves things called `deferred` for later if it may; an ephemeral resource `test_token`
//! gives a `secret` for as long as it is open. What is to go wrong is said beforehand. Its function
//! `repeat` gives a string several times.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use groma_diag::{Diagnostic, Diagnostics};
use groma_schema::{
    Attribute, Block, FunctionParameter, FunctionSignature, ProviderSchemas, Schema, SchemaSet,
    ServerCapabilities, TextKind,
};
use groma_value::{Path, Refinements, Type, Value, json};

use crate::*;

/// The objects that there are, and what is to go wrong with them.
#[derive(Default)]
pub struct Cloud(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    objects: BTreeMap<String, Value>,
    next: u64,
    fail: BTreeSet<(Operation, String)>,
    wrong: bool,
    leak: bool,
    open: BTreeSet<String>,
    renewals: usize,
    calls: Vec<String>,
    gather: bool,
}

/// What can be made to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// Creating fails, and nothing is created.
    Create,
    /// Creating fails half-way: there is an object all the same.
    CreateHalf,
    /// Changing fails.
    Update,
    /// Destroying fails.
    Delete,
    /// Reading fails.
    Read,
    /// Opening fails.
    Open,
    /// Closing fails.
    Close,
}

impl Cloud {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets an operation fail for the object of a name.
    pub fn fail(&self, operation: Operation, name: &str) {
        self.lock().fail.insert((operation, name.into()));
    }

    /// Nothing fails any more.
    pub fn recover(&self) {
        self.lock().fail.clear();
    }

    /// Lets the provider break the rules: it plans and returns other values than configured.
    pub fn be_wrong(&self) {
        self.lock().wrong = true;
    }

    /// Lets the provider give write-only values back.
    pub fn leak(&self) {
        self.lock().leak = true;
    }

    /// The names of the ephemeral resources that are open.
    pub fn open(&self) -> Vec<String> {
        self.lock().open.iter().cloned().collect()
    }

    /// Lets what is opened be renewed so many times.
    pub fn renew(&self, times: usize) {
        self.lock().renewals = times;
    }

    /// The names of all objects, sorted.
    pub fn names(&self) -> Vec<String> {
        let inner = self.lock();
        let mut names: Vec<String> = inner.objects.values().map(name_of).collect();
        names.sort();
        names
    }

    /// Removes the objects of a name, as somebody else would.
    pub fn lose(&self, name: &str) {
        self.lock().objects.retain(|_, object| name_of(object) != name);
    }

    /// Changes the value of the objects of a name, as somebody else would.
    pub fn meddle(&self, name: &str, value: &str) {
        for object in self.lock().objects.values_mut() {
            if name_of(object) == name {
                *object = with(object, "value", Value::from(value));
            }
        }
    }

    /// Lets the provider be one that is best asked for many objects at once. What it plans is among
    /// its calls then.
    pub fn gather(&self) {
        self.lock().gather = true;
    }

    /// What has been asked of the providers, in order: `read NAME` and the like.
    pub fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.lock().calls)
    }
}

fn name_of(object: &Value) -> String {
    object.get("name").and_then(|v| v.as_str()).map(|s| s.to_string()).unwrap_or_default()
}

fn id_of(object: &Value) -> String {
    object.get("id").and_then(|v| v.as_str()).map(|s| s.to_string()).unwrap_or_default()
}

fn with(object: &Value, name: &str, value: Value) -> Value {
    let mut entries = object.as_entries().cloned().unwrap_or_default();
    entries.insert(name.into(), value);
    Value::object(entries)
}

fn failure(what: &str, name: &str) -> Diagnostics {
    Diagnostic::error(
        format!("Cannot {what}"),
        format!("It was said that {what} fails for {name}."),
    )
    .into()
}

/// The provider.
pub struct TestProvider {
    cloud: Arc<Cloud>,
}

impl TestProvider {
    /// A provider of what is in `cloud`.
    pub fn new(cloud: Arc<Cloud>) -> TestProvider {
        TestProvider { cloud }
    }
}

/// The schemas of [`TestProvider`].
pub fn schemas() -> SchemaSet {
    let sensitive = Attribute { sensitive: true, ..Attribute::optional(Type::String) };
    let thing = Block::with_attributes([
        ("id", Attribute::computed(Type::String)),
        ("name", Attribute::required(Type::String)),
        ("value", Attribute::optional(Type::String)),
        ("kind", Attribute::optional(Type::String)),
        ("secret", sensitive),
        ("tags", Attribute::optional(Type::map(Type::String))),
    ]);
    let write_only = Attribute { write_only: true, ..Attribute::optional(Type::String) };
    let vault = Block::with_attributes([
        ("id", Attribute::computed(Type::String)),
        ("name", Attribute::required(Type::String)),
        ("secret_wo", write_only),
        ("secret_wo_version", Attribute::optional(Type::Number)),
    ]);
    let token = Block::with_attributes([
        ("name", Attribute::required(Type::String)),
        ("given", Attribute::optional(Type::String)),
        ("secret", Attribute::computed(Type::String)),
    ]);
    let found = Block::with_attributes([
        ("name", Attribute::required(Type::String)),
        ("value", Attribute::computed(Type::String)),
    ]);
    let notify = Block::with_attributes([("message", Attribute::required(Type::String))]);
    let list = Block::with_attributes([("name", Attribute::optional(Type::String))]);
    let config = Block::with_attributes([("region", Attribute::optional(Type::String))]);
    let schema = |block| Arc::new(Schema { version: 0, block, identity: None });
    SchemaSet {
        provider: schema(config),
        resource_types: BTreeMap::from([
            ("test_thing".into(), schema(thing)),
            ("test_vault".into(), schema(vault)),
        ]),
        ephemeral_resource_types: BTreeMap::from([("test_token".into(), schema(token))]),
        data_sources: BTreeMap::from([("test_thing".into(), schema(found))]),
        action_types: BTreeMap::from([("test_notify".into(), schema(notify))]),
        list_resource_types: BTreeMap::from([("test_thing".into(), schema(list))]),
        functions: Arc::new(BTreeMap::from([("repeat".into(), repeat())])),
        capabilities: ServerCapabilities { plan_destroy: true, ..ServerCapabilities::default() },
        ..SchemaSet::default()
    }
}

fn repeat() -> FunctionSignature {
    let parameter = |name: &str, ty| FunctionParameter {
        name: name.into(),
        ty,
        allow_null: false,
        allow_unknown: false,
        description: String::new(),
        description_kind: TextKind::Plain,
    };
    FunctionSignature {
        parameters: vec![parameter("text", Type::String), parameter("times", Type::Number)],
        variadic: None,
        return_type: Type::String,
        summary: String::new(),
        description: String::new(),
        description_kind: TextKind::Plain,
        deprecation_message: String::new(),
    }
}

#[async_trait]
impl Provider for TestProvider {
    async fn schemas(&self) -> Result<Arc<dyn ProviderSchemas>, Diagnostics> {
        Ok(Arc::new(schemas()))
    }

    async fn validate_provider_config(&self, config: &Value) -> (Value, Diagnostics) {
        (config.clone(), Diagnostics::new())
    }

    async fn validate_resource_config(&self, request: ValidateResourceRequest) -> Diagnostics {
        if name_of(&request.config) == "invalid" {
            return failure("validate", "invalid");
        }
        Diagnostics::new()
    }

    async fn validate_data_source_config(&self, _: &str, _: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    async fn validate_ephemeral_config(&self, _: &str, _: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    async fn upgrade_resource_state(
        &self,
        request: UpgradeStateRequest,
    ) -> (Option<Value>, Diagnostics) {
        let RawState::Json(bytes) = &request.raw else {
            return (None, failure("upgrade", "a flat state"));
        };
        let schemas = schemas();
        let schema = schemas.resource_types.get(&request.ty);
        let value = schema.and_then(|s| json::from_slice(bytes, s.block.implied_type()).ok());
        match value {
            Some(value) => (Some(value), Diagnostics::new()),
            None => (None, failure("upgrade", &request.ty)),
        }
    }

    async fn upgrade_identity(&self, _: UpgradeIdentityRequest) -> (Option<Value>, Diagnostics) {
        (None, Diagnostics::new())
    }

    async fn configure(&self, request: ConfigureRequest) -> Diagnostics {
        let region = request.config.get("region").and_then(|v| v.as_str()).cloned();
        let call = region.map_or("configure".into(), |region| format!("configure {region}"));
        self.cloud.lock().calls.push(call);
        Diagnostics::new()
    }

    async fn gathers_reads(&self, _ty: &str) -> bool {
        self.cloud.lock().gather
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequest,
    ) -> (Option<ReadResourceResponse>, Diagnostics) {
        let mut inner = self.cloud.lock();
        let name = name_of(&request.prior);
        inner.calls.push(format!("read {name}"));
        if inner.fail.contains(&(Operation::Read, name.clone())) {
            return (None, failure("read", &name));
        }
        let state = match inner.objects.get(&id_of(&request.prior)) {
            Some(object) => object.clone(),
            None => Value::null(request.prior.ty()),
        };
        let (private, identity) = (request.private, None);
        (
            Some(ReadResourceResponse { state, private, identity, deferred: None }),
            Diagnostics::new(),
        )
    }

    async fn plan_resource_change(
        &self,
        request: PlanResourceRequest,
    ) -> (Option<PlanResourceResponse>, Diagnostics) {
        let mut inner = self.cloud.lock();
        if inner.gather {
            inner.calls.push(format!("plan {}", name_of(&request.proposed)));
        }
        drop(inner);
        let mut planned = request.proposed.clone();
        let mut requires_replace = Vec::new();
        let wants = request.capabilities.deferral_allowed && name_of(&planned) == "deferred";
        let deferred = wants.then_some(DeferredReason::AbsentPrereq);
        if !planned.is_null() {
            if request.prior.is_null() {
                let id = Value::unknown_refined(Type::String, Refinements::not_null());
                planned = with(&planned, "id", id);
            } else if request.prior.get("kind") != planned.get("kind") {
                requires_replace.push(Path::root().attribute("kind"));
            }
            if self.cloud.lock().leak {
                let secret = request.config.get("secret_wo").cloned();
                planned = with(&planned, "secret_wo", secret.unwrap_or(Value::NULL));
            }
            if self.cloud.lock().wrong {
                planned = with(&planned, "name", Value::from("wrong"));
            }
        }
        let answer = PlanResourceResponse {
            planned,
            requires_replace,
            private: request.private,
            legacy_type_system: false,
            identity: None,
            deferred,
        };
        (Some(answer), Diagnostics::new())
    }

    async fn apply_resource_change(
        &self,
        request: ApplyResourceRequest,
    ) -> (Option<ApplyResourceResponse>, Diagnostics) {
        let mut inner = self.cloud.lock();
        let object = if request.planned.is_null() { &request.prior } else { &request.planned };
        let name = name_of(object);
        let answer = |state: Value| {
            Some(ApplyResourceResponse {
                state,
                private: Arc::from(&b"private"[..]),
                legacy_type_system: false,
                identity: None,
            })
        };
        let secret = request.config.get("secret_wo").and_then(|v| v.as_str()).cloned();
        inner.calls.extend(secret.map(|secret| format!("store {secret} in {name}")));
        let fails = |operation| inner.fail.contains(&(operation, name.clone()));
        if request.planned.is_null() {
            if fails(Operation::Delete) {
                return (answer(request.prior.clone()), failure("delete", &name));
            }
            inner.objects.remove(&id_of(&request.prior));
            return (answer(request.planned), Diagnostics::new());
        }
        if !request.prior.is_null() {
            if fails(Operation::Update) {
                return (answer(request.prior.clone()), failure("update", &name));
            }
            let id = id_of(&request.planned);
            inner.objects.insert(id, request.planned.clone());
            return (answer(request.planned), Diagnostics::new());
        }
        if fails(Operation::Create) {
            return (answer(Value::null(request.planned.ty())), failure("create", &name));
        }
        let half = fails(Operation::CreateHalf);
        inner.next += 1;
        let id = format!("thing-{}", inner.next);
        let state = with(&request.planned, "id", Value::from(id.as_str()));
        inner.objects.insert(id, state.clone());
        let diagnostics = if half { failure("finish creating", &name) } else { Diagnostics::new() };
        (answer(state), diagnostics)
    }

    async fn import_resource_state(
        &self,
        request: ImportRequest,
    ) -> (Vec<ImportedResource>, Diagnostics) {
        let inner = self.cloud.lock();
        match inner.objects.get(&*request.id) {
            Some(object) => {
                let (ty, state) = (request.ty, object.clone());
                let private = Arc::from([]);
                (vec![ImportedResource { ty, state, private, identity: None }], Diagnostics::new())
            }
            None => (Vec::new(), failure("import", &request.id)),
        }
    }

    async fn move_resource_state(
        &self,
        _: MoveStateRequest,
    ) -> (Option<MovedResource>, Diagnostics) {
        (None, failure("move", "anything"))
    }

    async fn read_data_source(
        &self,
        request: ReadDataRequest,
    ) -> (Option<ReadDataResponse>, Diagnostics) {
        let mut inner = self.cloud.lock();
        let name = name_of(&request.config);
        inner.calls.push(format!("read data {name}"));
        let found = inner.objects.values().find(|o| name_of(o) == name);
        let value = found.and_then(|o| o.get("value")).cloned();
        match value {
            Some(value) => {
                let state = with(&request.config, "value", value);
                (Some(ReadDataResponse { state, deferred: None }), Diagnostics::new())
            }
            None => (None, failure("find", &name)),
        }
    }

    async fn open_ephemeral(
        &self,
        _: &str,
        config: &Value,
    ) -> (Option<OpenEphemeralResponse>, Diagnostics) {
        let mut inner = self.cloud.lock();
        let name = name_of(config);
        if inner.fail.contains(&(Operation::Open, name.clone())) {
            return (None, failure("open", &name));
        }
        inner.calls.push(format!("open {name}"));
        inner.open.insert(name.clone());
        let secret = format!("secret of {name}");
        let answer = OpenEphemeralResponse {
            result: with(config, "secret", Value::from(secret.as_str())),
            private: Arc::from(name.as_bytes()),
            renew_at: (inner.renewals > 0).then_some(1),
            deferred: None,
        };
        (Some(answer), Diagnostics::new())
    }

    async fn renew_ephemeral(
        &self,
        _: &str,
        private: &[u8],
    ) -> (Option<RenewEphemeralResponse>, Diagnostics) {
        let mut inner = self.cloud.lock();
        let name = String::from_utf8_lossy(private);
        inner.calls.push(format!("renew {name}"));
        inner.renewals = inner.renewals.saturating_sub(1);
        let renew_at = (inner.renewals > 0).then_some(1);
        let private = Arc::from(private);
        (Some(RenewEphemeralResponse { private, renew_at }), Diagnostics::new())
    }

    async fn close_ephemeral(&self, _: &str, private: &[u8]) -> Diagnostics {
        let mut inner = self.cloud.lock();
        let name = String::from_utf8_lossy(private).into_owned();
        inner.calls.push(format!("close {name}"));
        inner.open.remove(&name);
        match inner.fail.contains(&(Operation::Close, name.clone())) {
            true => failure("close", &name),
            false => Diagnostics::new(),
        }
    }

    async fn call_function(&self, name: &str, args: &[Value]) -> Result<Value, FunctionCallError> {
        let (Some(text), Some(times)) = (
            args.first().and_then(Value::as_str),
            args.get(1).and_then(Value::as_number).and_then(|n| n.as_i64()),
        ) else {
            return Err(FunctionCallError {
                argument: None,
                message: format!("there is no function {name}"),
            });
        };
        self.cloud.lock().calls.push(format!("call {name}"));
        match usize::try_from(times) {
            Ok(times) => Ok(Value::from(text.repeat(times))),
            Err(_) => Err(FunctionCallError {
                argument: Some(1),
                message: "nothing can be repeated so often".into(),
            }),
        }
    }

    async fn validate_action_config(&self, _: &str, config: &Value) -> Diagnostics {
        match config.get("message").and_then(|m| m.as_str()).map(|m| &**m) {
            Some("invalid") => failure("validate", "invalid"),
            _ => Diagnostics::new(),
        }
    }

    async fn invoke_action(
        &self,
        request: InvokeActionRequest,
        progress: &(dyn for<'a> Fn(&'a str) + Send + Sync),
    ) -> Diagnostics {
        let message = request.config.get("message").and_then(|m| m.as_str()).cloned();
        let message = message.unwrap_or_else(|| "".into());
        self.cloud.lock().calls.push(format!("invoke {message}"));
        progress(&format!("got {message}"));
        match &*message {
            "fail" => failure("invoke", "fail"),
            _ => Diagnostics::new(),
        }
    }

    async fn list_resources(
        &self,
        request: &ListRequest,
        each: &mut (dyn FnMut(ListedResource) -> bool + Send),
    ) -> Diagnostics {
        let wanted = request.config.get("name").and_then(|n| n.as_str()).cloned();
        let objects: Vec<Value> = self.cloud.lock().objects.values().cloned().collect();
        for object in objects {
            if wanted.as_ref().is_some_and(|wanted| **wanted != *name_of(&object)) {
                continue;
            }
            let listed = ListedResource {
                identity: Some(Value::object_of([("id", Value::from(id_of(&object)))])),
                display_name: name_of(&object),
                object: request.include_objects.then_some(object),
                diagnostics: Diagnostics::new(),
            };
            if !each(listed) {
                break;
            }
        }
        Diagnostics::new()
    }

    async fn stop(&self) -> Diagnostics {
        Diagnostics::new()
    }

    async fn close(&self) {}
}
