//! Reading from JSON data.

use std::borrow::Cow;

use super::read::{Reader, Shape};
use crate::CodecError;

/// The data that is read next.
pub(super) struct Tree<'a>(pub(super) &'a serde_json::Value);

impl<'a> Reader<'a> for Tree<'a> {
    fn shape(&mut self) -> Result<Shape<'a>, CodecError> {
        use serde_json::Value as Json;
        Ok(match self.0 {
            Json::Null => Shape::Null,
            Json::Bool(b) => Shape::Bool(*b),
            Json::Number(n) => Shape::Number(Cow::Borrowed(n.as_str())),
            Json::String(s) => Shape::String(Cow::Borrowed(s)),
            Json::Array(_) => Shape::Array,
            Json::Object(_) => Shape::Object,
        })
    }

    fn items(
        &mut self,
        f: &mut dyn FnMut(&mut Self) -> Result<(), CodecError>,
    ) -> Result<(), CodecError> {
        self.0.as_array().into_iter().flatten().try_for_each(|item| f(&mut Tree(item)))
    }

    fn members(
        &mut self,
        f: &mut dyn FnMut(&str, &mut Self) -> Result<(), CodecError>,
    ) -> Result<(), CodecError> {
        let mut members = self.0.as_object().into_iter().flatten();
        members.try_for_each(|(name, value)| f(name, &mut Tree(value)))
    }

    fn split(&mut self) -> Result<Self, CodecError> {
        Ok(Tree(self.0))
    }

    fn data(&mut self) -> Result<serde_json::Value, CodecError> {
        Ok(self.0.clone())
    }
}
