//! Variables, local values and outputs.

use groma_diag::SourceRange;
use groma_hcl::{Expression, Traversal};
use groma_value::{Str, Type, TypeDefaults, Value};

use super::CheckRule;

/// A `variable` block.
#[derive(Clone, Debug)]
pub struct Variable {
    /// The name.
    pub name: Str,
    /// The type that values are converted to; [`Type::Dynamic`] where none is given.
    pub ty: Type,
    /// What stands in for optional attributes that a value lacks, to be applied before conversion.
    pub defaults: Option<TypeDefaults>,
    /// The default value, converted to the type. `None` makes the variable required.
    pub default: Option<Value>,
    /// What it is for.
    pub description: Option<Str>,
    /// How its value is read from the command line or the environment.
    pub parsing_mode: ParsingMode,
    /// The `validation` blocks.
    pub validations: Vec<CheckRule>,
    /// Whether its value is marked sensitive.
    pub sensitive: bool,
    /// Whether its value is marked ephemeral.
    pub ephemeral: bool,
    /// Whether null is a value for it; if not, null means the default.
    pub nullable: bool,
    /// Whether its value has to be known when the configuration is loaded (`true`), or must not
    /// be used there (`false`); `None` where nothing is said.
    pub constant: Option<bool>,
    /// The message for those who set it, if it is deprecated.
    pub deprecated: Option<Str>,
    /// The block's type and label.
    pub decl_range: SourceRange,
    /// The `type` expression.
    pub type_range: Option<SourceRange>,
}

impl Variable {
    /// Whether a value has to be given from outside.
    pub fn required(&self) -> bool {
        self.default.is_none()
    }
}

/// How the text given for a variable is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ParsingMode {
    /// The text is the value.
    #[default]
    Literal,
    /// The text is an expression.
    Expression,
}

/// A local value.
#[derive(Clone, Debug)]
pub struct Local {
    /// The name.
    pub name: Str,
    /// Its value.
    pub expr: Expression,
    /// Where the name stands.
    pub name_range: SourceRange,
    /// The whole definition.
    pub decl_range: SourceRange,
}

/// An `output` block.
#[derive(Clone, Debug)]
pub struct Output {
    /// The name.
    pub name: Str,
    /// Its value.
    pub expr: Expression,
    /// What it is for.
    pub description: Option<Str>,
    /// The type that the value is converted to, if one is given.
    pub ty: Option<Type>,
    /// What stands in for optional attributes that the value lacks.
    pub defaults: Option<TypeDefaults>,
    /// Whether the value may be, and is marked, sensitive.
    pub sensitive: bool,
    /// Whether the value may be, and is marked, ephemeral.
    pub ephemeral: bool,
    /// The message for those who refer to it, if it is deprecated.
    pub deprecated: Option<Str>,
    /// `depends_on`
    pub depends_on: Vec<Traversal>,
    /// The `precondition` blocks.
    pub preconditions: Vec<CheckRule>,
    /// The block's type and label.
    pub decl_range: SourceRange,
}
