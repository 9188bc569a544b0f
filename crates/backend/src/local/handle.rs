//! Open state files, and the locks on them.
//!
//! The system's record locks belong to the process: they do not keep two stores in one process
//! apart, and closing any handle of a file drops the lock that another handle of it holds. So each
//! file that is locked has one handle here, and whoever reads it in this process does so through
//! that handle.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::fs::{FlockOperation, fcntl_lock};

use crate::files;

/// Device and number of a file.
type FileId = (u64, u64);

static LOCKED: Mutex<BTreeMap<FileId, Arc<File>>> = Mutex::new(BTreeMap::new());

fn locked() -> MutexGuard<'static, BTreeMap<FileId, Arc<File>>> {
    LOCKED.lock().unwrap_or_else(PoisonError::into_inner)
}

fn id(metadata: &fs::Metadata) -> FileId {
    (metadata.dev(), metadata.ino())
}

/// The file that is locked in this process, if this path leads to one.
fn find(table: &BTreeMap<FileId, Arc<File>>, path: &Path) -> io::Result<Option<Arc<File>>> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(table.get(&id(&metadata)).cloned()),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

/// The content of a file; `None` if there is no such file.
pub(super) fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let table = locked();
    if let Some(file) = find(&table, path)? {
        return read_handle(&file).map(Some);
    }
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

fn read_handle(file: &File) -> io::Result<Vec<u8>> {
    let length = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
    let mut bytes = vec![0; length];
    file.read_exact_at(&mut bytes, 0)?;
    Ok(bytes)
}

/// Puts the content in the place of what is in the file, which stays the same file: whoever waits
/// for its lock waits for this very file.
pub(super) fn overwrite(path: &Path, content: &[u8]) -> io::Result<()> {
    let table = locked();
    match find(&table, path)? {
        Some(file) => overwrite_handle(&file, content),
        None => {
            fs::create_dir_all(files::parent(path))?;
            let file =
                files::private().read(true).write(true).create(true).truncate(false).open(path)?;
            overwrite_handle(&file, content)
        }
    }
}

fn overwrite_handle(file: &File, content: &[u8]) -> io::Result<()> {
    // Emptied first, so that what a crash leaves is never a mixture that could pass for a state.
    file.set_len(0)?;
    file.write_all_at(content, 0)?;
    file.sync_all()
}

/// A lock that this process holds.
#[derive(Debug)]
pub(super) struct FileLock {
    id: FileId,
    /// Whether the file was made for the lock.
    pub(super) created: bool,
}

impl FileLock {
    /// Locks a file, which is made if need be. `None` if somebody else has locked it.
    pub(super) fn take(path: &Path) -> io::Result<Option<FileLock>> {
        let mut table = locked();
        if find(&table, path)?.is_some() {
            return Ok(None);
        }
        fs::create_dir_all(files::parent(path))?;
        let created = !path.exists();
        let file =
            files::private().read(true).write(true).create(true).truncate(false).open(path)?;
        match fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::ACCESS) => return Ok(None),
            Err(e) => return Err(e.into()),
        }
        let id = id(&file.metadata()?);
        table.insert(id, Arc::new(file));
        Ok(Some(FileLock { id, created }))
    }

    /// Gives the lock back. A file that was made for it and never written goes again.
    pub(super) fn release(self, path: &Path) -> io::Result<()> {
        let mut table = locked();
        let Some(file) = table.remove(&self.id) else { return Ok(()) };
        if self.created && file.metadata()?.len() == 0 {
            files::remove(path)?;
        }
        fcntl_lock(&*file, FlockOperation::Unlock)?;
        Ok(())
    }
}
