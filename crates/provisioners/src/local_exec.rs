//! `local-exec`: a command on this machine.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use async_trait::async_trait;
use groma_diag::{Diagnostic, Diagnostics};
use groma_provider::{ProvisionRequest, Provisioner};
use groma_schema::{Attribute, Block};
use groma_value::{Str, Type, Value};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::net::unix::pipe::Receiver;
use tokio::process::{Child, Command};

use crate::lines::Lines;
use crate::quote::word_list;

/// How long a command has to end once it has been asked to.
const GRACE: Duration = Duration::from_secs(5);

/// The provisioner.
pub(crate) struct LocalExec {
    schema: Block,
}

impl LocalExec {
    pub(crate) fn new() -> LocalExec {
        let schema = Block::with_attributes([
            ("command", Attribute::required(Type::String)),
            ("interpreter", Attribute::optional(Type::list(Type::String))),
            ("working_dir", Attribute::optional(Type::String)),
            ("environment", Attribute::optional(Type::map(Type::String))),
            ("quiet", Attribute::optional(Type::Bool)),
        ]);
        LocalExec { schema }
    }
}

#[async_trait]
impl Provisioner for LocalExec {
    fn schema(&self) -> &Block {
        &self.schema
    }

    /// Whether there is a command is asked only when it is to be run: before, it may be one that is
    /// never run.
    fn validate(&self, _: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    async fn provision(&self, request: ProvisionRequest<'_>) -> Diagnostics {
        let ProvisionRequest { config, secret, output, stop, .. } = request;
        let text = |name: &str| config.get(name).and_then(Value::as_str).cloned();
        let Some(command) = text("command").filter(|command| !command.is_empty()) else {
            return Diagnostic::error(
                "Invalid local-exec provisioner command",
                "The command must be a non-empty string.",
            )
            .into();
        };
        let mut words = interpreter(&config);
        words.push(command.clone());
        let quiet = config.get("quiet").and_then(Value::as_bool) == Some(true);
        output.output(&match quiet {
            true => "local-exec: Executing: Suppressed by quiet=true".to_owned(),
            false => format!("Executing: {}", word_list(&words)),
        });
        let mut lines = Lines::default();
        let ended = match start(&words, &config, text("working_dir").as_deref()) {
            Ok((running, pipe)) => {
                let reading = lines.read(pipe, output);
                running.finish(reading, stop).await
            }
            Err(error) => Err(error),
        };
        lines.flush(output);
        let why = match ended {
            Ok(status) if status.success() => return Diagnostics::new(),
            Ok(status) => how(status),
            Err(error) => error.to_string(),
        };
        let detail = match secret {
            true => format!(
                "Error running the command: {why}. The command and its output are not shown, since the configuration has sensitive values."
            ),
            false => format!("Error running command '{command}': {why}. Output: {}", lines.end()),
        };
        Diagnostic::error("local-exec provisioner error", detail).into()
    }
}

/// What the command is handed to.
fn interpreter(config: &Value) -> Vec<Str> {
    let given = config.get("interpreter").and_then(Value::as_sequence);
    match given.filter(|words| !words.is_empty()) {
        Some(words) => words.iter().filter_map(|word| word.as_str().cloned()).collect(),
        None => vec!["/bin/sh".into(), "-c".into()],
    }
}

/// A command that runs. It is killed where this is dropped.
struct Running {
    child: Child,
    pid: Option<Pid>,
    /// It has a process group of its own.
    grouped: bool,
}

fn start(
    words: &[Str],
    config: &Value,
    directory: Option<&str>,
) -> io::Result<(Running, Receiver)> {
    let Some((program, arguments)) = words.split_first() else {
        return Err(io::Error::other("the interpreter is empty"));
    };
    if let Some(directory) = directory.filter(|d| !d.is_empty()) {
        let there = std::fs::metadata(directory);
        let wrong = match there {
            Ok(found) if found.is_dir() => None,
            Ok(_) => Some("not a directory".to_owned()),
            Err(error) => Some(plain(&error)),
        };
        if let Some(wrong) = wrong {
            return Err(io::Error::other(format!("chdir {directory}: {wrong}")));
        }
    }
    let (reader, writer) = io::pipe()?;
    let mut command = Command::new(&**program);
    command.args(arguments.iter().map(|word| &**word));
    let environment = config.get("environment").and_then(Value::as_entries);
    for (name, value) in environment.into_iter().flat_map(|entries| entries.iter()) {
        if let Some(value) = value.as_str() {
            command.env(&**name, &**value);
        }
    }
    if let Some(directory) = directory.filter(|d| !d.is_empty()) {
        command.current_dir(directory);
    }
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer).kill_on_drop(true);
    // At a terminal, the command stays with us, so that it can ask for a password there; then the
    // terminal sends Ctrl-C to both. Without one, its group is how all that it starts is reached.
    let grouped = std::fs::File::open("/dev/tty").is_err();
    if grouped {
        command.process_group(0);
    }
    let child = command.spawn().map_err(|error| {
        io::Error::new(error.kind(), format!("fork/exec {program}: {}", plain(&error)))
    })?;
    // The command holds the pipe's other end, and must not go on doing so.
    drop(command);
    let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    let pipe = Receiver::from_owned_fd(OwnedFd::from(reader))?;
    Ok((Running { child, pid, grouped }, pipe))
}

impl Running {
    /// Waits until it has ended and all its output has been read, or until it is stopped.
    async fn finish(
        mut self,
        reading: impl Future<Output = io::Result<()>>,
        stop: impl Future<Output = ()>,
    ) -> io::Result<ExitStatus> {
        let mut reading = std::pin::pin!(reading);
        let both = async {
            // What it has started may hold the pipe open for longer than itself.
            let (status, read) = tokio::join!(self.child.wait(), &mut reading);
            read.and(status)
        };
        tokio::select! {
            ended = both => return self.ended(ended),
            () = stop => {}
        }
        self.signal(Signal::INT);
        let ending = async {
            let (status, _) = tokio::join!(self.child.wait(), &mut reading);
            status
        };
        if let Ok(ended) = tokio::time::timeout(GRACE, ending).await {
            return self.ended(ended);
        }
        self.kill();
        let ended = self.child.wait().await;
        self.ended(ended)
    }

    fn ended(&mut self, ended: io::Result<ExitStatus>) -> io::Result<ExitStatus> {
        self.pid = None;
        ended
    }

    /// At a terminal, an interrupt has reached it already.
    fn signal(&self, signal: Signal) {
        if let (Some(pid), true) = (self.pid, self.grouped) {
            // It may have ended meanwhile, which is as well.
            let _ = kill_process_group(pid, signal);
        }
    }

    fn kill(&self) {
        self.signal(Signal::KILL);
        if let Some(pid) = self.pid {
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// How a command ended that did not end well.
fn how(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => format!("signal: {}", signal_name(signal)),
        (None, None) => status.to_string(),
    }
}

fn signal_name(signal: i32) -> String {
    let known = [
        (Signal::HUP, "hangup"),
        (Signal::INT, "interrupt"),
        (Signal::QUIT, "quit"),
        (Signal::ABORT, "aborted"),
        (Signal::KILL, "killed"),
        (Signal::SEGV, "segmentation fault"),
        (Signal::PIPE, "broken pipe"),
        (Signal::ALARM, "alarm clock"),
        (Signal::TERM, "terminated"),
    ];
    match known.iter().find(|(known, _)| known.as_raw() == signal) {
        Some((_, name)) => (*name).to_owned(),
        None => format!("signal {signal}"),
    }
}

/// What is wrong, without the number of the error.
fn plain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or directory".into(),
        io::ErrorKind::PermissionDenied => "permission denied".into(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lines::tests::Kept;

    fn config(attributes: &[(&str, Value)]) -> Value {
        let schema = LocalExec::new().schema;
        let given = Value::object_of(attributes.iter().map(|(n, v)| (Str::from(*n), v.clone())));
        schema.coerce(&given).unwrap()
    }

    async fn run(
        config: Value,
        secret: bool,
        stop: impl Future<Output = ()> + Send,
    ) -> (Vec<String>, Diagnostics) {
        let kept = Kept::default();
        let request = ProvisionRequest {
            config,
            connection: Value::NULL,
            secret,
            output: &kept,
            stop: Box::pin(stop),
        };
        let found = LocalExec::new().provision(request).await;
        (kept.0.into_inner().unwrap(), found)
    }

    #[tokio::test]
    async fn a_command_is_run_and_heard() {
        let environment = Value::object_of([(Str::from("NAME"), Value::from("x y"))]);
        let config = config(&[
            ("command", "pwd; echo \"$NAME\" >&2; printf end".into()),
            ("working_dir", "/".into()),
            ("environment", environment),
        ]);
        let (lines, found) = run(config, false, std::future::pending()).await;
        assert!(found.is_empty(), "{found}");
        let first = r#"Executing: ["/bin/sh" "-c" "pwd; echo \"$NAME\" >&2; printf end"]"#;
        assert_eq!(lines, [first, "/", "x y", "end"]);
    }

    #[tokio::test]
    async fn failures_tell_what_happened() {
        let cases: [(&[(&str, Value)], &str); 5] = [
            (
                &[("command", "echo no; exit 3".into())],
                "Error running command 'echo no; exit 3': exit status 3. Output: no\n",
            ),
            (
                &[("command", "kill -9 $$".into())],
                "Error running command 'kill -9 $$': signal: killed. Output: ",
            ),
            (
                &[("command", "x".into()), ("working_dir", "/no/such".into())],
                "Error running command 'x': chdir /no/such: no such file or directory. Output: ",
            ),
            (
                &[
                    ("command", "x".into()),
                    ("interpreter", Value::tuple(vec![Value::from("/no/such")])),
                ],
                "Error running command 'x': fork/exec /no/such: no such file or directory. Output: ",
            ),
            (&[("command", "".into())], "The command must be a non-empty string."),
        ];
        for (attributes, expected) in cases {
            let (_, found) = run(config(attributes), false, std::future::pending()).await;
            assert_eq!(found.iter().next().unwrap().detail, expected);
        }
    }

    #[tokio::test]
    async fn secrets_are_in_no_message() {
        let config = config(&[("command", "echo hunter2; false".into())]);
        let (_, found) = run(config, true, std::future::pending()).await;
        assert!(found.has_errors() && !found.to_string().contains("hunter2"), "{found}");
    }

    #[tokio::test]
    async fn a_command_that_is_stopped_ends_with_all_that_it_has_started() {
        let folder = std::env::temp_dir().join(format!("groma-stop-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let command =
            "trap 'echo asked; exit 7' INT; echo ready > ready; while :; do sleep 0.1; done";
        let config = config(&[
            ("command", command.into()),
            ("working_dir", folder.to_str().unwrap().into()),
        ]);
        let ready = folder.join("ready");
        let stop = async move {
            while !ready.exists() {
                tokio::task::yield_now().await;
            }
        };
        let (lines, found) = run(config, false, stop).await;
        std::fs::remove_dir_all(&folder).unwrap();
        // At a terminal it is the terminal that asks.
        if std::fs::File::open("/dev/tty").is_err() {
            assert_eq!(lines.last().unwrap(), "asked");
            assert!(found.to_string().contains("exit status 7"), "{found}");
        }
    }
}
