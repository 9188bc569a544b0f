//! The folder that an archive is unpacked into, and what may be written there.

use std::fs::{self, File};
use std::io::{self, Read, Write as _};
use std::path::{Component, Path, PathBuf};

use super::Limits;
use crate::hash::invalid;

/// A folder that fills. Symbolic links are made last, so that nothing is ever written through one.
pub(super) struct Tree {
    root: PathBuf,
    limits: Limits,
    entries: usize,
    bytes: u64,
    links: Vec<Link>,
}

struct Link {
    name: String,
    path: PathBuf,
    target: PathBuf,
}

impl Tree {
    pub(super) fn create(root: &Path, limits: Limits) -> io::Result<Tree> {
        fs::create_dir_all(root)?;
        let root = root.canonicalize()?;
        Ok(Tree { root, limits, entries: 0, bytes: 0, links: Vec::new() })
    }

    /// Counts an entry, and says where it belongs; `None` for the folder itself.
    fn place(&mut self, name: &str) -> io::Result<Option<PathBuf>> {
        self.entries += 1;
        if self.entries > self.limits.entries {
            let most = self.limits.entries;
            return Err(invalid(format!("the archive has more than {most} entries")));
        }
        let relative = relative(name)?;
        Ok((!relative.as_os_str().is_empty()).then(|| self.root.join(relative)))
    }

    pub(super) fn directory(&mut self, name: &str) -> io::Result<()> {
        match self.place(name)? {
            Some(path) => fs::create_dir_all(path),
            None => Ok(()),
        }
    }

    /// Writes a file. One that is there already is replaced, as tar has it.
    pub(super) fn file(
        &mut self,
        name: &str,
        mode: Option<u32>,
        content: &mut dyn Read,
    ) -> io::Result<()> {
        let Some(path) = self.place(name)? else {
            return Err(invalid(format!("the archive's entry {name:?} has no name")));
        };
        let mut file = self.open(&path)?;
        let mut buffer = vec![0; 64 << 10];
        loop {
            let n = match content.read(&mut buffer) {
                Ok(0) => break,
                Ok(n) => n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            self.count(n as u64)?;
            file.write_all(&buffer[..n])?;
        }
        set_mode(&path, mode)
    }

    fn open(&self, path: &Path) -> io::Result<File> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        File::create_new(path)
    }

    fn count(&mut self, bytes: u64) -> io::Result<()> {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > self.limits.bytes {
            let most = self.limits.bytes;
            return Err(invalid(format!("the archive holds more than {most} bytes")));
        }
        Ok(())
    }

    /// A further name for a file that has been written: a copy.
    pub(super) fn hard_link(&mut self, name: &str, target: &str) -> io::Result<()> {
        let (Some(path), Ok(target_path)) = (self.place(name)?, relative(target)) else {
            return Err(leads_out(name, target));
        };
        let target_path = self.root.join(target_path);
        if target_path == path {
            return Ok(());
        }
        let metadata = fs::symlink_metadata(&target_path).map_err(|_| {
            invalid(format!(
                "the archive's entry {name:?} is a link to {target:?}, which is not there"
            ))
        })?;
        if !metadata.is_file() {
            return Err(invalid(format!(
                "the archive's entry {name:?} is a link to {target:?}, which is no file"
            )));
        }
        self.count(metadata.len())?;
        drop(self.open(&path)?);
        fs::copy(&target_path, &path).map(|_| ())
    }

    /// Notes a symbolic link. It must stay within the folder by its text already.
    pub(super) fn symbolic_link(&mut self, name: &str, target: &str) -> io::Result<()> {
        let Some(path) = self.place(name)? else {
            return Err(invalid(format!("the archive's entry {name:?} has no name")));
        };
        let mut depth = path.components().count() - self.root.components().count() - 1;
        for part in Path::new(target).components() {
            match part {
                Component::Normal(_) => depth += 1,
                Component::CurDir => {}
                Component::ParentDir if depth > 0 => depth -= 1,
                _ => return Err(leads_out(name, target)),
            }
        }
        self.links.push(Link { name: name.to_owned(), path, target: target.into() });
        Ok(())
    }

    /// Makes the links, and sees whether all of them end within the folder.
    pub(super) fn finish(self) -> io::Result<()> {
        for link in &self.links {
            drop(self.open(&link.path)?);
            fs::remove_file(&link.path)?;
            symlink(&link.target, &link.path)?;
        }
        for link in &self.links {
            match link.path.canonicalize() {
                Ok(end) if end.starts_with(&self.root) => {}
                Ok(_) => return Err(leads_out(&link.name, &link.target.display().to_string())),
                // Nobody can follow it now, and later it might lead anywhere.
                Err(error) => {
                    tracing::debug!(name = %link.name, %error, "a link that leads nowhere is left out");
                    fs::remove_file(&link.path)?;
                }
            }
        }
        Ok(())
    }
}

fn leads_out(name: &str, target: &str) -> io::Error {
    invalid(format!("the archive's entry {name:?} is a link to {target:?}, which is elsewhere"))
}

/// The path of an entry below the folder; empty for the folder itself.
fn relative(name: &str) -> io::Result<PathBuf> {
    let refuse = || invalid(format!("the archive's entry {name:?} would be written elsewhere"));
    // A backslash separates folders on Windows only; a name that means two things is refused.
    if name.contains(['\\', '\0']) {
        return Err(refuse());
    }
    let mut path = PathBuf::new();
    for part in Path::new(name).components() {
        match part {
            Component::Normal(part) => path.push(part),
            Component::CurDir => {}
            _ => return Err(refuse()),
        }
    }
    Ok(path)
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: Option<u32>) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = mode.filter(|mode| mode & 0o777 != 0).unwrap_or(0o644);
    fs::set_permissions(path, fs::Permissions::from_mode((mode & 0o755) | 0o600))
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: Option<u32>) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn symlink(target: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

#[cfg(windows)]
fn symlink(target: &Path, link: &Path) -> io::Result<()> {
    std::os::windows::fs::symlink_file(target, link)
}
