//! What happens while a plan is made or applied, as it is shown.

use groma_addrs::{AbsActionInstance, AbsResourceInstance, DeposedKey};
use groma_plan::Action;

/// The attribute by which an object is known, and its value: `id` and `i-0123`.
pub type ObjectId = Option<(String, String)>;

/// How far an action has come.
#[derive(Clone, Debug, PartialEq)]
pub enum ActionStage {
    /// It begins.
    Start,
    /// It tells something.
    Progress(String),
    /// It has ended well.
    Complete,
    /// It has ended with errors.
    Errored,
}

/// Something that happens. Each kind is one of the engine's.
#[derive(Clone, Debug, PartialEq)]
pub enum ProgressEvent {
    /// An object is about to be read again.
    RefreshStart {
        /// The instance.
        addr: AbsResourceInstance,
        /// Which deposed object, if it is one.
        deposed: Option<DeposedKey>,
        /// How the object is known.
        id: ObjectId,
    },
    /// An object has been read again.
    RefreshComplete {
        /// The instance.
        addr: AbsResourceInstance,
        /// Which deposed object, if it is one.
        deposed: Option<DeposedKey>,
        /// How the object is known.
        id: ObjectId,
    },
    /// An action is invoked.
    Action {
        /// The action.
        addr: AbsActionInstance,
        /// The object that it is invoked for.
        caller: Option<AbsResourceInstance>,
        /// How far it has come.
        stage: ActionStage,
    },
    /// An object that is to be imported is about to be read.
    ImportPrepare {
        /// The instance.
        addr: AbsResourceInstance,
        /// What to import: `id=i-0123`.
        what: String,
    },
    /// An object is about to be imported.
    ImportStart {
        /// The instance.
        addr: AbsResourceInstance,
        /// What to import: `id=i-0123`.
        what: String,
    },
    /// An object has been imported.
    ImportComplete {
        /// The instance.
        addr: AbsResourceInstance,
        /// What was imported: `id=i-0123`.
        what: String,
    },
    /// An object is about to be imported, by the command for that.
    ImportFrom {
        /// The instance.
        addr: AbsResourceInstance,
        /// The id.
        id: String,
    },
    /// The provider has found that object.
    ImportFound {
        /// The instance.
        addr: AbsResourceInstance,
    },
    /// A step begins.
    ApplyStart {
        /// The instance.
        addr: AbsResourceInstance,
        /// Which deposed object, if it is one.
        deposed: Option<DeposedKey>,
        /// What is done: create, update, delete or read.
        action: Action,
        /// How the object is known.
        id: ObjectId,
    },
    /// A step has ended well.
    ApplyComplete {
        /// The instance.
        addr: AbsResourceInstance,
        /// Which deposed object, if it is one.
        deposed: Option<DeposedKey>,
        /// What was done.
        action: Action,
        /// How the object is known.
        id: ObjectId,
    },
    /// A step has ended with errors.
    ApplyErrored {
        /// The instance.
        addr: AbsResourceInstance,
        /// Which deposed object, if it is one.
        deposed: Option<DeposedKey>,
        /// What was tried.
        action: Action,
    },
    /// A provisioner begins.
    ProvisionStart {
        /// The instance.
        addr: AbsResourceInstance,
        /// The kind of provisioner.
        provisioner: String,
    },
    /// A provisioner has written something.
    ProvisionOutput {
        /// The instance.
        addr: AbsResourceInstance,
        /// The kind of provisioner.
        provisioner: String,
        /// What it has written, a line or more.
        output: String,
    },
    /// A provisioner has ended.
    ProvisionEnd {
        /// The instance.
        addr: AbsResourceInstance,
        /// The kind of provisioner.
        provisioner: String,
        /// Whether it ended well.
        success: bool,
    },
    /// An ephemeral resource is opened, renewed or closed.
    Ephemeral {
        /// The instance.
        addr: AbsResourceInstance,
        /// What is done.
        step: EphemeralStep,
        /// How far it is.
        stage: EphemeralStage,
    },
}

/// What is done with an ephemeral resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EphemeralStep {
    /// It is opened.
    Open,
    /// It is renewed.
    Renew,
    /// It is closed.
    Close,
}

/// How far a step of an ephemeral resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EphemeralStage {
    /// It begins.
    Start,
    /// It has ended well.
    Complete,
    /// It has ended with errors.
    Errored,
    /// It is left for the apply.
    Deferred,
}

impl EphemeralStep {
    /// The name in the machine-readable formats.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            EphemeralStep::Open => "open",
            EphemeralStep::Renew => "renew",
            EphemeralStep::Close => "close",
        }
    }

    /// The words for it: while it begins, while it goes on, when it is over.
    pub(crate) fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            EphemeralStep::Open => ("Opening", "opening", "Opening"),
            EphemeralStep::Renew => ("Renewing", "renewing", "Renewal"),
            EphemeralStep::Close => ("Closing", "closing", "Closing"),
        }
    }
}

/// What goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doing {
    /// A step of a change.
    Action(Action),
    /// A step of an ephemeral resource.
    Ephemeral(EphemeralStep),
}

/// How often it is said that something is still going on.
pub const HEARTBEAT: std::time::Duration = std::time::Duration::from_secs(10);

/// Whole seconds as `5s`, `1m5s`, `1h0m5s`.
pub(crate) fn elapsed_text(seconds: u64) -> String {
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    match (hours, minutes) {
        (0, 0) => format!("{seconds}s"),
        (0, _) => format!("{minutes}m{}s", seconds % 60),
        _ => format!("{hours}h{}m{}s", minutes % 60, seconds % 60),
    }
}

/// The non-empty lines of what a provisioner has written.
pub(crate) fn output_lines(output: &str) -> impl Iterator<Item = &str> {
    output.split(['\n', '\r']).map(str::trim_end).filter(|line| !line.is_empty())
}

/// The steps that go on, by instance and deposed object, with when each began and when it was last
/// spoken of.
#[derive(Debug, Default)]
pub(crate) struct Running(std::collections::BTreeMap<RunningKey, RunningStep>);

type RunningKey = (AbsResourceInstance, Option<DeposedKey>);

/// A step that goes on.
#[derive(Clone, Debug)]
pub(crate) struct RunningStep {
    pub(crate) doing: Doing,
    pub(crate) id: ObjectId,
    /// When it began.
    start: std::time::Duration,
    /// When it is to be spoken of next.
    due: std::time::Duration,
}

impl RunningStep {
    /// For how many seconds it has been going on. Both ends are rounded, as they would be read
    /// off a clock.
    pub(crate) fn seconds(&self, now: std::time::Duration) -> u64 {
        let round = |time: std::time::Duration| time.as_secs_f64().round() as u64;
        round(now).saturating_sub(round(self.start))
    }
}

impl Running {
    pub(crate) fn start(
        &mut self,
        addr: &AbsResourceInstance,
        deposed: Option<&DeposedKey>,
        doing: Doing,
        id: ObjectId,
        now: std::time::Duration,
    ) {
        let step = RunningStep { doing, id, start: now, due: now + HEARTBEAT };
        self.0.insert((addr.clone(), deposed.cloned()), step);
    }

    /// Ends a step. One that nobody has begun counts as begun now.
    pub(crate) fn end(
        &mut self,
        addr: &AbsResourceInstance,
        deposed: Option<&DeposedKey>,
        doing: Doing,
        now: std::time::Duration,
    ) -> RunningStep {
        let key = (addr.clone(), deposed.cloned());
        let unknown = RunningStep { doing, id: None, start: now, due: now };
        self.0.remove(&key).unwrap_or(unknown)
    }

    /// Shows each step that is to be spoken of.
    pub(crate) fn tick(
        &mut self,
        now: std::time::Duration,
        mut show: impl FnMut(&AbsResourceInstance, &RunningStep),
    ) {
        for ((addr, _), step) in &mut self.0 {
            if step.due <= now {
                show(addr, step);
                while step.due <= now {
                    step.due += HEARTBEAT;
                }
            }
        }
    }

    /// When a step is to be spoken of next.
    pub(crate) fn next_due(&self) -> Option<std::time::Duration> {
        self.0.values().map(|step| step.due).min()
    }

    /// The steps that go on.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&AbsResourceInstance, &RunningStep)> {
        self.0.iter().map(|((addr, _), step)| (addr, step))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_told_in_its_units() {
        for (seconds, text) in [(0, "0s"), (59, "59s"), (65, "1m5s"), (3605, "1h0m5s")] {
            assert_eq!(elapsed_text(seconds), text);
        }
    }
}
