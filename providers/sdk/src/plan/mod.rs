//! Planning: what follows from a schema and a few rules, without a line of code per resource type.

mod empty;
mod planner;
mod rules;
mod steady;
#[cfg(test)]
mod tests;
mod write_only;

use groma_schema::Block;
use groma_value::{Path, Value};

pub use empty::{empty_block, empty_object};
pub use rules::Rules;
pub(crate) use write_only::{has_write_only, without_write_only};

use crate::PlanRequest;

/// What an apply would make of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The object as it would be; unknown is what only the apply can tell.
    pub planned: Value,
    /// The attributes whose change cannot be made in place.
    pub requires_replace: Vec<Path>,
}

impl Plan {
    /// The plan for a create or an update that follows from the schema and the rules.
    ///
    /// Defaults are filled in. If anything changes then, every computed attribute that is not
    /// configured becomes unknown, but those that are kept. What differs from the prior object and
    /// cannot be changed in place is listed. See [`Rules::steady`] for another way.
    pub fn by_rules(block: &Block, rules: &Rules, request: &PlanRequest) -> Plan {
        match rules.is_steady() {
            true => steady::plan(block, rules, request),
            false => planner::plan(block, rules, request),
        }
    }

    /// Says that the change of this attribute cannot be made in place.
    pub fn replace(&mut self, path: Path) {
        if !self.requires_replace.contains(&path) {
            self.requires_replace.push(path);
        }
    }
}
