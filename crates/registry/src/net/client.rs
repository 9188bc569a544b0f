//! The HTTP client: redirections, proxies, repetitions, and limits on what is taken.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, HOST, LOCATION, PROXY_AUTHORIZATION, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Empty};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::TokioExecutor;
use thiserror::Error;
use tokio::io::AsyncWriteExt as _;
use tokio::time::timeout;
use url::Url;

use super::dial::{self, Dialer};
use crate::environment::CliEnvironment;

/// How many redirections are followed.
const MAX_REDIRECTIONS: usize = 10;

/// How long a server may pause within an answer.
const PAUSE: Duration = Duration::from_secs(60);

/// How the client behaves.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// The environment variables, for those that name proxies.
    pub variables: BTreeMap<String, String>,
    /// How long a registry may take to begin its answer.
    pub timeout: Duration,
    /// How often a request that failed is repeated.
    pub retries: u32,
    /// The time before the first repetition; it doubles with each.
    pub retry_wait: Duration,
    /// What the client calls itself.
    pub user_agent: String,
}

impl HttpSettings {
    /// What the environment says: `TF_REGISTRY_CLIENT_TIMEOUT` in seconds, and
    /// `TF_REGISTRY_DISCOVERY_RETRY`.
    pub fn new(environment: &CliEnvironment, user_agent: impl Into<String>) -> HttpSettings {
        let number = |name: &str| environment.setting(name).and_then(|text| text.parse().ok());
        let timeout = number("REGISTRY_CLIENT_TIMEOUT").filter(|seconds| *seconds > 0);
        HttpSettings {
            variables: environment.variables.clone(),
            timeout: Duration::from_secs(timeout.unwrap_or(10)),
            retries: number("REGISTRY_DISCOVERY_RETRY").unwrap_or(1).min(100) as u32,
            retry_wait: Duration::from_secs(1),
            user_agent: user_agent.into(),
        }
    }
}

/// Why there is no answer, or none that can be used.
#[derive(Debug, Error)]
pub(crate) enum HttpError {
    #[error("{method} {url:?}: {why}")]
    Failed { method: Method, url: String, why: String },
    #[error("{0:?} is not a URL with which anything can be reached: {1}")]
    Url(String, String),
    #[error("{method} {url:?}: the server answered {status}")]
    Status { method: Method, url: String, status: StatusCode },
    #[error("the answer from {0:?} is larger than {1} bytes")]
    TooLarge(String, u64),
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// What is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
}

impl Request {
    pub(crate) fn get(url: Url) -> Request {
        Request { method: Method::GET, url, headers: HeaderMap::new() }
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Request {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(HeaderName::from_static(name), value);
        }
        self
    }

    /// Adds what proves who asks. No log shows it.
    pub(crate) fn authorization(mut self, value: Option<&str>) -> Request {
        if let Some(mut value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
            value.set_sensitive(true);
            self.headers.insert(AUTHORIZATION, value);
        }
        self
    }
}

/// An answer whose content is still to come.
pub(crate) struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// Where it came from in the end.
    pub(crate) url: Url,
    body: BoxBody<Bytes, String>,
}

/// What a download has brought.
#[derive(Clone, Debug)]
pub(crate) struct Download {
    /// The size in bytes.
    pub(crate) size: u64,
}

/// A client. Clones share their connections.
#[derive(Clone)]
pub struct HttpClient {
    inner: Arc<Inner>,
}

struct Inner {
    settings: HttpSettings,
    proxies: Matcher,
    /// Made when it is first needed: reading the trusted certificates takes its time.
    client: OnceLock<Result<Client<HttpsConnector<Dialer>, Empty<Bytes>>, String>>,
}

impl HttpClient {
    /// A client that behaves so.
    pub fn new(settings: HttpSettings) -> HttpClient {
        let proxies = dial::proxies(&settings);
        HttpClient { inner: Arc::new(Inner { settings, proxies, client: OnceLock::new() }) }
    }

    /// Sends a request to a registry, and again if that seems to make sense.
    pub(crate) async fn send(&self, request: &Request) -> Result<Response, HttpError> {
        let settings = &self.inner.settings;
        self.repeat(request, settings.timeout).await
    }

    /// The same for a package, whose server may take its time.
    pub(crate) async fn send_patiently(&self, request: &Request) -> Result<Response, HttpError> {
        self.repeat(request, PAUSE).await
    }

    async fn repeat(&self, request: &Request, limit: Duration) -> Result<Response, HttpError> {
        let settings = &self.inner.settings;
        let mut wait = settings.retry_wait;
        for _ in 0..settings.retries {
            match self.follow(request, limit).await {
                Ok(response) if is_passing(response.status) => {}
                Err(error @ HttpError::Failed { .. }) => {
                    tracing::debug!(%error, "a request failed and is repeated");
                }
                other => return other,
            }
            tokio::time::sleep(wait).await;
            wait = wait.saturating_mul(2).min(Duration::from_secs(30));
        }
        self.follow(request, limit).await
    }

    async fn follow(&self, request: &Request, limit: Duration) -> Result<Response, HttpError> {
        let mut request = request.clone();
        for _ in 0..=MAX_REDIRECTIONS {
            let response = self.once(&request, limit).await?;
            let Some(next) = redirection(&response) else { return Ok(response) };
            let next = request.url.join(&next).map_err(|error| failed(&request, error))?;
            let same_host = next.host() == request.url.host()
                && next.port_or_known_default() == request.url.port_or_known_default();
            // What proves who asks is for the host that it was meant for.
            if !same_host || (request.url.scheme() == "https" && next.scheme() != "https") {
                request.headers.remove(AUTHORIZATION);
            }
            request.url = next;
        }
        Err(failed(&request, "too many redirections"))
    }

    async fn once(&self, request: &Request, limit: Duration) -> Result<Response, HttpError> {
        let client = self.inner.client.get_or_init(|| {
            let connector =
                dial::connector(&self.inner.settings).map_err(|error| error.to_string())?;
            Ok(Client::builder(TokioExecutor::new()).build(connector))
        });
        let client = client.as_ref().map_err(|why| failed(request, why))?;
        let outgoing = self.outgoing(request)?;
        tracing::debug!(url = %shown(&request.url), "request");
        let answer = match timeout(limit, client.request(outgoing)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => return Err(failed(request, causes(&error))),
            Err(_) => {
                let why = format!("no answer within {} seconds", limit.as_secs_f32());
                return Err(failed(request, why));
            }
        };
        let (parts, body) = answer.into_parts();
        let body = body.map_err(|error| causes(&error)).boxed();
        let Request { url, .. } = request;
        Ok(Response { status: parts.status, headers: parts.headers, url: url.clone(), body })
    }

    fn outgoing(&self, request: &Request) -> Result<http::Request<Empty<Bytes>>, HttpError> {
        if !matches!(request.url.scheme(), "http" | "https") || !request.url.has_host() {
            let why = "only http and https are spoken".to_owned();
            return Err(HttpError::Url(shown(&request.url), why));
        }
        let mut bare = request.url.clone();
        bare.set_fragment(None);
        // Who asks belongs into a header.
        let _ = bare.set_username("");
        let _ = bare.set_password(None);
        let uri: http::Uri = bare.as_str().parse().map_err(|error| failed(request, error))?;
        let mut headers = request.headers.clone();
        if let Ok(agent) = HeaderValue::from_str(&self.inner.settings.user_agent) {
            headers.entry(USER_AGENT).or_insert(agent);
        }
        headers.remove(HOST);
        if uri.scheme_str() == Some("http")
            && !dial::is_loopback(&uri)
            && let Some(auth) =
                self.inner.proxies.intercept(&uri).as_ref().and_then(|p| p.basic_auth())
        {
            headers.insert(PROXY_AUTHORIZATION, auth.clone());
        }
        let mut outgoing = http::Request::new(Empty::new());
        *outgoing.method_mut() = request.method.clone();
        *outgoing.uri_mut() = uri;
        *outgoing.headers_mut() = headers;
        Ok(outgoing)
    }
}

impl Response {
    /// An error unless the answer is a good one.
    pub(crate) fn successful(self) -> Result<Response, HttpError> {
        if self.status.is_success() {
            return Ok(self);
        }
        let url = shown(&self.url);
        Err(HttpError::Status { method: Method::GET, url, status: self.status })
    }

    /// The text of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok().filter(|text| !text.is_empty())
    }

    /// The whole content.
    pub(crate) async fn bytes(mut self, limit: usize) -> Result<Vec<u8>, HttpError> {
        let mut content = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            if content.len() + chunk.len() > limit {
                return Err(HttpError::TooLarge(shown(&self.url), limit as u64));
            }
            content.extend_from_slice(&chunk);
        }
        Ok(content)
    }

    /// Writes the content to a file.
    pub(crate) async fn download(mut self, file: &Path, limit: u64) -> Result<Download, HttpError> {
        let promised = self.header("content-length").and_then(|text| text.parse::<u64>().ok());
        let too_large = || HttpError::TooLarge(shown(&self.url), limit);
        if promised.is_some_and(|size| size > limit) {
            return Err(too_large());
        }
        let too_large = too_large();
        let mut file = tokio::fs::File::create(file).await?;
        let mut size = 0u64;
        while let Some(chunk) = self.chunk().await? {
            size = size.saturating_add(chunk.len() as u64);
            if size > limit {
                return Err(too_large);
            }
            file.write_all(&chunk).await?;
        }
        file.flush().await?;
        Ok(Download { size })
    }

    /// The next part of the content.
    async fn chunk(&mut self) -> Result<Option<Bytes>, HttpError> {
        let url = &self.url;
        let broken = |why: String| HttpError::Failed { method: Method::GET, url: shown(url), why };
        loop {
            match timeout(PAUSE, self.body.frame()).await {
                Ok(Some(Ok(frame))) => {
                    if let Ok(chunk) = frame.into_data() {
                        return Ok(Some(chunk));
                    }
                }
                Ok(Some(Err(why))) => return Err(broken(why)),
                Ok(None) => return Ok(None),
                Err(_) => return Err(broken("the server has fallen silent".into())),
            }
        }
    }
}

/// Whether a server will perhaps answer otherwise in a moment.
fn is_passing(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS
        || (status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED)
}

fn redirection(response: &Response) -> Option<String> {
    let followed = matches!(response.status.as_u16(), 301 | 302 | 303 | 307 | 308);
    let next = response.headers.get(LOCATION)?.to_str().ok()?;
    followed.then(|| next.to_owned())
}

fn failed(request: &Request, why: impl ToString) -> HttpError {
    HttpError::Failed {
        method: request.method.clone(),
        url: shown(&request.url),
        why: why.to_string(),
    }
}

/// A URL as messages show it: without a password.
pub(crate) fn shown(url: &Url) -> String {
    crate::modules::redacted(url.as_str())
}

/// An error with what caused it, without saying anything twice.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let more = cause.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        source = cause.source();
    }
    text
}
