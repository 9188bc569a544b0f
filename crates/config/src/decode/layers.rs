//! Blocks and the blocks in override files that change them.

use groma_diag::{Diagnostic, Diagnostics};
use groma_hcl::{Attribute, Block, Body, BodySchema, Content};

use super::attrs;

/// A block, and what override files lay over it.
#[derive(Clone, Debug)]
pub(super) struct Layered {
    /// The block as it is declared.
    pub(super) base: Block,
    /// The blocks that override it, later ones over earlier ones.
    pub(super) over: Vec<Block>,
}

/// The parts of a [`Layered`] block.
pub(super) struct Parts {
    /// What the schema names. Of `lifecycle` blocks there is none here.
    pub(super) content: Content,
    /// The rest.
    pub(super) rest: Body,
    /// The `lifecycle` block, its arguments overridden one by one.
    pub(super) lifecycle: Option<(Block, Body)>,
}

impl Layered {
    pub(super) fn new(base: Block) -> Layered {
        Layered { base, over: Vec::new() }
    }

    /// The whole body.
    pub(super) fn body(&self) -> Body {
        if self.over.is_empty() {
            return self.base.body.clone();
        }
        let layers = std::iter::once(&self.base).chain(&self.over);
        overlay_all(&layers.map(|b| b.body.clone()).collect::<Vec<_>>())
            .unwrap_or_else(|| self.base.body.clone())
    }

    /// All of the body, which should hold nothing that the schema does not name.
    pub(super) fn content(&self, schema: &BodySchema, diagnostics: &mut Diagnostics) -> Content {
        let (content, found) = self.body().content(schema);
        diagnostics.extend(found);
        content
    }

    /// What the schema names, and the rest. `owner` is what the block is called in messages.
    pub(super) fn parts(
        &self,
        schema: &BodySchema,
        owner: &str,
        diagnostics: &mut Diagnostics,
    ) -> Parts {
        let (mut content, rest, found) = self.body().partial_content(schema);
        diagnostics.extend(found);
        content.blocks.retain(|b| &*b.block_type != "lifecycle");
        let lifecycle = self.lifecycle(schema, owner, diagnostics);
        Parts { content, rest, lifecycle }
    }

    fn lifecycle(
        &self,
        schema: &BodySchema,
        owner: &str,
        diagnostics: &mut Diagnostics,
    ) -> Option<(Block, Body)> {
        if !schema.blocks.iter().any(|b| &*b.block_type == "lifecycle") {
            return None;
        }
        let schema = BodySchema::new().block("lifecycle", &[]);
        let mut base: Option<Block> = None;
        let mut bodies = Vec::new();
        for layer in std::iter::once(&self.base).chain(&self.over) {
            let (content, _, _) = layer.body.partial_content(&schema);
            let mut blocks = content.blocks.into_iter();
            let Some(first) = blocks.next() else { continue };
            for second in blocks {
                diagnostics.push(attrs::duplicate_block(
                    "lifecycle",
                    owner,
                    &first.def_range,
                    &second.def_range,
                ));
            }
            bodies.push(first.body.clone());
            base.get_or_insert(first);
        }
        Some((base?, overlay_all(&bodies)?))
    }

    /// Reports what an override file must not change: `depends_on`, and blocks of these types, be
    /// they in the body itself or in its `lifecycle` block.
    pub(super) fn forbid_overrides(&self, rules: &[&str], diagnostics: &mut Diagnostics) {
        if self.over.is_empty() {
            return;
        }
        let rules = rules.iter().fold(BodySchema::new(), |schema, rule| schema.block(*rule, &[]));
        let schema = BodySchema::new().optional(["depends_on"]).block("lifecycle", &[]);
        for layer in &self.over {
            let (content, rest, _) = layer.body.partial_content(&schema);
            let depends_on = content.attribute("depends_on");
            let is_empty = |a: &Attribute| a.expr.static_list().is_some_and(<[_]>::is_empty);
            if let Some(attribute) = depends_on.filter(|a| !is_empty(a)) {
                diagnostics.push(
                    Diagnostic::error(
                        "Unsupported override",
                        "The depends_on argument may not be overridden.",
                    )
                    .at(&attribute.name_range),
                );
            }
            let inner = content.blocks.iter().map(|b| b.body.clone());
            for body in inner.chain([rest]) {
                let blocks = body.partial_content(&rules).0.blocks;
                diagnostics.extend(blocks.iter().map(|block| {
                    let kind = &*block.block_type;
                    Diagnostic::error(
                        format!("Can't override {kind} blocks"),
                        format!("Override files cannot override {kind:?} blocks."),
                    )
                    .at(&block.def_range)
                }));
            }
        }
    }
}

/// Each of these bodies over the one before it. Halving keeps the nesting shallow, however many
/// there are.
fn overlay_all(bodies: &[Body]) -> Option<Body> {
    match bodies {
        [] => None,
        [only] => Some(only.clone()),
        _ => {
            let (base, over) = bodies.split_at(bodies.len() / 2);
            Some(Body::overlay(overlay_all(base)?, overlay_all(over)?))
        }
    }
}

/// Takes the escaping blocks (`_`) out of the content and adds what they hold to the rest.
pub(super) fn unescape(
    content: &mut Content,
    rest: Body,
    owner: &str,
    diagnostics: &mut Diagnostics,
) -> Body {
    let mut escaping = content.blocks.extract_if(.., |b| &*b.block_type == "_");
    let Some(first) = escaping.next() else { return rest };
    for second in escaping {
        diagnostics.push(attrs::duplicate_block("_", owner, &first.def_range, &second.def_range));
    }
    Body::merge(vec![rest, first.body])
}
