//! Objects and splats.

use groma_diag::{Diagnostic, Diagnostics};
use groma_value::{Entries, Kind, Marks, Refinements, Str, Type, Value, convert};

use super::iteration::add_once;
use super::{Bound, Evaluation, Locals};
use crate::ast::{ExprKind, Expression, ObjectItem, Splat};

impl<'a> Evaluation<'a> {
    pub(super) fn object(
        &self,
        expression: &Expression,
        items: &[ObjectItem],
        diagnostics: &mut Diagnostics,
    ) -> Value {
        let mut entries = Vec::with_capacity(items.len());
        let mut marks = Marks::NONE;
        let mut known = true;
        for item in items {
            let key = match item.bare_word() {
                Some(word) => Some(bare_key(item, word)),
                None => self.key(expression, item, &mut marks, diagnostics),
            };
            let value = self.eval(&item.value, diagnostics);
            match key {
                Some(key) => entries.push((key, value)),
                None => known = false,
            }
        }
        self.check_json_keys(expression, items, &entries, diagnostics);
        let result = if known {
            Value::object(entries.into_iter().collect::<Entries>())
        } else {
            Value::unknown(Type::Dynamic)
        };
        result.with_marks(&marks)
    }

    /// A key that has to be evaluated; `None` if it is wrong or not known.
    fn key(
        &self,
        expression: &Expression,
        item: &ObjectItem,
        marks: &mut Marks,
        diagnostics: &mut Diagnostics,
    ) -> Option<Str> {
        if item.bare {
            let detail = "If this expression is intended to be a reference, wrap it in \
                          parentheses. If it's instead intended as a literal name containing \
                          periods, wrap it in quotes to create a string literal.";
            diagnostics.push(self.error("Ambiguous attribute key", detail, &item.key, expression));
            return None;
        }
        let before = diagnostics.len();
        let key = self.eval(&item.key, diagnostics);
        if diagnostics.iter().skip(before).any(Diagnostic::is_error) {
            return None;
        }
        if key.is_null() {
            let detail = "Can't use a null value as a key.";
            let place = item.value.range();
            let summary = "Null value as key";
            diagnostics.push(self.error_at(summary, detail, place, &item.key, expression));
            return None;
        }
        match convert(&key, &Type::String) {
            Ok(key) => {
                let (key, key_marks) = key.unmark();
                *marks = marks.union(&key_marks);
                key.as_str().cloned()
            }
            Err(error) => {
                let detail = format!("Can't use this value as a key: {error}.");
                diagnostics.push(self.error("Incorrect key type", detail, &item.key, expression));
                None
            }
        }
    }

    /// In JSON syntax two properties of one name are a mistake; in native syntax the last counts.
    fn check_json_keys(
        &self,
        expression: &Expression,
        items: &[ObjectItem],
        entries: &[(Str, Value)],
        diagnostics: &mut Diagnostics,
    ) {
        let is_json = |item: &ObjectItem| matches!(item.key.kind(), ExprKind::JsonString(_));
        if !items.first().is_some_and(is_json) || items.len() != entries.len() {
            return;
        }
        let mut seen = std::collections::HashMap::new();
        for (item, (name, _)) in items.iter().zip(entries) {
            if let Some(earlier) = seen.insert(&**name, item.key.range()) {
                let detail =
                    format!("An attribute named \"{name}\" was already defined at {earlier}.");
                let summary = "Duplicate object attribute";
                diagnostics.push(self.error(summary, detail, &item.key, expression));
            }
        }
    }

    pub(super) fn splat(
        &self,
        expression: &Expression,
        splat: &Splat,
        diagnostics: &mut Diagnostics,
    ) -> Value {
        let (source, marks) = self.eval(&splat.source, diagnostics).unmark();
        let kind = Source::of(&source);
        if source.is_null() {
            if matches!(kind, Source::Single) {
                return Value::tuple(Vec::new()).with_marks(&marks);
            }
            let detail =
                "Splat expressions (with the * symbol) cannot be applied to null sequences.";
            diagnostics.push(self.error_at(
                "Splat of null value",
                detail,
                splat.source.range(),
                &splat.source,
                expression,
            ));
            return Value::unknown(Type::Dynamic).with_marks(&marks);
        }
        if let Kind::Unknown(unknown) = source.kind() {
            let (ty, known) = (&unknown.ty, &unknown.refinements);
            let result = self.splat_of_unknown(splat, &source, ty, known, diagnostics);
            return result.with_marks(&marks);
        }
        let single = [source.clone()];
        let items = match kind {
            Source::Single => &single[..],
            _ => source.as_sequence().unwrap_or_default(),
        };
        let mut found = Diagnostics::new();
        let results: Vec<Value> =
            items.iter().map(|item| self.each(splat, item.clone(), &mut found)).collect();
        add_once(diagnostics, found);
        let result = match kind {
            Source::Collection(element) => {
                let first = match results.first() {
                    Some(first) => first.ty(),
                    // What is wrong with any element of the type need not wait for one.
                    None => self.each(splat, Value::unknown(element), diagnostics).ty(),
                };
                if results.iter().all(|r| r.has_type(&first)) {
                    Value::list(first, results)
                } else {
                    Value::tuple(results)
                }
            }
            _ => Value::tuple(results),
        };
        result.with_marks(&marks)
    }

    fn each(&self, splat: &Splat, item: Value, diagnostics: &mut Diagnostics) -> Value {
        let locals = Locals { bound: Bound::Item(item), outer: self.locals };
        self.with(&locals).eval(&splat.each, diagnostics)
    }

    fn splat_of_unknown(
        &self,
        splat: &Splat,
        source: &Value,
        ty: &Type,
        known: &Refinements,
        diagnostics: &mut Diagnostics,
    ) -> Value {
        // What is wrong with any element of a type need not wait for the elements.
        let mut each_type =
            |element: &Type| self.each(splat, Value::unknown(element.clone()), diagnostics).ty();
        match ty {
            Type::Dynamic => Value::unknown(Type::Dynamic),
            Type::List(element) | Type::Set(element) => {
                let refinements = Refinements {
                    // Elements of a set may come to be the same, but each makes one of the list.
                    length_min: known.length_min,
                    length_max: known.length_max,
                    ..Refinements::not_null()
                };
                let ty = Type::list(each_type(element));
                Value::unknown_refined(ty, refinements)
            }
            Type::Tuple(elements) => {
                let types: Vec<Type> = elements.iter().map(&mut each_type).collect();
                Value::unknown_refined(Type::tuple(types), Refinements::not_null())
            }
            // One element or none: only a value that will not be null tells.
            _ if known.not_null => {
                Value::tuple(vec![self.each(splat, source.clone(), diagnostics)])
            }
            _ => Value::unknown(Type::Dynamic),
        }
    }
}

/// The name that a bare key stands for.
fn bare_key(item: &ObjectItem, word: &str) -> Str {
    match item.key.kind() {
        ExprKind::Traversal(traversal) => traversal.root.clone(),
        _ => word.into(),
    }
}

/// What a splat goes over.
enum Source {
    /// A list or set of elements of one type: the result is a list.
    Collection(Type),
    /// The result is a tuple.
    Tuple,
    /// Another value, which counts as a tuple of itself, or of nothing if it is null.
    Single,
}

impl Source {
    fn of(value: &Value) -> Source {
        let of_type = |ty: &Type| match ty {
            Type::List(element) | Type::Set(element) => Source::Collection((**element).clone()),
            Type::Tuple(_) => Source::Tuple,
            _ => Source::Single,
        };
        match value.kind() {
            Kind::List(list) => Source::Collection(list.element.clone()),
            Kind::Set(set) => Source::Collection(set.element.clone()),
            Kind::Tuple(_) => Source::Tuple,
            Kind::Null(ty) => of_type(ty),
            Kind::Unknown(unknown) => of_type(&unknown.ty),
            _ => Source::Single,
        }
    }
}
