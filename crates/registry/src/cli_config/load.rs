//! Finding and reading CLI configuration files, and what the environment says instead.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use groma_diag::{Diagnostic, Diagnostics};

use super::CliConfig;
use super::decode::decode;
use super::syntax::{parse_json, parse_native};
use crate::environment::{CliEnvironment, ConfigLocation};

impl CliConfig {
    /// Reads the CLI configuration of a user: the main file, then the files of the configuration
    /// folder unless the main file was named by a variable, and the variables over all.
    pub fn load(environment: &CliEnvironment) -> (CliConfig, Diagnostics) {
        let mut diagnostics = Diagnostics::new();
        let mut config = CliConfig::default();
        match environment.config_location() {
            ConfigLocation::Named(path) => {
                config.read_into(&path, environment, true, &mut diagnostics);
            }
            ConfigLocation::Searched(paths) => {
                if let Some(path) = paths.iter().find(|path| path.exists()) {
                    config.read_into(path, environment, false, &mut diagnostics);
                }
                for path in
                    environment.config_dir().map(|dir| extra_files(&dir)).unwrap_or_default()
                {
                    config.read_into(&path, environment, false, &mut diagnostics);
                }
            }
        }
        config.apply_environment(environment);
        if let Some(dir) = &config.plugin_cache_dir
            && let Err(error) = fs::read_dir(dir)
        {
            diagnostics.error(
                "The specified plugin cache dir cannot be opened",
                format!(
                    "The plugin cache directory {} cannot be opened: {error}. Create it, or correct plugin_cache_dir in the CLI configuration.",
                    dir.display()
                ),
            );
        }
        (config, diagnostics)
    }

    fn apply_environment(&mut self, environment: &CliEnvironment) {
        if let Some(dir) = environment.setting("PLUGIN_CACHE_DIR") {
            self.plugin_cache_dir = Some(dir.into());
        }
        let may_break = environment.setting("PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE");
        if may_break.is_some_and(|value| value != "0") {
            self.plugin_cache_may_break_dependency_lock_file = true;
        }
    }

    fn read_into(
        &mut self,
        path: &Path,
        environment: &CliEnvironment,
        named: bool,
        diagnostics: &mut Diagnostics,
    ) {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if named && error.kind() == io::ErrorKind::NotFound => {
                diagnostics.push(Diagnostic::warning(
                    "Unable to open CLI configuration file",
                    format!("The CLI configuration file at {path:?} does not exist."),
                ));
                return;
            }
            Err(error) => {
                diagnostics.error(
                    "Unable to open CLI configuration file",
                    format!(
                        "The CLI configuration file {} cannot be read: {error}.",
                        path.display()
                    ),
                );
                return;
            }
        };
        self.merge(
            CliConfig::parse(&path.display().to_string(), &text, environment, diagnostics),
            diagnostics,
        );
    }

    /// Reads the text of a file: JSON if its name or its first character says so.
    pub fn parse(
        filename: &str,
        text: &str,
        environment: &CliEnvironment,
        diagnostics: &mut Diagnostics,
    ) -> CliConfig {
        let json = filename.ends_with(".json") || text.trim_start().starts_with('{');
        let parsed = if json { parse_json(filename, text) } else { parse_native(filename, text) };
        match parsed {
            Ok(items) => decode(items, environment, diagnostics),
            Err(error) => {
                diagnostics.push(
                    Diagnostic::error(
                        "Invalid CLI configuration file",
                        format!("The file cannot be read: {}.", error.message),
                    )
                    .at(&error.range),
                );
                CliConfig::default()
            }
        }
    }

    /// Adds the settings of a further file, which give way to those that are there.
    fn merge(&mut self, other: CliConfig, diagnostics: &mut Diagnostics) {
        if self.provider_installation.is_some() && other.provider_installation.is_some() {
            diagnostics.error(
                "Invalid provider_installation block",
                "No more than one provider_installation block may be specified in all CLI configuration files together.",
            );
        }
        let keep = |ours: &mut bool, theirs: bool| *ours |= theirs;
        keep(
            &mut self.plugin_cache_may_break_dependency_lock_file,
            other.plugin_cache_may_break_dependency_lock_file,
        );
        keep(&mut self.released_providers_only, other.released_providers_only);
        keep(&mut self.disable_checkpoint, other.disable_checkpoint);
        keep(&mut self.disable_checkpoint_signature, other.disable_checkpoint_signature);
        self.provider_installation =
            self.provider_installation.take().or(other.provider_installation);
        self.plugin_cache_dir = self.plugin_cache_dir.take().or(other.plugin_cache_dir);
        self.credentials_helper = self.credentials_helper.take().or(other.credentials_helper);
        for (host, credentials) in other.credentials {
            self.credentials.entry(host).or_insert(credentials);
        }
        for (host, services) in other.hosts {
            self.hosts.entry(host).or_insert(services);
        }
    }
}

/// The files of the configuration folder, in the order of their names.
fn extra_files(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            name.ends_with(".tfrc") || name.ends_with(".tfrc.json")
        })
        .collect();
    files.sort();
    files
}

#[cfg(test)]
mod tests;
