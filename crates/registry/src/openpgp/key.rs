//! Public keys and the subkeys that belong to them.

use sha1::{Digest as _, Sha1};

use super::PgpError;
use super::packet::{PUBLIC_KEY, PUBLIC_SUBKEY, SIGNATURE, integer, packets};
use super::signature::{self, Signature};

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PublicKey {
    body: Vec<u8>,
    pub(super) material: Material,
}

/// The numbers of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Material {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    Ed25519(Vec<u8>),
}

/// The identifier of the curve, as keys of the older form name it.
const ED25519_CURVE: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0xda, 0x47, 0x0f, 0x01];

impl PublicKey {
    fn parse(body: &[u8]) -> Result<PublicKey, PgpError> {
        let (&version, rest) = body.split_first().ok_or(PgpError::Malformed)?;
        if version != 4 {
            return Err(PgpError::Unsupported);
        }
        // The time of creation stands before the algorithm.
        let (&algorithm, rest) =
            rest.get(4..).and_then(<[u8]>::split_first).ok_or(PgpError::Malformed)?;
        let material = match algorithm {
            1 | 3 => {
                let (n, rest) = integer(rest).ok_or(PgpError::Malformed)?;
                let (e, _) = integer(rest).ok_or(PgpError::Malformed)?;
                Material::Rsa { n: n.to_owned(), e: e.to_owned() }
            }
            22 => {
                let (&size, rest) = rest.split_first().ok_or(PgpError::Malformed)?;
                let curve = rest.get(..size.into()).ok_or(PgpError::Malformed)?;
                let (point, _) = integer(&rest[size.into()..]).ok_or(PgpError::Malformed)?;
                match point.strip_prefix(&[0x40]) {
                    Some(point) if curve == ED25519_CURVE => Material::Ed25519(point.to_owned()),
                    _ => return Err(PgpError::Unsupported),
                }
            }
            27 => Material::Ed25519(rest.get(..32).ok_or(PgpError::Malformed)?.to_owned()),
            _ => return Err(PgpError::Unsupported),
        };
        Ok(PublicKey { body: body.to_owned(), material })
    }

    /// What signatures over a key cover of it.
    fn framed(&self) -> Vec<u8> {
        let size = self.body.len().min(usize::from(u16::MAX)) as u16;
        [&[0x99][..], &size.to_be_bytes(), &self.body].concat()
    }

    /// The fingerprint, in hexadecimal digits.
    pub(crate) fn fingerprint(&self) -> String {
        Sha1::digest(self.framed()).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The end of the fingerprint, by which keys are called.
    pub(crate) fn id(&self) -> String {
        self.fingerprint()[24..].to_owned()
    }
}

/// A key with what belongs to it.
pub(super) struct Certificate {
    primary: PublicKey,
    subkeys: Vec<PublicKey>,
    revoked: bool,
}

impl Certificate {
    /// Reads the first key of a message. Subkeys count if the key vouches for them, and are left
    /// out if it has revoked them.
    pub(super) fn parse(bytes: &[u8]) -> Result<Certificate, PgpError> {
        let mut packets = packets(bytes);
        let primary = match packets.next() {
            Some(Ok((PUBLIC_KEY, body))) => PublicKey::parse(body)?,
            Some(Err(error)) => return Err(error),
            _ => return Err(PgpError::Malformed),
        };
        let mut revoked = false;
        // Subkeys, whether they are vouched for, and whether they are revoked.
        let mut subkeys: Vec<(PublicKey, bool, bool)> = Vec::new();
        // Whether what follows is about a subkey that can be read.
        let mut about: Option<bool> = None;
        for packet in packets {
            match packet? {
                (PUBLIC_KEY, _) => break,
                (PUBLIC_SUBKEY, body) => {
                    let subkey = PublicKey::parse(body);
                    about = Some(subkey.is_ok());
                    subkeys.extend(subkey.ok().map(|subkey| (subkey, false, false)));
                }
                (SIGNATURE, body) => {
                    let Ok(signature) = Signature::parse(body) else { continue };
                    match (signature.kind, about) {
                        (signature::KEY_REVOCATION, _) => {
                            revoked |= signature.verify(&primary, &primary.framed()).is_ok();
                        }
                        (signature::SUBKEY_BINDING | signature::SUBKEY_REVOCATION, Some(true)) => {
                            let Some((subkey, bound, gone)) = subkeys.last_mut() else { continue };
                            let covered = [primary.framed(), subkey.framed()].concat();
                            if signature.verify(&primary, &covered).is_err() {
                                continue;
                            }
                            match signature.kind == signature::SUBKEY_REVOCATION {
                                true => *gone = true,
                                false => *bound |= vouched(&signature, subkey, &covered),
                            }
                        }
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        let subkeys = subkeys.into_iter().filter(|(_, bound, gone)| *bound && !gone);
        let subkeys = subkeys.map(|(subkey, ..)| subkey).collect();
        Ok(Certificate { primary, subkeys, revoked })
    }

    /// The key among these that says it has made a signature.
    pub(super) fn signer(&self, signature: &Signature<'_>) -> Result<&PublicKey, PgpError> {
        if self.revoked {
            return Err(PgpError::Revoked);
        }
        let Some(issuer) = signature.issuer() else { return Err(PgpError::Malformed) };
        let mut keys = std::iter::once(&self.primary).chain(&self.subkeys);
        keys.find(|key| key.id() == issuer).ok_or(PgpError::OtherKey)
    }

    pub(super) fn into_primary(self) -> PublicKey {
        self.primary
    }
}

/// Whether a subkey says for its part that it belongs to the key: else a key could be passed off as
/// another's subkey. Only those that sign need to, and only those are of use here.
fn vouched(binding: &Signature<'_>, subkey: &PublicKey, covered: &[u8]) -> bool {
    binding.embedded().is_some_and(|embedded| {
        Signature::parse(embedded).is_ok_and(|embedded| {
            embedded.kind == signature::PRIMARY_BINDING && embedded.verify(subkey, covered).is_ok()
        })
    })
}
