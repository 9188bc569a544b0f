//! What the services answer when they refuse, or do not answer at all.
//!
//! [`Error`] is one type for the errors of all services, to be asked for its code. With the name of
//! what was being done it becomes diagnostics:
//!
//! ```ignore
//! client.delete_topic().topic_arn(arn).send().await.during("deleting SNS Topic (x)")?;
//!
//! match client.get_role().role_name(name).send().await.typed() {
//!     Ok(answer) => ...,
//!     Err(e) if e.is("NoSuchEntity") => return Ok(None),
//!     Err(e) => return Err(e.during(format_args!("reading IAM Role ({name})"))),
//! }
//! ```

mod advice;

use std::fmt;
use std::io::ErrorKind;
use std::sync::Arc;

use aws_credential_types::provider::error::CredentialsError;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;
use groma_sdk::{Diagnostic, Diagnostics};

/// Why a request to a service failed. Cheap to clone.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

struct Inner {
    kind: Kind,
    operation: String,
    code: Option<String>,
    message: String,
    request_id: Option<String>,
    status: Option<u16>,
    /// What was being waited for all the time, if it was.
    waited: Option<String>,
}

/// How far the request got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// It was never sent.
    Unsent,
    /// It was sent, or may have been; there is no answer.
    Unanswered,
    /// The service answered with an error.
    Refused,
    /// The operation was asked to end.
    Stopped,
}

impl Error {
    /// An error that a service would answer with, of something that we found out ourselves.
    pub fn refused(code: impl Into<String>, message: impl Into<String>) -> Error {
        Error(Arc::new(Inner {
            kind: Kind::Refused,
            operation: String::new(),
            code: Some(code.into()),
            message: message.into(),
            request_id: None,
            status: None,
            waited: None,
        }))
    }

    pub(crate) fn stopped(what: &str) -> Error {
        Error(Arc::new(Inner {
            kind: Kind::Stopped,
            operation: String::new(),
            code: None,
            message: format!("The provider was asked to stop while it waited for {what}."),
            request_id: None,
            status: None,
            waited: None,
        }))
    }

    /// The same error after it came again and again for a time.
    pub(crate) fn after(&self, waited: String) -> Error {
        let e = &*self.0;
        Error(Arc::new(Inner {
            kind: e.kind,
            operation: e.operation.clone(),
            code: e.code.clone(),
            message: e.message.clone(),
            request_id: e.request_id.clone(),
            status: e.status,
            waited: Some(waited),
        }))
    }

    /// The service's code for the error, such as `InvalidGroup.NotFound`.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The service's words; empty if it had none.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The number under which the service knows the request.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The status of the answer, if there was one.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// Whether the service gave this code.
    pub fn is(&self, code: &str) -> bool {
        self.code() == Some(code)
    }

    /// Whether the service gave one of these codes.
    pub fn is_any(&self, codes: &[&str]) -> bool {
        self.code().is_some_and(|c| codes.contains(&c))
    }

    /// Whether the service gave this code and these words somewhere in its message.
    pub fn says(&self, code: &str, words: &str) -> bool {
        self.is(code) && self.message().contains(words)
    }

    /// Whether the code is one by which services say that the object asked for does not exist.
    /// Where a request names several objects, prefer [`Error::is`] with the code of the one.
    pub fn is_not_found(&self) -> bool {
        self.code().is_some_and(advice::means_not_found)
            || (self.0.kind == Kind::Refused && self.code().is_none() && self.status() == Some(404))
    }

    /// Whether the service asks to be asked less often.
    pub fn is_throttled(&self) -> bool {
        self.code().is_some_and(advice::means_throttled) || self.status() == Some(429)
    }

    /// Whether the credentials may not do it.
    pub fn is_denied(&self) -> bool {
        self.code().is_some_and(advice::means_denied)
    }

    /// Whether it is not known if the request was carried out: no answer came, or one that blames
    /// the service itself. What a repeated request is answered must be read with that in mind.
    pub fn is_ambiguous(&self) -> bool {
        match self.0.kind {
            Kind::Unanswered => true,
            Kind::Refused => {
                self.status().is_some_and(|s| s >= 500) && !self.is_throttled()
                    || self.is_any(&["InternalError", "InternalFailure", "ServiceUnavailable"])
            }
            Kind::Unsent | Kind::Stopped => false,
        }
    }

    /// Whether the request was never sent: there are no credentials, or nobody is at the address.
    pub fn is_unsent(&self) -> bool {
        self.0.kind == Kind::Unsent
    }

    /// Whether the operation was asked to end, which is no fault of the service.
    pub fn is_stopped(&self) -> bool {
        self.0.kind == Kind::Stopped
    }

    /// Tells the user. `what` was being done, such as `creating EC2 VPC` or
    /// `deleting SNS Topic (arn:…)`.
    pub fn during(&self, what: impl fmt::Display) -> Diagnostics {
        if self.is_stopped() {
            return Diagnostic::error("Operation interrupted", self.0.message.clone()).into();
        }
        let mut detail = self.to_string();
        if !detail.ends_with(['.', '!', '?']) {
            detail.push('.');
        }
        if let Some(waited) = &self.0.waited {
            detail.push_str(&format!(" It was tried again for {waited}, always with this answer."));
        }
        let advice = match self.0.kind {
            Kind::Unsent => advice::of_unsent(&self.0.message),
            Kind::Unanswered => Some(advice::UNANSWERED),
            _ => self.code().and_then(advice::of_code),
        };
        if let Some(advice) = advice {
            detail.push_str("\n\n");
            detail.push_str(advice);
        }
        Diagnostic::error(what.to_string(), detail).into()
    }
}

/// What failed, by which code, why, and the number of the request.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let e = &*self.0;
        if !e.operation.is_empty() {
            write!(f, "operation error {}: ", e.operation)?;
        }
        match (&e.code, e.message.is_empty()) {
            (Some(code), true) => write!(f, "{code}")?,
            (Some(code), false) => write!(f, "{code}: {}", e.message)?,
            (None, true) => f.write_str("no reason was given")?,
            (None, false) => f.write_str(&e.message)?,
        }
        match (e.status, &e.request_id) {
            (Some(status), Some(id)) => write!(f, " (status {status}, request id {id})")?,
            (Some(status), None) => write!(f, " (status {status})")?,
            (None, Some(id)) => write!(f, " (request id {id})")?,
            (None, None) => {}
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("operation", &self.0.operation)
            .field("code", &self.0.code)
            .field("message", &self.0.message)
            .field("status", &self.0.status)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Error {}

impl<E> From<SdkError<E, HttpResponse>> for Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    fn from(error: SdkError<E, HttpResponse>) -> Error {
        let response = error.raw_response();
        let status = response.map(|r| r.status().as_u16());
        let request_id = error.request_id().map(str::to_owned);
        let (kind, code, message) = match &error {
            SdkError::ServiceError(service) => {
                let meta = service.err().meta();
                let message = meta.message().map_or_else(String::new, |m| m.trim().to_owned());
                (Kind::Refused, meta.code().map(str::to_owned), message)
            }
            SdkError::ConstructionFailure(_) => (Kind::Unsent, None, causes(&error)),
            SdkError::DispatchFailure(failure) => {
                let connector = failure.as_connector_error();
                let sent = connector.is_none_or(may_have_been_sent);
                let kind = if sent { Kind::Unanswered } else { Kind::Unsent };
                // How the layers in between call it says nothing.
                let cause = connector.and_then(std::error::Error::source);
                (kind, None, cause.map_or_else(|| causes(&error), causes))
            }
            SdkError::TimeoutError(_) => (Kind::Unanswered, None, causes(&error)),
            // An answer that is cut short or makes no sense.
            _ => (Kind::Unanswered, None, causes(&error)),
        };
        let code = code.filter(|c| !c.is_empty());
        Error(Arc::new(Inner {
            kind,
            operation: operation(std::any::type_name::<E>()),
            code,
            message,
            request_id,
            status,
            waited: None,
        }))
    }
}

/// Whether a request may have reached the service although no answer came.
pub(crate) fn may_have_been_sent(error: &ConnectorError) -> bool {
    let without_credentials = chain(error).any(|e| e.downcast_ref::<CredentialsError>().is_some());
    !(error.is_user() || without_credentials || is_unreachable(error))
}

/// Whether there is nobody at the address, or no address, or somebody else.
pub(crate) fn is_unreachable(error: &ConnectorError) -> bool {
    is_distrusted(error)
        || chain(error).any(|e| match e.downcast_ref::<std::io::Error>() {
            Some(io) => io.kind() == ErrorKind::ConnectionRefused,
            None => e.to_string().contains("dns error"),
        })
}

/// Whether the certificate of the service is not one to be trusted.
pub(crate) fn is_distrusted(error: &ConnectorError) -> bool {
    chain(error).any(|e| e.to_string().starts_with("invalid peer certificate"))
}

/// An error and all that caused it.
fn chain<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |e| e.source())
}

/// An error and all that caused it, each said once.
pub(crate) fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    for cause in chain(error).skip(1) {
        let more = cause.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
    }
    text
}

/// The service and the operation that an error type of the SDK is for: `EC2: DescribeVpcs` of
/// `aws_sdk_ec2::operation::describe_vpcs::DescribeVpcsError`. It is only shown, so that a type of
/// another form, should there ever be one, does no harm.
fn operation(type_name: &str) -> String {
    let name = type_name.rsplit("::").next().unwrap_or_default();
    let name = name.strip_suffix("Error").unwrap_or(name);
    let service = type_name.strip_prefix("aws_sdk_").and_then(|rest| rest.split("::").next());
    match service {
        Some(service) => format!("{}: {name}", advice::service_name(service)),
        None => name.to_owned(),
    }
}

/// Results of the SDK, to be asked for their errors.
pub trait Outcome<T>: Sized {
    /// With the error as [`Error`].
    fn typed(self) -> Result<T, Error>;

    /// With the error as diagnostics: `what` was being done.
    fn during(self, what: impl fmt::Display) -> Result<T, Diagnostics> {
        self.typed().map_err(|e| e.during(what))
    }

    /// `None` if what was asked for is not there.
    fn if_found(self) -> Result<Option<T>, Error> {
        match self.typed() {
            Ok(value) => Ok(Some(value)),
            Err(e) if e.is_not_found() => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// Takes errors of these codes for success: what was to be gone is gone already.
    fn unless(self, codes: &[&str]) -> Result<Option<T>, Error> {
        match self.typed() {
            Ok(value) => Ok(Some(value)),
            Err(e) if e.is_any(codes) => Ok(None),
            Err(e) => Err(e),
        }
    }
}

impl<T, E> Outcome<T> for Result<T, SdkError<E, HttpResponse>>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    fn typed(self) -> Result<T, Error> {
        self.map_err(Error::from)
    }
}

impl<T> Outcome<T> for Result<T, Error> {
    fn typed(self) -> Result<T, Error> {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_named_after_their_error_types() {
        let name = "aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityError";
        assert_eq!(operation(name), "STS: GetCallerIdentity");
        let name = "aws_sdk_elasticloadbalancingv2::operation::create_rule::CreateRuleError";
        assert_eq!(operation(name), "Elastic Load Balancing v2: CreateRule");
        assert_eq!(operation("Odd"), "Odd");
    }

    #[test]
    fn diagnostics_say_what_to_do() {
        let e = Error::refused("UnauthorizedOperation", "You are not authorized.");
        let d = e.during("creating EC2 VPC").to_string();
        assert!(d.starts_with("Error: creating EC2 VPC: UnauthorizedOperation: You are"), "{d}");
        assert!(d.contains("IAM policies"), "{d}");
        assert!(e.is_denied() && !e.is_ambiguous() && !e.is_not_found());
    }

    #[test]
    fn codes_are_told_apart() {
        let is = |code: &str| Error::refused(code, "");
        assert!(is("InvalidGroup.NotFound").is_not_found());
        assert!(is("InvalidVpcID.NotFound").is_not_found());
        assert!(is("NoSuchEntity").is_not_found());
        assert!(is("DBInstanceNotFound").is_not_found());
        assert!(is("DBInstanceNotFoundFault").is_not_found());
        assert!(!is("InvalidParameterValue").is_not_found());
        assert!(is("RequestLimitExceeded").is_throttled());
        assert!(is("InternalError").is_ambiguous());
        assert!(is("X").says("X", ""));
    }
}
