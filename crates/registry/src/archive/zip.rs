//! Zip archives.

use std::io::{self, Read, Seek};

use ::zip::ZipArchive;

use super::tree::Tree;
use crate::hash::invalid;

/// The longest target of a symbolic link.
const MAX_TARGET: u64 = 4096;

/// The bits of a mode that say what kind of file it is, and the kinds that there may be.
const KIND: u32 = 0o170_000;
const KINDS: [u32; 4] = [0, 0o100_000, 0o040_000, 0o120_000];

pub(super) fn unpack(file: impl Read + Seek, tree: &mut Tree) -> io::Result<()> {
    let mut archive = ZipArchive::new(file)?;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index)?;
        let name = entry.name()?.into_owned();
        let mode = entry.unix_mode();
        if mode.is_some_and(|mode| !KINDS.contains(&(mode & KIND))) {
            return Err(invalid(format!(
                "the archive's entry {name:?} is neither file nor folder"
            )));
        }
        if entry.is_dir() {
            tree.directory(&name)?;
        } else if entry.is_symlink() {
            let mut target = String::new();
            entry.by_ref().take(MAX_TARGET).read_to_string(&mut target)?;
            tree.symbolic_link(&name, &target)?;
        } else {
            tree.file(&name, mode, &mut entry)?;
        }
    }
    Ok(())
}
