//! What is being done, while it is being done.
//!
//! Events become lines. Where people look at a terminal, a few lines below them show what goes on
//! and for how long; in a pipe a line says so every ten seconds.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use groma_addrs::{AbsActionInstance, AbsResourceInstance};
use groma_engine::{Event, EventSink};
use groma_plan::{Action, Plan};
use groma_value::Str;
use groma_view::plan::ApplyCounts;
use groma_view::progress::{Progress as Lines, RunningStep};
use groma_view::{ActionStage, EphemeralStage, EphemeralStep, ObjectId, ProgressEvent, json_ui};
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use crate::ui::{self, Ui};

/// How often it is looked whether something is to be said.
const TICK: Duration = Duration::from_millis(250);

/// So many ticks make a second, which is how often a terminal is redrawn.
const TICKS_PER_REDRAW: u32 = 4;

/// So many steps are shown at the bottom of a terminal.
const SHOWN: usize = 8;

/// What is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The making of a plan.
    Plan,
    /// Its execution.
    Apply,
    /// The import of an object.
    Import,
}

/// Shows what is being done.
pub(crate) struct Progress {
    sink: Arc<Sink>,
    ticker: JoinHandle<()>,
}

struct Sink {
    ui: Ui,
    phase: Phase,
    start: Instant,
    inner: Mutex<Inner>,
}

struct Inner {
    form: Form,
    counts: ApplyCounts,
}

enum Form {
    Human(Lines),
    Json(json_ui::JsonUi),
}

impl Progress {
    /// Shows what is being done from now on.
    pub(crate) fn start(ui: &Ui, phase: Phase) -> Progress {
        let form = match ui.is_json() {
            true => Form::Json(json_ui::JsonUi::new()),
            false => Form::Human(Lines::new(ui.style())),
        };
        let inner = Inner { form, counts: ApplyCounts::default() };
        let sink = Sink { ui: ui.clone(), phase, start: Instant::now(), inner: Mutex::new(inner) };
        let sink = Arc::new(sink);
        let ticking = sink.clone();
        let ticker = tokio::spawn(async move {
            let mut ticks = tokio::time::interval(TICK);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
            for n in 1u32.. {
                ticks.tick().await;
                if !ticking.ui.is_live() || n % TICKS_PER_REDRAW == 0 {
                    ticking.tick();
                }
            }
        });
        Progress { sink, ticker }
    }

    /// Who is to be told of events.
    pub(crate) fn sink(&self) -> Arc<dyn EventSink> {
        self.sink.clone()
    }

    /// It is over.
    pub(crate) fn stop(self) {
        self.ticker.abort();
        self.sink.ui.redraw("", "");
    }

    /// The execution of a plan is over. Tells what was done.
    pub(crate) fn finish(self, plan: &Plan) -> ApplyCounts {
        let mut counts = self.sink.lock().counts;
        self.stop();
        counts.imported = plan.changes.iter().filter(|c| c.change.importing.is_some()).count();
        counts
    }
}

impl Sink {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tick(&self) {
        let mut inner = self.lock();
        let now = self.start.elapsed();
        let text = match &mut inner.form {
            Form::Human(_) if self.ui.is_live() => String::new(),
            Form::Human(lines) => lines.tick(now),
            Form::Json(json) => json.tick(now, &ui::timestamp()),
        };
        self.show(&inner, &text, now);
    }

    /// Prints lines, and below them what goes on.
    fn show(&self, inner: &Inner, text: &str, now: Duration) {
        let live = self.ui.is_live();
        if text.is_empty() && !live {
            return;
        }
        let below = match &inner.form {
            Form::Human(lines) if live => self.running_text(&lines.running(now)),
            _ => String::new(),
        };
        self.ui.redraw(text, &below);
    }

    fn running_text(&self, running: &[RunningStep]) -> String {
        let style = self.ui.style();
        let width = self.ui.width().saturating_sub(1);
        let mut out = String::new();
        // What has been going on longest is the most interesting.
        let mut steps: Vec<&RunningStep> = running.iter().collect();
        steps.sort_by_key(|step| std::cmp::Reverse(step.seconds));
        for step in steps.iter().take(SHOWN) {
            let line = format!("  {} {}... {}s", step.addr, step.verb, step.seconds);
            let line: String = line.chars().take(width).collect();
            out += &format!("{}\n", style.grey(line));
        }
        if steps.len() > SHOWN {
            let line = format!("  and {} more", steps.len() - SHOWN);
            out += &format!("{}\n", style.grey(line));
        }
        out
    }
}

impl EventSink for Sink {
    fn event(&self, event: Event<'_>) {
        let mut inner = self.lock();
        let now = self.start.elapsed();
        if let Event::ApplyComplete { action, .. } = &event {
            match action {
                Action::Create => inner.counts.added += 1,
                Action::Update => inner.counts.changed += 1,
                Action::Delete => inner.counts.destroyed += 1,
                _ => {}
            }
        }
        if let Event::ActionComplete { .. } = &event {
            inner.counts.invoked += 1;
        }
        let Some(event) = shown(event, self.phase) else { return };
        let text = match &mut inner.form {
            Form::Human(lines) => lines.event(&event, now),
            Form::Json(json) => json.event(&event, now, &ui::timestamp()),
        };
        self.show(&inner, &text, now);
    }
}

/// The event as it is shown; `None` for what is shown with the plan.
fn shown(event: Event<'_>, phase: Phase) -> Option<ProgressEvent> {
    Some(match event {
        Event::Planned(_) | Event::Drift(_) => return None,
        Event::RefreshStart { addr, id } => {
            ProgressEvent::RefreshStart { addr: addr.clone(), deposed: None, id: object_id(id) }
        }
        Event::RefreshComplete { addr, id } => {
            ProgressEvent::RefreshComplete { addr: addr.clone(), deposed: None, id: object_id(id) }
        }
        Event::ImportStart { addr, what } => {
            let (addr, what) = (addr.clone(), what.to_owned());
            match phase {
                Phase::Plan => ProgressEvent::ImportPrepare { addr, what },
                Phase::Import => ProgressEvent::ImportFrom {
                    addr,
                    id: what.trim_start_matches("id=").to_owned(),
                },
                Phase::Apply => ProgressEvent::ImportStart { addr, what },
            }
        }
        Event::ImportFound { addr } => match phase {
            Phase::Import => ProgressEvent::ImportFound { addr: addr.clone() },
            Phase::Plan | Phase::Apply => return None,
        },
        Event::ImportComplete { addr, what } => {
            ProgressEvent::ImportComplete { addr: addr.clone(), what: what.to_owned() }
        }
        Event::ApplyStart { addr, deposed, action, id } => ProgressEvent::ApplyStart {
            addr: addr.clone(),
            deposed: deposed.cloned(),
            action,
            id: object_id(id),
        },
        Event::ApplyComplete { addr, deposed, action, id } => ProgressEvent::ApplyComplete {
            addr: addr.clone(),
            deposed: deposed.cloned(),
            action,
            // What is gone is known by nothing.
            id: object_id(id.filter(|_| action != Action::Delete)),
        },
        Event::ApplyErrored { addr, deposed, action } => {
            ProgressEvent::ApplyErrored { addr: addr.clone(), deposed: deposed.cloned(), action }
        }
        Event::ActionStart { addr, caller } => action(addr, caller, ActionStage::Start),
        Event::ActionProgress { addr, caller, message } => {
            action(addr, caller, ActionStage::Progress(message.to_owned()))
        }
        Event::ActionComplete { addr, caller } => action(addr, caller, ActionStage::Complete),
        Event::ActionErrored { addr, caller } => action(addr, caller, ActionStage::Errored),
        Event::ProvisionStart { addr, provisioner } => ProgressEvent::ProvisionStart {
            addr: addr.clone(),
            provisioner: provisioner.to_owned(),
        },
        Event::ProvisionOutput { addr, provisioner, line } => ProgressEvent::ProvisionOutput {
            addr: addr.clone(),
            provisioner: provisioner.to_owned(),
            output: line.to_owned(),
        },
        Event::ProvisionEnd { addr, provisioner, success } => ProgressEvent::ProvisionEnd {
            addr: addr.clone(),
            provisioner: provisioner.to_owned(),
            success,
        },
        Event::Ephemeral { addr, step, stage } => ProgressEvent::Ephemeral {
            addr: addr.clone(),
            step: ephemeral_step(step),
            stage: ephemeral_stage(stage),
        },
    })
}

fn ephemeral_step(step: groma_engine::EphemeralStep) -> EphemeralStep {
    match step {
        groma_engine::EphemeralStep::Open => EphemeralStep::Open,
        groma_engine::EphemeralStep::Renew => EphemeralStep::Renew,
        groma_engine::EphemeralStep::Close => EphemeralStep::Close,
    }
}

fn ephemeral_stage(stage: groma_engine::Stage) -> EphemeralStage {
    match stage {
        groma_engine::Stage::Start => EphemeralStage::Start,
        groma_engine::Stage::Complete => EphemeralStage::Complete,
        groma_engine::Stage::Errored => EphemeralStage::Errored,
        groma_engine::Stage::Deferred => EphemeralStage::Deferred,
    }
}

fn action(
    addr: &AbsActionInstance,
    caller: Option<&AbsResourceInstance>,
    stage: ActionStage,
) -> ProgressEvent {
    ProgressEvent::Action { addr: addr.clone(), caller: caller.cloned(), stage }
}

fn object_id(id: Option<(Str, Str)>) -> ObjectId {
    id.map(|(name, value)| (name.to_string(), value.to_string()))
}
