//! As much of OpenPGP as it takes to verify who has signed a list of checksums: detached signatures
//! of binary documents, made by a key or by one of its subkeys.
//!
//! When keys expire is not heeded, as what is signed is installed long afterwards. Revocations
//! count: they are part of the key that is offered.

mod armor;
mod key;
mod packet;
mod signature;

use thiserror::Error;

pub(crate) use key::PublicKey;
use signature::Signature;

/// Why a signature does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum PgpError {
    #[error("the key or the signature is not in the format of OpenPGP")]
    Malformed,
    #[error("the kind of key, signature or digest is not supported")]
    Unsupported,
    #[error("it was made by another key")]
    OtherKey,
    #[error("the key has been revoked")]
    Revoked,
    #[error("the signature does not fit")]
    Invalid,
}

/// Verifies that a document was signed by a key, which is given in its ASCII form, or by a subkey of
/// it. Returns the key.
pub(crate) fn verify(
    armored: &str,
    document: &[u8],
    signature: &[u8],
) -> Result<PublicKey, PgpError> {
    let certificate = key::Certificate::parse(&armor::decode(armored)?)?;
    // Signatures come in both forms.
    let binary = match signature.starts_with(b"-----BEGIN") {
        true => armor::decode(std::str::from_utf8(signature).map_err(|_| PgpError::Malformed)?)?,
        false => signature.to_owned(),
    };
    let mut outcome = PgpError::Malformed;
    for packet in packet::packets(&binary) {
        let (tag, body) = packet?;
        if tag != packet::SIGNATURE {
            continue;
        }
        let result = Signature::parse(body).and_then(|signature| {
            if signature.kind != signature::BINARY {
                return Err(PgpError::Unsupported);
            }
            let signer = certificate.signer(&signature)?;
            signature.verify(signer, document)
        });
        match result {
            Ok(()) => return Ok(certificate.into_primary()),
            Err(error) => outcome = error,
        }
    }
    Err(outcome)
}

#[cfg(test)]
mod tests;
