//! Large configurations.

use std::fmt::Write;
use std::time::{Duration, Instant};

use groma_addrs::version::Version;

use crate::{LoadOptions, MemoryLoader, load};

fn seconds(files: Vec<(String, String)>, resources: usize) -> Duration {
    let version = Version::new(1, 11, 4);
    let loader = MemoryLoader::new(files);
    let start = Instant::now();
    let loaded = load(".", &loader, &LoadOptions::new(&version));
    let elapsed = start.elapsed();
    assert!(loaded.diagnostics.is_empty(), "{}", loaded.diagnostics);
    let config = loaded.config.unwrap();
    assert_eq!(config.modules().map(|n| n.module.resources.len()).sum::<usize>(), resources);
    elapsed
}

fn chain(n: usize) -> Vec<(String, String)> {
    let mut text = String::new();
    for i in 0..n {
        let input = if i == 0 { "0".into() } else { format!("terraform_data.r{}.output", i - 1) };
        writeln!(text, "resource \"terraform_data\" \"r{i}\" {{\n  input = {input}\n}}").unwrap();
    }
    vec![("main.tf".into(), text)]
}

fn calls(n: usize) -> Vec<(String, String)> {
    let mut text = String::new();
    for i in 0..n {
        writeln!(text, "module \"m{i}\" {{\n  source = \"./m\"\n  x      = {i}\n}}").unwrap();
    }
    let module = "variable \"x\" {}\nresource \"terraform_data\" \"x\" {\n  input = var.x\n}\n";
    vec![("main.tf".into(), text), ("m/main.tf".into(), module.into())]
}

/// Eight times the size may take far more than eight times as long on a busy machine, but not the
/// 64 times of quadratic growth.
#[test]
fn time_grows_with_size_only() {
    for make in [chain, calls] {
        let best = |n| (0..3).map(|_| seconds(make(n), n)).min().unwrap();
        let (small, large) = (best(500), best(4000));
        assert!(large < small * 30, "{small:?} {large:?}");
    }
}
