//! Steps after which an object is gone.

use groma_diag::{Diagnostic, Diagnostics};
use groma_plan::{Action, InstanceChange};
use groma_provider::{ApplyResourceRequest, PlanResourceRequest};
use groma_state::ObjectStatus;
use groma_value::Value;

use super::Applier;
use crate::Event;
use crate::objects::{Stored, encode, object_id, on};

impl Applier {
    /// Destroys the object of a change: the current one, the deposed one that it is about, or the
    /// one that it has put aside.
    pub(super) async fn destroy(
        &self,
        change: &InstanceChange,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Diagnostics> {
        let addr = &change.addr;
        let key = match change.change.action {
            Action::CreateThenDelete => Some(self.deposed_key(change)),
            _ => change.deposed.clone(),
        };
        let object = self.state.read(|state| {
            let instance = state.instance(addr)?;
            match &key {
                Some(key) => instance.deposed.get(key).cloned(),
                None => instance.current.clone(),
            }
        });
        let Some(object) = object else { return Ok(()) };
        let schema = self.schema(&addr.resource.config(), &change.provider.provider)?;
        let provider = self.run.around.pool.get(&change.provider)?;
        let ty = schema.block.implied_type();
        let value = object.decode(ty).map_err(|error| {
            let detail =
                format!("The object of {addr} in the state cannot be understood: {error}.");
            Diagnostics::from(Diagnostic::error("Invalid object in state", detail))
        })?;
        let marked = schema.block.mark_sensitive(&value);
        let id = object_id(&marked);
        let (prior, marks) = value.unmark_deep_with_paths();
        let null = Value::null(ty.clone());
        let mut private = match change.change.action {
            Action::Delete => change.private.clone(),
            _ => object.private.clone(),
        };
        let asks = change.change.action != Action::Delete
            && self
                .run
                .around
                .schemas
                .provider(&change.provider.provider)
                .is_some_and(|s| s.capabilities().plan_destroy);
        if asks {
            let request = PlanResourceRequest {
                ty: addr.resource.resource.ty.clone(),
                prior: prior.clone(),
                proposed: null.clone(),
                config: null.clone(),
                private,
                provider_meta: self.provider_meta(change),
                identity: change.before_identity.clone(),
                capabilities: self.run.capabilities(),
            };
            let (answer, found) = provider.plan_resource_change(request).await;
            let failed = found.has_errors();
            diagnostics.extend(on(found, addr));
            let Some(answer) = answer.filter(|_| !failed) else { return Ok(()) };
            private = answer.private;
        }
        let events = &self.run.around.events;
        let (deposed, action) = (key.as_ref(), Action::Delete);
        events.event(Event::ApplyStart { addr, deposed, action, id: id.clone() });
        // An object that has been put aside has a successor, for which the provisioners are; and
        // where the creation failed, there may be nothing that could be prepared.
        if key.is_none()
            && object.status != ObjectStatus::Tainted
            && !self.provision_destruction(change, &marked, diagnostics).await
        {
            events.event(Event::ApplyErrored { addr, deposed, action });
            return Ok(());
        }
        let request = ApplyResourceRequest {
            ty: addr.resource.resource.ty.clone(),
            prior: prior.clone(),
            planned: null.clone(),
            config: null,
            private,
            provider_meta: self.provider_meta(change),
            identity: change.before_identity.clone(),
        };
        let (answer, found) = provider.apply_resource_change(request).await;
        let failed = found.has_errors();
        diagnostics.extend(on(found, addr));
        let (left, left_private, left_identity) = match answer {
            Some(answer) => (answer.state, answer.private, answer.identity),
            // Nothing is known of what came of it: the object stays in the state.
            None => (prior, object.private.clone(), change.before_identity.clone()),
        };
        if left.is_null() {
            match &key {
                Some(key) => self.state.set_deposed(addr, key, &change.provider, None),
                None => self.state.set_current(addr, &change.provider, None),
            }
        } else {
            let left = left.unknown_as_null().mark_with_paths(&marks);
            let stored = Stored {
                private: left_private,
                identity: left_identity.as_ref(),
                status: object.status,
                dependencies: object.dependencies.clone(),
                // This was about the replacement that has just failed.
                create_before_destroy: false,
                skip_destroy: object.skip_destroy,
            };
            let object = encode(addr, &left, &schema, stored)?;
            match &key {
                Some(key) => self.state.set_deposed(addr, key, &change.provider, Some(object)),
                None => self.state.set_current(addr, &change.provider, Some(object)),
            }
            if !failed {
                let detail = format!(
                    "After applying the deletion of {addr}, provider {} still returned an object. This is a bug in the provider, which should be reported in the provider's own issue tracker. Groma keeps the object in the state.",
                    change.provider.provider
                );
                diagnostics.push(
                    Diagnostic::error(
                        "Provider returned invalid result object after apply",
                        detail,
                    )
                    .on(addr),
                );
            }
        }
        if failed || diagnostics.has_errors() {
            events.event(Event::ApplyErrored { addr, deposed, action });
        } else {
            events.event(Event::ApplyComplete { addr, deposed, action, id });
        }
        Ok(())
    }
}
