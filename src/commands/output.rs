//! `groma output`

use groma_diag::{Diagnostic, Diagnostics};
use groma_view::json::{write_output_value, write_outputs};
use groma_view::state::{output_raw, value_text, write_outputs as outputs_text};

use crate::args::BOOL;
use crate::backend::{self, StateArgs};
use crate::exit::Exit;
use crate::session::Session;
use crate::state_access::StateAccess;
use crate::ui::ViewArgs;
use crate::variables::VariableArgs;

/// Show the output values of the root module
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print JSON
    #[arg(long, value_name = BOOL)]
    json: bool,
    /// Print a single string, number or bool as it is, for scripts
    #[arg(long, value_name = BOOL)]
    raw: bool,
    #[command(flatten)]
    state: StateArgs,
    #[command(flatten)]
    pub(crate) variables: VariableArgs,
    #[command(flatten)]
    pub(crate) view: ViewArgs,
    /// The output to show; all of them if none is named
    name: Option<String>,
}

/// Runs it.
pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Diagnostics> {
    if args.json || args.raw {
        session.ui.data_only();
    }
    if args.json && args.raw {
        let detail = "The -raw and -json options are mutually-exclusive.";
        return Err(Diagnostic::error("Invalid output format", detail).into());
    }
    if args.raw && args.name.is_none() {
        let detail = "You must give the name of a single output value when using the -raw option.";
        return Err(Diagnostic::error("Output name required", detail).into());
    }
    let opened = backend::open(session, &args.state).await?;
    let state = StateAccess::unlocked(&opened).await?.read().await?.state();
    let Some(name) = &args.name else {
        if args.json {
            session.ui.data(|out| write_outputs(out, &state.outputs))?;
        } else if state.outputs.is_empty() {
            session.ui.warnings(none_found());
        } else {
            session.ui.out(&outputs_text(&state.outputs));
        }
        return Ok(Exit::Success);
    };
    let Some(output) = state.outputs.get(&**name) else {
        if state.outputs.is_empty() && !args.raw && !args.json {
            session.ui.warnings(none_found());
            return Ok(Exit::Success);
        }
        let detail = format!(
            "The output variable requested could not be found in the state file. If you recently added this to your configuration, be sure to run \"groma apply\", since the state won't be updated with new output variables until that command is run. The name that was given is {name:?}."
        );
        return Err(Diagnostic::error(format!("Output {name:?} not found"), detail).into());
    };
    if args.raw {
        let text = output_raw(&output.value).map_err(|_| {
            let kind = match output.value.is_null() {
                true => "null".to_owned(),
                false => output.value.ty().friendly_name(),
            };
            let detail = format!(
                "The -raw option only supports strings, numbers, and boolean values, but output value {name:?} is {kind}.\n\nUse the -json option for machine-readable representations of output values that have complex types."
            );
            Diagnostic::error("Unsupported value for raw output", detail)
        })?;
        session.ui.out(&text);
    } else if args.json {
        session.ui.data(|out| write_output_value(out, &output.value))?;
    } else {
        session.ui.line(value_text(&output.value));
    }
    Ok(Exit::Success)
}

fn none_found() -> Diagnostics {
    let detail = "The state file either has no outputs defined, or all the defined outputs are empty. Please define an output in your configuration with the \"output\" keyword and run \"groma refresh\" for it to become available.";
    Diagnostic::warning("No outputs found", detail).into()
}
