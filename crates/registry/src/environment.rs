//! What the command line knows of its surroundings and hands in: variables, home, start folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The surroundings of a command.
#[derive(Clone, Default)]
pub struct CliEnvironment {
    /// The environment variables.
    pub variables: BTreeMap<String, String>,
    /// The user's home folder.
    pub home: Option<PathBuf>,
    /// The folder in which the command was started, whatever `-chdir` says.
    pub launch_dir: PathBuf,
}

/// Where the CLI configuration file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigLocation {
    /// A variable names it: it should exist, and nothing else is read.
    Named(PathBuf),
    /// The first of these that exists.
    Searched(Vec<PathBuf>),
}

impl CliEnvironment {
    /// A variable by its name without prefix: `GROMA_NAME` if it is set, else `TF_NAME`. A
    /// variable that is set to nothing counts as not set.
    pub fn setting(&self, name: &str) -> Option<&str> {
        ["GROMA_", "TF_"].iter().find_map(|prefix| self.variable(&format!("{prefix}{name}")))
    }

    fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn directory(&self, variable: &str) -> Option<PathBuf> {
        // The XDG specification: relative paths are to be ignored.
        self.variable(variable).map(PathBuf::from).filter(|path| path.is_absolute())
    }

    /// Where the CLI configuration file is.
    pub fn config_location(&self) -> ConfigLocation {
        let named = self
            .setting("CLI_CONFIG_FILE")
            .or_else(|| self.variable("TERRAFORM_CONFIG"))
            .map(|path| ConfigLocation::Named(path.into()));
        if let Some(named) = named {
            return named;
        }
        let mut searched = Vec::new();
        if cfg!(windows) {
            if let Some(dir) = self.variable("APPDATA").map(PathBuf::from) {
                searched.extend(["groma.rc", "terraform.rc", "tofu.rc"].map(|name| dir.join(name)));
            }
        } else if let Some(home) = &self.home {
            let names = [".gromarc", ".terraformrc", ".tofurc"];
            searched.extend(names.map(|name| home.join(name)));
            if let Some(dir) = self.directory("XDG_CONFIG_HOME") {
                searched.push(dir.join("opentofu/tofurc"));
            }
        }
        ConfigLocation::Searched(searched)
    }

    /// The folder whose `*.tfrc` and `*.tfrc.json` files are read too.
    pub fn config_dir(&self) -> Option<PathBuf> {
        if cfg!(windows) {
            return self.variable("APPDATA").map(|dir| Path::new(dir).join("terraform.d"));
        }
        self.home.as_ref().map(|home| home.join(".terraform.d"))
    }

    /// The folders that are searched for packages where no `provider_installation` block says
    /// otherwise, whether they exist or not.
    pub fn implied_mirror_dirs(&self) -> Vec<PathBuf> {
        let mut dirs = vec![self.launch_dir.join("terraform.d/plugins")];
        dirs.extend(self.config_dir().map(|dir| dir.join("plugins")));
        if cfg!(windows) {
            return dirs;
        }
        if cfg!(target_os = "macos") {
            let library = "Library/Application Support/io.terraform/plugins";
            dirs.extend(self.home.as_ref().map(|home| home.join(library)));
            dirs.push(Path::new("/").join(library));
            return dirs;
        }
        let data_home = self.directory("XDG_DATA_HOME");
        dirs.extend(data_home.as_ref().map(|dir| dir.join("opentofu/plugins")));
        let data_home =
            data_home.or_else(|| self.home.as_ref().map(|home| home.join(".local/share")));
        let shared = self.variable("XDG_DATA_DIRS").unwrap_or("/usr/local/share:/usr/share");
        let shared = shared.split(':').map(PathBuf::from).filter(|path| path.is_absolute());
        dirs.extend(data_home.into_iter().chain(shared).map(|dir| dir.join("terraform/plugins")));
        dirs
    }

    /// Replaces `$NAME` and `${NAME}` by variables, as `plugin_cache_dir` may contain them.
    pub(crate) fn expand(&self, text: &str) -> String {
        let mut expanded = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            expanded.push_str(&rest[..at]);
            let after = &rest[at + 1..];
            let braced = after.strip_prefix('{').and_then(|inner| inner.split_once('}'));
            let (name, behind) = braced.unwrap_or_else(|| {
                let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
                let end = after.find(|c| !is_name(c)).unwrap_or(after.len());
                after.split_at(end)
            });
            if name.is_empty() && braced.is_none() {
                expanded.push('$');
            }
            expanded.push_str(self.variables.get(name).map_or("", String::as_str));
            rest = behind;
        }
        expanded + rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> CliEnvironment {
        CliEnvironment {
            variables: variables.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect(),
            home: Some("/home/u".into()),
            launch_dir: "/project".into(),
        }
    }

    #[test]
    fn our_own_variables_win() {
        let both = environment(&[("TF_X", "tf"), ("GROMA_X", "groma")]);
        assert_eq!(both.setting("X"), Some("groma"));
        let empty = environment(&[("TF_X", "tf"), ("GROMA_X", "")]);
        assert_eq!(empty.setting("X"), Some("tf"));
        assert_eq!(empty.setting("Y"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn files_and_folders_are_searched_in_the_known_order() {
        let plain = environment(&[]);
        let ConfigLocation::Searched(files) = plain.config_location() else { panic!() };
        let files: Vec<_> = files.iter().map(|f| f.to_str().unwrap()).collect();
        assert_eq!(files, ["/home/u/.gromarc", "/home/u/.terraformrc", "/home/u/.tofurc"]);
        let dirs = plain.implied_mirror_dirs();
        let dirs: Vec<_> = dirs.iter().map(|d| d.to_str().unwrap()).collect();
        assert_eq!(
            dirs,
            [
                "/project/terraform.d/plugins",
                "/home/u/.terraform.d/plugins",
                "/home/u/.local/share/terraform/plugins",
                "/usr/local/share/terraform/plugins",
                "/usr/share/terraform/plugins",
            ]
        );
        let xdg = environment(&[("XDG_DATA_HOME", "/d"), ("XDG_DATA_DIRS", "/s:relative")]);
        let dirs = xdg.implied_mirror_dirs();
        assert!(dirs.contains(&PathBuf::from("/d/terraform/plugins")));
        assert!(dirs.contains(&PathBuf::from("/s/terraform/plugins")));
        assert_eq!(dirs.len(), 5);

        let named = environment(&[("TF_CLI_CONFIG_FILE", "/rc")]);
        assert_eq!(named.config_location(), ConfigLocation::Named("/rc".into()));
    }

    #[test]
    fn variables_are_expanded() {
        let env = environment(&[("HOME", "/home/u"), ("A_1", "x")]);
        for (text, expected) in [
            ("$HOME/cache", "/home/u/cache"),
            ("${HOME}cache", "/home/ucache"),
            ("/a/$A_1.$NONE-b", "/a/x.-b"),
            ("plain", "plain"),
            ("end$", "end$"),
            ("${open", "${open"),
        ] {
            assert_eq!(env.expand(text), expected, "{text}");
        }
    }
}
