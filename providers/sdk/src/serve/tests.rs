//! The handshake, TLS, and the services around the provider, as an engine sees them.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use groma_diag::Diagnostics;
use groma_protocol::goplugin::Empty;
use groma_protocol::goplugin::grpc_controller_client::GrpcControllerClient;
use groma_protocol::goplugin::grpc_stdio_client::GrpcStdioClient;
use groma_protocol::health::HealthCheckRequest;
use groma_protocol::health::health_client::HealthClient;
use groma_protocol::{goplugin, tfplugin5, tfplugin6};
use hyper_util::rt::TokioIo;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::UnixStream;
use tokio::sync::oneshot;
use tonic::transport::{Channel, Endpoint};

use super::environment::Environment;
use super::{Failure, Serve, attach_hint, is_debug_flag, listen, tls};
use crate::{Catalog, ConfigureRequest, Provider};

struct Nothing;

#[crate::async_trait]
impl Provider for Nothing {
    type Client = ();
    fn catalog(&self) -> Result<Catalog<()>, Diagnostics> {
        Ok(Catalog::new())
    }
    async fn configure(
        &self,
        _: &ConfigureRequest,
        _: &mut Diagnostics,
    ) -> Result<(), Diagnostics> {
        Ok(())
    }
}

type TestResult = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// A served provider: its first line, and its end.
struct Served {
    line: String,
    done: tokio::task::JoinHandle<Result<(), Failure>>,
    _folder: tempfile::TempDir,
}

async fn serve(protocols: &[u32], client_certificate: Option<String>) -> Result<Served, Failure> {
    let folder = tempfile::tempdir()?;
    let environment = Environment {
        protocols: protocols.to_vec(),
        client_certificate,
        socket_dir: Some(folder.path().to_owned()),
        ..Environment::default()
    };
    let (send, receive) = oneshot::channel();
    let options = Serve { address: "example.com/a/b".to_owned(), debug: false };
    let done = tokio::spawn(async move {
        let announce = |line: &str| send.send(line.to_owned()).map_err(io::Error::other);
        listen(&options, environment, Nothing, announce).await
    });
    Ok(Served { line: receive.await?, done, _folder: folder })
}

impl Served {
    fn field(&self, at: usize) -> &str {
        self.line.trim_end().split('|').nth(at).unwrap_or_default()
    }

    async fn connect(&self) -> Result<Channel, tonic::transport::Error> {
        let path = PathBuf::from(self.field(3));
        let connector = tower::service_fn(move |_| {
            let path = path.clone();
            async move { UnixStream::connect(path).await.map(TokioIo::new) }
        });
        Endpoint::from_static("http://localhost").connect_with_connector(connector).await
    }
}

#[tokio::test]
async fn an_engine_without_tls_is_served_until_it_asks_for_the_end() -> TestResult {
    let served = serve(&[5, 6], None).await?;
    assert!(served.line.starts_with("1|6|unix|/"), "{}", served.line);
    assert!(served.line.ends_with("|grpc|\n"), "{}", served.line);
    let channel = served.connect().await?;
    let question = HealthCheckRequest { service: "plugin".to_owned() };
    let health = HealthClient::new(channel.clone()).check(question).await?.into_inner();
    assert_eq!(health.status, 1);
    let metadata = tfplugin6::provider_client::ProviderClient::new(channel.clone())
        .get_metadata(tfplugin6::get_metadata::Request {})
        .await?
        .into_inner();
    assert!(metadata.server_capabilities.is_some_and(|c| c.get_provider_schema_optional));
    let other = tfplugin5::provider_client::ProviderClient::new(channel.clone())
        .get_metadata(tfplugin6::get_metadata::Request {})
        .await;
    assert_eq!(other.err().map(|s| s.code()), Some(tonic::Code::Unimplemented));
    // Such a stream stays open, and must not keep the plugin from ending.
    let mut stdio = GrpcStdioClient::new(channel.clone())
        .stream_stdio(goplugin::StdioEmpty {})
        .await?
        .into_inner();
    let socket = PathBuf::from(served.field(3));
    assert!(socket.exists());
    GrpcControllerClient::new(channel).shutdown(Empty {}).await?;
    assert!(stdio.message().await?.is_none());
    tokio::time::timeout(Duration::from_secs(20), served.done).await???;
    Ok(())
}

#[tokio::test]
async fn an_engine_of_protocol_5_is_served_too() -> TestResult {
    let served = serve(&[4, 5], None).await?;
    assert_eq!(served.field(1), "5");
    let metadata = tfplugin5::provider_client::ProviderClient::new(served.connect().await?)
        .get_metadata(tfplugin6::get_metadata::Request {})
        .await?;
    assert!(metadata.into_inner().diagnostics.is_empty());
    served.done.abort();
    Ok(())
}

/// A certificate and its key, in DER, and the certificate in PEM.
fn identity() -> Result<(CertificateDer<'static>, Vec<u8>, String), rcgen::Error> {
    let key = rcgen::KeyPair::generate()?;
    let certificate =
        rcgen::CertificateParams::new(vec!["localhost".to_owned()])?.self_signed(&key)?;
    Ok((certificate.der().clone(), key.serialize_der(), certificate.pem()))
}

/// Shakes hands with the plugin and waits for its first byte, as a client with this certificate.
async fn shake_hands(
    served: &Served,
    certificate: CertificateDer<'static>,
    key: Vec<u8>,
) -> TestResult {
    use tokio::io::AsyncReadExt as _;
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(STANDARD_NO_PAD.decode(served.field(5))?))?;
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(ring)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_client_auth_cert(vec![certificate], PrivatePkcs8KeyDer::from(key).into())?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    let stream = UnixStream::connect(served.field(3)).await?;
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let mut stream = connector.connect(ServerName::try_from("localhost")?, stream).await?;
    // The server speaks first in HTTP/2, once it has taken the client's certificate.
    stream.read_u8().await?;
    Ok(())
}

#[tokio::test]
async fn only_the_announced_client_is_taken() -> TestResult {
    let (certificate, key, pem) = identity()?;
    let served = serve(&[6], Some(pem)).await?;
    let (stranger, strangers_key, _) = identity()?;
    assert!(shake_hands(&served, stranger, strangers_key).await.is_err());
    shake_hands(&served, certificate, key).await?;
    served.done.abort();
    Ok(())
}

#[test]
fn an_unreadable_certificate_is_an_error() {
    let message = tls::server("nonsense").err().map(|e| e.to_string()).unwrap_or_default();
    assert!(message.contains("PLUGIN_CLIENT_CERT"), "{message}");
}

#[test]
fn the_environment_is_read() {
    let read = |pairs: &[(&str, &str)]| {
        Environment::read(|n| pairs.iter().find(|(k, _)| *k == n).map(|(_, v)| (*v).to_owned()))
    };
    assert_eq!(read(&[("PLUGIN_CLIENT_CERT", "")]), Environment::default());
    assert!(!read(&[(groma_protocol::MAGIC_COOKIE.0, "other")]).has_magic_cookie);
    let cookie = (groma_protocol::MAGIC_COOKIE.0, groma_protocol::MAGIC_COOKIE.1);
    assert!(read(&[cookie]).has_magic_cookie);
    for (versions, expected) in [("", 6), ("5", 5), ("6", 6), ("4, 5", 5), ("5,6,7", 6), ("x", 6)] {
        assert_eq!(read(&[("PLUGIN_PROTOCOL_VERSIONS", versions)]).protocol(), expected);
    }
}

#[test]
fn debugging_is_asked_for_by_a_flag() {
    for (argument, expected) in [
        ("-debug", true),
        ("--debug", true),
        ("-debug=true", true),
        ("-debug=false", false),
        ("debug", false),
    ] {
        assert_eq!(is_debug_flag(argument), expected, "{argument}");
    }
    let hint = attach_hint("example.com/a/b", 6, "unix", "/s");
    let json = hint.split('\'').nth(1).unwrap_or_default();
    let json: serde_json::Value = serde_json::from_str(json).unwrap_or_default();
    assert_eq!(json["example.com/a/b"]["Addr"]["String"], "/s");
    assert_eq!(json["example.com/a/b"]["ProtocolVersion"], 6);
}
