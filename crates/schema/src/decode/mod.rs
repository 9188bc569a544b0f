//! Decoding: from a body to a value that conforms to a schema.

mod check;
mod dynamic;
mod plan;
mod range;
#[cfg(test)]
mod tests;
mod walk;

use groma_diag::{Diagnostic, Diagnostics, SourceRange};
use groma_hcl::{Body, Content, Expression, Scope, evaluate, expression_values};
use groma_value::{Entries, Marks, Str, Type, Value, convert};
use indexmap::IndexMap;

use crate::{Block, NestedBlock, Nesting};
pub use check::check_body;
use dynamic::{Dynamic, IteratorScope};
use plan::DYNAMIC;
pub(crate) use plan::{BodyPlan, is_modern};
pub use range::range_at;
pub use walk::{function_calls, references};

/// The value of a body by its schema, always of the schema's implied type: where something is
/// wrong there is an unknown value, and a diagnostic that tells.
pub fn decode(body: &Body, schema: &Block, scope: &dyn Scope) -> (Value, Diagnostics) {
    let mut decoder = Decoder { diagnostics: Diagnostics::new() };
    let cx = Context { scope, marks: &Marks::NONE, unknown: false };
    let value = decoder.body(body, schema, &cx);
    (value, decoder.diagnostics)
}

/// What a body holds as it is written: `dynamic` blocks as such, and which attributes are written
/// as blocks. What is wrong with the body is for [`decode`] to tell.
pub fn written<'s>(body: &Body, schema: &'s Block) -> (Content, Vec<(&'s Str, &'s NestedBlock)>) {
    let found = schema.plan().content(body, &mut Diagnostics::new());
    (found.content, found.as_blocks)
}

/// What a body is decoded in.
pub(crate) struct Context<'a> {
    scope: &'a dyn Scope,
    /// What the attributes of the body are marked with beside the marks of their own.
    marks: &'a Marks,
    /// The body stands for an unknown number of blocks: nothing in it is evaluated.
    unknown: bool,
}

struct Decoder {
    diagnostics: Diagnostics,
}

/// A block that is there or is made.
struct Item {
    body: Body,
    labels: Vec<Str>,
    range: SourceRange,
    made: Option<(Str, dynamic::Made)>,
}

impl Item {
    fn is_unknown(&self) -> bool {
        self.made.as_ref().is_some_and(|(_, made)| made.iteration.is_none())
    }
}

impl Decoder {
    fn body(&mut self, body: &Body, schema: &Block, cx: &Context<'_>) -> Value {
        let found = schema.plan().content(body, &mut self.diagnostics);
        let content = &found.content;
        let block_type = |name: &str| {
            let either = found.as_blocks.iter().find(|(n, _)| &***n == name).map(|(_, b)| *b);
            schema.blocks.get(name).or(either)
        };
        let mut items = self.items(&content.blocks, &block_type, cx);
        let mut values = Vec::with_capacity(schema.attributes.len() + schema.blocks.len());
        for (name, attribute) in &schema.attributes {
            let value = if let Some(given) = content.attribute(name) {
                self.attribute(name, &given.expr, &attribute.constraint_type(), cx)
            } else if let Some(items) = items.shift_remove(&**name)
                && let Some(nested) = block_type(name)
            {
                self.as_attribute(nested, items, cx)
            } else {
                Value::null(attribute.implied_type())
            };
            values.push((name.clone(), value));
        }
        for (name, nested) in &schema.blocks {
            let items = items.shift_remove(&**name).unwrap_or_default();
            let value = self.nested(name, nested, items, &content.missing_item_range, cx);
            values.push((name.clone(), value));
        }
        Value::object(Entries::from_iter(values))
    }

    fn attribute(
        &mut self,
        name: &str,
        expression: &Expression,
        ty: &Type,
        cx: &Context<'_>,
    ) -> Value {
        if cx.unknown {
            return unknown_of(ty).with_marks(cx.marks);
        }
        let (value, diagnostics) = evaluate(expression, cx.scope);
        let failed = diagnostics.has_errors();
        self.diagnostics.extend(diagnostics);
        if failed {
            return unknown_of(ty).with_marks(cx.marks);
        }
        match convert(&value, ty) {
            Ok(value) => value.with_marks(cx.marks),
            Err(error) => {
                let mut diagnostic = Diagnostic::error(
                    "Incorrect attribute value type",
                    format!("Inappropriate value for attribute {name:?}: {error}."),
                )
                .at(expression.range());
                diagnostic.values = expression_values(expression, cx.scope, false, false);
                self.diagnostics.push(diagnostic);
                unknown_of(ty).with_marks(cx.marks)
            }
        }
    }

    /// The blocks that are there and that `dynamic` blocks make, by type.
    fn items<'t>(
        &mut self,
        blocks: &[groma_hcl::Block],
        block_type: &dyn Fn(&str) -> Option<&'t NestedBlock>,
        cx: &Context<'_>,
    ) -> IndexMap<Str, Vec<Item>> {
        let mut items: IndexMap<Str, Vec<Item>> = IndexMap::new();
        for block in blocks {
            let Some(made) = block.labels.first().filter(|_| &*block.block_type == DYNAMIC) else {
                items.entry(block.block_type.clone()).or_default().push(Item {
                    body: block.body.clone(),
                    labels: block.labels.clone(),
                    range: block.def_range.clone(),
                    made: None,
                });
                continue;
            };
            let Some(nested) = block_type(made) else {
                self.diagnostics.push(unsupported(block, made));
                continue;
            };
            let labels = usize::from(nested.nesting == Nesting::Map);
            let Some(dynamic) = Dynamic::read(block, made, labels, &mut self.diagnostics) else {
                continue;
            };
            let all_made = if cx.unknown {
                let labels = vec![Str::from(""); labels];
                vec![dynamic::Made { labels, iteration: None, marks: cx.marks.clone() }]
            } else {
                dynamic.expand(cx, &mut self.diagnostics)
            };
            let of_type = items.entry(made.clone()).or_default();
            of_type.extend(all_made.into_iter().map(|made| Item {
                body: dynamic.content.body.clone(),
                labels: made.labels.clone(),
                range: block.def_range.clone(),
                made: Some((dynamic.iterator.clone(), made)),
            }));
        }
        items
    }

    fn item(&mut self, item: &Item, schema: &Block, cx: &Context<'_>) -> Value {
        let Some((iterator, made)) = &item.made else {
            let cx = Context { scope: cx.scope, marks: &Marks::NONE, unknown: cx.unknown };
            return self.body(&item.body, schema, &cx);
        };
        let iteration = made.iteration.as_ref().map(|(k, v)| (k, v));
        let scope = IteratorScope::new(cx.scope, iterator, iteration);
        let unknown = cx.unknown || iteration.is_none();
        self.body(&item.body, schema, &Context { scope: &scope, marks: &made.marks, unknown })
    }

    /// Blocks in place of an attribute that is a collection of objects. Unlike true blocks, those
    /// of an unknown number count as one.
    fn as_attribute(&mut self, nested: &NestedBlock, items: Vec<Item>, cx: &Context<'_>) -> Value {
        let values = items.iter().map(|i| (Str::from(""), self.item(i, &nested.block, cx)));
        let values = values.collect();
        nested.collection(values)
    }

    fn nested(
        &mut self,
        name: &str,
        nested: &NestedBlock,
        items: Vec<Item>,
        missing: &SourceRange,
        cx: &Context<'_>,
    ) -> Value {
        let values: Vec<Value> =
            items.iter().map(|item| self.item(item, &nested.block, cx)).collect();
        if items.iter().any(Item::is_unknown) {
            let made = items.iter().filter_map(|i| i.made.as_ref());
            let marks = made.fold(Marks::NONE, |all, (_, made)| all.union(&made.marks));
            return nested.unknown_value().with_marks(&marks);
        }
        let ranges: Vec<&SourceRange> = items.iter().map(|i| &i.range).collect();
        check_count(name, nested, &ranges, missing, &mut self.diagnostics);
        match nested.nesting {
            Nesting::Single | Nesting::Group => {
                values.into_iter().next().unwrap_or_else(|| nested.empty_value())
            }
            Nesting::Map => {
                let mut entries: Vec<(Str, Value)> = Vec::with_capacity(values.len());
                let mut seen: IndexMap<Str, &SourceRange> = IndexMap::new();
                for (item, value) in items.iter().zip(values) {
                    let label = item.labels.first().cloned().unwrap_or_default();
                    if let Some(earlier) = seen.get(&label) {
                        self.diagnostics.push(duplicate_label(name, &label, earlier, &item.range));
                        continue;
                    }
                    seen.insert(label.clone(), &item.range);
                    entries.push((label, value));
                }
                nested.collection(entries)
            }
            Nesting::List | Nesting::Set => {
                nested.collection(values.into_iter().map(|v| (Str::from(""), v)).collect())
            }
        }
    }
}

/// An unknown value of a constraint's type.
fn unknown_of(ty: &Type) -> Value {
    Value::unknown(ty.without_optional())
}

fn missing_argument(name: &str, range: &SourceRange) -> Diagnostic {
    let detail = format!("The argument {name:?} is required, but no definition was found.");
    Diagnostic::error("Missing required argument", detail).at(range)
}

fn unsupported(block: &groma_hcl::Block, made: &str) -> Diagnostic {
    let detail = format!("Blocks of type {made:?} are not expected here.");
    let range = block.label_ranges.first().unwrap_or(&block.def_range);
    Diagnostic::error("Unsupported block type", detail).at(range)
}

fn duplicate_label(
    name: &str,
    label: &str,
    earlier: &SourceRange,
    range: &SourceRange,
) -> Diagnostic {
    let detail = format!(
        "A block of type {name:?} with the label {label:?} was already defined at {earlier}. The \
         labels of such blocks must be unique.",
    );
    Diagnostic::error(format!("Duplicate {name} block"), detail).at(range)
}

/// Reports too few or too many blocks of a type.
fn check_count(
    name: &str,
    nested: &NestedBlock,
    ranges: &[&SourceRange],
    missing: &SourceRange,
    diagnostics: &mut Diagnostics,
) {
    let count = ranges.len() as u64;
    match nested.nesting {
        Nesting::Single | Nesting::Group => {
            if let [first, second, ..] = ranges {
                let detail = format!(
                    "Only one block of type {name:?} is allowed. Previous definition was at \
                     {first}.",
                );
                diagnostics
                    .push(Diagnostic::error(format!("Duplicate {name} block"), detail).at(second));
            } else if count == 0 && nested.min_items == 1 {
                let detail = format!("A block of type {name:?} is required here.");
                diagnostics
                    .push(Diagnostic::error(format!("Missing {name} block"), detail).at(missing));
            }
        }
        Nesting::Map => {}
        Nesting::List | Nesting::Set => {
            if count < nested.min_items {
                let detail = format!("At least {} {name:?} blocks are required.", nested.min_items);
                diagnostics.push(
                    Diagnostic::error(format!("Insufficient {name} blocks"), detail).at(missing),
                );
            } else if nested.max_items > 0
                && let Some(extra) =
                    usize::try_from(nested.max_items).ok().and_then(|max| ranges.get(max))
            {
                let detail =
                    format!("No more than {} {name:?} blocks are allowed", nested.max_items);
                diagnostics
                    .push(Diagnostic::error(format!("Too many {name} blocks"), detail).at(extra));
            }
        }
    }
}
