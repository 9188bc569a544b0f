//! What a plan is made from.

use std::collections::BTreeMap;
use std::sync::Arc;

use groma_addrs::{AbsActionInstance, AbsResourceInstance, Target};
use groma_config::Config;
use groma_diag::{Diagnostic, Diagnostics};
use groma_lang::FunctionTable;
use groma_plan::Mode;
use groma_state::State;
use groma_value::Str;

use crate::variables::InputValue;
use crate::world::Paths;

/// What kind of plan is wanted.
#[derive(Clone, Debug)]
pub struct PlanOptions {
    /// The kind of plan.
    pub mode: Mode,
    /// What to narrow it to; all if empty.
    pub targets: Vec<Target>,
    /// What to leave out.
    pub excludes: Vec<Target>,
    /// What to replace whatever its values.
    pub force_replace: Vec<AbsResourceInstance>,
    /// Whether to read all objects first.
    pub refresh: bool,
    /// To write the configuration of imported objects that have none: the name of the file that
    /// it is for.
    pub generate_config: Option<String>,
    /// The actions to invoke, and whether an index is written: then nothing else is done, and the
    /// mode is [`Mode::RefreshOnly`].
    pub invoke: Vec<(AbsActionInstance, bool)>,
    /// Whether what cannot be planned yet is left for a later plan, and is no error.
    pub allow_deferral: bool,
    /// An object that is to be imported to this instance, by its id. Nothing else is planned, and
    /// nothing else read: it is found in the plan's prior state.
    pub import: Option<(AbsResourceInstance, Str)>,
    /// When the plan is made, RFC 3339.
    pub timestamp: String,
    /// Whether local values are kept to the end, for those who want to look at them afterwards.
    pub keep_values: bool,
}

impl Default for PlanOptions {
    fn default() -> Self {
        PlanOptions {
            mode: Mode::Normal,
            targets: Vec::new(),
            excludes: Vec::new(),
            force_replace: Vec::new(),
            refresh: true,
            generate_config: None,
            invoke: Vec::new(),
            allow_deferral: false,
            import: None,
            timestamp: String::new(),
            keep_values: false,
        }
    }
}

/// What a plan is made from.
#[derive(Clone)]
pub struct PlanInput {
    /// The configuration.
    pub config: Config,
    /// The state as stored.
    pub state: Arc<State>,
    /// The lineage of the state.
    pub lineage: String,
    /// The serial of the state.
    pub serial: u64,
    /// The root variables that were given.
    pub variables: BTreeMap<Str, InputValue>,
    /// The built-in functions.
    pub functions: Arc<FunctionTable>,
    /// Where the configuration lies.
    pub paths: Paths,
    /// The workspace.
    pub workspace: String,
    /// What is wanted.
    pub options: PlanOptions,
}

impl PlanOptions {
    /// What does not go together, and a warning of plans that are not of everything.
    pub(super) fn check(&self) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        if !self.targets.is_empty() || !self.excludes.is_empty() {
            let detail = "You are creating a plan with the -target or -exclude option, which means that the result of this plan may not represent all of the changes requested by the current configuration.\n\nThese options are not for routine use, and are provided only for exceptional situations such as recovering from errors or mistakes, or when an error message specifically suggests to use them.";
            diagnostics.push(Diagnostic::warning("Resource targeting is in effect", detail));
        }
        if self.generate_config.is_some() && self.mode != Mode::Normal {
            let detail = "Config can only be generated during a normal plan operation, and not during a refresh-only or destroy plan.";
            diagnostics.push(Diagnostic::error("Invalid generate-config-out flag", detail));
        }
        if self.mode != Mode::Normal && !self.force_replace.is_empty() {
            let detail = "Forcing the replacement of objects goes with normal planning only, neither with -destroy nor with -refresh-only.";
            diagnostics.push(Diagnostic::error("Unsupported plan mode", detail));
        }
        if self.mode == Mode::RefreshOnly && !self.refresh {
            let detail = "A refresh-only plan without refreshing would say nothing. Leave out either -refresh-only or -refresh=false.";
            diagnostics.push(Diagnostic::error("Incompatible refresh options", detail));
        }
        diagnostics
    }
}
