//! Provisioners that need a connection, against an OpenSSH server.

#[path = "../../crates/provisioners/tests/it/server.rs"]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#[expect(dead_code, reason = "other tests use more of it")]
mod server;

use crate::play::compare;
use crate::stage::Theatre;
use crate::{Result, engine, known, observe, passed_over};
use server::Server;

const CONFIGURATION: &str = r#"
variable "port" {}
variable "user" {}
variable "key" {
  sensitive = true
}
variable "secret" {
  sensitive = true
  default   = "hunter2"
}

resource "terraform_data" "a" {
  input = "a"

  connection {
    host        = "127.0.0.1"
    port        = var.port
    user        = "nobody in particular"
    private_key = var.key
    timeout     = "30s"
  }

  provisioner "file" {
    content     = "content of ${self.output}\n"
    destination = "${path.cwd}/copied"

    connection {
      user = var.user
    }
  }

  provisioner "remote-exec" {
    inline = ["cat ${path.cwd}/copied", "echo err >&2", "printf 'no newline'"]

    connection {
      user = var.user
    }
  }

  provisioner "remote-exec" {
    inline = ["echo ${var.secret}"]

    connection {
      user = var.user
    }
  }
}

resource "terraform_data" "stays" {
  input = "b"

  provisioner "remote-exec" {
    when   = destroy
    inline = ["echo bye ${self.output}"]

    connection {
      host    = "127.0.0.1"
      port    = 1
      timeout = "500ms"
      agent   = false
    }
  }
}

resource "terraform_data" "fails" {
  connection {
    host        = "127.0.0.1"
    port        = var.port
    user        = var.user
    private_key = var.key
  }

  provisioner "remote-exec" {
    inline     = ["exit 3"]
    on_failure = continue
  }

  provisioner "file" {
    source      = "main.tf"
    destination = "/no/such/folder/file"
  }
}

resource "terraform_data" "wrong" {
  for_each = {
    missing  = {}
    telnet   = { type = "telnet", host = "x" }
    empty    = { host = "" }
    platform = { host = "x", target_platform = "mac" }
    key      = { host = "x", private_key = "/a/file" }
  }

  provisioner "remote-exec" {
    inline = ["true"]

    connection {
      host            = lookup(each.value, "host", "")
      type            = lookup(each.value, "type", null)
      target_platform = lookup(each.value, "target_platform", null)
      private_key     = lookup(each.value, "private_key", null)
    }
  }
}

resource "terraform_data" "without" {
  provisioner "remote-exec" {
    inline = ["true"]
  }
}
"#;

#[test]
fn machines_are_provisioned_alike() -> Result<()> {
    let Some(engines) = engine::both() else { return Ok(()) };
    if std::env::var_os("GROMA_TEST_SSHD").is_none() {
        passed_over("there is no SSH server; GROMA_TEST_SSHD names its program");
        return Ok(());
    }
    let Some(server) = Server::start() else { return Ok(()) };
    let theatre = Theatre::new()?;
    let mut stages = [theatre.stage(&engines[0])?, theatre.stage(&engines[1])?];
    let port = server.port.to_string();
    let key = server.text("ed25519");
    for stage in &mut stages {
        stage.write("main.tf", CONFIGURATION)?;
        for (name, value) in [("port", &port), ("user", &server.user), ("key", &key)] {
            stage.set(&format!("TF_VAR_{name}"), Some(value));
        }
        // Whoever runs the tests may have an agent, and its keys are not for them.
        stage.set("SSH_AUTH_SOCK", None);
    }
    let mut report = Vec::new();
    let [theirs, ours] = &mut stages;
    for words in [["init"].as_slice(), &["validate"], &["apply"], &["apply", "-destroy"]] {
        let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
        let expected = observe::perform(theirs, &words)?;
        let found = observe::perform(ours, &words)?;
        compare(&words.join(" "), &expected, &found, &mut report)?;
    }
    for stage in &stages {
        let copied = std::fs::read_to_string(stage.folder.join("copied"))?;
        assert_eq!(copied, "content of a\n", "by {}", stage.engine.name);
    }
    known::check("ssh", &report)
}
