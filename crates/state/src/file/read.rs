//! From the file to the state in memory.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use groma_addrs::{
    AbsProviderConfig, AbsResource, ConfigResource, DeposedKey, InstanceKey, ModuleInstance,
    Resource, ResourceMode, parse,
};
use serde_json::value::RawValue;

use super::error::explain;
use super::json::compact;
use super::{StateFile, StateFileError, values, wire};
use crate::{
    CheckResult, CheckStatus, CheckableKind, Instance, Object, ObjectStatus, Output, ResourceState,
    State, StoredAttributes,
};

pub(super) fn read(bytes: &[u8]) -> Result<StateFile, StateFileError> {
    let text = std::str::from_utf8(bytes).map_err(|e| {
        StateFileError::unsupported(format!(
            "The state file is not valid UTF-8 from byte {} on, so it is not a state file or has \
             been damaged.",
            e.valid_up_to()
        ))
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let file: wire::File<'_> = match serde_json::from_str(text) {
        Ok(file) => file,
        Err(e) => return Err(explain(text, Some(e))),
    };
    if file.version != Some(4) {
        return Err(explain(text, None));
    }
    let mut state = State::default();
    for (name, output) in file.outputs.unwrap_or_default() {
        let output = read_output(&name, &output)?;
        state.outputs.insert(name.into(), output);
    }
    let mut reader = Reader { text, ..Reader::default() };
    for resource in file.resources.unwrap_or_default() {
        reader.resource(resource, &mut state)?;
    }
    state.checks =
        file.check_results.unwrap_or_default().into_iter().filter_map(check_result).collect();
    Ok(StateFile {
        state,
        serial: file.serial.unwrap_or_default(),
        lineage: file.lineage.unwrap_or_default(),
        terraform_version: file.terraform_version.unwrap_or_default(),
    })
}

fn read_output(name: &str, output: &wire::Output<'_>) -> Result<Output, StateFileError> {
    let ty = output.ty.map_or("", RawValue::get);
    let ty = values::parse_type(ty).map_err(|e| {
        StateFileError::new(
            "Invalid output value type in state",
            format!("The state file has an invalid type specification for output {name:?}: {e}."),
        )
    })?;
    let value = values::from_json(output.value.map_or("null", RawValue::get).as_bytes(), &ty)
        .map_err(|e| {
            StateFileError::new(
                "Invalid output value saved in state",
                format!("The state file has an invalid value for output {name:?}: {e}."),
            )
        })?;
    Ok(Output { value, sensitive: output.sensitive.unwrap_or(false) })
}

/// What is parsed once and met again and again: a state of many resources has few modules,
/// providers and lists of dependencies.
#[derive(Default)]
struct Reader<'a> {
    text: &'a str,
    modules: HashMap<String, ModuleInstance>,
    providers: HashMap<String, AbsProviderConfig>,
    dependencies: HashMap<&'a str, Arc<[ConfigResource]>>,
    dependency: HashMap<String, ConfigResource>,
    empty: Option<Arc<[u8]>>,
}

impl<'a> Reader<'a> {
    fn resource(
        &mut self,
        wire: wire::Resource<'a>,
        state: &mut State,
    ) -> Result<(), StateFileError> {
        let mode = match &*wire.mode {
            "managed" => ResourceMode::Managed,
            "data" => ResourceMode::Data,
            other => {
                return Err(StateFileError::new(
                    "Invalid resource mode in state",
                    format!(
                        "State contains a resource with mode {other:?} ({:?} {:?}) which is not \
                         supported.",
                        wire.ty, wire.name
                    ),
                ));
            }
        };
        let module = self.module(wire.module.unwrap_or_default())?;
        let addr = Resource::new(mode, wire.ty, wire.name).in_module(&module);
        let instances = wire.instances.unwrap_or_default();
        if instances.is_empty() {
            return Ok(());
        }
        let provider = match wire.provider.filter(|p| !p.is_empty()) {
            Some(text) => self.provider(text, &addr)?,
            None => self.provider_of_instances(&instances, &addr)?,
        };
        let resource = state
            .resources
            .entry(addr.clone())
            .or_insert_with(|| ResourceState { provider, instances: Default::default() });
        for instance in instances {
            self.instance(instance, &addr, resource)?;
        }
        Ok(())
    }

    fn module(&mut self, text: String) -> Result<ModuleInstance, StateFileError> {
        if let Some(module) = self.modules.get(&text) {
            return Ok(module.clone());
        }
        let module = parse::module_instance(&text).map_err(|e| {
            invalid(format!("The state file has an invalid module address {text:?}: {e}"))
        })?;
        self.modules.insert(text, module.clone());
        Ok(module)
    }

    fn provider(
        &mut self,
        text: String,
        addr: &AbsResource,
    ) -> Result<AbsProviderConfig, StateFileError> {
        if let Some(provider) = self.providers.get(&text) {
            return Ok(provider.clone());
        }
        let provider = parse::provider_config(&text).map_err(|e| {
            invalid(format!("Resource {addr} has an invalid provider address {text:?}: {e}"))
        })?;
        self.providers.insert(text, provider.clone());
        Ok(provider)
    }

    /// OpenTofu names the provider configuration of every instance where they have different
    /// ones, such as `provider["…"].alias["key"]`.
    fn provider_of_instances(
        &mut self,
        instances: &[wire::Instance<'a>],
        addr: &AbsResource,
    ) -> Result<AbsProviderConfig, StateFileError> {
        let text = instances
            .iter()
            .flat_map(|i| &i.extra)
            .find(|(name, _)| name == "provider")
            .and_then(|(_, raw)| serde_json::from_str::<String>(raw.get()).ok())
            .ok_or_else(|| {
                StateFileError::new(
                    "Provider field missing state",
                    format!(
                        "Resource {addr} is missing a provider address, both on the resource and \
                         the resource instances."
                    ),
                )
            })?;
        Ok(self.provider(text, addr)?.whole())
    }

    /// Which instance of the resource's provider configuration an instance names.
    fn provider_key(
        &mut self,
        raw: &'a RawValue,
        addr: &AbsResource,
        resource: &ResourceState,
    ) -> Result<InstanceKey, StateFileError> {
        let text: String = serde_json::from_str(raw.get()).map_err(|e| {
            invalid(format!("Resource {addr} has an invalid provider address: {e}"))
        })?;
        let provider = self.provider(text, addr)?;
        if !provider.is_same(&resource.provider) {
            return Err(StateFileError::new(
                "Provider instance field conflict in state",
                format!(
                    "Resource {addr} has instances with different provider configurations: {} and \
                     {}.",
                    resource.provider,
                    provider.whole()
                ),
            ));
        }
        Ok(provider.key)
    }

    fn instance(
        &mut self,
        mut wire: wire::Instance<'a>,
        addr: &AbsResource,
        resource: &mut ResourceState,
    ) -> Result<(), StateFileError> {
        let key = std::mem::take(&mut wire.key);
        let deposed = wire.deposed.take().filter(|d| !d.is_empty()).map(|d| DeposedKey(d.into()));
        let provider_key = match wire.extra.iter().position(|(name, _)| name == "provider") {
            Some(place) => self.provider_key(wire.extra.remove(place).1, addr, resource)?,
            None => InstanceKey::None,
        };
        let extra: Vec<_> = std::mem::take(&mut wire.extra)
            .into_iter()
            .map(|(name, raw)| Ok((name.into(), self.compact(raw, addr, &key)?)))
            .collect::<Result<_, StateFileError>>()?;
        let object = Arc::new(self.object(wire, addr, &key)?);
        let instance = resource.instances.entry(key.clone()).or_default();
        // There is one reference only: this map's.
        let instance: &mut Instance = Arc::make_mut(instance);
        instance.provider_key = provider_key;
        if !extra.is_empty() {
            instance.extra.insert(deposed.clone(), extra.into());
        }
        let earlier = match deposed {
            None => instance.current.replace(object).map(|_| String::new()),
            Some(deposed) => {
                check_deposed(&deposed, addr, &key)?;
                instance
                    .deposed
                    .insert(deposed.clone(), object)
                    .map(|_| format!(" deposed object {deposed:?}"))
            }
        };
        match earlier {
            None => Ok(()),
            Some(which) => Err(StateFileError::new(
                "Duplicate resource instance in state",
                format!(
                    "Instance {}{which} appears multiple times in the state file.",
                    addr.instance(key)
                ),
            )),
        }
    }

    fn object(
        &mut self,
        wire: wire::Instance<'a>,
        addr: &AbsResource,
        key: &InstanceKey,
    ) -> Result<Object, StateFileError> {
        let name = || addr.instance(key.clone());
        let attributes = match (wire.attributes, wire.attributes_flat) {
            (Some(raw), _) => {
                if !raw.get().starts_with('{') {
                    return Err(metadata(format!(
                        "Instance {} has attributes that are not a JSON object{}.",
                        name(),
                        self.place(raw)
                    )));
                }
                StoredAttributes::Json(self.compact(raw, addr, key)?)
            }
            (None, Some(flat)) => StoredAttributes::Flatmap(flat),
            (None, None) => StoredAttributes::Json(Arc::from(&b"{}"[..])),
        };
        let status = match wire.status.as_deref().unwrap_or_default() {
            "" => ObjectStatus::Ready,
            "tainted" => ObjectStatus::Tainted,
            other => {
                return Err(metadata(format!("Instance {} has invalid status {other:?}.", name())));
            }
        };
        let sensitive_paths = match wire.sensitive {
            Some(raw) => values::parse_paths(raw.get()).map_err(|e| {
                metadata(format!(
                    "Instance {} has invalid sensitive paths{}: {e}.",
                    name(),
                    self.place(raw)
                ))
            })?,
            None => Vec::new(),
        };
        let private = match wire.private.as_deref().unwrap_or_default() {
            "" => self.empty.get_or_insert_with(|| Arc::from([])).clone(),
            text => STANDARD.decode(text).map(Arc::from).map_err(|e| {
                metadata(format!("Instance {} has invalid private data: {e}.", name()))
            })?,
        };
        let dependencies = self
            .dependencies(wire.dependencies)
            .map_err(|e| metadata(format!("Instance {} has an invalid dependency: {e}", name())))?;
        Ok(Object {
            schema_version: wire.schema_version.unwrap_or(0),
            attributes,
            sensitive_paths,
            identity: wire
                .identity
                .map(|raw| {
                    let version = wire.identity_version.unwrap_or(0);
                    self.compact(raw, addr, key).map(|json| (json, version))
                })
                .transpose()?,
            private,
            status,
            dependencies,
            create_before_destroy: wire.create_before_destroy,
            skip_destroy: wire.skip_destroy,
        })
    }

    fn compact(
        &self,
        raw: &RawValue,
        addr: &AbsResource,
        key: &InstanceKey,
    ) -> Result<Arc<[u8]>, StateFileError> {
        compact(raw.get()).map(Arc::from).ok_or_else(|| {
            metadata(format!(
                "Instance {} has JSON that is nested too deep{}.",
                addr.instance(key.clone()),
                self.place(raw)
            ))
        })
    }

    fn dependencies(&mut self, raw: Option<&'a RawValue>) -> Result<Arc<[ConfigResource]>, String> {
        let text = raw.map_or("[]", RawValue::get);
        if let Some(list) = self.dependencies.get(text) {
            return Ok(list.clone());
        }
        let names: Vec<String> = serde_json::from_str(text).map_err(|e| e.to_string())?;
        let mut list = Vec::with_capacity(names.len());
        for name in names {
            let addr = match self.dependency.get(&name) {
                Some(addr) => addr.clone(),
                None => {
                    let addr =
                        parse::resource(&name).map_err(|e| format!("{name:?}: {e}"))?.config();
                    self.dependency.insert(name, addr.clone());
                    addr
                }
            };
            list.push(addr);
        }
        let list: Arc<[ConfigResource]> = list.into();
        self.dependencies.insert(text, list.clone());
        Ok(list)
    }

    /// Where in the file something is, for messages.
    fn place(&self, raw: &RawValue) -> String {
        let offset = (raw.get().as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        match self.text.get(..offset) {
            Some(before) => {
                let line = before.matches('\n').count() + 1;
                let column = before.len() - before.rfind('\n').map_or(0, |i| i + 1) + 1;
                format!(" (line {line}, column {column})")
            }
            None => String::new(),
        }
    }
}

fn check_deposed(
    deposed: &DeposedKey,
    addr: &AbsResource,
    key: &InstanceKey,
) -> Result<(), StateFileError> {
    if deposed.0.len() == 8 {
        return Ok(());
    }
    Err(metadata(format!(
        "Instance {} has an object with deposed key {deposed:?}, which is not correctly formatted.",
        addr.instance(key.clone())
    )))
}

fn metadata(detail: String) -> StateFileError {
    StateFileError::new("Invalid resource instance metadata in state", detail)
}

fn invalid(detail: String) -> StateFileError {
    StateFileError::new("Invalid resource in state", detail)
}

/// A kind of object that this version does not know is left out, as Terraform does: the next run
/// finds its checks' results anew.
fn check_result(wire: wire::CheckResult) -> Option<CheckResult> {
    let kind = match &*wire.object_kind {
        "resource" => CheckableKind::Resource,
        "output" => CheckableKind::OutputValue,
        "check" => CheckableKind::Check,
        "var" => CheckableKind::InputVariable,
        _ => return None,
    };
    let objects =
        wire.objects.unwrap_or_default().into_iter().map(|o| {
            (o.object_addr, check_status(&o.status), o.failure_messages.unwrap_or_default())
        });
    Some(CheckResult {
        kind,
        config_addr: wire.config_addr,
        status: check_status(&wire.status),
        objects: objects.collect(),
    })
}

fn check_status(text: &str) -> CheckStatus {
    match text {
        "pass" => CheckStatus::Pass,
        "fail" => CheckStatus::Fail,
        "error" => CheckStatus::Error,
        _ => CheckStatus::Unknown,
    }
}
