//! Functions on regular expressions.

use std::sync::Arc;

use groma_hcl::FunctionError;
use groma_value::{Entries, Str, Type, Value};

use super::pattern::Pattern;
use super::spec::{Builtin, Call, Outcome, fail, fail_arg, function, string};

pub(super) fn all() -> Vec<Builtin> {
    vec![
        function("regex").param(string("pattern")).param(string("string")).typed(match_type).body(
            |c| {
                let (pattern, text) = (pattern(c)?, c.str(1)?);
                match pattern.regex.captures(text) {
                    Some(captures) => Ok(match_value(&pattern, &captures)),
                    None => fail("pattern did not match any part of the given string"),
                }
            },
        ),
        function("regexall")
            .param(string("pattern"))
            .param(string("string"))
            .typed(|args| match_type(args).map(Type::list))
            .body(|c| {
                let (pattern, text) = (pattern(c)?, c.str(1)?);
                let element = c.ty.element().cloned().unwrap_or(Type::Dynamic);
                let matches = pattern.regex.captures_iter(text);
                Ok(Value::list(element, matches.map(|m| match_value(&pattern, &m)).collect()))
            }),
        function("replace")
            .param(string("str"))
            .param(string("substr"))
            .param(string("replace"))
            .returns(Type::String)
            .body(replace),
    ]
}

fn pattern(c: &Call<'_>) -> Outcome<Arc<Pattern>> {
    compiled(c.str(0)?)
}

fn compiled(text: &str) -> Outcome<Arc<Pattern>> {
    Pattern::compiled(text).map_err(|error| {
        FunctionError::arg(0, format!("invalid regexp pattern: {} in {}", error.what, error.part))
    })
}

/// What a match is: a string, or a tuple of the groups, or an object of those that have names.
fn match_type(args: &[Value]) -> Outcome<Type> {
    let Some(text) = args[0].as_str() else {
        // The groups are those of the pattern.
        return Ok(Type::Dynamic);
    };
    let pattern = compiled(text)?;
    let named = pattern.groups.iter().filter(|g| g.is_some()).count();
    if named > 0 && named < pattern.groups.len() {
        return fail_arg(
            0,
            "invalid regexp pattern: cannot mix both named and unnamed capture groups",
        );
    }
    Ok(if pattern.groups.is_empty() {
        Type::String
    } else if named > 0 {
        Type::object(pattern.groups.iter().flatten().map(|name| (Str::from(&**name), Type::String)))
    } else {
        Type::tuple(pattern.groups.iter().map(|_| Type::String))
    })
}

fn match_value(pattern: &Pattern, captures: &regex::Captures<'_>) -> Value {
    let group = |i: usize| match captures.get(i) {
        Some(found) => Value::from(found.as_str()),
        None => Value::null(Type::String),
    };
    if pattern.groups.is_empty() {
        return group(0);
    }
    if pattern.groups.iter().any(Option::is_some) {
        let entries = (pattern.groups.iter().enumerate())
            .filter_map(|(i, name)| Some((Str::from(name.as_deref()?), group(i + 1))));
        return Value::object(Entries::from_iter(entries));
    }
    Value::tuple((1..=pattern.groups.len()).map(group).collect())
}

fn replace(c: &Call<'_>) -> Outcome {
    let (text, wanted, by) = (c.str(0)?, c.str(1)?, c.str(2)?);
    let inner = wanted.strip_prefix('/').and_then(|w| w.strip_suffix('/'));
    let Some(inner) = inner else {
        return Ok(text.replace(&**wanted, by).into());
    };
    let pattern = Pattern::compiled(inner).map_err(|error| {
        FunctionError::new(format!("error parsing regexp: {}: `{}`", error.what, error.part))
    })?;
    let mut out = String::with_capacity(text.len());
    let mut end = 0;
    for captures in pattern.regex.captures_iter(text) {
        let Some(whole) = captures.get(0) else { continue };
        out.push_str(&text[end..whole.start()]);
        expand(by, &pattern, &captures, &mut out);
        end = whole.end();
        if out.len() > super::MAX_STRING {
            return fail("the result would be too long");
        }
    }
    out.push_str(&text[end..]);
    Ok(out.into())
}

/// Puts the groups in place of `$1`, `$name` and `${name}`.
fn expand(template: &str, pattern: &Pattern, captures: &regex::Captures<'_>, out: &mut String) {
    let mut rest = template;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
            continue;
        }
        let Some((name, after)) = group_name(rest) else {
            out.push('$');
            continue;
        };
        rest = after;
        let found = match name.parse::<usize>() {
            Ok(i) => captures.get(i),
            Err(_) => (pattern.groups.iter().enumerate())
                .filter(|(_, group)| group.as_deref() == Some(name))
                .find_map(|(i, _)| captures.get(i + 1)),
        };
        out.push_str(found.map_or("", |m| m.as_str()));
    }
    out.push_str(rest);
}

fn group_name(text: &str) -> Option<(&str, &str)> {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    if let Some(braced) = text.strip_prefix('{') {
        let end = braced.find('}')?;
        let name = &braced[..end];
        return (!name.is_empty() && name.chars().all(word)).then_some((name, &braced[end + 1..]));
    }
    let end = text.find(|c| !word(c)).unwrap_or(text.len());
    (end > 0).then_some((&text[..end], &text[end..]))
}
