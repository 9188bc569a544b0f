//! `module` blocks.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use groma_addrs::LocalProviderConfig;
use groma_diag::{Diagnostic, Diagnostics, SourceRange};
use groma_hcl::{Attribute, BodySchema};

use super::attrs::{self, check_name, reserved_block};
use super::layers::{Layered, unescape};
use super::provider::written_provider_ref;
use crate::model::{Module, ModuleCall, PassedProvider};

/// The arguments of a module call that are not for the module; variables cannot be called so.
pub(super) const ARGUMENTS: [&str; 6] =
    ["source", "version", "count", "for_each", "depends_on", "providers"];
/// The block types of a module call; variables cannot be called so.
pub(super) const BLOCKS: [&str; 4] = ["_", "lifecycle", "locals", "provider"];

static SCHEMA: LazyLock<BodySchema> = LazyLock::new(|| {
    BodySchema::new()
        .required(["source"])
        .optional(ARGUMENTS.into_iter().filter(|a| *a != "source"))
        .block("_", &[])
        .block("lifecycle", &[])
        .block("locals", &[])
        .block("provider", &["type"])
});

/// A module call as far as it can be understood.
pub(super) fn decode_call(
    block: &Layered,
    module: &Module,
    diagnostics: &mut Diagnostics,
) -> Option<ModuleCall> {
    let base = &block.base;
    let (name, name_range) = (base.labels.first()?, base.label_ranges.first()?);
    let mut parts = block.parts(&SCHEMA, "module call", diagnostics);
    block.forbid_overrides(&[], diagnostics);
    check_name(name, "Invalid module instance name", name_range, diagnostics);
    let config = unescape(&mut parts.content, parts.rest, "module call", diagnostics);
    let content = &parts.content;
    for block in &content.blocks {
        diagnostics.push(reserved_block(&block.block_type, "module", &block.type_range));
    }
    let expression = |name: &str| content.attribute(name).map(|a| a.expr.clone());
    let depends_on = content.attribute("depends_on");
    let providers = content.attribute("providers");
    let mut call = ModuleCall {
        name: name.clone(),
        source: expression("source"),
        version: expression("version"),
        config,
        count: expression("count"),
        for_each: expression("for_each"),
        enabled: None,
        providers: providers.map(|a| passed(a, module, diagnostics)).unwrap_or_default(),
        providers_set: providers.is_some(),
        depends_on: depends_on.map(|a| attrs::depends_on(a, diagnostics)).unwrap_or_default(),
        depends_on_range: depends_on.map(|a| a.name_range.clone()),
        decl_range: base.def_range.clone(),
    };
    let mut enabled_range = None;
    if let Some((_, body)) = &parts.lifecycle {
        let (lifecycle, found) = body.content(&BodySchema::new().optional(["enabled"]));
        diagnostics.extend(found);
        call.enabled = lifecycle.attribute("enabled").map(|a| a.expr.clone());
        enabled_range = lifecycle.attribute("enabled").map(|a| a.name_range.clone());
    }
    let range = |name: &str| content.attribute(name).map(|a| &a.name_range);
    let present = [
        ("count", range("count")),
        ("enabled", enabled_range.as_ref()),
        ("for_each", range("for_each")),
    ];
    attrs::exclusive(&present, "resources", diagnostics);
    Some(call)
}

fn passed(
    attribute: &Attribute,
    module: &Module,
    diagnostics: &mut Diagnostics,
) -> Vec<PassedProvider> {
    let Some(entries) = diagnostics.take(attribute.expr.require_map()) else { return Vec::new() };
    let mut seen: BTreeMap<LocalProviderConfig, SourceRange> = BTreeMap::new();
    let mut all = Vec::with_capacity(entries.len());
    for (key, value) in &entries {
        let in_child = written_provider_ref(key, "providers", diagnostics);
        let in_parent = written_provider_ref(value, "providers", diagnostics);
        let (Some(in_child), Some(in_parent)) = (in_child, in_parent) else { continue };
        if let Some(key) = &in_child.key {
            diagnostics.push(
                Diagnostic::error(
                    "Invalid module provider configuration",
                    "Instance keys are not allowed on the left side of a provider configuration \
                     assignment.",
                )
                .at(key.range()),
            );
        }
        if let Some(earlier) = seen.get(&in_child.config) {
            let detail = format!(
                "A provider configuration was already passed to {} at {earlier}. Each child \
                 provider configuration can be assigned only once.",
                in_child.config
            );
            diagnostics
                .push(Diagnostic::error("Duplicate provider address", detail).at(&in_parent.range));
            continue;
        }
        let pair = SourceRange::between(&in_child.range, &in_parent.range);
        seen.insert(in_child.config.clone(), pair);
        let parent_provider = module.provider_for(&in_parent.config.local_name);
        all.push(PassedProvider { in_child, in_parent, parent_provider });
    }
    all
}
