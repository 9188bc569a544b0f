//! Asking the user.

use std::io::{self, BufRead as _};

use crate::session::Session;

/// Asks for a line and waits for it. `None` if there is none: the input has ended, or the user has
/// interrupted the command.
pub(crate) async fn line(session: &Session, question: &str) -> Option<String> {
    session.ui.out(question);
    let (sender, receiver) = tokio::sync::oneshot::channel();
    // A thread of its own: waiting for input cannot be broken off, and must not keep the process
    // from ending.
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line);
        // Whoever asked may have gone.
        let _ = sender.send(matches!(read, Ok(n) if n > 0).then_some(line));
    });
    let answer = tokio::select! {
        answer = receiver => answer.ok().flatten(),
        () = session.interrupt.reached(groma_engine::Urgency::Soon) => None,
    };
    session.ui.out("\n");
    answer.map(|line| line.trim_end_matches(['\n', '\r']).to_owned())
}

/// Asks for `yes`. Anything else means no.
pub(crate) async fn confirmed(session: &Session, question: &str, explanation: &str) -> bool {
    let style = session.ui.style();
    let text =
        format!("\n{}\n{explanation}\n\n  {} ", style.bold(question), style.bold("Enter a value:"));
    line(session, &text).await.is_some_and(|answer| answer.trim() == "yes")
}
