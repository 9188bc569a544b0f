//! How a command ends.

/// What the process says by its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: all is well. With `-detailed-exitcode`: and nothing would change.
    Success,
    /// 1: there were errors, or the user did not want to go on.
    Failure,
    /// 2: with `-detailed-exitcode`: all is well, and something would change.
    Changes,
    /// 127: no command was named.
    NoCommand,
}

impl Exit {
    /// The exit code.
    pub(crate) fn code(self) -> i32 {
        match self {
            Exit::Success => 0,
            Exit::Failure => 1,
            Exit::Changes => 2,
            Exit::NoCommand => 127,
        }
    }
}
