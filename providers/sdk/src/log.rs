//! Logs on standard error, in the JSON lines that engines take from plugins.

use std::fmt;
use std::io::Write as _;

use serde_json::{Map, Value as Json};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// Writes the events of `tracing` at and above a level.
struct HclogSubscriber {
    level: Level,
}

/// What tells of every frame and every byte at the debug level already.
const TALKATIVE: [&str; 6] = ["h2::", "hyper", "tonic::", "tower::", "rustls::", "aws_smithy"];

impl HclogSubscriber {
    /// The level for a module: who wants to debug a provider does not want to debug HTTP.
    fn level_of(&self, target: &str) -> Level {
        let is_talkative = TALKATIVE.iter().any(|module| target.starts_with(module));
        match is_talkative && self.level == Level::DEBUG {
            true => Level::INFO,
            false => self.level,
        }
    }
}

/// Sends the log of the provider of this address where the engine reads it. Does nothing if there is a
/// log already.
pub(crate) fn start(address: &str) {
    let level = level_of_environment(address, |name| std::env::var(name).ok());
    let Some(level) = level else { return };
    // Another subscriber is there only if the program wanted it so.
    let _ = tracing::subscriber::set_global_default(HclogSubscriber { level });
}

/// The level that is asked for: of this provider, of providers, or of everything.
fn level_of_environment(address: &str, get: impl Fn(&str) -> Option<String>) -> Option<Level> {
    let name = address.rsplit('/').next().unwrap_or_default().to_ascii_uppercase();
    let own = name.replace('-', "_");
    let names = [
        &format!("GROMA_LOG_PROVIDER_{own}"),
        &format!("TF_LOG_PROVIDER_{own}"),
        "GROMA_LOG_PROVIDER",
        "TF_LOG_PROVIDER",
        "GROMA_LOG",
        "TF_LOG",
    ];
    let value = names.into_iter().find_map(|name| get(name).filter(|v| !v.is_empty()));
    match value?.to_ascii_uppercase().as_str() {
        "OFF" => None,
        "ERROR" => Some(Level::ERROR),
        "WARN" => Some(Level::WARN),
        "INFO" => Some(Level::INFO),
        "DEBUG" => Some(Level::DEBUG),
        // Engines take JSON, and what they do not know, for everything.
        _ => Some(Level::TRACE),
    }
}

impl Subscriber for HclogSubscriber {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && *metadata.level() <= self.level_of(metadata.target())
    }

    fn new_span(&self, _span: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _span: &Id, _values: &Record<'_>) {}

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let line =
            line_of(event, &jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string());
        // Where the log cannot be written, there is nowhere to say so.
        let _ = std::io::stderr().lock().write_all(line.as_bytes());
    }

    fn enter(&self, _span: &Id) {}

    fn exit(&self, _span: &Id) {}
}

fn line_of(event: &Event<'_>, timestamp: &str) -> String {
    let mut fields = Fields { message: Json::from(""), others: Map::new() };
    event.record(&mut fields);
    let mut line = Map::new();
    line.insert("@level".into(), event.metadata().level().as_str().to_ascii_lowercase().into());
    line.insert("@message".into(), fields.message);
    line.insert("@module".into(), event.metadata().target().into());
    line.insert("@timestamp".into(), timestamp.into());
    line.extend(fields.others);
    format!("{}\n", Json::Object(line))
}

struct Fields {
    message: Json,
    others: Map<String, Json>,
}

impl Fields {
    fn put(&mut self, field: &Field, value: Json) {
        if field.name() == "message" {
            self.message = value;
        } else {
            self.others.insert(field.name().to_owned(), value);
        }
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<String>>>);

    impl Subscriber for Lines {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }
        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }
        fn record(&self, _: &Id, _: &Record<'_>) {}
        fn record_follows_from(&self, _: &Id, _: &Id) {}
        fn event(&self, event: &Event<'_>) {
            if let Ok(mut lines) = self.0.lock() {
                lines.push(line_of(event, "2026-01-02T03:04:05.000006Z"));
            }
        }
        fn enter(&self, _: &Id) {}
        fn exit(&self, _: &Id) {}
    }

    #[test]
    fn events_are_json_lines() {
        let lines = Lines::default();
        tracing::subscriber::with_default(lines.clone(), || {
            tracing::warn!(target: "provider", id = "i-1", tries = 3, "retrying \"it\"");
        });
        let lines = lines.0.lock().map(|l| l.clone()).unwrap_or_default();
        assert_eq!(
            lines,
            [r#"{"@level":"warn","@message":"retrying \"it\"","@module":"provider","@timestamp":"2026-01-02T03:04:05.000006Z","id":"i-1","tries":3}"#.to_owned() + "\n"]
        );
    }

    #[test]
    fn what_is_below_is_for_those_who_trace() {
        let of = |level: Level, target| HclogSubscriber { level }.level_of(target);
        assert_eq!(of(Level::DEBUG, "h2::codec::framed_write"), Level::INFO);
        assert_eq!(of(Level::DEBUG, "my_provider"), Level::DEBUG);
        assert_eq!(of(Level::TRACE, "h2::codec::framed_write"), Level::TRACE);
        assert_eq!(of(Level::ERROR, "hyper::client"), Level::ERROR);
    }

    #[test]
    fn the_more_particular_variable_wins() {
        let level = |pairs: &[(&str, &str)]| {
            level_of_environment("example.com/a/my-cloud", |n| {
                pairs.iter().find(|(k, _)| *k == n).map(|(_, v)| (*v).to_owned())
            })
        };
        assert_eq!(level(&[]), None);
        assert_eq!(level(&[("TF_LOG", "debug")]), Some(Level::DEBUG));
        assert_eq!(level(&[("TF_LOG", "debug"), ("TF_LOG_PROVIDER", "error")]), Some(Level::ERROR));
        assert_eq!(level(&[("TF_LOG", "JSON")]), Some(Level::TRACE));
        assert_eq!(level(&[("TF_LOG", "debug"), ("GROMA_LOG_PROVIDER", "off")]), None);
        let own = ("TF_LOG_PROVIDER_MY_CLOUD", "info");
        assert_eq!(level(&[("TF_LOG_PROVIDER", "error"), own]), Some(Level::INFO));
    }
}
