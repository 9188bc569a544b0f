//! `groma fmt`

mod diff;
mod find;

use std::io::{self, Read as _};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

use groma_diag::{Diagnostic, Diagnostics};

use self::find::{Found, find};
use crate::args::BOOL;
use crate::exit::Exit;
use crate::session::Session;
use crate::ui::{self, Ui, ViewArgs};

/// Rewrite configuration files in the canonical format
///
/// Without a target, the files of the working directory are formatted; a directory as target
/// stands for its files, and a dash for the standard input. Files in JSON syntax stay as they are.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Name the files that change
    #[arg(long, value_name = BOOL, default_value = "true")]
    list: bool,
    /// Write what changes; without this, -list and -diff, all is printed as it would be
    #[arg(long, value_name = BOOL, default_value = "true")]
    write: bool,
    /// Show what changes
    #[arg(long, value_name = BOOL)]
    diff: bool,
    /// Write nothing, and end with exit code 3 if something would change
    #[arg(long, value_name = BOOL)]
    check: bool,
    /// Format the files in subdirectories, too
    #[arg(long, value_name = BOOL)]
    recursive: bool,
    #[command(flatten)]
    pub(crate) view: ViewArgs,
    /// Files, directories, or a dash for the standard input
    #[arg(value_name = "TARGET")]
    targets: Vec<PathBuf>,
}

/// What diagnostics and diffs call the standard input.
const STDIN: &str = "<stdin>";

/// What is to become of formatted files.
#[derive(Clone, Copy, Debug)]
struct Wish {
    /// Names of those that change are printed.
    list: bool,
    /// Those that change are written.
    write: bool,
    /// What changes is printed.
    diff: bool,
    /// The formatted text is printed, whether it differs or not.
    text: bool,
}

/// What has become of a file.
struct Outcome {
    /// Whether the canonical format is another.
    changes: bool,
    /// What there is to print.
    out: String,
    /// The file and its source, if there is an error that points there.
    source: Option<(String, String)>,
    diagnostics: Diagnostics,
}

/// Runs it.
pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Diagnostics> {
    let ui = session.ui.clone();
    // Apart from the runtime's threads, so that an interrupt is heard meanwhile.
    let work = tokio::task::spawn_blocking(move || run_blocking(&args, &ui));
    work.await.map_err(|error| {
        Diagnostic::error("Failed to format", format!("Formatting ended early: {error}.")).into()
    })
}

fn run_blocking(args: &Args, ui: &Ui) -> Exit {
    let is_stdin = args.targets.first().is_some_and(|target| target.as_os_str() == "-");
    // What comes in on standard input has no name to list and no place to be written to.
    let list = args.list && !is_stdin;
    let write = args.write && !is_stdin && !args.check;
    let text = !list && !write && !args.diff && !args.check;
    let wish = Wish { list, write, diff: args.diff, text };
    let mut diagnostics = Diagnostics::new();
    let outcomes = match is_stdin {
        true => vec![format_stdin(wish)],
        false => {
            let Found { files, errors } = find(&args.targets, args.recursive);
            diagnostics.extend(errors);
            format_all(&files, wish)
        }
    };
    let mut changes = false;
    let mut out = String::new();
    for outcome in outcomes {
        changes |= outcome.changes;
        out.push_str(&outcome.out);
        if let Some((name, source)) = outcome.source {
            ui.with_sources(|sources| sources.insert(name, source));
        }
        diagnostics.extend(outcome.diagnostics);
    }
    // A check says nothing if not by names, and is no check if something could not be read.
    if !args.check || (list && !diagnostics.has_errors()) {
        ui::print(&out);
    }
    ui.diagnostics(&diagnostics);
    match () {
        () if diagnostics.has_errors() => Exit::NotFormatted,
        () if args.check && changes => Exit::Unformatted,
        () => Exit::Success,
    }
}

/// Formats files, several at once; the outcomes are in the files' order.
fn format_all(files: &[PathBuf], wish: Wish) -> Vec<Outcome> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Outcome)>> = Mutex::new(Vec::with_capacity(files.len()));
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(files.len());
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(file) = files.get(at) else { return };
            let outcome = format_file(file, wish);
            done.lock().unwrap_or_else(PoisonError::into_inner).push((at, outcome));
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, outcome)| outcome).collect()
}

fn format_file(file: &PathBuf, wish: Wish) -> Outcome {
    let name = file.display().to_string();
    let source = match std::fs::read(file) {
        Ok(source) => source,
        Err(error) => {
            let summary = format!("Failed to read file {name}");
            return Outcome::failed(Diagnostic::error(summary, format!("{error}.")));
        }
    };
    format_source(name, &source, wish, |text| std::fs::write(file, text))
}

fn format_stdin(wish: Wish) -> Outcome {
    let mut source = Vec::new();
    if let Err(error) = io::stdin().lock().read_to_end(&mut source) {
        let summary = format!("Failed to read {STDIN}");
        return Outcome::failed(Diagnostic::error(summary, format!("{error}.")));
    }
    format_source(STDIN.to_owned(), &source, wish, |_| Ok(()))
}

fn format_source(
    name: String,
    source: &[u8],
    wish: Wish,
    write: impl FnOnce(&str) -> io::Result<()>,
) -> Outcome {
    let (formatted, mut diagnostics) = groma_hcl::format_file(&name, source);
    let text = || String::from_utf8_lossy(source).into_owned();
    let Some(formatted) = formatted else {
        let source = Some((name, text()));
        return Outcome { changes: false, out: String::new(), source, diagnostics };
    };
    let mut out = String::new();
    let changes = formatted.as_bytes() != source;
    if changes {
        if wish.list {
            out = format!("{name}\n");
        }
        if wish.write
            && let Err(error) = write(&formatted)
        {
            let summary = format!("Failed to write {name}");
            diagnostics.error(summary, format!("{error}."));
        }
        if wish.diff {
            out += &diff::unified(&name, &text(), &formatted);
        }
    }
    if wish.text {
        out = formatted;
    }
    Outcome { changes, out, source: None, diagnostics }
}

impl Outcome {
    fn failed(error: Diagnostic) -> Outcome {
        Outcome { changes: false, out: String::new(), source: None, diagnostics: error.into() }
    }
}
