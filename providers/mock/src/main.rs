//! A provider for tests that keeps its resources as local files.
//!
//! It stands in for `hashicorp/tfcoremock`: the same types, the same configuration, the same files.
//! On request it also misbehaves, so that engines can be tested against bad plugins; see its
//! README.
//!
//! Invariant: nothing of the engine.

mod computed;
mod data_source;
mod definition;
mod ephemeral;
mod faults;
mod number_text;
mod provider;
mod resource;
mod schema;
mod statics;
mod store;
mod stored;

use std::process::ExitCode;

use groma_sdk::{Serve, serve};

fn main() -> ExitCode {
    let faults = faults::Faults::of_environment();
    if let Some(code) = faults.at_start() {
        return code;
    }
    serve(Serve::new("registry.terraform.io/hashicorp/tfcoremock"), provider::Mock::new(faults))
}
