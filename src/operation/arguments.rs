//! Options of planning and applying.

use std::path::PathBuf;

use groma_addrs::parse;
use groma_addrs::{AbsActionInstance, AbsResourceInstance, Target};
use groma_config::Config;
use groma_diag::{Diagnostic, Diagnostics};
use groma_engine::PlanOptions;
use groma_plan::Mode;

use crate::args::BOOL;
use crate::backend::{LockArgs, StateArgs};
use crate::ui::ViewArgs;
use crate::variables::VariableArgs;

/// What kind of plan is wanted, and of what.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct PlanningArgs {
    /// Plan to destroy everything that the configuration manages
    #[arg(long, value_name = BOOL)]
    pub(crate) destroy: bool,
    /// Only bring the state up to date with what is there
    #[arg(long, value_name = BOOL)]
    pub(crate) refresh_only: bool,
    /// Look at all objects first; -refresh=false trusts the state instead
    #[arg(long, value_name = BOOL, default_value = "true")]
    pub(crate) refresh: bool,
    /// Plan for this module, resource or instance only and what it depends on; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) target: Vec<String>,
    /// Leave out this module, resource or instance and what depends on it; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) exclude: Vec<String>,
    /// Replace this instance even if nothing forces that; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) replace: Vec<String>,
    /// Do nothing but invoke this action; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) invoke: Vec<String>,
    /// Where to write the configuration of imported objects, for the command that has this option
    #[arg(skip)]
    pub(crate) generate_config: Option<PathBuf>,
    /// Leave for a later plan what cannot be planned yet, where that would be an error
    #[arg(long, value_name = BOOL)]
    pub(crate) allow_deferral: bool,
    /// Which warnings of what is deprecated to show: "module:all", "module:local" for those of
    /// modules in local folders, or "module:none"
    #[arg(long, value_name = "WHICH", default_value = "module:all")]
    deprecation: String,
    #[command(flatten)]
    pub(crate) variables: VariableArgs,
}

/// How to go about it.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct OperationArgs {
    /// How many objects are worked on at once
    #[arg(long, value_name = "N", default_value = "10")]
    parallelism: i64,
    /// Ask for variables that are not set; -input=false fails instead
    #[arg(long, value_name = BOOL, default_value = "true")]
    input: bool,
    #[command(flatten)]
    pub(crate) lock: LockArgs,
    #[command(flatten)]
    pub(crate) state: StateArgs,
    #[command(flatten)]
    view: ViewArgs,
    /// Show warnings by their summaries only, unless there are errors
    #[arg(long, value_name = BOOL)]
    compact_warnings: bool,
    /// Print messages for programs, one JSON object a line
    #[arg(long, value_name = BOOL)]
    pub(crate) json: bool,
}

impl OperationArgs {
    /// How output is to look.
    pub(crate) fn view(&self) -> ViewArgs {
        ViewArgs {
            no_color: self.view.no_color || self.json,
            compact_warnings: self.compact_warnings,
            json: self.json,
        }
    }

    /// Whether the user may be asked.
    pub(crate) fn may_ask(&self, session: &crate::session::Session) -> bool {
        self.input && session.settings.input && !self.json
    }

    /// How many objects are worked on at once.
    pub(crate) fn parallelism(&self) -> Result<usize, Diagnostics> {
        match usize::try_from(self.parallelism) {
            Ok(n) if n > 0 => Ok(n),
            _ => {
                let detail = format!(
                    "The parallelism must be a positive value. Received {}.",
                    self.parallelism
                );
                Err(Diagnostic::error("Invalid parallelism value", detail).into())
            }
        }
    }
}

impl PlanningArgs {
    /// None of the options but these variables.
    pub(crate) fn with_variables(variables: VariableArgs) -> PlanningArgs {
        PlanningArgs {
            allow_deferral: false,
            deprecation: "module:all".into(),
            destroy: false,
            refresh_only: false,
            refresh: true,
            target: Vec::new(),
            exclude: Vec::new(),
            replace: Vec::new(),
            invoke: Vec::new(),
            generate_config: None,
            variables,
        }
    }

    /// Whether none of the options is there, as must be where a saved plan is applied.
    pub(crate) fn is_default(&self) -> bool {
        !self.destroy
            && !self.refresh_only
            && self.refresh
            && self.target.is_empty()
            && self.exclude.is_empty()
            && self.replace.is_empty()
            && self.invoke.is_empty()
            && !self.allow_deferral
    }

    /// The configuration without the deprecations that nobody wants to hear of.
    pub(crate) fn heeded(&self, config: Config) -> Result<Config, Diagnostics> {
        match &*self.deprecation {
            "module:all" => Ok(config),
            "module:local" => Ok(config.without_deprecations(true)),
            "module:none" => Ok(config.without_deprecations(false)),
            other => {
                let detail = format!(
                    "The -deprecation option takes module:all, module:local or module:none, and not {other:?}."
                );
                Err(Diagnostic::error("Invalid deprecation argument", detail).into())
            }
        }
    }

    /// What they mean to the engine.
    pub(crate) fn options(&self) -> Result<PlanOptions, Diagnostics> {
        let mut diagnostics = Diagnostics::new();
        let mode = match (self.destroy, self.refresh_only) {
            (true, true) => {
                diagnostics.error(
                    "Incompatible plan mode options",
                    "The -destroy and -refresh-only options are mutually-exclusive.",
                );
                Mode::Normal
            }
            (true, false) => Mode::Destroy,
            (false, true) => Mode::RefreshOnly,
            (false, false) => Mode::Normal,
        };
        let mode = match self.invoke.is_empty() {
            true => mode,
            false => {
                if mode != Mode::Normal || !self.target.is_empty() || !self.exclude.is_empty() {
                    diagnostics.error(
                        "Incompatible plan options",
                        "The -invoke option cannot be combined with -destroy, -refresh-only, -target, -exclude or -replace: nothing but the action is done.",
                    );
                }
                Mode::RefreshOnly
            }
        };
        let options = PlanOptions {
            mode,
            invoke: invoked(&self.invoke, &mut diagnostics),
            targets: targets(&self.target, &mut diagnostics),
            excludes: targets(&self.exclude, &mut diagnostics),
            force_replace: instances(&self.replace, &mut diagnostics),
            refresh: self.refresh,
            generate_config: self.generate_config.as_ref().map(|path| {
                path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
            }),
            allow_deferral: self.allow_deferral,
            ..PlanOptions::default()
        };
        diagnostics.into_result(options).map(|(options, _)| options)
    }
}

fn targets(texts: &[String], diagnostics: &mut Diagnostics) -> Vec<Target> {
    let mut parse = |text: &String| match parse::target(text) {
        Ok(target) => Some(target),
        Err(why) => {
            diagnostics.error(format!("Invalid target {text:?}"), why);
            None
        }
    };
    texts.iter().filter_map(&mut parse).collect()
}

fn instances(texts: &[String], diagnostics: &mut Diagnostics) -> Vec<AbsResourceInstance> {
    let mut parse = |text: &String| match parse::resource_instance(text) {
        Ok(instance) => Some(instance),
        Err(why) => {
            diagnostics.error(format!("Invalid force-replace address {text:?}"), why);
            None
        }
    };
    texts.iter().filter_map(&mut parse).collect()
}

fn invoked(texts: &[String], diagnostics: &mut Diagnostics) -> Vec<(AbsActionInstance, bool)> {
    let mut parse = |text: &String| match parse::action_instance(text) {
        Ok(found) => Some(found),
        Err(why) => {
            diagnostics.error(format!("Invalid action address {text:?}"), why);
            None
        }
    };
    texts.iter().filter_map(&mut parse).collect()
}
