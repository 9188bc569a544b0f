//! Data sources, ephemeral resources and functions.

use bytes::Bytes;
use groma_diag::Diagnostics;
use groma_protocol::tfplugin6::{
    DynamicValue, FunctionError as WireFunctionError, call_function, close_ephemeral_resource,
    open_ephemeral_resource, read_data_source, renew_ephemeral_resource,
};
use groma_schema::FunctionSignature;
use groma_value::Value;
use prost_types::Timestamp;

use super::{Host, isolated, wire};
use crate::{FunctionError, Provider};

impl<P: Provider> Host<P> {
    pub(super) async fn read_data(
        &self,
        request: read_data_source::Request,
    ) -> read_data_source::Response {
        self.try_read_data(request).await.unwrap_or_else(|failed| read_data_source::Response {
            diagnostics: wire::diagnostics(&failed, None),
            ..Default::default()
        })
    }

    async fn try_read_data(
        &self,
        request: read_data_source::Request,
    ) -> Result<read_data_source::Response, Diagnostics> {
        let source = self.loaded()?.data_source(&request.type_name)?;
        let ty = source.schema().block.implied_type();
        let config = wire::decode(request.config, ty)?;
        let cx = self.context(request.provider_meta, request.client_capabilities, Bytes::new())?;
        let (item, task_cx) = (source.item.clone(), cx.clone());
        let result = isolated(async move { item.read(&task_cx, &config).await }).await;
        let left = cx.take_left();
        let (state, failed) = match result.and_then(|state| wire::encode(&state, ty)) {
            Ok(state) => (Some(state), None),
            Err(failed) => (None, Some(failed)),
        };
        Ok(read_data_source::Response {
            state,
            deferred: wire::deferred(left.deferred),
            diagnostics: wire::diagnostics(&left.warnings, failed.as_ref()),
        })
    }

    pub(super) async fn open_ephemeral(
        &self,
        request: open_ephemeral_resource::Request,
    ) -> open_ephemeral_resource::Response {
        self.try_open(request).await.unwrap_or_else(|failed| open_ephemeral_resource::Response {
            diagnostics: wire::diagnostics(&failed, None),
            ..Default::default()
        })
    }

    async fn try_open(
        &self,
        request: open_ephemeral_resource::Request,
    ) -> Result<open_ephemeral_resource::Response, Diagnostics> {
        let resource = self.loaded()?.ephemeral(&request.type_name)?;
        let ty = resource.schema().block.implied_type();
        let config = wire::decode(request.config, ty)?;
        let cx = self.context(None, request.client_capabilities, Bytes::new())?;
        let (item, task_cx) = (resource.item.clone(), cx.clone());
        let result = isolated(async move { item.open(&task_cx, &config).await }).await;
        let left = cx.take_left();
        let mut response = open_ephemeral_resource::Response {
            deferred: wire::deferred(left.deferred),
            ..Default::default()
        };
        let failed = match result.and_then(|o| Ok((wire::encode(&o.result, ty)?, o))) {
            Ok((result, opened)) => {
                response.result = Some(result);
                response.private = Some(opened.private);
                response.renew_at = opened.renew_at.map(timestamp);
                None
            }
            Err(failed) => Some(failed),
        };
        response.diagnostics = wire::diagnostics(&left.warnings, failed.as_ref());
        Ok(response)
    }

    pub(super) async fn renew_ephemeral(
        &self,
        request: renew_ephemeral_resource::Request,
    ) -> renew_ephemeral_resource::Response {
        let renewed = async {
            let item = self.loaded()?.ephemeral(&request.type_name)?.item.clone();
            let cx = self.context(None, None, Bytes::new())?;
            let task_cx = cx.clone();
            let private = request.private.unwrap_or_default();
            let renewed = isolated(async move { item.renew(&task_cx, private).await }).await?;
            Ok((renewed, cx.take_left().warnings))
        };
        match renewed.await {
            Ok((renewed, warnings)) => renew_ephemeral_resource::Response {
                private: Some(renewed.private),
                renew_at: renewed.renew_at.map(timestamp),
                diagnostics: wire::diagnostics(&warnings, None),
            },
            Err(failed) => renew_ephemeral_resource::Response {
                diagnostics: wire::diagnostics(&failed, None),
                ..Default::default()
            },
        }
    }

    pub(super) async fn close_ephemeral(
        &self,
        request: close_ephemeral_resource::Request,
    ) -> close_ephemeral_resource::Response {
        let closed = async {
            let item = self.loaded()?.ephemeral(&request.type_name)?.item.clone();
            let cx = self.context(None, None, Bytes::new())?;
            let task_cx = cx.clone();
            let private = request.private.unwrap_or_default();
            isolated(async move { item.close(&task_cx, private).await }).await?;
            Ok(cx.take_left().warnings)
        };
        let diagnostics: Result<Diagnostics, Diagnostics> = closed.await;
        let diagnostics = diagnostics.unwrap_or_else(|failed| failed);
        close_ephemeral_resource::Response { diagnostics: wire::diagnostics(&diagnostics, None) }
    }

    pub(super) async fn call_function(
        &self,
        request: call_function::Request,
    ) -> call_function::Response {
        match self.try_call(request).await {
            Ok(result) => call_function::Response { result: Some(result), error: None },
            Err(e) => {
                let argument = e.argument.and_then(|i| i64::try_from(i).ok());
                let error = WireFunctionError { text: e.message, function_argument: argument };
                call_function::Response { result: None, error: Some(error) }
            }
        }
    }

    async fn try_call(
        &self,
        request: call_function::Request,
    ) -> Result<DynamicValue, FunctionError> {
        let whole = |e: Diagnostics| FunctionError::new(e.to_string());
        let loaded = self.loaded().map_err(whole)?;
        let Some(function) = loaded.functions.get(&*request.name).cloned() else {
            return Err(FunctionError::new(format!(
                "the provider has no function {}",
                request.name
            )));
        };
        let signature = function.signature();
        let arguments = decode_arguments(&signature, request.arguments)?;
        let call = isolated(async move { Ok(function.call(&arguments).await) });
        let result = call.await.map_err(whole)??;
        wire::encode(&result, &signature.return_type).map_err(whole)
    }
}

fn decode_arguments(
    signature: &FunctionSignature,
    arguments: Vec<DynamicValue>,
) -> Result<Vec<Value>, FunctionError> {
    let (given, fixed) = (arguments.len(), signature.parameters.len());
    if given < fixed || (given > fixed && signature.variadic.is_none()) {
        return Err(FunctionError::new(format!("it takes {fixed} arguments, not {given}")));
    }
    let parameters = signature.parameters.iter().chain(signature.variadic.iter().cycle());
    let decode = |(i, (parameter, argument)): (usize, (_, _))| {
        let parameter: &groma_schema::FunctionParameter = parameter;
        wire::decode(Some(argument), &parameter.ty)
            .map_err(|e| FunctionError::of_argument(i, e.to_string()))
    };
    parameters.zip(arguments).enumerate().map(decode).collect()
}

fn timestamp(seconds: i64) -> Timestamp {
    Timestamp { seconds, nanos: 0 }
}
