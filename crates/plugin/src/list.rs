//! Listing existing objects of a type.

use groma_diag::Diagnostics;
use groma_protocol::convert::diagnostics_from_wire;
use groma_protocol::tfplugin6 as wire;
use groma_value::{Str, Type, Value};

use crate::method;
use crate::plugin::PluginProvider;

/// Which objects to list.
#[derive(Clone, Debug)]
pub struct ListRequest {
    /// The resource type.
    pub ty: Str,
    /// The configuration, by the schema of the type of list resources of that name.
    pub config: Value,
    /// Whether the whole objects are wanted, and not just what identifies them.
    pub include_objects: bool,
    /// How many are wanted at most.
    pub limit: i64,
}

/// One of the objects listed.
#[derive(Clone, Debug)]
pub struct ListedResource {
    /// What identifies it.
    pub identity: Option<Value>,
    /// What people call it.
    pub display_name: String,
    /// The whole object, if it was asked for.
    pub object: Option<Value>,
    /// What the plugin has to tell about it, and what is wrong with its answer.
    pub diagnostics: Diagnostics,
}

impl PluginProvider {
    /// Checks the configuration of a list, which may have unknown values.
    pub async fn validate_list_config(&self, request: &ListRequest) -> Diagnostics {
        self.try_validate_list(request).await.unwrap_or_else(|diagnostics| diagnostics)
    }

    async fn try_validate_list(&self, request: &ListRequest) -> Result<Diagnostics, Diagnostics> {
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

    /// Lists objects, each handed over as it comes. The listing ends early when `each` says so by
    /// giving `false`.
    pub async fn list_resources(
        &self,
        request: &ListRequest,
        mut each: impl FnMut(ListedResource) -> bool + Send,
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
