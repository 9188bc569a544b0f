//! The workspace as cargo sees it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value as Json;

/// The workspace: where it is, where it is built, and what is in it.
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    /// Where cargo puts what it builds. What this program makes goes there too.
    pub(crate) target: PathBuf,
    pub(crate) packages: Vec<Package>,
}

/// A package of the workspace.
pub(crate) struct Package {
    pub(crate) name: String,
    /// Its folder.
    pub(crate) directory: PathBuf,
    pub(crate) license: Option<String>,
    pub(crate) dependencies: Vec<Dependency>,
    /// The source file of its library, or else of its first program.
    pub(crate) entry: Option<PathBuf>,
}

/// What a package says that it needs.
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// Only its tests need it.
    pub(crate) dev: bool,
}

impl Workspace {
    /// Asks cargo.
    pub(crate) fn find() -> Result<Workspace> {
        // Cargo says whose tasks it runs. Several clones may share a target folder, and this program.
        let directory = std::env::var_os("CARGO_MANIFEST_DIR");
        let directory = directory.unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let output = Command::new(cargo())
            .args(["metadata", "--format-version=1", "--no-deps"])
            .current_dir(directory)
            .output()
            .context("cargo could not be started")?;
        if !output.status.success() {
            bail!("cargo metadata failed:\n{}", String::from_utf8_lossy(&output.stderr));
        }
        let metadata: Json = serde_json::from_slice(&output.stdout)?;
        let packages = metadata["packages"].as_array().context("cargo metadata has no packages")?;
        Ok(Workspace {
            root: path(&metadata["workspace_root"])?,
            target: path(&metadata["target_directory"])?,
            packages: packages.iter().map(package).collect::<Result<_>>()?,
        })
    }

    /// A cargo command in the workspace.
    pub(crate) fn cargo<const N: usize>(&self, arguments: [&str; N]) -> Command {
        let mut command = Command::new(cargo());
        command.args(arguments).current_dir(&self.root);
        command
    }

    /// A path of the workspace as one writes it down.
    pub(crate) fn relative<'a>(&self, path: &'a Path) -> &'a Path {
        path.strip_prefix(&self.root).unwrap_or(path)
    }
}

fn cargo() -> std::ffi::OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

fn path(json: &Json) -> Result<PathBuf> {
    Ok(PathBuf::from(json.as_str().context("cargo metadata lacks a path")?))
}

fn package(json: &Json) -> Result<Package> {
    let manifest = path(&json["manifest_path"])?;
    let text = |json: &Json| json.as_str().map(str::to_owned);
    let kind = |target: &Json, kind: &str| {
        target["kind"].as_array().is_some_and(|kinds| kinds.iter().any(|k| k == kind))
    };
    let targets = json["targets"].as_array().map(Vec::as_slice).unwrap_or_default();
    let entry = targets
        .iter()
        .find(|t| kind(t, "lib") || kind(t, "proc-macro"))
        .or_else(|| targets.iter().find(|t| kind(t, "bin")))
        .and_then(|t| t["src_path"].as_str())
        .map(PathBuf::from);
    let dependencies = json["dependencies"].as_array().map(Vec::as_slice).unwrap_or_default();
    Ok(Package {
        name: text(&json["name"]).context("cargo metadata lacks a name")?,
        directory: manifest.parent().context("a manifest is in no folder")?.to_owned(),
        license: text(&json["license"]),
        dependencies: dependencies
            .iter()
            .filter_map(|d| Some(Dependency { name: text(&d["name"])?, dev: d["kind"] == "dev" }))
            .collect(),
        entry,
    })
}
