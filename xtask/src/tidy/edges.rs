//! Who may depend on whom.
//!
//! Dependencies point downwards only. The table is that of the design; what goes beyond it is in
//! the second table, with its reason.

use super::Findings;
use crate::workspace::{Dependency, Package, Workspace};

/// A package, and the packages of the workspace that it may use.
type Row = (&'static str, &'static [&'static str]);

const ALLOWED: &[Row] = &[
    ("groma-diag", &[]),
    ("groma-value", &[]),
    ("groma-hcl", &["groma-diag", "groma-value"]),
    ("groma-addrs", &["groma-diag", "groma-value", "groma-hcl"]),
    ("groma-schema", &["groma-diag", "groma-value", "groma-hcl"]),
    ("groma-lang", &["groma-diag", "groma-value", "groma-hcl", "groma-addrs", "groma-schema"]),
    ("groma-config", &["groma-diag", "groma-value", "groma-hcl", "groma-addrs", "groma-schema"]),
    ("groma-state", &["groma-diag", "groma-value", "groma-addrs"]),
    ("groma-plan", &["groma-diag", "groma-value", "groma-addrs", "groma-schema", "groma-state"]),
    ("groma-provider", &["groma-diag", "groma-value", "groma-addrs", "groma-schema"]),
    ("groma-backend", &["groma-diag", "groma-state"]),
    (
        "groma-engine",
        &[
            "groma-diag",
            "groma-value",
            "groma-hcl",
            "groma-addrs",
            "groma-schema",
            "groma-lang",
            "groma-config",
            "groma-state",
            "groma-plan",
            "groma-provider",
        ],
    ),
    ("groma-protocol", &["groma-diag", "groma-value", "groma-schema"]),
    (
        "groma-plugin",
        &[
            "groma-diag",
            "groma-value",
            "groma-addrs",
            "groma-schema",
            "groma-protocol",
            "groma-provider",
        ],
    ),
    ("groma-registry", &["groma-diag", "groma-addrs"]),
    ("groma-backends", &["groma-diag", "groma-backend", "groma-state"]),
    (
        "groma-sdk",
        &["groma-sdk-derive", "groma-protocol", "groma-schema", "groma-value", "groma-diag"],
    ),
    ("groma-sdk-derive", &[]),
    ("groma-mock", &["groma-sdk"]),
    (
        "groma-aws",
        &[
            "groma-sdk",
            "groma-aws-autoscaling",
            "groma-aws-balancing",
            "groma-aws-compute",
            "groma-aws-core",
            "groma-aws-databases",
            "groma-aws-identity",
            "groma-aws-network",
            "groma-aws-storage",
            "groma-aws-watching",
        ],
    ),
    ("groma-aws-autoscaling", &["groma-sdk", "groma-aws-core"]),
    ("groma-aws-balancing", &["groma-sdk", "groma-aws-core"]),
    ("groma-aws-compute", &["groma-sdk", "groma-aws-core", "groma-aws-network"]),
    ("groma-aws-core", &["groma-sdk"]),
    ("groma-aws-databases", &["groma-sdk", "groma-aws-core"]),
    ("groma-aws-identity", &["groma-sdk", "groma-aws-core"]),
    ("groma-aws-network", &["groma-sdk", "groma-aws-core"]),
    ("groma-aws-storage", &["groma-sdk", "groma-aws-core"]),
    ("groma-aws-watching", &["groma-sdk", "groma-aws-core"]),
    ("xtask", &[]),
    // The command line puts the engine and its adapters together.
    (
        "groma",
        &[
            "groma-diag",
            "groma-value",
            "groma-hcl",
            "groma-addrs",
            "groma-schema",
            "groma-lang",
            "groma-config",
            "groma-state",
            "groma-plan",
            "groma-provider",
            "groma-backend",
            "groma-engine",
            "groma-plugin",
            "groma-provisioners",
            "groma-registry",
            "groma-backends",
            "groma-view",
        ],
    ),
];

/// What goes beyond the design: who, whom, and why.
const BEYOND: &[(&str, &[&str], &str)] = &[
    (
        "groma-registry",
        &["groma-hcl"],
        "lock files are HCL, and are read by the parser that there is",
    ),
    (
        "groma-backend",
        &["groma-schema", "groma-value"],
        "a backend says by a schema what its block takes, and gets it as a value",
    ),
    ("groma-backends", &["groma-schema", "groma-value"], "as for the trait that they implement"),
    (
        "groma-provisioners",
        &["groma-diag", "groma-value", "groma-schema", "groma-provider"],
        "what runs commands and copies files for the engine, behind a trait beside that of \
         providers",
    ),
    ("xtask", &["groma-hcl"], "the READMEs of modules are made from what the parser finds there"),
    ("xtask", &["groma-protocol"], "a bench starts a plugin as an engine does"),
    (
        "groma-view",
        &[
            "groma-diag",
            "groma-value",
            "groma-hcl",
            "groma-addrs",
            "groma-schema",
            "groma-config",
            "groma-state",
            "groma-plan",
        ],
        "plans and states as text and as JSON: a library of its own between these and the command \
         line, so that it is built and tested without the engine",
    ),
];

/// Compares what the packages declare with the tables.
pub(super) fn check(workspace: &Workspace, findings: &mut Findings) {
    let names: Vec<&str> = workspace.packages.iter().map(|p| p.name.as_str()).collect();
    for package in &workspace.packages {
        if !known(&package.name) {
            findings.errors.push(format!(
                "the package {} is in no table of who may depend on whom (xtask/src/tidy/edges.rs)",
                package.name
            ));
            continue;
        }
        for dependency in &package.dependencies {
            let inside = names.contains(&dependency.name.as_str());
            if inside && !allowed(package, dependency) {
                findings.errors.push(format!(
                    "{} may not depend on {}: see docs/architecture.md for who may use whom",
                    package.name, dependency.name
                ));
            }
        }
    }
}

fn known(name: &str) -> bool {
    ALLOWED.iter().any(|(n, _)| *n == name) || BEYOND.iter().any(|(n, ..)| *n == name)
}

fn allowed(package: &Package, dependency: &Dependency) -> bool {
    // A package may be the counterpart of itself in its own tests.
    if dependency.dev && dependency.name == package.name {
        return true;
    }
    let has = |targets: &[&str]| targets.contains(&dependency.name.as_str());
    ALLOWED.iter().any(|(name, targets)| *name == package.name && has(targets))
        || BEYOND.iter().any(|(name, targets, _)| *name == package.name && has(targets))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn workspace(edges: &[(&str, &[&str])]) -> Workspace {
        let package = |(name, targets): &(&str, &[&str])| Package {
            name: (*name).to_owned(),
            directory: PathBuf::new(),
            license: None,
            dependencies: targets
                .iter()
                .map(|t| Dependency { name: (*t).to_owned(), dev: false })
                .collect(),
            entry: None,
        };
        Workspace {
            root: PathBuf::new(),
            target: PathBuf::new(),
            packages: edges.iter().map(package).collect(),
        }
    }

    fn errors(edges: &[(&str, &[&str])]) -> Vec<String> {
        let mut findings = Findings::default();
        check(&workspace(edges), &mut findings);
        findings.errors
    }

    #[test]
    fn edges_point_downwards() {
        assert!(errors(&[("groma-diag", &["serde"]), ("groma-hcl", &["groma-diag"])]).is_empty());
        let upwards = errors(&[("groma-diag", &["groma-hcl"]), ("groma-hcl", &[])]);
        assert_eq!(upwards.len(), 1, "{upwards:?}");
        assert_eq!(errors(&[("groma-new", &[])]).len(), 1);
    }

    #[test]
    fn the_tables_have_no_cycle() {
        let rows =
            ALLOWED.iter().map(|(n, t)| (*n, *t)).chain(BEYOND.iter().map(|(n, t, _)| (*n, *t)));
        let rows: Vec<Row> = rows.collect();
        let mut low: Vec<&str> = Vec::new();
        loop {
            let free = |name: &str| {
                rows.iter()
                    .filter(|(n, _)| *n == name)
                    .all(|(_, t)| t.iter().all(|t| low.contains(t)))
            };
            let next: Vec<&str> =
                rows.iter().map(|(n, _)| *n).filter(|n| !low.contains(n) && free(n)).collect();
            if next.is_empty() {
                break;
            }
            low.extend(next);
        }
        assert!(rows.iter().all(|(name, _)| low.contains(name)), "{low:?}");
    }
}
