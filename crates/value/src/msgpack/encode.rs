//! Writing values.

use super::wire::Writer;
use super::{REFINED, refinement};
use crate::convert::mismatch_message;
use crate::{
    CodecError, Kind, Number, Path, PathStep, Refinements, Str, Type, UnknownValue, Value,
};
use crate::{convert, json, safe_prefix};

/// Longer beginnings of strings are cut off: they are of little use, and readers limit them.
const MAX_PREFIX: usize = 256;

/// Bounds with more digits are left out likewise.
const MAX_BOUND: usize = 400;

/// The value as MessagePack, in a place of type `ty`.
pub fn encode(value: &Value, ty: &Type) -> Result<Vec<u8>, CodecError> {
    let mut out = Vec::with_capacity(128);
    encode_into(value, ty, &mut out)?;
    Ok(out)
}

/// Appends the value as MessagePack, in a place of type `ty`.
pub fn encode_into(value: &Value, ty: &Type, out: &mut Vec<u8>) -> Result<(), CodecError> {
    Encoder { out: Writer(out), path: Vec::new() }.value(value, ty)
}

/// A step of the path to the value at hand, made into a real one only for an error.
enum Step<'a> {
    Name(&'a Str),
    Key(&'a Str),
    At(usize),
}

struct Encoder<'a> {
    out: Writer<'a>,
    path: Vec<Step<'a>>,
}

impl<'a> Encoder<'a> {
    fn fail(&self, message: impl Into<String>) -> CodecError {
        let step = |step: &Step<'_>| match step {
            Step::Name(name) => PathStep::Attribute((*name).clone()),
            Step::Key(key) => PathStep::Index((*key).clone().into()),
            Step::At(at) => PathStep::Index((*at as i64).into()),
        };
        CodecError::new(&Path(self.path.iter().map(step).collect()), message)
    }

    fn part(&mut self, step: Step<'a>, value: &'a Value, ty: &Type) -> Result<(), CodecError> {
        self.path.push(step);
        self.value(value, ty)?;
        self.path.pop();
        Ok(())
    }

    fn value(&mut self, value: &'a Value, ty: &Type) -> Result<(), CodecError> {
        if !value.marks().is_empty() {
            return Err(self.fail("value has marks, so it cannot be serialized"));
        }
        match (value.kind(), ty) {
            (Kind::Unknown(u), Type::Dynamic) if u.ty == Type::Dynamic => self.out.unknown(),
            (Kind::Null(Type::Dynamic), Type::Dynamic) => self.out.nil(),
            (_, Type::Dynamic) => {
                let own = value.ty();
                self.out.array(2);
                self.out.binary(&json::type_to_vec(&own));
                self.value(value, &own)?;
            }
            (Kind::Unknown(u), _) => self.unknown(u, ty),
            (Kind::Null(_), _) => self.out.nil(),
            (Kind::Bool(b), Type::Bool) => self.out.bool(*b),
            (Kind::Number(n), Type::Number) => self.out.number(n),
            (Kind::String(s), Type::String) => self.out.string(s),
            (Kind::List(l), Type::List(element)) => self.items(&l.items, element)?,
            (Kind::Set(s), Type::Set(element)) => self.items(&s.items, element)?,
            (Kind::Tuple(items), Type::Tuple(types)) if items.len() == types.len() => {
                self.out.array(items.len());
                for (at, (item, ty)) in items.iter().zip(&**types).enumerate() {
                    self.part(Step::At(at), item, ty)?;
                }
            }
            (Kind::Map(m), Type::Map(element)) => {
                self.out.map(m.entries.len());
                for (key, item) in m.entries.iter() {
                    self.out.string(key);
                    self.part(Step::Key(key), item, element)?;
                }
            }
            (Kind::Object(entries), Type::Object(o)) if entries.keys().eq(o.attributes.keys()) => {
                self.out.map(entries.len());
                for ((name, attribute), ty) in entries.iter().zip(o.attributes.values()) {
                    self.out.string(name);
                    self.part(Step::Name(name), attribute, ty)?;
                }
            }
            _ => self.converted(value, ty)?,
        }
        Ok(())
    }

    fn items(&mut self, items: &'a [Value], ty: &Type) -> Result<(), CodecError> {
        self.out.array(items.len());
        for (at, item) in items.iter().enumerate() {
            self.part(Step::At(at), item, ty)?;
        }
        Ok(())
    }

    fn converted(&mut self, value: &Value, ty: &Type) -> Result<(), CodecError> {
        match convert(value, ty) {
            Ok(converted) if converted != *value => {
                encode_into(&converted, ty, self.out.0).map_err(|e| self.fail(e.to_string()))
            }
            Ok(_) => Err(self.fail(mismatch_message(&value.ty(), ty))),
            Err(error) => Err(self.fail(error.message)),
        }
    }

    fn unknown(&mut self, unknown: &UnknownValue, ty: &Type) {
        // Of a value in a place of another type, less is known.
        let known = match unknown.ty == *ty {
            true => unknown.refinements.clone(),
            false => {
                Refinements { not_null: unknown.refinements.not_null, ..Refinements::default() }
            }
        };
        if known.is_empty() {
            return self.out.unknown();
        }
        let mut body = Vec::new();
        let mut entries = Writer(&mut body);
        let mut count = 0;
        let mut key = |entries: &mut Writer<'_>, code: i64| {
            count += 1;
            entries.integer(code);
        };
        if known.not_null {
            key(&mut entries, refinement::IS_NULL);
            entries.bool(false);
        }
        let bounds = [
            (refinement::NUMBER_MIN, &known.number_min),
            (refinement::NUMBER_MAX, &known.number_max),
        ];
        for (code, bound) in bounds {
            if let Some((number, included)) = bound
                && number.to_string().len() <= MAX_BOUND
            {
                key(&mut entries, code);
                entries.array(2);
                entries.number(number);
                entries.bool(*included);
            }
        }
        if let Some(prefix) = known.prefix.as_deref().map(shortened) {
            key(&mut entries, refinement::PREFIX);
            entries.string(&prefix);
        }
        let lengths = [
            (refinement::LENGTH_MIN, known.length_min),
            (refinement::LENGTH_MAX, known.length_max),
        ];
        for (code, length) in lengths {
            if let Some(length) = length.and_then(|n| i64::try_from(n).ok()) {
                key(&mut entries, code);
                entries.integer(length);
            }
        }
        let mut map = Vec::with_capacity(body.len() + 1);
        Writer(&mut map).map(count);
        map.extend_from_slice(&body);
        self.out.extension(REFINED, &map);
    }
}

fn shortened(prefix: &str) -> String {
    if prefix.len() <= MAX_PREFIX {
        return prefix.to_owned();
    }
    let end = (0..MAX_PREFIX).rev().find(|at| prefix.is_char_boundary(*at)).unwrap_or(0);
    safe_prefix(&prefix[..end])
}

impl Writer<'_> {
    fn number(&mut self, number: &Number) {
        if let Some(i) = number.as_i64() {
            self.integer(i);
        } else if number.is_infinite() {
            self.float(number.to_f64());
        } else {
            // A float is written with fewer digits when it is read again, so it must be the same.
            let same =
                |f: &f64| !number.is_integer() && Number::from_f64(*f).as_ref() == Some(number);
            match number.as_f64_exact().filter(same) {
                Some(float) => self.float(float),
                None => self.string(&number.to_string()),
            }
        }
    }
}
