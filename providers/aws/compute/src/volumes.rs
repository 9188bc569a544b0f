//! What volumes of instances and volumes of their own share.

use std::time::Duration;

use groma_aws_core::{Aws, Outcome as _, Progress, wait};
use groma_aws_network::ec2::ec2;
use groma_sdk::{Context, Diagnostic, Diagnostics};

/// Waits until a change of a volume is made; it may go on being optimized.
pub(crate) async fn modified(
    cx: &Context<Aws>,
    id: &str,
    limit: Duration,
) -> Result<(), Diagnostics> {
    let ec2 = ec2(cx.client());
    wait(cx, format!("EC2 EBS Volume ({id}) to be modified"), limit, || async {
        let answer = ec2.describe_volumes_modifications().volume_ids(id).send().await.typed();
        let answer = match answer {
            Ok(answer) => answer,
            Err(e) if e.is("InvalidVolumeModification.NotFound") => return Ok(Progress::Ready(())),
            Err(e) => return Err(e.during(format!("reading EC2 EBS Volume ({id}) modification"))),
        };
        let latest = answer.volumes_modifications().first();
        match latest.and_then(|m| m.modification_state()).map(|s| s.as_str()) {
            Some("completed" | "optimizing") | None => Ok(Progress::Ready(())),
            Some("failed") => {
                let why = latest.and_then(|m| m.status_message()).unwrap_or("EC2 gives no reason");
                Err(Diagnostic::error(
                    format!("modifying EC2 EBS Volume ({id}): it failed"),
                    format!("{why}. A volume can be modified again six hours after it was."),
                )
                .into())
            }
            Some(state) => Ok(Progress::pending(state)),
        }
    })
    .await
}
