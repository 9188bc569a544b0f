//! Against a released plugin: hashicorp/aws 5.100.0, which speaks protocol 5 through go-plugin.
//!
//! `GROMA_TEST_AWS_PLUGIN` names its program. Where it is not set, the tests say so and pass over.

use std::path::PathBuf;
use std::time::Instant;

use groma_plugin::{Launch, Plugin, SchemaCache};
use groma_provider::Provider as _;
use groma_schema::ProviderSchemas as _;

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
