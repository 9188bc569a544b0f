//! Files and scripts over SSH.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use groma_provider::{ProvisionOutput, ProvisionRequest, connection_schema};
use groma_provisioners::{Machine, all};
use groma_value::{Str, Value};

use crate::server::{Server, keygen};

#[derive(Default)]
struct Kept(Mutex<Vec<String>>);

impl ProvisionOutput for Kept {
    fn output(&self, text: &str) {
        self.0.lock().unwrap().push(text.to_owned());
    }
}

pub(crate) type Attributes<'a> = &'a [(&'a str, Value)];

fn object(attributes: Attributes<'_>) -> Value {
    Value::object_of(attributes.iter().map(|(n, v)| (Str::from(*n), v.clone())))
}

pub(crate) fn lines(texts: &[&str]) -> Value {
    Value::tuple(texts.iter().map(|t| Value::from(*t)).collect())
}

/// Provisions; gives what was said, and what went wrong.
async fn provision(
    kind: &str,
    config: Attributes<'_>,
    connection: Attributes<'_>,
    machine: Machine,
    stop: impl Future<Output = ()> + Send,
) -> (Vec<String>, String) {
    let provisioner = all(machine).get(kind).unwrap();
    let kept = Kept::default();
    let request = ProvisionRequest {
        config: provisioner.schema().coerce(&object(config)).unwrap(),
        connection: connection_schema().coerce(&object(connection)).unwrap(),
        secret: false,
        output: &kept,
        stop: Box::pin(stop),
    };
    let found = provisioner.provision(request).await;
    (kept.0.into_inner().unwrap(), found.to_string())
}

pub(crate) async fn run(
    kind: &str,
    config: Attributes<'_>,
    connection: Attributes<'_>,
) -> (Vec<String>, String) {
    provision(kind, config, connection, Machine::default(), std::future::pending()).await
}

impl Server {
    /// A connection to the server, with one of its keys.
    fn connection(&self, key: &str) -> Vec<(&'static str, Value)> {
        vec![
            ("host", "127.0.0.1".into()),
            ("port", Value::number(i64::from(self.port))),
            ("user", self.user.as_str().into()),
            ("private_key", self.text(key).as_str().into()),
            ("timeout", "60s".into()),
        ]
    }

    /// The connection with more said, or said otherwise.
    fn with(&self, key: &str, more: Attributes<'_>) -> Vec<(&'static str, Value)> {
        let mut connection = self.connection(key);
        for (name, value) in more {
            connection.retain(|(n, _)| n != name);
            let known = connection_schema().attributes.keys().find(|n| &***n == *name).unwrap();
            connection.push((Box::leak(known.to_string().into_boxed_str()), value.clone()));
        }
        connection
    }
}

#[tokio::test]
async fn scripts_are_run_and_leave_nothing_behind() {
    let Some(server) = Server::start() else { return };
    let script = server.at("script.sh");
    std::fs::write(&script, "#!/bin/bash\necho \"script ${BASH_VERSION:+in bash}\"\n").unwrap();
    let place = server.at("it's %RAND%").display().to_string();
    let connection = server.with("ed25519", &[("script_path", place.as_str().into())]);
    let inline = [("inline", lines(&["echo one $0", "echo two >&2; printf three"]))];
    let (said, found) = run("remote-exec", &inline, &connection).await;
    assert_eq!(found, "");
    assert!(said[0].starts_with("Connecting to remote host via SSH...\n  Host: 127.0.0.1\n"));
    assert!(said[0].contains("  Password: false\n  Private key: true\n"), "{said:?}");
    assert_eq!(said[1], "Connected!");
    assert!(said[2].starts_with("one /") && said[2].contains("it's "), "{said:?}");
    assert_eq!(said[3..], ["two", "three"]);
    let files = [("scripts", lines(&[script.to_str().unwrap(), script.to_str().unwrap()]))];
    let (said, found) = run("remote-exec", &files, &connection).await;
    assert_eq!(
        (found.as_str(), &said[2..]),
        ("", &["script in bash", "script in bash"].map(String::from)[..])
    );
    let left = std::fs::read_dir(server.at("")).unwrap();
    assert!(left.map(|e| e.unwrap().file_name()).all(|n| !n.to_string_lossy().starts_with("it's")));
}

#[tokio::test]
async fn a_script_that_fails_says_how() {
    let Some(server) = Server::start() else { return };
    let inline = [("inline", lines(&["echo before", "exit 3"]))];
    let (said, found) = run("remote-exec", &inline, &server.connection("rsa")).await;
    assert_eq!(said.last().unwrap(), "before");
    assert!(found.contains("remote-exec provisioner error"), "{found}");
    assert!(found.contains("Process exited with status 3"), "{found}");
}

#[tokio::test]
async fn keys_certificates_agents_and_bastions_open_doors() {
    let Some(server) = Server::start() else { return };
    let host_key = server.text("host.pub");
    keygen(&server.at("signed"), "ed25519", "");
    let certificate = server.certificate("signed");
    let bastion = server.port;
    let cases: [(&str, &str, Vec<(&str, Value)>); 4] = [
        ("an RSA key", "rsa", vec![]),
        ("a known host", "ed25519", vec![("host_key", host_key.as_str().into())]),
        ("a certificate", "signed", vec![("certificate", certificate.as_str().into())]),
        (
            "a bastion",
            "ed25519",
            vec![
                ("bastion_host", "127.0.0.1".into()),
                ("bastion_port", Value::number(i64::from(bastion))),
                ("bastion_host_key", host_key.as_str().into()),
                ("host", "localhost".into()),
            ],
        ),
    ];
    let inline = [("inline", lines(&["echo inside"]))];
    for (what, key, more) in cases {
        let (said, found) = run("remote-exec", &inline, &server.with(key, &more)).await;
        assert_eq!((said.last().map(String::as_str), &*found), (Some("inside"), ""), "{what}");
    }
}

#[tokio::test]
async fn strangers_are_not_let_in_and_strange_hosts_not_entered() {
    let Some(server) = Server::start() else { return };
    keygen(&server.at("stranger"), "ed25519", "");
    let soon = ("timeout", Value::from("5s"));
    let inline = [("inline", lines(&["echo inside"]))];
    let stranger = server.with("stranger", std::slice::from_ref(&soon));
    let (_, found) = run("remote-exec", &inline, &stranger).await;
    assert!(found.contains("timeout - last error: SSH authentication failed"), "{found}");
    assert!(found.contains("private_key"), "{found}");
    let other = server.text("ed25519.pub");
    let wrong = server.with("ed25519", &[soon, ("host_key", other.as_str().into())]);
    let (_, found) = run("remote-exec", &inline, &wrong).await;
    assert!(found.contains("is not the expected one"), "{found}");
}

/// An SSH agent that holds a key until this is dropped.
struct Agent {
    socket: PathBuf,
    process: std::process::Child,
}

impl Agent {
    fn with_key(server: &Server, key: &str) -> Agent {
        let socket = server.at("agent");
        let process = Command::new("ssh-agent")
            .args(["-D", "-a"])
            .arg(&socket)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        while !socket.exists() {
            std::thread::yield_now();
        }
        let added = Command::new("ssh-add")
            .arg(server.at(key))
            .env("SSH_AUTH_SOCK", &socket)
            .stderr(Stdio::null())
            .status();
        assert!(added.unwrap().success());
        Agent { socket, process }
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn an_agent_signs_here_and_there() {
    let Some(server) = Server::start() else { return };
    let agent = Agent::with_key(&server, "rsa");
    let mut connection = server.connection("rsa");
    connection.retain(|(name, _)| *name != "private_key");
    let machine = Machine { ssh_agent: Some(agent.socket.clone()), home: None };
    let inline = [("inline", lines(&["ssh-add -l"]))];
    let never = std::future::pending();
    let (said, found) = provision("remote-exec", &inline, &connection, machine, never).await;
    assert_eq!(found, "");
    assert!(said[0].contains("SSH Agent: true"));
    assert!(said.last().unwrap().contains("(RSA)"), "the agent can be asked over there: {said:?}");
}

#[tokio::test]
async fn files_and_folders_are_copied() {
    let Some(server) = Server::start() else { return };
    let connection = server.connection("ed25519");
    let here = server.at("here");
    std::fs::create_dir_all(here.join("sub/deep")).unwrap();
    let large: Vec<u8> = (0..3_000_000u32).map(|i| (i % 251) as u8).collect();
    std::fs::write(here.join("large"), &large).unwrap();
    std::fs::write(here.join("sub/deep/it's a file"), "deep").unwrap();
    std::fs::write(here.join("empty"), "").unwrap();
    let there = server.at("there");
    std::fs::create_dir(&there).unwrap();
    let copy = async |source: &str, destination: &str| {
        let config = [("source", source.into()), ("destination", destination.into())];
        run("file", &config, &connection).await
    };
    let (here_text, there_text) = (here.to_str().unwrap(), there.to_str().unwrap());
    assert_eq!(copy(here_text, there_text).await, (vec![], String::new()));
    assert_eq!(std::fs::read(there.join("here/large")).unwrap(), large);
    assert_eq!(std::fs::read(there.join("here/sub/deep/it's a file")).unwrap(), b"deep");
    assert_eq!(copy(&format!("{here_text}/"), there_text).await.1, "");
    assert_eq!(std::fs::read(there.join("empty")).unwrap(), b"");
    let file = here.join("large");
    assert_eq!(copy(file.to_str().unwrap(), &format!("{there_text}/a b")).await.1, "");
    assert_eq!(std::fs::read(there.join("a b")).unwrap(), large);
    let destination = format!("{there_text}/content");
    let config = [("content", "said here".into()), ("destination", destination.as_str().into())];
    assert_eq!(run("file", &config, &connection).await.1, "");
    assert_eq!(std::fs::read(there.join("content")).unwrap(), b"said here");
    let (_, found) = copy(file.to_str().unwrap(), "/no/such/folder/x").await;
    assert!(found.contains("Upload failed") && found.contains("No such file"), "{found}");
    std::os::unix::fs::symlink(&here, here.join("circle")).unwrap();
    let (_, found) = copy(here_text, &format!("{there_text}/sub")).await;
    assert!(
        found.contains("folders in one another") || found.contains("Too many levels"),
        "{found}"
    );
}

#[tokio::test]
async fn it_is_waited_for_a_machine_that_starts_but_not_for_ever() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let connection = [
        ("host", "127.0.0.1".into()),
        ("port", Value::number(i64::from(closed))),
        ("password", "x".into()),
        ("timeout", "500ms".into()),
    ];
    let inline = [("inline", lines(&["true"]))];
    let (said, found) = run("remote-exec", &inline, &connection).await;
    assert!(said[0].contains("Password: true"));
    assert!(found.contains("timeout - last error") && found.contains("refused"), "{found}");
}

#[tokio::test]
async fn an_interrupt_ends_what_goes_on_over_there() {
    let Some(server) = Server::start() else { return };
    let ready = server.at("ready");
    let script = format!(
        "trap 'touch {0}.ended; exit' HUP; touch {0}; while :; do sleep 0.1; done",
        ready.display()
    );
    let inline = [("inline", lines(&[script.as_str()]))];
    let waiting = ready.clone();
    let stop = async move {
        while !waiting.exists() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let connection = server.connection("ed25519");
    let (_, found) = provision("remote-exec", &inline, &connection, Machine::default(), stop).await;
    assert!(found.contains("interrupted"), "{found}");
    let ended = ready.with_extension("ended");
    let start = Instant::now();
    while !ended.exists() {
        assert!(start.elapsed() < Duration::from_secs(20), "the script goes on");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
