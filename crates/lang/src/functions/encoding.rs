//! Encodings: JSON, Base64, URLs, CSV.

use std::io::Read as _;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use flate2::Crc;
use flate2::read::MultiGzDecoder;
use groma_hcl::FunctionError;
use groma_value::{Refinements, Type, Value, json};

use super::spec::{Builtin, Call, Outcome, anything, fail, fail_arg, function, string};

/// Base64 as most write it. Bits to spare in the last character do not matter.
pub(super) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

pub(super) fn all() -> Vec<Builtin> {
    vec![
        function("jsonencode").param(anything("val")).returns(Type::String).body(json_encode),
        function("jsondecode").param(string("str")).may_be_null().body(|c| {
            let text = c.str(0)?;
            json::from_slice_implied(text.as_bytes())
                .map_err(|_| FunctionError::new(super::json_error::message(text)))
        }),
        function("base64encode")
            .param(string("str"))
            .returns(Type::String)
            .body(|c| Ok(BASE64.encode(c.str(0)?.as_bytes()).into())),
        function("base64decode")
            .param(string("str").markable())
            .returns(Type::String)
            .body(base64_decode),
        function("base64gzip")
            .param(string("str"))
            .returns(Type::String)
            .body(|c| Ok(BASE64.encode(gzip(c.str(0)?.as_bytes())).into())),
        function("base64gunzip").param(string("str")).returns(Type::String).body(gunzip),
        function("urldecode").param(string("str")).returns(Type::String).body(url_decode),
        function("urlencode")
            .param(string("str"))
            .returns(Type::String)
            .body(|c| Ok(url_encoded(c.str(0)?).into())),
        function("csvdecode").param(string("str")).body(super::csv::decode),
    ]
}

/// The value as JSON in its own type.
pub(super) fn to_json(value: &Value) -> Outcome<String> {
    let bytes = json::to_vec(value, &value.ty()).map_err(|e| FunctionError::new(e.message))?;
    String::from_utf8(bytes).map_err(|error| FunctionError::new(error.to_string()))
}

fn json_encode(c: &Call<'_>) -> Outcome {
    let value = &c.args[0];
    if value.is_wholly_known() {
        return Ok(to_json(value)?.into());
    }
    if !value.is_definitely_not_null() {
        return Ok(Value::unknown(Type::String));
    }
    // The first character is known all the same.
    let refinements = match value.ty() {
        Type::String => Refinements::string_prefix("\""),
        Type::Object(_) | Type::Map(_) => Refinements::string_prefix("{"),
        Type::Tuple(_) | Type::List(_) | Type::Set(_) => Refinements::string_prefix("["),
        _ => Refinements::default(),
    };
    Ok(Value::unknown_refined(Type::String, refinements))
}

fn base64_decode(c: &Call<'_>) -> Outcome {
    let text = c.str(0)?;
    let marks = c.args[0].marks();
    // Line breaks do not count.
    let compact: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    let Ok(bytes) = BASE64.decode(compact) else {
        let shown = super::redacted(&format!("{:?}", &**text), marks);
        return fail(format!("failed to decode base64 data {shown}"));
    };
    match String::from_utf8(bytes) {
        Ok(decoded) => Ok(Value::from(decoded).with_marks(marks)),
        Err(_) => fail("the result of decoding the provided string is not valid UTF-8"),
    }
}

fn gzip(text: &[u8]) -> Vec<u8> {
    // Neither a name nor a time, and no certain system.
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    out.extend(super::deflate::deflate(text));
    let mut check = Crc::new();
    check.update(text);
    out.extend(check.sum().to_le_bytes());
    out.extend(check.amount().to_le_bytes());
    out
}

fn gunzip(c: &Call<'_>) -> Outcome {
    let text = c.str(0)?;
    let compact: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    let Ok(bytes) = BASE64.decode(compact) else {
        return fail_arg(0, format!("failed to decode base64 data {:?}", &**text));
    };
    let mut plain = Vec::new();
    // One byte more than may be: then it is seen that there is too much.
    let most = super::MAX_STRING as u64;
    let read = MultiGzDecoder::new(bytes.as_slice()).take(most + 1).read_to_end(&mut plain);
    if let Err(error) = read {
        return fail_arg(0, format!("failed to gunzip bytes: {error}"));
    }
    if plain.len() as u64 > most {
        return fail_arg(0, format!("the uncompressed text is longer than {most} bytes"));
    }
    match String::from_utf8(plain) {
        Ok(text) => Ok(text.into()),
        Err(_) => fail_arg(0, "the uncompressed data is not valid UTF-8"),
    }
}

fn url_decode(c: &Call<'_>) -> Outcome {
    let text = c.str(0)?;
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    loop {
        rest = match rest {
            [] => break,
            [b'+', rest @ ..] => {
                out.push(b' ');
                rest
            }
            [b'%', rest @ ..] => {
                let digits = rest.get(..2).and_then(|two| std::str::from_utf8(two).ok());
                let hex = digits.filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
                let Some(byte) = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) else {
                    let part: String = String::from_utf8_lossy(rest).chars().take(2).collect();
                    return fail_arg(0, format!("invalid URL escape {:?}", format!("%{part}")));
                };
                out.push(byte);
                &rest[2..]
            }
            [byte, rest @ ..] => {
                out.push(*byte);
                rest
            }
        };
    }
    match String::from_utf8(out) {
        Ok(text) => Ok(text.into()),
        Err(_) => fail_arg(0, "the result of decoding is not valid UTF-8"),
    }
}

fn url_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for b in text.bytes() {
        match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(b.into());
            }
            b' ' => out.push('+'),
            b => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}
