//! `dynamic` blocks: blocks made from the elements of a collection.

use std::sync::{Arc, LazyLock};

use groma_diag::{Diagnostic, Diagnostics, SourceRange};
use groma_hcl::{
    Attribute, Block, BodySchema, Expression, Function, Resolved, Scope, Step, evaluate,
    expression_values,
};
use groma_value::{Entries, Kind, Mark, Marks, Str, Type, Value, convert};

use super::Context;

/// What a `dynamic` block says, not yet evaluated.
pub(super) struct Dynamic {
    /// The collection.
    pub(super) for_each: Attribute,
    /// The name of the variable for the element at hand.
    pub(super) iterator: Str,
    /// The labels of the blocks that are made.
    pub(super) labels: Vec<Expression>,
    /// What each of them holds.
    pub(super) content: Block,
}

static SCHEMA: LazyLock<BodySchema> = LazyLock::new(|| {
    BodySchema::new().required(["for_each"]).optional(["iterator"]).block("content", &[])
});

static LABELLED: LazyLock<BodySchema> = LazyLock::new(|| SCHEMA.clone().required(["labels"]));

impl Dynamic {
    /// Reads a block of type `dynamic` whose label is `made`. The blocks that it makes have
    /// `label_count` labels.
    pub(super) fn read(
        block: &Block,
        made: &Str,
        label_count: usize,
        diagnostics: &mut Diagnostics,
    ) -> Option<Dynamic> {
        let schema = if label_count == 0 { &*SCHEMA } else { &*LABELLED };
        let (content, found) = block.body.content(schema);
        let failed = found.has_errors();
        diagnostics.extend(found);
        let mut contents = content.blocks_of("content");
        let body = contents.next().cloned();
        if let Some(extra) = contents.next() {
            diagnostics.push(
                Diagnostic::error(
                    "Extraneous dynamic content block",
                    "Only one nested content block is allowed for each dynamic block.",
                )
                .at(&extra.def_range),
            );
            return None;
        }
        let for_each = content.attribute("for_each").cloned()?;
        let Some(body) = body else {
            diagnostics.push(
                Diagnostic::error(
                    "Missing dynamic content block",
                    "A dynamic block must have a nested block of type \"content\" to describe the \
                     body of each generated block.",
                )
                .at(&content.missing_item_range),
            );
            return None;
        };
        let iterator = iterator_name(content.attribute("iterator"), made, diagnostics)?;
        let labels = labels(content.attribute("labels"), made, label_count, diagnostics)?;
        (!failed).then_some(Dynamic { for_each, iterator, labels, content: body })
    }
}

fn iterator_name(
    attribute: Option<&Attribute>,
    made: &Str,
    diagnostics: &mut Diagnostics,
) -> Option<Str> {
    let Some(attribute) = attribute else { return Some(made.clone()) };
    match attribute.expr.as_traversal() {
        Some(traversal) if traversal.is_root() => Some(traversal.root),
        _ => {
            diagnostics.push(
                Diagnostic::error(
                    "Invalid dynamic iterator name",
                    "Dynamic iterator must be a single variable name.",
                )
                .at(attribute.expr.range()),
            );
            None
        }
    }
}

fn labels(
    attribute: Option<&Attribute>,
    made: &Str,
    count: usize,
    diagnostics: &mut Diagnostics,
) -> Option<Vec<Expression>> {
    let Some(attribute) = attribute else { return Some(Vec::new()) };
    let labels = diagnostics.take(attribute.expr.require_list().map(<[_]>::to_vec))?;
    let summary = match labels.len() {
        n if n == count => return Some(labels),
        n if n < count => "Insufficient dynamic block labels",
        _ => "Extraneous dynamic block label",
    };
    let detail = format!("Blocks of type {made:?} have {count} label(s).");
    diagnostics.push(Diagnostic::error(summary, detail).at(attribute.expr.range()));
    None
}

/// One of the blocks that a `dynamic` block makes.
pub(super) struct Made {
    pub(super) labels: Vec<Str>,
    /// `None` where it is not known how many blocks there will be: this one stands for all.
    pub(super) iteration: Option<(Value, Value)>,
    /// The marks of the collection.
    pub(super) marks: Marks,
}

impl Dynamic {
    /// Evaluates the collection.
    pub(super) fn expand(&self, cx: &Context<'_>, diagnostics: &mut Diagnostics) -> Vec<Made> {
        let range = self.for_each.expr.range();
        let (value, found) = evaluate(&self.for_each.expr, cx.scope);
        let failed = found.has_errors();
        diagnostics.extend(found);
        if failed {
            return Vec::new();
        }
        let (value, marks) = value.unmark();
        let invalid = |detail: String| {
            let mut diagnostic =
                Diagnostic::error("Invalid dynamic for_each value", detail).at(range);
            diagnostic.values = expression_values(&self.for_each.expr, cx.scope, false, false);
            diagnostic
        };
        let elements: Vec<(Value, Value)> = match value.kind() {
            Kind::Null(_) => {
                diagnostics.push(invalid("Cannot use a null value in for_each.".to_owned()));
                return Vec::new();
            }
            Kind::Unknown(u)
                if u.ty == Type::Dynamic
                    || u.ty.is_collection()
                    || matches!(u.ty, Type::Tuple(_) | Type::Object(_)) =>
            {
                let labels = vec![Str::from(""); self.labels.len()];
                return vec![Made { labels, iteration: None, marks }];
            }
            Kind::Map(_) | Kind::Object(_) => {
                let entries = value.as_entries().into_iter().flat_map(Entries::iter);
                entries.map(|(k, v)| (Value::string(k.clone()), v.clone())).collect()
            }
            Kind::Set(s) => s.items.iter().map(|v| (v.clone(), v.clone())).collect(),
            Kind::List(_) | Kind::Tuple(_) => {
                let items = value.as_sequence().unwrap_or_default();
                items
                    .iter()
                    .enumerate()
                    .map(|(i, v)| (Value::number(i as i64), v.clone()))
                    .collect()
            }
            _ => {
                diagnostics.push(invalid(format!(
                    "Cannot use a {} value in for_each. An iterable collection is required.",
                    value.ty().friendly_name(),
                )));
                return Vec::new();
            }
        };
        let make = |(key, value): (Value, Value)| {
            let (key, value) = (key.with_marks(&marks), value.with_marks(&marks));
            let scope = IteratorScope::new(cx.scope, &self.iterator, Some((&key, &value)));
            let labels = self.evaluate_labels(&scope, diagnostics)?;
            Some(Made { labels, iteration: Some((key, value)), marks: marks.clone() })
        };
        elements.into_iter().filter_map(make).collect()
    }

    fn evaluate_labels(
        &self,
        scope: &dyn Scope,
        diagnostics: &mut Diagnostics,
    ) -> Option<Vec<Str>> {
        let mut labels = Vec::with_capacity(self.labels.len());
        for label in &self.labels {
            let (value, found) = evaluate(label, scope);
            let failed = found.has_errors();
            diagnostics.extend(found);
            if failed {
                continue;
            }
            let problem = match convert(&value, &Type::String) {
                Err(error) => format!("Cannot use this value as a dynamic block label: {error}."),
                Ok(v) if v.marks().contains(&Mark::Sensitive) => {
                    "Cannot use a sensitive value as a dynamic block label.".to_owned()
                }
                Ok(v) => match v.kind() {
                    Kind::String(text) => {
                        labels.push(text.clone());
                        continue;
                    }
                    Kind::Null(_) => "Cannot use a null value as a dynamic block label.".to_owned(),
                    _ => "This value is not yet known. Dynamic block labels must be \
                          immediately-known values."
                        .to_owned(),
                },
            };
            diagnostics
                .push(Diagnostic::error("Invalid dynamic block label", problem).at(label.range()));
        }
        (labels.len() == self.labels.len()).then_some(labels)
    }
}

/// A scope with the iterator of a `dynamic` block in front.
pub(super) struct IteratorScope<'a> {
    parent: &'a dyn Scope,
    name: &'a Str,
    value: Value,
}

impl<'a> IteratorScope<'a> {
    /// Without a key and value they are not known yet.
    pub(super) fn new(
        parent: &'a dyn Scope,
        name: &'a Str,
        iteration: Option<(&Value, &Value)>,
    ) -> IteratorScope<'a> {
        let unknown = Value::unknown(Type::Dynamic);
        let (key, value) = iteration.unwrap_or((&unknown, &unknown));
        let value = Value::object_of([("key", key.clone()), ("value", value.clone())]);
        IteratorScope { parent, name, value }
    }
}

impl Scope for IteratorScope<'_> {
    fn resolve(
        &self,
        root: &str,
        steps: &[Step<'_>],
        range: &SourceRange,
    ) -> Result<Resolved, Diagnostics> {
        if *root == **self.name {
            return Ok(Resolved { value: self.value.clone(), consumed: 0 });
        }
        self.parent.resolve(root, steps, range)
    }

    fn function(&self, name: &str) -> Option<Arc<dyn Function>> {
        self.parent.function(name)
    }

    fn function_names(&self) -> Vec<String> {
        self.parent.function_names()
    }

    fn missing_function(&self, name: &str) -> Option<String> {
        self.parent.missing_function(name)
    }
}
