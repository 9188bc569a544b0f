//! AWS emulators of our own, which end with the tests.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use crate::engine::{Bench, ours};
use crate::{Result, passed_over};

/// Which emulator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Kind {
    /// moto, with our corrections.
    #[default]
    Moto,
    /// ministack, for what moto does not serve.
    Ministack,
}

/// A running emulator.
pub(crate) struct Emulator {
    /// Holds its standard input, whose end is the emulator's.
    _child: Child,
    address: String,
}

impl Emulator {
    /// The one of this process. Nobody stops it: it lives as long as the process does.
    pub(crate) fn shared(kind: Kind) -> Result<Option<&'static Emulator>> {
        static MOTO: OnceLock<Result<Option<Emulator>, String>> = OnceLock::new();
        static MINISTACK: OnceLock<Result<Option<Emulator>, String>> = OnceLock::new();
        let shared = match kind {
            Kind::Moto => &MOTO,
            Kind::Ministack => &MINISTACK,
        };
        match shared.get_or_init(|| Emulator::start(kind).map_err(|failure| failure.0)) {
            Ok(emulator) => Ok(emulator.as_ref()),
            Err(error) => Err(error.into()),
        }
    }

    /// One for the caller alone.
    pub(crate) fn own() -> Result<Option<Emulator>> {
        Emulator::start(Kind::Moto)
    }

    /// Where it is: `http://` and the host and port.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// What was made on it and not destroyed, by service, region and kind, but for what is to outlive
    /// its destruction. Only moto tells.
    pub(crate) fn left(&self, outlives: &[String]) -> Result<Vec<String>> {
        let mut connection = TcpStream::connect(self.address.trim_start_matches("http://"))?;
        connection.write_all(b"GET /inventory HTTP/1.0\r\n\r\n")?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer)?;
        let (_, body) = answer.split_once("\r\n\r\n").ok_or("there is no inventory")?;
        let mut there: BTreeMap<String, Vec<String>> = serde_json::from_str(body)?;
        for names in there.values_mut() {
            names.retain(|name| !outlives.iter().any(|one| name.starts_with(one)));
        }
        there.retain(|_, names| !names.is_empty());
        Ok(there.iter().map(|(kind, names)| format!("{kind}: {}", names.join(", "))).collect())
    }

    fn start(kind: Kind) -> Result<Option<Emulator>> {
        let Some(python) = python() else {
            passed_over("there is no AWS emulator; GROMA_TEST_PYTHON names a Python that has it");
            return Ok(None);
        };
        let script = match kind {
            Kind::Moto => "serve.py",
            Kind::Ministack if !has(&python, "ministack")? => {
                passed_over("the Python of the emulator has no ministack; cargo xtask installs it");
                return Ok(None);
            }
            Kind::Ministack => "second.py",
        };
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../xtask/emulator");
        let mut command = Command::new(python);
        command.arg(scripts.join(script)).env("PYTHONDONTWRITEBYTECODE", "1");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn()?;
        let output = child.stdout.take().ok_or("the emulator has no output")?;
        let mut address = String::new();
        BufReader::new(output).read_line(&mut address)?;
        let address = address.trim().to_owned();
        if address.is_empty() {
            child.kill()?;
            child.wait()?;
            return Err("the emulator did not start".into());
        }
        Ok(Some(Emulator { _child: child, address }))
    }

    /// Sends an engine's providers here, and nowhere else.
    pub(crate) fn serve(&self, bench: &mut Bench, region: &str) {
        for (name, value) in [
            ("AWS_ENDPOINT_URL", &*self.address),
            ("AWS_REGION", region),
            ("AWS_ACCESS_KEY_ID", "emulator"),
            ("AWS_SECRET_ACCESS_KEY", "emulator"),
        ] {
            bench.set(name, value);
        }
    }
}

/// Whether a Python has a package.
fn has(python: &Path, package: &str) -> Result<bool> {
    let mut command = Command::new(python);
    command.args(["-c", &format!("import {package}")]).stderr(Stdio::null());
    Ok(command.status()?.success())
}

/// A Python that can run it.
fn python() -> Option<PathBuf> {
    let named = std::env::var_os("GROMA_TEST_PYTHON").map(PathBuf::from);
    named.or_else(|| {
        // The target folder is that of the profile's.
        let target = ours().parent()?.parent()?;
        Some(target.join("emulator/venv/bin/python")).filter(|python| python.is_file())
    })
}
