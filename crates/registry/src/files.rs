//! Putting files and folders in place whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

static COUNTER: AtomicU64 = AtomicU64::new(0);

/// A name beside `path` that no other process or thread uses.
pub(crate) fn sibling(path: &Path) -> PathBuf {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let n = COUNTER.fetch_add(1, Ordering::Relaxed);
    path.with_file_name(format!(".{name}.tmp-{}-{n}", std::process::id()))
}

/// Replaces a file by way of a temporary one beside it.
pub(crate) fn write_atomically(path: &Path, content: &[u8]) -> io::Result<()> {
    let temporary = sibling(path);
    let written = File::create_new(&temporary).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()
    });
    let result = written.and_then(|()| fs::rename(&temporary, path));
    if result.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    result
}

/// Removes whatever stands at a path, and never what a link there points to.
pub(crate) fn remove_any(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Puts a finished folder or link in the place of whatever stands there.
pub(crate) fn replace(staged: &Path, target: &Path) -> io::Result<()> {
    let old = sibling(target);
    match fs::rename(target, &old) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let result = fs::rename(staged, target);
    if result.is_err() {
        // Better the old package than none; the error that matters is the first.
        let _ = fs::rename(&old, target);
    }
    let _ = remove_any(&old);
    result
}

/// Copies whatever stands at a path: links as links, folders with all that is in them.
pub(crate) fn copy_tree(source: &Path, target: &Path) -> io::Result<()> {
    let mut open = vec![(source.to_owned(), target.to_owned())];
    while let Some((from, to)) = open.pop() {
        let kind = fs::symlink_metadata(&from)?.file_type();
        if kind.is_symlink() {
            copy_link(&from, &to)?;
        } else if kind.is_dir() {
            fs::create_dir(&to)?;
            for entry in fs::read_dir(&from)? {
                let name = entry?.file_name();
                open.push((from.join(&name), to.join(&name)));
            }
        } else if kind.is_file() {
            fs::copy(&from, &to)?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn copy_link(from: &Path, to: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(fs::read_link(from)?, to)
}

#[cfg(windows)]
fn copy_link(from: &Path, to: &Path) -> io::Result<()> {
    let target = fs::read_link(from)?;
    match fs::metadata(from).is_ok_and(|metadata| metadata.is_dir()) {
        true => std::os::windows::fs::symlink_dir(target, to),
        false => std::os::windows::fs::symlink_file(target, to),
    }
}

/// A path that is removed when it goes out of scope, unless it has been moved away.
pub(crate) struct Staged(PathBuf);

impl Staged {
    /// Prepares a place beside `target`, whose parents are created.
    pub(crate) fn beside(target: &Path) -> io::Result<Staged> {
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        Ok(Staged(sibling(target)))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        let _ = remove_any(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_replaces_the_file_and_leaves_nothing_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        write_atomically(&path, b"one").unwrap();
        write_atomically(&path, b"two").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn removing_a_link_spares_what_it_points_to() {
        let dir = tempfile::tempdir().unwrap();
        let real = dir.path().join("real");
        fs::create_dir(&real).unwrap();
        fs::write(real.join("f"), "x").unwrap();
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(&real, &link).unwrap();
        remove_any(&link).unwrap();
        assert!(!link.exists() && real.join("f").exists());
        remove_any(&link).unwrap();

        let staged = Staged::beside(&link).unwrap();
        fs::create_dir(staged.path()).unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        replace(staged.path(), &link).unwrap();
        assert!(real.join("f").exists() && !link.join("f").exists());
    }
}
