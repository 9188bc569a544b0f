//! Proving to a server who one is.

use std::path::Path;
use std::sync::Arc;

use russh::client::{Handle, KeyboardInteractiveAuthResponse};
use russh::keys::agent::AgentIdentity;
use russh::keys::agent::client::AgentClient;
use russh::keys::{HashAlg, PrivateKeyWithHashAlg, PublicKey, load_public_key};

use super::handler::Answers;
use super::settings::{Host, Settings};

/// A server may ask several questions, but not for ever.
const MOST_QUESTIONS: usize = 10;

/// Tries everything that there is, until the server is content.
pub(super) async fn authenticate(
    server: &mut Handle<Answers>,
    host: &Host,
    settings: &Settings,
) -> Result<(), String> {
    let failed = |error: russh::Error| format!("SSH authentication failed ({}): {error}", at(host));
    let mut tried = Vec::new();
    if server.authenticate_none(&host.user).await.map_err(failed)?.success() {
        return Ok(());
    }
    if let Some(key) = &host.key {
        tried.push("private_key");
        let done = match &host.certificate {
            Some(certificate) => {
                let key = key.clone();
                server.authenticate_openssh_cert(&host.user, key, certificate.clone()).await
            }
            None => {
                let hash = hash(server, key.public_key()).await.map_err(failed)?;
                let key = PrivateKeyWithHashAlg::new(Arc::clone(key), hash);
                server.authenticate_publickey(&host.user, key).await
            }
        };
        if done.map_err(failed)?.success() {
            return Ok(());
        }
    }
    if let Some(password) = &host.password {
        tried.push("password");
        let done = server.authenticate_password(&host.user, password).await;
        if done.map_err(failed)?.success()
            || answer(server, &host.user, password).await.map_err(failed)?
        {
            return Ok(());
        }
    }
    if let Some(socket) = &settings.agent {
        tried.push("agent");
        let identity = settings.agent_identity.as_deref();
        if ask_agent(server, &host.user, socket, identity).await? {
            return Ok(());
        }
    }
    Err(match tried.is_empty() {
        true => format!(
            "SSH authentication failed ({}): the connection has neither private_key nor password nor an agent",
            at(host)
        ),
        false => format!(
            "SSH authentication failed ({}): the server accepts none of what was tried: {}",
            at(host),
            tried.join(", ")
        ),
    })
}

fn at(host: &Host) -> String {
    format!("{}@{}:{}", host.user, host.host, host.port)
}

/// With which hash the server takes signatures of this key.
async fn hash(server: &Handle<Answers>, key: &PublicKey) -> Result<Option<HashAlg>, russh::Error> {
    match key.algorithm().is_rsa() {
        true => Ok(server.best_supported_rsa_hash().await?.flatten()),
        false => Ok(None),
    }
}

/// Answers every question with the password.
async fn answer(
    server: &mut Handle<Answers>,
    user: &str,
    password: &str,
) -> Result<bool, russh::Error> {
    let mut asked = server.authenticate_keyboard_interactive_start(user, None).await?;
    for _ in 0..MOST_QUESTIONS {
        match asked {
            KeyboardInteractiveAuthResponse::Success => return Ok(true),
            KeyboardInteractiveAuthResponse::Failure { .. } => return Ok(false),
            KeyboardInteractiveAuthResponse::InfoRequest { prompts, .. } => {
                let answers = prompts.iter().map(|_| password.to_owned()).collect();
                asked = server.authenticate_keyboard_interactive_respond(answers).await?;
            }
        }
    }
    Ok(false)
}

async fn ask_agent(
    server: &mut Handle<Answers>,
    user: &str,
    socket: &Path,
    wanted: Option<&str>,
) -> Result<bool, String> {
    let failed = |error: &dyn std::fmt::Display| {
        format!("The SSH agent at {} cannot be used: {error}", socket.display())
    };
    let mut agent = AgentClient::connect_uds(socket).await.map_err(|e| failed(&e))?;
    let mut identities = agent.request_identities().await.map_err(|e| failed(&e))?;
    if let Some(wanted) = wanted {
        let file = public_key(wanted);
        identities.sort_by_key(|identity| rank(identity, wanted, file.as_ref()));
    }
    for identity in identities {
        let done = match identity {
            AgentIdentity::PublicKey { key, .. } => {
                let hash = hash(server, &key).await.map_err(|e| failed(&e))?;
                server.authenticate_publickey_with(user, key, hash, &mut agent).await
            }
            AgentIdentity::Certificate { certificate, .. } => {
                let key = PublicKey::new(certificate.public_key().clone(), "");
                let hash = hash(server, &key).await.map_err(|e| failed(&e))?;
                server.authenticate_certificate_with(user, certificate, hash, &mut agent).await
            }
        };
        match done {
            Ok(answer) if answer.success() => return Ok(true),
            Ok(_) => {}
            // The agent may refuse one key and sign with another.
            Err(error) => tracing::debug!(%error, "the agent did not sign"),
        }
    }
    Ok(false)
}

/// The public key of a file that an identity is named by.
fn public_key(name: &str) -> Option<PublicKey> {
    load_public_key(format!("{name}.pub")).or_else(|_| load_public_key(name)).ok()
}

/// What is meant comes first, then what may be, then the rest.
fn rank(identity: &AgentIdentity, wanted: &str, file: Option<&PublicKey>) -> u8 {
    let (key, comment) = match identity {
        AgentIdentity::PublicKey { key, comment } => (key.key_data(), comment),
        AgentIdentity::Certificate { certificate, comment } => (certificate.public_key(), comment),
    };
    if comment == wanted || file.is_some_and(|file| file.key_data() == key) {
        0
    } else if comment.ends_with(wanted) {
        1
    } else {
        2
    }
}
