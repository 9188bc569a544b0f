//! `groma query`

use std::path::PathBuf;
use std::sync::Mutex;

use groma_config::{DiskLoader, LoadError, ModuleLocation, ModuleRequest, SourceLoader};
use groma_diag::{Diagnostic, Diagnostics};
use groma_engine::{FoundObject, QueryEvent, QueryInput, Silence};
use groma_view::json_ui;
use groma_view::query::FoundLines;

use super::no_positional;
use crate::args::BOOL;
use crate::configuration;
use crate::exit::Exit;
use crate::generated;
use crate::operation::surroundings;
use crate::providers::{self, Plugins};
use crate::session::Session;
use crate::ui::{self, ViewArgs};
use crate::variables::{self, VariableArgs};
use crate::workspace;

/// Find objects that exist, by the list blocks of the query files (*.tfquery.hcl)
///
/// Nothing is changed, and no state is read. With -generate-config-out, configuration is written
/// with which what was found can be imported.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Write resource and import blocks for what is found to this new file
    #[arg(long, value_name = "FILE")]
    generate_config_out: Option<PathBuf>,
    /// Print messages for programs, one JSON object a line
    #[arg(long, value_name = BOOL)]
    json: bool,
    #[command(flatten)]
    pub(crate) variables: VariableArgs,
    #[command(flatten)]
    view: ViewArgs,
    #[arg(hide = true)]
    positional: Vec<String>,
}

impl Args {
    /// How its output is to look.
    pub(crate) fn view(&self) -> ViewArgs {
        ViewArgs { json: self.json, no_color: self.view.no_color || self.json, ..self.view.clone() }
    }
}

/// Lists are asked one after the other.
const PARALLELISM: usize = 1;

/// Reads the query files of the root module too.
pub(super) struct QueryLoader(pub(super) DiskLoader);

impl SourceLoader for QueryLoader {
    fn list(&self, dir: &str) -> Result<Vec<String>, LoadError> {
        self.0.list(dir)
    }

    fn reads_queries(&self, dir: &str) -> bool {
        dir == "."
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, LoadError> {
        self.0.read(path)
    }

    fn locate(&self, request: &ModuleRequest<'_>) -> Result<ModuleLocation, Diagnostics> {
        self.0.locate(request)
    }
}

/// Runs it.
pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Diagnostics> {
    no_positional(&args.positional, "To query another directory, use the global -chdir flag.")?;
    if let Some(path) = &args.generate_config_out {
        generated::check_target(path)?;
    }
    let workspace = workspace::current(session)?;
    let loader = QueryLoader(DiskLoader::new(".", &session.settings.data_dir)?);
    let loaded = configuration::load_with(session, &loader, &workspace, &Default::default());
    let (config, mut diagnostics) = loaded.into_result()?;
    if config.root.module.lists.is_empty() {
        let detail = "There is no list block in this directory. Queries are read from files whose names end with .tfquery.hcl.";
        return Err(Diagnostic::error("No query files", detail).into());
    }
    let declared = config.root.module.variables.clone();
    let (variables, found) = variables::collect(session, &declared, &args.variables);
    diagnostics.extend(found);
    diagnostics.extend(variables::check_required(&declared, &variables));
    if diagnostics.has_errors() {
        return Err(diagnostics);
    }
    session.ui.warnings(diagnostics);
    let required = providers::required(Some(&config), &[]);
    let pool = Plugins::find(session, &required)?.into_pool();
    let input = QueryInput {
        config,
        variables,
        functions: configuration::functions(session, jiff::Timestamp::now().into(), false),
        paths: configuration::paths(session),
        workspace,
        generate: args.generate_config_out.is_some(),
    };
    let collected: Mutex<Vec<FoundObject>> = Mutex::default();
    let asked = async {
        let schemas = providers::schemas(&pool, &required).await?;
        let silence = std::sync::Arc::new(Silence);
        let around = surroundings(session, &pool, schemas, silence, PARALLELISM);
        let sink = |event: QueryEvent<'_>| {
            if let QueryEvent::Found(object) = &event {
                let mut collected =
                    collected.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                collected.push((*object).clone());
            }
            if session.ui.is_json() {
                ui::print(&line(&event));
            }
        };
        Ok(groma_engine::query(input, around, &sink).await)
    };
    let asked: Result<Diagnostics, Diagnostics> = asked.await;
    pool.close().await;
    let found = collected.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    if !session.ui.is_json() {
        let mut lines = FoundLines::default();
        for object in &found {
            lines.add(&object.list, &object.identity, &object.display_name);
        }
        ui::print(&lines.text());
    }
    let mut diagnostics = asked?;
    if let Some(path) = args.generate_config_out.as_deref().filter(|_| !session.ui.is_json()) {
        if let Err(failed) = generated::write_found(path, &found) {
            diagnostics.extend(failed);
        }
    }
    if diagnostics.has_errors() {
        return Err(diagnostics);
    }
    session.ui.warnings(diagnostics);
    Ok(Exit::Success)
}

fn line(event: &QueryEvent<'_>) -> String {
    let time = ui::timestamp();
    match event {
        QueryEvent::Start { list, ty, config } => json_ui::list_start(list, ty, config, &time),
        QueryEvent::Found(object) => {
            let found = json_ui::Found {
                list: &object.list,
                ty: &object.ty,
                display_name: &object.display_name,
                identity: &object.identity,
                identity_version: object.identity_version,
                object: object.object.as_ref(),
                config: object.config.as_deref(),
                import_config: object.import_config.as_deref(),
            };
            json_ui::list_found(&found, &time)
        }
        QueryEvent::Complete { list, ty, total } => json_ui::list_complete(list, ty, *total, &time),
    }
}
