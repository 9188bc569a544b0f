//! Models: objects as structs, from which schema, rules and conversions are derived.

mod attr;
mod blocks;
mod builder;
pub mod checks;
mod exchange;
pub(crate) mod form;
mod problems;
mod shape;
#[cfg(test)]
mod tests;
mod timeouts;
mod typed;

use std::sync::OnceLock;

use groma_schema::{Block, NestedObject, Nesting, Schema};
use groma_value::Value;

pub use groma_sdk_derive::Model;

pub use attr::Attr;
pub use blocks::Blocks;
pub use builder::{BlockBuilder, Flags};
pub use problems::Problems;
pub use shape::Shape;
pub use timeouts::{parse_duration, timeout_of};
pub use typed::{Set, Typed};

use crate::Rules;

/// An object of a resource type, data source or nested block as a struct.
///
/// One struct stands for what is configured, planned and stored alike: each field is an [`Attr`]
/// or, for nested blocks, a [`Blocks`], and may be null or unknown. It is derived:
///
/// ```
/// use groma_sdk::{Attr, Blocks, Model, model::checks::length};
///
/// /// A topic that messages are published to.
/// #[derive(Clone, Debug, Default, PartialEq, Model)]
/// #[model(version = 1)]
/// struct Topic {
///     #[attr(computed)]
///     id: Attr<String>,
///     #[attr(required, replace, check = length(1, 64))]
///     name: Attr<String>,
///     #[attr(optional, default = false)]
///     fifo: Attr<bool>,
///     #[block(list, max = 1)]
///     policy: Blocks<Policy>,
/// }
///
/// #[derive(Clone, Debug, Default, PartialEq, Model)]
/// struct Policy {
///     #[attr(required)]
///     retries: Attr<i64>,
/// }
///
/// assert!(Topic::block().attributes["name"].required);
/// ```
///
/// The fields of `#[attr(…)]`:
/// - `required`, `optional`, `computed`, `sensitive`, `write_only`, `deprecated`: as in schemas; with
///   `deprecated = "…"` those who set it are told what to do instead;
/// - `name = "…"`: the attribute's name, where it cannot be that of the field;
/// - `nested`: the attribute has nested attributes (protocol 6) rather than an object type;
/// - `replace`: its change cannot be made in place;
/// - `default = …`: what it is where it is not configured;
/// - `volatile`: a computed one that any update may change. Others keep their value;
/// - `same = f`: where `f(prior, configured)` holds, the prior value stays;
/// - `identity`, or `identity = optional`: it is a part of what identifies an object, which an import by
///   identity must or may give;
/// - `variadic`: of a function's arguments, the list of all further ones;
/// - `check = f`: a validator, `Fn(&T) -> Result<(), String>`, of known values (see [`checks`]).
///
/// The fields of `#[block(…)]`: `list`, `set`, `single` or `map`; `min = …`, `max = …`; `computed`
/// where the provider gives the blocks that are not configured; `replace`; `deprecated`.
pub trait Model: Clone + Default + PartialEq + Send + Sync + 'static {
    /// The version of the stored form.
    const VERSION: i64;

    /// What follows from the fields alone. Made once.
    fn shape() -> &'static Shape;

    /// The schema. Made once.
    fn block() -> &'static Block {
        Self::shape().block()
    }

    /// How its attributes are planned.
    fn rules() -> Rules;

    /// The object of a value of the schema's type. What the value lacks is null.
    fn read(value: &Value) -> Self;

    /// The value of the schema's type.
    fn write(&self) -> Value;

    /// The names of the fields that are not as in another object.
    fn changed_since(&self, before: &Self) -> Vec<&'static str>;

    /// Checks what is known by the `check`s of the fields, nested blocks too.
    fn check(&self, problems: &mut Problems);
}

/// Nothing.
impl Model for () {
    const VERSION: i64 = 0;

    fn shape() -> &'static Shape {
        static SHAPE: OnceLock<Shape> = OnceLock::new();
        SHAPE.get_or_init(|| BlockBuilder::default().finish())
    }

    fn rules() -> Rules {
        Rules::new()
    }

    fn read(_value: &Value) {}

    fn write(&self) -> Value {
        Self::shape().object([])
    }

    fn changed_since(&self, _before: &()) -> Vec<&'static str> {
        Vec::new()
    }

    fn check(&self, _problems: &mut Problems) {}
}

/// The schema of what has a model: a resource type, a data source, or the provider itself.
pub fn schema<M: Model>() -> Schema {
    let shape = M::shape();
    Schema {
        version: M::VERSION,
        block: shape.block().clone(),
        identity: shape.identity().cloned(),
    }
}

/// The schema of a model as that of an attribute with nested attributes.
pub fn nested_object<M: Model>() -> NestedObject {
    NestedObject { attributes: M::block().attributes.clone(), nesting: Nesting::Single }
}

/// The rules below an attribute with nested attributes.
pub fn nested_rules<T: Typed>() -> Rules {
    T::nested_rules()
}

/// Whether two values mean the same by a comparison of their typed forms.
pub fn same<T: Typed>(prior: &Value, configured: &Value, compare: &dyn Fn(&T, &T) -> bool) -> bool {
    match (T::from_value(prior), T::from_value(configured)) {
        (Some(prior), Some(configured)) => compare(&prior, &configured),
        _ => false,
    }
}
