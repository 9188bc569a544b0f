//! The provider behind the messages, good and bad.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use groma_diag::{Diagnostic, Diagnostics};
use groma_protocol::CONFIGURATION_KEY;
use groma_protocol::convert::{decode_value, encode_value};
use groma_protocol::tfplugin6 as p;
use groma_schema::{
    Attribute, AttributeType, Block, FunctionParameter, FunctionSignature, IdentityAttribute,
    IdentitySchema, NestedObject, Nesting, Schema, TextKind,
};
use groma_value::{Type, Value};
use serde_json::json;
use tokio::sync::Notify;
use tonic::metadata::MetadataMap;

use super::{Host, Served};
use crate::{
    Catalog, ConfigureRequest, Context, CreateRequest, Function, FunctionError, Provider, Resource,
    UpdateRequest,
};

struct TestProvider {
    nested: bool,
}

#[derive(Default)]
struct Client {
    reading: Notify,
}

#[crate::async_trait]
impl Provider for TestProvider {
    type Client = Arc<Client>;

    fn schema(&self) -> Schema {
        Schema {
            block: Block::with_attributes([("region", Attribute::optional(Type::String))]),
            ..Schema::default()
        }
    }

    fn catalog(&self) -> Result<Catalog<Arc<Client>>, Diagnostics> {
        let catalog = Catalog::new().resource("t_thing", Thing).function("sum", Sum);
        Ok(if self.nested { catalog.resource("t_nested", NestedThing) } else { catalog })
    }

    async fn configure(
        &self,
        request: &ConfigureRequest,
        warnings: &mut Diagnostics,
    ) -> Result<Arc<Client>, Diagnostics> {
        warnings.push(Diagnostic::warning("beware", ""));
        if request.config.get("region").is_some_and(|r| !r.is_known()) {
            return Err(Diagnostic::error("unknown region", "").into());
        }
        Ok(Arc::default())
    }
}

struct Thing;

fn thing() -> Schema {
    let secret = Attribute { write_only: true, ..Attribute::optional(Type::String) };
    let block = Block::with_attributes([
        ("id", Attribute::computed(Type::String)),
        ("name", Attribute::required(Type::String)),
        ("secret", secret),
    ]);
    let id = IdentityAttribute {
        ty: Type::String,
        required_for_import: true,
        optional_for_import: false,
        description: String::new(),
    };
    let identity = Some(IdentitySchema { version: 0, attributes: [("id".into(), id)].into() });
    Schema { version: 2, block, identity }
}

fn object(id: Value, name: &str, secret: Value) -> Value {
    Value::object_of([("id", id), ("name", name.into()), ("secret", secret)])
}

fn null() -> Value {
    Value::null(Type::String)
}

fn unknown() -> Value {
    Value::unknown(Type::String)
}

#[crate::async_trait]
impl Resource<Arc<Client>> for Thing {
    fn schema(&self) -> Schema {
        thing()
    }

    async fn read(
        &self,
        cx: &Context<Arc<Client>>,
        _state: &Value,
    ) -> Result<Option<Value>, Diagnostics> {
        cx.client().reading.notify_one();
        cx.wait(Duration::from_secs(3600), "the end of time").await?;
        Ok(None)
    }

    async fn create(
        &self,
        cx: &Context<Arc<Client>>,
        request: &CreateRequest,
    ) -> Result<Value, Diagnostics> {
        let name = request.planned.get("name").and_then(Value::as_str).cloned().unwrap_or_default();
        let made =
            object("i".into(), &name, request.config.get("secret").cloned().unwrap_or(null()));
        match &*name {
            "fails" => return Err(Diagnostic::error("no", "").into()),
            "misfits" => return Ok(Value::TRUE),
            "forgets" => return Ok(request.planned.clone()),
            _ => {}
        }
        cx.set_private("p");
        cx.keep(made.clone());
        match &*name {
            "fails late" => Err(Diagnostic::error("no", "").into()),
            "panics late" => panic!("as the test wants it"),
            _ => Ok(made),
        }
    }

    async fn update(
        &self,
        _cx: &Context<Arc<Client>>,
        _request: &UpdateRequest,
    ) -> Result<Value, Diagnostics> {
        Err(Diagnostic::error("no", "").into())
    }

    async fn delete(&self, _cx: &Context<Arc<Client>>, _prior: &Value) -> Result<(), Diagnostics> {
        Ok(())
    }

    async fn upgrade_state(
        &self,
        version: i64,
        mut state: serde_json::Value,
    ) -> Result<serde_json::Value, Diagnostics> {
        state["name"] = json!(format!("from {version}"));
        Ok(state)
    }
}

struct NestedThing;

#[crate::async_trait]
impl Resource<Arc<Client>> for NestedThing {
    fn schema(&self) -> Schema {
        let attributes = [("a".into(), Attribute::optional(Type::String))].into();
        let nested = NestedObject { attributes, nesting: Nesting::List };
        let attribute = Attribute {
            ty: AttributeType::Nested(Box::new(nested)),
            ..Attribute::optional(Type::String)
        };
        Schema { block: Block::with_attributes([("list", attribute)]), ..Schema::default() }
    }
    async fn read(
        &self,
        _: &Context<Arc<Client>>,
        s: &Value,
    ) -> Result<Option<Value>, Diagnostics> {
        Ok(Some(s.clone()))
    }
    async fn create(
        &self,
        _: &Context<Arc<Client>>,
        r: &CreateRequest,
    ) -> Result<Value, Diagnostics> {
        Ok(r.planned.clone())
    }
    async fn update(
        &self,
        _: &Context<Arc<Client>>,
        r: &UpdateRequest,
    ) -> Result<Value, Diagnostics> {
        Ok(r.planned.clone())
    }
    async fn delete(&self, _: &Context<Arc<Client>>, _: &Value) -> Result<(), Diagnostics> {
        Ok(())
    }
}

struct Sum;

#[crate::async_trait]
impl Function for Sum {
    fn signature(&self) -> FunctionSignature {
        let parameter = |name: &str| FunctionParameter {
            name: name.into(),
            ty: Type::Number,
            allow_null: false,
            allow_unknown: false,
            description: String::new(),
            description_kind: TextKind::Plain,
        };
        FunctionSignature {
            parameters: vec![parameter("first")],
            variadic: Some(parameter("others")),
            return_type: Type::Number,
            summary: String::new(),
            description: String::new(),
            description_kind: TextKind::Plain,
            deprecation_message: String::new(),
        }
    }
    async fn call(&self, arguments: &[Value]) -> Result<Value, FunctionError> {
        let sum = arguments.iter().filter_map(|v| v.as_number()?.as_i64()).sum::<i64>();
        Ok(sum.into())
    }
}

fn encoded(value: &Value) -> Option<p::DynamicValue> {
    encode_value(value, thing().block.implied_type()).ok()
}

fn decoded(value: Option<p::DynamicValue>) -> Value {
    decode_value(value.as_ref(), thing().block.implied_type()).unwrap_or_else(|e| panic!("{e}"))
}

fn summaries(diagnostics: &[p::Diagnostic]) -> Vec<&str> {
    diagnostics.iter().map(|d| d.summary.as_str()).collect()
}

fn config(region: Value) -> p::configure_provider::Request {
    let ty = Type::object([("region", Type::String)]);
    let config = encode_value(&Value::object_of([("region", region)]), &ty).ok();
    p::configure_provider::Request { config, ..Default::default() }
}

async fn configured() -> Arc<Host<TestProvider>> {
    let host = Host::new(TestProvider { nested: false });
    let answer = host.configure(config(null())).await;
    assert_eq!(summaries(&answer.diagnostics), ["beware"]);
    host
}

async fn create(name: &str) -> p::apply_resource_change::Response {
    let request = p::apply_resource_change::Request {
        type_name: "t_thing".to_owned(),
        planned_state: encoded(&object(unknown(), name, null())),
        config: encoded(&object(null(), name, "s".into())),
        ..Default::default()
    };
    configured().await.apply(request).await
}

#[tokio::test]
async fn nothing_is_done_before_the_provider_is_configured() {
    let host = Host::new(TestProvider { nested: false });
    let answer = host.configure(config(unknown())).await;
    assert_eq!(summaries(&answer.diagnostics), ["beware", "unknown region"]);
    let request =
        p::plan_resource_change::Request { type_name: "t_thing".to_owned(), ..Default::default() };
    let answer = host.plan(request).await;
    assert_eq!(summaries(&answer.diagnostics), ["Provider not configured"]);
}

#[tokio::test]
async fn a_call_says_which_configuration_it_is_for() {
    let served = Served::new(TestProvider { nested: false });
    let metadata = |number: Option<u32>| {
        let mut metadata = MetadataMap::new();
        if let Some(number) = number {
            metadata.insert(CONFIGURATION_KEY, number.into());
        }
        metadata
    };
    let one = served.host(&metadata(Some(1)));
    assert!(Arc::ptr_eq(&one, &served.host(&metadata(Some(1)))));
    one.configure(config(null())).await;
    let request = || p::plan_resource_change::Request {
        type_name: "t_thing".to_owned(),
        ..Default::default()
    };
    for other in [None, Some(2)] {
        let answer = served.host(&metadata(other)).plan(request()).await;
        assert_eq!(summaries(&answer.diagnostics), ["Provider not configured"]);
    }
    assert_ne!(summaries(&one.plan(request()).await.diagnostics), ["Provider not configured"]);
}

#[tokio::test]
async fn what_is_created_is_recorded_however_it_ends() {
    let made = |name| object("i".into(), name, null());
    let answer = create("works").await;
    assert_eq!(decoded(answer.new_state), made("works"));
    assert_eq!((answer.private, answer.diagnostics.len()), (Bytes::from("p"), 0));
    assert!(answer.new_identity.is_some());
    let answer = create("fails late").await;
    assert_eq!(summaries(&answer.diagnostics), ["no"]);
    assert_eq!(decoded(answer.new_state), made("fails late"));
    let answer = create("panics late").await;
    assert_eq!(summaries(&answer.diagnostics), ["Provider failed"]);
    assert_eq!(decoded(answer.new_state), made("panics late"));
    let answer = create("fails").await;
    assert_eq!(summaries(&answer.diagnostics), ["no"]);
    assert!(decoded(answer.new_state).is_null());
    let answer = create("forgets").await;
    assert_eq!(
        summaries(&answer.diagnostics),
        ["Provider returned invalid result object after apply"]
    );
    assert_eq!(decoded(answer.new_state), object(null(), "forgets", null()));
    let answer = create("misfits").await;
    assert_eq!(summaries(&answer.diagnostics), ["Provider produced invalid object"]);
    assert_eq!(decoded(answer.new_state), object(null(), "misfits", null()));
}

#[tokio::test]
async fn a_failed_update_leaves_the_prior_object_and_a_deletion_nothing() {
    let host = configured().await;
    let prior = object("i".into(), "a", null());
    let mut request = p::apply_resource_change::Request {
        type_name: "t_thing".to_owned(),
        prior_state: encoded(&prior),
        planned_state: encoded(&object("i".into(), "b", null())),
        planned_private: Bytes::from("q"),
        ..Default::default()
    };
    let answer = host.apply(request.clone()).await;
    assert_eq!((decoded(answer.new_state), answer.private), (prior, Bytes::from("q")));
    request.planned_state = None;
    let answer = host.apply(request).await;
    assert!(decoded(answer.new_state).is_null() && answer.diagnostics.is_empty());
}

#[tokio::test]
async fn plans_contain_no_write_only_values() {
    let proposed = object(null(), "a", "s".into());
    let request = p::plan_resource_change::Request {
        type_name: "t_thing".to_owned(),
        proposed_new_state: encoded(&proposed),
        config: encoded(&proposed),
        ..Default::default()
    };
    let answer = configured().await.plan(request).await;
    assert_eq!(decoded(answer.planned_state), object(unknown(), "a", null()));
}

#[tokio::test]
async fn a_stop_ends_what_is_under_way_and_nothing_later() {
    let host = configured().await;
    let client = host.client.read().ok().and_then(|c| c.clone()).unwrap_or_default();
    let request = p::read_resource::Request {
        type_name: "t_thing".to_owned(),
        current_state: encoded(&object("i".into(), "a", null())),
        ..Default::default()
    };
    let running = {
        let (host, request) = (host.clone(), request.clone());
        tokio::spawn(async move { host.read(request).await })
    };
    client.reading.notified().await;
    host.stop();
    let answer = running.await.unwrap_or_default();
    assert_eq!(summaries(&answer.diagnostics), ["Operation interrupted"]);
    assert_eq!(decoded(answer.new_state), object("i".into(), "a", null()));
    let later = tokio::spawn(async move { host.read(request).await });
    client.reading.notified().await;
    assert!(!later.is_finished());
    later.abort();
}

async fn upgrade(version: i64, state: serde_json::Value) -> p::upgrade_resource_state::Response {
    let raw = p::RawState { json: state.to_string().into(), flatmap: Default::default() };
    let request = p::upgrade_resource_state::Request {
        type_name: "t_thing".to_owned(),
        version,
        raw_state: Some(raw),
    };
    // Stored objects are upgraded before anything is configured.
    Host::new(TestProvider { nested: false }).upgrade_state(request).await
}

#[tokio::test]
async fn stored_objects_are_fitted_to_the_schema() {
    let answer = upgrade(2, json!({"id": "i", "name": "a", "gone": {"x": 1}})).await;
    assert_eq!(summaries(&answer.diagnostics), [""; 0]);
    assert_eq!(decoded(answer.upgraded_state), object("i".into(), "a", null()));
    let answer = upgrade(1, json!({"id": "i"})).await;
    assert_eq!(decoded(answer.upgraded_state), object("i".into(), "from 1", null()));
    let newer = upgrade(3, json!({})).await;
    assert_eq!(
        summaries(&newer.diagnostics),
        ["Resource instance managed by newer provider version"]
    );
    let wrong = upgrade(2, json!({"name": []})).await;
    assert_eq!(summaries(&wrong.diagnostics), ["Unable to Read Previously Saved State"]);
}

#[tokio::test]
async fn imports_pass_the_id_on() {
    let request = p::import_resource_state::Request {
        type_name: "t_thing".to_owned(),
        id: "i-1".to_owned(),
        ..Default::default()
    };
    let answer = configured().await.import(request).await;
    let imported = answer.imported_resources.into_iter().next().unwrap_or_default();
    let expected =
        Value::object_of([("id", Value::from("i-1")), ("name", null()), ("secret", null())]);
    assert_eq!(decoded(imported.state), expected);
    assert!(imported.identity.is_some());
}

#[tokio::test]
async fn protocol_5_has_no_nested_attributes() {
    let answer = Host::new(TestProvider { nested: false }).provider_schema_v5();
    assert!(answer.diagnostics.is_empty() && answer.resource_schemas.contains_key("t_thing"));
    let answer = Host::new(TestProvider { nested: true }).provider_schema_v5();
    assert_eq!(summaries(&answer.diagnostics), ["Schema not supported by protocol 5"]);
}

#[tokio::test]
async fn functions_are_called_with_what_they_take() {
    let host = Host::new(TestProvider { nested: false });
    let argument = |n: i64| encode_value(&n.into(), &Type::Number).unwrap_or_default();
    let call = |arguments| p::call_function::Request { name: "sum".to_owned(), arguments };
    let answer = host.call_function(call(vec![argument(1), argument(2), argument(3)])).await;
    assert_eq!(decode_value(answer.result.as_ref(), &Type::Number), Ok(6.into()));
    let answer = host.call_function(call(Vec::new())).await;
    assert!(answer.error.is_some_and(|e| e.text.contains("it takes 1")));
    let text = encode_value(&"x".into(), &Type::String).unwrap_or_default();
    let answer = host.call_function(call(vec![argument(1), text])).await;
    assert_eq!(answer.error.and_then(|e| e.function_argument), Some(1));
}

#[tokio::test]
async fn unknown_types_are_named() {
    let request = p::validate_resource_config::Request {
        type_name: "t_other".to_owned(),
        ..Default::default()
    };
    let answer = Host::new(TestProvider { nested: false }).validate_resource(request).await;
    assert!(answer.diagnostics[0].detail.contains("t_other"));
}
