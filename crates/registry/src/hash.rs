//! Checksums of packages.
//!
//! `h1:` is computed from the names and contents of a package's files and is the same for an
//! unpacked package and its archive. `zh:` is the SHA-256 of the archive itself, which registries
//! publish and which nothing but the archive can be checked against.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// How a checksum is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashScheme {
    /// `h1:`, over the files.
    Files,
    /// `zh:`, over the archive.
    Archive,
    /// One that this version does not know; it is kept and never matches.
    Unknown,
}

/// A checksum with its scheme in front, as lock files hold it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageHash(String);

impl PackageHash {
    /// Takes a text of the form `scheme:value`.
    pub fn parse(text: &str) -> Option<PackageHash> {
        text.find(':').filter(|colon| *colon > 0).map(|_| PackageHash(text.to_owned()))
    }

    /// How it is computed.
    pub fn scheme(&self) -> HashScheme {
        match self.0.split_once(':') {
            Some(("h1", _)) => HashScheme::Files,
            Some(("zh", _)) => HashScheme::Archive,
            _ => HashScheme::Unknown,
        }
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Computes the `h1:` checksum of an unpacked package.
    pub fn of_dir(dir: &Path) -> io::Result<PackageHash> {
        let mut hasher = FilesHasher::default();
        for file in package_files(&dir.canonicalize()?)? {
            hasher.add(file.name, sha256_of_file(&file.path)?);
        }
        Ok(hasher.finish())
    }

    /// Computes the `zh:` checksum of an archive.
    pub fn of_archive(archive: &Path) -> io::Result<PackageHash> {
        let digest = sha256_of_file(archive)?;
        Ok(PackageHash(format!("zh:{}", Hex(&digest))))
    }
}

impl fmt::Display for PackageHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The SHA-256 of one file.
pub(crate) type FileDigest = [u8; 32];

/// Collects the digests of a package's files into its `h1:` checksum.
#[derive(Default)]
pub(crate) struct FilesHasher {
    files: Vec<(String, FileDigest)>,
}

impl FilesHasher {
    pub(crate) fn add(&mut self, name: String, digest: FileDigest) {
        self.files.push((name, digest));
    }

    pub(crate) fn finish(mut self) -> PackageHash {
        self.files.sort();
        let mut whole = Sha256::new();
        for (name, digest) in &self.files {
            whole.update(format!("{}  {name}\n", Hex(digest)));
        }
        PackageHash(format!("h1:{}", STANDARD.encode(whole.finalize())))
    }
}

/// A file of an unpacked package.
pub(crate) struct PackageFile {
    /// Its path within the package, with slashes.
    pub(crate) name: String,
    pub(crate) path: PathBuf,
}

/// How deep a package's folders may be nested.
const MAX_DEPTH: usize = 64;

/// All files of an unpacked package, sorted by name.
pub(crate) fn package_files(dir: &Path) -> io::Result<Vec<PackageFile>> {
    let mut files = Vec::new();
    collect_files(dir, "", 0, &mut files)?;
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

fn collect_files(
    dir: &Path,
    prefix: &str,
    depth: usize,
    files: &mut Vec<PackageFile>,
) -> io::Result<()> {
    if depth > MAX_DEPTH {
        return Err(invalid(format!("{} is nested too deeply", dir.display())));
    }
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let file_name = entry.file_name();
        // A line break would make two different sets of files hash the same.
        let name = file_name.to_str().filter(|name| !name.contains('\n')).ok_or_else(|| {
            invalid(format!("{} has a file name that cannot be hashed", entry.path().display()))
        })?;
        let name = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            collect_files(&entry.path(), &format!("{name}/"), depth + 1, files)?;
        } else {
            files.push(PackageFile { name, path: entry.path() });
        }
    }
    Ok(())
}

pub(crate) fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

/// From this size on, reading goes on in another thread while this one hashes.
const READ_AHEAD_FROM: u64 = 8 << 20;
const CHUNK: usize = 1 << 20;
const CHUNKS_IN_FLIGHT: usize = 4;

pub(crate) fn sha256_of_file(path: &Path) -> io::Result<FileDigest> {
    let mut file = File::open(path)?;
    if file.metadata()?.len() >= READ_AHEAD_FROM {
        return sha256_reading_ahead(file);
    }
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        match read_retrying(&mut file, &mut buffer)? {
            0 => return Ok(hasher.finalize().into()),
            n => hasher.update(&buffer[..n]),
        }
    }
}

fn read_retrying(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match file.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

fn sha256_reading_ahead(mut file: File) -> io::Result<FileDigest> {
    std::thread::scope(|scope| {
        let (full, to_hash) = mpsc::sync_channel::<io::Result<(Vec<u8>, usize)>>(CHUNKS_IN_FLIGHT);
        let (used, empty) = mpsc::channel::<Vec<u8>>();
        for _ in 0..CHUNKS_IN_FLIGHT {
            // The receiver is alive: it is moved into the thread below.
            let _ = used.send(vec![0; CHUNK]);
        }
        scope.spawn(move || {
            while let Ok(mut buffer) = empty.recv() {
                let chunk = read_retrying(&mut file, &mut buffer).map(|n| (buffer, n));
                let last = !matches!(chunk, Ok((_, 1..)));
                if full.send(chunk).is_err() || last {
                    return;
                }
            }
        });
        let mut hasher = Sha256::new();
        for chunk in to_hash {
            let (buffer, n) = chunk?;
            if n == 0 {
                break;
            }
            hasher.update(&buffer[..n]);
            // The reader may have come to its end already and need no more buffers.
            let _ = used.send(buffer);
        }
        Ok(hasher.finalize().into())
    })
}

struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_hash_covers_names_and_contents() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("sub")).unwrap();
        fs::write(dir.path().join("b"), "two").unwrap();
        fs::write(dir.path().join("sub/a"), "one").unwrap();
        let first = PackageHash::of_dir(dir.path()).unwrap();
        // The lines of sha256sum over `b` and `sub/a`, hashed and encoded by other tools.
        assert_eq!(first.as_str(), "h1:srJC7GiYPGhrPNl4Y0bZBJ26QSqMrOryNGRgkQNkMxQ=");
        assert_eq!(first.scheme(), HashScheme::Files);
        fs::rename(dir.path().join("b"), dir.path().join("c")).unwrap();
        assert_ne!(PackageHash::of_dir(dir.path()).unwrap(), first);
    }

    #[test]
    fn an_empty_package_has_the_hash_of_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let hash = PackageHash::of_dir(dir.path()).unwrap();
        assert_eq!(hash.as_str(), "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }

    #[test]
    fn reading_ahead_gives_the_same_digest() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("large");
        let content: Vec<u8> = (0..READ_AHEAD_FROM + 12_345).map(|i| (i % 251) as u8).collect();
        fs::write(&path, &content).unwrap();
        let expected: FileDigest = Sha256::digest(&content).into();
        assert_eq!(sha256_of_file(&path).unwrap(), expected);
    }

    #[test]
    fn an_archive_hash_is_its_sha256() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.zip");
        fs::write(&path, "abc").unwrap();
        let hash = PackageHash::of_archive(&path).unwrap();
        assert_eq!(
            hash.as_str(),
            "zh:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(hash.scheme(), HashScheme::Archive);
    }

    #[test]
    fn hash_texts_need_a_scheme() {
        assert_eq!(PackageHash::parse("wat"), None);
        assert_eq!(PackageHash::parse(":x"), None);
        assert_eq!(PackageHash::parse("h9:x").unwrap().scheme(), HashScheme::Unknown);
    }
}
