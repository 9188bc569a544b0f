//! Plugins that someone else has started, such as a debugger or a provider's own tests.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::handshake::{Address, HandshakeError, Protocol};

/// Where a plugin runs that someone else has started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reattach {
    /// The protocol that it speaks.
    pub protocol: Protocol,
    /// Where it listens.
    pub address: Address,
    /// Its process, for messages.
    pub pid: Option<u32>,
}

/// What is wrong with the value of `TF_REATTACH_PROVIDERS`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReattachError {
    /// It is no JSON, or has not the form that it should.
    #[error("it is not a JSON object of the expected form: {0}")]
    Json(String),
    /// What it says of a provider cannot be used.
    #[error("what it says of provider {provider:?} cannot be used: {reason}")]
    Provider {
        /// The provider as it is named there.
        provider: String,
        /// Why not.
        reason: String,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    #[serde(default)]
    protocol: String,
    #[serde(default)]
    protocol_version: u32,
    #[serde(default)]
    pid: i64,
    addr: EntryAddress,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct EntryAddress {
    network: String,
    string: String,
}

/// Reads the value of `TF_REATTACH_PROVIDERS`: for each provider, by its source address as written
/// there, where it runs. An empty value names none.
pub fn parse_reattach(value: &str) -> Result<BTreeMap<String, Reattach>, ReattachError> {
    if value.trim().is_empty() {
        return Ok(BTreeMap::new());
    }
    let entries: BTreeMap<String, Entry> =
        serde_json::from_str(value).map_err(|e| ReattachError::Json(e.to_string()))?;
    entries
        .into_iter()
        .map(|(provider, entry)| match reattach(&entry) {
            Ok(reattach) => Ok((provider, reattach)),
            Err(error) => Err(ReattachError::Provider { provider, reason: error.to_string() }),
        })
        .collect()
}

fn reattach(entry: &Entry) -> Result<Reattach, HandshakeError> {
    if !matches!(entry.protocol.as_str(), "grpc" | "") {
        return Err(HandshakeError::Transport(entry.protocol.clone()));
    }
    // Those who wrote this before there was a protocol 6 did not say.
    let version = if entry.protocol_version == 0 { 5 } else { entry.protocol_version };
    let protocol = Protocol::from_version(version)
        .ok_or_else(|| HandshakeError::Protocol(version.to_string()))?;
    let address = Address::parse(&entry.addr.network, &entry.addr.string)?;
    Ok(Reattach { protocol, address, pid: u32::try_from(entry.pid).ok().filter(|p| *p > 0) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_by_address() {
        let value = r#"{
            "registry.terraform.io/hashicorp/a": {"Protocol": "grpc", "ProtocolVersion": 6,
                "Pid": 42, "Test": true, "Addr": {"Network": "unix", "String": "/tmp/s"}},
            "hashicorp/b": {"Protocol": "grpc", "Pid": 0,
                "Addr": {"Network": "tcp", "String": "127.0.0.1:99"}}
        }"#;
        let found = parse_reattach(value).unwrap();
        let a = Reattach {
            protocol: Protocol::V6,
            address: Address::Unix("/tmp/s".into()),
            pid: Some(42),
        };
        let b = Reattach {
            protocol: Protocol::V5,
            address: Address::Tcp("127.0.0.1:99".parse().unwrap()),
            pid: None,
        };
        assert_eq!(found["registry.terraform.io/hashicorp/a"], a);
        assert_eq!(found["hashicorp/b"], b);
        assert_eq!(parse_reattach(" ").unwrap().len(), 0);
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (value, part) in [
            ("[]", "expected form"),
            (r#"{"x": {}}"#, "expected form"),
            (
                r#"{"x": {"Protocol": "netrpc", "Addr": {"Network": "unix", "String": "/"}}}"#,
                "netrpc",
            ),
            (
                r#"{"x": {"ProtocolVersion": 4, "Addr": {"Network": "unix", "String": "/"}}}"#,
                "\"x\"",
            ),
            (r#"{"x": {"Addr": {"Network": "tcp", "String": "no"}}}"#, "valid address"),
        ] {
            let message = parse_reattach(value).unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        }
    }
}
