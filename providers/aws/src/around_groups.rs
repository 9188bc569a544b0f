//! What autoscaling groups ask of EC2, answered by its client in the network's room.

use groma_aws_autoscaling::{Instances, Named, Template};
use groma_aws_core::{Aws, Outcome as _};
use groma_aws_network::ec2::ec2;
use groma_sdk::{Diagnostics, async_trait};

/// Instances as EC2 knows them.
pub(crate) struct Ec2Instances;

#[async_trait]
impl Instances for Ec2Instances {
    async fn has_image(&self, aws: &Aws, template: &Template) -> Result<Option<bool>, Diagnostics> {
        let (id, name) = match &template.named {
            Named::Id(id) => (Some(id.clone()), None),
            Named::Name(name) => (None, Some(name.clone())),
        };
        let asked = ec2(aws)
            .describe_launch_template_versions()
            .set_launch_template_id(id)
            .set_launch_template_name(name)
            .versions(&template.version)
            .send()
            .await;
        let Some(answer) = asked.if_found().during("reading EC2 Launch Template")? else {
            return Ok(None);
        };
        let version = answer.launch_template_versions().first();
        let data = version.and_then(|version| version.launch_template_data());
        Ok(data.map(|data| data.image_id().is_some()))
    }
}
