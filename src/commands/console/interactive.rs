//! The console at a terminal: lines are edited, and kept for the next time.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use groma_diag::{Diagnostic, Diagnostics};
use groma_hcl::is_incomplete;
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::{FileHistory, History as _};
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Config, Editor, Helper};

use super::{Conversation, Reply};
use crate::exit::Exit;
use crate::session::Session;

const PROMPT: &str = "> ";

/// How many lines are kept.
const HISTORY: usize = 1000;

/// Asks for more lines while a bracket or a heredoc is open.
struct Lines;

impl Validator for Lines {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(match is_incomplete(context.input()) {
            true => ValidationResult::Incomplete,
            false => ValidationResult::Valid(None),
        })
    }
}

impl Completer for Lines {
    type Candidate = String;
}

impl Hinter for Lines {
    type Hint = String;
}

impl Highlighter for Lines {}
impl Helper for Lines {}

type Lined = Editor<Lines, FileHistory>;

/// Converses until the user leaves.
pub(super) async fn run(
    session: &Session,
    conversation: Conversation,
) -> Result<Exit, Diagnostics> {
    let history = history_file(session);
    // Reading a line waits for the user, which must not keep a task from going on.
    let talk = tokio::task::spawn_blocking(move || talk(&conversation, history.as_deref()));
    match talk.await {
        Ok(result) => result,
        Err(error) => Err(failed(&error.to_string())),
    }
}

fn talk(conversation: &Conversation, history: Option<&Path>) -> Result<Exit, Diagnostics> {
    let mut editor = editor().map_err(|error| failed(&error.to_string()))?;
    if let Some(path) = history.filter(|path| prepare(path)) {
        // What cannot be read is as good as no history.
        let _ = editor.load_history(path);
    }
    loop {
        match editor.readline(PROMPT) {
            Ok(line) => {
                if !line.trim().is_empty() {
                    let _ = editor.add_history_entry(line.as_str());
                }
                match conversation.reply(line.as_bytes()) {
                    Ok(Reply::Exit) => break,
                    Ok(Reply::Text(text)) => conversation.ui.line(text),
                    Err(diagnostics) => conversation.ui.diagnostics(&diagnostics),
                }
            }
            Err(ReadlineError::Eof | ReadlineError::Interrupted) => break,
            Err(error) => return Err(failed(&error.to_string())),
        }
    }
    if let Some(path) = history
        && !editor.history().is_empty()
        && let Err(error) = editor.save_history(path)
    {
        tracing::warn!(%error, path = %path.display(), "the console's history cannot be saved");
    }
    Ok(Exit::Success)
}

fn editor() -> rustyline::Result<Lined> {
    let config = Config::builder().max_history_size(HISTORY)?.auto_add_history(false).build();
    let mut editor = Lined::with_config(config)?;
    editor.set_helper(Some(Lines));
    Ok(editor)
}

/// Where lines are kept, if there is a place for such things.
fn history_file(session: &Session) -> Option<PathBuf> {
    let environment = &session.environment;
    let xdg = environment.variables.get("XDG_STATE_HOME").map(PathBuf::from);
    let base = xdg
        .filter(|path| path.is_absolute())
        .or_else(|| environment.home.as_ref().map(|home| home.join(".local/state")))?;
    Some(base.join("groma/console_history"))
}

/// Makes the file, for its owner only: what is typed may be secret.
fn prepare(path: &Path) -> bool {
    let Some(folder) = path.parent() else { return false };
    let made = std::fs::create_dir_all(folder)
        .and_then(|()| OpenOptions::new().create(true).append(true).mode(0o600).open(path));
    made.is_ok()
}

fn failed(why: &str) -> Diagnostics {
    let detail = format!("The terminal cannot be used: {why}.");
    Diagnostic::error("Failed to read input", detail).into()
}
