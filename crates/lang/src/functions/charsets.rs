//! `textencodebase64` and `textdecodebase64`: text in other character sets than UTF-8.
//!
//! Character sets go by the names and aliases of IANA's registry. Those of one byte a character are
//! in a table beside this file, one a line: the name, the aliases, and the characters of the bytes
//! from 0x80 on, or of all bytes where the first half is not ASCII. `fffd` stands where there is
//! none.

use std::collections::HashMap;
use std::sync::OnceLock;

use base64::Engine;
use groma_value::{Type, Value};

use super::encoding::BASE64;
use super::spec::{Builtin, Call, Outcome, fail_arg, function, string};

const TABLE: &str = include_str!("charsets.txt");

/// Stands for bytes that are no character.
const NONE: char = char::REPLACEMENT_CHARACTER;

pub(super) fn all() -> Vec<Builtin> {
    vec![
        function("textencodebase64")
            .param(string("string"))
            .param(string("encoding"))
            .returns(Type::String)
            .body(encode),
        function("textdecodebase64")
            .param(string("source"))
            .param(string("encoding"))
            .returns(Type::String)
            .body(decode),
    ]
}

/// A character set.
enum Charset {
    Utf8,
    Ascii,
    /// In pairs of bytes, the greater one first or last. With a mark that tells which, if `marked`.
    Utf16 {
        big: bool,
        marked: bool,
    },
    /// One byte a character: the table, and where each character is in it.
    Single {
        chars: Vec<char>,
        bytes: HashMap<char, u8>,
    },
    /// As the web has it.
    Web(&'static encoding_rs::Encoding),
    /// Two bytes of GB 2312 in seven bits each, between escapes.
    Hz,
}

struct Named {
    name: String,
    charset: Charset,
}

/// What is not in the table.
fn further() -> Vec<(&'static str, &'static str, Charset)> {
    use encoding_rs::{BIG5, EUC_JP, EUC_KR, GB18030, GBK, ISO_2022_JP, SHIFT_JIS};
    let utf16 = |big, marked| Charset::Utf16 { big, marked };
    vec![
        (
            "US-ASCII",
            "ANSI_X3.4-1968,ANSI_X3.4-1986,IBM367,ISO646-US,ISO_646.irv:1991,cp367,csASCII,iso-ir-6,us",
            Charset::Ascii,
        ),
        ("UTF-8", "csUTF8", Charset::Utf8),
        ("UTF-16", "csUTF16", utf16(true, true)),
        ("UTF-16BE", "csUTF16BE", utf16(true, false)),
        ("UTF-16LE", "csUTF16LE", utf16(false, false)),
        ("Big5", "csBig5", Charset::Web(BIG5)),
        ("GBK", "CP936,MS936,csGBK,windows-936", Charset::Web(GBK)),
        ("GB18030", "csGB18030", Charset::Web(GB18030)),
        ("HZ-GB-2312", "", Charset::Hz),
        (
            "Extended_UNIX_Code_Packed_Format_for_Japanese",
            "EUC-JP,csEUCPkdFmtJapanese",
            Charset::Web(EUC_JP),
        ),
        ("EUC-KR", "csEUCKR", Charset::Web(EUC_KR)),
        ("ISO-2022-JP", "csISO2022JP", Charset::Web(ISO_2022_JP)),
        ("Shift_JIS", "MS_Kanji,csShiftJIS", Charset::Web(SHIFT_JIS)),
    ]
}

fn single(hex: &str) -> Charset {
    let given = hex.as_bytes().chunks_exact(4).map(|digits| {
        let code = std::str::from_utf8(digits).ok().and_then(|d| u32::from_str_radix(d, 16).ok());
        code.and_then(char::from_u32).unwrap_or(NONE)
    });
    let ascii = (0..0x80_u8).map(char::from).filter(|_| hex.len() <= 0x80 * 4);
    let chars: Vec<char> = ascii.chain(given).collect();
    let bytes = (0..=u8::MAX).zip(&chars).filter(|(_, c)| **c != NONE).map(|(b, c)| (*c, b));
    Charset::Single { bytes: bytes.collect(), chars }
}

/// The character sets by their names in lower case, made when they are first needed.
fn charsets() -> &'static HashMap<String, usize> {
    &registry().1
}

fn registry() -> &'static (Vec<Named>, HashMap<String, usize>) {
    static REGISTRY: OnceLock<(Vec<Named>, HashMap<String, usize>)> = OnceLock::new();
    REGISTRY.get_or_init(|| {
        let lines = TABLE.lines().filter_map(|line| {
            let mut fields = line.split(' ');
            Some((fields.next()?, fields.next()?, single(fields.next()?)))
        });
        let (mut all, mut names) = (Vec::new(), HashMap::new());
        for (name, aliases, charset) in further().into_iter().chain(lines) {
            for alias in aliases.split(',').filter(|a| !a.is_empty()).chain([name]) {
                names.insert(alias.to_lowercase(), all.len());
            }
            all.push(Named { name: name.to_owned(), charset });
        }
        (all, names)
    })
}

fn find(c: &Call<'_>) -> Outcome<&'static Named> {
    let name = c.str(1)?;
    match charsets().get(&name.to_lowercase()).and_then(|i| registry().0.get(*i)) {
        Some(found) => Ok(found),
        None => {
            fail_arg(1, format!("{:?} is not a supported IANA encoding name or alias", &**name))
        }
    }
}

fn encode(c: &Call<'_>) -> Outcome {
    let (text, named) = (c.str(0)?, find(c)?);
    match named.charset.encode(text) {
        Some(bytes) => Ok(BASE64.encode(bytes).into()),
        None => fail_arg(
            0,
            format!(
                "the given string contains characters that cannot be represented in {}",
                named.name
            ),
        ),
    }
}

fn decode(c: &Call<'_>) -> Outcome {
    let (source, named) = (c.str(0)?, find(c)?);
    let compact: String = source.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    let Ok(bytes) = BASE64.decode(compact) else {
        return fail_arg(0, "the given value is not valid base64");
    };
    match named.charset.decode(&bytes) {
        Some(text) => Ok(Value::from(text)),
        None => fail_arg(
            0,
            format!("the given string contains symbols that are not defined for {}", named.name),
        ),
    }
}

impl Charset {
    fn encode(&self, text: &str) -> Option<Vec<u8>> {
        match self {
            Charset::Utf8 => Some(text.as_bytes().to_vec()),
            Charset::Ascii => text.is_ascii().then(|| text.as_bytes().to_vec()),
            Charset::Utf16 { big, marked } => {
                let mark = marked.then_some(0xfeff);
                let units = mark.into_iter().chain(text.encode_utf16());
                let pair = |unit: u16| if *big { unit.to_be_bytes() } else { unit.to_le_bytes() };
                Some(units.flat_map(pair).collect())
            }
            Charset::Single { bytes, .. } => text.chars().map(|c| bytes.get(&c).copied()).collect(),
            Charset::Web(encoding) => {
                let (bytes, _, unmappable) = encoding.encode(text);
                (!unmappable).then(|| bytes.into_owned())
            }
            Charset::Hz => encode_hz(text),
        }
    }

    fn decode(&self, bytes: &[u8]) -> Option<String> {
        match self {
            Charset::Utf8 => String::from_utf8(bytes.to_vec()).ok(),
            Charset::Ascii => String::from_utf8(bytes.to_vec()).ok().filter(|s| s.is_ascii()),
            Charset::Utf16 { big, marked } => decode_utf16(bytes, *big, *marked),
            Charset::Single { chars, .. } => {
                let char = |b: &u8| chars.get(usize::from(*b)).copied().filter(|c| *c != NONE);
                bytes.iter().map(char).collect()
            }
            Charset::Web(encoding) => {
                let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
                Some(text.into_owned())
            }
            Charset::Hz => decode_hz(bytes),
        }
    }
}

fn decode_utf16(bytes: &[u8], big: bool, marked: bool) -> Option<String> {
    let (big, bytes) = match bytes {
        [0xfe, 0xff, rest @ ..] if marked => (true, rest),
        [0xff, 0xfe, rest @ ..] if marked => (false, rest),
        _ => (big, bytes),
    };
    if bytes.len() % 2 != 0 {
        return None;
    }
    let units = bytes.chunks_exact(2).map(|pair| match big {
        true => u16::from_be_bytes([pair[0], pair[1]]),
        false => u16::from_le_bytes([pair[0], pair[1]]),
    });
    char::decode_utf16(units).collect::<Result<String, _>>().ok()
}

/// The two bytes that GB 2312 has for a character, in seven bits each.
fn gb2312(c: char) -> Option<[u8; 2]> {
    let mut text = [0; 4];
    let (bytes, _, unmappable) = encoding_rs::GBK.encode(c.encode_utf8(&mut text));
    match *bytes {
        [first @ 0xa1..=0xf7, second @ 0xa1..=0xfe] if !unmappable => {
            Some([first & 0x7f, second & 0x7f])
        }
        _ => None,
    }
}

fn encode_hz(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut shifted = false;
    for c in text.chars() {
        let pair = match u8::try_from(c) {
            Ok(byte) if byte.is_ascii() => {
                if std::mem::take(&mut shifted) {
                    out.extend(b"~}");
                }
                out.push(byte);
                out.extend((byte == b'~').then_some(b'~'));
                continue;
            }
            _ => gb2312(c)?,
        };
        if !std::mem::replace(&mut shifted, true) {
            out.extend(b"~{");
        }
        out.extend(pair);
    }
    if shifted {
        out.extend(b"~}");
    }
    Some(out)
}

fn decode_hz(bytes: &[u8]) -> Option<String> {
    let (mut out, mut rest, mut shifted) = (String::new(), bytes, false);
    loop {
        rest = match rest {
            [] => return Some(out),
            [b'~', b'{', rest @ ..] => {
                shifted = true;
                rest
            }
            [b'~', b'}', rest @ ..] => {
                shifted = false;
                rest
            }
            [b'~', b'~', rest @ ..] => {
                out.push('~');
                rest
            }
            [b'~', b'\n', rest @ ..] => rest,
            [b'~', ..] => return None,
            [first, second, rest @ ..] if shifted => {
                let pair = [first | 0x80, second | 0x80];
                let decoded =
                    encoding_rs::GBK.decode_without_bom_handling_and_without_replacement(&pair)?;
                out.push_str(&decoded);
                rest
            }
            [byte, rest @ ..] if byte.is_ascii() && !shifted => {
                out.push(char::from(*byte));
                rest
            }
            _ => return None,
        };
    }
}
