//! What all commands share.

use std::path::PathBuf;

use groma_addrs::version::Version;
use groma_diag::{Diagnostic, Diagnostics};
use groma_engine::{Interrupt, Urgency};
use groma_registry::{CliConfig, CliEnvironment, HttpClient, HttpSettings};
use groma_state::file::TERRAFORM_VERSION;

use crate::settings::Settings;
use crate::ui::Ui;
use crate::variables::VariableArgs;

/// Our own version.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A command's surroundings.
pub(crate) struct Session {
    /// Environment variables, home and start folder.
    pub(crate) environment: CliEnvironment,
    /// What the environment says.
    pub(crate) settings: Settings,
    /// `-var` and `-var-file`, where the command takes them.
    pub(crate) variables: VariableArgs,
    /// What the user has set for the machine.
    pub(crate) cli_config: CliConfig,
    /// The user's wish to stop.
    pub(crate) interrupt: Interrupt,
    /// Where output goes.
    pub(crate) ui: Ui,
}

impl Session {
    /// The version that configurations and providers are told: that of the Terraform whose
    /// language and formats we keep to.
    pub(crate) fn language_version(&self) -> Version {
        Version::parse(TERRAFORM_VERSION).unwrap_or_else(|_| Version::new(1, 11, 4))
    }

    /// Does something that there is no need to finish: it is dropped once the user wishes to stop.
    pub(crate) async fn interruptible<T>(
        &self,
        work: impl Future<Output = Result<T, Diagnostics>>,
    ) -> Result<T, Diagnostics> {
        tokio::select! {
            result = work => result,
            () = self.interrupt.reached(Urgency::Soon) => {
                let detail = "The command was interrupted before it had changed anything.";
                Err(Diagnostic::error("Operation interrupted", detail).into())
            }
        }
    }

    /// A client for registries and what else is on the network. Nothing is sent before it is used.
    pub(crate) fn http(&self) -> HttpClient {
        let agent = format!("Groma/{VERSION}");
        HttpClient::new(HttpSettings::new(&self.environment, agent))
    }

    /// The dependency lock file.
    pub(crate) fn lock_file(&self) -> PathBuf {
        PathBuf::from(groma_registry::LOCK_FILE_NAME)
    }

    /// Reads the dependency lock file.
    pub(crate) fn locks(&self) -> Result<groma_registry::Locks, Diagnostics> {
        let (locks, diagnostics) =
            self.ui.with_sources(|sources| groma_registry::Locks::load(&self.lock_file(), sources));
        diagnostics.into_result(locks).map(|(locks, warnings)| {
            self.ui.diagnostics(&warnings);
            locks
        })
    }
}
