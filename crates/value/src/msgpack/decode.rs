//! Reading values.

use super::wire::{Malformed, Reader, Token};
use super::{REFINED, refinement};
use crate::codec::{MAX_DEPTH, ObjectBuilder, map_of, settle_element};
use crate::value::normalize;
use crate::{CodecError, Number, ObjectType, Path, PathStep, Refinements, Type, Value, json};

/// What is known of an unknown value is refused if it takes more bytes.
const MAX_REFINEMENT: usize = 1024;

/// Reads a value of a type.
pub fn decode(bytes: &[u8], ty: &Type) -> Result<Value, CodecError> {
    let mut decoder = Decoder { input: Reader(bytes), path: Path::root(), depth: 0 };
    let value = decoder.value(ty)?;
    match decoder.input.0 {
        [] => Ok(value),
        _ => decoder.fail("unexpected data after the value"),
    }
}

struct Decoder<'a> {
    input: Reader<'a>,
    path: Path,
    // Values in places of open type are nested deeper than the path tells.
    depth: usize,
}

impl<'a> Decoder<'a> {
    fn fail<T>(&self, message: impl Into<String>) -> Result<T, CodecError> {
        Err(CodecError::new(&self.path, message))
    }

    fn next(&mut self) -> Result<Token<'a>, CodecError> {
        let token = self.input.next();
        token.or_else(|Malformed| self.fail("malformed MessagePack data"))
    }

    fn value(&mut self, ty: &Type) -> Result<Value, CodecError> {
        if self.depth >= MAX_DEPTH {
            return self.fail("the value is nested too deeply");
        }
        self.depth += 1;
        let token = self.next()?;
        let value = self.typed(token, ty)?;
        self.depth -= 1;
        Ok(value)
    }

    fn typed(&mut self, token: Token<'a>, ty: &Type) -> Result<Value, CodecError> {
        match (token, ty) {
            (Token::Nil, _) => Ok(Value::null(ty.without_optional())),
            (Token::Extension(code, body), _) => self.unknown(code, body, ty),
            (Token::Array(2), Type::Dynamic) => {
                let own = match self.next()? {
                    Token::Bytes(json) => json::type_from_slice(json),
                    _ => return self.fail("a type is required in front of the value"),
                };
                match own {
                    Ok(own) => self.value(&own),
                    Err(error) => self.fail(error.message),
                }
            }
            (_, Type::Dynamic) => self.fail("dynamic value array must have exactly two elements"),
            (Token::Bool(b), Type::Bool) => Ok(Value::bool(b)),
            (token, Type::Number) => match number(&token) {
                Some(number) => Ok(Value::number(number)),
                None => self.fail("number is required"),
            },
            (token, Type::String) => match token.text() {
                Some(text) => Ok(Value::string(text)),
                None => self.fail("string is required"),
            },
            (Token::Array(length), Type::List(element)) => {
                let mut items = self.items(length, |_| element)?;
                match settle_element(element, &mut items) {
                    Some(element) => Ok(Value::list(element, items)),
                    None => self.fail("all list elements must have the same type"),
                }
            }
            (Token::Array(length), Type::Set(element)) => {
                let mut items = self.items(length, |_| element)?;
                match settle_element(element, &mut items) {
                    Some(element) => Ok(Value::set(element, items)),
                    None => self.fail("all set elements must have the same type"),
                }
            }
            (Token::Array(length), Type::Tuple(types)) => {
                if length != types.len() {
                    return self.fail(format!("a tuple of length {} is required", types.len()));
                }
                self.items(length, |at| &types[at]).map(Value::tuple)
            }
            (Token::Map(length), Type::Map(element)) => self.map(length, element),
            (Token::Map(length), Type::Object(o)) => self.object(length, o),
            _ => self.fail(format!("{} is required", ty.friendly_name_for_constraint())),
        }
    }

    fn items<'t>(
        &mut self,
        length: usize,
        ty: impl Fn(usize) -> &'t Type,
    ) -> Result<Vec<Value>, CodecError> {
        let mut items = Vec::with_capacity(length);
        for at in 0..length {
            self.path.0.push(PathStep::Index((at as i64).into()));
            items.push(self.value(ty(at))?);
            self.path.0.pop();
        }
        Ok(items)
    }

    fn key(&mut self) -> Result<std::borrow::Cow<'a, str>, CodecError> {
        match self.next()?.text() {
            Some(key) => Ok(key),
            None => self.fail("all keys must be strings"),
        }
    }

    fn map(&mut self, length: usize, element: &Type) -> Result<Value, CodecError> {
        let (mut names, mut values) = (Vec::with_capacity(length), Vec::with_capacity(length));
        for _ in 0..length {
            let name = normalize(&self.key()?);
            self.path.0.push(PathStep::Index(name.clone().into()));
            values.push(self.value(element)?);
            self.path.0.pop();
            names.push(name);
        }
        match settle_element(element, &mut values) {
            Some(element) => Ok(map_of(element, names, values)),
            None => self.fail("all map elements must have the same type"),
        }
    }

    fn object(&mut self, length: usize, o: &ObjectType) -> Result<Value, CodecError> {
        let mut object = ObjectBuilder::new(o);
        for _ in 0..length {
            let key = self.key()?;
            let Some((name, ty)) = object.attribute(&key) else {
                return self.fail(format!("unsupported attribute {key:?}"));
            };
            self.path.0.push(PathStep::Attribute(name.clone()));
            let value = self.value(ty)?;
            self.path.0.pop();
            object.insert(name, value);
        }
        if object.found() != o.attributes.len() {
            let (wanted, given) = (o.attributes.len(), object.found());
            let message = format!("an object with {wanted} attributes is required ({given} given)");
            return self.fail(message);
        }
        Ok(object.finish())
    }

    fn unknown(&self, code: i8, body: &'a [u8], ty: &Type) -> Result<Value, CodecError> {
        let ty = ty.without_optional();
        if body.len() <= 1 || (code == REFINED && ty == Type::Dynamic) {
            return Ok(Value::unknown(ty));
        }
        if code != REFINED {
            return self.fail(format!("unsupported extension type {code}"));
        }
        if body.len() > MAX_REFINEMENT {
            return self.fail("oversize unknown value refinement");
        }
        match refinements(&mut Reader(body)) {
            Ok(Known::Null) => Ok(Value::null(ty)),
            Ok(Known::Refined(known)) if known.is_consistent() => {
                Ok(Value::unknown_refined(ty, known))
            }
            Ok(Known::Refined(_)) => self.fail("contradictory unknown value refinement"),
            Err(Malformed) => self.fail("malformed unknown value refinement"),
        }
    }
}

fn number(token: &Token<'_>) -> Option<Number> {
    match token {
        Token::Integer(i) => Some(Number::Int(*i)),
        Token::Unsigned(i) => Some(Number::from(*i)),
        Token::Float(f) => Number::from_f64(*f),
        Token::Bytes(_) => Number::parse(&token.text()?),
        _ => None,
    }
}

enum Known {
    Null,
    Refined(Refinements),
}

fn refinements(body: &mut Reader<'_>) -> Result<Known, Malformed> {
    let Token::Map(count) = body.next()? else { return Err(Malformed) };
    let mut known = Refinements::default();
    for _ in 0..count {
        let Token::Integer(key) = body.next()? else { return Err(Malformed) };
        match key {
            refinement::IS_NULL => match body.next()? {
                Token::Bool(true) => return Ok(Known::Null),
                Token::Bool(false) => known.not_null = true,
                _ => return Err(Malformed),
            },
            refinement::PREFIX => match body.next()? {
                Token::Bytes(bytes) => {
                    let prefix = std::str::from_utf8(bytes).map_err(|_| Malformed)?;
                    known.prefix = Some(normalize(prefix));
                }
                _ => return Err(Malformed),
            },
            refinement::NUMBER_MIN => known.number_min = Some(bound(body)?),
            refinement::NUMBER_MAX => known.number_max = Some(bound(body)?),
            refinement::LENGTH_MIN => known.length_min = length(body)?,
            refinement::LENGTH_MAX => known.length_max = length(body)?,
            // Later versions may tell more.
            _ => body.skip()?,
        }
    }
    Ok(Known::Refined(known))
}

fn bound(body: &mut Reader<'_>) -> Result<(Number, bool), Malformed> {
    let Token::Array(2) = body.next()? else { return Err(Malformed) };
    let number = number(&body.next()?).ok_or(Malformed)?;
    match body.next()? {
        Token::Bool(included) => Ok((number, included)),
        _ => Err(Malformed),
    }
}

fn length(body: &mut Reader<'_>) -> Result<Option<u64>, Malformed> {
    match body.next()? {
        Token::Integer(n) => Ok(u64::try_from(n).ok()),
        Token::Unsigned(n) => Ok(Some(n)),
        _ => Err(Malformed),
    }
}
