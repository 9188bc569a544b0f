//! Output values.

use std::collections::BTreeMap;
use std::io;

use groma_state::Output;
use groma_value::{Str, Value};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::Known;
use crate::RenderError;

/// An output value with its type.
pub(crate) struct OutputJson<'a> {
    pub(crate) sensitive: bool,
    /// The value, if it may be shown.
    pub(crate) value: Option<&'a Value>,
    /// Whether the type stands before the value.
    pub(crate) type_first: bool,
}

impl Serialize for OutputJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("sensitive", &self.sensitive)?;
        if let Some(value) = self.value {
            if self.type_first {
                map.serialize_entry("type", &value.ty())?;
            }
            map.serialize_entry("value", &Known(value))?;
            if !self.type_first {
                map.serialize_entry("type", &value.ty())?;
            }
        }
        map.end()
    }
}

/// All outputs of a state.
pub(super) struct StateOutputs<'a> {
    pub(super) outputs: &'a BTreeMap<Str, Output>,
    pub(super) type_first: bool,
}

impl Serialize for StateOutputs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.outputs.iter().map(|(name, output)| {
            let json = OutputJson {
                sensitive: output.sensitive,
                value: Some(&output.value),
                type_first: self.type_first,
            };
            (&**name, json)
        }))
    }
}

/// Writes all outputs of a state with their types, on many lines.
pub fn write_outputs(
    mut out: impl io::Write,
    outputs: &BTreeMap<Str, Output>,
) -> Result<(), RenderError> {
    super::write_pretty(&mut out, &StateOutputs { outputs, type_first: true })?;
    out.write_all(b"\n")?;
    Ok(())
}

/// Writes one output value, on one line.
pub fn write_output_value(mut out: impl io::Write, value: &Value) -> Result<(), RenderError> {
    super::write(&mut out, &Known(value))?;
    out.write_all(b"\n")?;
    Ok(())
}
