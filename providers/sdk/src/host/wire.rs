//! Values on the wire.

use groma_diag::{Diagnostic, Diagnostics};
use groma_protocol::convert;
use groma_protocol::tfplugin6 as proto;
use groma_value::{Entries, Type, Value};

use super::catalog::Facts;
use crate::DeferredReason;

/// The value of a message; null if the message has none.
pub(super) fn decode(value: Option<proto::DynamicValue>, ty: &Type) -> Result<Value, Diagnostics> {
    convert::decode_value(value.as_ref(), ty).map_err(|e| {
        Diagnostic::error(
            "Invalid value in request",
            format!("The provider was sent a value that does not fit its schema: {e}."),
        )
        .into()
    })
}

/// The message with a value.
pub(super) fn encode(value: &Value, ty: &Type) -> Result<proto::DynamicValue, Diagnostics> {
    convert::encode_value(value, ty).map_err(|e| {
        Diagnostic::error(
            "Provider produced invalid object",
            format!("What the provider made does not fit its own schema, which is a bug in the provider: {e}."),
        )
        .into()
    })
}

pub(super) fn decode_identity(
    identity: Option<proto::ResourceIdentityData>,
    facts: &Facts,
) -> Result<Option<Value>, Diagnostics> {
    let data = identity.and_then(|i| i.identity_data);
    match (data, &facts.identity) {
        (Some(data), Some(ty)) => Ok(Some(decode(Some(data), ty)?).filter(|v| !v.is_null())),
        _ => Ok(None),
    }
}

/// The identity of an object: those of its attributes that the identity schema names.
pub(super) fn identity_of(
    state: &Value,
    facts: &Facts,
) -> Result<Option<proto::ResourceIdentityData>, Diagnostics> {
    let (Some(ty), Some(state)) = (&facts.identity, state.as_entries()) else { return Ok(None) };
    let Type::Object(object) = ty else { return Ok(None) };
    let attributes = object.attributes.keys();
    let parts: Option<Entries> = attributes
        .map(|name| Some((name.clone(), state.get(name).filter(|v| v.is_wholly_known())?.clone())))
        .collect();
    match parts {
        Some(parts) if parts.values().any(|v| !v.is_null()) => {
            let identity_data = Some(encode(&Value::object(parts), ty)?);
            Ok(Some(proto::ResourceIdentityData { identity_data }))
        }
        _ => Ok(None),
    }
}

pub(super) fn deferred(reason: Option<DeferredReason>) -> Option<proto::Deferred> {
    use proto::deferred::Reason;
    let reason = match reason? {
        DeferredReason::Unknown => Reason::Unknown,
        DeferredReason::ResourceConfigUnknown => Reason::ResourceConfigUnknown,
        DeferredReason::ProviderConfigUnknown => Reason::ProviderConfigUnknown,
        DeferredReason::AbsentPrereq => Reason::AbsentPrereq,
    };
    Some(proto::Deferred { reason: reason.into() })
}

/// The diagnostics of a message: what was reported along the way, then why it failed.
pub(super) fn diagnostics(
    reported: &Diagnostics,
    failed: Option<&Diagnostics>,
) -> Vec<proto::Diagnostic> {
    convert::diagnostics_to_wire(reported.iter().chain(failed.into_iter().flatten()))
}
