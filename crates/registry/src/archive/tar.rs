//! Tar archives.

use std::io::{self, Read};

use ::tar::{Archive, EntryType};

use super::tree::Tree;
use crate::hash::invalid;

pub(super) fn unpack(stream: impl Read, tree: &mut Tree) -> io::Result<()> {
    let mut archive = Archive::new(stream);
    for entry in archive.entries()? {
        let mut entry = entry?;
        let name = text(&entry.path_bytes())?;
        let target = entry.link_name_bytes().map(|bytes| text(&bytes)).transpose()?;
        match (entry.header().entry_type(), target) {
            (EntryType::Regular | EntryType::Continuous, _) if name.ends_with('/') => {
                tree.directory(&name)?;
            }
            (EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse, _) => {
                let mode = entry.header().mode().ok();
                tree.file(&name, mode, &mut entry)?;
            }
            (EntryType::Directory, _) => tree.directory(&name)?,
            (EntryType::Symlink, Some(target)) => tree.symbolic_link(&name, &target)?,
            (EntryType::Link, Some(target)) => tree.hard_link(&name, &target)?,
            // What git writes about the commit, and the like.
            (EntryType::XGlobalHeader | EntryType::XHeader, _) => {}
            _ => {
                return Err(invalid(format!(
                    "the archive's entry {name:?} is neither file nor folder"
                )));
            }
        }
    }
    Ok(())
}

fn text(bytes: &[u8]) -> io::Result<String> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| invalid("the archive has a name that is not UTF-8".into()))?;
    Ok(text.to_owned())
}
