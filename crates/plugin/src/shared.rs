//! One process for many configurations of a provider.

use tokio::sync::Mutex;

use crate::connection::Connection;
use crate::error::StartError;

/// A process that several providers use; it ends when the last of them leaves.
#[derive(Debug, Default)]
pub(crate) struct Shared(Mutex<Users>);

#[derive(Debug, Default)]
struct Users {
    process: Option<Connection>,
    present: u32,
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
            Some(process) => process,
            None => start().await?,
        };
        let connection = process.for_configuration(users.ever);
        users.process = Some(process);
        users.present += 1;
        users.ever += 1;
        Ok(connection)
    }

    /// Takes leave of one that joined.
    pub(crate) async fn leave(&self, connection: &Connection) {
        let mut users = self.0.lock().await;
        users.present = users.present.saturating_sub(1);
        if users.present == 0 {
            users.process = None;
            connection.close().await;
        }
    }
}
