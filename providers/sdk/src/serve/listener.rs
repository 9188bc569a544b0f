//! Where the plugin listens, and the connections that come in.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tonic::transport::server::Connected;

use super::environment::Environment;

#[cfg(not(unix))]
use tokio::net::TcpListener as Socket;
#[cfg(unix)]
use tokio::net::UnixListener as Socket;

/// A socket that waits for the engine.
pub(super) struct Listener {
    socket: Socket,
    #[cfg(unix)]
    path: SocketPath,
}

/// A socket's file, which goes with the listener.
#[cfg(unix)]
struct SocketPath(std::path::PathBuf);

#[cfg(unix)]
impl Drop for SocketPath {
    fn drop(&mut self) {
        // The engine may have cleaned up before us.
        let _ = std::fs::remove_file(&self.0);
    }
}

#[cfg(unix)]
impl Listener {
    pub(super) fn bind(environment: &Environment) -> io::Result<Listener> {
        let dir = environment.socket_dir.clone().unwrap_or_else(std::env::temp_dir);
        let path = dir.join(format!("plugin-{}", uuid::Uuid::new_v4().simple()));
        let socket = Socket::bind(&path)?;
        Ok(Listener { socket, path: SocketPath(path) })
    }

    /// The network and the address as the handshake names them.
    pub(super) fn address(&self) -> io::Result<(&'static str, String)> {
        match self.path.0.to_str() {
            Some(path) => Ok(("unix", path.to_owned())),
            None => Err(io::Error::other("the path of the socket is not Unicode")),
        }
    }
}

#[cfg(not(unix))]
impl Listener {
    pub(super) fn bind(environment: &Environment) -> io::Result<Listener> {
        let (min, max) = environment.ports.unwrap_or((0, 0));
        let mut last = io::Error::other("there is no port to listen on");
        for port in min..=max {
            match std::net::TcpListener::bind(("127.0.0.1", port)) {
                Ok(socket) => {
                    socket.set_nonblocking(true)?;
                    return Ok(Listener { socket: Socket::from_std(socket)? });
                }
                Err(e) => last = e,
            }
        }
        Err(last)
    }

    /// The network and the address as the handshake names them.
    pub(super) fn address(&self) -> io::Result<(&'static str, String)> {
        Ok(("tcp", self.socket.local_addr()?.to_string()))
    }
}

/// How long a client may take to show its certificate.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(30);

impl Listener {
    /// Accepts connections for as long as somebody takes them. Clients without the right
    /// certificate are turned away, each without keeping the others waiting.
    pub(super) fn accept(self, tls: Option<Arc<ServerConfig>>) -> mpsc::Receiver<Connection> {
        let (send, receive) = mpsc::channel(16);
        let acceptor = tls.map(TlsAcceptor::from);
        tokio::spawn(async move {
            // The whole of it: the socket's file must stay for as long as the socket does.
            let listener = self;
            loop {
                let accepted = tokio::select! {
                    accepted = listener.socket.accept() => accepted,
                    () = send.closed() => return,
                };
                let stream = match accepted {
                    Ok((stream, _)) => stream,
                    Err(e) => {
                        tracing::warn!(error = %e, "cannot accept a connection");
                        tokio::time::sleep(Duration::from_millis(100)).await;
                        continue;
                    }
                };
                tokio::spawn(secure(stream, acceptor.clone(), send.clone()));
            }
        });
        receive
    }
}

async fn secure(
    stream: impl Stream + 'static,
    acceptor: Option<TlsAcceptor>,
    send: mpsc::Sender<Connection>,
) {
    let connection = match acceptor {
        None => Connection(Box::new(stream)),
        Some(acceptor) => {
            match tokio::time::timeout(HANDSHAKE_TIMEOUT, acceptor.accept(stream)).await {
                Ok(Ok(stream)) => Connection(Box::new(stream)),
                Ok(Err(e)) => return tracing::warn!(error = %e, "a client was turned away"),
                Err(_) => return tracing::warn!("a client did not finish the TLS handshake"),
            }
        }
    };
    // Nobody takes connections any more when the plugin ends.
    let _ = send.send(connection).await;
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A connection, encrypted or not.
pub(super) struct Connection(Box<dyn Stream>);

impl Connected for Connection {
    type ConnectInfo = ();
    fn connect_info(&self) {}
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }
}
