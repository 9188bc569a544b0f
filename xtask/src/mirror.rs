//! Where the released AWS provider is on this machine, if it is.
//!
//! The places are those in which engines look for mirrors themselves: the ones that a CLI
//! configuration file names, and the implied ones. `GROMA_AWS_MIRROR` names another.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::workspace::Workspace;

/// The version that the demo and the tests are written for.
pub(crate) const VERSION: &str = "5.100.0";

/// Names the mirror.
pub(crate) const VARIABLE: &str = "GROMA_AWS_MIRROR";

/// A filesystem mirror that has the plugin.
pub(crate) struct Mirror {
    /// The mirror's own folder.
    pub(crate) root: PathBuf,
    /// The plugin, if the mirror has it unpacked.
    pub(crate) program: Option<PathBuf>,
}

impl Mirror {
    /// Looks for one.
    pub(crate) fn find(workspace: &Workspace) -> Result<Option<Mirror>> {
        if let Some(root) = std::env::var_os(VARIABLE).map(PathBuf::from) {
            return match at(&root) {
                Some(mirror) => Ok(Some(mirror)),
                None => bail!(
                    "{VARIABLE} names {}, which has no version {VERSION} in {}",
                    root.display(),
                    provider().display()
                ),
            };
        }
        Ok(places(workspace).iter().find_map(|root| at(root)))
    }
}

/// The folder of the operating system's and the processor's name, in a mirror.
pub(crate) fn platform() -> String {
    let os = match std::env::consts::OS {
        "macos" => "darwin",
        os => os,
    };
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        architecture => architecture,
    };
    format!("{os}_{architecture}")
}

fn provider() -> PathBuf {
    ["registry.terraform.io", "hashicorp", "aws"].iter().collect()
}

fn at(root: &Path) -> Option<Mirror> {
    let provider = root.join(provider());
    let program = format!("terraform-provider-aws_v{VERSION}_x5");
    let unpacked = provider.join(VERSION).join(platform()).join(program);
    let packed = provider.join(format!("terraform-provider-aws_{VERSION}_{}.zip", platform()));
    let program = unpacked.is_file().then_some(unpacked);
    (program.is_some() || packed.is_file()).then(|| Mirror { root: root.to_owned(), program })
}

fn places(workspace: &Workspace) -> Vec<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty());
    let home = variable("HOME").map(PathBuf::from);
    let in_home = |rest: &str| home.as_ref().map(|h| h.join(rest));

    let mut places = Vec::new();
    let named = ["GROMA_CLI_CONFIG_FILE", "TF_CLI_CONFIG_FILE"].into_iter().find_map(variable);
    if let Some(file) = named.map(PathBuf::from).or_else(|| in_home(".terraformrc")) {
        places.extend(configured(&fs::read_to_string(file).unwrap_or_default()));
    }
    places.push(workspace.root.join("terraform.d").join("plugins"));
    places.extend(in_home(".terraform.d/plugins"));
    let data_home = variable("XDG_DATA_HOME").map(PathBuf::from);
    let data_dirs =
        variable("XDG_DATA_DIRS").unwrap_or_else(|| "/usr/local/share:/usr/share".into());
    places.extend(
        data_home
            .or_else(|| in_home(".local/share"))
            .into_iter()
            .chain(std::env::split_paths(&data_dirs))
            .map(|d| d.join("terraform").join("plugins")),
    );
    // Last, whatever add-on packages brought along.
    let mut added: Vec<PathBuf> =
        fs::read_dir("/opt").into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    added.sort();
    places.extend(added);
    places
}

/// The mirrors that a CLI configuration file names.
fn configured(text: &str) -> Vec<PathBuf> {
    text.split("filesystem_mirror")
        .skip(1)
        .filter_map(|rest| {
            let block = rest.split('}').next()?;
            let (_, value) = block.split_once("path")?;
            let mut quoted = value.split('"');
            (quoted.next()?.trim() == "=").then_some(())?;
            quoted.next().map(PathBuf::from)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirrors_are_read_from_a_configuration() {
        let text = r#"
            plugin_cache_dir = "/cache"
            provider_installation {
              filesystem_mirror {
                path    = "/first"
                include = ["a/b"]
              }
              filesystem_mirror { path = "/second" }
              direct {}
            }
        "#;
        assert_eq!(configured(text), [PathBuf::from("/first"), PathBuf::from("/second")]);
        assert!(configured("filesystem_mirror {").is_empty());
        assert!(configured("").is_empty());
    }
}
