//! Installing the providers that a configuration and its state need.

use std::collections::BTreeSet;
use std::path::PathBuf;

use groma_addrs::Provider;
use groma_config::Config;
use groma_diag::{Diagnostic, Diagnostics};
use groma_registry::{
    Authentication, HashMemo, InstallEvent, InstallRequest, Installation, LockFileChange,
    LockFileMode, Locks, NetworkSources, Platform, Sources, install, update_lock_file,
};
use groma_state::State;

use crate::providers::Required;
use crate::session::Session;
use crate::{native, providers};

/// What the user says about it.
pub(super) struct InstallWishes {
    /// `-plugin-dir`
    pub(super) plugin_dirs: Vec<PathBuf>,
    /// `-upgrade`
    pub(super) upgrade: bool,
    /// `-lockfile=readonly`
    pub(super) read_only: bool,
}

/// Installs what is needed, and brings the lock file up to date.
pub(super) async fn install_providers(
    session: &Session,
    config: &Config,
    state: &State,
    wishes: InstallWishes,
) -> Result<(), Diagnostics> {
    if let Some(warning) = session.cli_config.dev_overrides_warning(true) {
        session.ui.warnings(warning.into());
    }
    let previous = session.locks()?;
    let mode = match wishes.read_only {
        true => LockFileMode::ReadOnly,
        false => LockFileMode::Update,
    };
    let required = providers::required(Some(config), &[state]);
    let native::Choice { chosen, lines } =
        native::choose(session, config, state, &required, &previous).await;
    for line in lines {
        session.ui.line(line);
    }
    let natives = native::alone(&chosen).cloned().collect();
    let installation = fetch(session, required, natives, wishes, previous.clone()).await?;
    let (change, found) = update_lock_file(
        &session.lock_file(),
        &previous,
        &installation.locks,
        &installation.incomplete,
        mode,
    );
    if let Some(text) = lock_file_text(change) {
        session.ui.line(text);
    }
    let (_, warnings) = found.into_result(())?;
    session.ui.warnings(warnings);
    for line in native::settle(session, chosen, &installation.locks)? {
        session.ui.line(line);
    }
    Ok(())
}

/// Copies and hashes packages, which takes its time, on a thread of its own.
async fn fetch(
    session: &Session,
    required: Required,
    natives: BTreeSet<Provider>,
    wishes: InstallWishes,
    locks: Locks,
) -> Result<Installation, Diagnostics> {
    let attached = providers::attached(session)?;
    let overrides = session.cli_config.dev_overrides();
    let elsewhere: BTreeSet<_> =
        attached.into_keys().chain(overrides.into_keys()).chain(natives).collect();
    let sources = match &wishes.plugin_dirs[..] {
        [] => {
            let remote = remote_sources(session);
            Sources::from_config(&session.cli_config, &session.environment, &remote)
        }
        dirs => Sources::from_dirs(dirs),
    };
    let data_dir = session.settings.data_dir.clone();
    let plugin_cache = session.cli_config.plugin_cache();
    let ui = session.ui.clone();
    let work = move || {
        let request = InstallRequest {
            required: &required,
            locks: &locks,
            sources: &sources,
            data_dir: &data_dir,
            plugin_cache: plugin_cache.as_ref(),
            upgrade: wishes.upgrade,
            managed_elsewhere: &elsewhere,
            platform: &Platform::current(),
            memo: &HashMemo::open(&data_dir),
        };
        install(&request, &mut |event| ui.line(installed_line(&event)))
    };
    let (installation, found) = tokio::task::spawn_blocking(work).await.map_err(|error| {
        let detail = format!("The installation was broken off: {error}.");
        Diagnostic::error("Failed to install provider", detail)
    })?;
    let (installation, warnings) = found.into_result(installation)?;
    session.ui.warnings(warnings);
    Ok(installation)
}

/// The registries and mirrors on the network.
fn remote_sources(session: &Session) -> NetworkSources {
    NetworkSources::new(
        &session.cli_config,
        &session.environment,
        session.http(),
        session.language_version().to_string(),
    )
}

fn installed_line(event: &InstallEvent) -> String {
    match event {
        InstallEvent::BuiltIn { provider } => format!("- {provider} is built in to Groma"),
        InstallEvent::ReusingLocked { provider } => format!(
            "- Reusing previous version of {} from the dependency lock file",
            provider.for_display()
        ),
        InstallEvent::Finding { provider, constraints } if constraints.is_any() => {
            format!("- Finding latest version of {}...", provider.for_display())
        }
        InstallEvent::Finding { provider, constraints } => {
            format!("- Finding {} versions matching \"{constraints}\"...", provider.for_display())
        }
        InstallEvent::UsingInstalled { provider, version } => {
            format!("- Using previously-installed {} v{version}", provider.for_display())
        }
        InstallEvent::UsingCached { provider, version } => {
            format!("- Using {} v{version} from the shared cache directory", provider.for_display())
        }
        InstallEvent::Installing { provider, version } => {
            format!("- Installing {} v{version}...", provider.for_display())
        }
        InstallEvent::Installed { provider, version, authentication } => {
            let how = match authentication {
                Authentication::Unauthenticated => "unauthenticated".to_owned(),
                Authentication::VerifiedChecksum => "verified checksum".to_owned(),
                Authentication::Signed { by, key_id: None } => by.clone(),
                Authentication::Signed { by, key_id: Some(key) } => format!("{by}, key ID {key}"),
            };
            format!("- Installed {} v{version} ({how})", provider.for_display())
        }
    }
}

fn lock_file_text(change: LockFileChange) -> Option<&'static str> {
    match change {
        LockFileChange::Unchanged | LockFileChange::Suppressed => None,
        LockFileChange::Created => Some(
            "\nGroma has created a lock file .terraform.lock.hcl to record the provider\nselections it made above. Include this file in your version control repository\nso that Groma can guarantee to make the same selections by default when\nyou run \"groma init\" in the future.",
        ),
        LockFileChange::Changed => Some(
            "\nGroma has made some changes to the provider dependency selections recorded\nin the .terraform.lock.hcl file. Review those changes and commit them to your\nversion control system if they represent changes you intended to make.",
        ),
    }
}
