//! Checksums in addresses.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use md5::Md5;
use sha1::Sha1;
use sha2::digest::DynDigest;
use sha2::{Sha256, Sha512};

use crate::hash::invalid;

/// What a file's checksum must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Checksum {
    kind: Kind,
    wanted: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Md5,
    Sha1,
    Sha256,
    Sha512,
}

const KINDS: [(Kind, &str, usize); 4] = [
    (Kind::Md5, "md5", 32),
    (Kind::Sha1, "sha1", 40),
    (Kind::Sha256, "sha256", 64),
    (Kind::Sha512, "sha512", 128),
];

impl Checksum {
    /// Reads `kind:digits`, or the digits alone. The error is a sentence without its end.
    pub(super) fn parse(text: &str) -> Result<Checksum, String> {
        let (name, digits) = match text.split_once(':') {
            Some((name, digits)) => (Some(name.to_ascii_lowercase()), digits),
            None => (None, text),
        };
        if name.as_deref() == Some("file") {
            return Err(
                "checksums from files are not supported: write kind:digits, for example sha256:…"
                    .into(),
            );
        }
        let found = KINDS.iter().find(|(_, known, length)| match &name {
            Some(name) => name == known && digits.len() == *length,
            None => digits.len() == *length,
        });
        let hexadecimal = digits.bytes().all(|b| b.is_ascii_hexdigit());
        match found.filter(|_| hexadecimal) {
            Some((kind, ..)) => Ok(Checksum { kind: *kind, wanted: digits.to_ascii_lowercase() }),
            None => Err(format!(
                "invalid checksum {text:?}: expected md5:, sha1:, sha256: or sha512: and as many hexadecimal digits as that has"
            )),
        }
    }

    /// Fails unless a file has the checksum.
    pub(super) fn check(&self, path: &Path) -> io::Result<()> {
        let mut hasher: Box<dyn DynDigest> = match self.kind {
            Kind::Md5 => Box::new(Md5::default()),
            Kind::Sha1 => Box::new(Sha1::default()),
            Kind::Sha256 => Box::new(Sha256::default()),
            Kind::Sha512 => Box::new(Sha512::default()),
        };
        let mut file = File::open(path)?;
        let mut buffer = vec![0; 256 << 10];
        loop {
            match file.read(&mut buffer)? {
                0 => break,
                n => hasher.update(&buffer[..n]),
            }
        }
        let got: String = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        if got == self.wanted {
            return Ok(());
        }
        let wanted = &self.wanted;
        Err(invalid(format!(
            "checksums did not match: expected {wanted}, and what was downloaded has {got}"
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_checked() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("f");
        std::fs::write(&file, "abc").unwrap();
        for good in [
            "md5:900150983cd24fb0d6963f7d28e17f72",
            "a9993e364706816aba3e25717850c26c9cd0d89d",
            "sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
            "sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        ] {
            Checksum::parse(good).unwrap().check(&file).unwrap();
        }
        let wrong = Checksum::parse("md5:00000000000000000000000000000000").unwrap();
        assert!(wrong.check(&file).unwrap_err().to_string().contains("did not match"));
        for bad in [
            "md5:12",
            "sha3:00",
            "zz",
            "",
            "file:http://x",
            "sha1:900150983cd24fb0d6963f7d28e17f72",
        ] {
            assert!(Checksum::parse(bad).is_err(), "{bad}");
        }
    }
}
