//! An AWS emulator of our own, which ends with the tests.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use crate::engine::{Bench, ours};
use crate::{Result, passed_over};

/// A running emulator.
pub(crate) struct Emulator {
    /// Holds its standard input, whose end is the emulator's.
    _child: Child,
    address: String,
}

impl Emulator {
    /// The one of this process. Nobody stops it: it lives as long as the process does.
    pub(crate) fn shared() -> Result<Option<&'static Emulator>> {
        static SHARED: OnceLock<Result<Option<Emulator>, String>> = OnceLock::new();
        match SHARED.get_or_init(|| Emulator::start().map_err(|failure| failure.0)) {
            Ok(emulator) => Ok(emulator.as_ref()),
            Err(error) => Err(error.into()),
        }
    }

    /// One for the caller alone.
    pub(crate) fn own() -> Result<Option<Emulator>> {
        Emulator::start()
    }

    /// Where it is: `http://` and the host and port.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    fn start() -> Result<Option<Emulator>> {
        let Some(python) = python() else {
            passed_over("there is no AWS emulator; GROMA_TEST_PYTHON names a Python that has it");
            return Ok(None);
        };
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../xtask/emulator/serve.py");
        let mut command = Command::new(python);
        command.arg(script).env("PYTHONDONTWRITEBYTECODE", "1");
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

/// A Python that can run it.
fn python() -> Option<PathBuf> {
    let named = std::env::var_os("GROMA_TEST_PYTHON").map(PathBuf::from);
    named.or_else(|| {
        // The target folder is that of the profile's.
        let target = ours().parent()?.parent()?;
        Some(target.join("emulator/venv/bin/python")).filter(|python| python.is_file())
    })
}
