use std::collections::BTreeMap;
use std::io::Write;

use groma_backend::memory::config_hash;
use groma_backend::{LockInfo, Persister, Written};
use groma_state::{Output, State};
use groma_value::Type;

use super::config::Encryption;
use super::*;

/// A value that conforms to the schema: what is not named is null.
fn decoded(settings: &[(&str, Value)]) -> Value {
    conform(settings, S3Factory.schema().implied_type())
}

fn conform(settings: &[(&str, Value)], ty: &Type) -> Value {
    let Type::Object(object) = ty else { panic!("an object type is needed") };
    let given: BTreeMap<&str, &Value> = settings.iter().map(|(k, v)| (*k, v)).collect();
    for name in given.keys() {
        assert!(object.attributes.contains_key(*name), "{name}");
    }
    Value::object_of(object.attributes.iter().map(|(name, ty)| {
        let value = given.get(&**name).map(|v| (*v).clone());
        (name.clone(), value.unwrap_or_else(|| Value::null(ty.clone())))
    }))
}

fn nested(name: &str, settings: &[(&str, Value)]) -> Value {
    conform(settings, S3Factory.schema().implied_type().attribute(name).unwrap())
}

fn text(s: &str) -> Value {
    Value::string(s)
}

fn read(settings: &[(&str, Value)]) -> Result<(Config, Diagnostics), Diagnostics> {
    config::read(&decoded(settings), &BackendContext::default(), &|_| None)
}

fn minimal() -> Vec<(&'static str, Value)> {
    vec![("bucket", text("b")), ("key", text("a/k")), ("region", text("us-east-1"))]
}

fn error_of(settings: &[(&'static str, Value)]) -> String {
    let mut all = minimal();
    all.extend(settings.iter().cloned());
    read(&all).unwrap_err().to_string()
}

#[test]
fn hashes_are_those_of_terraform() {
    // What `terraform init` 1.11.4 wrote for this block.
    let endpoint = || text("http://127.0.0.1:5791");
    let config = decoded(&[
        ("bucket", text("tfbucket")),
        ("key", text("a/b.tfstate")),
        ("region", text("us-east-1")),
        ("endpoints", nested("endpoints", &[("s3", endpoint()), ("sts", endpoint())])),
        ("use_path_style", Value::TRUE),
        ("use_lockfile", Value::TRUE),
    ]);
    assert_eq!(config_hash("s3", &config), 3_473_795_439);
}

#[test]
fn workspaces_have_their_place_beside_each_other() {
    let (config, _) = read(&minimal()).unwrap();
    assert_eq!(config.state_key("default"), "a/k");
    assert_eq!(config.state_key("blue"), "env:/blue/a/k");
    assert_eq!(config.workspace_of("env:/blue/a/k"), Some("blue"));
    for key in ["env:/blue/a/k.tflock", "env:/blue/k", "a/k", "env:/a/k", "env://a/k"] {
        assert_eq!(config.workspace_of(key), None, "{key}");
    }
}

#[test]
fn settings_have_their_defaults_and_the_environment() {
    let (config, warnings) = read(&minimal()).unwrap();
    assert!(warnings.is_empty());
    assert_eq!((config.max_attempts, config.lockfile, config.checksums), (5, false, true));
    let env = |name: &str| match name {
        "AWS_DEFAULT_REGION" => Some("eu-west-1".to_owned()),
        "AWS_ENDPOINT_URL_S3" => Some("http://s3.test".to_owned()),
        "HOME" => Some("/home/u".to_owned()),
        _ => None,
    };
    let settings = decoded(&[
        ("bucket", text("b")),
        ("key", text("k")),
        ("shared_credentials_files", Value::set(Type::String, vec![text("~/keys")])),
        ("encrypt", Value::TRUE),
        ("kms_key_id", text("alias/x")),
    ]);
    let (config, _) = config::read(&settings, &BackendContext::default(), &env).unwrap();
    assert_eq!(
        (&*config.region, config.endpoint.as_deref()),
        ("eu-west-1", Some("http://s3.test"))
    );
    assert_eq!(config.credentials.credentials_files, [std::path::PathBuf::from("/home/u/keys")]);
    assert!(matches!(config.encryption, Encryption::Kms(id) if id == "alias/x"));
}

#[test]
fn bad_settings_are_named() {
    assert!(read(&[("region", text("us-east-1"))]).unwrap_err().len() == 2);
    let role = |settings: &[(&str, Value)]| nested("assume_role", settings);
    let endpoint = || text("http://x");
    let cases: Vec<(Vec<(&'static str, Value)>, &str)> = vec![
        (vec![("region", Value::null(Type::String))], "Missing region value"),
        (vec![("region", text("nope"))], "Invalid AWS Region: nope"),
        (vec![("dynamodb_table", text("t"))], "use_lockfile = true"),
        (vec![("workspace_key_prefix", text("/x"))], "workspace_key_prefix"),
        (vec![("key", text("/x"))], "must not start or end"),
        (vec![("endpoint", text("127.0.0.1:1"))], "is not an URL"),
        (
            vec![
                ("endpoint", endpoint()),
                ("endpoints", nested("endpoints", &[("s3", endpoint())])),
            ],
            "cannot be configured together",
        ),
        (vec![("kms_key_id", text("a")), ("sse_customer_key", text("b"))], "Only one of"),
        (vec![("sse_customer_key", text("short"))], "256 bits"),
        (vec![("retry_mode", text("z"))], "unknown RetryMode"),
        (vec![("max_retries", Value::number(-1))], "negative"),
        (vec![("insecure", Value::TRUE)], "custom_ca_bundle"),
        (vec![("access_key", text("a"))], "must be set both"),
        (vec![("assume_role", role(&[]))], "assume_role.role_arn"),
        (
            vec![("assume_role", role(&[("role_arn", text("a")), ("duration", text("5"))]))],
            "cannot be parsed as a duration",
        ),
        (
            vec![("assume_role", role(&[("role_arn", text("a")), ("duration", text("5m"))]))],
            "between 15m0s and 12h0m0s",
        ),
    ];
    for (settings, part) in cases {
        let error = error_of(&settings);
        assert!(error.contains(part), "{part}: {error}");
    }
    let key = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, [7; 32]);
    let mut settings = minimal();
    settings.extend([("sse_customer_key", text(&key)), ("force_path_style", Value::TRUE)]);
    let (config, warnings) = read(&settings).unwrap();
    assert!(config.path_style && matches!(config.encryption, Encryption::Customer { .. }));
    assert!(warnings.to_string().contains("Use parameter \"use_path_style\""));
    assert!(!format!("{config:?}").contains(&key), "secrets stay out of logs");
}

/// The address of a moto server, named by `GROMA_TEST_MOTO=host:port`.
fn emulator(test: &str) -> Option<String> {
    let address = std::env::var("GROMA_TEST_MOTO").ok();
    if address.is_none() {
        // Not a macro, whose output the test harness would keep to itself.
        let _ = writeln!(
            std::io::stderr(),
            "{test}: PASSED OVER, since GROMA_TEST_MOTO=host:port names no moto server"
        );
    }
    address.map(|a| format!("http://{a}"))
}

/// A backend on a new bucket of the emulator.
async fn connect(url: &str, bucket: &str, more: &[(&'static str, Value)]) -> Arc<dyn Backend> {
    let endpoints = nested("endpoints", &[("s3", text(url)), ("sts", text(url))]);
    let mut settings = vec![
        ("bucket", text(bucket)),
        ("key", text("dir/app.tfstate")),
        ("region", text("us-east-1")),
        ("access_key", text("test")),
        ("secret_key", text("test")),
        ("endpoints", endpoints),
        ("use_path_style", Value::TRUE),
        ("use_lockfile", Value::TRUE),
    ];
    settings.extend(more.iter().cloned());
    let settings = decoded(&settings);
    let (config, _) = config::read(&settings, &BackendContext::default(), &|_| None).unwrap();
    let client = client::connect(&config).await.unwrap();
    // It may exist already.
    let _ = client.create_bucket().bucket(bucket).send().await;
    let context = BackendContext::default();
    S3Factory.configure(&settings, &context).await.unwrap().0
}

fn unique(name: &str) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    format!("groma-{name}-{}-{}", std::process::id(), now.as_nanos())
}

fn state(text: &str) -> State {
    let mut state = State::default();
    state.outputs.insert("x".into(), Output { value: Value::string(text), sensitive: false });
    state
}

#[tokio::test]
async fn states_are_kept_in_a_bucket() {
    let Some(url) = emulator("states_are_kept_in_a_bucket") else { return };
    let key = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, [7; 32]);
    let variants: [&[(&'static str, Value)]; 4] = [
        &[],
        &[("encrypt", Value::TRUE), ("acl", text("bucket-owner-full-control"))],
        &[("sse_customer_key", text(&key))],
        &[(
            "assume_role",
            nested("assume_role", &[("role_arn", text("arn:aws:iam::123456789012:role/r"))]),
        )],
    ];
    for (n, more) in variants.into_iter().enumerate() {
        let bucket = unique(&format!("keep{n}"));
        let backend = connect(&url, &bucket, more).await;
        assert_eq!(backend.workspaces().await.unwrap(), ["default"]);
        let store = backend.state_store("default").await.unwrap();
        assert_eq!(store.read().await.unwrap(), None);
        let mut persister = Persister::new(store.clone());
        assert_eq!(persister.persist(&state("a")).await.unwrap(), Written::Snapshot);
        assert_eq!(persister.persist(&state("a")).await.unwrap(), Written::Nothing);
        assert_eq!(store.read().await.unwrap().as_ref(), persister.current());

        let blue = backend.state_store("blue").await.unwrap();
        Persister::new(blue).persist(&state("b")).await.unwrap();
        assert_eq!(backend.workspaces().await.unwrap(), ["default", "blue"]);
        backend.delete_workspace("blue").await.unwrap();
        assert_eq!(backend.workspaces().await.unwrap(), ["default"]);
        assert!(backend.delete_workspace("default").await.is_err());
    }
}

#[tokio::test]
async fn of_many_who_want_the_lock_one_gets_it() {
    let Some(url) = emulator("of_many_who_want_the_lock_one_gets_it") else { return };
    let bucket = unique("lock");
    let backend = connect(&url, &bucket, &[]).await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let store = backend.state_store("default").await.unwrap();
        tasks.spawn(async move {
            let info = LockInfo::new("OperationTypeApply");
            (store.lock(&info).await, info)
        });
    }
    let mut ids = Vec::new();
    let mut errors = Vec::new();
    while let Some(result) = tasks.join_next().await {
        match result.unwrap() {
            (Ok(id), _) => ids.push(id),
            (Err(e), _) => errors.push(e),
        }
    }
    assert_eq!((ids.len(), errors.len()), (1, 7));
    let store = backend.state_store("default").await.unwrap();
    let error = store.lock(&LockInfo::new("late")).await.unwrap_err();
    let holder = error.holder.clone().unwrap();
    assert_eq!(holder.id, ids[0].0);
    assert_eq!(holder.path, format!("{bucket}/dir/app.tfstate"));
    assert!(error.acquiring().detail.contains("OperationTypeApply"));

    let other = groma_backend::LockId("other".into());
    assert!(store.unlock(&other).await.unwrap_err().to_string().contains("does not match"));
    store.unlock(&ids[0]).await.unwrap();
    assert!(store.unlock(&ids[0]).await.is_err());
    store.lock(&LockInfo::new("next")).await.unwrap();
}

#[tokio::test]
async fn what_goes_wrong_with_a_bucket_is_explained() {
    let Some(url) = emulator("what_goes_wrong_with_a_bucket_is_explained") else { return };
    let bucket = unique("gone");
    let backend = connect(&url, &bucket, &[("bucket", text("there-is-no-such-bucket"))]).await;
    // `connect` makes the bucket that its own setting names.
    let error = backend.workspaces().await.unwrap_err();
    assert!(error.detail.contains("does not exist"), "{error}");
    assert!(error.detail.contains("RequestID"), "{error}");
    let account = Value::set(Type::String, vec![text("000000000000")]);
    let settings = [
        ("bucket", text("b")),
        ("key", text("k")),
        ("region", text("us-east-1")),
        ("access_key", text("test")),
        ("secret_key", text("test")),
        ("endpoints", nested("endpoints", &[("s3", text(&url)), ("sts", text(&url))])),
        ("allowed_account_ids", account),
    ];
    let context = BackendContext::default();
    let error = S3Factory.configure(&decoded(&settings), &context).await.unwrap_err();
    assert!(error.to_string().contains("AWS account ID not allowed: 123456789012"), "{error}");
}

#[tokio::test]
async fn a_bucket_out_of_reach_is_an_error_and_not_an_empty_state() {
    let settings = decoded(&[
        ("bucket", text("b")),
        ("key", text("k")),
        ("region", text("us-east-1")),
        ("access_key", text("test")),
        ("secret_key", text("test")),
        // Nobody listens on the port for discarding what is sent.
        ("endpoints", nested("endpoints", &[("s3", text("http://127.0.0.1:9"))])),
        ("max_retries", Value::number(1)),
        ("use_lockfile", Value::TRUE),
    ]);
    let backend = S3Factory.configure(&settings, &BackendContext::default()).await.unwrap().0;
    let store = backend.state_store("default").await.unwrap();
    let error = store.read().await.unwrap_err();
    assert!(error.detail.contains("could not be reached"), "{error}");
    let error = store.lock(&LockInfo::new("x")).await.unwrap_err();
    assert!(!error.held, "{error}");
}
