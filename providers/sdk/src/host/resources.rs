//! Reading, planning and changing managed resources.

use groma_diag::{Diagnostic, Diagnostics};
use groma_protocol::convert::value_path_to_wire;
use groma_protocol::tfplugin6::{apply_resource_change, plan_resource_change, read_resource};
use groma_value::Value;

use super::catalog::{Facts, InUse};
use super::{Host, isolated, wire};
use crate::context::Left;
use crate::plan::Plan;
use crate::{Context, CreateRequest, PlanRequest, Provider, UpdateRequest};

impl<P: Provider> Host<P> {
    pub(super) async fn read(&self, request: read_resource::Request) -> read_resource::Response {
        let current = request.current_state.clone();
        match self.try_read(request).await {
            Ok(response) => response,
            Err(failed) => read_resource::Response {
                // What was known before is still the best that is known.
                new_state: current,
                diagnostics: wire::diagnostics(&failed, None),
                ..Default::default()
            },
        }
    }

    async fn try_read(
        &self,
        request: read_resource::Request,
    ) -> Result<read_resource::Response, Diagnostics> {
        let resource = self.loaded()?.resource(&request.type_name)?;
        let state = wire::decode(request.current_state.clone(), resource.ty())?;
        let cx =
            self.context(request.provider_meta, request.client_capabilities, request.private)?;
        let (item, task_cx) = (resource.item.clone(), cx.clone());
        let result = isolated(async move { item.read(&task_cx, &state).await }).await;
        let left = cx.take_left();
        let mut response = read_resource::Response {
            private: left.private.clone(),
            deferred: wire::deferred(left.deferred),
            ..Default::default()
        };
        let failed = match result.and_then(|state| encode_read(&resource, state)) {
            Ok((new_state, identity)) => {
                response.new_state = Some(new_state);
                response.new_identity = identity.or(request.current_identity);
                None
            }
            Err(failed) => {
                response.new_state = request.current_state;
                response.new_identity = request.current_identity;
                Some(failed)
            }
        };
        response.diagnostics = wire::diagnostics(&left.warnings, failed.as_ref());
        Ok(response)
    }

    pub(super) async fn plan(
        &self,
        request: plan_resource_change::Request,
    ) -> plan_resource_change::Response {
        self.try_plan(request).await.unwrap_or_else(|failed| plan_resource_change::Response {
            diagnostics: wire::diagnostics(&failed, None),
            ..Default::default()
        })
    }

    async fn try_plan(
        &self,
        request: plan_resource_change::Request,
    ) -> Result<plan_resource_change::Response, Diagnostics> {
        let resource = self.loaded()?.resource(&request.type_name)?;
        let ty = resource.ty();
        let question = PlanRequest {
            prior: wire::decode(request.prior_state, ty)?,
            config: wire::decode(request.config, ty)?,
            proposed: wire::decode(request.proposed_new_state, ty)?,
        };
        let cx = self.context(
            request.provider_meta,
            request.client_capabilities,
            request.prior_private,
        )?;
        let task = plan_one(resource.clone(), cx.clone(), question);
        let result = isolated(task).await;
        let left = cx.take_left();
        let mut response = plan_resource_change::Response {
            planned_private: left.private.clone(),
            planned_identity: request.prior_identity,
            legacy_type_system: resource.rules.is_steady(),
            deferred: wire::deferred(left.deferred),
            ..Default::default()
        };
        let encoded = result.and_then(|plan| Ok((wire::encode(&plan.planned, ty)?, plan)));
        let failed = match encoded {
            Ok((planned, plan)) => {
                response.planned_state = Some(planned);
                response.requires_replace =
                    plan.requires_replace.iter().map(value_path_to_wire).collect();
                None
            }
            Err(failed) => Some(failed),
        };
        response.diagnostics = wire::diagnostics(&left.warnings, failed.as_ref());
        Ok(response)
    }

    pub(super) async fn apply(
        &self,
        request: apply_resource_change::Request,
    ) -> apply_resource_change::Response {
        let prior = request.prior_state.clone();
        match self.try_apply(request).await {
            Ok(response) => response,
            Err(failed) => apply_resource_change::Response {
                // Nothing was begun.
                new_state: prior,
                diagnostics: wire::diagnostics(&failed, None),
                ..Default::default()
            },
        }
    }

    async fn try_apply(
        &self,
        request: apply_resource_change::Request,
    ) -> Result<apply_resource_change::Response, Diagnostics> {
        let resource = self.loaded()?.resource(&request.type_name)?;
        let ty = resource.ty();
        let prior = wire::decode(request.prior_state, ty)?;
        let planned = wire::decode(request.planned_state, ty)?;
        let config = wire::decode(request.config, ty)?;
        let cx = self.context(request.provider_meta, None, request.planned_private)?;
        let change = Change { prior: prior.clone(), planned: planned.clone(), config };
        let result = isolated(apply_one(resource.clone(), cx.clone(), change)).await;
        let left = cx.take_left();
        let (state, failed) = outcome(&resource, &left, &prior, &planned, result);
        Ok(apply_resource_change::Response {
            new_state: Some(wire::encode(&state, ty)?),
            private: if state.is_null() { bytes::Bytes::new() } else { left.private },
            new_identity: wire::identity_of(&state, &resource)?.or(request.planned_identity),
            diagnostics: wire::diagnostics(&left.warnings, failed.as_ref()),
            legacy_type_system: resource.rules.is_steady(),
        })
    }
}

type WireState = (
    groma_protocol::tfplugin6::DynamicValue,
    Option<groma_protocol::tfplugin6::ResourceIdentityData>,
);

fn encode_read(facts: &Facts, state: Option<Value>) -> Result<WireState, Diagnostics> {
    let state = match state {
        Some(state) => facts.recorded(&state),
        None => facts.null(),
    };
    Ok((wire::encode(&state, facts.ty())?, wire::identity_of(&state, facts)?))
}

async fn plan_one<C: Send + Sync + 'static>(
    resource: InUse<C>,
    cx: Context<C>,
    request: PlanRequest,
) -> Result<Plan, Diagnostics> {
    if request.proposed.is_null() {
        resource.item.plan_delete(&cx, &request.prior).await?;
        return Ok(Plan { planned: request.proposed, requires_replace: Vec::new() });
    }
    // What is never stored is no change.
    let request = PlanRequest { proposed: resource.recorded(&request.proposed), ..request };
    let mut plan = Plan::by_rules(&resource.schema.block, &resource.rules, &request);
    resource.item.plan(&cx, &request, &mut plan).await?;
    plan.planned = resource.recorded(&plan.planned);
    Ok(plan)
}

/// What is to be done.
struct Change {
    prior: Value,
    planned: Value,
    config: Value,
}

async fn apply_one<C: Send + Sync + 'static>(
    resource: InUse<C>,
    cx: Context<C>,
    change: Change,
) -> Result<Value, Diagnostics> {
    let Change { prior, planned, config } = change;
    if planned.is_null() {
        resource.item.delete(&cx, &prior).await?;
        return Ok(resource.null());
    }
    if prior.is_null() {
        return resource.item.create(&cx, &CreateRequest { config, planned }).await;
    }
    resource.item.update(&cx, &UpdateRequest { prior, config, planned }).await
}

/// What there is after a change, and what went wrong.
fn outcome(
    facts: &Facts,
    left: &Left,
    prior: &Value,
    planned: &Value,
    result: Result<Value, Diagnostics>,
) -> (Value, Option<Diagnostics>) {
    let fits = |v: &Value| wire::encode(v, facts.ty()).is_ok();
    match result {
        Ok(state) => {
            let known = facts.recorded(&state.unknown_as_null());
            match wire::encode(&known, facts.ty()) {
                Ok(_) if state.is_wholly_known() => (known, None),
                Ok(_) => (known, Some(not_known(facts))),
                // The object is there, so something must be recorded of it.
                Err(failed) => (facts.recorded(&planned.unknown_as_null()), Some(failed)),
            }
        }
        Err(failed) => {
            let kept = left.kept.as_ref().map(|v| facts.recorded(&v.unknown_as_null()));
            (kept.filter(fits).unwrap_or_else(|| prior.clone()), Some(failed))
        }
    }
}

fn not_known(facts: &Facts) -> Diagnostics {
    Diagnostic::error(
        "Provider returned invalid result object after apply",
        format!(
            "After the change, the provider left attributes of {} unknown, which is a bug in the \
             provider. They are recorded as null.",
            facts.name
        ),
    )
    .into()
}
