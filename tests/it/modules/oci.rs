//! Modules in OCI registries.

use sha2::{Digest as _, Sha256};

use super::zip_of;
use crate::environment::TestEnvironment;
use crate::server::{Answer, Request, Server};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

fn digest(bytes: &[u8]) -> String {
    let digits: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{digits}")
}

fn archive() -> Vec<u8> {
    zip_of(&[("main.tf", ""), ("sub/main.tf", "")])
}

fn manifest(artifact: &str, archive: &str) -> Vec<u8> {
    let size = self::archive().len();
    format!(
        r#"{{"schemaVersion":2,"mediaType":"{MANIFEST}","artifactType":"{artifact}","config":{{}},"layers":[{{"mediaType":"archive/zip","digest":"{archive}","size":{size}}}]}}"#
    )
    .into_bytes()
}

/// A registry that gives tokens to who has a password.
fn respond(request: &Request) -> Answer {
    let good = manifest("application/vnd.opentofu.modulepkg", &digest(&archive()));
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    if path == "/token" {
        assert_eq!(query, "service=registry&scope=repository%3Ateam%2Fmod%3Apull");
        // user:hunter2
        return match request.header("authorization") {
            Some("Basic dXNlcjpodW50ZXIy") => Answer::ok(r#"{"token":"t0ken"}"#),
            _ => Answer::status(403),
        };
    }
    if request.header("authorization") != Some("Bearer t0ken") {
        let host = request.header("host").unwrap_or_default();
        let challenge = format!(
            "Bearer realm=\"https://{host}/token\",service=\"registry\",scope=\"repository:team/mod:pull\""
        );
        return Answer::status(401).header("WWW-Authenticate", challenge);
    }
    let by_digest = format!("/v2/team/mod/manifests/{}", digest(&good));
    match path {
        "/v2/team/mod/manifests/v1" | "/v2/team/mod/manifests/latest" => {
            let digest = digest(&good);
            Answer::ok(good)
                .header("Content-Type", MANIFEST)
                .header("Docker-Content-Digest", digest)
        }
        "/v2/team/mod/manifests/image" => Answer::ok(manifest("other", &digest(&archive()))),
        "/v2/team/mod/manifests/forged" => {
            Answer::ok(manifest("application/vnd.opentofu.modulepkg", &digest(b"other")))
        }
        path if path == by_digest => Answer::ok(good),
        path if path.starts_with("/v2/team/mod/blobs/") => Answer::ok(archive()),
        _ => Answer::status(404),
    }
}

fn environment(server: &Server, sources: &[(&str, &str)]) -> TestEnvironment {
    let block = |(name, source): &(&str, &str)| {
        format!("module \"{name}\" {{\n  source = \"oci://{}/{source}\"\n}}\n", server.name())
    };
    let text: String = sources.iter().map(block).collect();
    let env = TestEnvironment::with_config(&text);
    env.write("../trusted.pem", server.certificate());
    let auths = format!(
        r#"{{"auths":{{"{}":{{"username":"user","password":"hunter2"}}}}}}"#,
        server.name()
    );
    env.write("../home/.docker/config.json", &auths);
    let trusted = env.path("../trusted.pem").display().to_string();
    env.set("SSL_CERT_FILE", &trusted).set("TF_REGISTRY_DISCOVERY_RETRY", "0")
}

#[test]
fn packages_are_installed_by_tag_and_digest() {
    let server = Server::start_tls(respond);
    let good = manifest("application/vnd.opentofu.modulepkg", &digest(&archive()));
    let by_digest = format!("team/mod?digest={}", digest(&good));
    let env = environment(
        &server,
        &[("tag", "team/mod?tag=v1"), ("latest", "team/mod//sub"), ("digest", &by_digest)],
    );
    let _ = env.ok(&["init"]);
    for name in ["tag", "latest", "digest"] {
        assert!(env.exists(&format!(".terraform/modules/{name}/sub/main.tf")), "{name}");
    }
    assert!(env.read(".terraform/modules/modules.json").contains("team/mod//sub\",\"Dir\""));
}

#[test]
fn what_is_no_module_package_is_refused() {
    let server = Server::start_tls(respond);
    for (source, expected) in [
        ("team/mod?tag=image", "unexpected artifact type \"other\""),
        ("team/mod?tag=forged", "checksums did not match"),
        ("team/mod?tag=none", "none: not found"),
        ("team/mod?archive=zip", "the \"archive\" argument is not allowed"),
    ] {
        let output = environment(&server, &[("a", source)]).run(&["get"]);
        assert_eq!(output.code, Some(1), "{source}");
        let text = output.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(expected), "{source}: {output}");
        assert!(!format!("{output}").contains("hunter2"));
    }
}
