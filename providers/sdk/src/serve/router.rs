//! Which service a call is for.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use groma_protocol::MAX_MESSAGE_BYTES;
use groma_protocol::goplugin::grpc_broker_server::GrpcBrokerServer;
use groma_protocol::goplugin::grpc_controller_server::GrpcControllerServer;
use groma_protocol::goplugin::grpc_stdio_server::GrpcStdioServer;
use groma_protocol::health::health_server::HealthServer;
use groma_protocol::{tfplugin5, tfplugin6};
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::codegen::http::{Request, Response};

use super::lifecycle::Lifecycle;
use crate::Provider;
use crate::host::Served;

/// The provider's service and those around it, by the first part of the path.
pub(super) struct Router<P: Provider> {
    provider: ProviderService<P>,
    lifecycle: Arc<Lifecycle>,
}

enum ProviderService<P: Provider> {
    V5(tfplugin5::provider_server::ProviderServer<Served<P>>),
    V6(tfplugin6::provider_server::ProviderServer<Served<P>>),
}

impl<P: Provider> Clone for Router<P> {
    fn clone(&self) -> Self {
        let provider = match &self.provider {
            ProviderService::V5(service) => ProviderService::V5(service.clone()),
            ProviderService::V6(service) => ProviderService::V6(service.clone()),
        };
        Router { provider, lifecycle: self.lifecycle.clone() }
    }
}

impl<P: Provider> Router<P> {
    pub(super) fn new(served: Served<P>, protocol: u32, end: CancellationToken) -> Router<P> {
        let provider = if protocol == 5 {
            ProviderService::V5(
                tfplugin5::provider_server::ProviderServer::new(served)
                    .max_decoding_message_size(MAX_MESSAGE_BYTES)
                    .max_encoding_message_size(MAX_MESSAGE_BYTES),
            )
        } else {
            ProviderService::V6(
                tfplugin6::provider_server::ProviderServer::new(served)
                    .max_decoding_message_size(MAX_MESSAGE_BYTES)
                    .max_encoding_message_size(MAX_MESSAGE_BYTES),
            )
        };
        Router { provider, lifecycle: Arc::new(Lifecycle { end }) }
    }
}

type Answer = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

impl<P: Provider> Service<Request<Body>> for Router<P> {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Answer {
        let path = request.uri().path().trim_start_matches('/');
        let service = path.split('/').next().unwrap_or_default().to_owned();
        let lifecycle = || self.lifecycle.clone();
        match (service.as_str(), &mut self.provider) {
            ("tfplugin6.Provider", ProviderService::V6(provider)) => provider.call(request),
            ("tfplugin5.Provider", ProviderService::V5(provider)) => provider.call(request),
            ("plugin.GRPCController", _) => {
                GrpcControllerServer::from_arc(lifecycle()).call(request)
            }
            ("plugin.GRPCStdio", _) => GrpcStdioServer::from_arc(lifecycle()).call(request),
            ("plugin.GRPCBroker", _) => GrpcBrokerServer::from_arc(lifecycle()).call(request),
            ("grpc.health.v1.Health", _) => HealthServer::from_arc(lifecycle()).call(request),
            _ => Box::pin(async move {
                let status = Status::unimplemented(format!("there is no service {service}"));
                Ok(status.into_http())
            }),
        }
    }
}
