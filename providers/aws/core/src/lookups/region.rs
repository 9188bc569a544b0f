//! `aws_region`: a region by its name or its EC2 endpoint, or the one where we are.

use groma_sdk::{Attr, Context, Diagnostic, Diagnostics, Lookup, Model, async_trait};

use crate::{Aws, Partition, partitions, region_description};

#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(super) struct Region {
    #[attr(computed)]
    description: Attr<String>,
    #[attr(optional, computed)]
    endpoint: Attr<String>,
    #[attr(optional, computed)]
    id: Attr<String>,
    #[attr(optional, computed)]
    name: Attr<String>,
}

pub(super) struct RegionData;

#[async_trait]
impl Lookup<Aws> for RegionData {
    type Model = Region;

    fn name(&self) -> &'static str {
        "aws_region"
    }

    async fn read(&self, cx: &Context<Aws>, config: Region) -> Result<Region, Diagnostics> {
        let by_endpoint = match config.endpoint.filled() {
            Some(endpoint) => Some(region_at(endpoint)?),
            None => None,
        };
        let name = match (config.name.filled(), by_endpoint) {
            (Some(name), Some(other)) if name != other => {
                return Err(Diagnostic::error(
                    "multiple Regions matched",
                    format!(
                        "The endpoint is that of {other}, not of {name}. Set \"name\" or \
                         \"endpoint\", not both."
                    ),
                )
                .into());
            }
            (Some(name), _) => known(name)?,
            (None, Some(name)) => name,
            (None, None) => cx.client().region(),
        };
        Ok(Region {
            description: region_description(name).unwrap_or_default().into(),
            endpoint: endpoint_of(name).into(),
            id: name.into(),
            name: name.into(),
        })
    }
}

fn known(name: &str) -> Result<&str, Diagnostics> {
    match region_description(name) {
        Some(_) => Ok(name),
        None => {
            let detail = format!("There is no AWS Region {name:?}.");
            Err(Diagnostic::error(format!("region not found for name {name:?}"), detail).into())
        }
    }
}

fn region_at(endpoint: &str) -> Result<&'static str, Diagnostics> {
    let regions = partitions().iter().flat_map(|p| p.region_names());
    regions.into_iter().find(|name| endpoint_of(name) == endpoint).ok_or_else(|| {
        let detail = format!("No AWS Region has the EC2 endpoint {endpoint:?}.");
        Diagnostic::error(format!("region not found for endpoint {endpoint:?}"), detail).into()
    })
}

fn endpoint_of(region: &str) -> String {
    format!("ec2.{region}.{}", Partition::of_region(region).dns_suffix)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Fake;

    async fn read(config: Region) -> Result<String, String> {
        let found = RegionData.read(&Fake::new().context(), config).await;
        found.map(|r| format!("{} {}", r.name.text(), r.endpoint.text())).map_err(|e| e.to_string())
    }

    #[tokio::test]
    async fn regions_are_found_by_name_and_endpoint() {
        let here = read(Region::default()).await;
        assert_eq!(here.as_deref(), Ok("us-east-1 ec2.us-east-1.amazonaws.com"));
        let china = read(Region { name: "cn-north-1".into(), ..Region::default() }).await;
        assert_eq!(china.as_deref(), Ok("cn-north-1 ec2.cn-north-1.amazonaws.com.cn"));
        let endpoint = Attr::from("ec2.us-west-2.amazonaws.com");
        let west = read(Region { endpoint: endpoint.clone(), ..Region::default() }).await;
        assert_eq!(west.as_deref(), Ok("us-west-2 ec2.us-west-2.amazonaws.com"));
        let both = Region { endpoint, name: "us-west-1".into(), ..Region::default() };
        assert!(read(both).await.is_err_and(|e| e.contains("not of us-west-1")));
        let none = Region { name: "moon".into(), ..Region::default() };
        assert!(read(none).await.is_err_and(|e| e.contains("moon")));
    }
}
