//! `import` blocks: objects that are there already and are to be taken over.
//!
//! A block belongs to its module, and is evaluated once for each instance of that; its target is
//! relative to the module.

mod evaluate;
mod missing;
mod write;

use std::collections::{BTreeMap, HashMap, HashSet};

use groma_addrs::{AbsResourceInstance, ConfigResource, Module};
use groma_config::{Config, Import};
use groma_diag::{Diagnostic, Diagnostics, SourceRange};
use groma_hcl::expression_values;
use groma_plan::{Importing, Mode};
use groma_provider::ImportRequest;
use groma_schema::Schema;
use groma_value::{Str, Value};

use super::Planner;
use super::managed::place;
use super::node::{Item, Target};
use super::refresh::Prior;
use crate::Event;
use crate::event::import_text;
use crate::expand::expansion;
use crate::objects::on;
use crate::world::{ModuleScope, Repetition};

pub(crate) use evaluate::check_imports;
pub(in crate::plan) use missing::check_missing;
pub(crate) use missing::{check_targets, check_unwritable};
pub(crate) use write::local_provider;

/// An `import` block and the module that it stands in.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    /// The module.
    pub(crate) module: Module,
    /// The block.
    pub(crate) import: Import,
}

/// The import blocks of a configuration by the resource that they lead to.
#[derive(Default)]
pub(crate) struct Imports {
    by_resource: HashMap<ConfigResource, Vec<Written>>,
}

/// An object to take over.
#[derive(Clone, Debug)]
pub(super) struct ImportOrder {
    what: Importing,
    /// What the provider is asked for: the id may be one that is not to be shown.
    request: ImportRequest,
    range: SourceRange,
}

impl Written {
    /// The resource that it leads to.
    pub(crate) fn target(&self) -> ConfigResource {
        let to = &self.import.to.resource;
        let names = self.module.names().iter().chain(to.module.names());
        ConfigResource { module: Module::new(names.cloned()), resource: to.resource.clone() }
    }
}

impl Imports {
    /// The import blocks of a configuration.
    pub(crate) fn of(config: &Config) -> Imports {
        let mut by_resource: HashMap<ConfigResource, Vec<Written>> = HashMap::new();
        for written in Imports::all(config) {
            by_resource.entry(written.target()).or_default().push(written);
        }
        Imports { by_resource }
    }

    /// All import blocks of a configuration, in its order.
    pub(crate) fn all(config: &Config) -> impl Iterator<Item = Written> {
        config.modules().flat_map(|node| {
            node.module
                .imports
                .iter()
                .map(|import| Written { module: node.path.clone(), import: import.clone() })
        })
    }

    /// The blocks for a resource.
    pub(crate) fn of_resource(&self, addr: &ConfigResource) -> &[Written] {
        self.by_resource.get(addr).map(Vec::as_slice).unwrap_or_default()
    }

    /// The block for whose target configuration is to be written, if the resource is such a one.
    pub(super) fn to_write(&self, addr: &ConfigResource) -> Option<&Written> {
        self.of_resource(addr).first().filter(|_| addr.module.is_root())
    }
}

impl Planner {
    /// What is to be imported into the instances of a resource.
    pub(super) fn import_orders(
        &self,
        addr: &ConfigResource,
        schema: &Schema,
        diagnostics: &mut Diagnostics,
    ) -> BTreeMap<AbsResourceInstance, ImportOrder> {
        let mut orders = BTreeMap::new();
        if self.options.mode != Mode::Normal {
            return orders;
        }
        let world = &self.run.world;
        for Written { module, import } in self.imports.of_resource(addr) {
            for data in world.instances_of(module) {
                let scope = ModuleScope::new(world, &data);
                for repetition in repetitions(import, &scope, diagnostics) {
                    let scope = ModuleScope::repeated(world, &data, &repetition);
                    match evaluate::order(import, &data.addr, &scope, schema) {
                        Ok((instance, order)) => {
                            orders.insert(instance, order);
                        }
                        Err(found) => diagnostics.extend(found),
                    }
                }
            }
        }
        orders
    }

    /// An import must lead to an instance that the configuration has.
    pub(super) fn check_orders(
        &self,
        orders: &BTreeMap<AbsResourceInstance, ImportOrder>,
        items: &[Item],
        diagnostics: &mut Diagnostics,
    ) {
        if orders.is_empty() {
            return;
        }
        let instances: HashSet<&AbsResourceInstance> =
            items.iter().map(|item| &item.addr).collect();
        for (addr, order) in orders.iter().filter(|(addr, _)| !instances.contains(addr)) {
            let detail = format!(
                "The configuration for the given import {addr} does not exist. All target instances must have an associated configuration to be imported."
            );
            diagnostics.push(missing::without_config(detail).at(&order.range));
        }
    }

    /// An order that is not written in the configuration.
    pub(super) fn order_by_id(&self, target: &Target, id: Str) -> ImportOrder {
        let request = ImportRequest {
            ty: target.resource.addr.ty.clone(),
            id: id.clone(),
            identity: None,
            capabilities: self.run.capabilities(),
        };
        let what = Importing { id: Some(id), identity: None, generated_config: None };
        ImportOrder { what, request, range: target.resource.decl_range.clone() }
    }

    /// Imports the object of an instance and reads it. `None` after errors.
    pub(super) async fn import(
        &self,
        target: &Target,
        item: &Item,
        order: &ImportOrder,
        diagnostics: &mut Diagnostics,
    ) -> Option<(Prior, Importing)> {
        let addr = &item.addr;
        let what = import_text(&order.what);
        self.run.around.events.event(Event::ImportStart { addr, what: &what });
        let request =
            ImportRequest { capabilities: self.run.capabilities(), ..order.request.clone() };
        let (found, problems) = target.provider.import_resource_state(request).await;
        let failed = problems.has_errors();
        diagnostics.extend(on(place(problems, target), addr));
        if failed {
            return None;
        }
        let mut fail = |summary: &str, detail: String| {
            diagnostics.push(Diagnostic::error(summary, detail).at(&order.range).on(addr));
            None
        };
        let provider = &target.provider_addr.provider;
        if found.len() > 1 {
            let detail = format!(
                "While attempting to import {what} to {addr}, the provider {provider} returned several objects, of which only one can have this address. Import the others with blocks of their own."
            );
            return fail("Multiple import states not supported", detail);
        }
        let Some(imported) = found.into_iter().next() else {
            let detail = format!(
                "While attempting to import {what} to {addr}, the provider {provider} returned no object."
            );
            return fail("Import returned no resources", detail);
        };
        if imported.ty != order.request.ty || imported.state.is_null() {
            let detail = format!(
                "While attempting to import {what} to {addr}, the provider {provider} returned no object of type {}. This is a bug in the provider, which should be reported in the provider's own issue tracker.",
                order.request.ty
            );
            return fail("Import returned null resource", detail);
        }
        if let (Some(asked), Some(got)) = (&order.request.identity, &imported.identity)
            && contradicts(asked, got)
        {
            let detail = format!(
                "While attempting to import {what} to {addr}, the provider {provider} returned an object of another identity. This is a bug in the provider, which should be reported in the provider's own issue tracker."
            );
            return fail("Provider produced invalid identity", detail);
        }
        self.run.around.events.event(Event::ImportFound { addr });
        let prior = Prior {
            value: imported.state,
            private: imported.private,
            identity: imported.identity.or_else(|| order.request.identity.clone()),
            tainted: false,
            deferred: None,
        };
        let prior = self.read(target, item, &prior, diagnostics).await?;
        if prior.value.is_null() {
            let detail = format!(
                "While attempting to import an existing object to \"{addr}\", the provider detected that no object exists with the given {what}. Only pre-existing objects can be imported; check that it is correct and that it is associated with the provider's configured region or endpoint, or remove the import block to create a new object."
            );
            let summary = "Cannot import non-existent remote object";
            diagnostics.push(Diagnostic::error(summary, detail).at(&order.range));
            return None;
        }
        Some((prior, order.what.clone()))
    }
}

/// What `each` is for every import of a block; none after errors.
fn repetitions(
    import: &Import,
    scope: &ModuleScope<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<Repetition> {
    let Some(for_each) = &import.for_each else { return vec![Repetition::default()] };
    match expansion(scope, None, Some(for_each), None, true, diagnostics) {
        Some(expansion) if !expansion.is_known() => {
            let detail = "The \"for_each\" expression includes values derived from other resource attributes that cannot be determined until apply, and so Groma cannot determine the full set of values that might be used to import this resource.";
            let values = expression_values(for_each, scope, true, false);
            let diagnostic = Diagnostic::error("Invalid for_each argument", detail);
            diagnostics.push(Diagnostic { values, ..diagnostic.at(for_each.range()) });
            Vec::new()
        }
        Some(expansion) => expansion.instances().into_iter().map(|(_, r)| r).collect(),
        None => Vec::new(),
    }
}

/// Whether an object is another one than was asked for. What was left open the provider fills in.
fn contradicts(asked: &Value, got: &Value) -> bool {
    let asked = asked.as_entries().into_iter().flat_map(|entries| entries.iter());
    asked
        .filter(|(_, value)| !value.is_null())
        .any(|(name, value)| got.get(name).is_some_and(|got| got.is_known() && got != value))
}
