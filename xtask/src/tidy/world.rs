//! What only some rooms may touch: the world outside of the process, and libraries that speak to it.

use std::path::Path;

use super::Findings;
use crate::workspace::Workspace;

/// Rooms whose code is the same whatever machine it runs on.
const PURE: &[&str] = &[
    "crates/diag/",
    "crates/value/",
    "crates/hcl/",
    "crates/addrs/",
    "crates/schema/",
    "crates/lang/",
    "crates/config/",
    "crates/state/",
    "crates/plan/",
    "crates/provider/",
    "crates/engine/",
    "crates/protocol/",
    "crates/view/",
];

/// The adapters among them, each behind a trait.
const ADAPTERS: &[(&str, &str)] =
    &[("crates/config/src/load/disk.rs", "the SourceLoader that reads folders")];

/// What reaches out.
const WORLD: &[&str] = &[
    "std::fs",
    "std::env",
    "std::process",
    "tokio::fs",
    "tokio::net",
    "tokio::process",
    "SystemTime::now",
];

/// Libraries by the beginning of their names, and who may use them.
const LIBRARIES: &[(&str, &[&str])] = &[
    ("tonic", &["groma-protocol", "groma-plugin", "groma-sdk"]),
    ("prost", &["groma-protocol", "groma-plugin", "groma-sdk"]),
    ("aws-", &["groma-backends", "groma-aws"]),
    ("clap", &["groma", "xtask"]),
    ("russh", &["groma-provisioners"]),
    ("anyhow", &["xtask"]),
];

/// Checks which libraries the packages use. Tests may use any.
pub(super) fn libraries(workspace: &Workspace, findings: &mut Findings) {
    for package in &workspace.packages {
        for dependency in package.dependencies.iter().filter(|d| !d.dev) {
            for (library, users) in LIBRARIES {
                let meant = dependency.name.starts_with(library);
                let may = |user: &&str| package.name == **user || is_room_of(&package.name, user);
                if meant && !users.iter().any(may) {
                    findings.errors.push(format!(
                        "{} may not use {}: only {} may",
                        package.name,
                        dependency.name,
                        users.join(", ")
                    ));
                }
            }
        }
    }
}

/// Whether a package is a part of a larger one: `groma-aws-network` of `groma-aws`.
fn is_room_of(package: &str, whole: &str) -> bool {
    package.strip_prefix(whole).is_some_and(|rest| rest.starts_with('-'))
}

/// Checks that a source of a pure room does not reach out. Its tests may.
pub(super) fn source(file: &Path, text: &str, findings: &mut Findings) {
    let Some(name) = file.to_str() else { return };
    let pure = PURE.iter().any(|room| name.starts_with(&format!("{room}src/")));
    let test = file.components().any(|c| c.as_os_str().to_string_lossy().starts_with("test"));
    if !pure || test || ADAPTERS.iter().any(|(adapter, _)| *adapter == name) {
        return;
    }
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or(text);
    for (number, line) in code.lines().enumerate() {
        let line = line.split("//").next().unwrap_or(line);
        if let Some(world) = WORLD.iter().find(|world| line.contains(**world)) {
            findings.errors.push(format!(
                "{name}:{}: {world} in a room that has the world handed in",
                number + 1
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(file: &str, text: &str) -> Vec<String> {
        let mut findings = Findings::default();
        source(Path::new(file), text, &mut findings);
        findings.errors
    }

    #[test]
    fn pure_rooms_do_not_reach_out() {
        let reaching = "use x;\nlet home = std::env::var(\"HOME\");\n";
        assert_eq!(errors("crates/engine/src/run.rs", reaching).len(), 1);
        for file in [
            "crates/engine/src/tests/run.rs",
            "crates/engine/tests/it/main.rs",
            "crates/plugin/src/process.rs",
            "crates/config/src/load/disk.rs",
        ] {
            assert!(errors(file, reaching).is_empty(), "{file}");
        }
        assert!(errors("crates/engine/src/run.rs", "/// Never std::fs.\n").is_empty());
        let tested = "fn f() {}\n\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n";
        assert!(errors("crates/engine/src/run.rs", tested).is_empty());
    }
}
