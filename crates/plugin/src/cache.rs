//! Schemas on disk: what a plugin answered once need not be asked again.
//!
//! A file holds the plugin's answers as they were and, before them, the place of each schema. Only
//! the index is read when it is opened. The file's name is made from the plugin's content hash, so
//! a file never has to be brought up to date; one that is damaged counts as absent.
//!
//! ```text
//! "GROMASCH"  format u32  protocol u32  capabilities u32  index length u32  index CRC-32 u32
//! data length u64  index  data
//! ```
//! with, for each schema, in the index: kind u8, length of the name u16, the name, offset into the
//! data u64, length u32, CRC-32 u32. All numbers are little-endian.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use groma_schema::ServerCapabilities;
use groma_value::Str;
use sha2::{Digest, Sha256};

use crate::handshake::Protocol;
use crate::index::{Index, Kind, Slot};

/// Where a plugin's schemas are kept between commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaCache {
    /// The directory, which is created when it is needed. Others may share it.
    pub directory: PathBuf,
    /// What identifies the plugin: something that changes with its content.
    pub key: String,
}

const MAGIC: &[u8; 8] = b"GROMASCH";
const FORMAT: u32 = 1;
const HEADER_BYTES: u64 = 36;
/// No index is larger: the index of a provider of 2,000 types takes 0.1 MB.
const MAX_INDEX_BYTES: u32 = 64 << 20;

/// What a file holds, but for the data.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) protocol: Protocol,
    pub(crate) capabilities: ServerCapabilities,
    pub(crate) index: Index,
}

/// A file whose index has been read.
#[derive(Debug)]
pub(crate) struct CacheFile {
    file: File,
    data_start: u64,
}

impl CacheFile {
    /// Reads one schema; `None` if it is damaged.
    pub(crate) fn read(&mut self, slot: Slot) -> io::Result<Option<Bytes>> {
        self.file.seek(SeekFrom::Start(self.data_start + slot.offset))?;
        let mut part = vec![0; slot.length as usize];
        self.file.read_exact(&mut part)?;
        Ok((crc32fast::hash(&part) == slot.checksum).then(|| part.into()))
    }
}

impl SchemaCache {
    /// The file, whether it is there or not.
    pub fn path(&self) -> PathBuf {
        let hash = Sha256::digest(self.key.as_bytes());
        let name: String = hash[..16].iter().map(|b| format!("{b:02x}")).collect();
        self.directory.join(format!("{name}.schema"))
    }

    /// Opens the file and reads its index, if it is there and sound.
    pub(crate) fn open(&self) -> Option<(Header, CacheFile)> {
        let path = self.path();
        match open(&path) {
            Ok(found) => Some(found),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "a cached schema is passed over");
                None
            }
        }
    }

    /// Writes the file, in one step as far as others can see. A failure costs time the next time
    /// and nothing else, so it is only logged.
    pub(crate) fn write(&self, header: &Header, data: &[&[u8]]) {
        if let Err(error) = self.try_write(header, data) {
            let path = self.path();
            tracing::warn!(path = %path.display(), %error, "a schema could not be cached");
        }
    }

    fn try_write(&self, header: &Header, data: &[&[u8]]) -> io::Result<()> {
        let index = encode_index(&header.index)?;
        let index_length =
            u32::try_from(index.len()).ok().filter(|length| *length <= MAX_INDEX_BYTES);
        let index_length = index_length.ok_or_else(|| invalid("its index is too large"))?;
        let data_length: usize = data.iter().map(|part| part.len()).sum();
        std::fs::create_dir_all(&self.directory)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.directory)?;
        file.write_all(MAGIC)?;
        for number in [
            FORMAT,
            header.protocol.version(),
            capability_bits(header.capabilities),
            index_length,
            crc32fast::hash(&index),
        ] {
            file.write_all(&number.to_le_bytes())?;
        }
        file.write_all(&(data_length as u64).to_le_bytes())?;
        file.write_all(&index)?;
        for part in data {
            file.write_all(part)?;
        }
        file.persist(self.path()).map_err(|e| e.error)?;
        Ok(())
    }

    /// Removes a file that turned out to be damaged.
    pub(crate) fn discard(&self) {
        // If it cannot be removed, the next command finds out again.
        let _ = std::fs::remove_file(self.path());
    }
}

fn open(path: &Path) -> io::Result<(Header, CacheFile)> {
    let mut file = File::open(path)?;
    let mut fixed = [0; HEADER_BYTES as usize];
    file.read_exact(&mut fixed)?;
    let (magic, mut numbers) = fixed.split_at(MAGIC.len());
    if magic != MAGIC || take_u32(&mut numbers)? != FORMAT {
        return Err(invalid("it is of another format"));
    }
    let protocol = Protocol::from_version(take_u32(&mut numbers)?);
    let protocol = protocol.ok_or_else(|| invalid("it is of another protocol"))?;
    let capabilities = capabilities_from_bits(take_u32(&mut numbers)?);
    let (index_length, checksum) = (take_u32(&mut numbers)?, take_u32(&mut numbers)?);
    let data_length = take_u64(&mut numbers)?;
    let data_start = HEADER_BYTES + u64::from(index_length);
    if index_length > MAX_INDEX_BYTES
        || data_start.checked_add(data_length) != Some(file.metadata()?.len())
    {
        return Err(invalid("it is not of the length that it says"));
    }
    let mut index = vec![0; index_length as usize];
    file.read_exact(&mut index)?;
    if crc32fast::hash(&index) != checksum {
        return Err(invalid("its index is damaged"));
    }
    let index = decode_index(&index, data_length)?;
    Ok((Header { protocol, capabilities, index }, CacheFile { file, data_start }))
}

fn invalid(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

fn encode_index(index: &Index) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    for (number, kind) in Kind::ALL.into_iter().enumerate() {
        for (name, slot) in index.of(kind) {
            let length =
                u16::try_from(name.len()).map_err(|_| invalid("a name in it is too long"))?;
            bytes.push(number as u8);
            bytes.extend_from_slice(&length.to_le_bytes());
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(&slot.offset.to_le_bytes());
            bytes.extend_from_slice(&slot.length.to_le_bytes());
            bytes.extend_from_slice(&slot.checksum.to_le_bytes());
        }
    }
    Ok(bytes)
}

fn decode_index(mut bytes: &[u8], data_length: u64) -> io::Result<Index> {
    let mut index = Index::default();
    while !bytes.is_empty() {
        let [number] = take(&mut bytes)?;
        let kind = Kind::ALL.get(usize::from(number));
        let kind = *kind.ok_or_else(|| invalid("its index has an unknown kind"))?;
        let length = usize::from(u16::from_le_bytes(take(&mut bytes)?));
        let (name, rest) =
            bytes.split_at_checked(length).ok_or_else(|| invalid("its index is cut off"))?;
        bytes = rest;
        let name = std::str::from_utf8(name).map_err(|_| invalid("a name in it is not UTF-8"))?;
        let slot = Slot {
            offset: take_u64(&mut bytes)?,
            length: take_u32(&mut bytes)?,
            checksum: take_u32(&mut bytes)?,
        };
        if slot.offset.checked_add(slot.length.into()).is_none_or(|end| end > data_length) {
            return Err(invalid("its index points beyond its end"));
        }
        index.insert(kind, Str::from(name), slot);
    }
    Ok(index)
}

fn take<const N: usize>(bytes: &mut &[u8]) -> io::Result<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk().ok_or_else(|| invalid("it is cut off"))?;
    *bytes = rest;
    Ok(*taken)
}

fn take_u32(bytes: &mut &[u8]) -> io::Result<u32> {
    Ok(u32::from_le_bytes(take(bytes)?))
}

fn take_u64(bytes: &mut &[u8]) -> io::Result<u64> {
    Ok(u64::from_le_bytes(take(bytes)?))
}

fn capability_bits(capabilities: ServerCapabilities) -> u32 {
    u32::from(capabilities.plan_destroy)
        | u32::from(capabilities.get_provider_schema_optional) << 1
        | u32::from(capabilities.move_resource_state) << 2
        | u32::from(capabilities.generate_resource_config) << 3
}

fn capabilities_from_bits(bits: u32) -> ServerCapabilities {
    ServerCapabilities {
        plan_destroy: bits & 1 != 0,
        get_provider_schema_optional: bits & 2 != 0,
        move_resource_state: bits & 4 != 0,
        generate_resource_config: bits & 8 != 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(data: &[u8]) -> Header {
        let mut index = Index::default();
        for (kind, name, range) in
            [(Kind::Provider, "", 0..3), (Kind::Resource, "x", 3..5), (Kind::Identity, "x", 5..5)]
        {
            let slot = Slot {
                offset: range.start as u64,
                length: range.len() as u32,
                checksum: crc32fast::hash(&data[range]),
            };
            index.insert(kind, name.into(), slot);
        }
        let capabilities = ServerCapabilities {
            get_provider_schema_optional: true,
            generate_resource_config: true,
            ..Default::default()
        };
        Header { protocol: Protocol::V5, capabilities, index }
    }

    fn written() -> (tempfile::TempDir, SchemaCache) {
        let directory = tempfile::tempdir().unwrap();
        let cache =
            SchemaCache { directory: directory.path().join("new"), key: "h1:abc/def=".into() };
        cache.write(&header(b"abcde"), &[b"abc", b"de"]);
        (directory, cache)
    }

    #[test]
    fn what_was_written_is_read() {
        let (_directory, cache) = written();
        let (read, mut file) = cache.open().unwrap();
        assert_eq!(read, header(b"abcde"));
        let slot = read.index.of(Kind::Resource)["x"];
        assert_eq!(file.read(slot).unwrap().unwrap(), "de");
        let other = SchemaCache { key: "other".into(), ..cache };
        assert!(other.open().is_none());
    }

    #[test]
    fn damage_is_noticed() {
        let (_directory, cache) = written();
        let sound = std::fs::read(cache.path()).unwrap();
        for end in 0..sound.len() {
            std::fs::write(cache.path(), &sound[..end]).unwrap();
            assert!(cache.open().is_none(), "cut off at {end}");
        }
        for position in 0..sound.len() {
            // The capabilities' bits all mean something.
            if (16..20).contains(&position) {
                continue;
            }
            let mut damaged = sound.clone();
            damaged[position] ^= 0x55;
            std::fs::write(cache.path(), &damaged).unwrap();
            let Some((header, mut file)) = cache.open() else { continue };
            let bad = Kind::ALL.iter().flat_map(|k| header.index.of(*k).values());
            let bad = bad.filter(|slot| file.read(**slot).unwrap().is_none()).count();
            assert_eq!(bad, 1, "changed at {position}");
        }
        cache.discard();
        assert!(!cache.path().exists());
    }
}
