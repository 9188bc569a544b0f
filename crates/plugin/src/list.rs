//! Listing existing objects of a type.

use groma_diag::Diagnostics;
use groma_protocol::convert::diagnostics_from_wire;
use groma_protocol::tfplugin6 as wire;
use groma_provider::{ListRequest, ListedResource};
use groma_value::{Type, Value};

use crate::method;
use crate::plugin::PluginProvider;

impl PluginProvider {
    pub(crate) async fn try_validate_list(
        &self,
        request: &ListRequest,
    ) -> Result<Diagnostics, Diagnostics> {
        let ready = self.ready().await?;
        let schema = ready.list_type(&request.ty)?;
        let call = wire::validate_list_resource_config::Request {
            type_name: request.ty.to_string(),
            config: ready.encode(&request.config, schema.block.implied_type())?,
            include_resource_object: ready
                .encode(&Value::bool(request.include_objects), &Type::Bool)?,
            limit: ready.encode(&Value::number(request.limit), &Type::Number)?,
        };
        let answer: wire::validate_list_resource_config::Response =
            ready.connection.call(method::VALIDATE_LIST_RESOURCE_CONFIG, call).await?;
        Ok(diagnostics_from_wire(answer.diagnostics))
    }

    pub(crate) async fn try_list(
        &self,
        request: &ListRequest,
        each: &mut (dyn FnMut(ListedResource) -> bool + Send),
    ) -> Result<(), Diagnostics> {
        let ready = self.ready().await?;
        let list = ready.list_type(&request.ty)?;
        let resource = ready.resource_type(&request.ty)?;
        let call = wire::list_resource::Request {
            type_name: request.ty.to_string(),
            config: ready.encode(&request.config, list.block.implied_type())?,
            include_resource_object: request.include_objects,
            limit: request.limit,
        };
        let mut events: tonic::Streaming<wire::list_resource::Event> =
            ready.connection.call_streaming(method::LIST_RESOURCE, call).await?;
        loop {
            let event = match events.message().await {
                Ok(Some(event)) => event,
                Ok(None) => return Ok(()),
                Err(status) => {
                    return Err(ready.connection.failure(method::LIST_RESOURCE, &status).await);
                }
            };
            let mut known = ready.answer(method::LIST_RESOURCE, event.diagnostic);
            let identity = known.identity(event.identity, &resource).flatten();
            let object = event.resource_object.and_then(|object| {
                known.value("an object", Some(object), resource.block.implied_type())
            });
            let listed = ListedResource {
                identity,
                display_name: event.display_name,
                object,
                diagnostics: known.told,
            };
            if !each(listed) {
                return Ok(());
            }
        }
    }
}
