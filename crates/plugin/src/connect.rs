//! Connections to plugins.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tonic::codegen::http::Uri;
use tonic::transport::{Channel, Endpoint};

use crate::handshake::Address;

/// A stream of bytes in both directions.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// How long a plugin that has said where it listens may take to accept a connection there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How much the plugin may send ahead of our reading it. Schemas run to several megabytes, and
/// memory is only used for what is sent.
const WINDOW_BYTES: u32 = 16 << 20;

/// How long the text of an error may be, which comes as a header.
const HEADER_BYTES: u32 = 1 << 20;

/// Connects to a plugin.
pub(crate) async fn connect(
    address: &Address,
    tls: Option<Arc<ClientConfig>>,
) -> Result<Channel, tonic::transport::Error> {
    let address = address.clone();
    let connector = tower::service_fn(move |_: Uri| {
        let (address, tls) = (address.clone(), tls.clone());
        async move { open(&address, tls).await.map(TokioIo::new) }
    });
    // The name is not looked up, and plugins ignore it.
    Endpoint::from_static("http://localhost")
        .connect_timeout(CONNECT_TIMEOUT)
        .initial_stream_window_size(WINDOW_BYTES)
        .initial_connection_window_size(WINDOW_BYTES)
        .http2_max_header_list_size(HEADER_BYTES)
        .connect_with_connector(connector)
        .await
}

async fn open(address: &Address, tls: Option<Arc<ClientConfig>>) -> io::Result<Box<dyn Stream>> {
    match address {
        #[cfg(unix)]
        Address::Unix(path) => secure(tokio::net::UnixStream::connect(path).await?, tls).await,
        #[cfg(not(unix))]
        Address::Unix(_) => Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "Unix sockets are not supported on this system",
        )),
        Address::Tcp(address) => {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            secure(stream, tls).await
        }
    }
}

async fn secure(
    stream: impl Stream + 'static,
    tls: Option<Arc<ClientConfig>>,
) -> io::Result<Box<dyn Stream>> {
    let Some(tls) = tls else { return Ok(Box::new(stream)) };
    let name = ServerName::try_from("localhost").map_err(io::Error::other)?;
    Ok(Box::new(TlsConnector::from(tls).connect(name, stream).await?))
}
