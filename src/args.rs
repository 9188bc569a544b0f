//! From what was typed to what `clap` reads.
//!
//! Long options may have one dash or two, `-chdir` comes before the command, and the variables
//! `TF_CLI_ARGS` and `TF_CLI_ARGS_<command>` put arguments behind it.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Arg, ArgAction, Command};
use groma_diag::Diagnostic;
use groma_registry::CliEnvironment;

/// The placeholder that options wear which may be given as `-name` or `-name=false`.
pub(crate) const BOOL: &str = "BOOL";

/// What was typed, in the form that `clap` reads.
#[derive(Debug, Default)]
pub(crate) struct Arguments {
    /// `-chdir`
    pub(crate) chdir: Option<PathBuf>,
    /// The command and all behind it.
    pub(crate) rest: Vec<OsString>,
}

impl Arguments {
    /// Reads what was typed. `names` are the commands, those with subcommands with the subcommands'.
    pub(crate) fn read(
        typed: &[OsString],
        environment: &CliEnvironment,
        commands: &Command,
    ) -> Result<Arguments, Box<Diagnostic>> {
        let mut arguments = Arguments::default();
        let mut typed = typed.iter().peekable();
        while let Some(option) = typed.next_if(|a| a.to_string_lossy().starts_with('-')) {
            let text = option.to_string_lossy();
            let name = text.trim_start_matches('-');
            match name.split_once('=') {
                Some(("chdir", dir)) if !dir.is_empty() => arguments.chdir = Some(dir.into()),
                _ if name == "chdir" || name == "chdir=" => {
                    return Err(Box::new(Diagnostic::error(
                        "Invalid -chdir option",
                        "The option must name a directory behind an equals sign: -chdir=example",
                    )));
                }
                _ if matches!(name, "v" | "version") => arguments.rest.push("version".into()),
                _ => arguments.rest.push(dashed(option)),
            }
        }
        let mut command = commands;
        let mut path: Vec<String> = Vec::new();
        while let Some(word) = typed.peek() {
            let Some(found) = word.to_str().and_then(|w| command.find_subcommand(w)) else { break };
            path.push(found.get_name().to_owned());
            arguments.rest.push((*word).clone());
            command = found;
            typed.next();
        }
        if !path.is_empty() {
            arguments.rest.extend(from_environment(&path, environment)?);
        }
        let mut options = true;
        for argument in typed {
            options &= argument != "--";
            arguments.rest.push(if options { dashed(argument) } else { argument.clone() });
        }
        Ok(arguments)
    }
}

/// The arguments that the environment adds to a command.
fn from_environment(
    path: &[String],
    environment: &CliEnvironment,
) -> Result<Vec<OsString>, Box<Diagnostic>> {
    let command = path.join("_").replace('-', "_");
    let mut all = Vec::new();
    for name in ["CLI_ARGS".to_owned(), format!("CLI_ARGS_{command}")] {
        let Some(text) = environment.setting(&name) else { continue };
        let words = shlex::split(text).ok_or_else(|| {
            let detail = format!(
                "The environment variable TF_{name} cannot be split into arguments: a quotation \
                 in it does not end."
            );
            Box::new(Diagnostic::error("Invalid environment variable", detail))
        })?;
        all.extend(words.into_iter().map(|word| dashed(&word.into())));
    }
    Ok(all)
}

/// An option with two dashes, whether it was typed with one or two.
fn dashed(argument: &OsString) -> OsString {
    match argument.to_str() {
        Some("-h") => argument.clone(),
        Some(text) if text.len() > 1 && text.starts_with('-') && !text.starts_with("--") => {
            format!("-{text}").into()
        }
        _ => argument.clone(),
    }
}

/// Lets options that are on or off be written `-name`, `-name=true` and `-name=false`, and lets the
/// last one win where an option is given twice.
pub(crate) fn prepare(command: Command) -> Command {
    let command = command.args_override_self(true).mut_args(prepare_option);
    let names: Vec<String> = command.get_subcommands().map(|c| c.get_name().to_owned()).collect();
    names.into_iter().fold(command, |command, name| command.mut_subcommand(name, prepare))
}

fn prepare_option(arg: Arg) -> Arg {
    if arg.get_value_names().is_none_or(|names| names != [BOOL]) {
        return arg;
    }
    let arg = match arg.get_default_values() {
        [] => arg.default_value("false"),
        _ => arg,
    };
    arg.action(ArgAction::Set)
        .num_args(0..=1)
        .require_equals(true)
        .default_missing_value("true")
        .hide_default_value(true)
        .value_parser(parse_bool)
}

fn parse_bool(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err("it must be true or false".into()),
    }
}

/// A time span such as `10s`, `1m30s` or `0`.
pub(crate) fn parse_duration(text: &str) -> Result<std::time::Duration, String> {
    let wrong = || format!("{text:?} is not a time span such as 10s or 1m30s");
    if text == "0" {
        return Ok(std::time::Duration::ZERO);
    }
    let mut total = 0.0;
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(wrong)?;
        let number: f64 = rest[..end].parse().map_err(|_| wrong())?;
        rest = &rest[end..];
        let end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        total += number
            * match &rest[..end] {
                "ms" => 0.001,
                "s" => 1.0,
                "m" => 60.0,
                "h" => 3600.0,
                _ => return Err(wrong()),
            };
        rest = &rest[end..];
    }
    if text.is_empty() {
        return Err(wrong());
    }
    std::time::Duration::try_from_secs_f64(total).map_err(|_| wrong())
}

/// Help and usage errors as our users type options: with one dash.
pub(crate) fn with_single_dashes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("--") {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        let fresh = before.chars().next_back().is_none_or(|c| !c.is_alphanumeric() && c != '-');
        let named = after[2..].starts_with(|c: char| c.is_ascii_alphabetic());
        out.push_str(if fresh && named { "-" } else { "--" });
        rest = &after[2..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commands() -> Command {
        let flag = Arg::new("lock").long("lock").value_name(BOOL).default_value("true");
        let name = Arg::new("out").long("out");
        let plan = Command::new("plan").arg(flag).arg(name).arg(Arg::new("file"));
        let state = Command::new("state").subcommand(Command::new("list"));
        prepare(Command::new("groma").no_binary_name(true).subcommand(plan).subcommand(state))
    }

    fn read(typed: &[&str], variables: &[(&str, &str)]) -> Arguments {
        let typed: Vec<OsString> = typed.iter().map(OsString::from).collect();
        let variables = variables.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        let environment = CliEnvironment { variables, ..CliEnvironment::default() };
        Arguments::read(&typed, &environment, &commands()).unwrap()
    }

    #[test]
    fn options_have_one_dash_or_two() {
        let read = read(&["-chdir=x", "plan", "-out=f", "--lock", "-", "--", "-x"], &[]);
        assert_eq!(read.chdir, Some("x".into()));
        assert_eq!(read.rest, ["plan", "--out=f", "--lock", "-", "--", "-x"]);
    }

    #[test]
    fn the_environment_adds_arguments() {
        let variables = [("TF_CLI_ARGS", "-no-color"), ("TF_CLI_ARGS_state_list", "-a='b c'")];
        assert_eq!(
            read(&["state", "list", "x"], &variables).rest,
            ["state", "list", "--no-color", "--a=b c", "x"]
        );
        let ours = [("TF_CLI_ARGS_plan", "-a"), ("GROMA_CLI_ARGS_plan", "-b")];
        assert_eq!(read(&["plan"], &ours).rest, ["plan", "--b"]);
    }

    #[test]
    fn switches_take_values_behind_an_equals_sign() {
        let lock = |args: &[&str]| -> Option<bool> {
            let matches = commands().try_get_matches_from(args).ok()?;
            matches.subcommand()?.1.get_one::<bool>("lock").copied()
        };
        assert_eq!(lock(&["plan"]), Some(true));
        assert_eq!(lock(&["plan", "--lock=false"]), Some(false));
        assert_eq!(lock(&["plan", "--lock=false", "--lock"]), Some(true));
        assert_eq!(lock(&["plan", "--lock", "file"]), Some(true));
        assert_eq!(lock(&["plan", "--lock=maybe"]), None);
    }

    #[test]
    fn time_spans_are_read() {
        let seconds = |text| parse_duration(text).map(|d| d.as_secs_f64());
        assert_eq!(seconds("3s"), Ok(3.0));
        assert_eq!(seconds("1m30s"), Ok(90.0));
        assert_eq!(seconds("1.5h"), Ok(5400.0));
        for wrong in ["", "3", "s", "1x", "-1s", "1e400s"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn help_shows_single_dashes() {
        assert_eq!(with_single_dashes("  --out <F>  a--b --- '--x'"), "  -out <F>  a--b --- '-x'");
    }
}
