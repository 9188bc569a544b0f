//! `groma init`

use std::path::PathBuf;

use groma_config::{Config, DiskLoader, is_config_dir};
use groma_diag::{Diagnostic, Diagnostics};
use groma_state::State;

use super::install::{InstallWishes, install_providers};
use super::modules::{copy_from, install_modules, load_installed, root_module};
use crate::args::BOOL;
use crate::backend::init::{Wishes, initialise};
use crate::backend::{LockArgs, StateArgs, open_for};
use crate::exit::Exit;
use crate::session::Session;
use crate::state_access::StateAccess;
use crate::ui::ViewArgs;
use crate::variables::VariableArgs;
use crate::workspace;

/// Prepare the working directory: backend, modules and providers
///
/// Comes before all other commands, and may be run as often as you like.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Initialise the backend; -backend=false leaves it as it is
    #[arg(long, value_name = BOOL, default_value = "true", alias = "cloud")]
    backend: bool,
    /// A setting for the backend as name=value, or a file of such; may be repeated
    #[arg(long, value_name = "SETTING")]
    backend_config: Vec<String>,
    /// Forget what the backend was before, and leave its state where it is
    #[arg(long, value_name = BOOL)]
    reconfigure: bool,
    /// Take the state along to the new backend
    #[arg(long, value_name = BOOL)]
    migrate_state: bool,
    /// Answer questions about copying the state with yes
    #[arg(long, value_name = BOOL)]
    force_copy: bool,
    /// Begin with a copy of this module; the directory must be empty
    #[arg(long, value_name = "SOURCE")]
    from_module: Option<String>,
    /// Install modules; -get=false leaves them as they are
    #[arg(long, value_name = BOOL, default_value = "true")]
    get: bool,
    /// Select the newest allowed versions, whatever the lock file says
    #[arg(long, value_name = BOOL)]
    upgrade: bool,
    /// "readonly": fail rather than change the lock file
    #[arg(long, value_name = "MODE")]
    lockfile: Option<String>,
    /// Take plugins from this directory only; may be repeated
    #[arg(long, value_name = "DIR")]
    plugin_dir: Vec<PathBuf>,
    /// Ask if need be; -input=false fails instead
    #[arg(long, value_name = BOOL, default_value = "true")]
    input: bool,
    /// Print messages for programs, one JSON object a line
    #[arg(long, value_name = BOOL)]
    json: bool,
    #[command(flatten)]
    lock: LockArgs,
    #[command(flatten)]
    pub(crate) variables: VariableArgs,
    #[command(flatten)]
    view: ViewArgs,
}

impl Args {
    /// How its output is to look.
    pub(crate) fn view(&self) -> ViewArgs {
        ViewArgs { json: self.json, ..self.view.clone() }
    }
}

const SUCCESS: &str = "Groma has been successfully initialized!";

const NEXT: &str = "
You may now begin working with Groma. Try running \"groma plan\" to see
any changes that are required for your infrastructure.

If you ever set or change modules or the backend, run this command again.
If you forget, other commands will notice and remind you.";

/// Runs it.
pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Diagnostics> {
    check(&args)?;
    if let Some(source) = &args.from_module {
        session.interruptible(copy_from(session, source)).await?;
    }
    let style = session.ui.style();
    let loader = DiskLoader::without_modules(".");
    if !is_config_dir(&loader, ".").unwrap_or(true) {
        session.ui.line(format!(
            "{}\n\nThe directory has no configuration files. You may begin working\nwith Groma immediately by creating some.",
            style.bold_green("Groma initialized in an empty directory!")
        ));
        return Ok(Exit::Success);
    }
    let workspace = workspace::current(session)?;
    let root = root_module(session).map_err(explained)?;
    if args.backend {
        session.ui.line(style.bold("Initializing the backend..."));
        let wishes = Wishes {
            extra: args.backend_config.clone(),
            reconfigure: args.reconfigure,
            migrate: args.migrate_state,
            force_copy: args.force_copy,
            input: args.input && session.settings.input,
        };
        initialise(session, &root, &wishes).await?;
    }
    let loaded = match args.get {
        true => {
            if !root.module_calls.is_empty() {
                let verb = if args.upgrade { "Upgrading" } else { "Initializing" };
                session.ui.line(style.bold(format!("{verb} modules...")));
            }
            let work = install_modules(session, &root, &workspace, args.upgrade);
            session.interruptible(work).await?
        }
        false => load_installed(session, &workspace)?,
    };
    let (config, warnings) = loaded.into_result().map_err(explained)?;
    session.ui.warnings(warnings);
    let state = match args.backend {
        true => stored_state(session, &config).await?,
        false => State::default(),
    };
    session.ui.line(style.bold("Initializing provider plugins..."));
    let wishes = InstallWishes {
        plugin_dirs: args.plugin_dir,
        upgrade: args.upgrade,
        read_only: args.lockfile.is_some(),
    };
    install_providers(session, &config, &state, wishes).await?;
    session.ui.line(format!("\n{}", style.bold_green(SUCCESS)));
    if !session.settings.in_automation {
        session.ui.line(NEXT);
    }
    Ok(Exit::Success)
}

fn check(args: &Args) -> Result<(), Diagnostics> {
    let mut diagnostics = Diagnostics::new();
    if args.migrate_state && args.reconfigure {
        diagnostics.error(
            "Invalid init options",
            "The -migrate-state and -reconfigure options are mutually-exclusive.",
        );
    }
    if let Some(mode) = args.lockfile.as_deref().filter(|mode| *mode != "readonly") {
        let detail =
            format!("The value {mode:?} for -lockfile is not known. Only \"readonly\" is.");
        diagnostics.error("Invalid lock file mode", detail);
    }
    if args.upgrade && args.lockfile.is_some() {
        diagnostics.error(
            "Invalid init options",
            "The -upgrade option conflicts with -lockfile=readonly.",
        );
    }
    diagnostics.into_result(()).map(|_| ())
}

/// The errors of the configuration, with what they mean to `init` before them.
fn explained(found: Diagnostics) -> Diagnostics {
    let heading = Diagnostic::error(
        "Groma encountered problems during initialisation, including problems\nwith the configuration, described below.",
        "The configuration must be valid before initialization so that Groma can determine which modules and providers need to be installed.",
    );
    let mut diagnostics = Diagnostics::from(heading);
    diagnostics.extend(found);
    diagnostics
}

/// The state, which may need providers that the configuration does not mention.
async fn stored_state(session: &Session, config: &Config) -> Result<State, Diagnostics> {
    let opened = open_for(session, &config.root.module, &StateArgs::default()).await?;
    let access = StateAccess::unlocked(&opened).await?;
    Ok(access.read().await?.state())
}
