//! Progress in plain lines, for pipes and terminals alike.

use std::time::Duration;

use groma_addrs::{AbsResourceInstance, DeposedKey};
use groma_plan::Action;

use crate::Style;
use crate::events::{
    ActionStage, Doing, EphemeralStage, EphemeralStep, ObjectId, ProgressEvent, Running,
    elapsed_text, output_lines,
};

/// The longest id that is repeated while a step goes on.
const LONGEST_ID: usize = 80;

/// Turns events into lines. Times are handed in as the time since some fixed moment.
#[derive(Debug)]
pub struct Progress {
    style: Style,
    running: Running,
}

/// A step that goes on, for live displays.
#[derive(Clone, Debug, PartialEq)]
pub struct RunningStep {
    /// The instance.
    pub addr: AbsResourceInstance,
    /// What is done, in a word: `creating`.
    pub verb: &'static str,
    /// For how many seconds.
    pub seconds: u64,
}

impl Progress {
    /// Nothing has happened yet.
    pub fn new(style: Style) -> Progress {
        Progress { style, running: Running::default() }
    }

    /// The lines, each with a line break, that say what happened.
    pub fn event(&mut self, event: &ProgressEvent, now: Duration) -> String {
        match event {
            ProgressEvent::RefreshStart { addr, deposed, id } => {
                let what = format!("Refreshing state...{}", suffix(id));
                self.line(addr, deposed.as_ref(), &what)
            }
            ProgressEvent::RefreshComplete { .. } => String::new(),
            ProgressEvent::Action { addr, caller, stage } => {
                let caller = match caller {
                    Some(caller) => format!(" (triggered by {caller})"),
                    None => String::new(),
                };
                let line = match stage {
                    ActionStage::Start => format!("Action started: {addr}{caller}"),
                    ActionStage::Progress(message) => {
                        let message = message.trim_end().replace('\n', "\n    ");
                        let heading = self.style.bold(format!("Action {addr}{caller}:"));
                        return format!("{heading}\n    {message}\n");
                    }
                    ActionStage::Complete => format!("Action complete: {addr}{caller}"),
                    ActionStage::Errored => return String::new(),
                };
                format!("{}\n", self.style.bold(line))
            }
            ProgressEvent::ImportPrepare { addr, what } => {
                self.line(addr, None, &format!("Preparing import... [{what}]"))
            }
            ProgressEvent::ImportFrom { addr, id } => {
                self.line(addr, None, &format!("Importing from ID {id:?}..."))
            }
            ProgressEvent::ImportFound { addr } => {
                let prepared = self.line(addr, None, "Import prepared!");
                format!("{prepared}  Prepared {} for import\n", addr.resource.resource.ty)
            }
            ProgressEvent::ImportStart { addr, what } => {
                self.line(addr, None, &format!("Importing... [{what}]"))
            }
            ProgressEvent::ImportComplete { addr, what } => {
                self.line(addr, None, &format!("Import complete [{what}]"))
            }
            ProgressEvent::ApplyStart { addr, deposed, action, id } => {
                let Some(words) = Words::of(*action) else { return String::new() };
                let doing = Doing::Action(*action);
                self.running.start(addr, deposed.as_ref(), doing, id.clone(), now);
                self.line(addr, deposed.as_ref(), &format!("{}...{}", words.start, suffix(id)))
            }
            ProgressEvent::ApplyComplete { addr, deposed, action, id } => {
                let Some(words) = Words::of(*action) else { return String::new() };
                let step = self.running.end(addr, deposed.as_ref(), Doing::Action(*action), now);
                let elapsed = elapsed_text(step.seconds(now));
                let what = format!("{} complete after {elapsed}{}", words.noun, suffix(id));
                self.line(addr, deposed.as_ref(), &what)
            }
            ProgressEvent::ApplyErrored { addr, deposed, action } => {
                self.running.end(addr, deposed.as_ref(), Doing::Action(*action), now);
                String::new()
            }
            ProgressEvent::ProvisionStart { addr, provisioner } => {
                self.line(addr, None, &format!("Provisioning with '{provisioner}'..."))
            }
            ProgressEvent::ProvisionOutput { addr, provisioner, output } => {
                let prefix = self.style.bold(format!("{addr} ({provisioner}):"));
                output_lines(output).map(|line| format!("{prefix} {line}\n")).collect()
            }
            ProgressEvent::ProvisionEnd { .. } => String::new(),
            ProgressEvent::Ephemeral { addr, step, stage } => {
                self.ephemeral(addr, *step, *stage, now)
            }
        }
    }

    /// The lines about all that has been going on for another ten seconds.
    pub fn tick(&mut self, now: Duration) -> String {
        let mut out = String::new();
        let style = self.style;
        self.running.tick(now, |addr, step| {
            let Some(verb) = verb(step.doing) else { return };
            let id = match &step.id {
                Some((key, value)) => format!("{key}={}, ", shorten(value)),
                None => String::new(),
            };
            let elapsed = elapsed_text(step.seconds(now));
            let what = format!("{addr}: Still {verb}... [{id}{elapsed} elapsed]");
            out.push_str(&format!("{}\n", style.bold(what)));
        });
        out
    }

    /// When [`Progress::tick`] will have something to say; `None` while nothing goes on.
    pub fn next_tick(&self) -> Option<Duration> {
        self.running.next_due()
    }

    /// What goes on, in the order of the addresses.
    pub fn running(&self, now: Duration) -> Vec<RunningStep> {
        let step = |(addr, step): (&AbsResourceInstance, &crate::events::RunningStep)| {
            let verb = verb(step.doing).unwrap_or("changing");
            RunningStep { addr: addr.clone(), verb, seconds: step.seconds(now) }
        };
        self.running.iter().map(step).collect()
    }

    fn ephemeral(
        &mut self,
        addr: &AbsResourceInstance,
        step: EphemeralStep,
        stage: EphemeralStage,
        now: Duration,
    ) -> String {
        let (start, _, noun) = step.words();
        let what = match stage {
            EphemeralStage::Start => {
                self.running.start(addr, None, Doing::Ephemeral(step), None, now);
                format!("{start}...")
            }
            EphemeralStage::Complete => {
                let step = self.running.end(addr, None, Doing::Ephemeral(step), now);
                format!("{noun} complete after {}", elapsed_text(step.seconds(now)))
            }
            EphemeralStage::Errored => {
                self.running.end(addr, None, Doing::Ephemeral(step), now);
                return String::new();
            }
            EphemeralStage::Deferred => "Configuration unknown, deferring...".to_owned(),
        };
        self.line(addr, None, &what)
    }

    fn line(&self, addr: &AbsResourceInstance, deposed: Option<&DeposedKey>, what: &str) -> String {
        let line = match deposed {
            Some(key) => format!("{addr} (deposed object {key}): {what}"),
            None => format!("{addr}: {what}"),
        };
        format!("{}\n", self.style.bold(line))
    }
}

/// What goes on, in a word; `None` for what is not told.
fn verb(doing: Doing) -> Option<&'static str> {
    match doing {
        Doing::Action(action) => Words::of(action).map(|words| words.progress),
        Doing::Ephemeral(step) => Some(step.words().1),
    }
}

/// The words for a step.
struct Words {
    start: &'static str,
    progress: &'static str,
    noun: &'static str,
}

impl Words {
    /// `None` for what is not told.
    fn of(action: Action) -> Option<Words> {
        let (start, progress, noun) = match action {
            Action::Create => ("Creating", "creating", "Creation"),
            Action::Update => ("Modifying", "modifying", "Modifications"),
            Action::Delete => ("Destroying", "destroying", "Destruction"),
            Action::Read => ("Reading", "reading", "Read"),
            Action::NoOp
            | Action::Forget
            | Action::DeleteThenCreate
            | Action::CreateThenDelete
            | Action::CreateThenForget => return None,
        };
        Some(Words { start, progress, noun })
    }
}

fn suffix(id: &ObjectId) -> String {
    match id {
        Some((key, value)) if !value.is_empty() => format!(" [{key}={value}]"),
        _ => String::new(),
    }
}

/// A long id with dots in place of its middle.
fn shorten(id: &str) -> String {
    let characters: Vec<char> = id.chars().collect();
    if characters.len() <= LONGEST_ID {
        return id.to_owned();
    }
    let dots = "...";
    let left = LONGEST_ID / 2 - 1;
    let right = LONGEST_ID - dots.len() - left;
    let text = |part: &[char]| part.iter().collect::<String>();
    format!("{}{dots}{}", text(&characters[..left]), text(&characters[characters.len() - right..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use groma_addrs::parse::resource_instance;

    fn addr() -> AbsResourceInstance {
        resource_instance("aws_instance.web[0]").unwrap()
    }

    fn start(action: Action, id: ObjectId) -> ProgressEvent {
        ProgressEvent::ApplyStart { addr: addr(), deposed: None, action, id }
    }

    fn complete(action: Action, id: ObjectId) -> ProgressEvent {
        ProgressEvent::ApplyComplete { addr: addr(), deposed: None, action, id }
    }

    #[test]
    fn a_creation_is_told_from_beginning_to_end() {
        let mut progress = Progress::new(Style::PLAIN);
        let at = Duration::from_millis;
        assert_eq!(
            progress.event(&start(Action::Create, None), at(100)),
            "aws_instance.web[0]: Creating...\n"
        );
        assert_eq!(progress.next_tick(), Some(at(10_100)));
        assert_eq!(progress.tick(at(9_000)), "");
        assert_eq!(
            progress.tick(at(10_100)),
            "aws_instance.web[0]: Still creating... [10s elapsed]\n"
        );
        assert_eq!(progress.tick(at(10_200)), "");
        assert_eq!(progress.running(at(12_000))[0].seconds, 12);
        assert_eq!(
            progress
                .event(&complete(Action::Create, Some(("id".into(), "i-1".into()))), at(65_000)),
            "aws_instance.web[0]: Creation complete after 1m5s [id=i-1]\n"
        );
        assert_eq!(progress.next_tick(), None);
    }

    #[test]
    fn what_is_still_going_on_is_named() {
        let mut progress = Progress::new(Style::PLAIN);
        let id = Some(("id".to_owned(), "x".repeat(100)));
        progress.event(&start(Action::Delete, id), Duration::ZERO);
        let shown = progress.tick(Duration::from_secs(20));
        let expected = format!(
            "aws_instance.web[0]: Still destroying... [id={}...{}, 20s elapsed]\n",
            "x".repeat(39),
            "x".repeat(38)
        );
        assert_eq!(shown, expected);
    }

    #[test]
    fn output_of_provisioners_is_told_line_by_line() {
        let mut progress = Progress::new(Style::PLAIN);
        let event = ProgressEvent::ProvisionOutput {
            addr: addr(),
            provisioner: "local-exec".into(),
            output: "one\r\n\ntwo  \n".into(),
        };
        assert_eq!(
            progress.event(&event, Duration::ZERO),
            "aws_instance.web[0] (local-exec): one\naws_instance.web[0] (local-exec): two\n"
        );
    }
}
