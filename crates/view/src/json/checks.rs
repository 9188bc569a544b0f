//! The results of checks.

use groma_addrs::parse::{self, Part};
use groma_addrs::{InstanceKey, ModuleInstance};
use groma_state::{CheckResult, CheckStatus, CheckableKind};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::change::mode;
use super::values::Key;

/// All results, in the order of their addresses' texts.
pub(super) struct ChecksJson<'a>(pub(super) &'a [CheckResult]);

impl Serialize for ChecksJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut sorted: Vec<&CheckResult> = self.0.iter().collect();
        sorted.sort_by(|a, b| a.config_addr.cmp(&b.config_addr));
        serializer.collect_seq(sorted.into_iter().map(Check))
    }
}

fn status(status: CheckStatus) -> &'static str {
    match status {
        CheckStatus::Unknown => "unknown",
        CheckStatus::Pass => "pass",
        CheckStatus::Fail => "fail",
        CheckStatus::Error => "error",
    }
}

struct Check<'a>(&'a CheckResult);

impl Serialize for Check<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("address", &ConfigAddress(self.0))?;
        map.serialize_entry("status", status(self.0.status))?;
        if !self.0.objects.is_empty() {
            map.serialize_entry("instances", &Instances(self.0))?;
        }
        map.end()
    }
}

/// The address in the configuration.
struct ConfigAddress<'a>(&'a CheckResult);

impl Serialize for ConfigAddress<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let CheckResult { kind, config_addr, .. } = self.0;
        let kind_name = match kind {
            CheckableKind::Resource => "resource",
            CheckableKind::OutputValue => "output_value",
            CheckableKind::Check => "check",
            CheckableKind::InputVariable => "var",
        };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", kind_name)?;
        let resource = match kind {
            CheckableKind::Resource => parse::resource(config_addr).ok(),
            _ => None,
        };
        if let Some(resource) = &resource {
            map.serialize_entry("mode", mode(resource.resource.mode))?;
        }
        let parts = parse::split(config_addr).unwrap_or_default();
        let module = module_of(&parts);
        if !module.is_empty() {
            map.serialize_entry("module", &module)?;
        }
        if let Some(Part::Name(name)) = parts.last() {
            map.serialize_entry("name", &**name)?;
        }
        map.serialize_entry("to_display", config_addr)?;
        if let Some(resource) = &resource {
            map.serialize_entry("type", &*resource.resource.ty)?;
        }
        map.end()
    }
}

/// The text of the module, or module instance, at the beginning of an address.
fn module_of(parts: &[Part]) -> String {
    let mut text = String::new();
    let mut rest = parts;
    while let [Part::Name(word), Part::Name(name), after @ ..] = rest
        && &**word == "module"
    {
        if !text.is_empty() {
            text.push('.');
        }
        text.push_str("module.");
        text.push_str(name);
        rest = after;
        if let [Part::Key(key), after @ ..] = rest {
            text.push_str(&key.to_string());
            rest = after;
        }
    }
    text
}

struct Instances<'a>(&'a CheckResult);

impl Serialize for Instances<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut sorted: Vec<_> = self.0.objects.iter().collect();
        sorted.sort_by(|a, b| a.0.cmp(&b.0));
        let is_resource = self.0.kind == CheckableKind::Resource;
        serializer.collect_seq(sorted.into_iter().map(|(addr, status, messages)| Instance {
            addr,
            is_resource,
            status: *status,
            messages,
        }))
    }
}

struct Instance<'a> {
    addr: &'a str,
    is_resource: bool,
    status: CheckStatus,
    messages: &'a [String],
}

impl Serialize for Instance<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let addr = InstanceAddress { addr: self.addr, is_resource: self.is_resource };
        map.serialize_entry("address", &addr)?;
        map.serialize_entry("status", status(self.status))?;
        if !self.messages.is_empty() {
            let mut sorted: Vec<&str> = self.messages.iter().map(|m| &**m).collect();
            sorted.sort_unstable();
            let problems: Vec<_> =
                sorted.into_iter().map(|m| serde_json::json!({ "message": m })).collect();
            map.serialize_entry("problems", &problems)?;
        }
        map.end()
    }
}

struct InstanceAddress<'a> {
    addr: &'a str,
    is_resource: bool,
}

impl Serialize for InstanceAddress<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let (module, key) = match self.is_resource {
            true => match parse::resource_instance(self.addr) {
                Ok(addr) => (addr.resource.module.to_string(), addr.key),
                Err(_) => (String::new(), InstanceKey::None),
            },
            false => {
                let parts = parse::split(self.addr).unwrap_or_default();
                (module_of(&parts), InstanceKey::None)
            }
        };
        if key != InstanceKey::None {
            map.serialize_entry("instance_key", &Key(&key))?;
        }
        if module != ModuleInstance::root().to_string() {
            map.serialize_entry("module", &module)?;
        }
        map.serialize_entry("to_display", self.addr)?;
        map.end()
    }
}
