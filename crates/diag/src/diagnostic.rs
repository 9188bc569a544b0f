//! The diagnostic and the list of diagnostics.

use std::fmt;

use crate::SourceRange;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The operation goes on.
    Warning,
    /// The operation cannot go on, or its result is not what was asked for.
    Error,
}

/// One step of a path into a provider's object, as providers report it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttributeStep {
    /// An attribute or a nested block type.
    Attribute(String),
    /// The key of a map element.
    Key(String),
    /// The index of a list element.
    Index(i64),
}

/// A path into an object.
pub type AttributePath = Vec<AttributeStep>;

/// A value that took part in an expression that failed, as it should be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpressionValue {
    /// The reference as written, such as `var.zones[0]`.
    pub traversal: String,
    /// What is known of it, such as `is 3` or `is a list of string with 2 elements`.
    pub statement: String,
}

/// The function whose call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionCall {
    /// The function's name as called.
    pub name: String,
    /// The signature, such as `max(numbers...)`, where it is known.
    pub signature: Option<String>,
    /// The types in the signature, in JSON as state files have them; of the parameters in their
    /// order, the variadic one among them, and then of the result.
    pub types: Vec<String>,
}

/// Something to tell the user: what happened, where, why, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// A short line without names.
    pub summary: String,
    /// What, why, and what to do, in full sentences. May be empty.
    pub detail: String,
    /// The offending part of the source.
    pub subject: Option<SourceRange>,
    /// A larger range around the subject that makes it understood.
    pub context: Option<SourceRange>,
    /// The address of the object that it is about.
    pub address: Option<String>,
    /// The path within that object, as its provider gave it.
    pub attribute: Option<AttributePath>,
    /// The values of references in the failed expression.
    pub values: Vec<ExpressionValue>,
    /// The function that failed.
    pub function_call: Option<FunctionCall>,
}

impl Diagnostic {
    /// A diagnostic without a place.
    pub fn new(
        severity: Severity,
        summary: impl Into<String>,
        detail: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic {
            severity,
            summary: summary.into(),
            detail: detail.into(),
            subject: None,
            context: None,
            address: None,
            attribute: None,
            values: Vec::new(),
            function_call: None,
        }
    }

    /// An error without a place.
    pub fn error(summary: impl Into<String>, detail: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Error, summary, detail)
    }

    /// A warning without a place.
    pub fn warning(summary: impl Into<String>, detail: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Warning, summary, detail)
    }

    /// Puts the subject.
    pub fn at(mut self, subject: &SourceRange) -> Diagnostic {
        self.subject = Some(subject.clone());
        self
    }

    /// Puts the context.
    pub fn within(mut self, context: &SourceRange) -> Diagnostic {
        self.context = Some(context.clone());
        self
    }

    /// Puts the address of the object concerned.
    pub fn on(mut self, address: impl fmt::Display) -> Diagnostic {
        self.address = Some(address.to_string());
        self
    }

    /// Whether it is an error.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// A list of diagnostics in the order in which they were found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// An empty list.
    pub fn new() -> Diagnostics {
        Diagnostics::default()
    }

    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Adds an error without a place.
    pub fn error(&mut self, summary: impl Into<String>, detail: impl Into<String>) {
        self.push(Diagnostic::error(summary, detail));
    }

    /// Adds all of another list.
    pub fn extend(&mut self, other: impl IntoIterator<Item = Diagnostic>) {
        self.0.extend(other);
    }

    /// Whether any is an error.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(Diagnostic::is_error)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// All of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// All of them, changeable.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, Diagnostic> {
        self.0.iter_mut()
    }

    /// Takes the diagnostics out of a result: the value where it is there, the errors added to
    /// `self` otherwise.
    pub fn take<T>(&mut self, result: Result<T, Diagnostics>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(diagnostics) => {
                self.extend(diagnostics);
                None
            }
        }
    }

    /// `Ok(value)` with the warnings left in `self`'s hands if there are no errors, else all of it.
    pub fn into_result<T>(self, value: T) -> Result<(T, Diagnostics), Diagnostics> {
        if self.has_errors() { Err(self) } else { Ok((value, self)) }
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<T: IntoIterator<Item = Diagnostic>>(iter: T) -> Self {
        Diagnostics(iter.into_iter().collect())
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Diagnostics(vec![diagnostic])
    }
}

/// The plain text of all diagnostics, for logs and tests.
impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, d) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            let kind = if d.is_error() { "Error" } else { "Warning" };
            write!(f, "{kind}: {}", d.summary)?;
            if let Some(subject) = &d.subject {
                write!(f, " ({subject})")?;
            }
            if !d.detail.is_empty() {
                write!(f, ": {}", d.detail)?;
            }
        }
        Ok(())
    }
}
