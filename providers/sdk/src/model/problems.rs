//! What is wrong with a configuration, by attribute.

use groma_diag::{AttributeStep, Diagnostic, Diagnostics, Severity};

use super::{Blocks, Model, Typed};

/// Collects what is wrong with an object, each with the path of the attribute concerned.
///
/// Paths are written with dots: `listener.0.port`. They count from where the collector stands, which
/// moves into nested blocks as they are checked.
#[derive(Debug, Default)]
pub struct Problems {
    at: Vec<AttributeStep>,
    found: Diagnostics,
}

impl Problems {
    /// None so far.
    pub fn new() -> Problems {
        Problems::default()
    }

    /// Adds an error about an attribute.
    pub fn error(&mut self, path: &str, summary: impl Into<String>, detail: impl Into<String>) {
        self.push(Severity::Error, path, summary.into(), detail.into());
    }

    /// Adds a warning about an attribute.
    pub fn warning(&mut self, path: &str, summary: impl Into<String>, detail: impl Into<String>) {
        self.push(Severity::Warning, path, summary.into(), detail.into());
    }

    /// Adds the error of a check, if there is one.
    pub fn check(&mut self, path: &str, result: Result<(), String>) {
        if let Err(message) = result {
            let name = path.rsplit('.').find(|s| s.parse::<i64>().is_err()).unwrap_or(path);
            self.error(path, format!("Invalid value for \"{name}\""), message);
        }
    }

    /// Two attributes that must not be set together.
    pub fn conflict(&mut self, first: (&str, bool), second: (&str, bool)) {
        if first.1 && second.1 {
            let (a, b) = (first.0, second.0);
            let detail =
                format!("\"{a}\" cannot be set together with \"{b}\". Remove one of them.");
            self.error(a, "Conflicting configuration arguments", detail);
        }
    }

    /// Checks nested blocks.
    pub fn blocks<M: Model>(&mut self, name: &str, blocks: &Blocks<M>) {
        for (i, block) in blocks.iter().enumerate() {
            self.within(&format!("{name}.{i}"), |problems| block.check(problems));
        }
    }

    /// Checks the models that an attribute holds.
    pub fn attribute<T: Typed>(&mut self, name: &str, value: &T) {
        self.within(name, |problems| value.check_within(problems));
    }

    /// Tells those who set an attribute that they should not, and why.
    pub fn deprecated(&mut self, name: &str, is_set: bool, message: &str) {
        if is_set {
            self.warning(name, "Argument is deprecated", message);
        }
    }

    /// Collects below one step of a path, whatever it is called.
    pub(crate) fn at(&mut self, step: AttributeStep, check: impl FnOnce(&mut Problems)) {
        self.at.push(step);
        check(self);
        self.at.pop();
    }

    /// Collects below a path.
    pub fn within(&mut self, path: &str, check: impl FnOnce(&mut Problems)) {
        let depth = self.at.len();
        self.at.extend(steps(path));
        check(self);
        self.at.truncate(depth);
    }

    /// What was found.
    pub fn into_diagnostics(self) -> Diagnostics {
        self.found
    }

    /// An error if anything was found to be one.
    pub fn into_result(self) -> Result<(), Diagnostics> {
        match self.found.has_errors() {
            true => Err(self.found),
            false => Ok(()),
        }
    }

    fn push(&mut self, severity: Severity, path: &str, summary: String, detail: String) {
        let mut at = self.at.clone();
        at.extend(steps(path));
        let found = Diagnostic::new(severity, summary, detail);
        self.found.push(Diagnostic { attribute: (!at.is_empty()).then_some(at), ..found });
    }
}

/// The steps of a path that is written with dots.
fn steps(path: &str) -> impl Iterator<Item = AttributeStep> {
    path.split('.').filter(|step| !step.is_empty()).map(|step| match step.parse() {
        Ok(index) => AttributeStep::Index(index),
        Err(_) => AttributeStep::Attribute(step.to_owned()),
    })
}
