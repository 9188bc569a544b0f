//! What can go wrong with a plugin as a process, and how it is told.

use std::path::PathBuf;
use std::time::Duration;

use groma_diag::{Diagnostic, Diagnostics};
use tonic::{Code, Status};

use crate::handshake::{Address, HandshakeError};
use crate::process::Ended;

/// Why a plugin could not be started.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StartError {
    /// The program could not be run at all.
    #[error("{} could not be run: {reason}", program.display())]
    Spawn {
        /// The program.
        program: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The program ended before it had announced itself.
    #[error("{}{}", ended_early(program, status), what_was_written(.stderr))]
    EndedEarly {
        /// The program.
        program: PathBuf,
        /// How it ended.
        status: String,
        /// The last lines that it wrote to its standard error.
        stderr: Vec<String>,
    },
    /// The program did not announce itself in time.
    #[error("{}{}", hung(program, *.limit), what_was_written(.stderr))]
    Hung {
        /// The program.
        program: PathBuf,
        /// The time that it had.
        limit: Duration,
        /// The last lines that it wrote to its standard error.
        stderr: Vec<String>,
    },
    /// The line with which it announced itself is unusable.
    #[error("{}{}", not_understood(program, .source), what_was_written(.stderr))]
    Handshake {
        /// The program.
        program: PathBuf,
        /// What is wrong with it.
        source: HandshakeError,
        /// The last lines that it wrote to its standard error.
        stderr: Vec<String>,
    },
    /// Nothing answers where it says that it listens, or not as it should.
    #[error("connecting to the plugin at {address} failed: {reason}")]
    Connect {
        /// Where.
        address: Address,
        /// What went wrong.
        reason: String,
    },
    /// The means for TLS could not be made.
    #[error("preparing the encrypted connection to the plugin failed: {0}")]
    Tls(String),
    /// It has been closed.
    #[error("it has been closed already")]
    Closed,
}

fn ended_early(program: &std::path::Path, status: &str) -> String {
    format!(
        "{} ended ({status}) before it had announced itself as a plugin. It may not be a provider \
         plugin, or be built for another system, or have failed to start.",
        program.display()
    )
}

fn hung(program: &std::path::Path, limit: Duration) -> String {
    format!(
        "{} had not announced itself as a plugin after {} seconds and was stopped. It may not be a \
         provider plugin, or the machine may be overloaded.",
        program.display(),
        limit.as_secs_f32()
    )
}

fn not_understood(program: &std::path::Path, source: &HandshakeError) -> String {
    format!(
        "{} is not a plugin that can be used here: {source}. Make sure that it is a provider plugin \
         of a version that supports plugin protocol 5 or 6.",
        program.display()
    )
}

fn what_was_written(lines: &[String]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    format!("\n\nThe last that it wrote was:\n{}", indent(lines.iter().map(String::as_str)))
}

fn indent<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    lines.map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

impl StartError {
    /// The error as it is reported for the plugin called `name`.
    pub fn to_diagnostics(&self, name: &str) -> Diagnostics {
        let detail = format!("The plugin for provider {name} could not be started: {self}");
        Diagnostic::error("Failed to instantiate provider", detail).into()
    }
}

/// What is known of the plugin when a call failed.
pub(crate) struct Failure<'a> {
    /// The provider's name.
    pub(crate) name: &'a str,
    /// The file name of the program, or another short name.
    pub(crate) program: &'a str,
    /// The method called.
    pub(crate) method: &'static str,
    /// How the process ended, if it has.
    pub(crate) ended: Option<Ended>,
}

impl Failure<'_> {
    /// The error as it is reported.
    pub(crate) fn to_diagnostics(&self, status: &Status) -> Diagnostics {
        let Failure { name, program, method, ended } = self;
        if let Some(ended) = ended {
            return self.crashed(ended);
        }
        let (summary, detail) = match status.code() {
            Code::Unavailable => (
                "Plugin did not respond",
                format!(
                    "The plugin {program} for provider {name} failed to respond to the {method} \
                     call: {}. The plugin's log may contain more details.",
                    status.message()
                ),
            ),
            Code::Cancelled => (
                "Request cancelled",
                format!("The {method} request to the plugin for provider {name} was cancelled."),
            ),
            Code::Unimplemented => (
                "Unsupported plugin method",
                format!(
                    "The plugin {program} for provider {name} does not support the {method} \
                     method. A newer version of the provider may."
                ),
            ),
            code => (
                "Plugin error",
                format!(
                    "The plugin {program} for provider {name} answered the {method} call with an \
                     unexpected error ({code:?}): {}",
                    status.message()
                ),
            ),
        };
        Diagnostic::error(summary, detail).into()
    }

    fn crashed(&self, ended: &Ended) -> Diagnostics {
        let Failure { name, program, method, .. } = self;
        let mut detail = format!(
            "The plugin {program} for provider {name} ended ({}) before it had answered the \
             {method} call.",
            ended.status
        );
        if let Some(panic) = &ended.panic {
            detail.push_str(&format!(
                " It crashed, which is always a fault of the plugin. Please report it to the \
                 provider's authors together with this stack trace:\n\n{}",
                indent(panic.lines())
            ));
        } else {
            detail.push_str(&what_was_written(&ended.stderr));
        }
        Diagnostic::error("Plugin did not respond", detail).into()
    }
}

/// An answer that cannot be understood.
pub(crate) fn undecodable(
    name: &str,
    method: &str,
    what: impl std::fmt::Display,
    reason: impl std::fmt::Display,
) -> Diagnostics {
    let detail = format!(
        "The plugin for provider {name} answered the {method} call with {what} that cannot be \
         understood: {reason}. This is a fault of the provider; please report it to its authors."
    );
    Diagnostic::error("Invalid response from provider", detail).into()
}
