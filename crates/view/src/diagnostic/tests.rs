//! Diagnostics as they are shown.

use groma_diag::{
    Diagnostic, Diagnostics, ExpressionValue, FunctionCall, Pos, SourceMap, SourceRange,
};

use super::*;

const SOURCE: &str =
    "locals {\n  a = 1\n}\n\nresource \"x\" \"y\" {\n  input = max(\n    var.x)\n}\n";

fn sources() -> SourceMap {
    let mut sources = SourceMap::default();
    sources.insert("main.tf", SOURCE);
    sources
}

fn range(start: usize, end: usize) -> SourceRange {
    let pos = |byte: usize| Pos {
        line: SOURCE[..byte].matches('\n').count() as u32 + 1,
        column: (byte - SOURCE[..byte].rfind('\n').map_or(0, |i| i + 1)) as u32 + 1,
        byte: byte as u32,
    };
    SourceRange::new("main.tf".into(), pos(start), pos(end))
}

fn error() -> Diagnostic {
    let at = SOURCE.find("var.x").unwrap();
    let call = SOURCE.find("max").unwrap();
    let mut error = Diagnostic::error("Bad thing", "It went wrong.")
        .at(&range(at, at + 5))
        .within(&range(call, at + 6))
        .on("x.y");
    error.values =
        vec![ExpressionValue { traversal: "var.x".into(), statement: "is \"foo\"".into() }];
    error.function_call =
        Some(FunctionCall {
            name: "max".into(),
            signature: Some("max(numbers...)".into()),
            types: vec!["\"number\"".into(), "\"number\"".into()],
        });
    error
}

const PLAIN: DiagnosticOptions = DiagnosticOptions { style: Style::PLAIN, width: 78 };

#[test]
fn an_error_with_everything() {
    insta::assert_snapshot!(render_diagnostic(&error(), &sources(), PLAIN), @r#"

    Error: Bad thing

      with x.y,
      on main.tf line 7, in resource "x" "y":
       6:   input = max(
       7:     var.x)
        ├────────────────
        │ while calling max(numbers...)
        │ var.x is "foo"

    It went wrong.
    "#);
}

#[test]
fn with_colours_there_is_a_frame() {
    let options = DiagnosticOptions { style: Style::COLOURED, width: 78 };
    let plain = Diagnostic::warning("Mind this", "");
    let text = render_diagnostic(&plain, &sources(), options);
    assert!(
        text.starts_with("\u{1b}[33m╷\u{1b}[0m\n") && text.ends_with("╵\u{1b}[0m\n"),
        "{text:?}"
    );
}

#[test]
fn similar_warnings_are_counted() {
    let warning = Diagnostic::warning("Old", "Do not.").at(&range(0, 6));
    let all: Diagnostics = vec![warning.clone(), warning.clone(), warning].into_iter().collect();
    let text = render_diagnostics(&all, &sources(), PLAIN, false);
    assert_eq!(text.matches("Warning: Old").count(), 1);
    assert!(text.contains("(and 2 more similar warnings elsewhere)"));
    let compact = render_diagnostics(&all, &sources(), PLAIN, true);
    assert!(compact.starts_with("Warnings:\n\n- Old\n  on main.tf line 1"), "{compact}");
}

#[test]
fn the_json_form() {
    let json = serde_json::to_value(DiagnosticJson::new(&error(), &sources())).unwrap();
    assert_eq!(json["snippet"]["context"], "resource \"x\" \"y\"");
    assert_eq!(json["snippet"]["code"], "  input = max(\n    var.x)");
    assert_eq!(json["snippet"]["start_line"], 6);
    assert_eq!(json["snippet"]["highlight_start_offset"], 19);
    assert_eq!(json["snippet"]["highlight_end_offset"], 24);
    assert_eq!(json["range"]["start"]["line"], 7);
}

#[test]
fn places_outside_of_the_source_do_no_harm() {
    let odd = SourceRange::new(
        "main.tf".into(),
        Pos { line: 99, column: 1, byte: 9_999 },
        Pos { line: 99, column: 1, byte: 10_000 },
    );
    let text = render_diagnostic(&Diagnostic::error("Odd", "").at(&odd), &sources(), PLAIN);
    assert!(text.contains("Error: Odd"));
}
