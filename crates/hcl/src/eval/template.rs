//! Strings made of parts.

use groma_diag::Diagnostics;
use groma_value::{Kind, Marks, Refinements, Type, Value, convert};

use super::Evaluation;
use crate::ast::{ExprKind, Expression};

const SUMMARY: &str = "Invalid template interpolation value";

/// A string that is being put together.
struct Building {
    text: String,
    /// Whether all parts were known so far.
    known: bool,
    marks: Marks,
}

impl Building {
    fn new() -> Building {
        Building { text: String::new(), known: true, marks: Marks::NONE }
    }

    fn add_unknown(&mut self, part: &Value) {
        if self.known
            && let Kind::Unknown(unknown) = part.kind()
            && unknown.ty == Type::String
            && let Some(prefix) = &unknown.refinements.prefix
        {
            self.text.push_str(prefix);
        }
        self.known = false;
    }

    fn done(self) -> Value {
        let value = if self.known {
            Value::string(self.text)
        } else {
            Value::unknown_refined(Type::String, Refinements::string_prefix(&self.text))
        };
        value.with_marks(&self.marks)
    }
}

impl<'a> Evaluation<'a> {
    pub(super) fn template(
        &self,
        expression: &Expression,
        parts: &[Expression],
        diagnostics: &mut Diagnostics,
    ) -> Value {
        let mut building = Building::new();
        for part in parts {
            if let ExprKind::Literal(value) = part.kind()
                && let Some(text) = value.as_str()
            {
                if building.known {
                    building.text.push_str(text);
                }
                continue;
            }
            let before = diagnostics.len();
            let value = self.eval(part, diagnostics);
            if value.is_null() {
                let detail = "The expression result is null. Cannot include a null value in a \
                              string template.";
                diagnostics.push(self.error(SUMMARY, detail, part, expression));
                building.known = false;
                continue;
            }
            if diagnostics.len() > before && !value.is_known() {
                building.known = false;
                continue;
            }
            self.add(&mut building, value, part, expression, diagnostics);
        }
        building.done()
    }

    /// What a `%{for}` has produced, one after the other.
    pub(super) fn template_join(
        &self,
        expression: &Expression,
        each: &Expression,
        diagnostics: &mut Diagnostics,
    ) -> Value {
        let (items, marks) = self.eval(each, diagnostics).unmark();
        let mut building = Building { marks, ..Building::new() };
        let Some(items) = items.as_sequence() else {
            building.known = false;
            return building.done();
        };
        for item in items {
            if item.is_null() {
                let detail = "An iteration result is null. Cannot include a null value in a string \
                              template.";
                diagnostics.push(self.error(SUMMARY, detail, each, expression));
                building.known = false;
                continue;
            }
            self.add(&mut building, item.clone(), each, expression, diagnostics);
        }
        building.done()
    }

    fn add(
        &self,
        building: &mut Building,
        value: Value,
        part: &Expression,
        within: &Expression,
        diagnostics: &mut Diagnostics,
    ) {
        let (value, marks) = value.unmark();
        building.marks = building.marks.union(&marks);
        if !value.is_known() {
            building.add_unknown(&value);
            return;
        }
        let converted = match value.as_str() {
            Some(_) => Ok(value),
            None => convert(&value, &Type::String),
        };
        match converted {
            Ok(text) if building.known => {
                building.text.push_str(text.as_str().map_or("", |s| s));
            }
            Ok(_) => {}
            Err(error) => {
                // The parts of a structure may have marks that are not on the whole of it.
                let detail =
                    format!("Cannot include the given value in a string template: {error}.");
                diagnostics.push(self.error(SUMMARY, detail, part, within));
                building.known = false;
            }
        }
    }
}
