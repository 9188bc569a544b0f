//! Evaluating `count`, `for_each` and `enabled`.

use std::sync::Arc;

use groma_config::Resource;
use groma_diag::{Diagnostic, Diagnostics};
use groma_hcl::{Expression, Scope, evaluate, expression_values};
use groma_value::{Entries, Kind, Type, Value, convert};

use crate::run::Run;
use crate::world::{Expansion, ModuleData, ModuleScope};

/// Evaluates the repetition arguments of a block. `None` after errors. Where something is not
/// known, it is an error, or an unknown expansion if `allow_unknown`.
pub(crate) fn expansion(
    scope: &dyn Scope,
    count: Option<&Expression>,
    for_each: Option<&Expression>,
    enabled: Option<&Expression>,
    allow_unknown: bool,
    diagnostics: &mut Diagnostics,
) -> Option<Expansion> {
    let result = match (count, for_each, enabled) {
        (Some(count), _, _) => evaluate_count(scope, count, diagnostics),
        (_, Some(for_each), _) => evaluate_for_each(scope, for_each, diagnostics),
        (_, _, Some(enabled)) => evaluate_enabled(scope, enabled, diagnostics),
        _ => return Some(Expansion::Single),
    };
    match result {
        Ok(Expansion::Unknown(_)) if !allow_unknown => {
            let argument = count.or(for_each).or(enabled)?;
            let name = repetition_name(count, for_each);
            diagnostics.push(refuse_unknown(argument, name, scope, ""));
            None
        }
        Ok(expansion) => Some(expansion),
        Err(Some(diagnostic)) => {
            diagnostics.push(*diagnostic);
            None
        }
        Err(None) => None,
    }
}

/// The name of the argument that decides which instances there are, where there is one.
pub(crate) fn repetition_name(
    count: Option<&Expression>,
    for_each: Option<&Expression>,
) -> &'static str {
    match (count, for_each) {
        (Some(_), _) => "count",
        (_, Some(_)) => "for_each",
        _ => "enabled",
    }
}

/// The error for an argument that is not known (`count`, `for_each` or `enabled` by its name); it
/// ends with `advice`.
pub(crate) fn refuse_unknown(
    argument: &Expression,
    name: &str,
    scope: &dyn Scope,
    advice: &str,
) -> Diagnostic {
    let values = match name {
        "for_each" => expression_values(argument, scope, true, false),
        _ => Vec::new(),
    };
    let diagnostic = unknown(argument, name);
    let detail = format!("{}{advice}", diagnostic.detail);
    Diagnostic { values, detail, ..diagnostic }
}

impl Run {
    /// The instances that a resource has in an instance of its module. `None` after errors; that
    /// they are not known is one, unless it may stay so or everything goes anyway.
    pub(crate) fn expansion_of(
        &self,
        resource: &Resource,
        module: &Arc<ModuleData>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Expansion> {
        if !resource.is_repeated() {
            return Some(Expansion::Single);
        }
        let scope = ModuleScope::new(&self.world, module);
        let (count, for_each) = (resource.count.as_ref(), resource.for_each.as_ref());
        let enabled = resource.enabled.as_ref();
        let found = expansion(&scope, count, for_each, enabled, true, diagnostics)?;
        if !found.is_known() && !self.partial && !self.is_destroy() {
            let argument = count.or(for_each).or(enabled)?;
            let excluded = resource.addr.in_module(&module.addr).to_string();
            let advice = self.advice(&module.node.path, argument, &excluded);
            let name = repetition_name(count, for_each);
            diagnostics.push(refuse_unknown(argument, name, &scope, &advice));
            return None;
        }
        Some(found)
    }
}

type Failure = Option<Box<Diagnostic>>;

fn unknown(argument: &Expression, name: &str) -> Diagnostic {
    let detail = match name {
        "for_each" => {
            "The \"for_each\" value includes keys or set values derived from resource attributes that cannot be determined until apply, so the full set of keys that will identify the instances of this resource is not known.\n\nWhen working with unknown values in for_each, it's better to define the map keys statically in your configuration and place apply-time results only in the map values.\n\nAlternatively, you could use the -target planning option to first apply only the resources that the for_each value depends on, and then apply a second time to fully converge."
        }
        "count" => {
            "The \"count\" value depends on resource attributes that cannot be determined until apply, so it is not known how many instances will be created. To work around this, use the -target planning option to first apply only the resources that the count depends on."
        }
        _ => {
            "The \"enabled\" value depends on resource attributes that cannot be determined until apply, so it is not known whether there will be an instance. To work around this, use the -target planning option to first apply only the resources that the value depends on."
        }
    };
    Diagnostic::error(format!("Invalid {name} argument"), detail).at(argument.range())
}

fn argument(
    scope: &dyn Scope,
    expression: &Expression,
    name: &str,
    diagnostics: &mut Diagnostics,
) -> Result<Value, Failure> {
    let (value, found) = evaluate(expression, scope);
    let failed = found.has_errors();
    diagnostics.extend(found);
    if failed {
        return Err(None);
    }
    let (value, marks) = value.unmark();
    let kept = match name {
        "for_each" if marks.is_sensitive() => Some(
            "Sensitive values, or values derived from sensitive values, cannot be used as for_each arguments. If used, the sensitive value could be exposed as a resource instance key.",
        ),
        "count" if marks.is_sensitive() => Some(
            "Sensitive values, or values derived from sensitive values, cannot be used as count arguments. If used, the sensitive value could be exposed as the number of instances.",
        ),
        _ if marks.is_sensitive() => Some(
            "Sensitive values, or values derived from sensitive values, cannot be used as enabled arguments. If used, the sensitive value could be exposed by whether there is an instance.",
        ),
        "count" if marks.is_ephemeral() => Some(
            "The given \"count\" is derived from an ephemeral value, which means that Groma cannot persist it between plan/apply rounds. Use only non-ephemeral values to specify the number of resource instances.",
        ),
        "for_each" if marks.is_ephemeral() => Some(
            "The given \"for_each\" value is derived from an ephemeral value, which means that Groma cannot persist it between plan/apply rounds. Use only non-ephemeral values to specify a resource's instance keys.",
        ),
        _ if marks.is_ephemeral() => Some(
            "The given \"enabled\" is derived from an ephemeral value, which means that Groma cannot persist it between plan/apply rounds. Use only non-ephemeral values to specify whether there is an instance.",
        ),
        _ => None,
    };
    match kept {
        // Of a count, it is not told what was ephemeral.
        Some(detail) if name == "count" && !marks.is_sensitive() => {
            Err(invalid(expression, name, detail))
        }
        Some(detail) => Err(invalid(expression, name, detail).map(|mut diagnostic| {
            diagnostic.values = expression_values(expression, scope, false, true);
            diagnostic
        })),
        None => Ok(value),
    }
}

fn invalid(expression: &Expression, name: &str, detail: impl Into<String>) -> Failure {
    let summary = format!("Invalid {name} argument");
    Some(Box::new(Diagnostic::error(summary, detail).at(expression.range())))
}

fn evaluate_count(
    scope: &dyn Scope,
    expression: &Expression,
    diagnostics: &mut Diagnostics,
) -> Result<Expansion, Failure> {
    let value = argument(scope, expression, "count", diagnostics)?;
    let fail = |detail: &str| invalid(expression, "count", detail);
    let value = convert(&value, &Type::Number).map_err(|error| {
        let detail = format!("The count must be a number: {error}.");
        let diagnostic = Diagnostic::error("Incorrect value type", detail);
        Some(Box::new(diagnostic.at(expression.range())))
    })?;
    if value.is_null() {
        return Err(fail("The given \"count\" argument value is null. An integer is required."));
    }
    let Some(number) = value.as_number() else { return Ok(Expansion::Unknown(false)) };
    match number.as_i64() {
        Some(count) if count >= 0 => Ok(Expansion::Count(count)),
        Some(_) => Err(fail(
            "The given \"count\" argument value is unsuitable: must be greater than or equal to zero.",
        )),
        None => Err(fail(
            "The given \"count\" argument value is unsuitable: a whole number is required.",
        )),
    }
}

fn evaluate_enabled(
    scope: &dyn Scope,
    expression: &Expression,
    diagnostics: &mut Diagnostics,
) -> Result<Expansion, Failure> {
    let value = argument(scope, expression, "enabled", diagnostics)?;
    let value = convert(&value, &Type::Bool).map_err(|error| {
        invalid(expression, "enabled", format!("Invalid enabled argument value: {error}."))
    })?;
    if value.is_null() {
        return Err(invalid(
            expression,
            "enabled",
            "The given \"enabled\" argument value is null. True or false is required.",
        ));
    }
    match value.as_bool() {
        Some(true) => Ok(Expansion::Single),
        Some(false) => Ok(Expansion::Disabled),
        None => Ok(Expansion::Unknown(false)),
    }
}

fn evaluate_for_each(
    scope: &dyn Scope,
    expression: &Expression,
    diagnostics: &mut Diagnostics,
) -> Result<Expansion, Failure> {
    let value = argument(scope, expression, "for_each", diagnostics)?;
    let fail = |detail: String| Err(invalid(expression, "for_each", detail));
    let wrong_set = |detail: String| {
        let diagnostic = Diagnostic::error("Invalid for_each set argument", detail);
        Err(Some(Box::new(diagnostic.at(expression.range()))))
    };
    let wrong_type = |what: String| {
        format!(
            "The given \"for_each\" argument value is unsuitable: the \"for_each\" argument must be a map, or set of strings, and you have provided a value of type {what}."
        )
    };
    match value.kind() {
        Kind::Null(_) => fail("The given \"for_each\" argument value is unsuitable: the given \"for_each\" argument value is null. A map, or set of strings is allowed.".into()),
        Kind::Unknown(unknown) => match &unknown.ty {
            Type::Dynamic | Type::Map(_) | Type::Object(_) | Type::Set(_) => {
                Ok(Expansion::Unknown(true))
            }
            other => fail(wrong_type(other.friendly_name())),
        },
        Kind::Map(map) => Ok(Expansion::ForEach(Arc::new(map.entries.clone()))),
        Kind::Object(entries) => Ok(Expansion::ForEach(entries.clone())),
        Kind::Set(set) => {
            if set.items.is_empty() {
                return Ok(Expansion::ForEach(Arc::default()));
            }
            if set.items.iter().any(|v| !v.is_known()) {
                return Ok(Expansion::Unknown(true));
            }
            let mut entries: Vec<(groma_value::Str, Value)> = Vec::with_capacity(set.items.len());
            for item in &set.items {
                match item.as_str() {
                    Some(key) => entries.push((key.clone(), item.clone())),
                    None if item.is_null() => return wrong_set("The given \"for_each\" argument value is unsuitable: \"for_each\" sets must not contain null values.".into()),
                    None => return wrong_set(format!("The given \"for_each\" argument value is unsuitable: \"for_each\" supports maps and sets of strings, but you have provided a set containing type {}.", set.element.friendly_name())),
                }
            }
            Ok(Expansion::ForEach(Arc::new(entries.into_iter().collect::<Entries>())))
        }
        _ => fail(wrong_type(value.ty().friendly_name())),
    }
}
