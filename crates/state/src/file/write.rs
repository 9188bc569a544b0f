//! From the state in memory to the file.

use std::io::{self, Write};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use groma_addrs::{
    AbsProviderConfig, AbsResource, ConfigResource, DeposedKey, InstanceKey, ResourceMode,
};

use super::{StateFile, json, values};
use crate::state::Extra;
use crate::{
    CheckResult, CheckStatus, CheckableKind, Instance, Object, ObjectStatus, Output, ResourceState,
    StoredAttributes,
};

/// How much is gathered before it is handed to the writer.
const CHUNK: usize = 1 << 16;

pub(super) fn write(file: &StateFile, writer: impl Write) -> io::Result<()> {
    let mut out = Out { writer, buffer: Vec::with_capacity(CHUNK * 2), depth: 0, comma: false };
    out.open(b'{');
    out.key("version");
    out.raw(b"4");
    out.key("terraform_version");
    out.string(&file.terraform_version);
    out.key("serial");
    out.raw(file.serial.to_string().as_bytes());
    out.key("lineage");
    out.string(&file.lineage);
    out.key("outputs");
    out.open(b'{');
    for (name, output) in &file.state.outputs {
        out.key(name);
        out.output(output).map_err(|e| invalid(format!("output {name:?}: {e}")))?;
    }
    out.close(b'}');
    out.key("resources");
    out.open(b'[');
    for (addr, module, resource) in sorted(file) {
        out.resource(addr, &module, resource)?;
    }
    out.close(b']');
    out.key("check_results");
    out.check_results(&file.state.checks);
    out.close(b'}');
    out.buffer.push(b'\n');
    out.flush()?;
    out.writer.flush()
}

/// The resources in the order of their texts, which is not that of their addresses.
fn sorted(file: &StateFile) -> Vec<(&AbsResource, Arc<str>, &ResourceState)> {
    let mut list: Vec<(&AbsResource, Arc<str>, &ResourceState)> = Vec::new();
    for (addr, resource) in &file.state.resources {
        let module = match list.last() {
            Some((last, module, _)) if last.module == addr.module => module.clone(),
            _ => Arc::from(addr.module.to_string()),
        };
        if addr.resource.mode != ResourceMode::Ephemeral {
            list.push((addr, module, resource));
        }
    }
    // Modes are in the order of their names, as resources compare.
    list.sort_by(|(a, a_module, _), (b, b_module, _)| {
        a_module.cmp(b_module).then_with(|| a.resource.cmp(&b.resource))
    });
    list
}

/// What cannot be written at all; [`StateFile::check`] finds it before anything is overwritten.
fn invalid(detail: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, detail)
}

/// What has been written so far.
struct Out<W> {
    writer: W,
    buffer: Vec<u8>,
    depth: usize,
    /// Whether the next member of the open array or object follows another one.
    comma: bool,
}

impl<W: Write> Out<W> {
    fn flush(&mut self) -> io::Result<()> {
        self.writer.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }

    fn open(&mut self, bracket: u8) {
        self.buffer.push(bracket);
        self.depth += 1;
        self.comma = false;
    }

    fn close(&mut self, bracket: u8) {
        self.depth -= 1;
        if self.comma {
            json::line(self.depth, &mut self.buffer);
        }
        self.buffer.push(bracket);
        self.comma = true;
    }

    fn item(&mut self) {
        if self.comma {
            self.buffer.push(b',');
        }
        json::line(self.depth, &mut self.buffer);
    }

    fn key(&mut self, name: &str) {
        self.item();
        self.string(name);
        self.buffer.extend_from_slice(b": ");
    }

    fn string(&mut self, text: &str) {
        json::string(text, &mut self.buffer);
        self.comma = true;
    }

    fn raw(&mut self, text: &[u8]) {
        self.buffer.extend_from_slice(text);
        self.comma = true;
    }

    /// Compact JSON of any depth.
    fn json(&mut self, text: &[u8]) {
        json::indent(text, self.depth, &mut self.buffer);
        self.comma = true;
    }

    fn output(&mut self, output: &Output) -> Result<(), String> {
        let ty = output.value.ty();
        self.open(b'{');
        self.key("value");
        self.json(&values::to_json(&output.value, &ty)?);
        self.key("type");
        self.json(&values::type_to_json(&ty));
        if output.sensitive {
            self.key("sensitive");
            self.raw(b"true");
        }
        self.close(b'}');
        Ok(())
    }

    fn resource(
        &mut self,
        addr: &AbsResource,
        module: &str,
        resource: &ResourceState,
    ) -> io::Result<()> {
        self.item();
        self.open(b'{');
        if !module.is_empty() {
            self.key("module");
            self.string(module);
        }
        self.key("mode");
        self.string(match addr.resource.mode {
            ResourceMode::Data => "data",
            ResourceMode::Managed | ResourceMode::Ephemeral => "managed",
        });
        self.key("type");
        self.string(&addr.resource.ty);
        self.key("name");
        self.string(&addr.resource.name);
        let keyed = resource.instances.values().any(|i| i.provider_key != InstanceKey::None);
        if !keyed {
            self.key("provider");
            self.string(&resource.provider.to_string());
        }
        self.key("instances");
        self.open(b'[');
        for (key, instance) in &resource.instances {
            let provider = keyed.then(|| resource.provider_of(key));
            self.instance(key, instance, provider.as_ref())
                .map_err(|e| invalid(format!("{}: {e}", addr.instance(key.clone()))))?;
            if self.buffer.len() > CHUNK {
                self.flush()?;
            }
        }
        self.close(b']');
        self.close(b'}');
        Ok(())
    }

    /// `provider` is there where the instances of a resource have different ones.
    fn instance(
        &mut self,
        key: &InstanceKey,
        instance: &Instance,
        provider: Option<&AbsProviderConfig>,
    ) -> Result<(), String> {
        let extra = |deposed: Option<&DeposedKey>| -> &[Extra] {
            if instance.extra.is_empty() {
                return &[];
            }
            instance.extra.get(&deposed.cloned()).map_or(&[], |e| e)
        };
        if let Some(object) = &instance.current {
            self.object((key, None), object, provider, extra(None))?;
        }
        for (deposed, object) in &instance.deposed {
            self.object((key, Some(deposed)), object, provider, extra(Some(deposed)))?;
        }
        Ok(())
    }

    fn object(
        &mut self,
        (key, deposed): (&InstanceKey, Option<&DeposedKey>),
        object: &Object,
        provider: Option<&AbsProviderConfig>,
        extra: &[Extra],
    ) -> Result<(), String> {
        self.item();
        self.open(b'{');
        match key {
            // What stands for instances that are not known is never stored.
            InstanceKey::None | InstanceKey::Unknown => {}
            InstanceKey::Int(i) => {
                self.key("index_key");
                self.raw(i.to_string().as_bytes());
            }
            InstanceKey::String(s) => {
                self.key("index_key");
                self.string(s);
            }
        }
        if object.status == ObjectStatus::Tainted {
            self.key("status");
            self.string("tainted");
        }
        if let Some(deposed) = deposed {
            self.key("deposed");
            self.string(&deposed.0);
        }
        self.key("schema_version");
        self.raw(object.schema_version.to_string().as_bytes());
        self.attributes(&object.attributes);
        self.key("sensitive_attributes");
        self.json(&values::paths_to_json(&object.sensitive_paths)?);
        if let Some((identity, version)) = &object.identity {
            self.key("identity_schema_version");
            self.raw(version.to_string().as_bytes());
            self.key("identity");
            self.json(identity);
        }
        if !object.private.is_empty() {
            self.key("private");
            self.string(&STANDARD.encode(&object.private));
        }
        self.dependencies(&object.dependencies);
        if object.create_before_destroy {
            self.key("create_before_destroy");
            self.raw(b"true");
        }
        if object.skip_destroy {
            self.key("skip_destroy");
            self.raw(b"true");
        }
        if let Some(provider) = provider {
            self.key("provider");
            self.string(&provider.to_string());
        }
        for (name, value) in extra {
            self.key(name);
            self.json(value);
        }
        self.close(b'}');
        Ok(())
    }

    fn attributes(&mut self, attributes: &StoredAttributes) {
        match attributes {
            StoredAttributes::Json(text) => {
                self.key("attributes");
                self.json(text);
            }
            StoredAttributes::Flatmap(flat) => {
                if flat.is_empty() {
                    return;
                }
                self.key("attributes_flat");
                self.open(b'{');
                for (name, value) in flat {
                    self.key(name);
                    self.string(value);
                }
                self.close(b'}');
            }
        }
    }

    fn dependencies(&mut self, dependencies: &[ConfigResource]) {
        if dependencies.is_empty() {
            return;
        }
        self.key("dependencies");
        self.open(b'[');
        for dependency in dependencies {
            self.item();
            self.string(&dependency.to_string());
        }
        self.close(b']');
    }

    fn check_results(&mut self, results: &[CheckResult]) {
        if results.is_empty() {
            return self.raw(b"null");
        }
        self.open(b'[');
        for result in results {
            self.item();
            self.open(b'{');
            self.key("object_kind");
            self.string(kind(result.kind));
            self.key("config_addr");
            self.string(&result.config_addr);
            self.key("status");
            self.string(status(result.status));
            self.key("objects");
            self.check_objects(&result.objects);
            self.close(b'}');
        }
        self.close(b']');
    }

    fn check_objects(&mut self, objects: &[(String, CheckStatus, Vec<String>)]) {
        if objects.is_empty() {
            return self.raw(b"null");
        }
        self.open(b'[');
        for (addr, result, messages) in objects {
            self.item();
            self.open(b'{');
            self.key("object_addr");
            self.string(addr);
            self.key("status");
            self.string(status(*result));
            if !messages.is_empty() {
                self.key("failure_messages");
                self.open(b'[');
                for message in messages {
                    self.item();
                    self.string(message);
                }
                self.close(b']');
            }
            self.close(b'}');
        }
        self.close(b']');
    }
}

fn kind(kind: CheckableKind) -> &'static str {
    match kind {
        CheckableKind::Resource => "resource",
        CheckableKind::OutputValue => "output",
        CheckableKind::Check => "check",
        CheckableKind::InputVariable => "var",
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
