//! `terraform` blocks.

use std::sync::LazyLock;

use groma_addrs::version::{Version, VersionConstraints};
use groma_diag::{Diagnostic, Diagnostics, SourceRange};
use groma_hcl::evaluate_constant;
use groma_hcl::{Attribute, Block, BodySchema};
use groma_value::{Type, convert};

use super::collect::Collected;
use super::provider::{decode_provider_meta, decode_required_providers};
use crate::model::{Backend, Cloud, Module, VersionRequirement};

static SCHEMA: LazyLock<BodySchema> = LazyLock::new(|| {
    BodySchema::new()
        .optional(["required_version", "experiments", "language"])
        .block("backend", &["type"])
        .block("cloud", &[])
        .block("required_providers", &[])
        .block("provider_meta", &["provider"])
        .block("encryption", &[])
});

/// The one language edition that there is.
const EDITION: &str = "TF2021";

/// Reads all `terraform` blocks of a module.
pub(super) fn decode(
    collected: &Collected,
    running: &Version,
    module: &mut Module,
    diagnostics: &mut Diagnostics,
) {
    let base = Settings::read(&collected.settings, running, diagnostics);
    let overrides: Vec<Settings> = (collected.setting_overrides.iter())
        .map(|blocks| Settings::read(blocks, running, diagnostics))
        .collect();
    base.required_providers(module, &overrides, diagnostics);
    base.place_of_state(module, diagnostics);
    module.required_versions.extend(base.versions);
    module.encryption = base.encryption.first().map(|b| (b.body.clone(), b.def_range.clone()));
    for block in &base.metas {
        decode_provider_meta(block, module, diagnostics);
    }
    for over in overrides {
        over.override_place_of_state(module, diagnostics);
        if !over.versions.is_empty() {
            module.required_versions = over.versions;
        }
        for block in &over.metas {
            decode_provider_meta(block, module, diagnostics);
        }
    }
}

/// The content of several `terraform` blocks.
#[derive(Default)]
struct Settings {
    versions: Vec<VersionRequirement>,
    backends: Vec<Block>,
    clouds: Vec<Block>,
    providers: Vec<Block>,
    metas: Vec<Block>,
    encryption: Vec<Block>,
}

impl Settings {
    fn read(blocks: &[Block], running: &Version, diagnostics: &mut Diagnostics) -> Settings {
        let mut settings = Settings::default();
        for block in blocks {
            let (content, found) = block.body.content(&SCHEMA);
            diagnostics.extend(found);
            if let Some(attribute) = content.attribute("required_version") {
                settings.versions.extend(required_version(attribute, running, diagnostics));
            }
            if let Some(attribute) = content.attribute("experiments") {
                experiments(attribute, diagnostics);
            }
            if let Some(attribute) = content.attribute("language") {
                language(attribute, diagnostics);
            }
            for block in content.blocks {
                let list = match &*block.block_type {
                    "backend" => &mut settings.backends,
                    "cloud" => &mut settings.clouds,
                    "required_providers" => &mut settings.providers,
                    "provider_meta" => &mut settings.metas,
                    _ => &mut settings.encryption,
                };
                list.push(block);
            }
        }
        settings
    }

    fn required_providers(
        &self,
        module: &mut Module,
        overrides: &[Settings],
        diagnostics: &mut Diagnostics,
    ) {
        if let Some((first, others)) = self.providers.split_first() {
            for other in others {
                let detail = format!(
                    "A module may have only one required providers configuration. The required \
                     providers were previously configured at {}.",
                    first.def_range
                );
                diagnostics.push(
                    Diagnostic::error("Duplicate required providers configuration", detail)
                        .at(&other.def_range),
                );
            }
        }
        let base = self.providers.iter().take(1);
        for block in base.chain(overrides.iter().flat_map(|o| &o.providers)) {
            for required in decode_required_providers(block, diagnostics) {
                module.required_providers.insert(required.name.clone(), required);
            }
        }
    }

    fn place_of_state(&self, module: &mut Module, diagnostics: &mut Diagnostics) {
        duplicates(
            &self.backends,
            "Duplicate backend configuration",
            "A module may have only one backend configuration. The backend was previously \
             configured at",
            diagnostics,
        );
        duplicates(
            &self.clouds,
            "Duplicate cloud configurations",
            "A module may have only one 'cloud' block. A cloud backend was previously configured \
             at",
            diagnostics,
        );
        duplicates(
            &self.encryption,
            "Duplicate encryption configuration",
            "A module may have only one encryption configuration. Encryption was previously \
             configured at",
            diagnostics,
        );
        if let (Some(backend), Some(cloud)) = (self.backends.first(), self.clouds.first()) {
            let detail = format!(
                "A module may declare either one 'cloud' block or one 'backend' block configuring \
                 a state backend. The 'cloud' block is configured at {}; a backend is configured \
                 at {}. Remove one of them.",
                cloud.def_range, backend.def_range
            );
            diagnostics.push(
                Diagnostic::error("Both a backend and cloud configuration are present", detail)
                    .at(&backend.def_range),
            );
        }
        module.backend = self.backends.first().and_then(backend);
        module.cloud = self.clouds.first().map(cloud);
    }

    fn override_place_of_state(&self, module: &mut Module, diagnostics: &mut Diagnostics) {
        duplicates(
            &self.backends,
            "Duplicate backend configuration",
            "Each override file may have only one backend configuration. A backend was previously \
             configured at",
            diagnostics,
        );
        if let Some(block) = self.backends.first() {
            module.cloud = None;
            module.backend = backend(block);
        }
        if let Some(block) = self.clouds.first() {
            module.backend = None;
            module.cloud = Some(cloud(block));
        }
        if let Some(block) = self.encryption.first() {
            module.encryption = Some((block.body.clone(), block.def_range.clone()));
        }
    }
}

fn duplicates(blocks: &[Block], summary: &str, detail: &str, diagnostics: &mut Diagnostics) {
    let Some((first, others)) = blocks.split_first() else { return };
    diagnostics.extend(others.iter().map(|other| {
        Diagnostic::error(summary, format!("{detail} {}.", first.def_range)).at(&other.def_range)
    }));
}

fn backend(block: &Block) -> Option<Backend> {
    Some(Backend {
        kind: block.labels.first()?.clone(),
        config: block.body.clone(),
        decl_range: block.def_range.clone(),
        kind_range: block.label_ranges.first()?.clone(),
    })
}

fn cloud(block: &Block) -> Cloud {
    Cloud { config: block.body.clone(), decl_range: block.def_range.clone() }
}

fn required_version(
    attribute: &Attribute,
    running: &Version,
    diagnostics: &mut Diagnostics,
) -> Option<VersionRequirement> {
    let range = attribute.expr.range();
    let wrong = |detail: String| Diagnostic::error("Invalid version constraint", detail).at(range);
    let (value, found) = evaluate_constant(&attribute.expr);
    let value = convert(&value, &Type::String).unwrap_or(value);
    let Some(text) = value.as_str().filter(|_| !found.has_errors()) else {
        diagnostics.extend(found);
        diagnostics.push(wrong("A string value is required for required_version.".into()));
        return None;
    };
    let constraints = match VersionConstraints::parse_core(text) {
        Ok(constraints) => constraints,
        Err(why) => {
            let detail =
                format!("This string does not use correct version constraint syntax: {why}.");
            diagnostics.push(wrong(detail));
            return None;
        }
    };
    if let Some(prerelease) = constraints.inexact_prerelease() {
        diagnostics.push(
            Diagnostic::error(
                "Invalid required_version constraint",
                format!(
                    "Prerelease version constraints are not supported: {prerelease}. Remove the \
                     prerelease information from the constraint. Prerelease versions are accepted \
                     where the release is."
                ),
            )
            .at(range),
        );
        return None;
    }
    if !constraints.matches_core(running) {
        diagnostics.push(unsupported_version(text, running, &attribute.range));
    }
    Some(VersionRequirement { constraints, text: text.clone(), range: range.clone() })
}

fn unsupported_version(text: &str, running: &Version, range: &SourceRange) -> Diagnostic {
    Diagnostic::error(
        "Unsupported Terraform Core version",
        format!(
            "This module requires version {text:?}, and this engine counts as Terraform version \
             {running}. Choose another version of the engine or change this constraint; it was \
             probably set for a reason, so that changing it may lead to other errors or \
             unexpected behavior."
        ),
    )
    .at(range)
}

fn experiments(attribute: &Attribute, diagnostics: &mut Diagnostics) {
    if attribute.expr.static_list().is_some_and(<[_]>::is_empty) {
        return;
    }
    diagnostics.push(
        Diagnostic::error(
            "Module uses experimental features",
            "There are no experimental features to opt in to. Remove this argument: what earlier \
             versions had as experiments is either part of the language or gone.",
        )
        .at(attribute.expr.range()),
    );
}

fn language(attribute: &Attribute, diagnostics: &mut Diagnostics) {
    let (summary, detail) = match attribute.expr.as_keyword() {
        Some(EDITION) => return,
        Some(word) => (
            "Unsupported language edition",
            format!("The only language edition is {EDITION}. This module requires {word}."),
        ),
        None => (
            "Invalid language edition",
            format!("The language argument expects a keyword. The only one is {EDITION}."),
        ),
    };
    diagnostics.push(Diagnostic::error(summary, detail).at(attribute.expr.range()));
}
