//! Connections: direct, or through a proxy that the environment names.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tower::Service;

use super::client::HttpSettings;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// How long a server may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// Makes the connections below HTTP.
#[derive(Clone)]
pub(super) struct Dialer {
    direct: HttpConnector,
    proxies: std::sync::Arc<Matcher>,
}

/// A connection, and whether a proxy that must be told the whole address is at its end.
pub(super) struct Wire {
    stream: TcpStream,
    forwarded: bool,
}

/// A connector for both kinds of addresses.
pub(super) fn connector(settings: &HttpSettings) -> io::Result<HttpsConnector<Dialer>> {
    let tls = HttpsConnectorBuilder::new()
        .with_provider_and_native_roots(rustls::crypto::ring::default_provider())
        .or_else(|error| {
            // A machine without certificates reaches what needs none.
            tracing::debug!(%error, "no trusted certificates");
            let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
            let config = ClientConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .map_err(io::Error::other)?
                .with_root_certificates(rustls::RootCertStore::empty())
                .with_no_client_auth();
            Ok::<_, io::Error>(HttpsConnectorBuilder::new().with_tls_config(config))
        })?;
    let mut direct = HttpConnector::new();
    direct.enforce_http(false);
    direct.set_connect_timeout(Some(CONNECT_TIMEOUT));
    direct.set_nodelay(true);
    let dialer = Dialer { direct, proxies: std::sync::Arc::new(proxies(settings)) };
    Ok(tls.https_or_http().enable_http1().wrap_connector(dialer))
}

/// The proxies of the environment.
pub(super) fn proxies(settings: &HttpSettings) -> Matcher {
    let of = |names: [&str; 2]| {
        names.iter().find_map(|name| settings.variables.get(*name)).cloned().unwrap_or_default()
    };
    let mut builder = Matcher::builder();
    builder = builder.https(of(["HTTPS_PROXY", "https_proxy"]));
    builder = builder.http(of(["HTTP_PROXY", "http_proxy"]));
    builder.no(of(["NO_PROXY", "no_proxy"])).build()
}

impl Service<Uri> for Dialer {
    type Response = TokioIo<Wire>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<TokioIo<Wire>, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Service::<Uri>::poll_ready(&mut self.direct, context).map_err(Into::into)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let mut direct = self.direct.clone();
        let proxy = (!is_loopback(&uri)).then(|| self.proxies.intercept(&uri)).flatten();
        Box::pin(async move {
            let Some(proxy) = proxy else {
                let stream = direct.call(uri).await?.into_inner();
                return Ok(TokioIo::new(Wire { stream, forwarded: false }));
            };
            if uri.scheme_str() == Some("https") {
                let mut tunnel = Tunnel::new(proxy.uri().clone(), direct);
                if let Some(auth) = proxy.basic_auth() {
                    tunnel = tunnel.with_auth(auth.clone());
                }
                let stream = tunnel.call(uri).await?.into_inner();
                return Ok(TokioIo::new(Wire { stream, forwarded: false }));
            }
            let stream = direct.call(proxy.uri().clone()).await?.into_inner();
            Ok(TokioIo::new(Wire { stream, forwarded: true }))
        })
    }
}

/// Proxies are no way to this machine itself.
pub(super) fn is_loopback(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost"
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl Connection for Wire {
    fn connected(&self) -> Connected {
        self.stream.connected().proxy(self.forwarded)
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
