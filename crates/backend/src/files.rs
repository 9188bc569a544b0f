//! Files that hold secrets and must never be half-written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::BackendError;

/// The content of a file; `None` if there is no such file.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, BackendError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(failed("read", path, &e)),
    }
}

/// Puts a file with this content in the place of an earlier one, all of it or nothing, readable
/// for its owner only. Makes the folders that it needs.
pub(crate) fn replace(path: &Path, content: &[u8]) -> Result<(), BackendError> {
    try_replace(path, content).map_err(|e| failed("write", path, &e))
}

fn try_replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let parent = parent(path);
    fs::create_dir_all(&parent)?;
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(format!(".{}.tmp", std::process::id()));
    let temporary = PathBuf::from(temporary);
    let result = write_new(&temporary, content).and_then(|()| fs::rename(&temporary, path));
    if result.is_err() {
        // The first error is the one to tell; a temporary file that stays is no loss.
        let _ = fs::remove_file(&temporary);
        return result;
    }
    sync_dir(&parent);
    Ok(())
}

fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = private().write(true).create(true).truncate(true).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// Options for a file that only its owner may read if it is made.
pub(crate) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

/// The folder that a file is in.
pub(crate) fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        Some(p) if !p.as_os_str().is_empty() => p.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Makes a change of a folder's entries last through a power cut, where the system can do that.
pub(crate) fn sync_dir(dir: &Path) {
    if let Ok(dir) = File::open(dir) {
        let _ = dir.sync_all();
    }
}

/// Removes a file if it is there.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

/// An error of the file system.
pub(crate) fn failed(what: &str, path: &Path, error: &io::Error) -> BackendError {
    BackendError::new(
        format!("Failed to {what} file"),
        format!(
            "Could not {what} {}: {error}. Check that the path is right, that this user may \
             {what} it, and that the disk is not full.",
            path.display()
        ),
    )
}
