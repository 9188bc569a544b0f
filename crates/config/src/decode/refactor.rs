//! `moved`, `removed` and `import` blocks.

use std::sync::LazyLock;

use groma_addrs::parse::{Part, is_identifier, target_from_parts};
use groma_addrs::{
    ConfigResource, InstanceKey, Module as ModuleAddr, Resource as ResourceAddr, ResourceMode,
    Target, parts_from_traversal,
};
use groma_diag::{Diagnostic, Diagnostics, SourceRange};
use groma_hcl::{Attribute, Block, BodySchema, ExprKind, Expression, TraversalStep};
use groma_value::Str;

use super::attrs::{self, duplicate_block};
use super::provider::decode_provider_ref;
use super::provisioner::{decode_provisioner, only_self_references};
use crate::model::{
    Connection, Import, ImportTarget, Module, Moved, MovedTarget, ProvisionerWhen, Removed,
    RemovedTarget,
};

static MOVED: LazyLock<BodySchema> = LazyLock::new(|| BodySchema::new().required(["from", "to"]));

static REMOVED: LazyLock<BodySchema> = LazyLock::new(|| {
    BodySchema::new()
        .required(["from"])
        .block("lifecycle", &[])
        .block("connection", &[])
        .block("provisioner", &["type"])
});

static IMPORT: LazyLock<BodySchema> = LazyLock::new(|| {
    BodySchema::new().required(["to"]).optional(["id", "identity", "for_each", "provider"])
});

fn target(attribute: &Attribute) -> Result<MovedTarget, Diagnostics> {
    let range = attribute.expr.range().clone();
    let parts = parts_from_traversal(&attribute.expr.require_traversal()?)?;
    match target_from_parts(&parts) {
        Ok(target) => Ok(MovedTarget { target, range }),
        Err(why) => Err(Diagnostic::error("Invalid address", why).at(&range).into()),
    }
}

/// A `moved` block.
pub(super) fn decode_moved(block: &Block, diagnostics: &mut Diagnostics) -> Option<Moved> {
    let (content, found) = block.body.content(&MOVED);
    diagnostics.extend(found);
    let mut end = |name: &str| {
        let target = content.attribute(name).and_then(|a| diagnostics.take(target(a)))?;
        if matches!(mode(&target.target), Some(ResourceMode::Ephemeral)) {
            let detail = format!(
                "The resource referenced by the {name:?} attribute is not allowed to be moved."
            );
            diagnostics
                .push(Diagnostic::error("Invalid \"moved\" address", detail).at(&target.range));
            return None;
        }
        Some(target)
    };
    let (from, to) = (end("from"), end("to"));
    let (from, to) = (from?, to?);
    if from.is_module() != to.is_module() {
        diagnostics.push(
            Diagnostic::error(
                "Invalid \"moved\" addresses",
                "The \"from\" and \"to\" addresses must either both refer to resources or both \
                 refer to modules.",
            )
            .at(&block.def_range),
        );
        return None;
    }
    Some(Moved { from, to, decl_range: block.def_range.clone() })
}

fn mode(target: &Target) -> Option<ResourceMode> {
    match target {
        Target::Module(_) => None,
        Target::Resource(resource) => Some(resource.resource.mode),
        Target::Instance(instance) => Some(instance.resource.resource.mode),
    }
}

/// A `removed` block.
pub(super) fn decode_removed(block: &Block, diagnostics: &mut Diagnostics) -> Option<Removed> {
    let (content, found) = block.body.content(&REMOVED);
    diagnostics.extend(found);
    let from = content.attribute("from");
    let (mut destroy, mut lifecycle, mut connection) = (true, None, None);
    let mut provisioners = Vec::new();
    for inner in &content.blocks {
        match &*inner.block_type {
            "lifecycle" => match &lifecycle {
                Some(first) => diagnostics.push(duplicate_block(
                    "lifecycle",
                    "removed block",
                    first,
                    &inner.def_range,
                )),
                None => {
                    lifecycle = Some(inner.def_range.clone());
                    let schema = BodySchema::new().optional(["destroy"]);
                    let (content, found) = inner.body.content(&schema);
                    diagnostics.extend(found);
                    let value = content.attribute("destroy");
                    destroy =
                        value.and_then(|a| attrs::constant_bool(a, diagnostics)).unwrap_or(true);
                }
            },
            "connection" => match &connection {
                Some(Connection { range: first, .. }) => diagnostics.push(duplicate_block(
                    "connection",
                    "removed block",
                    first,
                    &inner.def_range,
                )),
                None => {
                    only_self_references(&inner.body, diagnostics);
                    let (config, range) = (inner.body.clone(), inner.def_range.clone());
                    connection = Some(Connection { config, range });
                }
            },
            _ => provisioners.extend(decode_provisioner(inner, diagnostics)),
        }
    }
    if let Some(wrong) = provisioners.iter().find(|p| p.when != ProvisionerWhen::Destroy) {
        diagnostics.push(
            Diagnostic::error(
                "Invalid provisioner block",
                "Only destroy provisioners are allowed in removed blocks: set when = destroy.",
            )
            .at(&wrong.range),
        );
    }
    let from = from?;
    let target = diagnostics.take(removed_target(from))?;
    if let RemovedTarget::Module(_) = &target {
        for provisioner in &provisioners {
            let detail = "Provisioners are allowed only where a resource is removed, not a module.";
            diagnostics.push(
                Diagnostic::error("Invalid provisioner block", detail).at(&provisioner.range),
            );
        }
        if let Some(connection) = &connection {
            let detail = "A connection is for provisioners, which are allowed only where a resource \
                          is removed, not a module.";
            diagnostics
                .push(Diagnostic::error("Invalid connection block", detail).at(&connection.range));
        }
    }
    Some(Removed {
        from: target,
        destroy,
        connection,
        provisioners,
        from_range: from.expr.range().clone(),
        decl_range: block.def_range.clone(),
    })
}

fn removed_target(attribute: &Attribute) -> Result<RemovedTarget, Diagnostics> {
    let MovedTarget { target, range } = target(attribute)?;
    let at = |summary: &str, detail: &str, range: &SourceRange| {
        Err(Diagnostics::from(Diagnostic::error(summary, detail).at(range)))
    };
    let wrong = |summary: &str, detail: &str| at(summary, detail, &range);
    // The first key is that of a module, if modules have any.
    let key = attribute.expr.as_traversal().and_then(|traversal| {
        let mut steps = traversal.steps.into_iter();
        steps.find_map(|step| match step {
            TraversalStep::Index { range, .. } => Some(range),
            TraversalStep::Attr { .. } => None,
        })
    });
    let key = key.as_ref().unwrap_or(&range);
    let module = match &target {
        Target::Module(module) => module,
        Target::Resource(resource) => &resource.module,
        Target::Instance(instance) => &instance.resource.module,
    };
    if module.steps().iter().any(|step| step.key != InstanceKey::None) {
        return at(
            "Module instance keys not allowed",
            "Module address must be a module (e.g. \"module.foo\"), not a module instance (e.g. \
             \"module.foo[1]\").",
            key,
        );
    }
    if let Target::Instance(_) = &target {
        return at(
            "Resource instance keys not allowed",
            "Resource address must be a resource (e.g. \"test_instance.foo\"), not a resource \
             instance (e.g. \"test_instance.foo[1]\").",
            key,
        );
    }
    match mode(&target) {
        Some(ResourceMode::Data) => wrong(
            "Data source address not allowed",
            "Data sources are never destroyed, so there is nothing to remove: removing the data \
             source block from the configuration is enough.",
        ),
        Some(ResourceMode::Ephemeral) => wrong(
            "Ephemeral resource address not allowed",
            "Ephemeral resources are not in the state, so there is nothing to remove.",
        ),
        _ => Ok(match target {
            Target::Module(module) => RemovedTarget::Module(module.module()),
            Target::Resource(resource) => RemovedTarget::Resource(resource.config()),
            Target::Instance(instance) => RemovedTarget::Resource(instance.resource.config()),
        }),
    }
}

/// An `import` block.
pub(super) fn decode_import(
    block: &Block,
    module: &Module,
    diagnostics: &mut Diagnostics,
) -> Option<Import> {
    let (content, found) = block.body.content(&IMPORT);
    diagnostics.extend(found);
    let (id, identity) = (content.attribute("id"), content.attribute("identity"));
    match (id, identity) {
        (None, None) => diagnostics.push(
            Diagnostic::error(
                "Missing required import argument",
                "One of \"id\" and \"identity\" must be specified to say which object to import.",
            )
            .at(&block.def_range),
        ),
        (Some(id), Some(identity)) => diagnostics.push(
            Diagnostic::error(
                "Conflicting import arguments",
                "Only one of \"id\" and \"identity\" can be specified: either of them says which \
                 object to import.",
            )
            .at(&SourceRange::between(&id.range, &identity.range)),
        ),
        _ => {}
    }
    let to = diagnostics.take(import_target(&attrs::native(&content.attribute("to")?.expr)))?;
    let provider_attribute = content.attribute("provider");
    let provider_ref =
        provider_attribute.and_then(|a| diagnostics.take(decode_provider_ref(&a.expr, "provider")));
    if let (Some(attribute), false) = (provider_attribute, to.resource.module.is_root()) {
        diagnostics.push(
            Diagnostic::error(
                "Invalid import provider argument",
                "The provider argument can only be specified in import blocks for the root \
                 module. For resources in other modules, the providers argument of the module \
                 block says which configuration is used.",
            )
            .at(&attribute.range),
        );
    }
    let local_name = match &provider_ref {
        Some(reference) => &*reference.config.local_name,
        None => to.resource.resource.implied_provider(),
    };
    Some(Import {
        provider: module.provider_for(local_name),
        to,
        id: id.map(|a| a.expr.clone()),
        identity: identity.map(|a| a.expr.clone()),
        for_each: content.attribute("for_each").map(|a| a.expr.clone()),
        provider_ref,
        decl_range: block.def_range.clone(),
    })
}

/// A part of an import address.
enum ImportPart {
    Name(Str),
    Key(Expression),
}

fn import_target(expr: &Expression) -> Result<ImportTarget, Diagnostics> {
    let mut parts = Vec::new();
    flatten(expr, &mut parts)?;
    let invalid = || {
        Diagnostics::from(
            Diagnostic::error(
                "Invalid address",
                "The import address must be that of a resource, such as aws_s3_bucket.logs or \
                 module.storage[\"x\"].aws_s3_bucket.logs[each.key].",
            )
            .at(expr.range()),
        )
    };
    let mut parts = parts.into_iter().peekable();
    let name = |parts: &mut std::iter::Peekable<std::vec::IntoIter<ImportPart>>| match parts.next()
    {
        Some(ImportPart::Name(name)) if is_identifier(&name) => Ok(name),
        _ => Err(invalid()),
    };
    let key = |parts: &mut std::iter::Peekable<std::vec::IntoIter<ImportPart>>| match parts
        .next_if(|p| matches!(p, ImportPart::Key(_)))
    {
        Some(ImportPart::Key(key)) => Some(key),
        _ => None,
    };
    let (mut modules, mut module_keys) = (Vec::new(), Vec::new());
    let mut word = name(&mut parts)?;
    while &*word == "module" {
        modules.push(name(&mut parts)?);
        module_keys.push(key(&mut parts));
        word = name(&mut parts)?;
    }
    if matches!(&*word, "data" | "ephemeral") {
        let detail = "Only managed resources can be imported, not data sources or ephemeral \
                      resources.";
        return Err(Diagnostic::error("Invalid import address", detail).at(expr.range()).into());
    }
    let resource = ResourceAddr::new(ResourceMode::Managed, word, name(&mut parts)?);
    let key = key(&mut parts);
    if parts.next().is_some() {
        return Err(invalid());
    }
    let resource = ConfigResource { module: ModuleAddr::new(modules), resource };
    Ok(ImportTarget { resource, module_keys, key, expr: expr.clone() })
}

fn flatten(expr: &Expression, parts: &mut Vec<ImportPart>) -> Result<(), Diagnostics> {
    // An address ends in its innermost expression's steps, so it is taken apart from the outside.
    let mut steps = Vec::new();
    let mut expr = expr;
    loop {
        match expr.kind() {
            ExprKind::Traversal(traversal) => {
                steps.extend(traversal.steps.iter().rev().map(part));
                steps.push(ImportPart::Name(traversal.root.clone()));
                break;
            }
            ExprKind::RelativeTraversal(relative) => {
                steps.extend(relative.steps.iter().rev().map(part));
                expr = &relative.source;
            }
            ExprKind::Index(index) => {
                steps.push(ImportPart::Key(index.key.clone()));
                expr = &index.collection;
            }
            _ => {
                expr.require_traversal()?;
                break;
            }
        }
    }
    parts.extend(steps.into_iter().rev());
    Ok(())
}

fn part(step: &TraversalStep) -> ImportPart {
    match step {
        TraversalStep::Attr { name, .. } => ImportPart::Name(name.clone()),
        TraversalStep::Index { key, range } => {
            ImportPart::Key(Expression::literal(key.clone(), range.clone()))
        }
    }
}

impl ImportTarget {
    /// The key of an instance as a constant, if it is one.
    pub(super) fn constant_parts(&self) -> Option<Vec<Part>> {
        parts_from_traversal(&self.expr.as_traversal()?).ok()
    }
}
