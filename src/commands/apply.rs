//! `groma apply`

use std::path::PathBuf;

use groma_diag::{Diagnostic, Diagnostics};
use groma_plan::Mode;

use crate::args::BOOL;
use crate::exit::Exit;
use crate::operation::{
    Command, OperationArgs, Planning, PlanningArgs, apply_planned, apply_saved, conclude, plan,
};
use crate::progress::{Phase, Progress};
use crate::prompt;
use crate::session::Session;
use crate::ui::ViewArgs;
use crate::variables::VariableArgs;

/// Make the world as the configuration says
///
/// Without a saved plan, one is made and shown, and applied once you have agreed. A saved plan is
/// applied as it is, without a question.
#[derive(Debug, clap::Args)]
#[group(id = "apply")]
pub(crate) struct Args {
    #[command(flatten)]
    pub(super) planning: PlanningArgs,
    #[command(flatten)]
    pub(super) operation: OperationArgs,
    /// Apply without asking
    #[arg(long, value_name = BOOL)]
    pub(super) auto_approve: bool,
    /// A plan that "plan -out" saved
    #[arg(value_name = "PLAN")]
    pub(super) plan: Vec<PathBuf>,
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
pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Diagnostics> {
    match &args.plan[..] {
        [] => plan_and_apply(&args, session, Command::Apply).await,
        [path] => apply_saved(session, path, &args.planning, &args.operation).await,
        _ => {
            let detail = "Expected at most one positional argument.";
            Err(Diagnostic::error("Too many command line arguments", detail).into())
        }
    }
}

/// Makes a plan, asks whether it is right, and applies it.
pub(super) async fn plan_and_apply(
    args: &Args,
    session: &Session,
    by: Command,
) -> Result<Exit, Diagnostics> {
    // Whether variables may be asked for does not matter here.
    if !args.auto_approve && args.operation.json {
        let detail = "The -json option needs either a saved plan or -auto-approve, because nobody can be asked.";
        return Err(Diagnostic::error("Plan file or auto-approve required", detail).into());
    }
    let planning =
        Planning::begin(session, &args.planning, &args.operation, "OperationTypeApply").await?;
    let mut pool = None;
    let result = within(args, session, &planning, &mut pool, by).await;
    if let Some(pool) = &pool {
        pool.close().await;
    }
    let unlocked = planning.access.unlock(session).await;
    conclude(session, result, unlocked)
}

async fn within(
    args: &Args,
    session: &Session,
    planning: &Planning,
    pool: &mut Option<groma_engine::ProviderPool>,
    by: Command,
) -> Result<Exit, Diagnostics> {
    let progress = Progress::start(&session.ui, Phase::Plan);
    let (planned, diagnostics) = plan(session, planning, pool, progress.sink()).await;
    progress.stop();
    let Some(planned) = planned else { return Err(diagnostics) };
    if by != Command::Refresh {
        let in_automation = session.settings.in_automation;
        session.ui.plan(&planned.plan, &planned.around.schemas, in_automation)?;
    }
    if diagnostics.has_errors() {
        return Err(diagnostics);
    }
    session.ui.warnings(diagnostics);
    let workspace = &planning.opened.workspace;
    if !args.auto_approve
        && planned.plan.is_applyable()
        && !approved(session, planned.plan.mode, workspace).await
    {
        session.ui.line(groma_view::plan::cancelled(planned.plan.mode));
        return Ok(Exit::Failure);
    }
    apply_planned(session, planned, planning.opened.is_remote(), workspace, by).await
}

async fn approved(session: &Session, mode: Mode, workspace: &str) -> bool {
    let (question, explanation) = groma_view::plan::approval_question(mode, workspace);
    prompt::confirmed(session, &question, &explanation).await
}
