//! `init -from-module`: a copy of a module as the beginning of a configuration.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use groma_addrs::PackageAddress;
use groma_config::ModuleSource;
use groma_diag::{Diagnostic, Diagnostics};
use groma_registry::{ModuleOrigin, ModuleWish};

use super::{event_line, installer, is_empty, pass};
use crate::session::Session;

/// The name that the package has while it is copied from.
const KEY: &str = "root";

/// Copies a module into the working directory, which must be empty.
pub(in crate::commands) async fn copy_from(
    session: &Session,
    source: &str,
) -> Result<(), Diagnostics> {
    let empty = is_empty(Path::new("."), &session.settings.data_dir);
    if !empty.map_err(|error| failed(format!("The working directory cannot be read: {error}.")))? {
        return Err(failed(
            "The working directory already contains files. The -from-module option requires an empty directory into which a copy of the referenced module will be placed.\n\nTo initialize the configuration already in this working directory, omit the -from-module option.".into(),
        ));
    }
    session.ui.line(session.ui.style().bold(format!("Copying configuration from {source:?}...")));
    let origin = origin(source)?;
    let wish = ModuleWish { key: KEY.into(), origin };
    let package = super::modules_dir(session).join(KEY);
    let silent = |event| tracing::debug!("{}", event_line(&event));
    let installed = installer(session).install(&wish, &silent).await;
    let installed = installed.map_err(|error| {
        let detail = format!("Could not download the module {source:?}: {error}.");
        Diagnostics::from(Diagnostic::error("Failed to download module", detail))
    })?;
    let copied = copy(&installed.dir, Path::new("."));
    // A link to a directory elsewhere is removed as a link.
    let _ = match fs::symlink_metadata(&package).is_ok_and(|m| m.is_dir()) {
        true => fs::remove_dir_all(&package),
        false => fs::remove_file(&package),
    };
    copied.map_err(|error| failed(format!("The module cannot be copied: {error}.")))?;
    session.ui.line("");
    Ok(())
}

fn failed(detail: String) -> Diagnostics {
    Diagnostic::error("Failed to copy source module", detail).into()
}

/// Where the module is. Relative paths are relative to the working directory.
fn origin(source: &str) -> Result<ModuleOrigin, Diagnostics> {
    let invalid = |why: String| {
        let detail = format!("Failed to parse module source address: {why}.");
        Diagnostics::from(Diagnostic::error("Invalid module source address", detail))
    };
    let parsed =
        ModuleSource::parse(source, false).map_err(|diagnostic| Diagnostics::from(diagnostic))?;
    if let Some(origin) = pass::origin(&parsed, None) {
        return Ok(origin);
    }
    let absolute = std::path::absolute(source).map_err(|error| invalid(error.to_string()))?;
    let real = absolute.canonicalize().unwrap_or(absolute);
    let address = PackageAddress::parse(&real.display().to_string());
    address.map(ModuleOrigin::Package).map_err(|error| invalid(error.to_string()))
}

/// Copies what is not hidden.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let mut open: Vec<(PathBuf, PathBuf)> = vec![(from.to_owned(), to.to_owned())];
    while let Some((from, to)) = open.pop() {
        fs::create_dir_all(&to)?;
        for entry in fs::read_dir(&from)? {
            let entry = entry?;
            let name = entry.file_name();
            if name.as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let (from, to) = (entry.path(), to.join(&name));
            match fs::metadata(&from) {
                Ok(metadata) if metadata.is_dir() && !entry.file_type()?.is_symlink() => {
                    open.push((from, to));
                }
                Ok(metadata) if metadata.is_file() => _ = fs::copy(&from, &to)?,
                // Links to folders may lead in a circle, and those to nothing lead nowhere.
                _ => tracing::debug!(path = %from.display(), "not copied"),
            }
        }
    }
    Ok(())
}
