//! Archives of modules: which kinds there are, and unpacking them where they can do no harm.
//!
//! An archive comes from somewhere and may be made by anybody. Whatever it holds stays within the
//! folder it is unpacked into, and is no more than the limits allow.

mod tar;
mod tree;
mod zip;

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use tree::Tree;

/// A kind of archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ArchiveFormat {
    Zip,
    Tar(Compression),
}

/// How a tar archive is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Gzip,
    Bzip2,
    Xz,
    Zstd,
}

/// What the kinds are called, by the endings of files and in the argument `archive`.
const NAMES: [(&str, ArchiveFormat); 12] = [
    ("zip", ArchiveFormat::Zip),
    ("tar", ArchiveFormat::Tar(Compression::None)),
    ("tar.gz", ArchiveFormat::Tar(Compression::Gzip)),
    ("tgz", ArchiveFormat::Tar(Compression::Gzip)),
    ("tar.bz2", ArchiveFormat::Tar(Compression::Bzip2)),
    ("tar.tbz2", ArchiveFormat::Tar(Compression::Bzip2)),
    ("tbz2", ArchiveFormat::Tar(Compression::Bzip2)),
    ("tar.xz", ArchiveFormat::Tar(Compression::Xz)),
    ("txz", ArchiveFormat::Tar(Compression::Xz)),
    ("tar.zst", ArchiveFormat::Tar(Compression::Zstd)),
    ("tar.zstd", ArchiveFormat::Tar(Compression::Zstd)),
    ("tzst", ArchiveFormat::Tar(Compression::Zstd)),
];

impl ArchiveFormat {
    /// The kind with this name.
    pub(crate) fn by_name(name: &str) -> Option<ArchiveFormat> {
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, format)| *format)
    }

    /// The kind that the ending of a path stands for.
    pub(crate) fn of_path(path: &str) -> Option<ArchiveFormat> {
        NAMES
            .iter()
            .find(|(name, _)| path.strip_suffix(name).is_some_and(|rest| rest.ends_with('.')))
            .map(|(_, format)| *format)
    }

    /// The kind that a file's first bytes show.
    pub(crate) fn of_content(file: &Path) -> io::Result<Option<ArchiveFormat>> {
        let mut start = Vec::new();
        File::open(file)?.take(512).read_to_end(&mut start)?;
        Ok(match &start[..] {
            [b'P', b'K', 3 | 5, 4 | 6, ..] => Some(ArchiveFormat::Zip),
            [0x1f, 0x8b, ..] => Some(ArchiveFormat::Tar(Compression::Gzip)),
            [b'B', b'Z', b'h', ..] => Some(ArchiveFormat::Tar(Compression::Bzip2)),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(ArchiveFormat::Tar(Compression::Xz)),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(ArchiveFormat::Tar(Compression::Zstd)),
            bytes if bytes.get(257..262) == Some(b"ustar") => {
                Some(ArchiveFormat::Tar(Compression::None))
            }
            _ => None,
        })
    }
}

/// How much an archive may hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Files, folders and links together.
    pub(crate) entries: usize,
    /// Bytes of all files together.
    pub(crate) bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { entries: 100_000, bytes: 2 << 30 }
    }
}

/// The memory that an archive's decompression may ask for, in KiB.
const XZ_MEMORY: u32 = 256 << 10;

/// Unpacks an archive into a folder, which is created. On failure what has been written stays for
/// the caller to remove.
pub(crate) fn unpack(
    archive: &Path,
    format: ArchiveFormat,
    into: &Path,
    limits: Limits,
) -> io::Result<()> {
    let file = BufReader::with_capacity(256 << 10, File::open(archive)?);
    let mut tree = Tree::create(into, limits)?;
    match format {
        ArchiveFormat::Zip => zip::unpack(file, &mut tree)?,
        ArchiveFormat::Tar(compression) => {
            // What is between the files counts as well: without a limit a stream of nothing else
            // would never end.
            let all = limits.bytes.saturating_add(limits.entries as u64 * 4096);
            tar::unpack(decompressed(file, compression)?.take(all), &mut tree)?;
        }
    }
    tree.finish()
}

fn decompressed(
    file: impl BufRead + 'static,
    compression: Compression,
) -> io::Result<Box<dyn Read>> {
    Ok(match compression {
        Compression::None => Box::new(file),
        Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(file)),
        Compression::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(file)),
        Compression::Xz => Box::new(lzma_rust2::XzReader::new_mem_limit(file, true, XZ_MEMORY)),
        Compression::Zstd => Box::new(
            ruzstd::decoding::StreamingDecoder::new(file)
                .map_err(|error| crate::hash::invalid(error.to_string()))?,
        ),
    })
}

#[cfg(test)]
mod tests;
