//! What we answer the server: whether it is the right one, and whether it may ask our agent.

use std::path::PathBuf;

use russh::Channel;
use russh::client::{self, ChannelOpenHandle, Msg, Session};
use russh::keys::ssh_key::certificate::CertType;
use russh::keys::{Certificate, HashAlg, PublicKey, PublicKeyOrCertificate};

/// Answers the server's questions.
pub(super) struct Answers {
    pub(super) host: String,
    /// The key that the server must have, or its authority.
    pub(super) host_key: Option<PublicKey>,
    /// Where the agent is that commands over there may ask.
    pub(super) agent: Option<PathBuf>,
}

impl client::Handler for Answers {
    type Error = russh::Error;

    /// Without a key to compare with, any will do, as users of `connection` blocks know it: the
    /// machines are new, and nobody has seen their keys yet.
    async fn check_server_key(
        &mut self,
        found: &PublicKeyOrCertificate,
    ) -> Result<bool, russh::Error> {
        let Some(expected) = &self.host_key else { return Ok(true) };
        let known = found.public_key().key_data() == expected.key_data();
        let vouched = found.certificate().is_some_and(|c| vouches(c, expected, &self.host));
        Ok(known || vouched)
    }

    async fn server_channel_open_agent_forward(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        // Where there is no reply, the channel is refused.
        let Some(socket) = &self.agent else { return Ok(()) };
        let Ok(mut agent) = tokio::net::UnixStream::connect(socket).await else { return Ok(()) };
        reply.accept().await;
        tokio::spawn(async move {
            let mut stream = channel.into_stream();
            // It ends when either side does, and there is nobody to tell.
            let _ = tokio::io::copy_bidirectional(&mut stream, &mut agent).await;
        });
        Ok(())
    }
}

/// Whether a certificate says, signed by the expected authority, that this is the host.
fn vouches(certificate: &Certificate, authority: &PublicKey, host: &str) -> bool {
    let authority = authority.fingerprint(HashAlg::Sha256);
    let names = certificate.valid_principals();
    certificate.cert_type() == CertType::Host
        && certificate.critical_options().is_empty()
        && (names.is_empty() || names.iter().any(|name| name == host))
        && certificate.validate(std::iter::once(&authority)).is_ok()
}
