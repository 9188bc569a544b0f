//! `import` blocks: objects that are there already and are to be taken over.

use std::collections::{BTreeMap, HashMap};

use groma_addrs::{AbsResourceInstance, ConfigResource, InstanceKey, ModuleInstance, ModuleStep};
use groma_config::Import;
use groma_diag::{Diagnostic, Diagnostics, SourceRange};
use groma_hcl::{Expression, Scope, evaluate};
use groma_plan::Importing;
use groma_provider::ImportRequest;
use groma_value::{Str, Type, Value, convert};

use super::Planner;
use super::managed::place;
use super::node::{Item, Target};
use super::refresh::Prior;
use crate::Event;
use crate::expand::expansion;
use crate::objects::on;
use crate::world::{ModuleScope, Repetition};

/// The import blocks of the root module by the resource that they lead to.
#[derive(Default)]
pub(crate) struct Imports {
    by_resource: HashMap<ConfigResource, Vec<Import>>,
}

/// An object to take over.
#[derive(Clone, Debug)]
pub(super) struct ImportOrder {
    what: Importing,
    range: SourceRange,
}

impl ImportOrder {
    /// An order that is not written in the configuration; `range` is what it is about.
    pub(super) fn by_id(id: Str, range: SourceRange) -> ImportOrder {
        ImportOrder { what: Importing { id: Some(id), identity: None }, range }
    }
}

impl Imports {
    /// The import blocks of a configuration.
    pub(crate) fn of(config: &groma_config::Config) -> Imports {
        let mut by_resource: HashMap<ConfigResource, Vec<Import>> = HashMap::new();
        for import in &config.root.module.imports {
            by_resource.entry(import.to.resource.clone()).or_default().push(import.clone());
        }
        Imports { by_resource }
    }

    /// The blocks for a resource.
    pub(crate) fn of_resource(&self, addr: &ConfigResource) -> &[Import] {
        self.by_resource.get(addr).map(Vec::as_slice).unwrap_or_default()
    }
}

impl Planner {
    /// What is to be imported into the instances of a resource. Evaluated in the root module.
    pub(super) fn import_orders(
        &self,
        addr: &ConfigResource,
        diagnostics: &mut Diagnostics,
    ) -> BTreeMap<AbsResourceInstance, ImportOrder> {
        let mut orders = BTreeMap::new();
        for import in self.imports.of_resource(addr) {
            let root = ModuleScope::new(&self.run.world, self.run.world.root());
            let found = match &import.for_each {
                None => vec![Repetition::default()],
                Some(for_each) => {
                    match expansion(&root, None, Some(for_each), None, false, diagnostics) {
                        Some(expansion) => {
                            expansion.instances().into_iter().map(|(_, r)| r).collect()
                        }
                        None => continue,
                    }
                }
            };
            for repetition in found {
                let world = &self.run.world;
                let scope = ModuleScope::repeated(world, world.root(), &repetition);
                match order(import, &scope) {
                    Ok((instance, order)) => {
                        orders.insert(instance, order);
                    }
                    Err(found) => diagnostics.extend(found),
                }
            }
        }
        orders
    }

    /// Imports the object of an instance and reads it. `None` after errors.
    pub(super) async fn import(
        &self,
        target: &Target,
        item: &Item,
        order: &ImportOrder,
        diagnostics: &mut Diagnostics,
    ) -> Option<(Prior, Importing)> {
        let id = order.what.id.clone().unwrap_or_else(|| "".into());
        let addr = &item.addr;
        self.run.around.events.event(Event::ImportStart { addr, id: id.clone() });
        let request = ImportRequest {
            ty: target.resource.addr.ty.clone(),
            id: id.clone(),
            identity: order.what.identity.clone(),
            capabilities: self.run.capabilities(),
        };
        let (found, problems) = target.provider.import_resource_state(request).await;
        let failed = problems.has_errors();
        diagnostics.extend(on(place(problems, target), addr));
        if failed {
            return None;
        }
        let own = found.into_iter().find(|f| f.ty == target.resource.addr.ty);
        let Some(imported) = own.filter(|f| !f.state.is_null()) else {
            let detail = format!(
                "While attempting to import an existing object to {addr}, the provider found no such object. Only pre-existing objects can be imported; check that the id is correct and that it is associated with the provider's configured region or endpoint, or remove the import block to create a new object."
            );
            diagnostics.push(
                Diagnostic::error("Cannot import non-existent remote object", detail)
                    .at(&order.range),
            );
            return None;
        };
        self.run.around.events.event(Event::ImportFound { addr });
        let prior = Prior {
            value: imported.state,
            private: imported.private,
            identity: imported.identity,
            tainted: false,
            deferred: None,
        };
        let prior = self.read(target, item, &prior, diagnostics).await?;
        if prior.value.is_null() {
            let detail = format!(
                "While attempting to import an existing object to {addr}, the provider detected that no object exists with the given id. Only pre-existing objects can be imported."
            );
            diagnostics.push(
                Diagnostic::error("Cannot import non-existent remote object", detail)
                    .at(&order.range),
            );
            return None;
        }
        Some((prior, order.what.clone()))
    }
}

fn order(
    import: &Import,
    scope: &dyn Scope,
) -> Result<(AbsResourceInstance, ImportOrder), Diagnostics> {
    let resource = &import.to.resource;
    let mut steps = Vec::new();
    for (i, name) in resource.module.names().iter().enumerate() {
        let key = key(import.to.module_keys.get(i).and_then(Option::as_ref), scope)?;
        steps.push(ModuleStep { name: name.clone(), key });
    }
    let instance = resource
        .resource
        .in_module(&ModuleInstance::new(steps))
        .instance(key(import.to.key.as_ref(), scope)?);
    let id = match &import.id {
        Some(expression) => Some(import_id(expression, scope)?),
        None => None,
    };
    let identity = match &import.identity {
        Some(expression) => {
            let (value, found) = evaluate(expression, scope);
            if found.has_errors() {
                return Err(found);
            }
            Some(value.unmark_deep().0)
        }
        None => None,
    };
    let what = Importing { id, identity };
    Ok((instance, ImportOrder { what, range: import.decl_range.clone() }))
}

fn key(expression: Option<&Expression>, scope: &dyn Scope) -> Result<InstanceKey, Diagnostics> {
    let Some(expression) = expression else { return Ok(InstanceKey::None) };
    let (value, found) = evaluate(expression, scope);
    if found.has_errors() {
        return Err(found);
    }
    InstanceKey::from_value(&value.unmark().0).ok_or_else(|| {
        let detail = "The index of an import target must be a known string or whole number.";
        Diagnostic::error("Invalid import 'to' expression", detail).at(expression.range()).into()
    })
}

fn import_id(expression: &Expression, scope: &dyn Scope) -> Result<Str, Diagnostics> {
    let (value, found) = evaluate(expression, scope);
    if found.has_errors() {
        return Err(found);
    }
    let fail = |detail: &str| {
        Err(Diagnostic::error("Invalid import id argument", detail).at(expression.range()).into())
    };
    let (value, marks): (Value, _) = value.unmark();
    if marks.is_sensitive() {
        return fail("The import ID cannot be sensitive.");
    }
    match convert(&value, &Type::String) {
        Ok(value) if value.is_null() => fail("The import ID cannot be null."),
        Ok(value) => match value.as_str() {
            Some(id) if id.is_empty() => fail(
                "The import ID value evaluates to an empty string, please provide a non-empty value.",
            ),
            Some(id) => Ok(id.clone()),
            None => fail(
                "The import block \"id\" argument depends on resource attributes that cannot be determined until apply, so it cannot be planned. Use the -target option to first apply only the resources that the id depends on.",
            ),
        },
        Err(error) => fail(&format!("The import ID value is unsuitable: {error}.")),
    }
}
