//! The packets that keys and signatures consist of.

use super::PgpError;

/// The packets that matter here, by their tags.
pub(super) const SIGNATURE: u8 = 2;
pub(super) const PUBLIC_KEY: u8 = 6;
pub(super) const PUBLIC_SUBKEY: u8 = 14;

/// The packets of a message, each with its tag.
pub(super) fn packets(mut bytes: &[u8]) -> impl Iterator<Item = Result<(u8, &[u8]), PgpError>> {
    std::iter::from_fn(move || {
        if bytes.is_empty() {
            return None;
        }
        match packet(bytes) {
            Some((tag, body, rest)) => {
                bytes = rest;
                Some(Ok((tag, body)))
            }
            None => {
                bytes = &[];
                Some(Err(PgpError::Malformed))
            }
        }
    })
}

fn packet(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    let (tag, length, rest) = match first {
        0xc0.. => {
            let (length, rest) = length(rest)?;
            (first & 0x3f, length, rest)
        }
        0x80.. => {
            let size = match first & 3 {
                0 => 1,
                1 => 2,
                2 => 4,
                // Of unknown length, which neither keys nor signatures are.
                _ => return None,
            };
            (first >> 2 & 0x0f, number(rest.get(..size)?), rest.get(size..)?)
        }
        _ => return None,
    };
    Some((tag, rest.get(..length)?, rest.get(length..)?))
}

/// A length in the newer form, as packets and subpackets have it. Parts are not taken.
pub(super) fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    match first {
        0..192 => Some((first.into(), rest)),
        192..224 => {
            let (&second, rest) = rest.split_first()?;
            Some(((usize::from(first) - 192) * 256 + usize::from(second) + 192, rest))
        }
        255 => Some((number(rest.get(..4)?), rest.get(4..)?)),
        224..255 => None,
    }
}

/// A number, most significant byte first.
pub(super) fn number(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte))
}

/// A number of any size: its length in bits and its bytes.
pub(super) fn integer(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let size = number(bytes.get(..2)?).div_ceil(8);
    Some((bytes.get(2..2 + size)?, bytes.get(2 + size..)?))
}
