//! What a schema says of parts of a value: that they are sensitive, or never stored.

use std::collections::BTreeMap;

use groma_value::{Entries, Kind, Marks, Path, PathStep, Str, Value};

use crate::decode::is_modern;
use crate::{Attribute, Block, NestedObject, Nesting};

/// A property of attributes that concerns their values.
#[derive(Clone, Copy)]
enum Trait {
    Sensitive,
    WriteOnly,
}

impl Trait {
    fn of(self, attribute: &Attribute) -> bool {
        match self {
            Trait::Sensitive => attribute.sensitive,
            Trait::WriteOnly => attribute.write_only,
        }
    }

    fn anywhere_in(self, block: &Block) -> bool {
        match self {
            Trait::Sensitive => block.has_sensitive(),
            Trait::WriteOnly => block.has_write_only(),
        }
    }

    fn within(self, attribute: &Attribute) -> bool {
        attribute.nested().is_some_and(|n| self.within_nested(n))
    }

    fn within_nested(self, nested: &NestedObject) -> bool {
        nested.attributes.values().any(|a| self.of(a) || self.within(a))
    }
}

impl Block {
    /// Whether an attribute anywhere in it is write-only.
    pub fn has_write_only(&self) -> bool {
        self.flags().write_only
    }

    /// Whether an attribute anywhere in it is sensitive.
    pub fn has_sensitive(&self) -> bool {
        self.flags().sensitive
    }

    pub(crate) fn compute_flags(&self) -> Flags {
        let any = |t: Trait| self.attributes.values().any(|a| t.of(a) || t.within(a));
        Flags {
            sensitive: any(Trait::Sensitive)
                || self.blocks.values().any(|b| b.block.has_sensitive()),
            write_only: any(Trait::WriteOnly)
                || self.blocks.values().any(|b| b.block.has_write_only()),
            modern: self.attributes.values().any(is_modern)
                || self.blocks.values().any(|b| b.block.flags().modern),
        }
    }

    /// The paths of the parts of `value` that the schema says are sensitive, with that mark. What
    /// is in a set stands for the whole set, as marks in sets do.
    pub fn value_marks(&self, value: &Value) -> Vec<(Path, Marks)> {
        let mark = |path| (path, Marks::sensitive());
        self.paths(Trait::Sensitive, value).into_iter().map(mark).collect()
    }

    /// The paths of the write-only parts of `value`.
    pub fn write_only_paths(&self, value: &Value) -> Vec<Path> {
        self.paths(Trait::WriteOnly, value)
    }

    /// The value with all that the schema says is sensitive marked so.
    pub fn mark_sensitive(&self, value: &Value) -> Value {
        block_mapped(self, Trait::Sensitive, value, &mut |v| {
            v.clone().with_marks(&Marks::sensitive())
        })
    }

    /// The value with null in place of all that is write-only.
    pub fn without_write_only(&self, value: &Value) -> Value {
        block_mapped(self, Trait::WriteOnly, value, &mut |v| Value::null(v.ty()))
    }

    fn paths(&self, what: Trait, value: &Value) -> Vec<Path> {
        let mut walk = Walk { what, here: Vec::new(), found: Vec::new() };
        walk.block(self, value);
        walk.found
    }
}

/// What is known of a block with all that is in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flags {
    pub(crate) sensitive: bool,
    pub(crate) write_only: bool,
    /// It has attributes of types that providers built on the older SDK do not have.
    pub(crate) modern: bool,
}

struct Walk {
    what: Trait,
    here: Vec<PathStep>,
    found: Vec<Path>,
}

impl Walk {
    fn hit(&mut self) {
        let path = Path(self.here.clone());
        if self.found.last() != Some(&path) {
            self.found.push(path);
        }
    }

    fn block(&mut self, block: &Block, value: &Value) {
        let Some(entries) = value.as_entries() else { return };
        if !self.what.anywhere_in(block) {
            return;
        }
        self.attributes(&block.attributes, entries);
        for (name, nested) in &block.blocks {
            if let Some(value) = entries.get(name)
                && self.what.anywhere_in(&nested.block)
            {
                self.here.push(PathStep::Attribute(name.clone()));
                self.items(nested.nesting, value, &mut |walk, item| {
                    walk.block(&nested.block, item)
                });
                self.here.pop();
            }
        }
    }

    fn attributes(&mut self, attributes: &BTreeMap<Str, Attribute>, entries: &Entries) {
        for (name, attribute) in attributes {
            let Some(value) = entries.get(name) else { continue };
            self.here.push(PathStep::Attribute(name.clone()));
            if self.what.of(attribute) {
                self.hit();
            } else if let Some(nested) = attribute.nested()
                && self.what.within_nested(nested)
            {
                self.items(nested.nesting, value, &mut |walk, item| {
                    if let Some(entries) = item.as_entries() {
                        walk.attributes(&nested.attributes, entries);
                    }
                });
            }
            self.here.pop();
        }
    }

    /// Shows each of the objects that `value` consists of.
    fn items(&mut self, nesting: Nesting, value: &Value, show: &mut dyn FnMut(&mut Walk, &Value)) {
        match nesting {
            Nesting::Single | Nesting::Group => show(self, value),
            Nesting::Map => {
                for (key, item) in value.as_entries().into_iter().flat_map(Entries::iter) {
                    self.here.push(PathStep::Index(Value::string(key.clone())));
                    show(self, item);
                    self.here.pop();
                }
            }
            // The path ends at the set: how deep in it the cause lies does not matter.
            Nesting::Set if matches!(self.what, Trait::Sensitive) => {
                let items = value.as_sequence().unwrap_or_default();
                let found = self.found.len();
                items.iter().for_each(|item| show(self, item));
                if self.found.len() > found {
                    self.found.truncate(found);
                    self.hit();
                }
            }
            Nesting::List | Nesting::Set => {
                for (i, item) in value.as_sequence().unwrap_or_default().iter().enumerate() {
                    self.here.push(PathStep::Index(match nesting {
                        Nesting::Set => item.clone(),
                        _ => Value::number(i as i64),
                    }));
                    show(self, item);
                    self.here.pop();
                }
            }
        }
    }
}

type Change<'a> = &'a mut dyn FnMut(&Value) -> Value;

/// The value with `change` made to all attributes that `what` is said of.
fn block_mapped(block: &Block, what: Trait, value: &Value, change: Change<'_>) -> Value {
    let Kind::Object(entries) = value.kind() else { return value.clone() };
    if !what.anywhere_in(block) {
        return value.clone();
    }
    let entries = entries.iter().map(|(name, value)| {
        let new = if let Some(attribute) = block.attributes.get(name) {
            attribute_mapped(attribute, what, value, change)
        } else if let Some(nested) = block.blocks.get(name)
            && what.anywhere_in(&nested.block)
        {
            items_mapped(nested.nesting, value, &mut |item| {
                block_mapped(&nested.block, what, item, change)
            })
        } else {
            value.clone()
        };
        (name.clone(), new)
    });
    Value::object(entries.collect()).with_marks(value.marks())
}

fn attribute_mapped(
    attribute: &Attribute,
    what: Trait,
    value: &Value,
    change: Change<'_>,
) -> Value {
    if what.of(attribute) {
        return change(value);
    }
    let Some(nested) = attribute.nested().filter(|n| what.within_nested(n)) else {
        return value.clone();
    };
    items_mapped(nested.nesting, value, &mut |item| {
        let Kind::Object(entries) = item.kind() else { return item.clone() };
        let entries = entries.iter().map(|(name, value)| {
            let new = match nested.attributes.get(name) {
                Some(attribute) => attribute_mapped(attribute, what, value, change),
                None => value.clone(),
            };
            (name.clone(), new)
        });
        Value::object(entries.collect()).with_marks(item.marks())
    })
}

fn items_mapped(nesting: Nesting, value: &Value, change: &mut dyn FnMut(&Value) -> Value) -> Value {
    if matches!(nesting, Nesting::Single | Nesting::Group) {
        return change(value);
    }
    let entries = |entries: &Entries, change: &mut dyn FnMut(&Value) -> Value| {
        entries.iter().map(|(k, v)| (k.clone(), change(v))).collect::<Entries>()
    };
    let changed = match value.kind() {
        Kind::List(l) => Value::list(l.element.clone(), l.items.iter().map(change).collect()),
        Kind::Set(s) => Value::set(s.element.clone(), s.items.iter().map(change).collect()),
        Kind::Tuple(items) => Value::tuple(items.iter().map(change).collect()),
        Kind::Map(m) => Value::map(m.element.clone(), entries(&m.entries, change)),
        Kind::Object(e) => Value::object(entries(e, change)),
        _ => return value.clone(),
    };
    changed.with_marks(value.marks())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{AttributeType, NestedBlock};
    use groma_value::Type;

    fn schema() -> Block {
        let secret = Attribute { sensitive: true, ..Attribute::optional(Type::String) };
        let token = Attribute { write_only: true, ..Attribute::optional(Type::String) };
        let inner = Block::with_attributes([
            ("secret", secret.clone()),
            ("plain", Attribute::optional(Type::String)),
        ]);
        let nested = |nesting| NestedBlock {
            block: Arc::new(inner.clone()),
            nesting,
            min_items: 0,
            max_items: 0,
        };
        let objects = NestedObject {
            attributes: [("secret".into(), secret.clone()), ("token".into(), token.clone())].into(),
            nesting: Nesting::Map,
        };
        let objects = Attribute {
            ty: AttributeType::Nested(Box::new(objects)),
            ..Attribute::optional(Type::Dynamic)
        };
        let mut block =
            Block::with_attributes([("password", secret), ("token", token), ("users", objects)]);
        block.blocks.insert("list".into(), nested(Nesting::List));
        block.blocks.insert("set".into(), nested(Nesting::Set));
        block
    }

    fn value() -> Value {
        let inner = || Value::object_of([("secret", "s".into()), ("plain", "p".into())]);
        let user = Value::object_of([("secret", "s".into()), ("token", "t".into())]);
        let given = Value::object_of([
            ("password", "x".into()),
            ("token", "t".into()),
            ("users", Value::object_of([("ann", user)])),
            ("list", Value::tuple(vec![inner()])),
            ("set", Value::tuple(vec![inner()])),
        ]);
        schema().coerce(&given).unwrap()
    }

    fn shown(paths: impl IntoIterator<Item = Path>) -> Vec<String> {
        paths.into_iter().map(|p| p.to_string()).collect()
    }

    #[test]
    fn sensitive_paths_end_at_sets() {
        let paths = shown(schema().value_marks(&value()).into_iter().map(|(p, _)| p));
        let expected = [".password", ".users[\"ann\"].secret", ".list[0].secret", ".set"];
        assert_eq!(paths, expected);
    }

    #[test]
    fn marks_are_put_where_the_paths_lead() {
        let marked = schema().mark_sensitive(&value());
        assert!(marked.get("password").unwrap().is_sensitive());
        assert!(!marked.get("token").unwrap().is_sensitive());
        assert!(marked.get("set").unwrap().is_sensitive());
        let list = marked.get("list").unwrap();
        assert!(!list.is_sensitive());
        assert!(list.as_sequence().unwrap()[0].get("secret").unwrap().is_sensitive());
        let user = marked.get("users").unwrap().get("ann").unwrap();
        assert!(user.get("secret").unwrap().is_sensitive());
    }

    #[test]
    fn write_only_parts_are_found_and_taken_out() {
        let paths = shown(schema().write_only_paths(&value()));
        assert_eq!(paths, [".token", ".users[\"ann\"].token"]);
        let stored = schema().without_write_only(&value());
        assert!(stored.get("token").unwrap().is_null());
        assert!(stored.get("users").unwrap().get("ann").unwrap().get("token").unwrap().is_null());
        assert_eq!(stored.get("password"), value().get("password"));
    }
}
