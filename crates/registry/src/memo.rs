//! Remembering the checksums of packages that have not changed.
//!
//! Plugins are hundreds of megabytes, and every command has to know that they are what the lock
//! file names. A package whose files all have the identity, size and times that they had when it
//! was last hashed has the checksum that it had then: changing a file's content without changing
//! its inode change time takes the rights to replace the engine itself.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::files::write_atomically;
use crate::hash::{PackageHash, package_files};

/// The checksums of unpacked packages, kept in a file of the data directory.
#[derive(Debug)]
pub struct HashMemo {
    path: Option<PathBuf>,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    packages: BTreeMap<String, Entry>,
    changed: bool,
}

/// The file's layout. A file of another version is ignored and written anew.
#[derive(Serialize, Deserialize)]
struct MemoFile {
    version: u32,
    packages: BTreeMap<String, Entry>,
}

const FILE_VERSION: u32 = 1;
const FILE_NAME: &str = "groma-package-hashes.json";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    hash: String,
    files: Vec<Fingerprint>,
}

/// What tells whether a file is still the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Fingerprint {
    name: String,
    size: u64,
    device: u64,
    inode: u64,
    /// Nanoseconds since 1970.
    modified: i128,
    changed: i128,
}

impl HashMemo {
    /// A memo that forgets everything at the end.
    pub fn in_memory() -> HashMemo {
        HashMemo { path: None, inner: Mutex::default() }
    }

    /// The memo of a data directory (`.terraform`). One that is missing or unreadable is empty.
    pub fn open(data_dir: &Path) -> HashMemo {
        let path = data_dir.join(FILE_NAME);
        let packages = fs::read(&path)
            .ok()
            .and_then(|text| serde_json::from_slice::<MemoFile>(&text).ok())
            .filter(|file| file.version == FILE_VERSION)
            .map(|file| file.packages)
            .unwrap_or_default();
        HashMemo { path: Some(path), inner: Mutex::new(Inner { packages, changed: false }) }
    }

    /// The `h1:` checksum of an unpacked package, computed only if its files may have changed.
    pub fn hash_of_dir(&self, dir: &Path) -> io::Result<PackageHash> {
        let dir = dir.canonicalize()?;
        let before = fingerprints(&dir)?;
        let key = dir.to_string_lossy().into_owned();
        if let Some(known) = self.lock().packages.get(&key)
            && known.files == before
            && let Some(hash) = PackageHash::parse(&known.hash)
        {
            return Ok(hash);
        }
        let started = SystemTime::now();
        let hash = PackageHash::of_dir(&dir)?;
        let settled = before.iter().all(|file| file.settled_before(started));
        if settled && fingerprints(&dir)? == before {
            let entry = Entry { hash: hash.to_string(), files: before };
            let mut inner = self.lock();
            inner.packages.insert(key, entry);
            inner.changed = true;
        }
        Ok(hash)
    }

    /// Writes the memo if it has learnt anything.
    pub fn save(&self) -> io::Result<()> {
        let mut inner = self.lock();
        let Some(path) = self.path.as_ref().filter(|_| inner.changed) else { return Ok(()) };
        inner.packages.retain(|dir, _| Path::new(dir).is_dir());
        let file = MemoFile { version: FILE_VERSION, packages: inner.packages.clone() };
        let text = serde_json::to_vec(&file)?;
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        write_atomically(path, &text)?;
        inner.changed = false;
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        // Nothing is left half-changed where a holder panics.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn fingerprints(dir: &Path) -> io::Result<Vec<Fingerprint>> {
    package_files(dir)?
        .into_iter()
        .map(|file| {
            let metadata = fs::metadata(&file.path)?;
            Ok(Fingerprint::new(file.name, &metadata))
        })
        .collect()
}

impl Fingerprint {
    #[cfg(unix)]
    fn new(name: String, metadata: &fs::Metadata) -> Fingerprint {
        use std::os::unix::fs::MetadataExt as _;
        let nanoseconds = |s: i64, ns: i64| i128::from(s) * 1_000_000_000 + i128::from(ns);
        Fingerprint {
            name,
            size: metadata.len(),
            device: metadata.dev(),
            inode: metadata.ino(),
            modified: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            changed: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    #[cfg(not(unix))]
    fn new(name: String, metadata: &fs::Metadata) -> Fingerprint {
        let nanoseconds = |time: io::Result<SystemTime>| time.map_or(0, since_1970);
        Fingerprint {
            name,
            size: metadata.len(),
            device: 0,
            inode: 0,
            modified: nanoseconds(metadata.modified()),
            changed: nanoseconds(metadata.created()),
        }
    }

    /// Whether a later change is sure to give the file another time. File systems count time in
    /// steps: a change within the same step as the last one would not be seen.
    fn settled_before(&self, moment: SystemTime) -> bool {
        let latest = self.modified.max(self.changed);
        let coarse = latest % 1_000_000_000 == 0;
        let step = Duration::from_millis(if coarse { 2_000 } else { 50 });
        latest + i128::try_from(step.as_nanos()).unwrap_or(i128::MAX / 2) < since_1970(moment)
    }
}

fn since_1970(time: SystemTime) -> i128 {
    let nanoseconds = |d: Duration| i128::try_from(d.as_nanos()).unwrap_or(i128::MAX / 2);
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => nanoseconds(after),
        Err(before) => -nanoseconds(before.duration()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn old_package() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("plugin"), "one").unwrap();
        dir
    }

    /// Makes the memo believe that the package's files have been at rest for long.
    fn settle(dir: &Path) -> Vec<Fingerprint> {
        fingerprints(&dir.canonicalize().unwrap()).unwrap()
    }

    #[test]
    fn an_unchanged_package_is_not_hashed_again() {
        let package = old_package();
        let memo = HashMemo::in_memory();
        let key = package.path().canonicalize().unwrap().to_string_lossy().into_owned();
        let planted = Entry { hash: "h1:planted".into(), files: settle(package.path()) };
        memo.lock().packages.insert(key, planted);
        assert_eq!(memo.hash_of_dir(package.path()).unwrap().as_str(), "h1:planted");

        fs::write(package.path().join("plugin"), "other").unwrap();
        let real = PackageHash::of_dir(package.path()).unwrap();
        assert_eq!(memo.hash_of_dir(package.path()).unwrap(), real, "a changed file");
    }

    #[test]
    fn an_added_file_is_noticed() {
        let package = old_package();
        let memo = HashMemo::in_memory();
        let key = package.path().canonicalize().unwrap().to_string_lossy().into_owned();
        let planted = Entry { hash: "h1:planted".into(), files: settle(package.path()) };
        memo.lock().packages.insert(key, planted);
        fs::write(package.path().join("more"), "").unwrap();
        assert_ne!(memo.hash_of_dir(package.path()).unwrap().as_str(), "h1:planted");
    }

    #[test]
    fn files_that_have_just_been_written_are_not_trusted() {
        let now = SystemTime::now();
        let at = |age: Duration| Fingerprint {
            name: "x".into(),
            size: 0,
            device: 0,
            inode: 0,
            modified: since_1970(now - age) | 1,
            changed: 0,
        };
        assert!(!at(Duration::from_millis(1)).settled_before(now));
        assert!(at(Duration::from_secs(1)).settled_before(now));
        let coarse = Fingerprint {
            modified: since_1970(now) / 1_000_000_000 * 1_000_000_000,
            ..at(Duration::ZERO)
        };
        assert!(!coarse.settled_before(now));
    }

    #[test]
    fn the_memo_survives_in_its_file_and_drops_what_is_gone() {
        let data = tempfile::tempdir().unwrap();
        let package = old_package();
        let key = package.path().canonicalize().unwrap().to_string_lossy().into_owned();
        let memo = HashMemo::open(data.path());
        {
            let mut inner = memo.lock();
            let entry = Entry { hash: "h1:planted".into(), files: settle(package.path()) };
            inner.packages.insert(key, entry.clone());
            inner.packages.insert("/nowhere".into(), entry);
            inner.changed = true;
        }
        memo.save().unwrap();
        let again = HashMemo::open(data.path());
        assert_eq!(again.hash_of_dir(package.path()).unwrap().as_str(), "h1:planted");
        assert_eq!(again.lock().packages.len(), 1);

        fs::write(data.path().join(FILE_NAME), "garbage").unwrap();
        let reset = HashMemo::open(data.path());
        assert!(reset.lock().packages.is_empty());
    }
}
