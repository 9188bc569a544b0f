//! What the environment says.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use groma_registry::CliEnvironment;

/// The prefixes of environment variables that set input variables, the one that wins last.
pub(crate) const VARIABLE_PREFIXES: [&str; 2] = ["TF_VAR_", "GROMA_VAR_"];

/// The settings of all commands, from the environment. Each variable `TF_X` is also there as
/// `GROMA_X`, which wins.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// `TF_DATA_DIR`, `.terraform` if it is not set.
    pub(crate) data_dir: PathBuf,
    /// `TF_WORKSPACE`
    pub(crate) workspace: Option<String>,
    /// Whether the user may be asked: not if `TF_INPUT` says otherwise.
    pub(crate) input: bool,
    /// `TF_IN_AUTOMATION`: a program drives us.
    pub(crate) in_automation: bool,
    /// `TF_REATTACH_PROVIDERS`
    pub(crate) reattach: String,
    /// `TF_LOG`
    pub(crate) log: Option<String>,
    /// `TF_LOG_PATH`
    pub(crate) log_path: Option<PathBuf>,
}

impl Settings {
    /// Reads the settings.
    pub(crate) fn read(environment: &CliEnvironment) -> Settings {
        let setting = |name: &str| environment.setting(name).map(str::to_owned);
        let off = |value: String| matches!(value.to_lowercase().as_str(), "0" | "false" | "f");
        Settings {
            data_dir: setting("DATA_DIR").unwrap_or_else(|| ".terraform".into()).into(),
            workspace: setting("WORKSPACE"),
            input: !setting("INPUT").is_some_and(off),
            in_automation: setting("IN_AUTOMATION").is_some(),
            reattach: setting("REATTACH_PROVIDERS").unwrap_or_default(),
            log: setting("LOG"),
            log_path: setting("LOG_PATH").map(PathBuf::from),
        }
    }
}

/// The process's surroundings. Variables that are not text are passed over.
pub(crate) fn environment(launch_dir: &Path) -> CliEnvironment {
    let variables: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let home = variables.get("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    CliEnvironment { variables, home, launch_dir: launch_dir.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(variables: &[(&str, &str)]) -> Settings {
        let variables = variables.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        Settings::read(&CliEnvironment { variables, ..CliEnvironment::default() })
    }

    #[test]
    fn our_own_variables_win() {
        let both = settings(&[("TF_DATA_DIR", "a"), ("GROMA_DATA_DIR", "b")]);
        assert_eq!(both.data_dir, Path::new("b"));
        assert_eq!(settings(&[("TF_DATA_DIR", "a")]).data_dir, Path::new("a"));
        assert_eq!(settings(&[("TF_DATA_DIR", "")]).data_dir, Path::new(".terraform"));
    }

    #[test]
    fn input_is_switched_off() {
        assert!(settings(&[]).input && settings(&[("TF_INPUT", "1")]).input);
        assert!(!settings(&[("TF_INPUT", "0")]).input);
        assert!(!settings(&[("TF_INPUT", "false")]).input);
    }
}
