//! `format` and `formatlist`.

use groma_hcl::FunctionError;
use groma_value::{Kind, Refinements, Type, Value, convert};

use super::graphemes::graphemes;
use super::printf::{self, Flags};
use super::spec::{Builtin, Call, Outcome, anything, fail, fail_arg, function, string};

pub(super) fn all() -> Vec<Builtin> {
    vec![
        function("format")
            .param(string("format"))
            .variadic(anything("args"))
            .returns(Type::String)
            .body(format),
        function("formatlist")
            .param(string("format"))
            .variadic(anything("args"))
            .returns(Type::list(Type::String))
            .body(format_list),
    ]
}

fn format(c: &Call<'_>) -> Outcome {
    let text = c.str(0)?;
    if c.args[1..].iter().any(has_no_type) {
        return Ok(Value::unknown(Type::Dynamic));
    }
    if !c.args[1..].iter().all(Value::is_wholly_known) {
        let prefix = text.find('%').filter(|at| *at > 0).map(|at| &text[..at]);
        let refinements = prefix.map(Refinements::string_prefix).unwrap_or_default();
        return Ok(Value::unknown_refined(Type::String, refinements));
    }
    formatted(text, &c.args[1..]).map(Value::from)
}

/// Nobody knows how to show a null of no particular type. Since that has always made the result
/// unknown, configurations may rely on there being no error.
fn has_no_type(value: &Value) -> bool {
    matches!(value.kind(), Kind::Null(Type::Dynamic))
}

fn format_list(c: &Call<'_>) -> Outcome {
    let text = c.str(0)?;
    let args = &c.args[1..];
    if args.iter().any(has_no_type) {
        return Ok(Value::unknown(Type::Dynamic));
    }
    let mut length: Option<(usize, usize)> = None;
    let mut unknown = false;
    for (i, arg) in args.iter().enumerate() {
        let ty = arg.ty();
        let own_length = match (&ty, arg.as_sequence()) {
            (Type::List(_) | Type::Set(_) | Type::Tuple(_), Some(items)) => items.len(),
            (Type::Tuple(types), None) if !arg.is_null() => {
                unknown = true;
                types.len()
            }
            (Type::List(_) | Type::Set(_) | Type::Dynamic, None) if !arg.is_known() => {
                unknown = true;
                continue;
            }
            _ => continue,
        };
        match length {
            None => length = Some((i, own_length)),
            Some((_, length)) if length == own_length => {}
            Some((first, length)) => {
                let message = format!(
                    "argument {} has length {own_length}, which is inconsistent with argument {} \
                     of length {length}",
                    i + 1,
                    first + 1,
                );
                return fail_arg(i + 1, message);
            }
        }
    }
    if unknown {
        return Ok(Value::unknown(c.ty.clone()));
    }
    // Without any sequence there is one call with the values as they are.
    let count = length.map_or(1, |(_, length)| length);
    let mut results = Vec::with_capacity(count);
    for i in 0..count {
        let values: Vec<Value> = (args.iter())
            .map(|arg| match arg.as_sequence() {
                Some(items) => items.get(i).unwrap_or(arg).clone(),
                None => arg.clone(),
            })
            .collect();
        if values.iter().all(Value::is_wholly_known) {
            let result = formatted(text, &values);
            let result = if args.is_empty() {
                result
            } else {
                result.map_err(|e| {
                    FunctionError::new(format!("error on format iteration {i}: {}", e.message))
                })
            };
            results.push(Value::from(result?));
        } else {
            results.push(Value::unknown(Type::String).refine_not_null());
        }
    }
    Ok(Value::list(Type::String, results))
}

/// One `%…` of a format string.
#[derive(Default)]
struct Verb<'a> {
    raw: &'a str,
    offset: usize,
    /// Which argument, counted from 1.
    arg: usize,
    mode: char,
    flags: Flags,
}

/// Puts the arguments into the format string.
fn formatted(text: &str, args: &[Value]) -> Outcome<String> {
    let mut out = String::with_capacity(text.len());
    let mut next_arg = 1;
    let mut highest = 0;
    let mut at = 0;
    while let Some(found) = text[at..].find('%') {
        out.push_str(&text[at..at + found]);
        at += found;
        if text[at..].starts_with("%%") {
            out.push('%');
            at += 2;
            continue;
        }
        let verb = read_verb(text, at, next_arg)?;
        at += verb.raw.len();
        highest = highest.max(verb.arg);
        next_arg = verb.arg + 1;
        let shown = verb.show(args)?;
        if out.len().saturating_add(shown.len()) > super::MAX_STRING {
            return fail("the result would be too long");
        }
        out.push_str(&shown);
    }
    out.push_str(&text[at..]);
    if highest < args.len() {
        return fail_arg(
            highest + 1,
            if highest == 0 {
                "too many arguments; no verbs in format string".to_owned()
            } else {
                format!("too many arguments; only {highest} used by format string")
            },
        );
    }
    Ok(out)
}

/// Reads the verb that begins at the byte `start`.
fn read_verb(text: &str, start: usize, next_arg: usize) -> Outcome<Verb<'_>> {
    let mut verb = Verb { offset: start, arg: next_arg, ..Verb::default() };
    let mut at = start + 1;
    let peek = |at: usize| text[at..].chars().next();
    loop {
        match peek(at) {
            Some('0') => verb.flags.zero = true,
            Some('#') => verb.flags.sharp = true,
            Some('-') => verb.flags.minus = true,
            Some('+') => verb.flags.plus = true,
            Some(' ') => verb.flags.space = true,
            _ => break,
        }
        at += 1;
    }
    if matches!(peek(at), Some('1'..='9')) {
        verb.flags.width = Some(digits(text, &mut at));
    }
    if peek(at) == Some('.') {
        at += 1;
        verb.flags.precision = Some(digits(text, &mut at));
    }
    if peek(at) == Some('[') {
        at += 1;
        if matches!(peek(at), Some('1'..='9')) {
            verb.arg = digits(text, &mut at);
            if peek(at) != Some(']') {
                return unexpected(text, at);
            }
            at += 1;
        } else {
            return unexpected(text, at);
        }
    }
    match peek(at) {
        Some(mode) if mode.is_ascii_alphabetic() => {
            verb.mode = mode;
            verb.raw = &text[start..=at];
            Ok(verb)
        }
        _ => unexpected(text, at),
    }
}

/// Widths, precisions and positions beyond any use all count as the greatest of them.
fn digits(text: &str, at: &mut usize) -> usize {
    let rest = &text[*at..];
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    *at += end;
    rest[..end].bytes().fold(0_usize, |n, b| {
        n.saturating_mul(10).saturating_add(usize::from(b - b'0')).min(super::MAX_STRING)
    })
}

fn unexpected<T>(text: &str, at: usize) -> Outcome<T> {
    match text[at..].chars().next() {
        None => fail(format!("invalid format string starting at offset {at}")),
        Some(c) => {
            let quoted = match c {
                '\'' => "'\\''".to_owned(),
                c if c.is_control() => format!("'{}'", c.escape_debug()),
                c => format!("'{c}'"),
            };
            fail(format!("unrecognized format character {quoted} at offset {at}"))
        }
    }
}

impl Verb<'_> {
    fn show(&self, args: &[Value]) -> Outcome<String> {
        let quoted = groma_hcl::quote(self.raw);
        let Some(arg) = self.arg.checked_sub(1).and_then(|i| args.get(i)) else {
            return fail(format!(
                "not enough arguments for {quoted} at {}: need index {} but have {} total",
                self.offset,
                self.arg,
                args.len(),
            ));
        };
        if self.mode != 'v' && arg.is_null() {
            return self.unsupported("null value cannot be formatted");
        }
        match self.mode {
            'v' => self.as_is(arg),
            't' => Ok(self.converted(arg, &Type::Bool)?.as_bool().unwrap_or_default().to_string()),
            's' | 'q' => self.string(&self.converted(arg, &Type::String)?),
            'b' | 'd' | 'o' | 'x' | 'X' => {
                let value = self.converted(arg, &Type::Number)?;
                match value.as_number().and_then(groma_value::Number::as_bigint) {
                    Some(i) => Ok(printf::integer(&i, self.mode, &self.flags)),
                    None => self.unsupported("an integer is required"),
                }
            }
            'e' | 'E' | 'f' | 'g' | 'G' => {
                let value = self.converted(arg, &Type::Number)?;
                match value.as_number() {
                    Some(number) => Ok(printf::float(number, self.mode, &self.flags)),
                    None => self.unsupported("a number is required"),
                }
            }
            mode => fail(format!(
                "unsupported format verb '{mode}' in {quoted} at offset {}",
                self.offset,
            )),
        }
    }

    fn unsupported<T>(&self, why: &str) -> Outcome<T> {
        let raw = groma_hcl::quote(self.raw);
        fail(format!("unsupported value for {raw} at {}: {why}", self.offset))
    }

    fn converted(&self, arg: &Value, ty: &Type) -> Outcome {
        convert(arg, ty).or_else(|error| self.unsupported(&error.to_string()))
    }

    /// `%v`
    fn as_is(&self, arg: &Value) -> Outcome<String> {
        if !self.flags.sharp {
            if let Some(text) = arg.as_str() {
                return Ok(self.padded(text));
            }
            if let Some(number) = arg.as_number() {
                return Ok(self.padded(&printf::shortest(number)));
            }
        }
        match super::encoding::to_json(arg) {
            Ok(text) => Ok(self.padded(&text)),
            Err(error) => self.unsupported(&error.message),
        }
    }

    fn string(&self, value: &Value) -> Outcome<String> {
        let text = value.as_str().map_or("", |s| &**s);
        let text: String = match self.flags.precision {
            None | Some(0) => text.to_owned(),
            Some(count) => graphemes(text).take(count).collect(),
        };
        if self.mode == 's' {
            return Ok(self.padded(&text));
        }
        match super::encoding::to_json(&Value::from(text)) {
            Ok(text) => Ok(self.padded(&text)),
            Err(error) => self.unsupported(&error.message),
        }
    }

    fn padded(&self, text: &str) -> String {
        let fill = if self.flags.zero { '0' } else { ' ' };
        let missing = self.flags.width.unwrap_or(0).saturating_sub(super::graphemes::count(text));
        let pad: String = std::iter::repeat_n(fill, missing).collect();
        if self.flags.minus { format!("{text}{pad}") } else { format!("{pad}{text}") }
    }
}
