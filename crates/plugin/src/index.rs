//! Where each schema stands in a plugin's answer.
//!
//! A large provider's schemas take megabytes, and a command needs a few of them. So the answer is
//! not decoded: its outermost fields are walked over, and the place of each schema is noted.

use std::collections::BTreeMap;

use bytes::Bytes;
use groma_protocol::tfplugin6 as wire;
use groma_value::Str;
use prost::Message as _;

/// What a schema is the schema of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The provider's own configuration; it has the empty name.
    Provider,
    /// A module's metadata for the provider; it has the empty name.
    ProviderMeta,
    /// A managed resource type.
    Resource,
    /// A data source.
    DataSource,
    /// An ephemeral resource type.
    Ephemeral,
    /// A type of list resources.
    List,
    /// A type of state stores.
    StateStore,
    /// A type of actions.
    Action,
    /// A function.
    Function,
    /// The identity of a managed resource type.
    Identity,
}

impl Kind {
    /// All of them, in the order of their numbers in cache files.
    pub(crate) const ALL: [Kind; 10] = [
        Kind::Provider,
        Kind::ProviderMeta,
        Kind::Resource,
        Kind::DataSource,
        Kind::Ephemeral,
        Kind::List,
        Kind::StateStore,
        Kind::Action,
        Kind::Function,
        Kind::Identity,
    ];
}

/// The place of a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    /// The first byte, counted over all answers.
    pub(crate) offset: u64,
    /// How many bytes.
    pub(crate) length: u32,
    /// Their CRC-32.
    pub(crate) checksum: u32,
}

/// The places of all schemas.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Index {
    slots: [BTreeMap<Str, Slot>; Kind::ALL.len()],
}

impl Index {
    /// All schemas of a kind.
    pub(crate) fn of(&self, kind: Kind) -> &BTreeMap<Str, Slot> {
        &self.slots[kind as usize]
    }

    /// Notes a schema.
    pub(crate) fn insert(&mut self, kind: Kind, name: Str, slot: Slot) {
        self.slots[kind as usize].insert(name, slot);
    }

    fn note(&mut self, kind: Kind, name: &str, whole: &[u8], part: &[u8], base: u64) {
        // The part is a subslice of the whole, so the addresses tell where it begins.
        let offset = part.as_ptr().addr().saturating_sub(whole.as_ptr().addr());
        let slot = Slot {
            offset: base + offset as u64,
            // A message is smaller than 4 GiB: 256 MiB are the limit.
            length: part.len() as u32,
            checksum: crc32fast::hash(part),
        };
        self.insert(kind, name.into(), slot);
    }
}

/// The answer is no protobuf message, or not the one it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not a valid protobuf message")]
pub(crate) struct Malformed;

impl From<prost::DecodeError> for Malformed {
    fn from(_: prost::DecodeError) -> Self {
        Malformed
    }
}

/// What an answer to GetProviderSchema holds beside the schemas.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    /// What the plugin can do.
    pub(crate) capabilities: Option<wire::ServerCapabilities>,
    /// What it has to tell.
    pub(crate) diagnostics: Vec<wire::Diagnostic>,
}

/// Walks over an answer to GetProviderSchema of either protocol: the outermost fields are the same.
pub(crate) fn walk_schemas(
    answer: &Bytes,
    base: u64,
    index: &mut Index,
) -> Result<Beside, Malformed> {
    let mut beside = Beside::default();
    let mut fields = Fields(answer);
    while let Some((number, part)) = fields.next()? {
        let kind = match number {
            1 => {
                index.note(Kind::Provider, "", answer, part, base);
                continue;
            }
            5 => {
                index.note(Kind::ProviderMeta, "", answer, part, base);
                continue;
            }
            4 => {
                beside.diagnostics.push(wire::Diagnostic::decode(part)?);
                continue;
            }
            6 => {
                beside.capabilities = Some(wire::ServerCapabilities::decode(part)?);
                continue;
            }
            2 => Kind::Resource,
            3 => Kind::DataSource,
            7 => Kind::Function,
            8 => Kind::Ephemeral,
            9 => Kind::List,
            10 => Kind::StateStore,
            11 => Kind::Action,
            _ => continue,
        };
        let (name, schema) = map_entry(part)?;
        index.note(kind, name, answer, schema, base);
    }
    Ok(beside)
}

/// Walks over an answer to GetResourceIdentitySchemas; gives its diagnostics.
pub(crate) fn walk_identities(
    answer: &Bytes,
    base: u64,
    index: &mut Index,
) -> Result<Vec<wire::Diagnostic>, Malformed> {
    let mut diagnostics = Vec::new();
    let mut fields = Fields(answer);
    while let Some((number, part)) = fields.next()? {
        match number {
            1 => {
                let (name, schema) = map_entry(part)?;
                index.note(Kind::Identity, name, answer, schema, base);
            }
            2 => diagnostics.push(wire::Diagnostic::decode(part)?),
            _ => {}
        }
    }
    Ok(diagnostics)
}

/// Key and value of a map's entry; what is left out is empty.
fn map_entry(entry: &[u8]) -> Result<(&str, &[u8]), Malformed> {
    let (mut key, mut value) = ("", &entry[entry.len()..]);
    let mut fields = Fields(entry);
    while let Some((number, part)) = fields.next()? {
        match number {
            1 => key = std::str::from_utf8(part).map_err(|_| Malformed)?,
            2 => value = part,
            _ => {}
        }
    }
    Ok((key, value))
}

/// The fields of a message that have a length; others are passed over.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn next(&mut self) -> Result<Option<(u64, &'a [u8])>, Malformed> {
        while !self.0.is_empty() {
            let tag = self.varint()?;
            match tag & 7 {
                0 => {
                    self.varint()?;
                }
                1 => {
                    self.take(8)?;
                }
                2 => {
                    let length = usize::try_from(self.varint()?).map_err(|_| Malformed)?;
                    return Ok(Some((tag >> 3, self.take(length)?)));
                }
                5 => {
                    self.take(4)?;
                }
                _ => return Err(Malformed),
            }
        }
        Ok(None)
    }

    fn varint(&mut self) -> Result<u64, Malformed> {
        let mut value = 0u64;
        for shift in (0..70).step_by(7) {
            let (byte, rest) = self.0.split_first().ok_or(Malformed)?;
            self.0 = rest;
            value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Malformed)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let (part, rest) = self.0.split_at_checked(length).ok_or(Malformed)?;
        self.0 = rest;
        Ok(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> wire::get_provider_schema::Response {
        let schema = |version| wire::Schema { version, block: None };
        wire::get_provider_schema::Response {
            provider: Some(schema(1)),
            provider_meta: Some(schema(2)),
            resource_schemas: [("a".to_owned(), schema(300)), ("b".to_owned(), schema(4))].into(),
            data_source_schemas: [("a".to_owned(), schema(5))].into(),
            // An empty message has no bytes.
            ephemeral_resource_schemas: [("e".to_owned(), schema(0))].into(),
            server_capabilities: Some(wire::ServerCapabilities {
                plan_destroy: true,
                ..Default::default()
            }),
            diagnostics: vec![wire::Diagnostic { summary: "s".into(), ..Default::default() }],
            ..Default::default()
        }
    }

    #[test]
    fn every_schema_is_found_where_it_is() {
        let encoded = Bytes::from(answer().encode_to_vec());
        let mut index = Index::default();
        let beside = walk_schemas(&encoded, 100, &mut index).unwrap();
        assert!(beside.capabilities.unwrap().plan_destroy);
        assert_eq!(beside.diagnostics.len(), 1);
        let version = |kind, name: &str| {
            let slot = index.of(kind)[name];
            let start = slot.offset as usize - 100;
            let part = &encoded[start..start + slot.length as usize];
            assert_eq!(crc32fast::hash(part), slot.checksum);
            wire::Schema::decode(part).unwrap().version
        };
        assert_eq!(version(Kind::Provider, ""), 1);
        assert_eq!(version(Kind::ProviderMeta, ""), 2);
        assert_eq!(version(Kind::Resource, "a"), 300);
        assert_eq!(version(Kind::Resource, "b"), 4);
        assert_eq!(version(Kind::DataSource, "a"), 5);
        assert_eq!(version(Kind::Ephemeral, "e"), 0);
        assert!(index.of(Kind::Function).is_empty());
    }

    #[test]
    fn no_prefix_of_an_answer_panics() {
        let encoded = Bytes::from(answer().encode_to_vec());
        let mut errors = 0;
        for end in 0..encoded.len() {
            let mut index = Index::default();
            errors += usize::from(walk_schemas(&encoded.slice(..end), 0, &mut index).is_err());
        }
        assert!(errors > encoded.len() / 2);
        for garbage in [&[0xffu8; 32][..], &[0x0b, 0x0b], &[0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]] {
            let garbage = Bytes::copy_from_slice(garbage);
            assert!(walk_schemas(&garbage, 0, &mut Index::default()).is_err());
        }
    }
}
