//! The schemas of the plugin within the test, and values that conform to them.

use bytes::Bytes;
use groma_plugin::Protocol;
use groma_protocol::convert::{
    encode_value, function_to_wire, identity_to_wire, schema_to_v5, schema_to_wire,
};
use groma_protocol::{tfplugin5 as v5, tfplugin6 as v6};
use groma_schema::{
    Attribute, Block, FunctionParameter, FunctionSignature, IdentityAttribute, IdentitySchema,
    Schema, TextKind,
};
use groma_value::{Type, Value};

use super::{Answer, Fake, answer};

/// The schema of everything that the fake has: `{ name, size }`.
pub(crate) fn schema() -> Schema {
    let block = Block::with_attributes([
        ("name", Attribute::optional(Type::String)),
        ("size", Attribute::optional_computed(Type::Number)),
    ]);
    Schema { version: 2, block, identity: None }
}

pub(crate) fn object_type() -> Type {
    Type::object([("name", Type::String), ("size", Type::Number)])
}

pub(crate) fn object(name: &str, size: i64) -> Value {
    Value::object_of([("name", name.into()), ("size", size.into())])
}

pub(crate) fn encoded(value: &Value) -> Option<v6::DynamicValue> {
    Some(encode_value(value, &object_type()).unwrap())
}

pub(crate) fn decoded(value: Option<v6::DynamicValue>) -> Value {
    groma_protocol::convert::decode_value(value.as_ref(), &object_type()).unwrap()
}

pub(crate) fn identity(id: &str) -> Value {
    Value::object_of([("id", id.into())])
}

pub(crate) fn encoded_identity(id: &str) -> Option<v6::ResourceIdentityData> {
    let ty = Type::object([("id", Type::String)]);
    let identity_data = Some(encode_value(&identity(id), &ty).unwrap());
    Some(v6::ResourceIdentityData { identity_data })
}

pub(crate) fn error(summary: &str) -> Vec<v6::Diagnostic> {
    let severity = v6::diagnostic::Severity::Error.into();
    vec![v6::Diagnostic { severity, summary: summary.to_owned(), ..Default::default() }]
}

pub(crate) fn signature() -> FunctionSignature {
    let parameter = FunctionParameter {
        name: "words".into(),
        ty: Type::String,
        allow_null: false,
        allow_unknown: false,
        description: String::new(),
        description_kind: TextKind::Plain,
    };
    FunctionSignature {
        parameters: Vec::new(),
        variadic: Some(parameter),
        return_type: Type::Number,
        summary: String::new(),
        description: String::new(),
        description_kind: TextKind::Plain,
        deprecation_message: String::new(),
    }
}

pub(crate) fn schema_answer(protocol: Protocol) -> Answer {
    let types = || [("thing".to_owned(), schema_to_wire(&schema()))].into();
    let functions = [("count".to_owned(), function_to_wire(&signature()))].into();
    let schema = Some(schema_to_wire(&schema()));
    let six = v6::get_provider_schema::Response {
        provider: schema.clone(),
        resource_schemas: types(),
        data_source_schemas: types(),
        ephemeral_resource_schemas: types(),
        list_resource_schemas: types(),
        action_schemas: [("thing".to_owned(), v6::ActionSchema { schema })].into(),
        functions,
        server_capabilities: Some(v6::ServerCapabilities {
            plan_destroy: true,
            ..Default::default()
        }),
        ..Default::default()
    };
    if protocol == Protocol::V6 {
        return answer(six);
    }
    let five = |schemas: std::collections::BTreeMap<String, v6::Schema>| {
        schemas.into_iter().map(|(n, s)| (n, schema_to_v5(s).unwrap())).collect()
    };
    answer(v5::get_provider_schema::Response {
        provider: six.provider.map(|s| schema_to_v5(s).unwrap()),
        resource_schemas: five(six.resource_schemas),
        data_source_schemas: five(six.data_source_schemas),
        ephemeral_resource_schemas: five(six.ephemeral_resource_schemas),
        list_resource_schemas: five(six.list_resource_schemas),
        action_schemas: six
            .action_schemas
            .into_iter()
            .map(|(name, action)| {
                let schema = action.schema.map(|s| schema_to_v5(s).unwrap());
                (name, v5::ActionSchema { schema })
            })
            .collect(),
        functions: six.functions,
        server_capabilities: six.server_capabilities,
        ..Default::default()
    })
}

pub(crate) fn identities_answer() -> Answer {
    let attribute = IdentityAttribute {
        ty: Type::String,
        required_for_import: true,
        optional_for_import: false,
        description: String::new(),
    };
    let schema = IdentitySchema { version: 1, attributes: [("id".into(), attribute)].into() };
    answer(v6::get_resource_identity_schemas::Response {
        identity_schemas: [("thing".to_owned(), identity_to_wire(&schema))].into(),
        ..Default::default()
    })
}

/// A fake that has the schemas, and whatever else `more` answers.
pub(crate) fn fake(
    protocol: Protocol,
    more: impl Fn(&str, Bytes) -> Answer + Send + Sync + 'static,
) -> Fake {
    Fake::start(protocol, move |method, bytes| match (method, protocol) {
        ("GetSchema", Protocol::V5) | ("GetProviderSchema", Protocol::V6) => {
            schema_answer(protocol)
        }
        ("GetResourceIdentitySchemas", _) => identities_answer(),
        _ => more(method, bytes),
    })
}
