//! What the engine tells while it works.

use groma_addrs::{AbsActionInstance, AbsResourceInstance, DeposedKey};
use groma_plan::{Action, Importing, InstanceChange};
use groma_value::Str;

/// Something that happens during planning or applying. Whoever listens keeps the time.
#[derive(Clone, Debug)]
pub enum Event<'a> {
    /// An object is about to be read. The id is that of the object as last seen.
    RefreshStart {
        /// The instance.
        addr: &'a AbsResourceInstance,
        /// The attribute that identifies the object, and its value.
        id: Option<(Str, Str)>,
    },
    /// An object has been read.
    RefreshComplete {
        /// The instance.
        addr: &'a AbsResourceInstance,
        /// The attribute that identifies the object, and its value.
        id: Option<(Str, Str)>,
    },
    /// An object is about to be imported.
    ImportStart {
        /// The instance.
        addr: &'a AbsResourceInstance,
        /// What is imported: `id=i-0123` or `identity=…`.
        what: &'a str,
    },
    /// An import is done.
    ImportComplete {
        /// The instance.
        addr: &'a AbsResourceInstance,
        /// What was imported, as at the start.
        what: &'a str,
    },
    /// The provider has found an object to be imported, and is about to read it.
    ImportFound {
        /// The instance.
        addr: &'a AbsResourceInstance,
    },
    /// A change has been planned. No-ops are not told.
    Planned(&'a InstanceChange),
    /// An object was found to have changed outside.
    Drift(&'a InstanceChange),
    /// A step begins.
    ApplyStart {
        /// The instance.
        addr: &'a AbsResourceInstance,
        /// Which deposed object, if it is one.
        deposed: Option<&'a DeposedKey>,
        /// What is done: create, update, delete or read.
        action: Action,
        /// The attribute that identifies the object, and its value.
        id: Option<(Str, Str)>,
    },
    /// A step has ended well.
    ApplyComplete {
        /// The instance.
        addr: &'a AbsResourceInstance,
        /// Which deposed object, if it is one.
        deposed: Option<&'a DeposedKey>,
        /// What was done.
        action: Action,
        /// The attribute that identifies the object, and its value.
        id: Option<(Str, Str)>,
    },
    /// A step has ended with errors.
    ApplyErrored {
        /// The instance.
        addr: &'a AbsResourceInstance,
        /// Which deposed object, if it is one.
        deposed: Option<&'a DeposedKey>,
        /// What was tried.
        action: Action,
    },
    /// An action is about to be invoked.
    ActionStart {
        /// The action.
        addr: &'a AbsActionInstance,
        /// The object that it is invoked for.
        caller: Option<&'a AbsResourceInstance>,
    },
    /// An action tells how far it has come.
    ActionProgress {
        /// The action.
        addr: &'a AbsActionInstance,
        /// The object that it is invoked for.
        caller: Option<&'a AbsResourceInstance>,
        /// What it tells.
        message: &'a str,
    },
    /// An action has ended well.
    ActionComplete {
        /// The action.
        addr: &'a AbsActionInstance,
        /// The object that it is invoked for.
        caller: Option<&'a AbsResourceInstance>,
    },
    /// An action has ended with errors.
    ActionErrored {
        /// The action.
        addr: &'a AbsActionInstance,
        /// The object that it is invoked for.
        caller: Option<&'a AbsResourceInstance>,
    },
    /// A provisioner begins.
    ProvisionStart {
        /// The instance.
        addr: &'a AbsResourceInstance,
        /// The kind of provisioner.
        provisioner: &'a str,
    },
    /// A line that a provisioner wrote.
    ProvisionOutput {
        /// The instance.
        addr: &'a AbsResourceInstance,
        /// The kind of provisioner.
        provisioner: &'a str,
        /// The line.
        line: &'a str,
    },
    /// A provisioner has ended.
    ProvisionEnd {
        /// The instance.
        addr: &'a AbsResourceInstance,
        /// The kind of provisioner.
        provisioner: &'a str,
        /// Whether it ended well.
        success: bool,
    },
    /// An ephemeral resource is opened, renewed or closed.
    Ephemeral {
        /// The instance.
        addr: &'a AbsResourceInstance,
        /// What is done.
        step: EphemeralStep,
        /// How far it is.
        stage: Stage,
    },
}

/// What is done with an ephemeral resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EphemeralStep {
    /// It is opened.
    Open,
    /// It is renewed.
    Renew,
    /// It is closed.
    Close,
}

/// How far something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It begins.
    Start,
    /// It has ended well.
    Complete,
    /// It has ended with errors.
    Errored,
    /// It is left for the apply.
    Deferred,
}

/// Who listens. Called from several tasks at once.
pub trait EventSink: Send + Sync {
    /// Something happened.
    fn event(&self, event: Event<'_>);
}

/// Nobody listens.
pub struct Silence;

impl EventSink for Silence {
    fn event(&self, _: Event<'_>) {}
}

/// What an import asks for, as it is shown.
pub(crate) fn import_text(importing: &Importing) -> String {
    match (&importing.id, &importing.identity) {
        (Some(id), _) => format!("id={id}"),
        (None, Some(identity)) => {
            let parts = identity.as_entries().into_iter().flat_map(|e| e.iter());
            let known = parts.filter(|(_, value)| !value.is_null());
            let texts: Vec<String> = known
                .map(|(name, value)| match value.as_str() {
                    Some(text) => format!("{name}={text}"),
                    None => format!("{name}={}", groma_hcl::tokens_for_value(value, 0)),
                })
                .collect();
            format!("identity={}", texts.join(","))
        }
        (None, None) => "id=(sensitive value)".into(),
    }
}
