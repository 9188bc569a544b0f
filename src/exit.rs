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
    /// 2: with `fmt`: there were errors.
    NotFormatted,
    /// 3: with `fmt -check`: something is not formatted.
    Unformatted,
    /// 127: no command was named.
    NoCommand,
}

impl Exit {
    /// The exit code.
    pub(crate) fn code(self) -> i32 {
        match self {
            Exit::Success => 0,
            Exit::Failure => 1,
            Exit::Changes | Exit::NotFormatted => 2,
            Exit::Unformatted => 3,
            Exit::NoCommand => 127,
        }
    }
}
