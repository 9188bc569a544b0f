//! What the engine says through the environment.

use std::path::PathBuf;

use groma_protocol::MAGIC_COOKIE;

/// The variables that an engine sets for its plugins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Environment {
    /// Whether an engine started the program at all.
    pub(super) has_magic_cookie: bool,
    /// The protocol versions that the engine speaks.
    pub(super) protocols: Vec<u32>,
    /// The certificate that the engine will show, in PEM; without one there is no TLS.
    pub(super) client_certificate: Option<String>,
    /// Where sockets belong.
    pub(super) socket_dir: Option<PathBuf>,
    /// The TCP ports to listen on, where there are no Unix sockets.
    pub(super) ports: Option<(u16, u16)>,
}

impl Environment {
    pub(super) fn of_process() -> Environment {
        Environment::read(|name| std::env::var(name).ok())
    }

    pub(super) fn read(get: impl Fn(&str) -> Option<String>) -> Environment {
        let get = |name: &str| get(name).filter(|v| !v.is_empty());
        let port = |name: &str| get(name)?.trim().parse().ok();
        Environment {
            has_magic_cookie: get(MAGIC_COOKIE.0).as_deref() == Some(MAGIC_COOKIE.1),
            protocols: get("PLUGIN_PROTOCOL_VERSIONS")
                .unwrap_or_default()
                .split(',')
                .filter_map(|v| v.trim().parse().ok())
                .collect(),
            client_certificate: get("PLUGIN_CLIENT_CERT"),
            socket_dir: get("PLUGIN_UNIX_SOCKET_DIR").map(PathBuf::from),
            ports: port("PLUGIN_MIN_PORT").zip(port("PLUGIN_MAX_PORT")),
        }
    }

    /// The protocol version to speak: the newest that both know. An engine that does not say what
    /// it speaks, or speaks neither, finds out by itself.
    pub(super) fn protocol(&self) -> u32 {
        if self.protocols.is_empty() || self.protocols.contains(&6) {
            return 6;
        }
        5
    }
}
