//! Objects from values, and values from objects.

use std::sync::Arc;

use groma_value::{Marks, Path, Type, Value};

use crate::file::{values_from_json, values_to_json};
use crate::{Object, StoredAttributes};

/// Why attributes cannot be stored or understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttributesError {
    /// Not everything is known yet.
    #[error("the object has unknown values, which cannot be stored")]
    Unknown,
    /// Something must not be stored.
    #[error("the object has an ephemeral value at {0}, which must not be stored")]
    Ephemeral(Path),
    /// They are in the form that versions before 0.12 wrote: their provider has to upgrade them.
    #[error("the object is stored in the flat form of old versions and has not been upgraded")]
    Flatmap,
    /// They are not of the schema's type.
    #[error("{0}")]
    Mismatch(String),
}

impl StoredAttributes {
    /// The stored form of an object's value, and where it holds sensitive values. `ty` is what
    /// the schema implies.
    pub fn encode(
        value: &Value,
        ty: &Type,
    ) -> Result<(StoredAttributes, Vec<Path>), AttributesError> {
        let (value, marks) = value.clone().unmark_deep_with_paths();
        if let Some((path, _)) = marks.iter().find(|(_, marks)| marks.is_ephemeral()) {
            return Err(AttributesError::Ephemeral(path.clone()));
        }
        if !value.is_wholly_known() {
            return Err(AttributesError::Unknown);
        }
        let json = values_to_json(&value, ty).map_err(AttributesError::Mismatch)?;
        let sensitive =
            marks.into_iter().filter(|(_, m)| m.is_sensitive()).map(|(path, _)| path).collect();
        Ok((StoredAttributes::Json(json.into()), sensitive))
    }

    /// From JSON text, which must be valid; `None` if it is nested too deep.
    pub fn from_json_text(text: &str) -> Option<StoredAttributes> {
        Some(StoredAttributes::Json(crate::file::compact(text)?.into()))
    }

    /// The JSON text; `None` for the flat form.
    pub fn as_json(&self) -> Option<&[u8]> {
        match self {
            StoredAttributes::Json(json) => Some(json),
            StoredAttributes::Flatmap(_) => None,
        }
    }
}

impl Object {
    /// The value of the object under the type that its schema implies, with the sensitive parts
    /// marked that the schema does not know as such.
    pub fn decode(&self, ty: &Type) -> Result<Value, AttributesError> {
        let json = self.attributes.as_json().ok_or(AttributesError::Flatmap)?;
        let value = values_from_json(json, ty).map_err(AttributesError::Mismatch)?;
        if self.sensitive_paths.is_empty() {
            return Ok(value);
        }
        let marks: Vec<_> =
            self.sensitive_paths.iter().map(|p| (p.clone(), Marks::sensitive())).collect();
        Ok(value.mark_with_paths(&marks))
    }

    /// The identity under the type that its schema implies, if there is one.
    pub fn decode_identity(&self, ty: &Type) -> Option<Result<Value, AttributesError>> {
        let (json, _) = self.identity.as_ref()?;
        Some(values_from_json(json, ty).map_err(AttributesError::Mismatch))
    }

    /// The stored form of an identity.
    pub fn encode_identity(value: &Value, ty: &Type) -> Result<Arc<[u8]>, AttributesError> {
        let (value, _) = value.clone().unmark_deep();
        if !value.is_wholly_known() {
            return Err(AttributesError::Unknown);
        }
        values_to_json(&value, ty).map(Arc::from).map_err(AttributesError::Mismatch)
    }
}
