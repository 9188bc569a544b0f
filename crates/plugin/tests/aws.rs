//! Against a released plugin: hashicorp/aws 5.100.0, which speaks protocol 5 through go-plugin.
//!
//! `GROMA_TEST_AWS_PLUGIN` names its program. Where it is not set, the tests say so and pass over.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a test may fail"
)]

use std::path::PathBuf;
use std::time::Instant;

use groma_plugin::{Launch, Plugin, PluginProvider, SchemaCache};
use groma_provider::{
    ClientCapabilities, ConfigureRequest, PlanResourceRequest, Provider, RawState,
    UpgradeStateRequest, ValidateResourceRequest,
};
use groma_schema::{Block, Nesting, ProviderSchemas as _};
use groma_value::{Path, Type, Value};

const NAME: &str = "registry.terraform.io/hashicorp/aws";

fn program() -> Option<PathBuf> {
    let program = std::env::var_os("GROMA_TEST_AWS_PLUGIN").map(PathBuf::from);
    if program.is_none() {
        eprintln!("PASSED OVER: GROMA_TEST_AWS_PLUGIN does not name the plugin");
    }
    program
}

#[tokio::test(flavor = "multi_thread")]
async fn schemas_are_asked_once_and_then_cached() {
    let Some(program) = program() else { return };
    let directory = tempfile::tempdir().unwrap();
    let cache = Some(SchemaCache { directory: directory.path().to_owned(), key: "aws".to_owned() });

    let begin = Instant::now();
    let asked = Plugin::launched(NAME, Launch::new(&program), cache.clone()).instance();
    let schemas = asked.plugin_schemas().await.unwrap();
    println!("start and schemas: {:?}", begin.elapsed());
    assert!(asked.is_started());
    assert!(schemas.resource_type_names().len() > 1000);
    let instance = schemas.resource_type("aws_instance").unwrap().unwrap();
    assert_eq!(instance.version, 1);
    let begin = Instant::now();
    asked.close().await;
    println!("close: {:?}", begin.elapsed());

    let begin = Instant::now();
    let cached = Plugin::launched(NAME, Launch::new(&program), cache).instance();
    let schemas = cached.plugin_schemas().await.unwrap();
    assert_eq!(*schemas.resource_type("aws_instance").unwrap().unwrap(), *instance);
    println!("cached schemas: {:?}", begin.elapsed());
    assert!(!cached.is_started());
    let begin = Instant::now();
    cached.start().await.unwrap();
    println!("start: {:?}, {:?}", begin.elapsed(), schemas.capabilities());
    cached.close().await;
}

/// What an empty body of a block decodes to, with these attributes set.
fn body(block: &Block, set: &[(&str, Value)]) -> Value {
    let attributes = block.attributes.iter().map(|(name, attribute)| {
        let given = set.iter().find(|(n, _)| **n == **name);
        let value = match given {
            Some((_, value)) => value.clone(),
            None => Value::null(attribute.implied_type()),
        };
        (name.clone(), value)
    });
    let blocks = block.blocks.iter().map(|(name, nested)| {
        let element = nested.block.implied_type().clone();
        let value = match nested.nesting {
            Nesting::Single => Value::null(element),
            Nesting::Group => body(&nested.block, &[]),
            Nesting::List => Value::list(element, vec![]),
            Nesting::Set => Value::set(element, vec![]),
            Nesting::Map => Value::map(element, Default::default()),
        };
        (name.clone(), value)
    });
    Value::object(attributes.chain(blocks).collect())
}

async fn configured(program: PathBuf) -> PluginProvider {
    let provider = PluginProvider::new(NAME, Launch::new(program), None);
    let schemas = provider.plugin_schemas().await.unwrap();
    let block = &schemas.provider().unwrap().block;
    let settings = [
        ("region", "us-east-1".into()),
        ("access_key", "dummy".into()),
        ("secret_key", "dummy".into()),
        ("skip_credentials_validation", Value::TRUE),
        ("skip_requesting_account_id", Value::TRUE),
        ("skip_metadata_api_check", "true".into()),
    ];
    let config = body(block, &settings);
    let (_, told) = provider.validate_provider_config(&config).await;
    assert!(!told.has_errors(), "{told}");
    let request = ConfigureRequest {
        terraform_version: "1.11.4".to_owned(),
        config,
        capabilities: ClientCapabilities::default(),
    };
    let told = provider.configure(request).await;
    assert!(!told.has_errors(), "{told}");
    provider
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_is_planned() {
    let Some(program) = program() else { return };
    let provider = configured(program).await;
    let schemas = provider.plugin_schemas().await.unwrap();
    let schema = schemas.resource_type("aws_sqs_queue").unwrap().unwrap();
    let ty = schema.block.implied_type();
    let config = body(&schema.block, &[("name", "jobs".into())]);
    let validate = |config: &Value| ValidateResourceRequest {
        ty: "aws_sqs_queue".into(),
        config: config.clone(),
        capabilities: ClientCapabilities::default(),
    };
    let told = provider.validate_resource_config(validate(&config)).await;
    assert!(told.is_empty(), "{told}");
    let bad = body(&schema.block, &[("delay_seconds", Value::from(100_000))]);
    let told = provider.validate_resource_config(validate(&bad)).await;
    assert!(told.iter().any(|d| d.is_error() && d.attribute.is_some()), "{told}");

    let request = PlanResourceRequest {
        ty: "aws_sqs_queue".into(),
        prior: Value::null(ty.clone()),
        proposed: config.clone(),
        config,
        private: Default::default(),
        provider_meta: Value::NULL,
        identity: None,
        capabilities: ClientCapabilities::default(),
    };
    let (planned, told) = provider.plan_resource_change(request.clone()).await;
    assert!(!told.has_errors(), "{told}");
    let planned = planned.unwrap();
    assert_eq!(planned.planned.get("name"), Some(&"jobs".into()));
    assert_eq!(planned.planned.get("arn"), Some(&Value::unknown(Type::String)));
    assert!(planned.legacy_type_system);

    // Another name is another queue.
    let prior = body(
        &schema.block,
        &[("name", "old".into()), ("id", "old".into()), ("delay_seconds", Value::from(0))],
    );
    let request = PlanResourceRequest { prior, ..request };
    let (planned, told) = provider.plan_resource_change(request).await;
    assert!(!told.has_errors(), "{told}");
    assert!(planned.unwrap().requires_replace.contains(&Path::root().attribute("name")));
    provider.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_object_is_upgraded() {
    let Some(program) = program() else { return };
    let provider = PluginProvider::new(NAME, Launch::new(program), None);
    let request = UpgradeStateRequest {
        ty: "aws_sqs_queue".into(),
        version: 0,
        raw: RawState::Json(br#"{"id":"q","name":"jobs"}"#.as_slice().into()),
    };
    let (state, told) = provider.upgrade_resource_state(request).await;
    assert!(told.is_empty(), "{told}");
    assert_eq!(state.unwrap().get("name"), Some(&"jobs".into()));

    let unknown = UpgradeStateRequest {
        ty: "aws_nonsense".into(),
        version: 0,
        raw: RawState::Json(b"{}".as_slice().into()),
    };
    let (state, told) = provider.upgrade_resource_state(unknown).await;
    assert!(state.is_none());
    assert_eq!(told.iter().next().unwrap().summary, "Invalid resource type");
}

/// The process whose environment has this variable.
#[cfg(target_os = "linux")]
fn process_with(variable: &str) -> Option<i32> {
    std::fs::read_dir("/proc").unwrap().flatten().find_map(|entry| {
        let environment = std::fs::read(entry.path().join("environ")).ok()?;
        let found = environment.split(|b| *b == 0).any(|v| v == variable.as_bytes());
        entry.file_name().to_str()?.parse().ok().filter(|_| found)
    })
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_plugin_is_noticed() {
    let Some(program) = program() else { return };
    let mark = format!("mark-{}", std::process::id());
    let env = vec![("GROMA_TEST_MARK".into(), mark.clone().into())];
    let provider = PluginProvider::new(NAME, Launch { env, ..Launch::new(program) }, None);
    provider.start().await.unwrap();
    let pid = process_with(&format!("GROMA_TEST_MARK={mark}")).unwrap();
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    let config = body(
        &provider.schemas().await.unwrap().data_source("aws_region").unwrap().unwrap().block,
        &[],
    );
    let begin = Instant::now();
    let told = provider.validate_data_source_config("aws_region", &config).await;
    println!("noticed: {:?}", begin.elapsed());
    let error = told.iter().next().unwrap();
    assert_eq!(error.summary, "Plugin did not respond");
    for part in [NAME, "signal 9", "ValidateDataResourceConfig"] {
        assert!(error.detail.contains(part), "{}", error.detail);
    }
}
