//! `groma version`

use std::collections::BTreeMap;

use groma_diag::Diagnostics;
use groma_registry::Platform;
use groma_state::file::TERRAFORM_VERSION;

use crate::args::BOOL;
use crate::exit::Exit;
use crate::session::{Session, VERSION};
use crate::ui::ViewArgs;

/// Show the version of Groma and of the selected providers
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print JSON
    #[arg(long, value_name = BOOL)]
    json: bool,
    #[command(flatten)]
    pub(crate) view: ViewArgs,
}

/// Runs it.
pub(crate) fn run(args: Args, session: &Session) -> Result<Exit, Diagnostics> {
    let locks = session.locks()?;
    let platform = Platform::current().to_string();
    if args.json {
        let selections: BTreeMap<String, String> =
            locks.iter().map(|(p, lock)| (p.to_string(), lock.version.to_string())).collect();
        let data = serde_json::json!({
            "terraform_version": TERRAFORM_VERSION,
            "groma_version": VERSION,
            "platform": platform,
            "provider_selections": selections,
            "terraform_outdated": false,
        });
        session.ui.line(format!("{data:#}"));
        return Ok(Exit::Success);
    }
    session.ui.line(format!("Groma v{VERSION}\non {platform}"));
    for (provider, lock) in locks.iter() {
        session.ui.line(format!("+ provider {provider} v{}", lock.version));
    }
    Ok(Exit::Success)
}
