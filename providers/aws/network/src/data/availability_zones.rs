//! `aws_availability_zones`, the data source: the zones of the region.

use aws_sdk_ec2::types as api;
use groma_aws_core::{Aws, Outcome as _, checks};
use groma_sdk::model::checks::one_of;
use groma_sdk::{Attr, Blocks, Context, Diagnostics, Lookup, Model, Set, async_trait};

use super::filters::{Filter, filters};
use crate::ec2::{ec2, filter, set_of};

/// The arguments and attributes of `aws_availability_zones`.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct AvailabilityZonesData {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(optional)]
    pub(crate) all_availability_zones: Attr<bool>,
    #[attr(optional)]
    pub(crate) exclude_names: Attr<Set<String>>,
    #[attr(optional)]
    pub(crate) exclude_zone_ids: Attr<Set<String>>,
    #[attr(computed)]
    pub(crate) group_names: Attr<Set<String>>,
    #[attr(computed)]
    pub(crate) names: Attr<Vec<String>>,
    #[attr(optional, check = one_of(&["available", "information", "impaired", "unavailable", "constrained"]))]
    pub(crate) state: Attr<String>,
    #[attr(computed)]
    pub(crate) zone_ids: Attr<Vec<String>>,
    #[block(set)]
    pub(crate) filter: Blocks<Filter>,
    #[block(single)]
    pub(crate) timeouts: Blocks<AvailabilityZonesDataTimeouts>,
}

/// How long operations may take.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct AvailabilityZonesDataTimeouts {
    #[attr(optional, check = checks::duration)]
    pub(crate) read: Attr<String>,
}

pub(crate) struct AvailabilityZones;

#[async_trait]
impl Lookup<Aws> for AvailabilityZones {
    type Model = AvailabilityZonesData;

    fn name(&self) -> &'static str {
        "aws_availability_zones"
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        config: AvailabilityZonesData,
    ) -> Result<AvailabilityZonesData, Diagnostics> {
        let aws = cx.client();
        let mut these = filters(&config.filter);
        if let Some(state) = config.state.filled() {
            these.push(filter("state", [state]));
        }
        let answer = ec2(aws)
            .describe_availability_zones()
            .set_all_availability_zones(config.all_availability_zones.cloned())
            .set_filters((!these.is_empty()).then_some(these))
            .send()
            .await
            .during("reading EC2 Availability Zones")?;
        let mut zones: Vec<&api::AvailabilityZone> = answer
            .availability_zones()
            .iter()
            .filter(|z| !has(&config.exclude_names, z.zone_name()))
            .filter(|z| !has(&config.exclude_zone_ids, z.zone_id()))
            .collect();
        zones.sort_by_key(|z| z.zone_name());
        let named = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let mut groups: Vec<&str> = zones.iter().filter_map(|z| z.group_name()).collect();
        groups.sort_unstable();
        groups.dedup();
        Ok(AvailabilityZonesData {
            id: aws.region().into(),
            group_names: set_of(groups),
            names: Attr::Known(zones.iter().map(|z| named(z.zone_name())).collect()),
            zone_ids: Attr::Known(zones.iter().map(|z| named(z.zone_id())).collect()),
            ..config
        })
    }
}

fn has(set: &Attr<Set<String>>, text: Option<&str>) -> bool {
    set.get().is_some_and(|set| set.iter().any(|t| Some(t.as_str()) == text))
}
