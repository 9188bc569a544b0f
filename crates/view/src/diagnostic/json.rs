//! Diagnostics as programs read them.

use std::io;

use groma_diag::{Diagnostic, Diagnostics, ExpressionValue, Pos, Severity, SourceRange};
use serde::Serialize;

use super::DiagnosticView;
use super::human::sorted;
use super::snippet::{Snippet, highlight};
use crate::RenderError;

/// A diagnostic in the documented form.
#[derive(Clone, Debug, Serialize)]
pub struct DiagnosticJson {
    severity: &'static str,
    summary: String,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<RangeJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    snippet: Option<SnippetJson>,
}

#[derive(Clone, Debug, Serialize)]
struct RangeJson {
    filename: String,
    start: PosJson,
    end: PosJson,
}

#[derive(Clone, Debug, Serialize)]
struct PosJson {
    line: u32,
    column: u32,
    byte: u32,
}

#[derive(Clone, Debug, Serialize)]
struct SnippetJson {
    context: Option<String>,
    code: String,
    start_line: u32,
    highlight_start_offset: usize,
    highlight_end_offset: usize,
    values: Vec<ValueJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    function_call: Option<CallJson>,
}

#[derive(Clone, Debug, Serialize)]
struct ValueJson {
    traversal: String,
    statement: String,
}

#[derive(Clone, Debug, Serialize)]
struct CallJson {
    called_as: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<SignatureJson>,
}

#[derive(Clone, Debug, Serialize)]
struct SignatureJson {
    name: String,
    params: Vec<ParamJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    variadic_param: Option<ParamJson>,
    return_type: serde_json::Value,
}

#[derive(Clone, Debug, Serialize)]
struct ParamJson {
    name: String,
    #[serde(rename = "type")]
    ty: serde_json::Value,
}

/// Stands for types that are not told.
const ANY_TYPE: &str = "dynamic";

impl DiagnosticJson {
    pub(super) fn new(diagnostic: &Diagnostic, snippet: Option<Snippet>) -> DiagnosticJson {
        DiagnosticJson {
            severity: match diagnostic.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            summary: diagnostic.summary.clone(),
            detail: diagnostic.detail.clone(),
            address: diagnostic.address.clone(),
            range: diagnostic.subject.as_ref().map(|r| RangeJson::new(&highlight(r))),
            snippet: snippet.map(|s| SnippetJson::new(diagnostic, s)),
        }
    }

    /// `error` or `warning`.
    pub fn severity(&self) -> &'static str {
        self.severity
    }

    /// The summary.
    pub fn summary(&self) -> &str {
        &self.summary
    }
}

impl RangeJson {
    fn new(range: &SourceRange) -> RangeJson {
        let pos = |pos: Pos| PosJson { line: pos.line, column: pos.column, byte: pos.byte };
        RangeJson {
            filename: range.filename.to_string(),
            start: pos(range.start),
            end: pos(range.end),
        }
    }
}

impl SnippetJson {
    fn new(diagnostic: &Diagnostic, snippet: Snippet) -> SnippetJson {
        let value = |v: &ExpressionValue| ValueJson {
            traversal: v.traversal.clone(),
            statement: v.statement.clone(),
        };
        let call = diagnostic.function_call.as_ref().map(|call| CallJson {
            called_as: call.name.clone(),
            signature: call.signature.as_deref().and_then(|s| SignatureJson::parse(s, &call.types)),
        });
        SnippetJson {
            context: snippet.context,
            code: snippet.code,
            start_line: snippet.start_line,
            highlight_start_offset: snippet.highlight_start,
            highlight_end_offset: snippet.highlight_end,
            values: sorted(&diagnostic.values).into_iter().map(value).collect(),
            function_call: call,
        }
    }
}

impl SignatureJson {
    /// From `name(a, b, more...)` and the types of these and of the result.
    fn parse(text: &str, types: &[String]) -> Option<SignatureJson> {
        let (name, rest) = text.split_once('(')?;
        let inner = rest.strip_suffix(')')?;
        let mut types = types.iter();
        let mut next = || {
            let ty = types.next().and_then(|ty| serde_json::from_str(ty).ok());
            ty.unwrap_or_else(|| ANY_TYPE.into())
        };
        let mut params = Vec::new();
        let mut variadic_param = None;
        for part in inner.split(',').map(str::trim).filter(|p| !p.is_empty()) {
            let ty = next();
            match part.strip_suffix("...") {
                Some(name) => variadic_param = Some(ParamJson { name: name.to_owned(), ty }),
                None => params.push(ParamJson { name: part.to_owned(), ty }),
            }
        }
        let return_type = next();
        Some(SignatureJson { name: name.to_owned(), params, variadic_param, return_type })
    }
}

#[derive(Serialize)]
struct Validation {
    format_version: &'static str,
    valid: bool,
    error_count: usize,
    warning_count: usize,
    diagnostics: Vec<DiagnosticJson>,
}

/// Writes the result of a validation, on many lines.
pub fn write_validation(
    mut out: impl io::Write,
    diagnostics: &Diagnostics,
    view: &DiagnosticView<'_>,
) -> Result<(), RenderError> {
    let error_count = diagnostics.iter().filter(|d| d.is_error()).count();
    let validation = Validation {
        format_version: "1.0",
        valid: error_count == 0,
        error_count,
        warning_count: diagnostics.len() - error_count,
        diagnostics: diagnostics.iter().map(|d| view.json(d)).collect(),
    };
    crate::json::write_pretty(&mut out, &validation)?;
    out.write_all(b"\n")?;
    Ok(())
}
