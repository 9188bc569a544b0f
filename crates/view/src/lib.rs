//! What Groma shows: plans, state, diagnostics and progress, for people and for programs.
//!
//! Everything here turns data into text. What people read follows the forms that they know from
//! Terraform; what programs read follows its documented formats field for field, so that tools go
//! on working.
//!
//! Invariant: nothing is printed and no clock is read; writers, widths, colours and times are
//! handed in. Nothing here knows the engine.

pub mod diagnostic;
mod diff;
mod events;
pub mod graph;
pub mod json;
pub mod json_ui;
pub mod plan;
pub mod progress;
pub mod query;
mod schemas;
pub mod state;
mod style;
mod text;

pub use diagnostic::{DiagnosticOptions, DiagnosticText, DiagnosticView};
pub use events::{ActionStage, EphemeralStage, EphemeralStep, HEARTBEAT, ObjectId, ProgressEvent};
pub use plan::{PlanOptions, write_plan};
pub use schemas::{RenderError, SchemaTable, Schemas};
pub use style::{Painted, Style};
pub use text::{DEFAULT_WIDTH, rule};
