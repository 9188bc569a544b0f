//! Signatures.

use ring::signature::{
    ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey,
};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use super::PgpError;
use super::key::{Material, PublicKey};
use super::packet::{integer, length};

/// What a signature is about.
pub(super) const BINARY: u8 = 0x00;
pub(super) const SUBKEY_BINDING: u8 = 0x18;
pub(super) const PRIMARY_BINDING: u8 = 0x19;
pub(super) const KEY_REVOCATION: u8 = 0x20;
pub(super) const SUBKEY_REVOCATION: u8 = 0x28;

/// The subpackets that matter here, by their types.
const ISSUER: u8 = 16;
const EMBEDDED: u8 = 32;
const ISSUER_FINGERPRINT: u8 = 33;

/// A signature of version 4.
pub(super) struct Signature<'a> {
    pub(super) kind: u8,
    digest: u8,
    /// What is signed together with the document.
    trailer: Vec<u8>,
    hashed: &'a [u8],
    unhashed: &'a [u8],
    numbers: &'a [u8],
    algorithm: u8,
}

impl<'a> Signature<'a> {
    pub(super) fn parse(body: &'a [u8]) -> Result<Signature<'a>, PgpError> {
        let &[version, kind, algorithm, digest, high, low, ref rest @ ..] = body else {
            return Err(PgpError::Malformed);
        };
        if version != 4 {
            return Err(PgpError::Unsupported);
        }
        let size = usize::from(u16::from_be_bytes([high, low]));
        let hashed = rest.get(..size).ok_or(PgpError::Malformed)?;
        let covered = &body[..6 + size];
        let rest = &rest[size..];
        let &[high, low, ref rest @ ..] = rest else { return Err(PgpError::Malformed) };
        let size = usize::from(u16::from_be_bytes([high, low]));
        let unhashed = rest.get(..size).ok_or(PgpError::Malformed)?;
        // Two bytes of the digest come first, to find mistakes sooner.
        let numbers = rest.get(size + 2..).ok_or(PgpError::Malformed)?;
        let count = (covered.len() as u32).to_be_bytes();
        let trailer = [covered, &[4, 0xff], &count].concat();
        Ok(Signature { kind, digest, trailer, hashed, unhashed, numbers, algorithm })
    }

    /// The subpackets of a type, those that are signed first.
    fn subpacket(&self, wanted: u8) -> Option<&'a [u8]> {
        [self.hashed, self.unhashed].into_iter().find_map(|mut area| {
            while let Some((size, rest)) = length(area) {
                let (&kind, content) = rest.get(..size)?.split_first()?;
                // The highest bit says that it must be understood.
                if kind & 0x7f == wanted {
                    return Some(content);
                }
                area = &rest[size..];
            }
            None
        })
    }

    /// The identifier of the key that made it.
    pub(super) fn issuer(&self) -> Option<String> {
        let id = match self.subpacket(ISSUER_FINGERPRINT) {
            Some([4, fingerprint @ ..]) if fingerprint.len() == 20 => &fingerprint[12..],
            _ => self.subpacket(ISSUER)?,
        };
        Some(id.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The signature within this one.
    pub(super) fn embedded(&self) -> Option<&'a [u8]> {
        self.subpacket(EMBEDDED)
    }

    /// Fails unless a key has signed this document.
    pub(super) fn verify(&self, key: &PublicKey, document: &[u8]) -> Result<(), PgpError> {
        let message = [document, &self.trailer].concat();
        match (&key.material, self.algorithm) {
            (Material::Rsa { n, e }, 1 | 3) => {
                let parameters: &RsaParameters = match self.digest {
                    8 => &RSA_PKCS1_2048_8192_SHA256,
                    9 => &RSA_PKCS1_2048_8192_SHA384,
                    10 => &RSA_PKCS1_2048_8192_SHA512,
                    _ => return Err(PgpError::Unsupported),
                };
                let (number, _) = integer(self.numbers).ok_or(PgpError::Malformed)?;
                let padded = padded(number, n.len()).ok_or(PgpError::Malformed)?;
                let key = RsaPublicKeyComponents { n, e };
                key.verify(parameters, &message, &padded).map_err(|_| PgpError::Invalid)
            }
            (Material::Ed25519(point), 22 | 27) => {
                let digest = match self.digest {
                    8 => Sha256::digest(&message).to_vec(),
                    9 => Sha384::digest(&message).to_vec(),
                    10 => Sha512::digest(&message).to_vec(),
                    _ => return Err(PgpError::Unsupported),
                };
                let signature = match self.algorithm {
                    27 => self.numbers.to_owned(),
                    _ => {
                        let (r, rest) = integer(self.numbers).ok_or(PgpError::Malformed)?;
                        let (s, _) = integer(rest).ok_or(PgpError::Malformed)?;
                        let halves = padded(r, 32).zip(padded(s, 32));
                        let (r, s) = halves.ok_or(PgpError::Malformed)?;
                        [r, s].concat()
                    }
                };
                UnparsedPublicKey::new(&ED25519, point)
                    .verify(&digest, &signature)
                    .map_err(|_| PgpError::Invalid)
            }
            _ => Err(PgpError::Unsupported),
        }
    }
}

/// A number with as many bytes as it must have.
fn padded(number: &[u8], size: usize) -> Option<Vec<u8>> {
    let missing = size.checked_sub(number.len())?;
    Some([vec![0; missing], number.to_owned()].concat())
}
