//! Modules in git repositories.

use tempfile::TempDir;

use super::{Twins, commit, git, repository, tree};
use crate::environment::TestEnvironment;

const OUTPUT: &str = "output \"o\" {\n  value = 1\n}\n";

/// A repository with a tag `v1` and something newer.
fn versions() -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    let call = "module \"inner\" {\n  source = \"./modules/inner\"\n}\n";
    repository(dir.path(), &[("main.tf", call), ("modules/inner/main.tf", OUTPUT)]);
    git(dir.path(), &["tag", "v1"]);
    git(dir.path(), &["checkout", "-q", "-b", "feature"]);
    commit(dir.path(), &[("feature.tf", "")]);
    git(dir.path(), &["checkout", "-q", "main"]);
    commit(dir.path(), &[("newer.tf", "")]);
    dir
}

#[test]
fn repositories_are_cloned_as_their_addresses_say() {
    let repo = versions();
    let url = format!("git::file://{}", repo.path().display());
    let config = [
        ("newest", url.clone()),
        ("tagged", format!("{url}?ref=v1")),
        ("branch", format!("{url}?ref=feature")),
        ("shallow", format!("{url}//modules/inner?depth=1&ref=v1")),
        ("again", format!("{url}//modules/../modules/inner?ref=v1")),
        ("wild", format!("{url}//modules/*")),
        ("absolute", repo.path().display().to_string()),
        ("local", "./local".to_owned()),
    ];
    let config: String = config
        .iter()
        .map(|(name, source)| format!("module \"{name}\" {{\n  source = \"{source}\"\n}}\n"))
        .collect();
    let twins = Twins::new(|env| {
        env.write("main.tf", &config);
        env.write("local/main.tf", OUTPUT);
        env
    });
    twins.run(&["init"]);
    let found = tree(&twins.groma.path(".terraform/modules"));
    assert!(found.contains_key("newest/newer.tf") && !found.contains_key("tagged/newer.tf"));
    assert!(found.contains_key("branch/feature.tf"));
    assert!(twins.groma.read(".terraform/modules/modules.json").contains("tagged.inner"));

    let again = twins.groma.ok(&["init"]);
    assert!(again.stdout.contains("Initializing modules..."), "{again}");
    assert!(!again.stdout.contains("Downloading"), "{again}");
    commit(repo.path(), &[("newest.tf", "")]);
    twins.run(&["get"]);
    assert!(!twins.groma.exists(".terraform/modules/newest/newest.tf"));
    twins.run(&["get", "-update"]);
    assert!(twins.groma.exists(".terraform/modules/newest/newest.tf"));
    assert!(twins.groma.ok(&["init", "-upgrade"]).stdout.contains("Upgrading modules..."));
}

#[test]
fn a_removed_folder_is_installed_again() {
    let repo = versions();
    let env = TestEnvironment::with_config(&format!(
        "module \"a\" {{\n  source = \"git::file://{}\"\n}}\n",
        repo.path().display()
    ));
    let _ = env.ok(&["get"]);
    std::fs::remove_dir_all(env.path(".terraform/modules/a")).unwrap();
    let _ = env.ok(&["get"]);
    assert!(env.exists(".terraform/modules/a/newer.tf"));
    let left: Vec<_> = std::fs::read_dir(env.path(".terraform/modules")).unwrap().collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn what_git_says_is_passed_on_without_secrets() {
    let env = TestEnvironment::with_config(
        "module \"a\" {\n  source = \"git::http://user:hunter2@127.0.0.1:1/r.git?sshkey=aHVudGVyMg==\"\n}\n",
    );
    let output = env.run(&["get"]);
    assert_eq!(output.code, Some(1));
    assert!(output.stderr.contains("Failed to download module"), "{output}");
    assert!(!format!("{output}").contains("hunter2:"), "{output}");
    assert!(!output.stderr.replace("source = ", "").contains("aHVudGVyMg==\":"), "{output}");
    assert!(output.stdout.contains("user:REDACTED@127.0.0.1"), "{output}");
}
