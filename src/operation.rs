//! Planning and applying, as several commands do it.

mod apply;
mod arguments;
mod plan;

pub(crate) use apply::{Command, apply_planned, apply_saved, conclude};
pub(crate) use arguments::{OperationArgs, PlanningArgs};
pub(crate) use plan::{Planned, Planning, plan, surroundings};
