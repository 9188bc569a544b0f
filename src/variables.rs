//! The values of the root module's variables.
//!
//! Later ones win: environment, `terraform.tfvars`, `terraform.tfvars.json`, `*.auto.tfvars` and
//! `*.auto.tfvars.json` in the order of their names, then `-var` and `-var-file` as they stand on
//! the command line.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use clap::error::Error as ClapError;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use groma_config::{Variable, VariableDefinition, parse_variable_file};
use groma_diag::{Diagnostic, Diagnostics};
use groma_engine::InputValue;
use groma_value::{Str, Value};

use crate::prompt;
use crate::session::Session;
use crate::settings::VARIABLE_PREFIXES;

/// `-var` and `-var-file` in the order in which they were given.
#[derive(Clone, Debug, Default)]
pub(crate) struct VariableArgs {
    given: Vec<Given>,
}

#[derive(Clone, Debug)]
enum Given {
    /// `-var`
    Value(String),
    /// `-var-file`
    File(String),
}

impl VariableArgs {
    /// The names of those that are set by themselves, as far as they can be told.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.given.iter().filter_map(|given| match given {
            Given::Value(text) => text.split_once('=').map(|(name, _)| name),
            Given::File(_) => None,
        })
    }
}

impl Args for VariableArgs {
    fn augment_args(command: Command) -> Command {
        command
            .arg(
                Arg::new("var")
                    .long("var")
                    .value_name("NAME=VALUE")
                    .action(ArgAction::Append)
                    .help("Set a variable of the root module; may be given several times"),
            )
            .arg(
                Arg::new("var-file")
                    .long("var-file")
                    .value_name("FILE")
                    .action(ArgAction::Append)
                    .help("Read variables from a file, beside terraform.tfvars and *.auto.tfvars"),
            )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for VariableArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, ClapError> {
        let mut given: Vec<(usize, Given)> = Vec::new();
        let mut take = |id: &str, make: fn(String) -> Given| {
            let places = matches.indices_of(id).into_iter().flatten();
            let values = matches.get_many::<String>(id).into_iter().flatten();
            given.extend(places.zip(values).map(|(place, value)| (place, make(value.clone()))));
        };
        take("var", Given::Value);
        take("var-file", Given::File);
        given.sort_by_key(|(place, _)| *place);
        Ok(VariableArgs { given: given.into_iter().map(|(_, given)| given).collect() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), ClapError> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

type Declared = BTreeMap<Str, Variable>;
type Values = BTreeMap<Str, InputValue>;

/// Collects the values that are given for the declared variables.
pub(crate) fn collect(
    session: &Session,
    declared: &Declared,
    arguments: &VariableArgs,
) -> (Values, Diagnostics) {
    let mut collector = Collector {
        session,
        declared,
        values: Values::new(),
        undeclared: Vec::new(),
        unreadable: false,
        diagnostics: Diagnostics::new(),
    };
    collector.environment();
    for path in automatic_files() {
        collector.file(&path);
    }
    for given in &arguments.given {
        match given {
            Given::Value(text) => collector.option(text),
            Given::File(path) => collector.file(path),
        }
    }
    collector.finish()
}

/// The files that are read without being asked for.
fn automatic_files() -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(".")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json"))
        .collect();
    names.sort();
    let fixed = ["terraform.tfvars", "terraform.tfvars.json"];
    let fixed = fixed.into_iter().filter(|name| Path::new(name).is_file()).map(str::to_owned);
    fixed.chain(names).collect()
}

struct Collector<'a> {
    session: &'a Session,
    declared: &'a Declared,
    values: Values,
    /// What files give for variables that are not declared.
    undeclared: Vec<(Str, VariableDefinition)>,
    /// Whether a file could not be read, so that not everything that was given is known.
    unreadable: bool,
    diagnostics: Diagnostics,
}

/// More files' values for undeclared variables than these are counted only.
const UNDECLARED_SHOWN: usize = 2;

impl Collector<'_> {
    fn environment(&mut self) {
        for prefix in VARIABLE_PREFIXES {
            for (full, text) in &self.session.environment.variables {
                let Some(name) = full.strip_prefix(prefix) else { continue };
                // The environment may hold values for other configurations.
                let Some(variable) = self.declared.get(name) else { continue };
                self.text(variable, text, format!("the {full} environment variable"));
            }
        }
    }

    fn text(&mut self, variable: &Variable, text: &str, described: String) {
        let (value, found) = variable.parse_text(text);
        let source = format!("<value for var.{}>", variable.name);
        self.session.ui.with_sources(|sources| sources.insert(source, text));
        self.diagnostics.extend(found);
        self.values.insert(variable.name.clone(), InputValue { value, range: None, described });
    }

    fn option(&mut self, text: &str) {
        let mut invalid = |why: &str| {
            let detail =
                format!("The given -var option {text:?} is not correctly specified. {why}");
            self.diagnostics.error("Invalid -var option", detail);
        };
        let Some((name, value)) = text.split_once('=') else {
            return invalid(
                "Must be a variable name and value separated by an equals sign, like -var=\"key=value\".",
            );
        };
        if name.ends_with(' ') || name.starts_with(' ') {
            return invalid("There must be no space around the name: -var=\"key=value\".");
        }
        match self.declared.get(name) {
            Some(variable) => self.text(variable, value, "-var=\"".to_owned() + name + "=...\""),
            None => self.diagnostics.error(
                "Value for undeclared variable",
                format!(
                    "A variable named {name:?} was assigned on the command line, but the root module does not declare a variable of that name. To use this value, add a \"variable\" block to the configuration."
                ),
            ),
        }
    }

    fn file(&mut self, path: &str) {
        let text = match std::fs::read(path) {
            Ok(text) => text,
            Err(error) => {
                self.unreadable = true;
                let detail = match error.kind() {
                    io::ErrorKind::NotFound => {
                        format!("Given variables file {path} does not exist.")
                    }
                    _ => format!("Error reading {path}: {error}."),
                };
                return self.diagnostics.error("Failed to read variables file", detail);
            }
        };
        let (definitions, found) = parse_variable_file(path, &text);
        self.session
            .ui
            .with_sources(|sources| sources.insert(path, String::from_utf8_lossy(&text)));
        self.diagnostics.extend(found);
        for (name, definition) in definitions {
            if !self.declared.contains_key(&name) {
                self.undeclared.push((name, definition));
                continue;
            }
            let range = Some(definition.range);
            let value = definition.value;
            self.values.insert(name, InputValue { value, range, described: String::new() });
        }
    }

    fn finish(mut self) -> (Values, Diagnostics) {
        if self.unreadable {
            return (self.values, self.diagnostics);
        }
        for (name, definition) in self.undeclared.iter().take(UNDECLARED_SHOWN) {
            let detail = format!(
                "The root module does not declare a variable named {:?} but a value was found in file {:?}. If you meant to use this value, add a \"variable\" block to the configuration.\n\nTo silence these warnings, use TF_VAR_... environment variables to provide certain \"global\" settings to all configurations in your organization. To reduce the verbosity of these warnings, use the -compact-warnings option.",
                &**name, &*definition.name_range.filename
            );
            self.diagnostics.push(Diagnostic::warning("Value for undeclared variable", detail));
        }
        if let Some(more) = self.undeclared.len().checked_sub(UNDECLARED_SHOWN).filter(|n| *n > 0) {
            let detail = format!(
                "In addition to the other similar warnings shown, {more} other variable(s) defined without being declared."
            );
            self.diagnostics.push(Diagnostic::warning("Values for undeclared variables", detail));
        }
        (self.values, self.diagnostics)
    }
}

/// Errors for required variables that have no value.
pub(crate) fn check_required(declared: &Declared, values: &Values) -> Diagnostics {
    let missing = declared.values().filter(|v| v.required() && !values.contains_key(&v.name));
    missing
        .map(|variable| {
            let detail = format!(
                "The root module input variable {:?} is not set, and has no default value. Use a -var or -var-file command line argument to provide a value for this variable.",
                &*variable.name
            );
            Diagnostic::error("No value for required variable", detail).at(&variable.decl_range)
        })
        .collect()
}

/// Gives unknown values to the required variables that have none.
pub(crate) fn assume_unknown(declared: &Declared, values: &mut Values) {
    for variable in declared.values() {
        if variable.required() && !values.contains_key(&variable.name) {
            let value = Value::unknown(variable.ty.clone());
            let given = InputValue { value, range: None, described: String::new() };
            values.insert(variable.name.clone(), given);
        }
    }
}

/// Asks for the required variables that have no value, until the user gives none.
pub(crate) async fn ask_missing(session: &Session, declared: &Declared, values: &mut Values) {
    for variable in declared.values() {
        if !variable.required() || values.contains_key(&variable.name) {
            continue;
        }
        let style = session.ui.style();
        let mut question = format!("{}\n", style.bold(format!("var.{}", variable.name)));
        for line in variable.description.iter().flat_map(|d| d.lines()) {
            question += &format!("  {line}\n");
        }
        question += &format!("\n  {} ", style.bold("Enter a value:"));
        let Some(text) = prompt::line(session, &question).await else { return };
        let (value, found) = variable.parse_text(&text);
        if found.has_errors() {
            session.ui.diagnostics(&found);
            return;
        }
        let described = "interactive input".to_owned();
        values.insert(variable.name.clone(), InputValue { value, range: None, described });
    }
}
