//! A plugin's process, from its start to its end.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use groma_protocol::MAGIC_COOKIE;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::error::StartError;
use crate::guard::{Parent, guarded, spawn_with_parent};
use crate::handshake::Handshake;
use crate::output::{Memory, Source, follow};

/// How to start a plugin.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The plugin's program.
    pub program: PathBuf,
    /// Arguments; plugins take none, but what stands in for one in a development setup may.
    pub args: Vec<OsString>,
    /// Environment variables to add to our own.
    pub env: Vec<(OsString, OsString)>,
    /// How long the plugin may take to announce itself.
    pub start_limit: Duration,
    /// Whether the connection is to be encrypted. Only ever switched off to debug a plugin.
    pub tls: bool,
    /// A program that calls [`crate::become_guarded`] first of all, which is to be our own. With
    /// it, the plugin goes even if we are killed (on Linux; elsewhere it makes no difference).
    pub guard: Option<PathBuf>,
}

impl Launch {
    /// How the plugin in this program is normally started.
    pub fn new(program: impl Into<PathBuf>) -> Launch {
        Launch {
            program: program.into(),
            args: Vec::new(),
            env: Vec::new(),
            start_limit: Duration::from_secs(60),
            tls: true,
            guard: None,
        }
    }
}

/// How a process ended, and what it wrote before.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    /// How it ended, in words.
    pub(crate) status: String,
    /// The panic that ended it, if it was one.
    pub(crate) panic: Option<String>,
    /// The last lines on its standard error.
    pub(crate) stderr: Vec<String>,
}

/// A running plugin. The process is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    ended: watch::Receiver<Option<Ended>>,
    kill: mpsc::Sender<()>,
    // Where its socket is; removed with the process.
    _sockets: Option<tempfile::TempDir>,
}

/// The handshake line is some hundred bytes, with a certificate perhaps two thousand.
const HANDSHAKE_BYTES: u64 = 64 << 10;

/// How long a process that has closed its output may take to end, or to say its last words.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// The longest directory for sockets that leaves room for a socket's name within what the system
/// allows for its path.
const SOCKET_DIRECTORY_BYTES: usize = 80;

impl Process {
    /// Starts the plugin and reads its handshake.
    pub(crate) async fn start(
        launch: &Launch,
        name: &Arc<str>,
        certificate: Option<&str>,
    ) -> Result<(Process, Handshake), StartError> {
        let sockets = socket_directory();
        if guard(launch).is_some() {
            // The guard is always there, so starting it would not tell that the plugin is not.
            std::fs::metadata(&launch.program).map_err(|e| StartError::Spawn {
                program: launch.program.clone(),
                reason: spawn_error(&e),
            })?;
        }
        let sockets_path = sockets.as_ref().map(|s| s.path());
        let started = spawn(|| command(launch, certificate, sockets_path), guard(launch)).await;
        let (mut child, parent) = started.map_err(|e| StartError::Spawn {
            program: launch.program.clone(),
            reason: spawn_error(&e),
        })?;
        tracing::debug!(plugin = &**name, pid = child.id(), program = %launch.program.display(), "plugin started");

        let memory = Arc::new(Memory::default());
        let stdout = child.stdout.take();
        let stderr = child.stderr.take();
        let logging = stderr.map(|stderr| {
            tokio::spawn(follow(stderr, name.clone(), Source::Stderr, Some(memory.clone())))
        });
        let (kill, killed) = mpsc::channel(1);
        let (ended_sender, ended) = watch::channel(None);
        tokio::spawn(supervise(child, parent, killed, logging, memory.clone(), ended_sender));
        let mut process = Process { ended, kill, _sockets: sockets };

        let handshake = process.handshake(launch, name, stdout, &memory).await?;
        Ok((process, handshake))
    }

    async fn handshake(
        &mut self,
        launch: &Launch,
        name: &Arc<str>,
        stdout: Option<ChildStdout>,
        memory: &Memory,
    ) -> Result<Handshake, StartError> {
        let program = launch.program.clone();
        let mut line = Vec::new();
        let mut stdout = BufReader::new(stdout.ok_or_else(|| StartError::Spawn {
            program: program.clone(),
            reason: "its output could not be captured".to_owned(),
        })?);
        let mut limited = (&mut stdout).take(HANDSHAKE_BYTES);
        let read = timeout(launch.start_limit, limited.read_until(b'\n', &mut line));
        match read.await.ok() {
            None => {
                return Err(StartError::Hung {
                    program,
                    limit: launch.start_limit,
                    stderr: memory.tail(),
                });
            }
            // It closed its output without a word: it has ended, or is about to.
            Some(Ok(0)) | Some(Err(_)) => {
                let ended = self.ended_within(LAST_WORDS).await;
                let status = match &ended {
                    Some(ended) => ended.status.clone(),
                    None => "closed its output".to_owned(),
                };
                return Err(StartError::EndedEarly { program, status, stderr: memory.tail() });
            }
            Some(Ok(_)) => {}
        }
        match Handshake::parse(&String::from_utf8_lossy(&line)) {
            Ok(handshake) => {
                tokio::spawn(follow(stdout, name.clone(), Source::Stdout, None));
                Ok(handshake)
            }
            Err(source) => {
                // What it has to say beside the unexpected line often explains it.
                self.ended_within(LAST_WORDS / 4).await;
                Err(StartError::Handshake { program, source, stderr: memory.tail() })
            }
        }
    }

    /// How the process ended, if it does so within this time.
    pub(crate) async fn ended_within(&self, limit: Duration) -> Option<Ended> {
        let mut ended = self.ended.clone();
        match timeout(limit, ended.wait_for(Option::is_some)).await {
            Ok(Ok(ended)) => ended.clone(),
            Ok(Err(_)) | Err(_) => self.ended.borrow().clone(),
        }
    }

    /// Whether it has ended already.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended.borrow().is_some()
    }

    /// Kills the process, if it is still there, and waits until it is gone.
    pub(crate) async fn kill(&self) {
        // A full or closed channel means that it is being killed, or has ended.
        let _ = self.kill.try_send(());
        self.ended_within(LAST_WORDS).await;
    }
}

/// How often, and how long apart, it is tried to run a program that is still open for writing.
const BUSY_TRIES: u32 = 20;
const BUSY_WAIT: Duration = Duration::from_millis(10);

/// The guard, where it is of use.
fn guard(launch: &Launch) -> Option<&Path> {
    launch.guard.as_deref().filter(|_| cfg!(target_os = "linux"))
}

/// Runs the command. A program that has just been installed can for a moment be held open by an
/// unrelated process that was forked meanwhile, so this is given a few tries.
async fn spawn(
    command: impl Fn() -> Command,
    guard: Option<&Path>,
) -> std::io::Result<(Child, Option<Parent>)> {
    for _ in 1..BUSY_TRIES {
        match spawn_once(command(), guard).await {
            Err(error) if error.kind() == std::io::ErrorKind::ExecutableFileBusy => {
                tokio::time::sleep(BUSY_WAIT).await;
            }
            result => return result,
        }
    }
    spawn_once(command(), guard).await
}

async fn spawn_once(
    mut command: Command,
    guard: Option<&Path>,
) -> std::io::Result<(Child, Option<Parent>)> {
    match guard {
        Some(_) => {
            let (child, parent) = spawn_with_parent(command).await?;
            Ok((child, Some(parent)))
        }
        None => Ok((command.spawn()?, None)),
    }
}

/// The command that starts a plugin.
fn command(launch: &Launch, certificate: Option<&str>, sockets: Option<&Path>) -> Command {
    let mut command = match guard(launch) {
        Some(guard) => guarded(guard, &launch.program),
        None => Command::new(&launch.program),
    };
    command
        .args(&launch.args)
        .env(MAGIC_COOKIE.0, MAGIC_COOKIE.1)
        .env("PLUGIN_PROTOCOL_VERSIONS", "5,6")
        .env("PLUGIN_MIN_PORT", "10000")
        .env("PLUGIN_MAX_PORT", "25000")
        .env_remove("PLUGIN_CLIENT_CERT")
        .env_remove("PLUGIN_MULTIPLEX_GRPC")
        .env_remove("PLUGIN_UNIX_SOCKET_DIR")
        .envs(launch.env.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    if let Some(certificate) = certificate {
        command.env("PLUGIN_CLIENT_CERT", certificate);
    }
    if let Some(sockets) = sockets {
        command.env("PLUGIN_UNIX_SOCKET_DIR", sockets);
    }
    command
}

/// A directory for the plugin's socket that only we can enter, and that goes when the process does,
/// however it ends. Without one, plugins take the system's directory for temporary files.
fn socket_directory() -> Option<tempfile::TempDir> {
    if !cfg!(unix) {
        return None;
    }
    let directory = tempfile::Builder::new().prefix("groma").tempdir().ok()?;
    (directory.path().as_os_str().len() <= SOCKET_DIRECTORY_BYTES).then_some(directory)
}

fn spawn_error(error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::NotFound => {
            "there is no such file. Run init to install the provider again".to_owned()
        }
        ErrorKind::PermissionDenied => format!("{error}. Its file must be executable"),
        ErrorKind::ExecutableFileBusy => {
            format!("{error}. Another process is writing to it")
        }
        // The kind for a program of another architecture has no stable name.
        _ if error.raw_os_error() == Some(8) && cfg!(unix) => {
            format!("{error}. It may be built for another operating system or processor")
        }
        _ => error.to_string(),
    }
}

/// Waits for the end of the process, or brings it about.
async fn supervise(
    mut child: Child,
    parent: Option<Parent>,
    mut killed: mpsc::Receiver<()>,
    logging: Option<JoinHandle<()>>,
    memory: Arc<Memory>,
    ended: watch::Sender<Option<Ended>>,
) {
    let status = tokio::select! {
        status = child.wait() => status,
        // Asked for, or nobody is left who could ask.
        _ = killed.recv() => {
            // It fails if the process has just ended, which is as well.
            let _ = child.start_kill();
            child.wait().await
        }
    };
    drop(parent);
    // What it wrote last explains how it ended. A process that it left behind may hold the stream
    // open, so this takes no longer than a moment.
    if let Some(logging) = logging {
        let _ = timeout(LAST_WORDS, logging).await;
    }
    let status = match status {
        Ok(status) => status_in_words(status),
        Err(error) => format!("in a way that could not be determined: {error}"),
    };
    tracing::debug!(status, "plugin ended");
    ended.send_replace(Some(Ended { status, panic: memory.panic(), stderr: memory.tail() }));
}

fn status_in_words(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return match signal {
            9 => "killed by signal 9, perhaps because memory ran out".to_owned(),
            11 => "killed by signal 11, a memory fault".to_owned(),
            other => format!("killed by signal {other}"),
        };
    }
    match status.code() {
        Some(code) => format!("exit status {code}"),
        None => status.to_string(),
    }
}
