use std::fs;

use super::*;

fn provider(source: &str) -> Provider {
    Provider::parse(source).unwrap()
}

fn run(
    required: &[&str],
    overrides: &[(&str, &Path)],
    attached: &[&str],
) -> (BTreeMap<Provider, Plugin>, Diagnostics) {
    let data = tempfile::tempdir().unwrap();
    locate(&LocateRequest {
        required: &required.iter().map(|s| (provider(s), VersionConstraints::any())).collect(),
        locks: &Locks::new(),
        data_dir: data.path(),
        dev_overrides: &overrides.iter().map(|(s, p)| (provider(s), p.to_path_buf())).collect(),
        attached: &attached.iter().map(|s| provider(s)).collect(),
        platform: &Platform::current(),
        memo: &HashMemo::in_memory(),
    })
}

#[test]
fn plugins_under_development_need_neither_lock_file_nor_installation() {
    let dir = tempfile::tempdir().unwrap();
    let (plugins, diagnostics) = run(&["acme/foo"], &[("acme/foo", dir.path())], &[]);
    assert!(plugins.is_empty());
    let text = diagnostics.to_string();
    assert!(
        text.contains("under development") && text.contains("terraform-provider-foo"),
        "{text}"
    );

    fs::write(dir.path().join("terraform-provider-foo"), "").unwrap();
    let (plugins, diagnostics) = run(&["acme/foo"], &[("acme/foo", dir.path())], &[]);
    assert!(diagnostics.is_empty(), "{diagnostics}");
    let plugin = &plugins[&provider("acme/foo")];
    assert_eq!((&plugin.version, &plugin.hash), (&None, &None));
}

#[test]
fn attached_and_built_in_providers_have_no_executable() {
    let (plugins, diagnostics) =
        run(&["acme/foo", "terraform.io/builtin/terraform"], &[], &["acme/foo"]);
    assert!(plugins.is_empty() && diagnostics.is_empty(), "{diagnostics}");
}
