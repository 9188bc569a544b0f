//! `resource`, `data` and `ephemeral` blocks.

use std::sync::{Arc, LazyLock};

use groma_addrs::{self as addrs, Provider, ResourceMode};
use groma_diag::{Diagnostic, Diagnostics, SourceRange};
use groma_hcl::{Block, BodySchema};
use groma_value::Str;

use super::attrs::{self, check_name, reserved_block};
use super::layers::{Layered, unescape};
use super::lifecycle::decode_lifecycle;
use super::provider::written_provider_ref;
use super::provisioner::{decode_provisioner, only_self_references};
use crate::model::{Connection, Lifecycle, Module, ProvisionerWhen, Resource};

static SCHEMA: LazyLock<BodySchema> = LazyLock::new(|| {
    BodySchema::new()
        .optional(["count", "for_each", "provider", "depends_on"])
        .block("locals", &[])
        .block("lifecycle", &[])
        .block("connection", &[])
        .block("provisioner", &["type"])
        .block("_", &[])
});

static DATA_SCHEMA: LazyLock<BodySchema> = LazyLock::new(|| {
    BodySchema::new()
        .optional(["count", "for_each", "provider", "depends_on"])
        .block("locals", &[])
        .block("lifecycle", &[])
        .block("_", &[])
});

/// Where a resource stands.
pub(super) struct Owner<'a> {
    /// The module.
    pub(super) module: &'a Module,
    /// The name of the `check` block around it.
    pub(super) check: Option<&'a Str>,
}

/// How blocks of a mode are called.
pub(super) struct Words {
    block: &'static str,
    owner: &'static str,
    plural: &'static str,
    bad_type: &'static str,
    bad_name: &'static str,
}

pub(super) fn words(mode: ResourceMode) -> Words {
    match mode {
        ResourceMode::Managed => Words {
            block: "resource",
            owner: "resource",
            plural: "resources",
            bad_type: "Invalid resource type name",
            bad_name: "Invalid resource name",
        },
        ResourceMode::Data => Words {
            block: "data",
            owner: "data resource",
            plural: "data sources",
            bad_type: "Invalid data source name",
            bad_name: "Invalid data resource name",
        },
        ResourceMode::Ephemeral => Words {
            block: "ephemeral",
            owner: "ephemeral resource",
            plural: "ephemeral resources",
            bad_type: "Invalid ephemeral resource type name",
            bad_name: "Invalid ephemeral resource name",
        },
    }
}

/// A resource as far as it can be understood; `None` if it has no address.
pub(super) fn decode_resource(
    block: &Layered,
    mode: ResourceMode,
    owner: &Owner<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Resource> {
    let words = words(mode);
    let base = &block.base;
    let ([ty, name], [ty_range, name_range]) = (&base.labels[..], &base.label_ranges[..]) else {
        return None;
    };
    let schema = if mode == ResourceMode::Data { &*DATA_SCHEMA } else { &*SCHEMA };
    let mut parts = block.parts(schema, words.owner, diagnostics);
    block.forbid_overrides(&["precondition", "postcondition"], diagnostics);
    check_name(ty, words.bad_type, ty_range, diagnostics);
    check_name(name, words.bad_name, name_range, diagnostics);
    let config = unescape(&mut parts.content, parts.rest, words.owner, diagnostics);
    let content = &parts.content;
    let expression = |name: &str| content.attribute(name).map(|a| a.expr.clone());

    let addr = addrs::Resource::new(mode, ty.clone(), name.clone());
    let provider_ref = content
        .attribute("provider")
        .and_then(|a| written_provider_ref(&a.expr, "provider", diagnostics));
    let mut resource = Resource {
        provider: Provider::implied(addr.implied_provider()),
        addr,
        provider_ref,
        config,
        count: expression("count"),
        for_each: expression("for_each"),
        enabled: None,
        depends_on: (content.attribute("depends_on"))
            .map(|a| attrs::depends_on(a, diagnostics))
            .unwrap_or_default(),
        lifecycle: Lifecycle::default(),
        preconditions: Vec::new(),
        postconditions: Vec::new(),
        connection: None,
        provisioners: Vec::new(),
        check: owner.check.cloned(),
        decl_range: base.def_range.clone(),
        type_range: ty_range.clone(),
    };
    resource.provider = owner.module.provider_for(&resource.provider_config().local_name);
    let mut enabled_range = None;
    match &parts.lifecycle {
        Some((block, _)) if owner.check.is_some() => diagnostics.push(
            Diagnostic::error(
                "Invalid lifecycle block",
                "Nested data blocks do not support \"lifecycle\" blocks as the lifecycle is \
                 managed by the containing block.",
            )
            .at(&block.def_range),
        ),
        Some((block, body)) => {
            enabled_range = decode_lifecycle(block, body, &mut resource, diagnostics);
        }
        None => {}
    }
    decode_blocks(&content.blocks, &words, &mut resource, diagnostics);
    let range = |name: &str| content.attribute(name).map(|a| &a.name_range);
    if owner.check.is_some() {
        forbid_repetition(
            &[("count", range("count")), ("for_each", range("for_each"))],
            diagnostics,
        );
    } else {
        let present = [
            ("count", range("count")),
            ("enabled", enabled_range.as_ref()),
            ("for_each", range("for_each")),
        ];
        attrs::exclusive(&present, words.plural, diagnostics);
    }
    Some(resource)
}

fn forbid_repetition(present: &[(&str, Option<&SourceRange>)], diagnostics: &mut Diagnostics) {
    for (name, range) in present {
        if let Some(range) = range {
            let detail =
                format!("The {name:?} meta-argument is not supported within nested data blocks.");
            diagnostics
                .push(Diagnostic::error(format!("Invalid {name:?} attribute"), detail).at(range));
        }
    }
}

fn decode_blocks(
    blocks: &[Block],
    words: &Words,
    resource: &mut Resource,
    diagnostics: &mut Diagnostics,
) {
    for block in blocks {
        match &*block.block_type {
            "connection" | "provisioner" if resource.mode() == ResourceMode::Ephemeral => {
                let detail = format!(
                    "The block type {:?} cannot be used in ephemeral resources. It belongs in \
                     \"resource\" blocks only.",
                    &*block.block_type
                );
                diagnostics.push(
                    Diagnostic::error("Invalid configuration block for ephemeral resource", detail)
                        .at(&block.def_range),
                );
            }
            "connection" => match &resource.connection {
                Some(first) => diagnostics.push(attrs::duplicate_block(
                    "connection",
                    words.owner,
                    &first.range,
                    &block.def_range,
                )),
                None => {
                    resource.connection = Some(Connection {
                        config: block.body.clone(),
                        range: block.def_range.clone(),
                    });
                }
            },
            "provisioner" => resource.provisioners.extend(decode_provisioner(block, diagnostics)),
            kind => diagnostics.push(reserved_block(kind, words.block, &block.type_range)),
        }
    }
    let destroys = resource.provisioners.iter().any(|p| p.when == ProvisionerWhen::Destroy);
    if let (Some(connection), true) = (&resource.connection, destroys) {
        only_self_references(&connection.config, diagnostics);
    }
}

/// Gives a resource to its module unless there is one of its name.
pub(super) fn add_resource(
    module: &mut Module,
    resource: Arc<Resource>,
    diagnostics: &mut Diagnostics,
) {
    let addr = &resource.addr;
    if let Some(earlier) = module.resources.get(addr) {
        let (what, noun) = match addr.mode {
            ResourceMode::Managed => ("resource", "resource"),
            ResourceMode::Data => ("data", "data resource"),
            ResourceMode::Ephemeral => ("ephemeral resource", "ephemeral resource"),
        };
        let within = if resource.check.is_some() { ", including within check blocks" } else { "" };
        let detail = format!(
            "A {} {noun} named {:?} was already declared at {}. Resource names must be unique per \
             type in each module{within}.",
            addr.ty, &*addr.name, earlier.decl_range
        );
        diagnostics.push(
            Diagnostic::error(format!("Duplicate {what} {:?} configuration", &*addr.ty), detail)
                .at(&resource.decl_range),
        );
        return;
    }
    module.resources.insert(addr.clone(), resource);
}
