//! Encrypted states and plans, and what else is known before there is a plan: sources of modules
//! and the arguments of backends.

use crate::environment::TestEnvironment;

/// `{state}` and `{plan}` stand for what is in these blocks.
fn config(state: &str, plan: &str) -> String {
    format!(
        r#"
variable "passphrase" {{
  sensitive = true
}}

terraform {{
  encryption {{
    key_provider "pbkdf2" "mine" {{
      passphrase = var.passphrase
      iterations = 200000
    }}
    method "aes_gcm" "strong" {{
      keys = key_provider.pbkdf2.mine
    }}
    method "unencrypted" "none" {{}}
    state {{
      {state}
    }}
    plan {{
      {plan}
    }}
  }}
}}

resource "terraform_data" "a" {{
  input = "the content"
}}

output "a" {{
  value = terraform_data.a.output
}}
"#
    )
}

const STRONG: &str = "method = method.aes_gcm.strong";

#[test]
fn states_and_plans_are_encrypted_and_read_again() {
    let env = TestEnvironment::with_config(&config(STRONG, STRONG))
        .set("TF_VAR_passphrase", "a passphrase for tests");
    let _ = env.ok(&["plan", "-out=plan.bin"]);
    assert!(env.read("plan.bin").starts_with("{\"meta\":{\"key_provider.pbkdf2.mine\":"));
    assert!(env.ok(&["show", "plan.bin"]).stdout.contains("terraform_data.a will be created"));
    let _ = env.ok(&["apply", "plan.bin"]);
    let state = env.read("terraform.tfstate");
    assert!(state.starts_with("{\"serial\":1,\"lineage\":"), "{state}");
    assert!(!state.contains("the content") && !state.contains("terraform_data"), "{state}");
    assert!(env.ok(&["output"]).stdout.contains("the content"));
    assert!(env.ok(&["plan"]).stdout.contains("No changes."));
    // Nobody else reads it.
    let env = env.set("TF_VAR_passphrase", "another passphrase here");
    let refused = env.run(&["plan"]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("Decryption failed"), "{}", refused.stderr);
}

#[test]
fn a_fallback_takes_a_plain_state_along() {
    let env = TestEnvironment::with_config("resource \"terraform_data\" \"a\" {}\n")
        .set("TF_VAR_passphrase", "a passphrase for tests");
    let _ = env.ok(&["apply", "-auto-approve"]);
    env.write("main.tf", &config(STRONG, STRONG));
    let refused = env.run(&["plan"]);
    assert!(refused.stderr.contains("Unencrypted content"), "{}", refused.stderr);
    let fallback = format!("{STRONG}\nfallback {{\nmethod = method.unencrypted.none\n}}");
    env.write("main.tf", &config(&fallback, STRONG));
    let _ = env.ok(&["apply", "-auto-approve"]);
    assert!(env.read("terraform.tfstate").contains("\"encryption_version\":\"v0\""));
    // And back again.
    let back = format!("method = method.unencrypted.none\nfallback {{\n{STRONG}\n}}");
    env.write("main.tf", &config(&back, STRONG));
    let _ = env.ok(&["apply", "-auto-approve"]);
    assert!(env.read("terraform.tfstate").contains("\"version\": 4"));
    env.write("main.tf", &config(&format!("enforced = true\n{back}"), STRONG));
    let refused = env.run(&["plan"]);
    assert!(refused.stderr.contains("Unencrypted method is forbidden"), "{}", refused.stderr);
}

#[test]
fn what_cannot_be_used_is_refused() {
    let env = TestEnvironment::with_config(&config("method = method.aes_gcm.weak", STRONG))
        .set("TF_VAR_passphrase", "short");
    let refused = env.run(&["plan"]);
    for what in ["Reference to undeclared encryption method", "at least 16"] {
        assert!(refused.stderr.contains(what), "{what}: {}", refused.stderr);
    }
}

#[test]
fn sources_and_backends_take_variables_and_functions() {
    let env = TestEnvironment::new().set("TF_VAR_kind", "NET");
    env.write(
        "main.tf",
        r#"
variable "kind" {
  const = true
}

locals {
  dir = "./modules/${lower(var.kind)}"
}

terraform {
  backend "local" {
    path = "${lower(var.kind)}-${terraform.workspace}.tfstate"
  }
}

module "m" {
  source = local.dir
}

output "o" {
  value = module.m.o
}
"#,
    );
    env.write("modules/net/main.tf", "output \"o\" {\n  value = \"from net\"\n}\n");
    env.write("modules/db/main.tf", "output \"o\" {\n  value = \"from db\"\n}\n");
    let _ = env.ok(&["init"]);
    assert!(env.ok(&["apply", "-auto-approve"]).stdout.contains("from net"));
    assert!(env.exists("net-default.tfstate"));
    let _ = env.ok(&["init", "-reconfigure", "-var=kind=DB"]);
    assert!(env.ok(&["apply", "-auto-approve", "-var=kind=DB"]).stdout.contains("from db"));
    assert!(env.exists("db-default.tfstate"));
}
