//! `aws_partition`: the part of AWS where we are.

use groma_sdk::{Attr, Context, Diagnostics, Lookup, Model, async_trait};

use crate::Aws;

#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(super) struct PartitionFacts {
    #[attr(computed)]
    dns_suffix: Attr<String>,
    #[attr(optional, computed)]
    id: Attr<String>,
    #[attr(computed)]
    partition: Attr<String>,
    #[attr(computed)]
    reverse_dns_prefix: Attr<String>,
}

pub(super) struct PartitionData;

#[async_trait]
impl Lookup<Aws> for PartitionData {
    type Model = PartitionFacts;

    fn name(&self) -> &'static str {
        "aws_partition"
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        _config: PartitionFacts,
    ) -> Result<PartitionFacts, Diagnostics> {
        let partition = cx.client().partition();
        Ok(PartitionFacts {
            dns_suffix: partition.dns_suffix.into(),
            id: partition.id.into(),
            partition: partition.id.into(),
            reverse_dns_prefix: partition.reverse_dns_prefix.into(),
        })
    }
}
