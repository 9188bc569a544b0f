//! Objects that move to another resource type or provider: the provider that takes them over is
//! asked to bring them into its own form.

use std::sync::Arc;

use groma_addrs::{AbsResourceInstance, ResourceMode};
use groma_config::Resource;
use groma_diag::{Diagnostic, Diagnostics};
use groma_provider::{MoveStateRequest, MovedResource, Provider, RawState};
use groma_schema::Schema;
use groma_state::{Instance, Object, ResourceState, State, StoredAttributes};
use groma_value::Marks;

use super::PlanInput;
use super::moves::{Moves, move_instance};
use crate::objects::{Stored, encode, on};
use crate::run::Surroundings;

/// Brings what has moved to another type or provider into the form of that. `stored` is the state
/// before any move.
pub(super) async fn transform(
    input: &PlanInput,
    state: &mut State,
    moved: &mut Moves,
    around: &Surroundings,
) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let pairs: Vec<_> = moved.iter().map(|(to, from)| (to.clone(), from.clone())).collect();
    for (to, from) in pairs {
        let Some(source) = input.state.resource(&from.resource) else { continue };
        let same_type = from.resource.resource.ty == to.resource.resource.ty;
        let Some(resource) = input.config.resource(&to.resource.config()) else {
            if !same_type {
                // Nobody takes it over: it is still what it was.
                move_instance(state, &to, &from);
                moved.remove(&to);
            }
            continue;
        };
        let managed = to.resource.resource.mode == ResourceMode::Managed;
        if !managed || same_type && source.provider.provider == resource.provider {
            continue;
        }
        let takeover = Takeover { from: &from, to: &to, source, resource, input };
        match takeover.perform(state, around, &mut diagnostics).await {
            Ok(()) => {}
            Err(found) => diagnostics.extend(found),
        }
    }
    diagnostics
}

struct Takeover<'a> {
    from: &'a AbsResourceInstance,
    to: &'a AbsResourceInstance,
    source: &'a ResourceState,
    resource: &'a Arc<Resource>,
    input: &'a PlanInput,
}

impl Takeover<'_> {
    async fn perform(
        &self,
        state: &mut State,
        around: &Surroundings,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Diagnostics> {
        let (from, to, name) = (self.from, self.to, &self.resource.provider);
        let ty = &self.resource.addr.ty;
        let schemas = around.schemas.provider(name);
        // What is wrong with the type has been told with the configuration.
        let Some(schema) = around.schemas.resource(name, ResourceMode::Managed, ty)? else {
            return Ok(());
        };
        if !schemas.is_some_and(|schemas| schemas.capabilities().move_resource_state) {
            let detail = format!(
                "The provider {name} cannot take over objects of other resource types and providers, so {from} cannot move to {to}. Use a version of the provider that can, or remove the object from the state and import it at its new address."
            );
            let summary = "Unsupported `moved` across resource types";
            return Err(Diagnostic::error(summary, detail).on(to).into());
        }
        let Some(instance) = state.instance(to).cloned() else { return Ok(()) };
        let provider = around.pool.unconfigured(name).await?;
        let mut taken = Instance::default();
        if let Some(object) = &instance.current {
            taken.current = self.object(object, &schema, &provider, diagnostics).await;
        }
        for (key, object) in &instance.deposed {
            if let Some(object) = self.object(object, &schema, &provider, diagnostics).await {
                taken.deposed.insert(key.clone(), object);
            }
        }
        let config = &self.input.config;
        let owner = config.provider_of(&to.resource.config().module, self.resource).config;
        if let Some(resource) = state.resources.get_mut(&to.resource) {
            resource.provider = owner;
            resource.instances.insert(to.key.clone(), Arc::new(taken));
        }
        Ok(())
    }

    async fn object(
        &self,
        object: &Arc<Object>,
        schema: &Schema,
        provider: &Arc<dyn Provider>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Arc<Object>> {
        let request = MoveStateRequest {
            source_provider: self.source.provider.provider.to_string().into(),
            source_type: self.from.resource.resource.ty.clone(),
            source_version: object.schema_version,
            source_state: match &object.attributes {
                StoredAttributes::Json(json) => RawState::Json(json.clone()),
                StoredAttributes::Flatmap(map) => RawState::Flatmap(map.clone()),
            },
            source_private: object.private.clone(),
            source_identity: object.identity.clone(),
            target_type: self.resource.addr.ty.clone(),
        };
        let (answer, found) = provider.move_resource_state(request).await;
        let failed = found.has_errors();
        diagnostics.extend(on(found, self.to));
        let MovedResource { state, private, identity } = answer.filter(|_| !failed)?;
        if state.is_null() || !state.is_wholly_known() {
            let detail = format!(
                "The provider {} was asked to take over {} as {}, and returned {}. This is a bug in the provider, which should be reported in the provider's own issue tracker.",
                self.resource.provider,
                self.from,
                self.to,
                if state.is_null() { "nothing" } else { "unknown values" }
            );
            let summary = "Provider returned invalid value";
            diagnostics.push(Diagnostic::error(summary, detail).on(self.to));
            return None;
        }
        // What the old configuration made sensitive stays so, where the new type has it.
        let marks: Vec<_> = object
            .sensitive_paths
            .iter()
            .filter(|path| path.apply(&state).is_ok())
            .map(|path| (path.clone(), Marks::sensitive()))
            .collect();
        let stored = Stored {
            private,
            identity: identity.as_ref(),
            status: object.status,
            dependencies: object.dependencies.clone(),
            create_before_destroy: object.create_before_destroy,
            skip_destroy: object.skip_destroy,
        };
        let encoded = encode(self.to, &state.mark_with_paths(&marks), schema, stored);
        diagnostics.take(encoded)
    }
}
