//! `rsadecrypt`: RSA with the padding of PKCS #1, version 1.5, and the forms in which private keys
//! are written.

use base64::Engine;
use groma_value::{Type, Value};
use num_bigint::BigUint;

use super::encoding::BASE64;
use super::spec::{Builtin, Call, Outcome, fail, fail_arg, function, string};

pub(super) fn all() -> Vec<Builtin> {
    vec![
        function("rsadecrypt")
            .param(string("ciphertext"))
            .param(string("privatekey"))
            .returns(Type::String)
            .body(decrypt),
    ]
}

/// A private key: the modulus and the private exponent.
struct Key {
    modulus: BigUint,
    exponent: BigUint,
}

/// Longer numbers than these are in no key that anybody uses, and would take minutes.
const LONGEST: u64 = 16_384;

fn decrypt(c: &Call<'_>) -> Outcome {
    let (text, key) = (c.str(0)?, c.str(1)?);
    let compact: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    let Ok(cipher) = BASE64.decode(compact) else {
        return fail_arg(
            0,
            format!("failed to decode input {:?}: cipher text must be base64-encoded", &**text),
        );
    };
    let key = match parse_key(key) {
        Ok(key) => key,
        Err(why) => return fail_arg(1, format!("invalid private key: {why}")),
    };
    match key.decrypt(&cipher) {
        Some(message) => Ok(Value::from(String::from_utf8_lossy(&message).into_owned())),
        None => fail("failed to decrypt: the ciphertext was not made with this key"),
    }
}

impl Key {
    fn decrypt(&self, cipher: &[u8]) -> Option<Vec<u8>> {
        let length = usize::try_from(self.modulus.bits().div_ceil(8)).ok()?;
        let number = BigUint::from_bytes_be(cipher);
        if cipher.len() > length || number >= self.modulus || length < 11 {
            return None;
        }
        let plain = number.modpow(&self.exponent, &self.modulus).to_bytes_be();
        let mut block = vec![0; length.checked_sub(plain.len())?];
        block.extend(plain);
        // 0, 2, at least eight bytes that are not 0, 0, the message
        let padded = block.strip_prefix(&[0, 2])?;
        let end = padded.iter().position(|b| *b == 0).filter(|end| *end >= 8)?;
        Some(padded.get(end + 1..)?.to_vec())
    }

    fn new(modulus: &[u8], exponent: &[u8]) -> Result<Key, String> {
        let key = Key {
            modulus: BigUint::from_bytes_be(modulus),
            exponent: BigUint::from_bytes_be(exponent),
        };
        match key.modulus.bits() {
            0 => Err("its modulus is zero".into()),
            bits if bits > LONGEST => Err(format!("it has more than {LONGEST} bits")),
            _ => Ok(key),
        }
    }
}

fn parse_key(text: &str) -> Result<Key, String> {
    let (label, encrypted, bytes) = pem(text).ok_or("no key found")?;
    if encrypted {
        return Err("it is protected by a passphrase".into());
    }
    let malformed = || format!("the {label} cannot be understood");
    match label {
        "RSA PRIVATE KEY" => pkcs1(&bytes).ok_or_else(malformed)?,
        "PRIVATE KEY" => pkcs8(&bytes).ok_or_else(malformed)?,
        "OPENSSH PRIVATE KEY" => openssh(&bytes).ok_or_else(malformed)?,
        _ => Err(format!("a {label} is not one of RSA")),
    }
}

/// The label of the first block, whether it is encrypted, and its content.
fn pem(text: &str) -> Option<(&str, bool, Vec<u8>)> {
    let (_, rest) = text.split_once("-----BEGIN ")?;
    let (label, rest) = rest.split_once("-----")?;
    let (content, _) = rest.split_once(&format!("-----END {label}-----"))?;
    let mut encrypted = label.contains("ENCRYPTED");
    let mut base64 = String::new();
    for line in content.lines().map(str::trim) {
        match line.split_once(':') {
            Some((name, _)) => encrypted |= name == "DEK-Info",
            None => base64.push_str(line),
        }
    }
    Some((label, encrypted, BASE64.decode(base64).ok()?))
}

/// Reads the parts of a DER sequence one by one.
struct Der<'a>(&'a [u8]);

const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const SEQUENCE: u8 = 0x30;

impl<'a> Der<'a> {
    fn next(&mut self, tag: u8) -> Option<&'a [u8]> {
        let [found, length, rest @ ..] = self.0 else { return None };
        if *found != tag {
            return None;
        }
        let (length, rest) = match *length {
            short @ 0..0x80 => (usize::from(short), rest),
            long => {
                let (digits, rest) = rest.split_at_checked(usize::from(long & 0x7f))?;
                let value =
                    |all: usize, digit: &u8| all.checked_mul(256)?.checked_add(usize::from(*digit));
                (digits.iter().try_fold(0, value)?, rest)
            }
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(content)
    }
}

/// version, modulus, public exponent, private exponent, …
fn pkcs1(bytes: &[u8]) -> Option<Result<Key, String>> {
    let mut parts = Der(Der(bytes).next(SEQUENCE)?);
    parts.next(INTEGER)?;
    let modulus = parts.next(INTEGER)?;
    parts.next(INTEGER)?;
    Some(Key::new(modulus, parts.next(INTEGER)?))
}

/// version, algorithm, the key
fn pkcs8(bytes: &[u8]) -> Option<Result<Key, String>> {
    /// 1.2.840.113549.1.1.1
    const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
    const OBJECT: u8 = 0x06;
    let mut parts = Der(Der(bytes).next(SEQUENCE)?);
    parts.next(INTEGER)?;
    let mut algorithm = Der(parts.next(SEQUENCE)?);
    if algorithm.next(OBJECT)? != RSA {
        return Some(Err("it is not one of RSA".into()));
    }
    pkcs1(parts.next(OCTETS)?)
}

/// Reads the strings of the SSH wire format one by one.
struct Ssh<'a>(&'a [u8]);

impl<'a> Ssh<'a> {
    fn number(&mut self) -> Option<u32> {
        let (digits, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*digits))
    }

    fn string(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let (content, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(content)
    }
}

fn openssh(bytes: &[u8]) -> Option<Result<Key, String>> {
    let mut file = Ssh(bytes.strip_prefix(b"openssh-key-v1\0")?);
    if file.string()? != b"none" {
        return Some(Err("it is protected by a passphrase".into()));
    }
    let (_kdf, _options, keys, _public) =
        (file.string()?, file.string()?, file.number()?, file.string()?);
    if keys != 1 {
        return Some(Err("there is more than one key".into()));
    }
    let mut private = Ssh(file.string()?);
    if private.number()? != private.number()? {
        return None;
    }
    if private.string()? != b"ssh-rsa" {
        return Some(Err("it is not one of RSA".into()));
    }
    let modulus = private.string()?;
    let _public_exponent = private.string()?;
    Some(Key::new(modulus, private.string()?))
}
