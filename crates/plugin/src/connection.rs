//! A connection to a plugin, whichever way it came about, and calls over it.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use groma_diag::Diagnostics;
use groma_protocol::{CONFIGURATION_KEY, MAX_MESSAGE_BYTES, goplugin};
use prost::Message;
use tokio::task::AbortHandle;
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::Channel;
use tonic::{Code, Request, Status, Streaming};
use tonic_prost::ProstCodec;

use crate::connect::connect;
use crate::error::{Failure, StartError};
use crate::handshake::Protocol;
use crate::method::Method;
use crate::output::{Source, log_line};
use crate::process::{Launch, Process};
use crate::reattach::Reattach;
use crate::tls::HostIdentity;

/// A connection to a running plugin.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    name: Arc<str>,
    program: Arc<str>,
    protocol: Protocol,
    channel: Channel,
    /// None if the process is not ours.
    process: Option<Arc<Process>>,
    /// What copies the plugin's output into our log.
    output: Option<AbortHandle>,
    /// Which of the configurations in the process calls are for, where there are several.
    configuration: Option<MetadataValue<Ascii>>,
}

/// How long a process whose connection broke may take to be known as ended.
const NOTICE_END: Duration = Duration::from_millis(1500);

/// How long a plugin may take to end after it has been asked to.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(2);

impl Connection {
    /// Starts a plugin and connects to it.
    pub(crate) async fn launch(launch: &Launch, name: &Arc<str>) -> Result<Connection, StartError> {
        let identity = match launch.tls {
            true => Some(HostIdentity::generate().map_err(|e| StartError::Tls(e.to_string()))?),
            false => None,
        };
        let certificate = identity.as_ref().map(HostIdentity::certificate_pem);
        let (process, handshake) = Process::start(launch, name, certificate).await?;
        let tls = match (identity, handshake.certificate) {
            (Some(identity), Some(certificate)) => {
                let tls = identity.connect_to(certificate);
                Some(tls.map_err(|e| StartError::Tls(e.to_string()))?)
            }
            // A plugin that announces no certificate does not use TLS.
            _ => None,
        };
        let channel = connect(&handshake.address, tls).await.map_err(|e| StartError::Connect {
            address: handshake.address.clone(),
            reason: chain(&e),
        })?;
        let program = launch.program.file_name().unwrap_or(launch.program.as_os_str());
        let output = tokio::spawn(copy_output(channel.clone(), name.clone()));
        Ok(Connection {
            name: name.clone(),
            program: program.to_string_lossy().into(),
            protocol: handshake.protocol,
            channel,
            process: Some(Arc::new(process)),
            output: Some(output.abort_handle()),
            configuration: None,
        })
    }

    /// Connects to a plugin that someone else has started.
    pub(crate) async fn reattach(
        reattach: &Reattach,
        name: &Arc<str>,
    ) -> Result<Connection, StartError> {
        let channel = connect(&reattach.address, None).await.map_err(|e| StartError::Connect {
            address: reattach.address.clone(),
            reason: chain(&e),
        })?;
        Ok(Connection {
            name: name.clone(),
            program: format!("at {}", reattach.address).into(),
            protocol: reattach.protocol,
            channel,
            process: None,
            output: None,
            configuration: None,
        })
    }

    /// The same process, for another configuration.
    pub(crate) fn for_configuration(&self, number: u32) -> Connection {
        Connection { configuration: Some(number.into()), ..self.clone() }
    }

    /// Whether the process is ours and has ended.
    pub(crate) fn has_ended(&self) -> bool {
        self.process.as_ref().is_some_and(|process| process.has_ended())
    }

    fn request<Q>(&self, message: Q) -> Request<Q> {
        let mut request = Request::new(message);
        if let Some(configuration) = &self.configuration {
            request.metadata_mut().insert(CONFIGURATION_KEY, configuration.clone());
        }
        request
    }

    /// The protocol that the plugin speaks.
    pub(crate) fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// Calls a method.
    pub(crate) async fn call<Q, A>(&self, method: Method, request: Q) -> Result<A, Diagnostics>
    where
        Q: Message + Default + 'static,
        A: Message + Default + 'static,
    {
        match self.unary(method, request, ProstCodec::<Q, A>::default()).await {
            Ok(answer) => Ok(answer),
            Err(status) => Err(self.failure(method, &status).await),
        }
    }

    /// Calls a method and gives the bytes of its answer, or `None` if the plugin does not know it.
    pub(crate) async fn call_undecoded<Q>(
        &self,
        method: Method,
        request: Q,
    ) -> Result<Option<Bytes>, Diagnostics>
    where
        Q: Message + Default + 'static,
    {
        match self.unary(method, request, Undecoded::<Q>::default()).await {
            Ok(answer) => Ok(Some(answer)),
            Err(status) if status.code() == Code::Unimplemented => Ok(None),
            Err(status) => Err(self.failure(method, &status).await),
        }
    }

    /// Calls a method that answers with many messages.
    pub(crate) async fn call_streaming<Q, A>(
        &self,
        method: Method,
        request: Q,
    ) -> Result<Streaming<A>, Diagnostics>
    where
        Q: Message + Default + 'static,
        A: Message + Default + 'static,
    {
        let call = async {
            let path = PathAndQuery::from_static(method.path(self.protocol));
            let mut grpc = self.grpc().await?;
            let codec = ProstCodec::<Q, A>::default();
            grpc.server_streaming(self.request(request), path, codec).await
        };
        match call.await {
            Ok(answers) => Ok(answers.into_inner()),
            Err(status) => Err(self.failure(method, &status).await),
        }
    }

    async fn unary<C>(
        &self,
        method: Method,
        request: C::Encode,
        codec: C,
    ) -> Result<C::Decode, Status>
    where
        C: Codec,
        C::Encode: Sync + 'static,
        C::Decode: Sync + 'static,
    {
        let path = PathAndQuery::from_static(method.path(self.protocol));
        let answer = self.grpc().await?.unary(self.request(request), path, codec).await?;
        Ok(answer.into_inner())
    }

    async fn grpc(&self) -> Result<Grpc<Channel>, Status> {
        let mut grpc = Grpc::new(self.channel.clone())
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES);
        grpc.ready().await.map_err(|e| Status::unavailable(chain(&e)))?;
        Ok(grpc)
    }

    /// Tells of a failed call as well as can be told.
    pub(crate) async fn failure(&self, method: Method, status: &Status) -> Diagnostics {
        tracing::error!(plugin = &*self.name, method = method.name, %status, "call failed");
        let ended = match &self.process {
            Some(process) if may_mean_an_end(status) => process.ended_within(NOTICE_END).await,
            _ => None,
        };
        let failure =
            Failure { name: &self.name, program: &self.program, method: method.name, ended };
        failure.to_diagnostics(status)
    }

    /// Ends the plugin, if it is ours: by asking, and where that does not help, by force.
    pub(crate) async fn close(&self) {
        let Some(process) = &self.process else { return };
        // A plugin that ends in good order might wait for this call to end.
        if let Some(output) = &self.output {
            output.abort();
        }
        let asked = async {
            let path = PathAndQuery::from_static("/plugin.GRPCController/Shutdown");
            let codec = ProstCodec::<goplugin::Empty, goplugin::Empty>::default();
            let mut grpc = self.grpc().await?;
            grpc.unary(Request::new(goplugin::Empty {}), path, codec).await
        };
        let will_end = match tokio::time::timeout(SHUTDOWN_LIMIT, asked).await {
            // The plugin may well end before it has answered.
            Ok(Ok(_)) => true,
            Ok(Err(status)) => status.code() != Code::Unimplemented,
            Err(_) => false,
        };
        if !will_end || process.ended_within(SHUTDOWN_LIMIT).await.is_none() {
            tracing::debug!(
                plugin = &*self.name,
                "the plugin does not end by itself and is killed"
            );
            process.kill().await;
        }
    }
}

/// Whether a call that failed like this may have done so because the plugin ended. An error with a
/// cause arose on our side of the connection; one without was sent by the plugin.
fn may_mean_an_end(status: &Status) -> bool {
    status.code() == Code::Unavailable || std::error::Error::source(status).is_some()
}

/// An error and its causes in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = error.source();
    }
    text
}

/// Logs what the plugin's own code writes to its standard streams. Plugins written with go-plugin
/// hold it back until someone takes it, and stop when they hold too much.
async fn copy_output(channel: Channel, plugin: Arc<str>) {
    let mut grpc = Grpc::new(channel);
    if grpc.ready().await.is_err() {
        return;
    }
    let path = PathAndQuery::from_static("/plugin.GRPCStdio/StreamStdio");
    let codec = ProstCodec::<goplugin::StdioEmpty, goplugin::StdioData>::default();
    let request = Request::new(goplugin::StdioEmpty {});
    // Plugins that do not know this method write directly, which we read as well.
    let Ok(output) = grpc.server_streaming(request, path, codec).await else { return };
    let mut output = output.into_inner();
    while let Ok(Some(data)) = output.message().await {
        let source = match data.channel() {
            goplugin::stdio_data::Channel::Stderr => Source::Stderr,
            _ => Source::Stdout,
        };
        for line in String::from_utf8_lossy(&data.data).lines() {
            log_line(&plugin, source, line);
        }
    }
}

/// A codec that leaves the answer as it is.
struct Undecoded<Q>(std::marker::PhantomData<Q>);

impl<Q> Default for Undecoded<Q> {
    fn default() -> Self {
        Undecoded(std::marker::PhantomData)
    }
}

impl<Q: Message + Default + 'static> Codec for Undecoded<Q> {
    type Encode = Q;
    type Decode = Bytes;
    type Encoder = <ProstCodec<Q, Q> as Codec>::Encoder;
    type Decoder = UndecodedDecoder;

    fn encoder(&mut self) -> Self::Encoder {
        ProstCodec::<Q, Q>::default().encoder()
    }

    fn decoder(&mut self) -> Self::Decoder {
        UndecodedDecoder
    }
}

/// See [`Undecoded`].
struct UndecodedDecoder;

impl Decoder for UndecodedDecoder {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, source: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(source.copy_to_bytes(source.remaining())))
    }
}
