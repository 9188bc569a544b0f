//! A plugin within the test: answers gRPC calls on a Unix socket with what the test says.

#![allow(dead_code, reason = "not every test uses all of it")]

pub(crate) mod thing;

use std::convert::Infallible;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::{Buf as _, BufMut as _, Bytes};
use groma_plugin::{Address, Plugin, PluginProvider, Protocol, Reattach};
use prost::Message;
use tokio::net::UnixListener;
use tokio_stream::wrappers::UnixListenerStream;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::{Body, StdError, http};
use tonic::server::{Grpc, NamedService};
use tonic::{Request, Response, Status};

/// What the plugin answers to a call: encoded messages, of which there is one mostly.
pub(crate) type Answer = Result<Vec<Vec<u8>>, Status>;

/// One message as an answer.
pub(crate) fn answer<M: Message>(message: M) -> Answer {
    Ok(vec![message.encode_to_vec()])
}

/// A request.
pub(crate) fn request<M: Message + Default>(bytes: &Bytes) -> M {
    M::decode(bytes.clone()).unwrap()
}

/// Gives the answer to a call of the method of this name.
pub(crate) type Answers = Arc<dyn Fn(&str, Bytes) -> Answer + Send + Sync>;

/// The running plugin.
pub(crate) struct Fake {
    directory: tempfile::TempDir,
    protocol: Protocol,
    calls: Arc<Mutex<Vec<String>>>,
    server: tokio::task::JoinHandle<()>,
}

impl Fake {
    /// Starts one.
    pub(crate) fn start(
        protocol: Protocol,
        answers: impl Fn(&str, Bytes) -> Answer + Send + Sync + 'static,
    ) -> Fake {
        let directory = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(directory.path().join("socket")).unwrap();
        let incoming = UnixListenerStream::new(listener);
        let calls = Arc::new(Mutex::new(Vec::new()));
        let (answers, noted): (Answers, _) = (Arc::new(answers), calls.clone());
        let server = tokio::spawn(async move {
            let mut builder = tonic::transport::Server::builder();
            let router = match protocol {
                Protocol::V5 => builder.add_service(Service::<5> { answers, calls: noted }),
                Protocol::V6 => builder.add_service(Service::<6> { answers, calls: noted }),
            };
            router.serve_with_incoming(incoming).await.unwrap();
        });
        Fake { directory, protocol, calls, server }
    }

    /// Where it listens.
    pub(crate) fn socket(&self) -> PathBuf {
        self.directory.path().join("socket")
    }

    /// A directory of its own.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// A provider served by it.
    pub(crate) fn provider(&self) -> PluginProvider {
        let reattach =
            Reattach { protocol: self.protocol, address: Address::Unix(self.socket()), pid: None };
        Plugin::reattached("example.com/test/fake", reattach).instance()
    }

    /// The names of the methods called so far.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap().clone()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.server.abort();
    }
}

#[derive(Clone)]
struct Service<const V: u32> {
    answers: Answers,
    calls: Arc<Mutex<Vec<String>>>,
}

impl NamedService for Service<5> {
    const NAME: &'static str = "tfplugin5.Provider";
}

impl NamedService for Service<6> {
    const NAME: &'static str = "tfplugin6.Provider";
}

impl<B, const V: u32> tower::Service<http::Request<B>> for Service<V>
where
    B: Body + Send + 'static,
    B::Error: Into<StdError> + Send + 'static,
{
    type Response = http::Response<tonic::body::Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, call: http::Request<B>) -> Self::Future {
        let method = call.uri().path().rsplit('/').next().unwrap_or_default().to_owned();
        self.calls.lock().unwrap().push(method.clone());
        let answers = self.answers.clone();
        let handler = tower::service_fn(move |request: Request<Bytes>| {
            let (answers, method) = (answers.clone(), method.clone());
            async move {
                // An answer may take its time.
                let answer =
                    tokio::task::spawn_blocking(move || answers(&method, request.into_inner()));
                let messages = answer.await.map_err(|e| Status::internal(e.to_string()))??;
                Ok::<_, Status>(Response::new(tokio_stream::iter(messages.into_iter().map(Ok))))
            }
        });
        Box::pin(async move {
            let mut grpc = Grpc::new(Plain)
                .max_encoding_message_size(groma_protocol::MAX_MESSAGE_BYTES)
                .max_decoding_message_size(groma_protocol::MAX_MESSAGE_BYTES);
            Ok(grpc.server_streaming(handler, call).await)
        })
    }
}

/// Messages as they are.
#[derive(Clone, Copy, Default)]
struct Plain;

impl Codec for Plain {
    type Encode = Vec<u8>;
    type Decode = Bytes;
    type Encoder = Plain;
    type Decoder = Plain;

    fn encoder(&mut self) -> Plain {
        Plain
    }

    fn decoder(&mut self) -> Plain {
        Plain
    }
}

impl Encoder for Plain {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Plain {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}
