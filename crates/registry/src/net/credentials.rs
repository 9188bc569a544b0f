//! Who we are to a registry's host.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;

use tokio::sync::Mutex;

use crate::cli_config::{CliConfig, CredentialsHelper, Secret};
use crate::environment::CliEnvironment;

/// The tokens for hosts: from variables, from the CLI configuration, or from a program.
pub(crate) struct HostCredentials {
    variables: BTreeMap<String, Secret>,
    configured: BTreeMap<String, Secret>,
    helper: Option<(CredentialsHelper, PathBuf)>,
    asked: Mutex<BTreeMap<String, Option<Secret>>>,
}

const PREFIXES: [&str; 2] = ["TF_TOKEN_", "GROMA_TOKEN_"];

impl HostCredentials {
    pub(crate) fn new(config: &CliConfig, environment: &CliEnvironment) -> HostCredentials {
        let mut variables = BTreeMap::new();
        for prefix in PREFIXES {
            for (name, value) in &environment.variables {
                if let Some(host) = name.strip_prefix(prefix).filter(|_| !value.is_empty()) {
                    variables.insert(host_of(host), Secret::new(value.clone()));
                }
            }
        }
        let configured = config.credentials.iter();
        let configured = configured.filter_map(|(h, c)| Some((h.clone(), c.token.clone()?)));
        let helper = config.credentials_helper.clone().and_then(|helper| {
            let program = format!("terraform-credentials-{}", helper.name);
            let found = environment.implied_mirror_dirs().into_iter().map(|dir| dir.join(&program));
            found.into_iter().find(|path| path.is_file()).map(|path| (helper, path))
        });
        HostCredentials {
            variables,
            configured: configured.collect(),
            helper,
            asked: Mutex::default(),
        }
    }

    /// What to send to a host in the header `Authorization`.
    pub(crate) async fn authorization(&self, host: &str) -> Option<String> {
        let known = self.variables.get(host).or_else(|| self.configured.get(host)).cloned();
        let token = match known {
            Some(token) => Some(token),
            None => self.ask(host).await,
        };
        token.map(|token| format!("Bearer {}", token.reveal()))
    }

    async fn ask(&self, host: &str) -> Option<Secret> {
        let (helper, program) = self.helper.as_ref()?;
        let mut asked = self.asked.lock().await;
        if let Some(answer) = asked.get(host) {
            return answer.clone();
        }
        let output = tokio::process::Command::new(program)
            .args(&helper.args)
            .args(["get", host])
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await;
        let answer = match output {
            Ok(output) if output.status.success() => {
                let answer: Option<serde_json::Value> = serde_json::from_slice(&output.stdout).ok();
                let token = answer.as_ref().and_then(|a| a.get("token")?.as_str());
                token.map(Secret::new)
            }
            Ok(output) => {
                tracing::warn!(host, status = %output.status, "the credentials helper failed");
                None
            }
            Err(error) => {
                tracing::warn!(host, %error, "the credentials helper cannot be run");
                None
            }
        };
        asked.insert(host.to_owned(), answer.clone());
        answer
    }
}

/// The host that a variable's name stands for: names of variables have no dots and no hyphens.
fn host_of(name: &str) -> String {
    name.replace("__", "-").replace('_', ".").to_lowercase()
}

#[cfg(test)]
mod tests {
    use groma_diag::Diagnostics;

    use super::*;

    #[tokio::test]
    async fn variables_win_over_the_configuration() {
        let variables = [("TF_TOKEN_a_my__host_example", "v"), ("GROMA_TOKEN_c_example", "w")];
        let environment = CliEnvironment {
            variables: variables.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect(),
            ..CliEnvironment::default()
        };
        let mut found = Diagnostics::new();
        let text = "credentials \"a.my-host.example\" { token = \"x\" }\ncredentials \"b.example\" { token = \"y\" }";
        let config = CliConfig::parse("rc", text, &environment, &mut found);
        let credentials = HostCredentials::new(&config, &environment);
        for (host, expected) in [
            ("a.my-host.example", Some("Bearer v")),
            ("b.example", Some("Bearer y")),
            ("c.example", Some("Bearer w")),
            ("d.example", None),
        ] {
            assert_eq!(credentials.authorization(host).await.as_deref(), expected, "{host}");
        }
    }
}
