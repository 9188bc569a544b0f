//! Values in a plan file: each goes as MessagePack beside the number of its type in a table, since
//! the objects of one resource type share one that may be large.

use std::collections::HashMap;

use groma_value::{Mark, Marks, Path, PathStep, Type, Value, json, msgpack};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::PlanFileError;

/// A value.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct WireValue {
    ty: u32,
    data: ByteBuf,
    marks: Vec<(WirePath, Vec<WireMark>)>,
}

pub(super) type WirePath = Vec<WireStep>;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum WireStep {
    Attribute(String),
    Index(Box<WireValue>),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum WireMark {
    Sensitive,
    Deprecated(String),
}

/// Collects the table of types.
#[derive(Default)]
pub(super) struct Encoder {
    numbers: HashMap<Type, u32>,
    types: Vec<ByteBuf>,
}

impl Encoder {
    /// The table, each type as JSON.
    pub(super) fn into_types(self) -> Vec<ByteBuf> {
        self.types
    }

    pub(super) fn value(&mut self, value: &Value) -> Result<WireValue, PlanFileError> {
        let (value, marks) = value.clone().unmark_deep_with_paths();
        let marks = marks
            .iter()
            .map(|(path, marks)| Ok((self.path(path)?, wire_marks(path, marks)?)))
            .collect::<Result<_, PlanFileError>>()?;
        let ty = value.ty();
        let data = msgpack::encode(&value, &ty)
            .map_err(|error| PlanFileError::Unstorable(error.to_string()))?;
        Ok(WireValue { ty: self.number(ty), data: data.into(), marks })
    }

    fn number(&mut self, ty: Type) -> u32 {
        if let Some(number) = self.numbers.get(&ty) {
            return *number;
        }
        let number = self.types.len() as u32;
        self.types.push(json::type_to_vec(&ty).into());
        self.numbers.insert(ty, number);
        number
    }

    pub(super) fn path(&mut self, path: &Path) -> Result<WirePath, PlanFileError> {
        path.0
            .iter()
            .map(|step| match step {
                PathStep::Attribute(name) => Ok(WireStep::Attribute(name.to_string())),
                PathStep::Index(key) => Ok(WireStep::Index(Box::new(self.value(key)?))),
            })
            .collect()
    }
}

fn wire_marks(path: &Path, marks: &Marks) -> Result<Vec<WireMark>, PlanFileError> {
    marks
        .iter()
        .map(|mark| match mark {
            Mark::Sensitive => Ok(WireMark::Sensitive),
            Mark::Deprecated(message) => Ok(WireMark::Deprecated(message.to_string())),
            Mark::Ephemeral => Err(PlanFileError::Unstorable(format!(
                "the value at {:?} is ephemeral",
                path.to_string()
            ))),
        })
        .collect()
}

/// Reads by the table of types.
pub(super) struct Decoder {
    types: Vec<Type>,
}

impl Decoder {
    pub(super) fn new(types: &[ByteBuf]) -> Result<Decoder, String> {
        let types = types.iter().map(|ty| json::type_from_slice(ty).map_err(|e| e.to_string()));
        Ok(Decoder { types: types.collect::<Result<_, _>>()? })
    }

    pub(super) fn value(&self, wire: &WireValue) -> Result<Value, String> {
        let ty = self.types.get(wire.ty as usize).ok_or("a value has a type that is missing")?;
        let value = msgpack::decode(&wire.data, ty).map_err(|e| e.to_string())?;
        if wire.marks.is_empty() {
            return Ok(value);
        }
        let marks = wire.marks.iter().map(|(path, marks)| {
            let marks = marks.iter().map(|mark| match mark {
                WireMark::Sensitive => Mark::Sensitive,
                WireMark::Deprecated(message) => Mark::Deprecated(message.as_str().into()),
            });
            Ok((self.path(path)?, marks.collect()))
        });
        Ok(value.mark_with_paths(&marks.collect::<Result<Vec<_>, String>>()?))
    }

    pub(super) fn path(&self, wire: &[WireStep]) -> Result<Path, String> {
        let steps = wire.iter().map(|step| match step {
            WireStep::Attribute(name) => Ok(PathStep::Attribute(name.as_str().into())),
            WireStep::Index(key) => Ok(PathStep::Index(self.value(key)?)),
        });
        steps.collect::<Result<_, String>>().map(Path)
    }
}
