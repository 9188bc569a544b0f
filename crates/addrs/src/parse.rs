//! Addresses from their text.

use groma_value::Str;

use crate::{
    AbsActionInstance, AbsProviderConfig, AbsResource, AbsResourceInstance, Action, InstanceKey,
    Module, ModuleInstance, ModuleStep, Provider, Resource, ResourceMode, Target,
};

/// A part of an address: a name or an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A name between dots.
    Name(Str),
    /// An index in brackets.
    Key(InstanceKey),
}

/// Splits the text of an address into its parts. The error says what is wrong.
pub fn split(text: &str) -> Result<Vec<Part>, String> {
    split_with(text, index)
}

/// As [`split`], with `[*]` for the indices that are not known.
fn split_partial(text: &str) -> Result<Vec<Part>, String> {
    split_with(text, |text| match text.strip_prefix("*]") {
        Some(rest) => Ok((InstanceKey::Unknown, rest)),
        None => index(text),
    })
}

fn split_with(
    text: &str,
    index: impl Fn(&str) -> Result<(InstanceKey, &str), String>,
) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    let mut want_name = true;
    while !rest.is_empty() {
        if want_name {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            let name = &rest[..end];
            if !is_identifier(name) {
                return Err(format!("{name:?} is not a valid name."));
            }
            parts.push(Part::Name(name.into()));
            rest = &rest[end..];
            want_name = false;
        } else if let Some(after) = rest.strip_prefix('.') {
            rest = after;
            want_name = true;
        } else if let Some(after) = rest.strip_prefix('[') {
            let (key, after) = index(after)?;
            parts.push(Part::Key(key));
            rest = after;
        } else {
            return Err(format!("A dot or an index is expected before {rest:?}."));
        }
    }
    if want_name {
        return Err("The address ends where a name is expected.".into());
    }
    Ok(parts)
}

fn index(text: &str) -> Result<(InstanceKey, &str), String> {
    if let Some(quoted) = text.strip_prefix('"') {
        let mut key = String::new();
        let mut chars = quoted.char_indices().peekable();
        while let Some((i, c)) = chars.next() {
            match c {
                '"' => {
                    let rest = &quoted[i + 1..];
                    let rest = rest
                        .strip_prefix(']')
                        .ok_or("An index must end with a closing bracket.")?;
                    return Ok((InstanceKey::String(key.into()), rest));
                }
                '\\' => match chars.next() {
                    Some((_, 'n')) => key.push('\n'),
                    Some((_, 'r')) => key.push('\r'),
                    Some((_, 't')) => key.push('\t'),
                    Some((_, c @ ('"' | '\\'))) => key.push(c),
                    _ => return Err("The index has an unknown escape sequence.".into()),
                },
                '$' | '%' if quoted[i + 1..].starts_with(c) && quoted[i + 2..].starts_with('{') => {
                    chars.next();
                    key.push(c);
                }
                c => key.push(c),
            }
        }
        return Err("The index has no closing quote.".into());
    }
    let (digits, rest) = text.split_once(']').ok_or("An index must end with a closing bracket.")?;
    let number = digits.trim().parse().map_err(|_| {
        format!("{digits:?} is not an index: a whole number or a quoted string is.")
    })?;
    Ok((InstanceKey::Int(number), rest))
}

/// Whether it is an identifier of the language.
pub fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

/// Takes the leading `module.name[key]` steps off.
fn take_module(parts: &[Part]) -> Result<(ModuleInstance, &[Part]), String> {
    let mut steps = Vec::new();
    let mut rest = parts;
    while let [Part::Name(word), after @ ..] = rest {
        if &**word != "module" {
            break;
        }
        let [Part::Name(name), after @ ..] = after else {
            return Err("The prefix \"module.\" must be followed by a module name.".into());
        };
        let (key, after) = take_key(after);
        steps.push(ModuleStep { name: name.clone(), key });
        rest = after;
    }
    Ok((ModuleInstance::new(steps), rest))
}

fn take_key(parts: &[Part]) -> (InstanceKey, &[Part]) {
    match parts {
        [Part::Key(key), rest @ ..] => (key.clone(), rest),
        _ => (InstanceKey::None, parts),
    }
}

/// A target from its parts.
pub fn target_from_parts(parts: &[Part]) -> Result<Target, String> {
    let (module, rest) = take_module(parts)?;
    let (mode, rest) = match rest {
        [] => return Ok(Target::Module(module)),
        [Part::Name(word), after @ ..] if &**word == "data" => (ResourceMode::Data, after),
        [Part::Name(word), after @ ..] if &**word == "ephemeral" => {
            (ResourceMode::Ephemeral, after)
        }
        [Part::Name(word), after @ ..] if &**word == "resource" && after.len() >= 2 => {
            (ResourceMode::Managed, after)
        }
        _ => (ResourceMode::Managed, rest),
    };
    let [Part::Name(ty), Part::Name(name), rest @ ..] = rest else {
        return Err("Resource specification must include a resource type and name.".into());
    };
    let resource = Resource { mode, ty: ty.clone(), name: name.clone() }.in_module(&module);
    match rest {
        [] => Ok(Target::Resource(resource)),
        [Part::Key(key)] => Ok(Target::Instance(resource.instance(key.clone()))),
        _ => Err("Unexpected extra operators after address.".into()),
    }
}

/// What `-target=TEXT` selects.
pub fn target(text: &str) -> Result<Target, String> {
    target_from_parts(&split(text)?)
}

/// A resource instance; without an index it is the one with no key.
pub fn resource_instance(text: &str) -> Result<AbsResourceInstance, String> {
    match target(text)? {
        Target::Resource(resource) => Ok(resource.instance(InstanceKey::None)),
        Target::Instance(instance) => Ok(instance),
        Target::Module(_) => {
            Err("A resource instance address is required here, not that of a module.".into())
        }
    }
}

/// An instance of an action, such as `module.a.action.test_do.it[0]`; without an index it is the one
/// with no key. Tells too whether an index is written.
pub fn action_instance(text: &str) -> Result<(AbsActionInstance, bool), String> {
    action_from_parts(&split(text)?)
}

/// As [`action_instance`], from the parts of the text.
pub fn action_from_parts(parts: &[Part]) -> Result<(AbsActionInstance, bool), String> {
    let (module, rest) = take_module(parts)?;
    let [Part::Name(word), Part::Name(ty), Part::Name(name), rest @ ..] = rest else {
        return Err("An action address must have the form action.TYPE.NAME.".into());
    };
    if &**word != "action" {
        return Err("An action address must have the form action.TYPE.NAME.".into());
    }
    let (key, rest) = take_key(rest);
    if !rest.is_empty() {
        return Err("Unexpected extra operators after address.".into());
    }
    let keyed = key != InstanceKey::None;
    let action = Action { ty: ty.clone(), name: name.clone() };
    Ok((AbsActionInstance { module, action, key }, keyed))
}

/// As [`resource_instance`], with `[*]` for the indices that are not known.
pub fn partial_resource_instance(text: &str) -> Result<AbsResourceInstance, String> {
    match target_from_parts(&split_partial(text)?)? {
        Target::Resource(resource) => Ok(resource.instance(InstanceKey::None)),
        Target::Instance(instance) => Ok(instance),
        Target::Module(_) => Err("A resource instance address is required here.".into()),
    }
}

/// A resource without an index.
pub fn resource(text: &str) -> Result<AbsResource, String> {
    match target(text)? {
        Target::Resource(resource) => Ok(resource),
        _ => Err("A resource address without an index is required here.".into()),
    }
}

/// A module instance; the empty text is the root.
pub fn module_instance(text: &str) -> Result<ModuleInstance, String> {
    if text.is_empty() {
        return Ok(ModuleInstance::root());
    }
    match target(text)? {
        Target::Module(module) => Ok(module),
        _ => Err("The address of a module is required here.".into()),
    }
}

/// A provider configuration as the state file writes it, such as
/// `module.a.provider["registry.terraform.io/hashicorp/aws"].west`.
pub fn provider_config(text: &str) -> Result<AbsProviderConfig, String> {
    let parts = split(text)?;
    let (module, rest) = take_module(&parts)?;
    let module: Module = module.module();
    let (provider, rest) = match rest {
        [Part::Name(word), Part::Key(InstanceKey::String(source)), rest @ ..]
            if &**word == "provider" =>
        {
            (Provider::parse(source)?, rest)
        }
        // What versions before 0.13 wrote.
        [Part::Name(word), Part::Name(name), rest @ ..] if &**word == "provider" => {
            (Provider::implied(name), rest)
        }
        _ => return Err("A provider configuration address begins with \"provider\".".into()),
    };
    let (alias, key) = match rest {
        [] => (None, InstanceKey::None),
        [Part::Name(alias)] => (Some(alias.clone()), InstanceKey::None),
        [Part::Name(alias), Part::Key(key)] => (Some(alias.clone()), key.clone()),
        _ => return Err("Unexpected extra operators after provider configuration address.".into()),
    };
    Ok(AbsProviderConfig { module, provider, alias, key })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_back_as_written() {
        for text in [
            "aws_lb.web",
            "data.aws_ami.web[0]",
            "module.a[\"x.y\"].module.b.aws_lb.web[\"quo\\\"te$${}\"]",
            "module.a[2]",
        ] {
            assert_eq!(target(text).unwrap().to_string(), text);
        }
        let text = "module.a.provider[\"registry.terraform.io/hashicorp/aws\"].west";
        assert_eq!(provider_config(text).unwrap().to_string(), text);
        let text = "provider[\"registry.terraform.io/hashicorp/aws\"].regions[\"x-1\"]";
        assert_eq!(provider_config(text).unwrap().to_string(), text);
    }

    #[test]
    fn actions_read_back_as_written() {
        for text in ["action.a_b.c", "module.x[\"k\"].action.a_b.c[1]"] {
            let (addr, keyed) = action_instance(text).unwrap();
            assert_eq!(addr.to_string(), text);
            assert_eq!(keyed, text.ends_with(']'));
        }
        for text in ["a_b.c", "action.a_b", "action.a_b.c.d", "module.x"] {
            assert!(action_instance(text).is_err(), "{text}");
        }
    }

    #[test]
    fn unknown_keys_are_read_where_they_may_be() {
        let text = "module.m[*].aws_lb.web[*]";
        assert_eq!(partial_resource_instance(text).unwrap().to_string(), text);
        assert!(resource_instance(text).is_err());
        assert_eq!(partial_resource_instance("a.b[0]").unwrap().to_string(), "a.b[0]");
    }

    #[test]
    fn malformed_addresses_are_refused() {
        for text in [
            "",
            "aws_lb",
            "aws_lb.",
            "aws_lb.x[",
            "aws_lb.x[\"",
            "module",
            "a.b.c",
            "a.b[x]",
            "a b.c",
        ] {
            assert!(target(text).is_err(), "{text}");
        }
    }
}
