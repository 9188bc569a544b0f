//! `variable`, `locals` and `output` blocks.

use std::sync::LazyLock;

use groma_diag::{Diagnostic, Diagnostics};
use groma_hcl::evaluate_constant;
use groma_hcl::{Attribute, Block, BodySchema, Content, ExprKind, Expression};
use groma_schema::parse_type_constraint;
use groma_value::{ConvertError, Str, Type, TypeDefaults, Value, convert};

use super::attrs::{self, check_name};
use super::call;
use super::checks::decode_rule;
use super::layers::Layered;
use crate::model::{CheckRule, Local, Output, ParsingMode, Variable};

static VARIABLE: LazyLock<BodySchema> = LazyLock::new(|| {
    BodySchema::new()
        .optional(["description", "default", "type", "sensitive", "ephemeral", "nullable"])
        .optional(["const", "deprecated"])
        .block("validation", &[])
});

static OUTPUT: LazyLock<BodySchema> = LazyLock::new(|| {
    BodySchema::new()
        .optional(["description", "type", "depends_on", "sensitive", "ephemeral", "deprecated"])
        .required(["value"])
        .block("precondition", &[])
        .block("postcondition", &[])
});

/// Constant arguments that both kinds of block have.
struct Common<'a> {
    content: &'a Content,
    diagnostics: &'a mut Diagnostics,
}

impl Common<'_> {
    fn string(&mut self, name: &str) -> Option<Str> {
        attrs::constant_string(self.content.attribute(name)?, self.diagnostics)
    }

    fn bool(&mut self, name: &str, default: bool) -> bool {
        self.optional_bool(name).unwrap_or(default)
    }

    fn optional_bool(&mut self, name: &str) -> Option<bool> {
        attrs::constant_bool(self.content.attribute(name)?, self.diagnostics)
    }

    fn deprecated(&mut self) -> Option<Str> {
        let message = self.string("deprecated")?;
        if message.trim().is_empty() {
            let range = self.content.attribute("deprecated").map(|a| a.expr.range().clone());
            let mut diagnostic = Diagnostic::error(
                "Invalid \"deprecated\" value",
                "The \"deprecated\" argument must not be empty: it tells those who use this what \
                 to use instead.",
            );
            diagnostic.subject = range;
            self.diagnostics.push(diagnostic);
            return None;
        }
        Some(message)
    }

    fn ty(&mut self) -> Option<(Type, Option<TypeDefaults>)> {
        let attribute = self.content.attribute("type")?;
        self.diagnostics.take(parse_type_constraint(&attribute.expr))
    }
}

/// A variable as far as it can be understood.
pub(super) fn decode_variable(block: &Layered, diagnostics: &mut Diagnostics) -> Option<Variable> {
    let base = &block.base;
    let (name, name_range) = (base.labels.first()?, base.label_ranges.first()?);
    let content = block.content(&VARIABLE, diagnostics);
    block.forbid_overrides(&["validation"], diagnostics);
    let valid = check_name(name, "Invalid variable name", name_range, diagnostics);
    if valid && call::ARGUMENTS.iter().chain(&call::BLOCKS).any(|reserved| *reserved == &**name) {
        let detail = format!(
            "The variable name {name:?} is reserved due to its special meaning inside module \
             blocks."
        );
        diagnostics.push(Diagnostic::error("Invalid variable name", detail).at(name_range));
    }
    let mut common = Common { content: &content, diagnostics };
    let (ty, defaults) = common.ty().unwrap_or((Type::Dynamic, None));
    let mut variable = Variable {
        name: name.clone(),
        parsing_mode: parsing_mode(content.attribute("type"), &ty),
        ty,
        defaults,
        default: None,
        description: common.string("description"),
        validations: Vec::new(),
        sensitive: common.bool("sensitive", false),
        ephemeral: common.bool("ephemeral", false),
        nullable: common.bool("nullable", true),
        constant: common.optional_bool("const"),
        deprecated: common.deprecated(),
        decl_range: base.def_range.clone(),
        type_range: content.attribute("type").map(|a| a.expr.range().clone()),
    };
    if let Some(attribute) = content.attribute("default") {
        variable.default = Some(default_value(&variable, attribute, diagnostics));
    }
    variable.validations =
        content.blocks.iter().map(|b| validation(name, b, diagnostics)).collect();
    Some(variable)
}

/// Texts for variables of simple types are taken as they are, and so are those for variables
/// without a type.
fn parsing_mode(ty_attribute: Option<&Attribute>, ty: &Type) -> ParsingMode {
    match ty_attribute {
        Some(_) if !ty.is_primitive() => ParsingMode::Expression,
        _ => ParsingMode::Literal,
    }
}

fn default_value(
    variable: &Variable,
    attribute: &Attribute,
    diagnostics: &mut Diagnostics,
) -> Value {
    let (value, found) = evaluate_constant(&attribute.expr);
    let failed = found.has_errors();
    diagnostics.extend(found);
    if failed {
        return Value::unknown(variable.ty.clone());
    }
    let wrong = |detail: String| {
        Diagnostic::error("Invalid default value for variable", detail).at(attribute.expr.range())
    };
    let value = match variable.convert(&value) {
        Ok(value) => value,
        Err(why) => {
            diagnostics.push(wrong(format!(
                "This default value is not compatible with the variable's type constraint: {}.",
                attrs::explain(&why)
            )));
            return Value::unknown(variable.ty.clone());
        }
    };
    if value.is_null() && !variable.nullable {
        diagnostics.push(wrong("A null default value is not valid when nullable=false.".into()));
    }
    value
}

impl Variable {
    /// A value brought to the variable's type, with defaults for optional attributes.
    pub fn convert(&self, value: &Value) -> Result<Value, ConvertError> {
        match &self.defaults {
            Some(defaults) if !value.is_null() => convert(&defaults.apply(value), &self.ty),
            _ => convert(value, &self.ty),
        }
    }
}

fn validation(variable: &Str, block: &Block, diagnostics: &mut Diagnostics) -> CheckRule {
    let rule = decode_rule(block, diagnostics);
    let mut own = false;
    rule.condition.for_each_variable(&mut |traversal| {
        let first = traversal.steps.first().and_then(|s| s.attr_name());
        own |= &*traversal.root == "var" && first == Some(variable);
    });
    // An unknown literal stands where there is no condition, which has been reported.
    let missing = matches!(rule.condition.kind(), ExprKind::Literal(v) if !v.is_known());
    if !own && !missing {
        let detail = format!(
            "The condition for variable {variable:?} must refer to var.{variable} in order to test \
             incoming values."
        );
        diagnostics.push(
            Diagnostic::error("Invalid variable validation condition", detail)
                .at(rule.condition.range()),
        );
    }
    rule
}

/// The definitions of a `locals` block.
pub(super) fn decode_locals(block: &Block, diagnostics: &mut Diagnostics) -> Vec<Local> {
    let (attributes, found) = block.body.just_attributes();
    diagnostics.extend(found);
    let locals = attributes.into_values().map(|attribute| {
        check_name(&attribute.name, "Invalid local value name", &attribute.name_range, diagnostics);
        Local {
            name: attribute.name,
            expr: attribute.expr,
            name_range: attribute.name_range,
            decl_range: attribute.range,
        }
    });
    locals.collect()
}

/// An output as far as it can be understood.
pub(super) fn decode_output(block: &Layered, diagnostics: &mut Diagnostics) -> Option<Output> {
    let base = &block.base;
    let (name, name_range) = (base.labels.first()?, base.label_ranges.first()?);
    let content = block.content(&OUTPUT, diagnostics);
    block.forbid_overrides(&["precondition", "postcondition"], diagnostics);
    check_name(name, "Invalid output name", name_range, diagnostics);
    let mut common = Common { content: &content, diagnostics };
    let ty = common.ty();
    let (ty, defaults) = ty.map_or((None, None), |(ty, defaults)| (Some(ty), defaults));
    let mut output = Output {
        name: name.clone(),
        expr: match content.attribute("value") {
            Some(attribute) => attribute.expr.clone(),
            None => Expression::invalid(content.missing_item_range.clone()),
        },
        description: common.string("description"),
        ty,
        defaults,
        sensitive: common.bool("sensitive", false),
        ephemeral: common.bool("ephemeral", false),
        deprecated: common.deprecated(),
        depends_on: Vec::new(),
        preconditions: Vec::new(),
        decl_range: base.def_range.clone(),
    };
    if let Some(attribute) = content.attribute("depends_on") {
        output.depends_on = attrs::depends_on(attribute, diagnostics);
    }
    for block in &content.blocks {
        if &*block.block_type == "precondition" {
            output.preconditions.push(decode_rule(block, diagnostics));
        } else {
            diagnostics.push(
                Diagnostic::error(
                    "Postconditions are not allowed",
                    "Output values can only have preconditions, not postconditions.",
                )
                .at(&block.def_range),
            );
        }
    }
    Some(output)
}
