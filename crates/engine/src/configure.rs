//! Provider configurations: opening and configuring their instances, and telling which instance a
//! resource uses.

use std::sync::Arc;

use groma_addrs::{AbsProviderConfig, InstanceKey};
use groma_config::{ProviderConfig, ResolvedProvider};
use groma_diag::{Diagnostic, Diagnostics, SourceRange};
use groma_hcl::{Body, Expression, evaluate};
use groma_provider::ConfigureRequest;
use groma_schema::Schema;
use groma_value::{Type, Value, convert};

use crate::expand::expansion;
use crate::run::{Phase, Run, locate};
use crate::walk::Outcome;
use crate::world::{Expansion, ModuleData, ModuleScope, Repetition};

/// A provider configuration as it is written.
struct Written<'a> {
    /// The block; `None` where it is implied.
    block: Option<&'a ProviderConfig>,
    body: Body,
    schema: Arc<Schema>,
}

impl Run {
    /// Opens and configures all instances of a provider configuration.
    pub(crate) async fn provider(&self, addr: &AbsProviderConfig) -> Outcome {
        let mut diagnostics = Diagnostics::new();
        if let Err(found) = self.configure(addr, &mut diagnostics).await {
            diagnostics.extend(found);
        }
        self.report(diagnostics)
    }

    async fn configure(
        &self,
        addr: &AbsProviderConfig,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Diagnostics> {
        let schemas = self.around.schemas.provider(&addr.provider).ok_or_else(|| {
            let detail = format!(
                "The schemas of {} have not been loaded. This is a bug in Groma; please report it.",
                addr.provider
            );
            Diagnostics::from(Diagnostic::error("Provider schema not loaded", detail))
        })?;
        let schema = schemas.provider()?;
        let block = self.world.config.module(&addr.module).and_then(|node| {
            node.module
                .provider_configs
                .values()
                .find(|p| p.provider == addr.provider && p.alias() == addr.alias.as_ref())
        });
        let body = match block {
            Some(block) => block.config.clone(),
            None => Body::empty(SourceRange::start_of("<implied>")),
        };
        if block.is_none() && (addr.alias.is_some() || !addr.module.is_root()) {
            let detail = format!(
                "To work with its resources in the state, the provider configuration {addr} is required, but it has been removed. This occurs when a provider configuration is removed while objects created by that provider still exist in the state. Re-add the provider configuration to destroy the objects, after which you can remove the provider configuration again."
            );
            return Err(Diagnostic::error("Provider configuration not present", detail).into());
        }
        let Some(data) = self.world.instances_of(&addr.module).into_iter().next() else {
            return Ok(());
        };
        let expansion = match block.and_then(|block| block.for_each.as_ref()) {
            None => Expansion::Single,
            Some(for_each) => {
                let scope = ModuleScope::new(&self.world, &data);
                let unknown = self.phase == Phase::Validate;
                match expansion(&scope, None, Some(for_each), None, unknown, diagnostics) {
                    Some(expansion) => expansion,
                    None => return Ok(()),
                }
            }
        };
        let written = Written { block, body, schema };
        for (key, repetition) in expansion.instances() {
            let instance = addr.instance(key);
            self.configure_instance(&instance, &written, &data, &repetition, diagnostics).await?;
        }
        Ok(())
    }

    async fn configure_instance(
        &self,
        addr: &AbsProviderConfig,
        written: &Written<'_>,
        data: &ModuleData,
        repetition: &Repetition,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Diagnostics> {
        let Written { block, body, schema } = written;
        let scope = ModuleScope::repeated(&self.world, data, repetition);
        let (config, found) = groma_schema::decode(body, &schema.block, &scope);
        if found.has_errors() && block.is_none() {
            let detail = format!(
                "Provider {} requires explicit configuration. Add a provider block to the root module and configure the provider's required arguments as described in the provider documentation.",
                addr.provider.for_display()
            );
            return Err(Diagnostic::error("Missing required provider configuration", detail).into());
        }
        let failed = found.has_errors();
        diagnostics.extend(found);
        if failed {
            return Ok(());
        }
        let (config, _) = config.unmark_deep();
        let pool = &self.around.pool;
        if pool.is_configured(addr, &config) {
            return Ok(());
        }
        let values = config.clone();
        let provider = pool.open(addr).await?;
        let place = |found: Diagnostics| -> Diagnostics {
            found
                .into_iter()
                .map(|d| if block.is_some() { locate(d, body, &schema.block) } else { d })
                .map(|d| Diagnostic { address: d.address.or(Some(addr.to_string())), ..d })
                .collect()
        };
        let too_little = self.partial && self.phase != Phase::Validate && !config.is_wholly_known();
        let (config, found) = provider.validate_provider_config(&config).await;
        let failed = found.has_errors();
        diagnostics.extend(place(found));
        if failed || self.phase == Phase::Validate {
            return Ok(());
        }
        if too_little {
            self.note_unconfigured(addr);
            return Ok(());
        }
        let request = ConfigureRequest {
            terraform_version: self.around.terraform_version.clone(),
            config,
            capabilities: self.capabilities(),
        };
        let found = provider.configure(request).await;
        // What is unknown still may differ the next time, though it looks the same.
        if !found.has_errors() && values.is_wholly_known() {
            pool.set_configured(addr, values);
        }
        diagnostics.extend(place(found));
        Ok(())
    }

    /// Which instance of its provider configuration an instance of a resource uses. `None` after
    /// errors.
    pub(crate) fn provider_key(
        &self,
        resolved: &ResolvedProvider,
        module: &ModuleData,
        repetition: &Repetition,
        diagnostics: &mut Diagnostics,
    ) -> Option<InstanceKey> {
        let Some((place, expression)) = &resolved.key else { return Some(InstanceKey::None) };
        // The key is written where the resource is, or in a call that leads to it.
        let (mut data, mut repetition) = (module, repetition);
        while data.node.path != *place {
            repetition = &data.repetition;
            data = data.parent.as_deref()?;
        }
        let scope = ModuleScope::repeated(&self.world, data, repetition);
        let (value, found) = evaluate(expression, &scope);
        let failed = found.has_errors();
        diagnostics.extend(found);
        if failed {
            return None;
        }
        match instance_key(value, expression) {
            Ok(key) => Some(key),
            Err(diagnostic) => {
                diagnostics.push(*diagnostic);
                None
            }
        }
    }
}

fn instance_key(value: Value, expression: &Expression) -> Result<InstanceKey, Box<Diagnostic>> {
    let wrong = |detail: &str| {
        Box::new(Diagnostic::error("Invalid provider instance key", detail).at(expression.range()))
    };
    let (value, marks) = value.unmark();
    if marks.is_sensitive() {
        return Err(wrong("The key of a provider instance must not come from a sensitive value."));
    }
    if marks.is_ephemeral() {
        return Err(wrong("The key of a provider instance must not come from an ephemeral value."));
    }
    let value = convert(&value, &Type::String)
        .map_err(|why| wrong(&format!("The given instance key is unsuitable: {why}.")))?;
    if value.is_null() {
        return Err(wrong("The key of a provider instance must not be null."));
    }
    match value.as_str() {
        Some(key) => Ok(InstanceKey::String(key.clone())),
        None => Err(wrong(
            "The key of a provider instance depends on values that are known only after apply, so that there is no telling which instance plans this resource. Use a key that is fixed by the configuration.",
        )),
    }
}
