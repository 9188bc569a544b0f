//! Values for variables that come as text: files of variable definitions, the command line, the
//! environment.

use std::collections::BTreeMap;

use groma_diag::{Diagnostic, Diagnostics, Pos, SourceRange};
use groma_hcl::evaluate_constant;
use groma_hcl::{BodySchema, parse_expression, parse_json, parse_native};
use groma_value::{Str, Type, Value};

use crate::model::{ParsingMode, Variable};

/// A value that a file gives to a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariableDefinition {
    /// The value, not yet converted to the variable's type.
    pub value: Value,
    /// Where the name stands.
    pub name_range: SourceRange,
    /// The whole definition.
    pub range: SourceRange,
}

/// Reads a file of variable definitions. Its name decides about the syntax: `.json` at its end
/// means JSON.
pub fn parse_variable_file(
    filename: &str,
    text: &[u8],
) -> (BTreeMap<Str, VariableDefinition>, Diagnostics) {
    let (file, mut diagnostics) = if filename.ends_with(".json") {
        parse_json(filename, text)
    } else {
        parse_native(filename, text)
    };
    let mut body = file.body;
    if !body.is_json() {
        // Who writes a block here has mistaken this kind of file for the other one.
        let schema = BodySchema::new().block("variable", &["name"]);
        let (content, rest, _) = body.partial_content(&schema);
        for block in &content.blocks {
            let name = block.labels.first().map_or("", |l| &**l);
            let detail = format!(
                "A .tfvars file is used to assign values to variables that have already been \
                 declared in .tf files, not to declare new variables. To declare variable \
                 {name:?}, place this block in one of your .tf files, such as variables.tf.\n\nTo \
                 set a value for this variable in {filename}, use the definition syntax instead:\n    \
                 {name} = <value>"
            );
            diagnostics.push(
                Diagnostic::error("Variable declaration in .tfvars file", detail)
                    .at(&block.type_range),
            );
        }
        body = rest;
    }
    let (attributes, found) = body.just_attributes();
    diagnostics.extend(found);
    let mut definitions = BTreeMap::new();
    for (name, attribute) in attributes {
        let (value, found) = evaluate_constant(&attribute.expr);
        diagnostics.extend(found);
        let definition =
            VariableDefinition { value, name_range: attribute.name_range, range: attribute.range };
        definitions.insert(name, definition);
    }
    (definitions, diagnostics)
}

impl ParsingMode {
    /// The value that a text stands for. `name` is the variable's, for messages.
    pub fn parse(self, name: &str, text: &str) -> (Value, Diagnostics) {
        match self {
            ParsingMode::Literal => (Value::string(text), Diagnostics::new()),
            ParsingMode::Expression => {
                let filename = format!("<value for var.{name}>");
                let (expr, mut diagnostics) =
                    parse_expression(text.as_bytes(), &filename, Pos::START);
                if diagnostics.has_errors() {
                    return (Value::unknown(Type::Dynamic), diagnostics);
                }
                let (value, found) = evaluate_constant(&expr);
                diagnostics.extend(found);
                (value, diagnostics)
            }
        }
    }
}

impl Variable {
    /// The value that a text from the command line or the environment stands for, not yet
    /// converted to the variable's type.
    pub fn parse_text(&self, text: &str) -> (Value, Diagnostics) {
        self.parsing_mode.parse(&self.name, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_are_read_in_both_syntaxes() {
        let (native, found) = parse_variable_file("a.tfvars", b"a = 1\nb = [\"x\"]\n");
        assert!(found.is_empty(), "{found}");
        let (json, found) = parse_variable_file("a.tfvars.json", br#"{"a": 1, "b": ["x"]}"#);
        assert!(found.is_empty(), "{found}");
        assert_eq!(native["a"].value, Value::number(1));
        assert_eq!(json["a"].value, native["a"].value);
        assert_eq!(json["b"].value, native["b"].value);
        assert_eq!(native["b"].name_range.start.line, 2);
    }

    #[test]
    fn declarations_and_references_are_no_definitions() {
        let summaries = |text: &str| -> Vec<String> {
            let (_, found) = parse_variable_file("a.tfvars", text.as_bytes());
            found.iter().map(|d| d.summary.clone()).collect()
        };
        assert_eq!(summaries("variable \"a\" {}\n"), ["Variable declaration in .tfvars file"]);
        assert_eq!(summaries("a = var.b\n"), ["Variables not allowed"]);
        assert_eq!(summaries("a {}\n"), ["Unexpected \"a\" block"]);
    }

    #[test]
    fn texts_are_read_as_the_variable_wants() {
        let (value, found) = ParsingMode::Literal.parse("a", "[1]");
        assert!(found.is_empty());
        assert_eq!(value, Value::from("[1]"));
        let (value, found) = ParsingMode::Expression.parse("a", "[1]");
        assert!(found.is_empty());
        assert_eq!(value, Value::tuple(vec![Value::number(1)]));
        assert!(ParsingMode::Expression.parse("a", "[1").1.has_errors());
    }
}
