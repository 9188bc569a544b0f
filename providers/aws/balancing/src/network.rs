//! What load balancers ask of the network that they are in. Another room knows the answers: whoever
//! puts the catalog together brings the two together.

use groma_aws_core::Aws;
use groma_sdk::{Diagnostics, async_trait};

/// Where a subnet is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The id of the subnet.
    pub subnet: String,
    /// The name of its availability zone.
    pub zone: String,
    /// The id of its network.
    pub vpc: String,
    /// Whether it is on an Outpost.
    pub on_outpost: bool,
}

impl Place {
    /// Whether the zone is an ordinary one of the region: no Local or Wavelength Zone, no Outpost.
    pub(crate) fn is_ordinary(&self, region: &str) -> bool {
        let letter = self.zone.strip_prefix(region).unwrap_or_default();
        !self.on_outpost && letter.len() == 1
    }
}

/// What is known of the network.
#[async_trait]
pub trait Network: Send + Sync {
    /// Where subnets are. Those that do not exist are left out.
    async fn places(&self, aws: &Aws, subnets: &[String]) -> Result<Vec<Place>, Diagnostics>;

    /// How many network interfaces there are that load balancers attached and described so.
    async fn interfaces(&self, aws: &Aws, description: &str) -> Result<usize, Diagnostics>;
}

/// A network for tests.
#[cfg(test)]
pub(crate) mod testing {
    use std::sync::Mutex;

    use super::*;

    /// Subnets named after the letters of their zones, and a number of interfaces at each look.
    #[derive(Default)]
    pub(crate) struct Known {
        /// How many interfaces are left at each look.
        pub(crate) left: Mutex<Vec<usize>>,
        /// What was asked for.
        pub(crate) asked: Mutex<Vec<String>>,
    }

    impl Known {
        /// One that lives as long as the tests.
        pub(crate) fn with_interfaces(left: &[usize]) -> &'static Known {
            let left = Mutex::new(left.iter().rev().copied().collect());
            Box::leak(Box::new(Known { left, ..Known::default() }))
        }
    }

    #[async_trait]
    impl Network for Known {
        async fn places(&self, aws: &Aws, subnets: &[String]) -> Result<Vec<Place>, Diagnostics> {
            let place = |subnet: &String| {
                let zone = subnet.strip_prefix("subnet-")?.split('-').next()?;
                let zone = match zone {
                    "lax" => format!("{}-lax-1a", aws.region()),
                    letter => format!("{}{letter}", aws.region()),
                };
                let vpc = if subnet.ends_with("other") { "vpc-2" } else { "vpc-1" };
                let (subnet, vpc) = (subnet.clone(), vpc.to_owned());
                Some(Place { subnet, zone, vpc, on_outpost: false })
            };
            Ok(subnets.iter().filter_map(place).collect())
        }

        async fn interfaces(&self, _aws: &Aws, description: &str) -> Result<usize, Diagnostics> {
            self.asked.lock().map(|mut asked| asked.push(description.to_owned())).ok();
            Ok(self.left.lock().ok().and_then(|mut left| left.pop()).unwrap_or_default())
        }
    }
}
