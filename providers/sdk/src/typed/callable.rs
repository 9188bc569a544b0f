//! Functions over models.

use async_trait::async_trait;
use groma_diag::AttributeStep;
use groma_schema::{Attribute, FunctionParameter, FunctionSignature, TextKind};
use groma_value::{Type, Value};

use crate::model::Typed;
use crate::{Function, FunctionError, Model, Problems};

/// A function whose arguments are the fields of a [`Model`], in their order.
///
/// A parameter whose field is `required` takes no null, one whose field is `optional` does. A last field
/// that holds a list and is `variadic` takes all further arguments. The checks of the fields apply.
#[async_trait]
pub trait Callable: Send + Sync + 'static {
    /// Its arguments. The description of the model is that of the function.
    type Arguments: Model;
    /// Its result.
    type Output: Typed + Send;

    /// Its name.
    fn name(&self) -> &'static str;

    /// What it gives, in a few words.
    fn summary(&self) -> &'static str;

    /// Calls it. A [`FunctionError::of_argument`] counts the fields from 0.
    async fn call(&self, arguments: Self::Arguments) -> Result<Self::Output, FunctionError>;
}

/// A [`Callable`] as a [`Function`].
pub(crate) struct CallableFunction<F>(pub(crate) F);

#[async_trait]
impl<F: Callable> Function for CallableFunction<F> {
    fn signature(&self) -> FunctionSignature {
        let shape = F::Arguments::shape();
        let attribute = |name: &str| shape.block().attributes.get(name);
        let fixed = shape.fields().iter().filter(|name| Some(**name) != shape.variadic());
        let parameters =
            fixed.filter_map(|name| Some(parameter(name, attribute(name)?, None))).collect();
        let variadic = shape.variadic().and_then(|name| {
            let attribute = attribute(name)?;
            let ty = attribute.implied_type();
            Some(parameter(name, attribute, ty.element().cloned()))
        });
        FunctionSignature {
            parameters,
            variadic,
            return_type: F::Output::ty(),
            summary: self.0.summary().to_owned(),
            description: shape.block().description.clone(),
            description_kind: TextKind::Plain,
            deprecation_message: String::new(),
        }
    }

    async fn call(&self, arguments: &[Value]) -> Result<Value, FunctionError> {
        let shape = F::Arguments::shape();
        let mut given = arguments.iter().cloned();
        let fixed = shape.fields().iter().filter(|name| Some(**name) != shape.variadic());
        let mut members: Vec<(&str, Value)> = fixed.copied().zip(&mut given).collect();
        if let Some(name) = shape.variadic() {
            let ty = shape.block().attributes.get(name).map(Attribute::implied_type);
            let element = ty.as_ref().and_then(Type::element).cloned().unwrap_or(Type::Dynamic);
            members.push((name, Value::list(element, given.collect())));
        }
        let arguments = F::Arguments::read(&Value::object_of(members));
        checked(&arguments, shape.fields())?;
        Ok(self.0.call(arguments).await?.to_value())
    }
}

fn parameter(name: &str, attribute: &Attribute, ty: Option<Type>) -> FunctionParameter {
    FunctionParameter {
        name: name.into(),
        ty: ty.unwrap_or_else(|| attribute.implied_type()),
        allow_null: attribute.optional,
        allow_unknown: false,
        description: attribute.description.clone(),
        description_kind: attribute.description_kind,
    }
}

/// The first thing that is wrong with the arguments by the checks of their fields.
fn checked<M: Model>(arguments: &M, fields: &[&str]) -> Result<(), FunctionError> {
    let mut problems = Problems::new();
    arguments.check(&mut problems);
    let found = problems.into_diagnostics();
    let Some(first) = found.iter().find(|d| d.severity == groma_diag::Severity::Error) else {
        return Ok(());
    };
    let mut path = first.attribute.iter().flatten();
    let field = match path.next() {
        Some(AttributeStep::Attribute(name)) => fields.iter().position(|field| field == name),
        _ => None,
    };
    // Further arguments are elements of one field.
    let further = match path.next() {
        Some(AttributeStep::Index(index)) => usize::try_from(*index).unwrap_or_default(),
        _ => 0,
    };
    Err(FunctionError {
        argument: field.map(|field| field + further),
        message: first.detail.clone(),
    })
}
