//! The network interfaces of a load balancer, which go some time after it.

use std::time::Duration;

use groma_aws_core::{Aws, Pace, Progress, wait_at};
use groma_sdk::{Context, Diagnostic};

use crate::network::Network;
use crate::service::suffix_from;

/// Waits until the interfaces of a load balancer that is deleted are gone. That they are not, or
/// that nobody may look, is no error: what needs them gone waits for itself.
pub(super) async fn gone(
    cx: &Context<Aws>,
    network: &'static dyn Network,
    arn: &str,
    timeout: Duration,
) {
    let path = suffix_from(arn, "loadbalancer/");
    let Some(path) = path.strip_prefix("loadbalancer/").filter(|path| !path.is_empty()) else {
        return;
    };
    let description = format!("ELB {path}");
    let what = format!("network interfaces of ELBv2 Load Balancer ({arn}) to be deleted");
    let waited = wait_at(cx, Pace::default(), what, timeout, || async {
        Ok(match network.interfaces(cx.client(), &description).await? {
            0 => Progress::Ready(()),
            left => Progress::pending(format_args!("{left} left")),
        })
    });
    let Err(problems) = waited.await else { return };
    for problem in problems {
        let detail = format!(
            "{} The load balancer is deleted; its subnets and security groups may take longer.",
            problem.detail
        );
        cx.report(Diagnostic::warning(problem.summary, detail));
    }
}

#[cfg(test)]
mod tests {
    use groma_aws_core::testing::Fake;

    use super::*;
    use crate::network::testing::Known;

    const ARN: &str = "arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/app/web/50dc";

    #[tokio::test]
    async fn interfaces_are_awaited() {
        let network = Known::with_interfaces(&[2, 1, 0]);
        gone(&Fake::new().context(), network, ARN, Duration::from_secs(60)).await;
        let asked = network.asked.lock().map(|asked| asked.clone()).unwrap_or_default();
        assert_eq!(asked, ["ELB app/web/50dc"; 3]);
    }

    #[tokio::test]
    async fn interfaces_that_stay_are_no_error() {
        let network = Known::with_interfaces(&[1; 100]);
        gone(&Fake::new().context(), network, ARN, Duration::from_millis(1)).await;
        assert!(network.asked.lock().is_ok_and(|asked| asked.len() >= 2));
    }
}
