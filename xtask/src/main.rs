//! The project's own automation: `cargo xtask demo`, `test`, `lint`, `tidy`, `readme`, `bench`,
//! `fuzz-diff`.
//!
//! Invariant: nothing here is part of the product, and no other package depends on it. Of the
//! workspace's packages it uses the parser only, for what is made from configurations; otherwise it
//! runs their programs, as a user does.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it talks to whoever runs it")]

mod bench;
mod demo;
mod emulator;
mod fuzz;
mod interrupt;
mod lint;
mod measure;
mod mirror;
mod programs;
mod readme;
mod test;
mod tidy;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

/// The project's own automation.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Take an example through its whole life on a local emulator
    Demo(demo::Args),
    /// Run all tests, with everything that they need
    Test(test::Args),
    /// Check format and lints
    Lint,
    /// Check the rules that compilers and linters do not know
    Tidy,
    /// Make the READMEs of the modules from their variables and outputs
    Readme(readme::Args),
    /// Compare speed and memory with Terraform's
    Bench(bench::Args),
    /// Look for differences from Terraform with random input
    FuzzDiff(fuzz::Args),
    /// Start the local AWS emulator, and keep it until it is interrupted
    Emulator,
    /// Run a program and write down what it used
    #[command(hide = true)]
    Measure(measure::Args),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Measure(args) => return measure::run(&args),
        command => Workspace::find().and_then(|workspace| run(command, &workspace)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command, workspace: &Workspace) -> anyhow::Result<()> {
    match command {
        Command::Demo(args) => demo::run(&args, workspace),
        Command::Test(args) => test::run(&args, workspace),
        Command::Lint => lint::run(workspace),
        Command::Tidy => tidy::run(workspace),
        Command::Readme(args) => readme::run(&args, workspace),
        Command::Bench(args) => bench::run(&args, workspace),
        Command::FuzzDiff(args) => fuzz::run(&args, workspace),
        Command::Emulator => emulator::keep(workspace),
        Command::Measure(_) => Ok(()),
    }
}
