//! Applying a plan.

use std::path::Path;
use std::sync::Arc;

use groma_diag::{Diagnostic, Diagnostics};
use groma_engine::{ApplyInput, InputValue, Surroundings};
use groma_plan::Plan;
use groma_plan::file::SavedPlan;
use groma_state::State;

use super::plan::{crashed, surroundings};
use super::{OperationArgs, Planned, PlanningArgs};
use crate::backend;
use crate::configuration;
use crate::encryption::Encryption;
use crate::exit::Exit;
use crate::keeper::Keeper;
use crate::plan_file;
use crate::progress::{Phase, Progress};
use crate::providers::{self, Plugins};
use crate::session::Session;
use crate::state_access::StateAccess;
use crate::variables;

/// The command that applies: whatever its plan does, `apply` says that it has applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// `apply`
    Apply,
    /// `destroy`
    Destroy,
    /// `refresh`, which says nothing of plans.
    Refresh,
}

/// Applies a plan that was made just now. The state is locked.
pub(crate) async fn apply_planned(
    session: &Session,
    planned: Planned,
    remote: bool,
    workspace: &str,
    by: Command,
) -> Result<Exit, Diagnostics> {
    let Planned { plan, config, variables, persister, around, .. } = planned;
    let plan = Arc::new(plan);
    let timestamp = plan.timestamp.parse().ok();
    let input = ApplyInput {
        plan: plan.clone(),
        config,
        variables,
        functions: configuration::functions(session, timestamp, false),
        paths: configuration::paths(session),
        workspace: workspace.to_owned(),
    };
    execute(session, input, persister, around, remote, by).await
}

async fn execute(
    session: &Session,
    input: ApplyInput,
    persister: groma_backend::Persister,
    around: Surroundings,
    remote: bool,
    by: Command,
) -> Result<Exit, Diagnostics> {
    let plan = input.plan.clone();
    let progress = Progress::start(&session.ui, Phase::Apply);
    let around = Surroundings { events: progress.sink(), ..around };
    let prior = (*plan.prior_state).clone();
    let keeper = Keeper::start(prior, persister, remote, session.interrupt.clone());
    let task = tokio::spawn(groma_engine::apply(input, keeper.state().clone(), around));
    let mut diagnostics = match task.await {
        Ok((_, diagnostics)) => diagnostics,
        Err(error) => crashed(&error),
    };
    let counts = progress.finish(&plan);
    if !plan.targets.is_empty() || !plan.excludes.is_empty() {
        diagnostics.push(incomplete());
    }
    if !plan.deferred.is_empty() {
        diagnostics.push(deferred(&plan));
    }
    let state = keeper.state().snapshot();
    let (_, failed) = keeper.finish().await;
    diagnostics.extend(failed);
    if diagnostics.has_errors() {
        return Err(diagnostics);
    }
    session.ui.warnings(diagnostics);
    if by != Command::Refresh {
        session.ui.apply_complete(&counts, by == Command::Destroy);
    }
    if by != Command::Destroy {
        session.ui.outputs(&state.outputs);
    }
    Ok(Exit::Success)
}

fn deferred(plan: &Plan) -> Diagnostic {
    let detail = format!(
        "{} of the changes that the configuration asks for could not be planned before this plan was applied. To go on with them, plan again:\n    groma plan",
        plan.deferred.len()
    );
    Diagnostic::warning("Some changes were deferred", detail)
}

fn incomplete() -> Diagnostic {
    let detail = "The plan was created with the -target or -exclude option in effect, so some changes requested in the configuration may have been ignored and the output values may not be fully updated. Run the following command to verify that no other changes are pending:\n    groma plan\n\nThese options are not for routine use, and are provided only for exceptional situations such as recovering from errors or mistakes.";
    Diagnostic::warning("Applied changes may be incomplete", detail)
}

/// Applies a saved plan.
pub(crate) async fn apply_saved(
    session: &Session,
    path: &Path,
    planning: &PlanningArgs,
    operation: &OperationArgs,
) -> Result<Exit, Diagnostics> {
    if !planning.is_default() {
        let detail = "Options that shape a plan cannot be used with a saved plan, which is applied as it is. Leave them out, or create a new plan.";
        return Err(Diagnostic::error("Can't change a saved plan", detail).into());
    }
    let saved = plan_file::read(session, path)?;
    let config = plan_file::load_config(session, &saved)?;
    let sealing = Encryption::of(session, &config.root.module)?.state;
    // What is wrong with them is told when it has been told what they are for.
    let given = given_variables(session, &saved, &config, planning);
    let opened = backend::from_record(&saved.backend, &operation.state, sealing).await?;
    let access = StateAccess::lock(session, &opened, &operation.lock, "OperationTypeApply").await?;
    let mut pool = None;
    let applying = Applying { session, saved, config, given, operation };
    let result = applying.run(&access, &mut pool, opened.is_remote(), &opened.workspace).await;
    if let Some(pool) = &pool {
        pool.close().await;
    }
    let unlocked = access.unlock(session).await;
    conclude(session, result, unlocked)
}

/// The result of an operation with what giving the lock back said.
pub(crate) fn conclude(
    session: &Session,
    result: Result<Exit, Diagnostics>,
    unlocked: Diagnostics,
) -> Result<Exit, Diagnostics> {
    match result {
        Err(mut diagnostics) => {
            diagnostics.extend(unlocked);
            Err(diagnostics)
        }
        Ok(_) if unlocked.has_errors() => Err(unlocked),
        Ok(exit) => {
            session.ui.warnings(unlocked);
            Ok(exit)
        }
    }
}

struct Applying<'a> {
    session: &'a Session,
    saved: SavedPlan,
    config: groma_config::Config,
    given: Result<Given, Diagnostics>,
    operation: &'a OperationArgs,
}

type Given = std::collections::BTreeMap<groma_value::Str, InputValue>;

impl Applying<'_> {
    async fn run(
        self,
        access: &StateAccess,
        pool: &mut Option<groma_engine::ProviderPool>,
        remote: bool,
        workspace: &str,
    ) -> Result<Exit, Diagnostics> {
        let Applying { session, saved, config, given, operation } = self;
        let persister = access.read().await?;
        check_fresh(&saved.plan, persister.current())?;
        let states: [&State; 2] = [&saved.plan.prior_state, &saved.plan.previous_state];
        let required = providers::required(Some(&config), &states);
        let plugins = Plugins::find(session, &required)?;
        plugins.check_against(&saved.providers)?;
        let pool = pool.insert(plugins.into_pool());
        let loading = providers::schemas(pool, &required);
        let schemas = session.interruptible(loading).await?;
        let silence = Arc::new(groma_engine::Silence);
        let around = surroundings(session, pool, schemas, silence, operation.parallelism()?);
        let planned = Planned {
            plan: saved.plan,
            config,
            variables: Given::new(),
            persister,
            around,
            locks: saved.providers,
        };
        session.ui.planned_changes(&planned.plan);
        let planned = Planned { variables: given?, ..planned };
        apply_planned(session, planned, remote, workspace, Command::Apply).await
    }
}

/// The variables of a saved plan, and those that had to be given anew since they are not stored.
fn given_variables(
    session: &Session,
    saved: &SavedPlan,
    config: &groma_config::Config,
    planning: &PlanningArgs,
) -> Result<Given, Diagnostics> {
    let declared = &config.root.module.variables;
    let (now, mut diagnostics) = variables::collect(session, declared, &planning.variables);
    let mut given = Given::new();
    for (name, variable) in &saved.plan.variables {
        if variable.ephemeral {
            given.extend(now.get(name).map(|value| (name.clone(), value.clone())));
            continue;
        }
        let described = "the saved plan".to_owned();
        let value = InputValue { value: variable.value.clone(), range: None, described };
        given.insert(name.clone(), value);
    }
    for name in planning.variables.names() {
        let stored = declared.get(name).is_some_and(|variable| !variable.ephemeral);
        let planned = saved.plan.variables.get(name).map(|variable| &variable.value);
        if stored && planned != now.get(name).map(|value| &value.value) {
            let detail = format!(
                "The saved plan has another value for variable {name:?}, and variables cannot be changed when it is applied. Leave out the option, or create a new plan."
            );
            diagnostics.error("Can't change variable when applying a saved plan", detail);
        }
    }
    diagnostics.extend(variables::check_required(declared, &given));
    diagnostics.into_result(given).map(|(given, _)| given)
}

/// An error where the state is not the one that the plan was made from.
fn check_fresh(
    plan: &Plan,
    current: Option<&groma_state::file::StateFile>,
) -> Result<(), Diagnostics> {
    let (lineage, serial) = current.map_or(("", 0), |file| (&*file.lineage, file.serial));
    if plan.lineage != lineage && !plan.lineage.is_empty() && !lineage.is_empty() {
        let detail = "The given plan file was created against a different state: it can be applied only to the state that it was created from.";
        return Err(Diagnostic::error("Saved plan does not match the given state", detail).into());
    }
    if plan.lineage != lineage || plan.serial != serial {
        let detail = "The given plan file can no longer be applied because the state was changed by another operation after the plan was created.";
        return Err(Diagnostic::error("Saved plan is stale", detail).into());
    }
    Ok(())
}
