//! What to do with a state that its backend does not take.

use std::path::{Path, PathBuf};

use groma_state::file::StateFile;

use crate::sealing::Sealing;
use crate::{BackendError, files};

/// The name of the file that such a state goes to.
pub const FILE_NAME: &str = "errored.tfstate";

/// Writes a state that could not be saved to `errored.tfstate` in this folder, from where `state
/// push` takes it, sealed as the state is. A file of that name from an earlier time stays, and another name is taken.
pub fn write(dir: &Path, file: &StateFile, sealing: &Sealing) -> Result<PathBuf, BackendError> {
    let mut path = dir.join(FILE_NAME);
    let mut n = 1u32;
    while path.exists() {
        path = dir.join(format!("errored.{n}.tfstate"));
        n += 1;
    }
    let bytes = sealing.seal_state(file)?;
    files::replace(&path, &bytes)?;
    Ok(path)
}
