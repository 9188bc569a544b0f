//! The shape of the file, as the parser hands it on: attributes are still text.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use groma_addrs::InstanceKey;
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The whole file.
#[derive(Deserialize)]
pub(super) struct File<'a> {
    pub(super) version: Option<u64>,
    pub(super) terraform_version: Option<String>,
    pub(super) serial: Option<u64>,
    pub(super) lineage: Option<String>,
    #[serde(borrow)]
    pub(super) outputs: Option<BTreeMap<String, Output<'a>>>,
    #[serde(borrow)]
    pub(super) resources: Option<Vec<Resource<'a>>>,
    pub(super) check_results: Option<Vec<CheckResult>>,
}

/// A root output.
#[derive(Deserialize)]
pub(super) struct Output<'a> {
    #[serde(borrow)]
    pub(super) value: Option<&'a RawValue>,
    #[serde(borrow, rename = "type")]
    pub(super) ty: Option<&'a RawValue>,
    pub(super) sensitive: Option<bool>,
}

/// A resource.
#[derive(Deserialize)]
pub(super) struct Resource<'a> {
    pub(super) module: Option<String>,
    #[serde(borrow)]
    pub(super) mode: Cow<'a, str>,
    #[serde(rename = "type")]
    pub(super) ty: String,
    pub(super) name: String,
    pub(super) provider: Option<String>,
    #[serde(borrow)]
    pub(super) instances: Option<Vec<Instance<'a>>>,
}

/// An object of an instance.
#[derive(Default)]
pub(super) struct Instance<'a> {
    pub(super) key: InstanceKey,
    pub(super) status: Option<String>,
    pub(super) deposed: Option<String>,
    pub(super) schema_version: Option<i64>,
    pub(super) attributes: Option<&'a RawValue>,
    pub(super) attributes_flat: Option<BTreeMap<String, String>>,
    pub(super) sensitive: Option<&'a RawValue>,
    pub(super) private: Option<Cow<'a, str>>,
    pub(super) dependencies: Option<&'a RawValue>,
    pub(super) create_before_destroy: bool,
    pub(super) skip_destroy: bool,
    pub(super) identity: Option<&'a RawValue>,
    pub(super) identity_version: Option<i64>,
    /// What this format does not have, but another engine wrote.
    pub(super) extra: Vec<(String, &'a RawValue)>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Instance<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InstanceVisitor)
    }
}

struct InstanceVisitor;

impl<'de> Visitor<'de> for InstanceVisitor {
    type Value = Instance<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an instance object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut out = Instance::default();
        while let Some(Text(name)) = map.next_key()? {
            match &*name {
                "index_key" => out.key = index_key(map.next_value()?)?,
                "status" => out.status = map.next_value()?,
                "deposed" => out.deposed = map.next_value()?,
                "schema_version" => out.schema_version = map.next_value()?,
                "attributes" => out.attributes = map.next_value()?,
                "attributes_flat" => out.attributes_flat = map.next_value()?,
                "sensitive_attributes" => out.sensitive = map.next_value()?,
                "private" => out.private = map.next_value::<Option<Text<'de>>>()?.map(|t| t.0),
                "dependencies" => out.dependencies = map.next_value()?,
                "create_before_destroy" => {
                    out.create_before_destroy = map.next_value::<Option<bool>>()?.unwrap_or(false);
                }
                "skip_destroy" => {
                    out.skip_destroy = map.next_value::<Option<bool>>()?.unwrap_or(false);
                }
                "identity" => out.identity = map.next_value()?,
                "identity_schema_version" => out.identity_version = map.next_value()?,
                _ => out.extra.push((name.into_owned(), map.next_value()?)),
            }
        }
        Ok(out)
    }
}

/// A string that is borrowed where it has no escapes.
struct Text<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(text.to_owned())))
    }
}

fn index_key<E: Error>(raw: Option<&RawValue>) -> Result<InstanceKey, E> {
    let Some(raw) = raw else { return Ok(InstanceKey::None) };
    let raw_text = raw.get();
    if raw_text.starts_with('"') {
        let key: String = serde_json::from_str(raw_text).map_err(E::custom)?;
        return Ok(InstanceKey::String(key.into()));
    }
    if let Ok(index) = raw_text.parse::<i64>() {
        return Ok(InstanceKey::Int(index));
    }
    // Such as 1.0 or 1e3, which is a whole number too.
    match raw_text.parse::<f64>() {
        Ok(f) if f.fract() == 0.0 && f.abs() < 9e15 => Ok(InstanceKey::Int(f as i64)),
        _ => Err(E::custom(format!("{raw_text} is not an instance key"))),
    }
}

/// The result of one configuration object's checks.
#[derive(Deserialize)]
pub(super) struct CheckResult {
    pub(super) object_kind: String,
    pub(super) config_addr: String,
    pub(super) status: String,
    pub(super) objects: Option<Vec<CheckObject>>,
}

/// The result of one object's checks.
#[derive(Deserialize)]
pub(super) struct CheckObject {
    pub(super) object_addr: String,
    pub(super) status: String,
    pub(super) failure_messages: Option<Vec<String>>,
}
