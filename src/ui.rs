//! Where output goes: standard output, standard error, their colours and widths.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use groma_diag::{Diagnostic, Diagnostics, Severity, SourceMap};
use groma_engine::SchemaLibrary;
use groma_plan::Plan;
use groma_state::Output;
use groma_value::Str;
use groma_view::plan::{ApplyCounts, apply_complete, next_steps, outputs_heading};
use groma_view::{
    DEFAULT_WIDTH, DiagnosticOptions, DiagnosticView, PlanOptions, RenderError, Style, json_ui,
    write_plan,
};

use crate::args::BOOL;
use crate::exit::Exit;
use crate::schemas::Library;

/// How output is to look.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct ViewArgs {
    /// Print without colours
    #[arg(long, value_name = BOOL)]
    pub(crate) no_color: bool,
    #[arg(skip)]
    pub(crate) compact_warnings: bool,
    #[arg(skip)]
    pub(crate) json: bool,
}

/// Where output goes. Clones share everything.
#[derive(Clone)]
pub(crate) struct Ui {
    inner: Arc<Inner>,
}

struct Inner {
    style: Style,
    error_style: Style,
    width: usize,
    error_width: usize,
    compact_warnings: bool,
    json: bool,
    /// Whether a terminal is there to be redrawn.
    live: bool,
    /// Whether standard output is for data alone.
    data_only: AtomicBool,
    sources: Mutex<SourceMap>,
    /// How many lines at the bottom of the terminal are to be replaced.
    height: Mutex<usize>,
}

impl Ui {
    /// Output that looks so.
    pub(crate) fn new(view: &ViewArgs) -> Ui {
        let (out, error) = (io::stdout(), io::stderr());
        let coloured = |is_terminal: bool| Style::new(is_terminal && !view.no_color);
        let inner = Inner {
            style: coloured(out.is_terminal()),
            error_style: coloured(error.is_terminal()),
            width: width(&out, out.is_terminal()),
            error_width: width(&error, error.is_terminal()),
            compact_warnings: view.compact_warnings,
            json: view.json,
            live: out.is_terminal() && !view.json,
            data_only: AtomicBool::new(false),
            sources: Mutex::default(),
            height: Mutex::default(),
        };
        if view.json {
            print(&json_ui::version(&timestamp()));
        }
        Ui { inner: Arc::new(inner) }
    }

    /// The colours of standard output.
    pub(crate) fn style(&self) -> Style {
        self.inner.style
    }

    /// The width of standard output.
    pub(crate) fn width(&self) -> usize {
        self.inner.width
    }

    /// Whether messages for programs are printed in place of text for people.
    pub(crate) fn is_json(&self) -> bool {
        self.inner.json
    }

    /// Whether a terminal is there to be redrawn.
    pub(crate) fn is_live(&self) -> bool {
        self.inner.live
    }

    /// Looks at, or adds to, the sources that diagnostics point into.
    pub(crate) fn with_sources<T>(&self, work: impl FnOnce(&mut SourceMap) -> T) -> T {
        work(&mut self.inner.sources.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Adds sources.
    pub(crate) fn add_sources(&self, sources: &SourceMap) {
        self.with_sources(|all| all.extend(sources));
    }

    /// Prints text for people.
    pub(crate) fn out(&self, text: &str) {
        if !self.inner.json {
            self.redraw(text, "");
        }
    }

    /// Prints text and below it lines that the next text takes the place of.
    pub(crate) fn redraw(&self, text: &str, below: &str) {
        let mut height = self.inner.height.lock().unwrap_or_else(PoisonError::into_inner);
        let erase = match *height {
            0 => String::new(),
            lines => format!("\u{1b}[{lines}A\u{1b}[J"),
        };
        *height = below.lines().count();
        let out = erase + text + below;
        if !out.is_empty() {
            print(&out);
        }
    }

    /// Prints a line for people.
    pub(crate) fn line(&self, text: impl std::fmt::Display) {
        self.out(&format!("{text}\n"));
    }

    /// Prints something by the way.
    pub(crate) fn note(&self, text: &str) {
        match self.inner.json {
            true => print(&json_ui::log(text, &timestamp())),
            false if self.inner.data_only.load(Ordering::Relaxed) => self.error_line(text),
            false => self.line(text),
        }
    }

    /// Prints a line to standard error.
    pub(crate) fn error_line(&self, text: &str) {
        print_error(&format!("{text}\n"));
    }

    /// Says that the user's wish to stop has been heard.
    pub(crate) fn interrupted(&self, text: &str) {
        match self.inner.json {
            true => self.note(text.trim()),
            false => self.line(text),
        }
    }

    /// Keeps standard output for data: whatever else there is to say goes to standard error.
    pub(crate) fn data_only(&self) {
        self.inner.data_only.store(true, Ordering::Relaxed);
    }

    /// Prints data for programs on standard output.
    pub(crate) fn data(
        &self,
        write: impl FnOnce(&mut dyn io::Write) -> Result<(), RenderError>,
    ) -> Result<(), Diagnostics> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        rendered(write(&mut out).and_then(|()| Ok(out.flush()?)))
    }

    /// Prints diagnostics, if there are any.
    pub(crate) fn diagnostics(&self, diagnostics: &Diagnostics) {
        if diagnostics.is_empty() {
            return;
        }
        let sources = self.with_sources(|sources| sources.clone());
        let view = DiagnosticView::new(&sources);
        if self.inner.json {
            for diagnostic in diagnostics {
                print(&json_ui::diagnostic(diagnostic, &view, &timestamp()));
            }
            return;
        }
        // Where each goes, its colours and width are those of the stream.
        let options = |severity: Severity| match severity {
            Severity::Error => (self.inner.error_style, self.inner.error_width),
            Severity::Warning => (self.inner.style, self.inner.width),
        };
        for severity in [Severity::Warning, Severity::Error] {
            let (style, width) = options(severity);
            let compact_warnings = self.inner.compact_warnings;
            let options = DiagnosticOptions { style, width, compact_warnings };
            let texts = view.human(diagnostics, &options);
            for text in texts.iter().filter(|text| text.severity == severity) {
                match severity {
                    Severity::Warning if !self.inner.data_only.load(Ordering::Relaxed) => {
                        print(&text.text);
                    }
                    _ => print_error(&text.text),
                }
            }
        }
    }

    /// Prints warnings, if there are any.
    pub(crate) fn warnings(&self, warnings: Diagnostics) {
        self.diagnostics(&warnings);
    }

    /// Shows a plan.
    pub(crate) fn plan(
        &self,
        plan: &Plan,
        schemas: &SchemaLibrary,
        in_automation: bool,
    ) -> Result<(), Diagnostics> {
        if self.inner.json {
            print(&json_ui::plan(plan, timestamp));
            return Ok(());
        }
        let mut out = io::BufWriter::new(io::stdout().lock());
        let options = self.plan_options(in_automation);
        rendered(
            write_plan(&mut out, plan, &Library(schemas), &options).and_then(|()| Ok(out.flush()?)),
        )
    }

    /// Tells programs what a saved plan will do. People have seen it before.
    pub(crate) fn planned_changes(&self, plan: &Plan) {
        if self.inner.json {
            print(&json_ui::planned_changes(plan, timestamp));
        }
    }

    /// How plans are shown.
    pub(crate) fn plan_options(&self, in_automation: bool) -> PlanOptions {
        PlanOptions { style: self.inner.style, width: self.inner.width, in_automation }
    }

    /// Says what can be done with a plan.
    pub(crate) fn next_steps(
        &self,
        saved_to: Option<&Path>,
        generated: Option<&Path>,
        in_automation: bool,
    ) {
        let text = |path: Option<&Path>| path.map(|path| path.display().to_string());
        let (saved_to, generated) = (text(saved_to), text(generated));
        let options = self.plan_options(in_automation);
        self.out(&next_steps(saved_to.as_deref(), generated.as_deref(), &options));
    }

    /// Says that a plan has been applied.
    pub(crate) fn apply_complete(&self, counts: &ApplyCounts, destroy: bool) {
        match self.inner.json {
            true => print(&json_ui::apply_summary(counts, destroy, &timestamp())),
            false => print(&apply_complete(counts, destroy, self.inner.style)),
        }
    }

    /// Shows root outputs. People are not told that there are none.
    pub(crate) fn outputs(&self, outputs: &BTreeMap<Str, Output>) {
        if self.inner.json {
            print(&json_ui::outputs(outputs, &timestamp()));
        } else if !outputs.is_empty() {
            let text = groma_view::state::write_outputs(outputs);
            self.out(&format!("{}{text}", outputs_heading(self.inner.style)));
        }
    }

    /// Prints the result of a validation for programs.
    pub(crate) fn validation(&self, found: &Diagnostics) -> Result<(), Diagnostics> {
        let sources = self.with_sources(|sources| sources.clone());
        let view = DiagnosticView::new(&sources);
        self.data(|out| groma_view::diagnostic::write_validation(out, found, &view))
    }

    /// Prints what is still to be printed.
    pub(crate) fn finish(&self) {
        // Where nobody reads, nothing is lost.
        let _ = io::stdout().flush();
    }
}

/// The width of a terminal; that of none is fixed.
fn width(stream: impl std::os::fd::AsFd, is_terminal: bool) -> usize {
    let size = is_terminal.then(|| rustix::termios::tcgetwinsize(stream).ok()).flatten();
    match size {
        Some(size) if size.ws_col > 0 => usize::from(size.ws_col),
        _ => DEFAULT_WIDTH,
    }
}

/// What to say where something could not be shown. That nobody reads any more is no error.
pub(crate) fn rendered(result: Result<(), RenderError>) -> Result<(), Diagnostics> {
    match result {
        Ok(()) => Ok(()),
        Err(RenderError::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => {
            let detail = format!("{error}.");
            Err(Diagnostic::error("Failed to show the result", detail).into())
        }
    }
}

/// Prints to standard output. If nobody reads, nothing is lost.
pub(crate) fn print(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Prints to standard error. If nobody reads, nothing is lost.
pub(crate) fn print_error(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Reports an error from before there is a session.
pub(crate) fn complain(text: &str) -> Exit {
    complain_of(Diagnostic::error("Groma cannot start", text))
}

/// Reports an error from before there is a session.
pub(crate) fn complain_of(diagnostic: Diagnostic) -> Exit {
    Ui::new(&ViewArgs::default()).diagnostics(&diagnostic.into());
    Exit::Failure
}

/// The time as messages for programs have it.
pub(crate) fn timestamp() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}
