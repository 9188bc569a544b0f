//! The configuration that a plan was made from.

use std::collections::BTreeMap;

use groma_addrs::ResourceMode;
use groma_config::{Config, ModuleCall, ModuleNode, Output, Provisioner, Resource, Variable};
use groma_hcl::Expression;
use groma_value::Str;
use serde::ser::{Error, Serialize, SerializeMap, Serializer};

use super::Known;
use super::change::mode;
use super::expressions::{
    ExpressionJson, Expressions, Members, depends_on, of_attributes, of_body, of_names,
};
use super::provider_config::ProviderConfigs;
use super::values::Text;
use crate::Schemas;

/// A configuration.
pub(super) struct ConfigJson<'a> {
    pub(super) config: &'a Config,
    pub(super) schemas: &'a dyn Schemas,
}

impl Serialize for ConfigJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let providers = ProviderConfigs::of(self.config, self.schemas);
        let mut map = serializer.serialize_map(None)?;
        if !providers.is_empty() {
            map.serialize_entry("provider_config", &providers)?;
        }
        let cx = Context { providers: &providers, schemas: self.schemas };
        map.serialize_entry("root_module", &ModuleJson { node: &self.config.root, cx: &cx })?;
        map.end()
    }
}

struct Context<'a> {
    providers: &'a ProviderConfigs,
    schemas: &'a dyn Schemas,
}

struct ModuleJson<'a> {
    node: &'a ModuleNode,
    cx: &'a Context<'a>,
}

impl Serialize for ModuleJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ModuleJson { node, cx } = *self;
        let module = &node.module;
        let mut map = serializer.serialize_map(None)?;
        if !module.outputs.is_empty() {
            map.serialize_entry("outputs", &Outputs(&module.outputs))?;
        }
        if module.resources.values().any(|r| r.mode() != ResourceMode::Ephemeral) {
            map.serialize_entry("resources", &Resources { node, cx })?;
        }
        if !module.module_calls.is_empty() {
            map.serialize_entry("module_calls", &ModuleCalls { node, cx })?;
        }
        if !module.variables.is_empty() {
            map.serialize_entry("variables", &Variables(&module.variables))?;
        }
        map.end()
    }
}

struct Outputs<'a>(&'a BTreeMap<Str, Output>);

impl Serialize for Outputs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, output)| (&**name, OutputJson(output))))
    }
}

struct OutputJson<'a>(&'a Output);

impl Serialize for OutputJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let output = self.0;
        let mut map = serializer.serialize_map(None)?;
        if output.sensitive {
            map.serialize_entry("sensitive", &true)?;
        }
        if output.ephemeral {
            map.serialize_entry("ephemeral", &true)?;
        }
        map.serialize_entry("expression", &ExpressionJson::of(&output.expr))?;
        if !output.depends_on.is_empty() {
            map.serialize_entry("depends_on", &depends_on(&output.depends_on))?;
        }
        if let Some(text) = output.description.as_deref().filter(|d| !d.is_empty()) {
            map.serialize_entry("description", text)?;
        }
        map.end()
    }
}

struct Variables<'a>(&'a BTreeMap<Str, Variable>);

impl Serialize for Variables<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, v)| (&**name, VariableJson(v))))
    }
}

struct VariableJson<'a>(&'a Variable);

impl Serialize for VariableJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let variable = self.0;
        let mut map = serializer.serialize_map(None)?;
        if let Some(default) = &variable.default {
            map.serialize_entry("default", &Known(default))?;
        }
        if let Some(text) = variable.description.as_deref().filter(|d| !d.is_empty()) {
            map.serialize_entry("description", text)?;
        }
        if variable.sensitive {
            map.serialize_entry("sensitive", &true)?;
        }
        map.end()
    }
}

struct Resources<'a> {
    node: &'a ModuleNode,
    cx: &'a Context<'a>,
}

impl Serialize for Resources<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Resources { node, cx } = *self;
        let mut sorted: Vec<(u8, String, &Resource)> = node
            .module
            .resources
            .values()
            .filter_map(|resource| {
                let rank = match resource.mode() {
                    ResourceMode::Managed => 0,
                    ResourceMode::Data => 1,
                    // The format does not tell of these.
                    ResourceMode::Ephemeral => return None,
                };
                Some((rank, resource.addr.to_string(), &**resource))
            })
            .collect();
        sorted.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        let all = sorted.into_iter();
        serializer.collect_seq(all.map(|(_, _, resource)| ResourceJson { resource, node, cx }))
    }
}

struct ResourceJson<'a> {
    resource: &'a Resource,
    node: &'a ModuleNode,
    cx: &'a Context<'a>,
}

impl Serialize for ResourceJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ResourceJson { resource, node, cx } = *self;
        let addr = &resource.addr;
        let schema = cx.schemas.resource(&resource.provider, addr.mode, &addr.ty);
        let schema = schema.ok_or_else(|| {
            let provider = &resource.provider;
            S::Error::custom(format_args!("no schema found for {addr} (in provider {provider})"))
        })?;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("address", &Text(addr))?;
        map.serialize_entry("mode", mode(addr.mode))?;
        map.serialize_entry("type", &*addr.ty)?;
        map.serialize_entry("name", &*addr.name)?;
        let provider = cx.providers.key_of(node, &resource.provider_config());
        map.serialize_entry("provider_config_key", &provider)?;
        if !resource.provisioners.is_empty() {
            let all: Vec<_> = resource.provisioners.iter().map(ProvisionerJson).collect();
            map.serialize_entry("provisioners", &all)?;
        }
        write_expressions(&mut map, &of_body(&resource.config, &schema.block))?;
        map.serialize_entry("schema_version", &schema.version)?;
        write_repetition(&mut map, resource.count.as_ref(), resource.for_each.as_ref())?;
        if !resource.depends_on.is_empty() {
            map.serialize_entry("depends_on", &depends_on(&resource.depends_on))?;
        }
        map.end()
    }
}

fn write_expressions<M: SerializeMap>(map: &mut M, all: &Expressions) -> Result<(), M::Error> {
    if all.is_empty() { Ok(()) } else { map.serialize_entry("expressions", &Members(all)) }
}

fn write_repetition<M: SerializeMap>(
    map: &mut M,
    count: Option<&Expression>,
    for_each: Option<&Expression>,
) -> Result<(), M::Error> {
    for (name, expression) in [("count_expression", count), ("for_each_expression", for_each)] {
        let json = expression.map(ExpressionJson::of).filter(|e| !e.is_empty());
        if let Some(json) = json {
            return map.serialize_entry(name, &json);
        }
    }
    Ok(())
}

struct ProvisionerJson<'a>(&'a Provisioner);

impl Serialize for ProvisionerJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", &*self.0.kind)?;
        write_expressions(&mut map, &of_attributes(&self.0.config))?;
        map.end()
    }
}

struct ModuleCalls<'a> {
    node: &'a ModuleNode,
    cx: &'a Context<'a>,
}

impl Serialize for ModuleCalls<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ModuleCalls { node, cx } = *self;
        serializer.collect_map(node.module.module_calls.iter().map(|(name, call)| {
            (&**name, ModuleCallJson { call, child: node.children.get(name).map(|c| &**c), cx })
        }))
    }
}

struct ModuleCallJson<'a> {
    call: &'a ModuleCall,
    child: Option<&'a ModuleNode>,
    cx: &'a Context<'a>,
}

impl Serialize for ModuleCallJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ModuleCallJson { call, child, cx } = *self;
        let mut map = serializer.serialize_map(None)?;
        if let Some(source) = call.source_text() {
            map.serialize_entry("source", &**source)?;
        }
        if let Some(node) = child {
            let names = node.module.variables.keys().cloned();
            write_expressions(&mut map, &of_names(&call.config, names))?;
        }
        write_repetition(&mut map, call.count.as_ref(), call.for_each.as_ref())?;
        if let Some(node) = child {
            map.serialize_entry("module", &ModuleJson { node, cx })?;
        }
        let version = call.version.as_ref().and_then(|v| v.as_string_literal());
        if let Some(version) = version {
            map.serialize_entry("version_constraint", &**version)?;
        }
        if !call.depends_on.is_empty() {
            map.serialize_entry("depends_on", &depends_on(&call.depends_on))?;
        }
        map.end()
    }
}
