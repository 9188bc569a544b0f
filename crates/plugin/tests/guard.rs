//! A plugin goes when its host is killed.
//!
//! This program is the test, the host that is killed, and the guard between the host and the
//! plugin, so it does without the usual harness.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may fail, and says how")]

use std::process::ExitCode;

#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    println!("PASSED OVER: only on Linux can a plugin go with its host");
    ExitCode::SUCCESS
}

#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    if let Some(code) = groma_plugin::become_guarded(std::env::args_os().skip(1)) {
        return code;
    }
    let mut args = std::env::args_os().skip(1);
    match args.next() {
        Some(role) if role == "host" => linux::host(args.next().unwrap().into()),
        _ => linux::test(),
    }
    ExitCode::SUCCESS
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io::{BufRead as _, BufReader};
    use std::path::{Path, PathBuf};
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    use groma_plugin::{Launch, PluginProvider};

    /// Starts a plugin that never announces itself, and waits for it.
    #[tokio::main]
    pub(crate) async fn host(script: PathBuf) {
        let launch = Launch {
            args: vec![script.into()],
            guard: Some(std::env::current_exe().unwrap()),
            ..Launch::new("/bin/sh")
        };
        let provider = PluginProvider::new("example.com/test/guarded", launch, None);
        println!("{:?}", provider.start().await);
    }

    pub(crate) fn test() {
        let directory = tempfile::tempdir().unwrap();
        let (script, fifo) = (directory.path().join("script"), directory.path().join("fifo"));
        std::fs::write(&script, format!("echo $$ > {}; exec sleep 1000\n", fifo.display()))
            .unwrap();
        assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        let mut host = Command::new(std::env::current_exe().unwrap())
            .arg("host")
            .arg(&script)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut pid = String::new();
        BufReader::new(std::fs::File::open(&fifo).unwrap()).read_line(&mut pid).unwrap();
        let plugin = Path::new("/proc").join(pid.trim());
        assert!(runs(&plugin));
        host.kill().unwrap();
        host.wait().unwrap();
        let begin = Instant::now();
        while runs(&plugin) {
            assert!(begin.elapsed() < Duration::from_secs(10), "the plugin outlives its host");
            std::thread::sleep(Duration::from_millis(5));
        }
        println!("the plugin went with its host");
    }

    /// Whether a process runs; one that has ended and waits for its parent does not.
    fn runs(process: &Path) -> bool {
        let stat = std::fs::read_to_string(process.join("stat")).unwrap_or_default();
        let state = stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().next());
        state.is_some_and(|state| state != "Z")
    }
}
