use super::*;
use crate::cli_config::MethodLocation;

fn parse(filename: &str, text: &str) -> (CliConfig, Diagnostics) {
    let mut environment = CliEnvironment::default();
    environment.variables.insert("HOME".into(), "/home/u".into());
    let mut diagnostics = Diagnostics::new();
    let config = CliConfig::parse(filename, text, &environment, &mut diagnostics);
    (config, diagnostics)
}

fn problems(text: &str) -> String {
    parse("rc", text).1.to_string()
}

#[test]
fn a_whole_file_is_understood() {
    let (config, diagnostics) = parse(
        "rc",
        r#"
        plugin_cache_dir   = "$HOME/.cache/plugins"
        disable_checkpoint = true
        plugin_cache_may_break_dependency_lock_file = "1"

        provider_installation {
          dev_overrides {
            "acme/foo" = "/dev/foo"
          }
          filesystem_mirror {
            path    = "/mirror"
            include = ["acme/*", "example.com/*/*"]
          }
          network_mirror {
            url     = "https://example.com/"
            exclude = ["acme/foo"]
          }
          direct {}
        }

        credentials "App.Example.com" {
          token = "s3cret"
        }
        credentials_helper "store" {
          args = ["--x"]
        }
        host "example.com" {
          services = {
            "providers.v1" = "https://example.com/p/"
            "login.v1"     = { client = "x" }
          }
        }
        "#,
    );
    assert_eq!(diagnostics.to_string(), "");
    assert_eq!(config.plugin_cache_dir.as_deref(), Some(Path::new("/home/u/.cache/plugins")));
    assert!(config.disable_checkpoint && config.plugin_cache_may_break_dependency_lock_file);
    let installation = config.provider_installation.as_ref().unwrap();
    let locations: Vec<_> = installation.methods.iter().map(|m| m.location.clone()).collect();
    assert_eq!(
        locations,
        [
            MethodLocation::FilesystemMirror("/mirror".into()),
            MethodLocation::NetworkMirror("https://example.com/".into()),
            MethodLocation::Direct,
        ]
    );
    assert_eq!(installation.methods[0].include.len(), 2);
    assert_eq!(installation.methods[1].exclude.len(), 1);
    let (provider, path) = installation.dev_overrides.iter().next().unwrap();
    assert_eq!(
        (provider.for_display().as_str(), path.as_path()),
        ("acme/foo", Path::new("/dev/foo"))
    );
    let warning = config.dev_overrides_warning(true).unwrap().detail;
    assert!(warning.contains(" - acme/foo in /dev/foo\n"), "{warning}");
    assert_eq!(CliConfig::default().dev_overrides_warning(false), None);
    assert!(config.plugin_cache().unwrap().may_break_lock_file);
    let token = config.credentials["app.example.com"].token.as_ref().unwrap();
    assert_eq!(token.reveal(), "s3cret");
    assert!(!format!("{config:?}").contains("s3cret"), "a secret must not be shown");
    assert_eq!(config.credentials_helper.unwrap().args, ["--x"]);
    assert_eq!(config.hosts["example.com"]["providers.v1"], "https://example.com/p/");
}

#[test]
fn json_is_understood_with_blocks_nested_or_listed() {
    let (config, diagnostics) = parse(
        "rc.json",
        r#"{
          "provider_installation": [
            {"filesystem_mirror": [{"path": "/a"}, {"path": "/b"}], "direct": {"exclude": ["x/y"]}}
          ],
          "credentials": {"x.y": {"token": "t"}},
          "host": {"a.b": {"services": {"modules.v1": "https://m/"}}},
          "plugin_cache_dir": "/tmp"
        }"#,
    );
    assert_eq!(diagnostics.to_string(), "");
    assert_eq!(config.provider_installation.unwrap().methods.len(), 3);
    assert_eq!(config.credentials.len(), 1);
    assert_eq!(config.hosts["a.b"].len(), 1);
}

#[test]
fn problems_are_reported_with_their_place() {
    for (text, expected) in [
        ("provider_instalation {}", "Warning: Unsupported CLI configuration setting (rc:1,1-21)"),
        ("disable_checkpoint = \"yes\"", "Error: Invalid CLI configuration setting"),
        ("provider_installation {\n foo_mirror {}\n}", "method \"foo_mirror\""),
        ("provider_installation {\n filesystem_mirror {}\n}", "\"path\" is required"),
        ("provider_installation {\n network_mirror { path = \"x\" }\n}", "\"url\" is required"),
        ("provider_installation {\n direct = 1\n}", "must be a block"),
        ("provider_installation \"x\" {}", "without labels"),
        ("provider_installation {\n direct {}\n dev_overrides {}\n}", "must stand before"),
        ("provider_installation {\n dev_overrides { \"a/b/c/d\" = \"x\" }\n}", "dev overrides"),
        ("provider_installation {\n direct { include = [\"a/b/c/d\"] }\n}", "inclusion patterns"),
        ("provider_installation {}\nprovider_installation {}", "No more than one"),
        ("credentials {\n x = 1\n}", "a host name as its only label"),
        ("credentials_helper \"a\" {}\ncredentials_helper \"b\" {}", "No more than one"),
        ("wat {", "Invalid CLI configuration file"),
    ] {
        let found = problems(text);
        assert!(found.contains(expected), "{text}: {found}");
    }
    assert_eq!(problems("oci_default_credentials {}\nproviders { x = \"y\" }"), "");
    let secret = problems("credentials \"h.x\" {\n token = [\"s3cret\"]\n}");
    assert!(secret.contains("must be a text") && !secret.contains("s3cret"), "{secret}");
}

#[test]
fn the_file_that_a_variable_names_is_the_only_one() {
    let dir = tempfile::tempdir().unwrap();
    let mut environment =
        CliEnvironment { home: Some(dir.path().into()), ..CliEnvironment::default() };
    fs::write(dir.path().join(".terraformrc"), "disable_checkpoint = true").unwrap();
    fs::create_dir(dir.path().join(".terraform.d")).unwrap();
    fs::write(
        dir.path().join(".terraform.d/x.tfrc"),
        "disable_checkpoint_signature = true\ncredentials \"a.b\" {}",
    )
    .unwrap();

    let (config, diagnostics) = CliConfig::load(&environment);
    assert!(diagnostics.is_empty(), "{diagnostics}");
    assert!(config.disable_checkpoint && config.disable_checkpoint_signature);
    assert_eq!(config.credentials.len(), 1);

    let named = dir.path().join("named.rc");
    environment.variables.insert("TF_CLI_CONFIG_FILE".into(), named.display().to_string());
    let (config, diagnostics) = CliConfig::load(&environment);
    assert!(!config.disable_checkpoint && !diagnostics.has_errors());
    assert!(diagnostics.to_string().contains("Unable to open CLI configuration file"));
}

#[test]
fn variables_win_over_files() {
    let dir = tempfile::tempdir().unwrap();
    let mut environment =
        CliEnvironment { home: Some(dir.path().into()), ..CliEnvironment::default() };
    fs::write(dir.path().join(".terraformrc"), "plugin_cache_dir = \"/nowhere/at/all\"").unwrap();
    let (_, diagnostics) = CliConfig::load(&environment);
    assert!(diagnostics.to_string().contains("plugin cache dir"), "{diagnostics}");
    environment.variables.insert("TF_PLUGIN_CACHE_DIR".into(), dir.path().display().to_string());
    let (config, diagnostics) = CliConfig::load(&environment);
    assert!(diagnostics.is_empty(), "{diagnostics}");
    assert_eq!(config.plugin_cache_dir.as_deref(), Some(dir.path()));
}
