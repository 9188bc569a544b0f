//! Bringing values into the shape that a schema demands.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use groma_value::{Entries, ObjectType, Path, PathStep, Str, Type, Value, convert};

use crate::{Attribute, AttributeType, Block, NestedBlock, NestedObject, Nesting};

/// Why a value cannot be brought into the shape of a schema.
#[derive(Clone, Debug, PartialEq)]
pub struct ConformError {
    /// What part of the value is to blame.
    pub path: Path,
    /// What is wrong with it.
    pub message: String,
}

impl ConformError {
    fn new(message: impl Into<String>) -> ConformError {
        ConformError { path: Path::root(), message: message.into() }
    }

    /// The same error, seen from a level further out.
    fn under(mut self, step: PathStep) -> ConformError {
        // Paths are short, and this is no way that values usually take.
        self.path.0.insert(0, step);
        self
    }
}

/// `.path: message`
impl fmt::Display for ConformError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.0.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for ConformError {}

impl Attribute {
    /// The type that its values are converted to: nested attributes that need not be set are
    /// optional in it.
    pub fn constraint_type(&self) -> Type {
        match &self.ty {
            AttributeType::Simple(ty) => ty.clone(),
            AttributeType::Nested(nested) => nested.constraint_type(),
        }
    }
}

impl NestedObject {
    /// As [`Attribute::constraint_type`].
    pub fn constraint_type(&self) -> Type {
        let optional: BTreeSet<Str> = self
            .attributes
            .iter()
            .filter(|(_, a)| a.optional || a.computed)
            .map(|(name, _)| name.clone())
            .collect();
        let attributes =
            self.attributes.iter().map(|(name, a)| (name.clone(), a.constraint_type())).collect();
        let object = Type::Object(Arc::new(ObjectType { attributes, optional }));
        match self.nesting {
            Nesting::Single | Nesting::Group => object,
            Nesting::List => Type::list(object),
            Nesting::Set => Type::set(object),
            Nesting::Map => Type::map(object),
        }
    }
}

impl NestedBlock {
    /// What stands for no blocks of this type.
    pub fn empty_value(&self) -> Value {
        match self.nesting {
            Nesting::Single => Value::null(self.block.implied_type().clone()),
            Nesting::Group => self.block.empty_value(),
            _ => self.collection(Vec::new()),
        }
    }

    /// What stands for blocks of which it is not known how many there are.
    pub fn unknown_value(&self) -> Value {
        Value::unknown(self.implied_type())
    }

    /// The values of the blocks as a whole, each with its label (which is empty but for maps).
    pub(crate) fn collection(&self, items: Vec<(Str, Value)>) -> Value {
        let ty = self.block.implied_type();
        let plain = |items: Vec<(Str, Value)>| items.into_iter().map(|(_, v)| v).collect();
        match self.nesting {
            Nesting::Set => Value::set(ty.clone(), plain(items)),
            Nesting::Map if ty.has_dynamic() => Value::object(Entries::from_iter(items)),
            Nesting::Map => Value::map(ty.clone(), Entries::from_iter(items)),
            _ if ty.has_dynamic() => Value::tuple(plain(items)),
            _ => Value::list(ty.clone(), plain(items)),
        }
    }
}

impl Block {
    /// The value of a body that holds nothing.
    pub fn empty_value(&self) -> Value {
        let attributes =
            self.attributes.iter().map(|(n, a)| (n.clone(), Value::null(a.implied_type())));
        let blocks = self.blocks.iter().map(|(n, b)| (n.clone(), b.empty_value()));
        Value::object(attributes.chain(blocks).collect())
    }

    /// The value of a body of which nothing is known.
    pub fn unknown_value(&self) -> Value {
        let attributes =
            self.attributes.iter().map(|(n, a)| (n.clone(), Value::unknown(a.implied_type())));
        let blocks = self.blocks.iter().map(|(n, b)| (n.clone(), b.unknown_value()));
        Value::object(attributes.chain(blocks).collect())
    }

    /// Brings an object of whatever origin into the shape of this schema: attributes converted to
    /// their types, what need not be there filled in with nulls and empty collections. Marks stay.
    pub fn coerce(&self, value: &Value) -> Result<Value, ConformError> {
        let (plain, marks) = value.clone().unmark();
        if plain.is_null() {
            return Ok(Value::null(self.implied_type().clone()).with_marks(&marks));
        }
        if !plain.is_known() {
            return Ok(Value::unknown(self.implied_type().clone()).with_marks(&marks));
        }
        let groma_value::Kind::Object(entries) = plain.kind() else {
            return Err(ConformError::new("an object is required"));
        };
        for name in entries.keys() {
            if !self.attributes.contains_key(name) && !self.blocks.contains_key(name) {
                return Err(ConformError::new(format!("unexpected attribute {name:?}")));
            }
        }
        let mut result = Vec::with_capacity(self.attributes.len() + self.blocks.len());
        for (name, attribute) in &self.attributes {
            let value = match entries.get(name) {
                Some(value) => attribute.coerce(value),
                None if attribute.computed || attribute.optional => {
                    Ok(Value::null(attribute.implied_type()))
                }
                None => Err(ConformError::new(format!("attribute {name:?} is required"))),
            };
            result.push((name.clone(), value.map_err(|e| e.under_name(name, entries))?));
        }
        for (name, block) in &self.blocks {
            let value = match entries.get(name) {
                Some(value) => block.coerce(value),
                None => Ok(block.empty_value()),
            };
            result.push((name.clone(), value.map_err(|e| e.under_name(name, entries))?));
        }
        Ok(Value::object(result.into_iter().collect()).with_marks(&marks))
    }
}

impl ConformError {
    /// What is missing is missing from the object; all else is wrong with the attribute.
    fn under_name(self, name: &Str, entries: &Entries) -> ConformError {
        if entries.contains_key(name) {
            self.under(PathStep::Attribute(name.clone()))
        } else {
            self
        }
    }
}

impl Attribute {
    fn coerce(&self, value: &Value) -> Result<Value, ConformError> {
        convert(value, &self.constraint_type())
            .map_err(|error| ConformError::new(error.to_string()))
    }
}

impl NestedBlock {
    fn coerce(&self, value: &Value) -> Result<Value, ConformError> {
        if matches!(self.nesting, Nesting::Single | Nesting::Group) {
            return self.block.coerce(value);
        }
        let (plain, marks) = value.clone().unmark();
        if plain.is_null() {
            return Ok(Value::null(self.implied_type()).with_marks(&marks));
        }
        if !plain.is_known() {
            return Ok(self.unknown_value().with_marks(&marks));
        }
        let mut items = Vec::new();
        if self.nesting == Nesting::Map {
            let Some(entries) = plain.as_entries() else {
                return Err(ConformError::new("must be a map"));
            };
            for (name, item) in entries.iter() {
                let item = self.block.coerce(item);
                let step = || PathStep::Index(Value::string(name.clone()));
                items.push((name.clone(), item.map_err(|e| e.under(step()))?));
            }
        } else {
            let Some(sequence) = plain.as_sequence() else {
                let what = if self.nesting == Nesting::Set { "set" } else { "list" };
                return Err(ConformError::new(format!("must be a {what}")));
            };
            for (i, item) in sequence.iter().enumerate() {
                let step = || match self.nesting {
                    Nesting::Set => PathStep::Index(item.clone()),
                    _ => PathStep::Index(Value::number(i as i64)),
                };
                let coerced = self.block.coerce(item).map_err(|e| e.under(step()))?;
                items.push((Str::from(""), coerced));
            }
        }
        Ok(self.collection(items).with_marks(&marks))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> Block {
        let rule = Block::with_attributes([
            ("port", Attribute::required(Type::Number)),
            ("note", Attribute::optional(Type::String)),
        ]);
        let nested = |nesting| NestedBlock {
            block: Arc::new(rule.clone()),
            nesting,
            min_items: 0,
            max_items: 0,
        };
        let mut block = Block::with_attributes([
            ("name", Attribute::required(Type::String)),
            ("id", Attribute::computed(Type::String)),
        ]);
        block.blocks.insert("rule".into(), nested(Nesting::List));
        block.blocks.insert("extra".into(), nested(Nesting::Set));
        block.blocks.insert("by_name".into(), nested(Nesting::Map));
        block.blocks.insert("only".into(), nested(Nesting::Single));
        block.blocks.insert("group".into(), nested(Nesting::Group));
        block
    }

    #[test]
    fn what_need_not_be_there_is_filled_in() {
        let schema = schema();
        let rule = Value::object_of([("port", Value::from("80"))]);
        let given = Value::object_of([
            ("name", Value::from(5).marked(groma_value::Mark::Sensitive)),
            ("rule", Value::tuple(vec![rule.clone()])),
            ("extra", Value::tuple(vec![rule.clone(), rule.clone()])),
            ("by_name", Value::object_of([("a", rule)])),
        ]);
        let value = schema.coerce(&given).unwrap();
        assert_eq!(value.ty(), *schema.implied_type());
        assert_eq!(value.get("name").unwrap().as_str().map(|s| &**s), Some("5"));
        assert!(value.get("name").unwrap().is_sensitive());
        let rules = value.get("rule").unwrap().as_sequence().unwrap();
        assert_eq!(rules[0].get("port"), Some(&Value::from(80)));
        assert_eq!(rules[0].get("note"), Some(&Value::null(Type::String)));
        assert_eq!(value.get("extra").unwrap().as_sequence().unwrap().len(), 1);
        assert!(value.get("only").unwrap().is_null());
        assert!(value.get("group").unwrap().get("port").unwrap().is_null());
    }

    #[test]
    fn the_error_says_where() {
        let rule = Value::object_of([("port", Value::from("http"))]);
        let given =
            Value::object_of([("name", Value::from("x")), ("rule", Value::tuple(vec![rule]))]);
        let error = schema().coerce(&given).unwrap_err();
        assert_eq!(error.path.to_string(), ".rule[0].port");
        let error = schema().coerce(&Value::object_of::<&str>([])).unwrap_err();
        assert_eq!(error.to_string(), "attribute \"name\" is required");
        let error = schema().coerce(&Value::object_of([("nam", Value::TRUE)])).unwrap_err();
        assert_eq!(error.to_string(), "unexpected attribute \"nam\"");
    }

    #[test]
    fn the_empty_value_is_of_the_implied_type() {
        let schema = schema();
        assert_eq!(schema.empty_value().ty(), *schema.implied_type());
        assert_eq!(schema.unknown_value().ty(), *schema.implied_type());
    }
}
