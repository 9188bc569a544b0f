//! Bodies of native syntax.

use std::collections::{HashMap, HashSet};

use groma_diag::{Diagnostic, Diagnostics, SourceRange};
use groma_value::Str;
use indexmap::IndexMap;

use super::suggest::nearest_name;
use super::{Attribute, Block, BlockSchema, Body, BodySchema, Content, Hidden};
use crate::ast::Expression;

/// What the parser found between the braces.
#[derive(Debug)]
pub(crate) struct NativeBody {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) blocks: Vec<NativeBlock>,
    /// The opening brace, or the end of the file.
    pub(crate) start_range: SourceRange,
}

/// A block as it stands.
#[derive(Debug)]
pub(crate) struct NativeBlock {
    pub(crate) block_type: Str,
    pub(crate) labels: Vec<Str>,
    pub(crate) body: Body,
    pub(crate) type_range: SourceRange,
    pub(crate) label_ranges: Vec<SourceRange>,
    pub(crate) open_range: SourceRange,
    /// From the type to the closing brace.
    pub(crate) range: SourceRange,
}

impl NativeBody {
    pub(super) fn empty(start_range: SourceRange) -> NativeBody {
        NativeBody { attributes: Vec::new(), blocks: Vec::new(), start_range }
    }

    pub(super) fn missing_item_range(&self) -> SourceRange {
        self.start_range.clone()
    }

    pub(super) fn content(
        &self,
        schema: &BodySchema,
        hidden: &Hidden,
        diagnostics: &mut Diagnostics,
    ) -> Content {
        let mut content = Content::empty(self.missing_item_range());
        let wanted: HashSet<&str> = schema.attributes.iter().map(|a| &*a.name).collect();
        for attribute in &self.attributes {
            if wanted.contains(&*attribute.name) && !hidden.has(&attribute.name) {
                content.attributes.insert(attribute.name.clone(), attribute.clone());
            }
        }
        for attribute in schema.attributes.iter().filter(|a| a.required) {
            if !content.attributes.contains_key(&attribute.name) {
                let range = self.missing_item_range();
                diagnostics.push(missing_argument(&attribute.name, &range));
            }
        }
        let wanted: HashMap<&str, &BlockSchema> =
            schema.blocks.iter().map(|b| (&*b.block_type, b)).collect();
        for block in &self.blocks {
            if let Some(schema) = wanted.get(&*block.block_type)
                && !hidden.has(&block.block_type)
                && block.check_labels(schema, diagnostics)
            {
                content.blocks.push(block.to_block());
            }
        }
        content
    }

    /// Reports what the schema does not name.
    pub(super) fn report_unexpected(
        &self,
        schema: &BodySchema,
        hidden: &Hidden,
        diagnostics: &mut Diagnostics,
    ) {
        let attributes: HashSet<&str> = schema.attributes.iter().map(|a| &*a.name).collect();
        let blocks: HashSet<&str> = schema.blocks.iter().map(|b| &*b.block_type).collect();
        let attribute_names = || schema.attributes.iter().map(|a| &*a.name);
        let block_names = || schema.blocks.iter().map(|b| &*b.block_type);
        for a in &self.attributes {
            if attributes.contains(&*a.name) || hidden.has(&a.name) {
                continue;
            }
            let hint = if blocks.contains(&*a.name) {
                format!(" Did you mean to define a block of type \"{}\"?", a.name)
            } else {
                match nearest_name(&a.name, attribute_names()) {
                    Some(name) => format!(" Did you mean \"{name}\"?"),
                    None => String::new(),
                }
            };
            let detail = format!("An argument named \"{}\" is not expected here.{hint}", a.name);
            diagnostics.push(Diagnostic::error("Unsupported argument", detail).at(&a.name_range));
        }
        for b in &self.blocks {
            let name = &b.block_type;
            if blocks.contains(&**name) || hidden.has(name) {
                continue;
            }
            let hint = if attributes.contains(&**name) {
                format!(
                    " Did you mean to define argument \"{name}\"? If so, use the equals sign to \
                     assign it a value."
                )
            } else {
                match nearest_name(name, block_names()) {
                    Some(name) => format!(" Did you mean \"{name}\"?"),
                    None => String::new(),
                }
            };
            let detail = format!("Blocks of type \"{name}\" are not expected here.{hint}");
            diagnostics.push(Diagnostic::error("Unsupported block type", detail).at(&b.type_range));
        }
    }

    pub(super) fn gather_expressions(&self, hidden: &Hidden, all: &mut Vec<Expression>) {
        let visible = self.attributes.iter().filter(|a| !hidden.has(&a.name));
        all.extend(visible.map(|a| a.expr.clone()));
        for block in self.blocks.iter().filter(|b| !hidden.has(&b.block_type)) {
            if &*block.block_type == "dynamic" {
                // What is in it has names of its own.
                let schema = BodySchema::new().optional(["for_each"]);
                let (content, _, _) = block.body.partial_content(&schema);
                all.extend(content.attribute("for_each").map(|a| a.expr.clone()));
            } else {
                block.body.gather_expressions(all);
            }
        }
    }

    pub(super) fn just_attributes(
        &self,
        hidden: &Hidden,
        diagnostics: &mut Diagnostics,
    ) -> IndexMap<Str, Attribute> {
        if let Some(block) = self.blocks.iter().find(|b| !hidden.has(&b.block_type)) {
            let summary = format!("Unexpected \"{}\" block", block.block_type);
            diagnostics.push(
                Diagnostic::error(summary, "Blocks are not allowed here.")
                    .at(&block.type_range)
                    .within(&SourceRange::between(&block.type_range, &block.open_range)),
            );
        }
        self.attributes
            .iter()
            .filter(|a| !hidden.has(&a.name))
            .map(|a| (a.name.clone(), a.clone()))
            .collect()
    }
}

impl NativeBlock {
    fn check_labels(&self, schema: &BlockSchema, diagnostics: &mut Diagnostics) -> bool {
        let (name, names) = (&self.block_type, &schema.label_names);
        let found = self.labels.len();
        if found == names.len() {
            return true;
        }
        let list = names.iter().map(|n| &**n).collect::<Vec<_>>().join(", ");
        let (summary, detail, subject) = if found > names.len() {
            let detail = if names.is_empty() {
                format!("No labels are expected for {name} blocks.")
            } else {
                format!("Only {} labels ({list}) are expected for {name} blocks.", names.len())
            };
            (format!("Extraneous label for {name}"), detail, &self.label_ranges[names.len()])
        } else {
            let detail = format!("All {name} blocks must have {} labels ({list}).", names.len());
            (format!("Missing {} for {name}", names[found]), detail, &self.open_range)
        };
        let context = SourceRange::between(&self.type_range, &self.open_range);
        diagnostics.push(Diagnostic::error(summary, detail).at(subject).within(&context));
        false
    }

    fn to_block(&self) -> Block {
        let def_range = match self.label_ranges.last() {
            Some(last) => SourceRange::between(&self.type_range, last),
            None => self.type_range.clone(),
        };
        Block {
            block_type: self.block_type.clone(),
            labels: self.labels.clone(),
            body: self.body.clone(),
            type_range: self.type_range.clone(),
            label_ranges: self.label_ranges.clone(),
            def_range,
        }
    }
}

pub(super) fn missing_argument(name: &str, range: &SourceRange) -> Diagnostic {
    let detail = format!("The argument \"{name}\" is required, but no definition was found.");
    Diagnostic::error("Missing required argument", detail).at(range)
}
