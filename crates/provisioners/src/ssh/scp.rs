//! Copying files to a machine, as `scp` takes them on its standard input.

use std::collections::VecDeque;
use std::path::Path;

use russh::client::Msg;
use russh::{ChannelMsg, ChannelReadHalf, ChannelWriteHalf};
use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::{Ended, Session};
use crate::quote::shell_words;

/// So much is sent at once.
const PIECE: usize = 32 * 1024;

/// Folders in folders: where there are more, links lead in circles.
const DEEPEST: usize = 100;

/// So much of what the other side complains of is kept.
const KEPT: usize = 4 * 1024;

/// The other side, which takes files.
struct Sink {
    reader: ChannelReadHalf,
    writer: ChannelWriteHalf<Msg>,
    answers: VecDeque<u8>,
    complaints: Vec<u8>,
    ended: Option<Ended>,
    closed: bool,
}

impl Session {
    /// Copies data into a file.
    pub(crate) async fn upload(&self, path: &str, content: &[u8]) -> Result<(), String> {
        let (folder, name) = split(path)?;
        let mut sink = self.sink(&["scp", "-t", folder]).await?;
        sink.file(name, content.len() as u64, content).await?;
        sink.finish().await
    }

    /// Copies a file into a file.
    pub(crate) async fn upload_file(&self, path: &str, from: &Path) -> Result<(), String> {
        let (folder, name) = split(path)?;
        let mut sink = self.sink(&["scp", "-t", folder]).await?;
        sink.local_file(name, from).await?;
        sink.finish().await
    }

    /// Copies a folder into a folder: with `contents` what is in it, else the folder itself.
    pub(crate) async fn upload_folder(
        &self,
        path: &str,
        from: &Path,
        contents: bool,
    ) -> Result<(), String> {
        let mut sink = self.sink(&["scp", "-r", "-t", path]).await?;
        if contents {
            sink.entries(from, 0).await?;
        } else {
            let name = from.canonicalize().ok().and_then(|p| Some(p.file_name()?.to_owned()));
            let name = name.ok_or_else(|| format!("{} has no name", from.display()))?;
            sink.folder(&name.to_string_lossy(), from, 0).await?;
        }
        sink.finish().await
    }

    async fn sink(&self, command: &[&str]) -> Result<Sink, String> {
        if self.is_windows() && command.iter().any(|word| word.contains('"')) {
            return Err("a path on Windows cannot have quotes".into());
        }
        let channel = self.channel().await?;
        let command = match self.is_windows() {
            // There, quotes are doubled ones whatever the shell.
            true => command.iter().map(|w| format!("\"{w}\"")).collect::<Vec<_>>().join(" "),
            false => shell_words(command),
        };
        let started = channel.exec(true, command).await;
        started.map_err(|error| format!("scp could not be started: {error}"))?;
        let (reader, writer) = channel.split();
        let (answers, complaints) = (VecDeque::new(), Vec::new());
        let mut sink = Sink { reader, writer, answers, complaints, ended: None, closed: false };
        // It says when it is ready.
        sink.answer().await?;
        Ok(sink)
    }
}

/// The folder and the name of a path over there.
fn split(path: &str) -> Result<(&str, &str), String> {
    let (folder, name) = match path.rsplit_once('/') {
        Some(("", name)) => ("/", name),
        Some((folder, name)) => (folder, name),
        None => (".", path),
    };
    match name {
        "" | "." | ".." => Err(format!("{path:?} is not the name of a file")),
        _ => Ok((folder, name)),
    }
}

impl Sink {
    /// What has come from the other side.
    fn take(&mut self, message: Option<ChannelMsg>) {
        match message {
            Some(ChannelMsg::Data { data }) => self.answers.extend(data.iter()),
            Some(ChannelMsg::ExtendedData { data, .. }) => {
                let room = KEPT.saturating_sub(self.complaints.len());
                self.complaints.extend(data.iter().take(room));
            }
            Some(ChannelMsg::ExitStatus { exit_status }) => {
                self.ended = Some(Ended::Status(exit_status));
            }
            Some(ChannelMsg::ExitSignal { signal_name, .. }) => {
                self.ended = Some(Ended::Signal(format!("{signal_name:?}")));
            }
            Some(_) => {}
            None => self.closed = true,
        }
    }

    async fn byte(&mut self) -> Result<u8, String> {
        loop {
            if let Some(byte) = self.answers.pop_front() {
                return Ok(byte);
            }
            if self.closed {
                return Err(self.gone());
            }
            let message = self.reader.wait().await;
            self.take(message);
        }
    }

    /// Why there is no answer any more.
    fn gone(&self) -> String {
        if self.ended == Some(Ended::Status(127)) {
            return "SCP failed to start. This usually means that SCP is not properly installed on the remote system.".into();
        }
        let complaints = String::from_utf8_lossy(&self.complaints);
        match (complaints.trim(), &self.ended) {
            ("", Some(ended)) => format!("scp: {}", ended.describe()),
            ("", None) => "the connection was lost".into(),
            (complaints, _) => complaints.to_owned(),
        }
    }

    /// The answer to what was sent: nothing, or what is wrong with it.
    async fn answer(&mut self) -> Result<(), String> {
        if self.byte().await? == 0 {
            return Ok(());
        }
        let mut message = Vec::new();
        while message.len() < KEPT {
            match self.byte().await {
                Ok(b'\n') | Err(_) => break,
                Ok(byte) => message.push(byte),
            }
        }
        Err(String::from_utf8_lossy(&message).into_owned())
    }

    /// Sends data. What comes meanwhile is taken, so that nobody waits for the other.
    async fn send(&mut self, data: Vec<u8>) -> Result<(), String> {
        let sent = {
            let Sink { reader, writer, .. } = self;
            let mut came = Vec::new();
            let mut open = true;
            let sending = writer.data_bytes(data);
            tokio::pin!(sending);
            let sent = loop {
                tokio::select! {
                    sent = &mut sending => break sent.map_err(|error| error.to_string()),
                    message = reader.wait(), if open => {
                        open = message.is_some();
                        came.push(message);
                        if !open {
                            break Err(String::new());
                        }
                    }
                }
            };
            (sent, came)
        };
        let (sent, came) = sent;
        came.into_iter().for_each(|message| self.take(message));
        sent.map_err(|error| if error.is_empty() { self.gone() } else { error })
    }

    async fn file(
        &mut self,
        name: &str,
        size: u64,
        mut content: impl AsyncRead + Unpin,
    ) -> Result<(), String> {
        self.send(format!("C0644 {size} {}\n", plain(name)?).into_bytes()).await?;
        self.answer().await?;
        let mut left = size;
        while left > 0 {
            let mut piece = vec![0; PIECE.min(usize::try_from(left).unwrap_or(PIECE))];
            let read = content.read(&mut piece).await.map_err(|e| format!("{name}: {e}"))?;
            if read == 0 {
                return Err(format!("{name} has become shorter while it was copied"));
            }
            piece.truncate(read);
            left -= read as u64;
            self.send(piece).await?;
        }
        self.send(vec![0]).await?;
        self.answer().await
    }

    async fn local_file(&mut self, name: &str, from: &Path) -> Result<(), String> {
        let failed = |error: std::io::Error| format!("{}: {error}", from.display());
        let file = tokio::fs::File::open(from).await.map_err(failed)?;
        let size = file.metadata().await.map_err(failed)?.len();
        self.file(name, size, file).await
    }

    async fn folder(&mut self, name: &str, from: &Path, depth: usize) -> Result<(), String> {
        self.send(format!("D0755 0 {}\n", plain(name)?).into_bytes()).await?;
        self.answer().await?;
        self.entries(from, depth + 1).await?;
        self.send(b"E\n".to_vec()).await?;
        self.answer().await
    }

    async fn entries(&mut self, from: &Path, depth: usize) -> Result<(), String> {
        let failed = |error: std::io::Error| format!("{}: {error}", from.display());
        if depth > DEEPEST {
            return Err(format!("{}: more than {DEEPEST} folders in one another", from.display()));
        }
        let entries = std::fs::read_dir(from).map_err(failed)?;
        let mut entries = entries.collect::<Result<Vec<_>, _>>().map_err(failed)?;
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let (path, name) = (entry.path(), entry.file_name());
            let name = name.to_string_lossy();
            // Links are followed.
            let kind = std::fs::metadata(&path).map_err(|e| format!("{}: {e}", path.display()))?;
            if kind.is_dir() {
                Box::pin(self.folder(&name, &path, depth)).await?;
            } else if kind.is_file() {
                self.local_file(&name, &path).await?;
            } else {
                return Err(format!("{} is neither a file nor a folder", path.display()));
            }
        }
        Ok(())
    }

    /// Says that this was all, and waits until the other side has done its part.
    async fn finish(mut self) -> Result<(), String> {
        self.writer.eof().await.map_err(|error| error.to_string())?;
        while !self.closed {
            let message = self.reader.wait().await;
            self.take(message);
        }
        match self.ended {
            Some(Ended::Status(0)) => Ok(()),
            _ => Err(self.gone()),
        }
    }
}

/// A name that the protocol can carry.
fn plain(name: &str) -> Result<&str, String> {
    match name.contains(['\n', '\r', '\0']) {
        true => Err(format!("the name {name:?} has a line break, which scp cannot take")),
        false => Ok(name),
    }
}
