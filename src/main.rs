//! `groma`: plans, applies and destroys infrastructure.
//!
//! The command line is thin: [`args`] turns what was typed into what `clap` reads, [`settings`]
//! resolves it with the environment, each file of [`commands`] holds one command, and everything
//! that is shown comes from `groma_view`. What a command needs of the world (files, clock,
//! randomness, processes, terminal) is handed to the engine from here.

mod args;
mod backend;
mod commands;
mod configuration;
mod encryption;
mod exit;
mod files;
mod generated;
mod interrupts;
mod keeper;
mod logging;
mod native;
mod objects;
mod operation;
mod plan_file;
mod progress;
mod prompt;
mod providers;
mod remote_state;
mod schemas;
mod session;
mod settings;
mod state_access;
mod ui;
mod variables;
mod workspace;

use std::ffi::OsString;

use crate::exit::Exit;

fn main() {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let exit = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => {
            let exit = runtime.block_on(commands::run(&arguments));
            // Everything that has to be in order is so by now; taking down what is left in memory
            // would only take time.
            std::mem::forget(runtime);
            exit
        }
        Err(error) => ui::complain(&format!("Groma cannot start its threads: {error}.")),
    };
    end(exit)
}

#[expect(clippy::exit, reason = "the one place where the process ends")]
fn end(exit: Exit) -> ! {
    std::process::exit(exit.code())
}
