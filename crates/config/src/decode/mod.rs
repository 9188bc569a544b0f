//! From the files of a directory to a [`Module`].

mod action;
mod attrs;
mod call;
mod checks;
mod collect;
mod language;
mod layers;
mod lifecycle;
mod provider;
mod provisioner;
mod refactor;
mod resource;
mod terraform;
mod values;

use std::sync::Arc;

use groma_addrs::parse::target_from_parts;
use groma_addrs::version::Version;
use groma_addrs::{Provider, ResourceMode, Target};
use groma_diag::{Diagnostic, Diagnostics, SourceRange};
use groma_hcl::{Body, BodySchema};
use groma_value::Str;

use crate::model::{Import, Module, RequiredProvider, Resource};
pub(crate) use attrs::explain;
use collect::{Collected, Item};
use layers::Layered;
pub(crate) use provider::decode_version;
use resource::{Owner, add_resource, decode_resource};

/// A file that has been parsed.
pub(crate) struct ParsedFile {
    /// Its content.
    pub(crate) body: Body,
    /// Whether it overrides what is in others.
    pub(crate) is_override: bool,
    /// Whether it is a query file.
    pub(crate) is_query: bool,
}

/// The module that is made up of these files.
pub(crate) fn decode_module(
    source_dir: Str,
    files: &[ParsedFile],
    running: &Version,
) -> (Module, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let mut module = Module { source_dir, ..Module::default() };
    let collected = Collected::from_files(files, &mut diagnostics);
    terraform::decode(&collected, running, &mut module, &mut diagnostics);
    for item in &collected.items {
        decode_item(item, &mut module, &mut diagnostics);
    }
    for local in collected.locals {
        let name = local.name.clone();
        if let Some(earlier) = module.locals.get(&name) {
            let at = earlier.decl_range.clone();
            diagnostics.push(duplicate("local value", "defin", &name, &at, &local.decl_range));
        } else {
            module.locals.insert(name, local);
        }
    }
    for (local, over) in collected.local_overrides.iter().map(|l| (&l.name, l)) {
        match module.locals.get_mut(local) {
            Some(base) => *base = over.clone(),
            None => diagnostics.push(collect::missing_base(
                "Missing base local value definition to override",
                &format!("There is no local value named {local:?}."),
                "a local value",
                &over.decl_range,
            )),
        }
    }
    check_imports(&mut module, &mut diagnostics);
    imply_providers(&mut module);
    (module, diagnostics)
}

/// The one resource that is written in a text, as if it stood in a file of the module.
pub(crate) fn decode_written(
    filename: &str,
    text: &str,
    module: &Module,
) -> (Option<Resource>, Diagnostics) {
    let (file, mut diagnostics) = groma_hcl::parse_native(filename, text.as_bytes());
    let schema = BodySchema::new().block("resource", &["type", "name"]);
    let (content, found) = file.body.content(&schema);
    diagnostics.extend(found);
    let block = content.blocks.into_iter().next();
    let owner = Owner { module, check: None };
    let resource = block.and_then(|block| {
        decode_resource(&Layered::new(block), ResourceMode::Managed, &owner, &mut diagnostics)
    });
    (resource, diagnostics)
}

/// Reports a second declaration of a name. `verb` is `declar` or `defin`.
fn duplicate(
    what: &str,
    verb: &str,
    name: &str,
    earlier: &SourceRange,
    at: &SourceRange,
) -> Diagnostic {
    let noun = if verb == "declar" { "declaration" } else { "definition" };
    let mut upper = what.to_owned();
    upper[..1].make_ascii_uppercase();
    let article = if what.starts_with(['a', 'e', 'i', 'o', 'u']) { "An" } else { "A" };
    let detail = format!(
        "{article} {what} named {name:?} was already {verb}ed at {earlier}. {upper} names must be \
         unique within a module."
    );
    Diagnostic::error(format!("Duplicate {what} {noun}"), detail).at(at)
}

fn decode_item(item: &Item, module: &mut Module, diagnostics: &mut Diagnostics) {
    let block = &item.block;
    let base = &block.base;
    match &*base.block_type {
        "variable" => {
            let Some(variable) = values::decode_variable(block, diagnostics) else { return };
            let (name, at) = (&variable.name, &base.def_range);
            match module.variables.get(name) {
                Some(earlier) => {
                    diagnostics.push(duplicate("variable", "declar", name, &earlier.decl_range, at))
                }
                None => _ = module.variables.insert(name.clone(), variable),
            }
        }
        "output" => {
            let Some(output) = values::decode_output(block, diagnostics) else { return };
            let (name, at) = (&output.name, &base.def_range);
            match module.outputs.get(name) {
                Some(earlier) => {
                    diagnostics.push(duplicate("output", "defin", name, &earlier.decl_range, at));
                }
                None => _ = module.outputs.insert(name.clone(), output),
            }
        }
        "module" => {
            let Some(call) = call::decode_call(block, module, diagnostics) else { return };
            match module.module_calls.get(&call.name) {
                Some(earlier) => diagnostics.push(duplicate_call(&earlier.decl_range, item)),
                None => _ = module.module_calls.insert(call.name.clone(), call),
            }
        }
        "resource" => add(item, ResourceMode::Managed, module, diagnostics),
        "data" => add(item, ResourceMode::Data, module, diagnostics),
        "ephemeral" => add(item, ResourceMode::Ephemeral, module, diagnostics),
        "provider" => decode_provider(item, module, diagnostics),
        "check" => checks::decode_check(block, module, diagnostics),
        "action" => {
            let Some(action) = action::decode_action(block, module, diagnostics) else { return };
            match module.actions.get(&action.addr) {
                Some(earlier) => {
                    let (kind, ty, name) = ("action", &action.addr.ty, &action.addr.name);
                    diagnostics.push(duplicate_typed(kind, ty, name, &earlier.decl_range, base));
                }
                None => _ = module.actions.insert(action.addr.clone(), Arc::new(action)),
            }
        }
        "list" => {
            let Some(list) = action::decode_list(block, module, diagnostics) else { return };
            let key = (list.ty.clone(), list.name.clone());
            match module.lists.get(&key) {
                Some(earlier) => {
                    diagnostics.push(duplicate_typed(
                        "list",
                        &key.0,
                        &key.1,
                        &earlier.decl_range,
                        base,
                    ));
                }
                None => _ = module.lists.insert(key, Arc::new(list)),
            }
        }
        "moved" => module.moved.extend(refactor::decode_moved(base, diagnostics)),
        "removed" => module.removed.extend(refactor::decode_removed(base, diagnostics)),
        "import" => {
            let import = refactor::decode_import(base, module, diagnostics);
            module.imports.extend(import);
        }
        _ => {}
    }
}

fn duplicate_typed(
    kind: &str,
    ty: &str,
    name: &str,
    earlier: &SourceRange,
    block: &groma_hcl::Block,
) -> Diagnostic {
    let detail = format!(
        "A {ty} {kind} named {name:?} was already declared at {earlier}. Names must be unique per \
         type in each module."
    );
    Diagnostic::error(format!("Duplicate {kind} {ty:?} configuration"), detail).at(&block.def_range)
}

fn duplicate_call(earlier: &SourceRange, item: &Item) -> Diagnostic {
    let base = &item.block.base;
    let name = base.labels.first().map_or("", |l| &**l);
    let detail = format!(
        "A module call named {name:?} was already defined at {earlier}. Module calls must have \
         unique names within a module."
    );
    Diagnostic::error("Duplicate module call", detail).at(&base.def_range)
}

fn add(item: &Item, mode: ResourceMode, module: &mut Module, diagnostics: &mut Diagnostics) {
    let owner = Owner { module, check: None };
    if let Some(resource) = decode_resource(&item.block, mode, &owner, diagnostics) {
        add_resource(module, Arc::new(resource), diagnostics);
    }
}

fn decode_provider(item: &Item, module: &mut Module, diagnostics: &mut Diagnostics) {
    let Some(key) = &item.provider_key else { return };
    let config = provider::decode_provider(key.clone(), &item.block, module, diagnostics);
    let Some(earlier) = module.provider_configs.get(key) else {
        module.provider_configs.insert(key.clone(), config);
        return;
    };
    let (name, at) = (&*key.local_name, &earlier.decl_range);
    let detail = match &key.alias {
        None => format!(
            "A default (non-aliased) provider configuration for {name:?} was already given at \
             {at}. If multiple configurations are required, set the \"alias\" argument for \
             alternative configurations."
        ),
        Some(alias) => format!(
            "A provider configuration for {name:?} with alias {alias:?} was already given at {at}. \
             Each configuration for the same provider must have a distinct alias."
        ),
    };
    diagnostics
        .push(Diagnostic::error("Duplicate provider configuration", detail).at(&config.decl_range));
}

/// What holds between `import` blocks and the resources that they import to.
fn check_imports(module: &mut Module, diagnostics: &mut Diagnostics) {
    let mut seen = std::collections::BTreeMap::new();
    for import in &mut module.imports {
        let wrong = |detail: &str, range: &SourceRange| {
            Diagnostic::error("Invalid import provider argument", detail).at(range)
        };
        if let Some(target) = constant_target(import) {
            if let Some(earlier) = seen.get(&target) {
                let detail = format!(
                    "An import block for the resource \"{target}\" was already declared at \
                     {earlier}. A resource can have only one import block."
                );
                let resource = &import.to.resource;
                let summary = format!("Duplicate import configuration for \"{resource}\"");
                diagnostics.push(Diagnostic::error(summary, detail).at(import.to.range()));
            } else {
                seen.insert(target, import.decl_range.clone());
            }
        }
        if !import.to.resource.module.is_root() {
            continue;
        }
        let Some(resource) = module.resources.get(&import.to.resource.resource) else { continue };
        import.provider = resource.provider.clone();
        match (&import.provider_ref, &resource.provider_ref) {
            (Some(own), None) => diagnostics.push(wrong(
                "The provider argument in the target resource block must be specified and match \
                 the import block.",
                &own.range,
            )),
            (Some(own), Some(other)) if own.config != other.config => diagnostics.push(wrong(
                "The provider argument in the target resource block must match the import block.",
                &own.range,
            )),
            _ => {}
        }
    }
}

/// The one instance that a block imports to, if that is fixed.
fn constant_target(import: &Import) -> Option<Target> {
    let parts = import.to.constant_parts().filter(|_| import.for_each.is_none())?;
    target_from_parts(&parts).ok()
}

/// Enters the providers that are used without an entry in `required_providers`.
fn imply_providers(module: &mut Module) {
    let resources = module
        .resources
        .values()
        .map(|r| (r.provider_config().local_name, r.provider.clone(), r.decl_range.clone()));
    let configs = module
        .provider_configs
        .values()
        .map(|c| (c.name().clone(), c.provider.clone(), c.decl_range.clone()));
    let imports = module.imports.iter().filter(|i| i.to.resource.module.is_root()).map(|i| {
        let name = match &i.provider_ref {
            Some(reference) => reference.config.local_name.clone(),
            None => i.to.resource.resource.implied_provider().into(),
        };
        (name, i.provider.clone(), i.decl_range.clone())
    });
    let actions = module
        .actions
        .values()
        .map(|a| (a.provider_config().local_name, a.provider.clone(), a.decl_range.clone()));
    let lists = module
        .lists
        .values()
        .map(|l| (l.provider_config().local_name, l.provider.clone(), l.decl_range.clone()));
    let metas = module
        .provider_meta
        .values()
        .map(|m| (m.name.clone(), m.provider.clone(), m.decl_range.clone()));
    let used: Vec<(Str, Provider, SourceRange)> =
        resources.chain(configs).chain(imports).chain(metas).chain(actions).chain(lists).collect();
    for (name, provider, decl_range) in used {
        module.required_providers.entry(name).or_insert_with_key(|name| RequiredProvider {
            name: name.clone(),
            source: None,
            provider,
            version: None,
            configuration_aliases: Vec::new(),
            decl_range,
            implied: true,
        });
    }
}
