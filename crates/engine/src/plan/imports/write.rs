//! Writing the configuration of objects that are imported into nothing.

use std::sync::Arc;

use groma_addrs::{
    AbsResourceInstance, ConfigResource, InstanceKey, LocalProviderConfig, ResourceMode,
};
use groma_config::{Import, Resource};
use groma_diag::{Diagnostic, Diagnostics};
use groma_plan::{GeneratedConfig, Importing};
use groma_value::Str;

use super::ImportOrder;
use crate::generate::resource_block;
use crate::plan::Planner;
use crate::plan::lock;
use crate::plan::node::{Item, Target, missing_type};
use crate::world::{Expansion, Repetition};

impl Planner {
    /// Imports an object that has no configuration, writes one, and plans by it.
    pub(in crate::plan) async fn import_and_write(
        &self,
        addr: &ConfigResource,
        import: &Import,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Diagnostics> {
        let config = local_provider(import);
        let implied =
            config.alias.is_none() && *config.local_name == *addr.resource.implied_provider();
        let argument = (!implied).then(|| config.to_string());
        let filename = self.options.generate_config.clone().unwrap_or_default();
        let start = start_text(addr, argument.as_deref());
        let resource = self.written(&filename, &start, addr)?;
        let provider_addr = self.run.world.config.provider_of(&addr.module, &resource).config;
        let ty = &addr.resource.ty;
        let schemas = &self.run.around.schemas;
        let schema = schemas
            .resource(&resource.provider, ResourceMode::Managed, ty)?
            .ok_or_else(|| missing_type(&resource))?;
        let provider = self.run.around.pool.get(&provider_addr)?;
        let imports = Arc::new(self.import_orders(addr, &schema, diagnostics));
        if diagnostics.has_errors() {
            return Ok(());
        }
        let mut target =
            Target { addr: addr.clone(), resource, provider_addr, provider, schema, imports };
        let module = self.run.world.root().clone();
        let whole = target.schema.block.implied_type().clone();
        let data = module.expand_resource(addr.resource.clone(), Expansion::Single, whole);
        let instance = addr.resource.in_module(&module.addr).instance(InstanceKey::None);
        let item = Item { module, data, addr: instance, repetition: Repetition::default() };
        if !self.is_selected(&item.addr) {
            return Ok(());
        }
        let Some(order) = target.imports.get(&item.addr).cloned() else { return Ok(()) };
        // The semaphore is never closed.
        let _slot = self.run.slots.acquire().await;
        let Some((prior, what)) = self.import(&target, &item, &order, diagnostics).await else {
            return Ok(());
        };
        let block = &target.schema.block;
        let text: Str =
            resource_block(&addr.resource, block, &prior.value, argument.as_deref()).into();
        target.resource = self.written(&filename, &text, addr)?;
        let what = Importing { generated_config: Some(text.clone()), ..what };
        let planned = self.note_import(&target, &item, &prior, diagnostics)
            && self.plan_change(&target, &item, prior, Some(what), None, diagnostics).await;
        self.note_generated(&item.addr, &order, text, planned);
        Ok(())
    }

    fn note_generated(
        &self,
        addr: &AbsResourceInstance,
        order: &ImportOrder,
        text: Str,
        planned: bool,
    ) {
        // What could not be planned is written all the same: people can put it right.
        let id = order.what.id.clone().filter(|_| planned);
        lock(&self.generated).push(GeneratedConfig { addr: addr.clone(), id, text });
    }

    fn written(
        &self,
        filename: &str,
        text: &str,
        addr: &ConfigResource,
    ) -> Result<Arc<Resource>, Diagnostics> {
        let module = &self.run.world.root().node.module;
        let (resource, found) = module.resource_from_text(filename, text);
        if found.has_errors() {
            return Err(found);
        }
        resource.map(Arc::new).ok_or_else(|| {
            let detail = format!(
                "The configuration that was written for {addr} cannot be understood. This is a bug in Groma; please report it."
            );
            Diagnostic::error("Invalid generated configuration", detail).into()
        })
    }
}

/// The provider configuration of a block, as its module calls it.
pub(crate) fn local_provider(import: &Import) -> LocalProviderConfig {
    match &import.provider_ref {
        Some(reference) => reference.config.clone(),
        None => LocalProviderConfig {
            local_name: import.to.resource.resource.implied_provider().into(),
            alias: None,
        },
    }
}

fn start_text(addr: &ConfigResource, provider: Option<&str>) -> String {
    let provider = provider.map(|p| format!("  provider = {p}\n")).unwrap_or_default();
    format!("resource \"{}\" \"{}\" {{\n{provider}}}\n", addr.resource.ty, addr.resource.name)
}
