//! Programs that are no plugins, or bad ones.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod fake;

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use fake::Fake;
use groma_diag::Diagnostics;
use groma_plugin::{Launch, PluginProvider, Protocol};
use groma_protocol::tfplugin6 as wire;
use groma_provider::Provider as _;
use groma_value::{Type, Value};
use tonic::Status;

const NAME: &str = "example.com/test/bad";

/// A program made of these lines of shell.
fn script(directory: &Path, lines: &str) -> PathBuf {
    let path = directory.join("terraform-provider-bad");
    std::fs::write(&path, format!("#!/bin/sh\n{lines}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn provider(launch: Launch) -> PluginProvider {
    PluginProvider::new(NAME, Launch { tls: false, ..launch }, None)
}

async fn start_error(launch: Launch) -> String {
    let told = provider(launch).start().await.unwrap_err();
    the_error(&told, "Failed to instantiate provider")
}

fn the_error(told: &Diagnostics, summary: &str) -> String {
    assert_eq!(told.len(), 1, "{told}");
    let error = told.iter().next().unwrap();
    assert_eq!(error.summary, summary);
    assert!(error.detail.contains("example.com/test/"), "{}", error.detail);
    error.detail.clone()
}

#[tokio::test]
async fn what_cannot_be_run() {
    let directory = tempfile::tempdir().unwrap();
    let missing = directory.path().join("missing");
    let detail = start_error(Launch::new(&missing)).await;
    assert!(detail.contains("no such file"), "{detail}");
    assert!(detail.contains(missing.to_str().unwrap()), "{detail}");

    let plain = directory.path().join("plain");
    std::fs::write(&plain, "text").unwrap();
    let detail = start_error(Launch::new(&plain)).await;
    assert!(detail.contains("must be executable"), "{detail}");

    std::fs::set_permissions(&plain, std::fs::Permissions::from_mode(0o755)).unwrap();
    let detail = start_error(Launch::new(&plain)).await;
    assert!(detail.contains("another operating system or processor"), "{detail}");
}

#[tokio::test]
async fn what_ends_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let program = script(directory.path(), "echo 'cookie expected' >&2; exit 3");
    let detail = start_error(Launch::new(program)).await;
    assert!(detail.contains("exit status 3"), "{detail}");
    assert!(detail.contains("cookie expected"), "{detail}");
}

#[tokio::test]
async fn what_prints_garbage() {
    let directory = tempfile::tempdir().unwrap();
    let program = script(directory.path(), "echo 'usage: bad [options]'; echo reason >&2");
    let detail = start_error(Launch::new(program)).await;
    assert!(detail.contains("usage: bad [options]"), "{detail}");
    assert!(detail.contains("  reason"), "{detail}");

    let endless = script(directory.path(), "exec cat /dev/zero");
    let detail = start_error(Launch::new(endless)).await;
    assert!(detail.len() < 4096, "{}", detail.len());
}

#[tokio::test]
async fn what_speaks_another_protocol() {
    let directory = tempfile::tempdir().unwrap();
    let program = script(directory.path(), "echo '1|4|tcp|127.0.0.1:1|grpc'");
    let detail = start_error(Launch::new(program)).await;
    assert!(detail.contains("version 4 of the provider protocol"), "{detail}");
}

#[tokio::test]
async fn what_says_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let program = script(directory.path(), "echo waiting >&2; exec sleep 1000");
    let launch = Launch { start_limit: Duration::from_millis(500), ..Launch::new(program) };
    let detail = start_error(launch).await;
    assert!(detail.contains("after 0.5 seconds"), "{detail}");
    assert!(detail.contains("  waiting"), "{detail}");
}

#[tokio::test]
async fn what_listens_nowhere() {
    let directory = tempfile::tempdir().unwrap();
    let program = script(directory.path(), "echo '1|6|unix|/nowhere/socket|grpc'; exec sleep 1000");
    let detail = start_error(Launch::new(program)).await;
    assert!(detail.contains("unix:/nowhere/socket"), "{detail}");
}

/// A plugin whose calls a fake answers and that ends when its function `die` is called.
fn dying(fake: &Fake, last_words: &str) -> PathBuf {
    let lines = format!(
        "mkfifo {0}/fifo; echo '1|6|unix|{0}/socket|grpc|'; read line < {0}/fifo; {last_words}",
        fake.directory().display()
    );
    script(fake.directory(), &lines)
}

fn die(directory: &Path) {
    std::fs::write(directory.join("fifo"), "now\n").unwrap();
}

fn answers_until_read(method: &str, directory: &Path) -> fake::Answer {
    match method {
        "GetProviderSchema" => {
            let schema = wire::Schema::default();
            fake::answer(wire::get_provider_schema::Response {
                data_source_schemas: [("bad_data".to_owned(), schema)].into(),
                ..Default::default()
            })
        }
        "ReadDataSource" => {
            die(directory);
            Err(Status::unavailable("the connection is gone"))
        }
        _ => Err(Status::unimplemented("")),
    }
}

async fn read(provider: &PluginProvider) -> Diagnostics {
    let request = groma_provider::ReadDataRequest {
        ty: "bad_data".into(),
        config: Value::object_of::<&str>([]),
        provider_meta: Value::null(Type::Dynamic),
        capabilities: Default::default(),
    };
    let (answer, told) = provider.read_data_source(request).await;
    assert!(answer.is_none());
    told
}

#[tokio::test]
async fn a_panic_is_shown() {
    let (sender, receiver) = std::sync::mpsc::channel::<PathBuf>();
    let directory = std::sync::Mutex::new(receiver);
    let fake = Fake::start(Protocol::V6, move |method, _| {
        let directory = directory.lock().unwrap();
        let path = if method == "ReadDataSource" { directory.recv().unwrap() } else { "".into() };
        answers_until_read(method, &path)
    });
    sender.send(fake.directory().to_owned()).unwrap();
    let words = "echo 'panic: boom' >&2; echo 'goroutine 1 [running]:' >&2; exit 2";
    let provider = provider(Launch::new(dying(&fake, words)));
    let detail = the_error(&read(&provider).await, "Plugin did not respond");
    for part in
        ["exit status 2", "ReadDataSource", "panic: boom\n  goroutine 1", "terraform-provider-bad"]
    {
        assert!(detail.contains(part), "{part} is missing in: {detail}");
    }
}

#[tokio::test]
async fn the_process_goes_with_its_provider() {
    let fake = Fake::start(Protocol::V6, |method, _| answers_until_read(method, Path::new("")));
    let directory = fake.directory().display();
    let lines = format!(
        "echo $$ > {directory}/pid; echo '1|6|unix|{directory}/socket|grpc|'; exec sleep 1000"
    );
    for close in [true, false] {
        let provider = provider(Launch::new(script(fake.directory(), &lines)));
        provider.start().await.unwrap();
        let pid = std::fs::read_to_string(fake.directory().join("pid")).unwrap();
        let process = Path::new("/proc").join(pid.trim());
        if !Path::new("/proc/self").exists() {
            return;
        }
        assert!(process.exists());
        if close {
            provider.close().await;
            assert!(!process.exists());
            let told = provider.start().await.unwrap_err();
            assert!(the_error(&told, "Failed to instantiate provider").contains("closed"));
        }
        drop(provider);
        let gone = async {
            while process.exists() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), gone).await.unwrap();
    }
}
