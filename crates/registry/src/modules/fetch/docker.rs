//! Names and passwords for OCI registries, from the files in which container tools keep them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use tokio::io::AsyncWriteExt as _;

use crate::cli_config::Secret;
use crate::environment::CliEnvironment;

/// Who we are to a registry.
pub(super) struct Login {
    pub(super) user: String,
    pub(super) password: Secret,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct File {
    auths: BTreeMap<String, Auth>,
    cred_helpers: BTreeMap<String, String>,
    creds_store: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Auth {
    auth: String,
    username: String,
    password: String,
}

/// The login for a repository, from the first file that has one.
pub(super) async fn login(
    environment: &CliEnvironment,
    registry: &str,
    repository: &str,
) -> Option<Login> {
    for path in files(environment) {
        let Ok(text) = std::fs::read(&path) else { continue };
        let file: File = match serde_json::from_slice(&text) {
            Ok(file) => file,
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "a file of logins is passed over");
                continue;
            }
        };
        if let Some(login) = file.plain(registry, repository) {
            return Some(login);
        }
        let helper = file.cred_helpers.get(registry).or(file.creds_store.as_ref());
        if let Some(helper) = helper
            && let Some(login) = ask(helper, registry).await
        {
            return Some(login);
        }
    }
    None
}

/// The files, the most important first.
fn files(environment: &CliEnvironment) -> Vec<PathBuf> {
    let variable = |name: &str| {
        environment.variables.get(name).filter(|text| !text.is_empty()).map(PathBuf::from)
    };
    let home = environment.home.as_ref();
    let config = variable("XDG_CONFIG_HOME").or_else(|| home.map(|home| home.join(".config")));
    let docker = variable("DOCKER_CONFIG").or_else(|| home.map(|home| home.join(".docker")));
    [
        variable("XDG_RUNTIME_DIR").map(|dir| dir.join("containers/auth.json")),
        config.map(|dir| dir.join("containers/auth.json")),
        docker.map(|dir| dir.join("config.json")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

impl File {
    /// The entry for the repository, or for the closest of what is around it.
    fn plain(&self, registry: &str, repository: &str) -> Option<Login> {
        let mut wanted = format!("{registry}/{repository}");
        loop {
            for (key, auth) in &self.auths {
                if normal(key) == wanted
                    && let Some(login) = auth.login()
                {
                    return Some(login);
                }
            }
            wanted.truncate(wanted.rfind('/')?);
        }
    }
}

/// A key without what old tools wrote around the host.
fn normal(key: &str) -> &str {
    let key = key.trim_start_matches("https://").trim_start_matches("http://");
    let key = key.trim_end_matches('/');
    let key = key.strip_suffix("/v1").or_else(|| key.strip_suffix("/v2")).unwrap_or(key);
    if key == "index.docker.io" { "docker.io" } else { key }
}

impl Auth {
    fn login(&self) -> Option<Login> {
        if !self.username.is_empty() {
            let password = Secret::new(self.password.clone());
            return Some(Login { user: self.username.clone(), password });
        }
        let text = String::from_utf8(STANDARD.decode(&self.auth).ok()?).ok()?;
        let (user, password) = text.split_once(':')?;
        let password = Secret::new(password.trim_end_matches('\0'));
        Some(Login { user: user.to_owned(), password })
    }
}

/// Asks a program that keeps logins.
async fn ask(helper: &str, registry: &str) -> Option<Login> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Answer {
        username: String,
        secret: String,
    }
    if helper.is_empty() || helper.contains(['/', '\\']) {
        return None;
    }
    let mut child = tokio::process::Command::new(format!("docker-credential-{helper}"))
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .inspect_err(|error| tracing::warn!(helper, %error, "a helper for logins cannot be run"))
        .ok()?;
    let mut input = child.stdin.take()?;
    input.write_all(registry.as_bytes()).await.ok()?;
    drop(input);
    let output = child.wait_with_output().await.ok()?;
    let answer: Answer = serde_json::from_slice(&output.stdout).ok()?;
    let Answer { username: user, secret } = answer;
    // A token for getting tokens is something else.
    (user != "<token>").then(|| Login { user, password: Secret::new(secret) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_closest_entry_is_taken() {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join(".docker")).unwrap();
        let auth = |text: &str| STANDARD.encode(text);
        let text = format!(
            r#"{{"auths":{{"r.example":{{"auth":"{}"}},"r.example/team":{{"auth":"{}"}},"https://index.docker.io/v1/":{{"username":"u","password":"p"}},"empty.example":{{}}}}}}"#,
            auth("all:a:b"),
            auth("team:t"),
        );
        std::fs::write(home.path().join(".docker/config.json"), text).unwrap();
        let environment =
            CliEnvironment { home: Some(home.path().into()), ..CliEnvironment::default() };
        for (registry, repository, expected) in [
            ("r.example", "x/y", Some(("all", "a:b"))),
            ("r.example", "team/y", Some(("team", "t"))),
            ("r.example", "teams/y", Some(("all", "a:b"))),
            ("docker.io", "x", Some(("u", "p"))),
            ("empty.example", "x", None),
            ("other.example", "x", None),
        ] {
            let login = login(&environment, registry, repository).await;
            let login = login.as_ref().map(|login| (login.user.as_str(), login.password.reveal()));
            assert_eq!(login, expected, "{registry}/{repository}");
        }
    }
}
