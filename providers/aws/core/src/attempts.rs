//! Creates whose answers may get lost.
//!
//! The SDK repeats a request whose answer did not come. If the first one was carried out all the
//! same, a service that knows objects by their names answers the second one that there is one of
//! the name already. That is no conflict with anybody else: it is ours. [`create_once`] tells the
//! two apart.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::Error;
use crate::error::may_have_been_sent;

tokio::task_local! {
    /// Whether an answer to the request that the task is sending got lost.
    static LOST: Arc<AtomicBool>;
}

/// Sends a create. `None` if the service says by one of the codes `exists` that there is such an
/// object already, and an earlier try of this very request may have made it: it is to be read and
/// taken for created. If no answer got lost, such a code is the error that it is.
///
/// ```ignore
/// let request = iam.create_role().role_name(name);
/// let created = create_once(request.send(), &["EntityAlreadyExists"]).await;
/// match created.during(format_args!("creating IAM Role ({name})"))? {
///     Some(answer) => …,
///     None => …, // read it
/// }
/// ```
pub async fn create_once<T, E, F>(request: F, exists: &[&str]) -> Result<Option<T>, Error>
where
    F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let lost = Arc::new(AtomicBool::new(false));
    let answer = LOST.scope(lost.clone(), request).await;
    match answer.map_err(Error::from) {
        Ok(answer) => Ok(Some(answer)),
        Err(e) if e.is_any(exists) && lost.load(Ordering::SeqCst) => {
            tracing::info!(code = e.code(), "an answer got lost; what is there is ours");
            Ok(None)
        }
        Err(e) => Err(e),
    }
}

/// One try of a request. Unless it is told how the service answered, the answer is lost: whoever
/// gives up waiting for it drops this.
pub(crate) struct Attempt(Option<Arc<AtomicBool>>);

impl Attempt {
    /// A try by the task that runs.
    pub(crate) fn begin() -> Attempt {
        Attempt(LOST.try_with(Arc::clone).ok())
    }

    /// What came of it.
    pub(crate) fn answered(mut self, answer: &Result<HttpResponse, ConnectorError>) {
        let is_definite = match answer {
            // Only if it breaks off before its end does it matter that it began well.
            Ok(response) => response.status().is_client_error(),
            Err(error) => !may_have_been_sent(error),
        };
        if is_definite {
            self.0 = None;
        }
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if let Some(lost) = &self.0 {
            lost.store(true, Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Answer, Fake};

    const EXISTS: &str = "EntityAlreadyExists";

    /// A create, as far as STS has anything like it, whose second try finds what the first made.
    async fn create(first: Answer) -> (Result<bool, Error>, usize) {
        let fake = Fake::new();
        fake.once("GetFederationToken", move |_| first.clone());
        fake.on("GetFederationToken", |_| Answer::error(409, EXISTS, "it is there"));
        let sts = fake.aws().sts();
        let request = sts.get_federation_token().name("x").send();
        let created = create_once(request, &[EXISTS]).await;
        (created.map(|c| c.is_some()), fake.calls("GetFederationToken"))
    }

    #[tokio::test]
    async fn what_was_made_although_the_answer_got_lost_is_ours() {
        for lost in [Answer::lost(), Answer::never(), Answer::error(500, "InternalFailure", "")] {
            let (created, tries) = create(lost.clone()).await;
            assert_eq!((created.ok(), tries), (Some(false), 2), "{lost:?}");
        }
    }

    #[tokio::test]
    async fn what_others_made_is_a_conflict() {
        let (created, tries) = create(Answer::error(409, EXISTS, "it is there")).await;
        assert!(created.is_err_and(|e| e.is(EXISTS)));
        assert_eq!(tries, 1);
        // A service that asked for patience has carried nothing out.
        let (created, tries) = create(Answer::error(400, "Throttling", "")).await;
        assert!(created.is_err_and(|e| e.is(EXISTS)));
        assert_eq!(tries, 2);
    }

    #[tokio::test]
    async fn a_create_that_works_is_told_as_such() {
        let body = "<GetFederationTokenResponse><GetFederationTokenResult/>\
                    </GetFederationTokenResponse>";
        let (created, tries) = create(Answer::xml(body)).await;
        assert_eq!((created.ok(), tries), (Some(true), 1));
    }
}
