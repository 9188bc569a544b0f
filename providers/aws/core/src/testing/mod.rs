//! Services for tests that answer what they are told to, without a network.
//!
//! ```ignore
//! let fake = Fake::new();
//! fake.on("CreateTopic", |request| {
//!     assert_eq!(request.param("Name"), Some("news"));
//!     Answer::xml("<CreateTopicResponse>…</CreateTopicResponse>")
//! });
//! fake.once("DeleteTopic", |_| Answer::lost());
//! let cx = fake.context();
//! …
//! assert_eq!(fake.calls("CreateTopic"), 1);
//! ```

mod request;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use groma_sdk::Context;

pub use request::Request;

use crate::attempts::Attempt;
use crate::aws::Parts;
use crate::connect::changes_something;
use crate::loader::Changes;
use crate::{Aws, TagPolicy};

/// What a service answers.
#[derive(Clone, Debug)]
pub enum Answer {
    /// An answer with a status, headers and a body.
    Http(u16, Vec<(&'static str, String)>, String),
    /// The connection breaks after the request was sent.
    Lost,
    /// No answer ever comes.
    Never,
}

impl Answer {
    /// Success, in XML.
    pub fn xml(body: impl Into<String>) -> Answer {
        Answer::Http(200, vec![("content-type", "text/xml".to_owned())], body.into())
    }

    /// Success, in JSON.
    pub fn json(body: impl Into<String>) -> Answer {
        Answer::Http(
            200,
            vec![("content-type", "application/x-amz-json-1.1".to_owned())],
            body.into(),
        )
    }

    /// Success without a body.
    pub fn empty() -> Answer {
        Answer::Http(200, Vec::new(), String::new())
    }

    /// An error in the form of services that speak XML with an `ErrorResponse` (RDS, ELB, IAM,
    /// Auto Scaling, SNS, STS, CloudWatch).
    pub fn error(status: u16, code: &str, message: &str) -> Answer {
        let (code, message) = (escaped(code), escaped(message));
        let body = format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message>\
             </Error><RequestId>fake-request</RequestId></ErrorResponse>"
        );
        Answer::refusal(status, "text/xml", body)
    }

    /// An error as EC2 has it.
    pub fn ec2_error(status: u16, code: &str, message: &str) -> Answer {
        let (code, message) = (escaped(code), escaped(message));
        let body = format!(
            "<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error>\
             </Errors><RequestID>fake-request</RequestID></Response>"
        );
        Answer::refusal(status, "text/xml", body)
    }

    /// An error as S3 has it.
    pub fn s3_error(status: u16, code: &str, message: &str) -> Answer {
        let (code, message) = (escaped(code), escaped(message));
        let body = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
        Answer::refusal(status, "application/xml", body)
    }

    /// An error of services that speak JSON.
    pub fn json_error(status: u16, code: &str, message: &str) -> Answer {
        let body = serde_json::json!({ "__type": code, "message": message }).to_string();
        Answer::refusal(status, "application/x-amz-json-1.1", body)
    }

    /// The connection breaks after the request was sent.
    pub fn lost() -> Answer {
        Answer::Lost
    }

    /// No answer ever comes.
    pub fn never() -> Answer {
        Answer::Never
    }

    fn refusal(status: u16, kind: &str, body: String) -> Answer {
        let headers = vec![
            ("content-type", kind.to_owned()),
            ("x-amzn-requestid", "fake-request".to_owned()),
        ];
        Answer::Http(status, headers, body)
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

type Handler = Arc<dyn Fn(&Request) -> Answer + Send + Sync>;

/// A fake of all services. Cheap to clone; all clones are one.
#[derive(Clone, Default)]
pub struct Fake(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    next: HashMap<String, VecDeque<Handler>>,
    always: HashMap<String, Handler>,
    requests: Vec<Request>,
    changes: Changes,
}

impl fmt::Debug for Fake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fake").finish_non_exhaustive()
    }
}

impl Fake {
    /// One that knows no operation yet: it answers with errors of the code `NotExpected`.
    pub fn new() -> Fake {
        Fake::default()
    }

    /// How an operation is answered.
    pub fn on(&self, operation: &str, answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) {
        self.state().always.insert(operation.to_owned(), Arc::new(answer));
    }

    /// How the next request for an operation that is not spoken for is answered, before what
    /// [`Fake::on`] says holds.
    pub fn once(
        &self,
        operation: &str,
        answer: impl Fn(&Request) -> Answer + Send + Sync + 'static,
    ) {
        self.state().next.entry(operation.to_owned()).or_default().push_back(Arc::new(answer));
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.state().requests.clone()
    }

    /// The requests for an operation so far.
    pub fn requests_of(&self, operation: &str) -> Vec<Request> {
        let all = self.requests();
        all.into_iter().filter(|r| r.operation == operation).collect()
    }

    /// How many requests for an operation there were so far.
    pub fn calls(&self, operation: &str) -> usize {
        self.requests_of(operation).len()
    }

    /// A client of us-east-1 whose services are this.
    pub fn aws(&self) -> Aws {
        self.aws_with(TagPolicy::default())
    }

    /// A client with a policy for tags.
    pub fn aws_with(&self, tags: TagPolicy) -> Aws {
        Aws::new(Parts { tags, ..self.parts() })
    }

    /// A client with endpoints of its own.
    pub fn aws_at(&self, endpoints: &[(&'static str, &str)]) -> Aws {
        let endpoints = endpoints.iter().map(|(name, url)| (*name, (*url).to_owned()));
        Aws::new(Parts { endpoints: endpoints.collect(), ..self.parts() })
    }

    fn parts(&self) -> Parts {
        Parts {
            sdk: self.sdk_config(),
            region: "us-east-1".to_owned(),
            sts_region: None,
            endpoints: BTreeMap::new(),
            tags: TagPolicy::default(),
            path_style: true,
            s3_global_in_us_east_1: false,
            retry_tokens: None,
            request_account: true,
            changes: self.state().changes.clone(),
        }
    }

    /// An operation whose services are this.
    pub fn context(&self) -> Context<Aws> {
        Context::new(Arc::new(self.aws()))
    }

    /// What clients of services are made from. Retries are quick, and what never comes is given up
    /// after 200 milliseconds.
    pub fn sdk_config(&self) -> SdkConfig {
        let keys = Credentials::new("key", "secret", None, None, "fake");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(keys))
            .http_client(self.clone())
            .retry_config(
                RetryConfig::standard()
                    .with_max_attempts(4)
                    .with_initial_backoff(Duration::from_millis(1))
                    .with_max_backoff(Duration::from_millis(5)),
            )
            .timeout_config(
                TimeoutConfig::builder()
                    .operation_attempt_timeout(Duration::from_millis(200))
                    .build(),
            )
            .build()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, request: Request) -> Answer {
        let handler = {
            let mut state = self.state();
            if changes_something(&request.operation, &request.method) {
                state.changes.add();
            }
            state.requests.push(request.clone());
            let next = state.next.get_mut(&request.operation).and_then(VecDeque::pop_front);
            next.or_else(|| state.always.get(&request.operation).cloned())
        };
        match handler {
            Some(handler) => handler(&request),
            None => {
                let message = format!("The test expects no {}", request.operation);
                match request.headers.get("content-type") {
                    Some(kind) if kind.contains("json") => {
                        Answer::json_error(400, "NotExpected", &message)
                    }
                    _ if request
                        .params
                        .iter()
                        .any(|(n, v)| n == "Version" && v == "2016-11-15") =>
                    {
                        Answer::ec2_error(400, "NotExpected", &message)
                    }
                    _ => Answer::error(400, "NotExpected", &message),
                }
            }
        }
    }
}

impl HttpClient for Fake {
    fn http_connector(
        &self,
        _settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Fake {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let fake = self.clone();
        let attempt = Attempt::begin();
        HttpConnectorFuture::new(async move {
            let request = request::received(request).await?;
            let answer = match fake.answer(request) {
                Answer::Http(status, headers, body) => respond(status, headers, body),
                Answer::Lost => {
                    let reset = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
                    Err(ConnectorError::io(reset.into()))
                }
                Answer::Never => std::future::pending().await,
            };
            attempt.answered(&answer);
            answer
        })
    }
}

fn respond(
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
) -> Result<HttpResponse, ConnectorError> {
    let status = status.try_into().map_err(|_| ConnectorError::user("no such status".into()))?;
    let mut response = HttpResponse::new(status, SdkBody::from(body));
    for (name, value) in headers {
        let added = response.headers_mut().try_insert(name, value);
        added.map_err(|e| ConnectorError::user(e.into()))?;
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Outcome as _;

    #[tokio::test]
    async fn requests_are_understood_and_answered() {
        let fake = Fake::new();
        fake.on("AssumeRole", |request| {
            assert_eq!(request.param("RoleSessionName"), Some("a b"));
            assert_eq!(request.params_of("TransitiveTagKeys.member."), ["x", "y"]);
            Answer::error(403, "AccessDenied", "not <you>")
        });
        let sts = fake.aws().sts();
        let request = sts.assume_role().role_arn("arn:aws:iam::1:role/r").role_session_name("a b");
        let answer = request.transitive_tag_keys("x").transitive_tag_keys("y").send().await;
        let error = answer.typed().err();
        let text = error.as_ref().map(|e| e.during("assuming it").to_string()).unwrap_or_default();
        assert!(error.is_some_and(|e| e.is_denied() && e.request_id() == Some("fake-request")));
        assert!(
            text.contains("operation error STS: AssumeRole: AccessDenied: not <you>"),
            "{text}"
        );
        assert!(text.contains("status 403, request id fake-request"), "{text}");
        assert_eq!(fake.calls("AssumeRole"), 1);
    }

    #[tokio::test]
    async fn faults_are_told_apart() {
        let fake = Fake::new();
        let sts = fake.aws().sts();
        fake.on("GetCallerIdentity", |_| Answer::lost());
        let lost = sts.get_caller_identity().send().await.typed();
        assert!(lost.is_err_and(|e| e.is_ambiguous() && e.code().is_none()));
        // The SDK tried again by itself.
        assert_eq!(fake.calls("GetCallerIdentity"), 4);
        fake.on("GetCallerIdentity", |_| Answer::error(503, "ServiceUnavailable", ""));
        let down = sts.get_caller_identity().send().await.typed();
        assert!(down.is_err_and(|e| e.is_ambiguous() && !e.is_throttled()));
        fake.on("GetCallerIdentity", |_| Answer::error(400, "Throttling", "slow down"));
        let slow = sts.get_caller_identity().send().await.typed();
        assert!(slow.is_err_and(|e| e.is_throttled() && !e.is_ambiguous()));
    }

    #[tokio::test]
    async fn a_fault_in_between_is_overcome() {
        let fake = Fake::new();
        fake.once("GetCallerIdentity", |_| Answer::never());
        fake.once("GetCallerIdentity", |_| Answer::lost());
        fake.on("GetCallerIdentity", |_| {
            Answer::xml(
                "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>1</Account>\
                         </GetCallerIdentityResult></GetCallerIdentityResponse>",
            )
        });
        let answer = fake.aws().sts().get_caller_identity().send().await;
        assert_eq!(answer.ok().and_then(|a| a.account().map(str::to_owned)).as_deref(), Some("1"));
    }
}
