//! Reading objects anew, and noting what has changed outside.

use std::sync::Arc;

use groma_addrs::{AbsProviderConfig, AbsResourceInstance, DeposedKey};
use groma_diag::{Diagnostic, Diagnostics};
use groma_plan::{Action, Change, DeferredReason, InstanceChange, Mode, rules};
use groma_provider::{ClientCapabilities, Private, Provider, ReadResourceRequest, TypeName};
use groma_schema::Schema;
use groma_state::{Object, ObjectStatus};
use groma_value::{Marks, Path, Value};

use super::Planner;
use super::deferral::{deferred_reason, not_allowed};
use crate::Event;
use crate::ephemeral::refuse_write_only;
use crate::objects::{Decoded, object_id};

/// What there is of an instance before planning.
#[derive(Clone, Debug)]
pub(super) struct Prior {
    /// The object, with what the state says is sensitive marked; null if there is none.
    pub(super) value: Value,
    pub(super) private: Private,
    pub(super) identity: Option<Value>,
    pub(super) tainted: bool,
    /// Why the provider could not read it yet.
    pub(super) deferred: Option<DeferredReason>,
}

impl Prior {
    /// What there is before anything has been created.
    pub(super) fn none(schema: &Schema) -> Prior {
        Prior {
            value: Value::null(schema.block.implied_type().clone()),
            private: Arc::from([]),
            identity: None,
            tainted: false,
            deferred: None,
        }
    }

    /// A stored object.
    pub(super) fn stored(decoded: Decoded, object: &Object) -> Prior {
        Prior {
            value: decoded.value,
            private: decoded.private,
            identity: decoded.identity,
            tainted: object.status == ObjectStatus::Tainted,
            deferred: None,
        }
    }

    /// How a provider is asked for what the object is now, and what of it is marked.
    pub(super) fn read_request(
        &self,
        ty: TypeName,
        provider_meta: Value,
        capabilities: ClientCapabilities,
    ) -> (ReadResourceRequest, Vec<(Path, Marks)>) {
        let (plain, marks) = self.value.clone().unmark_deep_with_paths();
        let request = ReadResourceRequest {
            ty,
            prior: plain,
            private: self.private.clone(),
            provider_meta,
            identity: self.identity.clone(),
            capabilities,
        };
        (request, marks)
    }

    /// Whether both are the same object, with the same data beside it.
    pub(super) fn same(&self, other: &Prior) -> bool {
        self.value == other.value
            && self.private == other.private
            && self.identity == other.identity
    }
}

/// An object's instance and who manages it.
#[derive(Clone, Copy)]
pub(super) struct Owned<'a> {
    pub(super) addr: &'a AbsResourceInstance,
    /// Which of the instance's deposed objects it is; `None` for the current one.
    pub(super) deposed: Option<&'a DeposedKey>,
    pub(super) provider_addr: &'a AbsProviderConfig,
    pub(super) provider: &'a Arc<dyn Provider>,
    pub(super) schema: &'a Arc<Schema>,
}

impl Planner {
    /// What the object's module has to say to its provider.
    pub(super) fn provider_meta(&self, owned: &Owned<'_>) -> Value {
        let module = &owned.addr.resource.module;
        self.run.provider_meta(module, &owned.provider_addr.provider)
    }

    /// Reads an object. `None` after errors, which `place` may pin to the source.
    pub(super) async fn read_object(
        &self,
        owned: Owned<'_>,
        prior: &Prior,
        place: &(dyn Fn(Diagnostics) -> Diagnostics + Sync),
        diagnostics: &mut Diagnostics,
    ) -> Option<Prior> {
        let Owned { addr, schema, .. } = owned;
        let events = &self.run.around.events;
        let id = object_id(&prior.value);
        events.event(Event::RefreshStart { addr, id });
        let (ty, meta) = (addr.resource.resource.ty.clone(), self.provider_meta(&owned));
        let (request, marks) = prior.read_request(ty, meta, self.run.capabilities());
        let ahead = match owned.deposed {
            None => self.ahead.answer(addr, owned.provider_addr, &request).await,
            Some(_) => None,
        };
        let (answer, found) = match ahead {
            Some(answer) => answer,
            None => owned.provider.read_resource(request).await,
        };
        let failed = found.has_errors();
        diagnostics.extend(place(found));
        let Some(answer) = answer.filter(|_| !failed) else {
            self.note_unread();
            return None;
        };
        if let Some(reason) = answer.deferred {
            events.event(Event::RefreshComplete { addr, id: object_id(&prior.value) });
            if !self.run.partial {
                diagnostics.push(not_allowed(&owned.provider_addr.provider, addr));
                return None;
            }
            return Some(Prior { deferred: Some(deferred_reason(reason)), ..prior.clone() });
        }
        let id = object_id(&schema.block.mark_sensitive(&answer.state));
        events.event(Event::RefreshComplete { addr, id });
        if !answer.state.is_wholly_known() {
            let provider = &owned.provider_addr.provider;
            let detail = format!(
                "Provider {provider} returned unknown values while reading {addr}. This is a bug in the provider, which should be reported in the provider's own issue tracker."
            );
            diagnostics
                .push(Diagnostic::error("Provider produced invalid object", detail).on(addr));
            return None;
        }
        let (block, provider) = (&schema.block, &owned.provider_addr.provider);
        let leaked = refuse_write_only(block, &answer.state, provider, addr, "during refresh");
        if leaked.has_errors() {
            diagnostics.extend(leaked);
            return None;
        }
        if let Some(wrong) = open_identity(addr, owned.provider_addr, answer.identity.as_ref()) {
            diagnostics.push(wrong);
            return None;
        }
        let value = rules::normalize_legacy(&schema.block, &answer.state);
        Some(Prior {
            value: if value.is_null() { value } else { value.mark_with_paths(&marks) },
            private: answer.private,
            identity: answer.identity.or_else(|| prior.identity.clone()),
            tainted: prior.tainted,
            deferred: None,
        })
    }

    /// Notes that an object is no longer as the state has it.
    pub(super) fn note_drift(&self, owned: Owned<'_>, before: &Prior, after: &Prior) {
        let previous_addr = self.previous_addr(owned.addr);
        let same = before.value == after.value;
        // With nothing but a refresh, moves are told as what was found.
        let moved = previous_addr != *owned.addr && self.options.mode == Mode::RefreshOnly;
        if same && !moved || owned.deposed.is_some() {
            return;
        }
        let action = if same {
            Action::NoOp
        } else if after.value.is_null() {
            Action::Delete
        } else {
            Action::Update
        };
        let mark = |v: &Value| owned.schema.block.mark_sensitive(v);
        self.add_drift(InstanceChange {
            addr: owned.addr.clone(),
            previous_addr,
            deposed: None,
            provider: owned.provider_addr.clone(),
            change: Change {
                action,
                before: mark(&before.value),
                after: mark(&after.value),
                importing: None,
            },
            reason: None,
            required_replace: Vec::new(),
            private: after.private.clone(),
            before_identity: before.identity.clone(),
            after_identity: after.identity.clone(),
        });
    }

    /// Where an instance was before this plan.
    pub(super) fn previous_addr(&self, addr: &AbsResourceInstance) -> AbsResourceInstance {
        self.moved.get(addr).unwrap_or(addr).clone()
    }
}

/// The error for an identity that should be known by now and is not.
pub(crate) fn open_identity(
    addr: &AbsResourceInstance,
    provider: &AbsProviderConfig,
    identity: Option<&Value>,
) -> Option<Diagnostic> {
    if identity.is_none_or(|identity| identity.is_wholly_known()) {
        return None;
    }
    let detail = format!(
        "Provider {} returned an identity with unknown values for {addr}. This is a bug in the provider, which should be reported in the provider's own issue tracker.",
        provider.provider
    );
    Some(Diagnostic::error("Provider produced invalid identity", detail).on(addr))
}
