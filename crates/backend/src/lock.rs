//! Lock information, and waiting for a lock.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use groma_state::file::TERRAFORM_VERSION;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{LockError, StateStore};

/// The name of a lock that is held: [`LockInfo::id`] of whoever took it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockId(pub String);

impl fmt::Display for LockId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who holds a lock, since when and what for, in the form in which Terraform keeps it with the
/// lock: the two read each other's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub struct LockInfo {
    /// Tells this lock from every other.
    #[serde(rename = "ID")]
    pub id: String,
    /// What is being done, such as `OperationTypeApply`.
    pub operation: String,
    /// More about it.
    pub info: String,
    /// `user@host`
    pub who: String,
    /// The version of whoever took it.
    pub version: String,
    /// When it was taken, in RFC 3339.
    pub created: String,
    /// The state that it is about.
    pub path: String,
}

impl LockInfo {
    /// Information on a lock that this process is about to take for this operation.
    pub fn new(operation: impl Into<String>) -> LockInfo {
        LockInfo {
            id: Uuid::new_v4().to_string(),
            operation: operation.into(),
            info: String::new(),
            who: who(),
            version: TERRAFORM_VERSION.into(),
            created: Timestamp::now().to_string(),
            path: String::new(),
        }
    }

    /// The same with the place of the state, as the store that takes the lock fills it in.
    pub fn with_path(&self, path: impl Into<String>) -> LockInfo {
        LockInfo { path: path.into(), ..self.clone() }
    }

    /// The stored form.
    pub fn to_json(&self) -> Vec<u8> {
        // Strings alone cannot fail to be written.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads the stored form. The error says what is wrong with it.
    pub fn from_json(json: &[u8]) -> Result<LockInfo, String> {
        serde_json::from_slice(json).map_err(|e| e.to_string())
    }

    /// When it was taken, as a person reads it.
    fn created_text(&self) -> String {
        match self.created.parse::<Timestamp>() {
            Ok(at) => at.strftime("%Y-%m-%d %H:%M:%S%.f +0000 UTC").to_string(),
            Err(_) => self.created.clone(),
        }
    }
}

/// The block that tells who holds a lock.
impl fmt::Display for LockInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Lock Info:")?;
        writeln!(f, "  ID:        {}", self.id)?;
        writeln!(f, "  Path:      {}", self.path)?;
        writeln!(f, "  Operation: {}", self.operation)?;
        writeln!(f, "  Who:       {}", self.who)?;
        writeln!(f, "  Version:   {}", self.version)?;
        writeln!(f, "  Created:   {}", self.created_text())?;
        write!(f, "  Info:      {}", self.info)
    }
}

/// `user@host` of this process; a part that cannot be found out is empty.
fn who() -> String {
    let host = rustix::system::uname();
    format!("{}@{}", user_name(), host.nodename().to_string_lossy())
}

fn user_name() -> String {
    let id = rustix::process::getuid().as_raw().to_string();
    let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    accounts
        .lines()
        .map(|line| line.split(':').collect::<Vec<_>>())
        .find(|fields| fields.get(2) == Some(&id.as_str()))
        .map(|fields| fields[0].to_owned())
        .or_else(|| std::env::var("USER").ok())
        .unwrap_or_default()
}

const FIRST_DELAY: Duration = Duration::from_secs(1);
const LONGEST_DELAY: Duration = Duration::from_secs(16);

/// Takes a lock, trying again while somebody else holds it until `timeout` has passed or `cancel`
/// is done. The last failure is the answer then. An attempt that has begun is always brought to
/// its end, so that no lock is left behind that nobody knows of.
pub async fn lock_with_timeout(
    store: &dyn StateStore,
    info: &LockInfo,
    timeout: Duration,
    cancel: impl Future<Output = ()>,
) -> Result<LockId, LockError> {
    let deadline = tokio::time::Instant::now() + timeout;
    let mut delay = FIRST_DELAY;
    let mut cancel = std::pin::pin!(cancel);
    loop {
        let error = match store.lock(info).await {
            Ok(id) => return Ok(id),
            Err(error) => error,
        };
        let now = tokio::time::Instant::now();
        if !error.held || now >= deadline {
            return Err(error);
        }
        tokio::select! {
            () = tokio::time::sleep(delay.min(deadline - now)) => {}
            () = &mut cancel => return Err(error),
        }
        delay = (delay * 2).min(LONGEST_DELAY);
    }
}
