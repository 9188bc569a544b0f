//! `provider` blocks, references to them, and `required_providers`.

use std::sync::LazyLock;

use groma_addrs::version::VersionConstraints;
use groma_addrs::{LocalProviderConfig, Provider};
use groma_diag::{Diagnostic, Diagnostics, SourceRange};
use groma_hcl::evaluate_constant;
use groma_hcl::{Attribute, Block, BodySchema, ExprKind, Expression, TraversalStep};
use groma_value::{Str, Type, convert};

use super::attrs::{self, NAME_RULE, reserved_block};
use super::layers::{Layered, unescape};
use crate::model::{
    Module, ProviderConfig, ProviderMeta, ProviderRef, RequiredProvider, VersionRequirement,
};

static SCHEMA: LazyLock<BodySchema> = LazyLock::new(|| {
    BodySchema::new()
        .optional(["alias", "version", "for_each"])
        .optional(RESERVED)
        .block("_", &[])
        .block("lifecycle", &[])
        .block("locals", &[])
});

const RESERVED: [&str; 3] = ["count", "depends_on", "source"];

/// A reference to a provider configuration, such as `aws.west` or `aws.regions["x"]`.
pub(super) fn decode_provider_ref(
    expr: &Expression,
    argument: &str,
) -> Result<ProviderRef, Diagnostics> {
    let wrong = |detail: &str, range: &SourceRange| {
        Diagnostics::from(
            Diagnostic::error("Invalid provider configuration reference", detail).at(range),
        )
    };
    let expr = &attrs::native(expr);
    let range = expr.range().clone();
    let (reference, mut key) = match expr.kind() {
        ExprKind::Index(index) => (&index.collection, Some(index.key.clone())),
        _ => (expr, None),
    };
    let Ok(traversal) = attrs::traversal(reference) else {
        let detail = format!(
            "The {argument} argument requires a provider type name, optionally followed by a \
             period and then a configuration alias."
        );
        return Err(wrong(&detail, &range));
    };
    let mut steps = traversal.steps.as_slice();
    if let (None, [rest @ .., TraversalStep::Index { key: value, range }]) = (&key, steps) {
        key = Some(Expression::literal(value.clone(), range.clone()));
        steps = rest;
    }
    let alias = match steps {
        [] => None,
        [TraversalStep::Attr { name, .. }] => Some(name.clone()),
        _ => {
            return Err(wrong(
                "Provider name must either stand alone or be followed by a period and then a \
                 configuration alias.",
                &range,
            ));
        }
    };
    if key.is_some() && alias.is_none() {
        return Err(wrong(
            "An instance key can be given for a configuration with an alias only, as in \
             name.alias[key].",
            &range,
        ));
    }
    let local_name = normalized(&traversal.root, &traversal.root_range)?;
    Ok(ProviderRef {
        config: LocalProviderConfig { local_name, alias },
        key,
        name_range: traversal.root_range,
        range,
    })
}

/// As [`decode_provider_ref`], with a warning of quotes.
pub(super) fn written_provider_ref(
    expr: &Expression,
    argument: &str,
    diagnostics: &mut Diagnostics,
) -> Option<ProviderRef> {
    diagnostics.extend(attrs::quoted(expr));
    diagnostics.take(decode_provider_ref(expr, argument))
}

/// A local name for a provider, if it is one.
fn normalized(name: &Str, range: &SourceRange) -> Result<Str, Diagnostics> {
    let wrong = |detail: String| {
        Diagnostics::from(Diagnostic::error("Invalid provider local name", detail).at(range))
    };
    if name.contains('/') {
        return Err(wrong(format!("{name:?} is not a valid name for a provider.")));
    }
    match Provider::parse(name) {
        Ok(provider) if provider.kind == *name => Ok(name.clone()),
        Ok(provider) => Err(wrong(format!(
            "Provider names must be normalized. Replace {name:?} with {:?} to fix this error.",
            &*provider.kind
        ))),
        Err(why) => Err(wrong(format!("{name:?} is an invalid provider local name: {why}"))),
    }
}

/// Name and alias of a `provider` block, in so far as they are valid.
pub(super) fn provider_key(
    block: &Block,
    diagnostics: &mut Diagnostics,
) -> Option<LocalProviderConfig> {
    let (name, range) = (block.labels.first()?, block.label_ranges.first()?);
    let local_name = diagnostics.take(normalized(name, range))?;
    let (content, _, _) = block.body.partial_content(&BodySchema::new().optional(["alias"]));
    let Some(attribute) = content.attribute("alias") else {
        return Some(LocalProviderConfig { local_name, alias: None });
    };
    let alias = attrs::constant_string(attribute, diagnostics)?;
    let summary = "Invalid provider configuration alias";
    if !groma_addrs::parse::is_identifier(&alias) {
        let detail = format!("An alias must be a valid name. {NAME_RULE}");
        diagnostics.push(Diagnostic::error(summary, detail).at(attribute.expr.range()));
        return None;
    }
    Some(LocalProviderConfig { local_name, alias: Some(alias) })
}

/// A `provider` block.
pub(super) fn decode_provider(
    config_name: LocalProviderConfig,
    block: &Layered,
    module: &Module,
    diagnostics: &mut Diagnostics,
) -> ProviderConfig {
    let mut parts = block.parts(&SCHEMA, "provider", diagnostics);
    if let Some((block, _)) = &parts.lifecycle {
        diagnostics.push(reserved_block("lifecycle", "provider", &block.type_range));
    }
    let config = unescape(&mut parts.content, parts.rest, "provider", diagnostics);
    let content = &parts.content;
    for block in &content.blocks {
        diagnostics.push(reserved_block(&block.block_type, "provider", &block.type_range));
    }
    for attribute in RESERVED.iter().filter_map(|name| content.attribute(name)) {
        let detail = format!(
            "The provider argument name {:?} is reserved for use in a future version.",
            &*attribute.name
        );
        diagnostics.push(
            Diagnostic::error("Reserved argument name in provider block", detail)
                .at(&attribute.name_range),
        );
    }
    let for_each = content.attribute("for_each");
    if let (Some(attribute), None) = (for_each, &config_name.alias) {
        diagnostics.push(
            Diagnostic::error(
                "Alias required when using \"for_each\"",
                "The for_each argument is allowed only for provider configurations with an alias.",
            )
            .at(&attribute.name_range),
        );
    }
    ProviderConfig {
        provider: module.provider_for(&config_name.local_name),
        config_name,
        config,
        for_each: for_each.map(|a| a.expr.clone()),
        version: content.attribute("version").and_then(|a| outdated_version(a, diagnostics)),
        decl_range: block.base.def_range.clone(),
        name_range: block.base.label_ranges.first().unwrap_or(&block.base.def_range).clone(),
        alias_range: content.attribute("alias").map(|a| a.expr.range().clone()),
    }
}

fn outdated_version(
    attribute: &Attribute,
    diagnostics: &mut Diagnostics,
) -> Option<(VersionConstraints, SourceRange)> {
    diagnostics.push(
        Diagnostic::warning(
            "Version constraints inside provider configuration blocks are deprecated",
            "The place for a constraint on a provider's version is the required_providers block. \
             Move it there to silence this warning.",
        )
        .at(attribute.expr.range()),
    );
    let version = decode_version(&attribute.expr, diagnostics)?;
    Some((version.constraints, version.range))
}

/// A constant with version constraints on a provider or a module.
pub(crate) fn decode_version(
    expr: &Expression,
    diagnostics: &mut Diagnostics,
) -> Option<VersionRequirement> {
    let wrong =
        |detail: String| Diagnostic::error("Invalid version constraint", detail).at(expr.range());
    let (value, found) = evaluate_constant(expr);
    let value = convert(&value, &Type::String).unwrap_or(value);
    let Some(text) = value.as_str().filter(|_| !found.has_errors()) else {
        diagnostics.push(wrong("Version must be specified as a string.".into()));
        return None;
    };
    match VersionConstraints::parse(text) {
        Ok(constraints) => Some(VersionRequirement {
            constraints,
            text: text.clone(),
            range: expr.range().clone(),
        }),
        Err(why) => {
            let detail =
                format!("This string does not use correct version constraint syntax: {why}.");
            diagnostics.push(wrong(detail));
            None
        }
    }
}

/// The entries of a `required_providers` block.
pub(super) fn decode_required_providers(
    block: &Block,
    diagnostics: &mut Diagnostics,
) -> Vec<RequiredProvider> {
    let (attributes, found) = block.body.just_attributes();
    diagnostics.extend(found);
    attributes.values().filter_map(|a| required_provider(a, diagnostics)).collect()
}

fn required_provider(
    attribute: &Attribute,
    diagnostics: &mut Diagnostics,
) -> Option<RequiredProvider> {
    let name = diagnostics.take(normalized(&attribute.name, &attribute.name_range))?;
    let mut required = RequiredProvider {
        provider: Provider::implied(&name),
        name,
        source: None,
        version: None,
        configuration_aliases: Vec::new(),
        decl_range: attribute.expr.range().clone(),
        implied: false,
    };
    let wrong = |detail: &str, range: &SourceRange| {
        Diagnostic::error("Invalid required_providers object", detail).at(range)
    };
    let Some(entries) = attribute.expr.static_map() else {
        let (value, found) = evaluate_constant(&attribute.expr);
        let simple = value.as_str().is_some() || value.as_number().is_some();
        if found.has_errors() || !simple {
            let detail = "required_providers entries must be strings or objects.";
            diagnostics.push(wrong(detail, attribute.expr.range()));
            return None;
        }
        // Before there were sources an entry was nothing but a version.
        required.version = decode_version(&attribute.expr, diagnostics);
        return Some(required);
    };
    for (key, value) in &entries {
        let word = key.as_keyword().or_else(|| key.as_string_literal().map(|s| &**s));
        match word {
            Some("version") if evaluate_constant(value).0.as_number().is_some() => {
                diagnostics.push(
                    Diagnostic::error(
                        "Invalid version constraint",
                        "Version must be specified as a string.",
                    )
                    .at(value.range()),
                );
            }
            Some("version") => required.version = decode_version(value, diagnostics),
            Some("source") => decode_source(value, &mut required, diagnostics),
            Some("configuration_aliases") => decode_aliases(value, &mut required, diagnostics),
            _ => {
                diagnostics.push(wrong(
                    "required_providers objects can only contain \"version\", \"source\" and \
                     \"configuration_aliases\" attributes. To configure a provider, use a \
                     \"provider\" block.",
                    key.range(),
                ));
            }
        }
    }
    Some(required)
}

fn decode_source(
    expr: &Expression,
    required: &mut RequiredProvider,
    diagnostics: &mut Diagnostics,
) {
    let (value, found) = evaluate_constant(expr);
    let Some(text) = value.as_str().filter(|_| !found.has_errors()) else {
        diagnostics.push(
            Diagnostic::error("Invalid source", "Source must be specified as a string.")
                .at(expr.range()),
        );
        return;
    };
    required.source = Some(text.clone());
    match Provider::parse(text) {
        Ok(provider) => required.provider = provider,
        Err(why) => {
            let summary = match () {
                () if text.is_empty() => "Invalid provider source string",
                () if why.starts_with("Invalid provider namespace") => "Invalid provider namespace",
                () if why.starts_with("Invalid provider source hostname") => {
                    "Invalid provider source hostname"
                }
                () if why.starts_with("The \"source\"") => "Invalid provider source string",
                () => "Invalid provider type",
            };
            diagnostics.push(Diagnostic::error(summary, why).at(expr.range()));
        }
    }
}

fn decode_aliases(
    expr: &Expression,
    required: &mut RequiredProvider,
    diagnostics: &mut Diagnostics,
) {
    let Some(items) = diagnostics.take(expr.require_list()) else { return };
    for item in items {
        let wrong = |detail: String| {
            Diagnostic::error("Invalid configuration_aliases value", detail).at(item.range())
        };
        let reference = decode_provider_ref(item, "configuration_aliases").ok();
        match reference {
            Some(r) if r.config.local_name != required.name => diagnostics.push(wrong(format!(
                "Configuration aliases must be prefixed with the provider name. Expected {:?}, \
                 but found {:?}.",
                &*required.name, &*r.config.local_name
            ))),
            Some(r) if r.config.alias.is_some() && r.key.is_none() => {
                required.configuration_aliases.push(r.config);
            }
            _ => diagnostics.push(wrong(
                "Configuration aliases can only contain references to local provider \
                 configuration names in the format of provider.alias"
                    .into(),
            )),
        }
    }
}

/// A `provider_meta` block.
pub(super) fn decode_provider_meta(
    block: &Block,
    module: &mut Module,
    diagnostics: &mut Diagnostics,
) {
    let (Some(name), Some(range)) = (block.labels.first(), block.label_ranges.first()) else {
        return;
    };
    let Some(name) = diagnostics.take(normalized(name, range)) else { return };
    let provider = module.provider_for(&name);
    if let Some(earlier) = module.provider_meta.get(&provider) {
        let detail = format!(
            "A provider_meta block for provider {:?} was already declared at {}. Providers may \
             only have one provider_meta block per module.",
            &*earlier.name, earlier.decl_range
        );
        diagnostics
            .push(Diagnostic::error("Duplicate provider_meta block", detail).at(&block.def_range));
        return;
    }
    let meta = ProviderMeta {
        name,
        provider: provider.clone(),
        config: block.body.clone(),
        decl_range: block.def_range.clone(),
    };
    module.provider_meta.insert(provider, meta);
}
