//! Objects of resource instances between the state, the provider and the expressions.

use std::sync::Arc;

use groma_addrs::{AbsResourceInstance, ConfigResource};
use groma_diag::{Diagnostic, Diagnostics};
use groma_provider::{Private, Provider, RawState, UpgradeIdentityRequest, UpgradeStateRequest};
use groma_schema::Schema;
use groma_state::{Object, ObjectStatus, StoredAttributes};
use groma_value::{Str, Value};

/// A stored object, decoded.
#[derive(Clone, Debug)]
pub(crate) struct Decoded {
    /// The value, marked where the state says that it is sensitive.
    pub(crate) value: Value,
    /// The identity.
    pub(crate) identity: Option<Value>,
    /// The provider's private data.
    pub(crate) private: Private,
}

/// Decodes a stored object under its current schema. The provider is asked to upgrade it if it was
/// stored under another version, or does not fit.
pub(crate) async fn decode(
    addr: &AbsResourceInstance,
    object: &Object,
    schema: &Schema,
    provider: &Arc<dyn Provider>,
    diagnostics: &mut Diagnostics,
) -> Option<Decoded> {
    let ty = schema.block.implied_type();
    let identity = match decode_identity(addr, object, schema, provider, diagnostics).await {
        Ok(identity) => identity,
        Err(()) => return None,
    };
    let private = object.private.clone();
    if object.schema_version > schema.version {
        let detail = format!(
            "The current state of {addr} was created by a newer provider version than is currently selected. Upgrade the provider to work with this state."
        );
        diagnostics
            .push(Diagnostic::error("Resource instance managed by newer provider version", detail));
        return None;
    }
    if object.schema_version == schema.version
        && let Ok(value) = object.decode(ty)
    {
        return Some(Decoded { value, identity, private });
    }
    let raw = match &object.attributes {
        StoredAttributes::Json(json) => RawState::Json(json.clone()),
        StoredAttributes::Flatmap(map) => RawState::Flatmap(map.clone()),
    };
    let request = UpgradeStateRequest {
        ty: addr.resource.resource.ty.clone(),
        version: object.schema_version,
        raw,
    };
    let (value, found) = provider.upgrade_resource_state(request).await;
    let failed = found.has_errors();
    diagnostics.extend(on(found, addr));
    let value = value.filter(|_| !failed)?;
    let marks: Vec<_> = object
        .sensitive_paths
        .iter()
        .map(|p| (p.clone(), groma_value::Marks::sensitive()))
        .collect();
    Some(Decoded { value: value.mark_with_paths(&marks), identity, private })
}

async fn decode_identity(
    addr: &AbsResourceInstance,
    object: &Object,
    schema: &Schema,
    provider: &Arc<dyn Provider>,
    diagnostics: &mut Diagnostics,
) -> Result<Option<Value>, ()> {
    let (Some((raw, version)), Some(identity)) = (&object.identity, &schema.identity) else {
        return Ok(None);
    };
    if *version == identity.version
        && let Some(Ok(value)) = object.decode_identity(&identity.implied_type())
    {
        return Ok(Some(value));
    }
    let request = UpgradeIdentityRequest {
        ty: addr.resource.resource.ty.clone(),
        version: *version,
        raw: raw.clone(),
    };
    let (value, found) = provider.upgrade_identity(request).await;
    let failed = found.has_errors();
    diagnostics.extend(on(found, addr));
    if failed { Err(()) } else { Ok(value) }
}

/// What is stored of an object beside its value.
#[derive(Clone, Debug)]
pub(crate) struct Stored<'a> {
    pub(crate) private: Private,
    pub(crate) identity: Option<&'a Value>,
    pub(crate) status: ObjectStatus,
    pub(crate) dependencies: Arc<[ConfigResource]>,
    pub(crate) create_before_destroy: bool,
    pub(crate) skip_destroy: bool,
}

/// The stored form of an object.
pub(crate) fn encode(
    addr: &AbsResourceInstance,
    value: &Value,
    schema: &Schema,
    stored: Stored<'_>,
) -> Result<Arc<Object>, Diagnostics> {
    let failed = |error: &dyn std::fmt::Display| {
        let detail = format!("The object of {addr} cannot be stored in the state: {error}.");
        Diagnostics::from(Diagnostic::error("Object cannot be stored", detail).on(addr))
    };
    // What the schema says is sensitive is told in the state too, for readers without the schema.
    let marked = schema.block.mark_sensitive(value);
    let (attributes, sensitive_paths) =
        StoredAttributes::encode(&marked, schema.block.implied_type()).map_err(|e| failed(&e))?;
    let identity = match (stored.identity, &schema.identity) {
        (Some(identity), Some(schema)) if !identity.is_null() => Some((
            Object::encode_identity(identity, &schema.implied_type()).map_err(|e| failed(&e))?,
            schema.version,
        )),
        _ => None,
    };
    Ok(Arc::new(Object {
        schema_version: schema.version,
        attributes,
        sensitive_paths,
        identity,
        private: stored.private,
        status: stored.status,
        dependencies: stored.dependencies,
        create_before_destroy: stored.create_before_destroy,
        skip_destroy: stored.skip_destroy,
    }))
}

/// The diagnostics with the address of the instance that they are about.
pub(crate) fn on(diagnostics: Diagnostics, addr: &AbsResourceInstance) -> Diagnostics {
    diagnostics
        .into_iter()
        .map(|d| Diagnostic { address: d.address.or_else(|| Some(addr.to_string())), ..d })
        .collect()
}

/// What people know an object by: its id, or else its name.
pub(crate) fn object_id(value: &Value) -> Option<(Str, Str)> {
    ["id", "name"].into_iter().find_map(|name| {
        let part = value.get(name)?;
        let text = part.as_str().filter(|s| !s.is_empty() && part.marks().is_empty())?;
        Some((Str::from(name), text.clone()))
    })
}
