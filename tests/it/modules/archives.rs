//! Modules in archives on web servers.

use super::{Twins, tree, zip_of};
use crate::environment::TestEnvironment;
use crate::server::{Answer, Request, Server};

const MODULE: &[(&str, &str)] = &[("main.tf", ""), ("sub/main.tf", "")];

fn respond(request: &Request) -> Answer {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    match path {
        "/a.zip" | "/archive" => Answer::ok(zip_of(MODULE)),
        "/moved.zip" => Answer::status(302).header("Location", "/a.zip"),
        "/refers" if query == "x=1&terraform-get=1" => {
            Answer::status(204).header("X-Terraform-Get", "./a.zip")
        }
        "/page" => Answer::ok(
            "<html><head><meta name=\"terraform-get\" content=\"/a.zip//sub\"></head></html>",
        ),
        "/file" => Answer::ok("").header("X-Terraform-Get", "file:///etc"),
        "/circle" => Answer::ok("").header("X-Terraform-Get", "/circle"),
        "/secret.zip" => match request.header("authorization") {
            // user:hunter2
            Some("Basic dXNlcjpodW50ZXIy") => Answer::ok(zip_of(MODULE)),
            _ => Answer::status(401),
        },
        "/evil.zip" => Answer::ok(zip_of(&[("../../../evil.tf", "")])),
        "/broken.zip" => Answer::ok("no archive"),
        _ => Answer::status(404),
    }
}

fn config(server: &Server, sources: &[(&str, &str)]) -> String {
    let block = |(name, source): &(&str, &str)| {
        format!(
            "module \"{name}\" {{\n  source = \"{}\"\n}}\n",
            source.replace("URL", &server.url())
        )
    };
    sources.iter().map(block).collect()
}

/// The checksum of what the server gives, by the program of the system.
fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn archives_are_unpacked() {
    let server = Server::start(respond);
    let checked = format!("URL/a.zip?checksum=sha256:{}", sha256(&zip_of(MODULE)));
    let text = config(
        &server,
        &[
            ("plain", "URL/a.zip"),
            ("sub", "URL/a.zip//sub"),
            ("named", "URL/archive?archive=zip"),
            ("moved", "URL/moved.zip"),
            ("checked", &checked),
        ],
    );
    let twins = Twins::new(|env| {
        env.write("main.tf", &text);
        env
    });
    twins.run(&["init"]);
    let found = tree(&twins.groma.path(".terraform/modules"));
    assert_eq!(found.keys().filter(|name| name.ends_with("/sub/main.tf")).count(), 5);
}

#[test]
fn servers_refer_to_where_the_package_is() {
    let server = Server::start(respond);
    let env = TestEnvironment::with_config(&config(
        &server,
        &[("header", "URL/refers?x=1"), ("page", "URL/page")],
    ));
    let _ = env.ok(&["get"]);
    assert!(env.exists(".terraform/modules/header/sub/main.tf"));
    assert!(env.exists(".terraform/modules/page/main.tf"));
    assert!(!env.exists(".terraform/modules/page/sub"));
}

#[test]
fn passwords_come_from_the_address_or_the_users_file() {
    let server = Server::start(respond);
    let with_user = server.url().replace("http://", "http://user:hunter2@");
    let env = TestEnvironment::with_config(&config(
        &server,
        &[("netrc", "URL/secret.zip"), ("address", &format!("{with_user}/secret.zip"))],
    ));
    env.write("../home/.netrc", "machine 127.0.0.1\n  login user\n  password hunter2\n");
    let output = env.ok(&["get"]);
    assert!(!output.stdout.contains("hunter2"), "{output}");
    assert!(output.stdout.contains("user:REDACTED@"), "{output}");
}

#[test]
fn what_is_wrong_with_an_archive_is_said() {
    let server = Server::start(respond);
    for (source, expected) in [
        ("URL/none.zip", "404"),
        ("URL/evil.zip", "would be written elsewhere"),
        ("URL/broken.zip", "invalid"),
        ("URL/file", "the server refers to a file of this machine"),
        ("URL/circle", "too many X-Terraform-Get referrals"),
        ("URL/a.zip?checksum=md5:00000000000000000000000000000000", "checksums did not match"),
        ("URL/a.zip?archive=rar", "archives of the kind \"rar\" are not supported"),
        ("hg::URL/a", "packages from Mercurial repositories are not supported"),
        ("foo::URL/a", "download not supported for scheme 'foo'"),
        ("www.googleapis.com/storage/v1/b/o.zip", "Google Cloud Storage are not supported"),
    ] {
        let env = TestEnvironment::with_config(&config(&server, &[("a", source)]))
            .set("TF_REGISTRY_DISCOVERY_RETRY", "0");
        let output = env.run(&["get"]);
        assert_eq!(output.code, Some(1), "{source}");
        assert!(output.stderr.contains("Error: Failed to download module"), "{source}: {output}");
        let text = output.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.to_lowercase().contains(&expected.to_lowercase()), "{source}: {output}");
        assert!(!env.exists("evil.tf") && !env.exists(".terraform/modules/a"), "{source}");
    }
}
