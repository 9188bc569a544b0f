//! What a `connection` block says, with what holds where it says nothing.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use groma_value::Value;
use russh::keys::{Certificate, PrivateKey, PublicKey, decode_secret_key};

use crate::Machine;

const DEFAULT_PORT: u16 = 22;
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5 * 60);

/// How a machine is reached.
pub(crate) struct Settings {
    pub(crate) target: Host,
    pub(crate) bastion: Option<Host>,
    /// The agent's socket, if it is to be asked.
    pub(crate) agent: Option<PathBuf>,
    /// Which of the agent's keys to try first.
    pub(crate) agent_identity: Option<String>,
    pub(crate) timeout: Duration,
    pub(crate) script_path: String,
    pub(crate) windows: bool,
}

/// A machine, and how one proves to it who one is.
pub(crate) struct Host {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) user: String,
    pub(crate) password: Option<String>,
    pub(crate) key: Option<Arc<PrivateKey>>,
    pub(crate) certificate: Option<Certificate>,
    /// The key that the machine must have, or that of the authority that vouches for it.
    pub(crate) host_key: Option<PublicKey>,
}

/// Reads the arguments of a block.
struct Block<'a>(&'a Value);

impl Block<'_> {
    /// A text that is neither null nor empty.
    fn text(&self, name: &str) -> Option<String> {
        let text = self.0.get(name).and_then(Value::as_str)?;
        (!text.is_empty()).then(|| text.to_string())
    }

    fn port(&self, name: &str) -> Result<Option<u16>, String> {
        let Some(value) = self.0.get(name).filter(|value| !value.is_null()) else {
            return Ok(None);
        };
        let port = value.as_number().and_then(|n| n.to_string().parse::<u16>().ok());
        match port {
            Some(0) => Ok(None),
            Some(port) => Ok(Some(port)),
            None => Err(format!("{name} must be a whole number from 1 to 65535.")),
        }
    }

    fn flag(&self, name: &str) -> Option<bool> {
        self.0.get(name).and_then(Value::as_bool)
    }
}

impl Settings {
    /// Those of a block.
    pub(crate) fn read(connection: &Value, machine: &Machine) -> Result<Settings, String> {
        if connection.is_null() {
            return Err("Missing connection configuration for provisioner.".into());
        }
        let block = Block(connection);
        match block.text("type").as_deref() {
            None | Some("ssh") => {}
            Some("winrm") => {
                return Err("'winrm' connections are not supported. Windows has a server for OpenSSH: use type = \"ssh\" with target_platform = \"windows\".".into());
            }
            Some(other) => return Err(format!("connection type '{other}' not supported")),
        }
        if let Some(proxy) = block.text("proxy_host") {
            return Err(format!(
                "Connections through a proxy ({proxy}) are not supported. Use a bastion host, or let a program on this machine forward a port."
            ));
        }
        let Some(host) = block.text("host") else {
            return Err("host for provisioner cannot be empty".into());
        };
        let windows = match block.text("target_platform").as_deref() {
            None | Some("unix") => false,
            Some("windows") => true,
            Some(_) => {
                return Err(
                    "target_platform for provisioner has to be either unix or windows".into()
                );
            }
        };
        let target = Host {
            host,
            port: block.port("port")?.unwrap_or(DEFAULT_PORT),
            user: block.text("user").unwrap_or_else(|| "root".into()),
            password: block.text("password"),
            key: block.text("private_key").map(|k| key(&k, "private_key")).transpose()?,
            certificate: block.text("certificate").map(|c| certificate(&c)).transpose()?,
            host_key: block.text("host_key").map(|k| host_key(&k, "host_key")).transpose()?,
        };
        let default_path = match windows {
            true => "C:/windows/temp/terraform_%RAND%.cmd",
            false => "/tmp/terraform_%RAND%.sh",
        };
        Ok(Settings {
            bastion: bastion(&block, &target)?,
            target,
            agent: agent(&block, machine)?,
            agent_identity: block.text("agent_identity"),
            timeout: timeout(block.text("timeout")),
            script_path: block.text("script_path").unwrap_or_else(|| default_path.into()),
            windows,
        })
    }
}

/// The bastion host, for which holds what holds for the target where nothing else is said.
fn bastion(block: &Block<'_>, target: &Host) -> Result<Option<Host>, String> {
    let Some(host) = block.text("bastion_host") else { return Ok(None) };
    let own_key = block.text("bastion_private_key");
    let own_certificate = block.text("bastion_certificate");
    let host_key_text = block.text("bastion_host_key");
    Ok(Some(Host {
        host,
        port: block.port("bastion_port")?.unwrap_or(target.port),
        user: block.text("bastion_user").unwrap_or_else(|| target.user.clone()),
        password: block.text("bastion_password").or_else(|| target.password.clone()),
        key: match own_key {
            Some(own) => Some(key(&own, "bastion_private_key")?),
            None => target.key.clone(),
        },
        certificate: match own_certificate {
            Some(own) => Some(certificate(&own)?),
            None => target.certificate.clone(),
        },
        host_key: host_key_text.map(|k| host_key(&k, "bastion_host_key")).transpose()?,
    }))
}

/// The agent is asked where there is one, unless it is not to be.
fn agent(block: &Block<'_>, machine: &Machine) -> Result<Option<PathBuf>, String> {
    match (block.flag("agent"), &machine.ssh_agent) {
        (Some(false), _) => Ok(None),
        (Some(true), None) => {
            Err("An SSH agent is asked for, but SSH_AUTH_SOCK does not say where it is.".into())
        }
        (_, socket) => Ok(socket.clone()),
    }
}

fn key(text: &str, name: &str) -> Result<Arc<PrivateKey>, String> {
    use russh::keys::Error;
    match decode_secret_key(text, None) {
        Ok(key) if !key.is_encrypted() => Ok(Arc::new(key)),
        Ok(_) | Err(Error::KeyIsEncrypted) => Err(format!(
            "Failed to read ssh private key: {name} is protected by a password, which is not supported. Decrypt it first, or leave it to an SSH agent."
        )),
        Err(_) => Err(format!(
            "Failed to read ssh private key: {name} must hold a private key in the form of OpenSSH or PEM, not the name of a file."
        )),
    }
}

fn certificate(text: &str) -> Result<Certificate, String> {
    Certificate::from_openssh(text.trim()).map_err(|error| {
        format!("certificate must be an OpenSSH certificate, as in the file of one: {error}.")
    })
}

fn host_key(text: &str, name: &str) -> Result<PublicKey, String> {
    PublicKey::from_openssh(text.trim()).map_err(|error| {
        format!("{name} must be a public key, such as \"ssh-ed25519 AAAA…\": {error}.")
    })
}

fn timeout(text: Option<String>) -> Duration {
    let Some(text) = text else { return DEFAULT_TIMEOUT };
    duration(&text).unwrap_or_else(|| {
        tracing::warn!(timeout = text, "not a duration; the default of 5m is taken");
        DEFAULT_TIMEOUT
    })
}

/// A duration such as `1h30m` or `500ms`.
fn duration(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..end].parse().ok()?;
        rest = &rest[end..];
        let end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        seconds += number
            * match &rest[..end] {
                "h" => 3600.0,
                "m" => 60.0,
                "s" => 1.0,
                "ms" => 1e-3,
                "us" | "µs" => 1e-6,
                "ns" => 1e-9,
                _ => return None,
            };
        rest = &rest[end..];
    }
    (!text.is_empty()).then(|| Duration::try_from_secs_f64(seconds).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use groma_provider::connection_schema;
    use groma_value::Str;

    fn read(attributes: &[(&str, Value)]) -> Result<Settings, String> {
        let given = Value::object_of(attributes.iter().map(|(n, v)| (Str::from(*n), v.clone())));
        Settings::read(&connection_schema().coerce(&given).unwrap(), &Machine::default())
    }

    #[test]
    fn little_need_be_said() {
        let settings = read(&[("host", "h".into())]).unwrap();
        let Host { host, port, user, password, .. } = settings.target;
        assert_eq!((&*host, port, &*user, password), ("h", 22, "root", None));
        assert_eq!(settings.timeout, Duration::from_secs(300));
        assert_eq!(settings.script_path, "/tmp/terraform_%RAND%.sh");
        assert!(settings.agent.is_none() && settings.bastion.is_none() && !settings.windows);
    }

    #[test]
    fn a_bastion_is_like_the_target() {
        let settings = read(&[
            ("host", "h".into()),
            ("user", "me".into()),
            ("port", Value::number(2200)),
            ("password", "p".into()),
            ("bastion_host", "b".into()),
            ("bastion_user", "other".into()),
        ]);
        let bastion = settings.unwrap().bastion.unwrap();
        assert_eq!((&*bastion.user, bastion.port), ("other", 2200));
        assert_eq!(bastion.password.as_deref(), Some("p"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let host = ("host", Value::from("h"));
        let cases: [(&str, Value, &str); 8] = [
            ("type", "winrm".into(), "'winrm' connections are not supported"),
            ("type", "telnet".into(), "connection type 'telnet' not supported"),
            ("port", Value::number(70000), "port must be a whole number"),
            ("target_platform", "mac".into(), "has to be either unix or windows"),
            ("private_key", "/a/file".into(), "Failed to read ssh private key"),
            ("host_key", "x".into(), "host_key must be a public key"),
            ("proxy_host", "p".into(), "through a proxy (p) are not supported"),
            ("agent", Value::TRUE, "SSH_AUTH_SOCK"),
        ];
        for (name, value, expected) in cases {
            let found = read(&[host.clone(), (name, value)]).err().unwrap();
            assert!(found.contains(expected), "{name}: {found}");
        }
        assert!(read(&[("host", "".into())]).err().unwrap().contains("cannot be empty"));
    }

    #[test]
    fn durations_are_read() {
        for (text, expected) in [
            ("5m", Some(300_000)),
            ("1h30m", Some(5_400_000)),
            ("500ms", Some(500)),
            ("1.5s", Some(1500)),
            ("0", Some(0)),
            ("", None),
            ("5", None),
            ("-5s", None),
            ("x", None),
            ("99999999999999999999999h", None),
        ] {
            assert_eq!(duration(text), expected.map(Duration::from_millis), "{text}");
        }
    }
}
