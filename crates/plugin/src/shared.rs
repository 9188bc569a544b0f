//! One process for many configurations of a provider.

use tokio::sync::Mutex;

use crate::connection::Connection;
use crate::error::StartError;

/// A process that several providers use, one after another or at once. It waits for the next when
/// the last has left, and ends with the plugin.
#[derive(Debug, Default)]
pub(crate) struct Shared(Mutex<Users>);

#[derive(Debug, Default)]
struct Users {
    process: Option<Connection>,
    /// How many there ever were: no two have the same number.
    ever: u32,
}

impl Shared {
    /// A connection for one more provider, to the process that runs, or to one that is started.
    pub(crate) async fn join(
        &self,
        start: impl AsyncFnOnce() -> Result<Connection, StartError>,
    ) -> Result<Connection, StartError> {
        let mut users = self.0.lock().await;
        let process = match users.process.take() {
            Some(process) if !process.has_ended() => process,
            _ => start().await?,
        };
        let connection = process.for_configuration(users.ever);
        users.process = Some(process);
        users.ever += 1;
        Ok(connection)
    }
}
