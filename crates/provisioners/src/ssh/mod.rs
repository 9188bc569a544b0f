//! Connections over SSH.

mod auth;
mod handler;
mod scp;
mod settings;

use std::borrow::Cow;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use groma_provider::ProvisionOutput;
use russh::client::{self, Handle, connect_stream};
use russh::{Channel, ChannelMsg, Disconnect, Preferred, Pty};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use crate::lines::Lines;
use crate::quote::quoted;
use handler::Answers;
use settings::Host;
pub(crate) use settings::Settings;

/// How long one attempt to reach a machine takes at most.
const ATTEMPT: Duration = Duration::from_secs(15);

/// The waits between attempts double up to this one.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// So long is waited for the rest of a line.
const PATIENCE: Duration = Duration::from_millis(100);

/// A machine that has been reached.
pub(crate) struct Session {
    settings: Settings,
    server: Handle<Answers>,
    /// What the connection goes through.
    bastion: Option<Handle<Answers>>,
}

/// How a command over there ended.
#[derive(Debug, PartialEq)]
pub(crate) enum Ended {
    /// With a status.
    Status(u32),
    /// By a signal.
    Signal(String),
    /// Without saying how: the connection was lost.
    Unknown,
}

impl Ended {
    fn describe(&self) -> String {
        match self {
            Ended::Status(status) => format!("Process exited with status {status}"),
            Ended::Signal(signal) => format!("Process exited with signal {signal}"),
            Ended::Unknown => {
                "the remote command exited without exit status or exit signal".to_owned()
            }
        }
    }
}

impl Session {
    /// Connects, if need be again and again until the time is up: the machine may only be starting.
    /// What is tried is told to `output`.
    pub(crate) async fn connect(
        settings: Settings,
        output: Option<&dyn ProvisionOutput>,
    ) -> Result<Session, String> {
        let mut last = None;
        let trying = async {
            let mut wait = Duration::from_secs(1);
            loop {
                if let Some(output) = output {
                    announce(&settings, output);
                }
                match reach(&settings).await {
                    Ok(reached) => return reached,
                    Err(error) => {
                        tracing::warn!(host = settings.target.host, error, "no connection yet");
                        last = Some(error);
                    }
                }
                tokio::time::sleep(wait).await;
                wait = LONGEST_WAIT.min(wait * 2);
            }
        };
        match tokio::time::timeout(settings.timeout, trying).await {
            Ok((server, bastion)) => {
                if let Some(output) = output {
                    output.output("Connected!");
                }
                Ok(Session { settings, server, bastion })
            }
            Err(_) => Err(match last {
                Some(last) => format!("timeout - last error: {last}"),
                None => format!(
                    "timeout - {}:{} did not answer in time",
                    settings.target.host, settings.target.port
                ),
            }),
        }
    }

    /// Where a script may lie over there. A new place every time.
    pub(crate) fn script_path(&self) -> String {
        use std::hash::{BuildHasher as _, Hasher as _};
        let number = std::hash::RandomState::new().build_hasher().finish() >> 33;
        self.settings.script_path.replace("%RAND%", &number.to_string())
    }

    /// Whether the machine runs Windows.
    pub(crate) fn is_windows(&self) -> bool {
        self.settings.windows
    }

    async fn channel(&self) -> Result<Channel<client::Msg>, String> {
        let channel = self.server.channel_open_session().await;
        channel.map_err(|error| format!("no session could be opened: {error}"))
    }

    /// Runs a command in a terminal of its own, so that it ends with the connection. An error if it
    /// does not end well.
    pub(crate) async fn run(
        &self,
        command: &str,
        output: &dyn ProvisionOutput,
    ) -> Result<(), String> {
        let failed = |error: russh::Error| format!("error executing {}: {error}", quoted(command));
        let mut channel = self.channel().await?;
        if self.settings.agent.is_some() {
            channel.agent_forward(false).await.map_err(failed)?;
        }
        if !self.settings.windows {
            let modes = [(Pty::ECHO, 0), (Pty::TTY_OP_ISPEED, 14400), (Pty::TTY_OP_OSPEED, 14400)];
            channel.request_pty(true, "xterm", 80, 40, 0, 0, &modes).await.map_err(failed)?;
        }
        channel.exec(true, command).await.map_err(failed)?;
        let ended = listen(&mut channel, output).await;
        match ended {
            Ended::Status(0) => Ok(()),
            ended => Err(format!("error executing {}: {}", quoted(command), ended.describe())),
        }
    }

    /// Ends the connection.
    pub(crate) async fn close(self) {
        for connection in [Some(self.server), self.bastion].into_iter().flatten() {
            // Whoever does not hear that it is over sees it.
            let _ = connection.disconnect(Disconnect::ByApplication, "", "").await;
        }
    }
}

/// Passes on what a command says until it has ended.
async fn listen(channel: &mut Channel<client::Msg>, output: &dyn ProvisionOutput) -> Ended {
    let (mut out, mut err) = (Lines::default(), Lines::default());
    let mut ended = Ended::Unknown;
    loop {
        let message = match out.is_waiting() || err.is_waiting() {
            true => match tokio::time::timeout(PATIENCE, channel.wait()).await {
                Ok(message) => message,
                Err(_) => {
                    out.flush(output);
                    err.flush(output);
                    continue;
                }
            },
            false => channel.wait().await,
        };
        match message {
            Some(ChannelMsg::Data { data }) => out.add(&data, output),
            Some(ChannelMsg::ExtendedData { data, .. }) => err.add(&data, output),
            Some(ChannelMsg::ExitStatus { exit_status }) => ended = Ended::Status(exit_status),
            Some(ChannelMsg::ExitSignal { signal_name, .. }) => {
                ended = Ended::Signal(format!("{signal_name:?}"));
            }
            Some(_) => {}
            None => break,
        }
    }
    out.flush(output);
    err.flush(output);
    ended
}

/// Says whom we are going to connect to, and with what.
fn announce(settings: &Settings, output: &dyn ProvisionOutput) {
    let describe = |host: &Host| {
        format!(
            "  Host: {}\n  User: {}\n  Password: {}\n  Private key: {}\n  Certificate: {}\n  SSH Agent: {}\n  Checking Host Key: {}",
            host.host,
            host.user,
            host.password.is_some(),
            host.key.is_some(),
            host.certificate.is_some(),
            settings.agent.is_some(),
            host.host_key.is_some(),
        )
    };
    let platform = if settings.windows { "windows" } else { "unix" };
    output.output(&format!(
        "Connecting to remote host via SSH...\n{}\n  Target Platform: {platform}\n",
        describe(&settings.target)
    ));
    if let Some(bastion) = &settings.bastion {
        output.output(&format!("Using configured bastion host...\n{}", describe(bastion)));
    }
}

/// One attempt.
async fn reach(settings: &Settings) -> Result<(Handle<Answers>, Option<Handle<Answers>>), String> {
    let target = &settings.target;
    let Some(bastion) = &settings.bastion else {
        return Ok((enter(dial(target).await?, target, settings).await?, None));
    };
    let through = enter(dial(bastion).await?, bastion, settings)
        .await
        .map_err(|error| format!("Error connecting to bastion: {error}"))?;
    let (host, port) = (target.host.clone(), u32::from(target.port));
    let channel = through.channel_open_direct_tcpip(host, port, "127.0.0.1", 0).await;
    let channel = channel.map_err(|error| {
        format!("the bastion does not reach {}:{}: {error}", target.host, target.port)
    })?;
    Ok((enter(channel.into_stream(), target, settings).await?, Some(through)))
}

async fn dial(host: &Host) -> Result<TcpStream, String> {
    let Host { host, port, .. } = host;
    let failed = |error: io::Error| {
        let why = match error.kind() {
            io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
            _ => error.to_string(),
        };
        format!("dial tcp {host}:{port}: {why}")
    };
    let connecting = TcpStream::connect((host.trim_matches(['[', ']']), *port));
    let stream = tokio::time::timeout(ATTEMPT, connecting)
        .await
        .map_err(|_| format!("dial tcp {host}:{port}: i/o timeout"))?
        .map_err(failed)?;
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

/// Shakes hands with a server, and proves who we are.
async fn enter(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    host: &Host,
    settings: &Settings,
) -> Result<Handle<Answers>, String> {
    let mut preferred = Preferred::DEFAULT;
    if host.host_key.is_some() {
        // The key may be that of an authority, of which the server must then have a certificate.
        preferred.host_key_certificates = Cow::Owned(preferred.key.to_vec());
    }
    let config = client::Config {
        preferred,
        keepalive_interval: Some(Duration::from_secs(10)),
        keepalive_max: 12,
        ..client::Config::default()
    };
    let answers = Answers {
        host: host.host.clone(),
        host_key: host.host_key.clone(),
        agent: settings.agent.clone(),
    };
    let shaking = connect_stream(Arc::new(config), stream, answers);
    let shaken = tokio::time::timeout(ATTEMPT, shaking)
        .await
        .map_err(|_| format!("{}:{} did not answer in time", host.host, host.port))?;
    let mut server = shaken.map_err(|error| match error {
        russh::Error::UnknownKey => format!(
            "the host key of {}:{} is not the expected one, nor vouched for by it",
            host.host, host.port
        ),
        error => format!("no SSH connection to {}:{}: {error}", host.host, host.port),
    })?;
    auth::authenticate(&mut server, host, settings).await?;
    Ok(server)
}
