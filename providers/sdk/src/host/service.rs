//! The two services as tables: which call is answered by what.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use futures::{Stream, stream};
use groma_protocol::CONFIGURATION_KEY;
use tokio::sync::mpsc;
use tonic::Status;
use tonic::metadata::MetadataMap;

use super::Host;
use crate::Provider;

/// A provider as a service of either protocol, in as many configurations as are asked for.
pub(crate) struct Served<P: Provider> {
    first: Arc<Host<P>>,
    others: Arc<Mutex<BTreeMap<Vec<u8>, Arc<Host<P>>>>>,
}

impl<P: Provider> Clone for Served<P> {
    fn clone(&self) -> Self {
        Served { first: self.first.clone(), others: self.others.clone() }
    }
}

impl<P: Provider> Served<P> {
    pub(crate) fn new(provider: P) -> Served<P> {
        Served { first: Host::new(provider), others: Arc::default() }
    }

    /// The configuration that a call is for.
    pub(super) fn host(&self, metadata: &MetadataMap) -> Arc<Host<P>> {
        let Some(key) = metadata.get(CONFIGURATION_KEY) else { return self.first.clone() };
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        others.entry(key.as_bytes().to_owned()).or_insert_with(|| self.first.another()).clone()
    }

    /// Asks all operations that are under way to end soon.
    pub(crate) fn stop(&self) {
        self.first.stop();
        let others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        others.values().for_each(|host| host.stop());
    }
}

/// The answer to a call with a stream of answers.
pub(super) type Events<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// What comes out of a channel as a stream of answers.
pub(super) fn events<T: Send + 'static>(receiver: mpsc::Receiver<T>) -> Events<T> {
    Box::pin(stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|event| (Ok(event), receiver))
    }))
}

pub(super) fn refused<T>(call: &str) -> Result<T, Status> {
    Err(Status::unimplemented(format!("this provider does not offer {call}")))
}

/// Implements a service: calls with an answer, calls with a stream of answers, and calls of both kinds
/// that are refused.
macro_rules! provider_service {
    (
        $service:path;
        answered { $($call:ident($request:path) -> $response:path, |$host:ident, $given:ident| $answer:expr;)* }
        streamed { $($told:ident: $told_name:ident($told_request:path) -> $told_event:path, |$teller:ident, $asked:ident| $telling:expr;)* }
        refused { $($no:ident($no_request:path) -> $no_response:path;)* }
        refused_streams { $($stream:ident: $name:ident($stream_request:ty) -> $event:path;)* }
    ) => {
        #[tonic::async_trait]
        impl<P: crate::Provider> $service for crate::host::service::Served<P> {
            $(
                async fn $call(
                    &self,
                    request: tonic::Request<$request>,
                ) -> Result<tonic::Response<$response>, tonic::Status> {
                    let ($host, $given) = (&self.host(request.metadata()), request.into_inner());
                    let _ = &$given;
                    Ok(tonic::Response::new($answer))
                }
            )*
            $(
                type $told_name = crate::host::service::Events<$told_event>;
                async fn $told(
                    &self,
                    request: tonic::Request<$told_request>,
                ) -> Result<tonic::Response<Self::$told_name>, tonic::Status> {
                    let ($teller, $asked) = (&self.host(request.metadata()), request.into_inner());
                    Ok(tonic::Response::new($telling))
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
