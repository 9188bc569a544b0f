//! The two types that are always there.

use std::collections::BTreeMap;

use crate::definition::{Attribute, Block, Definition, Kind, Mode};

/// How deep the complex type nests.
const DEPTH: usize = 3;

/// `tfcoremock_simple_resource`
pub(crate) fn simple() -> Definition {
    Definition {
        description: "A resource with one optional attribute of each simple type.",
        attributes: simple_attributes(),
        blocks: BTreeMap::new(),
        ..Definition::default()
    }
}

/// `tfcoremock_complex_resource`
pub(crate) fn complex() -> Definition {
    Definition {
        description: "A resource with attributes of the simple types, with attributes that hold \
                      objects of its own kind, and with nested blocks of its own kind. Both go \
                      three levels deep.",
        attributes: attributes(DEPTH),
        blocks: blocks(DEPTH),
        ..Definition::default()
    }
}

fn simple_attributes() -> BTreeMap<String, Attribute> {
    let optional = |(name, kind, description): (&str, _, _)| {
        let attribute = Attribute { optional: true, description, ..Attribute::new(kind) };
        (name.to_owned(), attribute)
    };
    [
        ("bool", Kind::Boolean, "True or false."),
        ("number", Kind::Number, "Any number."),
        ("string", Kind::String, "A string."),
        ("float", Kind::Float, "A number with a fraction."),
        ("integer", Kind::Integer, "A whole number."),
    ]
    .map(optional)
    .into()
}

/// The attributes at a level that has so many below it.
fn attributes(below: usize) -> BTreeMap<String, Attribute> {
    let mut all = simple_attributes();
    if below == 0 {
        return all;
    }
    let objects = || Attribute { object: attributes(below - 1), ..Attribute::new(Kind::Object) };
    let optional =
        |kind, description| Attribute { optional: true, description, ..Attribute::new(kind) };
    let list = optional(Kind::List, "A list of objects like the whole.");
    all.insert("list".to_owned(), Attribute { list: Some(Box::new(objects())), ..list });
    let map = optional(Kind::Map, "A map of objects like the whole.");
    all.insert("map".to_owned(), Attribute { map: Some(Box::new(objects())), ..map });
    let set = optional(Kind::Set, "A set of objects like the whole.");
    all.insert("set".to_owned(), Attribute { set: Some(Box::new(objects())), ..set });
    let object = optional(Kind::Object, "An object like the whole.");
    all.insert("object".to_owned(), Attribute { object: attributes(below - 1), ..object });
    all
}

fn blocks(below: usize) -> BTreeMap<String, Block> {
    if below == 0 {
        return BTreeMap::new();
    }
    let block = |mode, description| Block {
        description,
        attributes: attributes(below - 1),
        blocks: blocks(below - 1),
        mode,
    };
    [
        ("list_block".to_owned(), block(Mode::List, "A list of blocks like the whole.")),
        ("set_block".to_owned(), block(Mode::Set, "A set of blocks like the whole.")),
    ]
    .into()
}
