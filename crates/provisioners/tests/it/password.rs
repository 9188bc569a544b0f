//! Passwords, against a small server that takes them in one way or the other.

use std::borrow::Cow;
use std::sync::Arc;

use groma_value::Value;
use russh::keys::PrivateKey;
use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::server::{self, Auth, ChannelOpenHandle, Msg, Response, Session};
use russh::{Channel, ChannelId, MethodSet, Pty, Sig};
use tokio::net::TcpListener;

use crate::ssh::{lines, run};

/// How the server asks.
#[derive(Clone, Copy, PartialEq)]
enum Asks {
    Password,
    Questions,
}

struct Doorman {
    asks: Asks,
    /// What the session runs.
    command: String,
}

const REJECT: Auth = Auth::Reject { proceed_with_methods: None, partial_success: false };

impl server::Handler for Doorman {
    type Error = russh::Error;

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, russh::Error> {
        let right = user == "me" && password == "open sesame" && self.asks == Asks::Password;
        Ok(if right { Auth::Accept } else { REJECT })
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        _: &str,
        _: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, russh::Error> {
        if self.asks != Asks::Questions {
            return Ok(REJECT);
        }
        let Some(mut answers) = response else {
            let prompts = vec![(Cow::Borrowed("Password: "), false)];
            return Ok(Auth::Partial {
                name: "".into(),
                instructions: "".into(),
                prompts: prompts.into(),
            });
        };
        let right = answers.next().is_some_and(|answer| &*answer == b"open sesame");
        Ok(if right { Auth::Accept } else { REJECT })
    }

    async fn channel_open_session(
        &mut self,
        _: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        reply.accept().await;
        Ok(())
    }

    async fn pty_request(
        &mut self,
        channel: ChannelId,
        _: &str,
        _: u32,
        _: u32,
        _: u32,
        _: u32,
        _: &[(Pty, u32)],
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        session.channel_success(channel)
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        command: &[u8],
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        self.command = String::from_utf8_lossy(command).into_owned();
        session.channel_success(channel)?;
        if self.command.starts_with("scp") {
            return session.data(channel, vec![0]);
        }
        session.data(channel, format!("ran {}\r\n", self.command).into_bytes())?;
        match self.command.contains("killed") {
            true => session.exit_signal_request(channel, Sig::KILL, false, "", "")?,
            false => session.exit_status_request(channel, 0)?,
        }
        session.close(channel)
    }

    /// What is copied is taken and forgotten.
    async fn data(
        &mut self,
        channel: ChannelId,
        data: &[u8],
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        let over = data.ends_with(&[0]) || data.starts_with(b"C0644");
        if over { session.data(channel, vec![0]) } else { Ok(()) }
    }

    async fn channel_eof(
        &mut self,
        channel: ChannelId,
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        session.exit_status_request(channel, 0)?;
        session.close(channel)
    }
}

/// Lets in whoever knows the password; gives the port.
async fn listen(asks: Asks) -> u16 {
    let key = PrivateKey::from(Ed25519Keypair::from_seed(&[7; 32]));
    let config = Arc::new(server::Config {
        keys: vec![key],
        methods: MethodSet::server_supported(),
        auth_rejection_time: std::time::Duration::ZERO,
        ..server::Config::default()
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let doorman = Doorman { asks, command: String::new() };
            let config = config.clone();
            tokio::spawn(async move {
                if let Ok(session) = server::run_stream(config, stream, doorman).await {
                    let _ = session.await;
                }
            });
        }
    });
    port
}

/// A wrong password is tried until the time is up.
fn connection(port: u16, password: &str) -> [(&'static str, Value); 6] {
    let timeout = if password == "open sesame" { "60s" } else { "5s" };
    [
        ("host", "127.0.0.1".into()),
        ("port", Value::number(i64::from(port))),
        ("user", "me".into()),
        ("password", password.into()),
        ("timeout", timeout.into()),
        ("script_path", "/tmp/script".into()),
    ]
}

#[tokio::test]
async fn passwords_are_given_however_they_are_asked_for() {
    for asks in [Asks::Password, Asks::Questions] {
        let port = listen(asks).await;
        let inline = [("inline", lines(&["true"]))];
        let (said, found) = run("remote-exec", &inline, &connection(port, "open sesame")).await;
        assert_eq!((said.last().map(String::as_str), &*found), (Some("ran /tmp/script"), ""));
        let (_, found) = run("remote-exec", &inline, &connection(port, "open barley")).await;
        assert!(found.contains("accepts none of what was tried: password"), "{found}");
        assert!(!found.contains("barley"), "{found}");
    }
}

#[tokio::test]
async fn a_script_that_is_killed_says_so() {
    let port = listen(Asks::Password).await;
    let mut connection = connection(port, "open sesame");
    connection[5].1 = "/tmp/killed".into();
    let (_, found) = run("remote-exec", &[("inline", lines(&["true"]))], &connection).await;
    assert!(found.contains("signal KILL"), "{found}");
}
