//! Git repositories, through the program `git`: it knows how people identify themselves.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::process::Command;
use url::Url;

use super::{FetchError, Fetcher, take_argument};
use crate::modules::redacted;

/// The longest part of what git says that is passed on.
const MAX_MESSAGE: usize = 4096;

/// What an address asks for, beside the repository.
struct Wish {
    url: String,
    reference: Option<String>,
    depth: Option<u32>,
    key: Option<tempfile::NamedTempFile>,
}

/// Clones a repository with its submodules.
pub(super) async fn fetch(fetcher: &Fetcher, address: &str, into: &Path) -> Result<(), FetchError> {
    let failed = |why: String| FetchError::Failed { address: redacted(address), why };
    let wish = Wish::read(address).map_err(failed)?;
    clone(fetcher, &wish, into).await.map_err(failed)
}

impl Wish {
    fn read(address: &str) -> Result<Wish, String> {
        let mut url = Url::parse(address).map_err(|error| error.to_string())?;
        let reference = take_argument(&mut url, "ref").filter(|text| !text.is_empty());
        let depth = take_argument(&mut url, "depth").filter(|text| !text.is_empty());
        let key = take_argument(&mut url, "sshkey").filter(|text| !text.is_empty());
        let depth = depth.map(|text| text.parse::<u32>()).transpose();
        let depth = depth.map_err(|_| "the argument depth must be a number".to_owned())?;
        // Neither may be taken for an option of the program.
        if reference.as_deref().is_some_and(|text| text.starts_with('-')) {
            return Err("the argument ref must not begin with a hyphen".into());
        }
        if url.host_str().is_some_and(|host| host.starts_with('-')) {
            return Err("the host must not begin with a hyphen".into());
        }
        let mut text = url.to_string();
        // What is not a special URL keeps the way it is written, and so do files.
        if url.query() == Some("") {
            text.truncate(text.trim_end_matches('?').len());
        }
        let key = key.map(|key| key_file(&key)).transpose()?;
        Ok(Wish { url: text, reference, depth: depth.filter(|depth| *depth > 0), key })
    }
}

/// A private key, in a file that nobody else can read.
fn key_file(encoded: &str) -> Result<tempfile::NamedTempFile, String> {
    // A plus sign that is not encoded reads as a space.
    let key = STANDARD
        .decode(encoded.replace(' ', "+"))
        .map_err(|_| "the argument sshkey must be a private key in Base64".to_owned())?;
    let write = || {
        let mut file = tempfile::Builder::new().prefix("groma-key-").tempfile()?;
        file.write_all(&key)?;
        file.flush()?;
        Ok(file)
    };
    write().map_err(|error: std::io::Error| format!("the key cannot be written: {error}"))
}

async fn clone(fetcher: &Fetcher, wish: &Wish, into: &Path) -> Result<(), String> {
    let target = into.to_str().ok_or("the folder's name is not text")?.to_owned();
    let depth = wish.depth.map(|depth| depth.to_string());
    let mut arguments = vec!["clone", "--quiet"];
    if let Some(depth) = &depth {
        arguments.extend(["--depth", depth]);
        // There is no other part of a shallow clone to choose from later.
        if let Some(reference) = &wish.reference {
            arguments.extend(["--branch", reference]);
        }
    }
    arguments.extend(["--", &wish.url, &target]);
    run(fetcher, wish, &arguments, None).await.map_err(|why| match &wish.reference {
        Some(reference) if depth.is_some() && is_commit(reference) => format!(
            "{why} (setting \"depth\" requires \"ref\" to be a branch or tag name, not a commit)"
        ),
        _ => why,
    })?;
    if depth.is_none()
        && let Some(reference) = &wish.reference
    {
        run(fetcher, wish, &["checkout", "--quiet", reference, "--"], Some(into)).await?;
    }
    let mut arguments = vec!["submodule", "update", "--init", "--recursive"];
    if let Some(depth) = &depth {
        arguments.extend(["--depth", depth]);
    }
    run(fetcher, wish, &arguments, Some(into)).await
}

fn is_commit(reference: &str) -> bool {
    (7..=64).contains(&reference.len()) && reference.bytes().all(|b| b.is_ascii_hexdigit())
}

async fn run(
    fetcher: &Fetcher,
    wish: &Wish,
    arguments: &[&str],
    dir: Option<&Path>,
) -> Result<(), String> {
    let mut command = Command::new("git");
    command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    if let Some(dir) = dir {
        command.current_dir(dir);
    }
    // Of a hook of another repository, for example.
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        command.env_remove(name);
    }
    if !fetcher.interactive {
        command.env("GIT_TERMINAL_PROMPT", "0");
    }
    if let Some(key) = &wish.key {
        let given = fetcher.environment.variables.get("GIT_SSH_COMMAND");
        let ssh = given.map_or("ssh -o StrictHostKeyChecking=accept-new", String::as_str);
        let key = key.path().display().to_string().replace('\'', "'\\''");
        command.env("GIT_SSH_COMMAND", format!("{ssh} -i '{key}'"));
    }
    let output = command.output().await.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => "git must be available and on the PATH".to_owned(),
        _ => format!("git cannot be run: {error}"),
    })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.trim();
    let start = said.len().saturating_sub(MAX_MESSAGE);
    let start = (start..=said.len()).find(|at| said.is_char_boundary(*at)).unwrap_or(0);
    // Git repeats the URL that it was given.
    let said = said[start..].replace(&wish.url, &redacted(&wish.url));
    match output.status.code() {
        Some(code) => Err(format!("git exited with {code}: {}", said.trim_end_matches('.'))),
        None => Err(format!("git was killed: {said}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read_and_not_passed_on() {
        let wish = Wish::read("https://h.example/r.git?ref=v1&depth=2&x=1").unwrap();
        assert_eq!(wish.url, "https://h.example/r.git?x=1");
        assert_eq!((wish.reference.as_deref(), wish.depth), (Some("v1"), Some(2)));
        let plain = Wish::read("ssh://git@h.example:22/r.git?ref=v1").unwrap();
        assert_eq!(plain.url, "ssh://git@h.example:22/r.git");
        assert_eq!(Wish::read("file:///a/b?ref=").unwrap().url, "file:///a/b");
        let key = Wish::read("ssh://h/r?sshkey=a2V5").unwrap().key.unwrap();
        assert_eq!(std::fs::read_to_string(key.path()).unwrap(), "key");
        for wrong in [
            "https://h/r?ref=--upload-pack=x",
            "https://h/r?depth=x",
            "ssh://-oProxyCommand=x/r",
            "ssh://h/r?sshkey=!",
            "nothing",
        ] {
            assert!(Wish::read(wrong).is_err(), "{wrong}");
        }
    }
}
