//! The log: off unless `TF_LOG` switches it on; to standard error, or appended to `TF_LOG_PATH`.

use std::fs::OpenOptions;
use std::sync::Mutex;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::settings::Settings;

/// Switches the log on, if it is wanted. Gives a complaint where that is not possible.
pub(crate) fn start(settings: &Settings) -> Option<String> {
    let level = level(settings.log.as_deref()?)?;
    let mut complaint = None;
    let file = settings.log_path.as_ref().and_then(|path| {
        let file = OpenOptions::new().create(true).append(true).open(path);
        file.map_err(|error| {
            complaint = Some(format!("The log cannot be written to {}: {error}.", path.display()));
        })
        .ok()
    });
    let writer = match file {
        Some(file) => BoxMakeWriter::new(Mutex::new(file)),
        None => BoxMakeWriter::new(std::io::stderr),
    };
    // What other libraries log in detail are the messages that they send, secrets included.
    let ours =
        Targets::new().with_target("groma", level).with_default(level.min(LevelFilter::WARN));
    let layer = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(writer);
    let subscriber = tracing_subscriber::registry().with(layer.with_filter(ours));
    // Nobody has set another one before.
    let _ = tracing::subscriber::set_global_default(subscriber);
    complaint
}

/// What `TF_LOG` means; anything unknown means everything.
fn level(text: &str) -> Option<LevelFilter> {
    Some(match text.to_uppercase().as_str() {
        "OFF" => return None,
        "ERROR" => LevelFilter::ERROR,
        "WARN" => LevelFilter::WARN,
        "INFO" => LevelFilter::INFO,
        "DEBUG" => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    })
}
