//! Plugins that do not outlive us, however we end.
//!
//! A host that is killed cannot end its plugins. On Linux a process can ask to be killed when its
//! parent goes, but it has to ask for itself. So our own program is started in the plugin's place,
//! asks, and then becomes the plugin.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use tokio::process::{Child, Command};
use tokio::runtime::Handle;

/// The argument by which our program knows that it is to become a plugin.
const ARGUMENT: &str = "__become-guarded-plugin";

/// The status with which it ends when it cannot.
const CANNOT: u8 = 126;

/// Becomes the plugin that the arguments (without the program's name) tell of, if they tell of one:
/// they do where [`crate::Launch::guard`] names the running program. To be called before anything
/// else. It returns `None` if there is something else to do, and a status to end with if it failed.
pub fn become_guarded(mut args: impl Iterator<Item = OsString>) -> Option<ExitCode> {
    if args.next()? != *ARGUMENT {
        return None;
    }
    let error = match (args.next(), args.next()) {
        (Some(parent), Some(program)) => become_plugin(&parent, &program, args),
        _ => io::Error::from(io::ErrorKind::InvalidInput),
    };
    // This is the plugin's standard error, which the host reads; it has no other.
    let _ = io::Write::write_fmt(&mut io::stderr(), format_args!("{error}\n"));
    Some(ExitCode::from(CANNOT))
}

#[cfg(target_os = "linux")]
fn become_plugin(
    parent: &OsString,
    program: &OsString,
    args: impl Iterator<Item = OsString>,
) -> io::Error {
    use std::os::unix::process::CommandExt as _;

    use rustix::process::{Signal, getppid, set_parent_process_death_signal};

    if let Err(error) = set_parent_process_death_signal(Some(Signal::KILL)) {
        return error.into();
    }
    // The parent may have gone before it was asked for.
    let parent_now = getppid().map(|pid| pid.as_raw_nonzero().get().to_string());
    if parent_now.is_none_or(|pid| *parent != *pid) {
        return io::Error::other("the process that started this one is gone");
    }
    std::process::Command::new(program).args(args).exec()
}

#[cfg(not(target_os = "linux"))]
fn become_plugin(_: &OsString, _: &OsString, _: impl Iterator<Item = OsString>) -> io::Error {
    io::ErrorKind::Unsupported.into()
}

/// The command that starts `program` under guard.
pub(crate) fn guarded(guard: &Path, program: &Path) -> Command {
    let mut command = Command::new(guard);
    command.arg(ARGUMENT).arg(std::process::id().to_string()).arg(program);
    command
}

/// What keeps a guarded process from being killed: as long as this lives, its parent does.
#[derive(Debug)]
pub(crate) struct Parent(
    #[expect(dead_code, reason = "its end is what counts")] std::sync::mpsc::Sender<()>,
);

/// Starts a process whose parent, as the system sees it, lasts as long as the [`Parent`].
///
/// To the system, the parent is the thread and not the process, and threads of the runtime may end
/// before it does.
pub(crate) async fn spawn_with_parent(mut command: Command) -> io::Result<(Child, Parent)> {
    let (parent, until) = std::sync::mpsc::channel::<()>();
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let runtime = Handle::current();
    let thread = move || {
        let _entered = runtime.enter();
        // If nobody waits for the process any more, it is killed with the message.
        let sent = sender.send(command.spawn());
        if sent.is_ok() {
            // It gives an error when the other end is dropped, which is what is waited for.
            let _ = until.recv();
        }
    };
    std::thread::Builder::new().name("plugin-parent".to_owned()).spawn(thread)?;
    let child = receiver.await.map_err(io::Error::other)??;
    Ok((child, Parent(parent)))
}
