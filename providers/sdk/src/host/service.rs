//! The two services as tables: which call is answered by what.

use std::pin::Pin;
use std::sync::Arc;

use futures::Stream;
use tonic::Status;

use super::Host;
use crate::Provider;

/// A provider as a service of either protocol.
pub(crate) struct Served<P: Provider>(pub(crate) Arc<Host<P>>);

/// The answer to a call with a stream of answers.
pub(super) type Events<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

pub(super) fn refused<T>(call: &str) -> Result<T, Status> {
    Err(Status::unimplemented(format!("this provider does not offer {call}")))
}

/// Implements a service: calls with an answer, calls that are refused, and calls with a stream of
/// answers, which are refused too.
macro_rules! provider_service {
    (
        $service:path;
        answered { $($call:ident($request:path) -> $response:path, |$host:ident, $given:ident| $answer:expr;)* }
        refused { $($no:ident($no_request:path) -> $no_response:path;)* }
        streams { $($stream:ident: $name:ident($stream_request:ty) -> $event:path;)* }
    ) => {
        #[tonic::async_trait]
        impl<P: crate::Provider> $service for crate::host::service::Served<P> {
            $(
                async fn $call(
                    &self,
                    request: tonic::Request<$request>,
                ) -> Result<tonic::Response<$response>, tonic::Status> {
                    let ($host, $given) = (&self.0, request.into_inner());
                    let _ = &$given;
                    Ok(tonic::Response::new($answer))
                }
            )*
            $(
                async fn $no(
                    &self,
                    _request: tonic::Request<$no_request>,
                ) -> Result<tonic::Response<$no_response>, tonic::Status> {
                    crate::host::service::refused(stringify!($no))
                }
            )*
            $(
                type $name = crate::host::service::Events<$event>;
                async fn $stream(
                    &self,
                    _request: tonic::Request<$stream_request>,
                ) -> Result<tonic::Response<Self::$name>, tonic::Status> {
                    crate::host::service::refused(stringify!($stream))
                }
            )*
        }
    };
}

pub(super) use provider_service;
