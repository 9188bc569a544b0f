//! Lists of existing objects.

use async_trait::async_trait;
use groma_diag::{Diagnostic, Diagnostics};
use groma_schema::Schema;
use groma_value::Value;
use tokio::sync::mpsc;

use crate::Context;

/// Finds the existing objects of a managed resource type of the same name, which must have an
/// identity: engines show what is found, and write imports of it.
#[async_trait]
pub trait ListResource<C: Send + Sync + 'static>: Send + Sync + 'static {
    /// The schema of what says which objects are wanted. Asked for at most once.
    fn schema(&self) -> Schema;

    /// Checks a configuration, which may have unknown values.
    async fn validate(&self, _config: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    /// Finds objects, and hands over each as soon as it is found.
    async fn list(
        &self,
        cx: &Context<C>,
        config: &Value,
        found: &mut Found,
    ) -> Result<(), Diagnostics>;
}

/// One of the objects that a list found.
#[derive(Clone, Debug)]
pub struct Listed {
    /// What people call it.
    pub display_name: String,
    /// The object: at least those of its attributes that its identity consists of, and all of them
    /// where [`Found::wants_objects`].
    pub object: Value,
    /// What there is to tell about it.
    pub warnings: Diagnostics,
}

impl Listed {
    /// An object of which there is nothing to tell.
    pub fn new(display_name: impl Into<String>, object: Value) -> Listed {
        Listed { display_name: display_name.into(), object, warnings: Diagnostics::new() }
    }

    /// With something to tell about it.
    pub fn warn(mut self, warning: Diagnostic) -> Listed {
        self.warnings.push(warning);
        self
    }
}

/// Takes the objects that a list finds.
#[derive(Debug)]
pub struct Found {
    send: mpsc::Sender<Listed>,
    wants_objects: bool,
    /// How many more are wanted; any number, if it does not say.
    left: Option<u64>,
}

impl Found {
    /// Takes as many objects as are wanted; they come out of the other end. At most 16 wait there.
    pub fn new(wants_objects: bool, limit: Option<u64>) -> (Found, mpsc::Receiver<Listed>) {
        let (send, receive) = mpsc::channel(16);
        (Found { send, wants_objects, left: limit }, receive)
    }

    /// Whether whole objects are wanted, and not just what identifies them.
    pub fn wants_objects(&self) -> bool {
        self.wants_objects
    }

    /// Whether more are wanted: not if there are enough, or nobody waits for them any more.
    pub fn wants_more(&self) -> bool {
        self.left != Some(0) && !self.send.is_closed()
    }

    /// Hands over an object; says whether more are wanted.
    pub async fn push(&mut self, listed: Listed) -> bool {
        if !self.wants_more() || self.send.send(listed).await.is_err() {
            return false;
        }
        self.left = self.left.map(|left| left.saturating_sub(1));
        self.wants_more()
    }
}
