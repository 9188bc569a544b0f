//! `for` expressions.

use std::collections::{HashMap, HashSet};

use groma_diag::{Diagnostic, Diagnostics};
use groma_value::{Entries, Marks, Str, Type, Value, convert};

use super::{Bound, Evaluation, Locals};
use crate::ast::{Expression, For};

/// What has been gathered of the result.
struct Gathered<'e> {
    expression: &'e Expression,
    marks: Marks,
    /// Whether it is clear which elements take part under which keys.
    known: bool,
    items: Vec<Value>,
    entries: Vec<(Str, Value)>,
    groups: HashMap<Str, usize>,
    grouped: Vec<(Str, Vec<Value>)>,
}

impl<'a> Evaluation<'a> {
    pub(super) fn for_expression(
        &self,
        expression: &Expression,
        each: &For,
        diagnostics: &mut Diagnostics,
    ) -> Value {
        let (collection, marks) = self.eval(&each.collection, diagnostics).unmark();
        let fail = |summary: &str, detail: String| {
            self.error(summary, detail, &each.collection, expression)
        };
        if collection.is_null() {
            let detail = "A null value cannot be used as the collection in a 'for' expression.";
            diagnostics.push(fail("Iteration over null value", detail.to_owned()));
            return Value::unknown(Type::Dynamic).with_marks(&marks);
        }
        let unknown_type = collection.refinements().map(|_| collection.ty());
        let Some(elements) = collection.elements() else {
            let ty = unknown_type.unwrap_or_else(|| collection.ty());
            if ty.is_primitive() {
                let detail = format!(
                    "A value of type {} cannot be used as the collection in a 'for' expression.",
                    ty.friendly_name()
                );
                diagnostics.push(fail("Iteration over non-iterable value", detail));
            }
            return Value::unknown(Type::Dynamic).with_marks(&marks);
        };
        let mut gathered = Gathered {
            expression,
            marks,
            known: true,
            items: Vec::with_capacity(elements.len()),
            entries: Vec::new(),
            groups: HashMap::new(),
            grouped: Vec::new(),
        };
        let mut found = Diagnostics::new();
        if let (Some(condition), 0) = (&each.condition, elements.len()) {
            // What is wrong with the condition whatever the element is told without any.
            let any = || Value::unknown(Type::Dynamic);
            let locals = Locals {
                bound: Bound::Names {
                    key: each.key_var.as_ref().map(|name| (name, any())),
                    value: (&each.value_var, any()),
                },
                outer: self.locals,
            };
            self.with(&locals).condition(condition, &mut gathered, &mut found);
        }
        for (key, value) in elements {
            let locals = Locals {
                bound: Bound::Names {
                    key: each.key_var.as_ref().map(|name| (name, key)),
                    value: (&each.value_var, value.clone()),
                },
                outer: self.locals,
            };
            self.with(&locals).iterate(each, &mut gathered, &mut found);
        }
        add_once(diagnostics, found);
        gathered.done(each)
    }

    /// Does what the expression does with the element that is bound.
    fn iterate(&self, each: &For, gathered: &mut Gathered<'_>, diagnostics: &mut Diagnostics) {
        if let Some(condition) = &each.condition {
            match self.condition(condition, gathered, diagnostics) {
                Some(true) => {}
                Some(false) => return,
                None => {
                    gathered.known = false;
                    return;
                }
            }
        }
        let Some(key) = &each.key else {
            gathered.items.push(self.eval(&each.value, diagnostics));
            return;
        };
        let name = self.item_key(key, gathered, diagnostics);
        let value = self.eval(&each.value, diagnostics);
        let Some(name) = name else {
            gathered.known = false;
            return;
        };
        if let Some(&at) = gathered.groups.get(&name) {
            if each.group {
                gathered.grouped[at].1.push(value);
                return;
            }
            let detail = format!(
                "Two different items produced the key {} in this 'for' expression. If duplicates \
                 are expected, use the ellipsis (...) after the value expression to enable \
                 grouping by key.",
                crate::render::quote(&name)
            );
            diagnostics.push(self.error("Duplicate object key", detail, key, gathered.expression));
            return;
        }
        gathered.groups.insert(name.clone(), gathered.grouped.len());
        if each.group {
            gathered.grouped.push((name, vec![value]));
        } else {
            gathered.entries.push((name, value));
        }
    }

    /// Whether the element takes part; `None` if that is not known.
    fn condition(
        &self,
        condition: &Expression,
        gathered: &mut Gathered<'_>,
        diagnostics: &mut Diagnostics,
    ) -> Option<bool> {
        let value = self.eval(condition, diagnostics);
        if value.is_null() {
            let detail = "The value of the 'if' clause must not be null.";
            diagnostics.push(self.error(
                "Condition is null",
                detail,
                condition,
                gathered.expression,
            ));
            return None;
        }
        match convert(&value, &Type::Bool) {
            Ok(value) => {
                gathered.marks = gathered.marks.union(value.marks());
                value.as_bool()
            }
            Err(error) => {
                let detail = format!("The 'if' clause value is invalid: {error}.");
                diagnostics.push(self.error(
                    "Invalid 'for' condition",
                    detail,
                    condition,
                    gathered.expression,
                ));
                None
            }
        }
    }

    /// The key of an item; `None` if it is wrong or not known.
    fn item_key(
        &self,
        key: &Expression,
        gathered: &mut Gathered<'_>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Str> {
        let before = diagnostics.len();
        let value = self.eval(key, diagnostics);
        if diagnostics.iter().skip(before).any(Diagnostic::is_error) {
            return None;
        }
        let summary = "Invalid object key";
        if value.is_null() {
            let detail = "Key expression in 'for' expression must not produce a null value.";
            diagnostics.push(self.error(summary, detail, key, gathered.expression));
            return None;
        }
        if !value.is_known() {
            gathered.marks = gathered.marks.union(value.marks());
            return None;
        }
        match convert(&value, &Type::String) {
            Ok(value) => {
                gathered.marks = gathered.marks.union(value.marks());
                value.as_str().cloned()
            }
            Err(error) => {
                let detail = format!("The key expression produced an invalid result: {error}.");
                diagnostics.push(self.error(summary, detail, key, gathered.expression));
                None
            }
        }
    }
}

/// Adds what was found, but what is wrong with many elements in the same way only once.
pub(super) fn add_once(diagnostics: &mut Diagnostics, found: Diagnostics) {
    let mut told = HashSet::new();
    for diagnostic in found {
        let what = (
            diagnostic.summary.clone(),
            diagnostic.detail.clone(),
            diagnostic.subject.as_ref().map(|s| (s.start.byte, s.end.byte)),
        );
        if told.insert(what) {
            diagnostics.push(diagnostic);
        }
    }
}

impl Gathered<'_> {
    fn done(self, each: &For) -> Value {
        let result = if !self.known {
            Value::unknown(Type::Dynamic)
        } else if each.key.is_none() {
            Value::tuple(self.items)
        } else if each.group {
            let groups = self.grouped.into_iter().map(|(name, items)| (name, Value::tuple(items)));
            Value::object(groups.collect::<Entries>())
        } else {
            Value::object(self.entries.into_iter().collect::<Entries>())
        };
        result.with_marks(&self.marks)
    }
}
