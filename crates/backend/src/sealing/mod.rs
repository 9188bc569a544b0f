//! States and plans that are sealed: encrypted, in the form that OpenTofu gives them.
//!
//! A sealed file is a JSON object with the encrypted content, what is needed beside the secret to
//! derive the key again, and of a state also the lineage and serial, so that whoever has no key
//! can still tell its snapshots apart.

mod key;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use groma_state::file::StateFile;
use ring::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};

pub use key::{Hash, MINIMUM_ITERATIONS, MINIMUM_PASSPHRASE, Passphrase, Pbkdf2};

use crate::BackendError;

/// The one version of the format.
const VERSION: &str = "v0";

/// What a key provider needs beside its secret to derive a key again, by the provider's name.
type Metadata = BTreeMap<String, String>;

/// How files are sealed; by default not at all.
#[derive(Clone, Debug, Default)]
pub struct Sealing(Option<Arc<Methods>>);

#[derive(Debug)]
struct Methods {
    /// The first seals, all open.
    list: Vec<Method>,
    /// Whether something was opened that is sealed otherwise than it would be now.
    outdated: AtomicBool,
}

/// One way to seal.
#[derive(Debug)]
pub enum Method {
    /// Not at all.
    Unencrypted,
    /// With AES in Galois/counter mode.
    AesGcm(AesGcm),
}

/// AES in Galois/counter mode.
pub struct AesGcm {
    /// Where the key comes from.
    pub keys: Pbkdf2,
    /// What is authenticated beside the content.
    pub aad: Vec<u8>,
}

/// The key stays out of every text.
impl fmt::Debug for AesGcm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AesGcm")
    }
}

/// A sealed file.
#[derive(Serialize, Deserialize)]
struct Sealed {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    serial: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    lineage: Option<String>,
    #[serde(default)]
    meta: Metadata,
    #[serde(default)]
    encrypted_data: String,
    #[serde(default)]
    encryption_version: String,
}

impl Sealing {
    /// The first of these methods seals; each of them is tried to open what is sealed.
    pub fn new(methods: Vec<Method>) -> Sealing {
        Sealing(Some(Arc::new(Methods { list: methods, outdated: AtomicBool::new(false) })))
    }

    /// Whether the state that was read last is sealed otherwise than it would be now, so that it
    /// should be written although it has not changed.
    pub fn is_outdated(&self) -> bool {
        self.0.as_ref().is_some_and(|methods| methods.outdated.load(Ordering::Relaxed))
    }

    /// Whether nothing is sealed.
    pub fn is_none(&self) -> bool {
        self.0.is_none()
    }

    /// Notes that the state has been written as it is sealed now.
    pub(crate) fn note_written(&self) {
        if let Some(methods) = &self.0 {
            methods.outdated.store(false, Ordering::Relaxed);
        }
    }

    /// The content of a state file, sealed if need be. It may take a while: keys are made to be
    /// slow to derive.
    pub fn seal_state(&self, file: &StateFile) -> Result<Vec<u8>, BackendError> {
        let plain = file
            .to_bytes()
            .map_err(|e| BackendError::new("Failed to save state", e.to_string()))?;
        self.seal(plain, Some(file.serial), Some(file.lineage.clone()))
    }

    /// A plan file, sealed if need be.
    pub fn seal_plan(&self, plain: Vec<u8>) -> Result<Vec<u8>, BackendError> {
        self.seal(plain, None, None)
    }

    fn seal(
        &self,
        plain: Vec<u8>,
        serial: Option<u64>,
        lineage: Option<String>,
    ) -> Result<Vec<u8>, BackendError> {
        let method = self.0.as_ref().and_then(|methods| methods.list.first());
        let Some(Method::AesGcm(method)) = method else { return Ok(plain) };
        let (data, meta) = method.seal(plain).map_err(|why| {
            BackendError::new(
                "Encryption failed",
                format!("The content could not be encrypted: {why}."),
            )
        })?;
        let sealed = Sealed {
            serial,
            lineage,
            meta,
            encrypted_data: STANDARD.encode(data),
            encryption_version: VERSION.into(),
        };
        serde_json::to_vec(&sealed)
            .map_err(|e| BackendError::new("Encryption failed", e.to_string()))
    }

    /// The state in a file that may be sealed, or empty.
    pub fn open_state(&self, bytes: &[u8]) -> Result<Option<StateFile>, BackendError> {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(None);
        }
        let read = |bytes: &[u8]| {
            StateFile::read(bytes).map(Some).map_err(|e| BackendError::new(e.summary, e.detail))
        };
        let Some(methods) = &self.0 else {
            // To look for the signs of a seal costs as much as reading, and is seldom needed.
            return read(bytes).map_err(|error| match sealed(bytes) {
                Some(_) => no_method(),
                None => error,
            });
        };
        let Some(sealed) = sealed(bytes) else {
            let first = check_plain(&methods.list)?;
            methods.outdated.store(!first, Ordering::Relaxed);
            return read(bytes);
        };
        let (plain, first) = open(&methods.list, &sealed)?;
        methods.outdated.store(!first, Ordering::Relaxed);
        let file = StateFile::read(&plain).map_err(|e| BackendError::new(e.summary, e.detail))?;
        let fits = sealed.serial.is_none_or(|serial| serial == file.serial)
            && sealed.lineage.as_ref().is_none_or(|l| l.is_empty() || *l == file.lineage);
        match fits {
            true => Ok(Some(file)),
            false => Err(BackendError::new(
                "Invalid encrypted state",
                "The serial or lineage beside the encrypted state is not that of the state itself: somebody has changed the file.",
            )),
        }
    }

    /// A plan file that may be sealed.
    pub fn open_plan(&self, bytes: Vec<u8>) -> Result<Vec<u8>, BackendError> {
        let sealed = sealed(&bytes);
        match (&self.0, sealed) {
            (None, None) => Ok(bytes),
            (None, Some(_)) => Err(no_method()),
            (Some(methods), None) => check_plain(&methods.list).map(|_| bytes),
            (Some(methods), Some(sealed)) => open(&methods.list, &sealed).map(|(plain, _)| plain),
        }
    }
}

/// Whether these are the bytes of a sealed plan.
pub fn is_sealed_plan(bytes: &[u8]) -> bool {
    sealed(bytes).is_some_and(|sealed| sealed.serial.is_none() && sealed.lineage.is_none())
}

fn sealed(bytes: &[u8]) -> Option<Sealed> {
    if bytes.iter().find(|b| !b.is_ascii_whitespace()) != Some(&b'{') {
        return None;
    }
    let sealed: Sealed = serde_json::from_slice(bytes).ok()?;
    (!sealed.encryption_version.is_empty()).then_some(sealed)
}

fn no_method() -> BackendError {
    BackendError::new(
        "Encrypted without a way to decrypt",
        "The content is encrypted, and the configuration has no encryption block that tells how to decrypt it. Add the block with which it was encrypted.",
    )
}

/// An error for what is not sealed although it should be; tells whether that is as it would be
/// written now.
fn check_plain(methods: &[Method]) -> Result<bool, BackendError> {
    let place = methods.iter().position(|method| matches!(method, Method::Unencrypted));
    if let Some(place) = place {
        return Ok(place == 0);
    }
    Err(BackendError::new(
        "Unencrypted content",
        "The content is not encrypted, and the encryption block of the configuration does not allow that. To go on from what is there and encrypt it from now on, add a fallback with the method \"unencrypted\".",
    ))
}

/// The content, and whether the first method has sealed it.
fn open(methods: &[Method], sealed: &Sealed) -> Result<(Vec<u8>, bool), BackendError> {
    let failed = |why: String| BackendError::new("Decryption failed", why);
    if sealed.encryption_version != VERSION {
        return Err(failed(format!(
            "The content is encrypted in the form {:?}, and only {VERSION:?} is known.",
            sealed.encryption_version
        )));
    }
    let data = STANDARD
        .decode(&sealed.encrypted_data)
        .map_err(|_| failed("The encrypted content is damaged: it is no base64.".into()))?;
    let mut reasons = Vec::new();
    for (i, method) in methods.iter().enumerate() {
        let Method::AesGcm(method) = method else { continue };
        match method.open(data.clone(), &sealed.meta) {
            Ok(plain) => return Ok((plain, i == 0)),
            Err(why) => reasons.push(format!("\n  - {}: {why}", method.keys.name)),
        }
    }
    Err(failed(format!(
        "The content could not be decrypted by any method of the encryption block. Has the passphrase changed? Then keep the old one in a fallback.{}",
        reasons.concat()
    )))
}

impl AesGcm {
    fn seal(&self, mut data: Vec<u8>) -> Result<(Vec<u8>, Metadata), String> {
        let mut meta = Metadata::new();
        let key = self.keys.new_key(&mut meta)?;
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).map_err(|_| "there is no randomness")?;
        let cipher = cipher(&key)?;
        let unique = Nonce::assume_unique_for_key(nonce);
        cipher
            .seal_in_place_append_tag(unique, Aad::from(&self.aad), &mut data)
            .map_err(|_| "it is too large")?;
        let mut sealed = nonce.to_vec();
        sealed.append(&mut data);
        Ok((sealed, meta))
    }

    fn open(&self, mut data: Vec<u8>, meta: &Metadata) -> Result<Vec<u8>, String> {
        let key = self.keys.known_key(meta)?;
        if data.len() < NONCE_LEN {
            return Err("the content is too short".into());
        }
        let mut content = data.split_off(NONCE_LEN);
        let nonce = Nonce::try_assume_unique_for_key(&data).map_err(|_| "the nonce is damaged")?;
        let length = cipher(&key)?
            .open_in_place(nonce, Aad::from(&self.aad), &mut content)
            .map_err(|_| "the key does not fit, or the content is damaged")?
            .len();
        content.truncate(length);
        Ok(content)
    }
}

fn cipher(key: &[u8]) -> Result<LessSafeKey, String> {
    let algorithm = match key.len() {
        16 => &AES_128_GCM,
        32 => &AES_256_GCM,
        other => return Err(format!("keys of {other} bytes are not supported, only of 16 and 32")),
    };
    let key = UnboundKey::new(algorithm, key).map_err(|_| "the key cannot be used")?;
    Ok(LessSafeKey::new(key))
}
