//! The provider configurations of all modules, and the keys by which resources name them.

use std::collections::BTreeMap;

use groma_addrs::LocalProviderConfig;
use groma_config::{Config, ModuleNode};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::expressions::{Expressions, Members, of_attributes, of_body};
use crate::Schemas;

/// A provider configuration, or the place of one that is handed in.
pub(super) struct ProviderConfigJson {
    name: String,
    full_name: String,
    alias: Option<String>,
    version_constraint: Option<String>,
    module_address: String,
    expressions: Expressions,
    /// The configuration that this is in truth.
    parent: Option<String>,
}

/// All provider configurations by their keys.
pub(super) struct ProviderConfigs(BTreeMap<String, ProviderConfigJson>);

/// The key of a configuration in a module.
fn key(module: &str, config: &str) -> String {
    if module.is_empty() { config.to_owned() } else { format!("{module}:{config}") }
}

impl ProviderConfigs {
    /// Those of a configuration.
    pub(super) fn of(config: &Config, schemas: &dyn Schemas) -> ProviderConfigs {
        let mut all = ProviderConfigs(BTreeMap::new());
        let mut stack = vec![(&*config.root, None)];
        while let Some((node, parent)) = stack.pop() {
            all.add_module(node, parent, schemas);
            for call in node.module.module_calls.values() {
                let Some(child) = node.children.get(&call.name) else { continue };
                for passed in &call.providers {
                    all.add_passed(node, child, passed);
                }
            }
            let parent_path = Some(node.path.to_string());
            stack.extend(node.children.values().rev().map(|c| (&**c, parent_path.clone())));
        }
        all
    }

    /// The key by which a resource names its provider configuration.
    pub(super) fn key_of(&self, module: &ModuleNode, config: &LocalProviderConfig) -> String {
        let own = key(&module.path.to_string(), &config.to_string());
        let parent = self.0.get(&own).and_then(|c| c.parent.as_ref());
        match parent {
            Some(parent) if self.0.contains_key(parent) => parent.clone(),
            _ => own,
        }
    }

    fn add_module(&mut self, node: &ModuleNode, parent: Option<String>, schemas: &dyn Schemas) {
        let module = node.path.to_string();
        let required = node.provider_requirements();
        let constraint = |provider| {
            required.get(provider).map(ToString::to_string).filter(|text| !text.is_empty())
        };
        for (name, config) in &node.module.provider_configs {
            let expressions = match schemas.provider(&config.provider) {
                Some(schema) => of_body(&config.config, &schema.block),
                None => of_attributes(&config.config),
            };
            let json = ProviderConfigJson {
                name: name.local_name.to_string(),
                full_name: config.provider.to_string(),
                alias: name.alias.as_ref().map(ToString::to_string),
                version_constraint: constraint(&config.provider),
                module_address: module.clone(),
                expressions,
                parent: None,
            };
            self.0.insert(key(&module, &name.to_string()), json);
        }
        for (name, required) in &node.module.required_providers {
            let json = || ProviderConfigJson {
                name: name.to_string(),
                full_name: required.provider.to_string(),
                alias: None,
                version_constraint: constraint(&required.provider),
                module_address: module.clone(),
                expressions: Expressions::new(),
                parent: None,
            };
            for alias in &required.configuration_aliases {
                self.0.entry(key(&module, &alias.to_string())).or_insert_with(json);
            }
            let own = key(&module, name);
            if self.0.contains_key(&own) {
                continue;
            }
            let mut json = json();
            if let Some(parent) = &parent {
                json.parent = self.source(&key(parent, name), &json.full_name);
            }
            self.0.insert(own, json);
        }
    }

    fn add_passed(
        &mut self,
        node: &ModuleNode,
        child: &ModuleNode,
        passed: &groma_config::PassedProvider,
    ) {
        let name = passed.in_child.config.to_string();
        let module = child.path.to_string();
        let provider = child.module.provider_for(&passed.in_child.config.local_name);
        let full_name = provider.to_string();
        let start = key(&node.path.to_string(), &passed.in_parent.config.to_string());
        let parent = self.source(&start, &full_name);
        let json = ProviderConfigJson {
            name: name.clone(),
            full_name,
            alias: None,
            version_constraint: None,
            module_address: module.clone(),
            expressions: Expressions::new(),
            parent,
        };
        self.0.insert(key(&module, &name), json);
    }

    /// Where a chain of configurations that are handed down begins.
    fn source(&self, start: &str, full_name: &str) -> Option<String> {
        let mut found = None;
        let mut next = Some(start.to_owned());
        while let Some(key) = next {
            let Some(config) = self.0.get(&key).filter(|c| c.full_name == full_name) else { break };
            next = config.parent.clone();
            found = Some(key);
        }
        found
    }
}

impl ProviderConfigs {
    /// Whether there is none to tell.
    pub(super) fn is_empty(&self) -> bool {
        self.0.values().all(|c| c.parent.is_some())
    }
}

impl Serialize for ProviderConfigs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().filter(|(_, c)| c.parent.is_none()))
    }
}

impl Serialize for ProviderConfigJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("full_name", &self.full_name)?;
        if let Some(alias) = &self.alias {
            map.serialize_entry("alias", alias)?;
        }
        if let Some(constraint) = &self.version_constraint {
            map.serialize_entry("version_constraint", constraint)?;
        }
        if !self.module_address.is_empty() {
            map.serialize_entry("module_address", &self.module_address)?;
        }
        if !self.expressions.is_empty() {
            map.serialize_entry("expressions", &Members(&self.expressions))?;
        }
        map.end()
    }
}
