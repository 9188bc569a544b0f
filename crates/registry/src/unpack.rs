//! Bringing a package to where it is used: links, copies and archives.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write};
use std::path::{Component, Path, PathBuf};

use sha2::{Digest, Sha256};
use zip::ZipArchive;
use zip::read::ZipFile;

use crate::files::{Staged, replace};
use crate::hash::{FileDigest, FilesHasher, PackageHash, invalid, package_files};

/// Puts a link to a folder in the place of `target`, or a copy of the folder where the file system
/// knows no links.
pub(crate) fn link_or_copy(source: &Path, target: &Path) -> io::Result<()> {
    let source = std::path::absolute(source)?;
    if let (Ok(from), Ok(to)) = (source.canonicalize(), target.canonicalize())
        && from == to
        && !target.is_symlink()
    {
        return Err(invalid(format!("{} cannot be installed over itself", source.display())));
    }
    let staged = Staged::beside(target)?;
    if let Err(error) = symlink_dir(&source, staged.path()) {
        tracing::debug!(%error, "no symbolic link can be made, copying the package");
        copy_dir(&source, staged.path())?;
    }
    replace(staged.path(), target)
}

#[cfg(unix)]
fn symlink_dir(source: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(source, link)
}

#[cfg(windows)]
fn symlink_dir(source: &Path, link: &Path) -> io::Result<()> {
    std::os::windows::fs::symlink_dir(source, link)
}

fn copy_dir(source: &Path, target: &Path) -> io::Result<()> {
    fs::create_dir_all(target)?;
    for file in package_files(source)? {
        let to = target.join(&file.name);
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::copy(&file.path, &to)?;
    }
    Ok(())
}

/// An archive that has been unpacked beside where it is to go.
pub(crate) struct Unpacked {
    staged: Staged,
    /// The checksum of what was unpacked.
    pub(crate) hash: PackageHash,
}

impl Unpacked {
    /// Puts the package in the place of `target`.
    pub(crate) fn move_to(self, target: &Path) -> io::Result<()> {
        replace(self.staged.path(), target)
    }
}

/// More files than any package has: an archive with more is not one.
const MAX_ENTRIES: usize = 100_000;

/// Unpacks an archive beside `target`, hashing what it writes.
pub(crate) fn unpack_beside(archive: &Path, target: &Path) -> io::Result<Unpacked> {
    let mut archive = ZipArchive::new(BufReader::with_capacity(256 << 10, File::open(archive)?))?;
    if archive.len() > MAX_ENTRIES {
        return Err(invalid("the archive has too many files".into()));
    }
    let staged = Staged::beside(target)?;
    fs::create_dir(staged.path())?;
    let mut hasher = FilesHasher::default();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index)?;
        let name = entry.name()?.into_owned();
        let relative = safe_path(&name)?;
        let path = staged.path().join(relative);
        if entry.is_symlink() {
            return Err(invalid(format!("the archive's entry {name:?} is a symbolic link")));
        }
        if entry.is_dir() {
            fs::create_dir_all(&path)?;
            continue;
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let digest = write_entry(&mut entry, &path)?;
        set_mode(&path, mode(&entry, &path))?;
        hasher.add(name, digest);
    }
    Ok(Unpacked { staged, hash: hasher.finish() })
}

/// The path of an archive's entry, which must stay within the package.
fn safe_path(name: &str) -> io::Result<PathBuf> {
    let refuse = || invalid(format!("the archive's entry {name:?} would be written elsewhere"));
    // A backslash separates folders on Windows only; a name that means two things is refused.
    if name.contains(['\\', '\0', '\n']) || name.contains("//") {
        return Err(refuse());
    }
    let path = PathBuf::from(name);
    let inside = path.components().all(|part| matches!(part, Component::Normal(_)));
    if inside && !name.is_empty() { Ok(path) } else { Err(refuse()) }
}

fn write_entry<R: Read + ?Sized>(
    entry: &mut ZipFile<'_, R>,
    path: &Path,
) -> io::Result<FileDigest> {
    // Two entries of one name, or of names that the file system takes for one, are no package.
    let mut file = File::create_new(path)?;
    let declared = entry.size();
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 256 << 10];
    let mut written = 0u64;
    loop {
        let n = match entry.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        written += n as u64;
        if written > declared {
            return Err(invalid(format!("{} is larger than the archive says", path.display())));
        }
        hasher.update(&buffer[..n]);
        file.write_all(&buffer[..n])?;
    }
    Ok(hasher.finalize().into())
}

/// The permissions of an unpacked file. Archives made where there are none do not say which file
/// is the executable.
fn mode<R: Read + ?Sized>(entry: &ZipFile<'_, R>, path: &Path) -> u32 {
    let plugin = path
        .file_name()
        .and_then(|name| name.to_str())
        .is_some_and(|name| name.starts_with("terraform-provider-"));
    match entry.unix_mode() {
        Some(mode) if mode & 0o777 != 0 => (mode & 0o755) | 0o600,
        _ if plugin => 0o755,
        _ => 0o644,
    }
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::zip_of;

    #[test]
    fn unpacking_gives_the_files_and_the_hash_of_the_folder() {
        let dir = tempfile::tempdir().unwrap();
        let archive = dir.path().join("p.zip");
        zip_of(
            &archive,
            &[
                ("sub/", "", 0o755),
                ("terraform-provider-foo", "run", 0o755),
                ("sub/doc", "d", 0o644),
            ],
        );
        let target = dir.path().join("a/b/target");
        let unpacked = unpack_beside(&archive, &target).unwrap();
        let hash = unpacked.hash.clone();
        unpacked.move_to(&target).unwrap();
        assert_eq!(PackageHash::of_dir(&target).unwrap(), hash);
        assert_eq!(fs::read_to_string(target.join("sub/doc")).unwrap(), "d");
        assert_eq!(fs::read_dir(target.parent().unwrap()).unwrap().count(), 1, "no leftovers");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode =
                |name: &str| fs::metadata(target.join(name)).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode("terraform-provider-foo"), mode("sub/doc")), (0o755, 0o644));
        }
    }

    #[test]
    fn entries_that_leave_the_package_are_refused() {
        for name in ["../evil", "/evil", "a/../../evil", "a\\..\\evil", "./a", "a//b", "C:\\x"] {
            let dir = tempfile::tempdir().unwrap();
            let archive = dir.path().join("p.zip");
            zip_of(&archive, &[(name, "x", 0o644)]);
            let result = unpack_beside(&archive, &dir.path().join("in/target"));
            assert!(result.is_err(), "{name}");
            assert!(!dir.path().join("evil").exists() && !dir.path().join("in/evil").exists());
            let left = fs::read_dir(dir.path().join("in")).map_or(0, Iterator::count);
            assert_eq!(left, 0, "{name} left something behind");
        }
    }

    #[test]
    fn what_is_no_archive_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let archive = dir.path().join("p.zip");
        fs::write(&archive, "not a zip").unwrap();
        assert!(unpack_beside(&archive, &dir.path().join("t")).is_err());
    }

    #[test]
    fn a_package_is_linked_to_and_replaces_what_was_there() {
        let dir = tempfile::tempdir().unwrap();
        let source = dir.path().join("source");
        fs::create_dir(&source).unwrap();
        fs::write(source.join("f"), "new").unwrap();
        let target = dir.path().join("x/target");
        fs::create_dir_all(&target).unwrap();
        fs::write(target.join("old"), "old").unwrap();
        link_or_copy(&source, &target).unwrap();
        assert_eq!(fs::read_to_string(target.join("f")).unwrap(), "new");
        assert!(!target.join("old").exists());
        link_or_copy(&source, &target).unwrap();
        assert!(link_or_copy(&source, &source).is_err());
        assert_eq!(fs::read_to_string(source.join("f")).unwrap(), "new");

        let copy = dir.path().join("copy");
        copy_dir(&target.canonicalize().unwrap(), &copy).unwrap();
        assert_eq!(PackageHash::of_dir(&copy).unwrap(), PackageHash::of_dir(&source).unwrap());
    }
}
