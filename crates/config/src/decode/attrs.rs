//! Reading single arguments whose values are fixed when the configuration is loaded.

use groma_diag::{Diagnostic, Diagnostics, SourceRange};
use groma_hcl::evaluate_constant;
use groma_hcl::{Attribute, ExprKind, Expression, Traversal};
use groma_value::{ConvertError, Str, Type, Value, convert};

/// What names may look like, for messages.
pub(crate) const NAME_RULE: &str = "A name must start with a letter or underscore and may contain \
                                    only letters, digits, underscores, and dashes.";

/// Whether a name is one; if not, that is reported.
pub(super) fn check_name(
    name: &str,
    summary: &str,
    range: &SourceRange,
    diagnostics: &mut Diagnostics,
) -> bool {
    let valid = groma_addrs::parse::is_identifier(name);
    if !valid {
        diagnostics.push(Diagnostic::error(summary, NAME_RULE).at(range));
    }
    valid
}

/// A constant of a type; `None` where it is wrong, which is reported.
fn constant(expr: &Expression, ty: &Type, diagnostics: &mut Diagnostics) -> Option<Value> {
    let (value, found) = evaluate_constant(expr);
    let failed = found.has_errors();
    diagnostics.extend(found);
    if failed {
        return None;
    }
    let why = match convert(&value, ty) {
        Ok(value) if value.is_null() => "null value is not allowed".into(),
        Ok(value) if value.is_known() => return Some(value),
        Ok(_) => "value must be known".into(),
        Err(error) => explain(&error),
    };
    diagnostics.push(
        Diagnostic::error("Unsuitable value type", format!("Unsuitable value: {why}"))
            .at(&expr.start_range()),
    );
    None
}

/// What is wrong with a value, and where in it.
pub(crate) fn explain(error: &ConvertError) -> String {
    match error.path.0.is_empty() {
        true => error.to_string(),
        false => format!("{}: {error}", error.path),
    }
}

/// A constant string.
pub(super) fn constant_string(attribute: &Attribute, diagnostics: &mut Diagnostics) -> Option<Str> {
    constant(&attribute.expr, &Type::String, diagnostics)?.as_str().cloned()
}

/// A constant truth value.
pub(super) fn constant_bool(attribute: &Attribute, diagnostics: &mut Diagnostics) -> Option<bool> {
    let value = constant(&attribute.expr, &Type::Bool, diagnostics)?;
    value.as_bool()
}

/// An expression of JSON syntax as the native expression that it spells.
pub(super) fn native(expr: &Expression) -> Expression {
    expr.json_as_native().unwrap_or_else(|| expr.clone())
}

/// A reference, which for old times' sake may be in quotes.
pub(super) fn traversal(expr: &Expression) -> Result<Traversal, Diagnostics> {
    if let Some(traversal) = expr.as_traversal() {
        return Ok(traversal);
    }
    if let ExprKind::Literal(value) = expr.kind()
        && let Some(text) = value.as_str()
    {
        let mut start = expr.range().start;
        start.column += 1;
        start.byte += 1;
        let (found, wrong) =
            groma_hcl::parse_traversal(text.as_bytes(), &expr.range().filename, start);
        return match found {
            Some(traversal) if !wrong.has_errors() => Ok(traversal),
            _ => Err(wrong),
        };
    }
    expr.require_traversal()
}

/// The warning for a reference in quotes.
pub(super) fn quoted(expr: &Expression) -> Option<Diagnostic> {
    let quoted = matches!(expr.kind(), ExprKind::Literal(value) if value.as_str().is_some());
    quoted.then(|| {
        let detail = "A reference needs no quotes here. They are accepted for the sake of old \
                      configurations; leave them out.";
        Diagnostic::warning("Quoted references are deprecated", detail).at(expr.range())
    })
}

/// Reads a reference of a list, and warns of quotes.
pub(super) fn listed(expr: &Expression, diagnostics: &mut Diagnostics) -> Option<Traversal> {
    diagnostics.extend(quoted(expr));
    diagnostics.take(traversal(expr))
}

/// The references of a list.
pub(super) fn traversals(expr: &Expression, diagnostics: &mut Diagnostics) -> Vec<Traversal> {
    let Some(items) = diagnostics.take(expr.require_list()) else { return Vec::new() };
    items.iter().filter_map(|item| listed(item, diagnostics)).collect()
}

/// `depends_on`: references to objects as a whole.
pub(super) fn depends_on(attribute: &Attribute, diagnostics: &mut Diagnostics) -> Vec<Traversal> {
    traversals(&attribute.expr, diagnostics)
}

/// Reports that `what` stands twice in one block.
pub(super) fn duplicate_block(
    what: &str,
    owner: &str,
    first: &SourceRange,
    second: &SourceRange,
) -> Diagnostic {
    let summary = match what {
        "_" => "Duplicate escaping block".to_owned(),
        _ => format!("Duplicate {what} block"),
    };
    let detail = match what {
        "_" => format!(
            "Within one {owner} only one block of the special type \"_\", which marks arguments \
             as not being meta-arguments, is allowed. The first is at {first}."
        ),
        _ => format!("This {owner} already has a {what} block at {first}."),
    };
    Diagnostic::error(summary, detail).at(second)
}

/// Reports a block type that has no meaning yet.
pub(super) fn reserved_block(kind: &str, owner: &str, range: &SourceRange) -> Diagnostic {
    let detail = format!("The block type name {kind:?} is reserved for use in a future version.");
    Diagnostic::error(format!("Reserved block type name in {owner} block"), detail).at(range)
}

/// Reports meta-arguments that exclude each other, if there are several.
pub(super) fn exclusive(
    present: &[(&str, Option<&SourceRange>)],
    number_of: &str,
    diagnostics: &mut Diagnostics,
) {
    let mut given: Vec<(&str, &SourceRange)> =
        present.iter().filter_map(|(name, range)| range.map(|r| (*name, r))).collect();
    let Some((_, range)) = given.last().copied() else { return };
    // What an override file adds does not exclude what is overridden.
    given.retain(|(_, other)| other.filename == range.filename);
    if given.len() < 2 {
        return;
    }
    let names: Vec<String> = given.iter().map(|(name, _)| format!("{name:?}")).collect();
    let list = match names.as_slice() {
        [a, b] => format!("{a} and {b}"),
        [rest @ .., last] => format!("{}, and {last}", rest.join(", ")),
        [] => String::new(),
    };
    diagnostics.push(
        Diagnostic::error(
            format!("Invalid combination of {list}"),
            format!(
                "The {list} meta-arguments are mutually-exclusive, only one should be used to be \
                 explicit about the number of {number_of} to be created."
            ),
        )
        .at(range),
    );
}
