//! Providers from registries and mirrors on the network.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use sha2::{Digest as _, Sha256, Sha512};

use crate::environment::TestEnvironment;
use crate::modules::zip_of;
use crate::server::{Answer, Request, Server};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Somebody who signs, in the format of OpenPGP.
struct Author {
    key: Ed25519KeyPair,
}

impl Author {
    fn new() -> Author {
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
        Author { key: Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).expect("a key") }
    }

    fn packet(tag: u8, body: &[u8]) -> Vec<u8> {
        [&[0x80 | tag << 2 | 1][..], &(body.len() as u16).to_be_bytes(), body].concat()
    }

    fn body(&self) -> Vec<u8> {
        let head = [4, 0, 0, 0, 1, 22, 9, 0x2b, 6, 1, 4, 1, 0xda, 0x47, 0x0f, 1];
        [&head[..], &263u16.to_be_bytes(), &[0x40], self.key.public_key().as_ref()].concat()
    }

    /// The key, with a name that it has signed itself.
    fn armored(&self) -> String {
        let name = b"author";
        let named =
            [&self.framed()[..], &[0xb4], &(name.len() as u32).to_be_bytes(), name].concat();
        let packets =
            [Author::packet(6, &self.body()), Author::packet(13, name), self.sign_as(0x13, &named)];
        let text = STANDARD.encode(packets.concat());
        let lines: Vec<&str> =
            text.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
        let text = lines.join("\n");
        format!(
            "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n{text}\n-----END PGP PUBLIC KEY BLOCK-----\n"
        )
    }

    fn framed(&self) -> Vec<u8> {
        let body = self.body();
        [&[0x99][..], &(body.len() as u16).to_be_bytes(), &body].concat()
    }

    fn fingerprint(&self) -> Vec<u8> {
        let sha1 = &ring::digest::SHA1_FOR_LEGACY_USE_ONLY;
        ring::digest::digest(sha1, &self.framed()).as_ref().to_vec()
    }

    fn sign(&self, document: &[u8]) -> Vec<u8> {
        self.sign_as(0, document)
    }

    fn sign_as(&self, kind: u8, document: &[u8]) -> Vec<u8> {
        let created = [&[5, 2][..], &1_700_000_000u32.to_be_bytes()].concat();
        let may_sign_and_certify = [2, 27, 3];
        let issuer = [&[22, 33, 4][..], &self.fingerprint()].concat();
        let hashed = [&created[..], &may_sign_and_certify, &issuer].concat();
        let covered = [&[4, kind, 22, 10, 0, hashed.len() as u8][..], &hashed].concat();
        let trailer = [&covered[..], &[4, 0xff], &(covered.len() as u32).to_be_bytes()].concat();
        let digest = Sha512::digest([document, &trailer].concat());
        let signature = self.key.sign(&digest);
        let (r, s) = signature.as_ref().split_at(32);
        let number = |bytes: &[u8]| [&256u16.to_be_bytes()[..], bytes].concat();
        let body = [&covered[..], &[0, 0], &digest[..2], &number(r), &number(s)].concat();
        Author::packet(2, &body)
    }
}

const PLATFORM: &str = if cfg!(target_arch = "aarch64") { "linux_arm64" } else { "linux_amd64" };

/// A registry, and what is wrong with it.
fn registry(author: Author, wrong: &'static str) -> Server {
    let archive = zip_of(&[("terraform-provider-foo_v1.2.0", "#!/bin/sh\n")]);
    let file = format!("terraform-provider-foo_1.2.0_{PLATFORM}.zip");
    let other = "0".repeat(64);
    let sums = format!(
        "{}  {file}\n{other}  terraform-provider-foo_1.2.0_plan9_386.zip\n",
        sha256(&archive)
    );
    let signature = author.sign(sums.as_bytes());
    let respond = move |request: &Request| {
        let (os, architecture) = PLATFORM.split_once('_').expect("a platform");
        match request.path.as_str() {
            "/.well-known/terraform.json" => {
                Answer::ok(r#"{"providers.v1":"/p/"}"#).header("Content-Type", "application/json")
            }
            "/p/acme/foo/versions" => Answer::ok(format!(
                r#"{{"versions":[{{"version":"1.2.0","protocols":["5.0"],"platforms":[{{"os":"{os}","arch":"{architecture}"}}]}},{{"version":"1.1.0","protocols":["5.0"]}},{{"version":"9.0.0","protocols":["4.0"]}}]}}"#
            )),
            path if path == format!("/p/acme/foo/1.2.0/download/{os}/{architecture}") => {
                let key = match wrong {
                    "key" => Author::new().armored(),
                    _ => author.armored(),
                };
                let answer = serde_json::json!({
                    "protocols": ["5.0"], "os": os, "arch": architecture, "filename": file,
                    "download_url": "/files/archive.zip", "shasums_url": "/files/sums",
                    "shasums_signature_url": "/files/sums.sig", "shasum": sha256(&archive),
                    "signing_keys": { "gpg_public_keys": [{ "key_id": "x", "ascii_armor": key }] }
                });
                Answer::ok(answer.to_string())
            }
            "/files/sums" if wrong == "sums" => Answer::ok(format!("{sums}\n")),
            "/files/sums" => Answer::ok(sums.clone()),
            "/files/sums.sig" => Answer::ok(signature.clone()),
            "/files/archive.zip" if wrong == "archive" => Answer::ok(zip_of(&[("evil", "")])),
            "/files/archive.zip" => Answer::ok(archive.clone()),
            _ => Answer::status(404),
        }
    };
    Server::start_tls(respond)
}

fn prepared(server: &Server, cli_config: &str) -> TestEnvironment {
    let env = TestEnvironment::with_config(&format!(
        "terraform {{\n  required_providers {{\n    foo = {{\n      source  = \"{}/acme/foo\"\n      version = \"~> 1.0\"\n    }}\n  }}\n}}\n",
        server.name()
    ));
    env.write("../cli.rc", cli_config);
    env.write("../trusted.pem", server.certificate());
    let trusted = env.path("../trusted.pem").display().to_string();
    env.set("SSL_CERT_FILE", &trusted).set("TF_REGISTRY_DISCOVERY_RETRY", "0")
}

#[test]
fn a_signed_package_is_installed_and_locked_for_all_platforms() {
    let server = registry(Author::new(), "");
    let env = prepared(&server, "");
    let output = env.ok(&["init"]);
    assert!(output.stdout.contains("v1.2.0 (self-signed, key ID "), "{output}");
    let lock = env.read(".terraform.lock.hcl");
    assert!(lock.contains("h1:") && lock.contains(&format!("zh:{}", "0".repeat(64))), "{lock}");
    let name = server.name();
    let package = format!(".terraform/providers/{name}/acme/foo/1.2.0/{PLATFORM}");
    assert!(env.exists(&format!("{package}/terraform-provider-foo_v1.2.0")));
    let again = env.ok(&["init"]);
    assert!(again.stdout.contains("Using previously-installed"), "{again}");
    assert_eq!(server.count("/files/archive.zip"), 1);

    if let Some(terraform) = crate::modules::terraform() {
        let theirs = prepared(&server, "");
        let output = theirs.run_program(&terraform, &["init"]);
        assert_eq!(output.code, Some(0), "terraform: {output}");
        let without_comment = |text: String| {
            text.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n")
        };
        let theirs = without_comment(theirs.read(".terraform.lock.hcl"));
        assert_eq!(without_comment(lock), theirs);
    }
}

#[test]
fn a_package_that_is_not_what_was_signed_is_refused() {
    for (wrong, expected) in [
        ("key", "it was made by another key"),
        ("sums", "the signature does not fit"),
        ("archive", "archive has incorrect checksum"),
    ] {
        let server = registry(Author::new(), wrong);
        let env = prepared(&server, "");
        let output = env.run(&["init"]);
        assert_eq!(output.code, Some(1), "{wrong}: {output}");
        assert!(output.stderr.contains("Error: Failed to install provider"), "{wrong}: {output}");
        let text = output.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(expected), "{wrong}: {output}");
        assert!(!env.exists(".terraform/providers") && !env.exists(".terraform.lock.hcl"));
    }
}

#[test]
fn a_network_mirror_stands_in_for_the_registry() {
    let archive = zip_of(&[("terraform-provider-foo_v1.2.0", "#!/bin/sh\n")]);
    let answer = |hash: String| {
        format!(r#"{{"archives":{{"{PLATFORM}":{{"url":"foo.zip","hashes":["zh:{hash}"]}}}}}}"#)
    };
    let (good, bad) = (answer(sha256(&archive)), answer("0".repeat(64)));
    for (version_file, code) in [(good, 0), (bad, 1)] {
        let archive = archive.clone();
        let server = Server::start_tls(move |request| {
            assert_eq!(request.header("authorization"), Some("Bearer t"));
            match request.path.as_str() {
                "/m/registry.example.com/acme/foo/index.json" => {
                    Answer::ok(r#"{"versions":{"1.2.0":{},"0.9.0":{}}}"#)
                }
                "/m/registry.example.com/acme/foo/1.2.0.json" => Answer::ok(version_file.clone()),
                "/m/registry.example.com/acme/foo/foo.zip" => Answer::ok(archive.clone()),
                _ => Answer::status(404),
            }
        });
        let cli_config = format!(
            "provider_installation {{\n  network_mirror {{\n    url = \"https://{0}/m/\"\n  }}\n}}\ncredentials \"{0}\" {{\n  token = \"t\"\n}}\n",
            server.name()
        );
        let env = prepared(&server, &cli_config);
        let config = env.read("main.tf").replace(&server.name(), "registry.example.com");
        env.write("main.tf", &config);
        let output = env.run(&["init"]);
        assert_eq!(output.code, Some(code), "{output}");
        match code {
            0 => assert!(output.stdout.contains("(verified checksum)"), "{output}"),
            _ => assert!(output.stderr.contains("doesn't match any of the checksums"), "{output}"),
        }
    }
}

#[test]
fn mirrors_without_encryption_are_refused() {
    let env = TestEnvironment::with_config("resource \"foo_x\" \"a\" {}\n");
    let block =
        "provider_installation {\n  network_mirror {\n    url = \"http://127.0.0.1:1/\"\n  }\n}\n";
    env.write("../cli.rc", block);
    let output = env.run(&["init"]);
    assert!(output.stderr.contains("must begin with https://"), "{output}");
}
