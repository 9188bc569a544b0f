//! Calls about actions.

use groma_diag::{Diagnostic, Diagnostics};
use groma_protocol::convert::diagnostics_from_wire;
use groma_protocol::tfplugin6 as wire;
use groma_provider::{DeferredReason, InvokeActionRequest, PlanActionRequest};
use groma_value::Value;

use crate::answer::{Outcome, capabilities, deferred};
use crate::method;
use crate::plugin::PluginProvider;

impl PluginProvider {
    pub(crate) async fn try_validate_action(
        &self,
        ty: &str,
        config: &Value,
    ) -> Result<Diagnostics, Diagnostics> {
        let ready = self.ready().await?;
        let schema = ready.action_type(ty)?;
        let call = wire::validate_action_config::Request {
            type_name: ty.to_owned(),
            config: ready.encode(config, schema.block.implied_type())?,
        };
        let answer: wire::validate_action_config::Response =
            ready.connection.call(method::VALIDATE_ACTION_CONFIG, call).await?;
        Ok(diagnostics_from_wire(answer.diagnostics))
    }

    pub(crate) async fn try_plan_action(
        &self,
        request: PlanActionRequest,
    ) -> Result<Outcome<DeferredReason>, Diagnostics> {
        let ready = self.ready().await?;
        let schema = ready.action_type(&request.ty)?;
        let call = wire::plan_action::Request {
            action_type: request.ty.to_string(),
            config: ready.encode(&request.config, schema.block.implied_type())?,
            client_capabilities: capabilities(request.capabilities),
        };
        let answer: wire::plan_action::Response =
            ready.connection.call(method::PLAN_ACTION, call).await?;
        Ok((deferred(answer.deferred), diagnostics_from_wire(answer.diagnostics)))
    }

    pub(crate) async fn try_invoke_action(
        &self,
        request: InvokeActionRequest,
        progress: &(dyn for<'a> Fn(&'a str) + Send + Sync),
    ) -> Result<Diagnostics, Diagnostics> {
        use wire::invoke_action::event::Type;
        let ready = self.ready().await?;
        let schema = ready.action_type(&request.ty)?;
        let call = wire::invoke_action::Request {
            action_type: request.ty.to_string(),
            config: ready.encode(&request.config, schema.block.implied_type())?,
            client_capabilities: capabilities(request.capabilities),
        };
        let method = method::INVOKE_ACTION;
        let mut events: tonic::Streaming<wire::invoke_action::Event> =
            ready.connection.call_streaming(method, call).await?;
        let mut completed = None;
        loop {
            let event = match events.message().await {
                Ok(Some(event)) => event,
                Ok(None) => break,
                Err(status) => return Err(ready.connection.failure(method, &status).await),
            };
            match event.r#type {
                Some(Type::Progress(told)) => progress(&told.message),
                Some(Type::Completed(end)) => completed = Some(end.diagnostics),
                None => {}
            }
        }
        match completed {
            Some(told) => Ok(diagnostics_from_wire(told)),
            None => {
                let detail = format!(
                    "The provider {} ended action {:?} without saying what came of it. This is a \
                     bug in the provider, which should be reported in the provider's own issue \
                     tracker.",
                    ready.name, &*request.ty
                );
                Err(Diagnostic::error("Provider did not complete the action", detail).into())
            }
        }
    }
}
