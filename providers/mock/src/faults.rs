//! Misbehaviour on request, for tests of engines against bad plugins.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;
use std::time::Duration;

use groma_sdk::value::{Kind, Number, Value};
use groma_sdk::{Context, Diagnostic, Diagnostics};

use crate::store::Client;

/// What the engine asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Schema,
    Configure,
    Validate,
    Plan,
    Read,
    Create,
    Update,
    Delete,
    Data,
    Open,
    Renew,
    Close,
}

const OPERATIONS: [(&str, Operation); 12] = [
    ("schema", Operation::Schema),
    ("configure", Operation::Configure),
    ("validate", Operation::Validate),
    ("plan", Operation::Plan),
    ("read", Operation::Read),
    ("create", Operation::Create),
    ("update", Operation::Update),
    ("delete", Operation::Delete),
    ("data", Operation::Data),
    ("open", Operation::Open),
    ("renew", Operation::Renew),
    ("close", Operation::Close),
];

impl Operation {
    fn name(self) -> &'static str {
        OPERATIONS.iter().find(|(_, o)| *o == self).map_or("", |(name, _)| name)
    }
}

/// What goes wrong in an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    /// The process dies before anything is done.
    Die,
    /// The process dies when everything is done, before it is answered.
    DieAfter,
    /// The operation never ends.
    Hang,
    /// The operation panics.
    Panic,
    /// The operation fails before anything is done.
    Fail,
    /// The operation fails when everything is done, and says what there is.
    FailAfter,
    /// The operation succeeds with a warning.
    Warn,
    /// The answer contradicts the configuration or the plan.
    Incoherent,
}

/// What goes wrong before there is anything to ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WrongStart {
    /// The process dies.
    Die,
    /// The process says nothing.
    Hang,
    /// The process says something that is no handshake.
    Garbage,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Fault {
    wrong: Wrong,
    operation: Operation,
    /// Only with this id.
    id: Option<String>,
}

/// All that is to go wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Faults {
    start: Option<WrongStart>,
    faults: Vec<Fault>,
    delay: Duration,
    ignores_stop: bool,
    /// Where a line goes for everything that is asked.
    trace: Option<PathBuf>,
    /// What could not be understood.
    mistake: Option<String>,
}

impl Faults {
    pub(crate) fn of_environment() -> Faults {
        Faults::read(|name| std::env::var(name).ok())
    }

    fn read(get: impl Fn(&str) -> Option<String>) -> Faults {
        let get = |name: &str| get(name).filter(|v| !v.is_empty());
        let mut all = Faults {
            ignores_stop: get("GROMA_MOCK_IGNORE_STOP").is_some(),
            trace: get("GROMA_MOCK_TRACE").map(PathBuf::from),
            ..Faults::default()
        };
        if let Some(text) = get("GROMA_MOCK_DELAY_MS") {
            match text.parse() {
                Ok(millis) => all.delay = Duration::from_millis(millis),
                Err(_) => {
                    all.mistake = Some(format!(
                        "GROMA_MOCK_DELAY_MS is {text:?}, which is no number of milliseconds."
                    ));
                }
            }
        }
        for text in get("GROMA_MOCK_FAULTS").unwrap_or_default().split(',').map(str::trim) {
            match (text, text.parse()) {
                ("", _) => {}
                ("die-at-start", _) => all.start = Some(WrongStart::Die),
                ("hang-at-start", _) => all.start = Some(WrongStart::Hang),
                ("garbage-at-start", _) => all.start = Some(WrongStart::Garbage),
                (_, Ok(fault)) => all.faults.push(fault),
                (_, Err(())) => {
                    all.mistake = Some(format!(
                        "GROMA_MOCK_FAULTS has {text:?}, which is no fault that the mock provider \
                         knows. Its README lists them."
                    ));
                }
            }
        }
        all
    }

    /// Whether everything that is to go wrong was understood.
    pub(crate) fn check(&self) -> Result<(), Diagnostics> {
        match &self.mistake {
            Some(mistake) => Err(Diagnostic::error("Invalid mock settings", mistake).into()),
            None => Ok(()),
        }
    }

    /// What goes wrong before serving: then the program ends with this code.
    pub(crate) fn at_start(&self) -> Option<ExitCode> {
        self.note("start", "", "");
        match self.start? {
            WrongStart::Die => {
                // Where that cannot be written, there is nowhere to say so.
                let _ = std::io::stderr().write_all(b"The mock provider dies, as asked.\n");
                return Some(ExitCode::FAILURE);
            }
            WrongStart::Garbage => {
                let mut stdout = std::io::stdout();
                // An engine that has hung up already is as good as one that reads it.
                let _ = stdout.write_all(b"Hello! This is no handshake.\n");
                let _ = stdout.flush();
            }
            WrongStart::Hang => {}
        }
        wait_for_orphanhood();
        Some(ExitCode::SUCCESS)
    }

    fn note(&self, operation: &str, id: &str, what: &str) {
        let Some(path) = &self.trace else { return };
        let line = format!("{} {operation} {id} {what}", std::process::id());
        let line = format!("{}\n", line.trim_end());
        let file = std::fs::OpenOptions::new().append(true).create(true).open(path);
        // A trace that cannot be written is missed by the test that wants it.
        let _ = file.and_then(|mut file| file.write_all(line.as_bytes()));
    }

    fn has(&self, wrong: Wrong, operation: Operation, id: &str) -> bool {
        self.faults.iter().any(|f| {
            f.wrong == wrong
                && f.operation == operation
                && f.id.as_deref().is_none_or(|only| only == id)
        })
    }

    /// What goes wrong in an operation that is no one resource's.
    pub(crate) fn at_once(&self, operation: Operation) {
        self.note(operation.name(), "", "");
        self.end_here(operation, "");
    }

    fn end_here(&self, operation: Operation, id: &str) {
        if self.has(Wrong::Die, operation, id) {
            std::process::abort();
        }
        if self.has(Wrong::Panic, operation, id) {
            panic!("the mock provider panics, as asked");
        }
    }

    /// What goes wrong before an operation, and how long it takes.
    pub(crate) async fn before(
        &self,
        cx: &Context<Client>,
        operation: Operation,
        id: &str,
    ) -> Result<(), Diagnostics> {
        self.note(operation.name(), id, "begins");
        self.end_here(operation, id);
        if !self.delay.is_zero() && operation != Operation::Plan {
            if self.ignores_stop {
                tokio::time::sleep(self.delay).await;
            } else {
                cx.wait(self.delay, "the time that it was told to take").await?;
            }
        }
        if self.has(Wrong::Hang, operation, id) {
            std::future::pending::<()>().await;
        }
        if self.has(Wrong::Fail, operation, id) {
            return Err(as_asked(operation));
        }
        if self.has(Wrong::Warn, operation, id) {
            cx.report(Diagnostic::warning(
                "Warning as asked",
                format!("The mock provider was told to warn of operation {}.", operation.name()),
            ));
        }
        Ok(())
    }

    /// What goes wrong after an operation, before it is answered.
    pub(crate) fn after(&self, operation: Operation, id: &str) -> Result<(), Diagnostics> {
        self.note(operation.name(), id, "ends");
        if self.has(Wrong::DieAfter, operation, id) {
            std::process::abort();
        }
        if self.has(Wrong::FailAfter, operation, id) {
            return Err(as_asked(operation));
        }
        Ok(())
    }

    /// Whether the answer is to contradict what it is an answer to.
    pub(crate) fn is_incoherent(&self, operation: Operation, id: &str) -> bool {
        self.has(Wrong::Incoherent, operation, id)
    }

    /// The answer to a change.
    pub(crate) fn answer(
        &self,
        operation: Operation,
        id: &str,
        object: &Value,
        planned: &Value,
    ) -> Value {
        if self.is_incoherent(operation, id) { altered(object, planned) } else { object.clone() }
    }
}

fn as_asked(operation: Operation) -> Diagnostics {
    let detail = format!("The mock provider was told to fail in operation {}.", operation.name());
    Diagnostic::error("Failure as asked", detail).into()
}

/// The object with another value in place of the first, other than the id, that is settled.
pub(crate) fn altered(object: &Value, settled: &Value) -> Value {
    let mut members = object.as_entries().cloned().unwrap_or_default();
    let names: Vec<_> = members.keys().cloned().collect();
    for name in names {
        let is_settled =
            |v: &Value| v.as_bool().is_some() || v.as_number().is_some() || v.as_str().is_some();
        let Some(value) = settled.get(&name).filter(|v| &*name != "id" && is_settled(v)) else {
            continue;
        };
        let other = match value.kind() {
            Kind::Bool(b) => Value::bool(!b),
            Kind::Number(n) => {
                Value::number(n.checked_add(&Number::Int(1)).unwrap_or(Number::Int(0)))
            }
            _ => Value::string(format!("not {}", value.as_str().map_or("", |s| s))),
        };
        members.insert(name, other);
        break;
    }
    Value::object(members)
}

#[cfg(unix)]
fn wait_for_orphanhood() {
    let parent = std::os::unix::process::parent_id();
    while std::os::unix::process::parent_id() == parent {
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[cfg(not(unix))]
fn wait_for_orphanhood() {
    std::thread::sleep(Duration::from_secs(3600));
}

impl FromStr for Fault {
    type Err = ();

    /// `wrong:operation` or `wrong:operation:id`
    fn from_str(text: &str) -> Result<Fault, ()> {
        let mut parts = text.splitn(3, ':');
        let wrong = match parts.next() {
            Some("die") => Wrong::Die,
            Some("die-after") => Wrong::DieAfter,
            Some("hang") => Wrong::Hang,
            Some("panic") => Wrong::Panic,
            Some("fail") => Wrong::Fail,
            Some("fail-after") => Wrong::FailAfter,
            Some("warn") => Wrong::Warn,
            Some("incoherent") => Wrong::Incoherent,
            _ => return Err(()),
        };
        let name = parts.next().ok_or(())?;
        let operation = OPERATIONS.iter().find(|(n, _)| *n == name).ok_or(())?.1;
        Ok(Fault { wrong, operation, id: parts.next().map(str::to_owned) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Faults {
        Faults::read(|n| pairs.iter().find(|(k, _)| *k == n).map(|(_, v)| (*v).to_owned()))
    }

    #[test]
    fn nothing_goes_wrong_unasked() {
        assert_eq!(read(&[]), Faults::default());
        assert!(!Faults::default().has(Wrong::Die, Operation::Create, "a"));
        assert_eq!(Faults::default().at_start(), None);
    }

    #[test]
    fn faults_are_read() {
        let faults = read(&[
            ("GROMA_MOCK_FAULTS", "die:create:a:b, warn:read"),
            ("GROMA_MOCK_DELAY_MS", "5"),
        ]);
        assert!(faults.check().is_ok());
        assert!(faults.has(Wrong::Die, Operation::Create, "a:b"));
        assert!(!faults.has(Wrong::Die, Operation::Create, "a"));
        assert!(faults.has(Wrong::Warn, Operation::Read, "anything"));
        assert_eq!(faults.delay, Duration::from_millis(5));
    }

    #[test]
    fn unknown_faults_are_refused() {
        for text in ["explode:create", "die:lunch", "die"] {
            let refused = read(&[("GROMA_MOCK_FAULTS", text)]).check();
            assert!(refused.is_err_and(|e| e.to_string().contains(text)));
        }
        assert!(read(&[("GROMA_MOCK_DELAY_MS", "soon")]).check().is_err());
    }

    #[test]
    fn altered_objects_contradict() {
        let config = Value::object_of([("id", Value::from("i")), ("n", Value::from(1))]);
        let expected = Value::object_of([("id", Value::from("i")), ("n", Value::from(2))]);
        assert_eq!(altered(&config, &config), expected);
    }
}
