//! Waiting for what a service does in its own time.
//!
//! A wait asks soon and often at first, then less and less often, so that what is quick is not
//! slowed down and what is slow is not asked a thousand times. It ends at once when the operation
//! is to stop.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use groma_sdk::{Context, Diagnostic, Diagnostics};
use tokio::time::Instant;

use crate::Error;
use crate::duration::short;

/// What one look at something came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress<T> {
    /// It is as it was wanted.
    Ready(T),
    /// Not yet; this is its state, for the error should it stay so.
    Pending(String),
}

impl<T> Progress<T> {
    /// Not yet, in this state.
    pub fn pending(state: impl fmt::Display) -> Progress<T> {
        Progress::Pending(state.to_string())
    }
}

/// How often to look.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// The first pause.
    pub first: Duration,
    /// By how much each pause is longer than the one before.
    pub growth: f64,
    /// The longest pause.
    pub longest: Duration,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace { first: Duration::from_millis(50), growth: 1.5, longest: Duration::from_secs(10) }
    }
}

impl Pace {
    /// For what is known to take some minutes: not so often at first.
    pub fn slow() -> Pace {
        Pace { first: Duration::from_millis(250), growth: 1.5, longest: Duration::from_secs(20) }
    }

    /// For objects that must be seen to be there (or gone) several times in a row.
    pub fn steady(every: Duration) -> Pace {
        Pace { first: every, growth: 1.0, longest: every }
    }

    fn next(&self, pause: Duration) -> Duration {
        pause.mul_f64(self.growth.max(1.0)).min(self.longest)
    }
}

/// Looks until it is ready. `what` completes "waiting for …", such as
/// `load balancer (x) to become active`.
pub async fn wait<C, T, F, Fut>(
    cx: &Context<C>,
    what: impl fmt::Display,
    timeout: Duration,
    look: F,
) -> Result<T, Diagnostics>
where
    C: Send + Sync + 'static,
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<Progress<T>, Diagnostics>>,
{
    wait_at(cx, Pace::default(), what, timeout, look).await
}

/// Looks until something that was just created is there: services tell of it everywhere only after a
/// while. `what` completes "waiting for … to appear".
pub async fn appears<C, T, F, Fut>(
    cx: &Context<C>,
    what: impl fmt::Display,
    timeout: Duration,
    mut look: F,
) -> Result<T, Diagnostics>
where
    C: Send + Sync + 'static,
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<Option<T>, Diagnostics>>,
{
    wait(cx, format!("{what} to appear"), timeout, || {
        let seen = look();
        async {
            Ok(match seen.await? {
                Some(found) => Progress::Ready(found),
                None => Progress::pending("not found"),
            })
        }
    })
    .await
}

/// [`wait`] at a pace of its own.
pub async fn wait_at<C, T, F, Fut>(
    cx: &Context<C>,
    pace: Pace,
    what: impl fmt::Display,
    timeout: Duration,
    mut look: F,
) -> Result<T, Diagnostics>
where
    C: Send + Sync + 'static,
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<Progress<T>, Diagnostics>>,
{
    let what = what.to_string();
    let end = Instant::now() + timeout;
    let mut pause = pace.first;
    loop {
        let seen = tokio::select! {
            seen = look() => seen?,
            () = cx.stopped() => return Err(Error::stopped(&what).during("")),
        };
        let state = match seen {
            Progress::Ready(value) => return Ok(value),
            Progress::Pending(state) => state,
        };
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(timed_out(&what, timeout, &state));
        }
        // A last look just before the time is up.
        cx.wait(pause.min(left), &what).await?;
        pause = pace.next(pause);
    }
}

fn timed_out(what: &str, timeout: Duration, state: &str) -> Diagnostics {
    let seen = match state {
        "" => String::new(),
        state => format!(" It was last seen as: {state}."),
    };
    Diagnostic::error(
        format!("waiting for {what}: timeout"),
        format!(
            "It did not come to that within {}.{seen} What is there is recorded. Look at the \
             object in the AWS console, give it more time in the resource's \"timeouts\" block \
             where it has one, and run the command again.",
            short(timeout)
        ),
    )
    .into()
}

/// Repeats a request while it fails with what passes by itself: what was just created is not known
/// everywhere yet, or what was just deleted still is.
///
/// The error after the time is up is that of the last try.
pub async fn retry<C, T, F, Fut>(
    cx: &Context<C>,
    what: impl fmt::Display,
    timeout: Duration,
    transient: impl Fn(&Error) -> bool,
    call: F,
) -> Result<T, Error>
where
    C: Send + Sync + 'static,
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, Error>>,
{
    retry_at(cx, Pace::default(), what, timeout, transient, call).await
}

/// [`retry`] at a pace of its own.
pub async fn retry_at<C, T, F, Fut>(
    cx: &Context<C>,
    pace: Pace,
    what: impl fmt::Display,
    timeout: Duration,
    transient: impl Fn(&Error) -> bool,
    mut call: F,
) -> Result<T, Error>
where
    C: Send + Sync + 'static,
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, Error>>,
{
    let what = what.to_string();
    let end = Instant::now() + timeout;
    let mut pause = pace.first;
    loop {
        // A request under way is not given up: it may be carried out all the same.
        let error = match call().await {
            Ok(value) => return Ok(value),
            Err(error) if transient(&error) => error,
            Err(error) => return Err(error),
        };
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(error.after(short(timeout)));
        }
        tokio::select! {
            () = tokio::time::sleep(pause.min(left)) => {}
            () = cx.stopped() => return Err(Error::stopped(&what)),
        }
        pause = pace.next(pause);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    fn context() -> Context<()> {
        Context::new(Arc::new(()))
    }

    const QUICK: Pace =
        Pace { first: Duration::from_millis(1), growth: 2.0, longest: Duration::from_millis(4) };

    #[tokio::test]
    async fn a_wait_ends_when_it_is_ready() {
        let looks = AtomicU32::new(0);
        let cx = context();
        let done = wait_at(&cx, QUICK, "it", Duration::from_secs(60), || async {
            Ok(match looks.fetch_add(1, Ordering::SeqCst) {
                3 => Progress::Ready("there"),
                _ => Progress::pending("coming"),
            })
        });
        assert_eq!(done.await, Ok("there"));
        assert_eq!(looks.load(Ordering::SeqCst), 4);
    }

    #[tokio::test]
    async fn a_timeout_says_what_was_seen_last() {
        let cx = context();
        let done = wait_at(&cx, QUICK, "it to be", Duration::from_millis(5), || async {
            Ok(Progress::<()>::pending("modifying"))
        });
        let text = done.await.map_err(|d| d.to_string()).err().unwrap_or_default();
        assert!(text.contains("waiting for it to be: timeout"), "{text}");
        assert!(text.contains("within 5ms") && text.contains("modifying"), "{text}");
    }

    #[tokio::test]
    async fn what_was_just_created_appears() {
        let (looks, cx) = (AtomicU32::new(0), context());
        let look = || async { Ok((looks.fetch_add(1, Ordering::SeqCst) == 2).then_some("it")) };
        assert_eq!(appears(&cx, "it", Duration::from_secs(60), look).await, Ok("it"));
    }

    #[tokio::test]
    async fn errors_end_a_wait() {
        let cx = context();
        let failed = wait(&cx, "it", Duration::from_secs(60), || async {
            Err::<Progress<()>, _>(Diagnostic::error("reading it", "").into())
        });
        assert!(failed.await.is_err_and(|d| d.to_string().contains("reading it")));
    }

    #[tokio::test]
    async fn only_what_passes_is_tried_again() {
        let calls = AtomicU32::new(0);
        let transient = |e: &Error| e.is("Early");
        let call = || async {
            match calls.fetch_add(1, Ordering::SeqCst) {
                0 | 1 => Err(Error::refused("Early", "")),
                2 => Ok(7),
                _ => Err(Error::refused("Wrong", "")),
            }
        };
        let minute = Duration::from_secs(60);
        let first = retry_at(&context(), QUICK, "it", minute, transient, call).await;
        assert_eq!(first.ok(), Some(7));
        let second = retry_at(&context(), QUICK, "it", minute, transient, call).await;
        assert!(second.is_err_and(|e| e.is("Wrong")));
        assert_eq!(calls.load(Ordering::SeqCst), 4);
    }

    #[tokio::test]
    async fn the_last_error_is_told_with_the_time() {
        let call = || async { Err::<(), _>(Error::refused("Early", "Too early.")) };
        let end = Duration::from_millis(3);
        let failed = retry_at(&context(), QUICK, "it", end, |_| true, call).await;
        let text = failed.map_err(|e| e.during("creating it").to_string()).err();
        assert!(text.is_some_and(|t| t.contains("Too early") && t.contains("again for 3ms")));
    }
}
