//! Replicas of encrypted instances in another region.
//!
//! The region of the source lets its data go only by a request that is signed for it, which goes
//! along with the request of the replica.

use groma_aws_core::{Aws, Error};
use groma_sdk::Context;

/// The signed request for the source's region.
pub(super) async fn presigned_replica(
    cx: &Context<Aws>,
    region: &str,
    source: &str,
    key: &str,
) -> Result<String, Error> {
    let parameters = [
        ("Action", "CreateDBInstanceReadReplica"),
        ("Version", "2014-10-31"),
        ("DestinationRegion", cx.client().region()),
        ("KmsKeyId", key),
        ("SourceDBInstanceIdentifier", source),
    ];
    cx.client().presigned("rds", region, &parameters).await
}
