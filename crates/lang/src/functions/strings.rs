//! Functions on strings.

use groma_value::{Kind, Type, Value};

use super::graphemes::graphemes;
use super::spec::{Builtin, Call, Outcome, fail, fail_arg, function, number, string};

pub(super) fn all() -> Vec<Builtin> {
    let mut all = vec![
        function("chomp")
            .param(string("str"))
            .returns(Type::String)
            .body(|c| Ok(c.str(0)?.trim_end_matches(['\r', '\n']).into())),
        function("indent")
            .param(number("spaces"))
            .param(string("str"))
            .returns(Type::String)
            .body(indent),
        function("join")
            .param(string("separator"))
            .variadic(groma_hcl::Param::new("lists", Type::list(Type::String)).unknowable())
            .returns(Type::String)
            .body(join),
        function("split")
            .param(string("separator"))
            .param(string("str"))
            .returns(Type::list(Type::String))
            .body(split),
        function("strrev")
            .param(string("str").dynamic())
            .returns(Type::String)
            .body(|c| Ok(graphemes(c.str(0)?).rev().collect::<String>().into())),
        function("substr")
            .param(string("str").dynamic())
            .param(number("offset").dynamic())
            .param(number("length").dynamic())
            .returns(Type::String)
            .body(substr),
        function("startswith")
            .param(string("str").unknowable())
            .param(string("prefix"))
            .returns(Type::Bool)
            .body(starts_with),
        function("sort")
            .param(groma_hcl::Param::new("list", Type::list(Type::String)).unknowable())
            .returns(Type::list(Type::String))
            .body(sort),
    ];
    all.extend(simple());
    all
}

/// Those that need no more than a line.
fn simple() -> Vec<Builtin> {
    let on_one = |name| function(name).param(string("str")).returns(Type::String);
    let on_two = |name, second| on_one(name).param(string(second));
    vec![
        function("upper")
            .param(string("str").dynamic())
            .returns(Type::String)
            .body(|c| Ok(c.str(0)?.chars().map(upper).collect::<String>().into())),
        function("lower")
            .param(string("str").dynamic())
            .returns(Type::String)
            .body(|c| Ok(c.str(0)?.chars().map(lower).collect::<String>().into())),
        on_one("title").body(|c| Ok(title(c.str(0)?).into())),
        on_one("trimspace").body(|c| Ok(c.str(0)?.trim().into())),
        on_two("trim", "cutset").body(|c| {
            let cutset = c.str(1)?;
            Ok(c.str(0)?.trim_matches(|x| cutset.contains(x)).into())
        }),
        on_two("trimprefix", "prefix").body(|c| {
            let text = c.str(0)?;
            Ok(text.strip_prefix(&**c.str(1)?).unwrap_or(text).into())
        }),
        on_two("trimsuffix", "suffix").body(|c| {
            let text = c.str(0)?;
            Ok(text.strip_suffix(&**c.str(1)?).unwrap_or(text).into())
        }),
        on_two("endswith", "suffix")
            .returns(Type::Bool)
            .body(|c| Ok(Value::bool(c.str(0)?.ends_with(&**c.str(1)?)))),
        on_two("strcontains", "substr")
            .returns(Type::Bool)
            .body(|c| Ok(Value::bool(c.str(0)?.contains(&**c.str(1)?)))),
    ]
}

/// The capital letter, if there is one that is a single character.
fn upper(c: char) -> char {
    match c {
        '\u{1f80}'..='\u{1f87}' | '\u{1f90}'..='\u{1f97}' | '\u{1fa0}'..='\u{1fa7}' => {
            char::from_u32(c as u32 + 8).unwrap_or(c)
        }
        '\u{1fb3}' | '\u{1fc3}' | '\u{1ff3}' => char::from_u32(c as u32 + 9).unwrap_or(c),
        _ => {
            let mut upper = c.to_uppercase();
            match (upper.next(), upper.next()) {
                (Some(single), None) => single,
                _ => c,
            }
        }
    }
}

/// The form of a letter at the beginning of a word.
fn title_case(c: char) -> char {
    match c {
        '\u{1c4}'..='\u{1c6}' => '\u{1c5}',
        '\u{1c7}'..='\u{1c9}' => '\u{1c8}',
        '\u{1ca}'..='\u{1cc}' => '\u{1cb}',
        '\u{1f1}'..='\u{1f3}' => '\u{1f2}',
        // Georgian has capitals, but no sentence begins with them.
        '\u{10d0}'..='\u{10ff}' => c,
        c => upper(c),
    }
}

/// The small letter; the only one that would be two characters is cut short.
fn lower(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

/// Each word with a capital letter. A word begins behind anything that is no letter, digit or
/// underscore; beyond ASCII, behind white space.
fn title(text: &str) -> String {
    let mut before = ' ';
    let ends_word = |c: char| {
        if c.is_ascii() {
            !c.is_ascii_alphanumeric() && c != '_'
        } else {
            !c.is_alphanumeric() && c.is_whitespace()
        }
    };
    text.chars()
        .map(|c| {
            let new = if ends_word(before) { title_case(c) } else { c };
            before = c;
            new
        })
        .collect()
}

fn indent(c: &Call<'_>) -> Outcome {
    let Ok(spaces) = usize::try_from(c.int(0)?) else {
        return fail("the number of spaces must not be negative");
    };
    let text = c.str(1)?;
    let lines = text.matches('\n').count();
    if lines == 0 {
        return Ok(Value::string(text.clone()));
    }
    if spaces.saturating_mul(lines) > super::MAX_STRING {
        return fail_arg(0, "the result would be too long");
    }
    Ok(text.replace('\n', &format!("\n{}", " ".repeat(spaces))).into())
}

fn join(c: &Call<'_>) -> Outcome {
    let separator = c.str(0)?;
    let lists = &c.args[1..];
    if lists.is_empty() {
        return fail("at least one list is required");
    }
    let known = |v: &Value| v.is_known() && v.is_wholly_known();
    if !lists.iter().all(known) {
        return Ok(Value::unknown(Type::String));
    }
    let mut parts: Vec<&str> = Vec::new();
    for (l, list) in lists.iter().enumerate() {
        for (i, item) in list.as_sequence().unwrap_or_default().iter().enumerate() {
            match item.as_str() {
                Some(text) => parts.push(text),
                None if lists.len() == 1 => {
                    return fail_arg(
                        l + 1,
                        format!("element {i} is null; cannot concatenate null values"),
                    );
                }
                None => {
                    let message =
                        format!("element {i} of list {l} is null; cannot concatenate null values");
                    return fail_arg(l + 1, message);
                }
            }
        }
    }
    Ok(parts.join(separator).into())
}

fn split(c: &Call<'_>) -> Outcome {
    let (separator, text) = (c.str(0)?, c.str(1)?);
    let parts: Vec<Value> = if separator.is_empty() {
        text.chars().map(|c| c.to_string().into()).collect()
    } else {
        text.split(&**separator).map(Value::from).collect()
    };
    Ok(Value::list(Type::String, parts))
}

fn substr(c: &Call<'_>) -> Outcome {
    let text = c.str(0)?;
    let (mut offset, length) = (c.int(1)?, c.int(2)?);
    if offset < 0 {
        let total = super::graphemes::count(text);
        offset = offset.saturating_add(i64::try_from(total).unwrap_or(i64::MAX)).max(0);
    }
    let rest = graphemes(text).skip(usize::try_from(offset).unwrap_or(usize::MAX));
    let part: String = match usize::try_from(length) {
        Ok(length) => rest.take(length).collect(),
        Err(_) => rest.collect(),
    };
    Ok(part.into())
}

fn starts_with(c: &Call<'_>) -> Outcome {
    let prefix = c.str(1)?;
    if let Kind::Unknown(unknown) = c.args[0].kind() {
        // The first characters may be known all the same.
        let known = unknown.refinements.prefix.as_deref().unwrap_or_default();
        return Ok(if known.starts_with(&**prefix) {
            Value::TRUE
        } else if prefix.starts_with(known) {
            Value::unknown(Type::Bool)
        } else {
            Value::FALSE
        });
    }
    Ok(Value::bool(c.str(0)?.starts_with(&**prefix)))
}

fn sort(c: &Call<'_>) -> Outcome {
    let list = &c.args[0];
    let Some(items) = list.as_sequence().filter(|items| items.iter().all(Value::is_known)) else {
        // Sorting changes nothing about the number of elements.
        let refinements = match (list.refinements(), list.as_sequence()) {
            (Some(refinements), _) => refinements.clone(),
            (None, items) => {
                let length = items.map_or(0, <[_]>::len) as u64;
                groma_value::Refinements::length_range(length, length)
            }
        };
        return Ok(Value::unknown_refined(c.ty.clone(), refinements));
    };
    let mut sorted = Vec::with_capacity(items.len());
    for (i, item) in items.iter().enumerate() {
        match item.as_str() {
            Some(text) => sorted.push(text.clone()),
            None => {
                return fail(format!(
                    "given list element {i} is null; a null string cannot be sorted",
                ));
            }
        }
    }
    sorted.sort_unstable();
    Ok(Value::list(Type::String, sorted.into_iter().map(Value::string).collect()))
}
