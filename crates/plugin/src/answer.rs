//! Building requests and understanding answers.

use std::sync::Arc;

use bytes::Bytes;
use groma_diag::{Diagnostic, Diagnostics};
use groma_protocol::convert::{decode_value, diagnostics_from_wire, encode_value};
use groma_protocol::tfplugin6 as wire;
use groma_provider::{ClientCapabilities, DeferredReason, Private, RawState};
use groma_schema::{ProviderSchemas as _, Schema};
use groma_value::{Type, Value};

use crate::error::undecodable;
use crate::method::Method;
use crate::plugin::Ready;

/// What a call gives in the end: the answer as far as there is one, and what the plugin told.
pub(crate) type Outcome<T> = (Option<T>, Diagnostics);

/// The outcome of a call that may have failed before there was any answer.
pub(crate) fn flatten<T>(result: Result<Outcome<T>, Diagnostics>) -> Outcome<T> {
    result.unwrap_or_else(|diagnostics| (None, diagnostics))
}

impl Ready<'_> {
    /// A value as part of a request.
    pub(crate) fn encode(
        &self,
        value: &Value,
        ty: &Type,
    ) -> Result<Option<wire::DynamicValue>, Diagnostics> {
        match encode_value(value, ty) {
            Ok(value) => Ok(Some(value)),
            Err(error) => {
                let detail = format!(
                    "A value for provider {} does not fit the provider's schema: {error}. This is \
                     a fault of Groma; please report it.",
                    self.name
                );
                Err(Diagnostic::error("Invalid value for provider", detail).into())
            }
        }
    }

    /// An identity as part of a request.
    pub(crate) fn encode_identity(
        &self,
        identity: Option<&Value>,
        schema: &Schema,
    ) -> Result<Option<wire::ResourceIdentityData>, Diagnostics> {
        let (Some(identity), Some(schema)) = (identity, &schema.identity) else { return Ok(None) };
        if identity.is_null() {
            return Ok(None);
        }
        let identity_data = self.encode(identity, &schema.implied_type())?;
        Ok(Some(wire::ResourceIdentityData { identity_data }))
    }

    /// A module's metadata as part of a request, if the provider takes any.
    pub(crate) fn encode_meta(
        &self,
        meta: &Value,
    ) -> Result<Option<wire::DynamicValue>, Diagnostics> {
        match self.schemas.provider_meta()? {
            Some(schema) => self.encode(meta, schema.block.implied_type()),
            None => Ok(None),
        }
    }

    /// Begins to understand an answer.
    pub(crate) fn answer(&self, method: Method, told: Vec<wire::Diagnostic>) -> Answer<'_> {
        Answer { name: self.name, method, told: diagnostics_from_wire(told) }
    }
}

/// An answer of which parts are being decoded. What cannot be decoded becomes an error beside what
/// the plugin told.
pub(crate) struct Answer<'a> {
    name: &'a str,
    method: Method,
    /// What the plugin told, and what is wrong with its answer.
    pub(crate) told: Diagnostics,
}

impl Answer<'_> {
    /// A value. One that is left out is null, unless the plugin reports errors: then it has given
    /// none.
    pub(crate) fn value(
        &mut self,
        what: &str,
        value: Option<wire::DynamicValue>,
        ty: &Type,
    ) -> Option<Value> {
        if value.is_none() && self.told.has_errors() {
            return None;
        }
        match decode_value(value.as_ref(), ty) {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault(what, error);
                None
            }
        }
    }

    /// An identity; `Some(None)` if there is none.
    pub(crate) fn identity(
        &mut self,
        identity: Option<wire::ResourceIdentityData>,
        schema: &Schema,
    ) -> Option<Option<Value>> {
        let (Some(data), Some(schema)) = (identity.and_then(|i| i.identity_data), &schema.identity)
        else {
            return Some(None);
        };
        let identity = self.value("an identity", Some(data), &schema.implied_type())?;
        Some((!identity.is_null()).then_some(identity))
    }

    /// Notes that a part cannot be understood.
    pub(crate) fn fault(&mut self, what: &str, reason: impl std::fmt::Display) {
        self.told.extend(undecodable(self.name, self.method.name, what, reason));
    }

    /// The outcome with this response.
    pub(crate) fn with<T>(self, response: Option<T>) -> Outcome<T> {
        (response, self.told)
    }
}

/// Private data for a request.
pub(crate) fn bytes(private: &[u8]) -> Bytes {
    Bytes::copy_from_slice(private)
}

/// Private data from an answer.
pub(crate) fn private(bytes: &Bytes) -> Private {
    Arc::from(&**bytes)
}

/// Private data of ephemeral resources, which may be left out.
pub(crate) fn optional_bytes(private: &[u8]) -> Option<Bytes> {
    (!private.is_empty()).then(|| bytes(private))
}

/// A stored object for a request.
pub(crate) fn raw_state(raw: &RawState) -> wire::RawState {
    match raw {
        RawState::Json(json) => wire::RawState { json: bytes(json), flatmap: Default::default() },
        RawState::Flatmap(flatmap) => {
            wire::RawState { json: Bytes::new(), flatmap: flatmap.clone() }
        }
    }
}

/// What we can handle, for a request.
pub(crate) fn capabilities(capabilities: ClientCapabilities) -> Option<wire::ClientCapabilities> {
    Some(wire::ClientCapabilities {
        deferral_allowed: capabilities.deferral_allowed,
        write_only_attributes_allowed: capabilities.write_only_attributes_allowed,
    })
}

/// Whether, and why, an answer is deferred.
pub(crate) fn deferred(deferred: Option<wire::Deferred>) -> Option<DeferredReason> {
    use wire::deferred::Reason;
    deferred.map(|deferred| match deferred.reason() {
        Reason::Unknown => DeferredReason::Unknown,
        Reason::ResourceConfigUnknown => DeferredReason::ResourceConfigUnknown,
        Reason::ProviderConfigUnknown => DeferredReason::ProviderConfigUnknown,
        Reason::AbsentPrereq => DeferredReason::AbsentPrereq,
    })
}
