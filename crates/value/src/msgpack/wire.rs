//! The primitives of MessagePack, written to and read from memory.

use std::borrow::Cow;

use rmp::Marker;
use rmp::encode as write;

/// Appends to memory, which cannot fail.
pub(super) struct Writer<'a>(pub(super) &'a mut Vec<u8>);

impl Writer<'_> {
    pub(super) fn nil(&mut self) {
        self.0.push(Marker::Null.to_u8());
    }

    /// An unknown value of which nothing is known.
    pub(super) fn unknown(&mut self) {
        self.0.extend_from_slice(&[Marker::FixExt1.to_u8(), 0, 0]);
    }

    pub(super) fn bool(&mut self, b: bool) {
        self.0.push(if b { Marker::True } else { Marker::False }.to_u8());
    }

    pub(super) fn integer(&mut self, i: i64) {
        written(write::write_sint(self.0, i).is_ok());
    }

    pub(super) fn float(&mut self, f: f64) {
        written(write::write_f64(self.0, f).is_ok());
    }

    pub(super) fn string(&mut self, s: &str) {
        written(write::write_str(self.0, s).is_ok());
    }

    pub(super) fn binary(&mut self, bytes: &[u8]) {
        written(write::write_bin(self.0, bytes).is_ok());
    }

    pub(super) fn array(&mut self, length: usize) {
        written(write::write_array_len(self.0, length as u32).is_ok());
    }

    pub(super) fn map(&mut self, length: usize) {
        written(write::write_map_len(self.0, length as u32).is_ok());
    }

    pub(super) fn extension(&mut self, code: i8, body: &[u8]) {
        written(write::write_ext_meta(self.0, body.len() as u32, code).is_ok());
        self.0.extend_from_slice(body);
    }
}

fn written(ok: bool) {
    debug_assert!(ok, "writing to memory does not fail");
}

/// What stands at some place.
pub(super) enum Token<'a> {
    Nil,
    Bool(bool),
    Integer(i64),
    /// Beyond signed 64 bits.
    Unsigned(u64),
    Float(f64),
    /// Text or binary data: what is written as which depends on the writer's age.
    Bytes(&'a [u8]),
    /// So many items follow.
    Array(usize),
    /// So many keys and items follow.
    Map(usize),
    Extension(i8, &'a [u8]),
}

impl<'a> Token<'a> {
    pub(super) fn text(&self) -> Option<Cow<'a, str>> {
        match self {
            Token::Bytes(bytes) => Some(String::from_utf8_lossy(bytes)),
            _ => None,
        }
    }
}

/// Takes tokens off the front. Lengths are checked against what is there.
#[derive(Clone)]
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

/// The input ends too early, or has a byte that has no meaning.
pub(super) struct Malformed;

impl<'a> Reader<'a> {
    fn bytes(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Malformed)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        self.bytes(N)?.try_into().map_err(|_| Malformed)
    }

    fn u8(&mut self) -> Result<u8, Malformed> {
        Ok(u8::from_be_bytes(self.array()?))
    }

    fn u16(&mut self) -> Result<u16, Malformed> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    fn u32(&mut self) -> Result<u32, Malformed> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    fn data(&mut self, length: usize) -> Result<Token<'a>, Malformed> {
        self.bytes(length).map(Token::Bytes)
    }

    fn extension(&mut self, length: usize) -> Result<Token<'a>, Malformed> {
        let code = i8::from_be_bytes(self.array()?);
        Ok(Token::Extension(code, self.bytes(length)?))
    }

    /// Every item takes a byte at least.
    fn length(&self, items: usize, bytes_each: usize) -> Result<usize, Malformed> {
        match items.checked_mul(bytes_each) {
            Some(least) if least <= self.0.len() => Ok(items),
            _ => Err(Malformed),
        }
    }

    pub(super) fn next(&mut self) -> Result<Token<'a>, Malformed> {
        Ok(match Marker::from_u8(self.u8()?) {
            Marker::Null => Token::Nil,
            Marker::True => Token::Bool(true),
            Marker::False => Token::Bool(false),
            Marker::FixPos(i) => Token::Integer(i64::from(i)),
            Marker::FixNeg(i) => Token::Integer(i64::from(i)),
            Marker::U8 => Token::Integer(i64::from(self.u8()?)),
            Marker::U16 => Token::Integer(i64::from(self.u16()?)),
            Marker::U32 => Token::Integer(i64::from(self.u32()?)),
            Marker::U64 => {
                let i = u64::from_be_bytes(self.array()?);
                i64::try_from(i).map_or(Token::Unsigned(i), Token::Integer)
            }
            Marker::I8 => Token::Integer(i64::from(i8::from_be_bytes(self.array()?))),
            Marker::I16 => Token::Integer(i64::from(i16::from_be_bytes(self.array()?))),
            Marker::I32 => Token::Integer(i64::from(i32::from_be_bytes(self.array()?))),
            Marker::I64 => Token::Integer(i64::from_be_bytes(self.array()?)),
            Marker::F32 => Token::Float(f64::from(f32::from_be_bytes(self.array()?))),
            Marker::F64 => Token::Float(f64::from_be_bytes(self.array()?)),
            Marker::FixStr(n) => self.data(usize::from(n))?,
            Marker::Str8 | Marker::Bin8 => {
                let n = self.u8()?;
                self.data(usize::from(n))?
            }
            Marker::Str16 | Marker::Bin16 => {
                let n = self.u16()?;
                self.data(usize::from(n))?
            }
            Marker::Str32 | Marker::Bin32 => {
                let n = self.u32()?;
                self.data(n as usize)?
            }
            Marker::FixArray(n) => Token::Array(self.length(usize::from(n), 1)?),
            Marker::Array16 => {
                let n = self.u16()?;
                Token::Array(self.length(usize::from(n), 1)?)
            }
            Marker::Array32 => {
                let n = self.u32()?;
                Token::Array(self.length(n as usize, 1)?)
            }
            Marker::FixMap(n) => Token::Map(self.length(usize::from(n), 2)?),
            Marker::Map16 => {
                let n = self.u16()?;
                Token::Map(self.length(usize::from(n), 2)?)
            }
            Marker::Map32 => {
                let n = self.u32()?;
                Token::Map(self.length(n as usize, 2)?)
            }
            Marker::FixExt1 => self.extension(1)?,
            Marker::FixExt2 => self.extension(2)?,
            Marker::FixExt4 => self.extension(4)?,
            Marker::FixExt8 => self.extension(8)?,
            Marker::FixExt16 => self.extension(16)?,
            Marker::Ext8 => {
                let n = self.u8()?;
                self.extension(usize::from(n))?
            }
            Marker::Ext16 => {
                let n = self.u16()?;
                self.extension(usize::from(n))?
            }
            Marker::Ext32 => {
                let n = self.u32()?;
                self.extension(n as usize)?
            }
            Marker::Reserved => return Err(Malformed),
        })
    }

    /// Passes over one value with all that is in it.
    pub(super) fn skip(&mut self) -> Result<(), Malformed> {
        let mut left = 1usize;
        while left > 0 {
            left -= 1;
            left = match self.next()? {
                Token::Array(n) => left.checked_add(n).ok_or(Malformed)?,
                Token::Map(n) => {
                    n.checked_mul(2).and_then(|n| left.checked_add(n)).ok_or(Malformed)?
                }
                _ => left,
            };
        }
        Ok(())
    }
}
