//! JSON syntax: the tree, with ranges, before it is known what is a block and what an attribute.

mod parse;

use std::sync::{Arc, OnceLock};

use groma_diag::{Pos, SourceRange};
use groma_value::{Number, Str, Value};

use crate::ast::{ExprKind, Expression, JsonString, ObjectItem};
pub(crate) use parse::parse;

/// A JSON value and where it stands. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct JsonNode {
    pub(crate) value: Json,
    pub(crate) range: SourceRange,
    /// Made once somebody wants the value as an expression.
    expression: Arc<OnceLock<Expression>>,
}

/// What a JSON value is.
#[derive(Clone, Debug)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(Number),
    String(Str),
    Array(Arc<Vec<JsonNode>>),
    Object(Arc<Vec<JsonMember>>),
    /// What could not be understood.
    Invalid,
}

/// A property of an object.
#[derive(Clone, Debug)]
pub(crate) struct JsonMember {
    pub(crate) name: Str,
    pub(crate) name_range: SourceRange,
    pub(crate) value: JsonNode,
}

impl JsonMember {
    /// Name and value.
    pub(crate) fn range(&self) -> SourceRange {
        SourceRange::between(&self.name_range, &self.value.range)
    }
}

impl JsonNode {
    pub(crate) fn new(value: Json, range: SourceRange) -> JsonNode {
        JsonNode { value, range, expression: Arc::default() }
    }

    /// The opening brace or bracket; the whole range of other values.
    pub(crate) fn open_range(&self) -> SourceRange {
        match self.value {
            Json::Object(_) | Json::Array(_) => {
                let start = self.range.start;
                let end = Pos { line: start.line, column: start.column + 1, byte: start.byte + 1 };
                SourceRange::new(self.range.filename.clone(), start, end)
            }
            _ => self.range.clone(),
        }
    }

    /// The closing brace or bracket; the whole range of other values.
    pub(crate) fn close_range(&self) -> SourceRange {
        match self.value {
            Json::Object(_) | Json::Array(_) if self.range.end.column > 1 => {
                let end = self.range.end;
                let start = Pos { line: end.line, column: end.column - 1, byte: end.byte - 1 };
                SourceRange::new(self.range.filename.clone(), start, end)
            }
            _ => self.range.clone(),
        }
    }

    /// The value as an expression.
    pub(crate) fn expression(&self) -> &Expression {
        self.expression.get_or_init(|| {
            let kind = match &self.value {
                Json::Null => ExprKind::Literal(Value::NULL),
                Json::Bool(b) => ExprKind::Literal(Value::bool(*b)),
                Json::Number(n) => ExprKind::Literal(Value::number(n.clone())),
                Json::String(s) => ExprKind::JsonString(JsonString::new(s.clone())),
                Json::Array(items) => {
                    ExprKind::Tuple(items.iter().map(|i| i.expression().clone()).collect())
                }
                Json::Object(members) => {
                    ExprKind::Object(members.iter().map(object_item).collect())
                }
                Json::Invalid => return Expression::invalid(self.range.clone()),
            };
            Expression::new(kind, self.range.clone())
        })
    }
}

fn object_item(member: &JsonMember) -> ObjectItem {
    ObjectItem {
        key: Expression::new(
            ExprKind::JsonString(JsonString::new(member.name.clone())),
            member.name_range.clone(),
        ),
        bare: false,
        value: member.value.expression().clone(),
    }
}
