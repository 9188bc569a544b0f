//! Values without marks and without what is not known.

use std::fmt::Display;

use groma_addrs::InstanceKey;
use groma_value::{Kind, Number, Path, PathStep, Value};
use serde::ser::{Error, Serialize, SerializeMap, SerializeSeq, Serializer};

/// A value as it is known: unknown members of maps and objects are left out, unknown elements of
/// sequences are null. Marks do not count.
pub(crate) struct Known<'a>(pub(crate) &'a Value);

impl Serialize for Known<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.kind() {
            Kind::Null(_) | Kind::Unknown(_) => serializer.serialize_unit(),
            Kind::Bool(b) => serializer.serialize_bool(*b),
            Kind::String(s) => serializer.serialize_str(s),
            Kind::Number(Number::Int(i)) => serializer.serialize_i64(*i),
            Kind::Number(n) if n.is_infinite() => {
                Err(S::Error::custom("cannot serialize infinity as JSON"))
            }
            Kind::Number(n) => {
                serde_json::Number::from_string_unchecked(n.to_string()).serialize(serializer)
            }
            Kind::List(_) | Kind::Set(_) | Kind::Tuple(_) => {
                let items = self.0.as_sequence().unwrap_or_default();
                let mut seq = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    seq.serialize_element(&Known(item))?;
                }
                seq.end()
            }
            Kind::Map(_) | Kind::Object(_) => {
                let mut map = serializer.serialize_map(None)?;
                for (name, value) in self.0.as_entries().into_iter().flat_map(|e| e.iter()) {
                    if value.is_known() {
                        map.serialize_entry(&**name, &Known(value))?;
                    }
                }
                map.end()
            }
        }
    }
}

/// What has a text, as a string.
pub(super) struct Text<T>(pub(super) T);

impl<T: Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// An instance key; null for none.
pub(crate) struct Key<'a>(pub(crate) &'a InstanceKey);

impl Serialize for Key<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            InstanceKey::None | InstanceKey::Unknown => serializer.serialize_unit(),
            InstanceKey::Int(i) => serializer.serialize_i64(*i),
            InstanceKey::String(s) => serializer.serialize_str(s),
        }
    }
}

/// A path as a list of names and keys.
pub(super) struct PathJson<'a>(pub(super) &'a Path);

impl Serialize for PathJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.0.0.len()))?;
        for step in &self.0.0 {
            match step {
                PathStep::Attribute(name) => seq.serialize_element(&**name)?,
                PathStep::Index(key) => seq.serialize_element(&Known(key))?,
            }
        }
        seq.end()
    }
}
