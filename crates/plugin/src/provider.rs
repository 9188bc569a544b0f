//! The plugin as a [`Provider`].

use std::sync::Arc;

use async_trait::async_trait;
use groma_diag::{Diagnostic, Diagnostics};
use groma_protocol::convert::{decode_value, diagnostics_from_wire, encode_value};
use groma_protocol::{tfplugin5 as v5, tfplugin6 as wire};
use groma_provider::{
    ApplyResourceRequest, ApplyResourceResponse, ConfigureRequest, DeferredReason,
    FunctionCallError, ImportRequest, ImportedResource, InvokeActionRequest, ListRequest,
    ListedResource, MoveStateRequest, MovedResource, OpenEphemeralResponse, PlanActionRequest,
    PlanResourceRequest, PlanResourceResponse, Provider, ReadDataRequest, ReadDataResponse,
    ReadResourceRequest, ReadResourceResponse, RenewEphemeralResponse, UpgradeIdentityRequest,
    UpgradeStateRequest, ValidateResourceRequest,
};
use groma_schema::{FunctionSignature, ProviderSchemas};
use groma_value::Value;

use crate::answer::{capabilities, deferred, flatten, optional_bytes, private};
use crate::handshake::Protocol;
use crate::method;
use crate::plugin::PluginProvider;

/// Both what went well and what went wrong was told by the plugin, or about it.
fn either(result: Result<Diagnostics, Diagnostics>) -> Diagnostics {
    result.unwrap_or_else(|diagnostics| diagnostics)
}

#[async_trait]
impl Provider for PluginProvider {
    async fn schemas(&self) -> Result<Arc<dyn ProviderSchemas>, Diagnostics> {
        Ok(self.plugin_schemas().await?)
    }

    async fn validate_provider_config(&self, config: &Value) -> (Value, Diagnostics) {
        let (prepared, diagnostics) = flatten(self.try_validate_provider(config).await);
        (prepared.unwrap_or_else(|| config.clone()), diagnostics)
    }

    async fn validate_resource_config(&self, request: ValidateResourceRequest) -> Diagnostics {
        either(self.try_validate_resource(request).await)
    }

    async fn validate_data_source_config(&self, ty: &str, config: &Value) -> Diagnostics {
        either(self.try_validate_data_source(ty, config).await)
    }

    async fn validate_ephemeral_config(&self, ty: &str, config: &Value) -> Diagnostics {
        either(self.try_validate_ephemeral(ty, config).await)
    }

    async fn upgrade_resource_state(
        &self,
        request: UpgradeStateRequest,
    ) -> (Option<Value>, Diagnostics) {
        flatten(self.try_upgrade_state(request).await)
    }

    async fn upgrade_identity(
        &self,
        request: UpgradeIdentityRequest,
    ) -> (Option<Value>, Diagnostics) {
        flatten(self.try_upgrade_identity(request).await)
    }

    async fn configure(&self, request: ConfigureRequest) -> Diagnostics {
        either(self.try_configure(request).await)
    }

    async fn gathers_reads(&self, _ty: &str) -> bool {
        self.is_native()
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequest,
    ) -> (Option<ReadResourceResponse>, Diagnostics) {
        flatten(self.try_read(request).await)
    }

    async fn plan_resource_change(
        &self,
        request: PlanResourceRequest,
    ) -> (Option<PlanResourceResponse>, Diagnostics) {
        flatten(self.try_plan(request).await)
    }

    async fn apply_resource_change(
        &self,
        request: ApplyResourceRequest,
    ) -> (Option<ApplyResourceResponse>, Diagnostics) {
        flatten(self.try_apply(request).await)
    }

    async fn import_resource_state(
        &self,
        request: ImportRequest,
    ) -> (Vec<ImportedResource>, Diagnostics) {
        self.try_import(request).await.unwrap_or_else(|diagnostics| (Vec::new(), diagnostics))
    }

    async fn move_resource_state(
        &self,
        request: MoveStateRequest,
    ) -> (Option<MovedResource>, Diagnostics) {
        flatten(self.try_move(request).await)
    }

    async fn read_data_source(
        &self,
        request: ReadDataRequest,
    ) -> (Option<ReadDataResponse>, Diagnostics) {
        flatten(self.try_read_data(request).await)
    }

    async fn open_ephemeral(
        &self,
        ty: &str,
        config: &Value,
    ) -> (Option<OpenEphemeralResponse>, Diagnostics) {
        flatten(self.try_open_ephemeral(ty, config).await)
    }

    async fn renew_ephemeral(
        &self,
        ty: &str,
        private: &[u8],
    ) -> (Option<RenewEphemeralResponse>, Diagnostics) {
        flatten(self.try_renew_ephemeral(ty, private).await)
    }

    async fn close_ephemeral(&self, ty: &str, private: &[u8]) -> Diagnostics {
        either(self.try_close_ephemeral(ty, private).await)
    }

    async fn call_function(
        &self,
        name: &str,
        arguments: &[Value],
    ) -> Result<Value, FunctionCallError> {
        self.try_call_function(name, arguments).await
    }

    async fn validate_action_config(&self, ty: &str, config: &Value) -> Diagnostics {
        either(self.try_validate_action(ty, config).await)
    }

    async fn plan_action(
        &self,
        request: PlanActionRequest,
    ) -> (Option<DeferredReason>, Diagnostics) {
        flatten(self.try_plan_action(request).await)
    }

    async fn invoke_action(
        &self,
        request: InvokeActionRequest,
        progress: &(dyn for<'a> Fn(&'a str) + Send + Sync),
    ) -> Diagnostics {
        either(self.try_invoke_action(request, progress).await)
    }

    async fn validate_list_config(&self, request: &ListRequest) -> Diagnostics {
        either(self.try_validate_list(request).await)
    }

    async fn list_resources(
        &self,
        request: &ListRequest,
        each: &mut (dyn FnMut(ListedResource) -> bool + Send),
    ) -> Diagnostics {
        self.try_list(request, each).await.err().unwrap_or_default()
    }

    async fn generate_resource_config(
        &self,
        ty: &str,
        state: &Value,
    ) -> (Option<Value>, Diagnostics) {
        flatten(self.try_generate_config(ty, state).await)
    }

    async fn stop(&self) -> Diagnostics {
        // What does not run need not be stopped.
        let Some(connection) = self.running() else { return Diagnostics::new() };
        let request = wire::stop_provider::Request {};
        match connection.call(method::STOP_PROVIDER, request).await {
            Ok(wire::stop_provider::Response { error }) if error.is_empty() => Diagnostics::new(),
            Ok(wire::stop_provider::Response { error }) => {
                Diagnostic::error("Failed to stop provider", error).into()
            }
            Err(diagnostics) => diagnostics,
        }
    }

    async fn close(&self) {
        self.close_process().await;
    }
}

type Tried<T> = Result<(Option<T>, Diagnostics), Diagnostics>;

impl PluginProvider {
    async fn try_validate_provider(&self, config: &Value) -> Tried<Value> {
        let ready = self.ready().await?;
        let schema = ready.schemas.provider()?;
        let ty = schema.block.implied_type();
        let config = ready.encode(config, ty)?;
        let method = method::VALIDATE_PROVIDER_CONFIG;
        match ready.connection.protocol() {
            Protocol::V5 => {
                let call = v5::prepare_provider_config::Request { config };
                let answer: v5::prepare_provider_config::Response =
                    ready.connection.call(method, call).await?;
                let mut known = ready.answer(method, answer.diagnostics);
                let prepared = match answer.prepared_config {
                    Some(prepared) => known.value("a configuration", Some(prepared), ty),
                    None => None,
                };
                Ok(known.with(prepared))
            }
            Protocol::V6 => {
                let call = wire::validate_provider_config::Request { config };
                let answer: wire::validate_provider_config::Response =
                    ready.connection.call(method, call).await?;
                Ok((None, diagnostics_from_wire(answer.diagnostics)))
            }
        }
    }

    async fn try_configure(&self, request: ConfigureRequest) -> Result<Diagnostics, Diagnostics> {
        let ready = self.ready().await?;
        let schema = ready.schemas.provider()?;
        let call = wire::configure_provider::Request {
            terraform_version: request.terraform_version,
            config: ready.encode(&request.config, schema.block.implied_type())?,
            client_capabilities: capabilities(request.capabilities),
        };
        let answer: wire::configure_provider::Response =
            ready.connection.call(method::CONFIGURE_PROVIDER, call).await?;
        Ok(diagnostics_from_wire(answer.diagnostics))
    }

    async fn try_validate_ephemeral(
        &self,
        ty: &str,
        config: &Value,
    ) -> Result<Diagnostics, Diagnostics> {
        let ready = self.ready().await?;
        let schema = ready.ephemeral_type(ty)?;
        let call = wire::validate_ephemeral_resource_config::Request {
            type_name: ty.to_owned(),
            config: ready.encode(config, schema.block.implied_type())?,
        };
        let answer: wire::validate_ephemeral_resource_config::Response =
            ready.connection.call(method::VALIDATE_EPHEMERAL_RESOURCE_CONFIG, call).await?;
        Ok(diagnostics_from_wire(answer.diagnostics))
    }

    async fn try_open_ephemeral(&self, ty: &str, config: &Value) -> Tried<OpenEphemeralResponse> {
        let ready = self.ready().await?;
        let schema = ready.ephemeral_type(ty)?;
        let implied = schema.block.implied_type();
        let call = wire::open_ephemeral_resource::Request {
            type_name: ty.to_owned(),
            config: ready.encode(config, implied)?,
            client_capabilities: capabilities(Default::default()),
        };
        let answer: wire::open_ephemeral_resource::Response =
            ready.connection.call(method::OPEN_EPHEMERAL_RESOURCE, call).await?;
        let mut known = ready.answer(method::OPEN_EPHEMERAL_RESOURCE, answer.diagnostics);
        let result = known.value("a result", answer.result, implied);
        let response = result.map(|result| OpenEphemeralResponse {
            result,
            private: private(&answer.private.unwrap_or_default()),
            renew_at: answer.renew_at.map(|at| at.seconds),
            deferred: deferred(answer.deferred),
        });
        Ok(known.with(response))
    }

    async fn try_renew_ephemeral(&self, ty: &str, data: &[u8]) -> Tried<RenewEphemeralResponse> {
        let ready = self.ready().await?;
        let call = wire::renew_ephemeral_resource::Request {
            type_name: ty.to_owned(),
            private: optional_bytes(data),
        };
        let answer: wire::renew_ephemeral_resource::Response =
            ready.connection.call(method::RENEW_EPHEMERAL_RESOURCE, call).await?;
        let response = RenewEphemeralResponse {
            private: private(&answer.private.unwrap_or_default()),
            renew_at: answer.renew_at.map(|at| at.seconds),
        };
        Ok((Some(response), diagnostics_from_wire(answer.diagnostics)))
    }

    async fn try_close_ephemeral(&self, ty: &str, data: &[u8]) -> Result<Diagnostics, Diagnostics> {
        let ready = self.ready().await?;
        let call = wire::close_ephemeral_resource::Request {
            type_name: ty.to_owned(),
            private: optional_bytes(data),
        };
        let answer: wire::close_ephemeral_resource::Response =
            ready.connection.call(method::CLOSE_EPHEMERAL_RESOURCE, call).await?;
        Ok(diagnostics_from_wire(answer.diagnostics))
    }

    async fn try_call_function(
        &self,
        name: &str,
        arguments: &[Value],
    ) -> Result<Value, FunctionCallError> {
        let ready = self.ready().await.map_err(in_one)?;
        let functions = ready.schemas.functions().map_err(in_one)?;
        let signature = functions.get(name).ok_or_else(|| {
            failed(format!("the provider {} has no function {name:?}", ready.name))
        })?;
        let call = wire::call_function::Request {
            name: name.to_owned(),
            arguments: encode_arguments(signature, arguments)?,
        };
        let answer: wire::call_function::Response =
            ready.connection.call(method::CALL_FUNCTION, call).await.map_err(in_one)?;
        if let Some(error) = answer.error {
            let argument = error.function_argument.and_then(|i| usize::try_from(i).ok());
            return Err(FunctionCallError { argument, message: error.text });
        }
        decode_value(answer.result.as_ref(), &signature.return_type).map_err(|error| {
            failed(format!("the provider {} gave an invalid result: {error}", ready.name))
        })
    }
}

fn encode_arguments(
    signature: &FunctionSignature,
    arguments: &[Value],
) -> Result<Vec<wire::DynamicValue>, FunctionCallError> {
    let encode = |(i, argument): (usize, &Value)| {
        let parameter = signature.parameters.get(i).or(signature.variadic.as_ref());
        let parameter = parameter.ok_or_else(|| FunctionCallError {
            argument: Some(i),
            message: "there are too many arguments".to_owned(),
        })?;
        encode_value(argument, &parameter.ty)
            .map_err(|e| FunctionCallError { argument: Some(i), message: e.to_string() })
    };
    arguments.iter().enumerate().map(encode).collect()
}

fn failed(message: String) -> FunctionCallError {
    FunctionCallError { argument: None, message }
}

/// All errors as the message of one.
fn in_one(diagnostics: Diagnostics) -> FunctionCallError {
    let errors = diagnostics.iter().filter(|d| d.is_error());
    let messages: Vec<String> = errors
        .map(|d| match d.detail.is_empty() {
            true => d.summary.clone(),
            false => format!("{}: {}", d.summary, d.detail),
        })
        .collect();
    failed(messages.join("; "))
}
