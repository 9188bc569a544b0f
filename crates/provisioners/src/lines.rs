//! Output as it comes, line by line.

use std::io;
use std::time::Duration;

use groma_provider::ProvisionOutput;
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// So long is waited for the rest of a line: what asks for something does not end the line.
const PATIENCE: Duration = Duration::from_millis(100);

/// So much of the output is kept for error messages.
const KEPT: usize = 8 * 1024;

/// A line is cut here, since programs may write without ever ending a line.
const LONGEST: usize = 64 * 1024;

/// Splits output into lines, and keeps the end of it.
#[derive(Default)]
pub(crate) struct Lines {
    partial: Vec<u8>,
    kept: Vec<u8>,
}

impl Lines {
    /// More of the output.
    pub(crate) fn add(&mut self, data: &[u8], output: &dyn ProvisionOutput) {
        self.kept.extend_from_slice(data);
        if self.kept.len() > 2 * KEPT {
            self.kept.drain(..self.kept.len() - KEPT);
        }
        for piece in data.split_inclusive(|b| *b == b'\n') {
            self.partial.extend_from_slice(piece);
            if piece.ends_with(b"\n") || self.partial.len() > LONGEST {
                self.flush(output);
            }
        }
    }

    /// Passes on what is there, be it the whole line or not.
    pub(crate) fn flush(&mut self, output: &dyn ProvisionOutput) {
        if !self.partial.is_empty() {
            let line = String::from_utf8_lossy(&self.partial);
            output.output(line.trim_end_matches(['\r', '\n']));
            self.partial.clear();
        }
    }

    /// Whether a line has begun and not ended.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.partial.is_empty()
    }

    /// The end of the output.
    pub(crate) fn end(&self) -> String {
        let from = self.kept.len().saturating_sub(KEPT);
        String::from_utf8_lossy(&self.kept[from..]).into_owned()
    }

    /// Reads until there is no more.
    pub(crate) async fn read(
        &mut self,
        mut from: impl AsyncRead + Unpin,
        output: &dyn ProvisionOutput,
    ) -> io::Result<()> {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let more = from.read(&mut buffer);
            let read = match self.is_waiting() {
                false => more.await?,
                true => match tokio::time::timeout(PATIENCE, more).await {
                    Ok(read) => read?,
                    Err(_) => {
                        self.flush(output);
                        continue;
                    }
                },
            };
            if read == 0 {
                self.flush(output);
                return Ok(());
            }
            self.add(&buffer[..read], output);
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::sync::Mutex;

    /// Keeps what is said.
    #[derive(Default)]
    pub(crate) struct Kept(pub(crate) Mutex<Vec<String>>);

    impl ProvisionOutput for Kept {
        fn output(&self, text: &str) {
            self.0.lock().unwrap().push(text.to_owned());
        }
    }

    #[test]
    fn lines_are_put_together_and_the_end_is_kept() {
        let kept = Kept::default();
        let mut lines = Lines::default();
        lines.add(b"one\r\ntw", &kept);
        assert!(lines.is_waiting());
        lines.add(b"o\n\nrest", &kept);
        lines.flush(&kept);
        assert_eq!(*kept.0.lock().unwrap(), ["one", "two", "", "rest"]);
        assert_eq!(lines.end(), "one\r\ntwo\n\nrest");
        for _ in 0..100 {
            lines.add(&[b'x'; 1000], &kept);
        }
        assert_eq!(lines.end().len(), KEPT);
    }

    #[tokio::test]
    async fn what_asks_for_something_is_shown_though_the_line_goes_on() {
        let kept = Kept::default();
        let (mut writer, reader) = tokio::io::duplex(64);
        let mut lines = Lines::default();
        let reading = lines.read(reader, &kept);
        let writing = async {
            use tokio::io::AsyncWriteExt as _;
            writer.write_all(b"Name: ").await.unwrap();
            while kept.0.lock().unwrap().is_empty() {
                tokio::task::yield_now().await;
            }
            writer.write_all(b"done\n").await.unwrap();
            drop(writer);
        };
        let (read, ()) = tokio::join!(reading, writing);
        read.unwrap();
        assert_eq!(*kept.0.lock().unwrap(), ["Name: ", "done"]);
    }
}
