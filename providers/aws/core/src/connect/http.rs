//! The HTTP client that all services share.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use groma_sdk::{Diagnostic, Diagnostics};

use crate::attempts::Attempt;
use crate::error::{causes, is_distrusted, is_unreachable};
use crate::loader::Changes;
use crate::settings::Network;
use crate::short_duration;

/// How many bytes a second a request is sent by at least, as far as waiting for its answer goes. An
/// upload that stalls is noticed by the SDK.
const SLOWEST: u64 = 64 * 1024;

/// A client by the settings, which waits so long for the beginning of an answer. Certificates are read
/// when the first connection needs them.
pub(super) fn client(
    network: &Network,
    patience: Duration,
    changes: Changes,
) -> Result<SharedHttpClient, Diagnostics> {
    let mut trust = TrustStore::default();
    if let Some(path) = &network.ca_bundle {
        let pem = std::fs::read(path).map_err(|e| {
            Diagnostic::error(
                "Invalid custom CA bundle",
                format!(
                    "Could not read {}: {e}. It is named by \"custom_ca_bundle\" in the provider \
                     block or by AWS_CA_BUNDLE in the environment.",
                    path.display()
                ),
            )
        })?;
        trust = TrustStore::empty().with_pem_certificate(pem);
    }
    let tls = TlsContext::builder().with_trust_store(trust).build().map_err(|e| {
        Diagnostic::error(
            "Invalid custom CA bundle",
            format!("The trusted certificates cannot be used: {}.", causes(&e)),
        )
    })?;
    Ok(SharedHttpClient::new(Client(Arc::new(Shared {
        tls,
        proxy: proxy(network)?,
        connectors: Mutex::default(),
        unreachable: Mutex::default(),
        patience,
        user_agent: network.user_agent.clone(),
        changes,
    }))))
}

/// The proxy of the configuration, or else that of the environment.
fn proxy(network: &Network) -> Result<ProxyConfig, Diagnostics> {
    let invalid = |e: &(dyn std::error::Error + 'static)| {
        Diagnostics::from(Diagnostic::error(
            "Invalid proxy",
            format!("The proxy of the provider block cannot be used: {}.", causes(e)),
        ))
    };
    let mut proxy = match (&network.https_proxy, &network.http_proxy) {
        (None, None) if network.proxy_in_environment => return Ok(ProxyConfig::from_env()),
        (None, None) => return Ok(ProxyConfig::disabled()),
        (Some(https), Some(http)) if https == http => ProxyConfig::all(https),
        (Some(https), _) => ProxyConfig::https(https),
        (None, Some(http)) => ProxyConfig::http(http),
    }
    .map_err(|e| invalid(&e))?;
    if let Some(except) = &network.no_proxy {
        proxy = proxy.no_proxy(except);
    }
    Ok(proxy)
}

#[derive(Clone)]
struct Client(Arc<Shared>);

struct Shared {
    tls: TlsContext,
    proxy: ProxyConfig,
    connectors: Mutex<HashMap<String, SharedHttpConnector>>,
    /// How often in a row nobody was at an address.
    unreachable: Mutex<HashMap<String, u32>>,
    /// How long an answer may take to begin after the request was sent.
    patience: Duration,
    /// Who asks, beside the SDK.
    user_agent: String,
    /// The requests that change something.
    changes: Changes,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

/// In contrast to the SDK's own client, this one makes no connector just to see whether that could be
/// done: a process of the provider serves many clients, and reading all certificates is what
/// costs most.
impl HttpClient for Client {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let key = format!("{:?} {:?}", settings.connect_timeout(), settings.read_timeout());
        let mut connectors = self.0.connectors.lock().unwrap_or_else(PoisonError::into_inner);
        let connector = connectors.entry(key).or_insert_with(|| {
            SharedHttpConnector::new(ByScheme {
                shared: self.0.clone(),
                settings: settings.clone(),
                components: components.clone(),
                plain: OnceLock::new(),
                secure: OnceLock::new(),
            })
        });
        connector.clone()
    }
}

/// Connections without TLS need no certificates, so that those who talk to an emulator read none.
struct ByScheme {
    shared: Arc<Shared>,
    settings: HttpConnectorSettings,
    components: RuntimeComponents,
    plain: OnceLock<Connector>,
    secure: OnceLock<Connector>,
}

impl fmt::Debug for ByScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ByScheme").finish_non_exhaustive()
    }
}

impl ByScheme {
    fn connector(&self, is_plain: bool) -> &Connector {
        let mut builder = Connector::builder().proxy_config(self.shared.proxy.clone());
        builder.set_connector_settings(Some(self.settings.clone()));
        builder.set_sleep_impl(self.components.sleep_impl());
        // A proxy may want TLS where the service does not.
        if is_plain && self.shared.proxy.is_disabled() {
            return self.plain.get_or_init(|| builder.build_http());
        }
        self.secure.get_or_init(|| {
            let builder = builder.tls_provider(Provider::Rustls(CryptoMode::Ring));
            builder.tls_context(self.shared.tls.clone()).build()
        })
    }
}

impl HttpConnector for ByScheme {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        self.shared.introduce(&mut request);
        let is_plain = request.uri().starts_with("http://");
        let host = host(request.uri()).to_owned();
        let (method, operation) = (request.method().to_owned(), operation(&request));
        if changes_something(&operation, &method) {
            self.shared.changes.add();
        }
        let begin = Instant::now();
        let attempt = Attempt::begin();
        let patience = self.shared.patience_for(&request);
        let answer = self.connector(is_plain).call(request);
        let shared = self.shared.clone();
        HttpConnectorFuture::new(async move {
            let answer = in_time(patience, answer).await;
            attempt.answered(&answer);
            let milliseconds = u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX);
            let status = answer.as_ref().map(|a| a.status().as_u16()).unwrap_or_default();
            tracing::debug!(method, host, operation, status, milliseconds, "request");
            shared.given_up(&host, answer)
        })
    }
}

/// The answer to a request, unless it does not begin in time.
async fn in_time(
    patience: Option<Duration>,
    answer: HttpConnectorFuture,
) -> Result<HttpResponse, ConnectorError> {
    let Some(patience) = patience else { return answer.await };
    match tokio::time::timeout(patience, answer).await {
        Ok(answer) => answer,
        Err(_) => {
            let waited = short_duration(patience);
            Err(ConnectorError::timeout(format!("no answer came within {waited}").into()))
        }
    }
}

impl Shared {
    /// Says who asks. The header is not among those that are signed.
    fn introduce(&self, request: &mut HttpRequest) {
        let name = "user-agent";
        let sdk = request.headers().get(name).unwrap_or_default();
        let text = format!("{sdk} {}", self.user_agent);
        if let Err(error) = request.headers_mut().try_insert(name, text.trim().to_owned()) {
            tracing::debug!(%error, "what is to be appended to the user agent is no header");
        }
    }

    /// How long the answer to a request may take to begin: longer for what takes long to be sent. No
    /// limit if nobody knows how much that is.
    fn patience_for(&self, request: &HttpRequest) -> Option<Duration> {
        let told = || request.headers().get("x-amz-decoded-content-length")?.parse().ok();
        let bytes = request.body().content_length().or_else(told)?;
        Some(self.patience + Duration::from_secs(bytes / SLOWEST))
    }

    /// The answer; but where nobody was at the address several times in a row, as an error that is
    /// not tried again: 25 tries with ever longer pauses would look like a standstill.
    fn given_up(
        &self,
        host: &str,
        answer: Result<HttpResponse, ConnectorError>,
    ) -> Result<HttpResponse, ConnectorError> {
        let mut unreachable = self.unreachable.lock().unwrap_or_else(PoisonError::into_inner);
        match answer {
            Err(e) if is_unreachable(&e) => {
                let times = unreachable.entry(host.to_owned()).or_default();
                *times += 1;
                // Whom one does not trust, one does not trust the second time either.
                match *times < KNOCKS && !is_distrusted(&e) {
                    true => Err(e),
                    false => Err(ConnectorError::other(e.into_source(), None).never_connected()),
                }
            }
            other => {
                unreachable.remove(host);
                other
            }
        }
    }
}

/// How often in a row nobody must have been at an address for it to be believed.
const KNOCKS: u32 = 4;

/// Whether a request may change anything, as far as its name tells.
pub(crate) fn changes_something(operation: &str, method: &str) -> bool {
    // Targets have the name of an interface in front: DynamoDB_20120810.DescribeTable.
    let name = operation.rsplit('.').next().unwrap_or_default();
    let reads = ["Describe", "Get", "List", "Head", "BatchGet", "Search", "AssumeRole", "Simulate"];
    let is_name = !name.is_empty() && !name.contains(' ');
    match is_name {
        true => !reads.iter().any(|read| name.starts_with(read)),
        false => !matches!(method, "GET" | "HEAD"),
    }
}

fn host(uri: &str) -> &str {
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or_default()
}

/// What is to be done, without anything that the configuration has; empty if only the path says.
fn operation(request: &HttpRequest) -> String {
    let header = request.headers().get("x-amz-target");
    let form = request.body().bytes().and_then(|b| std::str::from_utf8(b).ok());
    let action = form.and_then(|f| f.strip_prefix("Action=")).and_then(|f| f.split('&').next());
    header.or(action).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::body::SdkBody;

    use super::*;

    #[test]
    fn reads_are_told_from_changes() {
        for (operation, method) in [
            ("DescribeVpcs", "POST"),
            ("DynamoDB_20120810.DescribeTable", "POST"),
            ("AssumeRoleWithWebIdentity", "POST"),
            ("", "GET"),
            ("GET /bucket?versioning", "GET"),
        ] {
            assert!(!changes_something(operation, method), "{operation} {method}");
        }
        for (operation, method) in [
            ("CreateVpc", "POST"),
            ("Logs_20140328.PutRetentionPolicy", "POST"),
            ("", "PUT"),
            ("DELETE /bucket", "DELETE"),
        ] {
            assert!(changes_something(operation, method), "{operation} {method}");
        }
    }

    fn shared() -> Shared {
        Shared {
            tls: TlsContext::default(),
            proxy: ProxyConfig::disabled(),
            connectors: Mutex::default(),
            unreachable: Mutex::default(),
            patience: Duration::from_millis(20),
            user_agent: String::new(),
            changes: Changes::default(),
        }
    }

    #[tokio::test]
    async fn an_answer_that_never_comes_is_not_waited_for() {
        let never = HttpConnectorFuture::new(std::future::pending());
        let answer = in_time(Some(Duration::from_millis(20)), never).await;
        let error = answer.err();
        assert!(error.as_ref().is_some_and(ConnectorError::is_timeout), "{error:?}");
        assert!(error.is_some_and(|e| crate::error::may_have_been_sent(&e)));
    }

    #[test]
    fn what_is_long_may_take_longer() {
        let patience = |body: SdkBody| shared().patience_for(&HttpRequest::new(body));
        assert_eq!(patience(SdkBody::empty()), Some(Duration::from_millis(20)));
        let megabyte = vec![0; 1024 * 1024];
        assert_eq!(patience(SdkBody::from(megabyte)), Some(Duration::from_millis(16_020)));
    }

    #[test]
    fn who_is_never_there_is_given_up() {
        let shared = shared();
        let refused = || {
            let io = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
            Err(ConnectorError::io(io.into()))
        };
        for _ in 1..KNOCKS {
            assert!(shared.given_up("a", refused()).is_err_and(|e| e.is_io()));
        }
        assert!(shared.given_up("b", refused()).is_err_and(|e| e.is_io()));
        assert!(shared.given_up("a", refused()).is_err_and(|e| !e.is_io()));
    }
}
