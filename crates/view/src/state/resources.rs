//! The objects of a state.

use std::io;

use groma_addrs::{AbsResourceInstance, ResourceMode};
use groma_state::State;
use groma_value::Value;

use crate::diff::{Diff, Part, Show, by_type, object};
use crate::json::{StoredObject, by_module};
use crate::{RenderError, Schemas, Style};

/// Writes a whole state: all objects, and the output values.
pub fn write_state(
    out: &mut impl io::Write,
    state: &State,
    schemas: &dyn Schemas,
    style: Style,
) -> Result<(), RenderError> {
    if state.is_empty() {
        out.write_all(b"The state file is empty. No resources are represented.\n")?;
        return Ok(());
    }
    let mut is_first = true;
    for (_, objects) in by_module(state) {
        if !is_first {
            out.write_all(b"\n")?;
        }
        for stored in objects {
            if !std::mem::take(&mut is_first) {
                out.write_all(b"\n")?;
            }
            writeln!(out, "{}", object_text(&stored, schemas, style)?)?;
        }
    }
    if state.outputs.is_empty() {
        return Ok(());
    }
    out.write_all(b"\n\nOutputs:\n\n")?;
    for (name, output) in &state.outputs {
        writeln!(out, "{name} = {}", output_text(&output.value, output.sensitive, style))?;
    }
    Ok(())
}

/// Writes the objects of one instance; whether there is any.
pub fn write_resource(
    out: &mut impl io::Write,
    state: &State,
    addr: &AbsResourceInstance,
    schemas: &dyn Schemas,
    style: Style,
) -> Result<bool, RenderError> {
    let Some(instance) = state.instance(addr) else { return Ok(false) };
    let Some(resource) = state.resource(&addr.resource) else { return Ok(false) };
    let current = instance.current.iter().map(|object| (object, None));
    let deposed = instance.deposed.iter().map(|(key, object)| (object, Some(key)));
    let mut is_first = true;
    for (object, deposed) in current.chain(deposed) {
        if !std::mem::take(&mut is_first) {
            out.write_all(b"\n")?;
        }
        let stored = StoredObject { addr: addr.clone(), resource, object, deposed };
        writeln!(out, "{}", object_text(&stored, schemas, style)?)?;
    }
    Ok(!is_first)
}

/// An object with a comment that names it.
fn object_text(
    stored: &StoredObject<'_>,
    schemas: &dyn Schemas,
    style: Style,
) -> Result<String, RenderError> {
    let schema = stored.schema(schemas)?;
    let value = stored.decode(&schema)?;
    let addr = &stored.addr;
    let remark = match stored.deposed {
        Some(key) => format!(" (deposed object {key})"),
        None if stored.is_tainted() => " (tainted)".to_owned(),
        None => String::new(),
    };
    let resource = &addr.resource.resource;
    let kind = if resource.mode == ResourceMode::Managed { "resource" } else { "data" };
    let mut out = format!("# {addr}:{remark}\n{kind} \"{}\" \"{}\" ", resource.ty, resource.name);
    let part = Part::whole(&value, &value);
    object(&part, &schema.block).write(&mut out, 0, Show::state(style));
    Ok(out)
}

fn output_text(value: &Value, sensitive: bool, style: Style) -> String {
    let mut part = Part::whole(value, value);
    part.before = part.before.hidden(sensitive);
    part.after = part.after.hidden(sensitive);
    let ty = value.ty();
    let diff: Diff<'_> = by_type(&part, &ty);
    let mut out = String::new();
    diff.write(&mut out, 0, Show::state(style));
    out
}
