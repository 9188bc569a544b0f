//! The line with which a plugin says how to reach it.
//!
//! `CORE|APP|NETWORK|ADDRESS|PROTOCOL|CERTIFICATE`: the version of the handshake, the version of
//! the provider protocol, where it listens, that it speaks gRPC there, and the certificate that it
//! will show. Plugins without TLS leave the last one out; newer ones add fields that do not
//! concern us.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use groma_protocol::CORE_PROTOCOL;
use rustls::pki_types::CertificateDer;

/// The provider protocols that are spoken here, as their major version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Protocol 5.
    V5,
    /// Protocol 6.
    V6,
}

impl Protocol {
    /// The protocol with this version number.
    pub fn from_version(version: u32) -> Option<Protocol> {
        match version {
            5 => Some(Protocol::V5),
            6 => Some(Protocol::V6),
            _ => None,
        }
    }

    /// Its version number.
    pub fn version(self) -> u32 {
        match self {
            Protocol::V5 => 5,
            Protocol::V6 => 6,
        }
    }
}

/// Where a plugin listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// On a Unix socket.
    Unix(PathBuf),
    /// On a TCP port.
    Tcp(SocketAddr),
}

impl Address {
    /// The address that a network's name and an address in it stand for.
    pub fn parse(network: &str, address: &str) -> Result<Address, HandshakeError> {
        match network {
            "unix" => Ok(Address::Unix(PathBuf::from(address))),
            "tcp" => match address.parse() {
                Ok(address) => Ok(Address::Tcp(address)),
                Err(_) => Err(HandshakeError::Address(address.to_owned())),
            },
            other => Err(HandshakeError::Network(other.to_owned())),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Unix(path) => write!(f, "unix:{}", path.display()),
            Address::Tcp(address) => write!(f, "tcp:{address}"),
        }
    }
}

/// What the line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handshake {
    /// The provider protocol.
    pub protocol: Protocol,
    /// Where the plugin listens.
    pub address: Address,
    /// The certificate that it will show; none if it does not use TLS.
    pub certificate: Option<CertificateDer<'static>>,
}

/// What is wrong with the line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandshakeError {
    /// It is no such line.
    #[error("it did not begin with the line by which a plugin announces itself, but with {0:?}")]
    NotAHandshake(String),
    /// Its handshake is of another version.
    #[error("it uses version {0} of the handshake, and only version {CORE_PROTOCOL} is supported")]
    Core(String),
    /// Its provider protocol is of another version.
    #[error("it speaks version {0} of the provider protocol, and only 5 and 6 are supported")]
    Protocol(String),
    /// It listens on a network that is neither `unix` nor `tcp`.
    #[error("it listens on a network of the kind {0:?}, and only unix and tcp are supported")]
    Network(String),
    /// It listens at no valid address.
    #[error("it says that it listens at {0:?}, which is not a valid address")]
    Address(String),
    /// It speaks something other than gRPC.
    #[error("it speaks {0:?}, and only grpc is supported")]
    Transport(String),
    /// Its certificate is not one.
    #[error("the certificate that it announced cannot be decoded")]
    Certificate,
}

/// Standard base64, with or without padding: go-plugin writes none.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// How much of an unexpected line is shown.
const SHOWN_CHARS: usize = 200;

impl Handshake {
    /// Reads the line.
    pub fn parse(line: &str) -> Result<Handshake, HandshakeError> {
        let line = line.trim();
        let fields: Vec<&str> = line.split('|').map(str::trim).collect();
        let [core, app, network, address, rest @ ..] = fields.as_slice() else {
            return Err(HandshakeError::NotAHandshake(line.chars().take(SHOWN_CHARS).collect()));
        };
        let core: u32 = core
            .parse()
            .map_err(|_| HandshakeError::NotAHandshake(line.chars().take(SHOWN_CHARS).collect()))?;
        if core != CORE_PROTOCOL {
            return Err(HandshakeError::Core(core.to_string()));
        }
        let protocol = app.parse().ok().and_then(Protocol::from_version);
        let protocol = protocol.ok_or_else(|| HandshakeError::Protocol((*app).to_owned()))?;
        // Without a fifth field, a plugin speaks what plugins spoke before there was gRPC.
        match rest.first().copied().unwrap_or("netrpc") {
            "grpc" => {}
            other => return Err(HandshakeError::Transport(other.to_owned())),
        }
        let address = Address::parse(network, address)?;
        let certificate = match rest.get(1).copied().filter(|c| !c.is_empty()) {
            Some(encoded) => {
                let der = BASE64.decode(encoded).map_err(|_| HandshakeError::Certificate)?;
                Some(CertificateDer::from(der))
            }
            None => None,
        };
        Ok(Handshake { protocol, address, certificate })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_with_all_fields() {
        let handshake = Handshake::parse("1|6|unix|/tmp/p1|grpc|AQID\n").unwrap();
        assert_eq!(handshake.protocol, Protocol::V6);
        assert_eq!(handshake.address, Address::Unix("/tmp/p1".into()));
        assert_eq!(handshake.certificate.unwrap().as_ref(), [1, 2, 3]);
    }

    #[test]
    fn a_certificate_without_padding() {
        let handshake = Handshake::parse("1|5|tcp|127.0.0.1:1234|grpc|AQIDBA|true").unwrap();
        assert_eq!(handshake.protocol, Protocol::V5);
        assert_eq!(handshake.address, Address::Tcp("127.0.0.1:1234".parse().unwrap()));
        assert_eq!(handshake.certificate.unwrap().as_ref(), [1, 2, 3, 4]);
    }

    #[test]
    fn no_certificate() {
        for line in ["1|5|unix|/s|grpc", "1|5|unix|/s|grpc|", "1|5|unix|/s|grpc||false"] {
            assert_eq!(Handshake::parse(line).unwrap().certificate, None, "{line}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let long = "x".repeat(1000);
        let cases = [
            ("hello", HandshakeError::NotAHandshake("hello".into())),
            ("a|b|c|d", HandshakeError::NotAHandshake("a|b|c|d".into())),
            (long.as_str(), HandshakeError::NotAHandshake("x".repeat(SHOWN_CHARS))),
            ("2|5|unix|/s|grpc", HandshakeError::Core("2".into())),
            ("1|4|unix|/s|grpc", HandshakeError::Protocol("4".into())),
            ("1|x|unix|/s|grpc", HandshakeError::Protocol("x".into())),
            ("1|5|pipe|/s|grpc", HandshakeError::Network("pipe".into())),
            ("1|5|tcp|nowhere|grpc", HandshakeError::Address("nowhere".into())),
            ("1|5|unix|/s", HandshakeError::Transport("netrpc".into())),
            ("1|5|unix|/s|grpc|???", HandshakeError::Certificate),
        ];
        for (line, error) in cases {
            assert_eq!(Handshake::parse(line).unwrap_err(), error, "{line}");
        }
    }
}
