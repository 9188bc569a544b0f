//! Reading values by a type, from text or data alike.

use std::borrow::Cow;

use super::types::type_from_json;
use crate::codec::{MAX_DEPTH, ObjectBuilder, map_of, settle_element};
use crate::value::normalize;
use crate::{CodecError, Entries, Number, ObjectType, Path, PathStep, Str, Type, Value, convert};

/// The JSON value at hand.
pub(super) enum Shape<'a> {
    Null,
    Bool(bool),
    Number(Cow<'a, str>),
    String(Cow<'a, str>),
    Array,
    Object,
}

type Done = Result<(), CodecError>;

/// Where JSON is read from, one value after the other.
pub(super) trait Reader<'a>: Sized {
    /// The next value. Anything but an array or object is thereby read.
    fn shape(&mut self) -> Result<Shape<'a>, CodecError>;

    /// Reads the array at hand; the function must read each item.
    fn items(&mut self, f: &mut dyn FnMut(&mut Self) -> Done) -> Done;

    /// Reads the object at hand; the function must read the value of each member.
    fn members(&mut self, f: &mut dyn FnMut(&str, &mut Self) -> Done) -> Done;

    /// Passes over the next value, and returns a reader for just that.
    fn split(&mut self) -> Result<Self, CodecError>;

    /// The next value as data.
    fn data(&mut self) -> Result<serde_json::Value, CodecError>;
}

/// Reads a value of a type.
pub(super) fn value<'a, R: Reader<'a>>(reader: &mut R, ty: &Type) -> Result<Value, CodecError> {
    Decoder { path: Path::root(), depth: 0 }.value(reader, ty)
}

/// Reads a value of whatever type it has.
pub(super) fn implied_value<'a, R: Reader<'a>>(reader: &mut R) -> Result<Value, CodecError> {
    Decoder { path: Path::root(), depth: 0 }.implied(reader)
}

struct Decoder {
    path: Path,
    // Values in places of open type are nested deeper than the path tells.
    depth: usize,
}

impl Decoder {
    fn fail<T>(&self, message: impl Into<String>) -> Result<T, CodecError> {
        Err(CodecError::new(&self.path, message))
    }

    /// Reads a part of the value.
    fn within<T>(
        &mut self,
        step: PathStep,
        read: impl FnOnce(&mut Self) -> Result<T, CodecError>,
    ) -> Result<T, CodecError> {
        self.path.0.push(step);
        let result = self.deeper(read)?;
        self.path.0.pop();
        Ok(result)
    }

    fn deeper<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, CodecError>,
    ) -> Result<T, CodecError> {
        if self.depth >= MAX_DEPTH {
            return self.fail("the value is nested too deeply");
        }
        self.depth += 1;
        let result = read(self)?;
        self.depth -= 1;
        Ok(result)
    }

    fn value<'a, R: Reader<'a>>(&mut self, reader: &mut R, ty: &Type) -> Result<Value, CodecError> {
        match (reader.shape()?, ty) {
            (Shape::Null, _) => Ok(Value::null(ty.without_optional())),
            (Shape::Object, Type::Dynamic) => self.dynamic(reader),
            (Shape::Bool(b), Type::Bool) => Ok(Value::bool(b)),
            (Shape::Bool(b), Type::String) => Ok(Value::from(if b { "true" } else { "false" })),
            (Shape::Number(text), Type::Number) => self.number(&text),
            (Shape::Number(text), Type::String) => Ok(Value::string(text.into_owned())),
            (Shape::String(text), Type::String) => Ok(Value::string(text)),
            (Shape::String(text), Type::Number) => self.number(&text),
            (Shape::String(text), Type::Bool) => match convert(&Value::string(text), ty) {
                Ok(value) => Ok(value),
                Err(error) => self.fail(error.message),
            },
            (Shape::Array, Type::List(element)) => {
                let mut items = self.items(reader, |_| Some(&**element))?;
                match settle_element(element, &mut items) {
                    Some(element) => Ok(Value::list(element, items)),
                    None => self.fail("all list elements must have the same type"),
                }
            }
            (Shape::Array, Type::Set(element)) => {
                let mut items = self.items(reader, |_| Some(&**element))?;
                match settle_element(element, &mut items) {
                    Some(element) => Ok(Value::set(element, items)),
                    None => self.fail("all set elements must have the same type"),
                }
            }
            (Shape::Array, Type::Tuple(types)) => {
                let items = self.items(reader, |at| types.get(at))?;
                if items.len() != types.len() {
                    let message = format!("not enough tuple elements (need {})", types.len());
                    return self.fail(message);
                }
                Ok(Value::tuple(items))
            }
            (Shape::Object, Type::Map(element)) => self.map(reader, element),
            (Shape::Object, Type::Object(o)) => self.object(reader, o),
            _ => self.fail(format!("{} is required", ty.friendly_name_for_constraint())),
        }
    }

    fn number(&self, text: &str) -> Result<Value, CodecError> {
        match Number::parse(text) {
            Some(number) => Ok(Value::number(number)),
            None => self.fail("a number is required"),
        }
    }

    fn items<'a, 't, R: Reader<'a>>(
        &mut self,
        reader: &mut R,
        ty: impl Fn(usize) -> Option<&'t Type>,
    ) -> Result<Vec<Value>, CodecError> {
        let mut items = Vec::new();
        reader.items(&mut |reader| {
            let Some(ty) = ty(items.len()) else {
                return self.fail(format!("too many tuple elements (need {})", items.len()));
            };
            let step = PathStep::Index((items.len() as i64).into());
            items.push(self.within(step, |this| this.value(reader, ty))?);
            Ok(())
        })?;
        Ok(items)
    }

    fn map<'a, R: Reader<'a>>(
        &mut self,
        reader: &mut R,
        element: &Type,
    ) -> Result<Value, CodecError> {
        let (mut names, mut values) = (Vec::new(), Vec::new());
        reader.members(&mut |name, reader| {
            let name = normalize(name);
            let step = PathStep::Index(Value::from(name.clone()));
            values.push(self.within(step, |this| this.value(reader, element))?);
            names.push(name);
            Ok(())
        })?;
        match settle_element(element, &mut values) {
            Some(element) => Ok(map_of(element, names, values)),
            None => self.fail("all map elements must have the same type"),
        }
    }

    fn object<'a, R: Reader<'a>>(
        &mut self,
        reader: &mut R,
        o: &ObjectType,
    ) -> Result<Value, CodecError> {
        let mut object = ObjectBuilder::new(o);
        reader.members(&mut |name, reader| {
            let Some((name, ty)) = object.attribute(name) else {
                return self.fail(format!("unsupported attribute {name:?}"));
            };
            let step = PathStep::Attribute(name.clone());
            let value = self.within(step, |this| this.value(reader, ty))?;
            object.insert(name, value);
            Ok(())
        })?;
        Ok(object.finish())
    }

    /// A value that goes with its type, in whatever order.
    fn dynamic<'a, R: Reader<'a>>(&mut self, reader: &mut R) -> Result<Value, CodecError> {
        let (mut ty, mut value) = (None, None);
        reader.members(&mut |name, reader| {
            match name {
                "type" => {
                    let described = type_from_json(&reader.data()?);
                    ty = Some(described.map_err(|e| CodecError::new(&self.path, e.message))?);
                }
                "value" => value = Some(reader.split()?),
                _ => return self.fail(format!("invalid key {name:?} in dynamically-typed value")),
            }
            Ok(())
        })?;
        match (ty, value) {
            (None, _) => self.fail("missing type in dynamically-typed value"),
            (_, None) => self.fail("missing value in dynamically-typed value"),
            (Some(ty), Some(mut value)) => self.deeper(|this| this.value(&mut value, &ty)),
        }
    }

    fn implied<'a, R: Reader<'a>>(&mut self, reader: &mut R) -> Result<Value, CodecError> {
        match reader.shape()? {
            Shape::Null => Ok(Value::NULL),
            Shape::Bool(b) => Ok(Value::bool(b)),
            Shape::Number(text) => self.number(&text),
            Shape::String(text) => Ok(Value::string(text)),
            Shape::Array => {
                let mut items = Vec::new();
                reader.items(&mut |reader| {
                    let step = PathStep::Index((items.len() as i64).into());
                    items.push(self.within(step, |this| this.implied(reader))?);
                    Ok(())
                })?;
                Ok(Value::tuple(items))
            }
            Shape::Object => {
                let mut members: Vec<(Str, Value)> = Vec::new();
                reader.members(&mut |name, reader| {
                    let name = normalize(name);
                    let step = PathStep::Attribute(name.clone());
                    let value = self.within(step, |this| this.implied(reader))?;
                    members.push((name, value));
                    Ok(())
                })?;
                self.implied_object(members)
            }
        }
    }

    /// Of several members of one name the last one counts; but they must be of one type.
    fn implied_object(&self, members: Vec<(Str, Value)>) -> Result<Value, CodecError> {
        let count = members.len();
        let entries: Entries = members.iter().cloned().collect();
        if entries.len() < count {
            for (name, value) in &members {
                if entries.get(name).is_some_and(|kept| kept.ty() != value.ty()) {
                    return self.fail(format!("duplicate {name:?} property in JSON object"));
                }
            }
        }
        Ok(Value::object(entries))
    }
}
