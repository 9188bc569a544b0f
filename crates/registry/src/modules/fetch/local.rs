//! Packages that are on this machine already.

use std::path::Path;

use url::Url;

use super::{Arguments, FetchError, unpack_checked};
use crate::modules::installer::blocking;

/// Puts a link to a folder in place, or unpacks an archive.
pub(super) async fn fetch(url: &Url, into: &Path) -> Result<(), FetchError> {
    let mut url = url.clone();
    let Arguments { archive, checksum } = Arguments::take(&mut url)?;
    let path = url
        .to_file_path()
        .map_err(|()| FetchError::Other(format!("{url} is not the URL of a file")))?;
    let into = into.to_owned();
    match archive.filter(|_| path.is_file()) {
        Some(format) => unpack_checked(path, format, checksum, into).await,
        None => {
            let work = move || {
                if !std::fs::metadata(&path)?.is_dir() {
                    return Err(crate::hash::invalid("source path must be a directory".into()));
                }
                link(&path, &into)
            };
            blocking(work).await.map_err(FetchError::Other)
        }
    }
}

#[cfg(unix)]
fn link(path: &Path, into: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(path, into)
}

#[cfg(windows)]
fn link(path: &Path, into: &Path) -> std::io::Result<()> {
    std::os::windows::fs::symlink_dir(path, into).or_else(|_| crate::files::copy_tree(path, into))
}
