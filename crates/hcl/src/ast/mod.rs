//! The syntax tree of expressions, one for native and JSON syntax alike.

mod statics;
mod traversal;
mod variables;

pub use variables::ElementAccess;

use std::fmt;
use std::sync::{Arc, OnceLock};

use groma_diag::{Diagnostics, SourceRange};
use groma_value::{Str, Type, Value};

pub use statics::StaticCall;
pub use traversal::{Traversal, TraversalStep};

/// An expression. Immutable, shared, cheap to clone.
#[derive(Clone)]
pub struct Expression(Arc<Node>);

struct Node {
    range: SourceRange,
    kind: ExprKind,
}

/// Chains of operators lean to the left without limit, so they are taken apart without recursion.
impl Drop for Node {
    fn drop(&mut self) {
        let mut kind = std::mem::replace(&mut self.kind, ExprKind::SplatItem);
        while let ExprKind::Binary(Binary { left, .. }) = kind {
            let Some(mut node) = Arc::into_inner(left.0) else { return };
            kind = std::mem::replace(&mut node.kind, ExprKind::SplatItem);
        }
    }
}

/// What an expression consists of.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// A value as such: a number, `true`, `false`, `null`, a string without interpolation. Where
    /// the source could not be understood there is an unknown value of unknown type.
    Literal(Value),
    /// A string made of parts.
    Template(Vec<Expression>),
    /// `"${x}"`: a template that is nothing but one interpolation yields that value as it is.
    TemplateWrap(Expression),
    /// The strings that a `%{for}` directive produces, put together. The inner expression is a
    /// [`ExprKind::For`] that makes a tuple.
    TemplateJoin(Expression),
    /// A variable, possibly followed by static steps.
    Traversal(Traversal),
    /// Static steps that follow another expression.
    RelativeTraversal(RelativeTraversal),
    /// An element by a key that has to be evaluated.
    Index(Index),
    /// `a[*].b` or `a.*.b`.
    Splat(Splat),
    /// The element at hand within [`Splat::each`].
    SplatItem,
    /// A call of a function.
    Call(Call),
    /// `c ? a : b`
    Conditional(Conditional),
    /// `-x` or `!x`
    Unary(Unary),
    /// `a + b` and the like.
    Binary(Binary),
    /// `[a, b]`
    Tuple(Vec<Expression>),
    /// `{a = b}`
    Object(Vec<ObjectItem>),
    /// `[for …]` or `{for …}`
    For(Box<For>),
    /// `(x)`
    Parens(Expression),
    /// A string of JSON syntax: a template once it is evaluated, a reference or a keyword or a
    /// type expression for those who ask for such.
    JsonString(JsonString),
}

/// Static steps that follow an expression.
#[derive(Clone, Debug)]
pub struct RelativeTraversal {
    /// Where the steps set out from.
    pub source: Expression,
    /// The steps.
    pub steps: Vec<TraversalStep>,
}

/// An element by a key.
#[derive(Clone, Debug)]
pub struct Index {
    /// What is looked into.
    pub collection: Expression,
    /// The key.
    pub key: Expression,
    /// From `[` to `]`.
    pub bracket_range: SourceRange,
}

/// A splat.
#[derive(Clone, Debug)]
pub struct Splat {
    /// What is iterated over.
    pub source: Expression,
    /// What is done with each element; refers to it as [`ExprKind::SplatItem`].
    pub each: Expression,
    /// The star and its dot or brackets.
    pub marker_range: SourceRange,
    /// `[*]`, not `.*`.
    pub full: bool,
}

/// A call of a function.
#[derive(Clone, Debug)]
pub struct Call {
    /// The name, with its namespaces, such as `provider::aws::arn_parse`.
    pub name: Str,
    /// Where the name stands.
    pub name_range: SourceRange,
    /// The arguments.
    pub args: Vec<Expression>,
    /// Whether the last argument is a sequence of arguments (`...`).
    pub expand_final: bool,
    /// `(`
    pub open_range: SourceRange,
    /// `)`
    pub close_range: SourceRange,
}

impl Call {
    /// The arguments that are values: `convert` takes a type in second place, whose words are no
    /// variables.
    pub fn value_arguments(&self) -> &[Expression] {
        match (self.name.strip_prefix("core::").unwrap_or(&self.name), self.args.as_slice()) {
            ("convert", [value, _]) => std::slice::from_ref(value),
            (_, args) => args,
        }
    }
}

/// `c ? a : b`
#[derive(Clone, Debug)]
pub struct Conditional {
    /// What decides.
    pub condition: Expression,
    /// The result if it is true.
    pub then: Expression,
    /// The result if it is false.
    pub otherwise: Expression,
}

/// An operation on one operand.
#[derive(Clone, Debug)]
pub struct Unary {
    /// The operation.
    pub op: UnaryOp,
    /// The operand.
    pub operand: Expression,
    /// Where the operator stands.
    pub op_range: SourceRange,
}

/// An operation on two operands.
#[derive(Clone, Debug)]
pub struct Binary {
    /// The operation.
    pub op: BinaryOp,
    /// The left operand.
    pub left: Expression,
    /// The right operand.
    pub right: Expression,
}

/// Operators on one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-`
    Negate,
    /// `!`
    Not,
}

/// Operators on two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum BinaryOp {
    Or,
    And,
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

impl BinaryOp {
    /// The operator as it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            BinaryOp::Or => "||",
            BinaryOp::And => "&&",
            BinaryOp::Equal => "==",
            BinaryOp::NotEqual => "!=",
            BinaryOp::Greater => ">",
            BinaryOp::GreaterOrEqual => ">=",
            BinaryOp::Less => "<",
            BinaryOp::LessOrEqual => "<=",
            BinaryOp::Add => "+",
            BinaryOp::Subtract => "-",
            BinaryOp::Multiply => "*",
            BinaryOp::Divide => "/",
            BinaryOp::Modulo => "%",
        }
    }
}

/// One item of an object constructor.
#[derive(Clone, Debug)]
pub struct ObjectItem {
    /// The key. A bare word is a traversal that is not to be evaluated.
    pub key: Expression,
    /// Whether the key was written without quotes and parentheses, so that a word in it stands
    /// for itself.
    pub bare: bool,
    /// The value.
    pub value: Expression,
}

impl ObjectItem {
    /// The word that a bare key is, if it is one.
    pub fn bare_word(&self) -> Option<&str> {
        if self.bare { self.key.as_keyword() } else { None }
    }
}

/// A `for` expression.
#[derive(Clone, Debug)]
pub struct For {
    /// The name of the variable for the key, if there are two.
    pub key_var: Option<Str>,
    /// The name of the variable for the value.
    pub value_var: Str,
    /// What is iterated over.
    pub collection: Expression,
    /// The key of each item of the result, which is an object if this is there.
    pub key: Option<Expression>,
    /// The value of each item of the result.
    pub value: Expression,
    /// Which elements take part.
    pub condition: Option<Expression>,
    /// Whether values with equal keys are gathered (`...`).
    pub group: bool,
}

/// A string of JSON syntax.
#[derive(Clone, Debug)]
pub struct JsonString {
    /// What the string says, unescaped.
    pub text: Str,
    parsed: OnceLock<(Expression, Diagnostics)>,
}

impl JsonString {
    /// A string that nobody has looked into yet.
    pub(crate) fn new(text: Str) -> JsonString {
        JsonString { text, parsed: OnceLock::new() }
    }

    /// The string as a template. `range` is that of the literal, quotes included.
    pub(crate) fn template(&self, range: &SourceRange) -> &(Expression, Diagnostics) {
        self.parsed.get_or_init(|| {
            let mut start = range.start;
            start.column += 1;
            start.byte += 1;
            crate::syntax::template_at(self.text.as_bytes(), range.filename.clone(), start)
        })
    }
}

impl Expression {
    /// An expression that says `kind` and stands at `range`.
    pub fn new(kind: ExprKind, range: SourceRange) -> Expression {
        Expression(Arc::new(Node { range, kind }))
    }

    /// A value as an expression.
    pub fn literal(value: Value, range: SourceRange) -> Expression {
        Expression::new(ExprKind::Literal(value), range)
    }

    /// What stands where the source could not be understood: it evaluates to an unknown value.
    pub fn invalid(range: SourceRange) -> Expression {
        Expression::literal(Value::unknown(Type::Dynamic), range)
    }

    /// What it consists of.
    pub fn kind(&self) -> &ExprKind {
        &self.0.kind
    }

    /// Where it stands.
    pub fn range(&self) -> &SourceRange {
        &self.0.range
    }

    /// A range that is enough to point out where it begins, for expressions of many lines. Of a
    /// string it is what stands between the quotation marks.
    pub fn start_range(&self) -> SourceRange {
        let first = |range: &SourceRange| {
            let mut range = range.clone();
            range.end = range.start;
            range.end.column += 1;
            range.end.byte += 1;
            range
        };
        let mut expression = self;
        loop {
            expression = match expression.kind() {
                ExprKind::Conditional(c) => &c.condition,
                ExprKind::Binary(b) => &b.left,
                ExprKind::Parens(inner) => inner,
                ExprKind::Template(parts) => match parts.first() {
                    // A part has no quotes of its own.
                    Some(part) if matches!(part.kind(), ExprKind::Literal(_)) => {
                        return part.range().clone();
                    }
                    Some(part) => part,
                    None => return expression.range().clone(),
                },
                ExprKind::Call(c) => return SourceRange::between(&c.name_range, &c.open_range),
                ExprKind::Tuple(_) | ExprKind::Object(_) | ExprKind::For(_) => {
                    return first(expression.range());
                }
                ExprKind::Index(index) => return first(&index.bracket_range),
                ExprKind::Splat(splat) => return splat.marker_range.clone(),
                ExprKind::Unary(unary) => return unary.op_range.clone(),
                ExprKind::Literal(value) if value.as_str().is_some() => {
                    return expression.between_quotes();
                }
                _ => return expression.range().clone(),
            };
        }
    }

    fn between_quotes(&self) -> SourceRange {
        let mut range = self.range().clone();
        let one_line = range.start.line == range.end.line;
        if one_line && range.end.byte > range.start.byte + 2 {
            range.start.column += 1;
            range.start.byte += 1;
            range.end.column -= 1;
            range.end.byte -= 1;
        }
        range
    }

    /// Whether both are the very same node.
    pub fn is_same(&self, other: &Expression) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The text of the expression, given the text of its file.
    pub fn source_text<'a>(&self, file: &'a str) -> Option<&'a str> {
        let range = self.range();
        file.get(range.start.byte as usize..range.end.byte as usize)
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind().fmt(f)
    }
}
