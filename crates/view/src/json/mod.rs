//! Plans and state for programs, in the documented formats.
//!
//! Everything is written as it is gone through: however large a plan or a state is, no second copy
//! of it comes to be.

mod change;
mod checks;
mod config;
mod expressions;
mod functions;
mod masks;
mod modules;
mod object;
mod outputs;
mod plan;
mod planned;
mod provider_config;
mod provider_schemas;
mod state;
mod values;

use std::io;

use groma_config::Config;
use groma_plan::Plan;
use groma_state::State;
use groma_value::json::HtmlSafe;
use serde::Serialize;
use serde_json::ser::{CompactFormatter, PrettyFormatter};

use crate::{RenderError, Schemas};

pub(crate) use change::ImportingJson;
pub use functions::write_functions;
pub(crate) use object::StoredObject;
pub(crate) use outputs::OutputJson;
pub use outputs::{write_output_value, write_outputs};
pub use provider_schemas::write_provider_schemas;
pub(crate) use state::by_module;
pub(crate) use values::{Key, Known};

/// The version of the format of plans.
pub const PLAN_FORMAT_VERSION: &str = "1.2";
/// The version of the format of states.
pub const STATE_FORMAT_VERSION: &str = "1.0";

/// Writes a plan, on one line without a line break at its end.
pub fn write_plan(
    out: impl io::Write,
    plan: &Plan,
    config: &Config,
    schemas: &dyn Schemas,
) -> Result<(), RenderError> {
    plan::check(plan, schemas)?;
    write(out, &plan::PlanJson { plan, config, schemas })
}

/// Writes a state, on one line without a line break at its end. `terraform_version` is what the
/// state file says it was written by.
pub fn write_state(
    out: impl io::Write,
    state: &State,
    terraform_version: Option<&str>,
    schemas: &dyn Schemas,
) -> Result<(), RenderError> {
    write(out, &state::StateJson { state, terraform_version, schemas })
}

/// Writes that there is no state.
pub fn write_no_state(out: impl io::Write) -> Result<(), RenderError> {
    let none = serde_json::json!({ "format_version": STATE_FORMAT_VERSION });
    write(out, &none)
}

/// Writes JSON on one line, safe to be put into HTML.
pub(crate) fn write(out: impl io::Write, data: &impl Serialize) -> Result<(), RenderError> {
    let mut out = io::BufWriter::new(out);
    let formatter = HtmlSafe(CompactFormatter);
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, formatter);
    data.serialize(&mut serializer)?;
    io::Write::flush(&mut out)?;
    Ok(())
}

/// Writes JSON on many lines, safe to be put into HTML.
pub(crate) fn write_pretty(out: impl io::Write, data: &impl Serialize) -> Result<(), RenderError> {
    let mut out = io::BufWriter::new(out);
    let formatter = HtmlSafe(PrettyFormatter::with_indent(b"  "));
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, formatter);
    data.serialize(&mut serializer)?;
    io::Write::flush(&mut out)?;
    Ok(())
}
