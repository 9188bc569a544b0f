//! The `parameter` blocks of parameter groups.

use aws_sdk_rds::types as sdk;
use groma_sdk::model::checks::one_of;
use groma_sdk::{Attr, Blocks, Model, Problems};

use crate::checks::same_ignoring_case;

/// A parameter.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Parameter {
    #[attr(optional, default = "immediate", same = same_ignoring_case, check = one_of(&["immediate", "pending-reboot"]))]
    pub(crate) apply_method: Attr<String>,
    #[attr(required, same = same_ignoring_case)]
    pub(crate) name: Attr<String>,
    #[attr(required)]
    pub(crate) value: Attr<String>,
}

/// How many parameters one request changes.
pub(crate) const CHUNK: usize = 20;

/// What a change of a group's parameters comes to.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct ParameterChange {
    /// New ones and those with other values, in the order in which they must be set.
    pub(crate) set: Vec<sdk::Parameter>,
    /// Those that are to have their defaults again.
    pub(crate) reset: Vec<sdk::Parameter>,
}

impl ParameterChange {
    /// From some parameters to others.
    pub(crate) fn between(prior: &[Parameter], planned: &[Parameter]) -> ParameterChange {
        let mut set: Vec<&Parameter> =
            planned.iter().filter(|p| !prior.iter().any(|old| same(old, p))).collect();
        // Collations are checked against character sets, so those come first; then what takes
        // effect at once.
        set.sort_by_key(|p| (!is_character_set(p.name.text()), is_delayed(p)));
        let named = |p: &Parameter| planned.iter().any(|q| same_name(p, q));
        ParameterChange {
            set: set.into_iter().map(|p| to_sdk(p, true)).collect(),
            reset: prior.iter().filter(|p| !named(p)).map(|p| to_sdk(p, false)).collect(),
        }
    }
}

/// What is recorded of the parameters that a service describes: those that somebody set, and those
/// that are configured with the value that is the default anyway.
pub(crate) fn record(known: &[Parameter], described: &[sdk::Parameter]) -> Blocks<Parameter> {
    let recorded = described.iter().filter_map(|p| {
        let name = p.parameter_name()?;
        let before = known.iter().find(|k| k.name.text().eq_ignore_ascii_case(name));
        let is_set = p.source() == Some("user");
        if !is_set && before.is_none() {
            return None;
        }
        let value = p.parameter_value().unwrap_or_default();
        let method = p.apply_method().map(|m| m.as_str().to_ascii_lowercase());
        // Of defaults the service says when they would be applied, not what was asked for.
        let method = match before {
            Some(before) if !is_set && before.value.text() == value => {
                before.apply_method.to_filled()
            }
            _ => method,
        };
        Some(Parameter {
            apply_method: method.into(),
            name: name.to_ascii_lowercase().into(),
            value: value.into(),
        })
    });
    recorded.collect()
}

/// Whether every known parameter is among those that somebody set.
pub(crate) fn all_are_set(known: &[Parameter], set: &[sdk::Parameter]) -> bool {
    let is_set = |k: &Parameter| {
        set.iter().any(|p| {
            p.parameter_name().is_some_and(|name| name.eq_ignore_ascii_case(k.name.text()))
        })
    };
    known.iter().all(is_set)
}

/// Parameters that are configured more than once.
pub(crate) fn check(parameters: &Blocks<Parameter>, problems: &mut Problems) {
    for (i, parameter) in parameters.iter().enumerate() {
        let Some(name) = parameter.name.filled() else { continue };
        let earlier = parameters.iter().take(i);
        if earlier.filter(|p| !p.name.is_unknown()).any(|p| same_name(p, parameter)) {
            problems.error(
                "parameter",
                "Duplicate parameter",
                format!("The parameter {name:?} is set more than once. Keep one of the blocks."),
            );
        }
    }
}

fn to_sdk(parameter: &Parameter, with_value: bool) -> sdk::Parameter {
    let method = parameter.apply_method.filled().unwrap_or("immediate");
    sdk::Parameter::builder()
        .parameter_name(parameter.name.text().to_ascii_lowercase())
        .set_parameter_value(with_value.then(|| parameter.value.text().to_owned()))
        .apply_method(sdk::ApplyMethod::from(method.to_ascii_lowercase().as_str()))
        .build()
}

fn same(a: &Parameter, b: &Parameter) -> bool {
    let method =
        |p: &Parameter| p.apply_method.filled().unwrap_or("immediate").to_ascii_lowercase();
    same_name(a, b) && a.value == b.value && method(a) == method(b)
}

fn same_name(a: &Parameter, b: &Parameter) -> bool {
    a.name.text().eq_ignore_ascii_case(b.name.text())
}

fn is_character_set(name: &str) -> bool {
    name.to_ascii_lowercase().starts_with("character_set")
}

fn is_delayed(parameter: &Parameter) -> bool {
    parameter.apply_method.text().eq_ignore_ascii_case("pending-reboot")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter(name: &str, value: &str, method: &str) -> Parameter {
        Parameter { apply_method: method.into(), name: name.into(), value: value.into() }
    }

    #[test]
    fn a_change_sets_and_resets() {
        let prior = [parameter("a", "1", "immediate"), parameter("gone", "x", "pending-reboot")];
        let planned = [
            parameter("A", "1", "Immediate"),
            parameter("collation_server", "utf8_bin", "immediate"),
            parameter("character_set_server", "utf8", "pending-reboot"),
        ];
        let change = ParameterChange::between(&prior, &planned);
        let names = |list: &[sdk::Parameter]| {
            list.iter()
                .map(|p| p.parameter_name().unwrap_or_default().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(names(&change.set), ["character_set_server", "collation_server"]);
        assert_eq!(names(&change.reset), ["gone"]);
        assert_eq!(change.reset[0].parameter_value(), None);
    }

    #[test]
    fn defaults_are_recorded_only_if_configured() {
        let described = |name: &str, value: &str, source: &str| {
            sdk::Parameter::builder()
                .parameter_name(name)
                .parameter_value(value)
                .source(source)
                .apply_method(sdk::ApplyMethod::PendingReboot)
                .build()
        };
        let all = [
            described("set", "1", "user"),
            described("default", "2", "engine-default"),
            described("other", "3", "system"),
        ];
        let known = [parameter("default", "2", "immediate")];
        let recorded = record(&known, &all);
        assert_eq!(recorded.len(), 2);
        assert_eq!(recorded[0], parameter("set", "1", "pending-reboot"));
        assert_eq!(recorded[1], parameter("default", "2", "immediate"));
        assert!(!all_are_set(&known, &all[..1]));
    }
}
