//! Which workspace is meant.

use groma_backend::workspace;
use groma_diag::{Diagnostic, Diagnostics};

use crate::session::Session;

/// The current workspace: what the environment says, else what was last selected.
pub(crate) fn current(session: &Session) -> Result<String, Diagnostics> {
    match &session.settings.workspace {
        Some(name) => {
            if !workspace::is_valid_name(name) {
                let detail = format!(
                    "The workspace name {name:?} is not allowed. The name must contain only URL \
                     safe characters, and no path separators. It is set by the environment \
                     variable TF_WORKSPACE."
                );
                return Err(Diagnostic::error("Invalid workspace name", detail).into());
            }
            Ok(name.clone())
        }
        None => Ok(workspace::selected(&session.settings.data_dir)?),
    }
}

/// An error where the environment keeps the workspace from being changed.
pub(crate) fn check_not_overridden(session: &Session) -> Result<(), Diagnostics> {
    match session.settings.workspace {
        None => Ok(()),
        Some(_) => Err(Diagnostic::error(
            "Workspace is overridden",
            "The selected workspace is currently overridden using the TF_WORKSPACE environment variable.\n\nTo select a new workspace, either update this environment variable or unset it and then run this command again.",
        )
        .into()),
    }
}
