//! What holds between modules: the provider configurations that they need, have and hand over.

mod links;
mod passed;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use groma_addrs::{LocalProviderConfig, Provider};
use groma_diag::{Diagnostic, Diagnostics, SourceRange};
use groma_hcl::{BodySchema, Expression};

use crate::model::{Module, ModuleCall, ProviderConfig, ProviderRef};
use crate::tree::{Config, ModuleNode};

/// Checks the provider configurations of the whole tree.
pub(crate) fn validate_providers(config: &Config, diagnostics: &mut Diagnostics) {
    let mut walk = Walk { seen: HashSet::new(), diagnostics };
    walk.node(&config.root, None, None);
}

struct Walk<'a> {
    /// Modules whose own checks are done; calls of one directory share them.
    seen: HashSet<*const Module>,
    diagnostics: &'a mut Diagnostics,
}

/// The caller of a module.
#[derive(Clone, Copy)]
struct Caller<'a> {
    node: &'a ModuleNode,
    call: &'a ModuleCall,
}

/// The provider configurations of a module.
struct Facts<'a> {
    /// Blocks that configure something.
    configured: BTreeMap<&'a LocalProviderConfig, &'a ProviderConfig>,
    /// Blocks that are there but empty.
    empty: BTreeMap<&'a LocalProviderConfig, &'a ProviderConfig>,
}

impl<'a> Facts<'a> {
    fn of(module: &'a Module) -> Facts<'a> {
        let mut facts = Facts { configured: BTreeMap::new(), empty: BTreeMap::new() };
        for (name, config) in &module.provider_configs {
            let (_, found) = config.config.content(&BodySchema::new());
            if found.has_errors() || config.version.is_some() {
                facts.configured.insert(name, config);
            } else {
                facts.empty.insert(name, config);
            }
        }
        facts
    }
}

fn module_text(node: &ModuleNode) -> String {
    if node.path.is_root() { "the root module".into() } else { node.path.to_string() }
}

impl Walk<'_> {
    /// `forbidden` is what makes it impossible for the module to configure providers of its own.
    fn node(
        &mut self,
        node: &ModuleNode,
        caller: Option<Caller<'_>>,
        forbidden: Option<&SourceRange>,
    ) {
        let facts = Facts::of(&node.module);
        if self.seen.insert(Arc::as_ptr(&node.module)) {
            self.duplicate_requirements(&node.module);
            self.implied_names(&node.module);
            self.instance_keys(&node.module);
        }
        // Of a module that could not be read it is not known what it expects.
        if !node.module.is_broken() {
            self.handed_on(node, caller, &facts);
            if let Some(caller) = caller {
                self.called(node, caller, &facts, forbidden);
            }
        }
        for (name, child) in &node.children {
            let Some(call) = node.module.module_calls.get(name) else { continue };
            let forbidden = forbids_configs(call).or(forbidden);
            self.node(child, Some(Caller { node, call }), forbidden);
        }
    }

    /// Warns of two local names for one provider.
    fn duplicate_requirements(&mut self, module: &Module) {
        let mut names: BTreeMap<&Provider, &str> = BTreeMap::new();
        for required in module.required_providers.values().filter(|r| !r.implied) {
            let (provider, name) = (&required.provider, &*required.name);
            if let Some(earlier) = names.insert(provider, name) {
                let detail = format!(
                    "Provider {} with the local name {name:?} was previously required as \
                     {earlier:?}. A provider can only be required once within required_providers.",
                    provider.for_display()
                );
                self.diagnostics.push(
                    Diagnostic::warning("Duplicate required provider", detail)
                        .at(&required.decl_range),
                );
            }
        }
    }

    /// Warns of resources whose type implies a provider that has another name in this module.
    fn implied_names(&mut self, module: &Module) {
        let declared: BTreeMap<&Provider, &str> = (module.required_providers.values())
            .filter(|r| !r.implied)
            .map(|r| (&r.provider, &*r.name))
            .collect();
        if declared.is_empty() {
            return;
        }
        for resource in module.resources.values().filter(|r| r.provider_ref.is_none()) {
            let implied = resource.addr.implied_provider();
            let required = module.required_providers.get(implied);
            if required.is_some_and(|r| !r.implied) {
                continue;
            }
            if let Some(name) = declared.get(&resource.provider) {
                let detail = format!(
                    "Provider {:?} was implicitly required via resource \"{}\", but listed in \
                     required_providers as {name:?}. Either the local name in required_providers \
                     must match the resource name, or the {name:?} provider must be assigned \
                     within the resource block.",
                    resource.provider.to_string(),
                    resource.addr
                );
                self.diagnostics.push(
                    Diagnostic::warning("Duplicate required provider", detail)
                        .at(&resource.decl_range),
                );
            }
        }
    }

    /// Checks where keys for instances of provider configurations are and are not.
    fn instance_keys(&mut self, module: &Module) {
        for resource in module.resources.values() {
            if let Some(reference) = &resource.provider_ref {
                self.instance_key("resource", reference, module);
                self.same_for_each("resource", reference, resource.for_each.as_ref(), module);
            }
        }
        for call in module.module_calls.values() {
            for passed in &call.providers {
                self.instance_key("module", &passed.in_parent, module);
                self.same_for_each("module", &passed.in_parent, call.for_each.as_ref(), module);
            }
        }
    }

    /// Warns where the instances of a provider would go together with what they have to destroy.
    fn same_for_each(
        &mut self,
        block: &str,
        reference: &ProviderRef,
        for_each: Option<&Expression>,
        module: &Module,
    ) {
        let collection = |e: &Expression| e.as_traversal().map(|t| t.to_string());
        let config = module.provider_configs.get(&reference.config);
        let of_provider = config.and_then(|config| config.for_each.as_ref());
        let (Some(of_provider), Some(for_each)) = (of_provider, for_each) else { return };
        let Some(ours) = collection(of_provider) else { return };
        if collection(for_each).as_ref() != Some(&ours) {
            return;
        }
        let detail = format!(
            "This provider configuration and a {block} that uses it are made from the same collection, {ours}. Once an element is taken out of it, the provider instance that would have to destroy what belongs to that element is gone, too, and planning fails.\n\nMake the {block} from a part of the collection, so that an element can be taken out there first."
        );
        let summary = format!("Provider configuration for_each matches {block}");
        self.diagnostics.push(Diagnostic::warning(summary, detail).at(of_provider.range()));
    }

    fn instance_key(&mut self, block: &str, reference: &ProviderRef, module: &Module) {
        let config = module.provider_configs.get(&reference.config);
        let repeated = config.is_some_and(|c| c.for_each.is_some());
        let detail = match (&reference.key, repeated) {
            (Some(_), false) => {
                "An instance key can be specified only for a provider configuration that uses \
                 for_each, in the module that has the provider block."
            }
            (None, true) => {
                "A reference to a provider configuration which uses for_each requires an instance \
                 key. Passing a collection of provider instances into a child module is not \
                 allowed."
            }
            _ => return,
        };
        let summary = format!("Invalid {block} provider configuration");
        self.diagnostics.push(Diagnostic::error(summary, detail).at(&reference.range));
    }
}

/// What in a call makes it impossible for the called module to configure providers.
fn forbids_configs(call: &ModuleCall) -> Option<&SourceRange> {
    let repeated = call.count.as_ref().or(call.for_each.as_ref()).or(call.enabled.as_ref());
    repeated.map(|e| e.range()).or(call.depends_on_range.as_ref())
}
