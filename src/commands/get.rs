//! `groma get`

use std::collections::BTreeMap;

use groma_config::ModuleManifest;
use groma_diag::{Diagnostic, Diagnostics};

use crate::args::BOOL;
use crate::configuration::load_tree;
use crate::exit::Exit;
use crate::session::Session;
use crate::ui::ViewArgs;
use crate::workspace;

/// Install the modules that the configuration calls
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Look for newer versions
    #[arg(long, value_name = BOOL)]
    update: bool,
    #[command(flatten)]
    pub(crate) view: ViewArgs,
}

/// Runs it.
pub(crate) fn run(args: Args, session: &Session) -> Result<Exit, Diagnostics> {
    let workspace = workspace::current(session)?;
    let loaded = load_tree(session, &workspace, &BTreeMap::new())?;
    let (config, warnings) = loaded.into_result()?;
    session.ui.warnings(warnings);
    super::init::record_modules(session, &config, args.update)?;
    Ok(Exit::Success)
}

/// Writes the list of modules.
pub(super) fn write_manifest(
    session: &Session,
    manifest: &ModuleManifest,
) -> Result<(), Diagnostics> {
    let path = session.settings.data_dir.join(ModuleManifest::PATH);
    let write = || {
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(&path, manifest.to_json())
    };
    write().map_err(|error: std::io::Error| {
        let detail =
            format!("The list of modules cannot be written to {}: {error}.", path.display());
        Diagnostic::error("Failed to update module manifest", detail).into()
    })
}
