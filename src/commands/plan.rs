//! `groma plan`

use std::path::PathBuf;

use groma_diag::Diagnostics;
use groma_plan::Plan;
use groma_plan::file::SavedPlan;

use super::no_positional;
use crate::args::BOOL;
use crate::exit::Exit;
use crate::generated;
use crate::operation::{OperationArgs, Planned, Planning, PlanningArgs, conclude, plan};
use crate::plan_file;
use crate::progress::{Phase, Progress};
use crate::session::Session;
use crate::ui::ViewArgs;
use crate::variables::VariableArgs;

/// Show what would have to change for the world to be as the configuration says
///
/// Nothing is changed. The plan can be saved with -out and then be applied as it is.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    planning: PlanningArgs,
    #[command(flatten)]
    operation: OperationArgs,
    /// Save the plan to this file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write the configuration of imported objects that have none to this new file
    #[arg(long, value_name = "FILE")]
    generate_config_out: Option<PathBuf>,
    /// Exit with 2 if there are changes: 0 means none, 1 an error
    #[arg(long, value_name = BOOL)]
    detailed_exitcode: bool,
    #[arg(hide = true)]
    positional: Vec<String>,
}

impl Args {
    /// How its output is to look.
    pub(crate) fn variables(&self) -> VariableArgs {
        self.planning.variables.clone()
    }

    pub(crate) fn view(&self) -> ViewArgs {
        self.operation.view()
    }
}

/// Runs it.
pub(crate) async fn run(mut args: Args, session: &Session) -> Result<Exit, Diagnostics> {
    no_positional(
        &args.positional,
        "To specify a working directory for the plan, use the global -chdir flag.",
    )?;
    args.planning.generate_config = args.generate_config_out.clone();
    if let Some(path) = &args.generate_config_out
        && args.planning.options()?.mode == groma_plan::Mode::Normal
    {
        generated::check_target(path)?;
    }
    let planning =
        Planning::begin(session, &args.planning, &args.operation, "OperationTypePlan").await?;
    let mut pool = None;
    let progress = Progress::start(&session.ui, Phase::Plan);
    let (planned, diagnostics) = plan(session, &planning, &mut pool, progress.sink()).await;
    progress.stop();
    let result = finish(session, &args, &planning, planned, diagnostics).await;
    if let Some(pool) = &pool {
        pool.close().await;
    }
    let unlocked = planning.access.unlock(session).await;
    conclude(session, result, unlocked)
}

async fn finish(
    session: &Session,
    args: &Args,
    planning: &Planning,
    planned: Option<Planned>,
    mut diagnostics: Diagnostics,
) -> Result<Exit, Diagnostics> {
    let Some(planned) = planned else { return Err(diagnostics) };
    session.ui.plan(&planned.plan, &planned.around.schemas, session.settings.in_automation)?;
    let mut written = None;
    if let Some(path) = &args.generate_config_out {
        match generated::write(path, &planned.plan.generated) {
            Ok(true) => written = Some(&**path),
            Ok(false) => {}
            Err(found) => diagnostics.extend(found),
        }
    }
    if diagnostics.has_errors() {
        return Err(diagnostics);
    }
    let changes = has_changes(&planned.plan);
    if let Some(path) = &args.out {
        let mut config = plan_file::record(&planned.config);
        let root = planned.config.root.source_dir();
        generated::add_to(&mut config, root, &planned.plan.generated);
        let saved = SavedPlan {
            backend: planning.opened.record.clone(),
            config,
            providers: planned.locks,
            plan: planned.plan,
        };
        if let Err(found) = plan_file::write(session, path, &saved, &planned.config) {
            diagnostics.extend(found);
            return Err(diagnostics);
        }
    }
    session.ui.warnings(diagnostics);
    if changes {
        session.ui.next_steps(args.out.as_deref(), written, session.settings.in_automation);
    }
    match changes && args.detailed_exitcode {
        true => Ok(Exit::Changes),
        false => Ok(Exit::Success),
    }
}

/// Whether applying the plan would do anything.
fn has_changes(plan: &Plan) -> bool {
    plan.is_applyable()
}
