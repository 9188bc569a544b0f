//! The binary from end to end: what a user types, what is printed and what is left behind.
//!
//! All in one test binary, hermetic: each test has a home and a working directory of its own, and
//! no variable of the surroundings reaches the commands.

mod environment;
mod server;

mod backend;
mod basics;
mod console;
mod encryption;
mod errors;
mod fmt;
mod imports;
mod init;
mod interrupt;
mod locking;
mod modules;
mod options;
mod providers;
mod saved_plan;
mod state;
mod variables;
mod workspace;
