//! The services by which engine and plugin manage each other, and the end of the process.

use std::pin::Pin;
use std::time::Duration;

use futures::{Stream, StreamExt as _, stream};
use groma_protocol::goplugin::grpc_broker_server::GrpcBroker;
use groma_protocol::goplugin::grpc_controller_server::GrpcController;
use groma_protocol::goplugin::grpc_stdio_server::GrpcStdio;
use groma_protocol::goplugin::{ConnInfo, Empty, StdioData, StdioEmpty};
use groma_protocol::health::health_check_response::ServingStatus;
use groma_protocol::health::health_server::Health;
use groma_protocol::health::{HealthCheckRequest, HealthCheckResponse};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};

/// All of these services. Cancelling the token ends the plugin.
#[derive(Clone)]
pub(super) struct Lifecycle {
    pub(super) end: CancellationToken,
}

type Events<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

impl Lifecycle {
    /// A stream that brings nothing more and ends with the plugin. Engines take the end of such a
    /// stream for the end of the plugin.
    fn silence<T: Send + 'static>(&self) -> Events<T> {
        let end = self.end.clone();
        Box::pin(stream::once(end.cancelled_owned()).filter_map(|()| async { None }))
    }
}

#[tonic::async_trait]
impl GrpcController for Lifecycle {
    async fn shutdown(&self, _request: Request<Empty>) -> Result<Response<Empty>, Status> {
        self.end.cancel();
        Ok(Response::new(Empty {}))
    }
}

/// What the plugin writes to its own standard streams goes to them and nowhere else.
#[tonic::async_trait]
impl GrpcStdio for Lifecycle {
    type StreamStdioStream = Events<StdioData>;

    async fn stream_stdio(
        &self,
        _request: Request<StdioEmpty>,
    ) -> Result<Response<Self::StreamStdioStream>, Status> {
        Ok(Response::new(self.silence()))
    }
}

/// Providers need no further connections.
#[tonic::async_trait]
impl GrpcBroker for Lifecycle {
    type StartStreamStream = Events<ConnInfo>;

    async fn start_stream(
        &self,
        _request: Request<Streaming<ConnInfo>>,
    ) -> Result<Response<Self::StartStreamStream>, Status> {
        Ok(Response::new(self.silence()))
    }
}

#[tonic::async_trait]
impl Health for Lifecycle {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        match request.into_inner().service.as_str() {
            "" | "plugin" => Ok(Response::new(serving())),
            _ => Err(Status::not_found("unknown service")),
        }
    }

    type WatchStream = Events<HealthCheckResponse>;

    async fn watch(
        &self,
        _request: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let first = stream::once(async { Ok(serving()) });
        Ok(Response::new(Box::pin(first.chain(self.silence()))))
    }
}

fn serving() -> HealthCheckResponse {
    HealthCheckResponse { status: ServingStatus::Serving.into() }
}

/// How often to look whether the engine is still there.
const PARENT_INTERVAL: Duration = Duration::from_secs(1);

/// Ends the plugin when it is told to by a signal, or when the engine that started it is no more.
///
/// An interrupt from the terminal reaches plugins and engine alike, and it is the engine that
/// decides what to do about it.
pub(super) async fn watch_process(debug: bool, end: CancellationToken) {
    let interrupts = async {
        loop {
            let heard = tokio::signal::ctrl_c().await;
            if debug || heard.is_err() {
                break;
            }
        }
        if !debug {
            std::future::pending::<()>().await;
        }
    };
    let orphaned = async {
        if debug {
            std::future::pending::<()>().await;
        }
        parent_gone().await;
    };
    tokio::select! {
        () = interrupts => {}
        () = terminated() => {}
        () = orphaned => {}
        () = end.cancelled() => {}
    }
    end.cancel();
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending().await
}

#[cfg(unix)]
async fn parent_gone() {
    let parent = std::os::unix::process::parent_id();
    while std::os::unix::process::parent_id() == parent {
        tokio::time::sleep(PARENT_INTERVAL).await;
    }
}

#[cfg(not(unix))]
async fn parent_gone() {
    std::future::pending().await
}
