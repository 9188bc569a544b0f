//! Keys from passphrases.

use std::collections::HashMap;
use std::fmt;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::pbkdf2::{self, PBKDF2_HMAC_SHA256, PBKDF2_HMAC_SHA512};
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};

use super::Metadata;

/// Fewer iterations than these make passphrases easy to guess.
pub const MINIMUM_ITERATIONS: u32 = 200_000;
/// Shorter passphrases than this are easy to guess.
pub const MINIMUM_PASSPHRASE: usize = 16;
/// More than this is a slip, or meant to keep readers busy.
const MAXIMUM_ITERATIONS: u32 = 100_000_000;
/// Salts and keys are never longer.
const MAXIMUM_LENGTH: usize = 1 << 16;

/// Derives keys from a passphrase by PBKDF2.
pub struct Pbkdf2 {
    /// The provider's address, `key_provider.pbkdf2.NAME`, for messages.
    pub name: String,
    /// The name under which the salt and its kin are found in the file.
    pub alias: String,
    /// The secret.
    pub passphrase: Passphrase,
    /// The length of the keys in bytes.
    pub key_length: usize,
    /// How often the hash is applied.
    pub iterations: u32,
    /// The length of the salt in bytes.
    pub salt_length: usize,
    /// The hash function.
    pub hash: Hash,
    /// The key for what is written by this process, with what is told of it.
    pub(super) made: OnceLock<Made>,
    /// Keys that were derived before: it takes long.
    pub(super) known: Mutex<HashMap<String, Arc<[u8]>>>,
}

/// A new key, and what is told of it.
pub(super) type Made = Result<(Arc<[u8]>, Metadata), String>;

/// What a key is derived from.
pub enum Passphrase {
    /// A text.
    Text(String),
    /// Another key.
    Chain(Box<Pbkdf2>),
}

/// A hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Hash {
    /// SHA-256
    Sha256,
    /// SHA-512
    Sha512,
}

/// What is told of a key in the file.
#[derive(Serialize, Deserialize)]
struct Told {
    salt: String,
    iterations: u32,
    hash_function: Hash,
    key_length: usize,
}

/// The passphrase stays out of every text.
impl fmt::Debug for Pbkdf2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Pbkdf2 {
    /// A provider with the usual settings.
    pub fn new(name: String, passphrase: Passphrase) -> Pbkdf2 {
        Pbkdf2 {
            alias: name.clone(),
            name,
            passphrase,
            key_length: 32,
            iterations: 600_000,
            salt_length: 32,
            hash: Hash::Sha512,
            made: OnceLock::new(),
            known: Mutex::default(),
        }
    }

    /// The key for what is written, always the same within a process: what is told of it, and of
    /// those that it is derived from, is added to `meta`.
    pub(super) fn new_key(&self, meta: &mut Metadata) -> Result<Arc<[u8]>, String> {
        let made = self.made.get_or_init(|| self.make());
        let (key, told) = made.as_ref().map_err(Clone::clone)?;
        for (name, text) in told {
            if meta.insert(name.clone(), text.clone()).is_some() {
                return Err(format!(
                    "two key providers have the name {name:?} for what is told of them; give one an encrypted_metadata_alias"
                ));
            }
        }
        Ok(key.clone())
    }

    fn make(&self) -> Made {
        let mut meta = Metadata::new();
        let secret = match &self.passphrase {
            Passphrase::Text(text) => text.as_bytes().into(),
            Passphrase::Chain(inner) => inner.new_key(&mut meta)?,
        };
        let mut salt = vec![0; self.salt_length];
        SystemRandom::new().fill(&mut salt).map_err(|_| "there is no randomness")?;
        let told = Told {
            salt: STANDARD.encode(&salt),
            iterations: self.iterations,
            hash_function: self.hash,
            key_length: self.key_length,
        };
        let key = derive(&secret, &salt, &told)?;
        let text = serde_json::to_vec(&told).map_err(|e| e.to_string())?;
        let text = STANDARD.encode(text);
        self.remember(text.clone(), &key);
        if meta.insert(self.alias.clone(), text).is_some() {
            return Err(format!(
                "two key providers have the name {:?} for what is told of them; give one an encrypted_metadata_alias",
                self.alias
            ));
        }
        Ok((key, meta))
    }

    /// The key of which this is told.
    pub(super) fn known_key(&self, meta: &Metadata) -> Result<Arc<[u8]>, String> {
        let text = meta
            .get(&self.alias)
            .ok_or_else(|| format!("the file tells nothing of a key {:?}", self.alias))?;
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(text).cloned();
        if let Some(key) = known {
            return Ok(key);
        }
        let damaged = |_| "what is told of the key cannot be understood".to_owned();
        let bytes = STANDARD.decode(text).map_err(|_| damaged(()))?;
        let told: Told = serde_json::from_slice(&bytes).map_err(|_| damaged(()))?;
        let salt = STANDARD.decode(&told.salt).map_err(|_| damaged(()))?;
        let secret = match &self.passphrase {
            Passphrase::Text(text) => text.as_bytes().into(),
            Passphrase::Chain(inner) => inner.known_key(meta)?,
        };
        let key = derive(&secret, &salt, &told)?;
        self.remember(text.clone(), &key);
        Ok(key)
    }

    fn remember(&self, text: String, key: &Arc<[u8]>) {
        // With a chain the same text goes with one key only, too: the inner one is told beside it.
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(text, key.clone());
    }
}

fn derive(secret: &[u8], salt: &[u8], told: &Told) -> Result<Arc<[u8]>, String> {
    let usual = (1..=MAXIMUM_LENGTH).contains(&told.key_length)
        && (1..=MAXIMUM_LENGTH).contains(&salt.len())
        && told.iterations <= MAXIMUM_ITERATIONS;
    let iterations = NonZeroU32::new(told.iterations).filter(|_| usual);
    let Some(iterations) = iterations else {
        return Err("the length of the key or the number of iterations makes no sense".into());
    };
    let algorithm = match told.hash_function {
        Hash::Sha256 => PBKDF2_HMAC_SHA256,
        Hash::Sha512 => PBKDF2_HMAC_SHA512,
    };
    let mut key = vec![0; told.key_length];
    pbkdf2::derive(algorithm, iterations, salt, secret, &mut key);
    Ok(key.into())
}
