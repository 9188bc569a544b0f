//! Comparing by schema.

use groma_schema::{Attribute, AttributeType, Block, NestedBlock, NestedObject, Nesting};
use groma_value::Type;

use super::part::Unknown;
use super::typed::{attributes, by_type, keys, sensitive, sensitive_act, set, unknown};
use super::{Act, Blocks, Body, Diff, Part, SequenceKind};

/// Compares the two sides of a part that is a block of a schema.
pub(crate) fn object<'a>(part: &Part<'a>, block: &'a Block) -> Diff<'a> {
    if part.is_sensitive() {
        let inner = object(&part.opened(), block).act;
        let (before, after) = (part.before.sensitive, part.after.sensitive);
        let body = Body::SensitiveBlock { inner, before, after };
        return Diff::new(body, sensitive_act(part, inner), part.replace.end_here());
    }
    if part.unknown == Unknown::Yes {
        return unknown_block(part, block);
    }
    let modern = part.modern || block.attributes.values().any(is_modern);
    let part = &Part { modern, ..part.clone() };
    let outer = part.outer_act();
    let mut act = outer;
    let mut entries = Vec::new();
    for (name, attribute) in &block.attributes {
        if let Some(diff) = block_attribute(part, name, attribute, outer) {
            act = act.and(diff.act);
            entries.push((&**name, diff));
        }
    }
    let mut blocks = Vec::new();
    for (name, nested) in &block.blocks {
        let (group, group_act) = nested_blocks(&part.at_key(name).if_relevant(), name, nested);
        blocks.extend(group);
        act = act.and(group_act);
    }
    Diff::new(Body::Block { attributes: entries, blocks }, act, part.replace.end_here())
}

/// Whether the older SDK knows no such attributes.
fn is_modern(attribute: &Attribute) -> bool {
    match &attribute.ty {
        AttributeType::Nested(_) => true,
        AttributeType::Simple(ty) => {
            matches!(ty, Type::Dynamic | Type::Object(_) | Type::Tuple(_))
        }
    }
}

fn unknown_block<'a>(part: &Part<'a>, block: &'a Block) -> Diff<'a> {
    unknown(part, Unknown::Attributes, |before| object(before, block))
}

fn block_attribute<'a>(
    part: &Part<'a>,
    name: &str,
    attribute: &'a Attribute,
    parent: Act,
) -> Option<Diff<'a>> {
    let mut part = part.at_key(name).if_relevant();
    for side in [&mut part.before, &mut part.after] {
        side.explicit = false;
    }
    let diff = attribute_diff(&part, attribute, parent);
    let nothing = diff.act == Act::Keep && part.is_none() && !attribute.write_only;
    (!nothing).then_some(diff)
}

fn attribute_diff<'a>(part: &Part<'a>, attribute: &'a Attribute, parent: Act) -> Diff<'a> {
    if attribute.write_only {
        // It has no value to compare: it comes and goes with its parent.
        let replace = part.replace.end_here();
        let act = if parent == Act::Keep && replace { Act::Update } else { parent };
        return Diff::new(Body::WriteOnly, act, replace);
    }
    match &attribute.ty {
        AttributeType::Simple(ty) => by_type(part, ty),
        AttributeType::Nested(nested) => nested_attribute(part, nested, nested.nesting),
    }
}

/// Compares the two sides of an attribute with nested attributes.
fn nested_attribute<'a>(part: &Part<'a>, nested: &'a NestedObject, nesting: Nesting) -> Diff<'a> {
    if part.is_sensitive() {
        return sensitive(part, |opened| nested_attribute(opened, nested, nesting));
    }
    if part.unknown == Unknown::Yes {
        return unknown(part, Unknown::Attributes, |before| {
            nested_attribute(before, nested, nesting)
        });
    }
    let replace = part.replace.end_here();
    let one = |part: &Part<'a>| nested_attribute(part, nested, Nesting::Single);
    match nesting {
        Nesting::Single | Nesting::Group => {
            let (entries, act) = attributes(part, nested.attributes.iter(), attribute_diff);
            Diff::new(Body::Object { entries, nested: true }, act, replace)
        }
        Nesting::Map => {
            let mut act = part.outer_act();
            let mut entries = Vec::new();
            for key in keys(part) {
                let diff = one(&part.at_key(key).if_relevant());
                act = act.and(diff.act);
                entries.push((key, diff));
            }
            Diff::new(Body::Map { entries, nested: true }, act, replace)
        }
        Nesting::List => {
            let (items, act) = in_step(part, one);
            Diff::new(Body::Sequence { items, kind: SequenceKind::NestedList }, act, replace)
        }
        Nesting::Set => {
            let (items, act) = set(part, one);
            Diff::new(Body::Sequence { items, kind: SequenceKind::NestedSet }, act, replace)
        }
    }
}

/// Compares the elements that have the same index.
fn in_step<'a>(part: &Part<'a>, compare: impl Fn(&Part<'a>) -> Diff<'a>) -> (Vec<Diff<'a>>, Act) {
    let length = |side: &super::Side<'a>| side.items().map_or(0, <[_]>::len);
    let mut act = part.outer_act();
    let count = length(&part.before).max(length(&part.after));
    let items: Vec<_> =
        (0..count).map(|i| compare(&part.at_index(Some(i), Some(i)).if_relevant())).collect();
    for item in &items {
        act = act.and(item.act);
    }
    (items, act)
}

/// What comes in place of the blocks of a type is not known: that is said once, and then which
/// blocks there were.
fn unknown_blocks<'a>(
    part: &Part<'a>,
    nested: &'a NestedBlock,
) -> Vec<(Option<&'a str>, Diff<'a>)> {
    if matches!(nested.nesting, Nesting::Single | Nesting::Group) {
        return vec![(None, unknown_block(part, &nested.block))];
    }
    let gone = nested_blocks(&part.as_delete(), "", nested).0;
    let act = if part.before.is_none() { Act::Create } else { Act::Update };
    let new = Diff::new(Body::Unknown(None), act, part.replace.end_here());
    let mut items = vec![(None, new)];
    items.extend(gone.into_iter().flat_map(|group| group.items));
    items
}

/// Compares all blocks of a type. There is nothing to show where there are none.
fn nested_blocks<'a>(
    part: &Part<'a>,
    name: &'a str,
    nested: &'a NestedBlock,
) -> (Option<Blocks<'a>>, Act) {
    let block = &*nested.block;
    let one = |part: &Part<'a>| object(part, block);
    let mut group = Blocks {
        name,
        items: Vec::new(),
        is_set: false,
        replace: part.replace.end_here(),
        sensitive_before: part.before.sensitive,
        sensitive_after: part.after.sensitive,
    };
    let unlabelled = |items: Vec<Diff<'a>>| items.into_iter().map(|d| (None, d)).collect();
    if part.unknown == Unknown::Yes {
        group.items = unknown_blocks(part, nested);
        // That blocks are not known does not make their parent one that changes.
        return (Some(group), Act::Keep);
    }
    let mut result = part.outer_act();
    match nested.nesting {
        Nesting::Single | Nesting::Group => {
            let diff = one(part);
            result = diff.act;
            group.items = vec![(None, diff)];
        }
        Nesting::List => {
            let (items, act) = in_step(part, one);
            result = act;
            group.items = unlabelled(items);
        }
        Nesting::Set => {
            let (items, act) = set(part, one);
            result = act;
            group.is_set = true;
            group.items = unlabelled(items);
        }
        Nesting::Map => {
            for key in keys(part) {
                let diff = one(&part.at_key(key).if_relevant());
                result = result.and(diff.act);
                group.items.push((Some(key), diff));
            }
        }
    }
    if result == Act::Keep && part.is_none() {
        return (None, Act::Keep);
    }
    (Some(group), result)
}
