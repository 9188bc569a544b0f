//! The files that functions of the language may read.

use std::io;
use std::path::PathBuf;

use groma_lang::{FileAccess, FileKind};

/// The files of this machine; relative paths are those of the working directory.
#[derive(Clone, Debug)]
pub(crate) struct WorkingDirectory {
    home: Option<PathBuf>,
}

impl WorkingDirectory {
    /// With this home folder.
    pub(crate) fn new(home: Option<PathBuf>) -> WorkingDirectory {
        WorkingDirectory { home }
    }
}

impl FileAccess for WorkingDirectory {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }

    fn kind(&self, path: &str) -> io::Result<FileKind> {
        let kind = std::fs::metadata(path)?.file_type();
        Ok(match () {
            () if kind.is_file() => FileKind::File,
            () if kind.is_dir() => FileKind::Directory,
            () => FileKind::Other,
        })
    }

    fn list(&self, path: &str) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(path)? {
            // A name that is not text cannot be a value of the language.
            names.extend(entry?.file_name().into_string());
        }
        Ok(names)
    }

    fn base_dir(&self) -> String {
        let dir = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"));
        dir.to_string_lossy().into_owned()
    }

    fn home_dir(&self) -> Option<String> {
        self.home.as_ref().map(|home| home.to_string_lossy().into_owned())
    }
}
