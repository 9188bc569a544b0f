//! YAML: `yamlencode` and `yamldecode`.
//!
//! What plain scalars mean is what the language has always made of them: `yes` and `on` are truth
//! values, dates are strings in RFC 3339.

use std::borrow::Cow;
use std::collections::HashMap;

use base64::Engine;
use groma_hcl::FunctionError;
use groma_value::{Entries, Kind, Number, Str, Type, Value, convert};
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};

use super::encoding::BASE64;
use super::spec::{Builtin, Call, Outcome, anything, fail, function, string};
use super::timestamp::Moment;
use super::yaml_tabs::spaced;

/// How deep collections may be nested.
const DEEPEST: usize = 500;
/// How many nodes there may be, those that aliases repeat included.
const MOST_NODES: usize = 2_000_000;
/// What the tags of the core schema begin with.
const CORE: &str = "tag:yaml.org,2002:";

pub(super) fn all() -> Vec<Builtin> {
    vec![
        function("yamlencode")
            .param(anything("value"))
            .returns(Type::String)
            .body(super::yaml_encode::encode),
        function("yamldecode").param(string("src")).may_be_null().body(decode),
    ]
}

fn decode(c: &Call<'_>) -> Outcome {
    let text = c.str(0)?;
    let versions = text.lines().take_while(|line| line.starts_with(['%', '#']) || line.is_empty());
    let mut versions = versions.filter_map(|line| line.strip_prefix("%YAML "));
    if versions.any(|version| version.split_whitespace().next() != Some("1.1")) {
        return fail("found incompatible YAML document");
    }
    let text: Cow<'_, str> = match text.contains('\t') {
        true => spaced(text).map_err(FunctionError::new)?.into(),
        false => Cow::Borrowed(text),
    };
    let mut decoder = Decoder {
        events: Parser::new_from_str(&text),
        text: &text,
        places: Places::new(&text),
        anchors: HashMap::new(),
        open: Vec::new(),
    };
    decoder.document()
}

/// Where characters begin, for those who count characters and not bytes.
enum Places {
    Same,
    Bytes(Vec<usize>),
}

impl Places {
    fn new(text: &str) -> Places {
        match text.is_ascii() {
            true => Places::Same,
            false => Places::Bytes(text.char_indices().map(|(at, _)| at).collect()),
        }
    }

    /// The text from one character on up to another.
    fn slice<'t>(&self, text: &'t str, start: usize, end: usize) -> &'t str {
        let byte = |place: usize| match self {
            Places::Same => place.min(text.len()),
            Places::Bytes(all) => all.get(place).copied().unwrap_or(text.len()),
        };
        text.get(byte(start)..byte(end)).unwrap_or_default()
    }
}

struct Decoder<'t> {
    events: Parser<'t, StrInput<'t>>,
    text: &'t str,
    places: Places,
    /// The values of anchors, each with how many nodes it is.
    anchors: HashMap<usize, (Value, usize)>,
    /// The anchors of the collections that are being read.
    open: Vec<usize>,
}

type Next<'t> = (Event<'t>, Span);

impl<'t> Decoder<'t> {
    fn next(&mut self) -> Outcome<Next<'t>> {
        match self.events.next() {
            Some(Ok(next)) => Ok(next),
            Some(Err(error)) => Err(self.explained(&error)),
            None => fail("found unexpected end of stream"),
        }
    }

    fn explained(&self, error: &ScanError) -> FunctionError {
        let (info, at) = (error.info(), error.marker());
        if info.contains("unknown anchor") {
            let rest =
                self.text.char_indices().nth(at.index()).map_or("", |(i, _)| &self.text[i..]);
            let name = rest.trim_start_matches(['*', ' ']);
            let end = name
                .find(|c: char| c.is_whitespace() || matches!(c, ',' | '[' | ']' | '{' | '}'))
                .unwrap_or(name.len());
            return FunctionError::new(format!("reference to undefined anchor {:?}", &name[..end]));
        }
        if info.contains("end of stream") || info.contains("EOF") || info.contains("end of file") {
            return FunctionError::new("found unexpected end of stream");
        }
        FunctionError::new(format!("on line {}, column {}: {info}", at.line(), at.col() + 1))
    }

    fn document(&mut self) -> Outcome {
        loop {
            match self.next()?.0 {
                Event::StreamStart | Event::Nothing => {}
                Event::DocumentStart(_) => break,
                _ => return fail("on line 1, column 1: missing start of document"),
            }
        }
        let next = self.next()?;
        let (value, _) = self.node(next, 0)?;
        loop {
            match self.next()?.0 {
                Event::DocumentEnd | Event::Nothing => {}
                Event::StreamEnd => return Ok(value),
                _ => return fail("on line 1, column 1: unexpected extra content after value"),
            }
        }
    }

    /// The value of a node, and how many nodes it is.
    fn node(&mut self, (event, span): Next<'t>, depth: usize) -> Outcome<(Value, usize)> {
        if depth > DEEPEST {
            return fail("collections are nested too deeply");
        }
        let (anchor, decoded) = match event {
            Event::Alias(anchor) => {
                return match self.anchors.get(&anchor) {
                    Some(known) => Ok(known.clone()),
                    None if self.open.contains(&anchor) => {
                        fail("cannot refer to an anchor from inside its own definition")
                    }
                    None => fail("reference to undefined anchor"),
                };
            }
            Event::Scalar(text, style, anchor, tag) => {
                let text = self.as_written(&text, style, span)?;
                (anchor, (scalar(&text, style, tag.as_deref())?, 1))
            }
            Event::SequenceStart(anchor, tag) => {
                check_tag(tag.as_deref(), "seq", "sequence")?;
                self.open.push(anchor);
                let sequence = self.sequence(depth);
                self.open.pop();
                (anchor, sequence?)
            }
            Event::MappingStart(anchor, tag) => {
                check_tag(tag.as_deref(), "map", "mapping")?;
                self.open.push(anchor);
                let mapping = self.mapping(depth);
                self.open.pop();
                (anchor, mapping?)
            }
            _ => return fail("did not find expected node content"),
        };
        if decoded.1 > MOST_NODES {
            return fail("there are too many values");
        }
        if anchor > 0 {
            self.anchors.insert(anchor, decoded.clone());
        }
        Ok(decoded)
    }

    /// A scalar as earlier parsers read it.
    fn as_written<'s>(&self, text: &'s str, style: ScalarStyle, span: Span) -> Outcome<&'s str> {
        let written = || self.places.slice(self.text, span.start.index(), span.end.index());
        match style {
            // There is no line break to keep where the text ends without one.
            ScalarStyle::Literal | ScalarStyle::Folded
                if !self.text.ends_with('\n')
                    && self.places.slice(self.text, span.end.index(), usize::MAX).is_empty() =>
            {
                Ok(text.strip_suffix('\n').unwrap_or(text))
            }
            ScalarStyle::DoubleQuoted if has_escaped_slash(written()) => {
                fail("found unknown escape character")
            }
            _ => Ok(text),
        }
    }

    fn sequence(&mut self, depth: usize) -> Outcome<(Value, usize)> {
        let mut items = Vec::new();
        let mut count = 1_usize;
        loop {
            let next = self.next()?;
            if matches!(next.0, Event::SequenceEnd) {
                return Ok((Value::tuple(items), count));
            }
            let (item, size) = self.node(next, depth + 1)?;
            count = count.saturating_add(size);
            items.push(item);
        }
    }

    fn mapping(&mut self, depth: usize) -> Outcome<(Value, usize)> {
        let mut entries: Vec<(Str, Value)> = Vec::new();
        let mut count = 1_usize;
        loop {
            let next = self.next()?;
            if matches!(next.0, Event::MappingEnd) {
                return Ok((Value::object(Entries::from_iter(entries)), count));
            }
            let at = next.1.start;
            let (key, _) = self.node(next, depth + 1)?;
            let value = self.next()?;
            let (value, size) = self.node(value, depth + 1)?;
            count = count.saturating_add(size);
            if key.is_null() {
                return fail(format!(
                    "on line {}, column {}: mapping key cannot be null",
                    at.line(),
                    at.col() + 1,
                ));
            }
            let key = convert(&key, &Type::String).ok();
            let Some(key) = key.as_ref().and_then(Value::as_str) else {
                return fail("only strings are allowed as mapping keys");
            };
            if &**key != "<<" {
                entries.push((key.clone(), value));
                continue;
            }
            match value.kind() {
                Kind::Object(merged) => {
                    entries.extend(merged.iter().map(|(k, v)| (k.clone(), v.clone())));
                }
                _ => {
                    let what = value.ty().friendly_name();
                    return fail(format!("cannot merge {what} into mapping"));
                }
            }
        }
    }
}

/// Whether a slash is escaped, which YAML allows from version 1.2 on.
fn has_escaped_slash(quoted: &str) -> bool {
    let mut chars = quoted.chars();
    while let Some(c) = chars.next() {
        if c == '\\' && chars.next() == Some('/') {
            return true;
        }
    }
    false
}

/// The tag in full; `None` if there is none.
fn full_tag(tag: Option<&Tag>) -> Option<String> {
    tag.map(|tag| match &*tag.handle {
        "!!" => format!("{CORE}{}", tag.suffix),
        handle => format!("{handle}{}", tag.suffix),
    })
}

fn check_tag(tag: Option<&Tag>, wanted: &str, what: &str) -> Outcome<()> {
    match full_tag(tag) {
        None => Ok(()),
        Some(tag) => match tag.strip_prefix(CORE) {
            Some(name) if name == wanted => Ok(()),
            Some(_) => fail(format!("can't interpret {what} as {tag}")),
            None => fail(format!("unsupported tag {tag:?}")),
        },
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Outcome {
    let tag = full_tag(tag);
    let name = match &tag {
        None => None,
        Some(tag) => match tag.strip_prefix(CORE) {
            Some(name) => Some(name),
            None => return fail(format!("unsupported tag {tag:?}")),
        },
    };
    let unusable = || fail(format!("cannot parse {text:?} as {}", tag.as_deref().unwrap_or("")));
    if name == Some("binary") {
        let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        if BASE64.decode(compact).is_err() {
            return fail(format!("cannot parse {text:?} as {CORE}binary: not valid base64"));
        }
        return Ok(text.into());
    }
    if style != ScalarStyle::Plain {
        return Ok(text.into());
    }
    match name {
        None => plain(text),
        Some("null" | "bool" | "int" | "float" | "timestamp") if text.is_empty() => Ok(Value::NULL),
        Some("str") => Ok(text.into()),
        Some("null") => Ok(Value::NULL),
        Some("bool") => truth(text).map_or_else(unusable, |b| Ok(Value::bool(b))),
        Some("int" | "float") => match number(text)? {
            Some(number) => Ok(Value::number(number)),
            None => unusable(),
        },
        Some("timestamp") => timestamp(text).map_or_else(unusable, |t| Ok(t.into())),
        Some(_) => fail(format!("unsupported tag {:?}", tag.as_deref().unwrap_or(""))),
    }
}

fn plain(text: &str) -> Outcome {
    if matches!(text, "" | "~" | "null" | "Null" | "NULL") {
        return Ok(Value::NULL);
    }
    if let Some(b) = truth(text) {
        return Ok(Value::bool(b));
    }
    if let Some(number) = number(text)? {
        return Ok(Value::number(number));
    }
    Ok(timestamp(text).map_or_else(|| text.into(), Value::from))
}

fn truth(text: &str) -> Option<bool> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "true" | "True" | "TRUE" => {
            Some(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "false" | "False" | "FALSE" => {
            Some(false)
        }
        _ => None,
    }
}

fn number(text: &str) -> Outcome<Option<Number>> {
    if matches!(text, ".nan" | ".NaN" | ".NAN") {
        return fail("floating point NaN is not supported");
    }
    let radix = |digits: &str, radix: u32| {
        let valid = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
        valid.then(|| u64::from_str_radix(digits, radix).map(num_bigint::BigInt::from))
    };
    let prefixed = [("0x", 16), ("0o", 8)];
    for (prefix, base) in prefixed {
        match text.strip_prefix(prefix).map(|digits| radix(digits, base)) {
            Some(Some(Ok(number))) => return Ok(Some(number.into())),
            Some(Some(Err(_))) => return fail(format!("cannot parse {text:?} as {CORE}int")),
            Some(None) => return Ok(None),
            None => {}
        }
    }
    let negative = text.starts_with('-');
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return Ok(Some(Number::infinity(negative)));
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let exponent_fits = exponent.is_none_or(|e| {
        let e = e.strip_prefix(['-', '+']).unwrap_or(e);
        !e.is_empty() && digits(e)
    });
    let fits = digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    if !fits || !exponent_fits {
        return Ok(None);
    }
    let sign = if negative { "-" } else { "" };
    let exponent = exponent.map(|e| format!("e{e}")).unwrap_or_default();
    let whole = if whole.is_empty() { "0" } else { whole };
    let fraction = if fraction.is_empty() { String::new() } else { format!(".{fraction}") };
    Ok(Number::parse(&format!("{sign}{whole}{fraction}{exponent}")))
}

/// A date, with a time or without, as RFC 3339 has it.
fn timestamp(text: &str) -> Option<String> {
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (&text[..at], Some((&text[at..=at], &text[at + 1..]))),
        None => (text, None),
    };
    let two = |part: &str| {
        let fits = matches!(part.len(), 1 | 2) && part.bytes().all(|b| b.is_ascii_digit());
        fits.then(|| format!("{part:0>2}"))
    };
    let mut parts = date.split('-');
    let year = parts.next().filter(|y| y.len() == 4 && y.bytes().all(|b| b.is_ascii_digit()))?;
    let (month, day) = (two(parts.next()?)?, two(parts.next()?)?);
    if parts.next().is_some() {
        return None;
    }
    let Some((separator, time)) = time else {
        return Moment::parse(&format!("{year}-{month}-{day}T00:00:00Z"))
            .ok()
            .map(|m| m.to_string());
    };
    // With a space between there is no zone; with a letter there must be one.
    let zone_at = time.find(['Z', '+', '-']);
    let (clock, zone) = match (separator, zone_at) {
        (" ", None) => (time, "Z"),
        ("T" | "t", Some(at)) => time.split_at(at),
        _ => return None,
    };
    let (clock, fraction) =
        clock.split_once('.').map_or((clock, String::new()), |(c, f)| (c, format!(".{f}")));
    let clock: Option<Vec<String>> = clock.split(':').map(two).collect();
    let clock = clock.filter(|c| c.len() == 3)?.join(":");
    let written = format!("{year}-{month}-{day}T{clock}{fraction}{zone}");
    Moment::parse(&written).ok().map(|moment| moment.to_string())
}
