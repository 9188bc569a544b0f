//! What a plugin writes: turned into our log, and remembered as far as it explains a crash.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value as Json};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tracing::Level;

/// How many of the last lines are remembered.
const TAIL_LINES: usize = 20;
/// How many lines of a panic are remembered.
const PANIC_LINES: usize = 60;
/// How much of one line is taken; the rest of it is dropped.
const LINE_BYTES: u64 = 64 << 10;

/// What is remembered of a plugin's output.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    inner: Mutex<Remembered>,
}

#[derive(Debug, Default)]
struct Remembered {
    tail: VecDeque<String>,
    panic: Vec<String>,
}

impl Memory {
    fn remember(&self, line: &str) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if (!inner.panic.is_empty() || begins_panic(line)) && inner.panic.len() < PANIC_LINES {
            inner.panic.push(line.to_owned());
        }
        if inner.tail.len() == TAIL_LINES {
            inner.tail.pop_front();
        }
        inner.tail.push_back(line.to_owned());
    }

    /// The panic, if there was one, as far as it was remembered.
    pub(crate) fn panic(&self) -> Option<String> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        (!inner.panic.is_empty()).then(|| inner.panic.join("\n"))
    }

    /// The last lines.
    pub(crate) fn tail(&self) -> Vec<String> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.tail.iter().cloned().collect()
    }
}

/// Whether what Go's and Rust's runtimes write at a fatal error begins with this line.
fn begins_panic(line: &str) -> bool {
    line.starts_with("panic: ")
        || line.starts_with("fatal error: ")
        || line.starts_with("runtime: goroutine stack exceeds")
        || (line.starts_with("thread '") && line.contains("panicked at"))
}

/// Reads a stream of the plugin to its end, line by line.
///
/// Lines are logged; with a `memory` they are remembered too.
pub(crate) async fn follow(
    stream: impl AsyncRead + Unpin,
    plugin: Arc<str>,
    source: Source,
    memory: Option<Arc<Memory>>,
) {
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    loop {
        match next_line(&mut reader, &mut line).await {
            Ok(true) => {}
            // A stream that fails has nothing more to say, like one that ended.
            Ok(false) | Err(_) => return,
        }
        let text = String::from_utf8_lossy(&line);
        if let Some(memory) = &memory {
            memory.remember(&text);
        }
        log_line(&plugin, source, &text);
    }
}

/// Reads a line without its end; `false` at the end of the stream. Of an overlong line, only the
/// beginning is kept: what it might hold must not fill our memory.
async fn next_line(
    reader: &mut (impl AsyncBufReadExt + Unpin),
    line: &mut Vec<u8>,
) -> std::io::Result<bool> {
    line.clear();
    let mut any = false;
    loop {
        let buffer = reader.fill_buf().await?;
        if buffer.is_empty() {
            return Ok(any);
        }
        any = true;
        let end = buffer.iter().position(|b| *b == b'\n');
        let part = &buffer[..end.unwrap_or(buffer.len())];
        let room = (LINE_BYTES as usize).saturating_sub(line.len());
        line.extend_from_slice(&part[..part.len().min(room)]);
        let consumed = end.map_or(buffer.len(), |e| e + 1);
        reader.consume(consumed);
        if end.is_some() {
            if line.last() == Some(&b'\r') {
                line.pop();
            }
            return Ok(true);
        }
    }
}

/// Which of the plugin's streams a line came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The stream on which plugins log.
    Stderr,
    /// The stream that belongs to the handshake; nothing should come after it.
    Stdout,
}

/// Writes one line to our log.
pub(crate) fn log_line(plugin: &str, source: Source, line: &str) {
    if line.is_empty() || !tracing::enabled!(target: "provider", Level::ERROR) {
        return;
    }
    if source == Source::Stdout {
        // Whoever wrote this probably meant it to be seen.
        emit(plugin, Level::WARN, None, line, "");
        return;
    }
    match LogRecord::parse(line) {
        Some(record) => {
            emit(plugin, record.level, record.module.as_deref(), &record.message, &record.fields);
        }
        None => {
            let (level, message) = split_level(line);
            emit(plugin, level, None, message, "");
        }
    }
}

fn emit(plugin: &str, level: Level, module: Option<&str>, message: &str, fields: &str) {
    macro_rules! at {
        ($level:expr) => {
            tracing::event!(target: "provider", $level, plugin, module, fields, "{message}")
        };
    }
    match level {
        Level::ERROR => at!(Level::ERROR),
        Level::WARN => at!(Level::WARN),
        Level::INFO => at!(Level::INFO),
        Level::DEBUG => at!(Level::DEBUG),
        _ => at!(Level::TRACE),
    }
}

/// A line in the JSON form of hclog.
#[derive(Debug, PartialEq, Eq)]
struct LogRecord {
    level: Level,
    module: Option<String>,
    message: String,
    fields: String,
}

impl LogRecord {
    fn parse(line: &str) -> Option<LogRecord> {
        if !line.starts_with('{') {
            return None;
        }
        let mut object: Map<String, Json> = serde_json::from_str(line).ok()?;
        let Json::String(message) = object.remove("@message")? else { return None };
        let level = match object.remove("@level") {
            Some(Json::String(level)) => level_named(&level)?,
            _ => Level::DEBUG,
        };
        let module = match object.remove("@module") {
            Some(Json::String(module)) => Some(module),
            _ => None,
        };
        object.remove("@timestamp");
        let fields: Vec<String> = object
            .iter()
            .map(|(name, value)| match value {
                Json::String(s) => format!("{name}={s}"),
                other => format!("{name}={other}"),
            })
            .collect();
        Some(LogRecord { level, module, message, fields: fields.join(" ") })
    }
}

fn level_named(name: &str) -> Option<Level> {
    [
        ("trace", Level::TRACE),
        ("debug", Level::DEBUG),
        ("info", Level::INFO),
        ("warn", Level::WARN),
        ("warning", Level::WARN),
        ("error", Level::ERROR),
        ("err", Level::ERROR),
    ]
    .into_iter()
    .find_map(|(n, level)| n.eq_ignore_ascii_case(name).then_some(level))
}

/// How far into a line its level may stand, behind a timestamp.
const PREFIX_BYTES: usize = 48;

/// Takes apart a line such as `2026-01-01T00:00:00Z [DEBUG] message`.
fn split_level(line: &str) -> (Level, &str) {
    if begins_panic(line) {
        return (Level::ERROR, line);
    }
    let found = line.find('[').filter(|start| *start <= PREFIX_BYTES).and_then(|start| {
        let end = start + line[start..].find(']')?;
        let level = level_named(line[start + 1..end].trim())?;
        Some((level, line[end + 1..].trim_start()))
    });
    found.unwrap_or((Level::DEBUG, line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_lines_are_taken_apart() {
        let line = r#"{"@level":"warn","@message":"hot","@module":"aws.x","@timestamp":"t","n":1,"s":"a b"}"#;
        let expected = LogRecord {
            level: Level::WARN,
            module: Some("aws.x".into()),
            message: "hot".into(),
            fields: "n=1 s=a b".into(),
        };
        assert_eq!(LogRecord::parse(line), Some(expected));
        assert_eq!(LogRecord::parse(r#"{"message":"no log record"}"#), None);
        assert_eq!(LogRecord::parse("{broken"), None);
    }

    #[test]
    fn levels_in_prefixes() {
        let cases = [
            ("[ERROR] bad", Level::ERROR, "bad"),
            ("2026-01-01T00:00:00.000Z [INFO]  fine", Level::INFO, "fine"),
            ("2026/01/01 00:00:00 [WARN] hm", Level::WARN, "hm"),
            ("[something] else", Level::DEBUG, "[something] else"),
            ("no level", Level::DEBUG, "no level"),
            ("panic: oh [INFO] no", Level::ERROR, "panic: oh [INFO] no"),
        ];
        for (line, level, message) in cases {
            assert_eq!(split_level(line), (level, message), "{line}");
        }
    }

    #[tokio::test]
    async fn panics_are_remembered() {
        let text = "starting\npanic: runtime error: index out of range\r\n\ngoroutine 1 [running]:\nmain.main()";
        let memory = Arc::new(Memory::default());
        follow(text.as_bytes(), "p".into(), Source::Stderr, Some(memory.clone())).await;
        let expected =
            "panic: runtime error: index out of range\n\ngoroutine 1 [running]:\nmain.main()";
        assert_eq!(memory.panic().as_deref(), Some(expected));
        assert_eq!(memory.tail().len(), 5);
    }

    #[tokio::test]
    async fn memory_stays_small() {
        let mut text = "x".repeat(1 << 20);
        for i in 0..1000 {
            text.push_str(&format!("\nline {i}"));
        }
        let memory = Arc::new(Memory::default());
        follow(text.as_bytes(), "p".into(), Source::Stderr, Some(memory.clone())).await;
        assert_eq!(memory.panic(), None);
        let tail = memory.tail();
        assert_eq!(tail.len(), TAIL_LINES);
        assert_eq!(tail.last().map(String::as_str), Some("line 999"));

        let memory = Arc::new(Memory::default());
        let long = "y".repeat(1 << 20);
        follow(long.as_bytes(), "p".into(), Source::Stderr, Some(memory.clone())).await;
        assert_eq!(memory.tail()[0].len(), LINE_BYTES as usize);
    }
}
