//! Modules in registries.

use std::sync::Arc;

use super::{Twins, tree, zip_of};
use crate::environment::TestEnvironment;
use crate::server::{Answer, Request, Server};

/// A registry with one module, whose archive holds what its path says.
fn registry(token: Option<&'static str>) -> Arc<Server> {
    let respond = move |request: &Request| {
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let authorized = token.is_none() || request.header("authorization") == token;
        if path.starts_with("/v1/") && !authorized {
            return Answer::status(401);
        }
        let steps: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        match steps.as_slice() {
            [".well-known", "terraform.json"] => Answer::ok(r#"{"modules.v1": "/v1/modules"}"#)
                .header("Content-Type", "application/json"),
            ["v1", "modules", "acme", "net", "test", "versions"] => Answer::ok(
                r#"{"modules":[{"versions":[{"version":"1.0.0"},{"version":"1.10.0"},{"version":"1.9.3"},{"version":"2.0.0-beta1"},{"version":"nonsense"}]}]}"#,
            ),
            ["v1", "modules", "acme", "empty", "test", "versions"] => {
                Answer::ok(r#"{"modules":[{"versions":[]}]}"#)
            }
            ["v1", "modules", "acme", "net", "test", version, "download"] => Answer::status(204)
                .header(
                    "X-Terraform-Get",
                    format!("/archives/{version}.zip//net-abc?archive=zip&n={version}"),
                ),
            ["archives", archive] => {
                assert!(!query.contains("archive="), "{query}");
                let version = archive.strip_suffix(".zip").unwrap_or_default();
                let output = format!("output \"v\" {{\n  value = \"{version}\"\n}}\n");
                Answer::ok(zip_of(&[
                    ("net-abc/main.tf", &output),
                    (
                        "net-abc/modules/sub/main.tf",
                        "module \"up\" {\n  source = \"../other\"\n}\n",
                    ),
                    ("net-abc/modules/other/main.tf", &output),
                ]))
            }
            _ => Answer::status(404),
        }
    };
    Arc::new(Server::start_tls(respond))
}

/// A directory with a configuration, and trust in a registry.
fn prepared(env: TestEnvironment, server: &Server, config: &str) -> TestEnvironment {
    env.write("main.tf", &config.replace("HOST", &server.name()));
    env.write("../trusted.pem", server.certificate());
    let trusted = env.path("../trusted.pem").display().to_string();
    env.set("SSL_CERT_FILE", &trusted).set("TF_REGISTRY_DISCOVERY_RETRY", "0")
}

fn twins(server: &Server, config: &str) -> Twins {
    Twins::new(|env| prepared(env, server, config))
}

#[test]
fn the_newest_version_that_meets_the_constraints_is_installed() {
    let server = registry(None);
    let twins = twins(
        &server,
        "module \"newest\" {\n  source = \"HOST/acme/net/test\"\n}\n\
         module \"old\" {\n  source  = \"HOST/acme/net/test//modules/sub\"\n  version = \"~> 1.9.0\"\n}\n\
         module \"pre\" {\n  source  = \"HOST/acme/net/test\"\n  version = \"2.0.0-beta1\"\n}\n",
    );
    twins.run(&["init"]);
    let manifest = twins.groma.read(".terraform/modules/modules.json");
    for text in ["\"Version\":\"1.10.0\"", "\"Version\":\"1.9.3\"", "\"Version\":\"2.0.0-beta1\""] {
        assert!(manifest.contains(text), "{manifest}");
    }
    let found = tree(&twins.groma.path(".terraform/modules"));
    assert!(found.contains_key("newest/net-abc/main.tf"));
    assert!(manifest.contains(".terraform/modules/old/net-abc/modules/other"), "{manifest}");
}

#[test]
fn a_package_is_got_once_and_a_registry_asked_once() {
    let server = registry(None);
    let config: String = (0..20)
        .map(|i| format!("module \"m{i}\" {{\n  source = \"HOST/acme/net/test\"\n}}\n"))
        .collect();
    let env = prepared(TestEnvironment::new(), &server, &config);
    let output = env.ok(&["init"]);
    assert_eq!(output.stdout.matches("Downloading ").count(), 20);
    for path in [
        "/.well-known/terraform.json",
        "/v1/modules/acme/net/test/versions",
        "/archives/1.10.0.zip",
    ] {
        assert_eq!(server.count(path), 1, "{path}");
    }
    let found = tree(&env.path(".terraform/modules"));
    assert_eq!(found.keys().filter(|name| name.ends_with("/sub/main.tf")).count(), 20);
    let _ = env.ok(&["init"]);
    assert_eq!(server.count("/.well-known/terraform.json"), 1, "nothing was missing");
}

#[test]
fn another_constraint_needs_another_installation() {
    let server = registry(None);
    let config = |version: &str| {
        format!(
            "module \"a\" {{\n  source  = \"HOST/acme/net/test\"\n  version = \"{version}\"\n}}\n"
        )
    };
    let twins = twins(&server, &config("1.0.0"));
    twins.run(&["init"]);
    let rewrite = |text: &str| {
        let text = text.replace("HOST", &server.name());
        twins.groma.write("main.tf", &text);
        if let Some((env, _)) = &twins.terraform {
            env.write("main.tf", &text);
        }
    };
    rewrite(&config(">= 1.0.0"));
    twins.run(&["get"]);
    assert!(twins.groma.read(".terraform/modules/modules.json").contains("\"1.0.0\""));
    rewrite(&config("> 1.0.0"));
    twins.fail(&["validate"], "Module version requirements have changed");
    twins.fail(&["init", "-get=false"], "Module version requirements have changed");
    twins.run(&["get"]);
    rewrite("module \"a\" {\n  source = \"HOST/acme/none/test\"\n}\n");
    twins.fail(&["validate"], "Module source has changed");
    rewrite(&config(">= 3"));
    twins.fail(&["get"], "Unresolvable module version constraint");
    rewrite("module \"a\" {\n  source = \"HOST/acme/none/test\"\n}\n");
    twins.fail(&["get"], "Module not found");
    rewrite("module \"a\" {\n  source = \"HOST/acme/empty/test\"\n}\n");
    twins.fail(&["get"], "Module has no versions");
    rewrite("module \"b\" {\n  source = \"HOST/acme/net/test\"\n}\n");
    twins.fail(&["validate"], "Module not installed");
    rewrite("module \"b\" {\n  source = \"HOST/acme/net/test//modules/none\"\n}\n");
    twins.fail(&["get"], "Unreadable module subdirectory");
    rewrite("module \"a\" {\n  source  = \"./local\"\n  version = \"1.0.0\"\n}\n");
    twins.fail(&["get"], "Invalid registry module source address");
}

#[test]
fn a_registry_learns_who_asks() {
    let server = registry(Some("Bearer hunter2"));
    let config = "module \"a\" {\n  source = \"HOST/acme/net/test\"\n}\n";
    let anonymous = prepared(TestEnvironment::new(), &server, config);
    let output = anonymous.run(&["get"]);
    assert!(output.stderr.contains("Error accessing remote module registry"), "{output}");
    assert!(output.stderr.contains("401"), "{output}");

    let twins = Twins::new(|env| {
        let env = prepared(env, &server, config);
        let block = format!("credentials {:?} {{\n  token = \"hunter2\"\n}}\n", server.name());
        env.write("../cli.rc", &block);
        env
    });
    twins.run(&["get"]);
    let downloads = server.requests();
    let downloads = downloads.iter().filter(|request| request.path.starts_with("/archives/"));
    for request in downloads {
        assert_eq!(request.header("authorization"), None, "the package is not the registry's");
    }
}

/// A registry without encryption, and a configuration of the command line that leads there.
fn plain_registry(env: TestEnvironment, server: &Server) -> TestEnvironment {
    env.write("main.tf", "module \"a\" {\n  source = \"mods.example.com/acme/a/test\"\n}\n");
    let services = format!("{{\n    \"modules.v1\" = \"{}/api/\"\n  }}", server.url());
    let block = format!("host \"mods.example.com\" {{\n  services = {services}\n}}\n");
    env.write("../cli.rc", &block);
    env
}

#[test]
fn the_services_of_a_host_can_be_set() {
    let server = Server::start(|request| match request.path.as_str() {
        "/api/acme/a/test/versions" => {
            assert_eq!(request.header("authorization"), Some("Bearer t"));
            Answer::ok(r#"{"modules":[{"versions":[{"version":"0.1.0"}]}]}"#)
        }
        "/api/acme/a/test/0.1.0/download" => {
            Answer::status(204).header("X-Terraform-Get", "./a.zip")
        }
        "/api/acme/a/test/0.1.0/a.zip" => Answer::ok(zip_of(&[("main.tf", "")])),
        _ => Answer::status(404),
    });
    let prepare = |env| plain_registry(env, &server).set("TF_TOKEN_mods_example_com", "t");
    Twins::new(prepare).run(&["init"]);
}

#[test]
fn a_registry_may_say_in_the_content_where_the_package_is() {
    for (extra, expected) in [
        ("", None),
        (",\"use_registry_credentials\":false", None),
        (",\"use_registry_credentials\":true", Some("Bearer t")),
    ] {
        let answer = format!(r#"{{"location":"./a.zip"{extra}}}"#);
        let server = Server::start(move |request| match request.path.as_str() {
            "/api/acme/a/test/versions" => {
                Answer::ok(r#"{"modules":[{"versions":[{"version":"0.1.0"}]}]}"#)
            }
            "/api/acme/a/test/0.1.0/download" => Answer::ok(answer.clone()),
            "/api/acme/a/test/0.1.0/a.zip" if request.header("authorization") == expected => {
                Answer::ok(zip_of(&[("main.tf", "")]))
            }
            _ => Answer::status(404),
        });
        let env = plain_registry(TestEnvironment::new(), &server);
        let _ = env.set("TF_TOKEN_mods_example_com", "t").ok(&["get"]);
    }
}

#[test]
fn a_server_that_stumbles_is_asked_again() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let failures = AtomicUsize::new(0);
    let server = Server::start(move |request| match request.path.as_str() {
        "/api/acme/a/test/versions" => match failures.fetch_add(1, Ordering::Relaxed) {
            0 => Answer::status(503),
            _ => Answer::ok(r#"{"modules":[{"versions":[{"version":"0.1.0"}]}]}"#),
        },
        "/api/acme/a/test/0.1.0/download" => Answer::ok(r#"{"location":"./a.zip"}"#),
        "/api/acme/a/test/0.1.0/a.zip" => Answer::ok(zip_of(&[("main.tf", "")])),
        _ => Answer::status(404),
    });
    let _ = plain_registry(TestEnvironment::new(), &server).ok(&["get"]);
    assert_eq!(server.count("/api/acme/a/test/versions"), 2);
}
