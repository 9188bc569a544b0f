//! Provider configurations that callers hand to the modules that they call.

use std::collections::BTreeMap;

use groma_addrs::{LocalProviderConfig, Provider};
use groma_diag::{Diagnostic, SourceRange};

use super::{Caller, Facts, Walk, module_text};
use crate::model::{Module, PassedProvider, ProviderConfig};
use crate::tree::ModuleNode;

/// Whether a local name is declared in `required_providers`.
fn is_declared(module: &Module, name: &str) -> bool {
    module.required_providers.get(name).is_some_and(|r| !r.implied)
}

impl Walk<'_> {
    /// Warns of names in `providers` that this module does not know.
    pub(super) fn handed_on(
        &mut self,
        node: &ModuleNode,
        caller: Option<Caller<'_>>,
        facts: &Facts<'_>,
    ) {
        for passed in node.module.module_calls.values().flat_map(|c| &c.providers) {
            let name = &passed.in_parent.config;
            // Configurations with an alias are never implied; what they lack is an error.
            if name.alias.is_some() {
                continue;
            }
            let configured = facts.configured.contains_key(name);
            let received =
                caller.is_some_and(|c| c.call.providers.iter().any(|p| p.in_child.config == *name));
            let local = &*name.local_name;
            if !configured && !is_declared(&node.module, local) {
                let implied = Provider::implied(local).for_display();
                let text = module_text(node);
                let detail = format!(
                    "There is no explicit declaration for local provider name {local:?} in {text}, \
                     so it is taken for provider {implied:?}.\n\nTo clarify your intent and \
                     silence this warning, add to {text} a required_providers entry named \
                     {local:?} with source = {implied:?}, or a different source address if \
                     appropriate."
                );
                self.diagnostics.push(
                    Diagnostic::warning("Reference to undefined provider", detail)
                        .at(&passed.in_parent.name_range),
                );
            } else if let (Some(caller), false, false) = (caller, configured, received) {
                let detail = format!(
                    "The configuration for {} expects to inherit a configuration for provider {} \
                     with local name {local:?}, but {} doesn't pass a configuration under that \
                     name.\n\nTo satisfy this requirement, add an entry for {local:?} to the \
                     \"providers\" argument in the module {:?} block.",
                    module_text(node),
                    passed.parent_provider.for_display(),
                    module_text(caller.node),
                    &*caller.call.name
                );
                self.diagnostics.push(
                    Diagnostic::warning("Missing required provider configuration", detail)
                        .at(&caller.call.decl_range),
                );
            }
        }
    }

    /// Checks what a module has itself, and what its caller hands in, against what it expects.
    pub(super) fn called(
        &mut self,
        node: &ModuleNode,
        caller: Caller<'_>,
        facts: &Facts<'_>,
        forbidden: Option<&SourceRange>,
    ) {
        let passed: BTreeMap<&LocalProviderConfig, &PassedProvider> =
            caller.call.providers.iter().map(|p| (&p.in_child.config, p)).collect();
        if let (Some(range), false) = (forbidden, facts.configured.is_empty()) {
            let source = node.source.as_ref().map(ToString::to_string).unwrap_or_default();
            let detail = format!(
                "The module at {} is a legacy module which contains its own local provider \
                 configurations, and so calls to it may not use the count, for_each, or \
                 depends_on arguments.\n\nIf you also control the module {source:?}, consider \
                 updating this module to instead expect provider configurations to be passed by \
                 its caller.",
                node.path
            );
            self.diagnostics.push(
                Diagnostic::error(
                    "Module is incompatible with count, for_each, and depends_on",
                    detail,
                )
                .at(range),
            );
        }
        for (name, passed) in &passed {
            if facts.configured.contains_key(name) {
                let detail = format!(
                    "The configuration of {} has its own local configuration for {name}, and so \
                     it cannot accept an overridden configuration provided by {}.",
                    module_text(node),
                    module_text(caller.node)
                );
                self.diagnostics.push(
                    Diagnostic::error("Cannot override provider configuration", detail)
                        .at(&passed.in_child.range),
                );
            }
            self.check_passed(node, caller, passed, facts.empty.contains_key(name));
        }
        self.missing_aliases(node, caller, facts, &passed);
        self.empty_blocks(node, facts);
    }

    fn missing_aliases(
        &mut self,
        node: &ModuleNode,
        caller: Caller<'_>,
        facts: &Facts<'_>,
        passed: &BTreeMap<&LocalProviderConfig, &PassedProvider>,
    ) {
        let required = node.module.required_providers.values();
        let expected = required.flat_map(|r| r.configuration_aliases.iter().map(move |a| (r, a)));
        for (required, name) in expected {
            if facts.configured.contains_key(name) || passed.contains_key(name) {
                continue;
            }
            let detail = format!(
                "The child module requires an additional configuration for provider {}, with the \
                 local name \"{name}\".\n\nRefer to the module's documentation to understand the \
                 intended purpose of this additional provider configuration, and then add an \
                 entry for {name} in the \"providers\" meta-argument in the module block to \
                 choose which provider configuration the module should use for that purpose.",
                required.provider.for_display()
            );
            self.diagnostics.push(
                Diagnostic::error("Missing required provider configuration", detail)
                    .at(&caller.call.decl_range),
            );
        }
    }

    fn check_passed(
        &mut self,
        node: &ModuleNode,
        caller: Caller<'_>,
        passed: &PassedProvider,
        has_empty_block: bool,
    ) {
        let name = &passed.in_child.config;
        let provider = node.module.provider_for(&name.local_name);
        let declared = match &name.alias {
            None => is_declared(&node.module, &name.local_name),
            Some(_) => (node.module.required_providers.values())
                .any(|r| r.configuration_aliases.contains(name)),
        };
        let is_default = name.alias.is_none() && provider == Provider::implied(&name.local_name);
        let shown = provider.for_display();
        if !declared && !has_empty_block {
            let text = module_text(node);
            let entry = format!(
                "\n\nIf you also control the child module, add a required_providers entry named \
                 {:?} with the source address {shown:?}, and with {name} among its \
                 configuration_aliases if that has an alias.",
                &*name.local_name
            );
            let diagnostic = if is_default {
                let detail = format!(
                    "There is no explicit declaration for local provider name \"{name}\" in \
                     {text}, so it is taken for a configuration for {shown:?}.{entry}"
                );
                Diagnostic::warning("Reference to undefined provider", detail)
            } else {
                let detail = format!(
                    "The child module does not declare any provider requirement with the local \
                     name \"{name}\".{entry}"
                );
                Diagnostic::error("Reference to undefined provider", detail)
            };
            self.diagnostics.push(diagnostic.at(&passed.in_child.name_range));
        }
        if provider != passed.parent_provider {
            self.diagnostics.push(mismatch(node, caller, passed, &provider));
        }
    }

    /// Warns of empty blocks, which once declared that a configuration is expected.
    fn empty_blocks(&mut self, node: &ModuleNode, facts: &Facts<'_>) {
        let mut by_name: BTreeMap<&str, Vec<&ProviderConfig>> = BTreeMap::new();
        for (name, config) in &facts.empty {
            by_name.entry(&name.local_name).or_default().push(config);
        }
        for (name, configs) in by_name {
            let source = node.module.provider_for(name).for_display();
            let mut entry = format!("    {name} = {{\n      source = {source:?}\n");
            if configs.iter().any(|c| c.alias().is_some()) {
                entry.push_str("      configuration_aliases = [\n");
                for config in &configs {
                    entry.push_str(&format!("        {},\n", config.config_name));
                }
                entry.push_str("      ]\n");
            }
            entry.push_str("    }");
            let detail = format!(
                "Empty provider blocks (\"proxy provider configurations\") were once the way for \
                 modules to declare their need to be passed a provider configuration by their \
                 callers. That was ambiguous and is now deprecated.\n\nIf you control this \
                 module, you can migrate to the new declaration syntax by removing all of the \
                 empty provider {name:?} blocks and then adding or updating an entry like the \
                 following to the required_providers block of {}:\n{entry}",
                module_text(node)
            );
            if let Some(first) = configs.first() {
                self.diagnostics.push(
                    Diagnostic::warning("Redundant empty provider block", detail)
                        .at(&first.decl_range),
                );
            }
        }
    }
}

fn mismatch(
    node: &ModuleNode,
    caller: Caller<'_>,
    passed: &PassedProvider,
    provider: &Provider,
) -> Diagnostic {
    let (in_child, in_parent) = (&passed.in_child, &passed.in_parent);
    let (text, caller_text) = (module_text(node), module_text(caller.node));
    let wanted = provider.for_display();
    let given = passed.parent_provider.for_display();
    let other = node.module.local_name_of(&passed.parent_provider);
    let hint = match other {
        Some(other) => format!(
            "To pass this configuration to the child module, use the local name {:?} instead.",
            &**other
        ),
        None => format!(
            "Each provider has its own distinct configuration schema and provider types, so this \
             module's \"{in_child}\" can be assigned only a configuration for {wanted}."
        ),
    };
    let detail = format!(
        "The local name \"{in_parent}\" in {caller_text} represents provider {given:?}, but \
         \"{in_child}\" in {text} represents {wanted:?}.\n\n{hint}"
    );
    Diagnostic::error("Provider type mismatch", detail).at(&in_parent.range)
}
