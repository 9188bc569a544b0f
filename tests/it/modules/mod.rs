//! Modules from anywhere: what `init` and `get` install, and what is said when they cannot.
//!
//! Where there is a Terraform, it does the same beside Groma, and both must leave the same behind
//! and be able to go on with what the other has left.

mod archives;
mod failures;
mod git;
mod oci;
mod registry;
mod s3;
mod starting;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::environment::TestEnvironment;

/// Terraform, if there is one.
pub(crate) fn terraform() -> Option<PathBuf> {
    let named = std::env::var_os("GROMA_TEST_TERRAFORM").map(PathBuf::from);
    named.or_else(|| {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).map(|dir| dir.join("terraform")).find(|path| path.is_file())
    })
}

/// What both engines install of the same configuration.
struct Twins {
    groma: TestEnvironment,
    terraform: Option<(TestEnvironment, PathBuf)>,
}

impl Twins {
    /// Prepares a working directory for each.
    fn new(prepare: impl Fn(TestEnvironment) -> TestEnvironment) -> Twins {
        let new = || prepare(TestEnvironment::new()).set("TF_CLI_ARGS", "-no-color");
        let groma = new();
        let terraform = terraform().map(|program| (new(), program));
        if terraform.is_none() {
            eprintln!("passed over: there is no terraform to compare with");
        }
        Twins { groma, terraform }
    }

    /// Runs a command in both, which must go well, and compares what is installed afterwards.
    #[track_caller]
    fn run(&self, args: &[&str]) {
        let ours = self.groma.ok(args);
        let Some((environment, program)) = &self.terraform else { return };
        let theirs = environment.run_program(program, args);
        assert_eq!(theirs.code, Some(0), "terraform: {theirs}");
        assert_eq!(lines(&ours.stdout), lines(&theirs.stdout));
        let at = |environment: &TestEnvironment| tree(&environment.path(".terraform/modules"));
        assert_eq!(at(&self.groma), at(environment));
        // Each goes on with what the other has left.
        let crossed = environment.run(&["validate"]);
        assert_eq!(crossed.code, Some(0), "{crossed}");
        let crossed = self.groma.run_program(program, &["validate"]);
        assert_eq!(crossed.code, Some(0), "{crossed}");
    }

    /// Runs a command in both, which must fail with the same summary.
    #[track_caller]
    fn fail(&self, args: &[&str], summary: &str) {
        let ours = self.groma.run(args);
        assert_eq!(ours.code, Some(1), "{ours}");
        assert!(ours.stderr.contains(&format!("Error: {summary}\n")), "{ours}");
        let Some((environment, program)) = &self.terraform else { return };
        let theirs = environment.run_program(program, args);
        assert_eq!(theirs.code, Some(1), "terraform: {theirs}");
        assert!(theirs.stderr.contains(&format!("Error: {summary}\n")), "terraform: {theirs}");
    }
}

/// The lines about modules, whatever their order.
fn lines(output: &str) -> Vec<&str> {
    let about = |line: &&str| {
        line.starts_with("Downloading ") || (line.starts_with("- ") && line.contains(" in "))
    };
    let mut lines: Vec<&str> = output.lines().filter(about).collect();
    lines.sort_unstable();
    lines
}

/// All files below a folder with what is in them. What git keeps for itself is passed over.
fn tree(dir: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![(dir.to_owned(), String::new())];
    while let Some((dir, prefix)) = open.pop() {
        for entry in std::fs::read_dir(&dir).expect("a folder") {
            let entry = entry.expect("an entry");
            let name = entry.file_name().into_string().expect("a name");
            let (path, full) = (entry.path(), format!("{prefix}{name}"));
            let kind = entry.file_type().expect("a kind");
            if kind.is_symlink() {
                let target = std::fs::read_link(&path).expect("a target");
                found.insert(full, format!("-> {}", target.display()));
            } else if kind.is_file() {
                found.insert(full, std::fs::read_to_string(&path).expect("text"));
            } else if name != ".git" {
                open.push((path, format!("{full}/")));
            }
        }
    }
    found
}

/// Runs git, which must go well.
fn git(dir: &Path, args: &[&str]) {
    let output = Command::new("git")
        .args(["-c", "user.name=test", "-c", "user.email=test@example.com"])
        .args(args)
        .current_dir(dir)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("HOME", dir)
        .output()
        .expect("git runs");
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A repository with these files, committed to the branch `main`.
fn repository(dir: &Path, files: &[(&str, &str)]) {
    std::fs::create_dir_all(dir).expect("a folder");
    git(dir, &["init", "-q", "-b", "main"]);
    commit(dir, files);
}

fn commit(dir: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = dir.join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    git(dir, &["add", "-A"]);
    git(dir, &["commit", "-q", "-m", "x"]);
}

/// A zip archive without compression, with these files.
pub(crate) fn zip_of(files: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in files {
        let options = zip::write::SimpleFileOptions::default();
        zip.start_file(*name, options).expect("an entry");
        zip.write_all(text.as_bytes()).expect("content");
    }
    zip.finish().expect("an archive").into_inner()
}
