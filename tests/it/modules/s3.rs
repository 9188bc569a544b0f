//! Modules in buckets, on a server that answers as S3 does.

use super::{tree, zip_of};
use crate::environment::TestEnvironment;
use crate::server::{Answer, Request, Server};

fn respond(request: &Request) -> Answer {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    if !request.header("authorization").unwrap_or_default().contains("Credential=AKID/") {
        return Answer::status(403);
    }
    let list = |keys: &[&str]| {
        let contents: String = keys
            .iter()
            .map(|key| format!("<Contents><Key>{key}</Key><Size>0</Size></Contents>"))
            .collect();
        Answer::ok(format!(
            "<?xml version=\"1.0\"?><ListBucketResult><Name>b</Name><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>"
        ))
        .header("Content-Type", "application/xml")
    };
    match path.trim_end_matches('/') {
        "/b" if query.contains("prefix=mods%2Fdir") => {
            list(&["mods/dir/main.tf", "mods/dir/sub/main.tf"])
        }
        "/b" if query.contains("prefix=mods%2Fevil") => list(&["mods/evil/../../../evil.tf"]),
        "/b" => list(&["mods/a.zip"]),
        "/b/mods/a.zip" => Answer::ok(zip_of(&[("main.tf", ""), ("sub/main.tf", "")])),
        "/b/mods/dir/main.tf" | "/b/mods/dir/sub/main.tf" => Answer::ok(""),
        _ => Answer::status(404),
    }
}

fn prepared(env: TestEnvironment, server: &Server, sources: &[(&str, &str)]) -> TestEnvironment {
    let block = |(name, source): &(&str, &str)| {
        let source = format!("s3::{}/b/{source}", server.url());
        format!("module \"{name}\" {{\n  source = \"{source}\"\n}}\n")
    };
    env.write("main.tf", &sources.iter().map(block).collect::<String>());
    env.set("AWS_ACCESS_KEY_ID", "AKID")
        .set("AWS_SECRET_ACCESS_KEY", "secret")
        .set("AWS_EC2_METADATA_DISABLED", "true")
}

#[test]
fn objects_and_archives_of_them_are_installed() {
    let server = Server::start(respond);
    let sources = [("archive", "mods/a.zip"), ("sub", "mods/a.zip//sub")];
    let env = prepared(TestEnvironment::new(), &server, &sources);
    let _ = env.ok(&["init"]);
    assert!(env.exists(".terraform/modules/archive/sub/main.tf"));
    assert_eq!(server.count("/b/mods/a.zip"), 1);

    let env = prepared(TestEnvironment::new(), &server, &[("dir", "mods/dir?region=eu-west-1")]);
    let _ = env.ok(&["init"]);
    let found = tree(&env.path(".terraform/modules/dir"));
    assert_eq!(found.keys().collect::<Vec<_>>(), ["main.tf", "sub/main.tf"]);
    let regions = server.requests();
    assert!(
        regions
            .iter()
            .any(|r| r.header("authorization").unwrap_or_default().contains("/eu-west-1/")),
        "the region of the address is used"
    );
}

#[test]
fn objects_that_lead_elsewhere_are_refused() {
    let server = Server::start(respond);
    for source in ["mods/evil", "mods/none.zip"] {
        let env = prepared(TestEnvironment::new(), &server, &[("a", source)]);
        let output = env.run(&["get"]);
        assert!(output.stderr.contains("Failed to download module"), "{output}");
        assert!(!env.exists("evil.tf") && !env.exists(".terraform/modules/a"));
    }
}
