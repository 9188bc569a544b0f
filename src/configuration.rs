//! The configuration in the working directory.

use std::collections::BTreeMap;
use std::sync::Arc;

use groma_config::{Config, DiskLoader, LoadOptions, Loaded, Module, SourceLoader, load};
use groma_diag::{Diagnostic, Diagnostics, SourceRange};
use groma_engine::{InputValue, Paths};
use groma_hcl::{Function, Resolved, Scope, Step};
use groma_lang::FunctionTable;
use groma_value::{Str, Value};

use crate::files::WorkingDirectory;
use crate::session::Session;
use crate::variables::{self, VariableArgs};

/// A configuration and the values of its root variables.
pub(crate) struct Configuration {
    /// The modules.
    pub(crate) config: Config,
    /// What was given for the root module's variables.
    pub(crate) variables: BTreeMap<Str, InputValue>,
}

/// Loads the configuration. Errors and warnings are the caller's to show.
pub(crate) fn load_tree(
    session: &Session,
    workspace: &str,
    variables: &BTreeMap<Str, Value>,
) -> Result<Loaded, Diagnostics> {
    let loader = DiskLoader::new(".", &session.settings.data_dir)?;
    Ok(load_with(session, &loader, workspace, variables))
}

/// Loads a configuration from somewhere.
pub(crate) fn load_with(
    session: &Session,
    loader: &dyn SourceLoader,
    workspace: &str,
    variables: &BTreeMap<Str, Value>,
) -> Loaded {
    let version = session.language_version();
    let functions = LoadingFunctions(functions(session, None, false));
    let options = LoadOptions {
        variables,
        workspace,
        functions: Some(&functions),
        ..LoadOptions::new(&version)
    };
    let mut loaded = load(".", loader, &options);
    let needs = loaded.config.as_ref().filter(|c| variables.is_empty() && loads_by_variables(c));
    if let Some(config) = needs {
        // What is set without asking anybody is known to every command.
        let known = early_values(session, &config.root.module);
        if !known.is_empty() {
            loaded = load(".", loader, &LoadOptions { variables: &known, ..options });
        }
    }
    session.ui.add_sources(&loaded.sources);
    loaded
}

/// The values of the root module's variables as far as they are set in the environment, in files
/// and on the command line. What is wrong with them is told where all variables are collected.
pub(crate) fn early_values(session: &Session, root: &Module) -> BTreeMap<Str, Value> {
    let (values, _) = variables::collect(session, &root.variables, &session.variables);
    values.into_iter().map(|(name, given)| (name, given.value)).collect()
}

/// The functions that may be called in what is evaluated while a configuration is loaded.
pub(crate) struct LoadingFunctions(pub(crate) Arc<FunctionTable>);

impl Scope for LoadingFunctions {
    fn resolve(
        &self,
        root: &str,
        steps: &[Step<'_>],
        range: &SourceRange,
    ) -> Result<Resolved, Diagnostics> {
        groma_hcl::Nothing.resolve(root, steps, range)
    }

    fn function(&self, name: &str) -> Option<Arc<dyn Function>> {
        self.0.get(name)
    }

    fn function_names(&self) -> Vec<String> {
        self.0.names()
    }
}

/// What becomes of required variables that have no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unset {
    /// The user is asked.
    Ask,
    /// They are errors.
    Refuse,
    /// Their values are unknown.
    Unknown,
}

/// Loads the configuration and collects the values of its variables. Warnings are shown.
pub(crate) async fn load_with_variables(
    session: &Session,
    workspace: &str,
    arguments: &VariableArgs,
    unset: Unset,
) -> Result<Configuration, Diagnostics> {
    let mut loaded = load_tree(session, workspace, &BTreeMap::new())?;
    let root = loaded.config.as_ref().map(|config| config.root.module.clone());
    let declared = root.map(|module| module.variables.clone()).unwrap_or_default();
    // An error in the configuration is what matters, whatever the variables.
    let needs_variables = loaded.config.as_ref().is_some_and(loads_by_variables);
    if loaded.diagnostics.has_errors() && !needs_variables {
        return Err(loaded.diagnostics);
    }
    let (mut variables, mut diagnostics) = variables::collect(session, &declared, arguments);
    if diagnostics.has_errors() {
        return Err(diagnostics);
    }
    match unset {
        Unset::Ask => variables::ask_missing(session, &declared, &mut variables).await,
        Unset::Refuse => {}
        Unset::Unknown => variables::assume_unknown(&declared, &mut variables),
    }
    diagnostics.extend(variables::check_required(&declared, &variables));
    if diagnostics.has_errors() {
        return Err(diagnostics);
    }
    if needs_variables {
        let values = variables.iter().map(|(name, given)| (name.clone(), given.value.clone()));
        loaded = load_tree(session, workspace, &values.collect())?;
    }
    diagnostics.extend(loaded.diagnostics);
    let (_, warnings) = diagnostics.into_result(())?;
    session.ui.warnings(warnings);
    match loaded.config {
        Some(config) => Ok(Configuration { config, variables }),
        None => Err(no_configuration()),
    }
}

/// Whether loading needs the values of variables: where a variable says so, or the source or
/// version of a module is more than a plain text.
fn loads_by_variables(config: &Config) -> bool {
    let root = &config.root.module;
    root.variables.values().any(|variable| variable.constant == Some(true))
        || config.modules().any(|node| {
            node.module.module_calls.values().any(|call| {
                let plain = |expr: &groma_hcl::Expression| expr.as_string_literal().is_some();
                !call.source.as_ref().is_none_or(plain) || !call.version.as_ref().is_none_or(plain)
            })
        })
}

/// An error for a directory without configuration.
pub(crate) fn no_configuration() -> Diagnostics {
    Diagnostic::error(
        "No configuration files",
        "There is no configuration in this directory, and planning without one would mark everything for destruction, which is normally not what is desired. To destroy everything, use the -destroy option. Otherwise, create a configuration file (.tf file) and try again.",
    )
    .into()
}

/// Where the configuration lies.
pub(crate) fn paths(session: &Session) -> Paths {
    Paths { cwd: session.environment.launch_dir.display().to_string(), root: ".".into() }
}

/// The built-in functions, reading files of the working directory.
pub(crate) fn functions(
    session: &Session,
    timestamp: Option<jiff::Timestamp>,
    pure_only: bool,
) -> Arc<FunctionTable> {
    let files = Arc::new(WorkingDirectory::new(session.environment.home.clone()));
    Arc::new(FunctionTable::new(files, timestamp, pure_only))
}
